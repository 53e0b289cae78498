//! What goes through [`Frame`] and [`Run`] together: whatever was merged comes apart into what it was made of.

use super::checksum;
use super::layout::samples::{Shape, joined, packet};
use super::layout::{Layout, put};
use super::vnet::Gso;
use super::*;
use crate::drops::DropReason;
use crate::packet::samples::{Random, v4, v6};
use crate::packet::{Packet, TUN_MTU};

const PLAIN: Shape = Shape {
    v4: true,
    udp: false,
    tcp_options: 0,
    flags: 0x10,
    seq: 0,
    id: 0,
    port: 7,
};

/// A packet as it arrived, and whether its checksum was left out.
type Arrived = (Vec<u8>, bool);

/// What is written for packets that arrive in this order, a write at a time; those refused are left out of `arrived`.
fn write_all(merging: Merging, arrived: &mut Vec<Arrived>) -> Vec<(VnetHeader, Vec<u8>)> {
    arrived.retain(|(bytes, unsummed)| {
        let packet = Packet::parse(bytes, TUN_MTU);
        packet.is_ok_and(|packet| Run::new(merging).push(&packet, *unsummed).is_ok())
    });
    let mut written = Vec::new();
    let mut run = Run::new(merging);
    let mut write = |run: &mut Run<'_>| {
        let bytes = run.write_merged(joined);
        let (note, packet) = bytes.split_first_chunk().unwrap();
        written.push((VnetHeader::parse(note), packet.to_vec()));
        run.clear();
    };
    for (bytes, unsummed) in &*arrived {
        let packet = Packet::parse(bytes, TUN_MTU).unwrap();
        if !run.push(&packet, *unsummed).unwrap() {
            write(&mut run);
            assert!(run.push(&packet, *unsummed).unwrap());
        }
    }
    if !run.is_empty() {
        write(&mut run);
    }
    written
}

/// The packets in what was written.
fn read_all(written: &[(VnetHeader, Vec<u8>)]) -> Vec<Arrived> {
    let mut packets = Vec::new();
    for (note, bytes) in written {
        let mut bytes = bytes.clone();
        let frame = Frame::parse(*note, &mut bytes).unwrap();
        for index in 0..frame.segments() {
            let mut out = vec![0xaa; frame.segment_length(index)];
            frame.write_segment(index, &mut out);
            packets.push((out, frame.is_unsummed()));
        }
    }
    packets
}

/// Without what may differ: a checksum that is left out, and (with DF) the identification and the sum over it.
fn comparable((bytes, unsummed): &Arrived) -> Arrived {
    let mut bytes = bytes.clone();
    if *unsummed {
        let layout = Layout::of(&Packet::parse(&bytes, TUN_MTU).unwrap()).unwrap();
        put(&mut bytes, layout.checksum_at(), &[0, 0]);
        if layout.is_v4
            && bytes[6] & 0x40 != 0
            && checksum::fold(checksum::sum(&bytes[..20])) == 0xffff
        {
            put(&mut bytes, 4, &[0, 0]);
            put(&mut bytes, 10, &[0, 0]);
        }
    }
    (bytes, *unsummed)
}

fn assert_same(sent: &[Arrived], received: &[Arrived]) {
    assert_eq!(sent.len(), received.len());
    for (sent, received) in sent.iter().zip(received) {
        assert_eq!(comparable(sent), comparable(received));
    }
}

/// Packets of a few flows in bursts, with now and then a loss, a flag, a short one or a checksum that is filled in.
fn traffic(random: &mut Random, count: usize) -> Vec<Arrived> {
    let mut flows: Vec<_> = (0..3)
        .map(|_| (Shape::random(random), random.below(2) == 0))
        .collect();
    let mut arrived = Vec::new();
    while arrived.len() < count {
        let at = random.below(flows.len());
        let (shape, counts_ids) = &mut flows[at];
        let size = [1, 7, 100, 1000][random.below(4)];
        for _ in 0..1 + random.below(20) {
            let mut once = *shape;
            if !shape.udp && random.below(12) == 0 {
                once.flags = [0x18, 0x11, 0x19, 0x12, 0x14, 0x30, 0x50, 0x90][random.below(8)];
            }
            let length = if random.below(12) == 0 {
                random.below(size + 1)
            } else {
                size
            };
            let mut bytes = packet(&once, length, random);
            let unsummed = random.below(15) > 0;
            if !unsummed {
                checksum::fill(&mut bytes).unwrap();
            }
            if random.below(20) > 0 {
                arrived.push((bytes, unsummed));
            }
            shape.seq = shape.seq.wrapping_add(length as u32);
            shape.id = shape.id.wrapping_add(u16::from(*counts_ids));
        }
    }
    arrived
}

