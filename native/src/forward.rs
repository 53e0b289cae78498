//! The forwarding loop, named as the seed names it: `run_mesh` carries the host's packets to peers, `spawn_peer_reader`
//! one peer's packets to the host. They share nothing but atomics and snapshots.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::Notify;

use crate::carrier::{Carrier, Sent};
use crate::drops::DropReason;
use crate::event::NativeEvent;
use crate::fragment::{Datagram, Reassembler};
use crate::icmp::{self, Unreachable};
use crate::link::Link;
use crate::mesh::Mesh;
use crate::packet::{Packet, TUN_MTU};
use crate::peers::{Peer, PeerTable};
use crate::rate_limit::RateLimit;
use crate::tun::{BATCH, TunReader, TunWriter};

/// Datagrams taken from a connection at once.
const RECEIVE_BATCH: usize = 64;

/// ICMP errors to the host: one in this time on average, and a burst after a quiet time.
const UNREACHABLE_INTERVAL: Duration = Duration::from_millis(10);
const UNREACHABLE_BURST: u32 = 50;

/// Carries packets from the host to peers until the device is lost (reported as an event) or `stop` is notified.
pub async fn run_mesh(mesh: Arc<Mesh>, mut reader: TunReader, stop: Arc<Notify>) {
    let mut outbound = Outbound::new();
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        tokio::select! {
            biased;
            () = stop.notified() => return,
            read = reader.read_batch(&mut batch) => if let Err(error) = read {
                mesh.set_tun(None);
                mesh.events.send(NativeEvent::TunLost { detail: error.to_string() });
                return;
            }
        }
        outbound.forward(&mesh, &mut batch);
    }
}

/// The outbound half's own state, reused from batch to batch.
struct Outbound {
    /// Packets of the present batch by peer; few peers appear in one batch.
    groups: Vec<(Arc<Peer<Link>>, Vec<Bytes>)>,
    /// Emptied packet lists.
    spare: Vec<Vec<Bytes>>,
    unreachables: RateLimit,
}

impl Outbound {
    fn new() -> Self {
        Self {
            groups: Vec::new(),
            spare: Vec::new(),
            unreachables: RateLimit::new(UNREACHABLE_INTERVAL, UNREACHABLE_BURST),
        }
    }

    /// Sorts a batch by peer and sends each peer's share in one call.
    fn forward(&mut self, mesh: &Mesh, batch: &mut Vec<Bytes>) {
        let table = mesh.table();
        for datagram in batch.drain(..) {
            match route(mesh, &table, &datagram) {
                Ok(peer) => self.group(peer, datagram),
                Err(reason) => self.refuse(mesh, &datagram, reason),
            }
        }
        for (peer, mut datagrams) in self.groups.drain(..) {
            let link = peer.link.load();
            if let Some(link) = link.as_ref().filter(|link| link.is_open()) {
                count_sent(mesh, &peer, &link.carrier.send(&mut datagrams));
            } else {
                for datagram in datagrams.drain(..) {
                    if !mesh.wait_for(&peer.id, &datagram) {
                        peer.counters.dropped(1);
                        mesh.drops.count(DropReason::PeerNotConnected);
                        answer(mesh, &self.unreachables, &datagram, Unreachable::Host);
                    }
                }
            }
            self.spare.push(datagrams);
        }
    }

    fn group(&mut self, peer: &Arc<Peer<Link>>, datagram: Bytes) {
        if let Some((_, datagrams)) = self
            .groups
            .iter_mut()
            .find(|(grouped, _)| Arc::ptr_eq(grouped, peer))
        {
            datagrams.push(datagram);
        } else {
            let mut datagrams = self.spare.pop().unwrap_or_default();
            datagrams.push(datagram);
            self.groups.push((peer.clone(), datagrams));
        }
    }

    fn refuse(&self, mesh: &Mesh, datagram: &Bytes, reason: DropReason) {
        mesh.drops.count(reason);
        let why = match reason {
            DropReason::UnknownDestination => Unreachable::NoRoute,
            DropReason::PeerPaused => Unreachable::Host,
            _ => return,
        };
        answer(mesh, &self.unreachables, datagram, why);
    }
}

