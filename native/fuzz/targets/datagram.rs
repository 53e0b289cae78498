//! Datagrams of the fast path, changed, repeated and in any order.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rayfish_native::fuzzing::datagram(data));
