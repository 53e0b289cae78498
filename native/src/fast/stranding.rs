//! The end of a connection that iroh shows by an address this machine has lost: QUIC has moved it without iroh's knowing, and only
//! another connection gets a fast path.

use std::time::{Duration, Instant};

use super::direct_paths::Ends;
use crate::path_choice::is_ours;

/// How long iroh may show a path from an address that we have lost. It has another one in less, if it finds one.
const PATIENCE: Duration = Duration::from_secs(4);

/// Since when the present path is known to begin at an address that is gone.
#[derive(Debug, Default)]
pub struct Stranding {
    since: Option<Instant>,
}

impl Stranding {
    /// The system refused to send by `path`: perhaps because of that.
    pub fn suspect(&mut self, path: Option<Ends>, now: Instant) {
        if has_lost_address(path) {
            self.since.get_or_insert(now);
        }
    }

    /// When to [look](Self::look) again.
    pub fn next_look(&self) -> Option<Instant> {
        self.since.map(|since| since + PATIENCE)
    }

    /// Whether the connection is to end, `path` being the present one still. The address may be back, where only its link was down.
    pub fn look(&mut self, path: Option<Ends>, now: Instant) -> bool {
        let over = self.since.take_if(|since| now >= *since + PATIENCE);
        over.is_some() && has_lost_address(path)
    }
}

fn has_lost_address(path: Option<Ends>) -> bool {
    let local = path.and_then(|path| path.local);
    local.is_some_and(|local| !is_ours(local))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(local: &str) -> Option<Ends> {
        Some(Ends {
            remote: ([192, 0, 2, 1], 1000).into(),
            local: Some(local.parse().unwrap()),
        })
    }

    #[test]
    fn a_connection_shown_by_a_lost_address_ends_after_a_while() {
        let start = Instant::now();
        let (lost, ours) = (path("203.0.113.1"), path("127.0.0.1"));
        for (later, ends) in [(lost, true), (ours, false), (None, false)] {
            let mut stranding = Stranding::default();
            stranding.suspect(lost, start);
            stranding.suspect(lost, start + PATIENCE / 2);
            assert_eq!(stranding.next_look(), Some(start + PATIENCE));
            assert!(!stranding.look(later, start + PATIENCE / 2));
            assert_eq!(stranding.look(later, start + PATIENCE), ends);
            assert_eq!(stranding.next_look(), None);
        }
    }

    #[test]
    fn a_refusal_for_another_reason_ends_nothing() {
        let start = Instant::now();
        for path in [path("127.0.0.1"), None] {
            let mut stranding = Stranding::default();
            stranding.suspect(path, start);
            assert_eq!(stranding.next_look(), None);
            assert!(!stranding.look(path, start + PATIENCE));
        }
    }
}
