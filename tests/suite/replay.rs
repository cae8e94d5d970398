//! The fuzz targets' seeds and past crashers, without libFuzzer.

use tillbell_tests::properties;

#[test]
fn every_property_holds_for_its_corpus() {
    for property in &properties::ALL {
        let corpus = property.corpus();
        assert!(corpus.len() >= 2, "{} has no seeds", property.name);
        for (name, input) in corpus {
            println!("{name}");
            (property.holds)(&input);
            // Cut short, and with a bit flipped, it holds as well.
            for part in [input.len() / 2, input.len() * 9 / 10] {
                (property.holds)(&input[..part]);
                let mut flipped = input.clone();
                if let Some(byte) = flipped.get_mut(part) {
                    *byte ^= 1 << (part % 8);
                }
                (property.holds)(&flipped);
            }
        }
    }
}
