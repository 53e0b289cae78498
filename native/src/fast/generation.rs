//! The generations of a link's keys: which one seals, when it is replaced or given up, and how long the ones before still open.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::keys::{REKEY_AFTER, Role};
use super::offer::Cipher;
use super::session::{Opener, Sealer};

/// How long the generation before still opens what is on its way.
const OVERLAP: Duration = Duration::from_secs(10);

/// Age at which keys in use are given up, where the other end does not answer.
const EXPIRY: Duration = Duration::from_secs(240);

/// How long a generation lasts at least, whatever passes: offers and answers stay far below what the control stream may carry.
const SHORTEST: Duration = Duration::from_millis(125);

/// How much before its end a generation is replaced.
const REKEY_MARGIN: Duration = Duration::from_secs(15);

/// What the generations of a link need next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Nothing.
    Nothing,
    /// Sealing with other keys from now on: the other end has those of the last agreement.
    Switch,
    /// The dialler's offer of the next generation.
    Renewal,
    /// Other keys before anything more is sealed: these are given up.
    Expiry,
}

/// The keys that both ends have agreed on.
pub struct Agreed {
    /// What both seal with.
    pub cipher: Cipher,
    /// For what we send.
    pub sealer: Arc<Sealer>,
    /// For what we receive.
    pub opener: Arc<Opener>,
}

/// The present generation and those before that still open; `P` is what keeps a generation's session open until it is dropped.
pub struct Generations<P> {
    role: Role,
    keys: Option<Keys>,
    /// With the time they end, where a newer one has replaced them.
    places: Vec<(P, Option<Instant>)>,
}

impl<P> Generations<P> {
    /// None yet.
    pub const fn new(role: Role) -> Self {
        Self {
            role,
            keys: None,
            places: Vec::new(),
        }
    }

    /// What to seal with, while there are keys.
    pub fn sealing(&self) -> Option<(&Arc<Sealer>, Cipher)> {
        self.keys.as_ref().map(|keys| (&keys.sealer, keys.cipher))
    }

    /// Takes the next generation in. Whether there was one before, which still opens for a while.
    ///
    /// The dialler heard from the accepter that it has the keys, and seals with them at once; the accepter waits until it sees
    /// them used ([`Due::Switch`]).
    pub fn add(&mut self, agreed: Agreed, place: P, now: Instant) -> bool {
        self.end_places(now);
        self.places.push((place, None));
        let before = self.keys.take();
        let follows = before.is_some();
        let (sealer, next) = match (before, self.role) {
            (Some(keys), Role::Accepter) => (keys.sealer, Some(agreed.sealer)),
            _ => (agreed.sealer, None),
        };
        self.keys = Some(Keys {
            cipher: agreed.cipher,
            sealer,
            opener: agreed.opener,
            since: now,
            used: None,
            next,
        });
        follows
    }

    /// Forgets all of them: nothing can be sealed or opened.
    pub fn clear(&mut self) {
        self.keys = None;
        self.places.clear();
    }

    /// Does what is due, and returns what is left to do. `rekey_after`: datagrams sealed after which keys are replaced.
    pub fn look(&mut self, now: Instant, rekey_after: u64) -> Due {
        self.places
            .retain(|(_, end)| end.is_none_or(|end| now < end));
        let Some(keys) = &mut self.keys else {
            return Due::Nothing;
        };
        if keys.switch(now) {
            return Due::Switch;
        }
        if keys.is_used() {
            keys.used.get_or_insert(now);
        }
        if keys.expiry().is_some_and(|at| now >= at) {
            self.keys = None;
            self.end_places(now);
            return Due::Expiry;
        }
        match self.role == Role::Dialler && keys.is_renewal_due(now, rekey_after) {
            true => Due::Renewal,
            false => Due::Nothing,
        }
    }

    /// When to look again, whatever is sent or received, so that nobody keeps keys for as long as a connection is quiet.
    /// `renewing`: their renewal is under way.
    pub fn next_look(&self, now: Instant, renewing: bool) -> Option<Instant> {
        let keys = self.keys.as_ref();
        let renewal = keys
            .filter(|_| self.role == Role::Dialler && !renewing)
            .and_then(Keys::renewal);
        self.places
            .iter()
            .map(|(_, end)| *end)
            .chain([renewal, keys.and_then(Keys::expiry)])
            .flatten()
            .filter(|at| *at > now)
            .min()
    }

