//! The control stream's bytes, the fast path's messages on it, probes and reports.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::input::Input;
use crate::control::{MAX_MESSAGE, read_message, read_opening};
use crate::fast::offer::Message;
use crate::fast::report::{Report, Reports};
use crate::probe::Probes;

/// Reads a stream to its end: an opening, then messages.
pub fn control(data: &[u8]) {
    let mut input = Input::new(data);
    match input.below(4) {
        0 => message(&near_message(&mut input)),
        1 => probe(input.rest()),
        2 => reports(&mut input),
        _ => {
            let bytes = stream(&mut input);
            read(&bytes);
        }
    }
}

/// A message of the fast path, or nearly one.
fn near_message(input: &mut Input<'_>) -> Vec<u8> {
    if input.one_in(4) {
        return input.rest().to_vec();
    }
    let mut bytes = vec![input.pick(&[1, 2, 3]), 1];
    let length = input.pick(&[0, 1, 39, 40, 41]);
    bytes.extend(input.filling(length));
    if input.one_in(2) {
        input.mutilate(&mut bytes);
    }
    // No other cipher than the two there are, mostly.
    if let Some(ciphers) = bytes.get_mut(9).filter(|_| !input.one_in(4)) {
        *ciphers &= 3;
    }
    bytes
}

/// A message of the fast path that is understood is written as it was read.
fn message(bytes: &[u8]) {
    match Message::parse(bytes) {
        Ok(message) => {
            assert!(Message::is_one(bytes));
            assert_eq!(message.encode(), bytes);
        }
        // TypeScript's begin otherwise.
        Err(_) => assert!(!bytes.starts_with(b"{") || !Message::is_one(bytes)),
    }
}

/// An answer to a probe asks for none.
fn probe(bytes: &[u8]) {
    let probes = Probes::default();
    let answer = probes.receive(bytes);
    let is_call = bytes.len() >= 9 && bytes[0] == 0;
    assert_eq!(answer.is_some(), is_call);
    if let Some(answer) = answer {
        assert_eq!(answer[2..], bytes[1..9]);
        assert_eq!(probes.receive(&answer[1..]), None);
    }
}

/// What is understood of a report is written as it was read, and none takes anything back.
fn reports(input: &mut Input<'_>) {
    let heard = Reports::default();
    let mut most = [0; 4];
    while !input.is_over() {
        let length = input.pick(&[32, 31, 33, 0, 40]);
        let bytes = input.filling(length);
        let report = Report::parse(&bytes);
        assert_eq!(report.is_some(), length >= 32);
        let Some(report) = report else { continue };
        assert_eq!(report.encode()[1..], bytes[..32]);
        heard.receive(&report);
        for (most, number) in most.iter_mut().zip(bytes.as_chunks().0) {
            *most = u64::from_be_bytes(*number).max(*most);
        }
        let counts = heard.counts();
        assert_eq!(
            most,
            [counts.total, counts.full, heard.ask(), heard.answer()]
        );
    }
}

/// An opening and messages, of which one may be wrong.
fn stream(input: &mut Input<'_>) -> Vec<u8> {
    let mut bytes = input.filling(8);
    while !input.is_over() {
        let length = input.pick(&[0, 1, 42, 300, MAX_MESSAGE, MAX_MESSAGE + 1]);
        bytes.extend((length as u16).to_be_bytes());
        let missing = if input.one_in(8) {
            input.below(length + 2)
        } else {
            0
        };
        bytes.extend(input.filling(length.saturating_sub(missing)));
    }
    bytes
}

/// Compares what is read with where the lengths say that messages are.
fn read(bytes: &[u8]) {
    let mut stream = bytes;
    let mut expected = bytes.get(8..).unwrap_or_default();
    let mut next = || -> Option<&[u8]> {
        let (&length, rest) = expected.split_first_chunk()?;
        let length = usize::from(u16::from_be_bytes(length));
        let message = rest.get(..length).filter(|_| length <= MAX_MESSAGE)?;
        expected = &rest[length..];
        Some(message)
    };
    let Ok((instance, hello)) = now(read_opening(&mut stream)) else {
        assert!(bytes.len() < 8 || next().is_none());
        return;
    };
    assert_eq!(instance.to_be_bytes(), bytes[..8]);
    assert_eq!(Some(&hello[..]), next());
    loop {
        match now(read_message(&mut stream)) {
            Ok(message) => assert_eq!(Some(&message[..]), next()),
            Err(_) => return assert!(next().is_none()),
        }
    }
}

/// What a future that waits for nothing comes to.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}
