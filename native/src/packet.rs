//! A checked view of one IP packet, and the ranges of the overlay.

use std::cmp::Ordering;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::drops::DropReason;

/// Link MTU of the tunnel in bytes: the least IPv6 allows (RFC 8200 §5), so it fits everywhere.
pub const TUN_MTU: usize = 1280;

/// Protocol number of UDP in an IP header.
const UDP: u8 = 17;

/// Whether `address` lies in 100.64.0.0/10, the overlay's IPv4 range.
pub const fn is_overlay_v4(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    a == 100 && b & 0xc0 == 64
}

/// Whether `address` lies in 200::/7, the overlay's IPv6 range.
pub const fn is_overlay_v6(address: Ipv6Addr) -> bool {
    let [a, ..] = address.octets();
    a & 0xfe == 0x02
}

/// Source and destination of a packet, always of one family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addresses {
    /// Of an IPv4 packet.
    V4 {
        /// Who sent it.
        source: Ipv4Addr,
        /// Whom it is for.
        destination: Ipv4Addr,
    },
    /// Of an IPv6 packet.
    V6 {
        /// Who sent it.
        source: Ipv6Addr,
        /// Whom it is for.
        destination: Ipv6Addr,
    },
}

/// One whole IP packet whose lengths are known to be consistent.
#[derive(Debug, Clone, Copy)]
pub struct Packet<'a> {
    bytes: &'a [u8],
    payload: &'a [u8],
    addresses: Addresses,
    protocol: u8,
    /// IPv4 flags and fragment offset; 0 for IPv6, which has a header of its own for that.
    fragmentation: u16,
}

impl<'a> Packet<'a> {
    /// Checks that `bytes` is exactly one IP packet of at most `limit` bytes (normally [`TUN_MTU`]).
    ///
    /// # Errors
    /// `Oversized` above `limit`, `NotIp` for another version, `Truncated` when bytes are missing,
    /// `MalformedHeader` for an IPv4 header length that cannot be or bytes beyond the stated length.
    /// Checksums are left to the receiving kernel, which verifies them anyway.
    pub fn parse(bytes: &'a [u8], limit: usize) -> Result<Self, DropReason> {
        if bytes.len() > limit {
            return Err(DropReason::Oversized);
        }
        match bytes.first().map(|first| first >> 4) {
            None => Err(DropReason::Truncated),
            Some(4) => Self::parse_v4(bytes),
            Some(6) => Self::parse_v6(bytes),
            Some(_) => Err(DropReason::NotIp),
        }
    }

    /// The whole packet.
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// What follows the IPv4 header with its options, or the fixed IPv6 header.
    pub const fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// Source and destination, for code that treats the families differently.
    pub const fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// The source address.
    pub const fn source(&self) -> IpAddr {
        match self.addresses {
            Addresses::V4 { source, .. } => IpAddr::V4(source),
            Addresses::V6 { source, .. } => IpAddr::V6(source),
        }
    }

    /// The destination address.
    pub const fn destination(&self) -> IpAddr {
        match self.addresses {
            Addresses::V4 { destination, .. } => IpAddr::V4(destination),
            Addresses::V6 { destination, .. } => IpAddr::V6(destination),
        }
    }

    /// Protocol number (IPv4) or first next header (IPv6; possibly an extension header).
    pub const fn protocol(&self) -> u8 {
        self.protocol
    }

    /// Where this IPv4 fragment belongs in its packet, in units of 8 bytes; 0 for IPv6.
    pub const fn fragment_offset(&self) -> u16 {
        self.fragmentation & 0x1fff
    }

    /// Whether this is a fragment of an IPv4 packet, the first one included.
    pub const fn is_fragment(&self) -> bool {
        self.fragmentation & 0x3fff != 0
    }

    /// Source and destination port of an unfragmented UDP packet without IPv6 extension headers.
    pub const fn udp_ports(&self) -> Option<(u16, u16)> {
        if self.protocol != UDP || self.is_fragment() {
            return None;
        }
        match self.payload.first_chunk() {
            Some(&[s0, s1, d0, d1]) => {
                Some((u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1])))
            }
            None => None,
        }
    }

    fn parse_v4(bytes: &'a [u8]) -> Result<Self, DropReason> {
        let (&[first, _, t0, t1, _, _, f0, f1, _, protocol, _, _], rest) = take(bytes)?;
        let (&source, rest) = take::<4>(rest)?;
        let (&destination, _) = take::<4>(rest)?;
        let header_length = usize::from(first & 0x0f) * 4;
        let total_length = usize::from(u16::from_be_bytes([t0, t1]));
        if header_length < 20 || total_length < header_length || total_length < bytes.len() {
            return Err(DropReason::MalformedHeader);
        }
        if total_length > bytes.len() {
            return Err(DropReason::Truncated);
        }
        Ok(Self {
            bytes,
            payload: bytes.get(header_length..).unwrap_or_default(),
            addresses: Addresses::V4 {
                source: source.into(),
                destination: destination.into(),
            },
            protocol,
            fragmentation: u16::from_be_bytes([f0, f1]),
        })
    }

    fn parse_v6(bytes: &'a [u8]) -> Result<Self, DropReason> {
        let (&[_, _, _, _, l0, l1, protocol, _], rest) = take(bytes)?;
        let (&source, rest) = take::<16>(rest)?;
        let (&destination, payload) = take::<16>(rest)?;
        match usize::from(u16::from_be_bytes([l0, l1])).cmp(&payload.len()) {
            Ordering::Greater => Err(DropReason::Truncated),
            Ordering::Less => Err(DropReason::MalformedHeader),
            Ordering::Equal => Ok(Self {
                bytes,
                payload,
                addresses: Addresses::V6 {
                    source: source.into(),
                    destination: destination.into(),
                },
                protocol,
                fragmentation: 0,
            }),
        }
    }
}

