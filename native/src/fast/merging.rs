//! How long the fast path rests where a kernel merges QUIC's datagrams with ours.

use std::time::{Duration, Instant};

/// The first rest on a path; each is twice as long as the one before.
const FIRST_REST: Duration = Duration::from_secs(10);
const LONGEST_REST: Duration = Duration::from_secs(600);

/// The rests of the present path.
#[derive(Debug)]
pub struct Merging {
    until: Option<Instant>,
    /// How long the next one takes.
    rest: Duration,
}

impl Default for Merging {
    /// Nothing was merged.
    fn default() -> Self {
        Self {
            until: None,
            rest: FIRST_REST,
        }
    }
}

impl Merging {
    /// Until when the fast path rests, if it does.
    pub const fn until(&self) -> Option<Instant> {
        self.until
    }

    /// Begins a rest.
    pub fn rest(&mut self, now: Instant) {
        self.until = Some(now + self.rest);
        self.rest = (self.rest * 2).min(LONGEST_REST);
    }

    /// Ends a rest that has lasted long enough; false where there is none such.
    pub fn wake(&mut self, now: Instant) -> bool {
        self.until.take_if(|until| now >= *until).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rest_is_twice_as_long_as_the_one_before() {
        let mut now = Instant::now();
        let mut merging = Merging::default();
        assert!(!merging.wake(now));
        let mut rests = Vec::new();
        for _ in 0..8 {
            merging.rest(now);
            let until = merging.until().unwrap();
            rests.push((until - now).as_secs());
            assert!(!merging.wake(until - Duration::from_millis(1)));
            assert!(merging.wake(until) && !merging.wake(until));
            now = until;
        }
        assert_eq!(rests, [10, 20, 40, 80, 160, 320, 600, 600]);
    }
}
