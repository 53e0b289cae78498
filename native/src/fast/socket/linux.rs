//! The fast path's own UDP socket of one family, on the very port that iroh listens on.
//!
//! It is bound before iroh's, so it is the first of the port's group for ever; a program of four instructions in the kernel
//! gives it what cannot be QUIC (bit 0x40 of the first byte clear, RFC 9000 §17) and iroh's socket the rest. It is never
//! connected: a connected socket would also get its peer's QUIC packets.

use std::io;
use std::mem::{MaybeUninit, size_of, zeroed};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;

use nix::libc::{
    self, c_int, c_void, cmsghdr, iovec, mmsghdr, msghdr, sockaddr_storage, socklen_t,
};

use super::{RECEIVE_ROOM, Received, SendFault};
use crate::fast::outbox::Message;

/// Bytes that may wait in the kernel on the way in (it counts its own overhead too, and doubles what it is told).
///
/// Bulk transfers fill whatever there is before their sender slows down, so this is the delay that others meet meanwhile:
/// docs/benchmarks.md has the figures of 4 MiB, 1 MiB and less.
const RECEIVE_BUFFER: c_int = 1024 * 1024;
const SEND_BUFFER: c_int = 1024 * 1024;

/// Another than iroh's 64: the kernel merges only datagrams of one TTL (since 6.9 or so), so that none of iroh's is merged
/// into a batch of ours and steered here.
const HOP_LIMIT: c_int = 63;

/// Most messages in one call, in either direction.
const MESSAGES: usize = 64;

/// Room for the control data of one message: packet info and segment size.
const CONTROL: usize = 96;

/// One family's socket.
pub struct Socket {
    fd: OwnedFd,
    v6: bool,
}

impl Socket {
    /// Binds `port` of the family, ready to steer once iroh's socket has joined.
    ///
    /// # Errors
    /// The system's; the host may lack the family.
    pub fn bind(v6: bool, port: u16) -> io::Result<Self> {
        let family = if v6 { libc::AF_INET6 } else { libc::AF_INET };
        // SAFETY: no pointers; a negative result is checked.
        let fd = unsafe {
            libc::socket(
                family,
                libc::SOCK_DGRAM | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK,
                0,
            )
        };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: just opened, owned by nobody else.
        let fd = unsafe { OwnedFd::from_raw_fd(fd) };
        let socket = Self { fd, v6 };
        socket.configure()?;
        let address: SocketAddr = match v6 {
            false => (Ipv4Addr::UNSPECIFIED, port).into(),
            true => (Ipv6Addr::UNSPECIFIED, port).into(),
        };
        let (name, length) = to_sockaddr(&address);
        // SAFETY: `name` holds a socket address of `length` bytes.
        check(unsafe { libc::bind(socket.raw(), (&raw const name).cast(), length) })?;
        socket.steer()?;
        Ok(socket)
    }

    fn configure(&self) -> io::Result<()> {
        self.set(libc::SOL_SOCKET, libc::SO_REUSEPORT, 1)?;
        // Beyond the limit for users; without the right to, the limit has to do.
        for (force, plain, size) in [
            (libc::SO_RCVBUFFORCE, libc::SO_RCVBUF, RECEIVE_BUFFER),
            (libc::SO_SNDBUFFORCE, libc::SO_SNDBUF, SEND_BUFFER),
        ] {
            if self.set(libc::SOL_SOCKET, force, size).is_err() {
                self.set(libc::SOL_SOCKET, plain, size)?;
            }
        }
        self.set(libc::SOL_UDP, libc::UDP_GRO, 1)?;
        if self.v6 {
            self.set(libc::IPPROTO_IPV6, libc::IPV6_V6ONLY, 1)?;
            self.set(libc::IPPROTO_IPV6, libc::IPV6_UNICAST_HOPS, HOP_LIMIT)?;
            // Never fragment, and find out for ourselves what fits (RFC 8899).
            self.set(
                libc::IPPROTO_IPV6,
                libc::IPV6_MTU_DISCOVER,
                libc::IPV6_PMTUDISC_PROBE,
            )?;
            self.set(libc::IPPROTO_IPV6, libc::IPV6_DONTFRAG, 1)?;
        } else {
            self.set(libc::IPPROTO_IP, libc::IP_TTL, HOP_LIMIT)?;
            self.set(
                libc::IPPROTO_IP,
                libc::IP_MTU_DISCOVER,
                libc::IP_PMTUDISC_PROBE,
            )?;
        }
        Ok(())
    }

