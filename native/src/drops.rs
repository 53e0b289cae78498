//! Why packets are dropped, and how many: every packet that does not arrive is counted by reason.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Declares every reason once: its variant, its name in statistics and what it means.
macro_rules! drop_reasons {
    ($($(#[$doc:meta])+ $variant:ident = $name:literal,)+) => {
        /// Why a packet went no further.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum DropReason {
            $($(#[$doc])+ $variant,)+
        }

        impl DropReason {
            /// Every reason, in the order of declaration.
            pub const ALL: &[DropReason] = &[$(DropReason::$variant,)+];

            /// The reason's name in statistics and logs, in kebab case.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(DropReason::$variant => $name,)+
                }
            }
        }
    };
}

drop_reasons! {
    /// Shorter than its own headers say, or empty.
    Truncated = "truncated",
    /// Larger than the link MTU, or than anything an IP packet can be.
    Oversized = "oversized",
    /// Neither IPv4 nor IPv6.
    NotIp = "not-ip",
    /// An IP header that contradicts itself or the packet's length.
    MalformedHeader = "malformed-header",
    /// The inner source is not an address assigned to the sender (a peer, or ourselves on the way out).
    ForeignSource = "foreign-source",
    /// A peer's packet for an address that is not ours.
    ForeignDestination = "foreign-destination",
    /// Our own packet to ourselves: the kernel should never have routed it into the tunnel.
    OwnDestination = "own-destination",
    /// An overlay address that nobody we know has.
    UnknownDestination = "unknown-destination",
    /// Not for an overlay address at all: the multicast and link-local noise of every interface.
    NotOverlay = "not-overlay",
    /// The peer is known, but there is no connection to it.
    PeerNotConnected = "peer-not-connected",
    /// The peer turned its tunnel off.
    PeerPaused = "peer-paused",
    /// Our own tunnel is off.
    GateClosed = "gate-closed",
    /// The endpoint's own UDP traffic: the tunnel must never carry its own underlay.
    EndpointLoop = "endpoint-loop",
    /// More waits to be sent than may wait.
    BacklogFull = "backlog-full",
    /// The system refused to send it: larger than the path takes, or no way there.
    Unsendable = "unsendable",
    /// A fragment that is malformed or contradicts one received earlier.
    FragmentInvalid = "fragment-invalid",
    /// A packet given up because fragments of it never came.
    FragmentTimeout = "fragment-timeout",
    /// The tunnel device did not take the packet.
    TunWrite = "tun-write",
    /// A fast-path datagram that no version of ours makes.
    FastMalformed = "fast-malformed",
    /// A datagram of QUIC's that the kernel merged into a batch of ours, so that QUIC never gets it.
    FastMerged = "fast-merged",
    /// A fast-path datagram for a session we do not have (any more).
    FastUnknownSession = "fast-unknown-session",
    /// A fast-path datagram from an outer address that is no open path of its connection.
    FastForeignAddress = "fast-foreign-address",
    /// A fast-path datagram that the peer did not seal like this.
    FastForged = "fast-forged",
    /// A fast-path datagram that was seen before.
    FastReplayed = "fast-replayed",
    /// A datagram of a kind this version does not know.
    UnknownContext = "unknown-context",
}

/// One counter per [`DropReason`]; shared by all threads, never locked.
#[derive(Debug)]
pub struct Drops {
    counters: [AtomicU64; DropReason::ALL.len()],
}

impl Drops {
    /// All counters at zero.
    pub const fn new() -> Self {
        Self {
            counters: [const { AtomicU64::new(0) }; DropReason::ALL.len()],
        }
    }

    /// Counts one packet.
    pub fn count(&self, reason: DropReason) {
        self.add(reason, 1);
    }

    /// Counts `packets` packets at once.
    pub fn add(&self, reason: DropReason, packets: u64) {
        if let Some(counter) = self.counters.get(reason as usize) {
            counter.fetch_add(packets, Relaxed);
        }
    }

    /// Every reason's name with the packets dropped for it so far, zeros included.
    pub fn snapshot(&self) -> impl Iterator<Item = (&'static str, u64)> {
        DropReason::ALL
            .iter()
            .zip(&self.counters)
            .map(|(reason, counter)| (reason.as_str(), counter.load(Relaxed)))
    }
}

impl Default for Drops {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_reason_has_its_own_kebab_case_name() {
        let names: HashSet<_> = DropReason::ALL.iter().map(|r| r.as_str()).collect();
        assert_eq!(names.len(), DropReason::ALL.len());
        for name in names {
            assert!(
                name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'),
                "{name}"
            );
        }
    }

    #[test]
    fn every_reason_is_counted_under_its_own_name() {
        let drops = Drops::new();
        for (n, reason) in DropReason::ALL.iter().enumerate() {
            drops.add(*reason, n as u64);
            drops.count(*reason);
        }
        let counted: Vec<_> = drops.snapshot().collect();
        let expected: Vec<_> = DropReason::ALL
            .iter()
            .enumerate()
            .map(|(n, reason)| (reason.as_str(), n as u64 + 1))
            .collect();
        assert_eq!(counted, expected);
    }

    #[test]
    fn threads_count_together() {
        let drops = Drops::new();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..1000).for_each(|_| drops.count(DropReason::NotIp)));
            }
        });
        assert!(drops.snapshot().any(|entry| entry == ("not-ip", 4000)));
    }
}
