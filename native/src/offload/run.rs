//! Consecutive packets of one flow, written to the device at once: the opposite of [`super::Frame`].

use std::io::IoSlice;

use super::checksum::{fold, pseudo_header, sum};
use super::frame::{write_header_checksum, write_lengths};
use super::layout::{Layout, put, u16_at, u32_at};
use super::vnet::{Gso, VNET_HEADER, VnetHeader};
use crate::drops::DropReason;
use crate::packet::{Addresses, Packet};

/// Largest merged packet.
const MAX_PACKET: usize = 65_535;
/// Most packets in one: of UDP what older kernels take (`UDP_MAX_SEGMENTS`), of TCP what one write has slices for (more
/// than 64 KB even of the least segments hosts agree on, 536 bytes).
const MAX_UDP: u64 = 64;
const MAX_TCP: u64 = 128;
/// Most slices of one write: note and headers, then the payloads.
const SLICES: usize = 1 + MAX_TCP as usize;
/// Longest headers: IPv4 with options (60) and TCP with options (60).
const HEADERS: usize = VNET_HEADER + 120;

const FIN: u8 = 0x01;
const PSH: u8 = 0x08;
const ACK: u8 = 0x10;
/// Don't fragment, in the first byte of IPv4's flags.
const DF: u8 = 0x40;

/// What a device takes at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merging {
    /// Single packets without any note.
    None,
    /// Merged TCP.
    Tcp,
    /// Merged TCP and UDP.
    TcpAndUdp,
}

/// Packets that were received one after the other and can be written as one.
///
/// Only unsummed ones are merged: a checksum that came filled in was not verified, and merging would declare it right. Such
/// a packet goes out alone, byte for byte.
pub struct Run<'a> {
    merging: Merging,
    /// Note for the kernel and headers of the merged packet.
    head: [u8; HEADERS],
    /// Bytes of headers in `head`; 0 where the first slice is the whole packet.
    headers: usize,
    layout: Option<Layout>,
    addresses: Option<Addresses>,
    slices: Vec<&'a [u8]>,
    packets: u64,
    /// Bytes of all packets as they came.
    bytes: u64,
    /// Bytes of payload in all packets.
    payload: usize,
    /// Bytes of payload in the first packet, and in every other but the last.
    segment: usize,
    /// What IPv4's identification grows by from one packet to the next: 1, or 0 where nothing is ever fragmented.
    id_step: u16,
    /// Nothing can follow.
    closed: bool,
}

impl<'a> Run<'a> {
    /// An empty run for a device that takes this much.
    pub const fn new(merging: Merging) -> Self {
        Self {
            merging,
            head: [0; HEADERS],
            headers: 0,
            layout: None,
            addresses: None,
            slices: Vec::new(),
            packets: 0,
            bytes: 0,
            payload: 0,
            segment: 0,
            id_step: 1,
            closed: false,
        }
    }

    /// Takes `packet` if the run is empty or the packet continues it; `unsummed`: its TCP or UDP checksum is left out.
    /// False: write and clear the run first.
    ///
    /// # Errors
    /// `MalformedHeader` for an unsummed packet that has no such checksum: nobody could fill it in.
    pub fn push(&mut self, packet: &Packet<'a>, unsummed: bool) -> Result<bool, DropReason> {
        let layout = match unsummed {
            true => Some(Layout::of(packet).ok_or(DropReason::MalformedHeader)?),
            false => None,
        };
        if self.packets == 0 {
            self.begin(packet, layout);
            return Ok(true);
        }
        Ok(layout.is_some_and(|layout| self.append(packet, layout)))
    }

    /// Whether there is nothing in it.
    pub const fn is_empty(&self) -> bool {
        self.packets == 0
    }

    /// How many packets it holds.
    pub const fn packets(&self) -> u64 {
        self.packets
    }

