#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| tillbell_tests::properties::artefact::holds(input));
