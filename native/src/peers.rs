//! Who has which overlay address, and what may therefore pass: an immutable table per peer set, and
//! one [`Peer`] per node ID that lives on from table to table.

use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use arc_swap::ArcSwapOption;

use crate::drops::DropReason;
use crate::packet::{Addresses, Packet, is_overlay_v4, is_overlay_v6};

/// A node ID: an Ed25519 public key.
pub type PeerId = [u8; 32];

/// Our own overlay addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnAddresses {
    /// `None` while the tunnel speaks IPv6 only.
    pub ipv4: Option<Ipv4Addr>,
    /// Always there.
    pub ipv6: Ipv6Addr,
}

/// What the peer set says of one peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerEntry {
    /// Who it is.
    pub id: PeerId,
    /// `None`: no IPv4 in either direction.
    pub ipv4: Option<Ipv4Addr>,
    /// Its IPv6 address.
    pub ipv6: Ipv6Addr,
    /// It turned its tunnel off.
    pub paused: bool,
}

/// A peer for as long as it is in the peer set. `L` is its live connection.
///
/// Addresses are deliberately not here but in the [`PeerTable`] alone, so that whoever holds on to a
/// peer across a change cannot go by its old ones.
#[derive(Debug)]
pub struct Peer<L> {
    /// Who it is.
    pub id: PeerId,
    /// The live connection, if any.
    pub link: ArcSwapOption<L>,
    /// What passed.
    pub counters: Counters,
    paused: AtomicBool,
}

impl<L> Peer<L> {
    fn new(id: PeerId) -> Self {
        Self {
            id,
            link: ArcSwapOption::empty(),
            counters: Counters::default(),
            paused: AtomicBool::new(false),
        }
    }

    /// Whether it turned its tunnel off.
    pub fn is_paused(&self) -> bool {
        self.paused.load(Relaxed)
    }
}

/// Traffic of one peer; shared by all threads, never locked.
#[derive(Debug, Default)]
pub struct Counters {
    tx_packets: AtomicU64,
    tx_bytes: AtomicU64,
    rx_packets: AtomicU64,
    rx_bytes: AtomicU64,
    drops: AtomicU64,
}

impl Counters {
    /// Counts `packets` IP packets of `bytes` bytes together, handed to the carrier.
    pub fn sent(&self, packets: u64, bytes: u64) {
        self.tx_packets.fetch_add(packets, Relaxed);
        self.tx_bytes.fetch_add(bytes, Relaxed);
    }

    /// Counts `packets` IP packets of `bytes` bytes together, written to the tunnel device.
    pub fn received(&self, packets: u64, bytes: u64) {
        self.rx_packets.fetch_add(packets, Relaxed);
        self.rx_bytes.fetch_add(bytes, Relaxed);
    }

    /// Counts packets from or to the peer that were dropped.
    pub fn dropped(&self, packets: u64) {
        self.drops.fetch_add(packets, Relaxed);
    }

    /// The counts so far.
    pub fn traffic(&self) -> Traffic {
        Traffic {
            tx_packets: self.tx_packets.load(Relaxed),
            tx_bytes: self.tx_bytes.load(Relaxed),
            rx_packets: self.rx_packets.load(Relaxed),
            rx_bytes: self.rx_bytes.load(Relaxed),
            drops: self.drops.load(Relaxed),
        }
    }
}

/// What passed to and from a peer, in IP packets and their bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Packets sent.
    pub tx_packets: u64,
    /// Bytes sent.
    pub tx_bytes: u64,
    /// Packets received.
    pub rx_packets: u64,
    /// Bytes received.
    pub rx_bytes: u64,
    /// Packets dropped, either way.
    pub drops: u64,
}

/// One peer set with everybody's addresses. Immutable: a change is a new table.
#[derive(Debug)]
pub struct PeerTable<L> {
    own: OwnAddresses,
    by_id: HashMap<PeerId, Arc<Peer<L>>>,
    by_ipv4: HashMap<Ipv4Addr, Arc<Peer<L>>>,
    by_ipv6: HashMap<Ipv6Addr, Arc<Peer<L>>>,
}

impl<L> PeerTable<L> {
    /// Nobody.
    pub fn empty(own: OwnAddresses) -> Self {
        Self {
            own,
            by_id: HashMap::new(),
            by_ipv4: HashMap::new(),
            by_ipv6: HashMap::new(),
        }
    }

