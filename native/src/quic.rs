//! The QUIC carrier: packets as datagrams of the iroh connection. Always there, over relays too.

use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use iroh::endpoint::{Connection, SendDatagramError};

use crate::fragment::{self, CONTEXT_PACKET, CONTEXT_UNSUMMED};
use crate::offload::checksum;

/// Bytes noq may queue for one connection. The backlog allowed in it is bounded by time, see [`Backlog`].
pub const SEND_BUFFER: usize = 1024 * 1024;

/// How long a packet may wait in our queue at the connection's present rate.
const MAX_WAIT: Duration = Duration::from_millis(10);

/// A backlog every connection may have, however slow it is: a burst of a TCP window's start.
const MIN_BACKLOG: usize = 64 * 1024;

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
    /// Packets dropped because the connection took none: it is about to be over.
    pub unconnected: u64,
}

/// Sends packets as QUIC datagrams, split where a packet is larger than the path takes.
pub struct QuicCarrier {
    connection: Connection,
    next_fragment: AtomicU16,
    backlog: Mutex<Backlog>,
}

impl QuicCarrier {
    /// A carrier over `connection`.
    pub fn new(connection: Connection) -> Self {
        Self {
            connection,
            next_fragment: AtomicU16::new(0),
            backlog: Mutex::new(Backlog::new(Instant::now())),
        }
    }

    /// The datagrams that carry `packets` where at most `max` bytes fit into one, and how many packets no split can carry.
    fn fit(&self, packets: &[Bytes], max: usize) -> (Vec<Bytes>, u64) {
        let mut datagrams = Vec::with_capacity(packets.len() * 2);
        let mut oversized = 0;
        for packet in packets {
            let id = match packet.len() > max {
                true => self.next_fragment.fetch_add(1, Ordering::Relaxed),
                false => 0,
            };
            match summed(packet, max).and_then(|packet| fragment::split(packet, max, id)) {
                Some(parts) => datagrams.extend(parts),
                None => oversized += 1,
            }
        }
        (datagrams, oversized)
    }

    /// Hands `packets` to noq; returns how many no split can carry, or nothing where it takes none at all.
    fn queue(&self, packets: &[Bytes]) -> Option<u64> {
        // The limit may sink between asking and sending (a new path opens): ask again once.
        for _ in 0..2 {
            let max = self.connection.max_datagram_size()?;
            let result = if packets.iter().all(|packet| packet.len() <= max) {
                self.connection.send_many_datagrams(packets).map(|_| 0)
            } else {
                let (datagrams, oversized) = self.fit(packets, max);
                self.connection
                    .send_many_datagrams(&datagrams)
                    .map(|_| oversized)
            };
            match result {
                Err(SendDatagramError::TooLarge) => {}
                Ok(oversized) => return Some(oversized),
                // A lost connection is reported by its own watcher.
                Err(_) => break,
            }
        }
        None
    }
}

impl QuicCarrier {
    /// Takes no packets for that long.
    ///
    /// QUIC repeats what it was never told to have arrived only once it has sent nothing for a while (RFC 9002 §6.2.1: each
    /// packet restarts the timer). Packets that go nowhere, sent often enough, keep it from ever telling the peer our new address.
    pub fn rest(&self, time: Duration) {
        let mut backlog = self.backlog.lock().unwrap_or_else(PoisonError::into_inner);
        backlog.rests_until = Instant::now() + time;
    }

    /// Sends every entry of `batch` (a context byte and one IP packet, see [`crate::fragment`]), leaving it empty. Never waits.
    pub fn send(&self, batch: &mut Vec<Bytes>) -> Sent {
        let mut sent = Sent::default();
        let free = self.connection.datagram_send_buffer_space();
        let mut backlog = self.backlog.lock().unwrap_or_else(PoisonError::into_inner);
        let mut room = backlog.room(Instant::now(), SEND_BUFFER.saturating_sub(free));
        // The newest are dropped: older ones are closer to being useful.
        batch.retain(|datagram| {
            let fits = datagram.len() <= room;
            if fits {
                room -= datagram.len();
                sent.packets += 1;
                sent.bytes += datagram.len() as u64 - 1;
            } else {
                sent.backlog_full += 1;
            }
            fits
        });
        if let Some(oversized) = self.queue(batch) {
            sent.oversized = oversized;
            sent.packets = sent.packets.saturating_sub(oversized);
            backlog.queued(batch.iter().map(Bytes::len).sum());
        } else {
            sent.unconnected = std::mem::take(&mut sent.packets);
            sent.bytes = 0;
        }
        batch.clear();
        sent
    }
}

