//! Which queues have a route, as the daemon's configuration last said, and what waits
//! in others: a route was taken out of the configuration, or its name was changed.

use std::collections::BTreeSet;

use rusqlite::params;

use super::{Batch, Depth, MessageId, Outbox};
use crate::Result;

/// The names of facts that say so: this, and the queue.
const ROUTE: &str = "route ";
/// How long a message waits for a route to come back, in milliseconds: three days,
/// as for a peer that refuses it for now.
const ROUTELESS_MS_MAX: i64 = 3 * 24 * 3_600 * 1_000;

impl Batch<'_> {
    /// Notes which queues have a route.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Storage`] if the outbox cannot be written.
    pub fn set_routes(&self, queues: &BTreeSet<String>) -> Result<()> {
        let name = |queue: &String| format!("{ROUTE}{queue}");
        let known = routes(&self.sql)?;
        for gone in known.difference(queues) {
            self.sql.prepare_cached("delete from facts where name = ?1")?.execute([name(gone)])?;
        }
        for new in queues.difference(&known) {
            self.sql
                .prepare_cached("insert into facts (name, value) values (?1, 1)")?
                .execute([name(new)])?;
        }
        Ok(())
    }

    /// Ends messages whose queue has had no route for three days after they were due,
    /// at most so many; gives how many. Where no queue has a route nothing ends.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Storage`] if the outbox cannot be written.
    pub fn abandon(&self, count_max: usize, now_ms: i64) -> Result<usize> {
        let known = routes(&self.sql)?;
        if known.is_empty() {
            return Ok(0);
        }
        let late: Vec<MessageId> = self
            .sql
            .prepare_cached(
                // Each part by an index of what waits.
                "select id from (
                 select id, queue, due_at from messages where state = 0
                 union all select id, queue, due_at from messages
                     where state = 1 and asked_at is null and after is null
                 union all select id, queue, due_at from messages
                     where asked_at is not null and state < 2)
                 where due_at < ?1 and 'route ' || queue not in (select name from facts)
                 limit ?2",
            )?
            .query_map(params![now_ms - ROUTELESS_MS_MAX, count_max as i64], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for message in &late {
            let stored = self.stored(*message)?;
            if let Some(step) = stored.life.abandon() {
                self.step(&stored, &step, now_ms)?;
            }
        }
        Ok(late.len())
    }
}

impl Outbox {
    /// What waits in queues without a route; nothing where it is not known which
    /// have one.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Storage`] if the outbox cannot be read.
    pub fn routeless(&self) -> Result<Vec<Depth>> {
        let known = routes(&self.connection)?;
        let mut depths = self.depths()?;
        depths.retain(|depth| !known.is_empty() && !known.contains(&depth.queue));
        Ok(depths)
    }
}

fn routes(sql: &rusqlite::Connection) -> Result<BTreeSet<String>> {
    let mut statement = sql.prepare_cached(
        "select substr(name, length('route ') + 1) from facts where name like 'route %'",
    )?;
    let rows = statement.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::State;
    use crate::store::sqlite::scene::{NOW, accept, purchase, states};

    const DAY: i64 = 24 * 3_600 * 1_000;

    fn set(outbox: &mut Outbox, queues: &[&str]) {
        let batch = outbox.begin().unwrap();
        batch.set_routes(&queues.iter().map(|queue| (*queue).into()).collect()).unwrap();
        batch.commit().unwrap();
    }

    fn abandon(outbox: &mut Outbox, now_ms: i64) -> usize {
        let batch = outbox.begin().unwrap();
        let ended = batch.abandon(100, now_ms).unwrap();
        batch.commit().unwrap();
        ended
    }

    #[test]
    fn what_waits_in_a_queue_without_a_route_is_named_and_ends_after_three_days() {
        let mut outbox = Outbox::in_memory().unwrap();
        accept(&mut outbox, 3);
        assert_eq!(outbox.routeless().unwrap(), [], "it is not known which queues have one");
        assert_eq!(abandon(&mut outbox, NOW + 9 * DAY), 0);
        set(&mut outbox, &["sms", "push"]);
        assert_eq!(outbox.routeless().unwrap(), []);
        assert_eq!(abandon(&mut outbox, NOW + 9 * DAY), 0);
        set(&mut outbox, &["push"]);
        let depths = outbox.routeless().unwrap();
        assert_eq!((depths[0].queue.as_str(), depths[0].messages), ("sms", 3));
        assert_eq!(abandon(&mut outbox, NOW + 2 * DAY), 0);
        // The attempt of one was open when the route went.
        let batch = outbox.begin().unwrap();
        assert_eq!(batch.claim("sms", 1, NOW).unwrap().len(), 1);
        batch.commit().unwrap();
        assert_eq!(abandon(&mut outbox, NOW + 4 * DAY), 3);
        let ended = |number| states(&outbox, &purchase(number)).remove(0);
        assert_eq!(ended(0), (State::Doubtful, Some("no-route".into())));
        assert_eq!(ended(1), (State::Expired, Some("no-route".into())));
        assert_eq!(outbox.routeless().unwrap(), []);
    }
}
