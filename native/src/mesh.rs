//! The mesh: what every part of the data plane shares, and the one place where peers and their links come and go.

use std::collections::HashMap;
use std::net::Ipv6Addr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, ArcSwapOption};
use bytes::Bytes;
use iroh::Endpoint;

use crate::drops::{DropReason, Drops};
use crate::event::{Events, NativeEvent};
use crate::fast::FastPort;
use crate::forward;
use crate::link::{CloseCode, Link, Opening};
use crate::peers::{OwnAddresses, PeerEntry, PeerId, PeerTable};
use crate::tun::TunWriter;

/// A node ID: an Ed25519 public key.
pub type NodeId = PeerId;

/// Packets that wait for one peer to be connected, and how long.
const WAITING_PACKETS: usize = 16;
const WAITING_TIME: Duration = Duration::from_secs(3);
/// Peers that packets may wait for.
const WAITING_PEERS: usize = 256;
/// How often TypeScript is told that packets wait for a peer.
const WANTED_EVERY: Duration = Duration::from_secs(1);
/// How long a connection that gave way stays open for the packets that are on their way in it.
const REPLACED_GRACE: Duration = Duration::from_millis(500);
/// For this long after a failed dial, packets to the peer are answered instead of waiting for another.
const FAILURE_COOLDOWN: Duration = Duration::from_secs(5);

/// Shared state of the data plane. Packets read it without locks; membership changes go one at a time.
pub struct Mesh {
    /// The iroh endpoint.
    pub endpoint: Endpoint,
    /// Our node ID.
    pub id: NodeId,
    /// Random number of this run: tells the other end that older connections of ours are gone.
    pub instance: u64,
    /// The sockets of the fast path, where there are any.
    pub fast: Option<Arc<FastPort>>,
    /// Where events go.
    pub events: Events,
    /// Counters of dropped packets.
    pub drops: Drops,
    table: ArcSwap<PeerTable<Link>>,
    hello: ArcSwap<Bytes>,
    forwarding: AtomicBool,
    closing: AtomicBool,
    tun: ArcSwapOption<TunWriter>,
    ports: ArcSwap<Vec<u16>>,
    next_link: AtomicU32,
    membership: Mutex<()>,
    waiting: Mutex<HashMap<NodeId, Waiting>>,
}

/// What is known of a peer that packets want to reach while it is not connected.
struct Waiting {
    packets: Vec<Bytes>,
    since: Instant,
    told: Option<Instant>,
    failed: Option<Instant>,
}

impl Mesh {
    /// A mesh without peers, its gate closed.
    pub fn new(
        endpoint: Endpoint,
        fast: Option<Arc<FastPort>>,
        instance: u64,
        hello: Bytes,
        events: Events,
    ) -> Self {
        Self {
            id: *endpoint.id().as_bytes(),
            ports: ArcSwap::from_pointee(bound_ports(&endpoint)),
            endpoint,
            fast,
            instance,
            events,
            drops: Drops::new(),
            table: ArcSwap::from_pointee(PeerTable::empty(OwnAddresses {
                ipv4: None,
                ipv6: Ipv6Addr::UNSPECIFIED,
            })),
            hello: ArcSwap::from_pointee(hello),
            forwarding: AtomicBool::new(false),
            closing: AtomicBool::new(false),
            tun: ArcSwapOption::empty(),
            next_link: AtomicU32::new(1),
            membership: Mutex::new(()),
            waiting: Mutex::new(HashMap::new()),
        }
    }

    /// The present peer table.
    pub fn table(&self) -> arc_swap::Guard<Arc<PeerTable<Link>>> {
        self.table.load()
    }

    /// Our hello as it is now.
    pub fn hello(&self) -> Bytes {
        self.hello.load().as_ref().clone()
    }

    /// Replaces the hello that later connections start with. Those that are just being opened hear of it once they are.
    pub fn set_hello(&self, hello: Bytes) {
        self.hello.store(Arc::new(hello));
    }

    /// Whether packets pass.
    pub fn is_forwarding(&self) -> bool {
        self.forwarding.load(Ordering::Relaxed)
    }

