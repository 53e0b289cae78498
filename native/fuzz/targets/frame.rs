//! What the kernel says of a packet, and what a peer makes of that.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rayfish_native::fuzzing::frame(data));
