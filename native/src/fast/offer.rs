//! What the two ends say to each other about the fast path over the control stream, and which cipher they can agree on.
//!
//! ```text
//! offer     0x01, version, generation (4), index (3), ciphers (1), X25519 public key (32)
//! withdraw  0x02, version, reason (1)
//! ask       0x03, version
//! ```
//!
//! Everything is big-endian. The first byte tells these messages from JSON, which begins with `{`.

use super::header::Index;

/// The version of the fast path. Another one is another protocol.
pub const VERSION: u8 = 1;

/// Bytes of an encoded offer.
pub const OFFER: usize = 42;

const TYPE_OFFER: u8 = 1;
const TYPE_WITHDRAW: u8 = 2;
const TYPE_ASK: u8 = 3;

const BIT_AES_128_GCM: u8 = 1;
const BIT_CHACHA20_POLY1305: u8 = 2;

/// Whether this machine computes AES-GCM with instructions made for it, in constant time and fast.
///
/// `allowed` false pretends it has none, for tests.
pub fn hardware_aes(allowed: bool) -> bool {
    allowed && detect_aes()
}

#[cfg(any(target_arch = "x86_64", target_arch = "x86"))]
fn detect_aes() -> bool {
    std::arch::is_x86_feature_detected!("aes") && std::arch::is_x86_feature_detected!("pclmulqdq")
}

#[cfg(target_arch = "aarch64")]
fn detect_aes() -> bool {
    std::arch::is_aarch64_feature_detected!("aes")
        && std::arch::is_aarch64_feature_detected!("pmull")
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "x86", target_arch = "aarch64")))]
fn detect_aes() -> bool {
    false
}

/// How datagrams are sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cipher {
    /// AEAD_AES_128_GCM (RFC 5116).
    Aes128Gcm,
    /// AEAD_CHACHA20_POLY1305 (RFC 8439).
    ChaCha20Poly1305,
}

impl Cipher {
    /// The name in status and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aes128Gcm => "aes-128-gcm",
            Self::ChaCha20Poly1305 => "chacha20-poly1305",
        }
    }

    /// Its bit among an offer's ciphers, which is also its number in the key schedule.
    pub const fn bit(self) -> u8 {
        match self {
            Self::Aes128Gcm => BIT_AES_128_GCM,
            Self::ChaCha20Poly1305 => BIT_CHACHA20_POLY1305,
        }
    }
}

/// The ciphers an end can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ciphers(u8);

impl Ciphers {
    /// What we offer on a machine with or without [`hardware_aes`]: without it AES is slow or leaks its key through timing.
    pub const fn offered(hardware_aes: bool) -> Self {
        if hardware_aes {
            Self(BIT_AES_128_GCM | BIT_CHACHA20_POLY1305)
        } else {
            Self(BIT_CHACHA20_POLY1305)
        }
    }

    /// The cipher both ends use: AES-128-GCM if both offer it.
    pub const fn common(self, other: Self) -> Option<Cipher> {
        let both = self.0 & other.0;
        if both & BIT_AES_128_GCM != 0 {
            Some(Cipher::Aes128Gcm)
        } else if both & BIT_CHACHA20_POLY1305 != 0 {
            Some(Cipher::ChaCha20Poly1305)
        } else {
            None
        }
    }
}

/// One end's half of a key exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// Which generation of keys of this connection it is for, from 0.
    pub generation: u32,
    /// What the sender wants to see in the headers of datagrams for it.
    pub index: Index,
    /// What the sender can do.
    pub ciphers: Ciphers,
    /// The sender's X25519 public key (RFC 7748), made for this generation alone.
    pub public: [u8; 32],
}

impl Offer {
    /// As on the wire.
    pub fn encode(&self) -> [u8; OFFER] {
        let [g0, g1, g2, g3] = self.generation.to_be_bytes();
        let [i0, i1, i2] = self.index.bytes();
        let head = [
            TYPE_OFFER,
            VERSION,
            g0,
            g1,
            g2,
            g3,
            i0,
            i1,
            i2,
            self.ciphers.0,
        ];
        let mut bytes = [0; OFFER];
        for (place, byte) in bytes.iter_mut().zip(head.into_iter().chain(self.public)) {
            *place = byte;
        }
        bytes
    }

    fn parse(body: &[u8]) -> Result<Self, MessageError> {
        let body: &[u8; OFFER - 2] = body.try_into().map_err(|_| MessageError::Length)?;
        let [g0, g1, g2, g3, i0, i1, i2, ciphers, public @ ..] = *body;
        if ciphers & !(BIT_AES_128_GCM | BIT_CHACHA20_POLY1305) != 0 {
            return Err(MessageError::Ciphers);
        }
        Ok(Self {
            generation: u32::from_be_bytes([g0, g1, g2, g3]),
            index: Index::from_bytes([i0, i1, i2]),
            ciphers: Ciphers(ciphers),
            public,
        })
    }
}

