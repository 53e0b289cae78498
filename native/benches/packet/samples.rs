//! Packets for the benchmarks. Nobody looks at their checksums but where it says so.

use std::net::Ipv4Addr;

use rayfish_native::offload::{VnetHeader, vnet::Gso};
use rayfish_native::packet::TUN_MTU;

/// Our own address.
pub const OWN: Ipv4Addr = Ipv4Addr::new(100, 64, 0, 1);

/// Address of one of up to 65,536 peers.
pub fn peer_v4(at: u16) -> Ipv4Addr {
    let [high, low] = at.to_be_bytes();
    Ipv4Addr::new(100, 65, high, low)
}

/// A full IPv4 packet of UDP.
pub fn udp(source: Ipv4Addr, destination: Ipv4Addr) -> Vec<u8> {
    let mut packet = ipv4(17, TUN_MTU, source, destination);
    packet.resize(TUN_MTU, 0);
    packet
}

/// Bytes of IPv4's and TCP's headers, with timestamps as Linux sends them.
const TCP_HEADERS: usize = 20 + 32;

/// Bytes of payload in a full segment.
const SEGMENT: usize = TUN_MTU - TCP_HEADERS;

/// A super-packet of TCP to a peer, as large as it can be with full segments, and what the kernel says of it.
pub fn super_packet() -> (VnetHeader, Vec<u8>) {
    let length = TCP_HEADERS + (65_535 - TCP_HEADERS) / SEGMENT * SEGMENT;
    let mut packet = ipv4(6, length, OWN, peer_v4(0));
    // Ports, sequence and acknowledgement numbers; 8 words of header, ACK, window, checksum, urgent pointer.
    packet.extend([0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0]);
    packet.extend([0x80, 0x10, 0x10, 0, 0, 0, 0, 0]);
    packet.extend([1; 12]);
    packet.resize(length, 7);
    let note = VnetHeader {
        needs_checksum: true,
        gso: Some(Gso::TcpV4),
        header_length: TCP_HEADERS as u16,
        segment_size: SEGMENT as u16,
        checksum_start: 20,
        checksum_offset: 16,
    };
    (note, packet)
}

/// The header alone, of a packet of that protocol and that many bytes.
fn ipv4(protocol: u8, length: usize, source: Ipv4Addr, destination: Ipv4Addr) -> Vec<u8> {
    let [l0, l1] = (length as u16).to_be_bytes();
    let mut packet = vec![0x45, 0, l0, l1, 0, 0, 0x40, 0, 64, protocol, 0, 0];
    packet.extend(source.octets());
    packet.extend(destination.octets());
    packet
}
