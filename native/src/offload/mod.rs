//! Many segments in one read and one write of the tunnel device (Linux; `IFF_VNET_HDR`).
//!
//! A read brings one packet of up to 64 KB with a note of how to take it apart ([`Frame`]); segments travel as whole IP packets,
//! often without their TCP or UDP checksum ("unsummed"), which nobody needs inside an authenticated tunnel. The other end
//! puts consecutive ones together again ([`Run`]). That one bit is all a peer says about it: lengths and offsets come from
//! our own look at the packet, never from theirs.

pub mod checksum;
pub mod frame;
pub mod layout;
pub mod run;
pub mod vnet;

pub use frame::Frame;
pub use run::{Merging, Run};
pub use vnet::{VNET_HEADER, VnetHeader};

#[cfg(test)]
mod tests;
