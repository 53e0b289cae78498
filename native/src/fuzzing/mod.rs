//! What has to hold whatever a peer, a stranger or the kernel sends: one function for each thing that parses. It takes any
//! bytes and panics where a property does not hold.
//!
//! The tests run each over random bytes. `fuzz/` lets libFuzzer search for bytes that break one (CONTRIBUTING.md).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod control;
mod datagram;
mod flow;
mod fragment;
mod frame;
mod gathering;
mod inbound;
mod input;
mod model;
mod packet;

pub use control::control;
pub use datagram::datagram;
pub use fragment::fragment;
pub use frame::frame;
pub use gathering::gathering;
pub use inbound::inbound;
pub use packet::packet;

#[cfg(test)]
mod tests {
    use crate::packet::samples::Random;

    /// Runs `target` over that many inputs, short ones and long ones, the same each time.
    fn run(seed: u64, inputs: usize, target: fn(&[u8])) {
        let mut random = Random(seed);
        for _ in 0..inputs {
            let limit = [16, 100, 600, 3000][random.below(4)];
            target(&random.bytes(limit));
        }
    }

    #[test]
    fn a_packet_is_what_its_bytes_say() {
        run(41, 40_000, super::packet);
    }

    #[test]
    fn fragments_become_what_was_split_and_nothing_else() {
        run(42, 4_000, super::fragment);
    }

    #[test]
    fn what_the_host_gets_from_a_peer_is_what_the_filter_saw() {
        run(43, 8_000, super::inbound);
    }

    #[test]
    fn what_a_peer_gets_from_the_host_is_what_its_kernel_would_have_sent() {
        run(44, 12_000, super::frame);
    }

    #[test]
    fn a_datagram_opens_once_and_only_unchanged() {
        run(45, 1_000, super::datagram);
    }

    #[test]
    fn the_control_stream_is_cut_where_it_should_be() {
        run(46, 40_000, super::control);
    }

    #[test]
    fn what_is_gathered_arrives_as_it_was() {
        run(47, 1_000, super::gathering);
    }
}