    /// Their bytes, as they came.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Hands what is to be written to `write`: the note for the kernel and the packet.
    pub fn write_merged<R>(&mut self, write: impl FnOnce(&[IoSlice<'_>]) -> R) -> R {
        self.complete();
        let head = self
            .head
            .get(..VNET_HEADER + self.headers)
            .unwrap_or_default();
        let head = IoSlice::new(head);
        // Most writes outside of bulk transfers are of one packet; they need no large array.
        if let [only] = *self.slices.as_slice() {
            return write(&[head, IoSlice::new(only)]);
        }
        let mut slices = [head; SLICES];
        let places = slices.iter_mut().skip(1);
        for (place, slice) in places.zip(&self.slices) {
            *place = IoSlice::new(slice);
        }
        write(slices.get(..=self.slices.len()).unwrap_or_default())
    }

    /// The one packet of a run that does not merge, and whether its checksum is left out.
    pub fn single(&self) -> (Vec<u8>, bool) {
        let headers = self.head.get(VNET_HEADER..VNET_HEADER + self.headers);
        let mut packet = headers.unwrap_or_default().to_vec();
        for slice in &self.slices {
            packet.extend_from_slice(slice);
        }
        (packet, self.layout.is_some())
    }

    /// Empties it.
    pub fn clear(&mut self) {
        self.slices.clear();
        self.packets = 0;
        self.closed = false;
    }

    fn begin(&mut self, packet: &Packet<'a>, layout: Option<Layout>) {
        let bytes = packet.bytes();
        self.packets = 1;
        self.bytes = bytes.len() as u64;
        self.layout = layout;
        self.addresses = Some(packet.addresses());
        self.headers = layout.map_or(0, |layout| layout.headers);
        let (headers, payload) = bytes.split_at_checked(self.headers).unwrap_or_default();
        self.head = [0; HEADERS];
        put(&mut self.head, VNET_HEADER, headers);
        self.segment = payload.len();
        self.payload = payload.len();
        self.id_step = 1;
        if !payload.is_empty() {
            self.slices.push(payload);
        }
        self.closed = match layout {
            Some(layout) => !self.may_grow(&layout, headers),
            None => true,
        };
    }

    /// Whether a packet with these headers may be the first of several.
    fn may_grow(&self, layout: &Layout, headers: &[u8]) -> bool {
        let allowed = match self.merging {
            Merging::None => false,
            Merging::Tcp => !layout.is_udp,
            Merging::TcpAndUdp => true,
        };
        let plain = !layout.is_v4 || (layout.ip_header == 20 && has_valid_sum(headers));
        let flags = headers.get(layout.ip_header + 13).copied();
        allowed && plain && self.segment > 0 && (layout.is_udp || flags == Some(ACK))
    }

    fn append(&mut self, packet: &Packet<'a>, layout: Layout) -> bool {
        let bytes = packet.bytes();
        let payload = bytes.get(layout.headers..).unwrap_or_default();
        let most = if layout.is_udp { MAX_UDP } else { MAX_TCP };
        if self.closed
            || self.layout != Some(layout)
            || payload.is_empty()
            || payload.len() > self.segment
            || self.packets >= most
            || layout.headers + self.payload + payload.len() > MAX_PACKET
        {
            return false;
        }
        let Some(id_step) = self.follows(bytes, &layout) else {
            return false;
        };
        self.id_step = id_step;
        if !layout.is_udp
            && let Some(flags) = bytes.get(layout.ip_header + 13)
        {
            let ends = flags & (FIN | PSH);
            if let Some(merged) = self.head.get_mut(VNET_HEADER + layout.ip_header + 13) {
                *merged |= ends;
            }
            self.closed = ends != 0;
        }
        self.closed |= payload.len() < self.segment;
        self.slices.push(payload);
        self.payload += payload.len();
        self.packets += 1;
        self.bytes += bytes.len() as u64;
        true
    }

    /// `Some` if the headers of `bytes` are those of the run's next packet: by how much identifications grow.
    fn follows(&self, bytes: &[u8], layout: &Layout) -> Option<u16> {
        let first = self.head.get(VNET_HEADER..)?;
        let same = |from: usize, to: usize| first.get(from..to) == bytes.get(from..to);
        let mut id_step = self.id_step;
        let ip = match layout.is_v4 {
            // All but length, identification and checksum, which is computed anew and must not hide a wrong one.
            true => {
                let grown = u16_at(bytes, 4)?.wrapping_sub(u16_at(first, 4)?);
                // The second packet tells. With DF identifications mean nothing (RFC 6864 §4), and may all be equal.
                if self.packets == 1 && grown == 0 && first.get(6)? & DF != 0 {
                    id_step = 0;
                }
                same(0, 2)
                    && same(6, 10)
                    && same(12, 20)
                    && grown == id_step.wrapping_mul(self.packets as u16)
                    && has_valid_sum(bytes)
            }
            false => same(0, 4) && same(6, 40),
        };
        let at = layout.ip_header;
        let ports = same(at, at + 4);
        let transport = layout.is_udp || {
            let flags = bytes.get(at + 13)?;
            let seq = u32_at(first, at + 4)?.wrapping_add(self.payload as u32);
            u32_at(bytes, at + 4)? == seq
                && flags & !(FIN | PSH) == ACK
                && same(at + 8, at + 13)
                && same(at + 14, at + 16)
                && same(at + 18, layout.headers)
        };
        (ip && ports && transport).then_some(id_step)
    }

    /// Makes the headers and the note those of the merged packet.
    fn complete(&mut self) {
        let (Some(layout), Some(addresses)) = (self.layout, self.addresses) else {
            return;
        };
        let length = layout.headers + self.payload;
        let merged = self.packets > 1;
        let Some((note, headers)) = self.head.split_first_chunk_mut::<VNET_HEADER>() else {
            return;
        };
        let Some(headers) = headers.get_mut(..layout.headers) else {
            return;
        };
        if merged {
            write_lengths(headers, &layout, length);
            if layout.is_v4 {
                write_header_checksum(headers, &layout);
            }
        }
        let protocol = if layout.is_udp { 17 } else { 6 };
        let pseudo = pseudo_header(addresses, protocol, length - layout.ip_header);
        put(headers, layout.checksum_at(), &fold(pseudo).to_be_bytes());
        *note = VnetHeader {
            needs_checksum: true,
            gso: Some(match (merged, layout.is_udp, layout.is_v4) {
                (false, ..) => Gso::None,
                (true, true, _) => Gso::Udp,
                (true, false, true) => Gso::TcpV4,
                (true, false, false) => Gso::TcpV6,
            }),
            header_length: layout.headers as u16,
            segment_size: if merged { self.segment as u16 } else { 0 },
            checksum_start: layout.ip_header as u16,
            checksum_offset: layout.checksum_offset() as u16,
        }
        .to_bytes();
    }
}

/// Whether the checksum of an IPv4 header without options is right.
fn has_valid_sum(packet: &[u8]) -> bool {
    packet
        .first_chunk::<20>()
        .is_some_and(|header| fold(sum(header)) == 0xffff)
}

#[cfg(test)]
mod tests {
    use super::super::layout::samples::{Shape, packet};
    use super::*;
    use crate::packet::TUN_MTU;
    use crate::packet::samples::Random;

    const SHAPE: Shape = Shape {
        v4: true,
        udp: false,
        tcp_options: 12,
        flags: ACK,
        seq: 1000,
        id: 50,
        port: 7,
    };

    /// How many writes packets take: for each, how many packets it has.
    fn writes(merging: Merging, packets: &[(Vec<u8>, bool)]) -> Vec<u64> {
        let mut writes = Vec::new();
        let mut run = Run::new(merging);
        for (bytes, unsummed) in packets {
            let packet = Packet::parse(bytes, TUN_MTU).unwrap();
            if !run.push(&packet, *unsummed).unwrap() {
                writes.push(run.packets());
                run.clear();
                assert!(run.push(&packet, *unsummed).unwrap());
            }
        }
        writes.push(run.packets());
        writes
    }

    fn stream(count: u32, size: usize, change: impl Fn(u32, &mut Shape)) -> Vec<(Vec<u8>, bool)> {
        let mut random = Random(21);
        (0..count)
            .map(|index| {
                let mut shape = SHAPE;
                shape.seq += index * size as u32;
                shape.id += index as u16;
                change(index, &mut shape);
                (packet(&shape, size, &mut random), true)
            })
            .collect()
    }

    #[test]
    fn consecutive_packets_of_a_flow_are_one_write() {
        assert_eq!(writes(Merging::Tcp, &stream(9, 100, |_, _| ())), [9]);
        assert_eq!(writes(Merging::None, &stream(3, 100, |_, _| ())), [1, 1, 1]);
        let udp = stream(9, 100, |_, shape| shape.udp = true);
        assert_eq!(writes(Merging::TcpAndUdp, &udp), [9]);
        assert_eq!(writes(Merging::Tcp, &udp), [1; 9]);
    }

    #[test]
    fn whatever_differs_begins_another_write() {
        let third = |change: fn(&mut Shape)| {
            writes(
                Merging::TcpAndUdp,
                &stream(4, 100, |index, shape| {
                    if index == 2 {
                        change(shape);
                    }
                }),
            )
        };
        assert_eq!(third(|shape| shape.seq += 1), [2, 1, 1]);
        assert_eq!(third(|shape| shape.seq -= 100), [2, 1, 1]);
        assert_eq!(third(|shape| shape.id += 5), [2, 1, 1]);
        assert_eq!(third(|shape| shape.port = 8), [2, 1, 1]);
        assert_eq!(third(|shape| shape.udp = true), [2, 1, 1]);
        assert_eq!(third(|shape| shape.v4 = false), [2, 1, 1]);
        assert_eq!(third(|shape| shape.tcp_options = 20), [2, 1, 1]);
        for flags in [0x12, 0x14, 0x30, 0x50, 0x90, 0] {
            let changed = stream(4, 100, |index, shape| {
                if index == 2 {
                    shape.flags = flags;
                }
            });
            assert_eq!(writes(Merging::Tcp, &changed), [2, 1, 1], "{flags:#x}");
        }
        // A pushed segment is the last of its write.
        assert_eq!(third(|shape| shape.flags = ACK | PSH), [3, 1]);
    }

    #[test]
    fn a_checksum_that_was_not_left_out_is_never_declared_right() {
        let mut packets = stream(4, 100, |_, _| ());
        packets[2].1 = false;
        assert_eq!(writes(Merging::Tcp, &packets), [2, 1, 1]);
        let mut run = Run::new(Merging::Tcp);
        let parsed = Packet::parse(&packets[2].0, TUN_MTU).unwrap();
        run.push(&parsed, false).unwrap();
        let written = run.write_merged(super::super::layout::samples::joined);
        assert_eq!(written, [&[0; VNET_HEADER][..], &packets[2].0].concat());
    }

    #[test]
    fn a_write_is_never_larger_than_a_packet_can_be() {
        let most = (65_535 - 52) / 1228;
        let counts = writes(Merging::Tcp, &stream(60, 1228, |_, _| ()));
        assert_eq!(counts, [most, 60 - most]);
        assert_eq!(
            writes(Merging::Tcp, &stream(300, 1, |_, _| ())),
            [128, 128, 44]
        );
        let udp = stream(65, 10, |_, shape| shape.udp = true);
        assert_eq!(writes(Merging::TcpAndUdp, &udp), [64, 1]);
    }

    #[test]
    fn the_bit_on_a_packet_without_such_a_checksum_is_refused() {
        let (a, b) = ([100, 64, 0, 7].into(), [100, 64, 0, 2].into());
        let icmp = crate::packet::samples::v4(a, b, 1, &[0; 32]);
        let mut fragment = packet(&SHAPE, 100, &mut Random(5));
        fragment[6] = 0x20;
        let short = crate::packet::samples::v4(a, b, 6, &[0; 19]);
        let wild = crate::packet::samples::v4(a, b, 6, &[0xf0; 40]);
        for bytes in [icmp, fragment, short, wild] {
            let parsed = Packet::parse(&bytes, TUN_MTU).unwrap();
            let refused = Run::new(Merging::Tcp).push(&parsed, true);
            assert_eq!(refused, Err(DropReason::MalformedHeader));
        }
    }

    #[test]
    fn no_packet_of_a_peer_ever_panics_or_changes_what_was_checked() {
        let mut random = Random(22);
        for _ in 0..100_000 {
            let mut shape = Shape::random(&mut random);
            shape.seq = 5;
            let length = random.below(60);
            let packets: Vec<Vec<u8>> = (0..4)
                .map(|_| {
                    let bytes = packet(&shape, length, &mut random);
                    shape.seq += length as u32;
                    shape.id = shape.id.wrapping_add(1);
                    random.mutilate(&bytes)
                })
                .collect();
            let mut run = Run::new(Merging::TcpAndUdp);
            for bytes in &packets {
                let Ok(parsed) = Packet::parse(bytes, TUN_MTU) else {
                    continue;
                };
                if run.is_empty() && run.push(&parsed, random.below(4) > 0).is_ok() {
                    continue;
                }
                let _ = run.push(&parsed, true);
            }
            if run.is_empty() {
                continue;
            }
            let first = packets
                .iter()
                .find(|bytes| Packet::parse(bytes, TUN_MTU).is_ok());
            let written = run.write_merged(super::super::layout::samples::joined);
            let merged = Packet::parse(&written[VNET_HEADER..], 65_535).unwrap();
            assert!(first.is_some());
            let sources = packets
                .iter()
                .filter_map(|bytes| Packet::parse(bytes, TUN_MTU).ok())
                .map(|parsed| parsed.addresses());
            assert!(
                sources
                    .into_iter()
                    .any(|addresses| addresses == merged.addresses())
            );
        }
    }
}
