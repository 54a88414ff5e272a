#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| gimmal_fuzz::wire(input));