/// The first `N` bytes and the rest.
fn take<const N: usize>(bytes: &[u8]) -> Result<(&[u8; N], &[u8]), DropReason> {
    bytes.split_first_chunk().ok_or(DropReason::Truncated)
}

/// Packets for the tests of this and the other modules.
#[cfg(test)]
pub(crate) mod samples {
    use std::net::{Ipv4Addr, Ipv6Addr};

    /// An IPv4 packet without options (and without a header checksum).
    pub fn v4(source: Ipv4Addr, destination: Ipv4Addr, protocol: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x45, 0];
        bytes.extend(u16::try_from(20 + payload.len()).unwrap().to_be_bytes());
        bytes.extend([0, 0, 0, 0, 64, protocol, 0, 0]);
        bytes.extend(source.octets());
        bytes.extend(destination.octets());
        bytes.extend(payload);
        bytes
    }

    /// An IPv6 packet whose payload starts with `next` header.
    pub fn v6(source: Ipv6Addr, destination: Ipv6Addr, next: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x60, 0, 0, 0];
        bytes.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
        bytes.extend([next, 64]);
        bytes.extend(source.octets());
        bytes.extend(destination.octets());
        bytes.extend(payload);
        bytes
    }

    /// A reproducible source of anything (xorshift64).
    pub struct Random(pub u64);

    impl Random {
        /// Any number below `limit`.
        pub fn below(&mut self, limit: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 >> 16) as usize % limit
        }

        /// Any bytes, up to `limit` of them.
        pub fn bytes(&mut self, limit: usize) -> Vec<u8> {
            (0..self.below(limit + 1))
                .map(|_| self.below(256) as u8)
                .collect()
        }

        /// `bytes` with a few of its first 64 bytes overwritten, sometimes cut short or longer.
        pub fn mutilate(&mut self, bytes: &[u8]) -> Vec<u8> {
            let mut bytes = bytes.to_vec();
            for _ in 0..self.below(4) {
                let at = self.below(bytes.len().clamp(1, 64));
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = self.below(256) as u8;
                }
            }
            match self.below(4) {
                0 => bytes.truncate(self.below(bytes.len() + 1)),
                1 => bytes.extend(self.bytes(16)),
                _ => {}
            }
            bytes
        }
    }
}

#[cfg(test)]
mod tests {
    use super::samples::{Random, v4, v6};
    use super::*;

    const A4: Ipv4Addr = Ipv4Addr::new(100, 64, 0, 5);
    const B4: Ipv4Addr = Ipv4Addr::new(100, 127, 3, 4);
    const A6: Ipv6Addr = Ipv6Addr::new(0x200, 1, 2, 3, 4, 5, 6, 7);
    const B6: Ipv6Addr = Ipv6Addr::new(0x2ff, 7, 6, 5, 4, 3, 2, 1);

    fn fault(bytes: &[u8]) -> DropReason {
        Packet::parse(bytes, TUN_MTU).expect_err("should be refused")
    }

