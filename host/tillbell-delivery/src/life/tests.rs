use super::*;

const NOW: i64 = 1_000_000;

fn queued() -> Life {
    Life::begin("sms", None, Some(NOW + 60_000), NOW).next
}

fn asked() -> Life {
    queued().claim(NOW).unwrap().next
}

fn cause() -> Cause {
    Cause::Peer("smpp-0x00000058".into())
}

/// Every step from every state: what a step may lead to, and nothing else.
fn said(ended: Ended) -> Said<'static> {
    Said { ended, cause: None, is_here: true, is_read: false }
}

#[test]
fn a_state_is_left_for_few_others() {
    use State::*;
    let doubt = |life: &Life| life.doubt(life.attempt, NOW).map(|step| step.next);
    let mut lives = vec![queued(), asked()];
    lives.push(Life::begin("sms", Some(NOW + 1), None, NOW).next);
    lives.extend(doubt(&asked()));
    lives.extend(asked().take(1, false, NOW).map(|step| step.next));
    lives.extend(asked().take(1, true, NOW).map(|step| step.next));
    for state in [Delivered, Failed, Expired, Cancelled, Suppressed, Doubtful] {
        lives.push(queued().to(state, None));
    }
    for life in lives {
        let attempt = life.attempt;
        let steps = [
            life.fall_due(),
            life.claim(NOW),
            life.take(attempt, true, NOW),
            life.refuse(attempt, &cause(), Some(NOW), 1, NOW),
            life.refuse(attempt, &cause(), None, 0, NOW),
            life.release(attempt),
            life.doubt(attempt, NOW),
            life.unheard(true, 0, NOW),
            life.unheard(false, 0, NOW),
            life.interrupt(NOW),
            life.expire(),
            life.cancel(&Cause::Reversed),
            life.withhold(Excuse::Failed),
            life.receive(said(Ended::Delivered), 0, NOW),
            life.receive(said(Ended::Failed), 0, NOW),
            life.receive(said(Ended::Failed), 1, NOW),
            life.give_up(0, NOW),
        ];
        for step in steps.into_iter().flatten() {
            let next = step.next;
            assert!(next.attempt >= life.attempt, "{life:?} to {next:?}");
            // No attempt is open but while it waits.
            assert!(next.asked_ms.is_none() || next.state.waits());
            let allowed: &[State] = match life.state {
                Deferred | Queued => &State::ALL,
                Submitted => &[Queued, Delivered, Failed, Expired, Doubtful],
                Failed | Expired | Doubtful => &[Delivered],
                Delivered | Cancelled | Suppressed => &[],
            };
            assert!(allowed.contains(&next.state), "{:?} to {:?}", life.state, next.state);
            if life.has_left || life.is_open() {
                assert!(!matches!(next.state, Cancelled | Suppressed), "{life:?} to {next:?}");
            }
        }
    }
}

#[test]
fn reports_of_an_earlier_attempt_do_not_count() {
    let second = asked().release(1).unwrap().next.claim(NOW).unwrap().next;
    assert_eq!(second.attempt, 2);
    assert_eq!(second.refuse(1, &cause(), None, 0, NOW), None);
    assert_eq!(second.release(1), None);
    assert_eq!(second.doubt(1, NOW), None);
    assert_eq!(second.take(1, true, NOW), None);
    assert!(second.take(2, true, NOW).is_some());
    // But that it arrived.
    let delivered = second.receive(said(Ended::Delivered), 0, NOW).unwrap();
    assert_eq!(delivered.next.state, State::Delivered);
    // And what is cancelled stays so.
    let cancelled = queued().cancel(&Cause::Reversed).unwrap().next;
    assert_eq!(cancelled.refuse(0, &cause(), None, 1, NOW), None);
}

#[test]
fn what_is_partly_sent_is_never_said_not_to_be() {
    let partly = asked().take(1, false, NOW).unwrap().next.release(1).unwrap().next;
    assert_eq!(partly.fate(None, 7), Fate::Attempted);
    assert_eq!(partly.cancel(&Cause::Reversed), None);
    assert_eq!(partly.expire().unwrap().next.state, State::Doubtful);
    assert_eq!(queued().expire().unwrap().next.state, State::Expired);
}

#[test]
fn once_more_counts_attempts_that_may_have_left() {
    let mut life = queued();
    for _ in 0..5 {
        life = life.claim(NOW).unwrap().next;
        life = life.refuse(life.attempt, &cause(), Some(NOW), 0, NOW).unwrap().next;
        life = life.fall_due().unwrap().next;
    }
    assert_eq!((life.attempt, life.refusals), (5, 5));
    let doubted = |life: Life| {
        let life = life.claim(NOW).unwrap().next;
        life.doubt(life.attempt, NOW).unwrap().next
    };
    let again = doubted(life).unheard(true, 0, NOW).unwrap().next;
    assert_eq!(again.state, State::Deferred);
    let given_up = doubted(again.fall_due().unwrap().next).unheard(true, 0, NOW).unwrap().next;
    assert_eq!(given_up.state, State::Doubtful);
    // Its reversal is known: it is not sent again.
    assert_eq!(doubted(queued()).unheard(false, 0, NOW).unwrap().next.state, State::Doubtful);
}

#[test]
fn a_message_that_is_always_refused_has_an_end() {
    let mut life = queued();
    life.expires_ms = None;
    let mut now_ms = NOW;
    for _ in 0..1_000 {
        life = life.claim(now_ms).unwrap().next;
        now_ms += 1_800_000;
        life = life.refuse(life.attempt, &cause(), Some(now_ms), 0, now_ms).unwrap().next;
        match life.fall_due() {
            Some(due) => life = due.next,
            None => break,
        }
    }
    assert_eq!((life.state, life.cause), (State::Failed, Some(Cause::RefusedTooLong)));
    assert_eq!(life.refusals, 144);
}

#[test]
fn queues_are_written_as_they_are_read() {
    for (text, queue) in [
        ("sms", Queue::new("sms", 0)),
        ("sms/1", Queue::new("sms", 1)),
        ("a/b", Queue::new("a/b", 0)),
    ] {
        assert_eq!(Queue::parse(text), queue);
        assert_eq!(queue.to_string(), text);
    }
}
