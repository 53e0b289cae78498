//! Dialling a peer: connect, open the control stream, wait for theirs. One attempt at a time for each peer.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use iroh::endpoint::{ConnectError, ConnectOptions, ConnectingError, Connection, ConnectionError};
use iroh::{EndpointAddr, PublicKey, TransportAddr};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until};

use crate::ALPN;
use crate::control::{self, ControlError};
use crate::link::{CloseCode, Opening};
use crate::mesh::{Mesh, NodeId};

/// After our dial lost against theirs, how long theirs may take to be installed.
const CROSSING: Duration = Duration::from_secs(2);

/// How long after its stream a connection may take to close.
const CLOSING: Duration = Duration::from_millis(500);

/// What is learned while an attempt is under way starts it over: the first time at once, the next this much later, each after that
/// twice as much, so many in all. Anybody on the LAN can make us learn more, and an attempt needs its time; iroh goes on trying what
/// it was told in the attempts before (1.4.1).
const RESTART: Duration = Duration::from_secs(1);
const MAX_RESTARTS: u32 = 4;

/// Addresses tried at once. Beyond them a new one takes the place of any: the true one is told again, if a crowd of false ones came first.
const MAX_ADDRESSES: usize = 32;

/// How a dial ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The peer has a link.
    Connected,
    /// They have not added us; they now hold our request (or have refused it: they do not tell).
    NotAccepted,
    /// Nobody answered at any address, or no address is known.
    Unreachable(String),
    /// No answer in time.
    TimedOut,
    /// The peer was removed meanwhile.
    Cancelled,
}

/// Dials that are under way.
#[derive(Default)]
pub struct Dials {
    running: Mutex<HashMap<NodeId, Dial>>,
}

/// One dial: where it tries, and how it ended once it has.
#[derive(Clone)]
struct Dial {
    address: Arc<Mutex<EndpointAddr>>,
    /// Notified when `address` changes.
    learned: Arc<Notify>,
    outcome: watch::Receiver<Option<Outcome>>,
}

impl Dials {
    /// Connects to a peer unless it has a link. Joins the attempt that is under way, if any; where `address` has what that one
    /// does not know, it starts over with both.
    pub async fn dial(
        self: &Arc<Self>,
        mesh: &Arc<Mesh>,
        id: NodeId,
        address: EndpointAddr,
        limit: Duration,
    ) -> Outcome {
        if mesh.link(&id).is_some() {
            return Outcome::Connected;
        }
        let mut outcome = self.join_or_start(mesh, id, address, limit).outcome;
        match outcome.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().unwrap_or(Outcome::Cancelled),
            Err(_) => Outcome::Cancelled,
        }
    }

    fn join_or_start(
        self: &Arc<Self>,
        mesh: &Arc<Mesh>,
        id: NodeId,
        address: EndpointAddr,
        limit: Duration,
    ) -> Dial {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(dial) = running.get(&id) {
            dial.learn(address);
            return dial.clone();
        }
        let (finished, outcome) = watch::channel(None);
        let dial = Dial {
            address: Arc::new(Mutex::new(address)),
            learned: Arc::default(),
            outcome,
        };
        running.insert(id, dial.clone());
        let (dials, mesh, trying) = (self.clone(), mesh.clone(), dial.clone());
        tokio::spawn(async move {
            let attempts = trying.attempts(
                || mesh.link(&id).is_some(),
                |address| attempt(&mesh, id, address),
            );
            let outcome = match tokio::time::timeout(limit, attempts).await {
                Ok(outcome) => outcome,
                Err(_) => Outcome::TimedOut,
            };
            // Their connection may have been installed while ours failed.
            let outcome = if mesh.link(&id).is_some() {
                Outcome::Connected
            } else {
                outcome
            };
            if outcome != Outcome::Connected {
                mesh.note_dial_failure(&id);
            }
            dials
                .running
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(&id);
            let _ = finished.send(Some(outcome));
        });
        dial
    }
}

