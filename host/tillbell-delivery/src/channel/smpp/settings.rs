use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use crate::{Error, ErrorKind, Result};

/// How to reach an SMSC, and how much it takes.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct SmppSettings {
    /// Its host name or address.
    pub host: String,
    /// Its port; 2775 is SMPP's own.
    pub port: u16,
    /// The name that is bound with, at most 15 bytes.
    pub system_id: String,
    /// The password, at most 8 bytes.
    pub password: String,
    /// The type of system, at most 12 bytes; most SMSCs want none.
    pub system_type: String,
    /// TLS: with the certificates of this file in PEM, or the system's for `""`.
    /// None for a plain connection.
    pub tls_ca: Option<PathBuf>,
    /// The sender.
    pub source: Address,
    /// The sender of a bank's messages, by bundle.
    pub sources: BTreeMap<String, Address>,
    /// TON of recipients without a plus: 1 international, 2 national.
    pub destination_ton: u8,
    /// NPI of recipients: 1 is E.164.
    pub destination_npi: u8,
    /// Parts whose answer is awaited at a time, 1 to 1,000.
    pub window: usize,
    /// Parts in a second, 1 to 100,000; none for as many as it takes.
    pub parts_per_second: Option<u32>,
    /// How the SMSC writes message ids in submit_sm_resp.
    pub answer_ids: Ids,
    /// How it writes them in receipts.
    pub receipt_ids: Ids,
    /// Send our reference in user_message_reference (TLV 0x0204), which many SMSCs
    /// repeat in their receipts.
    pub reference: bool,
    /// Seconds until a connection that is not bound is given up, 1 to 300.
    pub bind_seconds: u32,
    /// Seconds between two enquire_link, 1 to 3,600.
    pub enquire_seconds: u32,
    /// Seconds until an answer is given up, 1 to 300.
    pub answer_seconds: u32,
    /// Seconds that a receipt is awaited for a part whose answer was given up,
    /// before it is sent again: at least `answer_seconds` and `receipt_seconds`
    /// together, and at most 86,400.
    pub doubt_seconds: u32,
    /// Seconds within which the SMSC sends its receipts, 0 to 43,200: a doubt that
    /// ended earlier would send again what has arrived.
    pub receipt_seconds: u32,
    /// Minutes without a receipt after which the SMSC is asked by query_sm, 1 to
    /// 10,080; none not to ask.
    pub query_minutes: Option<u32>,
    /// Seconds until a message is tried again that was refused for now, 1 to
    /// 86,400.
    pub retry_seconds: u32,
    /// How often a message is tried that is refused for now, 1 to 100.
    pub attempts_max: u32,
    /// Milliseconds until the first attempt to connect again; doubled after each,
    /// up to `reconnect_max_ms`, and a random part of it is left out.
    pub reconnect_ms: u32,
    /// The longest time between two attempts, in milliseconds.
    pub reconnect_max_ms: u32,
    /// Milliseconds that the queue rests when the SMSC says that it is too much;
    /// doubled each time, up to 30 times of it.
    pub throttle_ms: u32,
}

/// A sender's address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Address {
    /// Type of number: 0 unknown, 1 international, 2 national, 5 alphanumeric.
    pub ton: u8,
    /// Numbering plan: 0 unknown, 1 E.164.
    pub npi: u8,
    /// The number or name, at most 20 bytes.
    pub address: String,
}

/// How an SMSC writes a message's id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ids {
    /// As a text, in which capitals and zeros in front do not count.
    #[default]
    Text,
    /// As a decimal number.
    Decimal,
    /// As a hexadecimal number.
    Hex,
}

impl Default for SmppSettings {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".into(),
            port: 2_775,
            system_id: String::new(),
            password: String::new(),
            system_type: String::new(),
            tls_ca: None,
            source: Address::default(),
            sources: BTreeMap::new(),
            destination_ton: 1,
            destination_npi: 1,
            window: 50,
            parts_per_second: None,
            answer_ids: Ids::Text,
            receipt_ids: Ids::Text,
            reference: true,
            bind_seconds: 10,
            enquire_seconds: 30,
            answer_seconds: 10,
            doubt_seconds: 60,
            receipt_seconds: 30,
            query_minutes: Some(10),
            retry_seconds: 60,
            attempts_max: 25,
            reconnect_ms: 1_000,
            reconnect_max_ms: 60_000,
            throttle_ms: 1_000,
        }
    }
}

