//! Whether our datagrams arrive: pure bookkeeping of what was sent against what the other end reports.
//!
//! Reports come by QUIC, so each direction is judged on its own and no answer has to survive the fast path. Full-size
//! datagrams are counted apart: small ones may pass where large ones vanish. A report that does not come is no verdict: who
//! floods the other end, or this one, has reports lost as well. So the other end is asked.

use std::time::{Duration, Instant};

use super::report::Counts;

/// How often to look while datagrams are under way.
pub const TICK: Duration = Duration::from_millis(100);

/// Sent, and still not arrived when the other end was asked this much later, and a round trip and a half: they do not arrive.
const PATIENCE: Duration = Duration::from_millis(400);
/// Not reported for this long: another probe is sent, lest one lost packet is taken for a lost path, and a question.
const DOUBT: Duration = Duration::from_millis(150);
/// Not reported for this long, and no question answered: there is no telling any more, by QUIC or otherwise.
const DEAF: Duration = Duration::from_millis(1500);
/// How long a path is probed before it rests.
const PROBING: Duration = Duration::from_millis(1000);
/// The first rest after probing in vain; each is twice as long as the one before.
const FIRST_REST: Duration = Duration::from_millis(500);
const LONGEST_REST: Duration = Duration::from_secs(30);

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing.
    Nothing,
    /// Send a probe of full size.
    Probe,
    /// The same, and ask the other end what has arrived.
    Ask,
    /// The path is proven: packets may go by it.
    Use,
    /// The path is not proven any more: packets go by QUIC.
    Leave,
}