/// `datagram` with its packet's checksum filled in where it is too large for one datagram: fragments have no way to say that
/// it is not.
fn summed(datagram: &Bytes, max: usize) -> Option<Bytes> {
    if datagram.len() <= max || datagram.first() != Some(&CONTEXT_UNSUMMED) {
        return Some(datagram.clone());
    }
    let mut copy = BytesMut::from(datagram.as_ref());
    let (context, packet) = copy.split_first_mut()?;
    *context = CONTEXT_PACKET;
    checksum::fill(packet).ok()?;
    Some(copy.freeze())
}

/// Bounds the queue by the time it takes to drain: 1 MiB is 8 ms at 1 Gb/s but 0.8 s at 10 Mb/s.
struct Backlog {
    /// Bytes in the queue when the window began, plus all queued since.
    offered: usize,
    since: Instant,
    /// Bytes a second the connection drained when last measured under load.
    rate: f64,
    /// Until when nothing may be queued.
    rests_until: Instant,
}

impl Backlog {
    /// Shorter windows measure noise.
    const WINDOW: Duration = Duration::from_millis(20);

    fn new(now: Instant) -> Self {
        Self {
            offered: 0,
            since: now,
            rate: 0.0,
            rests_until: now,
        }
    }

    /// Bytes that may be queued now, `waiting` being what is queued already.
    fn room(&mut self, now: Instant, waiting: usize) -> usize {
        if now < self.rests_until {
            return 0;
        }
        let passed = now.saturating_duration_since(self.since);
        if passed >= Self::WINDOW {
            let drained = self.offered.saturating_sub(waiting) as f64 / passed.as_secs_f64();
            // An idle moment says nothing about the path; a queue that stood does.
            self.rate = if waiting > 0 {
                (self.rate + drained) / 2.0
            } else {
                self.rate.max(drained)
            };
            self.offered = waiting;
            self.since = now;
        }
        let allowed = (self.rate * MAX_WAIT.as_secs_f64()) as usize;
        allowed
            .clamp(MIN_BACKLOG, SEND_BUFFER)
            .saturating_sub(waiting)
    }

    fn queued(&mut self, bytes: usize) {
        self.offered += bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_path_keeps_a_short_queue() {
        let start = Instant::now();
        let mut backlog = Backlog::new(start);
        assert_eq!(backlog.room(start, 0), MIN_BACKLOG);
        backlog.queued(MIN_BACKLOG);
        // 10 KiB drained in 20 ms: 512 KiB/s, of which 10 ms are far below the minimum.
        let later = start + Duration::from_millis(20);
        assert_eq!(backlog.room(later, MIN_BACKLOG - 10 * 1024), 10 * 1024);
    }

    #[test]
    fn nothing_is_taken_while_it_rests() {
        let start = Instant::now();
        let mut backlog = Backlog::new(start);
        backlog.rests_until = start + Duration::from_millis(100);
        assert_eq!(backlog.room(start + Duration::from_millis(99), 0), 0);
        let later = start + Duration::from_millis(100);
        assert_eq!(backlog.room(later, 0), MIN_BACKLOG);
    }

    #[test]
    fn a_fast_path_gets_ten_milliseconds_of_its_rate() {
        let start = Instant::now();
        let mut backlog = Backlog::new(start);
        backlog.queued(2_500_000);
        // 2.5 MB in 20 ms is 1 Gb/s; 10 ms of that are 1.25 MB, more than the whole buffer.
        let later = start + Duration::from_millis(20);
        assert_eq!(backlog.room(later, 0), SEND_BUFFER);
    }
}
