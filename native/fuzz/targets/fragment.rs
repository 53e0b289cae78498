//! Packets cut for a narrow path, among fragments of anybody's making.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rayfish_native::fuzzing::fragment(data));
