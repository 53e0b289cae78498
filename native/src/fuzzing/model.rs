//! What a network stack makes of a packet, written for its plainness and without a line of what is tested with it.

/// Protocol numbers.
pub const TCP: u8 = 6;
pub const UDP: u8 = 17;

/// Bytes in front of the transport header: all but IPv6's extension headers.
pub fn ip_header(packet: &[u8]) -> usize {
    match packet[0] >> 4 {
        4 => usize::from(packet[0] & 15) * 4,
        _ => 40,
    }
}

/// Source and destination, as they are on the wire.
pub fn addresses(packet: &[u8]) -> &[u8] {
    match packet[0] >> 4 {
        4 => &packet[12..20],
        _ => &packet[8..40],
    }
}

/// Protocol, or the first next header.
pub fn protocol(packet: &[u8]) -> u8 {
    match packet[0] >> 4 {
        4 => packet[9],
        _ => packet[6],
    }
}

fn u16_of(bytes: &[u8], at: usize) -> usize {
    usize::from(bytes[at]) << 8 | usize::from(bytes[at + 1])
}

/// Where the transport checksum of a consistent packet is, if it is TCP or UDP, whole, without extension headers, and its
/// lengths are those of its IP header.
pub fn checksum_at(packet: &[u8]) -> Option<usize> {
    let at = ip_header(packet);
    let rest = packet.len() - at;
    let fragment = packet[0] >> 4 == 4 && u16_of(packet, 6) & 0x3fff != 0;
    match protocol(packet) {
        _ if fragment => None,
        UDP if rest >= 8 && u16_of(packet, at + 4) == rest => Some(at + 6),
        TCP if rest >= 20 => {
            let header = usize::from(packet[at + 12] >> 4) * 4;
            (header >= 20 && header <= rest).then_some(at + 16)
        }
        _ => None,
    }
}

/// The ones' complement sum (RFC 1071 §4.1).
pub fn sum(bytes: &[u8]) -> u16 {
    let mut total = 0u32;
    for pair in bytes.chunks(2) {
        total += u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0));
    }
    while total > 0xffff {
        total = (total & 0xffff) + (total >> 16);
    }
    total as u16
}

/// The sum of the pseudo-header for the transport header and payload of `packet`.
pub fn pseudo_sum(packet: &[u8]) -> u16 {
    let length = packet.len() - ip_header(packet);
    let mut bytes = addresses(packet).to_vec();
    bytes.extend((length as u32).to_be_bytes());
    bytes.extend([0, 0, 0, protocol(packet)]);
    sum(&bytes)
}

/// Fills in the transport checksum at `at`.
pub fn fill(packet: &mut [u8], at: usize) {
    packet[at..at + 2].copy_from_slice(&[0, 0]);
    let mut covered = pseudo_sum(packet).to_be_bytes().to_vec();
    covered.extend(&packet[ip_header(packet)..]);
    let checksum = match !sum(&covered) {
        0 if protocol(packet) == UDP => 0xffff,
        other => other,
    };
    packet[at..at + 2].copy_from_slice(&checksum.to_be_bytes());
}

/// Whether the transport checksum of `packet` is right; UDP's may be left out over IPv4.
pub fn is_summed(packet: &[u8], at: usize) -> bool {
    let mut covered = pseudo_sum(packet).to_be_bytes().to_vec();
    covered.extend(&packet[ip_header(packet)..]);
    let absent = protocol(packet) == UDP && packet[at..at + 2] == [0, 0];
    !absent && sum(&covered) == 0xffff
}

/// Whether the checksum of an IPv4 header is right; IPv6 has none.
pub fn is_header_summed(packet: &[u8]) -> bool {
    packet[0] >> 4 == 6 || sum(&packet[..ip_header(packet)]) == 0xffff
}

