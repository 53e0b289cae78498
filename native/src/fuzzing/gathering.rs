//! Datagrams of the fast path on their way out, gathered into messages, and taken apart again where they arrive.

use super::input::Input;
use crate::fast::direct_paths::Ends;
use crate::fast::header::{MAX_DATAGRAM, OVERHEAD};
use crate::fast::outbox::Outbox;
use crate::fast::socket::Received;

/// Gathers datagrams of any sizes for anybody: each arrives as it was, where it should, in the order of its kind.
pub fn gathering(data: &[u8]) {
    let mut input = Input::new(data);
    let mut outbox = Outbox::default();
    let mut gathered = Vec::new();
    let mut size = MAX_DATAGRAM;
    while !input.is_over() {
        if !input.one_in(4) {
            size = input.pick(&[MAX_DATAGRAM, OVERHEAD, 80, 81, 1000]);
        }
        let target = input.below(3);
        // Many of a kind, up to more than one message holds.
        for _ in 0..input.pick(&[1, 2, 3, 49, 52, 70]) {
            let fits = outbox.has_room(size);
            let datagram = outbox.datagram(target, path(target), size);
            assert_eq!(datagram.is_some(), fits);
            let Some(datagram) = datagram else { continue };
            datagram.fill(gathered.len() as u8);
            gathered.push((target, datagram.to_vec()));
        }
        if input.one_in(8) {
            assert!(arrived(&outbox) == gathered, "not what was gathered");
            outbox.clear();
            gathered.clear();
            assert!(outbox.is_empty());
        }
    }
    assert!(arrived(&outbox) == gathered, "not what was gathered");
}

fn path(target: usize) -> Ends {
    Ends {
        remote: ([192, 0, 2, 1], target as u16).into(),
        local: None,
    }
}

/// What arrives of the messages, and for whom it is.
fn arrived(outbox: &Outbox) -> Vec<(usize, Vec<u8>)> {
    let (buffer, messages) = outbox.contents();
    let mut arrived = Vec::new();
    for message in messages {
        assert_eq!(message.path, path(message.target));
        // What UDP and the kernel allow for one message.
        assert!(message.length <= 65_507 && (1..=64).contains(&message.datagrams()));
        let mut place = buffer[message.start..message.start + message.length].to_vec();
        let received = Received {
            from: message.path.remote,
            length: message.length,
            segment: message.segment.into(),
        };
        let singles: Vec<Vec<u8>> = message
            .singles()
            .map(|one| buffer[one.start..one.start + one.length].to_vec())
            .collect();
        let datagrams: Vec<Vec<u8>> = received
            .datagrams(&mut place)
            .map(|datagram| datagram.to_vec())
            .collect();
        assert_eq!(singles, datagrams);
        assert_eq!(message.datagrams(), datagrams.len());
        arrived.extend(datagrams.into_iter().map(|one| (message.target, one)));
    }
    arrived
}
