//! One link's fast path: keys by negotiation, packets once their arrival is proven, back to QUIC the moment it is not.

use std::net::SocketAddr;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64};
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
    /// The last fault of each path that was sent by: most of them may have been left meanwhile.
    faults: Mutex<Vec<(Ends, SendFault)>>,
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
            faults: Mutex::default(),
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

    /// Stops sending by it at once, because the system refused a datagram of `sending`. Nothing happens where another has taken its
    /// place: its path or its keys were left already.
    pub fn fail(&self, sending: &Arc<Sending>, fault: SendFault) {
        let present = self.sending.compare_and_swap(sending, None);
        if present
            .as_ref()
            .is_some_and(|present| Arc::ptr_eq(present, sending))
        {
            self.note_fault(sending.path, fault);
        }
    }

    /// Notes why a datagram could not be sent by `path`.
    pub fn note_fault(&self, path: Ends, fault: SendFault) {
        if fault == SendFault::Busy {
            return;
        }
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        faults.retain(|(of, _)| *of != path);
        faults.push((path, fault));
        self.wake.notify_one();
    }

    /// Has the negotiation look, unless it does so by itself.
    ///
    /// Called after every message in either direction, once the news is in the counts. Those and `awake` are sequentially
    /// consistent (as in [`SharedCounts`]), and [`fall_asleep`](Self::fall_asleep) comes before the task's last look at them:
    /// so either the news is seen by that look, or the sleep is seen here. While nobody sleeps this is one load.
    pub fn poke(&self) {
        if !self.awake.load(SeqCst) && !self.awake.swap(true, SeqCst) {
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

    /// Why a datagram could not be sent by `path`, since it was last asked. What was wrong with another path is forgotten.
    pub(super) fn take_fault(&self, path: Option<Ends>) -> Option<SendFault> {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let of_path = faults.drain(..).find(|(of, _)| Some(*of) == path);
        of_path.map(|(_, fault)| fault)
    }

    /// Whether the kernel merges QUIC's datagrams into ours; asked once for each path.
    pub(super) fn is_merged(&self) -> bool {
        self.strange.load(Relaxed) > STRANGE
    }

    pub(super) fn forget_merged(&self) {
        self.strange.store(0, Relaxed);
    }

    /// The task sleeps until something happens, if what it looks at from here on has no news.
    pub(super) fn fall_asleep(&self) {
        self.awake.store(false, SeqCst);
    }

    pub(super) async fn woken(&self) {
        self.wake.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::pin::pin;
    use std::sync::atomic::AtomicUsize;
    use std::task::{Context, Poll, Waker};

    use super::*;
    use crate::fast::session::tests::pair;

    fn ends(port: u16) -> Ends {
        Ends {
            remote: ([192, 0, 2, 1], port).into(),
            local: None,
        }
    }

    fn sending(port: u16) -> Arc<Sending> {
        let (sealer, _) = pair(Cipher::Aes128Gcm, 1);
        Arc::new(Sending {
            sealer: Arc::new(sealer),
            path: ends(port),
            cipher: Cipher::Aes128Gcm,
        })
    }

    /// How often of so many times `went_wrong` after `one` was done here and `other` in another thread at the same moment.
    fn race(
        times: usize,
        one: impl Fn(),
        other: impl Fn() + Sync,
        went_wrong: impl Fn() -> bool,
    ) -> usize {
        let arrived = AtomicUsize::new(0);
        // A barrier would have one of them sleep: they would never be in the same nanoseconds.
        let meet = |meeting: usize| {
            arrived.fetch_add(1, SeqCst);
            for turn in 1_u32.. {
                if arrived.load(SeqCst) >= 2 * meeting {
                    break;
                }
                if turn.is_multiple_of(1000) {
                    std::thread::yield_now();
                }
            }
        };
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for round in 0..times {
                    meet(2 * round + 1);
                    other();
                    meet(2 * round + 2);
                }
            });
            (0..times)
                .filter(|round| {
                    meet(2 * round + 1);
                    one();
                    meet(2 * round + 2);
                    went_wrong()
                })
                .count()
        })
    }

    fn is_woken(path: &FastPath) -> bool {
        let woken = pin!(path.woken());
        woken.poll(&mut Context::from_waker(Waker::noop())) == Poll::Ready(())
    }

    #[test]
    fn a_refusal_ends_the_very_sending_it_is_about() {
        let (path, _) = FastPath::new();
        let (old, new) = (sending(1), sending(2));
        path.set_sending(Some(old.clone()));
        let wiped = race(
            100_000,
            || path.fail(&old, SendFault::TooBig),
            || path.set_sending(Some(new.clone())),
            || {
                let wiped = path.sending().is_none();
                path.set_sending(Some(old.clone()));
                wiped
            },
        );
        assert_eq!(wiped, 0);
    }

    #[test]
    fn a_fault_is_not_held_against_another_path() {
        let (path, _) = FastPath::new();
        let old = sending(1);
        path.set_sending(Some(old.clone()));
        path.fail(&old, SendFault::Unreachable);
        assert!(path.sending().is_none() && is_woken(&path));
        assert_eq!(path.take_fault(Some(ends(2))), None);
        assert_eq!(path.take_fault(Some(ends(1))), None);
        path.note_fault(ends(2), SendFault::TooBig);
        path.note_fault(ends(1), SendFault::Unreachable);
        assert_eq!(path.take_fault(Some(ends(2))), Some(SendFault::TooBig));
        assert_eq!(path.take_fault(Some(ends(2))), None);
    }

    #[test]
    fn a_refusal_of_what_was_left_changes_nothing() {
        let (path, _) = FastPath::new();
        let (old, new) = (sending(1), sending(1));
        path.set_sending(Some(new));
        path.fail(&old, SendFault::Unreachable);
        assert!(path.sending().is_some() && !is_woken(&path));
        assert_eq!(path.take_fault(Some(ends(1))), None);
    }

    #[test]
    fn the_last_news_before_a_silence_is_not_missed() {
        let (path, _) = FastPath::new();
        let known = Cell::new(0);
        let seen = Cell::new(0);
        path.poke();
        let missed = race(
            100_000,
            || {
                path.fall_asleep();
                seen.set(path.sent().total);
            },
            || path.count_sent(1, 0),
            || {
                let missed = seen.get() == known.get() && !is_woken(&path);
                known.set(path.sent().total);
                path.poke();
                let _ = is_woken(&path);
                missed
            },
        );
        assert_eq!(missed, 0);
    }
}
