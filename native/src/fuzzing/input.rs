//! Choices, made by the bytes of a fuzzer.

/// What is left of the bytes. Once they have run out every choice is zero, so that each input comes to an end.
pub struct Input<'d>(&'d [u8]);

impl<'d> Input<'d> {
    /// All of `data` is left.
    pub const fn new(data: &'d [u8]) -> Self {
        Self(data)
    }

    /// Whether the bytes have run out.
    pub const fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    /// What is left, taken.
    pub fn rest(&mut self) -> &'d [u8] {
        std::mem::take(&mut self.0)
    }

    /// Any byte.
    pub fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((&byte, rest)) => {
                self.0 = rest;
                byte
            }
            None => 0,
        }
    }

    /// Any 16 bits.
    pub fn word(&mut self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }

    /// A number below `limit`, which is at most 65,536.
    pub fn below(&mut self, limit: usize) -> usize {
        let choice = match limit {
            ..=256 => self.byte().into(),
            _ => usize::from(self.word()),
        };
        choice % limit.max(1)
    }

    /// True for one choice in `odds`.
    pub fn one_in(&mut self, odds: usize) -> bool {
        self.below(odds) == odds - 1
    }

    /// One of `choices`.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// `length` bytes, of which the input chooses the pattern and the last two: sums can be anything.
    pub fn filling(&mut self, length: usize) -> Vec<u8> {
        let (start, step) = (self.byte(), self.byte());
        let mut bytes: Vec<u8> = (0..length)
            .map(|at| start.wrapping_add(step.wrapping_mul(at as u8)))
            .collect();
        if let Some(last) = bytes.last_chunk_mut::<2>() {
            *last = self.word().to_be_bytes();
        }
        bytes
    }

    /// Overwrites some bytes near the beginning of `bytes`, cuts them short or adds some.
    pub fn mutilate(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..1 + self.below(3) {
            let at = self.below(bytes.len().clamp(1, 96));
            if let Some(byte) = bytes.get_mut(at) {
                *byte = self.byte();
            }
        }
        match self.below(6) {
            0 => bytes.truncate(self.below(bytes.len() + 1)),
            1 => bytes.extend(vec![self.byte(); self.below(16)]),
            _ => {}
        }
    }
}
