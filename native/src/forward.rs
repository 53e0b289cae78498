//! The forwarding loop, named as the seed names it: `run_mesh` carries the host's packets to peers, `spawn_peer_reader`
//! one peer's packets to the host. They share nothing but atomics and snapshots.
//!
//! `run_mesh` is a thread of its own: packets do not wait for an async runtime's turn.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};

use crate::drops::DropReason;
use crate::event::NativeEvent;
use crate::fast::Sender;
use crate::fragment::{CONTEXT_PACKET, CONTEXT_UNSUMMED, Datagram, Reassembler};
use crate::icmp::{self, Unreachable};
use crate::link::Link;
use crate::mesh::Mesh;
use crate::offload::{Frame, Run};
use crate::packet::{Packet, TUN_MTU};
use crate::peers::{Peer, PeerTable};
use crate::quic::Sent;
use crate::rate_limit::RateLimit;
use crate::tun::{TunReader, TunWriter};

/// Reads of the device before what was read is sent, however much more there is.
const READS: usize = 32;

/// Datagrams taken from a connection at once.
const RECEIVE_BATCH: usize = 256;

/// Bytes of one buffer that QUIC datagrams are slices of.
const CHUNK: usize = 128 * 1024;

/// ICMP errors to the host: one in this time on average, and a burst after a quiet time.
const UNREACHABLE_INTERVAL: Duration = Duration::from_millis(10);
const UNREACHABLE_BURST: u32 = 50;

/// Carries packets from the host to peers until the device is lost (reported as an event) or the reader is stopped.
pub fn run_mesh(mesh: &Arc<Mesh>, mut reader: TunReader) {
    let mut outbound = Outbound::new(mesh);
    loop {
        let result = reader.wait().and_then(|more| {
            if more {
                outbound.carry(&mut reader)?;
            }
            Ok(more)
        });
        match result {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                mesh.set_tun(None);
                let detail = error.to_string();
                return mesh.events.send(NativeEvent::TunLost { detail });
            }
        }
    }
}

/// The outbound half's own state, reused from batch to batch.
struct Outbound<'m> {
    mesh: &'m Mesh,
    fast: Sender,
    /// What goes by QUIC, by peer; few peers appear in one batch.
    groups: Vec<(Arc<Peer<Link>>, Vec<Bytes>)>,
    /// Emptied packet lists.
    spare: Vec<Vec<Bytes>>,
    chunk: BytesMut,
    unreachables: RateLimit,
}

impl<'m> Outbound<'m> {
    fn new(mesh: &'m Mesh) -> Self {
        Self {
            mesh,
            fast: Sender::new(mesh.fast.clone()),
            groups: Vec::new(),
            spare: Vec::new(),
            chunk: BytesMut::new(),
            unreachables: RateLimit::new(UNREACHABLE_INTERVAL, UNREACHABLE_BURST),
        }
    }

    /// Reads and sends until the device is empty.
    fn carry(&mut self, reader: &mut TunReader) -> std::io::Result<()> {
        loop {
            let mut reads = 0;
            let table = self.mesh.table();
            while reads < READS {
                let Some((vnet, packet)) = reader.read()? else {
                    break;
                };
                reads += 1;
                match Frame::parse(vnet, packet) {
                    Ok(frame) => self.forward(&table, &frame),
                    Err(reason) => self.mesh.drops.count(reason),
                }
            }
            self.fast.flush(&self.mesh.drops);
            self.send_groups();
            // A device that never runs empty must not keep anybody from stopping.
            if reads < READS || reader.is_stopped() {
                return Ok(());
            }
        }
    }

    /// Sends a frame on its way: one decision for all its segments.
    fn forward(&mut self, table: &PeerTable<Link>, frame: &Frame<'_>) {
        let peer = match route(self.mesh, table, frame.packet()) {
            Ok(peer) => peer,
            Err(reason) => return self.refuse(frame, reason),
        };
        let link = peer.link.load();
        let by_fast_path = link
            .as_ref()
            .is_some_and(|link| self.fast.send(link, peer, frame, &self.mesh.drops));
        if !by_fast_path {
            self.group(peer, frame);
        }
    }

