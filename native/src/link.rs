//! A link: one admitted connection to a peer, its control stream and its carrier.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use iroh::TransportAddr;
use iroh::endpoint::{
    Connection, ConnectionError, Path, PathList, RecvStream, SendDatagramError, SendStream, VarInt,
};
use n0_future::StreamExt;
use tokio::sync::mpsc;

use crate::control::{self, ControlError, MessageBudget};
use crate::event::NativeEvent;
use crate::fast::offer::Message as FastMessage;
use crate::fast::{FastPath, FastPort, negotiation};
use crate::mesh::{Mesh, NodeId, hex};
use crate::probe::{Call, Probes};
use crate::quic::QuicCarrier;
use crate::rate_limit::RateLimit;
use crate::verification::{Question, Verification};

/// Control messages that may wait to be sent on one link.
const CONTROL_QUEUE: usize = 64;

/// Answers to probes: one in this time on average, and a burst after a quiet time.
const ANSWER_INTERVAL: Duration = Duration::from_millis(10);
const ANSWER_BURST: u32 = 100;

/// How long packets are held back for QUIC to repeat what the other end may have missed: a few of its timeouts on a quick path.
const REST: Duration = Duration::from_millis(150);

/// Two connections that arise within this time of each other are both ends dialling at once.
const SIMULTANEOUS: Duration = Duration::from_secs(5);

/// Codes a connection is closed with. For the other end they are a hint, never authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseCode {
    /// The helper stops, or hears nothing any more.
    Bye,
    /// You are no peer of ours (or not any more).
    NotAccepted,
    /// Another connection between the two of us is used.
    Replaced,
    /// You broke the protocol.
    Protocol,
    /// Too many strangers at the moment.
    Busy,
}

impl CloseCode {
    /// The number on the wire (docs/protocol.md).
    pub fn number(self) -> u32 {
        match self {
            Self::Bye => 0,
            Self::NotAccepted => 0x10,
            Self::Replaced => 0x11,
            Self::Protocol => 0x12,
            Self::Busy => 0x13,
        }
    }

    /// The code the other end closed `error`'s connection with, where it did and we know it.
    pub fn of(error: &ConnectionError) -> Option<Self> {
        let ConnectionError::ApplicationClosed(close) = error else {
            return None;
        };
        [
            Self::Bye,
            Self::NotAccepted,
            Self::Replaced,
            Self::Protocol,
            Self::Busy,
        ]
        .into_iter()
        .find(|code| close.error_code == VarInt::from_u32(code.number()))
    }
}

/// What the opening of a connection brought.
pub struct Opening {
    /// The connection.
    pub connection: Connection,
    /// Whether they dialled.
    pub incoming: bool,
    /// The control stream, ready for messages.
    pub control: (SendStream, RecvStream),
    /// The random number of the peer's run.
    pub instance: u64,
    /// The peer's first message.
    pub hello: Bytes,
    /// Ours, as they heard it.
    pub told: Bytes,
}

/// One admitted connection.
pub struct Link {
    /// Unique within our run.
    pub number: u32,
    /// The peer's node ID.
    pub id: NodeId,
    /// Whether they dialled.
    pub incoming: bool,
    /// The connection.
    pub connection: Connection,
    /// How packets travel while the fast path is not proven.
    pub carrier: QuicCarrier,
    /// How they travel once it is.
    pub fast_path: FastPath,
    fast_port: Option<Arc<FastPort>>,
    /// Probes waiting for answers.
    pub probes: Probes,
    /// An answer by the fast path is larger than its question can be.
    answers: RateLimit,
    instance: u64,
    established: Instant,
    verification: Verification,
    /// The path that was last shown.
    path: Mutex<Option<SelectedPath>>,
    control: mpsc::Sender<Bytes>,
    closed_because: OnceLock<&'static str>,
}

impl Link {
    /// Makes a link of an opened connection and starts its control tasks. `mesh` is told of everything that happens.
    pub fn start(mesh: &Arc<Mesh>, id: NodeId, number: u32, opening: Opening) -> Arc<Self> {
        let Opening {
            connection,
            incoming,
            control: (send, recv),
            instance,
            hello,
            told: _,
        } = opening;
        let (control, messages) = mpsc::channel(CONTROL_QUEUE);
        let (fast_path, inbox) = FastPath::new();
        let link = Arc::new(Self {
            number,
            id,
            incoming,
            carrier: QuicCarrier::new(connection.clone()),
            fast_path,
            fast_port: mesh.fast.clone(),
            probes: Probes::default(),
            answers: RateLimit::new(ANSWER_INTERVAL, ANSWER_BURST),
            instance,
            established: Instant::now(),
            verification: Verification::default(),
            path: Mutex::default(),
            control,
            closed_because: OnceLock::new(),
            connection,
        });
        mesh.events.send(NativeEvent::Connected {
            id: hex(&id),
            connection: number,
            incoming,
            remote: link.path().map_or_else(String::new, |path| path.remote),
        });
        mesh.events.send(NativeEvent::Message {
            id: hex(&id),
            connection: number,
            data: hello.to_vec().into(),
        });
        tokio::spawn(write_control(link.clone(), send, messages));
        tokio::spawn(read_control(mesh.clone(), link.clone(), recv));
        tokio::spawn(watch_paths(mesh.clone(), link.clone()));
        tokio::spawn(negotiation::run(mesh.clone(), link.clone(), inbox));
        link
    }

