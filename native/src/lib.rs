//! The data plane of Rayfish Desktop: an iroh endpoint and a tunnel device, and the packets between them.
//!
//! TypeScript decides (who is a peer, which addresses, up or down); this crate moves packets and never takes a decision
//! of policy. This file is the whole surface towards TypeScript: napi-rs generates `index.d.ts` from it.
//!
//! A failure is an `Error` whose message is `<code>: <words>`; codes are those of `src/shared/errors.ts` where both have
//! one. Nothing here panics across the boundary.

pub mod admission;
pub mod answering;
pub mod control;
pub mod credentials;
pub mod dial;
pub mod drops;
pub mod endpoint;
pub mod event;
pub mod fast;
pub mod forward;
pub mod fragment;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
pub mod icmp;
pub mod lan;
pub mod link;
pub mod mesh;
pub mod offload;
pub mod packet;
pub mod path_choice;
pub mod peers;
pub mod port;
pub mod probe;
pub mod quic;
pub mod rate_limit;
pub mod scheduling;
pub mod tun;
pub mod verification;
pub mod wake;

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::BorrowedFd;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bytes::Bytes;
use iroh::{PublicKey, SecretKey};
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;

use crate::control::MAX_MESSAGE;
use crate::dial::{Dials, Outcome};
use crate::endpoint::Servers;
use crate::event::{EventCallback, Events};
use crate::fast::{offer::hardware_aes, outbox::FULL_DATAGRAMS, receiver};
use crate::lan::{Discovery, Lan};
use crate::link::CloseCode;
use crate::mesh::{Mesh, NodeId, hex, parse_id};
use crate::peers::OwnAddresses;
use crate::tun::{OpenError, Tun};
use crate::wake::Wake;

/// The protocol between peers, and its version. The only version gate there is.
pub const ALPN: &[u8] = b"rayfish-desktop/1";

/// How long closing may take before what is left is dropped.
const CLOSE_TIME: Duration = Duration::from_secs(3);

/// Packets leave and arrive in bursts; more threads than this only add wake-ups.
const MAX_THREADS: usize = 4;

#[napi_derive::module_init]
fn start_runtime() {
    // Every thread that allocates would get a heap of its own, which never shrinks: packets come from few.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: mallopt may be called at any time.
    unsafe {
        nix::libc::mallopt(nix::libc::M_ARENA_MAX, 2);
    }
    let threads = std::thread::available_parallelism()
        .map_or(2, usize::from)
        .min(MAX_THREADS);
    if let Ok(runtime) = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .thread_name("rayfish")
        .enable_all()
        .build()
    {
        napi::bindgen_prelude::create_custom_tokio_runtime(runtime);
    }
}

/// Which servers of a kind to use: `mode` is `default`, `none` or `custom` (then `urls` are used).
#[napi(object)]
pub struct ServerOptions {
    #[napi(ts_type = "'default' | 'none' | 'custom'")]
    pub mode: String,
    pub urls: Vec<String>,
}

/// How to start a data plane.
#[napi(object)]
pub struct EndpointOptions {
    /// 32 bytes: the seed of an Ed25519 key.
    pub secret_key: Buffer,
    /// Wanted UDP port for both families; 0, or taken by another: the system chooses (see `ports`).
    pub port: u16,
    pub relay: ServerOptions,
    pub discovery: ServerOptions,
    /// First control message on every connection, at most 4096 bytes.
    pub hello: Buffer,
    /// False: AES is not offered for the fast path, as on a machine without instructions for it.
    pub hardware_aes: bool,
    /// Datagrams after which the fast path takes new keys, where that is sooner than it has to.
    pub rekey_after: Option<u32>,
}

/// A peer and the overlay addresses assigned to it: packets are accepted from these only.
#[napi(object, use_nullable = true)]
pub struct PeerEntry {
    /// Node ID, 64 lowercase hex characters.
    pub id: String,
    /// Null: no IPv4 in either direction.
    pub ipv4: Option<String>,
    pub ipv6: String,
    /// They turned their tunnel off: packets to them are answered with ICMP unreachable.
    pub paused: bool,
}