    #[test]
    fn overlay_ranges_end_exactly_where_they_should() {
        for (address, inside) in [
            ("100.63.255.255", false),
            ("100.64.0.0", true),
            ("100.127.255.255", true),
            ("100.128.0.0", false),
            ("99.64.0.0", false),
            ("101.64.0.0", false),
        ] {
            assert_eq!(is_overlay_v4(address.parse().unwrap()), inside, "{address}");
        }
        for (address, inside) in [
            ("1ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false),
            ("200::", true),
            ("3ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true),
            ("400::", false),
            ("fe80::1", false),
            ("ff02::1", false),
        ] {
            assert_eq!(is_overlay_v6(address.parse().unwrap()), inside, "{address}");
        }
    }

    #[test]
    fn an_ipv4_packet_shows_what_it_is() {
        let bytes = v4(A4, B4, 6, b"segment");
        let packet = Packet::parse(&bytes, TUN_MTU).unwrap();
        assert_eq!(packet.bytes(), &bytes);
        assert_eq!(packet.payload(), b"segment");
        assert_eq!(packet.source(), IpAddr::V4(A4));
        assert_eq!(packet.destination(), IpAddr::V4(B4));
        assert_eq!(packet.protocol(), 6);
        assert_eq!(packet.fragment_offset(), 0);
    }

    #[test]
    fn an_ipv6_packet_shows_what_it_is() {
        let bytes = v6(A6, B6, 58, b"message");
        let packet = Packet::parse(&bytes, TUN_MTU).unwrap();
        assert_eq!(packet.bytes(), &bytes);
        assert_eq!(packet.payload(), b"message");
        assert_eq!(packet.source(), IpAddr::V6(A6));
        assert_eq!(packet.destination(), IpAddr::V6(B6));
        assert_eq!(packet.protocol(), 58);
    }

    #[test]
    fn ipv4_options_are_header_not_payload() {
        let mut bytes = v4(A4, B4, 17, &[1, 1, 1, 1, 0, 7, 0, 9]);
        bytes[0] = 0x46;
        let packet = Packet::parse(&bytes, TUN_MTU).unwrap();
        assert_eq!(packet.payload(), [0, 7, 0, 9]);
        assert_eq!(packet.udp_ports(), Some((7, 9)));
    }

    #[test]
    fn every_truncation_is_refused_as_truncated() {
        for whole in [v4(A4, B4, 6, b"data"), v6(A6, B6, 6, b"data")] {
            for length in 0..whole.len() {
                assert_eq!(fault(&whole[..length]), DropReason::Truncated, "{length}");
            }
        }
    }

    #[test]
    fn bytes_beyond_the_stated_length_are_refused() {
        for mut whole in [v4(A4, B4, 6, b"data"), v6(A6, B6, 6, b"data")] {
            whole.push(0);
            assert_eq!(fault(&whole), DropReason::MalformedHeader);
        }
    }

    #[test]
    fn impossible_ipv4_header_lengths_are_refused() {
        let mut bytes = v4(A4, B4, 6, b"data");
        for ihl in 0..5 {
            bytes[0] = 0x40 | ihl;
            assert_eq!(fault(&bytes), DropReason::MalformedHeader, "{ihl}");
        }
        bytes[0] = 0x46;
        assert_eq!(Packet::parse(&bytes, TUN_MTU).unwrap().payload(), b"");
        bytes[0] = 0x47;
        assert_eq!(fault(&bytes), DropReason::MalformedHeader);
    }

    #[test]
    fn other_versions_are_not_ip() {
        let mut bytes = v4(A4, B4, 6, b"data");
        for version in (0..16).filter(|v| ![4, 6].contains(v)) {
            bytes[0] = version << 4 | 5;
            assert_eq!(fault(&bytes), DropReason::NotIp, "{version}");
        }
    }

    #[test]
    fn a_full_mtu_passes_and_one_byte_more_does_not() {
        assert!(Packet::parse(&v4(A4, B4, 6, &[0; 1260]), TUN_MTU).is_ok());
        assert!(Packet::parse(&v6(A6, B6, 6, &[0; 1240]), TUN_MTU).is_ok());
        assert_eq!(fault(&v4(A4, B4, 6, &[0; 1261])), DropReason::Oversized);
        assert_eq!(fault(&v6(A6, B6, 6, &[0; 1241])), DropReason::Oversized);
    }

    #[test]
    fn udp_ports_are_known_only_where_they_surely_are() {
        let ports = |bytes: &[u8]| Packet::parse(bytes, TUN_MTU).unwrap().udp_ports();
        let udp = [0xb2, 0xfc, 0x00, 0x35, 0, 8, 0, 0];
        assert_eq!(ports(&v4(A4, B4, 17, &udp)), Some((45820, 53)));
        assert_eq!(ports(&v6(A6, B6, 17, &udp)), Some((45820, 53)));
        assert_eq!(ports(&v4(A4, B4, 6, &udp)), None);
        assert_eq!(ports(&v4(A4, B4, 17, &udp[..3])), None);
        // Behind an extension header.
        assert_eq!(ports(&v6(A6, B6, 60, &udp)), None);
        for (flags, expected) in [
            (0x4000u16, Some((45820, 53))), // don't fragment
            (0x2000, None),                 // first fragment
            (0x0001, None),                 // last fragment
        ] {
            let mut bytes = v4(A4, B4, 17, &udp);
            bytes[6..8].copy_from_slice(&flags.to_be_bytes());
            assert_eq!(ports(&bytes), expected, "{flags:#x}");
        }
    }

    #[test]
    fn garbage_never_panics_and_what_passes_is_consistent() {
        let mut random = Random(1);
        let valid = [v4(A4, B4, 17, &[7; 40]), v6(A6, B6, 17, &[7; 40])];
        let mut passed = 0;
        for round in 0..100_000 {
            let bytes = match round % 3 {
                0 => random.bytes(100),
                n => random.mutilate(&valid[n - 1]),
            };
            if let Ok(packet) = Packet::parse(&bytes, TUN_MTU) {
                passed += 1;
                packet.udp_ports();
                assert!(packet.payload().len() + 20 <= bytes.len());
                assert!(bytes.ends_with(packet.payload()));
            }
        }
        assert!(passed > 1000, "{passed}");
    }
}
