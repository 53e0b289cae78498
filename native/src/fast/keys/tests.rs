use std::collections::HashSet;

use ring::aead::{AES_128_GCM, Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use ring::hmac;

use super::*;
use crate::fast::header::{Header, Kind, OVERHEAD};
use crate::fast::offer::Message;
use crate::fast::session::OpenError;
use crate::packet::samples::Random;

fn hex(digits: &str) -> Vec<u8> {
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
        .collect()
}

fn secret(bytes: &[u8]) -> Secret {
    let Ok(secret) = Secret::export(|secret| {
        secret.copy_from_slice(bytes);
        Ok::<_, ()>(())
    }) else {
        panic!("{bytes:?}");
    };
    secret
}

fn index(number: u32) -> Index {
    Index::new(number).unwrap()
}

fn local(generation: u32, number: u32, hardware_aes: bool) -> LocalOffer {
    LocalOffer::generate(generation, index(number), Ciphers::offered(hardware_aes)).unwrap()
}

/// Both ends' result for offers as given.
fn both(
    dialler: LocalOffer,
    accepter: LocalOffer,
    secrets: [&Secret; 2],
) -> [Result<Agreement, AgreeError>; 2] {
    let (to_accepter, to_dialler) = (*dialler.offer(), *accepter.offer());
    [
        agree(dialler, &to_dialler, Role::Dialler, secrets[0]),
        agree(accepter, &to_accepter, Role::Accepter, secrets[1]),
    ]
}

fn sealed(agreement: &Agreement, kind: Kind, plaintext: &[u8]) -> Vec<u8> {
    let counter = agreement.sealer.reserve(1).unwrap();
    let mut datagram = vec![0; plaintext.len() + OVERHEAD];
    datagram[12..][..plaintext.len()].copy_from_slice(plaintext);
    agreement.sealer.seal(counter, kind, &mut datagram).unwrap();
    datagram
}

fn opened(agreement: &Agreement, datagram: &[u8]) -> Result<(Kind, Vec<u8>), OpenError> {
    let mut datagram = datagram.to_vec();
    let (kind, plaintext) = agreement.opener.open(&mut datagram)?;
    Ok((kind, plaintext.to_vec()))
}

fn talk(from: &Agreement, to: &Agreement) {
    let datagram = sealed(from, Kind::Packet, b"some packet");
    let expected = Ok((Kind::Packet, b"some packet".to_vec()));
    assert_eq!(opened(to, &datagram), expected);
}

/// Neither must have opened anything yet, or counters alone would tell.
fn do_not_talk(a: &Agreement, b: &Agreement) {
    for (from, to) in [(a, b), (b, a)] {
        let datagram = sealed(from, Kind::Packet, b"some packet");
        assert_eq!(opened(to, &datagram), Err(OpenError::Forged));
    }
}

#[test]
fn both_ends_talk_both_ways_through_generations() {
    for (aes_a, aes_b, cipher) in [
        (true, true, Cipher::Aes128Gcm),
        (true, false, Cipher::ChaCha20Poly1305),
        (false, true, Cipher::ChaCha20Poly1305),
        (false, false, Cipher::ChaCha20Poly1305),
    ] {
        let exporter = secret(&[7; 32]);
        let mut earlier: Option<(Agreement, Agreement)> = None;
        for generation in 0..5 {
            let offers = (
                local(generation, 1 + generation, aes_a),
                local(generation, 100 + generation, aes_b),
            );
            let [a, b] = both(offers.0, offers.1, [&exporter, &exporter]);
            let (a, b) = (a.unwrap(), b.unwrap());
            for end in [&a, &b] {
                assert_eq!((end.generation, end.cipher), (generation, cipher));
            }
            assert_eq!(a.opener.index(), index(1 + generation));
            assert_eq!(b.sealer.index(), index(1 + generation));
            assert_eq!(b.opener.index(), index(100 + generation));
            assert_eq!(a.sealer.index(), index(100 + generation));
            talk(&a, &b);
            talk(&b, &a);
            if let Some((old_a, old_b)) = &earlier {
                do_not_talk(old_a, &b);
                do_not_talk(&a, old_b);
                talk(old_a, old_b);
            }
            earlier = Some((a, b));
        }
    }
}

#[test]
fn the_same_secret_never_gives_the_same_keys_again() {
    let exporter = secret(&[7; 32]);
    let [a, b] = both(local(0, 1, true), local(0, 2, true), [&exporter, &exporter]);
    let [c, d] = both(local(0, 1, true), local(0, 2, true), [&exporter, &exporter]);
    let [a, b, c, d] = [a, b, c, d].map(Result::unwrap);
    do_not_talk(&a, &d);
    do_not_talk(&c, &b);
    talk(&a, &b);
    talk(&d, &c);
}

#[test]
fn whoever_has_not_the_secret_is_left_out() {
    let [a, b] = both(
        local(3, 1, true),
        local(3, 2, true),
        [&secret(&[7; 32]), &secret(&[8; 32])],
    );
    do_not_talk(&a.unwrap(), &b.unwrap());
}

#[test]
fn both_in_one_role_do_not_understand_each_other() {
    let (a, b) = (local(0, 1, true), local(0, 2, true));
    let (to_b, to_a) = (*a.offer(), *b.offer());
    let exporter = secret(&[7; 32]);
    let a = agree(a, &to_a, Role::Dialler, &exporter).unwrap();
    let b = agree(b, &to_b, Role::Dialler, &exporter).unwrap();
    do_not_talk(&a, &b);
}

#[test]
fn a_direction_is_not_opened_with_the_other_directions_key() {
    let exporter = secret(&[7; 32]);
    // Even with one index for both.
    let [a, b] = both(local(0, 1, true), local(0, 1, true), [&exporter, &exporter]);
    let (a, b) = (a.unwrap(), b.unwrap());
    for end in [&a, &b] {
        let datagram = sealed(end, Kind::Packet, b"come back");
        assert_eq!(opened(end, &datagram), Err(OpenError::Forged));
    }
}

#[test]
fn every_byte_of_both_offers_counts() {
    let exporter = secret(&[7; 32]);
    let mut refused = 0;
    // From the generation on: type and version are not kept.
    for at in 2..42 {
        for bit in 0..8 {
            let (a, b) = (local(0, 1, true), local(0, 2, true));
            let mut changed = a.offer().encode();
            changed[at] ^= 1 << bit;
            let Ok(Message::Offer(changed)) = Message::parse(&changed) else {
                refused += 1;
                continue;
            };
            let to_a = *b.offer();
            let a = agree(a, &to_a, Role::Dialler, &exporter).unwrap();
            match agree(b, &changed, Role::Accepter, &exporter) {
                Ok(b) => do_not_talk(&a, &b),
                Err(_) => refused += 1,
            }
        }
    }
    // All of the generation's bits, and of the ciphers' those that are unknown.
    assert_eq!(refused, 32 + 6);
}

#[test]
fn offers_that_do_not_fit_are_refused() {
    let exporter = secret(&[7; 32]);
    let error = |local: LocalOffer, remote: &Offer| {
        agree(local, remote, Role::Accepter, &exporter)
            .map(|_| "keys")
            .unwrap_err()
    };
    let theirs = *local(5, 2, true).offer();
    assert_eq!(
        error(local(4, 1, true), &theirs),
        AgreeError::Generation {
            local: 4,
            remote: 5
        }
    );
    let parse = |ciphers: u8| {
        let mut bytes = theirs.encode();
        bytes[9] = ciphers;
        let Ok(Message::Offer(offer)) = Message::parse(&bytes) else {
            panic!("{ciphers}");
        };
        offer
    };
    assert_eq!(
        error(local(5, 1, true), &parse(0)),
        AgreeError::NoCommonCipher
    );
    assert_eq!(
        error(local(5, 1, false), &parse(1)),
        AgreeError::NoCommonCipher
    );
    let ours = local(5, 1, true);
    let reflected = *ours.offer();
    assert_eq!(error(ours, &reflected), AgreeError::PublicKey);
}

#[test]
fn public_keys_that_give_a_known_secret_are_refused() {
    // The points of small order (RFC 7748 §7), and the same not reduced: 0, 1, p - 1, p, p + 1, and the two of order 8.
    let ff = "ff".repeat(30);
    let keys = [
        "00".repeat(32),
        format!("01{}", "00".repeat(31)),
        format!("ec{ff}7f"),
        format!("ed{ff}7f"),
        format!("ee{ff}7f"),
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800".to_owned(),
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157".to_owned(),
    ];
    for key in keys {
        for top_bit in [0, 0x80] {
            let mut public: [u8; 32] = hex(&key).try_into().unwrap();
            public[31] |= top_bit;
            let remote = Offer {
                public,
                ..*local(0, 2, true).offer()
            };
            let agreed = agree(local(0, 1, true), &remote, Role::Dialler, &secret(&[7; 32]));
            assert_eq!(agreed.err(), Some(AgreeError::PublicKey), "{key}");
        }
    }
}

#[test]
fn a_failed_export_makes_no_secret() {
    assert_eq!(Secret::export(|_| Err("gone")).err(), Some("gone"));
}

#[test]
fn the_exporters_context_names_version_and_protocol() {
    assert_eq!(exporter_context(), b"\x01rayfish-desktop/1");
}

/// Nothing but zeros sealed is the bare keystream: the same twice if and only if a key was used twice with one nonce, whatever
/// stands in the headers.
#[test]
fn no_nonce_is_used_twice_over_rekeys_reconnects_restarts_and_threads() {
    const THREADS: usize = 4;
    const CALLS: usize = 300;
    let streams = |sealer: &Sealer, seed: u64| {
        let mut random = Random(seed);
        let mut streams = Vec::new();
        for _ in 0..CALLS {
            let count = 1 + random.below(3) as u32;
            let first = sealer.reserve(count).unwrap();
            for counter in first..first + u64::from(count) {
                let mut datagram = [0; 32 + OVERHEAD];
                sealer.seal(counter, Kind::Packet, &mut datagram).unwrap();
                streams.push(<[u8; 32]>::try_from(&datagram[12..44]).unwrap());
            }
        }
        streams
    };
    for aes in [true, false] {
        let (mut distinct, mut total) = (HashSet::new(), 0);
        // Connections: two of one run, then one for which even the exporter's secret is that of the first.
        for exporter in [[1; 32], [2; 32], [1; 32]] {
            let exporter = secret(&exporter);
            for generation in 0..4 {
                // And even the indices are always the same.
                let offers = (local(generation, 1, aes), local(generation, 2, aes));
                for end in both(offers.0, offers.1, [&exporter, &exporter]) {
                    let end = end.unwrap();
                    let used: Vec<_> = std::thread::scope(|scope| {
                        let threads: Vec<_> = (0..THREADS)
                            .map(|thread| {
                                scope.spawn({
                                    let (streams, end) = (&streams, &end);
                                    move || streams(&end.sealer, 1 + thread as u64)
                                })
                            })
                            .collect();
                        threads
                            .into_iter()
                            .flat_map(|t| t.join().unwrap())
                            .collect()
                    });
                    assert_eq!(end.sealer.reserved(), used.len() as u64);
                    total += used.len();
                    distinct.extend(used);
                }
            }
        }
        assert!(total >= 24 * THREADS * CALLS);
        assert_eq!(distinct.len(), total);
    }
}

/// The vectors of docs/protocol.md as they stand there, each a list of names with bytes.
fn published_vectors() -> Vec<Vec<(String, Vec<u8>)>> {
    let page = include_str!("../../../../docs/protocol.md");
    let section = page.split("#### Test vectors").nth(1).unwrap();
    let block = section.split("```").nth(1).unwrap();
    block
        .split("generation ")
        .skip(1)
        .map(|vector| {
            let lines = vector.lines().skip(1);
            lines
                .filter_map(|line| line.trim().rsplit_once("  "))
                .map(|(name, digits)| (name.trim().to_owned(), hex(digits)))
                .collect()
        })
        .collect()
}

#[test]
fn the_published_vectors_come_out() {
    let vectors = published_vectors();
    assert_eq!(vectors.len(), 2);
    for (vector, generation) in vectors.iter().zip(0..) {
        let published = |name: &str| {
            let found = vector.iter().find(|(its_name, _)| its_name == name);
            found.unwrap_or_else(|| panic!("{name}")).1.clone()
        };
        let offer = |name: &str| match Message::parse(&published(name)) {
            Ok(Message::Offer(offer)) => offer,
            other => panic!("{other:?}"),
        };
        let (dialler, accepter) = (offer("dialler's offer"), offer("accepter's offer"));
        assert_eq!(
            (dialler.generation, accepter.generation),
            (generation, generation)
        );
        let cipher = dialler.ciphers.common(accepter.ciphers).unwrap();
        let schedule = Schedule::new(
            &secret(&published("secret")),
            &published("shared"),
            cipher,
            &dialler,
            &accepter,
        )
        .unwrap();
        for who in ["dialler", "accepter"] {
            for what in ["key", "iv"] {
                let name = format!("{who} {what}");
                let mut output = published(&name);
                output.fill(0);
                schedule.expand(name.as_bytes(), &mut output).unwrap();
                assert_eq!(output, published(&name), "{name}");
            }
        }
        let keys = schedule.keys().unwrap();
        for (key, to, who, kind) in [
            (keys.dialler, accepter.index, "dialler", Kind::Packet),
            (keys.accepter, dialler.index, "accepter", Kind::Unsummed),
        ] {
            let expected = published(&format!("{who} sends"));
            let counter = Header::parse(&expected).unwrap().counter;
            let text = format!("from {who}");
            let mut datagram = [&[0; 12], text.as_bytes(), &[0; 16]].concat();
            let sealer = Sealer::new(key, to);
            sealer.seal(counter, kind, &mut datagram).unwrap();
            assert_eq!(datagram, expected);
        }
    }
}

/// The other end as a stranger would write it from docs/protocol.md: HMAC, X25519 and AEAD by hand.
struct Stranger {
    private: EphemeralPrivateKey,
    offer: Vec<u8>,
}

/// For what the dialler sends, and for what the accepter sends.
type StrangersKeys = [(LessSafeKey, Vec<u8>); 2];

impl Stranger {
    fn new(generation: u32, index: u32, ciphers: u8) -> Self {
        let private = EphemeralPrivateKey::generate(&X25519, &SystemRandom::new()).unwrap();
        let mut offer = vec![1, 1];
        offer.extend(generation.to_be_bytes());
        offer.extend(&index.to_be_bytes()[1..]);
        offer.push(ciphers);
        offer.extend(private.compute_public_key().unwrap().as_ref());
        Self { private, offer }
    }

    /// `secret` is 32 bytes, `theirs` the other end's encoded offer.
    fn keys(self, theirs: &[u8], dialled: bool, secret: &[u8]) -> StrangersKeys {
        let mac = |key: &[u8], parts: &[&[u8]]| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, key);
            hmac::sign(&key, &parts.concat()).as_ref().to_vec()
        };
        let public = UnparsedPublicKey::new(&X25519, &theirs[10..]);
        let prk =
            agreement::agree_ephemeral(self.private, &public, |shared| mac(secret, &[shared]))
                .unwrap();
        let cipher = if self.offer[9] & theirs[9] & 1 == 1 {
            1
        } else {
            2
        };
        let (first, second) = if dialled {
            (&self.offer[..], theirs)
        } else {
            (theirs, &self.offer[..])
        };
        // No output is longer than one block of HKDF.
        let expand = |label: &str| {
            mac(
                &prk,
                &[
                    &[label.len() as u8],
                    label.as_bytes(),
                    b"\x11rayfish-desktop/1\x01",
                    &[cipher],
                    &theirs[2..6],
                    first,
                    second,
                    &[1],
                ],
            )
        };
        ["dialler", "accepter"].map(|who| {
            let (algorithm, length) = match cipher {
                1 => (&AES_128_GCM, 16),
                _ => (&CHACHA20_POLY1305, 32),
            };
            let key = &expand(&format!("{who} key"))[..length];
            let iv = expand(&format!("{who} iv"))[..12].to_vec();
            (
                LessSafeKey::new(UnboundKey::new(algorithm, key).unwrap()),
                iv,
            )
        })
    }
}

