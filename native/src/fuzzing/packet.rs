//! One packet, and the ICMP error about it.

use super::flow::{Ends, Flow};
use super::input::Input;
use super::model;
use crate::icmp::{Unreachable, unreachable};
use crate::offload::checksum;
use crate::offload::layout::Layout;
use crate::packet::{Addresses, Packet, TUN_MTU};

/// Parses a packet, finds its transport header, fills in its checksum and answers it.
pub fn packet(data: &[u8]) {
    let mut input = Input::new(data);
    let ends = Ends {
        v4: [[100, 64, 0, 5].into(), [100, 127, 3, 4].into()],
        v6: [
            [0x200, 0, 0, 0, 0, 0, 0, 5].into(),
            [0x2ff, 0, 0, 0, 0, 0, 0, 4].into(),
        ],
    };
    let bytes = match input.one_in(4) {
        true => input.rest().to_vec(),
        false => {
            let mut bytes = Flow::any(&mut input, ends).next(&mut input);
            input.mutilate(&mut bytes);
            bytes
        }
    };
    let Ok(packet) = Packet::parse(&bytes, TUN_MTU) else {
        return;
    };
    assert!(bytes.len() <= TUN_MTU);
    assert_eq!(packet.bytes(), bytes);
    assert_eq!(octets(packet.addresses()), model::addresses(&bytes));
    assert_eq!(packet.protocol(), model::protocol(&bytes));
    assert_eq!(packet.payload(), &bytes[model::ip_header(&bytes)..]);
    let layout = Layout::of(&packet);
    let at = model::checksum_at(&bytes);
    assert_eq!(layout.map(|layout| layout.checksum_at()), at);
    if let Some(layout) = layout {
        assert_eq!(layout.ip_header, model::ip_header(&bytes));
        assert!(layout.checksum_at() + 2 <= layout.headers && layout.headers <= bytes.len());
    }
    let mut filled = bytes.clone();
    assert_eq!(checksum::fill(&mut filled).is_ok(), at.is_some());
    let mut expected = bytes.clone();
    if let Some(at) = at {
        model::fill(&mut expected, at);
        assert!(model::is_summed(&filled, at));
    }
    assert_eq!(filled, expected);
    for reason in [
        Unreachable::NoRoute,
        Unreachable::AdminProhibited,
        Unreachable::Host,
    ] {
        if let Some(error) = unreachable(&packet, reason) {
            assert_answers(&error, &bytes);
        }
    }
}

/// That `error` is a right ICMP error about `original`, for its sender and nobody else.
fn assert_answers(error: &[u8], original: &[u8]) {
    let packet = Packet::parse(error, TUN_MTU).expect("an error is a packet");
    let (source, destination) =
        model::addresses(original).split_at(model::addresses(original).len() / 2);
    assert_eq!(model::addresses(error), [destination, source].concat());
    assert!(model::is_header_summed(error));
    let (header, quote) = packet.payload().split_at(8);
    assert!(original.starts_with(quote));
    let mut covered = match error[0] >> 4 {
        4 => vec![],
        _ => model::pseudo_sum(error).to_be_bytes().to_vec(),
    };
    covered.extend(header);
    covered.extend(quote);
    assert_eq!(model::sum(&covered), 0xffff);
    assert!(error.len() <= if error[0] >> 4 == 4 { 576 } else { 1280 });
    // Two hosts must not answer each other for ever.
    assert_eq!(unreachable(&packet, Unreachable::Host), None);
}

fn octets(addresses: Addresses) -> Vec<u8> {
    match addresses {
        Addresses::V4 {
            source,
            destination,
        } => [source.octets(), destination.octets()].concat(),
        Addresses::V6 {
            source,
            destination,
        } => [source.octets(), destination.octets()].concat(),
    }
}
