//! Datagrams of the fast path, sealed and opened: one full packet, and as many as a super-packet has.

use std::convert::Infallible;
use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use rayfish_native::fast::header::{FULL_SIZE, Index, Kind, MAX_DATAGRAM};
use rayfish_native::fast::keys::{Agreement, LocalOffer, Role, Secret, agree};
use rayfish_native::fast::offer::{Ciphers, hardware_aes};

/// Name and number of packets.
const SIZES: [(&str, u32); 2] = [("packet", 1), ("super-packet", 53)];

/// Seals in place, under counters that were reserved together.
pub fn seal(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("seal");
    for hardware_aes in ciphers() {
        for (size, packets) in SIZES {
            let (ours, _) = session(hardware_aes);
            let mut datagrams = vec![[7; MAX_DATAGRAM]; packets as usize];
            group.throughput(throughput(packets));
            let id = BenchmarkId::new(ours.cipher.as_str(), size);
            group.bench_function(id, |bencher| {
                bencher.iter(|| seal_all(&ours, black_box(&mut datagrams)));
            });
        }
    }
    group.finish();
}

/// Opens in place, each datagram once: others are sealed in between, which is not counted.
pub fn open(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("open");
    for hardware_aes in ciphers() {
        for (size, packets) in SIZES {
            let (ours, theirs) = session(hardware_aes);
            group.throughput(throughput(packets));
            let id = BenchmarkId::new(ours.cipher.as_str(), size);
            group.bench_function(id, |bencher| {
                let sealed = || {
                    let mut datagrams = vec![[7; MAX_DATAGRAM]; packets as usize];
                    seal_all(&ours, &mut datagrams);
                    datagrams
                };
                let open_all = |datagrams: &mut Vec<[u8; MAX_DATAGRAM]>| {
                    for datagram in datagrams {
                        theirs.opener.open(datagram).expect("it is right and new");
                    }
                };
                bencher.iter_batched_ref(sealed, open_all, BatchSize::SmallInput);
            });
        }
    }
    group.finish();
}

fn seal_all(ours: &Agreement, datagrams: &mut [[u8; MAX_DATAGRAM]]) {
    let count = datagrams.len() as u32;
    let first = ours.sealer.reserve(count).expect("far from the limit");
    for (counter, datagram) in (first..).zip(datagrams) {
        let sealed = ours.sealer.seal(counter, Kind::Unsummed, datagram);
        sealed.expect("it has that size");
    }
}

/// Whether with AES: both ways, where this machine has it.
fn ciphers() -> impl Iterator<Item = bool> {
    [true, false]
        .into_iter()
        .filter(|aes| hardware_aes(*aes) == *aes)
}

fn throughput(packets: u32) -> Throughput {
    Throughput::Bytes(u64::from(packets) * FULL_SIZE as u64)
}

/// Both ends of a session with fresh keys.
fn session(hardware_aes: bool) -> (Agreement, Agreement) {
    let offer = |index| {
        let index = Index::new(index).expect("it is small");
        LocalOffer::generate(0, index, Ciphers::offered(hardware_aes)).expect("random numbers")
    };
    let secret = || {
        let Ok(secret) = Secret::export(|bytes| {
            *bytes = [7; 32];
            Ok::<(), Infallible>(())
        });
        secret
    };
    let (dialler, accepter) = (offer(1), offer(2));
    let (to_accepter, to_dialler) = (*dialler.offer(), *accepter.offer());
    let ours = agree(dialler, &to_dialler, Role::Dialler, &secret());
    let theirs = agree(accepter, &to_accepter, Role::Accepter, &secret());
    (ours.expect("keys"), theirs.expect("the same keys"))
}
