//! A full packet cut for a path that has no room for it whole.

use std::hint::black_box;

use bytes::Bytes;
use criterion::{Criterion, Throughput};
use rayfish_native::fragment::{self, CONTEXT_PACKET};
use rayfish_native::packet::TUN_MTU;

use super::samples::{OWN, peer_v4, udp};

/// What fits into a QUIC datagram before the path's MTU is known, so that a full packet takes two.
const FIRST_DATAGRAM: usize = 1162;

/// Cuts it into its datagrams.
pub fn fragment(criterion: &mut Criterion) {
    let mut datagram = vec![CONTEXT_PACKET];
    datagram.extend(udp(OWN, peer_v4(0)));
    let datagram = Bytes::from(datagram);
    let mut group = criterion.benchmark_group("fragment");
    group.throughput(Throughput::Bytes(TUN_MTU as u64));
    group.bench_function("1280", |bencher| {
        bencher.iter(|| {
            let parts = fragment::split(black_box(datagram.clone()), FIRST_DATAGRAM, 1);
            black_box(parts.map_or(0, Iterator::count))
        });
    });
    group.finish();
}