/// Why an end does without the fast path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// It is switched off.
    Disabled,
    /// The machine cannot do it.
    Unsupported,
    /// The UDP port could not be shared with iroh.
    NoPort,
    /// The kernel merges QUIC's datagrams into ours on this path (GRO), which would starve QUIC.
    Merged,
    /// The other end's offer had no cipher in common, or no valid key.
    BadOffer,
    /// One of a later version, by its number.
    Other(u8),
}

impl Reason {
    /// The name in status and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Unsupported => "unsupported",
            Self::NoPort => "no-port",
            Self::Merged => "merged",
            Self::BadOffer => "bad-offer",
            Self::Other(_) => "other",
        }
    }

    const fn byte(self) -> u8 {
        match self {
            Self::Disabled => 1,
            Self::Unsupported => 2,
            Self::NoPort => 3,
            Self::Merged => 4,
            Self::BadOffer => 5,
            Self::Other(byte) => byte,
        }
    }

    const fn from_byte(byte: u8) -> Self {
        match byte {
            1 => Self::Disabled,
            2 => Self::Unsupported,
            3 => Self::NoPort,
            4 => Self::Merged,
            5 => Self::BadOffer,
            other => Self::Other(other),
        }
    }
}

/// What one end tells the other about the fast path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    /// Let us have keys. The dialler begins, the accepter answers with one of the same generation.
    Offer(Offer),
    /// I take nothing on the fast path any more: send by QUIC. Ends every generation.
    Withdraw(Reason),
    /// The accepter has the dialler begin again.
    Ask,
}

impl Message {
    /// Whether a control message is for the fast path, by its first byte; others are for TypeScript.
    pub fn is_one(message: &[u8]) -> bool {
        matches!(
            message.first(),
            Some(&(TYPE_OFFER | TYPE_WITHDRAW | TYPE_ASK))
        )
    }

    /// Reads a control message.
    ///
    /// # Errors
    /// `Type` unless [`Message::is_one`]; `Version` for any but ours, whatever follows; `Length` unless it is exactly as
    /// long as its type; `Ciphers` for one that this version does not know. An unknown reason is [`Reason::Other`].
    pub fn parse(message: &[u8]) -> Result<Self, MessageError> {
        if !Self::is_one(message) {
            return Err(MessageError::Type);
        }
        let (&[kind, version], body) = message.split_first_chunk().ok_or(MessageError::Length)?;
        if version != VERSION {
            return Err(MessageError::Version(version));
        }
        match (kind, body) {
            (TYPE_OFFER, body) => Offer::parse(body).map(Self::Offer),
            (TYPE_WITHDRAW, &[reason]) => Ok(Self::Withdraw(Reason::from_byte(reason))),
            (TYPE_ASK, &[]) => Ok(Self::Ask),
            _ => Err(MessageError::Length),
        }
    }

    /// As on the wire.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Offer(offer) => offer.encode().to_vec(),
            Self::Withdraw(reason) => vec![TYPE_WITHDRAW, VERSION, reason.byte()],
            Self::Ask => vec![TYPE_ASK, VERSION],
        }
    }
}

/// Why a message could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageError {
    /// It is no message of the fast path.
    Type,
    /// It is one of that other version.
    Version(u8),
    /// It is longer or shorter than its type is.
    Length,
    /// It offers a cipher that this version does not know.
    Ciphers,
}

impl std::fmt::Display for MessageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Type => f.write_str("no message of the fast path"),
            Self::Version(version) => {
                write!(f, "fast path of version {version}, ours is {VERSION}")
            }
            Self::Length => f.write_str("wrong length"),
            Self::Ciphers => f.write_str("unknown cipher"),
        }
    }
}

