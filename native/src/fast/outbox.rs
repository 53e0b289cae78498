//! Datagrams on their way out, gathered so that one system call sends as many as possible.

use super::direct_paths::Ends;
use super::header::MAX_DATAGRAM;

/// Bytes gathered at most before they are sent.
const ROOM: usize = 4 * 65_536;

/// Most bytes in one message: what fits in an IP packet beside its own headers (RFC 768).
const MESSAGE: usize = 65_507;

/// Most datagrams in one message (`UDP_MAX_SEGMENTS` of older kernels).
const SEGMENTS: usize = 64;

/// Datagrams in one message where all are of the greatest size.
pub const FULL_DATAGRAMS: usize = MESSAGE / MAX_DATAGRAM;

/// Consecutive datagrams for one address that the kernel or the network card takes apart: equal in size but the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message {
    /// Which of the outbox's targets it is for.
    pub target: usize,
    /// Where it begins in the buffer.
    pub start: usize,
    /// Bytes of all its datagrams.
    pub length: usize,
    /// Bytes of each datagram but the last.
    pub segment: u16,
    /// Whom it is for, and the address it has to come from.
    pub path: Ends,
}

impl Message {
    /// How many datagrams it has.
    pub fn datagrams(&self) -> usize {
        self.length.div_ceil(usize::from(self.segment).max(1))
    }

    /// Its datagrams as messages of their own.
    pub fn singles(&self) -> impl Iterator<Item = Self> + use<> {
        let whole = *self;
        let segment = usize::from(self.segment).max(1);
        (0..self.datagrams()).map(move |index| Self {
            start: whole.start + index * segment,
            length: segment.min(whole.length - index * segment),
            ..whole
        })
    }

    fn takes(&self, target: usize, size: usize) -> bool {
        let segment = usize::from(self.segment);
        self.target == target
            && size <= segment
            // A shorter one was the last.
            && self.length.is_multiple_of(segment)
            && self.length + size <= MESSAGE
            && self.length / segment < SEGMENTS
    }
}

/// The outgoing datagrams of one thread.
pub struct Outbox {
    buffer: Box<[u8]>,
    used: usize,
    messages: Vec<Message>,
}

impl Default for Outbox {
    fn default() -> Self {
        Self {
            buffer: vec![0; ROOM].into_boxed_slice(),
            used: 0,
            messages: Vec::with_capacity(64),
        }
    }
}

impl Outbox {
    /// Whether a datagram of `size` bytes still fits.
    pub fn has_room(&self, size: usize) -> bool {
        self.used + size <= self.buffer.len()
    }

    /// Room for the next datagram, of `size` bytes. `None`: full, send first.
    pub fn datagram(&mut self, target: usize, path: Ends, size: usize) -> Option<&mut [u8]> {
        let start = self.used;
        let room = self.buffer.get_mut(start..start + size)?;
        match self.messages.last_mut() {
            Some(last) if last.takes(target, size) => last.length += size,
            _ => self.messages.push(Message {
                target,
                start,
                length: size,
                segment: u16::try_from(size).ok()?,
                path,
            }),
        }
        self.used += size;
        Some(room)
    }

    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// What is to be sent: a buffer, and the messages that are slices of it.
    pub fn contents(&self) -> (&[u8], &[Message]) {
        (&self.buffer, &self.messages)
    }

    /// Forgets what was sent.
    pub fn clear(&mut self) {
        self.used = 0;
        self.messages.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(port: u16) -> Ends {
        Ends {
            remote: ([192, 0, 2, 1], port).into(),
            local: None,
        }
    }

    fn shape(sizes: &[(usize, usize)]) -> Vec<(usize, usize, u16)> {
        let mut outbox = Outbox::default();
        for &(target, size) in sizes {
            let path = path(1000 + target as u16);
            outbox.datagram(target, path, size).unwrap();
        }
        let (_, messages) = outbox.contents();
        let all = messages.iter();
        all.map(|m| (m.target, m.datagrams(), m.segment)).collect()
    }

    #[test]
    fn equal_datagrams_for_one_peer_go_in_one_message() {
        assert_eq!(shape(&[(0, 1308); 3]), [(0, 3, 1308)]);
    }

    #[test]
    fn a_shorter_datagram_ends_a_message_and_a_longer_begins_one() {
        let sizes = [(0, 1308), (0, 1308), (0, 100), (0, 100), (0, 1308)];
        assert_eq!(shape(&sizes), [(0, 3, 1308), (0, 1, 100), (0, 1, 1308)]);
    }

    #[test]
    fn datagrams_for_several_peers_keep_their_order() {
        let sizes = [(0, 80), (1, 80), (0, 80)];
        assert_eq!(shape(&sizes), [(0, 1, 80), (1, 1, 80), (0, 1, 80)]);
    }

    #[test]
    fn a_message_is_no_larger_than_udp_and_the_kernel_allow() {
        let sizes = [(0, 1308); FULL_DATAGRAMS + 1];
        assert_eq!(shape(&sizes), [(0, FULL_DATAGRAMS, 1308), (0, 1, 1308)]);
        assert_eq!(shape(&[(0, 68); 65]), [(0, 64, 68), (0, 1, 68)]);
    }

    #[test]
    fn a_full_outbox_takes_nothing_more() {
        let mut outbox = Outbox::default();
        let taken = (0..).take_while(|_| outbox.datagram(0, path(1000), 1308).is_some());
        assert_eq!(taken.count(), ROOM / 1308);
        outbox.clear();
        assert!(outbox.datagram(0, path(1000), 1308).is_some());
    }
}
