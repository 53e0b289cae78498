//! One IP packet, its transport checksum and the ICMP error about it.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rayfish_native::fuzzing::packet(data));