    /// Gives the port's group its program: socket 0 (this one) for a clear bit 0x40 in the first byte, else socket 1.
    fn steer(&self) -> io::Result<()> {
        let instruction = |code: u32, jt, jf, k| libc::sock_filter {
            code: code as u16,
            jt,
            jf,
            k,
        };
        let mut program = [
            instruction(libc::BPF_LD | libc::BPF_B | libc::BPF_ABS, 0, 0, 0),
            instruction(libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K, 0, 1, 0x40),
            instruction(libc::BPF_RET | libc::BPF_K, 0, 0, 1),
            instruction(libc::BPF_RET | libc::BPF_K, 0, 0, 0),
        ];
        let program = libc::sock_fprog {
            len: program.len() as u16,
            filter: program.as_mut_ptr(),
        };
        // SAFETY: `program` and its instructions live until the call returns; the kernel copies them.
        check(unsafe {
            libc::setsockopt(
                self.raw(),
                libc::SOL_SOCKET,
                libc::SO_ATTACH_REUSEPORT_CBPF,
                (&raw const program).cast::<c_void>(),
                size_of::<libc::sock_fprog>() as socklen_t,
            )
        })
    }

    /// Whether addresses like `address` are this socket's.
    pub fn is_for(&self, address: &SocketAddr) -> bool {
        address.is_ipv6() == self.v6
    }

    /// Takes what waits: each message into [`RECEIVE_ROOM`] bytes of `room`, one after the other, described in `received`. At most
    /// `most` messages, and as many as `room` has room for; none when nothing waits.
    ///
    /// # Errors
    /// The system's. Most concern one datagram (an ICMP answer to one of ours), not the socket.
    pub fn receive(
        &self,
        room: &mut [u8],
        most: usize,
        received: &mut Vec<Received>,
    ) -> io::Result<()> {
        let mut names = [const { MaybeUninit::<sockaddr_storage>::uninit() }; MESSAGES];
        let mut slices = [const { MaybeUninit::<iovec>::uninit() }; MESSAGES];
        let mut controls = [const { MaybeUninit::<Control>::uninit() }; MESSAGES];
        let mut headers = [const { MaybeUninit::<mmsghdr>::uninit() }; MESSAGES];
        let mut count = 0;
        for ((((place, name), slice), control), header) in room
            .chunks_exact_mut(RECEIVE_ROOM)
            .take(most)
            .zip(&mut names)
            .zip(&mut slices)
            .zip(&mut controls)
            .zip(&mut headers)
        {
            // SAFETY: all zero is a valid sockaddr_storage.
            let name = name.write(unsafe { zeroed() });
            let slice = slice.write(iovec {
                iov_base: place.as_mut_ptr().cast(),
                iov_len: place.len(),
            });
            // SAFETY: all zero is a valid msghdr.
            let mut one: msghdr = unsafe { zeroed() };
            one.msg_name = ptr::from_mut(name).cast();
            one.msg_namelen = size_of::<sockaddr_storage>() as socklen_t;
            one.msg_iov = ptr::from_mut(slice);
            one.msg_iovlen = 1;
            one.msg_control = control.write(Control::new()).0.as_mut_ptr().cast();
            one.msg_controllen = CONTROL as _;
            header.write(mmsghdr {
                msg_hdr: one,
                msg_len: 0,
            });
            count += 1;
        }
        received.clear();
        // SAFETY: the first `count` headers are initialised, with pointers to locals and to `room` that outlive the call.
        let filled = unsafe {
            libc::recvmmsg(
                self.raw(),
                headers.as_mut_ptr().cast(),
                count,
                libc::MSG_DONTWAIT,
                ptr::null_mut(),
            )
        };
        let Ok(filled) = usize::try_from(filled) else {
            let error = io::Error::last_os_error();
            return match error.kind() {
                io::ErrorKind::WouldBlock => Ok(()),
                _ => Err(error),
            };
        };
        for (header, name) in headers.iter().zip(&names).take(filled) {
            // SAFETY: the first `count` of both were initialised above, and the kernel filled in `filled`, no more.
            let (header, name) = unsafe { (header.assume_init_ref(), name.assume_init_ref()) };
            let length = header.msg_len as usize;
            received.push(Received {
                from: from_sockaddr(name).ok_or(io::ErrorKind::InvalidData)?,
                length,
                segment: merged_segment(&header.msg_hdr).unwrap_or(length),
            });
        }
        Ok(())
    }

