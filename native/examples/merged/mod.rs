//! Datagrams as a kernel hands them on that has merged them.

use std::io;
use std::os::fd::{AsFd, AsRawFd};

use rayfish_native::offload::vnet::{Gso, VnetHeader};

use super::batch::set_option;
use super::raw::open;

/// Sends a frame with one UDP datagram out of an interface as if the kernel had merged it of several of `size` bytes. UDP begins at
/// `udp`.
///
/// # Errors
/// The system's.
pub fn send(interface: &str, frame: &[u8], udp: usize, size: u16) -> io::Result<()> {
    const UDP_CHECKSUM: u16 = 6;
    const UDP_HEADER: u16 = 8;
    let socket = open(interface)?;
    set_option(socket.as_fd(), libc::SOL_PACKET, libc::PACKET_VNET_HDR, 1)?;
    let header = VnetHeader {
        needs_checksum: true,
        gso: Some(Gso::Udp),
        header_length: udp as u16 + UDP_HEADER,
        segment_size: size,
        checksum_start: udp as u16,
        checksum_offset: UDP_CHECKSUM,
    };
    let whole = [&header.to_bytes()[..], frame].concat();
    // SAFETY: the pointer and the length are those of one buffer that outlives the call; the kernel only reads it.
    let sent = unsafe { libc::send(socket.as_raw_fd(), whole.as_ptr().cast(), whole.len(), 0) };
    match usize::try_from(sent) {
        Ok(sent) if sent == whole.len() => Ok(()),
        Ok(_) => Err(io::ErrorKind::WriteZero.into()),
        Err(_) => Err(io::Error::last_os_error()),
    }
}
