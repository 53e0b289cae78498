//! Which counters of a direction have been seen: a window that slides with the highest (as in RFC 6479).

/// How many counters back from the highest one seen a datagram may come late.
///
/// At 5 Gb/s this is 34 ms of datagrams.
pub const WINDOW: u64 = (WORDS as u64 - 1) * WORD;

/// Words in the ring. One of them is always partly ahead of the window, hence not counted.
const WORDS: usize = 256;

/// Counters in a word.
const WORD: u64 = u64::BITS as u64;

/// The counters seen so far, in constant memory (2 KiB).
#[derive(Debug, Clone)]
pub struct ReplayWindow {
    /// A ring: counter n is bit n mod 64 of word n / 64 mod 256.
    words: [u64; WORDS],
    /// The highest counter seen; 0 at first, which as yet says nothing.
    highest: u64,
}

impl ReplayWindow {
    /// Nothing seen.
    pub const fn new() -> Self {
        Self {
            words: [0; WORDS],
            highest: 0,
        }
    }

    /// The highest counter seen; 0 before the first.
    pub const fn highest(&self) -> u64 {
        self.highest
    }

    /// Whether `counter` has neither been seen nor is too old to know.
    pub fn is_new(&self, counter: u64) -> bool {
        if counter > self.highest {
            return true;
        }
        let (place, bit) = position(counter);
        self.highest - counter < WINDOW && self.words.get(place).is_some_and(|word| word & bit == 0)
    }

    /// Marks `counter` as seen; `false`, and nothing changed, unless it [is new](Self::is_new).
    #[must_use]
    pub fn mark(&mut self, counter: u64) -> bool {
        if !self.is_new(counter) {
            return false;
        }
        if counter > self.highest {
            self.advance(counter);
        }
        let (place, bit) = position(counter);
        if let Some(word) = self.words.get_mut(place) {
            *word |= bit;
        }
        true
    }

    /// Moves the window up to `counter`. The words that come in still hold what went out.
    fn advance(&mut self, counter: u64) {
        let (from, to) = (self.highest / WORD, counter / WORD);
        if to - from >= WORDS as u64 {
            self.words.fill(0);
        } else {
            for word in from + 1..=to {
                if let Some(word) = self.words.get_mut(word as usize % WORDS) {
                    *word = 0;
                }
            }
        }
        self.highest = counter;
    }
}

impl Default for ReplayWindow {
    fn default() -> Self {
        Self::new()
    }
}

/// The word and the bit in it.
const fn position(counter: u64) -> (usize, u64) {
    // The remainder fits whatever the width of usize.
    (
        (counter / WORD % WORDS as u64) as usize,
        1 << (counter % WORD),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::samples::Random;
    use std::collections::HashSet;

    /// The same without a bound on memory.
    #[derive(Default)]
    struct Model {
        seen: HashSet<u64>,
        highest: u64,
    }

    impl Model {
        fn mark(&mut self, counter: u64) -> bool {
            let in_window = self.highest.saturating_sub(counter) < WINDOW;
            let new = in_window && self.seen.insert(counter);
            if new {
                self.highest = self.highest.max(counter);
            }
            new
        }
    }

    #[test]
    fn the_window_is_large_enough() {
        const { assert!(WINDOW >= 8192) }
    }

    #[test]
    fn each_counter_passes_once_in_order() {
        let mut window = ReplayWindow::new();
        for counter in 0..100_000 {
            assert!(window.is_new(counter));
            assert!(window.mark(counter));
            assert!(!window.is_new(counter));
            assert!(!window.mark(counter));
            assert_eq!(window.highest(), counter);
        }
    }

    #[test]
    fn reordering_by_up_to_4096_loses_and_repeats_nothing() {
        let mut random = Random(2);
        for distance in [1, 2, 63, 64, 65, 1000, 4096, 8192] {
            // Shuffled in blocks: none comes more than `distance` - 1 late.
            let mut order: Vec<u64> = (0..65_536).collect();
            for block in order.chunks_mut(distance) {
                for at in (1..block.len()).rev() {
                    block.swap(at, random.below(at + 1));
                }
            }
            let mut window = ReplayWindow::new();
            for &counter in &order {
                assert!(window.mark(counter), "{counter} of {distance}");
                assert!(!window.mark(counter));
            }
            assert!(!order.iter().any(|&counter| window.is_new(counter)));
        }
        // Backwards, which is the worst.
        let mut window = ReplayWindow::new();
        for counter in (0..WINDOW).rev() {
            assert!(window.mark(counter));
        }
        assert!(!(0..WINDOW).any(|counter| window.mark(counter)));
    }

    #[test]
    fn the_window_ends_where_it_says_wherever_it_stands() {
        for highest in (WINDOW..WINDOW + 3 * 16_384).chain(u64::MAX - 16_384..=u64::MAX) {
            let mut window = ReplayWindow::new();
            assert!(window.mark(highest));
            assert!(!window.is_new(highest - WINDOW), "{highest}");
            assert!(window.is_new(highest - WINDOW + 1), "{highest}");
            assert!(window.mark(highest - WINDOW + 1));
            assert!(!window.mark(highest - WINDOW + 1));
            assert!(window.is_new(highest - 1));
        }
    }

    #[test]
    fn every_jump_keeps_exactly_what_is_still_inside() {
        for jump in 1..WINDOW + 200 {
            let mut window = ReplayWindow::new();
            for counter in [100, 101, 163, 164, 299, 300] {
                assert!(window.mark(counter));
            }
            assert!(window.mark(300 + jump));
            for counter in 90..=300 {
                let seen = [100, 101, 163, 164, 299, 300].contains(&counter);
                let inside = 300 + jump - counter < WINDOW;
                assert_eq!(window.is_new(counter), inside && !seen, "{counter} {jump}");
            }
            assert!(window.is_new(300 + jump - 1) != (jump == 1));
            assert!(window.is_new(300 + jump + 1));
        }
    }

    #[test]
    fn jumps_of_any_size_leave_nothing_behind() {
        for to in [
            WINDOW,
            1 << 20,
            1 << 32,
            1 << 63,
            u64::MAX - 1,
            u64::MAX,
            // Same place in the ring as 0.
            WORD * WORDS as u64,
            WORD * WORDS as u64 * 12_345,
        ] {
            let mut window = ReplayWindow::new();
            assert!((0..500).all(|counter| window.mark(counter)));
            assert!(window.mark(to));
            assert!(!window.mark(to) && !window.is_new(0));
            for counter in to - WINDOW + 1..to {
                assert_eq!(window.is_new(counter), counter >= 500, "{counter} {to}");
            }
        }
    }

    #[test]
    fn any_sequence_goes_as_in_the_unbounded_model() {
        let mut random = Random(3);
        for _ in 0..50 {
            let (mut window, mut model) = (ReplayWindow::new(), Model::default());
            let (mut accepted, mut refused) = (0, 0);
            for _ in 0..20_000 {
                let counter = match random.below(100) {
                    0 => model.highest + random.below(40_000) as u64,
                    1..=40 => model.highest + random.below(4) as u64,
                    _ => model.highest.saturating_sub(random.below(20_000) as u64),
                };
                let expected = model.mark(counter);
                assert_eq!(window.is_new(counter), expected);
                assert_eq!(window.mark(counter), expected);
                assert_eq!(window.highest(), model.highest);
                *if expected {
                    &mut accepted
                } else {
                    &mut refused
                } += 1;
            }
            assert!(accepted > 1000 && refused > 1000);
        }
    }
}
