//! Keys by the control stream: who offers, who answers, and what both make of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Negotiation;
use crate::fast::generation::{Agreed, Due};
use crate::fast::keys::{
    AgreeError, Agreement, EXPORTER_LABEL, LocalOffer, Role, Secret, agree, exporter_context,
};
use crate::fast::offer::{Ciphers, Message, Offer, Reason};
use crate::fast::port::Entry;
use crate::fast::sessions::Place;

/// How long an offer may go without an answer at first.
pub const PATIENCE: Duration = Duration::from_secs(5);
const LONGEST_PATIENCE: Duration = Duration::from_secs(600);

/// Our offer, whose index nobody else gets meanwhile.
pub struct Question {
    offer: LocalOffer,
    place: Place<Entry>,
    since: Instant,
}

impl Negotiation<'_> {
    /// Begins to take part, or ends it.
    pub(super) fn set_wanted(&mut self, wanted: bool) {
        if self.wanted == wanted {
            return;
        }
        self.wanted = wanted;
        match self.refusal() {
            None => self.start(),
            Some(reason) => self.withdraw(reason),
        }
    }

    /// Takes one of the other end's messages.
    pub(super) fn receive(&mut self, message: &[u8]) {
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

    /// Does what is due for keys and offers.
    pub(super) fn renew_keys(&mut self, now: Instant) {
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

    /// When an offer without an answer, or an accepter's request for one, is made again.
    pub(super) fn asked_again_at(&self) -> Option<Instant> {
        let asked = match self.role {
            Role::Dialler => self.asked.as_ref().map(|question| question.since),
            Role::Accepter => self.has_no_keys().then_some(self.requested),
        };
        let willing = !self.withdrawn && self.refusal().is_none();
        asked.filter(|_| willing).map(|asked| asked + self.patience)
    }

    /// Begins an exchange: the dialler offers, the accepter has it do so.
    ///
    /// One end alone begins, and each offer is answered once or not at all, so that both toggling at once settles too.
    pub(super) fn start(&mut self) {
        self.began = Instant::now();
        self.ask();
    }

    /// Takes part no more, and says why.
    pub(super) fn withdraw(&mut self, reason: Reason) {
        self.forget_keys();
        self.tell(&Message::Withdraw(reason));
    }

    /// Whether nothing can be sealed.
    pub(super) fn has_no_keys(&self) -> bool {
        self.generations.sealing().is_none()
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
}