/// The peer a packet of the host goes to, if it may.
fn route<'t>(
    mesh: &Mesh,
    table: &'t PeerTable<Link>,
    datagram: &Bytes,
) -> Result<&'t Arc<Peer<Link>>, DropReason> {
    let packet = Packet::parse(ip(datagram), TUN_MTU)?;
    if !mesh.is_forwarding() {
        return Err(DropReason::GateClosed);
    }
    // The endpoint's own datagrams must not travel through the tunnel they carry: an overlay address offered as a candidate
    // would make the tunnel dial itself through itself.
    if packet
        .udp_ports()
        .is_some_and(|(source, _)| mesh.is_own_port(source))
    {
        return Err(DropReason::EndpointLoop);
    }
    let peer = table.egress(&packet)?;
    if peer.is_paused() {
        peer.counters.dropped(1);
        return Err(DropReason::PeerPaused);
    }
    Ok(peer)
}

/// Tells the host why its packet went nowhere, instead of silence.
fn answer(mesh: &Mesh, limit: &RateLimit, datagram: &Bytes, why: Unreachable) {
    if !limit.allow(Instant::now()) {
        return;
    }
    let Ok(packet) = Packet::parse(ip(datagram), TUN_MTU) else {
        return;
    };
    let Some(reply) = icmp::unreachable(&packet, why) else {
        return;
    };
    if let Some(tun) = mesh.tun() {
        // Lost where the device is busy: an ICMP error is advice.
        let _ = tun.try_write_packet(&reply);
    }
}

/// Adds what a carrier did to the counters.
pub fn count_sent(mesh: &Mesh, peer: &Peer<Link>, sent: &Sent) {
    peer.counters.sent(sent.packets, sent.bytes);
    let dropped = sent.backlog_full + sent.oversized;
    if dropped > 0 {
        peer.counters.dropped(dropped);
        mesh.drops.add(DropReason::BacklogFull, sent.backlog_full);
        mesh.drops.add(DropReason::Oversized, sent.oversized);
    }
}

/// Carries one peer's packets to the host until its connection ends.
pub async fn spawn_peer_reader(mesh: Arc<Mesh>, link: Arc<Link>) {
    let mut datagrams = vec![Bytes::new(); RECEIVE_BATCH];
    let mut reassembler = Reassembler::new();
    while let Ok(count) = link.connection.read_many_datagrams(&mut datagrams).await {
        let tun = mesh.tun();
        for datagram in datagrams.iter_mut().take(count).map(std::mem::take) {
            let delivered = match Datagram::parse(&datagram) {
                Ok(Datagram::Packet(packet)) => deliver(&mesh, &link, tun.as_deref(), packet).await,
                Ok(Datagram::Fragment(fragment)) => {
                    match reassembler.push(Instant::now(), fragment) {
                        Ok(Some(packet)) => deliver(&mesh, &link, tun.as_deref(), &packet).await,
                        Ok(None) => Ok(()),
                        Err(reason) => Err(reason),
                    }
                }
                Ok(Datagram::Probe(content)) => {
                    if let Some(reply) = link.probes.receive(content) {
                        let _ = link.connection.send_datagram(reply);
                    }
                    Ok(())
                }
                Err(reason) => Err(reason),
            };
            if let Err(reason) = delivered {
                mesh.drops.count(reason);
                if let Some(peer) = mesh.table().by_id(&link.id) {
                    peer.counters.dropped(1);
                }
            }
        }
        mesh.drops
            .add(DropReason::FragmentTimeout, reassembler.take_abandoned());
    }
}

/// Checks one packet of a peer and writes it to the device.
async fn deliver(
    mesh: &Mesh,
    link: &Link,
    tun: Option<&TunWriter>,
    packet: &[u8],
) -> Result<(), DropReason> {
    let peer = {
        // Loaded for every packet: a removed peer is cut off between two of its packets.
        let table = mesh.table();
        let peer = table.by_id(&link.id).ok_or(DropReason::ForeignSource)?;
        let parsed = Packet::parse(packet, TUN_MTU)?;
        table.ingress(peer, &parsed)?;
        if !mesh.is_forwarding() {
            return Err(DropReason::GateClosed);
        }
        if parsed
            .udp_ports()
            .is_some_and(|(_, destination)| mesh.is_own_port(destination))
        {
            return Err(DropReason::EndpointLoop);
        }
        peer.clone()
    };
    let tun = tun.ok_or(DropReason::TunWrite)?;
    tun.write_packet(packet)
        .await
        .map_err(|_| DropReason::TunWrite)?;
    peer.counters.received(1, packet.len() as u64);
    Ok(())
}

/// The IP packet in a datagram of context [`CONTEXT_PACKET`].
fn ip(datagram: &Bytes) -> &[u8] {
    datagram.get(1..).unwrap_or_default()
}
