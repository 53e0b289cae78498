//! What each end tells the other about the fast path by QUIC: what arrived, and what it was asked before that.
//!
//! ```text
//! all datagrams that arrived (8), those of full size (8), ask (8), answer (8)
//! ```
//!
//! That a report is missing says nothing: it may be lost itself, or late. One that answers a question says what had
//! arrived when the question did.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{BufMut, Bytes, BytesMut};

use crate::fragment::CONTEXT_REPORT;

/// Datagrams counted at one end, since the link began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub total: u64,
    /// Those of full size.
    pub full: u64,
}

/// What one end knows and wants to know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// What opened here.
    pub arrived: Counts,
    /// Our last question: a number that only rises; 0 for none.
    pub ask: u64,
    /// The last question heard from the other end, before `arrived` was counted.
    pub answer: u64,
}

impl Report {
    /// The datagram, without IP and UDP.
    pub fn encode(&self) -> Bytes {
        let mut datagram = BytesMut::with_capacity(1 + 4 * 8);
        datagram.put_u8(CONTEXT_REPORT);
        for number in [self.arrived.total, self.arrived.full, self.ask, self.answer] {
            datagram.put_u64(number);
        }
        datagram.freeze()
    }

    /// Reads what follows the context byte; more than that is of a later version. `None` where it is too short.
    pub fn parse(content: &[u8]) -> Option<Self> {
        let (numbers, _) = content.as_chunks::<8>();
        let [total, full, ask, answer] = *numbers.first_chunk::<4>()?;
        Some(Self {
            arrived: Counts {
                total: u64::from_be_bytes(total),
                full: u64::from_be_bytes(full),
            },
            ask: u64::from_be_bytes(ask),
            answer: u64::from_be_bytes(answer),
        })
    }
}

/// The most of all reports of one end: they may overtake each other, and none takes anything back.
#[derive(Default)]
pub struct Reports {
    counts: SharedCounts,
    ask: AtomicU64,
    answer: AtomicU64,
}

impl Reports {
    /// Takes one in.
    pub fn receive(&self, report: &Report) {
        self.counts.raise(report.arrived);
        self.ask.fetch_max(report.ask, Ordering::Release);
        // Last: who sees the answer sees what it counted.
        self.answer.fetch_max(report.answer, Ordering::Release);
    }

    /// What has arrived at that end.
    pub fn counts(&self) -> Counts {
        self.counts.get()
    }

    /// Its last question.
    pub fn ask(&self) -> u64 {
        self.ask.load(Ordering::Acquire)
    }

    /// Our last question that it has answered; read before [`Self::counts`], those are at least as new.
    pub fn answer(&self) -> u64 {
        self.answer.load(Ordering::Acquire)
    }
}

/// [`Counts`] that several threads add to. Adding is sequentially consistent with reading and with whatever else is: who adds and then
/// finds that nobody has to be woken is right about that (`super::path`).
#[derive(Default)]
pub struct SharedCounts {
    total: AtomicU64,
    full: AtomicU64,
}

impl SharedCounts {
    /// Counts so many more.
    pub fn add(&self, total: u64, full: u64) {
        self.total.fetch_add(total, Ordering::SeqCst);
        self.full.fetch_add(full, Ordering::SeqCst);
    }

    /// The counts up to now.
    pub fn get(&self) -> Counts {
        Counts {
            total: self.total.load(Ordering::SeqCst),
            full: self.full.load(Ordering::SeqCst),
        }
    }

    fn raise(&self, to: Counts) {
        self.total.fetch_max(to.total, Ordering::Relaxed);
        self.full.fetch_max(to.full, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: Report = Report {
        arrived: Counts { total: 7, full: 5 },
        ask: 3,
        answer: 2,
    };

    #[test]
    fn a_report_has_the_documented_bytes() {
        let datagram = REPORT.encode();
        let mut expected = [0; 33];
        for (place, byte) in [(0, 4), (8, 7), (16, 5), (24, 3), (32, 2)] {
            expected[place] = byte;
        }
        assert_eq!(datagram[..], expected);
        assert_eq!(Report::parse(&datagram[1..]), Some(REPORT));
    }

    #[test]
    fn a_short_report_is_none_and_a_long_one_is_read_as_far_as_known() {
        let datagram = REPORT.encode();
        for length in 1..datagram.len() {
            assert_eq!(Report::parse(&datagram[1..length]), None);
        }
        let longer = [&datagram[1..], &[9; 8]].concat();
        assert_eq!(Report::parse(&longer), Some(REPORT));
    }

    #[test]
    fn an_older_report_takes_nothing_back() {
        let reports = Reports::default();
        reports.receive(&REPORT);
        reports.receive(&Report {
            arrived: Counts { total: 6, full: 6 },
            ask: 1,
            answer: 1,
        });
        assert_eq!(reports.counts(), Counts { total: 7, full: 6 });
        assert_eq!((reports.ask(), reports.answer()), (3, 2));
    }
}
