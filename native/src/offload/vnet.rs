//! The header the kernel puts before each packet of a device with `IFF_VNET_HDR` (linux/virtio_net.h), native byte order.

/// Bytes of the header.
pub const VNET_HEADER: usize = 10;

const NEEDS_CHECKSUM: u8 = 1;
const GSO_TCP_V4: u8 = 1;
const GSO_TCP_V6: u8 = 4;
const GSO_UDP_L4: u8 = 5;
/// TCP whose CWR flag is the first segment's only, as it always is here.
const GSO_TCP_V4_ECN: u8 = 0x80 | GSO_TCP_V4;
const GSO_TCP_V6_ECN: u8 = 0x80 | GSO_TCP_V6;

/// How a packet is to be taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gso {
    /// Not at all.
    None,
    /// As a stream of TCP over IPv4.
    TcpV4,
    /// As a stream of TCP over IPv6.
    TcpV6,
    /// As UDP datagrams of one size.
    Udp,
}

/// What the kernel says of a packet, or we say to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VnetHeader {
    /// The transport checksum holds only the sum of the pseudo-header.
    pub needs_checksum: bool,
    /// How to take it apart; `None`: a way we do not know.
    pub gso: Option<Gso>,
    /// Bytes of all headers; a hint for the kernel's allocation.
    pub header_length: u16,
    /// Bytes of payload in each segment.
    pub segment_size: u16,
    /// Where the transport header begins.
    pub checksum_start: u16,
    /// Where the checksum is in it.
    pub checksum_offset: u16,
}

impl VnetHeader {
    /// One packet with all its checksums.
    pub const NONE: Self = Self {
        needs_checksum: false,
        gso: Some(Gso::None),
        header_length: 0,
        segment_size: 0,
        checksum_start: 0,
        checksum_offset: 0,
    };

    /// Reads what the kernel wrote.
    pub const fn parse(bytes: &[u8; VNET_HEADER]) -> Self {
        let [flags, gso, h0, h1, s0, s1, c0, c1, o0, o1] = *bytes;
        Self {
            needs_checksum: flags & NEEDS_CHECKSUM != 0,
            gso: match gso {
                0 => Some(Gso::None),
                GSO_TCP_V4 | GSO_TCP_V4_ECN => Some(Gso::TcpV4),
                GSO_TCP_V6 | GSO_TCP_V6_ECN => Some(Gso::TcpV6),
                GSO_UDP_L4 => Some(Gso::Udp),
                _ => None,
            },
            header_length: u16::from_ne_bytes([h0, h1]),
            segment_size: u16::from_ne_bytes([s0, s1]),
            checksum_start: u16::from_ne_bytes([c0, c1]),
            checksum_offset: u16::from_ne_bytes([o0, o1]),
        }
    }

    /// As the kernel reads it.
    pub const fn to_bytes(self) -> [u8; VNET_HEADER] {
        let [h0, h1] = self.header_length.to_ne_bytes();
        let [s0, s1] = self.segment_size.to_ne_bytes();
        let [c0, c1] = self.checksum_start.to_ne_bytes();
        let [o0, o1] = self.checksum_offset.to_ne_bytes();
        let flags = if self.needs_checksum {
            NEEDS_CHECKSUM
        } else {
            0
        };
        let gso = match self.gso {
            None | Some(Gso::None) => 0,
            Some(Gso::TcpV4) => GSO_TCP_V4,
            Some(Gso::TcpV6) => GSO_TCP_V6,
            Some(Gso::Udp) => GSO_UDP_L4,
        };
        [flags, gso, h0, h1, s0, s1, c0, c1, o0, o1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_survives_the_way_to_bytes_and_back() {
        for gso in [Gso::None, Gso::TcpV4, Gso::TcpV6, Gso::Udp] {
            let header = VnetHeader {
                needs_checksum: true,
                gso: Some(gso),
                header_length: 52,
                segment_size: 1228,
                checksum_start: 20,
                checksum_offset: 16,
            };
            assert_eq!(VnetHeader::parse(&header.to_bytes()), header);
        }
        assert_eq!(VnetHeader::NONE.to_bytes(), [0; VNET_HEADER]);
    }

    #[test]
    fn a_way_to_take_apart_that_is_not_known_is_told_from_none() {
        let gso = |byte| VnetHeader::parse(&[0, byte, 0, 0, 0, 0, 0, 0, 0, 0]).gso;
        for (byte, known) in [
            (0, Some(Gso::None)),
            (1, Some(Gso::TcpV4)),
            (4, Some(Gso::TcpV6)),
            (5, Some(Gso::Udp)),
            (0x81, Some(Gso::TcpV4)),
            (0x84, Some(Gso::TcpV6)),
        ] {
            assert_eq!(gso(byte), known, "{byte:#x}");
        }
        for byte in (0..=255).filter(|byte| ![0, 1, 4, 5, 0x81, 0x84].contains(byte)) {
            assert_eq!(gso(byte), None, "{byte:#x}");
        }
    }

    #[test]
    fn only_the_flag_that_matters_is_read() {
        for flags in 0..=255 {
            let header = VnetHeader::parse(&[flags, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            assert_eq!(header.needs_checksum, flags & 1 == 1, "{flags:#x}");
        }
    }
}
