//! How often something may happen.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// A token bucket that any number of threads share without a lock.
#[derive(Debug)]
pub struct RateLimit {
    epoch: Instant,
    interval: u64,
    burst: u64,
    /// Nanoseconds after `epoch` at which the bucket would be full again.
    full_at: AtomicU64,
}

impl RateLimit {
    /// Allows one event per `interval` on average, and up to `burst` at once after a quiet time.
    pub fn new(interval: Duration, burst: u32) -> Self {
        let interval = nanoseconds(interval);
        Self {
            epoch: Instant::now(),
            interval,
            burst: interval.saturating_mul(burst.into()),
            full_at: AtomicU64::new(0),
        }
    }

    /// Takes a token; `false`: none was left.
    pub fn allow(&self, now: Instant) -> bool {
        let now = nanoseconds(now.saturating_duration_since(self.epoch));
        self.full_at
            .fetch_update(Relaxed, Relaxed, |full_at| {
                let full_at = full_at.max(now).saturating_add(self.interval);
                (full_at - now <= self.burst).then_some(full_at)
            })
            .is_ok()
    }
}

/// Saturates after 584 years.
fn nanoseconds(duration: Duration) -> u64 {
    duration.as_nanos().try_into().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_only_the_steady_rate() {
        let limit = RateLimit::new(Duration::from_millis(10), 50);
        let start = Instant::now();
        let allowed = |at| (0..200).filter(|_| limit.allow(at)).count();
        assert_eq!(allowed(start), 50);
        assert_eq!(allowed(start + Duration::from_millis(9)), 0);
        assert_eq!(allowed(start + Duration::from_millis(10)), 1);
        assert_eq!(allowed(start + Duration::from_millis(110)), 10);
        assert_eq!(allowed(start + Duration::from_secs(60)), 50);
        // A clock that another thread read a little earlier is no way around it.
        assert_eq!(allowed(start), 0);
    }

    #[test]
    fn threads_share_one_limit() {
        let limit = RateLimit::new(Duration::from_secs(1), 50);
        let now = Instant::now();
        let allowed = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..100 {
                        allowed.fetch_add(limit.allow(now).into(), Relaxed);
                    }
                });
            }
        });
        assert_eq!(allowed.into_inner(), 50);
    }
}