    /// Sends `messages`, slices of `buffer`, in order. Calls `failed` with the index of each that was not sent.
    pub fn send(
        &self,
        buffer: &[u8],
        messages: &[Message],
        mut failed: impl FnMut(usize, SendFault),
    ) {
        let mut done = 0;
        while let Some(rest) = messages.get(done..).filter(|rest| !rest.is_empty()) {
            let (sent, fault) = self.send_some(buffer, rest);
            done += sent;
            if let Some(fault) = fault {
                failed(done, fault);
                done += 1;
            }
        }
    }

    /// One system call: how many of `messages` were sent, and why the next one was not.
    fn send_some(&self, buffer: &[u8], messages: &[Message]) -> (usize, Option<SendFault>) {
        let mut names = [const { MaybeUninit::<sockaddr_storage>::uninit() }; MESSAGES];
        let mut slices = [const { MaybeUninit::<iovec>::uninit() }; MESSAGES];
        let mut controls = [const { MaybeUninit::<Control>::uninit() }; MESSAGES];
        let mut headers = [const { MaybeUninit::<mmsghdr>::uninit() }; MESSAGES];
        let mut count = 0;
        for ((((message, name), slice), control), header) in messages
            .iter()
            .zip(&mut names)
            .zip(&mut slices)
            .zip(&mut controls)
            .zip(&mut headers)
        {
            let datagrams = buffer
                .get(message.start..message.start + message.length)
                .unwrap_or_default();
            let (address, name_length) = to_sockaddr(&message.path.remote);
            let name = name.write(address);
            let slice = slice.write(iovec {
                iov_base: datagrams.as_ptr().cast_mut().cast(),
                iov_len: datagrams.len(),
            });
            let control = control.write(Control::new());
            // SAFETY: all zero is a valid msghdr.
            let mut one: msghdr = unsafe { zeroed() };
            one.msg_name = ptr::from_mut(name).cast();
            one.msg_namelen = name_length;
            one.msg_iov = ptr::from_mut(slice);
            one.msg_iovlen = 1;
            control.fill(&mut one, message);
            header.write(mmsghdr {
                msg_hdr: one,
                msg_len: 0,
            });
            count += 1;
        }
        // SAFETY: the first `count` headers are initialised, with pointers to locals and to `buffer` that outlive the call.
        let sent = unsafe {
            libc::sendmmsg(
                self.raw(),
                headers.as_mut_ptr().cast(),
                count,
                libc::MSG_DONTWAIT,
            )
        };
        match usize::try_from(sent) {
            Ok(sent) if sent > 0 => (sent, None),
            _ => match io::Error::last_os_error().raw_os_error() {
                Some(libc::EINTR) => (0, None),
                Some(libc::EMSGSIZE) => (0, Some(SendFault::TooBig)),
                // Segments larger than the device's MTU are EINVAL, and so is a kernel that cannot segment at all.
                Some(libc::EIO | libc::EINVAL | libc::EOPNOTSUPP) => {
                    (0, Some(SendFault::NoSegmentation))
                }
                Some(libc::EAGAIN | libc::ENOBUFS | libc::ENOMEM) => (0, Some(SendFault::Busy)),
                _ => (0, Some(SendFault::Unreachable)),
            },
        }
    }

    fn set(&self, level: c_int, option: c_int, value: c_int) -> io::Result<()> {
        // SAFETY: `value` lives until the call returns.
        check(unsafe {
            libc::setsockopt(
                self.raw(),
                level,
                option,
                (&raw const value).cast::<c_void>(),
                size_of::<c_int>() as socklen_t,
            )
        })
    }

