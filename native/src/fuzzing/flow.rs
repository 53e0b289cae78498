//! Packets of one flow, one after the other, so that most could be written to a device at once.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::input::Input;
use super::model;

/// The sender of packets and whom they are for.
#[derive(Clone, Copy)]
pub struct Ends {
    /// Source and destination of IPv4 packets.
    pub v4: [Ipv4Addr; 2],
    /// Source and destination of IPv6 packets.
    pub v6: [Ipv6Addr; 2],
}

/// What the headers of its packets say.
pub struct Flow {
    ends: Ends,
    v4: bool,
    protocol: u8,
    ports: [u8; 4],
    /// Don't fragment.
    df: bool,
    /// Words of IPv4 options, or whether there is an IPv6 extension header.
    options: usize,
    /// Words of TCP options.
    tcp_options: usize,
    sequence: u32,
    id: u16,
    id_step: u16,
    size: usize,
}

impl Flow {
    /// Any flow between these two.
    pub fn any(input: &mut Input<'_>, ends: Ends) -> Self {
        let v4 = input.one_in(2);
        Self {
            ends,
            v4,
            protocol: input.pick(&[model::TCP, model::UDP, model::TCP, model::UDP, 1, 132]),
            ports: [0, input.byte(), 1, input.byte()],
            df: input.one_in(2),
            options: if input.one_in(8) {
                1 + input.below(10)
            } else {
                0
            },
            tcp_options: input.pick(&[0, 0, 3, 5, 10]),
            sequence: u32::from(input.word()) << 16 | 0xff00,
            id: input.word(),
            id_step: input.pick(&[1, 1, 0]),
            size: input.pick(&[1, 7, 100, 1000]),
        }
    }

    /// Its next packet, with checksums. Now and then it is shorter, has other flags or leaves a gap.
    pub fn next(&mut self, input: &mut Input<'_>) -> Vec<u8> {
        let length = match input.one_in(12) {
            true => input.below(self.size + 1),
            false => self.size,
        };
        let flags = match input.one_in(12) {
            true => input.byte(),
            false => 0x10,
        };
        let packet = self.packet(input, length, flags);
        if !input.one_in(20) {
            self.sequence = self.sequence.wrapping_add(length as u32);
            self.id = self.id.wrapping_add(self.id_step);
        }
        packet
    }

    /// A packet with that many bytes of payload and those TCP flags, with checksums; of up to 65,535 bytes it is a
    /// super-packet whose segments are the flow's next.
    pub fn packet(&self, input: &mut Input<'_>, length: usize, flags: u8) -> Vec<u8> {
        let mut transport = self.ports.to_vec();
        match self.protocol {
            model::UDP => {
                transport.extend((8 + length as u16).to_be_bytes());
                transport.extend([0, 0]);
            }
            model::TCP => {
                transport.extend(self.sequence.to_be_bytes());
                transport.extend([1, 2, 3, 4, (5 + self.tcp_options as u8) << 4, flags]);
                transport.extend([0x10, 0, 0, 0, 0, 0]);
                transport.extend(vec![1; 4 * self.tcp_options]);
            }
            _ => {}
        }
        transport.extend(input.filling(length));
        let mut packet = match self.v4 {
            true => self.ipv4(&transport),
            false => self.ipv6(&transport),
        };
        if let Some(at) = model::checksum_at(&packet) {
            model::fill(&mut packet, at);
        }
        packet
    }

    fn ipv4(&self, transport: &[u8]) -> Vec<u8> {
        let header = 20 + 4 * self.options;
        let [l0, l1] = ((header + transport.len()) as u16).to_be_bytes();
        let [i0, i1] = self.id.to_be_bytes();
        let flags = if self.df { 0x40 } else { 0 };
        let mut packet = vec![0x40 | (header / 4) as u8, 0, l0, l1, i0, i1, flags, 0];
        packet.extend([64, self.protocol, 0, 0]);
        packet.extend(self.ends.v4.iter().flat_map(|address| address.octets()));
        packet.extend(vec![1; 4 * self.options]);
        let checksum = !model::sum(&packet);
        packet[10..12].copy_from_slice(&checksum.to_be_bytes());
        packet.extend(transport);
        packet
    }

    fn ipv6(&self, transport: &[u8]) -> Vec<u8> {
        // A hop-by-hop header of padding.
        let extension: &[u8] = match self.options {
            0 => &[],
            _ => &[self.protocol, 0, 1, 4, 0, 0, 0, 0],
        };
        let next = if self.options == 0 { self.protocol } else { 0 };
        let [l0, l1] = ((extension.len() + transport.len()) as u16).to_be_bytes();
        let mut packet = vec![0x60, 0, 0, 0, l0, l1, next, 64];
        packet.extend(self.ends.v6.iter().flat_map(|address| address.octets()));
        packet.extend(extension);
        packet.extend(transport);
        packet
    }
}