#[test]
fn nothing_is_lost_doubled_changed_or_put_in_another_order() {
    let mut random = Random(31);
    let (mut packets, mut writes) = (0, 0);
    for round in 0..1500 {
        let merging = [Merging::Tcp, Merging::TcpAndUdp][round % 2];
        let mut sent = traffic(&mut random, 100);
        let written = write_all(merging, &mut sent);
        assert_same(&sent, &read_all(&written));
        packets += sent.len();
        writes += written.len();
    }
    assert!(
        writes * 3 < packets * 2,
        "{writes} writes of {packets} packets"
    );
}

#[test]
fn a_header_changed_anywhere_is_never_hidden_by_merging() {
    let mut random = Random(32);
    let mut refused = 0;
    for _ in 0..3000 {
        let mut sent = traffic(&mut random, 20);
        for (bytes, _) in &mut sent {
            if random.below(3) == 0 {
                *bytes = random.mutilate(bytes);
            }
        }
        let before = sent.len();
        let written = write_all(Merging::TcpAndUdp, &mut sent);
        refused += before - sent.len();
        assert_same(&sent, &read_all(&written));
    }
    assert!(refused > 1000, "{refused}");
}

#[test]
fn a_single_changed_byte_of_a_header_ends_the_write() {
    for (v4, udp) in [(true, false), (true, true), (false, false), (false, true)] {
        let shape = Shape {
            v4,
            udp,
            tcp_options: 12,
            ..PLAIN
        };
        let mut random = Random(33);
        let first = packet(&shape, 100, &mut random);
        let mut next = shape;
        next.seq += 100;
        next.id += 1;
        let second = packet(&next, 100, &mut random);
        let layout = Layout::of(&Packet::parse(&first, TUN_MTU).unwrap()).unwrap();
        let mut both = vec![(first.clone(), true), (second.clone(), true)];
        assert_eq!(write_all(Merging::TcpAndUdp, &mut both).len(), 1);
        let checksum = layout.checksum_at()..layout.checksum_at() + 2;
        for at in (0..layout.headers).filter(|at| !checksum.contains(at)) {
            for bit in 0..8 {
                let mut changed = second.clone();
                changed[at] ^= 1 << bit;
                let mut both = vec![(first.clone(), true), (changed, true)];
                let written = write_all(Merging::TcpAndUdp, &mut both);
                // FIN and PSH are what a last segment may add.
                let ends = !udp && at == layout.ip_header + 13 && [0, 3].contains(&bit);
                assert_eq!(
                    written.len() == 1 && both.len() == 2,
                    ends,
                    "v4 {v4} udp {udp} byte {at} bit {bit}"
                );
            }
        }
    }
}

#[test]
fn a_write_may_have_65535_bytes_and_not_one_more() {
    let mut random = Random(34);
    for (last, writes) in [
        (1015, vec![65_535]),
        (1016, vec![40 + 52 * 1240, 40 + 1016]),
    ] {
        let mut sent: Vec<Arrived> = (0..53u32)
            .map(|index| {
                let shape = Shape {
                    seq: index * 1240,
                    id: index as u16,
                    ..PLAIN
                };
                (
                    packet(&shape, if index < 52 { 1240 } else { last }, &mut random),
                    true,
                )
            })
            .collect();
        let written = write_all(Merging::Tcp, &mut sent);
        let lengths: Vec<_> = written.iter().map(|(_, bytes)| bytes.len()).collect();
        assert_eq!(lengths, writes);
        assert_same(&sent, &read_all(&written));
    }
}

#[test]
fn equal_identifications_merge_only_where_nothing_is_fragmented() {
    let writes = |ids: &[u16], df: bool| {
        let mut sent: Vec<Arrived> = ids
            .iter()
            .map(|&id| {
                let mut bytes = packet(
                    &Shape {
                        udp: true,
                        id,
                        ..PLAIN
                    },
                    10,
                    &mut Random(35),
                );
                bytes[6] = if df { 0x40 } else { 0 };
                bytes[10..12].copy_from_slice(&[0, 0]);
                let sum = !checksum::fold(checksum::sum(&bytes[..20]));
                bytes[10..12].copy_from_slice(&sum.to_be_bytes());
                (bytes, true)
            })
            .collect();
        write_all(Merging::TcpAndUdp, &mut sent).len()
    };
    assert_eq!(writes(&[5, 5, 5, 5], true), 1);
    assert_eq!(writes(&[5, 5, 5, 5], false), 4);
    assert_eq!(writes(&[65_535, 0, 1], false), 1);
    // The first two tell which of both it is.
    assert_eq!(writes(&[5, 5, 6], true), 2);
    assert_eq!(writes(&[5, 6, 6], true), 2);
    assert_eq!(writes(&[5, 6, 5], true), 2);
    assert_eq!(writes(&[5, 7], true), 2);
    // A run that is used again has forgotten.
    assert_eq!(writes(&[5, 5, 9, 10], true), 2);
}