/// The whole peer set, replaced at once.
#[napi(object, use_nullable = true)]
pub struct Peers {
    /// Our own overlay IPv4; null while the overlay carries IPv6 only.
    pub own_ipv4: Option<String>,
    pub own_ipv6: String,
    pub peers: Vec<PeerEntry>,
}

/// Where mDNS speaks.
#[napi(object)]
pub struct LanOptions {
    /// Our IPv4 addresses on the interfaces to speak on; none: mDNS is off.
    pub interfaces: Vec<String>,
    /// Our addresses to announce, with the endpoint's port.
    pub announce: Vec<String>,
    /// True: ask every 0.7 s, somebody waits; false: every 10 s.
    pub eager: bool,
}

/// A tunnel device.
#[napi(object)]
pub struct TunInfo {
    pub name: String,
    pub index: u32,
    /// Bytes.
    pub mtu: u16,
    /// Whether reads and writes carry many segments at once.
    pub offload: bool,
    /// How many segments the host should give it at most in one packet: with one more it takes two messages of the fast path.
    pub segments: u32,
}

/// How a dial ended.
#[napi(object)]
pub struct DialResult {
    #[napi(ts_type = "'connected' | 'not-accepted' | 'unreachable' | 'timed-out' | 'cancelled'")]
    pub outcome: String,
    /// Why, for `unreachable`; else empty.
    pub detail: String,
}

/// Counters and path of one peer.
#[napi(object, use_nullable = true)]
pub struct PeerStats {
    pub id: String,
    /// Number of the live connection, if any.
    pub connection: Option<u32>,
    #[napi(ts_type = "'direct' | 'relay' | null")]
    pub path_kind: Option<String>,
    /// Outer address (`ip:port`) or relay URL.
    pub remote: Option<String>,
    /// Round-trip time in milliseconds.
    pub rtt_ms: Option<f64>,
    /// How packets travel.
    #[napi(ts_type = "'fast' | 'quic' | null")]
    pub carrier: Option<String>,
    /// How datagrams of the fast path are sealed, while packets go by it.
    #[napi(ts_type = "'aes-128-gcm' | 'chacha20-poly1305' | null")]
    pub cipher: Option<String>,
    /// Why they go by QUIC.
    #[napi(
        ts_type = "'proving' | 'off' | 'no-port' | 'unsupported' | 'off-there' | 'relayed' | 'unanswered' | 'too-small' | 'refused' | 'merged' | null"
    )]
    pub why_quic: Option<String>,
    /// Bytes and packets of IP since the data plane started.
    pub tx_bytes: f64,
    pub rx_bytes: f64,
    pub tx_packets: f64,
    pub rx_packets: f64,
    pub drops: f64,
}

/// A snapshot of all counters.
#[napi(object)]
pub struct Stats {
    pub peers: Vec<PeerStats>,
    /// Dropped packets by reason.
    pub drops: HashMap<String, f64>,
}

/// The other end of a Unix socket, as the kernel knows it.
#[napi(object)]
pub struct PeerCredentials {
    pub uid: u32,
    pub gid: u32,
    pub pid: i32,
}

/// Credentials of the process at the other end of the connected Unix socket `fd` (SO_PEERCRED, LOCAL_PEERCRED).
///
/// # Errors
/// `invalid-argument` where `fd` is no connected Unix socket.
#[napi]
pub fn peer_credentials(fd: i32) -> napi::Result<PeerCredentials> {
    if fd < 0 {
        return Err(failure(
            "invalid-argument",
            "a file descriptor is not negative",
        ));
    }
    // SAFETY: the descriptor is only used for one getsockopt here; a closed or foreign one makes that fail, nothing else.
    let fd = unsafe { BorrowedFd::borrow_raw(fd) };
    let credentials = credentials::of(fd).map_err(|error| failure("invalid-argument", error))?;
    Ok(PeerCredentials {
        uid: credentials.uid,
        gid: credentials.gid,
        pid: credentials.pid,
    })
}

