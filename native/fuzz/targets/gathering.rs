//! Datagrams of the fast path, gathered into messages and taken apart.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rayfish_native::fuzzing::gathering(data));