impl std::error::Error for MessageError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::samples::Random;

    fn offer() -> Offer {
        Offer {
            generation: 0x0102_0304,
            index: Index::new(0x05_0607).unwrap(),
            ciphers: Ciphers::offered(true),
            public: std::array::from_fn(|n| n as u8 | 0x80),
        }
    }

    #[test]
    fn an_offer_has_the_documented_bytes() {
        let bytes = offer().encode();
        assert_eq!(bytes[..10], [1, 1, 1, 2, 3, 4, 5, 6, 7, 3]);
        assert_eq!(bytes[10..], offer().public);
        assert_eq!(Message::parse(&bytes), Ok(Message::Offer(offer())));
        assert_eq!(Message::Offer(offer()).encode(), bytes);
    }

    #[test]
    fn withdrawing_says_why() {
        let reasons = [
            Reason::Disabled,
            Reason::Unsupported,
            Reason::NoPort,
            Reason::Merged,
            Reason::BadOffer,
        ];
        for (n, reason) in reasons.into_iter().enumerate() {
            let message = Message::Withdraw(reason);
            assert_eq!(message.encode(), [2, 1, n as u8 + 1]);
            assert_eq!(Message::parse(&message.encode()), Ok(message));
        }
        // Those of later versions are not lost.
        for byte in (6..=u8::MAX).chain([0]) {
            let message = Message::Withdraw(Reason::Other(byte));
            assert_eq!(Message::parse(&[2, 1, byte]), Ok(message));
            assert_eq!(message.encode(), [2, 1, byte]);
        }
    }

    #[test]
    fn asking_says_nothing_more() {
        assert_eq!(Message::Ask.encode(), [3, 1]);
        assert_eq!(Message::parse(&[3, 1]), Ok(Message::Ask));
    }

    #[test]
    fn only_the_exact_length_is_read() {
        for whole in [&offer().encode()[..], &[2, 1, 1], &[3, 1]] {
            for length in 1..whole.len() {
                let cut = Message::parse(&whole[..length]);
                assert_eq!(cut, Err(MessageError::Length), "{length}");
            }
            let long = [whole, &[0]].concat();
            assert_eq!(Message::parse(&long), Err(MessageError::Length));
        }
        assert_eq!(Message::parse(&[]), Err(MessageError::Type));
    }

    #[test]
    fn other_versions_and_other_messages_are_told_apart() {
        for version in (0..=u8::MAX).filter(|&version| version != VERSION) {
            let refused = Err(MessageError::Version(version));
            // Whatever their messages are like.
            assert_eq!(Message::parse(&[1, version]), refused);
            assert_eq!(Message::parse(&[2, version, 1, 1, 1]), refused);
            assert_eq!(Message::parse(&[3, version]), refused);
        }
        for kind in (0..=u8::MAX).filter(|kind| ![1, 2, 3].contains(kind)) {
            let mut bytes = offer().encode();
            bytes[0] = kind;
            assert!(!Message::is_one(&bytes));
            assert_eq!(Message::parse(&bytes), Err(MessageError::Type));
        }
        assert!(!Message::is_one(b"{\"type\":\"paused\"}"));
        assert!(Message::is_one(&offer().encode()) && Message::is_one(&[2]));
    }

    #[test]
    fn unknown_ciphers_are_refused() {
        for ciphers in 0..=u8::MAX {
            let mut bytes = offer().encode();
            bytes[9] = ciphers;
            let parsed = Message::parse(&bytes);
            if ciphers < 4 {
                assert!(matches!(parsed, Ok(Message::Offer(o)) if o.ciphers.0 == ciphers));
            } else {
                assert_eq!(parsed, Err(MessageError::Ciphers));
            }
        }
    }

    #[test]
    fn aes_is_chosen_where_both_have_it() {
        let (with, without, none) = (Ciphers::offered(true), Ciphers::offered(false), Ciphers(0));
        assert_eq!(with.common(with), Some(Cipher::Aes128Gcm));
        for (a, b) in [(with, without), (without, with), (without, without)] {
            assert_eq!(a.common(b), Some(Cipher::ChaCha20Poly1305));
        }
        assert_eq!(Ciphers(1).common(without), None);
        assert_eq!(none.common(with), None);
    }

    #[test]
    fn hardware_aes_can_be_switched_off() {
        assert!(!hardware_aes(false));
        #[cfg(target_os = "linux")]
        #[cfg(target_arch = "x86_64")]
        {
            let flags = std::fs::read_to_string("/proc/cpuinfo").unwrap();
            let has = |flag| flags.split_whitespace().any(|f| f == flag);
            assert_eq!(hardware_aes(true), has("aes") && has("pclmulqdq"));
        }
    }

    #[test]
    fn garbage_never_panics_and_what_passes_is_canonical() {
        let mut random = Random(4);
        let mut passed = 0;
        for round in 0..100_000 {
            let bytes = match round % 3 {
                0 => random.bytes(50),
                1 => random.mutilate(&offer().encode()),
                _ => random.mutilate(&[2, 1, 3]),
            };
            if let Ok(message) = Message::parse(&bytes) {
                passed += 1;
                assert_eq!(message.encode(), bytes);
            }
        }
        assert!(passed > 1000, "{passed}");
    }
}
