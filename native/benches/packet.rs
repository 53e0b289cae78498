//! What one packet costs on its way, without the system calls: `npm run bench -- --rows lookup`, or `cargo bench` for
//! all of it (CONTRIBUTING.md has the command).
#![allow(clippy::expect_used)]

use std::hint::black_box;
use std::net::{Ipv4Addr, Ipv6Addr};

use bytes::{BufMut, Bytes, BytesMut};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rayfish_native::fragment::{self, CONTEXT_PACKET};
use rayfish_native::packet::{Packet, TUN_MTU};
use rayfish_native::peers::{OwnAddresses, PeerEntry, PeerTable};

type Table = PeerTable<()>;

const OWN: OwnAddresses = OwnAddresses {
    ipv4: Some(Ipv4Addr::new(100, 64, 0, 1)),
    ipv6: Ipv6Addr::new(0x200, 0, 0, 0, 0, 0, 0, 1),
};

/// What fits into a QUIC datagram before the path's MTU is known, so that a full packet takes two.
const FIRST_DATAGRAM: usize = 1162;

/// The way of one packet up to the peer it is for, and from the peer it came from. `npm run bench` compares the first
/// group between its two table sizes.
fn lookup(criterion: &mut Criterion) {
    for (group, incoming) in [("lookup", false), ("check", true)] {
        let mut group = criterion.benchmark_group(group);
        for peers in [1_u16, 1000] {
            let table = table(peers);
            // Every packet is another peer's, so that not one entry alone is warm.
            let packets: Vec<_> = (0..1000)
                .map(|at| {
                    let address = peer_v4(at % peers);
                    let peer = table.by_ipv4(address).expect("it is there");
                    (udp(address, incoming), peer)
                })
                .collect();
            let mut next = packets.iter().cycle();
            group.throughput(Throughput::Elements(1));
            group.bench_function(BenchmarkId::from_parameter(peers), |bencher| {
                bencher.iter(|| {
                    let (bytes, peer) = next.next().expect("it goes round");
                    let packet = Packet::parse(black_box(bytes), TUN_MTU).expect("it is one");
                    if incoming {
                        table.ingress(peer, &packet).expect("it may pass");
                    } else {
                        black_box(table.egress(&packet).expect("it is for a peer"));
                    }
                });
            });
        }
        group.finish();
    }
}

/// A full packet cut for a path that has no room for it whole.
fn split(criterion: &mut Criterion) {
    let mut datagram = BytesMut::new();
    datagram.put_u8(CONTEXT_PACKET);
    datagram.put_slice(&udp(peer_v4(0), false));
    let datagram: Bytes = datagram.freeze();
    let mut group = criterion.benchmark_group("fragment");
    group.throughput(Throughput::Bytes(TUN_MTU as u64));
    group.bench_function("split", |bencher| {
        bencher.iter(|| {
            let parts = fragment::split(black_box(datagram.clone()), FIRST_DATAGRAM, 1);
            black_box(parts.map_or(0, Iterator::count))
        });
    });
    group.finish();
}

fn table(peers: u16) -> Table {
    Table::empty(OWN).successor(
        OWN,
        (0..peers).map(|at| {
            let mut id = [0; 32];
            id[..2].copy_from_slice(&at.to_be_bytes());
            PeerEntry {
                id,
                ipv4: Some(peer_v4(at)),
                ipv6: Ipv6Addr::new(0x200, 0, 0, 0, 0, 0, 1, at),
                paused: false,
            }
        }),
    )
}

fn peer_v4(at: u16) -> Ipv4Addr {
    let [high, low] = at.to_be_bytes();
    Ipv4Addr::new(100, 65, high, low)
}

/// A full IPv4 packet of UDP between us and the peer; nobody looks at its checksums.
fn udp(peer: Ipv4Addr, incoming: bool) -> Vec<u8> {
    let own = Ipv4Addr::new(100, 64, 0, 1);
    let (source, destination) = if incoming { (peer, own) } else { (own, peer) };
    let mut packet = BytesMut::with_capacity(TUN_MTU);
    packet.put_slice(&[0x45, 0]);
    packet.put_u16(TUN_MTU as u16);
    packet.put_slice(&[0, 0, 0x40, 0, 64, 17, 0, 0]);
    packet.put_slice(&source.octets());
    packet.put_slice(&destination.octets());
    packet.resize(TUN_MTU, 0);
    packet.into()
}

criterion_group!(benches, lookup, split);
criterion_main!(benches);
