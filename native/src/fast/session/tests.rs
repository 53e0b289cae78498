use std::collections::HashSet;

use super::*;
use crate::fast::header::OVERHEAD;
use crate::packet::samples::Random;

const CIPHERS: [Cipher; 2] = [Cipher::Aes128Gcm, Cipher::ChaCha20Poly1305];

fn index() -> Index {
    Index::new(0x12_3456).unwrap()
}

/// Two ends of one direction. `n` makes the key.
pub fn pair(cipher: Cipher, n: u8) -> (Sealer, Opener) {
    let key = || {
        let key = vec![n; algorithm(cipher).key_len()];
        Erased::new(PacketKey::new(cipher, &key, [n; 12]).unwrap())
    };
    (Sealer::new(key(), index()), Opener::new(key(), index()))
}

fn sealed_as(sealer: &Sealer, counter: u64, kind: Kind, plaintext: &[u8]) -> Vec<u8> {
    let mut datagram = [&[0xaa; HEADER], plaintext, &[0xaa; TAG]].concat();
    sealer.seal(counter, kind, &mut datagram).unwrap();
    datagram
}

fn sealed(sealer: &Sealer, plaintext: &[u8]) -> Vec<u8> {
    sealed_as(sealer, sealer.reserve(1).unwrap(), Kind::Packet, plaintext)
}

fn opened(opener: &Opener, datagram: &[u8]) -> Result<(Kind, Vec<u8>), OpenError> {
    let mut copy = datagram.to_vec();
    let (kind, plaintext) = opener.open(&mut copy)?;
    Ok((kind, plaintext.to_vec()))
}

#[test]
fn all_that_is_sealed_is_opened_once() {
    let mut random = Random(6);
    for cipher in CIPHERS {
        let (sealer, opener) = pair(cipher, 1);
        let mut full = 0;
        for round in 0..3000 {
            let kind = [Kind::Packet, Kind::Unsummed, Kind::Probe][round % 3];
            let mut plaintext = random.bytes(FULL_SIZE);
            if round % 10 == 0 {
                plaintext.resize(FULL_SIZE, 7);
            }
            full += u64::from(plaintext.len() == FULL_SIZE);
            let datagram = sealed_as(&sealer, sealer.reserve(1).unwrap(), kind, &plaintext);
            assert_eq!(datagram.len(), plaintext.len() + OVERHEAD);
            if plaintext.len() > 8 {
                assert!(!datagram.windows(8).any(|w| w == &plaintext[..8]));
            }
            assert_eq!(opened(&opener, &datagram), Ok((kind, plaintext)));
            assert_eq!(opened(&opener, &datagram), Err(OpenError::Replayed));
        }
        let expected = Report {
            opened: 3000,
            full_size: full,
            replayed: 3000,
            forged: 0,
        };
        assert_eq!(opener.report(), expected);
        assert!(full >= 300);
    }
}

#[test]
fn no_bit_can_be_changed() {
    for cipher in CIPHERS {
        let (sealer, opener) = pair(cipher, 1);
        sealer.reserve(1000).unwrap();
        let datagram = sealed(&sealer, b"a packet, or so it seems");
        for bit in 0..datagram.len() * 8 {
            let mut changed = datagram.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let error = match bit {
                // Packet instead of Unsummed and Probe, the other way round: possible kinds.
                0 | 1 => OpenError::Forged,
                2..8 => OpenError::Malformed,
                _ => OpenError::Forged,
            };
            assert_eq!(opened(&opener, &changed), Err(error), "{bit}");
        }
        let forged = (datagram.len() * 8 - 6) as u64;
        assert_eq!(opener.report().forged, forged);
        // None of them took the genuine one's place.
        assert!(opened(&opener, &datagram).is_ok());
    }
}

#[test]
fn no_byte_can_be_cut_off_or_added() {
    for cipher in CIPHERS {
        let (sealer, opener) = pair(cipher, 1);
        let datagram = sealed(&sealer, b"a packet, or so it seems");
        for length in 0..datagram.len() {
            let error = match length {
                0..OVERHEAD => OpenError::Malformed,
                _ => OpenError::Forged,
            };
            assert_eq!(opened(&opener, &datagram[..length]), Err(error), "{length}");
            let end = &datagram[datagram.len() - length..];
            assert!(opened(&opener, end).is_err(), "{length}");
        }
        for extra in [1, 16, 28, 2000] {
            let mut longer = datagram.clone();
            longer.resize(datagram.len() + extra, 0);
            let error = match longer.len() {
                0..=MAX_DATAGRAM => OpenError::Forged,
                _ => OpenError::Malformed,
            };
            assert_eq!(opened(&opener, &longer), Err(error));
        }
        assert!(opened(&opener, &datagram).is_ok());
    }
}

