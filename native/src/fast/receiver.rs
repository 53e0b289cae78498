//! The receiving thread: what arrives beside iroh's socket is opened, checked and written to the device.

use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::sync::Arc;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::FastPort;
use super::header::{Header, Kind, is_quic};
use super::path::Sending;
use super::port::Entry;
use super::session::OpenError;
use super::sessions::Open;
use super::socket::{RECEIVE_ROOM, Received, Socket};
use crate::drops::DropReason;
use crate::forward::Inbound;
use crate::mesh::Mesh;
use crate::scheduling::wait_for_turns;

/// Receives from one socket before the other has its turn.
const TURN: usize = 16;

/// Messages taken at once: many where the kernel does not merge a sender's datagrams, so that what belongs to one flow is
/// still written to the device at once; few where it does, so that what was received is still in the cache when it is opened.
const SINGLE: usize = 32;
const MERGED: usize = 1;

/// Receives until `port.stop` is raised.
pub fn run(mesh: &Arc<Mesh>, port: &FastPort) {
    // Every message that arrives would wake it, in the middle of a batch that somebody else is at work on, for it to find little.
    wait_for_turns();
    let mut inbox = Inbox {
        room: vec![0; SINGLE * RECEIVE_ROOM].into_boxed_slice(),
        received: Vec::with_capacity(SINGLE),
        most: SINGLE,
    };
    while !port.stop.is_raised() {
        let mut received = false;
        for socket in port.sockets().iter() {
            received |= inbox.take_turn(mesh, port, socket);
        }
        if !received {
            wait(port);
        }
    }
}

fn wait(port: &FastPort) {
    let sockets = port.sockets();
    let mut waiting: Vec<PollFd<'_>> = sockets
        .iter()
        .map(AsFd::as_fd)
        .chain([port.stop.as_fd()])
        .map(|fd| PollFd::new(fd, PollFlags::POLLIN))
        .collect();
    match poll(&mut waiting, PollTimeout::NONE) {
        Ok(_) | Err(Errno::EINTR) => {}
        // Cannot be, for descriptors of ours; a busy loop would be worse than a slow one.
        Err(_) => std::thread::sleep(std::time::Duration::from_millis(10)),
    }
}

/// What was received last.
struct Inbox {
    room: Box<[u8]>,
    received: Vec<Received>,
    /// Messages to take next.
    most: usize,
}

impl Inbox {
    /// Whether anything was received.
    fn take_turn(&mut self, mesh: &Arc<Mesh>, port: &FastPort, socket: &Socket) -> bool {
        for turn in 0..TURN {
            match socket.receive(&mut self.room, self.most, &mut self.received) {
                Ok(()) if self.received.is_empty() => return turn > 0,
                Ok(()) => self.open(mesh, port),
                // It concerns one datagram of ours that came back as an ICMP error; the path's own proof deals with that.
                Err(_) => {}
            }
        }
        true
    }

    /// Opens the datagrams of all messages and hands on their packets.
    fn open(&mut self, mesh: &Arc<Mesh>, port: &FastPort) {
        let merged = self.received.iter().any(|one| one.length > one.segment);
        self.most = if merged { MERGED } else { SINGLE };
        let sessions = port.sessions().open();
        let tun = mesh.tun();
        let mut present: Option<Present<'_, '_>> = None;
        let places = self.room.chunks_exact_mut(RECEIVE_ROOM);
        for (received, place) in self.received.iter().zip(places) {
            let mut counts = Counts::default();
            let message = place.get_mut(..received.length).unwrap_or_default();
            for datagram in message.chunks_mut(received.segment) {
                let Some(header) = Header::parse(datagram) else {
                    let quic = datagram.first().is_some_and(|first| is_quic(*first));
                    counts.strange += u64::from(quic);
                    mesh.drops.count(match quic {
                        true => DropReason::FastMerged,
                        false => DropReason::FastMalformed,
                    });
                    continue;
                };
                if !present
                    .as_ref()
                    .is_some_and(|present| present.is_for(&header, received))
                {
                    if let Some(mut last) = present.take() {
                        counts.settle(last.entry);
                        last.inbound.finish();
                    }
                    match find(&sessions, header.index.number(), &received.from) {
                        Ok(entry) => {
                            present = Some(Present {
                                entry,
                                from: received.from,
                                inbound: Inbound::new(mesh, &entry.link, tun.as_deref()),
                            });
                        }
                        Err(reason) => {
                            mesh.drops.count(reason);
                            continue;
                        }
                    }
                }
                if let Some(present) = &mut present {
                    present.open(mesh, datagram, &mut counts);
                }
            }
            if let Some(present) = &present {
                counts.settle(present.entry);
            }
        }
        if let Some(mut last) = present {
            last.inbound.finish();
        }
    }
}

/// The session whose datagrams are being opened.
struct Present<'m, 'a> {
    entry: &'m Arc<Entry>,
    /// Where they come from.
    from: SocketAddr,
    inbound: Inbound<'m, 'a>,
}

impl<'a> Present<'_, 'a> {
    fn is_for(&self, header: &Header, received: &Received) -> bool {
        self.entry.opener.index() == header.index && self.from == received.from
    }

    fn open(&mut self, mesh: &Mesh, datagram: &'a mut [u8], counts: &mut Counts) {
        match self.entry.opener.open(datagram) {
            Ok((kind, content)) => {
                counts.total += 1;
                counts.full += u64::from(Sending::is_full(content.len()));
                match kind {
                    Kind::Packet => self.inbound.deliver(content, false),
                    Kind::Unsummed => self.inbound.deliver(content, true),
                    Kind::Probe => self.entry.link.receive_fast_probe(content),
                }
            }
            Err(error) => mesh.drops.count(match error {
                OpenError::Malformed => DropReason::FastMalformed,
                OpenError::Replayed => DropReason::FastReplayed,
                OpenError::Forged => DropReason::FastForged,
            }),
        }
    }
}

/// Datagrams of one session in one message.
#[derive(Default)]
struct Counts {
    total: u64,
    full: u64,
    /// QUIC's, merged into a batch of ours by the kernel.
    strange: u64,
}

impl Counts {
    fn settle(&mut self, entry: &Entry) {
        let Self {
            total,
            full,
            strange,
        } = std::mem::take(self);
        // Anybody can send a message in which nothing opens.
        let strange = if total > 0 { strange } else { 0 };
        entry.link.fast_path.count_received(total, full, strange);
    }
}

/// The session with that index, where `from` is an open path of its connection.
fn find<'s>(
    sessions: &'s Open<Entry>,
    index: u32,
    from: &SocketAddr,
) -> Result<&'s Arc<Entry>, DropReason> {
    let entry = sessions.get(&index).ok_or(DropReason::FastUnknownSession)?;
    match entry.link.fast_path.accepts(from) {
        true => Ok(entry),
        false => Err(DropReason::FastForeignAddress),
    }
}