#[test]
fn a_udp_length_that_is_not_the_packets_has_no_checksum_to_leave_out() {
    for length in [0u16, 8, 107, 109, 65_535] {
        let mut bytes = packet(&Shape { udp: true, ..PLAIN }, 100, &mut Random(36));
        put(&mut bytes, 24, &length.to_be_bytes());
        let parsed = Packet::parse(&bytes, TUN_MTU).unwrap();
        let refused = Run::new(Merging::TcpAndUdp).push(&parsed, true);
        assert_eq!(refused, Err(DropReason::MalformedHeader), "{length}");
        assert_eq!(checksum::fill(&mut bytes), Err(DropReason::MalformedHeader));
    }
}

#[test]
fn the_kernels_partial_checksum_is_finished_where_it_is_one() {
    let note = |start, offset| VnetHeader {
        needs_checksum: true,
        checksum_start: start,
        checksum_offset: offset,
        ..VnetHeader::NONE
    };
    let (a, b) = ("200::7".parse().unwrap(), "200::2".parse().unwrap());
    // UDP behind a hop-by-hop header, with data that makes its checksum zero: for UDP that would mean none.
    let mut chain = [
        &[17u8, 0, 1, 4, 0, 0, 0, 0][..],
        &[0, 9, 0, 9, 0, 12, 0, 0, 0, 0, 3, 4],
    ]
    .concat();
    let whole = v6(a, b, 0, &chain);
    let addresses = Packet::parse(&whole, TUN_MTU).unwrap().addresses();
    let pseudo = checksum::pseudo_header(addresses, 17, 12);
    let rest = !checksum::fold(pseudo + checksum::sum(&chain[8..]));
    put(&mut chain, 16, &rest.to_be_bytes());
    let mut bytes = v6(a, b, 0, &chain);
    put(&mut bytes, 54, &checksum::fold(pseudo).to_be_bytes());
    let frame = Frame::parse(note(48, 6), &mut bytes).unwrap();
    assert!(!frame.is_unsummed());
    assert_eq!(frame.packet().bytes()[54..56], [0xff, 0xff]);
    // SCTP's is a CRC.
    let mut sctp = v4(
        [100, 64, 0, 2].into(),
        [100, 64, 0, 3].into(),
        132,
        &[1; 40],
    );
    let refused = Frame::parse(note(20, 8), &mut sctp).map(|_| ());
    assert_eq!(refused, Err(DropReason::MalformedHeader));
    // A field in the IP header, above all in its addresses, or outside of the packet.
    for (start, offset) in [
        (0, 12),
        (0, 16),
        (12, 0),
        (14, 2),
        (19, 1),
        (20, 19),
        (39, 0),
        (40, 0),
        (65_535, 0),
        (20, 65_535),
        (65_535, 65_535),
    ] {
        let mut icmp = v4([100, 64, 0, 2].into(), [100, 64, 0, 3].into(), 1, &[1; 20]);
        let refused = Frame::parse(note(start, offset), &mut icmp).map(|_| ());
        assert_eq!(
            refused,
            Err(DropReason::MalformedHeader),
            "{start} {offset}"
        );
    }
}

#[test]
fn a_segment_beyond_the_last_is_nothing() {
    let mut bytes = packet(&PLAIN, 300, &mut Random(37));
    let note = VnetHeader {
        needs_checksum: true,
        gso: Some(Gso::TcpV4),
        segment_size: 100,
        ..VnetHeader::NONE
    };
    let frame = Frame::parse(note, &mut bytes).unwrap();
    assert_eq!(frame.segments(), 3);
    for index in [4, 1000, usize::MAX] {
        assert_eq!(frame.segment_length(index), 0, "{index}");
    }
}

#[test]
fn one_byte_segments_merge_up_to_the_most_slices() {
    for (udp, most) in [(false, 128), (true, 64)] {
        let mut sent: Vec<Arrived> = (0..300u32)
            .map(|index| {
                let shape = Shape {
                    udp,
                    seq: index,
                    id: index as u16,
                    ..PLAIN
                };
                (packet(&shape, 1, &mut Random(38)), true)
            })
            .collect();
        let written = write_all(Merging::TcpAndUdp, &mut sent);
        assert_eq!(written.len(), 300usize.div_ceil(most));
        assert_same(&sent, &read_all(&written));
    }
}

#[test]
fn packets_with_ipv4_options_are_written_alone() {
    let mut sent: Vec<Arrived> = (0..3u32)
        .map(|index| {
            let shape = Shape {
                seq: index * 50,
                id: index as u16,
                ..PLAIN
            };
            let mut bytes = packet(&shape, 50, &mut Random(39));
            // Four bytes of "end of options": the sum over the first 20 bytes alone is right, too.
            bytes.splice(20..20, [0; 4]);
            bytes[0] = 0x46;
            put(&mut bytes, 2, &94u16.to_be_bytes());
            put(&mut bytes, 10, &[0, 0]);
            let sum = !checksum::fold(checksum::sum(&bytes[..24]));
            put(&mut bytes, 10, &sum.to_be_bytes());
            (bytes, true)
        })
        .collect();
    let written = write_all(Merging::TcpAndUdp, &mut sent);
    assert_eq!(written.len(), 3);
    assert_same(&sent, &read_all(&written));
}