/// The packets that a host makes of one write to its tunnel device, or a peer would have to make of one read: a note as in
/// linux/virtio_net.h, then the packet. Every checksum that the note leaves to the reader is filled in.
///
/// Panics at what the kernel would refuse, and at a note that reaches into the IP header.
pub fn take_apart(note: [u8; 10], packet: &[u8]) -> Vec<Vec<u8>> {
    let [flags, kind, h0, h1, s0, s1, c0, c1, o0, o1] = note;
    let word = |a, b| usize::from(u16::from_ne_bytes([a, b]));
    let (header, size) = (word(h0, h1), word(s0, s1));
    let (start, at) = (word(c0, c1), word(c0, c1) + word(o0, o1));
    if flags & 1 == 0 {
        assert_eq!(note[1..], [0; 9]);
        return vec![packet.to_vec()];
    }
    assert!(start >= ip_header(packet), "a checksum over the IP header");
    assert!(at + 2 <= packet.len() && header <= packet.len());
    if kind == 0 {
        let mut packet = packet.to_vec();
        // Of the two forms of zero TCP has either; here it is always the same one.
        let checksum = match !sum(&packet[start..]) {
            0 if protocol(&packet) != TCP => 0xffff,
            other => other,
        };
        packet[at..at + 2].copy_from_slice(&checksum.to_be_bytes());
        return vec![packet];
    }
    let expected = match (packet[0] >> 4, protocol(packet)) {
        (4, TCP) => 1,
        (6, TCP) => 4,
        (_, UDP) => 5,
        other => panic!("a super-packet of {other:?}"),
    };
    assert_eq!(kind & 0x7f, expected);
    assert_eq!(start, ip_header(packet), "not at the transport header");
    assert_eq!(Some(at), checksum_at(packet), "not at its checksum");
    let field: [u8; 2] = packet[at..at + 2].try_into().unwrap();
    assert_eq!(u16::from_be_bytes(field), pseudo_sum(packet));
    segments(packet, size)
}

/// The segments of a super-packet with `size` bytes of payload each.
fn segments(packet: &[u8], size: usize) -> Vec<Vec<u8>> {
    let (v4, udp) = (packet[0] >> 4 == 4, protocol(packet) == UDP);
    let at = ip_header(packet);
    let headers = at
        + match udp {
            true => 8,
            false => usize::from(packet[at + 12] >> 4) * 4,
        };
    assert!(size > 0, "segments of nothing");
    let count = (packet.len() - headers).div_ceil(size).max(1);
    assert!(!udp || count <= 64, "{count} datagrams");
    (0..count)
        .map(|index| {
            let from = headers + index * size;
            let to = packet.len().min(from + size);
            let mut segment = [&packet[..headers], &packet[from..to]].concat();
            let length = segment.len();
            if v4 {
                segment[2..4].copy_from_slice(&(length as u16).to_be_bytes());
                let id = (u16_of(packet, 4) as u16).wrapping_add(index as u16);
                segment[4..6].copy_from_slice(&id.to_be_bytes());
                segment[10..12].copy_from_slice(&[0, 0]);
                let checksum = !sum(&segment[..at]);
                segment[10..12].copy_from_slice(&checksum.to_be_bytes());
            } else {
                segment[4..6].copy_from_slice(&((length - 40) as u16).to_be_bytes());
            }
            if udp {
                segment[at + 4..at + 6].copy_from_slice(&((length - at) as u16).to_be_bytes());
                fill(&mut segment, at + 6);
            } else {
                let sequence = u32::from_be_bytes(packet[at + 4..at + 8].try_into().unwrap());
                let sequence = sequence.wrapping_add((index * size) as u32);
                segment[at + 4..at + 8].copy_from_slice(&sequence.to_be_bytes());
                // CWR is the first one's, FIN and PSH the last one's.
                segment[at + 13] &= if index > 0 { 0x7f } else { 0xff };
                segment[at + 13] &= if index + 1 < count { !0x09 } else { 0xff };
                fill(&mut segment, at + 16);
            }
            segment
        })
        .collect()
}