    /// Makes datagrams of a frame's segments and puts them to the others for that peer.
    fn group(&mut self, peer: &Arc<Peer<Link>>, frame: &Frame<'_>) {
        let at = match self
            .groups
            .iter()
            .position(|(grouped, _)| Arc::ptr_eq(grouped, peer))
        {
            Some(at) => at,
            None => {
                let list = self.spare.pop().unwrap_or_default();
                self.groups.push((peer.clone(), list));
                self.groups.len() - 1
            }
        };
        let Some((_, datagrams)) = self.groups.get_mut(at) else {
            return;
        };
        let context = match frame.is_unsummed() {
            true => CONTEXT_UNSUMMED,
            false => CONTEXT_PACKET,
        };
        for index in 0..frame.segments() {
            let size = 1 + frame.segment_length(index);
            if self.chunk.len() < size {
                // Datagrams still on their way keep the old chunk alive.
                self.chunk = BytesMut::zeroed(CHUNK.max(size));
            }
            let mut datagram = self.chunk.split_to(size);
            if let Some((first, packet)) = datagram.split_first_mut() {
                *first = context;
                frame.write_segment(index, packet);
            }
            datagrams.push(datagram.freeze());
        }
    }

    fn send_groups(&mut self) {
        for (peer, mut datagrams) in self.groups.drain(..) {
            let link = peer.link.load();
            if let Some(link) = link.as_ref().filter(|link| link.is_open()) {
                count_sent(self.mesh, &peer, &link.carrier.send(&mut datagrams));
            } else {
                for datagram in datagrams.drain(..) {
                    if !self.mesh.wait_for(&peer.id, &datagram) {
                        peer.counters.dropped(1);
                        self.mesh.drops.count(DropReason::PeerNotConnected);
                        let packet = datagram.get(1..).unwrap_or_default();
                        answer(self.mesh, &self.unreachables, packet, Unreachable::Host);
                    }
                }
            }
            self.spare.push(datagrams);
        }
    }

    fn refuse(&self, frame: &Frame<'_>, reason: DropReason) {
        self.mesh.drops.add(reason, frame.segments() as u64);
        let why = match reason {
            DropReason::UnknownDestination => Unreachable::NoRoute,
            DropReason::PeerPaused => Unreachable::Host,
            _ => return,
        };
        answer(self.mesh, &self.unreachables, frame.packet().bytes(), why);
    }
}

/// The peer a packet of the host goes to, if it may.
fn route<'t>(
    mesh: &Mesh,
    table: &'t PeerTable<Link>,
    packet: &Packet<'_>,
) -> Result<&'t Arc<Peer<Link>>, DropReason> {
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
    let peer = table.egress(packet)?;
    if peer.is_paused() {
        peer.counters.dropped(1);
        return Err(DropReason::PeerPaused);
    }
    Ok(peer)
}

/// Tells the host why its packet went nowhere, instead of silence.
fn answer(mesh: &Mesh, limit: &RateLimit, packet: &[u8], why: Unreachable) {
    if !limit.allow(Instant::now()) {
        return;
    }
    let Ok(packet) = Packet::parse(packet, usize::MAX) else {
        return;
    };
    let Some(reply) = icmp::unreachable(&packet, why) else {
        return;
    };
    if let Some(tun) = mesh.tun() {
        // Lost where the device is busy: an ICMP error is advice.
        let _ = tun.write_packet(&reply);
    }
}

/// Adds what a carrier did to the counters.
pub fn count_sent(mesh: &Mesh, peer: &Peer<Link>, sent: &Sent) {
    peer.counters.sent(sent.packets, sent.bytes);
    let dropped = sent.backlog_full + sent.oversized + sent.unconnected;
    if dropped > 0 {
        peer.counters.dropped(dropped);
        mesh.drops.add(DropReason::BacklogFull, sent.backlog_full);
        mesh.drops.add(DropReason::Oversized, sent.oversized);
        mesh.drops
            .add(DropReason::PeerNotConnected, sent.unconnected);
    }
}

