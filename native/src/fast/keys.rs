//! Keys of the fast path: an X25519 exchange for each generation, tied to the QUIC connection.
//!
//! The schedule is HKDF-SHA256 (RFC 5869) and described in docs/protocol.md.

use std::time::Duration;

use ring::agreement::{self, EphemeralPrivateKey, UnparsedPublicKey, X25519};
use ring::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use ring::rand::SystemRandom;
use zeroize::{Zeroize, Zeroizing, zeroize_stack};

use super::erased::Erased;
use super::header::Index;
use super::offer::{Cipher, Ciphers, Offer, VERSION};
use super::session::{Opener, PacketKey, Sealer, algorithm};
use crate::ALPN;

/// Label for exporting the first secret from the QUIC connection's TLS session (RFC 8446 §7.5, RFC 5705).
pub const EXPORTER_LABEL: &[u8] = b"EXPORTER-rayfish-desktop-fast-path";

/// Age at which a generation is due to be replaced, however little it was used.
pub const REKEY_AFTER: Duration = Duration::from_secs(120);

/// Context for that export: our version, then the ALPN.
pub fn exporter_context() -> Vec<u8> {
    [&[VERSION], ALPN].concat()
}

/// Which end of the connection we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// We dialled.
    Dialler,
    /// They did.
    Accepter,
}

/// What all keys are tied to: the connection's exporter secret. Erased when dropped.
pub struct Secret(Erased<[u8; 32]>);

impl Secret {
    /// A secret of 32 bytes that `fill` writes, such as the TLS exporter.
    ///
    /// # Errors
    /// Those of `fill`.
    pub fn export<E>(fill: impl FnOnce(&mut [u8; 32]) -> Result<(), E>) -> Result<Self, E> {
        let mut bytes = Zeroizing::new([0; 32]);
        fill(&mut bytes)?;
        Ok(Self(Erased::new(*bytes)))
    }
}

/// Our half of a generation's key exchange, until theirs comes.
pub struct LocalOffer {
    private: Erased<EphemeralPrivateKey>,
    offer: Offer,
}

impl LocalOffer {
    /// Makes a key pair. `index` should be random, and none that another session of ours uses.
    ///
    /// # Errors
    /// `Random` if the system gave no random numbers.
    pub fn generate(generation: u32, index: Index, ciphers: Ciphers) -> Result<Self, AgreeError> {
        let made = Self::generate_unerased(generation, index, ciphers);
        zeroize_stack::<STACK>();
        made
    }

    /// What to send to the other end.
    pub const fn offer(&self) -> &Offer {
        &self.offer
    }

    /// Leaves copies of the private key on the stack.
    #[inline(never)]
    fn generate_unerased(
        generation: u32,
        index: Index,
        ciphers: Ciphers,
    ) -> Result<Self, AgreeError> {
        let private = EphemeralPrivateKey::generate(&X25519, &SystemRandom::new())
            .map_err(|_| AgreeError::Random)?;
        let public = private
            .compute_public_key()
            .map_err(|_| AgreeError::Random)?;
        let public = public.as_ref().try_into().map_err(|_| AgreeError::Random)?;
        Ok(Self {
            private: Erased::new(private),
            offer: Offer {
                generation,
                index,
                ciphers,
                public,
            },
        })
    }
}

/// One generation, ready for use.
pub struct Agreement {
    /// Which one it is.
    pub generation: u32,
    /// What both ends seal with.
    pub cipher: Cipher,
    /// For what we send.
    pub sealer: Sealer,
    /// For what we receive.
    pub opener: Opener,
}

/// Derives a generation's keys from both ends' offers.
///
/// `secret` is the connection's exporter secret: who has it is the other end. What was sealed stays sealed even for who learns
/// it later, because of the X25519 exchange.
///
/// # Errors
/// See [`AgreeError`]; our offer is used up all the same, and another try needs new ones from both ends.
pub fn agree(
    local: LocalOffer,
    remote: &Offer,
    role: Role,
    secret: &Secret,
) -> Result<Agreement, AgreeError> {
    let agreed = agree_unerased(local, remote, role, secret);
    zeroize_stack::<STACK>();
    agreed
}

/// Why there are no keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgreeError {
    /// The system gave no random numbers.
    Random,
    /// The offers are for different generations.
    Generation {
        /// Ours.
        local: u32,
        /// Theirs.
        remote: u32,
    },
    /// No cipher that both can do.
    NoCommonCipher,
    /// A public key that would give a secret everybody knows (RFC 7748 §6.1), or that is our own.
    PublicKey,
    /// ring refused what it should not.
    Derivation,
}

