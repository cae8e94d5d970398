use std::fmt::Write;

use crate::cases::Verdict;

/// Verdicts as a file that CI systems read (JUnit's XML: one suite, a test for each case).
pub fn junit(bundle: &str, verdicts: &[Verdict]) -> String {
    let failed = verdicts.iter().filter(|verdict| !verdict.passed()).count();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a string does not fail.
    let _ = writeln!(
        xml,
        "<testsuite name=\"{}\" tests=\"{}\" failures=\"{failed}\">",
        escaped(bundle),
        verdicts.len()
    );
    for verdict in verdicts {
        let name = escaped(&verdict.name);
        let _ = write!(xml, "  <testcase classname=\"{}\" name=\"{name}\"", escaped(bundle));
        if verdict.passed() {
            xml.push_str("/>\n");
            continue;
        }
        let faults: Vec<_> = verdict.faults.iter().map(ToString::to_string).collect();
        let _ = writeln!(
            xml,
            ">\n    <failure message=\"{} not as expected\">{}</failure>\n  </testcase>",
            verdict.faults.len(),
            escaped(&faults.join("\n"))
        );
    }
    xml.push_str("</testsuite>\n");
    xml
}

/// Text in XML; control characters, which XML has no way to write, are left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(character),
            other if other.is_control() => {}
            other => escaped.push(other),
        }
    }
    escaped
}
