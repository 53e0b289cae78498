//! The tunnel device, split into a reader and a writer that never share a lock (the seed's `TunReader`, `TunWriter`).
//!
//! Addresses, routes and the link state are TypeScript's (`src/helper/network/`); here the device is opened, read, written.
//! With offload (Linux) one read brings up to 64 KB of one flow and one write takes as much, see [`crate::offload`].

use std::io::{self, IoSlice};
use std::os::fd::AsFd;
use std::sync::Arc;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use tun_rs::{DeviceBuilder, SyncDevice};

use crate::offload::{Merging, Run, VNET_HEADER, VnetHeader, checksum};
use crate::wake::Wake;

/// Room for one read: the largest IP packet there is, and what the kernel says about it. A read can therefore never be cut
/// short, whatever MTU somebody gives the device.
const ROOM: usize = VNET_HEADER + 65_535;

/// A tunnel device that was just opened: link down, no addresses.
pub struct Tun {
    /// The interface's name.
    pub name: String,
    /// The interface's index.
    pub index: u32,
    /// The interface's MTU in bytes.
    pub mtu: u16,
    /// Whether reads and writes carry many segments at once.
    pub offload: bool,
    /// Packets the host sends.
    pub reader: TunReader,
    /// Packets for the host.
    pub writer: TunWriter,
}

/// Why the device could not be opened.
#[derive(Debug)]
pub enum OpenError {
    /// An interface of that name exists.
    NameTaken(io::Error),
    /// The process may not open tunnel devices.
    NotPermitted(io::Error),
    /// The kernel has no tunnel device to give.
    Unavailable(io::Error),
}

impl Tun {
    /// Opens the device `name` with `mtu` (on macOS a name is `utunN` or absent) and splits it. The link stays down.
    /// `offload` is used where the kernel has it. The reader's waits end when `stop` is raised.
    pub fn open(
        name: Option<&str>,
        mtu: u16,
        offload: bool,
        stop: Arc<Wake>,
    ) -> Result<Self, OpenError> {
        let (device, offload) = match offload && cfg!(target_os = "linux") {
            true => match build(name, mtu, true) {
                Ok(device) => (device, true),
                // A kernel without it, or a name that is taken: the plain way tells.
                Err(_) => (build(name, mtu, false).map_err(classify)?, false),
            },
            false => (build(name, mtu, false).map_err(classify)?, false),
        };
        device
            .set_nonblocking(true)
            .map_err(OpenError::Unavailable)?;
        #[cfg(target_os = "linux")]
        let merges_udp = offload && device.udp_gso();
        #[cfg(not(target_os = "linux"))]
        let merges_udp = false;
        let device = Arc::new(device);
        Ok(Self {
            name: device.name().map_err(OpenError::Unavailable)?,
            index: device.if_index().map_err(OpenError::Unavailable)?,
            mtu: device.mtu().map_err(OpenError::Unavailable)?,
            offload,
            reader: TunReader {
                device: device.clone(),
                offload,
                room: vec![0; ROOM].into_boxed_slice(),
                stop,
            },
            writer: TunWriter {
                device,
                offload,
                merges_udp,
            },
        })
    }
}

fn build(name: Option<&str>, mtu: u16, offload: bool) -> io::Result<SyncDevice> {
    let mut builder = DeviceBuilder::new().mtu(mtu).enable(false);
    if let Some(name) = name {
        builder = builder.name(name);
    }
    #[cfg(target_os = "macos")]
    {
        builder = builder.associate_route(false);
    }
    #[cfg(target_os = "linux")]
    {
        builder = builder.offload(offload);
    }
    let _ = offload;
    builder.build_sync()
}

fn classify(error: io::Error) -> OpenError {
    match error.kind() {
        io::ErrorKind::ResourceBusy | io::ErrorKind::AlreadyExists => OpenError::NameTaken(error),
        io::ErrorKind::PermissionDenied => OpenError::NotPermitted(error),
        // TUNSETIFF on an interface of another kind.
        io::ErrorKind::InvalidInput => OpenError::NameTaken(error),
        _ => OpenError::Unavailable(error),
    }
}

/// Read half: packets the host sends into the tunnel.
pub struct TunReader {
    device: Arc<SyncDevice>,
    offload: bool,
    room: Box<[u8]>,
    stop: Arc<Wake>,
}

impl TunReader {
    /// Waits until there is something to read. False: `stop` was raised.
    ///
    /// # Errors
    /// The device is lost.
    pub fn wait(&self) -> io::Result<bool> {
        let mut waiting = [
            PollFd::new(self.device.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.stop.as_fd(), PollFlags::POLLIN),
        ];
        loop {
            match poll(&mut waiting, PollTimeout::NONE) {
                Ok(_) => break,
                Err(Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(!self.is_stopped())
    }

    /// Whether `stop` was raised.
    pub fn is_stopped(&self) -> bool {
        self.stop.is_raised()
    }

    /// Reads one packet, or with offload a super-packet, if there is one, with what the kernel says about it.
    ///
    /// # Errors
    /// Any error, end-of-file included, means the device is lost.
    pub fn read(&mut self) -> io::Result<Option<(VnetHeader, &mut [u8])>> {
        let room: &mut [u8] = &mut self.room;
        let length = loop {
            match self.device.recv(room) {
                Ok(0) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
                Ok(length) => break length,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        };
        let read = room.get_mut(..length).unwrap_or_default();
        if !self.offload {
            return Ok(Some((VnetHeader::NONE, read)));
        }
        match read.split_first_chunk_mut::<VNET_HEADER>() {
            // What our own kernel says can be believed; where it makes no sense the parse of the frame finds out.
            Some((header, packet)) => Ok(Some((VnetHeader::parse(header), packet))),
            None => Ok(Some((VnetHeader::NONE, &mut []))),
        }
    }
}

/// Write half: packets for the host. Cheap to share; writes take no lock and never wait.
pub struct TunWriter {
    device: Arc<SyncDevice>,
    offload: bool,
    merges_udp: bool,
}

impl TunWriter {
    /// A run to collect packets for one write, as this device can take them.
    pub fn run<'a>(&self) -> Run<'a> {
        Run::new(match (self.offload, self.merges_udp) {
            (false, _) => Merging::None,
            (true, false) => Merging::Tcp,
            (true, true) => Merging::TcpAndUdp,
        })
    }

    /// Writes the packets of `run`.
    ///
    /// # Errors
    /// The device's error; a write that took fewer bytes than there are is one too (`WriteZero`).
    pub fn write_run(&self, run: &mut Run<'_>) -> io::Result<()> {
        if self.offload {
            return run.write_merged(|slices| self.write(slices));
        }
        let (mut packet, unsummed) = run.single();
        if unsummed {
            checksum::fill(&mut packet).map_err(|_| io::ErrorKind::InvalidData)?;
        }
        self.write(&[IoSlice::new(&packet)])
    }

    /// Writes one whole IP packet.
    ///
    /// # Errors
    /// As [`write_run`](Self::write_run).
    pub fn write_packet(&self, packet: &[u8]) -> io::Result<()> {
        match self.offload {
            true => self.write(&[IoSlice::new(&[0; VNET_HEADER]), IoSlice::new(packet)]),
            false => self.write(&[IoSlice::new(packet)]),
        }
    }

    fn write(&self, slices: &[IoSlice<'_>]) -> io::Result<()> {
        let length: usize = slices.iter().map(|slice| slice.len()).sum();
        match self.device.send_vectored(slices)? == length {
            true => Ok(()),
            false => Err(io::ErrorKind::WriteZero.into()),
        }
    }
}
