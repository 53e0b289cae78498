//! Secrets that leave no trace in memory when they go.

use std::mem::MaybeUninit;
use std::slice;

use zeroize::Zeroize;

/// A secret of plain memory (no pointer to more of it) that stays in one place and is overwritten when dropped or taken.
///
/// Behind a pointer, so that moving it around copies no secret. What a function had on its stack while it made or used
/// the value is that function's to erase.
pub struct Erased<T>(
    /// Always initialised: nothing but `new` makes it, nothing but `drop` erases it.
    Box<MaybeUninit<T>>,
);

impl<T> Erased<T> {
    /// Plain memory is what needs no drop: a type that owned more than its own bytes would.
    const PLAIN: () = assert!(!std::mem::needs_drop::<T>());

    /// Keeps `value`.
    pub fn new(value: T) -> Self {
        const { Self::PLAIN };
        Self(Box::new(MaybeUninit::new(value)))
    }

    /// The value.
    pub fn get(&self) -> &T {
        // SAFETY: always initialised, see above.
        unsafe { self.0.assume_init_ref() }
    }

    /// Moves the value out and overwrites where it was.
    pub fn take(self) -> T {
        // SAFETY: always initialised, see above; `self` ends here without anybody reading the value again, and erasing it
        // drops nothing.
        unsafe { self.0.assume_init_read() }
    }
}

impl<T> Drop for Erased<T> {
    fn drop(&mut self) {
        erase(&mut self.0);
    }
}

/// Overwrites every byte, padding included, in a way that no compiler leaves out.
///
/// Not by way of `Option`'s own zeroizing, tempting as its safety is: that ends by writing a `None`, whose unused bytes are
/// whatever was on the stack.
fn erase<T>(place: &mut MaybeUninit<T>) {
    slice::from_mut(place).zeroize();
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::aead::{AES_128_GCM, CHACHA20_POLY1305, LessSafeKey, UnboundKey};

    /// How many bytes of the place are not zero.
    fn traces<T>(place: &MaybeUninit<T>) -> usize {
        let bytes: *const u8 = place.as_ptr().cast();
        (0..size_of::<T>())
            // SAFETY: inside the place; volatile keeps the compiler from reasoning about padding.
            .filter(|&at| unsafe { bytes.add(at).read_volatile() } != 0)
            .count()
    }

    #[test]
    fn nothing_of_an_aead_key_stays() {
        for algorithm in [&AES_128_GCM, &CHACHA20_POLY1305] {
            let key = vec![0xa5; algorithm.key_len()];
            let key = LessSafeKey::new(UnboundKey::new(algorithm, &key).unwrap());
            let mut place = Box::new(MaybeUninit::new(key));
            assert!(traces(&place) > 32);
            erase(&mut place);
            assert_eq!(traces(&place), 0);
        }
    }

    #[test]
    fn the_value_is_there_until_it_is_taken() {
        let secret = Erased::new([7u8; 64]);
        assert_eq!(secret.get(), &[7; 64]);
        assert_eq!(secret.take(), [7; 64]);
    }
}