    /// The table of the next peer set. Peers that stay keep their [`Peer`] with connection and
    /// counters; their pause takes effect at once, in this table too.
    ///
    /// Our own addresses and those of an earlier entry are never assigned, nor are addresses outside
    /// the overlay; such a peer goes without. A second entry for one ID is ignored.
    pub fn successor(
        &self,
        own: OwnAddresses,
        entries: impl IntoIterator<Item = PeerEntry>,
    ) -> Self {
        let mut table = Self::empty(own);
        for entry in entries {
            if table.by_id.contains_key(&entry.id) {
                continue;
            }
            let peer = match self.by_id.get(&entry.id) {
                Some(peer) => Arc::clone(peer),
                None => Arc::new(Peer::new(entry.id)),
            };
            peer.paused.store(entry.paused, Relaxed);
            if let Some(ipv4) = entry.ipv4
                && is_overlay_v4(ipv4)
                && own.ipv4 != Some(ipv4)
            {
                table
                    .by_ipv4
                    .entry(ipv4)
                    .or_insert_with(|| Arc::clone(&peer));
            }
            if is_overlay_v6(entry.ipv6) && own.ipv6 != entry.ipv6 {
                table
                    .by_ipv6
                    .entry(entry.ipv6)
                    .or_insert_with(|| Arc::clone(&peer));
            }
            table.by_id.insert(entry.id, peer);
        }
        table
    }

    /// Our own addresses.
    pub const fn own(&self) -> OwnAddresses {
        self.own
    }

    /// All peers, in no order.
    pub fn peers(&self) -> impl Iterator<Item = &Arc<Peer<L>>> {
        self.by_id.values()
    }

    /// The peer of that node ID.
    pub fn by_id(&self, id: &PeerId) -> Option<&Arc<Peer<L>>> {
        self.by_id.get(id)
    }

    /// The peer that has that address.
    pub fn by_ipv4(&self, address: Ipv4Addr) -> Option<&Arc<Peer<L>>> {
        self.by_ipv4.get(&address)
    }

    /// The peer that has that address.
    pub fn by_ipv6(&self, address: Ipv6Addr) -> Option<&Arc<Peer<L>>> {
        self.by_ipv6.get(&address)
    }

    /// Whom a packet of ours is for.
    ///
    /// # Errors
    /// `NotOverlay` for a destination outside the overlay (multicast and link-local included),
    /// `ForeignSource` unless it comes from our own address of that family, `OwnDestination` to
    /// ourselves, `UnknownDestination` for an overlay address that nobody has.
    pub fn egress(&self, packet: &Packet<'_>) -> Result<&Arc<Peer<L>>, DropReason> {
        let (overlay, own_source, own_destination, peer) = match packet.addresses() {
            Addresses::V4 {
                source,
                destination,
            } => (
                is_overlay_v4(destination),
                self.own.ipv4 == Some(source),
                self.own.ipv4 == Some(destination),
                self.by_ipv4(destination),
            ),
            Addresses::V6 {
                source,
                destination,
            } => (
                is_overlay_v6(destination),
                self.own.ipv6 == source,
                self.own.ipv6 == destination,
                self.by_ipv6(destination),
            ),
        };
        if !overlay {
            Err(DropReason::NotOverlay)
        } else if !own_source {
            Err(DropReason::ForeignSource)
        } else if own_destination {
            Err(DropReason::OwnDestination)
        } else {
            peer.ok_or(DropReason::UnknownDestination)
        }
    }

