//! The 12 bytes in front of every sealed datagram, in the clear but authenticated.
//!
//! ```text
//! byte 0      bits 7..2 zero, bits 1..0 kind
//! bytes 1..4  the receiver's session index, big-endian
//! bytes 4..12 counter, big-endian
//! ```

/// Bytes of the header.
pub const HEADER: usize = 12;

/// Bytes of the authentication tag at a datagram's end (both ciphers).
pub const TAG: usize = 16;

/// Bytes a datagram is longer than its plaintext.
pub const OVERHEAD: usize = HEADER + TAG;

/// Bytes of the largest plaintext: a packet of the tunnel's MTU.
pub const FULL_SIZE: usize = crate::packet::TUN_MTU;

/// Bytes of the largest datagram. The AEAD limits in [`super::session`] count on it.
pub const MAX_DATAGRAM: usize = FULL_SIZE + OVERHEAD;

/// The bit that every QUIC packet of iroh has set in its first byte (RFC 9000 §17, "fixed bit") and no datagram of ours.
const QUIC_FIXED_BIT: u8 = 0x40;

/// Whether a UDP payload that begins with `first_byte` is QUIC's and not ours.
pub const fn is_quic(first_byte: u8) -> bool {
    first_byte & QUIC_FIXED_BIT != 0
}

/// A receiver's name for one generation of one session: 24 bits that it chose at random.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Index([u8; 3]);

impl Index {
    /// The index of that number; `None` from 2^24 on.
    pub const fn new(number: u32) -> Option<Self> {
        match number.to_be_bytes() {
            [0, a, b, c] => Some(Self([a, b, c])),
            _ => None,
        }
    }

    /// The index that these bytes are on the wire.
    pub const fn from_bytes(bytes: [u8; 3]) -> Self {
        Self(bytes)
    }

    /// As on the wire.
    pub const fn bytes(self) -> [u8; 3] {
        self.0
    }

    /// As a number below 2^24.
    pub const fn number(self) -> u32 {
        let [a, b, c] = self.0;
        u32::from_be_bytes([0, a, b, c])
    }
}

/// What a datagram holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An IP packet with all its checksums.
    Packet,
    /// An IP packet whose TCP or UDP checksum the receiver has to fill in.
    Unsummed,
    /// A probe of the path.
    Probe,
}

impl Kind {
    const fn byte(self) -> u8 {
        match self {
            Self::Packet => 0,
            Self::Unsummed => 1,
            Self::Probe => 2,
        }
    }

    const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Self::Packet),
            1 => Some(Self::Unsummed),
            2 => Some(Self::Probe),
            // Reserved bits and the fourth kind are for later versions.
            _ => None,
        }
    }
}

/// What stands in front of a sealed datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// What it holds.
    pub kind: Kind,
    /// The session of the receiver that it is for.
    pub index: Index,
    /// Which datagram of its direction and generation it is, from 0.
    pub counter: u64,
}

impl Header {
    /// Reads the header of a whole datagram, without any proof that it is genuine: good for finding the session, nothing else.
    ///
    /// `None` for anything that no sealer of this version makes: too short for a header and a tag, longer than
    /// [`MAX_DATAGRAM`], QUIC, a kind or a reserved bit of another version.
    pub fn parse(datagram: &[u8]) -> Option<Self> {
        if datagram.len() < OVERHEAD || datagram.len() > MAX_DATAGRAM {
            return None;
        }
        let (&[kind, i0, i1, i2], rest) = datagram.split_first_chunk()?;
        Some(Self {
            kind: Kind::from_byte(kind)?,
            index: Index([i0, i1, i2]),
            counter: u64::from_be_bytes(*rest.first_chunk()?),
        })
    }

    /// As on the wire.
    pub const fn encode(self) -> [u8; HEADER] {
        let [i0, i1, i2] = self.index.0;
        let [c0, c1, c2, c3, c4, c5, c6, c7] = self.counter.to_be_bytes();
        [self.kind.byte(), i0, i1, i2, c0, c1, c2, c3, c4, c5, c6, c7]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::samples::Random;

    #[test]
    fn a_header_has_the_documented_bytes() {
        let header = Header {
            kind: Kind::Unsummed,
            index: Index::new(0xab_cdef).unwrap(),
            counter: 0x0102_0304_0506_0708,
        };
        let bytes = [1, 0xab, 0xcd, 0xef, 1, 2, 3, 4, 5, 6, 7, 8];
        assert_eq!(header.encode(), bytes);
        let mut datagram = bytes.to_vec();
        datagram.resize(OVERHEAD, 9);
        assert_eq!(Header::parse(&datagram), Some(header));
        assert_eq!((OVERHEAD, MAX_DATAGRAM), (28, 1308));
    }

    #[test]
    fn what_is_written_is_read() {
        let mut random = Random(1);
        for _ in 0..10_000 {
            let header = Header {
                kind: [Kind::Packet, Kind::Unsummed, Kind::Probe][random.below(3)],
                index: Index::new(random.below(1 << 24) as u32).unwrap(),
                counter: random.below(usize::MAX) as u64 >> random.below(64),
            };
            let mut datagram = header.encode().to_vec();
            datagram.resize(OVERHEAD + random.below(FULL_SIZE + 1), 0);
            assert_eq!(Header::parse(&datagram), Some(header));
            assert!(!is_quic(datagram[0]));
        }
    }

    #[test]
    fn of_all_first_bytes_three_are_ours() {
        for first in 0..=u8::MAX {
            let mut datagram = [0; OVERHEAD];
            datagram[0] = first;
            let kind = Header::parse(&datagram).map(|header| header.kind);
            let expected = match first {
                0 => Some(Kind::Packet),
                1 => Some(Kind::Unsummed),
                2 => Some(Kind::Probe),
                _ => None,
            };
            assert_eq!(kind, expected, "{first:#x}");
            assert!(!is_quic(first) || kind.is_none());
        }
        // Long and short headers of QUIC.
        assert!(is_quic(0xc3) && is_quic(0x43));
    }

    #[test]
    fn only_possible_lengths_are_ours() {
        for length in 0..3000 {
            let possible = (OVERHEAD..=MAX_DATAGRAM).contains(&length);
            assert_eq!(Header::parse(&vec![0; length]).is_some(), possible);
        }
    }

    #[test]
    fn an_index_has_24_bits() {
        assert_eq!(Index::new(0xff_ffff).map(Index::number), Some(0xff_ffff));
        assert_eq!(Index::new(0x100_0000), None);
        assert_eq!(Index::from_bytes([1, 2, 3]), Index::new(0x1_0203).unwrap());
        assert_eq!(Index::new(7).unwrap().bytes(), [0, 0, 7]);
    }
}
