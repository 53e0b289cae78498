//! What the kernel says of the host's packets, on their way to a peer.

use super::flow::{Ends, Flow};
use super::inbound::joined;
use super::input::Input;
use super::model;
use crate::offload::{Frame, Merging, Run, VNET_HEADER, VnetHeader};
use crate::packet::{Packet, TUN_MTU};

const ENDS: Ends = Ends {
    v4: [
        std::net::Ipv4Addr::new(100, 64, 0, 1),
        std::net::Ipv4Addr::new(100, 64, 0, 2),
    ],
    v6: [
        std::net::Ipv6Addr::new(0x200, 0, 0, 0, 0, 0, 0, 1),
        std::net::Ipv6Addr::new(0x200, 0, 0, 0, 0, 0, 0, 2),
    ],
};

/// Takes apart what a read of the device brought and puts it together again.
pub fn frame(data: &[u8]) {
    let mut input = Input::new(data);
    let (mut note, mut read) = honest(&mut input);
    let honest = !input.one_in(2);
    if !honest {
        for _ in 0..input.below(4) {
            let at = input.below(VNET_HEADER);
            note[at] = input.byte();
        }
        // Over an address, beyond the packet, and the sizes at either end.
        if input.one_in(4) {
            note[6..10].copy_from_slice(&input.pick(&[
                [0, 0, 12, 0],
                [12, 0, 0, 0],
                [8, 0, 0, 0],
                [0xff; 4],
                [0xff, 0xff, 0, 0],
                [0; 4],
            ]));
        }
        if input.one_in(4) {
            note[4..6].copy_from_slice(&input.pick(&[[0, 0], [0xff, 0xff], [1, 0]]));
        }
        if input.one_in(4) {
            input.mutilate(&mut read);
        }
    }
    let original = read.clone();
    let Ok(frame) = Frame::parse(VnetHeader::parse(&note), &mut read) else {
        assert!(!honest, "refused");
        return;
    };
    let mut segments = Vec::new();
    for index in 0..frame.segments() {
        let mut segment = vec![0xaa; frame.segment_length(index)];
        frame.write_segment(index, &mut segment);
        let packet = Packet::parse(&segment, TUN_MTU).expect("a segment is a packet");
        assert_eq!(packet.addresses(), frame.packet().addresses());
        assert_eq!(model::addresses(&segment), model::addresses(&original));
        if frame.is_unsummed() {
            let at = model::checksum_at(&segment).expect("there is one to leave out");
            assert_eq!(segment[at..at + 2], [0, 0]);
        }
        segments.push(segment);
    }
    let summed: Vec<Vec<u8>> = segments
        .iter()
        .map(|segment| {
            let mut segment = segment.clone();
            if frame.is_unsummed() {
                model::fill(&mut segment, model::checksum_at(&original).unwrap());
            }
            segment
        })
        .collect();
    if honest {
        assert_eq!(summed, model::take_apart(note, &original));
    }
    assert_put_together(&segments, &summed, frame.is_unsummed());
}

/// That a peer's host gets `expected` where `segments` arrive at it.
fn assert_put_together(segments: &[Vec<u8>], expected: &[Vec<u8>], unsummed: bool) {
    let mut got = Vec::new();
    let mut run = Run::new(Merging::TcpAndUdp);
    let mut write = |run: &mut Run<'_>| {
        let written = run.write_merged(joined);
        let (note, packet) = written.split_first_chunk::<VNET_HEADER>().unwrap();
        got.extend(model::take_apart(*note, packet));
        run.clear();
    };
    for segment in segments {
        let packet = Packet::parse(segment, TUN_MTU).unwrap();
        if !run.push(&packet, unsummed).expect("we sent it") {
            write(&mut run);
            assert_eq!(run.push(&packet, unsummed), Ok(true));
        }
    }
    write(&mut run);
    assert_eq!(got, expected);
}

/// A packet of the host with a note as a kernel would write it.
fn honest(input: &mut Input<'_>) -> ([u8; VNET_HEADER], Vec<u8>) {
    let flow = Flow::any(input, ENDS);
    let length = input.pick(&[0, 1, 5, 64, 65, 999, 1000, 1001, 1100]);
    let single = flow.packet(input, length, 0x18);
    let at = model::checksum_at(&single);
    let start = model::ip_header(&single);
    let Some(offset) = at.map(|at| at - start) else {
        return ([0; VNET_HEADER], single);
    };
    let headers = single.len() - length;
    let size = 1 + input.below(TUN_MTU - headers);
    let udp = model::protocol(&single) == model::UDP;
    // Of TCP, too, some more than one write may hold; thousands would only take time.
    let room = (65_535 - headers).min(size * if udp { 64 } else { 200 });
    let kind = match (input.below(3), model::protocol(&single), single[0] >> 4) {
        (0, ..) => return ([0; VNET_HEADER], single),
        (1, ..) => 0,
        (_, model::UDP, _) => 5,
        (_, _, 4) => 1,
        _ => 4,
    };
    let mut packet = match kind {
        0 => single,
        _ => {
            let length = 1 + usize::from(input.word()) % room;
            let flags = input.pick(&[0x10, 0x18, 0x11, 0x90, 0x99]);
            flow.packet(input, length, flags)
        }
    };
    let sum = model::pseudo_sum(&packet).to_be_bytes();
    packet[start + offset..start + offset + 2].copy_from_slice(&sum);
    let mut note = [1, kind, 0, 0, 0, 0, 0, 0, 0, 0];
    let fields = [headers, if kind == 0 { 0 } else { size }, start, offset];
    for (place, field) in note[2..].chunks_mut(2).zip(fields) {
        place.copy_from_slice(&(field as u16).to_ne_bytes());
    }
    (note, packet)
}