    fn end_places(&mut self, now: Instant) {
        for (_, end) in &mut self.places {
            end.get_or_insert(now + OVERLAP);
        }
    }
}

/// The present generation.
struct Keys {
    cipher: Cipher,
    sealer: Arc<Sealer>,
    opener: Arc<Opener>,
    since: Instant,
    /// Since when they are known to be used.
    used: Option<Instant>,
    /// Keys that are used as soon as the other end is seen to have them.
    next: Option<Arc<Sealer>>,
}

impl Keys {
    /// Goes on to the next keys where the other end has them; where nothing of theirs arrives here, it has them all the same: it
    /// asked for them.
    fn switch(&mut self, now: Instant) -> bool {
        let seen = self.opener.report().opened > 0 || self.age(now) >= OVERLAP / 2;
        let next = self.next.take_if(|_| seen);
        let switches = next.is_some();
        if let Some(next) = next {
            self.sealer = next;
        }
        switches
    }

    /// Whether more went by them than the probe that the dialler begins a generation with: without that difference a quiet
    /// connection would never come to rest.
    fn is_used(&self) -> bool {
        self.sealer.reserved() > 1 || self.opener.report().opened > 1
    }

    /// When the dialler takes new ones, if they are used.
    fn renewal(&self) -> Option<Instant> {
        self.used.map(|_| self.since + (REKEY_AFTER - REKEY_MARGIN))
    }

    /// When they are given up.
    fn expiry(&self) -> Option<Instant> {
        self.used.map(|used| used + EXPIRY)
    }

    fn is_renewal_due(&self, now: Instant, rekey_after: u64) -> bool {
        let age = self.age(now);
        // Anybody can have datagrams fail to open, so that alone must not cost much.
        (self.sealer.rekey_due(rekey_after) && age >= SHORTEST)
            || (self.opener.rekey_due() && age >= OVERLAP)
            || self.renewal().is_some_and(|at| now >= at)
    }

    fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fast::header::{HEADER, Kind, OVERHEAD};
    use crate::fast::session::tests::pair;

    const CIPHER: Cipher = Cipher::ChaCha20Poly1305;
    const NEVER: u64 = u64::MAX;

    /// A link's generations, each with the number of its place.
    struct Link {
        generations: Generations<Arc<u8>>,
        start: Instant,
    }

    impl Link {
        fn new(role: Role) -> Self {
            Self {
                generations: Generations::new(role),
                start: Instant::now(),
            }
        }

        fn after(&self, ms: u64) -> Instant {
            self.start + Duration::from_millis(ms)
        }

        /// Adds one after so many milliseconds; its place, and its opener.
        fn add(&mut self, ms: u64, number: u8) -> (Arc<u8>, Arc<Opener>) {
            let (sealer, opener) = pair(CIPHER, number);
            let opener = Arc::new(opener);
            let agreed = Agreed {
                cipher: CIPHER,
                sealer: Arc::new(sealer),
                opener: opener.clone(),
            };
            let place = Arc::new(number);
            let now = self.after(ms);
            let follows = self.generations.add(agreed, place.clone(), now);
            assert_eq!(follows, number > 1);
            (place, opener)
        }

        fn look(&mut self, ms: u64) -> Due {
            let now = self.after(ms);
            self.generations.look(now, NEVER)
        }

        /// When to look again, in milliseconds.
        fn next_look(&self, ms: u64) -> Option<u128> {
            let next = self.generations.next_look(self.after(ms), false);
            next.map(|at| (at - self.start).as_millis())
        }

        /// Seals so many. Whether by the keys of that number.
        fn seal(&self, count: u32, number: u8) -> bool {
            let (sealer, _) = self.generations.sealing().unwrap();
            let counter = sealer.reserve(count).unwrap();
            let mut datagram = vec![0; OVERHEAD];
            sealer.seal(counter, Kind::Probe, &mut datagram).unwrap();
            let (_, opener) = pair(CIPHER, number);
            opener.open(&mut datagram).is_ok()
        }
    }

