//! What customers write back, and what the host itself has to tell somebody.

use std::collections::BTreeMap;

use rusqlite::params;
use tillbell::{Author, Message};
use tillbell_sms::count;
use tillbell_transaction::Party;

use super::messages::Draft;
use super::{Batch, MessageId};
use crate::life::Life;
use crate::{ErrorKind, Result};

/// What withdraws consent, in capitals: the words of carriers' rules, and those
/// of China's gateways.
const STOP_WORDS: [&str; 10] =
    ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "TD", "T", "退订", "取消"];
/// Notices that become messages in one batch.
const NOTICES_MAX: i64 = 256;
/// By which channel they go.
const CHANNEL: &str = "sms";
/// How urgent a notice is.
const PRIORITY: u8 = 90;

/// A text that a customer sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Received<'a> {
    /// From whom.
    pub from: &'a str,
    /// The text.
    pub text: &'a str,
}

/// The texts of notices by what they are about, `consent-withdrawn` or
/// `contact-changed`, and by language tag; that of `""` is for everybody else.
pub type NoticeTexts = BTreeMap<String, BTreeMap<String, String>>;

impl Batch<'_> {
    /// Takes what a customer sent: a word such as STOP or 退订, alone, withdraws
    /// consent. Gives whether it did. Other texts are not kept.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if the table cannot be written.
    pub fn received(&self, received: Received<'_>, now_ms: i64) -> Result<bool> {
        let word = received.text.trim().trim_matches(['.', '!', '。', '！', '"']).to_uppercase();
        if !STOP_WORDS.contains(&word.as_str()) {
            return Ok(false);
        }
        match self.withdraw(received.from, now_ms) {
            Ok(withdrawn) => Ok(withdrawn > 0),
            // A sender that is a name, or a short code: nobody in the table.
            Err(error) if error.kind() == ErrorKind::Input => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Makes messages of the notices for which there is a text, on channel
    /// `sms`; gives how many. The others stay.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if the outbox cannot be written.
    pub fn give_notices(&self, now_ms: i64) -> Result<usize> {
        let mut given = 0;
        for (what, by_locale) in &self.standing.borrow().notices {
            let notices: Vec<Notice> = self
                .sql
                .prepare_cached(
                    "select notices.id, notices.phone, locale, notices.party from notices
                     left join subscribers using (party, reference) where what = ?1
                     order by notices.id limit ?2",
                )?
                .query_map(params![what, NOTICES_MAX], |row| {
                    Ok(Notice {
                        id: row.get(0)?,
                        phone: row.get(1)?,
                        locale: row.get::<_, Option<String>>(2)?.unwrap_or_default(),
                        party: row.get(3)?,
                    })
                })?
                .collect::<rusqlite::Result<_>>()?;
            for notice in notices {
                let text = by_locale.get(&notice.locale).or_else(|| by_locale.get(""));
                let Some(text) = text else { continue };
                self.give(&notice, what, text, now_ms)?;
                given += 1;
            }
        }
        Ok(given)
    }

    fn give(&self, notice: &Notice, what: &str, text: &str, now_ms: i64) -> Result<MessageId> {
        self.sql
            .prepare_cached(
                "insert into transactions (name, decision, reason, rule, accepted_at)
                 values (?1, 'notified', ?2, 'host:notice', ?3)",
            )?
            .execute(params![format!("notice-{}", notice.id), what, now_ms])?;
        let transaction = self.sql.last_insert_rowid();
        let measured = count(text);
        let message = Message {
            party: Party::parse(&notice.party).unwrap_or(Party::Cardholder),
            channel: CHANNEL.into(),
            template: format!("host:{what}"),
            locale: notice.locale.clone(),
            recipient: None,
            text: text.into(),
            encoding: measured.encoding,
            segments: measured.segments,
            priority: PRIORITY,
            not_before: None,
            expires_at: None,
            author: Author::Host,
        };
        let message = self.store(Draft {
            transaction,
            bundle: "",
            message: &message,
            recipient: Some(notice.phone.clone()),
            begun: Life::begin(CHANNEL, None, None, now_ms),
            happened_ms: now_ms,
            corrects: None,
            after: None,
            is_watched: false,
        })?;
        self.sql.prepare_cached("delete from notices where id = ?1")?.execute([notice.id])?;
        Ok(message)
    }
}

/// What the host has to tell somebody.
struct Notice {
    id: i64,
    phone: String,
    locale: String,
    party: String,
}
