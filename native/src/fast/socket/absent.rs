//! No fast path on this platform: its socket cannot be opened.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};

use super::{Received, SendFault};
use crate::fast::outbox::Message;

/// A socket that cannot be.
pub struct Socket(Infallible);

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
    pub fn receive(
        &self,
        _room: &mut [u8],
        _most: usize,
        _received: &mut Vec<Received>,
    ) -> io::Result<()> {
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
