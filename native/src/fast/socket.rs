//! The fast path's own UDP sockets, where the platform has what they need.

#[cfg(not(target_os = "linux"))]
mod absent;
#[cfg(target_os = "linux")]
mod linux;

use std::net::SocketAddr;
use std::slice::ChunksMut;

#[cfg(not(target_os = "linux"))]
pub use absent::Socket;
#[cfg(target_os = "linux")]
pub use linux::Socket;

/// Bytes one message can bring: what the kernel merges of one sender.
pub const RECEIVE_ROOM: usize = 65_535;

/// A received message: datagrams of one sender, merged by the kernel.
#[derive(Debug, Clone, Copy)]
pub struct Received {
    /// Who sent them.
    pub from: SocketAddr,
    /// Bytes in all.
    pub length: usize,
    /// Bytes of each datagram but the last, which may be shorter.
    pub segment: usize,
}

impl Received {
    /// Its datagrams, `place` being where it was received.
    pub fn datagrams<'p>(&self, place: &'p mut [u8]) -> ChunksMut<'p, u8> {
        let message = place.get_mut(..self.length).unwrap_or_default();
        message.chunks_mut(self.segment.max(1))
    }
}

/// Why a message was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendFault {
    /// Larger than the device or the path allows.
    TooBig,
    /// The device cannot segment: send one by one.
    NoSegmentation,
    /// No room in the kernel at the moment.
    Busy,
    /// No way there: no route, no such local address, refused by a firewall.
    Unreachable,
}
