//! What one read of the device brings: a packet, or up to 64 KB of one flow to be taken apart.

use super::checksum::{fold, sum};
use super::layout::{Layout, put, u16_at, u32_at};
use super::vnet::{Gso, VnetHeader};
use crate::drops::DropReason;
use crate::packet::{Packet, TUN_MTU};

/// Largest packet IP's length fields allow, of either family as the kernel makes them.
const MAX_PACKET: usize = 65_535 + 40;

/// Where SCTP has its checksum, counted from its header.
const SCTP_CHECKSUM: u16 = 8;

/// TCP flags that only the last segment has, and the one only the first has.
const FIN: u8 = 0x01;
const PSH: u8 = 0x08;
const CWR: u8 = 0x80;

/// One packet of the host, whole or to be taken apart into segments that are whole IP packets.
#[derive(Debug)]
pub struct Frame<'a> {
    packet: Packet<'a>,
    unsummed: bool,
    /// How to take it apart; `None`: it is one segment.
    split: Option<Split>,
}

#[derive(Debug, Clone, Copy)]
struct Split {
    layout: Layout,
    /// Bytes of payload in each segment but the last.
    size: usize,
    segments: usize,
}

impl<'a> Frame<'a> {
    /// Reads what the device brought. The kernel's word counts for two things: that a checksum is left out, and how large
    /// segments are. Where everything is, is our own finding.
    ///
    /// # Errors
    /// As [`Packet::parse`]; `Oversized` for segments above [`TUN_MTU`]; `MalformedHeader` where the note and the packet
    /// contradict each other.
    pub fn parse(vnet: VnetHeader, bytes: &'a mut [u8]) -> Result<Self, DropReason> {
        let gso = vnet.gso.ok_or(DropReason::MalformedHeader)?;
        if gso == Gso::None {
            let unsummed = vnet.needs_checksum && leave_out(vnet, bytes)?;
            return Ok(Self {
                packet: Packet::parse(bytes, TUN_MTU)?,
                unsummed,
                split: None,
            });
        }
        let packet = Packet::parse(bytes, MAX_PACKET)?;
        let layout = Layout::of(&packet).ok_or(DropReason::MalformedHeader)?;
        let fits = match gso {
            Gso::TcpV4 => layout.is_v4 && !layout.is_udp,
            Gso::TcpV6 => !layout.is_v4 && !layout.is_udp,
            _ => layout.is_udp,
        };
        let size = usize::from(vnet.segment_size);
        // The kernel never leaves these checksums filled in: each segment has its own.
        if !fits || size == 0 || !vnet.needs_checksum {
            return Err(DropReason::MalformedHeader);
        }
        if layout.headers + size > TUN_MTU {
            return Err(DropReason::Oversized);
        }
        let payload = packet.bytes().len() - layout.headers;
        let segments = payload.div_ceil(size).max(1);
        Ok(Self {
            packet,
            unsummed: true,
            split: Some(Split {
                layout,
                size,
                segments,
            }),
        })
    }

    /// The packet as it was read, for addresses and ports; all segments share them.
    pub const fn packet(&self) -> &Packet<'a> {
        &self.packet
    }

    /// Whether the segments lack their TCP or UDP checksum (which is then zero).
    pub const fn is_unsummed(&self) -> bool {
        self.unsummed
    }

    /// How many packets it is taken apart into.
    pub const fn segments(&self) -> usize {
        match self.split {
            Some(split) => split.segments,
            None => 1,
        }
    }

    /// Bytes of segment `index`, which is below [`segments`](Self::segments), as an IP packet.
    pub fn segment_length(&self, index: usize) -> usize {
        let whole = self.packet.bytes().len();
        match self.split {
            Some(split) if index < split.segments - 1 => split.layout.headers + split.size,
            Some(split) => whole.saturating_sub(index.saturating_mul(split.size)),
            None => whole,
        }
    }

    /// Writes segment `index` to `out`, which is [`segment_length`](Self::segment_length) bytes long.
    pub fn write_segment(&self, index: usize, out: &mut [u8]) {
        let bytes = self.packet.bytes();
        let Some(Split {
            layout,
            size,
            segments,
        }) = self.split
        else {
            return put(out, 0, bytes);
        };
        let (Some(headers), Some(payload)) = (
            bytes.get(..layout.headers),
            bytes.get(
                layout.headers + index * size
                    ..layout.headers + index * size + out.len().saturating_sub(layout.headers),
            ),
        ) else {
            return;
        };
        put(out, 0, headers);
        put(out, layout.headers, payload);
        let length = out.len();
        write_lengths(out, &layout, length);
        put(out, layout.checksum_at(), &[0, 0]);
        if layout.is_v4 {
            let id = u16_at(bytes, 4).unwrap_or(0).wrapping_add(index as u16);
            put(out, 4, &id.to_be_bytes());
            write_header_checksum(out, &layout);
        }
        if !layout.is_udp {
            let seq_at = layout.ip_header + 4;
            let seq = u32_at(bytes, seq_at)
                .unwrap_or(0)
                .wrapping_add((index * size) as u32);
            put(out, seq_at, &seq.to_be_bytes());
            if let Some(flags) = out.get_mut(layout.ip_header + 13) {
                if index > 0 {
                    *flags &= !CWR;
                }
                if index < segments - 1 {
                    *flags &= !(FIN | PSH);
                }
            }
        }
    }
}

