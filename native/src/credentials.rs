//! Who is at the other end of a Unix socket, as the kernel knows it.

use std::os::fd::BorrowedFd;

use nix::sys::socket::{getsockopt, sockopt};

/// User, group and process of the other end of a connected Unix socket.
pub struct Credentials {
    /// Effective user ID at the time of `connect`.
    pub uid: u32,
    /// Effective group ID at the time of `connect`.
    pub gid: u32,
    /// Process ID; 0 where the platform does not tell.
    pub pid: i32,
}

/// Reads the peer credentials of the connected Unix socket `fd` (SO_PEERCRED).
#[cfg(target_os = "linux")]
pub fn of(fd: BorrowedFd<'_>) -> std::io::Result<Credentials> {
    let peer = getsockopt(&fd, sockopt::PeerCredentials)?;
    Ok(Credentials {
        uid: peer.uid(),
        gid: peer.gid(),
        pid: peer.pid(),
    })
}

/// Reads the peer credentials of the connected Unix socket `fd` (LOCAL_PEERCRED, LOCAL_PEERPID).
#[cfg(target_os = "macos")]
pub fn of(fd: BorrowedFd<'_>) -> std::io::Result<Credentials> {
    let peer = getsockopt(&fd, sockopt::LocalPeerCred)?;
    Ok(Credentials {
        uid: peer.uid(),
        gid: peer.groups().first().copied().unwrap_or(u32::MAX),
        pid: getsockopt(&fd, sockopt::LocalPeerPid).unwrap_or(0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    #[test]
    fn both_ends_of_a_pair_are_this_process() {
        let (here, _there) = UnixStream::pair().unwrap();
        let credentials = of(here.as_fd()).unwrap();
        assert_eq!(credentials.uid, nix::unistd::geteuid().as_raw());
        assert_eq!(credentials.pid, std::process::id() as i32);
    }

    #[test]
    fn a_descriptor_that_is_no_socket_is_an_error() {
        let file = std::fs::File::open("/dev/null").unwrap();
        assert!(of(file.as_fd()).is_err());
    }
}