/// What the other end is known to have received.
#[derive(Debug, Clone, Copy)]
pub struct Heard {
    /// As reported.
    pub counts: Counts,
    /// When we put the last question that these counts answer.
    pub asked: Option<Instant>,
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
        /// Where it is one that follows another: what was reported then.
        since: Option<u64>,
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
        // What an earlier one waits for may still be under way.
        self.settled = after
            .map(|rtt| now + rtt + rtt / 2 + 2 * TICK)
            .max(self.settled);
        self.probe(now, reported);
    }

    /// The path was proven and is another one now: it is believed to be as good until it is known to be none, which takes as long
    /// as for one that fails. False where nothing was proven.
    pub fn follow(&mut self, sent: Counts, reported: Counts) -> bool {
        let Phase::Proven { since, .. } = &self.phase else {
            return false;
        };
        // Not from one to the next where none of them shows anything.
        let follows = !since.is_some_and(|reports| reported.total <= reports);
        if follows {
            self.phase = Phase::proven(sent, reported, Some(reported.total));
        }
        follows
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
            Phase::Proven { total, full, .. } => {
                (total.is_behind(sent.total) || full.is_behind(sent.full)).then(|| now + TICK)
            }
        }
    }

    /// Judges by what was `sent` and `heard` up to now, `rtt` being the path's round-trip time.
    pub fn look(&mut self, now: Instant, sent: Counts, heard: Heard, rtt: Duration) -> Step {
        let step = self.judge(now, sent, heard, rtt);
        if !matches!(step, Step::Probe | Step::Ask) {
            return step;
        }
        let early = self.probed.is_some_and(|last| now < last + TICK / 2);
        if early {
            return Step::Nothing;
        }
        self.probed = Some(now);
        step
    }

    fn judge(&mut self, now: Instant, sent: Counts, heard: Heard, rtt: Duration) -> Step {
        let reported = heard.counts;
        match &mut self.phase {
            Phase::Idle => Step::Nothing,
            Phase::Probing { since, baseline } => {
                if self.settled.is_some_and(|settled| now < settled) {
                    *baseline = reported.full;
                    *since = now;
                    Step::Nothing
                } else if reported.full > *baseline {
                    self.rest = FIRST_REST;
                    self.phase = Phase::proven(sent, reported, None);
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
            Phase::Proven { total, full, .. } => {
                let waiting = [
                    total.look(now, sent.total, reported.total),
                    full.look(now, sent.full, reported.full),
                ];
                let Some(since) = waiting.into_iter().flatten().min() else {
                    return Step::Nothing;
                };
                let slack = rtt + rtt / 2;
                let vanished = heard.asked >= Some(since + PATIENCE + slack);
                if vanished || now >= since + DEAF + 3 * rtt {
                    self.rest(now);
                    Step::Leave
                } else if now >= since + DOUBT + slack {
                    Step::Ask
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

impl Phase {
    const fn proven(sent: Counts, reported: Counts, since: Option<u64>) -> Self {
        Self::Proven {
            total: Progress::new(sent.total, reported.total),
            full: Progress::new(sent.full, reported.full),
            since,
        }
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

    /// Since when something waits to be reported.
    fn look(&mut self, now: Instant, sent: u64, reported: u64) -> Option<Instant> {
        if reported > self.reported {
            *self = Self::new(sent, reported);
        }
        self.is_behind(sent)
            .then(|| *self.waiting.get_or_insert(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RTT: Duration = Duration::from_millis(1);

    fn counts(total: u64, full: u64) -> Counts {
        Counts { total, full }
    }

    /// Reported without being asked.
    fn heard(total: u64, full: u64) -> Heard {
        Heard {
            counts: counts(total, full),
            asked: None,
        }
    }

    fn proven(now: Instant) -> Prover {
        let mut prover = Prover::default();
        prover.begin(now, counts(0, 0), None);
        let step = prover.look(now, counts(1, 1), heard(1, 1), RTT);
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
            prover.look(later, counts(7, 7), heard(7, 5), RTT),
            Step::Probe
        );
        assert_eq!(
            prover.look(later, counts(7, 7), heard(8, 6), RTT),
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
                prover.look(now, counts(1, 1), heard(0, 0), RTT);
            }
            let until = prover.next_look(now, counts(1, 1)).unwrap();
            rests.push((until - now).as_millis());
            now = until;
            assert_eq!(
                prover.look(now, counts(1, 1), heard(0, 0), RTT),
                Step::Probe
            );
        }
        assert_eq!(
            rests,
            [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]
        );
        prover.begin(now, counts(0, 0), None);
        assert_eq!(
            prover.look(now, counts(1, 1), heard(0, 0), RTT),
            Step::Probe
        );
    }

    /// What a prover says when everything sent vanishes, looking every tick; `answers` are the questions that get one.
    fn vanishing(answers: impl Fn(usize) -> bool) -> Vec<Step> {
        let start = Instant::now();
        let mut prover = proven(start);
        let mut asked = None;
        let mut questions = 0;
        let mut steps = Vec::new();
        for tick in 0..30 {
            let now = start + TICK * tick;
            let nothing = Heard {
                asked,
                ..heard(1, 1)
            };
            let step = prover.look(now, counts(50, 50), nothing, RTT);
            steps.push(step);
            match step {
                Step::Ask => {
                    asked = answers(questions).then_some(now).or(asked);
                    questions += 1;
                }
                Step::Leave => return steps,
                _ => {}
            }
        }
        panic!("never left: {steps:?}");
    }

    #[test]
    fn what_is_sent_and_had_not_arrived_when_asked_ends_it_within_a_second() {
        let steps = vanishing(|_| true);
        let asked = steps.iter().filter(|step| **step == Step::Ask).count();
        assert!(asked >= 3, "{steps:?}");
        assert!(steps.len() <= 7, "{steps:?}");
    }

    #[test]
    fn without_an_answer_nothing_is_concluded_for_a_second_and_a_half() {
        assert_eq!(vanishing(|_| false).len(), 17);
        // Questions and answers get lost now and then: the next that is answered settles it.
        let steps = vanishing(|question| question == 7);
        assert_eq!(steps.len(), 2 + 8 + 1, "{steps:?}");
    }

    #[test]
    fn an_answer_from_before_is_none() {
        let start = Instant::now();
        let mut prover = proven(start);
        let before = Heard {
            asked: Some(start),
            ..heard(1, 1)
        };
        for tick in 1..10 {
            let step = prover.look(start + TICK * tick, counts(50, 50), before, RTT);
            assert_ne!(step, Step::Leave);
        }
    }

    #[test]
    fn one_lost_packet_and_then_silence_is_settled_by_a_probe() {
        let start = Instant::now();
        let mut prover = proven(start);
        prover.look(start, counts(2, 1), heard(1, 1), RTT);
        let later = start + 2 * TICK;
        assert_eq!(
            prover.look(later, counts(2, 1), heard(1, 1), RTT),
            Step::Ask
        );
        let probed = later + TICK;
        assert_eq!(
            prover.look(probed, counts(3, 2), heard(2, 2), RTT),
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
            let now = start + TICK * tick;
            let answered = Heard {
                asked: Some(now),
                ..heard(small, 1)
            };
            step = prover.look(now, counts(small, 20), answered, RTT);
            if step == Step::Leave {
                break;
            }
        }
        assert_eq!(step, Step::Leave);
    }

    #[test]
    fn a_path_that_follows_a_proven_one_is_used_at_once_and_has_to_show_it() {
        let start = Instant::now();
        let mut prover = Prover::default();
        assert!(!prover.follow(counts(9, 9), counts(9, 9)));
        let mut prover = proven(start);
        assert!(prover.follow(counts(9, 9), counts(8, 8)));
        assert!(prover.is_proven());
        // A probe went there.
        let mut now = start;
        let mut step = Step::Nothing;
        while step != Step::Leave {
            now += TICK;
            let nothing = Heard {
                asked: Some(now),
                ..heard(8, 8)
            };
            step = prover.look(now, counts(10, 10), nothing, RTT);
        }
        assert!(now - start < Duration::from_millis(700));
    }

    #[test]
    fn from_path_to_path_without_any_report_is_no_way_to_go_on() {
        let mut prover = proven(Instant::now());
        assert!(prover.follow(counts(9, 9), counts(8, 8)));
        assert!(!prover.follow(counts(12, 9), counts(8, 8)));
        assert!(prover.follow(counts(12, 9), counts(9, 8)));
    }

    #[test]
    fn reports_of_the_path_before_prove_nothing() {
        let start = Instant::now();
        let mut prover = Prover::default();
        prover.begin(start, counts(9, 9), Some(RTT));
        // What was on its way by the old path is reported now.
        let soon = start + TICK;
        assert_eq!(
            prover.look(soon, counts(50, 50), heard(30, 30), RTT),
            Step::Nothing
        );
        let later = start + 3 * TICK;
        assert_eq!(
            prover.look(later, counts(51, 51), heard(30, 30), RTT),
            Step::Probe
        );
        let proven = start + 4 * TICK;
        assert_eq!(
            prover.look(proven, counts(51, 51), heard(31, 31), RTT),
            Step::Use
        );
    }

    #[test]
    fn a_path_after_the_next_waits_for_the_same_reports() {
        let start = Instant::now();
        let mut prover = Prover::default();
        prover.begin(start, counts(9, 9), Some(RTT));
        prover.begin(start, counts(9, 9), None);
        let soon = start + TICK;
        assert_eq!(
            prover.look(soon, counts(50, 50), heard(30, 30), RTT),
            Step::Nothing
        );
    }

    #[test]
    fn a_slow_path_before_the_last_is_waited_for_too() {
        let start = Instant::now();
        let mut prover = Prover::default();
        prover.begin(start, counts(9, 9), Some(RTT * 500));
        prover.begin(start, counts(9, 9), Some(RTT));
        assert_eq!(
            prover.look(start + 4 * TICK, counts(50, 50), heard(30, 30), RTT),
            Step::Nothing
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
                    heard(0, 0),
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
