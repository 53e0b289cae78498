//! Packets cut for a narrow path, and fragments nobody honest sends.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::input::Input;
use crate::fragment::{CONTEXT_FRAGMENT, CONTEXT_PACKET, Datagram, Reassembler, split};

/// What a connection may hold of unfinished packets, in bytes.
const MOST_HELD: usize = 256 * 1024;

/// Splits packets and puts them together again out of order, among fragments that belong to nothing.
pub fn fragment(data: &[u8]) {
    let mut input = Input::new(data);
    let mut now = Instant::now();
    let mut reassembler = Reassembler::new();
    // The newest payload of each place: what a packet can be made of.
    let mut newest: HashMap<(u16, u8), Vec<u8>> = HashMap::new();
    let mut next_id = input.word();
    while !input.is_over() {
        let mut datagrams: Vec<Bytes> = Vec::new();
        if input.one_in(2) {
            datagrams = honest(&mut input, next_id);
            next_id = next_id.wrapping_add(1);
            for _ in 0..input.below(4) {
                let (one, other) = (input.below(datagrams.len()), input.below(datagrams.len()));
                datagrams.swap(one, other);
            }
        } else {
            datagrams.push(wild(&mut input, next_id));
        }
        for datagram in &datagrams {
            now += Duration::from_millis(input.below(3) as u64 * input.below(400) as u64);
            let Ok(Datagram::Fragment(fragment)) = Datagram::parse(datagram) else {
                continue;
            };
            let [_, i0, i1, position, payload @ ..] = &datagram[..] else {
                panic!("too short for a fragment");
            };
            let id = u16::from_be_bytes([*i0, *i1]);
            newest.insert((id, position & 0x7f), payload.to_vec());
            if let Ok(Some(packet)) = reassembler.push(now, fragment) {
                assert!(packet.len() <= 65_535);
                let parts = (0..128).map_while(|index| newest.get(&(id, index)));
                let parts: Vec<u8> = parts.flatten().copied().collect();
                assert!(parts.starts_with(&packet), "made of what never came");
            }
            let (packets, bytes) = reassembler.held();
            assert!(packets <= 64 && bytes <= MOST_HELD);
        }
    }
}

/// The datagrams of a packet, which by themselves become it again.
fn honest(input: &mut Input<'_>, id: u16) -> Vec<Bytes> {
    let length = 1 + input.below(1281);
    let mut datagram = vec![CONTEXT_PACKET];
    datagram.extend(input.filling(length));
    let datagram = Bytes::from(datagram);
    let max = 20 + input.below(1280);
    let parts: Vec<Bytes> = split(datagram.clone(), max, id)
        .expect("128 are enough")
        .collect();
    let mut alone = Reassembler::new();
    let mut whole = None;
    for part in &parts {
        assert!(part.len() <= max);
        match Datagram::parse(part).expect("it is one") {
            Datagram::Packet(packet) => whole = Some(Bytes::copy_from_slice(packet)),
            Datagram::Fragment(fragment) => {
                assert_eq!(whole, None, "whole before the last");
                whole = alone.push(Instant::now(), fragment).expect("it is right");
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(whole, Some(datagram.slice(1..)));
    assert_eq!(alone.held(), (0, 0));
    parts
}

/// A fragment of something, near the number that is next.
fn wild(input: &mut Input<'_>, next_id: u16) -> Bytes {
    let id = next_id.wrapping_add_signed(input.pick(&[0, -1, 1, 2, 0x4000, -0x4000, i16::MIN]));
    let mut datagram = vec![CONTEXT_FRAGMENT];
    datagram.extend(id.to_be_bytes());
    datagram.push(input.pick(&[0, 1, 2, 0x80, 0x81, 0x82, 126, 127, 0xff]));
    let length = input.pick(&[0, 1, 600, 1200, 65_000]);
    datagram.extend(input.filling(length));
    datagram.into()
}
