//! Which path packets go by, and whether: what is sent starts and stops here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Negotiation;
use crate::fast::FastPort;
use crate::fast::direct_paths::Ends;
use crate::fast::header::{FULL_SIZE, HEADER, Kind, MAX_DATAGRAM};
use crate::fast::offer::Reason;
use crate::fast::outbox;
use crate::fast::path::{Sending, WhyNot};
use crate::fast::session::Sealer;
use crate::fast::socket::SendFault;
use crate::fast::stranding::Stranding;
use crate::link::Link;
use crate::probe;

/// Sends one datagram of full size with `content` in front, by keys and path that need not be proven.
pub fn send_probe(port: &FastPort, link: &Link, sealer: &Sealer, path: Ends, content: &[u8]) {
    let Some(counter) = sealer.reserve(1) else {
        return;
    };
    let mut datagram = [0; MAX_DATAGRAM];
    if let Some(room) = datagram.get_mut(HEADER..HEADER + content.len()) {
        room.copy_from_slice(content);
    }
    if sealer.seal(counter, Kind::Probe, &mut datagram).is_err() {
        return;
    }
    let message = outbox::Message {
        target: 0,
        start: 0,
        length: MAX_DATAGRAM,
        segment: MAX_DATAGRAM as u16,
        path,
    };
    let mut sent = true;
    port.send(&datagram, &[message], |_, fault| {
        sent = false;
        link.fast_path.note_fault(path, fault);
    });
    if sent {
        link.fast_path
            .count_sent(1, u64::from(Sending::is_full(FULL_SIZE)));
    }
}

impl Negotiation<'_> {
    /// Takes what iroh shows of the paths: another one than before is followed, or proven.
    pub(super) fn take_paths(&mut self) {
        let now = Instant::now();
        let is_another = self.paths.renew(&self.link.connection, now);
        self.link.fast_path.set_open_paths(self.paths.remotes());
        if !is_another {
            return;
        }
        let has_sent = self.link.fast_path.sent().total > 0;
        let after = has_sent.then(|| self.rtt.max(self.rtt()));
        self.stranding = Stranding::default();
        let rested = std::mem::take(&mut self.merging).until().is_some();
        self.link.fast_path.forget_merged();
        if !self.follow_path(now) {
            self.begin_path(now, after);
        }
        if rested && self.wanted {
            self.start();
        }
    }

    /// Proves the path anew, if there is one and there are keys for it. `after`: the round-trip time of the path before it.
    pub(super) fn begin_path(&mut self, now: Instant, after: Option<Duration>) {
        self.stop_sending();
        self.left = WhyNot::Proving;
        if self.paths.selected().is_some() && !self.has_no_keys() {
            let reported = self.link.fast_path.reported();
            self.prover.begin(now, reported, after);
            self.send_probe();
        } else {
            self.prover.end();
        }
    }

    /// Leaves a path that the system refused to send by.
    pub(super) fn take_fault(&mut self, now: Instant) {
        let path = self.paths.selected();
        if let Some(fault) = self.link.fast_path.take_fault(path) {
            self.left = match fault {
                SendFault::TooBig | SendFault::NoSegmentation => WhyNot::TooSmall,
                SendFault::Unreachable => {
                    self.stranding.suspect(path, now);
                    WhyNot::Refused
                }
                // Not noted.
                SendFault::Busy => return,
            };
            self.prover.fail(now);
            self.stop_sending();
        }
    }

    /// Ends and begins rests where QUIC's datagrams come merged with ours.
    pub(super) fn judge_merging(&mut self, now: Instant) {
        if self.merging.wake(now) {
            self.link.fast_path.forget_merged();
            if self.wanted {
                self.start();
            }
        }
        if self.merging.until().is_none() && self.link.fast_path.is_merged() {
            self.merging.rest(now);
            self.withdraw(Reason::Merged);
        }
    }

    /// The path is proven.
    pub(super) fn start_sending(&mut self) {
        self.left = WhyNot::Proving;
        self.renew_sending();
    }

    /// Sends by the present keys and path, if the path is proven.
    pub(super) fn renew_sending(&self) {
        if let (Some((sealer, cipher)), Some(path)) =
            (self.generations.sealing(), self.paths.selected())
            && self.prover.is_proven()
        {
            self.link.fast_path.set_sending(Some(Arc::new(Sending {
                sealer: sealer.clone(),
                path,
                cipher,
            })));
        }
    }

    /// Packets go by QUIC from here on.
    pub(super) fn stop_sending(&self) {
        if self.link.fast_path.sending().is_some() {
            self.link.fast_path.set_sending(None);
        }
    }

    /// Sends a probe that asks for no answer, where there are keys and a path.
    pub(super) fn send_probe(&self) {
        if let (Some((sealer, _)), Some(path)) = (self.generations.sealing(), self.paths.selected())
        {
            send_probe(self.port, self.link, sealer, path, &probe::padding());
        }
    }

    /// Sends by the present path at once, if one before it was proven: QUIC has found that packets pass, and under load iroh
    /// may change its mind often.
    fn follow_path(&mut self, now: Instant) -> bool {
        let fast_path = &self.link.fast_path;
        let sent = fast_path.sent();
        let reported = fast_path.reported();
        let follows = self.paths.selected().is_some() && self.prover.follow(sent, reported);
        if follows {
            self.renew_sending();
            self.send_probe();
            self.reporter.ask(now);
        }
        follows
    }
}
