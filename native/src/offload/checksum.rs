//! The Internet checksum (RFC 1071): of headers, of pseudo-headers, and filled in where it was left out.

use super::layout::Layout;
use crate::drops::DropReason;
use crate::packet::{Addresses, Packet};

/// The ones' complement sum of `bytes`, not folded: sums add up. Only the last part of a sum may have an odd length.
pub fn sum(bytes: &[u8]) -> u64 {
    // Native words, twice as wide as needed for carries; the sum of swapped words is the swapped sum (RFC 1071 §2B).
    let mut total = 0u64;
    let words = bytes.chunks_exact(4);
    let rest = words.remainder();
    for word in words {
        if let Some(&word) = word.first_chunk::<4>() {
            total += u64::from(u32::from_ne_bytes(word));
        }
    }
    let mut last = [0; 4];
    for (place, byte) in last.iter_mut().zip(rest) {
        *place = *byte;
    }
    total += u64::from(u32::from_ne_bytes(last));
    u64::from(u16::from_be(fold(total)))
}

/// A sum as 16 bits.
pub const fn fold(mut total: u64) -> u16 {
    while total > 0xffff {
        total = (total & 0xffff) + (total >> 16);
    }
    total as u16
}

/// The sum of the pseudo-header (RFC 9293 §3.1, RFC 8200 §8.1) for `length` bytes of transport header and payload.
pub fn pseudo_header(addresses: Addresses, protocol: u8, length: usize) -> u64 {
    let addresses = match addresses {
        Addresses::V4 {
            source,
            destination,
        } => sum(&source.octets()) + sum(&destination.octets()),
        Addresses::V6 {
            source,
            destination,
        } => sum(&source.octets()) + sum(&destination.octets()),
    };
    addresses + u64::from(protocol) + length as u64
}

/// Fills in the TCP or UDP checksum of an unsummed packet.
///
/// # Errors
/// `MalformedHeader` for a packet that has none: not TCP or UDP, a fragment, or with IPv6 extension headers.
pub fn fill(packet: &mut [u8]) -> Result<(), DropReason> {
    let parsed = Packet::parse(packet, usize::MAX)?;
    let layout = Layout::of(&parsed).ok_or(DropReason::MalformedHeader)?;
    let pseudo = pseudo_header(
        parsed.addresses(),
        parsed.protocol(),
        parsed.payload().len(),
    );
    let at = layout.checksum_at();
    let field = packet
        .get_mut(at..at + 2)
        .ok_or(DropReason::MalformedHeader)?;
    field.copy_from_slice(&[0, 0]);
    let transport = packet.get(layout.ip_header..).unwrap_or_default();
    let complement = !fold(pseudo + sum(transport));
    // RFC 768: a sum of zero is sent as its other form, zero means none.
    let checksum = match (complement, layout.is_udp) {
        (0, true) => 0xffff,
        (other, _) => other,
    };
    if let Some(field) = packet.get_mut(at..at + 2) {
        field.copy_from_slice(&checksum.to_be_bytes());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::layout::samples::{Shape, packet};
    use super::*;
    use crate::packet::samples::Random;

    /// RFC 1071 §4.1, word for word.
    fn naive(bytes: &[u8]) -> u16 {
        let mut total = 0u32;
        for pair in bytes.chunks(2) {
            let low = pair.get(1).copied().unwrap_or(0);
            total += u32::from(u16::from_be_bytes([pair[0], low]));
        }
        while total >> 16 != 0 {
            total = (total & 0xffff) + (total >> 16);
        }
        total as u16
    }

    #[test]
    fn sums_are_those_of_the_rfc() {
        let mut random = Random(3);
        for length in 0..200 {
            let bytes: Vec<u8> = (0..length).map(|_| random.below(256) as u8).collect();
            assert_eq!(fold(sum(&bytes)), naive(&bytes), "{length}");
        }
        assert_eq!(fold(sum(&[0xff; 4096])), 0xffff);
    }

    #[test]
    fn a_filled_in_checksum_verifies() {
        let mut random = Random(4);
        for _ in 0..500 {
            let shape = Shape::random(&mut random);
            let length = random.below(1200);
            let mut bytes = packet(&shape, length, &mut random);
            fill(&mut bytes).unwrap();
            let parsed = Packet::parse(&bytes, usize::MAX).unwrap();
            let transport = parsed.payload();
            let pseudo = pseudo_header(parsed.addresses(), parsed.protocol(), transport.len());
            assert_eq!(fold(pseudo + u64::from(naive(transport))), 0xffff);
        }
    }

    #[test]
    fn what_has_no_checksum_is_refused() {
        let mut icmp =
            crate::packet::samples::v4([100, 64, 0, 2].into(), [100, 64, 0, 3].into(), 1, &[0; 20]);
        assert_eq!(fill(&mut icmp), Err(DropReason::MalformedHeader));
    }
}