impl SmppSettings {
    /// Looks whether every value is within its bounds.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] for one that is not, by its name.
    pub fn check(&self) -> Result<()> {
        let within = |name: &str, value: u64, min: u64, max: u64| match (min..=max).contains(&value)
        {
            true => Ok(()),
            false => Err(wrong(format!("{name}: {value}, expected {min} to {max}"))),
        };
        within("window", self.window as u64, 1, 1_000)?;
        within("parts-per-second", self.parts_per_second.unwrap_or(1).into(), 1, 100_000)?;
        within("bind-seconds", self.bind_seconds.into(), 1, 300)?;
        within("enquire-seconds", self.enquire_seconds.into(), 1, 3_600)?;
        within("answer-seconds", self.answer_seconds.into(), 1, 300)?;
        within("receipt-seconds", self.receipt_seconds.into(), 0, 43_200)?;
        let least = u64::from(self.answer_seconds) + u64::from(self.receipt_seconds);
        within("doubt-seconds", self.doubt_seconds.into(), least, 86_400)?;
        within("query-minutes", self.query_minutes.unwrap_or(1).into(), 1, 10_080)?;
        within("retry-seconds", self.retry_seconds.into(), 1, 86_400)?;
        within("attempts-max", self.attempts_max.into(), 1, 100)?;
        within("reconnect-ms", self.reconnect_ms.into(), 10, 3_600_000)?;
        within("reconnect-max-ms", self.reconnect_max_ms.into(), 10, 3_600_000)?;
        within("throttle-ms", self.throttle_ms.into(), 10, 60_000)?;
        let fits = |name: &str, text: &str, bytes_max: usize| {
            let is_text =
                text.len() <= bytes_max && text.bytes().all(|byte| (32..127).contains(&byte));
            match is_text {
                true => Ok(()),
                false => {
                    Err(wrong(format!("{name}: expected at most {bytes_max} ASCII characters")))
                }
            }
        };
        fits("system-id", &self.system_id, 15)?;
        fits("password", &self.password, 8)?;
        fits("system-type", &self.system_type, 12)?;
        for source in self.sources.values().chain([&self.source]) {
            fits("source", &source.address, 20)?;
        }
        Ok(())
    }

    pub(super) fn seconds(seconds: u32) -> Duration {
        Duration::from_secs(seconds.into())
    }
}

/// Shows no password.
impl std::fmt::Debug for SmppSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmppSettings")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("system_id", &self.system_id)
            .finish_non_exhaustive()
    }
}

impl Ids {
    /// An id in the form that ids are compared in.
    pub(super) fn canonical(self, id: &str) -> String {
        let id = id.trim();
        let number = match self {
            Self::Text => None,
            Self::Decimal => id.parse::<u128>().ok(),
            Self::Hex => u128::from_str_radix(id, 16).ok(),
        };
        match number {
            Some(number) => number.to_string(),
            None => match id.trim_start_matches('0') {
                "" if !id.is_empty() => "0".into(),
                id => id.to_ascii_lowercase(),
            },
        }
    }
}

fn wrong(detail: String) -> Error {
    Error::new(ErrorKind::Input, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_compared_as_numbers_or_texts() {
        for (answer, receipt, written, told) in [
            (Ids::Text, Ids::Text, "0000001234", "1234"),
            (Ids::Text, Ids::Text, "A1B2-c3", "a1b2-C3"),
            (Ids::Hex, Ids::Decimal, "4d2", "1234"),
            (Ids::Decimal, Ids::Hex, "1234", "000004D2"),
            (Ids::Text, Ids::Text, "0000", "0"),
            // Not what was said: as a text.
            (Ids::Hex, Ids::Text, "id-1", "ID-1"),
        ] {
            assert_eq!(answer.canonical(written), receipt.canonical(told), "{written} {told}");
        }
        assert_ne!(Ids::Text.canonical("10"), Ids::Text.canonical("100"));
        assert_eq!(Ids::Text.canonical(""), "");
    }

    #[test]
    fn settings_have_bounds_and_keep_their_secret() {
        let good = SmppSettings { password: "geheim".into(), ..SmppSettings::default() };
        good.check().unwrap();
        assert!(!format!("{good:?}").contains("geheim"));
        let wrong = SmppSettings { window: 0, ..good.clone() };
        assert_eq!(wrong.check().unwrap_err().to_string(), "window: 0, expected 1 to 1000");
        let wrong = SmppSettings { password: "123456789".into(), ..good };
        let error = wrong.check().unwrap_err().to_string();
        assert_eq!(error, "password: expected at most 8 ASCII characters");
    }
}
