//! Which queues have a route, as the daemon's configuration last said, and what waits
//! in others: a route was taken out of the configuration, or its name was changed.

use std::collections::BTreeSet;

use rusqlite::params;

use super::{Batch, MessageId};
use crate::Result;

/// How long a message waits for a route to come back, in milliseconds: three days,
/// as for a peer that refuses it for now.
const ROUTELESS_MS_MAX: i64 = 3 * 24 * 3_600 * 1_000;

impl Batch<'_> {
    /// Notes which queues have a route.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Storage`] if the outbox cannot be written.
    pub fn set_routes(&self, queues: &BTreeSet<String>) -> Result<()> {
        let known = routes(&self.sql)?;
        for gone in known.difference(queues) {
            self.sql
                .prepare_cached("delete from facts where name = 'route ' || ?1")?
                .execute([gone])?;
        }
        for new in queues.difference(&known) {
            self.sql
                .prepare_cached("insert into facts (name, value) values ('route ' || ?1, 1)")?
                .execute([new])?;
        }
        Ok(())
    }

    /// Ends messages that were due three days ago and whose queue has no route, at most
    /// `count_max`; gives how many. Ends none while it is not known which queues have
    /// one.
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

/// The queues that have a route: facts by the name of `route ` and the queue. Empty
/// where it is not known which have one.
pub(super) fn routes(sql: &rusqlite::Connection) -> Result<BTreeSet<String>> {
    let mut statement = sql.prepare_cached(
        "select substr(name, length('route ') + 1) from facts where name like 'route %'",
    )?;
    let rows = statement.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests {
    use crate::State;
    use crate::store::sqlite::scene::{NOW, accept, purchase, states};
    use crate::store::sqlite::{Depth, Outbox};

    const DAY: i64 = 24 * 3_600 * 1_000;

    fn set(outbox: &mut Outbox, queues: &[&str]) {
        let batch = outbox.begin().unwrap();
        batch.set_routes(&queues.iter().map(|queue| (*queue).into()).collect()).unwrap();
        batch.commit().unwrap();
    }

    fn routeless(outbox: &Outbox) -> Vec<Depth> {
        let depths = outbox.depths().unwrap().into_iter();
        depths.filter(|depth| depth.is_routeless).collect()
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
        assert_eq!(routeless(&outbox), [], "it is not known which queues have one");
        assert_eq!(abandon(&mut outbox, NOW + 9 * DAY), 0);
        set(&mut outbox, &["sms", "push"]);
        assert_eq!(routeless(&outbox), []);
        assert_eq!(abandon(&mut outbox, NOW + 9 * DAY), 0);
        set(&mut outbox, &["push"]);
        let depths = routeless(&outbox);
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
        assert_eq!(routeless(&outbox), []);
    }
}
