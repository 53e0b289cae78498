//! How a peer's packets travel: one small interface, so that there can be more than one way.

use bytes::Bytes;

/// What became of a batch.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Packets taken by the carrier.
    pub packets: u64,
    /// Bytes of IP in those packets.
    pub bytes: u64,
    /// Packets dropped because the carrier's backlog is full.
    pub backlog_full: u64,
    /// Packets dropped because they cannot be carried at all (larger than fragments allow).
    pub oversized: u64,
}

/// One way to get packets to a peer. Called with whole batches, never waits.
pub trait Carrier: Send + Sync {
    /// Sends every entry of `batch` (a context byte and one IP packet, see [`crate::fragment`]), leaving it empty.
    fn send(&self, batch: &mut Vec<Bytes>) -> Sent;
}
