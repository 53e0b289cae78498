//! Datagrams of the fast path, as sealed and as somebody on the way changed them.

use std::collections::HashSet;

use super::input::Input;
use crate::fast::header::{HEADER, Header, Index, Kind, MAX_DATAGRAM, OVERHEAD, is_quic};
use crate::fast::keys::{Agreement, LocalOffer, Role, Secret, agree};
use crate::fast::offer::Ciphers;
use crate::fast::replay::WINDOW;
use crate::fast::session::OpenError;

/// A datagram as it was sealed, and what it holds.
struct Sealed {
    bytes: Vec<u8>,
    kind: Kind,
    content: Vec<u8>,
}

/// Seals datagrams and opens them in any order, some again, some changed: each opens once, unchanged.
pub fn datagram(data: &[u8]) {
    let mut input = Input::new(data);
    let raw = input.filling(64);
    parse(&raw);
    let (ours, theirs) = pair(input.one_in(2));
    let mut sealed: Vec<Sealed> = Vec::new();
    let mut opened: HashSet<u64> = HashSet::new();
    let mut highest = 0;
    while !input.is_over() {
        if sealed.is_empty() || input.one_in(3) {
            sealed.push(seal(&mut input, &ours));
            continue;
        }
        let original = &sealed[input.below(sealed.len())];
        let mut bytes = original.bytes.clone();
        if input.one_in(2) {
            spoil(&mut input, &mut bytes);
        }
        parse(&bytes);
        let unchanged = sealed.iter().find(|one| one.bytes == bytes);
        let header = Header::parse(&bytes);
        let result = theirs.opener.open(&mut bytes);
        let counter = header.map_or(0, |header| header.counter);
        let is_new =
            counter > highest || (!opened.contains(&counter) && highest - counter < WINDOW);
        match (header, unchanged) {
            (None, _) => assert_eq!(result, Err(OpenError::Malformed)),
            (Some(_), _) if !is_new => assert_eq!(result, Err(OpenError::Replayed)),
            (Some(_), None) => assert_eq!(result, Err(OpenError::Forged)),
            (Some(_), Some(one)) => {
                let (kind, content) = result.expect("it is right and new");
                assert_eq!((kind, &*content), (one.kind, &one.content[..]));
                opened.insert(counter);
                highest = highest.max(counter);
            }
        }
    }
}

/// What a header says is what it is written as.
fn parse(bytes: &[u8]) {
    let Some(header) = Header::parse(bytes) else {
        return;
    };
    assert_eq!(header.encode(), bytes[..HEADER]);
    assert!(!is_quic(bytes[0]));
    assert!((OVERHEAD..=MAX_DATAGRAM).contains(&bytes.len()));
}

fn seal(input: &mut Input<'_>, ours: &Agreement) -> Sealed {
    // Sometimes far ahead, so that others become too old to tell.
    let skipped = input.pick(&[0, 0, 0, 1, 100, 16_000, 17_000]);
    let counter = ours
        .sealer
        .reserve(skipped + 1)
        .expect("far from the limit");
    let counter = counter + u64::from(skipped);
    let kind = input.pick(&[Kind::Packet, Kind::Unsummed, Kind::Probe]);
    let length = input.pick(&[0, 1, 40, 1279, 1280]);
    let content = input.filling(length);
    let mut bytes = vec![0xaa; OVERHEAD + length];
    bytes[HEADER..HEADER + length].copy_from_slice(&content);
    ours.sealer
        .seal(counter, kind, &mut bytes)
        .expect("it fits");
    Sealed {
        bytes,
        kind,
        content,
    }
}

/// Changes bits anywhere, or the length.
fn spoil(input: &mut Input<'_>, bytes: &mut Vec<u8>) {
    match input.below(4) {
        0 => bytes.truncate(usize::from(input.word()) % bytes.len()),
        1 => bytes.extend(vec![input.byte(); 1 + input.below(40)]),
        2 => {
            // Another counter, near or far.
            let at = 4 + input.below(8);
            bytes[at] = input.byte();
        }
        _ => {
            let at = usize::from(input.word()) % bytes.len();
            bytes[at] ^= 1 << input.below(8);
        }
    }
}

/// Both ends of a session.
fn pair(hardware_aes: bool) -> (Agreement, Agreement) {
    let ciphers = Ciphers::offered(hardware_aes);
    let offer = |index| LocalOffer::generate(0, Index::new(index).unwrap(), ciphers).unwrap();
    let secret = || {
        let Ok(secret) = Secret::export(|bytes| {
            *bytes = [7; 32];
            Ok::<(), std::convert::Infallible>(())
        });
        secret
    };
    let (dialler, accepter) = (offer(1), offer(2));
    let (to_accepter, to_dialler) = (*dialler.offer(), *accepter.offer());
    let ours = agree(dialler, &to_dialler, Role::Dialler, &secret());
    let theirs = agree(accepter, &to_accepter, Role::Accepter, &secret());
    (ours.expect("keys"), theirs.expect("the same keys"))
}
