//! What a peer sends, up to what its receiver's kernel makes of it.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rayfish_native::fuzzing::inbound(data));
