//! UDP datagrams in Ethernet frames: found in those that pass, and made from nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Bytes of an Ethernet header: to whom, from whom, what.
pub const ETHERNET: usize = 14;

const IPV4: [u8; 2] = [0x08, 0x00];
const IPV6: [u8; 2] = [0x86, 0xdd];
const IPV4_HEADER: usize = 20;
const IPV6_HEADER: usize = 40;
const UDP_HEADER: u16 = 8;
const UDP: u8 = 17;
const HOP_LIMIT: u8 = 63;

/// A datagram as it was found.
pub struct Datagram<'f> {
    pub ethernet: [u8; ETHERNET],
    pub from: SocketAddr,
    pub to: SocketAddr,
    pub payload: &'f [u8],
}

/// The UDP datagram in a frame, if it holds one that is whole, without IP options or extension headers.
pub fn find(frame: &[u8]) -> Option<Datagram<'_>> {
    let (ethernet, packet) = frame.split_first_chunk::<ETHERNET>()?;
    let (source, destination, udp) = match ethernet {
        [.., 0x08, 0x00] => {
            let (header, udp) = packet.split_first_chunk::<IPV4_HEADER>()?;
            let [0x45, _, _, _, _, _, f0, f1, _, UDP, _, _, rest @ ..] = *header else {
                return None;
            };
            if u16::from_be_bytes([f0, f1]) & 0x3fff != 0 {
                return None;
            }
            let [s0, s1, s2, s3, d0, d1, d2, d3] = rest;
            let source = IpAddr::from([s0, s1, s2, s3]);
            (source, IpAddr::from([d0, d1, d2, d3]), udp)
        }
        [.., 0x86, 0xdd] => {
            let (header, rest) = packet.split_first_chunk::<8>()?;
            let (source, rest) = rest.split_first_chunk::<16>()?;
            let (destination, udp) = rest.split_first_chunk::<16>()?;
            let [0x60..=0x6f, _, _, _, _, _, UDP, _] = *header else {
                return None;
            };
            (IpAddr::from(*source), IpAddr::from(*destination), udp)
        }
        _ => return None,
    };
    let (&[s0, s1, d0, d1, l0, l1, _, _], payload) = udp.split_first_chunk()?;
    // Short packets are padded to the least that Ethernet knows.
    let length = u16::from_be_bytes([l0, l1]).checked_sub(UDP_HEADER)?;
    Some(Datagram {
        ethernet: *ethernet,
        from: (source, u16::from_be_bytes([s0, s1])).into(),
        to: (destination, u16::from_be_bytes([d0, d1])).into(),
        payload: payload.get(..length.into())?,
    })
}

/// A frame with one datagram, all checksums right. `ethernet` says to whom on the link; its protocol is set to that of `to`.
///
/// `None` where the two addresses are not of one family, or the payload is too long for a packet.
pub fn make(
    ethernet: [u8; ETHERNET],
    from: SocketAddr,
    to: SocketAddr,
    payload: &[u8],
) -> Option<Vec<u8>> {
    let length = u16::try_from(payload.len()).ok()?.checked_add(UDP_HEADER)?;
    let mut frame = ethernet.get(..12)?.to_vec();
    let pseudo = match (from.ip(), to.ip()) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            frame.extend(IPV4);
            frame.extend(ipv4_header(source, destination, length)?);
            [source.octets(), destination.octets()].concat()
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            frame.extend(IPV6);
            frame.extend(ipv6_header(source, destination, length));
            [source.octets(), destination.octets()].concat()
        }
        _ => return None,
    };
    let at = frame.len();
    for number in [from.port(), to.port(), length, 0] {
        frame.extend(number.to_be_bytes());
    }
    frame.extend(payload);
    let udp = frame.get(at..)?;
    let sum = sum(&pseudo) + sum(udp) + u32::from(length) + u32::from(UDP);
    // Zero would say that there is none.
    let checksum = match folded(sum) {
        0 => u16::MAX,
        checksum => checksum,
    };
    frame
        .get_mut(at + 6..at + 8)?
        .copy_from_slice(&checksum.to_be_bytes());
    Some(frame)
}

/// Where UDP begins in a frame [made](make) for that address.
pub const fn headers(to: SocketAddr) -> usize {
    ETHERNET
        + match to {
            SocketAddr::V4(_) => IPV4_HEADER,
            SocketAddr::V6(_) => IPV6_HEADER,
        }
}

fn ipv4_header(source: Ipv4Addr, destination: Ipv4Addr, length: u16) -> Option<[u8; IPV4_HEADER]> {
    let [l0, l1] = length.checked_add(IPV4_HEADER as u16)?.to_be_bytes();
    let [s0, s1, s2, s3] = source.octets();
    let [d0, d1, d2, d3] = destination.octets();
    let mut header = [
        0x45, 0, l0, l1, 0, 0, 0x40, 0, HOP_LIMIT, UDP, 0, 0, s0, s1, s2, s3, d0, d1, d2, d3,
    ];
    let [c0, c1] = folded(sum(&header)).to_be_bytes();
    (header[10], header[11]) = (c0, c1);
    Some(header)
}

fn ipv6_header(source: Ipv6Addr, destination: Ipv6Addr, length: u16) -> Vec<u8> {
    let [l0, l1] = length.to_be_bytes();
    let mut header = vec![0x60, 0, 0, 0, l0, l1, UDP, HOP_LIMIT];
    header.extend(source.octets());
    header.extend(destination.octets());
    header
}

/// The sum of 16-bit words that the Internet checksum is made of (RFC 1071); an odd byte at the end counts as if a zero followed.
fn sum(bytes: &[u8]) -> u32 {
    bytes
        .chunks(2)
        .map(|pair| match *pair {
            [high, low] => u32::from(u16::from_be_bytes([high, low])),
            [high] => u32::from(high) << 8,
            _ => 0,
        })
        .sum()
}

fn folded(mut sum: u32) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}
