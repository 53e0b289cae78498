//! Our end of the fast path: the sockets beside iroh's, and the sessions that datagrams may belong to.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::{ArcSwap, Guard};
use tokio::sync::watch;

use super::outbox::Message;
use super::session::Opener;
use super::sessions::Sessions;
use super::socket::{SendFault, Socket};
use crate::answering::Answering;
use crate::link::Link;
use crate::wake::Wake;

/// What opens the datagrams of one generation of one link.
pub struct Entry {
    /// The key, and what it has opened already.
    pub opener: Arc<Opener>,
    /// Whose datagrams they are.
    pub link: Arc<Link>,
}

/// The sockets and sessions, shared by all links.
pub struct FastPort {
    /// One for each family there is; none once closed.
    sockets: ArcSwap<Vec<Socket>>,
    sessions: Arc<Sessions<Entry>>,
    answering: Arc<Answering>,
    /// Whether the devices can take merged datagrams apart; one that cannot ends it for all.
    segmentation: AtomicBool,
    wanted: watch::Sender<bool>,
    hardware_aes: bool,
    rekey_after: u64,
    /// Ends the receiving thread.
    pub stop: Wake,
}

impl FastPort {
    /// Binds `port` in both families, before iroh does. A family the host lacks is left out. `rekey_after`: datagrams after which
    /// links take new keys, where that is sooner than they have to. `answering`: told which addresses datagrams reach.
    ///
    /// # Errors
    /// The system's, where neither family could be bound with all that steering needs.
    pub fn bind(
        port: u16,
        hardware_aes: bool,
        rekey_after: u64,
        answering: Arc<Answering>,
    ) -> io::Result<Self> {
        let v4 = Socket::bind(false, port);
        let v6 = Socket::bind(true, port);
        let sockets = match (v4, v6) {
            (Ok(v4), Ok(v6)) => vec![v4, v6],
            (Ok(one), Err(_)) | (Err(_), Ok(one)) => vec![one],
            (Err(error), Err(_)) => return Err(error),
        };
        Ok(Self {
            sockets: ArcSwap::from_pointee(sockets),
            sessions: Arc::default(),
            answering,
            segmentation: AtomicBool::new(true),
            wanted: watch::Sender::new(false),
            hardware_aes,
            rekey_after,
            stop: Wake::new()?,
        })
    }

    /// Whether links may use the fast path now; links follow changes at once.
    pub fn watch_wanted(&self) -> watch::Receiver<bool> {
        self.wanted.subscribe()
    }

    /// Lets links use the fast path, or has all of them leave it and forget their keys.
    pub fn set_wanted(&self, wanted: bool) {
        self.wanted.send_if_modified(|present| {
            let changed = *present != wanted;
            *present = wanted;
            changed
        });
    }

    /// The addresses that datagrams are known to reach.
    pub fn answering(&self) -> &Answering {
        &self.answering
    }

    /// Whether AES is fast here.
    pub fn hardware_aes(&self) -> bool {
        self.hardware_aes
    }

    /// Datagrams after which links take new keys, where that is sooner than they have to.
    pub const fn rekey_after(&self) -> u64 {
        self.rekey_after
    }

    /// One socket for each family there is; none once closed.
    pub fn sockets(&self) -> Guard<Arc<Vec<Socket>>> {
        self.sockets.load()
    }

    /// Gives the port up and ends the receiving thread: another port may follow while this one is still referred to.
    pub fn close(&self) {
        self.set_wanted(false);
        self.stop.raise();
        self.sockets.store(Arc::default());
    }

    /// The sessions of all links.
    pub const fn sessions(&self) -> &Arc<Sessions<Entry>> {
        &self.sessions
    }

    /// Sends `messages`, slices of `buffer`. Calls `failed` for each that was not sent, or for each of its datagrams by itself
    /// where the device cannot segment.
    pub fn send(
        &self,
        buffer: &[u8],
        messages: &[Message],
        mut failed: impl FnMut(&Message, SendFault),
    ) {
        let sockets = self.sockets();
        for run in messages.chunk_by(|a, b| a.path.remote.is_ipv4() == b.path.remote.is_ipv4()) {
            let Some(socket) = run
                .first()
                .and_then(|first| sockets.iter().find(|one| one.is_for(&first.path.remote)))
            else {
                run.iter()
                    .for_each(|message| failed(message, SendFault::Unreachable));
                continue;
            };
            if !self.segmentation.load(Ordering::Relaxed) {
                self.send_singly(socket, buffer, run, &mut failed);
                continue;
            }
            socket.send(buffer, run, |index, fault| {
                let Some(message) = run.get(index) else {
                    return;
                };
                if fault != SendFault::NoSegmentation || message.datagrams() == 1 {
                    return failed(message, single(fault));
                }
                let mut refused = false;
                let one = std::slice::from_ref(message);
                self.send_singly(socket, buffer, one, &mut |message, fault| {
                    refused = true;
                    failed(message, fault);
                });
                if !refused {
                    self.segmentation.store(false, Ordering::Relaxed);
                }
            });
        }
    }

    fn send_singly(
        &self,
        socket: &Socket,
        buffer: &[u8],
        messages: &[Message],
        failed: &mut impl FnMut(&Message, SendFault),
    ) {
        let singles: Vec<Message> = messages.iter().flat_map(Message::singles).collect();
        socket.send(buffer, &singles, |index, fault| {
            if let Some(message) = singles.get(index) {
                failed(message, single(fault));
            }
        });
    }
}

/// What an error means for a datagram alone, which has nothing to segment: its source address is gone.
const fn single(fault: SendFault) -> SendFault {
    match fault {
        SendFault::NoSegmentation => SendFault::Unreachable,
        other => other,
    }
}
