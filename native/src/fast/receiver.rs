//! The receiving thread: what arrives beside iroh's socket is opened, checked and written to the device.

use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

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
use crate::wake::Wake;

/// Receives from one socket before the other has its turn.
const TURN: usize = 16;

/// Messages taken at once: many where the kernel does not merge a sender's datagrams, so that what belongs to one flow is
/// still written to the device at once; few where it does, so that what was received is still in the cache when it is opened.
const SINGLE: usize = 32;
const MERGED: usize = 1;

/// The rest after errors: a busy loop would be worse than a slow one.
const REST: Duration = Duration::from_millis(10);

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
        let sockets = port.sockets();
        let mut turn = Turn::Nothing;
        for (socket, ready) in sockets.iter().zip(readable(&sockets, &port.stop)) {
            if ready {
                turn = turn.max(inbox.take_turn(mesh, port, socket));
            }
        }
        if turn == Turn::Errors {
            sleep(REST);
        }
    }
}

/// Waits until there is something to receive, or `stop` is raised. Which of the sockets have it.
fn readable(sockets: &[Socket], stop: &Wake) -> Vec<bool> {
    let mut waiting: Vec<PollFd<'_>> = sockets
        .iter()
        .map(AsFd::as_fd)
        .chain([stop.as_fd()])
        .map(|fd| PollFd::new(fd, PollFlags::POLLIN))
        .collect();
    match poll(&mut waiting, PollTimeout::NONE) {
        Ok(_) | Err(Errno::EINTR) => {}
        // Cannot be, for descriptors of ours.
        Err(_) => sleep(REST),
    }
    // An error that waits is told by receiving, too.
    waiting
        .iter()
        .map(|one| one.any().unwrap_or(false))
        .collect()
}

/// What a socket's turn brought; the greatest of all sockets says how to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    /// Nothing is left.
    Nothing,
    /// One after the other, and not a datagram. There may be no end to them, and while there are some nobody can wait for more.
    Errors,
    /// And there may be more.
    Datagrams,
}

impl Turn {
    /// Lets `receive` go on until it returns that there was nothing, but not for long.
    fn take(mut receive: impl FnMut() -> io::Result<bool>) -> Self {
        let mut turn = Self::Nothing;
        for _ in 0..TURN {
            match receive() {
                Ok(true) => turn = Self::Datagrams,
                Ok(false) if turn == Self::Errors => return Self::Nothing,
                Ok(false) => return turn,
                // Most concern one datagram of ours that came back as an ICMP error; the path's own proof deals with that.
                Err(_) => turn = turn.max(Self::Errors),
            }
        }
        turn
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
    fn take_turn(&mut self, mesh: &Arc<Mesh>, port: &FastPort, socket: &Socket) -> Turn {
        Turn::take(|| {
            socket.receive(&mut self.room, self.most, &mut self.received)?;
            if self.received.is_empty() {
                return Ok(false);
            }
            self.open(mesh, port);
            Ok(true)
        })
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
            for datagram in received.datagrams(place) {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What a turn comes to that begins with `given` and goes on like its last, and how often it received.
    fn turn(given: &[Result<bool, Errno>]) -> (Turn, usize) {
        let mut calls = 0;
        let turn = Turn::take(|| {
            let one = given[calls.min(given.len() - 1)];
            calls += 1;
            one.map_err(io::Error::from)
        });
        (turn, calls)
    }

    #[test]
    fn a_socket_that_only_gives_errors_does_not_keep_the_thread_busy() {
        assert_eq!(turn(&[Err(Errno::ENOMEM)]), (Turn::Errors, TURN));
        assert_eq!(
            [Turn::Nothing, Turn::Errors].into_iter().max(),
            Some(Turn::Errors)
        );
    }

    #[test]
    fn an_error_ends_no_turn() {
        let refused = Err(Errno::ECONNREFUSED);
        assert_eq!(turn(&[refused, Ok(false)]), (Turn::Nothing, 2));
        assert_eq!(
            turn(&[refused, Ok(true), refused, Ok(false)]),
            (Turn::Datagrams, 4)
        );
        assert_eq!(turn(&[Ok(true), refused]), (Turn::Datagrams, TURN));
    }

    #[test]
    fn a_turn_ends_where_nothing_is_left_and_where_there_is_no_end() {
        assert_eq!(turn(&[Ok(false)]), (Turn::Nothing, 1));
        assert_eq!(turn(&[Ok(true), Ok(false)]), (Turn::Datagrams, 2));
        assert_eq!(turn(&[Ok(true)]), (Turn::Datagrams, TURN));
    }
}