/// Gives memory that was freed back to the system, where its allocator keeps it otherwise (glibc).
#[napi]
pub fn release_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: malloc_trim may be called at any time, from any thread.
    unsafe {
        nix::libc::malloc_trim(0);
    }
}

/// A running endpoint and, while attached, its tunnel device.
#[napi]
pub struct DataPlane {
    mesh: Arc<Mesh>,
    runtime: tokio::runtime::Handle,
    dials: Arc<Dials>,
    discovery: Arc<Discovery>,
    /// The thread that reads the attached device, and what stops it.
    device: Mutex<Option<(Arc<Wake>, JoinHandle<()>)>>,
    /// The thread that receives by the fast path.
    receiver: Mutex<Option<JoinHandle<()>>>,
}

#[napi]
impl DataPlane {
    /// Starts an endpoint. `onEvent` is called for everything that happens; it never keeps the process alive.
    ///
    /// # Errors
    /// `invalid-argument`, `endpoint-failed`.
    #[napi]
    pub async fn start(
        options: EndpointOptions,
        #[napi(ts_arg_type = "(event: NativeEvent) => void")] on_event: EventCallback,
    ) -> napi::Result<DataPlane> {
        let hello = read_message(&options.hello)?;
        let (endpoint, fast) = endpoint::bind(endpoint::Options {
            secret_key: read_secret(&options.secret_key)?,
            port: options.port,
            hardware_aes: hardware_aes(options.hardware_aes),
            rekey_after: options.rekey_after.map_or(u64::MAX, u64::from),
            relay: read_servers(&options.relay)?,
            discovery: read_servers(&options.discovery)?,
        })
        .await
        .map_err(|error| failure("endpoint-failed", error))?;
        let instance = u64::from_be_bytes(
            SecretKey::generate()
                .to_bytes()
                .first_chunk()
                .copied()
                .unwrap_or_default(),
        );
        let fast = fast.map(Arc::new);
        let events = Events::new(on_event);
        let mesh = Arc::new(Mesh::new(endpoint, fast, instance, hello, events));
        let receiver = match mesh.fast.clone() {
            Some(port) => {
                let mesh = mesh.clone();
                Some(thread("rayfish-udp", move || receiver::run(&mesh, &port))?)
            }
            None => None,
        };
        tokio::spawn(admission::run(mesh.clone()));
        tokio::spawn(endpoint::watch_addresses(
            Arc::downgrade(&mesh),
            mesh.endpoint.clone(),
        ));
        Ok(Self {
            mesh,
            runtime: tokio::runtime::Handle::current(),
            dials: Arc::default(),
            discovery: Arc::default(),
            device: Mutex::default(),
            receiver: Mutex::new(receiver),
        })
    }

    /// Our node ID, 64 lowercase hex characters.
    #[napi(getter)]
    pub fn node_id(&self) -> String {
        hex(&self.mesh.id)
    }

    /// UDP ports the endpoint listens on, each once (normally one).
    #[napi]
    pub fn ports(&self) -> Vec<u16> {
        self.mesh.ports()
    }

    /// Lets packets go by the fast path where it is proven; false: by QUIC alone, and its keys are forgotten.
    #[napi]
    pub fn set_fast_path(&self, wanted: bool) {
        if let Some(port) = &self.mesh.fast {
            port.set_wanted(wanted);
        }
    }

    /// Opens the tunnel device `name` (null: the system's choice) with `mtu` bytes and starts its reader. The link is down
    /// and has no addresses. A device attached before is closed. `offload`: many segments in one read and write, where the
    /// kernel can.
    ///
    /// # Errors
    /// `tun-name-taken`, `not-root`, `tun-unavailable`.
    #[napi]
    pub fn attach_tun(
        &self,
        name: Option<String>,
        mtu: u16,
        offload: bool,
    ) -> napi::Result<TunInfo> {
        self.detach_tun();
        let stop = Wake::new().map_err(|error| failure("tun-unavailable", error))?;
        let stop = Arc::new(stop);
        let opened = Tun::open(name.as_deref(), mtu, offload, stop.clone());
        let tun = opened.map_err(|error| match error {
            OpenError::NameTaken(error) => failure("tun-name-taken", error),
            OpenError::NotPermitted(error) => failure("not-root", error),
            OpenError::Unavailable(error) => failure("tun-unavailable", error),
        })?;
        let info = TunInfo {
            name: tun.name,
            index: tun.index,
            mtu: tun.mtu,
            offload: tun.offload,
            segments: FULL_DATAGRAMS as u32,
        };
        self.mesh.set_tun(Some(tun.writer));
        let mesh = self.mesh.clone();
        let reader = thread("rayfish-tun", move || forward::run_mesh(&mesh, tun.reader))?;
        *self.device() = Some((stop, reader));
        Ok(info)
    }

