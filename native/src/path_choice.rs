//! Which of a connection's paths iroh uses: as its own choice, but never one that begins at an address this machine has lost.
//!
//! iroh notes a path's addresses when it opens. When an address of ours is replaced, QUIC silently moves a path that has one in
//! reserve to the new address (1.4.1), while iroh goes on showing the old one, at both ends, and closes the path that it
//! opens from the new address because it has one already. QUIC's packets do arrive, but nobody knows by which addresses,
//! so for the fast path there is no way. Preferring the new path leaves iroh with what is true.

use std::io::ErrorKind;
use std::net::{IpAddr, UdpSocket};
use std::time::Duration;

use iroh::endpoint::LocalTransportAddr;
use iroh::endpoint::transports::{
    AddrKind, FourTuple, PathSelection, PathSelectionContext, PathSelectionData, PathSelector,
};

/// How much slower a path by IPv6 may be than one by IPv4 and still be taken, and how much faster than the present one any
/// path has to be. Both as in iroh.
const IPV6_ADVANTAGE: Duration = Duration::from_millis(3);
const WORTH_A_CHANGE: Duration = Duration::from_millis(5);

/// Prefers paths that begin at an address we have, then direct ones, then fast ones.
#[derive(Debug)]
pub struct PathChoice;

impl PathSelector for PathChoice {
    fn select(&self, context: &PathSelectionContext<'_>) -> PathSelection {
        let mut choice = PathSelection::none();
        let ranked = || {
            context
                .paths()
                .filter_map(|path| Some((Rank::of(&path)?, path)))
        };
        let best = ranked().min_by_key(|(rank, _)| *rank);
        let present = ranked()
            .filter(|(_, path)| Some(path.network_path()) == context.current())
            .map(|(rank, _)| rank)
            .min();
        if let Some((best, path)) = best
            && present.is_none_or(|present| best.is_worth_leaving(present))
        {
            choice.set(&path);
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

    fn is_worth_leaving(self, present: Self) -> bool {
        let kind = |rank: Self| (rank.lost, rank.relayed);
        match kind(self) == kind(present) {
            true => self.round_trip + WORTH_A_CHANGE <= present.round_trip,
            false => self < present,
        }
    }
}

fn is_lost(way: &FourTuple) -> bool {
    match way.local() {
        LocalTransportAddr::Ip(Some(address)) => !is_ours(address),
        _ => false,
    }
}

/// Whether this machine has the address: only then a socket can be bound to it.
fn is_ours(address: IpAddr) -> bool {
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
        assert!(rank(false, false, 90).is_worth_leaving(lost));
        assert!(rank(false, true, 90).is_worth_leaving(lost));
        assert!(!lost.is_worth_leaving(rank(false, true, 90)));
    }

    #[test]
    fn a_relay_is_left_for_a_direct_path_and_not_the_other_way() {
        let relayed = rank(false, true, 1);
        assert!(rank(false, false, 90).is_worth_leaving(relayed));
        assert!(!relayed.is_worth_leaving(rank(false, false, 90)));
    }

    #[test]
    fn a_path_as_good_as_the_present_one_is_no_reason_to_change() {
        let present = rank(false, false, 10);
        assert!(!rank(false, false, 6).is_worth_leaving(present));
        assert!(rank(false, false, 5).is_worth_leaving(present));
    }

    #[test]
    fn our_addresses_are_told_from_others() {
        assert!(is_ours("127.0.0.1".parse().unwrap()));
        assert!(!is_ours("192.0.2.1".parse().unwrap()));
    }
}