    fn raw(&self) -> RawFd {
        self.fd.as_raw_fd()
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Control data of one message, aligned as the kernel wants it.
#[repr(C, align(8))]
struct Control([u8; CONTROL]);

impl Control {
    const fn new() -> Self {
        Self([0; CONTROL])
    }

    /// Adds what `message` needs: the source address, and the segment size where there are several datagrams.
    fn fill(&mut self, header: &mut msghdr, message: &Message) {
        header.msg_control = self.0.as_mut_ptr().cast();
        header.msg_controllen = CONTROL as _;
        let mut length = 0;
        // SAFETY: CONTROL has room for a packet info (20 bytes) and a u16, each with its header; CMSG_NXTHDR is asked only
        // while zeroed room follows.
        unsafe {
            let mut at = libc::CMSG_FIRSTHDR(ptr::from_ref(header));
            match message.path.local {
                Some(IpAddr::V4(source)) => {
                    let info = libc::in_pktinfo {
                        ipi_ifindex: 0,
                        ipi_spec_dst: libc::in_addr {
                            s_addr: u32::from_ne_bytes(source.octets()),
                        },
                        ipi_addr: libc::in_addr { s_addr: 0 },
                    };
                    length += put(at, libc::IPPROTO_IP, libc::IP_PKTINFO, info);
                    at = libc::CMSG_NXTHDR(ptr::from_ref(header), at);
                }
                Some(IpAddr::V6(source)) => {
                    let info = libc::in6_pktinfo {
                        ipi6_addr: libc::in6_addr {
                            s6_addr: source.octets(),
                        },
                        ipi6_ifindex: 0,
                    };
                    length += put(at, libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, info);
                    at = libc::CMSG_NXTHDR(ptr::from_ref(header), at);
                }
                None => {}
            }
            if message.length > usize::from(message.segment) {
                length += put(at, libc::SOL_UDP, libc::UDP_SEGMENT, message.segment);
            }
        }
        header.msg_controllen = length as _;
        if length == 0 {
            header.msg_control = ptr::null_mut();
        }
    }
}

/// The size of the datagrams that the kernel merged into a received message.
fn merged_segment(message: &msghdr) -> Option<usize> {
    // SAFETY: the kernel filled the control data and set its length; the macros stay within it.
    unsafe {
        let mut header = libc::CMSG_FIRSTHDR(message);
        while !header.is_null() {
            if (*header).cmsg_level == libc::SOL_UDP && (*header).cmsg_type == libc::UDP_GRO {
                let size = ptr::read_unaligned(libc::CMSG_DATA(header).cast::<c_int>());
                return usize::try_from(size).ok();
            }
            header = libc::CMSG_NXTHDR(message, header);
        }
    }
    None
}

/// Writes one control message at `at`; returns the room it takes.
///
/// # Safety
/// `at` is null or has room for the header and `value`.
unsafe fn put<T>(at: *mut cmsghdr, level: c_int, kind: c_int, value: T) -> usize {
    if at.is_null() {
        return 0;
    }
    // SAFETY: by the contract there is room; the value may be unaligned there.
    unsafe {
        (*at).cmsg_level = level;
        (*at).cmsg_type = kind;
        (*at).cmsg_len = libc::CMSG_LEN(size_of::<T>() as u32) as _;
        ptr::write_unaligned(libc::CMSG_DATA(at).cast::<T>(), value);
        libc::CMSG_SPACE(size_of::<T>() as u32) as usize
    }
}

fn to_sockaddr(address: &SocketAddr) -> (sockaddr_storage, socklen_t) {
    // SAFETY: all zero is a valid sockaddr_storage.
    let mut storage: sockaddr_storage = unsafe { zeroed() };
    let length = match address {
        SocketAddr::V4(v4) => {
            let name = libc::sockaddr_in {
                sin_family: libc::AF_INET as _,
                sin_port: v4.port().to_be(),
                sin_addr: libc::in_addr {
                    s_addr: u32::from_ne_bytes(v4.ip().octets()),
                },
                sin_zero: [0; 8],
            };
            // SAFETY: a sockaddr_storage has room for every socket address, and its alignment.
            unsafe { ptr::write((&raw mut storage).cast(), name) };
            size_of::<libc::sockaddr_in>()
        }
        SocketAddr::V6(v6) => {
            let name = libc::sockaddr_in6 {
                sin6_family: libc::AF_INET6 as _,
                sin6_port: v6.port().to_be(),
                sin6_flowinfo: 0,
                sin6_addr: libc::in6_addr {
                    s6_addr: v6.ip().octets(),
                },
                sin6_scope_id: v6.scope_id(),
            };
            // SAFETY: as above.
            unsafe { ptr::write((&raw mut storage).cast(), name) };
            size_of::<libc::sockaddr_in6>()
        }
    };
    (storage, length as socklen_t)
}

fn from_sockaddr(storage: &sockaddr_storage) -> Option<SocketAddr> {
    match c_int::from(storage.ss_family) {
        libc::AF_INET => {
            // SAFETY: the family says what it is.
            let name = unsafe { &*ptr::from_ref(storage).cast::<libc::sockaddr_in>() };
            let address = Ipv4Addr::from(name.sin_addr.s_addr.to_ne_bytes());
            Some(SocketAddrV4::new(address, u16::from_be(name.sin_port)).into())
        }
        libc::AF_INET6 => {
            // SAFETY: the family says what it is.
            let name = unsafe { &*ptr::from_ref(storage).cast::<libc::sockaddr_in6>() };
            let address = Ipv6Addr::from(name.sin6_addr.s6_addr);
            let port = u16::from_be(name.sin6_port);
            Some(SocketAddrV6::new(address, port, 0, name.sin6_scope_id).into())
        }
        _ => None,
    }
}

fn check(result: c_int) -> io::Result<()> {
    match result {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