    /// Closes the tunnel device, if one is attached; the kernel removes it with its addresses and routes.
    #[napi]
    pub fn detach_tun(&self) {
        self.mesh.set_tun(None);
        if let Some((stop, reader)) = self.device().take() {
            stop.raise();
            // It sleeps in `poll` or is about to; the device is gone when this returns.
            let _ = reader.join();
        }
    }

    /// Packets pass in both directions only while the gate is open. Connections do not care.
    #[napi]
    pub fn set_forwarding(&self, open: bool) {
        self.mesh.set_forwarding(open);
    }

    /// Replaces our addresses and the peer set at once. Connections of peers that are no longer in it are closed.
    ///
    /// # Errors
    /// `invalid-argument` naming what does not parse; nothing is changed then.
    #[napi]
    pub fn set_peers(&self, peers: Peers) -> napi::Result<()> {
        let own = OwnAddresses {
            ipv4: peers.own_ipv4.as_deref().map(read_ipv4).transpose()?,
            ipv6: read_ipv6(&peers.own_ipv6)?,
        };
        let entries = peers
            .peers
            .iter()
            .map(|peer| {
                Ok(peers::PeerEntry {
                    id: read_id(&peer.id)?,
                    ipv4: peer.ipv4.as_deref().map(read_ipv4).transpose()?,
                    ipv6: read_ipv6(&peer.ipv6)?,
                    paused: peer.paused,
                })
            })
            .collect::<napi::Result<Vec<_>>>()?;
        let grew = entries
            .iter()
            .any(|entry| self.mesh.table().by_id(&entry.id).is_none());
        let _runtime = self.runtime.enter();
        self.mesh.set_peers(own, entries);
        if grew {
            self.discovery.refresh(&self.mesh);
        }
        Ok(())
    }

    /// Replaces the first control message of later connections.
    ///
    /// # Errors
    /// `invalid-argument` where it is over 4096 bytes.
    #[napi]
    pub fn set_hello(&self, hello: Buffer) -> napi::Result<()> {
        self.mesh.set_hello(read_message(&hello)?);
        Ok(())
    }

    /// Speaks mDNS on these interfaces from now on; failures arrive as `mdns-failed`.
    ///
    /// # Errors
    /// `invalid-argument` naming the address that does not parse.
    #[napi]
    pub fn set_lan(&self, lan: LanOptions) -> napi::Result<()> {
        let announce = lan
            .announce
            .iter()
            .map(|text| {
                text.parse::<IpAddr>()
                    .map_err(|_| failure("invalid-argument", format!("no address: {text}")))
            })
            .collect::<napi::Result<Vec<_>>>()?;
        let interfaces = lan
            .interfaces
            .iter()
            .map(|text| read_ipv4(text))
            .collect::<napi::Result<Vec<_>>>()?;
        let _runtime = self.runtime.enter();
        self.discovery.set(
            &self.mesh,
            Lan {
                interfaces,
                announce: announce.into_iter().filter(lan::is_underlay).collect(),
                eager: lan.eager,
            },
        );
        Ok(())
    }

