//! The receiving thread: what arrives beside iroh's socket is opened, checked and written to the device.

use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::sync::Arc;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::FastPort;
use super::header::{Header, Kind, is_quic};
use super::port::{Entry, Sessions};
use super::session::OpenError;
use super::socket::{RECEIVE_ROOM, Received, Socket};
use crate::drops::DropReason;
use crate::forward::Inbound;
use crate::mesh::Mesh;

/// Receives from one socket before the other has its turn.
const TURN: usize = 16;

/// Receives until `port.stop` is raised.
pub fn run(mesh: &Arc<Mesh>, port: &FastPort) {
    let mut room = vec![0; RECEIVE_ROOM].into_boxed_slice();
    while !port.stop.is_raised() {
        let mut received = false;
        for socket in port.sockets().iter() {
            received |= take_turn(mesh, port, socket, &mut room);
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

/// Whether anything was received.
fn take_turn(mesh: &Arc<Mesh>, port: &FastPort, socket: &Socket, room: &mut [u8]) -> bool {
    for turn in 0..TURN {
        match socket.receive(room) {
            Ok(Some(received)) => {
                let batch = room.get_mut(..received.length).unwrap_or_default();
                open_batch(mesh, port, received, batch);
            }
            Ok(None) => return turn > 0,
            // It concerns one datagram of ours that came back as an ICMP error; the path's own proof deals with that.
            Err(_) => {}
        }
    }
    true
}

/// Opens the datagrams of one batch, all of one sender, and hands on their packets.
fn open_batch(mesh: &Arc<Mesh>, port: &FastPort, received: Received, batch: &mut [u8]) {
    let sessions = port.sessions();
    let tun = mesh.tun();
    let mut present: Option<(&Arc<Entry>, Inbound<'_, '_>)> = None;
    let mut counts = Counts::default();
    for datagram in batch.chunks_mut(received.segment) {
        let header = match Header::parse(datagram) {
            Some(header) => header,
            None => {
                let quic = datagram.first().is_some_and(|first| is_quic(*first));
                counts.strange += u64::from(quic);
                mesh.drops.count(match quic {
                    true => DropReason::FastMerged,
                    false => DropReason::FastMalformed,
                });
                continue;
            }
        };
        if !present
            .as_ref()
            .is_some_and(|(entry, _)| entry.opener.index() == header.index)
        {
            if let Some((entry, mut inbound)) = present.take() {
                inbound.finish();
                counts.settle(entry);
            }
            match find(&sessions, header.index.number(), &received.from) {
                Ok(entry) => {
                    let inbound = Inbound::new(mesh, &entry.link, tun.as_deref());
                    present = Some((entry, inbound));
                }
                Err(reason) => {
                    mesh.drops.count(reason);
                    continue;
                }
            }
        }
        let Some((entry, inbound)) = &mut present else {
            continue;
        };
        match entry.opener.open(datagram) {
            Ok((kind, content)) => {
                counts.total += 1;
                counts.full += u64::from(super::path::Sending::is_full(content.len()));
                match kind {
                    Kind::Packet => inbound.deliver(content, false),
                    Kind::Unsummed => inbound.deliver(content, true),
                    Kind::Probe => entry.link.receive_probe(content),
                }
            }
            Err(error) => mesh.drops.count(match error {
                OpenError::Malformed => DropReason::FastMalformed,
                OpenError::Replayed => DropReason::FastReplayed,
                OpenError::Forged => DropReason::FastForged,
            }),
        }
    }
    if let Some((entry, mut inbound)) = present {
        inbound.finish();
        counts.settle(entry);
    }
}

/// Datagrams of one session in one batch.
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
        // Anybody can send a batch in which nothing opens.
        let strange = if total > 0 { strange } else { 0 };
        entry.link.fast_path.count_received(total, full, strange);
    }
}

/// The session with that index, where `from` is an open path of its connection.
fn find<'s>(
    sessions: &'s Sessions,
    index: u32,
    from: &SocketAddr,
) -> Result<&'s Arc<Entry>, DropReason> {
    let entry = sessions.get(&index).ok_or(DropReason::FastUnknownSession)?;
    match entry.link.fast_path.accepts(from) {
        true => Ok(entry),
        false => Err(DropReason::FastForeignAddress),
    }
}