    /// Opens or closes the gate for packets in both directions.
    pub fn set_forwarding(&self, open: bool) {
        self.forwarding.store(open, Ordering::Relaxed);
    }

    /// Whether the end of the endpoint is our own wish.
    pub fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// From now on the endpoint may end, and nothing passes.
    pub fn begin_closing(&self) {
        self.closing.store(true, Ordering::Relaxed);
        self.set_forwarding(false);
    }

    /// The device's writer, while one is attached.
    pub fn tun(&self) -> Option<Arc<TunWriter>> {
        self.tun.load_full()
    }

    /// Gives packets for the host to `writer`; running peer readers use it from their next packet on.
    pub fn set_tun(&self, writer: Option<TunWriter>) {
        self.tun.store(writer.map(Arc::new));
    }

    /// UDP ports of the endpoint, each once.
    pub fn ports(&self) -> Vec<u16> {
        self.ports.load().as_ref().clone()
    }

    /// Whether `port` is one of the endpoint's own: such packets must never travel inside the tunnel.
    pub fn is_own_port(&self, port: u16) -> bool {
        self.ports.load().contains(&port)
    }

    /// The open link to a peer.
    pub fn link(&self, id: &NodeId) -> Option<Arc<Link>> {
        self.table()
            .by_id(id)?
            .link
            .load_full()
            .filter(|link| link.is_open())
    }

    /// Replaces the peer set. Links of peers that left are closed at once, those of peers that stay are kept.
    pub fn set_peers(&self, own: OwnAddresses, entries: Vec<PeerEntry>) {
        let _guard = self
            .membership
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let old = self.table.load_full();
        let new = Arc::new(old.successor(own, entries));
        self.table.store(new.clone());
        for peer in old.peers().filter(|peer| new.by_id(&peer.id).is_none()) {
            if let Some(link) = peer.link.swap(None) {
                link.close(CloseCode::NotAccepted, "removed");
            }
            self.forget_waiting(&peer.id);
        }
    }

    /// Whether a connection they dial would become the peer's link. Asked before it is answered: once it is, they use it.
    pub fn would_install(&self, id: &NodeId, instance: u64) -> bool {
        self.table().by_id(id).is_some_and(|peer| {
            let present = peer.link.load();
            present
                .as_ref()
                .is_none_or(|present| present.yields_to(instance, true, &self.id))
        })
    }

    /// Makes an opened connection the peer's link, unless the present one is to be kept. A connection of somebody who is no
    /// peer (any more) is closed.
    pub fn install(self: &Arc<Self>, id: NodeId, opening: Opening) -> Option<Arc<Link>> {
        let _guard = self
            .membership
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let table = self.table.load_full();
        let Some(peer) = table.by_id(&id) else {
            opening
                .connection
                .close(CloseCode::NotAccepted.number().into(), b"");
            return None;
        };
        let present = peer.link.load_full();
        if let Some(present) = &present
            && !present.yields_to(opening.instance, opening.incoming, &self.id)
        {
            opening
                .connection
                .close(CloseCode::Replaced.number().into(), b"");
            return None;
        }
        let number = self.next_link.fetch_add(1, Ordering::Relaxed);
        let told = opening.told.clone();
        let link = Link::start(self, id, number, opening);
        peer.link.store(Some(link.clone()));
        self.tell_hello(&link, told);
        if let Some(present) = present {
            tokio::spawn(async move {
                tokio::time::sleep(REPLACED_GRACE).await;
                present.close(CloseCode::Replaced, "replaced");
            });
        }
        tokio::spawn(forward::spawn_peer_reader(self.clone(), link.clone()));
        tokio::spawn(watch_close(self.clone(), link.clone()));
        self.send_waiting(&link);
        Some(link)
    }

    /// Says our hello again where it is another one than they were `told`: what was said to all links while this one was being
    /// opened did not reach it. The last word is the present one, whatever changes meanwhile.
    fn tell_hello(&self, link: &Link, mut told: Bytes) {
        loop {
            let hello = self.hello();
            if hello == told {
                return;
            }
            link.send_message(hello.clone());
            told = hello;
        }
    }

