//! The direct paths of a connection: where the fast path may send, and from where it takes datagrams.
//!
//! iroh closes a path and opens one of the same ends a few round trips later: when the network changes, where the path begins at
//! an address that it takes for a lost one (netwatch leaves out private and link-local IPv6 where there is any other), and when it
//! looks for better ones (1.4.1). So one that is gone counts for a moment longer, and all of them do while a connection shows
//! none (it ends after some 3 s of that), or datagrams that are under way would be lost and packets go by QUIC.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use iroh::TransportAddr;
use iroh::endpoint::{Connection, LocalTransportAddr, Path};

use crate::link::selected;

/// How long a closed path still counts.
const LINGER: Duration = Duration::from_millis(250);

/// The two outer addresses of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ends {
    /// The peer's.
    pub remote: SocketAddr,
    /// Ours, where iroh knows it.
    pub local: Option<IpAddr>,
}

/// What iroh shows at one moment.
struct Shown {
    selected: Option<Ends>,
    open: Vec<Ends>,
}

/// The direct paths that count at present.
#[derive(Default)]
pub struct DirectPaths {
    selected: Option<Ends>,
    open: Vec<Ends>,
    /// Closed ones that still count, and until when.
    closed: Vec<(Ends, Instant)>,
}

impl DirectPaths {
    /// Takes what iroh shows now. Whether another path is selected than before.
    pub fn renew(&mut self, connection: &Connection, now: Instant) -> bool {
        let before = self.selected;
        self.take(Shown::of(connection), now);
        self.selected != before
    }

    /// The path that iroh selected, if it is a direct one.
    pub const fn selected(&self) -> Option<Ends> {
        self.selected
    }

    /// From where the peer's datagrams are taken.
    pub fn remotes(&self) -> Vec<SocketAddr> {
        let closed = self.closed.iter().map(|(ends, _)| ends);
        self.open
            .iter()
            .chain(closed)
            .map(|ends| ends.remote)
            .collect()
    }

    /// When one that is closed counts no more.
    pub fn next_change(&self) -> Option<Instant> {
        self.closed.iter().map(|(_, until)| *until).min()
    }

    fn take(&mut self, shown: Option<Shown>, now: Instant) {
        let Some(shown) = shown else {
            return self.closed.retain(|(_, until)| now < *until);
        };
        let gone = self.open.iter().filter(|ends| !shown.open.contains(ends));
        self.closed.extend(gone.map(|ends| (*ends, now + LINGER)));
        self.closed
            .retain(|(ends, until)| now < *until && !shown.open.contains(ends));
        let last = self
            .selected
            .filter(|last| self.closed.iter().any(|(ends, _)| ends == last));
        self.selected = shown.selected.or(last);
        self.open = shown.open;
    }
}

impl Shown {
    /// `None` between two paths, if none other is open.
    fn of(connection: &Connection) -> Option<Self> {
        let paths = connection.paths();
        (!paths.is_empty()).then(|| Self {
            selected: selected(&paths).and_then(|path| ends(&path)),
            open: paths.iter().filter_map(|path| ends(&path)).collect(),
        })
    }
}

/// `None` for one by a relay.
fn ends(path: &Path<'_>) -> Option<Ends> {
    let TransportAddr::Ip(remote) = path.remote_addr() else {
        return None;
    };
    Some(Ends {
        remote: *remote,
        local: match path.local_addr() {
            LocalTransportAddr::Ip(local) => *local,
            _ => None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(port: u16) -> Ends {
        Ends {
            remote: ([192, 0, 2, 1], port).into(),
            local: None,
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "as `take` wants it")]
    fn shown(selected: Option<u16>, open: &[u16]) -> Option<Shown> {
        Some(Shown {
            selected: selected.map(ends),
            open: open.iter().copied().map(ends).collect(),
        })
    }

    fn ports(paths: &DirectPaths) -> Vec<u16> {
        paths.remotes().iter().map(SocketAddr::port).collect()
    }

    #[test]
    fn a_path_that_is_back_at_once_was_never_gone() {
        let start = Instant::now();
        let mut paths = DirectPaths::default();
        paths.take(shown(Some(1), &[1]), start);
        paths.take(shown(None, &[]), start);
        assert_eq!(paths.selected(), Some(ends(1)));
        assert_eq!(ports(&paths), [1]);
        paths.take(shown(Some(1), &[1]), start);
        assert_eq!(paths.selected(), Some(ends(1)));
        assert_eq!(ports(&paths), [1]);
        assert_eq!(paths.next_change(), None);
    }

    #[test]
    fn a_closed_path_is_gone_after_a_moment() {
        let start = Instant::now();
        let mut paths = DirectPaths::default();
        paths.take(shown(Some(1), &[1]), start);
        paths.take(shown(None, &[]), start);
        let until = paths.next_change().unwrap();
        assert_eq!(until, start + LINGER);
        paths.take(shown(None, &[]), until);
        assert_eq!(paths.selected(), None);
        assert!(paths.remotes().is_empty());
        assert_eq!(paths.next_change(), None);
    }

    #[test]
    fn a_connection_that_shows_no_path_still_has_its_last_one() {
        let start = Instant::now();
        let mut paths = DirectPaths::default();
        paths.take(shown(Some(1), &[1, 2]), start);
        paths.take(shown(Some(1), &[1]), start);
        let until = paths.next_change().unwrap();
        paths.take(None, until);
        assert_eq!(paths.selected(), Some(ends(1)));
        assert_eq!(ports(&paths), [1]);
        assert_eq!(paths.next_change(), None);
    }

    #[test]
    fn another_selected_path_counts_at_once_and_the_closed_one_may_still_receive() {
        let start = Instant::now();
        let mut paths = DirectPaths::default();
        paths.take(shown(Some(1), &[1, 2]), start);
        paths.take(shown(Some(2), &[2]), start);
        assert_eq!(paths.selected(), Some(ends(2)));
        assert_eq!(ports(&paths), [2, 1]);
    }

    #[test]
    fn a_path_that_stays_open_unselected_is_left_for_the_relay_at_once() {
        let start = Instant::now();
        let mut paths = DirectPaths::default();
        paths.take(shown(Some(1), &[1]), start);
        paths.take(shown(None, &[1]), start);
        assert_eq!(paths.selected(), None);
    }
}