    /// The path it uses, where it ever had one. iroh closes the only path and opens one of the same ends a moment later (1.4.1):
    /// a connection that shows none still uses the last one, or is about to end.
    pub fn path(&self) -> Option<SelectedPath> {
        let mut path = self.path.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shown) = selected_path(&self.connection) {
            *path = Some(shown);
        }
        path.clone()
    }

    /// Queues a control message; false when the queue is full or the link closed.
    pub fn send_message(&self, message: Bytes) -> bool {
        self.control.try_send(message).is_ok()
    }

    /// Sends a probe's datagram the way packets go.
    ///
    /// # Errors
    /// The connection's, where it goes by QUIC.
    pub fn send_probe(&self, datagram: Bytes) -> Result<(), SendDatagramError> {
        if let (Some(port), Some(sending)) = (&self.fast_port, &*self.fast_path.sending()) {
            let content = datagram.get(1..).unwrap_or_default();
            negotiation::send_probe(port, self, &sending.sealer, sending.path, content);
            return Ok(());
        }
        self.connection.send_datagram(datagram)
    }

    /// Whether QUIC takes a datagram there and back: one of so many, each sent that much after the last. The first answer will do,
    /// to whichever of them, and a slow path gets the time of two round trips.
    ///
    /// Where that is being found out already, it is begun anew (for a bounded time, unless it answers), and this is true: only one of those who
    /// ask hears that it is not so.
    pub async fn is_answering(&self, questions: u32, interval: Duration) -> bool {
        if self.verification.begin(questions) {
            return true;
        }
        let mut next = self.verification.question();
        while let Some(first) = next {
            // So many pings that this cannot be asked say nothing about the connection.
            let Some(call) = self.probes.start() else {
                self.verification.abandon();
                return true;
            };
            next = match self.ask(call, first, interval).await {
                Asked::Answered if self.verification.end(first.round) => return true,
                Asked::Answered => self.verification.question(),
                Asked::Unanswered(next) => next,
            };
        }
        false
    }

    /// Asks with this probe, from `first` to the last question of its round.
    async fn ask(&self, call: Call, first: Question, interval: Duration) -> Asked {
        let (probe, mut answer) = call;
        let rtt = self.path().map_or(Duration::ZERO, |path| path.rtt);
        let begun = Instant::now();
        let mut heard = None;
        let mut question = first;
        loop {
            let before = heard.replace(self.connection.stats().udp_rx.datagrams);
            // What QUIC has to repeat may be all that is missing.
            if heard == before && rtt * 3 < REST {
                self.carrier.rest(REST);
            }
            let _ = self.connection.send_datagram(probe.clone());
            let wait = match question.left {
                0 => interval.max((rtt * 2).saturating_sub(begun.elapsed())),
                _ => interval,
            };
            if tokio::time::timeout(wait, &mut answer).await.is_ok() {
                return Asked::Answered;
            }
            match self.verification.question() {
                Some(next) if next.round == first.round => question = next,
                next => return Asked::Unanswered(next),
            }
        }
    }

    /// Takes the content of a probe that came by QUIC and answers it, where it asks for that, by QUIC: it may be about that.
    pub fn receive_probe(&self, content: &[u8]) {
        if let Some(answer) = self.answer(content) {
            // A probe may get lost; whoever waits for the answer has a limit.
            let _ = self.connection.send_datagram(answer);
        }
    }

    /// Takes the content of a probe that came by the fast path and answers it, where it asks for that, the way packets go.
    pub fn receive_fast_probe(&self, content: &[u8]) {
        if let Some(answer) = self.answer(content) {
            let _ = self.send_probe(answer);
        }
    }

    fn answer(&self, content: &[u8]) -> Option<Bytes> {
        self.probes
            .receive(content)
            .filter(|_| self.answers.allow(Instant::now()))
    }

    /// Closes the connection with `code`; `reason` is what our own `closed` event will say.
    pub fn close(&self, code: CloseCode, reason: &'static str) {
        let _ = self.closed_because.set(reason);
        self.connection.close(VarInt::from_u32(code.number()), b"");
    }

    /// Whether the connection still lives, as far as we know.
    pub fn is_open(&self) -> bool {
        self.connection.close_reason().is_none()
    }

    /// Whether a newer connection to the same peer, of their run `instance` and dialled by them if `incoming`, should take
    /// this one's place.
    ///
    /// Nobody dials over a live connection, so a newer one means that the older is dead at the other end, whatever it looks
    /// like here. The exception is both ends dialling at once: there, both keep the one dialled by the smaller node ID.
    pub fn yields_to(&self, instance: u64, incoming: bool, own_id: &NodeId) -> bool {
        let crossed = self.is_open()
            && self.instance == instance
            && self.incoming != incoming
            && self.established.elapsed() < SIMULTANEOUS;
        let dialled_by_smaller = incoming == (self.id < *own_id);
        !crossed || dialled_by_smaller
    }

    /// Why this link closed: a kebab-case reason and the detail.
    pub fn close_reason(&self, error: &ConnectionError) -> (&'static str, String) {
        let detail = error.to_string();
        if let Some(reason) = self.closed_because.get() {
            return (reason, detail);
        }
        let reason = match error {
            ConnectionError::ApplicationClosed(_) => match CloseCode::of(error) {
                Some(CloseCode::Bye) => "bye",
                Some(CloseCode::NotAccepted) => "not-accepted",
                Some(CloseCode::Replaced) => "replaced",
                Some(CloseCode::Protocol) => "protocol-broken",
                Some(CloseCode::Busy) => "busy",
                None => "remote-closed",
            },
            ConnectionError::TimedOut => "timed-out",
            ConnectionError::Reset => "reset",
            ConnectionError::LocallyClosed => "local",
            _ => "error",
        };
        (reason, detail)
    }
}

