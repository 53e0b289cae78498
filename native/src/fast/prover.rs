//! Whether our datagrams arrive: pure bookkeeping of what was sent against what the other end reports.
//!
//! Reports come by QUIC, so each direction is judged on its own and no answer has to survive the fast path. Full-size
//! datagrams are counted apart: small ones may pass where large ones vanish.

use std::time::{Duration, Instant};

/// How often to look while datagrams are under way.
pub const TICK: Duration = Duration::from_millis(100);

/// Sent and not reported for this long, and a round trip and a half: they do not arrive.
const PATIENCE: Duration = Duration::from_millis(450);
/// Not reported for this long: another probe is sent, lest one lost packet is taken for a lost path.
const DOUBT: Duration = Duration::from_millis(150);
/// How long a path is probed before it rests.
const PROBING: Duration = Duration::from_millis(1000);
/// The first rest after probing in vain; each is twice as long as the one before.
const FIRST_REST: Duration = Duration::from_millis(500);
const LONGEST_REST: Duration = Duration::from_secs(30);

/// Datagrams counted at one end, since the link began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub total: u64,
    /// Those of full size.
    pub full: u64,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing.
    Nothing,
    /// Send a probe of full size.
    Probe,
    /// The path is proven: packets may go by it.
    Use,
    /// The path is not proven any more: packets go by QUIC.
    Leave,
}

/// Judges one direction of one path.
#[derive(Debug)]
pub struct Prover {
    phase: Phase,
    rest: Duration,
    /// When the last probe was sent: reports may come as often as they like.
    probed: Option<Instant>,
    /// Until when reports may be of what went by another path.
    settled: Option<Instant>,
}

#[derive(Debug)]
enum Phase {
    /// No path to judge.
    Idle,
    Probing {
        since: Instant,
        /// Of full size, reported before anything of this path can have been.
        baseline: u64,
    },
    Resting {
        until: Instant,
    },
    Proven {
        total: Progress,
        full: Progress,
    },
}

impl Default for Prover {
    /// Nothing to judge yet.
    fn default() -> Self {
        Self {
            phase: Phase::Idle,
            rest: FIRST_REST,
            probed: None,
            settled: None,
        }
    }
}

impl Prover {
    /// Begins to judge a path (again), `reported` being what the other end has reported so far. `after`: the round-trip time
    /// of a path that was in use before, of which reports are still under way.
    pub fn begin(&mut self, now: Instant, reported: Counts, after: Option<Duration>) {
        self.rest = FIRST_REST;
        self.probed = None;
        self.settled = after.map(|rtt| now + rtt + rtt / 2 + 2 * TICK);
        self.probe(now, reported);
    }

    /// There is no path to judge any more.
    pub fn end(&mut self) {
        self.phase = Phase::Idle;
    }

    /// The path failed of itself (the system refused a datagram): it rests before it is probed again.
    pub fn fail(&mut self, now: Instant) {
        if !matches!(self.phase, Phase::Idle) {
            self.rest(now);
        }
    }

    /// Whether packets go by the path.
    pub const fn is_proven(&self) -> bool {
        matches!(self.phase, Phase::Proven { .. })
    }

    /// Whether it was probed in vain.
    pub const fn is_resting(&self) -> bool {
        matches!(self.phase, Phase::Resting { .. })
    }

    /// When to look again, whatever happens; `None`: when something was sent or reported.
    pub fn next_look(&self, now: Instant, sent: Counts) -> Option<Instant> {
        match &self.phase {
            Phase::Idle => None,
            Phase::Probing { .. } => Some(now + TICK),
            Phase::Resting { until } => Some(*until),
            Phase::Proven { total, full } => {
                (total.is_behind(sent.total) || full.is_behind(sent.full)).then(|| now + TICK)
            }
        }
    }

