//! Outer addresses of peers at which what we send is known to arrive, at this moment.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long news of arrival count. While anything is sent they come every 100 ms; and after a change of the network iroh waits
/// for 250 ms before it opens other paths, so that those of an address that is gone are too old by then.
const FRESH: Duration = Duration::from_millis(200);

/// Shared by what learns of arrivals (`fast::negotiation`) and what chooses paths (`path_choice`).
#[derive(Debug, Default)]
pub struct Answering(Mutex<HashMap<SocketAddr, Instant>>);

impl Answering {
    /// Something sent to `address` is now known to have arrived.
    pub fn note(&self, address: SocketAddr, now: Instant) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, noted| is_fresh(*noted, now));
        known.insert(address, now);
    }

    /// Whether that was so just now.
    pub fn holds(&self, address: SocketAddr, now: Instant) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .get(&address)
            .is_some_and(|noted| is_fresh(*noted, now))
    }
}

fn is_fresh(noted: Instant, now: Instant) -> bool {
    now.saturating_duration_since(noted) < FRESH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_count_for_a_while_and_for_one_address() {
        let answering = Answering::default();
        let [here, there] = [7, 8].map(|port| SocketAddr::from(([192, 0, 2, 1], port)));
        let now = Instant::now();
        answering.note(here, now);
        assert!(answering.holds(here, now));
        assert!(!answering.holds(there, now));
        assert!(!answering.holds(here, now + FRESH));
    }

    #[test]
    fn what_is_old_takes_no_room() {
        let answering = Answering::default();
        let now = Instant::now();
        for port in 1..100 {
            let address = SocketAddr::from(([192, 0, 2, 1], port));
            answering.note(address, now + FRESH * u32::from(port));
        }
        assert_eq!(answering.0.lock().unwrap().len(), 1);
    }
}