#[test]
fn other_keys_open_nothing() {
    let (sealer, opener) = pair(Cipher::Aes128Gcm, 1);
    let (_, other) = pair(Cipher::Aes128Gcm, 2);
    let (_, other_cipher) = pair(Cipher::ChaCha20Poly1305, 1);
    let datagram = sealed(&sealer, b"packet");
    for wrong in [&other, &other_cipher] {
        assert_eq!(opened(wrong, &datagram), Err(OpenError::Forged));
        assert_eq!(wrong.report().forged, 1);
    }
    assert!(opened(&opener, &datagram).is_ok());
}

#[test]
fn parts_of_two_datagrams_make_no_third() {
    for cipher in CIPHERS {
        let (sealer, opener) = pair(cipher, 1);
        let (a, b) = (sealed(&sealer, b"packet A"), sealed(&sealer, b"packet B"));
        let end = a.len() - TAG;
        for mixed in [
            [&a[..HEADER], &b[HEADER..]].concat(),
            [&a[..end], &b[end..]].concat(),
            [&b[..HEADER], &a[HEADER..end], &b[end..]].concat(),
        ] {
            assert_eq!(opened(&opener, &mixed), Err(OpenError::Forged));
        }
    }
}

#[test]
fn reordered_datagrams_all_open_and_old_ones_do_not() {
    let mut random = Random(7);
    let (sealer, opener) = pair(Cipher::Aes128Gcm, 1);
    let mut datagrams: Vec<_> = (0..3 * 4096).map(|_| sealed(&sealer, b"p")).collect();
    for block in datagrams.chunks_mut(4096) {
        for at in (1..block.len()).rev() {
            block.swap(at, random.below(at + 1));
        }
    }
    let late = sealed(&sealer, b"late");
    assert!(datagrams.iter().all(|d| opened(&opener, d).is_ok()));
    for datagram in &datagrams {
        assert_eq!(opened(&opener, datagram), Err(OpenError::Replayed));
    }
    sealer
        .reserve(super::super::replay::WINDOW as u32 - 1)
        .unwrap();
    let next = sealed(&sealer, b"next");
    assert!(opened(&opener, &next).is_ok());
    assert_eq!(opened(&opener, &late), Err(OpenError::Replayed));
    assert_eq!(opener.report().opened, 3 * 4096 + 1);
}

#[test]
fn threads_never_get_the_same_counter() {
    let (sealer, _) = pair(Cipher::Aes128Gcm, 1);
    let taken: Vec<Vec<u64>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|thread| {
                let sealer = &sealer;
                scope.spawn(move || {
                    let mut random = Random(100 + thread);
                    let mut taken = Vec::new();
                    for _ in 0..20_000 {
                        let count = 1 + random.below(64) as u32;
                        let first = sealer.reserve(count).unwrap();
                        taken.extend(first..first + u64::from(count));
                    }
                    taken
                })
            })
            .collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    let total: usize = taken.iter().map(Vec::len).sum();
    let distinct: HashSet<u64> = taken.into_iter().flatten().collect();
    assert_eq!(distinct.len(), total);
    assert_eq!(distinct.into_iter().max(), Some(total as u64 - 1));
    assert_eq!(sealer.reserved(), total as u64);
}

#[test]
fn threads_at_the_limit_get_what_is_left_and_then_nothing() {
    let (sealer, _) = pair(Cipher::Aes128Gcm, 1);
    assert_eq!(sealer.reserve((LIMIT - 100_000) as u32), Some(0));
    let distinct: Vec<u64> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let reserved = (0..50_000).filter_map(|_| sealer.reserve(3));
                    reserved
                        .flat_map(|first| first..first + 3)
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        threads
            .into_iter()
            .flat_map(|t| t.join().unwrap())
            .collect()
    });
    let total = distinct.len();
    assert!(distinct.iter().all(|&counter| counter < LIMIT));
    assert_eq!(distinct.into_iter().collect::<HashSet<_>>().len(), total);
    assert_eq!(total, 99_999);
    assert_eq!(sealer.reserve(1), None);
}

#[test]
fn a_key_that_was_used_enough_seals_no_more() {
    let (sealer, opener) = pair(Cipher::Aes128Gcm, 1);
    assert_eq!(sealer.reserve(0), Some(0));
    assert_eq!(sealer.reserve(REKEY_AFTER_DATAGRAMS as u32 - 1), Some(0));
    assert!(!sealer.rekey_due(u64::MAX));
    assert_eq!(sealer.reserve(1), Some(REKEY_AFTER_DATAGRAMS - 1));
    assert!(sealer.rekey_due(u64::MAX));
    // It goes on until the limit.
    assert_eq!(sealer.reserve(1), Some(REKEY_AFTER_DATAGRAMS));
    let last = LIMIT - 1;
    assert!(sealer.reserve((last - sealer.reserved()) as u32).is_some());
    assert_eq!(sealer.reserve(1), Some(last));
    let datagram = sealed_as(&sealer, last, Kind::Packet, b"the last");
    assert!(opened(&opener, &datagram).is_ok());
    for count in [1, 1, 64, u32::MAX] {
        assert_eq!(sealer.reserve(count), None);
    }
    for counter in [LIMIT, LIMIT + 1, u64::MAX] {
        let mut datagram = [0; 100];
        let refused = sealer.seal(counter, Kind::Packet, &mut datagram);
        assert_eq!(refused, Err(SealError::Exhausted));
        assert_eq!(datagram, [0; 100]);
    }
}

