//! The tunnel device, split into a reader and a writer that never share a lock (the seed's `TunReader`, `TunWriter`).
//!
//! Addresses, routes and the link state are TypeScript's (`src/helper/network/`); here the device is opened, read, written.

use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use tun_rs::{AsyncDevice, DeviceBuilder};

use crate::fragment::CONTEXT_PACKET;

/// Packets one batch holds at most, so that a busy device cannot starve what follows the read.
pub const BATCH: usize = 128;

/// Room before every read: a context byte and the largest IP packet there is. A read can therefore never be cut short,
/// whatever MTU somebody gives the device.
const ROOM: usize = 1 + 65_535;

/// Bytes of one read buffer; packets are handed on as slices of it.
const CHUNK: usize = 4 * ROOM;

/// A tunnel device that was just opened: link down, no addresses.
pub struct Tun {
    /// The interface's name.
    pub name: String,
    /// The interface's index.
    pub index: u32,
    /// The interface's MTU in bytes.
    pub mtu: u16,
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
    pub fn open(name: Option<&str>, mtu: u16) -> Result<Self, OpenError> {
        let mut builder = DeviceBuilder::new().mtu(mtu).enable(false);
        if let Some(name) = name {
            builder = builder.name(name);
        }
        #[cfg(target_os = "macos")]
        {
            builder = builder.associate_route(false);
        }
        let device = Arc::new(builder.build_async().map_err(classify)?);
        Ok(Self {
            name: device.name().map_err(OpenError::Unavailable)?,
            index: device.if_index().map_err(OpenError::Unavailable)?,
            mtu: device.mtu().map_err(OpenError::Unavailable)?,
            reader: TunReader {
                device: device.clone(),
                chunk: BytesMut::new(),
            },
            writer: TunWriter { device },
        })
    }
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
    device: Arc<AsyncDevice>,
    /// What is left of the current read buffer.
    chunk: BytesMut,
}

impl TunReader {
    /// Waits for a packet, then takes what else is there, up to [`BATCH`], appending to `batch`.
    ///
    /// Each entry is [`CONTEXT_PACKET`] followed by one whole IP packet: a datagram ready to send, sliced out of the read
    /// buffer without a copy. Cancel-safe: nothing is read before the device is ready.
    ///
    /// # Errors
    /// Any error, end-of-file included, means the device is lost.
    pub async fn read_batch(&mut self, batch: &mut Vec<Bytes>) -> io::Result<()> {
        loop {
            self.device.readable().await?;
            while batch.len() < BATCH {
                match self.read_one() {
                    Ok(packet) => batch.push(packet),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
            if !batch.is_empty() {
                return Ok(());
            }
        }
    }

    fn read_one(&mut self) -> io::Result<Bytes> {
        if self.chunk.len() < ROOM {
            // Packets still on their way keep the old chunk alive. Zeroing costs under 1 % of what the packets cost later
            // and keeps this free of uninitialised memory.
            self.chunk = BytesMut::zeroed(CHUNK);
        }
        let Some((context, room)) = self.chunk.split_first_mut() else {
            return Err(io::Error::other("no room to read into"));
        };
        *context = CONTEXT_PACKET;
        match self.device.try_recv(room)? {
            0 => Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
            read => Ok(self.chunk.split_to(1 + read).freeze()),
        }
    }
}

/// Write half: packets for the host. Cheap to share; writes take no lock.
pub struct TunWriter {
    device: Arc<AsyncDevice>,
}

impl TunWriter {
    /// Writes one whole IP packet.
    ///
    /// # Errors
    /// The device's error; a write that took fewer bytes than the packet has is one too (`WriteZero`).
    pub async fn write_packet(&self, packet: &[u8]) -> io::Result<()> {
        let written = self.device.send(packet).await?;
        if written != packet.len() {
            return Err(io::Error::from(io::ErrorKind::WriteZero));
        }
        Ok(())
    }

    /// Writes one whole IP packet if the device takes it at once; for callers that may not wait.
    ///
    /// # Errors
    /// As [`write_packet`](Self::write_packet), and `WouldBlock`.
    pub fn try_write_packet(&self, packet: &[u8]) -> io::Result<()> {
        let written = self.device.try_send(packet)?;
        if written != packet.len() {
            return Err(io::Error::from(io::ErrorKind::WriteZero));
        }
        Ok(())
    }
}
