//! Carrier datagrams: a context byte, then a whole IP packet, a fragment of one, or a probe.
//!
//! A path may carry less than the tunnel's MTU (QUIC starts at 1162 bytes); a packet too large for one
//! datagram then crosses in several:
//!
//! ```text
//! [0] packet
//! [1] id, 16 bits big endian | last, 1 bit; index, 7 bits | payload
//! [2] probe
//! [3] packet whose TCP or UDP checksum the receiver has to fill in
//! [4] report of what arrived by the fast path
//! ```
//!
//! The sender numbers the packets it splits one after another, per connection.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::{BufMut, Bytes, BytesMut};

use crate::drops::DropReason;

/// First byte of a datagram that carries one whole IP packet.
pub const CONTEXT_PACKET: u8 = 0;
/// First byte of a datagram that carries a fragment.
pub const CONTEXT_FRAGMENT: u8 = 1;
/// First byte of a datagram that measures the path.
pub const CONTEXT_PROBE: u8 = 2;
/// First byte of a datagram that carries one whole IP packet without its transport checksum.
pub const CONTEXT_UNSUMMED: u8 = 3;
/// First byte of a datagram that tells what arrived by the fast path.
pub const CONTEXT_REPORT: u8 = 4;

/// Largest IP packet there is, in bytes.
const MAX_PACKET: usize = 65_535;
/// Context, id, last and index.
const FRAGMENT_HEADER: usize = 4;
const LAST: u8 = 0x80;
/// Indexes have 7 bits.
const MAX_FRAGMENTS: usize = 128;

/// How long an incomplete packet waits for its other fragments.
const TIMEOUT: Duration = Duration::from_secs(2);
/// Incomplete packets kept per connection, and the bytes received of them.
const MAX_PARTIALS: usize = 64;
const MAX_BYTES: usize = 256 * 1024;
/// An incomplete packet is given up once the sender is this many packets ahead: long before its id
/// comes round again, so that halves of two packets are never joined at high rates.
const STALE: u16 = 1 << 14;

