//! Where TCP's and UDP's fields are in a packet.

use crate::packet::{Addresses, Packet};

const TCP: u8 = 6;
const UDP: u8 = 17;

/// Where what is in an unfragmented TCP or UDP packet without IPv6 extension headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Bytes of the IP header, options included.
    pub ip_header: usize,
    /// Bytes of all headers.
    pub headers: usize,
    /// IPv4, or else IPv6.
    pub is_v4: bool,
    /// UDP, or else TCP.
    pub is_udp: bool,
}

impl Layout {
    /// `None` for any other packet, where the headers do not fit in it, and where UDP's length is not IP's.
    pub fn of(packet: &Packet<'_>) -> Option<Self> {
        let is_udp = match packet.protocol() {
            TCP => false,
            UDP => true,
            _ => return None,
        };
        if packet.is_fragment() {
            return None;
        }
        let payload = packet.payload();
        let transport = match is_udp {
            true => 8,
            false => usize::from(payload.get(12)? >> 4) * 4,
        };
        let smallest = if is_udp { 8 } else { 20 };
        if transport < smallest || payload.len() < transport {
            return None;
        }
        // The checksum covers what UDP's own length says; bytes beyond it would become data of a merged packet.
        if is_udp && u16_at(payload, 4).map(usize::from) != Some(payload.len()) {
            return None;
        }
        let ip_header = packet.bytes().len() - payload.len();
        Some(Self {
            ip_header,
            headers: ip_header + transport,
            is_v4: matches!(packet.addresses(), Addresses::V4 { .. }),
            is_udp,
        })
    }

    /// Where the transport checksum is in the transport header.
    pub const fn checksum_offset(&self) -> usize {
        if self.is_udp { 6 } else { 16 }
    }

    /// Where it is in the packet.
    pub const fn checksum_at(&self) -> usize {
        self.ip_header + self.checksum_offset()
    }
}

/// Overwrites `bytes` at `at` with `value`; nothing where that is outside.
pub fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    if let Some(field) = bytes.get_mut(at..at + value.len()) {
        field.copy_from_slice(value);
    }
}

/// The 16 bits at `at`.
pub fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let field = bytes.get(at..)?.first_chunk()?;
    Some(u16::from_be_bytes(*field))
}

/// The 32 bits at `at`.
pub fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let field = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_be_bytes(*field))
}

/// Packets of TCP and UDP for the tests beside this.
#[cfg(test)]
pub(crate) mod samples {
    use crate::packet::samples::{Random, v4, v6};

    /// What a packet's headers say.
    #[derive(Debug, Clone, Copy)]
    pub struct Shape {
        pub v4: bool,
        pub udp: bool,
        pub tcp_options: usize,
        pub flags: u8,
        pub seq: u32,
        pub id: u16,
        pub port: u16,
    }

    impl Shape {
        pub fn random(random: &mut Random) -> Self {
            Self {
                v4: random.below(2) == 0,
                udp: random.below(2) == 0,
                tcp_options: [0, 12, 20, 40][random.below(4)],
                flags: 0x10,
                seq: random.below(1 << 32) as u32,
                id: random.below(1 << 16) as u16,
                port: random.below(1 << 16) as u16,
            }
        }
    }

    /// The bytes of all slices.
    pub fn joined(slices: &[std::io::IoSlice<'_>]) -> Vec<u8> {
        slices
            .iter()
            .flat_map(|slice| slice.iter().copied())
            .collect()
    }

    /// A packet of that shape with `length` random bytes of payload and checksums of zero but IPv4's own.
    pub fn packet(shape: &Shape, length: usize, random: &mut Random) -> Vec<u8> {
        let mut transport = Vec::new();
        transport.extend(shape.port.to_be_bytes());
        transport.extend(443u16.to_be_bytes());
        if shape.udp {
            transport.extend((8 + length as u16).to_be_bytes());
            transport.extend([0, 0]);
        } else {
            transport.extend(shape.seq.to_be_bytes());
            transport.extend([1, 2, 3, 4]);
            transport.push(((20 + shape.tcp_options) as u8 / 4) << 4);
            transport.push(shape.flags);
            transport.extend([0x10, 0, 0, 0, 0, 0]);
            transport.extend(vec![1; shape.tcp_options]);
        }
        transport.extend((0..length).map(|_| random.below(256) as u8));
        let protocol = if shape.udp { super::UDP } else { super::TCP };
        if !shape.v4 {
            let (a, b) = ("200::7".parse().unwrap(), "200::2".parse().unwrap());
            return v6(a, b, protocol, &transport);
        }
        let mut bytes = v4(
            [100, 64, 0, 7].into(),
            [100, 64, 0, 2].into(),
            protocol,
            &transport,
        );
        bytes[4..6].copy_from_slice(&shape.id.to_be_bytes());
        bytes[6] = 0x40;
        let sum = !super::super::checksum::fold(super::super::checksum::sum(&bytes[..20]));
        bytes[10..12].copy_from_slice(&sum.to_be_bytes());
        bytes
    }
}
