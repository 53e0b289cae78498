//! The control stream, the fast path's messages on it, probes and reports.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rayfish_native::fuzzing::control(data));
