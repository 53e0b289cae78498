//! Finding peers on the local networks by mDNS, on the interfaces TypeScript names.
//!
//! `swarm-discovery` speaks the protocol. It takes interfaces by address, so no default or multicast route is needed. Its
//! `add_interface` stops announcing (0.6.5), so every change starts a new discoverer; what was found stays.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use iroh::PublicKey;
use swarm_discovery::{Discoverer, DropGuard, IpClass, Peer};

use crate::event::NativeEvent;
use crate::mesh::{Mesh, NodeId, hex};
use crate::packet::{is_overlay_v4, is_overlay_v6};
use crate::rate_limit::RateLimit;

/// The mDNS service: `_rayfish-desktop._udp.local.`
const SERVICE: &str = "rayfish-desktop";

/// Addresses kept for one peer.
const MAX_ADDRESSES: usize = 8;

/// How often the network is asked while somebody waits, and else.
const EAGER: Duration = Duration::from_millis(700);
const CALM: Duration = Duration::from_secs(10);

/// While somebody waits, the discoverer is started anew this often: it goes on silently without an interface whose socket
/// could not be opened at its start (0.6.5), and one that found nobody in this time may be deaf.
const RENEW: Duration = Duration::from_secs(3);

/// What one peer's answers may tell us: one in this time on average, and a burst after a quiet time. Whoever is on the LAN can
/// answer for it, and nothing tells the true answers from those: while somebody floods, a peer is found by them later or not at all,
/// and by where it was last connected to (which TypeScript keeps apart), by a relay or by its own dial as ever.
const SIGHTING_INTERVAL: Duration = Duration::from_millis(500);
const SIGHTING_BURST: u32 = 8;

/// How many addresses they may tell us that the last answer had not, likewise: every one of them is sent a handshake, and iroh
/// goes on trying what it was ever told while it dials (1.4.1).
const NEWS_INTERVAL: Duration = Duration::from_secs(4);
const NEWS_BURST: u32 = 32;

/// After so many answers in no peer's name the discoverer is started anew, this much later: it keeps every name it ever heard, for
/// the longer the more there are (0.6.5). Late enough that it asks the network once while somebody waits.
const MAX_FOREIGN: u32 = 4096;
const FORGET: Duration = Duration::from_secs(1);

/// Where and how to look.
#[derive(Clone, PartialEq, Eq)]
pub struct Lan {
    /// Our IPv4 addresses on the interfaces to speak on.
    pub interfaces: Vec<Ipv4Addr>,
    /// Our addresses to announce, with the endpoint's port.
    pub announce: Vec<IpAddr>,
    /// Whether somebody waits for a peer to be found.
    pub eager: bool,
}

/// mDNS as it runs now.
#[derive(Default)]
pub struct Discovery {
    state: Mutex<State>,
    sightings: Mutex<HashMap<NodeId, Sighting>>,
}

/// Where a peer was last seen.
struct Sighting {
    addresses: Vec<SocketAddr>,
    limit: RateLimit,
    news: RateLimit,
}

#[derive(Default)]
struct State {
    lan: Option<Lan>,
    running: Option<DropGuard>,
    /// Counts starts.
    started: u64,
}

