//! One link's fast path: keys by negotiation, packets once their arrival is proven, back to QUIC the moment it is not.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwap, ArcSwapOption, Guard};
use bytes::Bytes;
use tokio::sync::{Notify, mpsc};

use super::direct_paths::Ends;
use super::header::FULL_SIZE;
use super::offer::Cipher;
use super::report::{Counts, Report, Reports, SharedCounts};
use super::session::Sealer;
use super::socket::SendFault;

/// Control messages that may wait for the negotiation.
const INBOX: usize = 16;

/// QUIC datagrams in batches of ours before the fast path ends: a few may come while iroh binds its socket anew.
const STRANGE: u64 = 16;

/// Declares every reason once: its variant and its name in statistics.
macro_rules! why_not {
    ($($(#[$doc:meta])+ $variant:ident = $name:literal,)+) => {
        /// Why a link's packets go by QUIC.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub enum WhyNot {
            $($(#[$doc])+ $variant,)+
        }

        impl WhyNot {
            const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The reason's name in statistics, in kebab case.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

why_not! {
    /// It is being proven.
    Proving = "proving",
    /// The setting, or standby.
    Off = "off",
    /// This machine has no sockets for it.
    NoPort = "no-port",
    /// They have not offered it: an older version, or a machine that cannot.
    Unsupported = "unsupported",
    /// They switched it off, or cannot use it.
    OffThere = "off-there",
    /// It needs a direct path, and there is none.
    Relayed = "relayed",
    /// What we send does not arrive: a firewall lets QUIC through and nothing else, or large datagrams vanish.
    Unanswered = "unanswered",
    /// The path's MTU is too small.
    TooSmall = "too-small",
    /// This machine refuses to send there: no route, or its firewall.
    Refused = "refused",
    /// A kernel merges QUIC's datagrams with ours.
    Merged = "merged",
}

impl WhyNot {
    fn from_number(number: u8) -> Self {
        Self::ALL
            .get(usize::from(number))
            .copied()
            .unwrap_or(Self::Proving)
    }
}

/// How to send to the peer, once that is proven to work.
pub struct Sending {
    /// The keys.
    pub sealer: Arc<Sealer>,
    /// The path.
    pub path: Ends,
    /// How datagrams are sealed.
    pub cipher: Cipher,
}

impl Sending {
    /// Whether a datagram with that much content proves that the path takes the largest.
    pub const fn is_full(content: usize) -> bool {
        content >= FULL_SIZE
    }
}

/// What the threads that move packets share with the task that negotiates (`super::negotiation`).
pub struct FastPath {
    sending: ArcSwapOption<Sending>,
    open_paths: ArcSwap<Vec<SocketAddr>>,
    sent: SharedCounts,
    received: SharedCounts,
    reports: Reports,
    strange: AtomicU64,
    why_not: AtomicU8,
    fault: Mutex<Option<SendFault>>,
    /// The task looks by itself; nobody needs to wake it.
    awake: AtomicBool,
    wake: Notify,
    inbox: mpsc::Sender<Bytes>,
}

impl FastPath {
    /// Not usable yet, and where its control messages will arrive.
    pub fn new() -> (Self, mpsc::Receiver<Bytes>) {
        let (inbox, messages) = mpsc::channel(INBOX);
        let path = Self {
            sending: ArcSwapOption::empty(),
            open_paths: ArcSwap::default(),
            sent: SharedCounts::default(),
            received: SharedCounts::default(),
            reports: Reports::default(),
            strange: AtomicU64::new(0),
            why_not: AtomicU8::new(WhyNot::Proving as u8),
            fault: Mutex::new(None),
            awake: AtomicBool::new(false),
            wake: Notify::new(),
            inbox,
        };
        (path, messages)
    }

    /// How to send by it, while it is proven.
    pub fn sending(&self) -> Guard<Option<Arc<Sending>>> {
        self.sending.load()
    }

    /// Why packets go by QUIC; `None` while they do not.
    pub fn why_not(&self) -> Option<WhyNot> {
        match self.sending.load().is_some() {
            true => None,
            false => Some(WhyNot::from_number(self.why_not.load(Relaxed))),
        }
    }

    /// Whether datagrams of this link may come from `address`: one end of an open path of its connection.
    pub fn accepts(&self, address: &SocketAddr) -> bool {
        self.open_paths.load().contains(address)
    }

    /// Hands on a control message; dropped where the negotiation is too far behind.
    pub fn receive_message(&self, message: Bytes) {
        let _ = self.inbox.try_send(message);
    }

    /// Takes the content of a report of the other end.
    pub fn receive_report(&self, content: &[u8]) {
        if let Some(report) = Report::parse(content) {
            self.reports.receive(&report);
            self.wake.notify_one();
        }
    }

    /// Counts datagrams sent, all and of full size.
    pub fn count_sent(&self, total: u64, full: u64) {
        self.sent.add(total, full);
        self.poke();
    }

    /// Counts datagrams that opened, all and of full size, and those of QUIC that came merged with them.
    pub fn count_received(&self, total: u64, full: u64, strange: u64) {
        self.received.add(total, full);
        self.strange.fetch_add(strange, Relaxed);
        self.poke();
    }

    /// Stops sending by it at once, because the system refused a datagram of `sending`.
    pub fn fail(&self, sending: &Arc<Sending>, fault: SendFault) {
        if self
            .sending
            .load()
            .as_ref()
            .is_some_and(|present| Arc::ptr_eq(present, sending))
        {
            self.sending.store(None);
            self.note_fault(fault);
        }
    }

    /// Notes why a datagram could not be sent.
    pub fn note_fault(&self, fault: SendFault) {
        if fault == SendFault::Busy {
            return;
        }
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
        self.wake.notify_one();
    }

    /// Has the negotiation look, unless it does so by itself.
    pub fn poke(&self) {
        if !self.awake.load(Relaxed) && !self.awake.swap(true, Relaxed) {
            self.wake.notify_one();
        }
    }
}

/// What the negotiation alone does with it.
impl FastPath {
    pub(super) fn set_sending(&self, sending: Option<Arc<Sending>>) {
        self.sending.store(sending);
    }

    pub(super) fn set_why_not(&self, why_not: WhyNot) {
        self.why_not.store(why_not as u8, Relaxed);
    }

    pub(super) fn set_open_paths(&self, addresses: Vec<SocketAddr>) {
        self.open_paths.store(Arc::new(addresses));
    }

    pub(super) fn sent(&self) -> Counts {
        self.sent.get()
    }

    pub(super) fn reported(&self) -> Counts {
        self.reports.counts()
    }

    /// What arrived here, and what the other end said of its own.
    pub(super) const fn arrivals(&self) -> (&SharedCounts, &Reports) {
        (&self.received, &self.reports)
    }

    pub(super) fn take_fault(&self) -> Option<SendFault> {
        self.fault
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Whether the kernel merges QUIC's datagrams into ours; asked once for each path.
    pub(super) fn is_merged(&self) -> bool {
        self.strange.load(Relaxed) > STRANGE
    }

    pub(super) fn forget_merged(&self) {
        self.strange.store(0, Relaxed);
    }

    /// The task sleeps until something happens.
    pub(super) fn fall_asleep(&self) {
        self.awake.store(false, Relaxed);
    }

    pub(super) async fn woken(&self) {
        self.wake.notified().await;
    }
}