/// Whether the missing checksum of a single packet can stay left out. Where a peer could not fill it in, it is filled in here.
fn leave_out(vnet: VnetHeader, bytes: &mut [u8]) -> Result<bool, DropReason> {
    let packet = Packet::parse(bytes, TUN_MTU)?;
    let layout = Layout::of(&packet);
    let ip_header = bytes.len() - packet.payload().len();
    let start = usize::from(vnet.checksum_start);
    let at = start + usize::from(vnet.checksum_offset);
    if let Some(layout) = layout
        && layout.ip_header == start
        && layout.checksum_at() == at
    {
        put(bytes, at, &[0, 0]);
        return Ok(true);
    }
    // Only SCTP's is there, and it is no such sum but a CRC (RFC 9260 §6.8); the kernel never leaves it to a tunnel.
    if vnet.checksum_offset == SCTP_CHECKSUM {
        return Err(DropReason::MalformedHeader);
    }
    // Nothing but a transport header has such a field. In the IP header it would be written over an address.
    if start < ip_header {
        return Err(DropReason::MalformedHeader);
    }
    // Headers in between: the field holds the sum of the pseudo-header, the rest is added (virtio 1.2 §5.1.6.2).
    let covered = bytes.get(start..).ok_or(DropReason::MalformedHeader)?;
    if covered.len() < usize::from(vnet.checksum_offset) + 2 {
        return Err(DropReason::MalformedHeader);
    }
    // Zero would mean none to UDP (RFC 768); its other form is right for every protocol.
    let checksum = match !fold(sum(covered)) {
        0 => 0xffff,
        other => other,
    };
    put(bytes, at, &checksum.to_be_bytes());
    Ok(false)
}

/// Makes the lengths in the headers of `bytes` say that the packet is `length` bytes long.
pub(super) fn write_lengths(bytes: &mut [u8], layout: &Layout, length: usize) {
    if layout.is_v4 {
        put(bytes, 2, &(length as u16).to_be_bytes());
    } else {
        put(bytes, 4, &((length - 40) as u16).to_be_bytes());
    }
    if layout.is_udp {
        let datagram = (length - layout.ip_header) as u16;
        put(bytes, layout.ip_header + 4, &datagram.to_be_bytes());
    }
}