/// How the questions of one round ended.
enum Asked {
    /// One of them was answered.
    Answered,
    /// None was. What comes next: the first question of another round, where it was begun anew.
    Unanswered(Option<Question>),
}

/// The path a connection uses.
#[derive(Clone)]
pub struct SelectedPath {
    /// Whether it goes through a relay.
    pub relayed: bool,
    /// Outer address (`ip:port`) or relay URL.
    pub remote: String,
    /// Round-trip time.
    pub rtt: Duration,
}

/// Which of a connection's open paths it uses: the one that iroh names. Where its choice has just closed it may name none, until
/// something else happens to the paths (1.4.1): then the first direct one, else any.
pub fn selected<'p>(paths: &'p PathList<'_>) -> Option<Path<'p>> {
    paths
        .iter()
        .find(Path::is_selected)
        .or_else(|| paths.iter().find(Path::is_ip))
        .or_else(|| paths.iter().next())
}

/// The path `connection` shows at present, where it has one.
pub fn selected_path(connection: &Connection) -> Option<SelectedPath> {
    let paths = connection.paths();
    let path = selected(&paths)?;
    Some(SelectedPath {
        relayed: path.is_relay(),
        remote: match path.remote_addr() {
            TransportAddr::Ip(address) => address.to_string(),
            TransportAddr::Relay(url) => url.to_string(),
            other => format!("{other:?}"),
        },
        rtt: path.rtt(),
    })
}

async fn write_control(link: Arc<Link>, mut send: SendStream, mut messages: mpsc::Receiver<Bytes>) {
    let closed = link.connection.closed();
    tokio::pin!(closed);
    loop {
        tokio::select! {
            _ = &mut closed => return,
            message = messages.recv() => {
                let Some(message) = message else { return };
                if control::write_message(&mut send, &message).await.is_err() {
                    return;
                }
            }
        }
    }
}

async fn read_control(mesh: Arc<Mesh>, link: Arc<Link>, mut recv: RecvStream) {
    let mut budget = MessageBudget::new(Instant::now());
    loop {
        match control::read_message(&mut recv).await {
            Ok(message) if budget.take(Instant::now()) => {
                if FastMessage::is_one(&message) {
                    link.fast_path.receive_message(message);
                } else {
                    mesh.events.send(NativeEvent::Message {
                        id: hex(&link.id),
                        connection: link.number,
                        data: message.to_vec().into(),
                    });
                }
            }
            Ok(_) | Err(ControlError::Protocol(_)) => {
                return link.close(CloseCode::Protocol, "error");
            }
            // The stream ends with its connection; ended alone, the peer broke the protocol.
            Err(ControlError::Gone(_)) if link.is_open() => {
                return link.close(CloseCode::Protocol, "error");
            }
            Err(ControlError::Gone(_)) => return,
        }
    }
}

async fn watch_paths(mesh: Arc<Mesh>, link: Arc<Link>) {
    let mut snapshots = link.connection.paths_stream();
    while snapshots.next().await.is_some() {
        mesh.events.send(NativeEvent::Path {
            id: hex(&link.id),
            connection: link.number,
        });
        // Paths come in bursts while a connection finds its best one.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