    /// Keeps a packet for a peer that is not connected and asks for a dial. False when the peer was found unreachable just
    /// now, so that the packet is better answered.
    pub fn wait_for(&self, id: &NodeId, datagram: &Bytes) -> bool {
        let now = Instant::now();
        let mut all = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= WAITING_PEERS && !all.contains_key(id) {
            all.retain(|_, waiting| now.duration_since(waiting.since) < WAITING_TIME);
            if all.len() >= WAITING_PEERS {
                return false;
            }
        }
        let waiting = all.entry(*id).or_insert_with(|| Waiting {
            packets: Vec::new(),
            since: now,
            told: None,
            failed: None,
        });
        if waiting
            .told
            .is_none_or(|told| now.duration_since(told) >= WANTED_EVERY)
        {
            waiting.told = Some(now);
            self.events.send(NativeEvent::Wanted { id: hex(id) });
        }
        if waiting
            .failed
            .is_some_and(|failed| now.duration_since(failed) < FAILURE_COOLDOWN)
        {
            return false;
        }
        if now.duration_since(waiting.since) >= WAITING_TIME {
            waiting.packets.clear();
            waiting.since = now;
        }
        if waiting.packets.len() >= WAITING_PACKETS {
            self.drops.count(DropReason::PeerNotConnected);
            return true;
        }
        // A copy: a slice would keep a whole read buffer alive.
        waiting.packets.push(Bytes::copy_from_slice(datagram));
        true
    }

    /// Notes that a dial failed: packets to the peer are answered with "unreachable" for a while.
    pub fn note_dial_failure(&self, id: &NodeId) {
        let mut all = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(waiting) = all.get_mut(id) {
            waiting.failed = Some(Instant::now());
            self.drops
                .add(DropReason::PeerNotConnected, waiting.packets.len() as u64);
            waiting.packets.clear();
        }
    }

    fn forget_waiting(&self, id: &NodeId) -> Option<Waiting> {
        self.waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(id)
    }

    fn send_waiting(&self, link: &Link) {
        let Some(mut waiting) = self.forget_waiting(&link.id) else {
            return;
        };
        if waiting.since.elapsed() < WAITING_TIME && self.is_forwarding() {
            let sent = link.carrier.send(&mut waiting.packets);
            if let Some(peer) = self.table().by_id(&link.id) {
                forward::count_sent(self, peer, &sent);
            }
        }
    }
}

/// Tells TypeScript when a link ends, and clears it from the table if it is still the peer's.
async fn watch_close(mesh: Arc<Mesh>, link: Arc<Link>) {
    let error = link.connection.closed().await;
    {
        let _guard = mesh
            .membership
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(peer) = mesh.table.load().by_id(&link.id)
            && peer
                .link
                .load()
                .as_ref()
                .is_some_and(|present| present.number == link.number)
        {
            peer.link.store(None);
        }
    }
    let (reason, detail) = link.close_reason(&error);
    mesh.events.send(NativeEvent::Closed {
        id: hex(&link.id),
        connection: link.number,
        reason: reason.to_owned(),
        detail,
    });
}

fn bound_ports(endpoint: &Endpoint) -> Vec<u16> {
    let mut ports: Vec<u16> = endpoint
        .bound_sockets()
        .iter()
        .map(std::net::SocketAddr::port)
        .collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}

/// A node ID in the form people paste: 64 lowercase hex characters.
pub fn hex(id: &NodeId) -> String {
    use std::fmt::Write;
    id.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The node ID written as 64 hex characters.
pub fn parse_id(text: &str) -> Option<NodeId> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut id = [0; 32];
    for (index, byte) in id.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_ids_survive_the_way_to_text_and_back() {
        let id: NodeId = std::array::from_fn(|index| (index * 37) as u8);
        assert_eq!(parse_id(&hex(&id)), Some(id));
    }

    #[test]
    fn text_that_is_no_node_id_is_refused() {
        assert_eq!(parse_id(""), None);
        assert_eq!(parse_id(&"0".repeat(63)), None);
        assert_eq!(parse_id(&"g".repeat(64)), None);
        assert_eq!(parse_id(&"é".repeat(32)), None);
    }
}