    /// Whether a packet that `sender` sent may enter.
    ///
    /// # Errors
    /// `ForeignSource` unless its source is assigned to that very peer in this table,
    /// `ForeignDestination` unless it is for our own address of that family.
    pub fn ingress(&self, sender: &Arc<Peer<L>>, packet: &Packet<'_>) -> Result<(), DropReason> {
        let (owner, ours) = match packet.addresses() {
            Addresses::V4 {
                source,
                destination,
            } => (self.by_ipv4(source), self.own.ipv4 == Some(destination)),
            Addresses::V6 {
                source,
                destination,
            } => (self.by_ipv6(source), self.own.ipv6 == destination),
        };
        if !owner.is_some_and(|owner| Arc::ptr_eq(owner, sender)) {
            Err(DropReason::ForeignSource)
        } else if !ours {
            Err(DropReason::ForeignDestination)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::TUN_MTU;
    use crate::packet::samples::{Random, v4, v6};

    type Table = PeerTable<&'static str>;

    const OWN: OwnAddresses = OwnAddresses {
        ipv4: Some(Ipv4Addr::new(100, 64, 0, 2)),
        ipv6: Ipv6Addr::new(0x200, 0, 0, 0, 0, 0, 0, 2),
    };
    const UDP: u8 = 17;

    fn a4(n: u8) -> Ipv4Addr {
        Ipv4Addr::new(100, 64, 0, n)
    }

    fn a6(n: u16) -> Ipv6Addr {
        Ipv6Addr::new(0x200, 0, 0, 0, 0, 0, 0, n)
    }

    /// Peer `n` has the addresses that end in `n`; ours end in 2.
    fn entry(n: u8) -> PeerEntry {
        PeerEntry {
            id: [n; 32],
            ipv4: Some(a4(n)),
            ipv6: a6(n.into()),
            paused: false,
        }
    }

    fn table(entries: impl IntoIterator<Item = PeerEntry>) -> Table {
        Table::empty(OWN).successor(OWN, entries)
    }

    fn peer(table: &Table, n: u8) -> &Arc<Peer<&'static str>> {
        table.by_id(&[n; 32]).unwrap()
    }

    fn id_of(peer: Option<&Arc<Peer<&'static str>>>) -> Option<u8> {
        peer.map(|peer| peer.id[0])
    }

    fn egress(table: &Table, bytes: &[u8]) -> Result<u8, DropReason> {
        let packet = Packet::parse(bytes, TUN_MTU).unwrap();
        table.egress(&packet).map(|peer| peer.id[0])
    }

    fn ingress(table: &Table, sender: u8, bytes: &[u8]) -> Result<(), DropReason> {
        let packet = Packet::parse(bytes, TUN_MTU).unwrap();
        table.ingress(peer(table, sender), &packet)
    }

    #[test]
    fn peers_are_found_by_id_and_by_either_address() {
        let table = table([entry(7), entry(8)]);
        assert_eq!(id_of(table.by_id(&[7; 32])), Some(7));
        assert_eq!(id_of(table.by_ipv4(a4(7))), Some(7));
        assert_eq!(id_of(table.by_ipv6(a6(8))), Some(8));
        assert_eq!(id_of(table.by_id(&[9; 32])), None);
        assert_eq!(id_of(table.by_ipv4(a4(9))), None);
        assert_eq!(id_of(table.by_ipv6(a6(9))), None);
        assert_eq!(table.peers().count(), 2);
        assert_eq!(table.own(), OWN);
    }

    #[test]
    fn nobody_takes_our_own_addresses() {
        let thief = PeerEntry {
            ipv4: OWN.ipv4,
            ipv6: OWN.ipv6,
            ..entry(7)
        };
        let table = table([thief]);
        assert_eq!(id_of(table.by_id(&[7; 32])), Some(7));
        assert_eq!(id_of(table.by_ipv4(a4(2))), None);
        assert_eq!(id_of(table.by_ipv6(a6(2))), None);
        let (to_us4, to_us6) = (v4(a4(2), a4(2), UDP, b""), v6(a6(2), a6(2), UDP, b""));
        assert_eq!(ingress(&table, 7, &to_us4), Err(DropReason::ForeignSource));
        assert_eq!(ingress(&table, 7, &to_us6), Err(DropReason::ForeignSource));
    }

    #[test]
    fn an_address_stays_with_the_first_entry_that_has_it() {
        let later = PeerEntry {
            ipv4: Some(a4(7)),
            ..entry(8)
        };
        let same_ipv6 = PeerEntry {
            ipv6: a6(7),
            ..entry(9)
        };
        let table = table([entry(7), later, same_ipv6]);
        assert_eq!(id_of(table.by_ipv4(a4(7))), Some(7));
        assert_eq!(id_of(table.by_ipv6(a6(7))), Some(7));
        // By the other family they are reachable all the same.
        assert_eq!(id_of(table.by_ipv6(a6(8))), Some(8));
        assert_eq!(id_of(table.by_ipv4(a4(9))), Some(9));
        let stolen = v4(a4(7), a4(2), UDP, b"");
        assert_eq!(ingress(&table, 7, &stolen), Ok(()));
        assert_eq!(ingress(&table, 8, &stolen), Err(DropReason::ForeignSource));
    }

    #[test]
    fn a_second_entry_for_one_id_gives_no_second_address() {
        let again = PeerEntry {
            id: [7; 32],
            ..entry(8)
        };
        let table = table([entry(7), again]);
        assert_eq!(table.peers().count(), 1);
        assert_eq!(id_of(table.by_ipv4(a4(8))), None);
        assert_eq!(id_of(table.by_ipv6(a6(8))), None);
    }

    #[test]
    fn addresses_outside_the_overlay_are_not_assigned() {
        let (public4, public6) = (
            Ipv4Addr::new(8, 8, 8, 8),
            Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1),
        );
        let table = table([PeerEntry {
            ipv4: Some(public4),
            ipv6: public6,
            ..entry(7)
        }]);
        assert_eq!(id_of(table.by_ipv4(public4)), None);
        assert_eq!(id_of(table.by_ipv6(public6)), None);
    }

