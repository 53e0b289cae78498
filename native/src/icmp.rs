//! Answers for packets that cannot be delivered: ICMP "destination unreachable" instead of silence,
//! so that programs fail at once rather than wait for a timeout.

use crate::offload::checksum::{fold, sum};
use crate::packet::{Addresses, Packet, is_overlay_v4, is_overlay_v6};
use std::net::Ipv4Addr;

const ICMP_V4: u8 = 1;
const ICMP_V6: u8 = 58;
/// Longest ICMPv4 error: what every host must be able to receive (RFC 1812 §4.3.2.3).
const MAX_V4: usize = 576;
/// Longest ICMPv6 error: the least IPv6 link MTU (RFC 4443 §2.4(c)).
const MAX_V6: usize = 1280;
/// Bytes an error has before what it quotes: IP header, ICMP header.
const BEFORE_QUOTE_V4: usize = 20 + 8;
const BEFORE_QUOTE_V6: usize = 40 + 8;

/// Why the destination cannot be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreachable {
    /// Nobody we know has that address.
    NoRoute,
    /// A rule forbids it.
    AdminProhibited,
    /// We know whose address it is, and that peer cannot be reached now.
    Host,
}

impl Unreachable {
    /// Code of ICMP type 3 (RFC 792, RFC 1812 §5.2.7.1).
    const fn code_v4(self) -> u8 {
        match self {
            Self::NoRoute => 0,
            Self::Host => 1,
            Self::AdminProhibited => 13,
        }
    }

    /// Code of ICMPv6 type 1 (RFC 4443 §3.1).
    const fn code_v6(self) -> u8 {
        match self {
            Self::NoRoute => 0,
            Self::AdminProhibited => 1,
            Self::Host => 3,
        }
    }
}

/// The ICMP error that tells the sender of `packet` that its destination is unreachable: a whole IP
/// packet, to be delivered to that sender.
///
/// Its source is the unreachable address itself. For a packet of ours that is the only source the
/// kernel takes: an own address coming in from a device is a martian (and every other address would
/// fail reverse path filtering). For a peer's packet it is our own address.
///
/// `None` where no error may be sent (RFC 1122 §3.2.2, RFC 4443 §2.4(e)): about ICMP errors and
/// ICMPv6 redirects, fragments other than the first, and unless both addresses are single overlay
/// addresses (which rules out multicast, broadcast, loopback and unspecified ones).
pub fn unreachable(packet: &Packet<'_>, reason: Unreachable) -> Option<Vec<u8>> {
    match packet.addresses() {
        Addresses::V4 {
            source,
            destination,
        } => {
            let allowed = is_host_v4(source) && is_host_v4(destination) && may_answer_v4(packet);
            allowed.then(|| {
                let quote = quote(packet, MAX_V4 - BEFORE_QUOTE_V4);
                let length = (BEFORE_QUOTE_V4 + quote.len()) as u16;
                let [l0, l1] = length.to_be_bytes();
                // TOS 0xc0: internetwork control; 0x40: don't fragment; 64 hops.
                let header = [0x45, 0xc0, l0, l1, 0, 0, 0x40, 0, 64, ICMP_V4];
                let addresses = [destination.octets(), source.octets()];
                let [h0, h1] = checksum(&[&header, addresses.as_flattened()]);
                let code = reason.code_v4();
                let [c0, c1] = checksum(&[&[3, code], quote]);
                [
                    header.as_slice(),
                    &[h0, h1],
                    addresses.as_flattened(),
                    &[3, code, c0, c1, 0, 0, 0, 0],
                    quote,
                ]
                .concat()
            })
        }
        Addresses::V6 {
            source,
            destination,
        } => {
            let allowed =
                is_overlay_v6(source) && is_overlay_v6(destination) && may_answer_v6(packet);
            allowed.then(|| {
                let quote = quote(packet, MAX_V6 - BEFORE_QUOTE_V6);
                let length = (BEFORE_QUOTE_V6 - 40 + quote.len()) as u16;
                let [l0, l1] = length.to_be_bytes();
                let addresses = [destination.octets(), source.octets()];
                let code = reason.code_v6();
                let pseudo_header = [l0, l1, 0, ICMP_V6];
                let [c0, c1] =
                    checksum(&[addresses.as_flattened(), &pseudo_header, &[1, code], quote]);
                [
                    [0x60, 0, 0, 0, l0, l1, ICMP_V6, 64].as_slice(),
                    addresses.as_flattened(),
                    &[1, code, c0, c1, 0, 0, 0, 0],
                    quote,
                ]
                .concat()
            })
        }
    }
}