/// Carries one peer's packets to the host until its connection ends.
pub async fn spawn_peer_reader(mesh: Arc<Mesh>, link: Arc<Link>) {
    let mut datagrams = vec![Bytes::new(); RECEIVE_BATCH];
    let mut reassembler = Reassembler::new();
    // Whole packets of a batch: the bytes, where the packet begins in them, whether its checksum is to be filled in.
    let mut packets: Vec<(Bytes, usize, bool)> = Vec::with_capacity(RECEIVE_BATCH);
    while let Ok(count) = link.connection.read_many_datagrams(&mut datagrams).await {
        for datagram in datagrams.iter_mut().take(count).map(std::mem::take) {
            match Datagram::parse(&datagram) {
                Ok(Datagram::Packet(_)) => packets.push((datagram, 1, false)),
                Ok(Datagram::Unsummed(_)) => packets.push((datagram, 1, true)),
                Ok(Datagram::Fragment(fragment)) => {
                    match reassembler.push(Instant::now(), fragment) {
                        Ok(Some(packet)) => packets.push((packet, 0, false)),
                        Ok(None) => {}
                        Err(reason) => refuse_from(&mesh, &link, reason),
                    }
                }
                Ok(Datagram::Probe(content)) => link.receive_probe(content),
                Ok(Datagram::Report(content)) => link.fast_path.receive_report(content),
                Err(reason) => refuse_from(&mesh, &link, reason),
            }
        }
        mesh.drops
            .add(DropReason::FragmentTimeout, reassembler.take_abandoned());
        let tun = mesh.tun();
        let mut inbound = Inbound::new(&mesh, &link, tun.as_deref());
        for (bytes, start, unsummed) in &packets {
            inbound.deliver(bytes.get(*start..).unwrap_or_default(), *unsummed);
        }
        inbound.finish();
        drop(inbound);
        packets.clear();
    }
}

fn refuse_from(mesh: &Mesh, link: &Link, reason: DropReason) {
    mesh.drops.count(reason);
    if let Some(peer) = mesh.table().by_id(&link.id) {
        peer.counters.dropped(1);
    }
}

/// Packets of one peer on their way to the host: every one is checked, consecutive ones of a flow are written at once.
///
/// Made anew for each batch, so that a peer that was removed is cut off with the next.
pub struct Inbound<'m, 'a> {
    mesh: &'m Mesh,
    table: arc_swap::Guard<Arc<PeerTable<Link>>>,
    peer: Option<Arc<Peer<Link>>>,
    /// The device and what waits to be written to it.
    writing: Option<(&'m TunWriter, Run<'a>)>,
}

impl<'m, 'a> Inbound<'m, 'a> {
    /// For packets that `link` brought.
    pub fn new(mesh: &'m Mesh, link: &Link, tun: Option<&'m TunWriter>) -> Self {
        let table = mesh.table();
        Self {
            mesh,
            peer: table.by_id(&link.id).cloned(),
            table,
            writing: tun.map(|tun| (tun, tun.run())),
        }
    }

    /// Checks one packet and takes it, or counts why not. `unsummed`: its transport checksum is not filled in.
    pub fn deliver(&mut self, packet: &'a [u8], unsummed: bool) {
        if let Err(reason) = self.try_deliver(packet, unsummed) {
            self.mesh.drops.count(reason);
            if let Some(peer) = &self.peer {
                peer.counters.dropped(1);
            }
        }
    }

    /// Writes what was taken and not written yet.
    pub fn finish(&mut self) {
        let Some((tun, run)) = &mut self.writing else {
            return;
        };
        if run.is_empty() {
            return;
        }
        let (packets, bytes) = (run.packets(), run.bytes());
        let written = tun.write_run(run);
        run.clear();
        let Some(peer) = &self.peer else { return };
        match written {
            Ok(()) => peer.counters.received(packets, bytes),
            Err(_) => {
                self.mesh.drops.add(DropReason::TunWrite, packets);
                peer.counters.dropped(packets);
            }
        }
    }

    fn try_deliver(&mut self, packet: &'a [u8], unsummed: bool) -> Result<(), DropReason> {
        let peer = self.peer.as_ref().ok_or(DropReason::ForeignSource)?;
        let packet = Packet::parse(packet, TUN_MTU)?;
        self.table.ingress(peer, &packet)?;
        if !self.mesh.is_forwarding() {
            return Err(DropReason::GateClosed);
        }
        if packet
            .udp_ports()
            .is_some_and(|(_, destination)| self.mesh.is_own_port(destination))
        {
            return Err(DropReason::EndpointLoop);
        }
        let (_, run) = self.writing.as_mut().ok_or(DropReason::TunWrite)?;
        if run.push(&packet, unsummed)? {
            return Ok(());
        }
        self.finish();
        let (_, run) = self.writing.as_mut().ok_or(DropReason::TunWrite)?;
        run.push(&packet, unsummed).map(|_| ())
    }
}