    #[test]
    fn peers_that_stay_keep_connection_and_counters_even_with_other_addresses() {
        let before = table([entry(7), entry(8)]);
        peer(&before, 7).link.store(Some(Arc::new("connection")));
        peer(&before, 7).counters.sent(1, 100);
        let after = before.successor(
            OWN,
            [PeerEntry {
                ipv4: None,
                ..entry(7)
            }],
        );
        assert!(Arc::ptr_eq(peer(&before, 7), peer(&after, 7)));
        assert_eq!(peer(&after, 7).link.load().as_deref(), Some(&"connection"));
        assert_eq!(peer(&after, 7).counters.traffic().tx_bytes, 100);
        assert_eq!(id_of(after.by_ipv4(a4(7))), None);
        assert_eq!(id_of(after.by_id(&[8; 32])), None);
    }

    #[test]
    fn a_peer_removed_and_added_again_starts_afresh() {
        let before = table([entry(7)]);
        let old = Arc::clone(peer(&before, 7));
        old.link.store(Some(Arc::new("connection")));
        let after = before.successor(OWN, []).successor(OWN, [entry(7)]);
        assert!(peer(&after, 7).link.load().is_none());
        // What the old connection still brings does not enter.
        let bytes = v4(a4(7), a4(2), UDP, b"");
        let packet = Packet::parse(&bytes, TUN_MTU).unwrap();
        assert_eq!(after.ingress(&old, &packet), Err(DropReason::ForeignSource));
    }

    #[test]
    fn a_pause_shows_on_the_peer_and_ends_again() {
        let running = table([entry(7)]);
        let held = Arc::clone(peer(&running, 7));
        assert!(!held.is_paused());
        let paused = running.successor(
            OWN,
            [PeerEntry {
                paused: true,
                ..entry(7)
            }],
        );
        assert!(held.is_paused());
        let _resumed = paused.successor(OWN, [entry(7)]);
        assert!(!held.is_paused());
    }

    #[test]
    fn counters_add_up() {
        let counters = Counters::default();
        counters.sent(2, 2560);
        counters.sent(1, 40);
        counters.received(3, 120);
        counters.dropped(4);
        assert_eq!(
            counters.traffic(),
            Traffic {
                tx_packets: 3,
                tx_bytes: 2600,
                rx_packets: 3,
                rx_bytes: 120,
                drops: 4,
            }
        );
    }

    #[test]
    fn our_packets_go_to_whom_they_are_for() {
        let table = table([entry(7), entry(8)]);
        assert_eq!(egress(&table, &v4(a4(2), a4(7), UDP, b"")), Ok(7));
        assert_eq!(egress(&table, &v6(a6(2), a6(8), UDP, b"")), Ok(8));
    }

    #[test]
    fn packets_of_ours_that_are_for_nobody_are_refused_with_the_reason() {
        let table = table([entry(7)]);
        for (destination, reason) in [
            ("100.64.0.9", DropReason::UnknownDestination),
            ("100.64.0.2", DropReason::OwnDestination),
            ("224.0.0.251", DropReason::NotOverlay),
            ("255.255.255.255", DropReason::NotOverlay),
            ("8.8.8.8", DropReason::NotOverlay),
        ] {
            let bytes = v4(a4(2), destination.parse().unwrap(), UDP, b"");
            assert_eq!(egress(&table, &bytes), Err(reason), "{destination}");
        }
        for (destination, reason) in [
            ("200::9", DropReason::UnknownDestination),
            ("200::2", DropReason::OwnDestination),
            ("ff02::2", DropReason::NotOverlay),
            ("fe80::1", DropReason::NotOverlay),
            ("2001:db8::1", DropReason::NotOverlay),
        ] {
            let bytes = v6(a6(2), destination.parse().unwrap(), UDP, b"");
            assert_eq!(egress(&table, &bytes), Err(reason), "{destination}");
        }
    }

