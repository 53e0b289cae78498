//! Sealing and opening of datagrams under the keys of one generation, one direction each.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ring::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};

use super::erased::Erased;
use super::header::{FULL_SIZE, HEADER, Header, Index, Kind, MAX_DATAGRAM, TAG};
use super::offer::Cipher;
use super::replay::ReplayWindow;

/// Datagrams that one key seals at most.
///
/// AES-128-GCM stays below its confidentiality bound for 2^28 datagrams of at most 2^11 bytes (RFC 9001 appendix B.1.1; ours are at
/// most [`MAX_DATAGRAM`]); ChaCha20-Poly1305 has no such bound.
pub const LIMIT: u64 = 1 << 26;

/// Datagrams after which a generation is due to be replaced: long enough before [`LIMIT`] that it is replaced in time.
pub const REKEY_AFTER_DATAGRAMS: u64 = 1 << 25;

/// Failed openings after which a generation is due to be replaced.
///
/// The integrity bounds are 2^57 for AES-128-GCM with datagrams of at most 2^11 bytes and 2^36 for ChaCha20-Poly1305 (RFC 9001 §6.6,
/// appendix B.1.2, B.2). Nothing else may follow from forgeries: anybody can send them.
pub const REKEY_AFTER_FORGERIES: u64 = 1 << 20;

/// The key and the base of the nonces of one direction in one generation.
pub(super) struct PacketKey {
    key: LessSafeKey,
    iv: [u8; aead::NONCE_LEN],
}

impl PacketKey {
    /// Expects a key of exactly the cipher's length; `None` otherwise.
    pub(super) fn new(cipher: Cipher, key: &[u8], iv: [u8; aead::NONCE_LEN]) -> Option<Self> {
        let key = LessSafeKey::new(UnboundKey::new(algorithm(cipher), key).ok()?);
        Some(Self { key, iv })
    }

    /// The nonce of a counter: the IV with the counter xored into its last 8 bytes (as RFC 9001 §5.3).
    fn nonce(&self, counter: u64) -> Nonce {
        let mut nonce = self.iv;
        for (byte, counter) in nonce.iter_mut().rev().zip(counter.to_le_bytes()) {
            *byte ^= counter;
        }
        Nonce::assume_unique_for_key(nonce)
    }
}

/// ring's name for a cipher.
pub(super) fn algorithm(cipher: Cipher) -> &'static aead::Algorithm {
    match cipher {
        Cipher::Aes128Gcm => &aead::AES_128_GCM,
        Cipher::ChaCha20Poly1305 => &aead::CHACHA20_POLY1305,
    }
}

/// The sending half of a generation; any number of threads may use it at once. Its keys are erased when it is dropped.
pub struct Sealer {
    key: Erased<PacketKey>,
    index: Index,
    next: AtomicU64,
}

impl Sealer {
    pub(super) const fn new(key: Erased<PacketKey>, index: Index) -> Self {
        Self {
            key,
            index,
            next: AtomicU64::new(0),
        }
    }

    /// Takes `count` consecutive counters for the caller alone and returns the first, never one that was ever returned before.
    ///
    /// `None` when fewer than that are left below [`LIMIT`]; those are then lost, and this generation is soon at its end.
    /// Each counter may be [sealed](Self::seal) with once; what the caller does not use is never used.
    pub fn reserve(&self, count: u32) -> Option<u64> {
        // Asking first keeps refused calls from ever adding up to a counter that wraps.
        if self.next.load(Relaxed) >= LIMIT {
            return None;
        }
        let first = self.next.fetch_add(count.into(), Relaxed);
        (first + u64::from(count) <= LIMIT).then_some(first)
    }

    /// Seals a datagram in place: [`HEADER`] bytes that are overwritten, the plaintext, [`TAG`] bytes that are overwritten.
    ///
    /// `counter` must be one that [`reserve`](Self::reserve) returned (or that follows it within the count), and each only once:
    /// two datagrams under one counter would reveal both and allow forgeries.
    ///
    /// # Errors
    /// `Length` when there is no room for header and tag or more than [`MAX_DATAGRAM`], `Exhausted` for a counter that is not below
    /// [`LIMIT`]. The datagram must not be sent then.
    pub fn seal(&self, counter: u64, kind: Kind, datagram: &mut [u8]) -> Result<(), SealError> {
        if counter >= LIMIT {
            return Err(SealError::Exhausted);
        }
        if datagram.len() > MAX_DATAGRAM {
            return Err(SealError::Length);
        }
        let (header, rest) = datagram
            .split_first_chunk_mut::<HEADER>()
            .ok_or(SealError::Length)?;
        let (plaintext, tag) = rest
            .split_last_chunk_mut::<TAG>()
            .ok_or(SealError::Length)?;
        *header = Header {
            kind,
            index: self.index,
            counter,
        }
        .encode();
        let key = self.key.get();
        // Neither fails: the length is far below the ciphers' own limits.
        let sum = key
            .key
            .seal_in_place_separate_tag(key.nonce(counter), Aad::from(&*header), plaintext)
            .map_err(|_| SealError::Length)?;
        *tag = sum.as_ref().try_into().map_err(|_| SealError::Length)?;
        Ok(())
    }