impl Discovery {
    /// Speaks on these interfaces from now on. Without interfaces, mDNS is off.
    pub fn set(self: &Arc<Self>, mesh: &Arc<Mesh>, lan: Lan) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.lan.as_ref() != Some(&lan) {
            state.lan = Some(lan);
            self.restart(mesh, &mut state);
        }
    }

    /// Asks the network anew: the peer set grew.
    pub fn refresh(self: &Arc<Self>, mesh: &Arc<Mesh>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.restart(mesh, &mut state);
    }

    /// Stops speaking.
    pub fn stop(&self) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = State::default();
    }

    /// Where a peer was last seen.
    pub fn addresses(&self, id: &NodeId) -> Vec<SocketAddr> {
        self.sightings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(id)
            .map(|sighting| sighting.addresses.clone())
            .unwrap_or_default()
    }

    /// Handles one answer: whoever is on the LAN can send any, so only addresses of peers are kept, and few of each. A wrong one
    /// costs a dial that fails to prove its identity. False where it is in no peer's name.
    fn notice(&self, mesh: &Mesh, name: &str, peer: &Peer) -> bool {
        let Ok(key) = PublicKey::from_z32(name) else {
            return false;
        };
        let id = *key.as_bytes();
        if mesh.table().by_id(&id).is_none() {
            return false;
        }
        let addresses: Vec<SocketAddr> = peer
            .addrs()
            .iter()
            .filter(|(address, port)| *port != 0 && is_underlay(address))
            .map(|&(address, port)| SocketAddr::new(address, port))
            .take(MAX_ADDRESSES)
            .collect();
        let is_peer = |id: &NodeId| mesh.table().by_id(id).is_some();
        let kept = self.keep(id, addresses, is_peer);
        if !kept.is_empty() {
            mesh.events.send(NativeEvent::Discovered {
                id: hex(&id),
                addresses: kept.iter().map(SocketAddr::to_string).collect(),
            });
        }
        true
    }

    /// Keeps where a peer was seen, and nothing of who is none any more. Returns what was kept: less than was told, or nothing,
    /// where its answers come too fast.
    fn keep(
        &self,
        id: NodeId,
        mut addresses: Vec<SocketAddr>,
        is_peer: impl Fn(&NodeId) -> bool,
    ) -> Vec<SocketAddr> {
        let mut sightings = self
            .sightings
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if !sightings.contains_key(&id) {
            sightings.retain(|known, _| is_peer(known));
        }
        let sighting = sightings.entry(id).or_insert_with(|| Sighting {
            addresses: Vec::new(),
            limit: RateLimit::new(SIGHTING_INTERVAL, SIGHTING_BURST),
            news: RateLimit::new(NEWS_INTERVAL, NEWS_BURST),
        });
        let now = Instant::now();
        if !sighting.limit.allow(now) {
            return Vec::new();
        }
        addresses
            .retain(|address| sighting.addresses.contains(address) || sighting.news.allow(now));
        if !addresses.is_empty() {
            sighting.addresses.clone_from(&addresses);
        }
        addresses
    }

    fn restart(self: &Arc<Self>, mesh: &Arc<Mesh>, state: &mut State) {
        state.running = None;
        state.started += 1;
        let Some(lan) = state.lan.as_ref().filter(|lan| !lan.interfaces.is_empty()) else {
            return;
        };
        let (cadence, rate) = if lan.eager { (EAGER, 2.5) } else { (CALM, 1.0) };
        let mut discoverer = Discoverer::new(SERVICE.to_owned(), mesh.endpoint.id().to_z32())
            .with_cadence(cadence)
            .with_response_rate(rate)
            .with_ip_class(IpClass::V4Only)
            .with_multicast_interfaces_v4(lan.interfaces.clone())
            .with_callback(hear(
                Arc::downgrade(self),
                Arc::downgrade(mesh),
                state.started,
            ));
        for socket in mesh.endpoint.bound_sockets() {
            let announced = lan
                .announce
                .iter()
                .copied()
                .filter(|address| address.is_ipv4() == socket.is_ipv4());
            discoverer = discoverer.with_addrs(socket.port(), announced);
        }
        match discoverer.spawn(&tokio::runtime::Handle::current()) {
            Ok(running) => state.running = Some(running),
            Err(error) => mesh.events.send(NativeEvent::MdnsFailed {
                detail: error.to_string(),
            }),
        }
        if lan.eager {
            tokio::spawn(renew(
                Arc::downgrade(self),
                Arc::downgrade(mesh),
                state.started,
                RENEW,
            ));
        }
    }
}