/// What a received datagram carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Datagram<'a> {
    /// One IP packet, not looked at yet.
    Packet(&'a [u8]),
    /// A piece of one, for the [`Reassembler`].
    Fragment(Fragment<'a>),
    /// A probe's content.
    Probe(&'a [u8]),
    /// One IP packet, not looked at yet, whose TCP or UDP checksum is not filled in.
    Unsummed(&'a [u8]),
    /// A report's content.
    Report(&'a [u8]),
}

/// A piece of an IP packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fragment<'a> {
    id: u16,
    index: u8,
    last: bool,
    payload: &'a [u8],
}

impl<'a> Datagram<'a> {
    /// Reads the context of a received datagram.
    ///
    /// # Errors
    /// `Truncated` when empty, `UnknownContext`, `FragmentInvalid` for a fragment without payload.
    pub fn parse(datagram: &'a [u8]) -> Result<Self, DropReason> {
        match *datagram {
            [] => Err(DropReason::Truncated),
            [CONTEXT_PACKET, ref packet @ ..] => Ok(Self::Packet(packet)),
            [CONTEXT_FRAGMENT, i0, i1, position, ref payload @ ..] if !payload.is_empty() => {
                Ok(Self::Fragment(Fragment {
                    id: u16::from_be_bytes([i0, i1]),
                    index: position & !LAST,
                    last: position & LAST != 0,
                    payload,
                }))
            }
            [CONTEXT_FRAGMENT, ..] => Err(DropReason::FragmentInvalid),
            [CONTEXT_PROBE, ref content @ ..] => Ok(Self::Probe(content)),
            [CONTEXT_UNSUMMED, ref packet @ ..] => Ok(Self::Unsummed(packet)),
            [CONTEXT_REPORT, ref content @ ..] => Ok(Self::Report(content)),
            _ => Err(DropReason::UnknownContext),
        }
    }
}

/// The datagrams, at most `max` bytes each, that carry `datagram` (context 0 and an IP packet).
///
/// What fits passes through untouched; what does not is copied once into fragments of nearly equal
/// size, numbered `id` (count it up by one for each packet that is split). `None` when `datagram` is
/// no packet or no IP packet can be that large, or when it would take more than 128 fragments.
pub fn split(datagram: Bytes, max: usize, id: u16) -> Option<Datagrams> {
    let (&context, packet) = datagram.split_first()?;
    if packet.len() > MAX_PACKET {
        return None;
    }
    let whole = datagram.len() <= max;
    if context != CONTEXT_PACKET && !(whole && context == CONTEXT_UNSUMMED) {
        return None;
    }
    if whole {
        return Some(Datagrams {
            size: datagram.len(),
            rest: datagram,
        });
    }
    let room = max.checked_sub(FRAGMENT_HEADER).filter(|&room| room > 0)?;
    let count = packet.len().div_ceil(room);
    if count > MAX_FRAGMENTS {
        return None;
    }
    let share = packet.len().div_ceil(count);
    let mut fragments = BytesMut::with_capacity(packet.len() + count * FRAGMENT_HEADER);
    for (index, payload) in packet.chunks(share).enumerate() {
        fragments.put_u8(CONTEXT_FRAGMENT);
        fragments.put_u16(id);
        fragments.put_u8(index as u8 | if index + 1 == count { LAST } else { 0 });
        fragments.put_slice(payload);
    }
    Some(Datagrams {
        size: share + FRAGMENT_HEADER,
        rest: fragments.freeze(),
    })
}

/// The datagrams of one packet, in order, as slices of one buffer.
#[derive(Debug)]
pub struct Datagrams {
    rest: Bytes,
    size: usize,
}

impl Iterator for Datagrams {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        let size = self.size.min(self.rest.len());
        (size > 0).then(|| self.rest.split_to(size))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.rest.len().div_ceil(self.size);
        (left, Some(left))
    }
}

impl ExactSizeIterator for Datagrams {}

/// Puts the fragments of one connection together again, in bounded memory: at most 64 incomplete
/// packets and 256 KiB, the oldest given up first, each after 2 s at the latest.
#[derive(Debug, Default)]
pub struct Reassembler {
    /// Oldest first.
    partials: VecDeque<Partial>,
    /// Bytes in all of them.
    bytes: usize,
    abandoned: u64,
}

impl Reassembler {
    /// Nothing received yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one fragment and returns the packet that it completes, if any. Of a packet
    /// still incomplete, a fragment that comes twice changes nothing.
    ///
    /// # Errors
    /// `FragmentInvalid` when it contradicts earlier ones or can never be completed, `Oversized` when
    /// the packet would exceed 65535 bytes; either way all of that packet is forgotten.
    pub fn push(
        &mut self,
        now: Instant,
        fragment: Fragment<'_>,
    ) -> Result<Option<Bytes>, DropReason> {
        while self
            .partials
            .front()
            .is_some_and(|oldest| oldest.is_stale(now, fragment.id))
        {
            self.abandon_oldest();
        }
        let known = self.partials.iter().rposition(|p| p.id == fragment.id);
        let mut partial = known
            .and_then(|at| self.partials.remove(at))
            .unwrap_or_else(|| Partial::new(now, &fragment));
        self.bytes -= partial.data.len();
        partial.add(&fragment)?;
        if partial.is_complete() {
            return Ok(Some(partial.into_packet()));
        }
        self.bytes += partial.data.len();
        self.partials
            .insert(known.unwrap_or(self.partials.len()), partial);
        while self.partials.len() > MAX_PARTIALS || self.bytes > MAX_BYTES {
            self.abandon_oldest();
        }
        Ok(None)
    }

    /// Packets given up incomplete since the last call, to be counted as `FragmentTimeout`.
    pub fn take_abandoned(&mut self) -> u64 {
        std::mem::take(&mut self.abandoned)
    }

    /// How many incomplete packets there are, and how many bytes of them.
    #[cfg(any(test, feature = "fuzzing"))]
    pub fn held(&self) -> (usize, usize) {
        let bytes = self.partials.iter().map(|partial| partial.data.len()).sum();
        (self.partials.len(), bytes)
    }

    fn abandon_oldest(&mut self) {
        if let Some(oldest) = self.partials.pop_front() {
            self.bytes -= oldest.data.len();
            self.abandoned += 1;
        }
    }
}

/// An incomplete packet.
#[derive(Debug)]
struct Partial {
    id: u16,
    since: Instant,
    /// Index of the last fragment, once that came.
    last: Option<u8>,
    /// Where each fragment is in `data`, as they came.
    pieces: Vec<Piece>,
    data: Vec<u8>,
}

#[derive(Debug)]
struct Piece {
    index: u8,
    start: u16,
    end: u16,
}

impl Partial {
    fn new(since: Instant, first: &Fragment<'_>) -> Self {
        Self {
            id: first.id,
            since,
            last: None,
            pieces: Vec::new(),
            // Nearly always there are two, and the first is the larger one.
            data: Vec::with_capacity(2 * first.payload.len()),
        }
    }

    fn is_stale(&self, now: Instant, newest: u16) -> bool {
        let ahead = newest.wrapping_sub(self.id);
        now.saturating_duration_since(self.since) >= TIMEOUT
            || (STALE..=u16::MAX - STALE).contains(&ahead)
    }

    fn add(&mut self, fragment: &Fragment<'_>) -> Result<(), DropReason> {
        let &Fragment {
            index,
            last,
            payload,
            ..
        } = fragment;
        if let Some(earlier) = self.pieces.iter().find(|piece| piece.index == index) {
            let same = self.bytes_of(earlier) == payload && last == (self.last == Some(index));
            return if same {
                Ok(())
            } else {
                Err(DropReason::FragmentInvalid)
            };
        }
        let beyond_last = self.last.is_some_and(|end| index > end);
        let not_the_last = last && self.pieces.iter().any(|piece| piece.index > index);
        let never_complete = !last && usize::from(index) == MAX_FRAGMENTS - 1;
        if beyond_last || not_the_last || never_complete {
            return Err(DropReason::FragmentInvalid);
        }
        let position = |length: usize| u16::try_from(length).map_err(|_| DropReason::Oversized);
        self.pieces.push(Piece {
            index,
            start: position(self.data.len())?,
            end: position(self.data.len() + payload.len())?,
        });
        self.data.extend_from_slice(payload);
        if last {
            self.last = Some(index);
        }
        Ok(())
    }

    fn is_complete(&self) -> bool {
        self.last
            .is_some_and(|last| self.pieces.len() == usize::from(last) + 1)
    }

    fn into_packet(mut self) -> Bytes {
        if self.pieces.is_sorted_by_key(|piece| piece.index) {
            return self.data.into();
        }
        self.pieces.sort_unstable_by_key(|piece| piece.index);
        let mut packet = Vec::with_capacity(self.data.len());
        for piece in &self.pieces {
            packet.extend_from_slice(self.bytes_of(piece));
        }
        packet.into()
    }

    fn bytes_of(&self, piece: &Piece) -> &[u8] {
        self.data
            .get(piece.start.into()..piece.end.into())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::samples::Random;

    /// A carrier datagram with a recognisable packet of `length` bytes.
    fn whole(length: usize) -> Bytes {
        let packet = (0..length).map(|n| (n * 7 + n / 256) as u8);
        std::iter::once(CONTEXT_PACKET).chain(packet).collect()
    }

    fn parts(length: usize, max: usize, id: u16) -> Vec<Bytes> {
        split(whole(length), max, id).unwrap().collect()
    }

    fn fragment(datagram: &[u8]) -> Fragment<'_> {
        match Datagram::parse(datagram) {
            Ok(Datagram::Fragment(fragment)) => fragment,
            other => panic!("{other:?} is no fragment"),
        }
    }

    fn made(id: u16, index: u8, last: bool, payload: &[u8]) -> Fragment<'_> {
        Fragment {
            id,
            index,
            last,
            payload,
        }
    }

    fn push(
        reassembler: &mut Reassembler,
        now: Instant,
        part: &[u8],
    ) -> Result<Option<Bytes>, DropReason> {
        reassembler.push(now, fragment(part))
    }

    #[test]
    fn datagrams_are_told_apart_by_context() {
        assert_eq!(Datagram::parse(&[]), Err(DropReason::Truncated));
        assert_eq!(
            Datagram::parse(&[0, 0x45, 1]),
            Ok(Datagram::Packet(&[0x45, 1]))
        );
        assert_eq!(Datagram::parse(&[2, 7]), Ok(Datagram::Probe(&[7])));
        assert_eq!(Datagram::parse(&[3, 7]), Ok(Datagram::Unsummed(&[7])));
        assert_eq!(Datagram::parse(&[4, 7]), Ok(Datagram::Report(&[7])));
        for unknown in 5..=255 {
            assert_eq!(
                Datagram::parse(&[unknown, 1]),
                Err(DropReason::UnknownContext)
            );
        }
        assert_eq!(
            Datagram::parse(&[1, 0x12, 0x34, 0x83, 9]),
            Ok(Datagram::Fragment(made(0x1234, 3, true, &[9])))
        );
        for short in [&[1][..], &[1, 0, 0], &[1, 0, 0, 0x80]] {
            assert_eq!(Datagram::parse(short), Err(DropReason::FragmentInvalid));
        }
    }

    #[test]
    fn what_fits_passes_through_without_a_copy() {
        let datagram = whole(1161);
        let address = datagram.as_ptr();
        let sent: Vec<_> = split(datagram.clone(), 1162, 0).unwrap().collect();
        assert_eq!(sent, [datagram]);
        assert_eq!(sent[0].as_ptr(), address);
    }

    #[test]
    fn a_full_packet_crosses_a_fresh_path_in_two_equal_halves() {
        let sent = parts(1280, 1162, 0xabcd);
        let lengths: Vec<_> = sent.iter().map(Bytes::len).collect();
        assert_eq!(lengths, [644, 644]);
        assert_eq!(sent[0][..4], [1, 0xab, 0xcd, 0x00]);
        assert_eq!(sent[1][..4], [1, 0xab, 0xcd, 0x81]);
    }

    #[test]
    fn one_byte_too_many_is_split() {
        assert_eq!(parts(1161, 1162, 0).len(), 1);
        assert_eq!(parts(1162, 1162, 0).len(), 2);
    }

    #[test]
    fn every_packet_crosses_every_path_in_any_order() {
        let mut random = Random(3);
        let mut reassembler = Reassembler::new();
        let now = Instant::now();
        let mut id = 65_000u16;
        for max in [600, 601, 644, 700, 1000, 1162, 1281] {
            for length in (1..=1281).chain([9000, 65_534, 65_535]) {
                let Some(datagrams) = split(whole(length), max, id) else {
                    panic!("{length} over {max}");
                };
                let expected = datagrams.len();
                let mut sent: Vec<_> = datagrams.collect();
                assert_eq!(sent.len(), expected);
                assert!(sent.iter().all(|datagram| datagram.len() <= max));
                if let [only] = &sent[..] {
                    assert_eq!(*only, whole(length));
                    continue;
                }
                let (smallest, largest) = (sent[expected - 1].len(), sent[0].len());
                assert!(largest - smallest < expected, "{length} over {max}");
                if random.below(3) == 0 {
                    sent.sort_by_cached_key(|_| random.below(1000));
                }
                let mut received = None;
                for datagram in &sent {
                    assert_eq!(received, None);
                    received = push(&mut reassembler, now, datagram).unwrap();
                }
                assert_eq!(received.unwrap(), whole(length).slice(1..));
                id = id.wrapping_add(1);
            }
        }
        assert_eq!((reassembler.bytes, reassembler.partials.len()), (0, 0));
        assert_eq!(reassembler.take_abandoned(), 0);
    }

    #[test]
    fn the_impossible_is_not_split() {
        assert!(split(whole(65_536), 70_000, 0).is_none());
        assert!(split(whole(1280), FRAGMENT_HEADER, 0).is_none());
        assert!(split(whole(1280), 0, 0).is_none());
        // 128 fragments of 10 bytes are the most.
        assert!(split(whole(1280), 14, 0).is_some());
        assert!(split(whole(1281), 14, 0).is_none());
        // No packet at all.
        assert!(split(Bytes::new(), 1162, 0).is_none());
        assert!(split(Bytes::from_static(&[CONTEXT_PROBE, 1]), 1162, 0).is_none());
    }

    #[test]
    fn packets_interleave_freely() {
        let mut reassembler = Reassembler::new();
        let now = Instant::now();
        let (a, b) = (parts(1280, 1162, 1), parts(1200, 1162, 2));
        assert_eq!(push(&mut reassembler, now, &a[0]), Ok(None));
        assert_eq!(push(&mut reassembler, now, &b[1]), Ok(None));
        assert_eq!(
            push(&mut reassembler, now, &a[1]),
            Ok(Some(whole(1280).slice(1..)))
        );
        assert_eq!(
            push(&mut reassembler, now, &b[0]),
            Ok(Some(whole(1200).slice(1..)))
        );
    }

    #[test]
    fn repeated_fragments_change_nothing() {
        let mut reassembler = Reassembler::new();
        let now = Instant::now();
        let sent = parts(1280, 500, 9);
        assert_eq!(sent.len(), 3);
        for part in [0, 0, 2, 2, 0] {
            assert_eq!(push(&mut reassembler, now, &sent[part]), Ok(None));
        }
        assert_eq!(reassembler.bytes, 427 + 426);
        assert_eq!(
            push(&mut reassembler, now, &sent[1]),
            Ok(Some(whole(1280).slice(1..)))
        );
    }

    #[test]
    fn contradictions_are_refused_and_the_packet_forgotten() {
        let cases: [(&str, &[Fragment<'_>]); 6] = [
            (
                "other content",
                &[made(1, 0, false, b"aa"), made(1, 0, false, b"ab")],
            ),
            (
                "other length",
                &[made(1, 0, false, b"aa"), made(1, 0, false, b"a")],
            ),
            (
                "not last after all",
                &[made(1, 1, true, b"aa"), made(1, 1, false, b"aa")],
            ),
            (
                "last after all",
                &[made(1, 1, false, b"aa"), made(1, 1, true, b"aa")],
            ),
            (
                "beyond the last",
                &[made(1, 1, true, b"aa"), made(1, 2, false, b"aa")],
            ),
            (
                "two last ones",
                &[made(1, 2, true, b"aa"), made(1, 1, true, b"aa")],
            ),
        ];
        for (case, fragments) in cases {
            let mut reassembler = Reassembler::new();
            let now = Instant::now();
            assert_eq!(reassembler.push(now, fragments[0]), Ok(None), "{case}");
            let refused = reassembler.push(now, fragments[1]);
            assert_eq!(refused, Err(DropReason::FragmentInvalid), "{case}");
            assert_eq!((reassembler.bytes, reassembler.partials.len()), (0, 0));
        }
    }

    #[test]
    fn a_last_fragment_before_one_already_seen_is_refused() {
        let mut reassembler = Reassembler::new();
        let now = Instant::now();
        assert_eq!(reassembler.push(now, made(1, 3, false, b"a")), Ok(None));
        let refused = reassembler.push(now, made(1, 2, true, b"a"));
        assert_eq!(refused, Err(DropReason::FragmentInvalid));
    }

    #[test]
    fn a_packet_that_can_have_no_last_fragment_is_refused() {
        let refused = Reassembler::new().push(Instant::now(), made(1, 127, false, b"a"));
        assert_eq!(refused, Err(DropReason::FragmentInvalid));
    }

    #[test]
    fn more_than_an_ip_packet_is_oversized() {
        let mut reassembler = Reassembler::new();
        let now = Instant::now();
        let half = [0; 40_000];
        assert_eq!(reassembler.push(now, made(1, 0, false, &half)), Ok(None));
        let refused = reassembler.push(now, made(1, 1, true, &half));
        assert_eq!(refused, Err(DropReason::Oversized));
        assert_eq!((reassembler.bytes, reassembler.partials.len()), (0, 0));
    }

    #[test]
    fn an_incomplete_packet_is_given_up_after_two_seconds() {
        let mut reassembler = Reassembler::new();
        let start = Instant::now();
        let (a, b) = (parts(1280, 1162, 1), parts(1280, 1162, 2));
        push(&mut reassembler, start, &a[0]).unwrap();
        let later = start + TIMEOUT - Duration::from_millis(1);
        push(&mut reassembler, later, &b[0]).unwrap();
        assert_eq!(reassembler.take_abandoned(), 0);
        assert_eq!(push(&mut reassembler, start + TIMEOUT, &a[1]), Ok(None));
        assert_eq!(reassembler.take_abandoned(), 1);
        assert_eq!(reassembler.take_abandoned(), 0);
        assert!(
            push(&mut reassembler, start + TIMEOUT, &b[1])
                .unwrap()
                .is_some()
        );
    }

    #[test]
    fn halves_of_two_packets_are_never_joined_when_ids_come_round() {
        let mut reassembler = Reassembler::new();
        let now = Instant::now();
        let old: Vec<_> = parts(1280, 1162, 7);
        push(&mut reassembler, now, &old[1]).unwrap();
        for id in (8..=u16::MAX).chain(0..7) {
            let sent = [made(id, 0, false, b"new"), made(id, 1, true, b"er")];
            assert_eq!(reassembler.push(now, sent[0]), Ok(None));
            let packet = reassembler.push(now, sent[1]).unwrap();
            assert_eq!(packet.as_deref(), Some(&b"newer"[..]));
        }
        assert_eq!(reassembler.push(now, made(7, 0, false, b"new")), Ok(None));
        assert_eq!(reassembler.take_abandoned(), 1);
    }

    #[test]
    fn a_fragment_overtaken_by_a_few_packets_still_completes() {
        let mut reassembler = Reassembler::new();
        let now = Instant::now();
        push(&mut reassembler, now, &parts(1280, 1162, 3)[0]).unwrap();
        push(&mut reassembler, now, &parts(1280, 1162, u16::MAX)[0]).unwrap();
        for id in [3, u16::MAX] {
            let packet = push(&mut reassembler, now, &parts(1280, 1162, id)[1]).unwrap();
            assert!(packet.is_some(), "{id}");
        }
    }

    #[test]
    fn the_oldest_makes_room_for_the_newest() {
        let mut reassembler = Reassembler::new();
        let now = Instant::now();
        for id in 0..=64 {
            assert_eq!(reassembler.push(now, made(id, 0, false, b"a")), Ok(None));
        }
        assert_eq!(reassembler.partials.len(), 64);
        assert_eq!(reassembler.take_abandoned(), 1);
        // The first was given up, the second was not.
        assert_eq!(
            reassembler.push(now, made(1, 1, true, b"b")),
            Ok(Some(Bytes::from_static(b"ab")))
        );
        assert_eq!(reassembler.push(now, made(0, 1, true, b"b")), Ok(None));
    }

    #[test]
    fn memory_stays_bounded_whatever_comes() {
        let mut random = Random(4);
        let mut reassembler = Reassembler::new();
        let mut now = Instant::now();
        let content = [5; 30_000];
        let mut peak = 0;
        for _ in 0..100_000 {
            now += Duration::from_micros(random.below(20_000) as u64);
            let fragment = made(
                random.below(100) as u16,
                random.below(128) as u8,
                random.below(8) == 0,
                &content[..1 + random.below(content.len() - 1)],
            );
            let _ = reassembler.push(now, fragment);
            let held: usize = reassembler.partials.iter().map(|p| p.data.len()).sum();
            assert_eq!(held, reassembler.bytes);
            assert!(held <= MAX_BYTES && reassembler.partials.len() <= MAX_PARTIALS);
            peak = peak.max(held);
        }
        assert!(peak > MAX_BYTES / 2, "{peak}");
    }

    #[test]
    fn garbage_never_panics() {
        let mut random = Random(5);
        let mut reassembler = Reassembler::new();
        let now = Instant::now();
        for round in 0..100_000 {
            let mut datagram = random.bytes(12);
            if let (Some(context), true) = (datagram.first_mut(), round % 2 == 0) {
                *context = CONTEXT_FRAGMENT;
            }
            if let Ok(Datagram::Fragment(fragment)) = Datagram::parse(&datagram) {
                let _ = reassembler.push(now, fragment);
            }
            let _ = split(datagram.into(), random.below(20), 0).map(Iterator::count);
        }
    }
}