impl Dial {
    async fn attempts<Attempt: Future<Output = Outcome>>(
        &self,
        is_linked: impl Fn() -> bool,
        attempt: impl Fn(EndpointAddr) -> Attempt,
    ) -> Outcome {
        let mut restart_at = Instant::now();
        let mut pause = RESTART;
        for _ in 0..MAX_RESTARTS {
            let address = self.address().clone();
            let learned_more = self.learn_beyond(&address, restart_at);
            tokio::select! {
                outcome = attempt(address.clone()) => {
                    let nobody = matches!(outcome, Outcome::Unreachable(_) | Outcome::TimedOut);
                    if !nobody || *self.address() == address {
                        return outcome;
                    }
                    sleep_until(restart_at).await;
                }
                () = learned_more => {}
            }
            // They may have dialled meanwhile, and nobody dials over a live link.
            if is_linked() {
                return Outcome::Connected;
            }
            restart_at = Instant::now() + pause;
            pause *= 2;
        }
        let address = self.address().clone();
        attempt(address).await
    }

    /// Waits until there is more than `known`, at least until `not_before`.
    async fn learn_beyond(&self, known: &EndpointAddr, not_before: Instant) {
        sleep_until(not_before).await;
        while *self.address() == *known {
            self.learned.notified().await;
        }
    }

    fn learn(&self, address: EndpointAddr) {
        let mut known = self.address();
        for fresh in address.addrs {
            if known.addrs.contains(&fresh) {
                continue;
            }
            if known.addrs.len() >= MAX_ADDRESSES {
                forget_any(&mut known.addrs);
            }
            known.addrs.insert(fresh);
            self.learned.notify_one();
        }
    }

