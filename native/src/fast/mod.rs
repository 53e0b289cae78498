//! The fast path: a second carrier beside QUIC, on the same port and the same hole-punched 4-tuple.
//!
//! iroh keeps identity, traversal, relays and liveness; packets skip QUIC's acknowledgements and congestion control. Keys come
//! from the TLS session and a fresh X25519 exchange; docs/protocol.md has the form on the wire and the security argument.
//!
//! - [`FastPort`] is ours once: the sockets beside iroh's, the sessions by index, the thread that receives.
//! - [`FastPath`] is a link's: negotiation, proof that datagrams arrive, the way back to QUIC.
//! - [`Sender`] is the outgoing thread's: it seals segments and sends many with one system call.

pub mod direct_paths;
pub mod erased;
pub mod generation;
pub mod header;
pub mod keys;
pub mod merging;
pub mod negotiation;
pub mod offer;
pub mod outbox;
pub mod path;
pub mod port;
pub mod prover;
pub mod receiver;
pub mod replay;
pub mod report;
pub mod reporter;
pub mod sender;
pub mod session;
pub mod sessions;
pub mod socket;
pub mod stranding;

pub use path::{FastPath, WhyNot};
pub use port::FastPort;
pub use sender::Sender;