/// Starts the discoverer anew after a while, unless something else did.
async fn renew(discovery: Weak<Discovery>, mesh: Weak<Mesh>, started: u64, after: Duration) {
    tokio::time::sleep(after).await;
    let (Some(discovery), Some(mesh)) = (discovery.upgrade(), mesh.upgrade()) else {
        return;
    };
    let mut state = discovery
        .state
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if state.started == started {
        discovery.restart(&mesh, &mut state);
    }
}

/// What the discoverer of that start calls with every answer.
fn hear(
    discovery: Weak<Discovery>,
    mesh: Weak<Mesh>,
    started: u64,
) -> impl FnMut(&str, &Peer) + Send + 'static {
    let mut foreign = 0;
    move |name, peer| {
        let (Some(present), Some(of)) = (discovery.upgrade(), mesh.upgrade()) else {
            return;
        };
        if present.notice(&of, name, peer) {
            return;
        }
        foreign += 1;
        if foreign == MAX_FOREIGN {
            tokio::spawn(renew(discovery.clone(), mesh.clone(), started, FORGET));
        }
    }
}

/// Whether a peer can be dialled at `address` without going through a tunnel of ours.
pub fn is_underlay(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            !is_overlay_v4(*address)
                && !address.is_broadcast()
                && !is_special(&IpAddr::V4(*address))
        }
        IpAddr::V6(address) => !is_overlay_v6(*address) && !is_special(&IpAddr::V6(*address)),
    }
}

fn is_special(address: &IpAddr) -> bool {
    address.is_unspecified() || address.is_multicast() || address.is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_in_one_name_is_cut_and_leaves_the_others_theirs() {
        let discovery = Discovery::default();
        let at = |port| vec![SocketAddr::from(([192, 0, 2, 7], port))];
        let (flooded, quiet) = ([1; 32], [2; 32]);
        let kept =
            (1..1000).filter(|&port| !discovery.keep(flooded, at(port), |_| true).is_empty());
        assert_eq!(kept.count(), 8);
        assert_eq!(discovery.addresses(&flooded), at(8));
        assert_eq!(discovery.keep(quiet, at(9), |_| true), at(9));
        assert_eq!(discovery.addresses(&quiet), at(9));
    }

    #[test]
    fn ever_new_addresses_are_cut_and_those_known_stay() {
        let discovery = Discovery::default();
        let id = [1; 32];
        let at = |ports: std::ops::Range<u16>| -> Vec<SocketAddr> {
            ports
                .map(|port| SocketAddr::from(([192, 0, 2, 7], port)))
                .collect()
        };
        for answer in 0..4 {
            let eight = at(1 + 8 * answer..9 + 8 * answer);
            assert_eq!(discovery.keep(id, eight.clone(), |_| true), eight);
        }
        assert!(discovery.keep(id, at(100..108), |_| true).is_empty());
        assert_eq!(discovery.keep(id, at(32..40), |_| true), at(32..33));
        assert_eq!(discovery.addresses(&id), at(32..33));
    }

    #[test]
    fn of_who_is_no_peer_any_more_nothing_is_kept() {
        let discovery = Discovery::default();
        let address = vec![SocketAddr::from(([192, 0, 2, 7], 7))];
        discovery.keep([1; 32], address.clone(), |_| true);
        assert_eq!(discovery.addresses(&[1; 32]), address);
        discovery.keep([2; 32], address, |id| *id != [1; 32]);
        assert!(discovery.addresses(&[1; 32]).is_empty());
    }

    #[test]
    fn overlay_addresses_are_no_underlay() {
        assert!(!is_underlay(&"100.64.0.9".parse().unwrap()));
        assert!(!is_underlay(&"200::1".parse().unwrap()));
        assert!(!is_underlay(&"0.0.0.0".parse().unwrap()));
        assert!(!is_underlay(&"127.0.0.1".parse().unwrap()));
        assert!(!is_underlay(&"255.255.255.255".parse().unwrap()));
        assert!(!is_underlay(&"ff02::1".parse().unwrap()));
        assert!(is_underlay(&"192.0.2.7".parse().unwrap()));
        assert!(is_underlay(&"2001:db8::7".parse().unwrap()));
    }
}