/// Computes the checksum of an IPv4 header anew.
pub(super) fn write_header_checksum(bytes: &mut [u8], layout: &Layout) {
    put(bytes, 10, &[0, 0]);
    let header = bytes.get(..layout.ip_header).unwrap_or_default();
    let checksum = !fold(sum(header));
    put(bytes, 10, &checksum.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::super::layout::samples::{Shape, packet};
    use super::super::run::{Merging, Run};
    use super::super::vnet::VNET_HEADER;
    use super::*;
    use crate::packet::samples::Random;

    /// What the kernel would say of a super-packet of that shape.
    fn note(shape: &Shape, bytes: &[u8], size: usize) -> VnetHeader {
        let packet = Packet::parse(bytes, usize::MAX).unwrap();
        let layout = Layout::of(&packet).unwrap();
        let gso = match (shape.udp, shape.v4) {
            (true, _) => Gso::Udp,
            (false, true) => Gso::TcpV4,
            (false, false) => Gso::TcpV6,
        };
        VnetHeader {
            needs_checksum: true,
            gso: Some(gso),
            header_length: layout.headers as u16,
            segment_size: size as u16,
            checksum_start: layout.ip_header as u16,
            checksum_offset: layout.checksum_offset() as u16,
        }
    }

    fn take_apart(vnet: VnetHeader, bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut copy = bytes.to_vec();
        let frame = Frame::parse(vnet, &mut copy).unwrap();
        (0..frame.segments())
            .map(|index| {
                let mut out = vec![0xaa; frame.segment_length(index)];
                frame.write_segment(index, &mut out);
                out
            })
            .collect()
    }

    /// Everything a run wrote for `segments`, with its notes.
    fn put_together(segments: &[Vec<u8>]) -> Vec<(VnetHeader, Vec<u8>)> {
        let mut written = Vec::new();
        let mut run = Run::new(Merging::TcpAndUdp);
        let mut write = |run: &mut Run<'_>| {
            let bytes = run.write_merged(super::super::layout::samples::joined);
            let (head, packet) = bytes.split_first_chunk::<VNET_HEADER>().unwrap();
            written.push((VnetHeader::parse(head), packet.to_vec()));
            run.clear();
        };
        for segment in segments {
            let packet = Packet::parse(segment, TUN_MTU).unwrap();
            if !run.push(&packet, true).unwrap() {
                write(&mut run);
                assert!(run.push(&packet, true).unwrap());
            }
        }
        write(&mut run);
        written
    }

    /// `bytes` with the transport checksum field as the kernel has it: the pseudo-header's sum.
    fn with_pseudo_sum(bytes: &[u8]) -> Vec<u8> {
        let packet = Packet::parse(bytes, usize::MAX).unwrap();
        let layout = Layout::of(&packet).unwrap();
        let pseudo = super::super::checksum::pseudo_header(
            packet.addresses(),
            packet.protocol(),
            packet.payload().len(),
        );
        let mut copy = bytes.to_vec();
        put(&mut copy, layout.checksum_at(), &fold(pseudo).to_be_bytes());
        copy
    }

    #[test]
    fn what_is_taken_apart_and_put_together_is_the_original() {
        let mut random = Random(11);
        for round in 0..2000 {
            let mut shape = Shape::random(&mut random);
            if !shape.udp && random.below(3) == 0 {
                shape.flags |= [PSH, FIN, PSH | FIN][random.below(3)];
            }
            let headers =
                if shape.v4 { 20 } else { 40 } + if shape.udp { 8 } else { 20 + shape.tcp_options };
            let size = 1 + random.below(TUN_MTU - headers);
            let most = if shape.udp { 64 } else { 128 };
            let length = (1 + random.below(size * most)).min(65_535 - headers);
            let original = with_pseudo_sum(&packet(&shape, length, &mut random));
            let vnet = note(&shape, &original, size);
            let segments = take_apart(vnet, &original);
            assert_eq!(segments.len(), length.div_ceil(size));
            let written = put_together(&segments);
            assert_eq!(written.len(), 1, "round {round}: {shape:?}");
            assert_eq!(written[0].1, original, "round {round}: {shape:?}");
            if segments.len() > 1 {
                assert_eq!(written[0].0, vnet);
            } else {
                assert_eq!(written[0].0.gso, Some(Gso::None));
                assert!(written[0].0.needs_checksum);
            }
        }
    }

    #[test]
    fn every_segment_is_a_whole_packet_whose_checksum_can_be_filled_in() {
        let mut random = Random(12);
        for _ in 0..200 {
            let shape = Shape::random(&mut random);
            let original = packet(&shape, 5000, &mut random);
            let mut payload = Vec::new();
            for mut segment in take_apart(note(&shape, &original, 1000), &original) {
                super::super::checksum::fill(&mut segment).unwrap();
                let packet = Packet::parse(&segment, TUN_MTU).unwrap();
                let layout = Layout::of(&packet).unwrap();
                if shape.v4 {
                    assert_eq!(fold(sum(&segment[..20])), 0xffff);
                }
                payload.extend_from_slice(&segment[layout.headers..]);
            }
            let packet = Packet::parse(&original, usize::MAX).unwrap();
            let layout = Layout::of(&packet).unwrap();
            assert_eq!(payload, &original[layout.headers..]);
        }
    }

    #[test]
    fn the_first_segment_keeps_cwr_and_the_last_has_fin_and_psh() {
        let mut random = Random(13);
        let shape = Shape {
            v4: true,
            udp: false,
            tcp_options: 12,
            flags: 0x10 | CWR | PSH | FIN,
            seq: u32::MAX - 100,
            id: u16::MAX,
            port: 1,
        };
        let original = packet(&shape, 300, &mut random);
        let segments = take_apart(note(&shape, &original, 100), &original);
        let flags: Vec<u8> = segments.iter().map(|segment| segment[33]).collect();
        assert_eq!(flags, [0x10 | CWR, 0x10, 0x10 | PSH | FIN]);
        let ids: Vec<u16> = segments.iter().map(|s| u16_at(s, 4).unwrap()).collect();
        assert_eq!(ids, [u16::MAX, 0, 1]);
        let seqs: Vec<u32> = segments.iter().map(|s| u32_at(s, 24).unwrap()).collect();
        assert_eq!(seqs, [u32::MAX - 100, u32::MAX, 99]);
    }

    #[test]
    fn notes_that_make_no_sense_are_refused() {
        let mut random = Random(14);
        let shape = Shape {
            v4: true,
            udp: false,
            tcp_options: 0,
            flags: 0x10,
            seq: 1,
            id: 1,
            port: 1,
        };
        let bytes = packet(&shape, 3000, &mut random);
        let good = note(&shape, &bytes, 1000);
        let parse = |vnet| Frame::parse(vnet, &mut bytes.clone()).map(|_| ());
        assert_eq!(parse(good), Ok(()));
        for bad in [
            VnetHeader {
                segment_size: 0,
                ..good
            },
            VnetHeader { gso: None, ..good },
            VnetHeader {
                gso: Some(Gso::Udp),
                ..good
            },
            VnetHeader {
                gso: Some(Gso::TcpV6),
                ..good
            },
            VnetHeader {
                needs_checksum: false,
                ..good
            },
        ] {
            assert_eq!(parse(bad), Err(DropReason::MalformedHeader), "{bad:?}");
        }
        let large = VnetHeader {
            segment_size: 65_535,
            ..good
        };
        assert_eq!(parse(large), Err(DropReason::Oversized));
        assert_eq!(parse(VnetHeader::NONE), Err(DropReason::Oversized));
    }

    #[test]
    fn a_checksum_that_only_we_can_finish_is_finished() {
        // UDP behind an IPv6 hop-by-hop header: a peer would not find its checksum.
        let (a, b) = ("200::7".parse().unwrap(), "200::2".parse().unwrap());
        let datagram = [
            &[17u8, 0, 1, 4, 0, 0, 0, 0][..],
            &[0, 9, 0, 9, 0, 12, 0, 0, 1, 2, 3, 4],
        ]
        .concat();
        let mut bytes = crate::packet::samples::v6(a, b, 0, &datagram);
        let pseudo = {
            let packet = Packet::parse(&bytes, TUN_MTU).unwrap();
            super::super::checksum::pseudo_header(packet.addresses(), 17, 12)
        };
        put(&mut bytes, 54, &fold(pseudo).to_be_bytes());
        let vnet = VnetHeader {
            needs_checksum: true,
            checksum_start: 48,
            checksum_offset: 6,
            ..VnetHeader::NONE
        };
        let frame = Frame::parse(vnet, &mut bytes).unwrap();
        assert!(!frame.is_unsummed());
        let covered = &frame.packet().bytes()[48..];
        assert_eq!(fold(pseudo + sum(covered)), 0xffff);
    }

    #[test]
    fn nothing_read_ever_panics() {
        let mut random = Random(15);
        for _ in 0..100_000 {
            let shape = Shape::random(&mut random);
            let length = random.below(3000);
            let bytes = packet(&shape, length, &mut random);
            let mut bytes = random.mutilate(&bytes);
            let mut head: [u8; VNET_HEADER] = note_or_default(&shape, &bytes);
            for _ in 0..random.below(3) {
                head[random.below(VNET_HEADER)] = random.below(256) as u8;
            }
            if let Ok(frame) = Frame::parse(VnetHeader::parse(&head), &mut bytes) {
                for index in 0..frame.segments() {
                    let mut out = vec![0; frame.segment_length(index)];
                    assert!(out.len() <= TUN_MTU);
                    frame.write_segment(index, &mut out);
                }
            }
        }
    }

    fn note_or_default(shape: &Shape, bytes: &[u8]) -> [u8; VNET_HEADER] {
        match Packet::parse(bytes, usize::MAX)
            .ok()
            .and_then(|packet| Layout::of(&packet))
        {
            Some(_) => note(shape, bytes, 500).to_bytes(),
            None => [0; VNET_HEADER],
        }
    }
}