fn strangers_nonce(iv: &[u8], counter: u64) -> Nonce {
    let mut nonce: [u8; 12] = iv.try_into().unwrap();
    for (n, byte) in counter.to_be_bytes().into_iter().enumerate() {
        nonce[4 + n] ^= byte;
    }
    Nonce::assume_unique_for_key(nonce)
}

#[test]
fn a_strangers_implementation_understands_us() {
    let mut random = Random(5);
    for round in 0..200 {
        let generation = random.below(1 << 32) as u32;
        let bytes: Vec<u8> = (0..32).map(|_| random.below(256) as u8).collect();
        let (number, ciphers) = (random.below(1 << 24) as u32, 2 + random.below(2) as u8);
        let (role, dialled) = match round % 2 {
            0 => (Role::Dialler, false),
            _ => (Role::Accepter, true),
        };
        let ours = local(
            generation,
            random.below(1 << 24) as u32,
            random.below(2) == 0,
        );
        let stranger = Stranger::new(generation, number, ciphers);
        let Ok(Message::Offer(theirs)) = Message::parse(&stranger.offer) else {
            panic!("{:?}", stranger.offer);
        };
        let [dialler, accepter] = stranger.keys(&ours.offer().encode(), dialled, &bytes);
        let us = agree(ours, &theirs, role, &secret(&bytes)).unwrap();
        let ((our_key, our_iv), (their_key, their_iv)) = match role {
            Role::Dialler => (dialler, accepter),
            Role::Accepter => (accepter, dialler),
        };

        let skipped = random.below(1 << 20) as u32;
        us.sealer.reserve(skipped).unwrap();
        let mut datagram = sealed(&us, Kind::Probe, b"ours");
        let header = Header::parse(&datagram).unwrap();
        assert_eq!(
            (header.index.number(), header.counter),
            (number, skipped.into())
        );
        let (aad, rest) = datagram.split_at_mut(12);
        let nonce = strangers_nonce(&our_iv, header.counter);
        let plaintext = our_key.open_in_place(nonce, Aad::from(aad), rest).unwrap();
        assert_eq!(plaintext, b"ours");

        let counter = random.below(usize::MAX) as u64;
        let mut datagram = vec![1];
        datagram.extend(us.opener.index().bytes());
        datagram.extend(counter.to_be_bytes());
        let mut text = b"theirs".to_vec();
        their_key
            .seal_in_place_append_tag(
                strangers_nonce(&their_iv, counter),
                Aad::from(&datagram),
                &mut text,
            )
            .unwrap();
        datagram.extend(text);
        let expected = Ok((Kind::Unsummed, b"theirs".to_vec()));
        assert_eq!(opened(&us, &datagram), expected);
    }
}