impl std::fmt::Display for AgreeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Random => f.write_str("no random numbers"),
            Self::Generation { local, remote } => {
                write!(f, "offer for generation {remote}, ours is {local}")
            }
            Self::NoCommonCipher => f.write_str("no common cipher"),
            Self::PublicKey => f.write_str("invalid public key"),
            Self::Derivation => f.write_str("keys could not be derived"),
        }
    }
}

impl std::error::Error for AgreeError {}

/// Bytes of stack overwritten after private keys and shared secrets passed through ring, which leaves them there: it goes
/// less than 16 KiB deep in a release build.
const STACK: usize = 32 * 1024;

/// Leaves secrets on the stack.
#[inline(never)]
fn agree_unerased(
    local: LocalOffer,
    remote: &Offer,
    role: Role,
    secret: &Secret,
) -> Result<Agreement, AgreeError> {
    let LocalOffer { private, offer } = local;
    if offer.generation != remote.generation {
        return Err(AgreeError::Generation {
            local: offer.generation,
            remote: remote.generation,
        });
    }
    let cipher = offer
        .ciphers
        .common(remote.ciphers)
        .ok_or(AgreeError::NoCommonCipher)?;
    if offer.public == remote.public {
        // Our own offer come back. It would do no harm, but nobody honest does that.
        return Err(AgreeError::PublicKey);
    }
    let (dialler, accepter) = match role {
        Role::Dialler => (&offer, remote),
        Role::Accepter => (remote, &offer),
    };
    let public = UnparsedPublicKey::new(&X25519, &remote.public);
    let keys = agreement::agree_ephemeral(private.take(), &public, |shared| {
        Schedule::new(secret, shared, cipher, dialler, accepter)?.keys()
    })
    .map_err(|_| AgreeError::PublicKey)?
    .ok_or(AgreeError::Derivation)?;
    let (sealing, opening) = match role {
        Role::Dialler => (keys.dialler, keys.accepter),
        Role::Accepter => (keys.accepter, keys.dialler),
    };
    Ok(Agreement {
        generation: offer.generation,
        cipher,
        sealer: Sealer::new(sealing, remote.index),
        opener: Opener::new(opening, offer.index),
    })
}

/// What both ends derive alike.
struct Keys {
    /// For what the dialler sends.
    dialler: Erased<PacketKey>,
    /// For what the accepter sends.
    accepter: Erased<PacketKey>,
}

/// The derivation of one generation's keys.
struct Schedule {
    prk: Prk,
    cipher: Cipher,
    /// Everything the two ends must agree on; each output's label goes in front.
    context: Vec<u8>,
}

impl Schedule {
    fn new(
        secret: &Secret,
        shared: &[u8],
        cipher: Cipher,
        dialler: &Offer,
        accepter: &Offer,
    ) -> Option<Self> {
        let mut context = length_prefixed(ALPN)?;
        context.extend([VERSION, cipher.bit()]);
        context.extend(dialler.generation.to_be_bytes());
        context.extend(dialler.encode());
        context.extend(accepter.encode());
        Some(Self {
            prk: Salt::new(HKDF_SHA256, secret.0.get()).extract(shared),
            cipher,
            context,
        })
    }

    fn keys(&self) -> Option<Keys> {
        Some(Keys {
            dialler: self.packet_key(b"dialler key", b"dialler iv")?,
            accepter: self.packet_key(b"accepter key", b"accepter iv")?,
        })
    }

    fn packet_key(&self, key_label: &[u8], iv_label: &[u8]) -> Option<Erased<PacketKey>> {
        let mut key = Zeroizing::new([0; 32]);
        let key = key.get_mut(..algorithm(self.cipher).key_len())?;
        self.expand(key_label, key)?;
        let mut iv = [0; 12];
        self.expand(iv_label, &mut iv)?;
        let made = PacketKey::new(self.cipher, key, iv).map(Erased::new);
        iv.zeroize();
        made
    }

    /// HKDF-Expand into all of `output`.
    fn expand(&self, label: &[u8], output: &mut [u8]) -> Option<()> {
        struct Length(usize);
        impl KeyType for Length {
            fn len(&self) -> usize {
                self.0
            }
        }
        let label = length_prefixed(label)?;
        let info = [&label[..], &self.context];
        let length = Length(output.len());
        self.prk.expand(&info, length).ok()?.fill(output).ok()
    }
}

/// `bytes` behind a byte that says how many they are; `None` from 256 on.
fn length_prefixed(bytes: &[u8]) -> Option<Vec<u8>> {
    let length = u8::try_from(bytes.len()).ok()?;
    Some(
        std::iter::once(length)
            .chain(bytes.iter().copied())
            .collect(),
    )
}

#[cfg(test)]
mod tests;
