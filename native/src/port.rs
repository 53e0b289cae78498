//! The endpoint's UDP port: chosen before iroh binds it, and kept when iroh binds it anew.
//!
//! iroh closes its sockets and binds their port again whenever the host's network changes in a major way; our own tunnel
//! device coming up is one. On Linux a process that is being started (`ip`, `nft`) holds copies of all our descriptors
//! between fork and exec, so at that moment the port still looks taken: the socket stays closed, and once both are, the
//! endpoint is dead. iroh has no hook to set `SO_REUSEPORT`, with which the bind succeeds, so the linker puts
//! [`__wrap_bind`] in front of the `bind` of everything in this library (`--wrap=bind` in build.rs); only UDP on the
//! chosen port is treated differently. macOS starts processes without such a moment.
//!
//! The fast path's sockets share the port with iroh's in the same way. So that two helpers never share one without knowing,
//! whoever chose a port also holds an abstract socket named after it: unique in a network namespace, gone with its process.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// How often to ask the system for a port that is free in both families.
const ATTEMPTS: usize = 16;

/// Chooses the port to listen on: `wanted`, or one of the system's choice where that is taken or 0. Nobody listens on it in
/// either family, and binds of it in this library share it from now on (the kernel
/// shares it with sockets of our own user that ask for it, so with nobody who does not mean to).
pub fn choose(wanted: u16) -> u16 {
    let chosen = if wanted != 0 && is_free(wanted) && claim::take(wanted) {
        wanted
    } else {
        (0..ATTEMPTS)
            .filter_map(|_| ephemeral())
            .find(|&port| is_free(port) && claim::take(port))
            .unwrap_or(0)
    };
    #[cfg(target_os = "linux")]
    wrap::SHARED.store(chosen, std::sync::atomic::Ordering::Relaxed);
    chosen
}

/// Whether nobody listens on UDP `port`, in either family. A family the host does not have takes no port.
fn is_free(port: u16) -> bool {
    let free = |address: SocketAddr| match UdpSocket::bind(address) {
        Ok(_) => true,
        Err(error) => error.kind() != ErrorKind::AddrInUse,
    };
    free((Ipv4Addr::UNSPECIFIED, port).into()) && free((Ipv6Addr::UNSPECIFIED, port).into())
}

fn ephemeral() -> Option<u16> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))
        .or_else(|_| UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0)));
    Some(socket.ok()?.local_addr().ok()?.port())
}

#[cfg(target_os = "linux")]
mod claim {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixListener};
    use std::sync::{Mutex, PoisonError};

    /// The port that is ours, with what says so to other helpers.
    static HELD: Mutex<Option<(u16, UnixListener)>> = Mutex::new(None);

    /// Makes `port` ours instead of the one before, unless another helper of this network namespace has it.
    pub fn take(port: u16) -> bool {
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        if held.as_ref().is_some_and(|(present, _)| *present == port) {
            return true;
        }
        let name = format!("rayfish-desktop udp {port}");
        let listener = SocketAddr::from_abstract_name(name)
            .and_then(|address| UnixListener::bind_addr(&address));
        match listener {
            Ok(listener) => {
                *held = Some((port, listener));
                true
            }
            Err(_) => false,
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod claim {
    /// Nothing is shared on this platform.
    pub fn take(_port: u16) -> bool {
        true
    }
}

#[cfg(target_os = "linux")]
mod wrap {
    use std::sync::atomic::{AtomicU16, Ordering};

    use nix::libc::{
        self, AF_INET, AF_INET6, SO_REUSEPORT, SO_TYPE, SOCK_DGRAM, SOL_SOCKET, c_int, c_void,
        sockaddr, sockaddr_in, socklen_t,
    };

    /// The port that may be bound again while an earlier socket of ours still lingers; 0: none.
    pub static SHARED: AtomicU16 = AtomicU16::new(0);

    unsafe extern "C" {
        fn __real_bind(fd: c_int, address: *const sockaddr, length: socklen_t) -> c_int;
    }

    /// Stands in for `bind`: sets `SO_REUSEPORT` first where it is UDP on the shared port.
    ///
    /// # Safety
    /// As for `bind(2)`: `address` points to `length` readable bytes.
    #[unsafe(no_mangle)]
    pub unsafe extern "C" fn __wrap_bind(
        fd: c_int,
        address: *const sockaddr,
        length: socklen_t,
    ) -> c_int {
        // SAFETY: the caller keeps the contract of bind(2); both functions read at most `length` bytes.
        unsafe {
            if is_shared(address, length) && is_udp(fd) {
                let on: c_int = 1;
                // Where this fails the bind goes on as it would have.
                libc::setsockopt(
                    fd,
                    SOL_SOCKET,
                    SO_REUSEPORT,
                    (&raw const on).cast::<c_void>(),
                    size::<c_int>(),
                );
            }
            __real_bind(fd, address, length)
        }
    }

    unsafe fn is_shared(address: *const sockaddr, length: socklen_t) -> bool {
        if address.is_null() || length < size::<sockaddr_in>() {
            return false;
        }
        // SAFETY: at least a sockaddr_in is readable; family and port are at the same place in a sockaddr_in6.
        let address = unsafe { address.cast::<sockaddr_in>().read_unaligned() };
        let inet = [AF_INET, AF_INET6].contains(&c_int::from(address.sin_family));
        let port = u16::from_be(address.sin_port);
        inet && port != 0 && port == SHARED.load(Ordering::Relaxed)
    }

    unsafe fn is_udp(fd: c_int) -> bool {
        let mut kind: c_int = 0;
        let mut length = size::<c_int>();
        // SAFETY: both point to locals of the right size.
        let result = unsafe {
            libc::getsockopt(
                fd,
                SOL_SOCKET,
                SO_TYPE,
                (&raw mut kind).cast::<c_void>(),
                &raw mut length,
            )
        };
        result == 0 && kind == SOCK_DGRAM
    }

    const fn size<T>() -> socklen_t {
        size_of::<T>() as socklen_t
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // One test: the chosen port is state of the whole process.
    #[test]
    fn the_chosen_port_can_be_bound_over_a_lingering_socket_and_no_other_can() {
        let port = choose(0);
        assert_ne!(port, 0);
        let lingering = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, port)).unwrap();
        #[cfg(target_os = "linux")]
        assert!(UdpSocket::bind((Ipv4Addr::UNSPECIFIED, port)).is_ok());

        let other = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
        let taken = other.local_addr().unwrap().port();
        assert!(UdpSocket::bind((Ipv4Addr::UNSPECIFIED, taken)).is_err());
        assert_ne!(choose(taken), taken);
        drop(lingering);
    }
}
