//! No fast path on this platform: its socket cannot be opened.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};

use super::outbox::Message;

/// Bytes one receive can bring.
pub const RECEIVE_ROOM: usize = 65_535;

/// A socket that cannot be.
pub struct Socket(Infallible);

/// What one receive brought.
#[derive(Debug, Clone, Copy)]
pub struct Received {
    /// Who sent it.
    pub from: SocketAddr,
    /// Bytes in all.
    pub length: usize,
    /// Bytes of each datagram but the last.
    pub segment: usize,
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
    /// No way there.
    Unreachable,
}

impl Socket {
    /// # Errors
    /// Always `Unsupported`.
    pub fn bind(_v6: bool, _port: u16) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Whether addresses like `address` are this socket's.
    pub fn is_for(&self, _address: &SocketAddr) -> bool {
        match self.0 {}
    }

    /// # Errors
    /// Never called.
    pub fn receive(&self, _room: &mut [u8]) -> io::Result<Option<Received>> {
        match self.0 {}
    }

    /// Never called.
    pub fn send(
        &self,
        _buffer: &[u8],
        _messages: &[Message],
        _failed: impl FnMut(usize, SendFault),
    ) {
        match self.0 {}
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self.0 {}
    }
}
