//! The task beside each link that gets its fast path going and keeps judging it: offers and keys, the path that iroh selected,
//! probes and reports. It never touches a packet.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use n0_future::StreamExt;
use tokio::sync::mpsc;

use super::FastPort;
use super::direct_paths::{DirectPaths, Ends};
use super::generation::{Agreed, Due, Generations};
use super::header::{FULL_SIZE, HEADER, Kind, MAX_DATAGRAM};
use super::keys::{
    AgreeError, Agreement, EXPORTER_LABEL, LocalOffer, Role, Secret, agree, exporter_context,
};
use super::merging::Merging;
use super::offer::{Ciphers, Message, Offer, Reason};
use super::outbox;
use super::path::{Sending, WhyNot};
use super::port::Entry;
use super::prover::{Prover, Step, TICK};
use super::reporter::Reporter;
use super::session::Sealer;
use super::sessions::Place;
use super::socket::SendFault;
use super::stranding::Stranding;
use crate::event::NativeEvent;
use crate::link::{CloseCode, Link, selected_path};
use crate::mesh::{Mesh, hex};
use crate::probe;

/// How long an offer may go without an answer at first.
const PATIENCE: Duration = Duration::from_secs(5);
const LONGEST_PATIENCE: Duration = Duration::from_secs(600);

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

/// Our offer, whose index nobody else gets meanwhile.
struct Question {
    offer: LocalOffer,
    place: Place<Entry>,
    since: Instant,
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

    fn set_wanted(&mut self, wanted: bool) {
        if self.wanted == wanted {
            return;
        }
        self.wanted = wanted;
        match self.refusal() {
            None => self.start(),
            Some(reason) => self.withdraw(reason),
        }
    }

    /// Why we take no part at present.
    const fn refusal(&self) -> Option<Reason> {
        if !self.wanted {
            Some(Reason::Disabled)
        } else if self.merging.until().is_some() {
            Some(Reason::Merged)
        } else {
            None
        }
    }

    /// Begins an exchange: the dialler offers, the accepter has it do so.
    ///
    /// One end alone begins, and each offer is answered once or not at all, so that both toggling at once settles too.
    fn start(&mut self) {
        self.began = Instant::now();
        self.ask();
    }

    fn ask(&mut self) {
        match self.role {
            Role::Dialler => self.offer(),
            Role::Accepter => {
                self.requested = Instant::now();
                self.tell(&Message::Ask);
            }
        }
    }

    /// The dialler's offer of the next generation.
    fn offer(&mut self) {
        let next = match self.generation {
            None => Some(0),
            Some(last) => last.checked_add(1),
        };
        if let Some(question) = next.and_then(|generation| self.make_offer(generation)) {
            self.tell(&Message::Offer(*question.offer.offer()));
            self.generation = next;
            self.asked = Some(question);
        }
    }

    /// When an offer without an answer, or an accepter's request for one, is made again.
    fn asked_again_at(&self) -> Option<Instant> {
        let asked = match self.role {
            Role::Dialler => self.asked.as_ref().map(|question| question.since),
            Role::Accepter => self.has_no_keys().then_some(self.requested),
        };
        let willing = !self.withdrawn && self.refusal().is_none();
        asked.filter(|_| willing).map(|asked| asked + self.patience)
    }

    fn withdraw(&mut self, reason: Reason) {
        self.forget_keys();
        self.tell(&Message::Withdraw(reason));
    }

    /// From here on nothing can be sealed or opened.
    fn forget_keys(&mut self) {
        self.stop_sending();
        self.prover.end();
        self.asked = None;
        self.generations.clear();
    }

    fn tell(&self, message: &Message) {
        self.link.send_message(message.encode().into());
    }

    /// Makes our offer for a generation, to be sent.
    fn make_offer(&self, generation: u32) -> Option<Question> {
        let place = self.port.sessions().reserve();
        let ciphers = Ciphers::offered(self.port.hardware_aes());
        Some(Question {
            offer: LocalOffer::generate(generation, place.index(), ciphers).ok()?,
            place,
            since: Instant::now(),
        })
    }

    fn receive(&mut self, message: &[u8]) {
        self.patience = PATIENCE;
        match (Message::parse(message), self.role) {
            (Ok(Message::Offer(theirs)), Role::Dialler) => self.receive_answer(&theirs),
            (Ok(Message::Offer(theirs)), Role::Accepter) => self.receive_question(&theirs),
            (Ok(Message::Ask), Role::Dialler) => {
                self.withdrawn = false;
                match self.refusal() {
                    // It asked before our offer came; that is answered, or made again.
                    None if self.asked.is_some() => {}
                    None => self.start(),
                    Some(reason) => self.tell(&Message::Withdraw(reason)),
                }
            }
            (Ok(Message::Withdraw(_)), _) => {
                self.forget_keys();
                self.withdrawn = true;
            }
            // Of another version, or against the order: as if it had not been said.
            (Ok(Message::Ask), Role::Accepter) | (Err(_), _) => {}
        }
    }

