//! Ethernet frames as they are on a cable, for the tools that stand in its middle.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};

use super::batch::set_option;

/// Room that every frame fits into that no offload has made, in bytes.
pub const LONGEST_FRAME: usize = 2048;

/// Socket buffers, in bytes.
const SOCKET_BUFFER: i32 = 64 << 20;

/// A socket for the raw frames of one interface: it reads those that come in and does not block.
///
/// # Errors
/// The system's, naming the interface where there is none of that name.
pub fn open(interface: &str) -> io::Result<OwnedFd> {
    let name = CString::new(interface)?;
    // SAFETY: a string that ends in a zero and outlives the call.
    let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
    if index == 0 {
        let error = io::Error::last_os_error();
        return Err(io::Error::new(
            error.kind(),
            format!("{interface}: {error}"),
        ));
    }
    let every_protocol = (libc::ETH_P_ALL as u16).to_be();
    // SAFETY: no pointers.
    let socket = unsafe {
        libc::socket(
            libc::AF_PACKET,
            libc::SOCK_RAW | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC,
            every_protocol.into(),
        )
    };
    if socket < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it was just made and is nobody else's.
    let socket = unsafe { OwnedFd::from_raw_fd(socket) };
    // SAFETY: plain data of C, for which zeroes mean "nothing".
    let mut address: libc::sockaddr_ll = unsafe { std::mem::zeroed() };
    address.sll_family = libc::AF_PACKET as u16;
    address.sll_protocol = every_protocol;
    address.sll_ifindex = index.cast_signed();
    // SAFETY: the pointer and the length are those of one address that outlives the call.
    let bound = unsafe {
        libc::bind(
            socket.as_raw_fd(),
            std::ptr::from_ref(&address).cast(),
            size_of::<libc::sockaddr_ll>() as libc::socklen_t,
        )
    };
    if bound != 0 {
        return Err(io::Error::last_os_error());
    }
    let fd = socket.as_fd();
    set_option(fd, libc::SOL_PACKET, libc::PACKET_IGNORE_OUTGOING, 1)?;
    set_option(fd, libc::SOL_PACKET, libc::PACKET_QDISC_BYPASS, 1)?;
    set_option(fd, libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, SOCKET_BUFFER)?;
    set_option(fd, libc::SOL_SOCKET, libc::SO_SNDBUFFORCE, SOCKET_BUFFER)?;
    Ok(socket)
}
