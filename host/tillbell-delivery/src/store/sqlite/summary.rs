//! How delivery fares, for whoever runs it.

use rusqlite::types::FromSql;
use rusqlite::{OptionalExtension, params};

use super::Outbox;
use super::routes::routes;
use crate::{Result, State};

/// Causes and templates that are told of; the rest is left out.
const ROWS_MAX: i64 = 100;

/// What was accepted in a period, and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Transactions by decision, such as `notified`.
    pub decisions: Vec<(String, u64)>,
    /// Messages by state, in the order of the states.
    pub states: Vec<(State, u64)>,
    /// Since when the oldest message waits that could be sent, of all periods,
    /// in milliseconds since 1970.
    pub oldest_ms: Option<i64>,
    /// What waits in queues that no route takes, of all periods.
    pub routeless: Vec<Depth>,
    /// Messages that took longer than was promised, or wait for longer.
    pub late: u64,
    /// Why messages failed, expired or were suppressed; the most frequent first.
    pub causes: Vec<CauseCount>,
    /// How long delivered messages took.
    pub times: Option<Times>,
    /// What was handed to peers, by bank and template.
    pub parts: Vec<Parts>,
}

/// Messages that ended in one state for one cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CauseCount {
    /// How they ended.
    pub state: State,
    /// Why.
    pub cause: String,
    /// How many.
    pub messages: u64,
}

/// From the transaction, or from when its message was due, to being delivered, in
/// milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// Half took no longer.
    pub p50_ms: i64,
    /// 95 % took no longer.
    pub p95_ms: i64,
    /// 99 % took no longer.
    pub p99_ms: i64,
}

/// What one template of one bank took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// The bank.
    pub bundle: String,
    /// The template.
    pub template: String,
    /// Messages that were handed to a peer.
    pub messages: u64,
    /// Segments of them: what is paid for.
    pub parts: u64,
}

/// What waits in one queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Depth {
    /// The channel, or one of its fallbacks.
    pub queue: String,
    /// Messages that could be sent, or are being sent.
    pub messages: i64,
    /// Messages whose time has not come.
    pub deferred: i64,
    /// Since when the oldest waits, in milliseconds since 1970.
    pub oldest_ms: Option<i64>,
    /// Whether no route takes them; false where it is not known which queues have one.
    pub is_routeless: bool,
}

impl Depth {
    /// Whether messages wait here that no route will take.
    pub fn is_stranded(&self) -> bool {
        self.is_routeless && self.waiting() > 0
    }

    /// All messages that wait, whether their time has come or not.
    pub fn waiting(&self) -> i64 {
        self.messages + self.deferred
    }
}

/// Which messages a summary is about, and what was promised.
#[derive(Debug, Clone, Copy)]
pub struct Period {
    /// Accepted from here on, in milliseconds since 1970.
    pub from_ms: i64,
    /// Accepted before.
    pub to_ms: i64,
    /// Longer than this after its transaction, or after being due, a message is
    /// late.
    pub promise_ms: i64,
    /// The time.
    pub now_ms: i64,
}

const WITHIN: &str = "accepted_at >= ?1 and accepted_at < ?2";

impl Outbox {
    /// Counts what was accepted in a period.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Storage`] if the outbox cannot be read.
    pub fn summary(&self, period: Period) -> Result<Summary> {
        let late = format!(
            "select count(*) from messages where {WITHIN} and state in (1, 2, 3)
             and coalesce(done_at, ?4) - counts_from > ?3"
        );
        let late = self.connection.prepare_cached(&late)?.query_row(
            params![period.from_ms, period.to_ms, period.promise_ms, period.now_ms],
            |row| row.get(0),
        )?;
        let depths = self.depths()?;
        Ok(Summary {
            decisions: self.counts("decision", "transactions", period)?,
            states: self.counts("state", "messages", period)?,
            oldest_ms: depths.iter().filter_map(|depth| depth.oldest_ms).min(),
            routeless: depths.into_iter().filter(Depth::is_stranded).collect(),
            late,
            causes: self.causes(period)?,
            times: self.times(period)?,
            parts: self.parts(period)?,
        })
    }

    /// What waits, by queue; queues with a route are named though nothing waits there.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Storage`] if the outbox cannot be read.
    pub fn depths(&self) -> Result<Vec<Depth>> {
        // Each part by an index of what waits; queues with a route, and what waits in no
        // queue, count too.
        let mut statement = self.connection.prepare_cached(
            "select queue, sum(messages), sum(deferred), min(first) from (
             select queue, count(*) as messages, 0 as deferred, min(id) as first from messages
                 where state = 1 and asked_at is null and after is null group by queue
             union all select queue, count(*), 0, min(id) from messages
                 where asked_at is not null and state = 1 group by queue
             union all select queue, count(*), 0, min(id) from messages
                 where after is not null and asked_at is null and state = 1 group by queue
             union all select queue, 0, count(*), null from messages
                 where state = 0 group by queue
             union all select substr(name, length('route ') + 1), 0, 0, null from facts
                 where name like 'route %')
             group by queue",
        )?;
        let mut oldest =
            self.connection.prepare_cached("select counts_from from messages where id = ?1")?;
        let routes = routes(&self.connection)?;
        let rows = statement.query_map([], |row| {
            let queue = row.get(0)?;
            Ok(Depth {
                is_routeless: !routes.is_empty() && !routes.contains(&queue),
                queue,
                messages: row.get(1)?,
                deferred: row.get(2)?,
                oldest_ms: oldest
                    .query_row([row.get::<_, Option<i64>>(3)?], |row| row.get(0))
                    .optional()?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn counts<K: FromSql>(
        &self,
        column: &str,
        table: &str,
        period: Period,
    ) -> Result<Vec<(K, u64)>> {
        let sql =
            format!("select {column}, count(*) from {table} where {WITHIN} group by 1 order by 1");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map(params![period.from_ms, period.to_ms], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn causes(&self, period: Period) -> Result<Vec<CauseCount>> {
        let sql = format!(
            "select state, cause, count(*) from messages where {WITHIN} and state in (4, 5, 6, 7)
             and cause is not null group by 1, 2 order by 3 desc, 1, 2 limit ?3"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map(params![period.from_ms, period.to_ms, ROWS_MAX], |row| {
            Ok(CauseCount { state: row.get(0)?, cause: row.get(1)?, messages: row.get(2)? })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn times(&self, period: Period) -> Result<Option<Times>> {
        let sql = format!(
            "select done_at - counts_from from messages where {WITHIN} and state = 3 order by 1"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map(params![period.from_ms, period.to_ms], |row| row.get(0))?;
        let times = rows.collect::<rusqlite::Result<Vec<i64>>>()?;
        let at = |percent: usize| times.get((times.len() * percent).div_ceil(100).max(1) - 1);
        Ok(match (at(50), at(95), at(99)) {
            (Some(p50), Some(p95), Some(p99)) => {
                Some(Times { p50_ms: *p50, p95_ms: *p95, p99_ms: *p99 })
            }
            _ => None,
        })
    }

    fn parts(&self, period: Period) -> Result<Vec<Parts>> {
        let sql = format!(
            "select bundle, template, count(*), sum(segments) from messages
             where {WITHIN} and submitted_at is not null
             group by 1, 2 order by 4 desc, 1, 2 limit ?3"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map(params![period.from_ms, period.to_ms, ROWS_MAX], |row| {
            Ok(Parts {
                bundle: row.get(0)?,
                template: row.get(1)?,
                messages: row.get(2)?,
                parts: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}