/// Whether `address` is one in the overlay other than its network and broadcast address, for which
/// the kernel holds the lowest and the highest of the /10.
fn is_host_v4(address: Ipv4Addr) -> bool {
    const HOST_BITS: u32 = u32::MAX >> 10;
    is_overlay_v4(address) && !matches!(address.to_bits() & HOST_BITS, 0 | HOST_BITS)
}

/// The beginning of the packet, at most `limit` bytes.
fn quote<'a>(packet: &Packet<'a>, limit: usize) -> &'a [u8] {
    let bytes = packet.bytes();
    bytes.get(..limit).unwrap_or(bytes)
}

/// First fragments and whole packets that are no ICMP error; unknown ICMP types count as errors.
fn may_answer_v4(packet: &Packet<'_>) -> bool {
    // Echo, router discovery, timestamp, information and address mask messages.
    const QUERIES: [u8; 10] = [0, 8, 9, 10, 13, 14, 15, 16, 17, 18];
    packet.fragment_offset() == 0
        && (packet.protocol() != ICMP_V4
            || packet
                .payload()
                .first()
                .is_some_and(|kind| QUERIES.contains(kind)))
}

/// First fragments and whole packets that are neither ICMPv6 error nor redirect.
fn may_answer_v6(packet: &Packet<'_>) -> bool {
    const REDIRECT: u8 = 137;
    match upper_layer(packet) {
        Some((ICMP_V6, message)) => message
            .first()
            .is_some_and(|&kind| kind >= 128 && kind != REDIRECT),
        Some(_) => true,
        None => false,
    }
}

/// Protocol and bytes behind the IPv6 extension headers; `None` for later fragments and for a chain
/// that runs out of bytes.
fn upper_layer<'a>(packet: &Packet<'a>) -> Option<(u8, &'a [u8])> {
    const FRAGMENT: u8 = 44;
    const AUTHENTICATION: u8 = 51;
    let (mut next, mut rest) = (packet.protocol(), packet.payload());
    // Those two, hop-by-hop options, routing and destination options.
    while matches!(next, 0 | 43 | FRAGMENT | AUTHENTICATION | 60) {
        let &[following, units, offset_high, offset_low] = rest.first_chunk()?;
        let length = match next {
            FRAGMENT if (offset_high, offset_low & 0xf8) != (0, 0) => return None,
            FRAGMENT => 8,
            AUTHENTICATION => 8 + 4 * usize::from(units),
            _ => 8 + 8 * usize::from(units),
        };
        rest = rest.get(length..)?;
        next = following;
    }
    Some((next, rest))
}

