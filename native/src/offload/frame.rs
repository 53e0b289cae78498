//! What one read of the device brings: a packet, or up to 64 KB of one flow to be taken apart.

use super::checksum::{fold, sum};
use super::layout::{Layout, put, u16_at, u32_at};
use super::vnet::{Gso, VnetHeader};
use crate::drops::DropReason;
use crate::packet::{Packet, TUN_MTU};

/// Largest packet IP's length fields allow, of either family as the kernel makes them.
const MAX_PACKET: usize = 65_535 + 40;

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

    /// Bytes of segment `index` as an IP packet.
    pub fn segment_length(&self, index: usize) -> usize {
        let whole = self.packet.bytes().len();
        match self.split {
            Some(split) if index + 1 < split.segments => split.layout.headers + split.size,
            Some(split) => whole - index * split.size,
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
            bytes.get(layout.headers + index * size..layout.headers + index * size + out.len().saturating_sub(layout.headers)),
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
                if index + 1 < segments {
                    *flags &= !(FIN | PSH);
                }
            }
        }
    }
}

/// Whether the missing checksum of a single packet can stay left out. Where a peer could not fill it in, it is filled in here.
fn leave_out(vnet: VnetHeader, bytes: &mut [u8]) -> Result<bool, DropReason> {
    let layout = Layout::of(&Packet::parse(bytes, TUN_MTU)?);
    let start = usize::from(vnet.checksum_start);
    let at = start + usize::from(vnet.checksum_offset);
    if let Some(layout) = layout
        && layout.ip_header == start
        && layout.checksum_at() == at
    {
        put(bytes, at, &[0, 0]);
        return Ok(true);
    }
    // SCTP, or headers in between: the field holds the sum of the pseudo-header, the rest is added (virtio 1.2 §5.1.6.2).
    let covered = bytes.get(start..).ok_or(DropReason::MalformedHeader)?;
    if covered.len() < usize::from(vnet.checksum_offset) + 2 {
        return Err(DropReason::MalformedHeader);
    }
    let checksum = !fold(sum(covered));
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