    #[test]
    fn we_send_from_our_own_addresses_only() {
        let table = table([entry(7)]);
        for source in [a4(7), a4(9), Ipv4Addr::new(192, 168, 0, 2)] {
            let bytes = v4(source, a4(7), UDP, b"");
            assert_eq!(egress(&table, &bytes), Err(DropReason::ForeignSource));
        }
        for source in [a6(7), a6(9), Ipv6Addr::UNSPECIFIED] {
            let bytes = v6(source, a6(7), UDP, b"");
            assert_eq!(egress(&table, &bytes), Err(DropReason::ForeignSource));
        }
    }

    #[test]
    fn a_peers_packet_enters_only_from_its_own_address_to_ours() {
        let table = table([entry(7), entry(8)]);
        assert_eq!(ingress(&table, 7, &v4(a4(7), a4(2), UDP, b"")), Ok(()));
        assert_eq!(ingress(&table, 7, &v6(a6(7), a6(2), UDP, b"")), Ok(()));
        for source in [a4(8), a4(9), a4(2), Ipv4Addr::LOCALHOST] {
            let bytes = v4(source, a4(2), UDP, b"");
            assert_eq!(ingress(&table, 7, &bytes), Err(DropReason::ForeignSource));
        }
        for source in [a6(8), a6(9), a6(2), Ipv6Addr::LOCALHOST] {
            let bytes = v6(source, a6(2), UDP, b"");
            assert_eq!(ingress(&table, 7, &bytes), Err(DropReason::ForeignSource));
        }
        for destination in [a4(8), a4(9), a4(7), Ipv4Addr::LOCALHOST] {
            let bytes = v4(a4(7), destination, UDP, b"");
            assert_eq!(
                ingress(&table, 7, &bytes),
                Err(DropReason::ForeignDestination)
            );
        }
        for destination in [
            a6(8),
            a6(7),
            Ipv6Addr::LOCALHOST,
            "ff02::1".parse().unwrap(),
        ] {
            let bytes = v6(a6(7), destination, UDP, b"");
            assert_eq!(
                ingress(&table, 7, &bytes),
                Err(DropReason::ForeignDestination)
            );
        }
    }

    #[test]
    fn a_removed_peers_packets_stop_at_once() {
        let before = table([entry(7)]);
        let after = before.successor(OWN, []);
        let bytes = v6(a6(7), a6(2), UDP, b"");
        let packet = Packet::parse(&bytes, TUN_MTU).unwrap();
        let removed = peer(&before, 7);
        assert_eq!(
            after.ingress(removed, &packet),
            Err(DropReason::ForeignSource)
        );
        let back = v6(a6(2), a6(7), UDP, b"");
        assert_eq!(egress(&after, &back), Err(DropReason::UnknownDestination));
    }

    #[test]
    fn without_own_ipv4_none_passes_in_either_direction() {
        let ipv6_only = OwnAddresses { ipv4: None, ..OWN };
        let table = table([]).successor(ipv6_only, [entry(7)]);
        let (out, back) = (v4(a4(2), a4(7), UDP, b""), v4(a4(7), a4(2), UDP, b""));
        assert_eq!(egress(&table, &out), Err(DropReason::ForeignSource));
        assert_eq!(
            ingress(&table, 7, &back),
            Err(DropReason::ForeignDestination)
        );
        assert_eq!(egress(&table, &v6(a6(2), a6(7), UDP, b"")), Ok(7));
        assert_eq!(ingress(&table, 7, &v6(a6(7), a6(2), UDP, b"")), Ok(()));
    }

    #[test]
    fn whatever_a_peer_sends_only_its_own_address_ever_enters() {
        let table = table([entry(7), entry(8)]);
        let mut random = Random(6);
        let valid = [
            v4(a4(7), a4(2), UDP, &[0; 8]),
            v6(a6(7), a6(2), UDP, &[0; 8]),
        ];
        let mut entered = 0;
        for round in 0..100_000 {
            let bytes = random.mutilate(&valid[round % 2]);
            let Ok(packet) = Packet::parse(&bytes, TUN_MTU) else {
                continue;
            };
            let _ = table.egress(&packet);
            if table.ingress(peer(&table, 7), &packet).is_ok() {
                entered += 1;
                let addresses = (packet.source(), packet.destination());
                let allowed = [(a4(7).into(), a4(2).into()), (a6(7).into(), a6(2).into())];
                assert!(allowed.contains(&addresses), "{addresses:?}");
            }
        }
        assert!(entered > 1000, "{entered}");
    }
}