    /// Has it open a datagram of the other end.
    fn open(opener: &Opener, number: u8) {
        let (sealer, _) = pair(CIPHER, number);
        let mut datagram = vec![0; HEADER + OVERHEAD];
        let counter = sealer.reserve(1).unwrap();
        sealer.seal(counter, Kind::Probe, &mut datagram).unwrap();
        opener.open(&mut datagram).unwrap();
    }

    #[test]
    fn the_dialler_seals_with_new_keys_at_once() {
        let mut link = Link::new(Role::Dialler);
        let _ = link.add(0, 1);
        assert!(link.seal(1, 1));
        let _ = link.add(10, 2);
        assert!(link.seal(1, 2));
        assert_eq!(link.look(20_000), Due::Nothing);
    }

    #[test]
    fn the_accepter_seals_with_new_keys_once_they_are_used_or_after_a_while() {
        for used in [true, false] {
            let mut link = Link::new(Role::Accepter);
            let _ = link.add(0, 1);
            assert!(link.seal(1, 1));
            let (_, opener) = link.add(1000, 2);
            assert_eq!(link.look(5999), Due::Nothing);
            assert!(link.seal(1, 1));
            let at = match used {
                true => 5999,
                false => 6000,
            };
            if used {
                open(&opener, 2);
            }
            assert_eq!(link.look(at), Due::Switch);
            assert!(link.seal(1, 2));
            assert_eq!(link.look(at), Due::Nothing);
        }
    }

    #[test]
    fn a_generation_that_was_replaced_opens_for_ten_seconds_more() {
        let mut link = Link::new(Role::Dialler);
        let (first, _) = link.add(0, 1);
        let (second, _) = link.add(1000, 2);
        assert_eq!(link.next_look(1000), Some(11_000));
        link.look(10_999);
        assert_eq!(Arc::strong_count(&first), 2);
        link.look(11_000);
        assert_eq!(Arc::strong_count(&first), 1);
        assert_eq!(Arc::strong_count(&second), 2);
        link.generations.clear();
        assert_eq!(Arc::strong_count(&second), 1);
        assert!(link.generations.sealing().is_none());
    }

    #[test]
    fn keys_that_nobody_uses_are_left_alone() {
        let mut link = Link::new(Role::Dialler);
        let _ = link.add(0, 1);
        assert!(link.seal(1, 1));
        assert_eq!(link.look(900_000), Due::Nothing);
        assert_eq!(link.next_look(900_000), None);
    }

    #[test]
    fn keys_in_use_are_replaced_by_the_dialler_and_given_up_by_both() {
        for role in [Role::Dialler, Role::Accepter] {
            let mut link = Link::new(role);
            let (place, _) = link.add(0, 1);
            assert!(link.seal(2, 1));
            assert_eq!(link.look(1000), Due::Nothing);
            let (due, next) = match role {
                Role::Dialler => (Due::Renewal, 105_000),
                Role::Accepter => (Due::Nothing, 241_000),
            };
            assert_eq!(link.next_look(1000), Some(next));
            assert_eq!(link.look(104_999), Due::Nothing);
            assert_eq!(link.look(105_000), due);
            assert_eq!(link.next_look(105_000), Some(241_000));
            assert_eq!(link.look(241_000), Due::Expiry);
            assert!(link.generations.sealing().is_none());
            // What is on its way still opens.
            assert_eq!(link.next_look(241_000), Some(251_000));
            assert_eq!(Arc::strong_count(&place), 2);
            assert_eq!(link.look(251_000), Due::Nothing);
            assert_eq!(Arc::strong_count(&place), 1);
        }
    }

    #[test]
    fn keys_that_sealed_enough_are_replaced_but_not_faster_than_offers_may_come() {
        for (role, due) in [
            (Role::Dialler, Due::Renewal),
            (Role::Accepter, Due::Nothing),
        ] {
            let mut link = Link::new(role);
            let _ = link.add(0, 1);
            assert!(link.seal(1000, 1));
            let (early, late) = (link.after(124), link.after(125));
            assert_eq!(link.generations.look(late, 1001), Due::Nothing);
            assert_eq!(link.generations.look(early, 1000), Due::Nothing);
            assert_eq!(link.generations.look(late, 1000), due);
        }
    }
}
