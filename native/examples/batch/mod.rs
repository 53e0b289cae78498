//! Many datagrams a system call, for the traffic tools.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr;

// The linker puts the library's wrapper in front of `bind` everywhere (build.rs), so it has to be there.
use rayfish_native as _;

/// Datagrams a call.
pub const BATCH: usize = 64;

/// What `sendmmsg` and `recvmmsg` want to be told, kept from call to call.
pub struct Calls {
    vectors: Vec<libc::iovec>,
    headers: Vec<libc::mmsghdr>,
    lengths: Vec<usize>,
}

impl Calls {
    /// For up to [`BATCH`] datagrams a call.
    pub fn new() -> Self {
        Self {
            vectors: Vec::with_capacity(BATCH),
            headers: Vec::with_capacity(BATCH),
            lengths: Vec::with_capacity(BATCH),
        }
    }

    /// Sends each slice as one datagram and returns how many went out.
    ///
    /// # Errors
    /// Those of `sendmmsg`, where not even the first went out.
    pub fn send<'a>(
        &mut self,
        socket: BorrowedFd<'_>,
        datagrams: impl Iterator<Item = &'a [u8]>,
    ) -> io::Result<usize> {
        self.vectors.clear();
        self.vectors
            .extend(datagrams.take(BATCH).map(|datagram| libc::iovec {
                iov_base: datagram.as_ptr().cast_mut().cast(),
                iov_len: datagram.len(),
            }));
        self.point_at_vectors();
        // SAFETY: every header points at one vector, every vector at a slice that outlives the call; the kernel only
        // reads them.
        let sent = unsafe {
            libc::sendmmsg(
                socket.as_raw_fd(),
                self.headers.as_mut_ptr(),
                self.headers.len() as _,
                0,
            )
        };
        usize::try_from(sent).map_err(|_| io::Error::last_os_error())
    }

    /// Receives datagrams, each into a buffer of its own, and returns their lengths in order: one above its buffer's
    /// was cut short. Waits for the first one unless the socket does not block.
    ///
    /// # Errors
    /// Those of `recvmmsg`.
    pub fn receive<'a>(
        &mut self,
        socket: BorrowedFd<'_>,
        buffers: impl Iterator<Item = &'a mut [u8]>,
    ) -> io::Result<&[usize]> {
        self.vectors.clear();
        self.vectors
            .extend(buffers.take(BATCH).map(|buffer| libc::iovec {
                iov_base: buffer.as_mut_ptr().cast(),
                iov_len: buffer.len(),
            }));
        self.point_at_vectors();
        // SAFETY: every header points at one vector, every vector at a buffer that is lent for the call alone.
        let received = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                self.headers.as_mut_ptr(),
                self.headers.len() as _,
                libc::MSG_WAITFORONE | libc::MSG_TRUNC,
                ptr::null_mut(),
            )
        };
        let received = usize::try_from(received).map_err(|_| io::Error::last_os_error())?;
        let headers = self.headers.iter().take(received);
        self.lengths.clear();
        self.lengths
            .extend(headers.map(|header| header.msg_len as usize));
        Ok(&self.lengths)
    }

    fn point_at_vectors(&mut self) {
        self.headers.clear();
        self.headers.extend(self.vectors.iter_mut().map(|vector| {
            // SAFETY: plain data of C, for which zeroes mean "nothing".
            let mut header: libc::mmsghdr = unsafe { std::mem::zeroed() };
            header.msg_hdr.msg_iov = vector;
            header.msg_hdr.msg_iovlen = 1;
            header
        }));
    }
}

/// Sets a socket option that is a number.
///
/// # Errors
/// Those of `setsockopt`.
pub fn set_option(
    socket: BorrowedFd<'_>,
    level: libc::c_int,
    option: libc::c_int,
    value: libc::c_int,
) -> io::Result<()> {
    // SAFETY: the pointer and the length are those of one number that outlives the call.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            option,
            ptr::from_ref(&value).cast(),
            size_of::<libc::c_int>() as libc::socklen_t,
        )
    };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// The value after `--name`.
///
/// # Errors
/// Where it is not there or cannot be read.
pub fn option<T: std::str::FromStr>(words: &[String], name: &str) -> Result<T, String> {
    let at = words.iter().position(|word| word == name);
    at.and_then(|at| words.get(at + 1))
        .ok_or(format!("{name} is missing"))?
        .parse()
        .map_err(|_| format!("{name} is followed by something else"))
}
