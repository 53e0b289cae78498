//! Frames in another order than they came in.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::batch::BATCH;

/// How long frames wait for others to change places with.
const PATIENCE: Duration = Duration::from_millis(250);

/// Between two batches on their way out: a cable has a rate, and what is shown is order, not bursts.
const PACE: Duration = Duration::from_micros(500);

/// Shuffles frames in blocks of one more than the distance.
pub struct Reorder {
    distance: usize,
    block: Vec<Vec<u8>>,
    /// When the first of the block came.
    began: Instant,
    leaving: VecDeque<Vec<u8>>,
    left: Instant,
    latest: usize,
    random: u64,
}

impl Reorder {
    /// So that some frame leaves `distance` places after its own, and none later; 0 for none at all.
    pub fn new(distance: usize) -> Self {
        Self {
            distance,
            block: Vec::new(),
            began: Instant::now(),
            leaving: VecDeque::new(),
            left: Instant::now(),
            latest: 0,
            random: 0x9e37_79b9_7f4a_7c15,
        }
    }

    pub const fn is_on(&self) -> bool {
        self.distance > 0
    }

    pub fn is_empty(&self) -> bool {
        self.block.is_empty() && self.leaving.is_empty()
    }

    /// The most places that a frame has left behind its own.
    pub const fn latest(&self) -> usize {
        self.latest
    }

    pub fn take(&mut self, frame: &[u8], now: Instant) {
        if self.block.is_empty() {
            self.began = now;
        }
        self.block.push(frame.to_vec());
        if self.block.len() > self.distance {
            self.shuffle();
        }
    }

    /// Frames that leave now.
    pub fn release(&mut self, now: Instant) -> Vec<Vec<u8>> {
        if !self.block.is_empty() && now.saturating_duration_since(self.began) >= PATIENCE {
            self.shuffle();
        }
        if self.leaving.is_empty() || now.saturating_duration_since(self.left) < PACE {
            return Vec::new();
        }
        self.left = now;
        self.leaving
            .drain(..self.leaving.len().min(BATCH))
            .collect()
    }

    /// All that are still here.
    pub fn into_frames(mut self) -> Vec<Vec<u8>> {
        self.shuffle();
        self.leaving.into()
    }

    /// Lets the block go, in random order but for the first and the last: those change places.
    fn shuffle(&mut self) {
        let mut order: Vec<usize> = (0..self.block.len()).collect();
        for at in (1..order.len()).rev() {
            let other = self.draw() as usize % (at + 1);
            order.swap(at, other);
        }
        if let Some(end) = order.len().checked_sub(1) {
            let first = order.iter().position(|&from| from == 0).unwrap_or(end);
            order.swap(first, end);
            let last = order.iter().position(|&from| from == end).unwrap_or(0);
            order.swap(last, 0);
        }
        for (place, &from) in order.iter().enumerate() {
            self.latest = self.latest.max(place.saturating_sub(from));
            if let Some(frame) = self.block.get_mut(from) {
                self.leaving.push_back(std::mem::take(frame));
            }
        }
        self.block.clear();
    }

    /// The next of a sequence that looks random (xorshift).
    const fn draw(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }
}
