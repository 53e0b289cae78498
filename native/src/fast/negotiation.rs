//! The task beside each link that gets its fast path going and keeps judging it: offers and keys, the path that iroh selected,
//! probes and reports. It never touches a packet.
//!
//! Here is when it looks and what it tells; `exchange` is how both ends come to keys, `sending` which path packets go by.

mod exchange;
mod sending;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use n0_future::StreamExt;
use tokio::sync::mpsc;

use self::exchange::{PATIENCE, Question};
pub use self::sending::send_probe;
use super::FastPort;
use super::direct_paths::DirectPaths;
use super::generation::Generations;
use super::keys::Role;
use super::merging::Merging;
use super::path::WhyNot;
use super::port::Entry;
use super::prover::{Prover, Step, TICK};
use super::reporter::Reporter;
use super::sessions::Place;
use super::stranding::Stranding;
use crate::event::NativeEvent;
use crate::link::{CloseCode, Link};
use crate::mesh::{Mesh, hex};

/// How long they may take to offer it before they count as without.
const OFFER_TIME: Duration = Duration::from_secs(3);

/// Looks after a link's fast path until its connection ends.
pub async fn run(mesh: Arc<Mesh>, link: Arc<Link>, mut inbox: mpsc::Receiver<Bytes>) {
    let Some(port) = mesh.fast.clone() else {
        return link.fast_path.set_why_not(WhyNot::NoPort);
    };
    let mut wanted = port.watch_wanted();
    let mut paths = link.connection.paths_stream();
    let mut negotiation = Negotiation::new(&mesh, &link, &port);
    negotiation.set_wanted(*wanted.borrow_and_update());
    negotiation.take_paths();
    loop {
        let deadline = negotiation.look(Instant::now());
        let sleep = async {
            match deadline {
                Some(at) => tokio::time::sleep_until(at.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = link.connection.closed() => break,
            Some(message) = inbox.recv() => negotiation.receive(&message),
            Ok(()) = wanted.changed() => negotiation.set_wanted(*wanted.borrow_and_update()),
            Some(_) = paths.next() => negotiation.take_paths(),
            () = link.fast_path.woken() => {}
            () = sleep => {}
        }
    }
}

struct Negotiation<'a> {
    mesh: &'a Mesh,
    link: &'a Arc<Link>,
    port: &'a FastPort,
    role: Role,
    wanted: bool,
    began: Instant,
    paths: DirectPaths,
    stranding: Stranding,
    merging: Merging,
    /// The round-trip time at the last look.
    rtt: Duration,
    /// The last generation either end has offered; numbers only rise while a connection lives.
    generation: Option<u32>,
    /// The dialler's offer that waits for its answer.
    asked: Option<Question>,
    generations: Generations<Place<Entry>>,
    /// When the accepter last asked for an offer.
    requested: Instant,
    /// How long an answer may take; longer each time, for a peer may know nothing of all this.
    patience: Duration,
    /// They do not take part.
    withdrawn: bool,
    prover: Prover,
    /// How much is known to have arrived there.
    arrived: u64,
    reporter: Reporter,
    /// Why the path was left.
    left: WhyNot,
    /// What was told last about how packets go.
    told: Option<WhyNot>,
}

impl<'a> Negotiation<'a> {
    fn new(mesh: &'a Mesh, link: &'a Arc<Link>, port: &'a FastPort) -> Self {
        let now = Instant::now();
        let role = match link.incoming {
            true => Role::Accepter,
            false => Role::Dialler,
        };
        Self {
            mesh,
            link,
            port,
            role,
            wanted: false,
            began: now,
            paths: DirectPaths::default(),
            stranding: Stranding::default(),
            merging: Merging::default(),
            rtt: Duration::ZERO,
            generation: None,
            asked: None,
            generations: Generations::new(role),
            requested: now,
            patience: PATIENCE,
            withdrawn: false,
            prover: Prover::default(),
            arrived: 0,
            reporter: Reporter::new(now),
            left: WhyNot::Proving,
            told: Some(WhyNot::Proving),
        }
    }

    /// Does what is due; returns when to look again, or `None`: when something happens.
    fn look(&mut self, now: Instant) -> Option<Instant> {
        if self.paths.next_change().is_some_and(|at| now >= at) {
            self.take_paths();
        }
        self.take_fault(now);
        if self.stranding.look(self.paths.selected(), now) {
            self.link.close(CloseCode::Bye, "moved");
        }
        self.judge_merging(now);
        self.renew_keys(now);
        self.note_arrivals(now);
        let rtt = self.rtt();
        self.rtt = rtt;
        let fast_path = &self.link.fast_path;
        let (_, reports) = fast_path.arrivals();
        let heard = self.reporter.heard(reports);
        let step = self.prover.look(now, fast_path.sent(), heard, rtt);
        match step {
            Step::Nothing => {}
            Step::Probe => self.send_probe(),
            Step::Ask => {
                self.send_probe();
                self.reporter.ask(now);
            }
            Step::Use => self.start_sending(),
            Step::Leave => {
                self.left = WhyNot::Unanswered;
                self.stop_sending();
            }
        }
        if self.prover.is_resting() && self.left == WhyNot::Proving {
            self.left = WhyNot::Unanswered;
        }
        self.link.fast_path.set_why_not(self.why_not(now));
        self.tell_change();
        let report_at = self.report(now);
        self.next_look(now, report_at)
    }

    /// Passes on that the address in use answers, for the choice of paths.
    fn note_arrivals(&mut self, now: Instant) {
        let arrived = self.link.fast_path.reported().total;
        if arrived > self.arrived
            && let Some(path) = self.paths.selected()
        {
            self.port.answering().note(path.remote, now);
        }
        self.arrived = arrived;
    }

    fn rtt(&self) -> Duration {
        self.link.path().map_or(Duration::ZERO, |path| path.rtt)
    }

    fn next_look(&self, now: Instant, report_at: Option<Instant>) -> Option<Instant> {
        let fast_path = &self.link.fast_path;
        let soon = [report_at, self.prover.next_look(now, fast_path.sent())];
        let busy = soon.iter().flatten().any(|at| *at <= now + TICK);
        if !busy {
            fast_path.fall_asleep();
            // What came between the counts and falling asleep poked nobody.
            let (received, reports) = fast_path.arrivals();
            let unproven = self.prover.next_look(now, fast_path.sent());
            if self.reporter.has_news(received, reports) || unproven != soon[1] {
                return Some(now + TICK);
            }
        }
        let waiting_for_offer = (self.wanted && self.has_no_keys() && !self.withdrawn)
            .then(|| self.began + OFFER_TIME)
            .filter(|at| *at > now);
        soon.into_iter()
            .flatten()
            .chain(self.paths.next_change())
            .chain(self.merging.until())
            .chain(self.asked_again_at())
            .chain(waiting_for_offer)
            .chain(self.generations.next_look(now, self.asked.is_some()))
            .chain(self.stranding.next_look())
            .min()
    }

    /// Tells the helper whether packets go by the fast path, and why not, where that is another than before.
    fn tell_change(&mut self) {
        let why_not = self.link.fast_path.why_not();
        if self.told != why_not {
            self.told = why_not;
            self.mesh.events.send(NativeEvent::Path {
                id: hex(&self.link.id),
                connection: self.link.number,
            });
        }
    }

    fn why_not(&self, now: Instant) -> WhyNot {
        if !self.wanted {
            WhyNot::Off
        } else if self.merging.until().is_some() {
            WhyNot::Merged
        } else if self.withdrawn {
            WhyNot::OffThere
        } else if self.has_no_keys() && now.saturating_duration_since(self.began) >= OFFER_TIME {
            WhyNot::Unsupported
        } else if self.paths.selected().is_none() {
            WhyNot::Relayed
        } else {
            self.left
        }
    }

    /// Tells the other end what is due. Returns when to look again.
    fn report(&mut self, now: Instant) -> Option<Instant> {
        let (received, reports) = self.link.fast_path.arrivals();
        if let Some(report) = self.reporter.due(now, received, reports) {
            // One that is lost is followed by another.
            let _ = self.link.connection.send_datagram(report.encode());
        }
        self.reporter.next_look(received, reports)
    }
}

impl Drop for Negotiation<'_> {
    /// However the task ends: nothing is sealed from here on. The sessions leave the port with their places.
    fn drop(&mut self) {
        self.stop_sending();
    }
}