/// The Internet checksum (RFC 1071) over `parts`, of which all but the last have even lengths.
fn checksum(parts: &[&[u8]]) -> [u8; 2] {
    let total = parts.iter().map(|part| sum(part)).sum();
    (!fold(total)).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::TUN_MTU;
    use crate::packet::samples::{Random, v4, v6};
    use std::net::Ipv6Addr;

    const ME4: Ipv4Addr = Ipv4Addr::new(100, 64, 0, 5);
    const PEER4: Ipv4Addr = Ipv4Addr::new(100, 127, 3, 4);
    const ME6: Ipv6Addr = Ipv6Addr::new(0x200, 1, 2, 3, 4, 5, 6, 7);
    const PEER6: Ipv6Addr = Ipv6Addr::new(0x2ff, 7, 6, 5, 4, 3, 2, 1);
    const TCP: u8 = 6;

    fn answer(bytes: &[u8], reason: Unreachable) -> Option<Vec<u8>> {
        unreachable(&Packet::parse(bytes, TUN_MTU).unwrap(), reason)
    }

    fn answered(bytes: &[u8]) -> bool {
        answer(bytes, Unreachable::Host).is_some()
    }

    /// One's complement sum, written differently from the one under test; 0xffff over a message
    /// that includes its right checksum.
    fn ones_complement_sum(bytes: &[u8]) -> u16 {
        bytes.chunks(2).fold(0u16, |sum, pair| {
            let word = u16::from(pair[0]) << 8 | u16::from(*pair.get(1).unwrap_or(&0));
            let (sum, carry) = sum.overflowing_add(word);
            sum + u16::from(carry)
        })
    }

    fn assert_checksums(error: &[u8]) {
        let packet = Packet::parse(error, TUN_MTU).unwrap();
        if packet.protocol() == ICMP_V4 {
            assert_eq!(ones_complement_sum(&error[..20]), 0xffff);
            assert_eq!(ones_complement_sum(&error[20..]), 0xffff);
        } else {
            let mut covered = error[8..40].to_vec();
            covered.extend((error.len() as u32 - 40).to_be_bytes());
            covered.extend([0, 0, 0, ICMP_V6]);
            covered.extend(&error[40..]);
            assert_eq!(ones_complement_sum(&covered), 0xffff);
        }
    }

    #[test]
    fn the_checksum_is_the_one_of_rfc_1071() {
        let example = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(checksum(&[&example]), (!0xddf2u16).to_be_bytes());
        assert_eq!(
            checksum(&[&example[..2], &example[2..]]),
            checksum(&[&example])
        );
    }

    #[test]
    fn an_ipv4_sender_hears_from_the_unreachable_address_itself() {
        let original = v4(ME4, PEER4, TCP, &[9; 20]);
        for (reason, code) in [
            (Unreachable::NoRoute, 0),
            (Unreachable::Host, 1),
            (Unreachable::AdminProhibited, 13),
        ] {
            let error = answer(&original, reason).unwrap();
            let packet = Packet::parse(&error, TUN_MTU).unwrap();
            assert_eq!(
                (packet.source(), packet.destination()),
                (PEER4.into(), ME4.into())
            );
            assert_eq!(packet.protocol(), ICMP_V4);
            assert_eq!(packet.payload()[..2], [3, code]);
            assert_eq!(packet.payload()[4..8], [0; 4]);
            assert_eq!(packet.payload()[8..], original);
            assert_checksums(&error);
        }
    }

    #[test]
    fn an_ipv6_sender_hears_from_the_unreachable_address_itself() {
        let original = v6(ME6, PEER6, TCP, &[9; 21]);
        for (reason, code) in [
            (Unreachable::NoRoute, 0),
            (Unreachable::AdminProhibited, 1),
            (Unreachable::Host, 3),
        ] {
            let error = answer(&original, reason).unwrap();
            let packet = Packet::parse(&error, TUN_MTU).unwrap();
            assert_eq!(
                (packet.source(), packet.destination()),
                (PEER6.into(), ME6.into())
            );
            assert_eq!(packet.protocol(), ICMP_V6);
            assert_eq!(packet.payload()[..2], [1, code]);
            assert_eq!(packet.payload()[4..8], [0; 4]);
            assert_eq!(packet.payload()[8..], original);
            assert_checksums(&error);
        }
    }

    #[test]
    fn long_packets_are_quoted_up_to_the_allowed_size() {
        let long4 = v4(ME4, PEER4, TCP, &[7; 1260]);
        let error4 = answer(&long4, Unreachable::Host).unwrap();
        assert_eq!(error4.len(), 576);
        assert_eq!(error4[28..], long4[..548]);
        assert_checksums(&error4);

        let long6 = v6(ME6, PEER6, TCP, &[7; 1240]);
        let error6 = answer(&long6, Unreachable::Host).unwrap();
        assert_eq!(error6.len(), 1280);
        assert_eq!(error6[48..], long6[..1232]);
        assert_checksums(&error6);
    }

    #[test]
    fn pings_are_answered_but_errors_never_are() {
        for kind in 0..=255 {
            let query = matches!(kind, 0 | 8..=10 | 13..=18);
            assert_eq!(
                answered(&v4(ME4, PEER4, ICMP_V4, &[kind; 8])),
                query,
                "ICMP {kind}"
            );
            let informational = kind >= 128 && kind != 137;
            assert_eq!(
                answered(&v6(ME6, PEER6, ICMP_V6, &[kind; 8])),
                informational,
                "ICMPv6 {kind}"
            );
        }
        assert!(!answered(&v4(ME4, PEER4, ICMP_V4, &[])));
        assert!(!answered(&v6(ME6, PEER6, ICMP_V6, &[])));
    }

    #[test]
    fn an_error_about_our_own_error_is_never_sent() {
        for original in [v4(ME4, PEER4, TCP, &[9; 20]), v6(ME6, PEER6, TCP, &[9; 20])] {
            assert!(!answered(&answer(&original, Unreachable::Host).unwrap()));
        }
    }

    #[test]
    fn errors_hide_behind_no_extension_header() {
        let error = [1, 0, 0, 0, 0, 0, 0, 0];
        let ping = [128, 0, 0, 0, 0, 0, 0, 0];
        // Hop-by-hop (8 bytes), destination options (16), routing (8), authentication (12), first fragment.
        let chain = |message: &[u8]| {
            let mut bytes = vec![60, 0, 0, 0, 0, 0, 0, 0];
            bytes.extend([43, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            bytes.extend([51, 0, 0, 0, 0, 0, 0, 0]);
            bytes.extend([44, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            bytes.extend([ICMP_V6, 0, 0, 1, 0, 0, 0, 1]);
            bytes.extend(message);
            v6(ME6, PEER6, 0, &bytes)
        };
        assert!(answered(&chain(&ping)));
        assert!(!answered(&chain(&error)));
        // A chain that runs out of bytes.
        assert!(!answered(&v6(
            ME6,
            PEER6,
            0,
            &[ICMP_V6, 9, 0, 0, 0, 0, 0, 0]
        )));
    }

    #[test]
    fn later_fragments_are_not_answered() {
        for (offset, expected) in [(0x2000u16, true), (0x2001, false), (0x0001, false)] {
            let mut bytes = v4(ME4, PEER4, TCP, &[9; 20]);
            bytes[6..8].copy_from_slice(&offset.to_be_bytes());
            assert_eq!(answered(&bytes), expected, "{offset:#x}");
        }
        for (offset, expected) in [(0x0001u16, true), (0x0009, false), (0x0100, false)] {
            let [high, low] = offset.to_be_bytes();
            let fragment = [TCP, 0, high, low, 0, 0, 0, 1, 9, 9, 9, 9];
            assert_eq!(
                answered(&v6(ME6, PEER6, 44, &fragment)),
                expected,
                "{offset:#x}"
            );
        }
    }

    #[test]
    fn only_single_overlay_addresses_are_answered() {
        for other in [
            "224.0.0.251",
            "255.255.255.255",
            "127.0.0.1",
            "0.0.0.0",
            "100.64.0.0",
            "100.127.255.255",
            "10.0.0.1",
        ] {
            let other = other.parse().unwrap();
            assert!(!answered(&v4(ME4, other, TCP, &[9; 20])), "to {other}");
            assert!(!answered(&v4(other, PEER4, TCP, &[9; 20])), "from {other}");
        }
        for other in ["ff02::1", "::", "::1", "fe80::1", "2001:db8::1"] {
            let other = other.parse().unwrap();
            assert!(!answered(&v6(ME6, other, TCP, &[9; 20])), "to {other}");
            assert!(!answered(&v6(other, PEER6, TCP, &[9; 20])), "from {other}");
        }
        // Neighbours of the network and broadcast address are hosts like any other.
        for host in ["100.64.0.1", "100.127.255.254", "100.65.0.0"] {
            let host = host.parse().unwrap();
            assert!(is_overlay_v4(host));
            assert!(answered(&v4(ME4, host, TCP, &[9; 20])), "{host}");
        }
    }

    #[test]
    fn garbage_gets_a_correct_answer_or_none() {
        let mut random = Random(2);
        let mut answers = 0;
        for round in 0..50_000 {
            let payload = random.bytes(80);
            let protocol = random.below(64) as u8;
            let whole = match round % 2 {
                0 => v4(ME4, PEER4, protocol, &payload),
                _ => v6(ME6, PEER6, protocol, &payload),
            };
            let bytes = random.mutilate(&whole);
            let Ok(packet) = Packet::parse(&bytes, TUN_MTU) else {
                continue;
            };
            if let Some(error) = unreachable(&packet, Unreachable::NoRoute) {
                answers += 1;
                assert_checksums(&error);
            }
        }
        assert!(answers > 1000, "{answers}");
    }
}
