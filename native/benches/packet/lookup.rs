//! The way of one packet up to the peer it is for, and from the peer it came from.

use std::hint::black_box;
use std::net::Ipv6Addr;

use criterion::{BenchmarkId, Criterion, Throughput};
use rayfish_native::packet::{Packet, TUN_MTU};
use rayfish_native::peers::{OwnAddresses, PeerEntry, PeerTable};

use super::samples::{OWN, peer_v4, udp};

/// Parses a packet and looks up its peer (`lookup`, which `npm run bench` compares between its two table sizes), or checks
/// that it is its sender's (`check`).
pub fn lookup(criterion: &mut Criterion) {
    for (group, incoming) in [("lookup", false), ("check", true)] {
        let mut group = criterion.benchmark_group(group);
        for peers in [1_u16, 1000] {
            let table = table(peers);
            // Every packet is another peer's, so that not one entry alone is warm.
            let packets: Vec<_> = (0..1000)
                .map(|at| {
                    let address = peer_v4(at % peers);
                    let peer = table.by_ipv4(address).expect("it is there");
                    let packet = match incoming {
                        true => udp(address, OWN),
                        false => udp(OWN, address),
                    };
                    (packet, peer)
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

fn table(peers: u16) -> PeerTable<()> {
    let own = OwnAddresses {
        ipv4: Some(OWN),
        ipv6: Ipv6Addr::new(0x200, 0, 0, 0, 0, 0, 0, 1),
    };
    PeerTable::empty(own).successor(
        own,
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