    /// Judges, `sent` and `reported` being the counts up to now and `rtt` the path's round-trip time.
    pub fn look(&mut self, now: Instant, sent: Counts, reported: Counts, rtt: Duration) -> Step {
        let step = self.judge(now, sent, reported, rtt);
        if step != Step::Probe {
            return step;
        }
        let early = self.probed.is_some_and(|last| now < last + TICK / 2);
        if early {
            return Step::Nothing;
        }
        self.probed = Some(now);
        Step::Probe
    }

    fn judge(&mut self, now: Instant, sent: Counts, reported: Counts, rtt: Duration) -> Step {
        match &mut self.phase {
            Phase::Idle => Step::Nothing,
            Phase::Probing { since, baseline } => {
                if self.settled.is_some_and(|settled| now < settled) {
                    *baseline = reported.full;
                    *since = now;
                    Step::Nothing
                } else if reported.full > *baseline {
                    self.rest = FIRST_REST;
                    self.phase = Phase::Proven {
                        total: Progress::new(sent.total, reported.total),
                        full: Progress::new(sent.full, reported.full),
                    };
                    Step::Use
                } else if now.saturating_duration_since(*since) >= PROBING + 2 * rtt {
                    self.rest(now);
                    Step::Nothing
                } else {
                    Step::Probe
                }
            }
            Phase::Resting { until } if now >= *until => {
                self.probe(now, reported);
                Step::Probe
            }
            Phase::Resting { .. } => Step::Nothing,
            Phase::Proven { total, full } => {
                let waited = total.look(now, sent.total, reported.total).max(full.look(
                    now,
                    sent.full,
                    reported.full,
                ));
                let slack = rtt + rtt / 2;
                if waited >= PATIENCE + slack {
                    self.rest(now);
                    Step::Leave
                } else if waited >= DOUBT + slack {
                    Step::Probe
                } else {
                    Step::Nothing
                }
            }
        }
    }

    fn probe(&mut self, now: Instant, reported: Counts) {
        self.phase = Phase::Probing {
            since: now,
            baseline: reported.full,
        };
    }

    fn rest(&mut self, now: Instant) {
        self.phase = Phase::Resting {
            until: now + self.rest,
        };
        self.rest = (self.rest * 2).min(LONGEST_REST);
    }
}

/// One count at both ends.
#[derive(Debug)]
struct Progress {
    /// Sent when the last progress was seen.
    sent: u64,
    reported: u64,
    /// Since when something sent later waits to be reported.
    waiting: Option<Instant>,
}

impl Progress {
    const fn new(sent: u64, reported: u64) -> Self {
        Self {
            sent,
            reported,
            waiting: None,
        }
    }

    const fn is_behind(&self, sent: u64) -> bool {
        sent > self.sent
    }