    /// Connects to a peer at these addresses (`ip:port`), at those mDNS and lookup know, and through `relay`. Resolves at
    /// once where it is connected; calls for one peer share one attempt.
    ///
    /// # Errors
    /// `invalid-argument` where `id` is no node ID. A dial that fails is a result, not an error.
    #[napi]
    pub async fn dial(
        &self,
        id: String,
        addresses: Vec<String>,
        relay: Option<String>,
        timeout_ms: u32,
    ) -> napi::Result<DialResult> {
        let node = read_id(&id)?;
        let key =
            PublicKey::from_bytes(&node).map_err(|error| failure("invalid-argument", error))?;
        let mut address = dial::address(key, &addresses, relay.as_deref());
        for found in self.discovery.addresses(&node) {
            address = address.with_ip_addr(found);
        }
        let limit = Duration::from_millis(timeout_ms.into());
        let (outcome, detail) = match self.dials.dial(&self.mesh, node, address, limit).await {
            Outcome::Connected => ("connected", String::new()),
            Outcome::NotAccepted => ("not-accepted", String::new()),
            Outcome::Unreachable(detail) => ("unreachable", detail),
            Outcome::TimedOut => ("timed-out", String::new()),
            Outcome::Cancelled => ("cancelled", String::new()),
        };
        Ok(DialResult {
            outcome: outcome.to_owned(),
            detail,
        })
    }

    /// Queues a control message of at most 4096 bytes. False: not connected, or its queue is full.
    #[napi]
    pub fn send_message(&self, id: String, data: Buffer) -> bool {
        let Ok(message) = read_message(&data) else {
            return false;
        };
        parse_id(&id)
            .and_then(|id| self.mesh.link(&id))
            .is_some_and(|link| link.send_message(message))
    }

    /// Round-trip time in milliseconds to the peer's data plane and back, by its carrier. Works in standby too.
    ///
    /// # Errors
    /// `peer-offline`, `timed-out`.
    #[napi]
    pub async fn ping(&self, id: String, timeout_ms: u32) -> napi::Result<f64> {
        let link = parse_id(&id)
            .and_then(|id| self.mesh.link(&id))
            .ok_or_else(|| failure("peer-offline", "there is no connection to this peer"))?;
        let (probe, answer) = link
            .probes
            .start()
            .ok_or_else(|| failure("timed-out", "too many pings wait for this peer"))?;
        let sent = Instant::now();
        link.send_probe(probe)
            .map_err(|error| failure("peer-offline", error))?;
        match tokio::time::timeout(Duration::from_millis(timeout_ms.into()), answer).await {
            Ok(Ok(())) => Ok(sent.elapsed().as_secs_f64() * 1000.0),
            Ok(Err(_)) => Err(failure("peer-offline", "the connection closed")),
            Err(_) => Err(failure("timed-out", "no answer in time")),
        }
    }

    /// Asks the connection to a peer, by QUIC and whatever packets go by, for one echo in so many `attempts`, one each
    /// `interval_ms` milliseconds, and closes it where none comes. Where that is under way, it begins anew, and this returns at once.
    /// False where there is none then.
    #[napi]
    pub async fn verify(&self, id: String, attempts: u32, interval_ms: u32) -> bool {
        let Some(link) = parse_id(&id).and_then(|id| self.mesh.link(&id)) else {
            return false;
        };
        let interval = Duration::from_millis(interval_ms.into());
        let answers = link.is_answering(attempts, interval).await;
        if !answers {
            link.close(CloseCode::Bye, "silent");
        }
        answers
    }

    /// All counters and paths as they are now.
    #[napi]
    pub fn stats(&self) -> Stats {
        let table = self.mesh.table();
        Stats {
            peers: table.peers().map(|peer| peer_stats(peer)).collect(),
            drops: self
                .mesh
                .drops
                .snapshot()
                .map(|(reason, count)| (reason.to_owned(), count as f64))
                .collect(),
        }
    }

    /// Tells iroh that the host's interfaces or addresses changed. Always safe.
    #[napi]
    pub fn network_change(&self) {
        let endpoint = self.mesh.endpoint.clone();
        self.runtime
            .spawn(async move { endpoint.network_change().await });
    }

