//! What a peer sends, by either carrier, on its way to the host.

use std::io::IoSlice;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::flow::{Ends, Flow};
use super::input::Input;
use super::model;
use crate::offload::{Merging, Run, VNET_HEADER, checksum};
use crate::packet::{Packet, TUN_MTU};
use crate::peers::{OwnAddresses, PeerEntry, PeerTable};

const OWN4: Ipv4Addr = Ipv4Addr::new(100, 64, 0, 1);
const OWN6: Ipv6Addr = Ipv6Addr::new(0x200, 0, 0, 0, 0, 0, 0, 1);
const PEER4: Ipv4Addr = Ipv4Addr::new(100, 64, 0, 2);
const PEER6: Ipv6Addr = Ipv6Addr::new(0x200, 0, 0, 0, 0, 0, 0, 2);
const ENDS: Ends = Ends {
    v4: [PEER4, OWN4],
    v6: [PEER6, OWN6],
};

/// A packet as it arrived, and whether the peer said that its checksum is left out.
type Arrived = (Vec<u8>, bool);

/// Checks and merges packets of one peer and compares what the host makes of the writes with what passed the filter.
pub fn inbound(data: &[u8]) {
    let mut input = Input::new(data);
    let merging = input.pick(&[
        Merging::TcpAndUdp,
        Merging::TcpAndUdp,
        Merging::Tcp,
        Merging::None,
    ]);
    let arrived = arrivals(&mut input);
    let mut device = Device::default();
    let mut run = Run::new(merging);
    let mut passed: Vec<&Arrived> = Vec::new();
    let table = table();
    let sender = table.by_ipv4(PEER4).expect("it is there");
    for one in &arrived {
        let (bytes, unsummed) = one;
        let Ok(packet) = Packet::parse(bytes, TUN_MTU) else {
            continue;
        };
        let ours = [ends4(), ends6()].contains(&model::addresses(bytes).to_vec());
        assert_eq!(table.ingress(sender, &packet).is_ok(), ours);
        if !ours {
            continue;
        }
        let taken = match run.push(&packet, *unsummed) {
            Ok(false) => {
                device.write(&mut run, merging);
                run.push(&packet, *unsummed)
            }
            other => other,
        };
        let has_checksum = model::checksum_at(bytes).is_some();
        assert_eq!(
            taken,
            match has_checksum || !unsummed {
                true => Ok(true),
                false => Err(crate::drops::DropReason::MalformedHeader),
            }
        );
        if taken.is_ok() {
            passed.push(one);
        }
    }
    if !run.is_empty() {
        device.write(&mut run, merging);
    }
    assert_eq!(device.packets.len(), passed.len());
    for (seen, (bytes, unsummed)) in device.packets.iter().zip(passed) {
        let mut expected = bytes.clone();
        if *unsummed {
            model::fill(&mut expected, model::checksum_at(bytes).expect("checked"));
        }
        assert_eq!(comparable(seen), comparable(&expected));
    }
}

/// Packets of two flows, some of them spoilt, from the peer and now and then from addresses that are not its.
fn arrivals(input: &mut Input<'_>) -> Vec<Arrived> {
    let mut flows = [Flow::any(input, ENDS), Flow::any(input, ENDS)];
    if input.one_in(4) {
        let foreign = Ends {
            v4: input.pick(&[[OWN4, PEER4], [OWN4, OWN4], [[10, 0, 0, 1].into(), OWN4]]),
            v6: input.pick(&[[OWN6, PEER6], [OWN6, OWN6], [Ipv6Addr::LOCALHOST, OWN6]]),
        };
        flows[0] = Flow::any(input, foreign);
    }
    let mut arrived = Vec::new();
    while !input.is_over() && arrived.len() < 300 {
        let flow = usize::from(input.one_in(8));
        let mut bytes = flows[flow].next(input);
        if input.one_in(10) {
            input.mutilate(&mut bytes);
        }
        arrived.push((bytes, !input.one_in(16)));
    }
    arrived
}

/// What the host got.
#[derive(Default)]
struct Device {
    packets: Vec<Vec<u8>>,
}

impl Device {
    /// As `TunWriter` writes a run.
    fn write(&mut self, run: &mut Run<'_>, merging: Merging) {
        let packets = run.packets();
        if merging == Merging::None {
            let (mut packet, unsummed) = run.single();
            if unsummed {
                checksum::fill(&mut packet).expect("it was checked");
            }
            self.packets.push(packet);
        } else {
            let written = run.write_merged(joined);
            let (note, packet) = written.split_first_chunk::<VNET_HEADER>().unwrap();
            assert!(packet.len() <= 65_535);
            let made = model::take_apart(*note, packet);
            assert_eq!(made.len() as u64, packets);
            self.packets.extend(made);
        }
        run.clear();
    }
}

/// The bytes of all slices.
pub(super) fn joined(slices: &[IoSlice<'_>]) -> Vec<u8> {
    slices
        .iter()
        .flat_map(|slice| slice.iter().copied())
        .collect()
}

/// Without what merging may change where nothing can be fragmented any more (RFC 6864 §4): the identification, and so the
/// sum of the header. Whether that sum is right remains.
fn comparable(packet: &[u8]) -> (Vec<u8>, bool) {
    let mut packet = packet.to_vec();
    let right = model::is_header_summed(&packet);
    if packet[0] >> 4 == 4 && packet[6] & 0x40 != 0 && right {
        packet[4..6].copy_from_slice(&[0, 0]);
        packet[10..12].copy_from_slice(&[0, 0]);
    }
    (packet, right)
}

fn table() -> PeerTable<()> {
    let own = OwnAddresses {
        ipv4: Some(OWN4),
        ipv6: OWN6,
    };
    let peer = |id, ipv4, ipv6| PeerEntry {
        id: [id; 32],
        ipv4: Some(ipv4),
        ipv6,
        paused: false,
    };
    let other = peer(
        3,
        [100, 64, 0, 3].into(),
        [0x200, 0, 0, 0, 0, 0, 0, 3].into(),
    );
    PeerTable::empty(own).successor(own, [peer(2, PEER4, PEER6), other])
}

fn ends4() -> Vec<u8> {
    [PEER4.octets(), OWN4.octets()].concat()
}

fn ends6() -> Vec<u8> {
    [PEER6.octets(), OWN6.octets()].concat()
}