    /// The receiver's index, which stands in every header.
    pub const fn index(&self) -> Index {
        self.index
    }

    /// Counters reserved so far.
    pub fn reserved(&self) -> u64 {
        self.next.load(Relaxed)
    }

    /// Whether so much was sealed that the next generation is due: `after` datagrams, at most [`REKEY_AFTER_DATAGRAMS`].
    pub fn rekey_due(&self, after: u64) -> bool {
        self.reserved() >= after.min(REKEY_AFTER_DATAGRAMS)
    }
}

/// Why a datagram could not be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealError {
    /// No room for header and tag, or more than the largest datagram.
    Length,
    /// The counter is beyond what the key may seal.
    Exhausted,
}

/// The receiving half of a generation; any number of threads may use it at once. Its keys are erased when it is dropped.
pub struct Opener {
    key: Erased<PacketKey>,
    index: Index,
    state: Mutex<State>,
}

/// What changes with every datagram received.
#[derive(Default)]
struct State {
    window: ReplayWindow,
    report: Report,
}

impl Opener {
    pub(super) fn new(key: Erased<PacketKey>, index: Index) -> Self {
        Self {
            key,
            index,
            state: Mutex::default(),
        }
    }

    /// Opens a datagram in place and returns what it holds. The lock is not held while it deciphers.
    ///
    /// # Errors
    /// See [`OpenError`]. The datagram's content is then undefined.
    pub fn open<'d>(&self, datagram: &'d mut [u8]) -> Result<(Kind, &'d mut [u8]), OpenError> {
        let header = Header::parse(datagram).ok_or(OpenError::Malformed)?;
        {
            let mut state = self.lock();
            if !state.window.is_new(header.counter) {
                return Err(state.report.count_replayed());
            }
        }
        let opened = self.decipher(&header, datagram);
        let mut state = self.lock();
        match opened {
            Some(plaintext) => state.admit(&header, plaintext),
            None => Err(state.report.count_forged()),
        }
    }

    /// Our own index, by which datagrams for this opener are found.
    pub const fn index(&self) -> Index {
        self.index
    }

    /// What came so far.
    pub fn report(&self) -> Report {
        self.lock().report
    }

    /// Whether so much was opened, or so much failed to open, that the next generation is due.
    pub fn rekey_due(&self) -> bool {
        let state = self.lock();
        state.window.highest() >= REKEY_AFTER_DATAGRAMS
            || state.report.forged >= REKEY_AFTER_FORGERIES
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in between can panic, and each change is whole by itself.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The plaintext, if the datagram was sealed by the other end under this very header.
    fn decipher<'d>(&self, header: &Header, datagram: &'d mut [u8]) -> Option<&'d mut [u8]> {
        let key = self.key.get();
        let (aad, sealed) = datagram.split_first_chunk_mut::<HEADER>()?;
        key.key
            .open_in_place(key.nonce(header.counter), Aad::from(&*aad), sealed)
            .ok()
    }
}

impl State {
    /// Only here, after it opened, is a counter marked: a forgery must not take a genuine datagram's place.
    fn admit<'d>(
        &mut self,
        header: &Header,
        plaintext: &'d mut [u8],
    ) -> Result<(Kind, &'d mut [u8]), OpenError> {
        if !self.window.mark(header.counter) {
            // Another thread opened the same datagram meanwhile.
            return Err(self.report.count_replayed());
        }
        self.report.opened += 1;
        if plaintext.len() >= FULL_SIZE {
            self.report.full_size += 1;
        }
        Ok((header.kind, plaintext))
    }
}

/// What an opener was given, in datagrams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Report {
    /// Opened.
    pub opened: u64,
    /// Opened with a plaintext of [`FULL_SIZE`]: proof that the path carries such.
    pub full_size: u64,
    /// Refused as already seen, or too old to know.
    pub replayed: u64,
    /// Refused because they did not open.
    pub forged: u64,
}

impl Report {
    fn count_replayed(&mut self) -> OpenError {
        self.replayed += 1;
        OpenError::Replayed
    }

    fn count_forged(&mut self) -> OpenError {
        self.forged += 1;
        OpenError::Forged
    }
}

/// Why a datagram was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenError {
    /// No datagram of this version.
    Malformed,
    /// It was seen before, or is too old to know.
    Replayed,
    /// The other end did not seal it like this: forged, damaged, or for other keys.
    Forged,
}

#[cfg(test)]
pub mod tests;