    fn receive_question(&mut self, theirs: &Offer) {
        self.withdrawn = false;
        if self
            .generation
            .is_some_and(|last| theirs.generation <= last)
        {
            return;
        }
        self.generation = Some(theirs.generation);
        match self.refusal() {
            Some(reason) => self.tell(&Message::Withdraw(reason)),
            None => {
                if let Some(ours) = self.make_offer(theirs.generation) {
                    let answer = Message::Offer(*ours.offer.offer());
                    self.agree(ours, theirs, Some(&answer));
                }
            }
        }
    }

    fn receive_answer(&mut self, theirs: &Offer) {
        self.withdrawn = false;
        let answered = self
            .asked
            .take_if(|ours| ours.offer.offer().generation == theirs.generation);
        if let Some(ours) = answered {
            self.agree(ours, theirs, None);
        }
    }

    /// `answer` is what is still to be sent for them to have the keys too.
    fn agree(&mut self, ours: Question, theirs: &Offer, answer: Option<&Message>) {
        let agreed = self
            .export()
            .and_then(|secret| agree(ours.offer, theirs, self.role, &secret));
        match agreed {
            Ok(agreement) => self.use_agreement(agreement, ours.place, answer),
            Err(_) => self.withdraw(Reason::BadOffer),
        }
    }

    fn export(&self) -> Result<Secret, AgreeError> {
        Secret::export(|secret| {
            self.link
                .connection
                .export_keying_material(secret, EXPORTER_LABEL, &exporter_context())
                .map_err(|_| AgreeError::Random)
        })
    }

    fn use_agreement(
        &mut self,
        agreement: Agreement,
        place: Place<Entry>,
        answer: Option<&Message>,
    ) {
        let now = Instant::now();
        let agreed = Agreed {
            cipher: agreement.cipher,
            sealer: Arc::new(agreement.sealer),
            opener: Arc::new(agreement.opener),
        };
        place.open(Entry {
            opener: agreed.opener.clone(),
            link: self.link.clone(),
        });
        // Not before: they send with the new keys as soon as they have it, and what finds no session here is lost.
        if let Some(answer) = answer {
            self.tell(answer);
        }
        if !self.generations.add(agreed, place, now) {
            return self.begin_path(now, None);
        }
        self.renew_sending();
        if self.role == Role::Dialler {
            self.send_probe();
        }
    }

    fn take_paths(&mut self) {
        let now = Instant::now();
        let before = self.paths.selected();
        let is_another = self.paths.renew(&self.link.connection, now);
        self.link.fast_path.set_open_paths(self.paths.remotes());
        if !is_another {
            return;
        }
        let after = before.is_some().then(|| self.rtt.max(self.rtt()));
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

    /// Proves the path anew, if there is one and there are keys for it. `after`: the round-trip time of the path before it.
    fn begin_path(&mut self, now: Instant, after: Option<Duration>) {
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
        selected_path(&self.link.connection).map_or(Duration::ZERO, |path| path.rtt)
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

    fn take_fault(&mut self, now: Instant) {
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

    fn judge_merging(&mut self, now: Instant) {
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

    fn renew_keys(&mut self, now: Instant) {
        // Control messages are dropped where either end is too far behind.
        if self.asked_again_at().is_some_and(|at| now >= at) {
            self.patience = (self.patience * 2).min(LONGEST_PATIENCE);
            self.ask();
        }
        match self.generations.look(now, self.port.rekey_after()) {
            Due::Nothing => {}
            Due::Switch if self.prover.is_proven() => self.renew_sending(),
            // What was sealed before, they could perhaps not open.
            Due::Switch => self.begin_path(now, None),
            Due::Expiry => {
                self.stop_sending();
                self.prover.end();
                self.start();
            }
            Due::Renewal if self.asked.is_none() => self.offer(),
            Due::Renewal => {}
        }
    }

    fn send_probe(&self) {
        if let (Some((sealer, _)), Some(path)) = (self.generations.sealing(), self.paths.selected())
        {
            send_probe(self.port, self.link, sealer, path, &probe::padding());
        }
    }

    fn has_no_keys(&self) -> bool {
        self.generations.sealing().is_none()
    }

    fn start_sending(&mut self) {
        self.left = WhyNot::Proving;
        self.renew_sending();
    }

    /// Sends by the present keys and path, if the path is proven.
    fn renew_sending(&self) {
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

    fn stop_sending(&self) {
        if self.link.fast_path.sending().is_some() {
            self.link.fast_path.set_sending(None);
        }
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
