//! Which of a connection's paths iroh uses: as its own choice, but none that begins or ends at an address that is gone.
//!
//! iroh chooses when a path has opened or closed, and whoever dialled then closes every direct path but the chosen one. What it
//! knows of a path says little about whether it works at that moment:
//!
//! - Where an address of ours is replaced, iroh goes on showing the path's old addresses (1.4.1), at both ends, even where QUIC
//!   has moved it. Packets may arrive, but nobody knows by which addresses, so for the fast path there is no way.
//! - Where one of theirs is replaced, QUIC goes on sending to the old one, and its round-trip time stays as good as it was.
//!
//! In both cases a new path opens, is as good as the old one, and would be closed for that. Preferring it leaves iroh with what
//! is true. Where the old path still worked, nothing is lost by that either, but a moment: so it keeps its place while
//! what goes by it is known to arrive.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use iroh::endpoint::LocalTransportAddr;
use iroh::endpoint::transports::{
    AddrKind, FourTuple, PathSelection, PathSelectionContext, PathSelectionData, PathSelector,
};

use crate::answering::Answering;

/// How much slower a path by IPv6 may be than one by IPv4 and still be taken, and how much faster than the present one any
/// path has to be. Both as in iroh.
const IPV6_ADVANTAGE: Duration = Duration::from_millis(3);
const WORTH_A_CHANGE: Duration = Duration::from_millis(5);

/// Prefers paths that begin at an address we have, then direct ones, then those that work, then fast ones.
#[derive(Debug)]
pub struct PathChoice {
    answering: Arc<Answering>,
}

impl PathChoice {
    /// `answering`: the addresses that paths are known to reach.
    pub const fn new(answering: Arc<Answering>) -> Self {
        Self { answering }
    }
}

impl PathSelector for PathChoice {
    fn select(&self, context: &PathSelectionContext<'_>) -> PathSelection {
        let now = Instant::now();
        let is_current =
            |path: &PathSelectionData<'_>| Some(path.network_path()) == context.current();
        let present = context
            .paths()
            .filter(is_current)
            .filter_map(|path| Rank::of(&path))
            .min();
        let best = context
            .paths()
            .filter(|path| !is_current(path))
            .filter_map(|path| Some((Rank::of(&path)?, path)))
            .min_by_key(|(rank, _)| *rank);
        let answers = context
            .current()
            .and_then(outer_address)
            .is_some_and(|address| self.answering.holds(address, now));
        let mut choice = PathSelection::none();
        if let Some((best, path)) = best
            && present.is_none_or(|present| best.is_worth_leaving(present, answers))
        {
            choice.set(&path);
            // It has only just opened, and others may in the same moment.
            if let Some(address) = outer_address(path.network_path()) {
                self.answering.note(address, now);
            }
        }
        choice
    }
}

/// How good a path is; the least is the best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// It begins at an address that is not ours any more.
    lost: bool,
    relayed: bool,
    round_trip: Duration,
}

impl Rank {
    /// `None` for a path that has just closed.
    fn of(path: &PathSelectionData<'_>) -> Option<Self> {
        let measured = path.stats()?.rtt;
        let way = path.network_path();
        Some(Self {
            lost: is_lost(way),
            relayed: way.is_relay(),
            round_trip: match way.addr_kind() {
                AddrKind::IpV6 => measured,
                _ => measured + IPV6_ADVANTAGE,
            },
        })
    }

    /// Whether to go from the present path to this one; `answers`: the present one is known to work.
    fn is_worth_leaving(self, present: Self, answers: bool) -> bool {
        let kind = |rank: Self| (rank.lost, rank.relayed);
        if kind(self) != kind(present) {
            self < present
        } else if answers || self.relayed {
            self.round_trip + WORTH_A_CHANGE <= present.round_trip
        } else {
            self.round_trip < present.round_trip + WORTH_A_CHANGE
        }
    }
}

const fn outer_address(way: &FourTuple) -> Option<SocketAddr> {
    match way {
        FourTuple::Ip { remote, .. } => Some(*remote),
        _ => None,
    }
}

fn is_lost(way: &FourTuple) -> bool {
    match way.local() {
        LocalTransportAddr::Ip(Some(address)) => !is_ours(address),
        _ => false,
    }
}

/// Whether this machine has the address: only then a socket can be bound to it.
pub fn is_ours(address: IpAddr) -> bool {
    match UdpSocket::bind((address, 0)) {
        Ok(_) => true,
        // Anything else says nothing about it, as with a link-local one, which needs to be bound to its link.
        Err(error) => error.kind() != ErrorKind::AddrNotAvailable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn rank(lost: bool, relayed: bool, ms: u64) -> Rank {
        Rank {
            lost,
            relayed,
            round_trip: Duration::from_millis(ms),
        }
    }

    #[test]
    fn a_path_from_a_lost_address_is_left_for_any_other() {
        let lost = rank(true, false, 1);
        assert!(rank(false, false, 90).is_worth_leaving(lost, true));
        assert!(rank(false, true, 90).is_worth_leaving(lost, true));
        assert!(!lost.is_worth_leaving(rank(false, true, 90), false));
    }

    #[test]
    fn a_relay_is_left_for_a_direct_path_and_not_the_other_way() {
        let relayed = rank(false, true, 1);
        assert!(rank(false, false, 90).is_worth_leaving(relayed, true));
        assert!(!relayed.is_worth_leaving(rank(false, false, 90), false));
    }

    #[test]
    fn a_path_as_good_as_the_present_one_is_no_reason_to_change() {
        let present = rank(false, false, 10);
        assert!(!rank(false, false, 6).is_worth_leaving(present, true));
        assert!(rank(false, false, 5).is_worth_leaving(present, true));
    }

    #[test]
    fn a_new_path_is_taken_where_the_present_one_may_be_dead() {
        let present = rank(false, false, 10);
        assert!(rank(false, false, 10).is_worth_leaving(present, false));
        assert!(rank(false, false, 14).is_worth_leaving(present, false));
        assert!(!rank(false, false, 15).is_worth_leaving(present, false));
    }

    #[test]
    fn one_relay_is_as_good_as_another() {
        let present = rank(false, true, 10);
        assert!(!rank(false, true, 10).is_worth_leaving(present, false));
    }

    #[test]
    fn our_addresses_are_told_from_others() {
        assert!(is_ours("127.0.0.1".parse().unwrap()));
        assert!(!is_ours("192.0.2.1".parse().unwrap()));
    }
}