    fn address(&self) -> MutexGuard<'_, EndpointAddr> {
        self.address.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets one address that is no relay's; which, nobody can arrange who does not know the keys of this hash, and they are new each time.
fn forget_any(addresses: &mut BTreeSet<TransportAddr>) {
    let random = RandomState::new();
    let any = addresses
        .iter()
        .filter(|address| address.is_ip())
        .min_by_key(|address| random.hash_one(address))
        .cloned();
    if let Some(any) = any {
        addresses.remove(&any);
    }
}

async fn attempt(mesh: &Arc<Mesh>, id: NodeId, address: EndpointAddr) -> Outcome {
    let connection = match connect(mesh, address).await {
        Ok(connection) => connection,
        Err(outcome) => return outcome,
    };
    match open(mesh, &connection).await {
        Ok(opening) => match mesh.install(id, opening) {
            Some(_) => Outcome::Connected,
            None if mesh.table().by_id(&id).is_none() => Outcome::Cancelled,
            None => wait_for_theirs(mesh, id).await,
        },
        Err(error) => match close_reason(&connection).await {
            Some(reason) => match CloseCode::of(&reason) {
                Some(CloseCode::NotAccepted) => Outcome::NotAccepted,
                Some(CloseCode::Replaced) => wait_for_theirs(mesh, id).await,
                _ => Outcome::Unreachable(describe(&reason)),
            },
            None => {
                connection.close(CloseCode::Protocol.number().into(), b"");
                Outcome::Unreachable(error.to_string())
            }
        },
    }
}

/// Why the other end closed the connection; a stream may end a moment before we hear.
async fn close_reason(connection: &Connection) -> Option<ConnectionError> {
    tokio::time::timeout(CLOSING, connection.closed())
        .await
        .ok()
}

async fn connect(mesh: &Mesh, address: EndpointAddr) -> Result<Connection, Outcome> {
    let connecting = mesh
        .endpoint
        .connect_with_opts(address, ALPN, ConnectOptions::new())
        .await
        .map_err(|error| Outcome::Unreachable(error.to_string()))?;
    connecting.await.map_err(|error| match &error {
        ConnectingError::ConnectionError {
            source: ConnectionError::TimedOut,
            ..
        } => Outcome::TimedOut,
        ConnectingError::ConnectionError { source, .. } => Outcome::Unreachable(describe(source)),
        _ => Outcome::Unreachable(ConnectError::from(error).to_string()),
    })
}

async fn open(mesh: &Mesh, connection: &Connection) -> Result<Opening, ControlError> {
    let (mut send, mut recv) = connection
        .open_bi()
        .await
        .map_err(|error| ControlError::Gone(error.to_string()))?;
    let told = mesh.hello();
    control::write_opening(&mut send, mesh.instance, &told).await?;
    let (instance, hello) = control::read_opening(&mut recv).await?;
    Ok(Opening {
        connection: connection.clone(),
        incoming: false,
        control: (send, recv),
        instance,
        hello,
        told,
    })
}

async fn wait_for_theirs(mesh: &Mesh, id: NodeId) -> Outcome {
    let deadline = Instant::now() + CROSSING;
    while Instant::now() < deadline {
        if mesh.link(&id).is_some() {
            return Outcome::Connected;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Outcome::Unreachable("they use another connection that does not reach us".to_owned())
}

fn describe(error: &ConnectionError) -> String {
    match CloseCode::of(error) {
        Some(CloseCode::Busy) => "they are busy with other requests".to_owned(),
        Some(CloseCode::Protocol) => "they did not understand this version of Rayfish".to_owned(),
        Some(CloseCode::Bye) => "they are shutting down".to_owned(),
        _ => error.to_string(),
    }
}

/// The address to dial a peer at, from its ID, `ip:port` texts and a relay URL; parts that do not parse are left out.
pub fn address(id: PublicKey, addresses: &[String], relay: Option<&str>) -> EndpointAddr {
    let mut address = EndpointAddr::new(id);
    for text in addresses {
        if let Ok(direct) = text.parse() {
            address = address.with_ip_addr(direct);
        }
    }
    if let Some(url) = relay.and_then(|url| url.parse().ok()) {
        address = address.with_relay_url(url);
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(port: u16) -> EndpointAddr {
        let id = PublicKey::from_bytes(&[0; 32]).unwrap();
        address(id, &[format!("192.0.2.7:{port}")], None)
    }

    fn dial() -> Dial {
        Dial {
            address: Arc::new(Mutex::new(at(1))),
            learned: Arc::default(),
            outcome: watch::channel(None).1,
        }
    }

    /// Dials for so long what never answers, and learns another address every 10 ms. When the attempts began, in whole seconds.
    async fn attempts_of(dial: &Dial, limit: Duration, is_linked: impl Fn() -> bool) -> Vec<u64> {
        let begun = Instant::now();
        let times = Mutex::new(Vec::new());
        let attempts = dial.attempts(is_linked, |_| {
            times.lock().unwrap().push(begun.elapsed().as_secs());
            std::future::pending()
        });
        let flood = async {
            for port in 2..u16::MAX {
                dial.learn(at(port));
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::select! {
            _ = tokio::time::timeout(limit, attempts) => {}
            () = flood => {}
        }
        times.into_inner().unwrap()
    }

    #[tokio::test]
    async fn however_much_is_learned_an_attempt_gets_its_time() {
        let dial = dial();
        let begun = attempts_of(&dial, Duration::from_secs(9), || false).await;
        assert_eq!(begun, [0, 0, 1, 3, 7]);
    }

    #[tokio::test]
    async fn what_is_learned_starts_nothing_over_a_link() {
        let dial = dial();
        assert_eq!(
            attempts_of(&dial, Duration::from_secs(2), || true).await,
            [0]
        );
    }

    #[test]
    fn what_is_learned_adds_up_to_so_many_addresses() {
        let id = PublicKey::from_bytes(&[0; 32]).unwrap();
        let dial = dial();
        let relay = address(id, &[], Some("https://relay.example"));
        dial.learn(relay.clone());
        for port in 1..1000 {
            dial.learn(at(port));
        }
        let known = dial.address().clone();
        assert_eq!(known.addrs.len(), MAX_ADDRESSES);
        assert!(known.addrs.is_superset(&relay.addrs), "a relay stays");
        assert!(known.addrs.is_superset(&at(999).addrs), "the last is in");
    }
}