    /// How long something has waited to be reported.
    fn look(&mut self, now: Instant, sent: u64, reported: u64) -> Duration {
        if reported > self.reported {
            *self = Self::new(sent, reported);
        }
        if !self.is_behind(sent) {
            return Duration::ZERO;
        }
        now.saturating_duration_since(*self.waiting.get_or_insert(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RTT: Duration = Duration::from_millis(1);

    fn counts(total: u64, full: u64) -> Counts {
        Counts { total, full }
    }

    fn proven(now: Instant) -> Prover {
        let mut prover = Prover::default();
        prover.begin(now, counts(0, 0), None);
        let step = prover.look(now, counts(1, 1), counts(1, 1), RTT);
        assert_eq!(step, Step::Use);
        prover
    }

    #[test]
    fn a_path_is_probed_until_a_full_size_datagram_is_reported() {
        let start = Instant::now();
        let mut prover = Prover::default();
        prover.begin(start, counts(5, 5), None);
        let later = start + TICK;
        assert_eq!(
            prover.look(later, counts(7, 7), counts(7, 5), RTT),
            Step::Probe
        );
        assert_eq!(
            prover.look(later, counts(7, 7), counts(8, 6), RTT),
            Step::Use
        );
        assert!(prover.is_proven());
    }

    #[test]
    fn probing_in_vain_rests_ever_longer_and_a_new_path_at_once() {
        let mut now = Instant::now();
        let mut prover = Prover::default();
        prover.begin(now, counts(0, 0), None);
        let mut rests = Vec::new();
        for _ in 0..9 {
            while !prover.is_resting() {
                now += TICK;
                prover.look(now, counts(1, 1), counts(0, 0), RTT);
            }
            let until = prover.next_look(now, counts(1, 1)).unwrap();
            rests.push((until - now).as_millis());
            now = until;
            assert_eq!(
                prover.look(now, counts(1, 1), counts(0, 0), RTT),
                Step::Probe
            );
        }
        assert_eq!(
            rests,
            [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]
        );
        prover.begin(now, counts(0, 0), None);
        assert_eq!(
            prover.look(now, counts(1, 1), counts(0, 0), RTT),
            Step::Probe
        );
    }

    #[test]
    fn what_is_sent_and_never_reported_ends_it_within_a_second() {
        let start = Instant::now();
        let mut prover = proven(start);
        let mut steps = Vec::new();
        for tick in 0..10 {
            let now = start + TICK * tick;
            steps.push(prover.look(now, counts(50, 50), counts(1, 1), RTT));
        }
        let left = steps.iter().position(|step| *step == Step::Leave).unwrap();
        assert!(left <= 5, "{steps:?}");
        assert!(steps.contains(&Step::Probe));
    }

    #[test]
    fn one_lost_packet_and_then_silence_is_settled_by_a_probe() {
        let start = Instant::now();
        let mut prover = proven(start);
        prover.look(start, counts(2, 1), counts(1, 1), RTT);
        let later = start + 2 * TICK;
        assert_eq!(
            prover.look(later, counts(2, 1), counts(1, 1), RTT),
            Step::Probe
        );
        let probed = later + TICK;
        assert_eq!(
            prover.look(probed, counts(3, 2), counts(2, 2), RTT),
            Step::Nothing
        );
        assert_eq!(prover.next_look(probed, counts(3, 2)), None);
    }

    #[test]
    fn small_datagrams_that_arrive_do_not_hide_large_ones_that_do_not() {
        let start = Instant::now();
        let mut prover = proven(start);
        let mut step = Step::Nothing;
        for tick in 1..8 {
            let small = u64::from(tick) * 10;
            step = prover.look(
                start + TICK * tick,
                counts(small, 20),
                counts(small, 1),
                RTT,
            );
            if step == Step::Leave {
                break;
            }
        }
        assert_eq!(step, Step::Leave);
    }

    #[test]
    fn reports_of_the_path_before_prove_nothing() {
        let start = Instant::now();
        let mut prover = Prover::default();
        prover.begin(start, counts(9, 9), Some(RTT));
        // What was on its way by the old path is reported now.
        let soon = start + TICK;
        assert_eq!(
            prover.look(soon, counts(50, 50), counts(30, 30), RTT),
            Step::Nothing
        );
        let later = start + 3 * TICK;
        assert_eq!(
            prover.look(later, counts(51, 51), counts(30, 30), RTT),
            Step::Probe
        );
        let proven = start + 4 * TICK;
        assert_eq!(
            prover.look(proven, counts(51, 51), counts(31, 31), RTT),
            Step::Use
        );
    }

    #[test]
    fn reports_that_come_in_a_flood_bring_no_flood_of_probes() {
        let start = Instant::now();
        let mut prover = Prover::default();
        prover.begin(start, counts(0, 0), None);
        let probes = (0..100)
            .map(|ms| {
                prover.look(
                    start + Duration::from_millis(ms),
                    counts(1, 1),
                    counts(0, 0),
                    RTT,
                )
            })
            .filter(|step| *step == Step::Probe);
        assert_eq!(probes.count(), 2);
    }

    #[test]
    fn a_quiet_path_needs_no_looking_at() {
        let prover = proven(Instant::now());
        assert_eq!(prover.next_look(Instant::now(), counts(1, 1)), None);
        assert!(prover.next_look(Instant::now(), counts(2, 1)).is_some());
    }
}
