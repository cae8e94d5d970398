//! What a case says, as text that people review.

use std::fmt;

/// What stands before a step's part of a snapshot.
const HEADING: &str = "# step ";

/// The parts of a snapshot, by step; what stands before the first is a comment.
pub(super) fn steps(text: &str) -> Vec<(usize, &str)> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = find_heading(rest) {
        let behind = &rest[at + HEADING.len()..];
        let (number, body) = behind.split_once('\n').unwrap_or((behind, ""));
        let end = find_heading(body).unwrap_or(body.len());
        // A heading that is no number is nobody's step.
        parts.push((number.trim().parse().unwrap_or(0), body[..end].trim_end()));
        rest = body;
    }
    parts
}

fn find_heading(text: &str) -> Option<usize> {
    match text.starts_with(HEADING) {
        true => Some(0),
        false => text.find(&format!("\n{HEADING}")).map(|at| at + 1),
    }
}

/// A part of a snapshot.
pub(super) fn part(step: usize, body: &str) -> String {
    format!("{HEADING}{step}\n{}\n\n", body.trim_end())
}

/// A line that is other than it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// As it was; none where it is new.
    pub was: Option<String>,
    /// As it is; none where it is gone.
    pub is: Option<String>,
}

impl Change {
    /// Whether it says who gets a message, or that somebody does not.
    pub fn is_of_recipients(&self) -> bool {
        let whom = |line: &Option<String>| {
            let line = line.as_deref().unwrap_or_default();
            let is_heading = line.starts_with("  ") && !line.starts_with("   ");
            is_heading.then(|| line.split(',').next().unwrap_or_default().to_owned())
        };
        whom(&self.was) != whom(&self.is)
    }
}

/// The lines that differ, those that were changed side by side.
pub fn changes(was: &str, is: &str) -> Vec<Change> {
    let (was, is): (Vec<_>, Vec<_>) = (was.lines().collect(), is.lines().collect());
    let same = was.iter().zip(&is).take_while(|(one, other)| one == other).count();
    let (was, is) = (&was[same..], &is[same..]);
    let behind = was.iter().rev().zip(is.iter().rev());
    let behind = behind.take_while(|(one, other)| one == other).count();
    let (was, is) = (&was[..was.len() - behind], &is[..is.len() - behind]);
    (0..was.len().max(is.len()))
        .map(|at| Change {
            was: was.get(at).map(|line| (*line).to_owned()),
            is: is.get(at).map(|line| (*line).to_owned()),
        })
        .filter(|change| change.was != change.is)
        .collect()
}

/// Shows what changed within a line: `[-was-]` and `{+is+}`.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.was, &self.is) {
            (Some(was), None) => write!(f, "[-{was}-]"),
            (None, Some(is)) => write!(f, "{{+{is}+}}"),
            (None, None) => Ok(()),
            (Some(was), Some(is)) => {
                let common = |one: &mut dyn Iterator<Item = (char, char)>| -> usize {
                    one.take_while(|(one, other)| one == other).count()
                };
                let before = common(&mut was.chars().zip(is.chars()));
                let (was, is): (Vec<char>, Vec<char>) =
                    (was.chars().skip(before).collect(), is.chars().skip(before).collect());
                let behind = common(&mut was.iter().rev().copied().zip(is.iter().rev().copied()));
                let own =
                    |text: &[char]| -> String { text[..text.len() - behind].iter().collect() };
                let full = self.was.as_deref().unwrap_or_default();
                let head: String = full.chars().take(before).collect();
                let tail: String = was[was.len() - behind..].iter().collect();
                f.write_str(&head)?;
                if was.len() > behind {
                    write!(f, "[-{}-]", own(&was))?;
                }
                if is.len() > behind {
                    write!(f, "{{+{}+}}", own(&is))?;
                }
                f.write_str(&tail)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_its_steps() {
        let text = format!("# about\n\n{}{}", part(1, "a\nb\n"), part(2, ""));
        assert_eq!(steps(&text), [(1, "a\nb"), (2, "")]);
        assert_eq!(steps("nothing"), []);
    }

    #[test]
    fn a_change_is_marked_within_its_line() {
        let changed = |was: &str, is: &str| -> Vec<String> {
            changes(was, is).iter().map(ToString::to_string).collect()
        };
        assert_eq!(
            changed("a\n    消费128.50元\nz", "a\n    消费1.50元\nz"),
            ["    消费1[-28-].50元"]
        );
        assert_eq!(changed("a\nb", "a\nb\nc"), ["{+c+}"]);
        assert_eq!(changed("a\nb\nc", "a"), ["[-b-]", "[-c-]"]);
        assert_eq!(changed("a", "a"), Vec::<String>::new());
    }

    #[test]
    fn who_is_told_is_told_apart_from_what() {
        let of = |was: &str, is: &str| changes(was, is).iter().any(Change::is_of_recipients);
        let line = |to: &str, segments: u8| {
            format!("  cardholder by sms to {to}, zh-CN, {segments} segments")
        };
        assert!(of(&line("138*", 1), &line("139*", 1)));
        assert!(!of(&line("138*", 1), &line("138*", 2)));
        assert!(of(&line("138*", 1), ""));
        assert!(!of("    text", "    other"));
    }
}