    /// Closes connections so that peers hear it, then the endpoint and the device.
    #[napi]
    pub async fn close(&self) {
        self.mesh.begin_closing();
        if let Some(port) = &self.mesh.fast {
            port.close();
        }
        let receiver = self
            .receiver
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(receiver) = receiver {
            let _ = tokio::task::spawn_blocking(|| receiver.join()).await;
        }
        self.discovery.stop();
        for peer in self.mesh.table().peers() {
            if let Some(link) = peer.link.load_full() {
                link.close(CloseCode::Bye, "local");
            }
        }
        let _ = tokio::time::timeout(CLOSE_TIME, self.mesh.endpoint.close()).await;
        self.detach_tun();
    }

    fn device(&self) -> std::sync::MutexGuard<'_, Option<(Arc<Wake>, JoinHandle<()>)>> {
        self.device.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn peer_stats(peer: &peers::Peer<link::Link>) -> PeerStats {
    let link = peer.link.load_full().filter(|link| link.is_open());
    let path = link.as_ref().and_then(|link| link.path());
    let counters = peer.counters.traffic();
    let cipher = link
        .as_ref()
        .and_then(|link| Some(link.fast_path.sending().as_ref()?.cipher));
    let why_quic = link.as_ref().map(|link| link.fast_path.why_not());
    PeerStats {
        id: hex(&peer.id),
        connection: link.map(|link| link.number),
        carrier: why_quic.map(|why| if why.is_none() { "fast" } else { "quic" }.to_owned()),
        cipher: cipher.map(|cipher| cipher.as_str().to_owned()),
        why_quic: why_quic.flatten().map(|why| why.as_str().to_owned()),
        path_kind: path
            .as_ref()
            .map(|path| if path.relayed { "relay" } else { "direct" }.to_owned()),
        rtt_ms: path.as_ref().map(|path| path.rtt.as_secs_f64() * 1000.0),
        remote: path.map(|path| path.remote),
        tx_bytes: counters.tx_bytes as f64,
        rx_bytes: counters.rx_bytes as f64,
        tx_packets: counters.tx_packets as f64,
        rx_packets: counters.rx_packets as f64,
        drops: counters.drops as f64,
    }
}

/// Starts a thread of that name.
fn thread(name: &str, run: impl FnOnce() + Send + 'static) -> napi::Result<JoinHandle<()>> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(run)
        .map_err(|error| failure("endpoint-failed", error))
}

fn failure(code: &str, words: impl std::fmt::Display) -> napi::Error {
    napi::Error::from_reason(format!("{code}: {words}"))
}

fn read_id(text: &str) -> napi::Result<NodeId> {
    parse_id(text).ok_or_else(|| failure("invalid-argument", "a node ID has 64 hex characters"))
}

fn read_secret(bytes: &[u8]) -> napi::Result<SecretKey> {
    let seed: [u8; 32] = bytes
        .try_into()
        .map_err(|_| failure("invalid-argument", "a secret key has 32 bytes"))?;
    Ok(SecretKey::from_bytes(&seed))
}

fn read_message(bytes: &[u8]) -> napi::Result<Bytes> {
    if bytes.len() > MAX_MESSAGE {
        return Err(failure(
            "invalid-argument",
            format!("a control message has at most {MAX_MESSAGE} bytes"),
        ));
    }
    Ok(Bytes::copy_from_slice(bytes))
}

fn read_ipv4(text: &str) -> napi::Result<Ipv4Addr> {
    text.parse()
        .map_err(|_| failure("invalid-argument", format!("no IPv4 address: {text}")))
}

fn read_ipv6(text: &str) -> napi::Result<Ipv6Addr> {
    text.parse()
        .map_err(|_| failure("invalid-argument", format!("no IPv6 address: {text}")))
}

fn read_servers<T: std::str::FromStr>(options: &ServerOptions) -> napi::Result<Servers<T>> {
    match options.mode.as_str() {
        "default" => Ok(Servers::Default),
        "none" => Ok(Servers::None),
        "custom" => options
            .urls
            .iter()
            .map(|url| {
                url.parse()
                    .map_err(|_| failure("invalid-argument", format!("no URL: {url}")))
            })
            .collect::<napi::Result<Vec<T>>>()
            .map(Servers::Custom),
        mode => Err(failure("invalid-argument", format!("no mode: {mode}"))),
    }
}