#[test]
fn the_next_generation_can_be_due_sooner() {
    let (sealer, _) = pair(Cipher::Aes128Gcm, 1);
    assert_eq!(sealer.reserve(999), Some(0));
    assert!(!sealer.rekey_due(1000));
    assert_eq!(sealer.reserve(1), Some(999));
    assert!(sealer.rekey_due(1000));
}

#[test]
fn refused_reservations_never_come_round() {
    let (sealer, _) = pair(Cipher::Aes128Gcm, 1);
    for _ in 0..100_000 {
        assert_eq!(sealer.reserve(u32::MAX), None);
    }
    // The first of them used up what there was; the others changed nothing.
    assert_eq!(sealer.reserved(), u64::from(u32::MAX));
}

#[test]
fn only_datagrams_with_room_are_sealed() {
    let (sealer, _) = pair(Cipher::ChaCha20Poly1305, 1);
    for length in 0..2000 {
        let sealed = sealer.seal(0, Kind::Packet, &mut vec![0; length]);
        let expected = match length {
            OVERHEAD..=MAX_DATAGRAM => Ok(()),
            _ => Err(SealError::Length),
        };
        assert_eq!(sealed, expected, "{length}");
    }
}

#[test]
fn a_peer_that_used_its_key_enough_makes_the_next_generation_due() {
    let (sealer, opener) = pair(Cipher::Aes128Gcm, 1);
    let datagram = sealed_as(&sealer, REKEY_AFTER_DATAGRAMS - 1, Kind::Packet, b"p");
    assert!(opened(&opener, &datagram).is_ok());
    assert!(!opener.rekey_due());
    let datagram = sealed_as(&sealer, REKEY_AFTER_DATAGRAMS, Kind::Packet, b"p");
    assert!(opened(&opener, &datagram).is_ok());
    assert!(opener.rekey_due());
}

#[test]
fn forgeries_make_the_next_generation_due_and_nothing_else() {
    let (sealer, opener) = pair(Cipher::Aes128Gcm, 1);
    let mut forged = sealed(&sealer, b"");
    let genuine = forged.clone();
    forged[HEADER] ^= 1;
    for n in 0..REKEY_AFTER_FORGERIES {
        // Opening writes into the buffer; any bytes are as wrong as any others. And any counter is as good.
        forged[4..HEADER].copy_from_slice(&(n * 77).to_be_bytes());
        assert_eq!(opener.open(&mut forged).unwrap_err(), OpenError::Forged);
    }
    assert!(opener.rekey_due());
    assert_eq!(opener.report().forged, REKEY_AFTER_FORGERIES);
    assert!(opened(&opener, &genuine).is_ok());
}

#[test]
fn threads_open_each_datagram_once() {
    let (sealer, opener) = pair(Cipher::Aes128Gcm, 1);
    let datagrams: Vec<_> = (0..5000).map(|_| sealed(&sealer, b"p")).collect();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let (datagrams, opener) = (&datagrams, &opener);
            scope.spawn(move || {
                for datagram in datagrams {
                    let _ = opened(opener, datagram);
                }
            });
        }
    });
    let report = opener.report();
    assert_eq!((report.opened, report.forged), (5000, 0));
    assert_eq!(report.replayed, 3 * 5000);
}

#[test]
fn of_two_threads_that_open_one_datagram_at_once_the_later_is_refused() {
    let (_, opener) = pair(Cipher::Aes128Gcm, 1);
    let header = Header {
        kind: Kind::Packet,
        index: index(),
        counter: 5,
    };
    // Both found the counter new and deciphered; then each takes the lock.
    assert!(opener.lock().admit(&header, &mut []).is_ok());
    let later = opener.lock().admit(&header, &mut []).map(|_| "opened");
    assert_eq!(later, Err(OpenError::Replayed));
    let report = opener.report();
    assert_eq!((report.opened, report.replayed), (1, 1));
}

#[test]
fn garbage_never_panics_and_never_opens() {
    let mut random = Random(8);
    for cipher in CIPHERS {
        let (sealer, opener) = pair(cipher, 1);
        let genuine = sealed(&sealer, &[7; 100]);
        for round in 0..50_000 {
            let bytes = match round % 2 {
                0 => random.bytes(1400),
                _ => random.mutilate(&genuine),
            };
            if bytes != genuine {
                assert!(opened(&opener, &bytes).is_err());
            }
        }
        assert_eq!(opener.report().opened, 0);
        assert!(opener.report().forged > 1000);
    }
}

#[test]
fn both_halves_may_be_shared_between_threads() {
    const fn shared<T: Send + Sync>() {}
    shared::<Sealer>();
    shared::<Opener>();
}
