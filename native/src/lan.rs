//! Finding peers on the local networks by mDNS, on the interfaces TypeScript names.
//!
//! `swarm-discovery` speaks the protocol. It takes interfaces by address, so no default or multicast route is needed. Its
//! `add_interface` stops announcing (0.6.5), so every change starts a new discoverer; what was found stays.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use iroh::PublicKey;
use swarm_discovery::{Discoverer, DropGuard, IpClass, Peer};

use crate::event::NativeEvent;
use crate::mesh::{Mesh, NodeId, hex};
use crate::packet::{is_overlay_v4, is_overlay_v6};

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
    found: Arc<Mutex<HashMap<NodeId, Vec<SocketAddr>>>>,
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
        self.found
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(id)
            .cloned()
            .unwrap_or_default()
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
            .with_callback(notice(Arc::downgrade(mesh), Arc::downgrade(&self.found)));
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
            ));
        }
    }
}

/// Starts the discoverer anew after a while, unless something else did.
async fn renew(discovery: Weak<Discovery>, mesh: Weak<Mesh>, started: u64) {
    tokio::time::sleep(RENEW).await;
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

/// Handles one answer: whoever is on the LAN can send any, so only addresses of peers are kept, and few of each. A wrong one
/// costs a dial that fails to prove its identity.
fn notice(
    mesh: Weak<Mesh>,
    found: Weak<Mutex<HashMap<NodeId, Vec<SocketAddr>>>>,
) -> impl FnMut(&str, &Peer) + Send + 'static {
    move |name, peer| {
        let (Some(mesh), Some(found)) = (mesh.upgrade(), found.upgrade()) else {
            return;
        };
        let Ok(key) = PublicKey::from_z32(name) else {
            return;
        };
        let id = *key.as_bytes();
        if mesh.table().by_id(&id).is_none() {
            return;
        }
        let addresses: Vec<SocketAddr> = peer
            .addrs()
            .iter()
            .filter(|(address, port)| *port != 0 && is_underlay(address))
            .map(|&(address, port)| SocketAddr::new(address, port))
            .take(MAX_ADDRESSES)
            .collect();
        if addresses.is_empty() {
            return;
        }
        {
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            found.retain(|known, _| mesh.table().by_id(known).is_some());
            found.insert(id, addresses.clone());
        }
        mesh.events.send(NativeEvent::Discovered {
            id: hex(&id),
            addresses: addresses.iter().map(SocketAddr::to_string).collect(),
        });
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
