//! The sessions that datagrams may belong to, by the index that datagrams carry.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::{ArcSwap, Guard};
use iroh::SecretKey;

use super::header::Index;

/// Sessions by the number of their index.
pub type Open<S> = HashMap<u32, Arc<S>>;

/// All sessions `S`. Who looks one up waits for nobody.
pub struct Sessions<S> {
    open: ArcSwap<Open<S>>,
    /// Every index in use, also those that are only offered yet; who changes `open` has it locked.
    taken: Mutex<HashSet<u32>>,
}

impl<S> Default for Sessions<S> {
    fn default() -> Self {
        Self {
            open: ArcSwap::default(),
            taken: Mutex::default(),
        }
    }
}

impl<S> Sessions<S> {
    /// The sessions as they are now.
    pub fn open(&self) -> Guard<Arc<Open<S>>> {
        self.open.load()
    }

    /// Takes a random index that nobody has. Links have an offer under way and a few sessions, so nearly all of the 2^24 are free.
    pub fn reserve(self: &Arc<Self>) -> Place<S> {
        self.reserve_of(|| {
            let [a, b, c, ..] = SecretKey::generate().to_bytes();
            Index::from_bytes([a, b, c])
        })
    }

    fn reserve_of(self: &Arc<Self>, mut any: impl FnMut() -> Index) -> Place<S> {
        let mut taken = self.taken();
        loop {
            let index = any();
            if taken.insert(index.number()) {
                return Place {
                    sessions: self.clone(),
                    index,
                };
            }
        }
    }

    fn taken(&self) -> MutexGuard<'_, HashSet<u32>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Open<S>)) {
        let mut open = Open::clone(&self.open.load());
        change(&mut open);
        self.open.store(Arc::new(open));
    }
}

/// An index that is nobody else's while this lives. With it goes the session that it was given.
pub struct Place<S> {
    sessions: Arc<Sessions<S>>,
    index: Index,
}

impl<S> Place<S> {
    /// What its datagrams carry.
    pub const fn index(&self) -> Index {
        self.index
    }

    /// From now on its datagrams are `session`'s.
    pub fn open(&self, session: S) {
        let _taken = self.sessions.taken();
        let session = Arc::new(session);
        self.sessions.change(|open| {
            open.insert(self.index.number(), session);
        });
    }
}

impl<S> Drop for Place<S> {
    /// Its datagrams are nobody's from now on.
    fn drop(&mut self) {
        let mut taken = self.sessions.taken();
        let number = self.index.number();
        if self.sessions.open().contains_key(&number) {
            self.sessions.change(|open| {
                open.remove(&number);
            });
        }
        taken.remove(&number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_that_is_only_offered_is_nobody_elses() {
        let sessions = Arc::new(Sessions::<()>::default());
        let draw = |numbers: [u32; 3]| {
            let mut numbers = numbers.into_iter();
            sessions.reserve_of(|| Index::new(numbers.next().unwrap()).unwrap())
        };
        let offered = draw([5, 6, 7]);
        assert_eq!(offered.index().number(), 5);
        let other = draw([5, 5, 6]);
        assert_eq!(other.index().number(), 6);
        drop(offered);
        assert_eq!(draw([6, 5, 7]).index().number(), 5);
    }

    #[test]
    fn a_session_is_there_from_its_opening_until_its_place_is_given_up() {
        let sessions = Arc::new(Sessions::default());
        let (one, other) = (sessions.reserve(), sessions.reserve());
        assert!(sessions.open().is_empty());
        one.open('a');
        other.open('b');
        let found = |place: &Place<char>| {
            let open = sessions.open();
            open.get(&place.index().number()).map(|session| **session)
        };
        assert_eq!((found(&one), found(&other)), (Some('a'), Some('b')));
        drop(one);
        assert_eq!(found(&other), Some('b'));
        assert_eq!(sessions.open().len(), 1);
        drop(other);
        assert!(sessions.open().is_empty() && sessions.taken().is_empty());
    }
}
