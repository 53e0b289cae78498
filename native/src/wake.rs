//! Ends the wait of a thread that sleeps in `poll`.

use std::io::Write;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};

/// Raised once, it stays raised; its descriptor is readable from then on.
pub struct Wake {
    raised: AtomicBool,
    raise: UnixStream,
    wait: UnixStream,
}

impl Wake {
    /// Not raised yet.
    ///
    /// # Errors
    /// The system has no descriptors left.
    pub fn new() -> std::io::Result<Self> {
        let (raise, wait) = UnixStream::pair()?;
        Ok(Self {
            raised: AtomicBool::new(false),
            raise,
            wait,
        })
    }

    /// Wakes whoever waits, for good.
    pub fn raise(&self) {
        if !self.raised.swap(true, Ordering::AcqRel) {
            // One byte into an empty buffer always fits.
            let _ = (&self.raise).write_all(&[1]);
        }
    }

    /// Whether [`raise`](Self::raise) was called.
    pub fn is_raised(&self) -> bool {
        self.raised.load(Ordering::Acquire)
    }
}

impl AsFd for Wake {
    /// To be polled for reading, never read.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.wait.as_fd()
    }
}
