//! When to tell the other end what arrived, and when to ask it for the same: pure bookkeeping of [`Report`]s.

use std::time::{Duration, Instant};

use super::prover::{Heard, TICK};
use super::report::{Report, Reports, SharedCounts};

/// Our reports on one connection.
#[derive(Debug)]
pub struct Reporter {
    /// Questions are numbered by the milliseconds since then: there is nothing to keep for their answers.
    began: Instant,
    ask: u64,
    /// The last report.
    last: Report,
    /// How often it has to be said once more.
    repeats: u8,
    /// No report before: questions and datagrams may come as fast as they like.
    next: Instant,
}

impl Reporter {
    /// Nothing asked, nothing to tell.
    pub fn new(now: Instant) -> Self {
        Self {
            began: now,
            ask: 0,
            last: Report::default(),
            repeats: 0,
            next: now,
        }
    }

    /// Has the next report ask what has arrived, and be due at once.
    pub fn ask(&mut self, now: Instant) {
        let ms = now.saturating_duration_since(self.began).as_millis();
        self.ask = u64::try_from(ms).unwrap_or(u64::MAX);
        self.next = now;
    }

    /// What the other end's `reports` come to.
    pub fn heard(&self, reports: &Reports) -> Heard {
        // Before the counts, which are at least as new then. An answer to what was never asked is as good as the last one.
        let answer = reports.answer().min(self.ask);
        Heard {
            asked: (answer > 0).then(|| self.began + Duration::from_millis(answer)),
            counts: reports.counts(),
        }
    }

    /// Whether there is something that the other end was not told.
    pub fn has_news(&self, received: &SharedCounts, reports: &Reports) -> bool {
        self.news(received, reports) != self.last
    }

    /// The report to send now: what is new, and that once more, for it may get lost.
    pub fn due(
        &mut self,
        now: Instant,
        received: &SharedCounts,
        reports: &Reports,
    ) -> Option<Report> {
        let report = self.news(received, reports);
        let repeats = match (report == self.last, self.repeats) {
            (false, _) => 1,
            (true, 0) => return None,
            (true, more) => more - 1,
        };
        if now < self.next {
            return None;
        }
        self.repeats = repeats;
        self.last = report;
        self.next = now + TICK;
        Some(report)
    }

    /// When to ask for [`Self::due`] again, unless something happens before.
    pub fn next_look(&self, received: &SharedCounts, reports: &Reports) -> Option<Instant> {
        (self.repeats > 0 || self.has_news(received, reports)).then_some(self.next)
    }

    fn news(&self, received: &SharedCounts, reports: &Reports) -> Report {
        Report {
            ask: self.ask,
            // Before the counts, which are to be of a time after it.
            answer: reports.ask(),
            arrived: received.get(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fast::report::Counts;

    #[test]
    fn news_is_told_at_once_and_twice_and_never_faster_than_every_tick() {
        let start = Instant::now();
        let (received, reports) = (SharedCounts::default(), Reports::default());
        let mut reporter = Reporter::new(start);
        assert_eq!(reporter.due(start, &received, &reports), None);
        assert_eq!(reporter.next_look(&received, &reports), None);
        received.add(3, 2);
        let report = reporter.due(start, &received, &reports).unwrap();
        assert_eq!(report.arrived, Counts { total: 3, full: 2 });
        received.add(1, 0);
        assert_eq!(reporter.due(start + TICK / 2, &received, &reports), None);
        assert_eq!(reporter.next_look(&received, &reports), Some(start + TICK));
        let told: Vec<u64> = (1..5)
            .filter_map(|tick| reporter.due(start + TICK * tick, &received, &reports))
            .map(|report| report.arrived.total)
            .collect();
        assert_eq!(told, [4, 4]);
        assert_eq!(reporter.next_look(&received, &reports), None);
    }

    #[test]
    fn a_question_goes_at_once_and_its_answer_says_when_it_was_put() {
        let start = Instant::now();
        let (received, heard) = (SharedCounts::default(), Reports::default());
        let mut reporter = Reporter::new(start);
        received.add(1, 1);
        assert!(reporter.due(start, &received, &heard).is_some());
        let asked = start + Duration::from_millis(7);
        reporter.ask(asked);
        let question = reporter.due(asked, &received, &heard).unwrap();
        assert_eq!(question.ask, 7);
        assert_eq!(reporter.heard(&heard).asked, None);

        // At the other end, a question alone is news.
        let (arrived, asking) = (SharedCounts::default(), Reports::default());
        let mut other = Reporter::new(start);
        asking.receive(&question);
        let answer = other.due(asked, &arrived, &asking).unwrap();
        assert_eq!(answer.answer, 7);
        heard.receive(&answer);
        assert_eq!(reporter.heard(&heard).asked, Some(asked));
        // And an answer is none.
        assert_eq!(answer.ask, 0);
    }

    #[test]
    fn an_answer_to_what_was_never_asked_is_none() {
        let start = Instant::now();
        let reports = Reports::default();
        reports.receive(&Report {
            answer: u64::MAX,
            ..Report::default()
        });
        let mut reporter = Reporter::new(start);
        assert_eq!(reporter.heard(&reports).asked, None);
        let asked = start + TICK;
        reporter.ask(asked);
        assert_eq!(reporter.heard(&reports).asked, Some(asked));
    }
}
