//! Where messages wait.

use std::fmt;

/// Where a message waits: a channel, such as `sms`, or one of its fallbacks,
/// written `sms/1`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Queue {
    channel: String,
    pub(super) fallback: u8,
}

impl Queue {
    /// A channel's own queue, or that of its fallback of this number.
    pub fn new(channel: &str, fallback: u8) -> Self {
        Self { channel: channel.into(), fallback }
    }

    /// Reads what [`fmt::Display`] writes. A text without a fallback's number is a
    /// channel.
    pub fn parse(text: &str) -> Self {
        match text.rsplit_once('/').and_then(|(name, number)| Some((name, number.parse().ok()?))) {
            Some((channel, fallback)) => Self::new(channel, fallback),
            None => Self::new(text, 0),
        }
    }

    /// The channel.
    pub fn channel(&self) -> &str {
        &self.channel
    }

    pub(super) fn next(&self) -> Self {
        Self { channel: self.channel.clone(), fallback: self.fallback.saturating_add(1) }
    }
}

impl fmt::Display for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.fallback {
            0 => f.write_str(&self.channel),
            number => write!(f, "{}/{number}", self.channel),
        }
    }
}
