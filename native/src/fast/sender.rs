//! The outgoing thread's half of the fast path.

use std::sync::Arc;

use super::FastPort;
use super::header::{HEADER, Kind, OVERHEAD};
use super::outbox::Outbox;
use super::path::Sending;
use super::socket::SendFault;
use crate::drops::{DropReason, Drops};
use crate::link::Link;
use crate::offload::Frame;
use crate::peers::Peer;

/// Seals packets and gathers them into few system calls. Each sending thread has its own.
pub struct Sender {
    port: Option<Arc<FastPort>>,
    outbox: Outbox,
    /// Whom the gathered datagrams are for; messages name them by position.
    targets: Vec<Target>,
}

struct Target {
    sending: Arc<Sending>,
    link: Arc<Link>,
    peer: Arc<Peer<Link>>,
}

impl Sender {
    /// For the sockets of `port`; without, it never sends anything.
    pub fn new(port: Option<Arc<FastPort>>) -> Self {
        Self {
            port,
            outbox: Outbox::default(),
            targets: Vec::new(),
        }
    }

    /// Takes all segments of a frame, if the link's fast path is proven. False: they have to go another way.
    pub fn send(
        &mut self,
        link: &Arc<Link>,
        peer: &Arc<Peer<Link>>,
        frame: &Frame<'_>,
        drops: &Drops,
    ) -> bool {
        let Some(sending) = &*link.fast_path.sending() else {
            return false;
        };
        let segments = frame.segments();
        let Some(first) = u32::try_from(segments)
            .ok()
            .and_then(|count| sending.sealer.reserve(count))
        else {
            // The keys are used up; new ones are under way.
            link.fast_path.poke();
            return false;
        };
        let kind = match frame.is_unsummed() {
            true => Kind::Unsummed,
            false => Kind::Packet,
        };
        let target = self.target(sending, link, peer);
        let (mut bytes, mut full) = (0, 0);
        for (index, counter) in (0..segments).zip(first..) {
            let length = frame.segment_length(index);
            if !self.outbox.has_room(length + OVERHEAD) {
                self.send_gathered(drops);
            }
            let Some(datagram) = self
                .outbox
                .datagram(target, sending.path, length + OVERHEAD)
            else {
                continue;
            };
            if let Some(packet) = datagram.get_mut(HEADER..HEADER + length) {
                frame.write_segment(index, packet);
            }
            if sending.sealer.seal(counter, kind, datagram).is_err() {
                // Cannot be, with a reserved counter and a segment of at most the tunnel's MTU; plaintext must not leave.
                datagram.fill(0);
            }
            bytes += length as u64;
            full += u64::from(Sending::is_full(length));
        }
        peer.counters.sent(segments as u64, bytes);
        link.fast_path.count_sent(segments as u64, full);
        true
    }

    /// Sends what was gathered.
    pub fn flush(&mut self, drops: &Drops) {
        if !self.outbox.is_empty() {
            self.send_gathered(drops);
        }
        self.targets.clear();
    }

    fn send_gathered(&mut self, drops: &Drops) {
        let Some(port) = &self.port else { return };
        let (buffer, messages) = self.outbox.contents();
        port.send(buffer, messages, |message, fault| {
            let lost = message.datagrams() as u64;
            let reason = match fault {
                SendFault::Busy => DropReason::BacklogFull,
                _ => DropReason::Unsendable,
            };
            drops.add(reason, lost);
            if let Some(target) = self.targets.get(message.target) {
                target.peer.counters.dropped(lost);
                if fault != SendFault::Busy {
                    target.link.fast_path.fail(&target.sending, fault);
                }
            }
        });
        self.outbox.clear();
    }

    fn target(
        &mut self,
        sending: &Arc<Sending>,
        link: &Arc<Link>,
        peer: &Arc<Peer<Link>>,
    ) -> usize {
        let known = self
            .targets
            .iter()
            .position(|target| Arc::ptr_eq(&target.sending, sending));
        known.unwrap_or_else(|| {
            self.targets.push(Target {
                sending: sending.clone(),
                link: link.clone(),
                peer: peer.clone(),
            });
            self.targets.len() - 1
        })
    }
}
