//! SMSCs that misbehave, each with what becomes of the messages.

use super::*;

/// Ten messages to an SMSC that behaves so; they end in this state, and it got so
/// many submits.
async fn ends(
    behaviour: &str,
    settings: impl FnOnce(SmppSettings) -> SmppSettings,
    state: State,
    submits: std::ops::RangeInclusive<usize>,
) -> (Scene, Smsc, Vec<Option<String>>) {
    let mut smsc = Smsc::start(behaviour).await;
    let scene = Scene::start(settings(self::settings(smsc.port)));
    scene.put(&so_many(10)).await;
    let causes = scene.all(state).await;
    let counts = smsc.tell(r#"{"command":"counts"}"#).await;
    let count = counts["submits"].as_u64().unwrap() as usize;
    assert!(submits.contains(&count), "{count} submits, {:?}", scene.downs());
    assert_eq!(counts["repeated_after_answer"], 0, "sent again after it was answered");
    (scene, smsc, causes)
}

fn as_is(settings: SmppSettings) -> SmppSettings {
    settings
}

macro_rules! fault {
    ($(#[$note:meta])* $name:ident: $behaviour:expr, $settings:expr, $state:expr, $submits:expr) => {
        $(#[$note])*
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            ends($behaviour, $settings, $state, $submits).await;
        }
    };
}

fault!(receipts_in_lower_case_and_another_order: r#"{"receipt":"lower"}"#, as_is, State::Delivered, 10..=10);
fault!(receipts_without_a_text: r#"{"receipt":"tlv"}"#, as_is, State::Delivered, 10..=10);
fault!(receipts_with_text_and_tlvs: r#"{"receipt":"both"}"#, as_is, State::Delivered, 10..=10);
fault!(receipts_twice: r#"{"receipt":"twice"}"#, as_is, State::Delivered, 10..=10);
fault!(receipts_before_the_answer: r#"{"receipt":"before","answer_ms":0}"#, as_is, State::Delivered, 10..=10);
fault!(receipts_late: r#"{"receipt_ms":700}"#, as_is, State::Delivered, 10..=10);
fault!(a_receipt_under_way_first: r#"{"intermediate":true}"#, as_is, State::Delivered, 10..=10);
fault!(ids_hexadecimal_in_answers: r#"{"ids":"hex"}"#, |settings| SmppSettings { answer_ids: super::super::Ids::Hex, receipt_ids: super::super::Ids::Decimal, ..settings }, State::Delivered, 10..=10);
fault!(ids_hexadecimal_in_receipts: r#"{"ids":"HEX-receipt"}"#, |settings| SmppSettings { answer_ids: super::super::Ids::Decimal, receipt_ids: super::super::Ids::Hex, ..settings }, State::Delivered, 10..=10);
fault!(ids_without_their_zeros_in_receipts: r#"{"ids":"padded"}"#, as_is, State::Delivered, 10..=10);
fault!(ids_that_are_texts: r#"{"ids":"uuid"}"#, as_is, State::Delivered, 10..=10);
fault!(answers_in_another_order: r#"{"order":"reversed","batch":10}"#, as_is, State::Delivered, 10..=10);
fault!(slow_answers: r#"{"answer_ms":600}"#, |settings| SmppSettings { window: 5, ..settings }, State::Delivered, 10..=10);
fault!(
    /// The answers come after they were given up: they count, and nothing is
    /// sent again.
    answers_that_come_too_late: r#"{"answer_ms":1500}"#, |settings| SmppSettings { doubt_seconds: 5, ..settings }, State::Delivered, 10..=10
);
fault!(answers_without_an_id: r#"{"answer":"no-id"}"#, as_is, State::Submitted, 10..=10);
fault!(an_unknown_request: r#"{"unknown_pdu":true}"#, as_is, State::Delivered, 10..=10);
fault!(
    /// The first four are sent again, after their doubt.
    silence: r#"{"answer":"never","times":4}"#, as_is, State::Delivered, 14..=14
);
fault!(
    /// Bytes that are no PDU end the session; what was in the window is in doubt.
    garbage_for_an_answer: r#"{"answer":"garbage","after":3,"times":1}"#, as_is, State::Delivered, 10..=20
);
fault!(an_absurd_length: r#"{"answer":"absurd","after":3,"times":1}"#, as_is, State::Delivered, 10..=20);
fault!(a_length_below_the_header: r#"{"answer":"short","after":3,"times":1}"#, as_is, State::Delivered, 10..=20);
fault!(a_disconnect_in_mid_pdu: r#"{"answer":"cut","after":3,"times":1}"#, as_is, State::Delivered, 10..=20);
fault!(a_disconnect_without_an_answer: r#"{"answer":"vanish","after":3,"times":1}"#, as_is, State::Delivered, 10..=20);
fault!(an_answer_to_something_else: r#"{"answer":"wrong-sequence","times":2}"#, as_is, State::Delivered, 12..=12);
fault!(an_unbind_in_the_middle: r#"{"unbind_after":4}"#, |settings| SmppSettings { window: 2, ..settings }, State::Delivered, 10..=12);
fault!(binds_refused_at_first: r#"{"bind_status":13,"bind_times":3}"#, as_is, State::Delivered, 10..=10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn receipts_of_failure() {
    let (_scene, _smsc, causes) =
        ends(r#"{"stat":"FAILED","err":"034"}"#, as_is, State::Failed, 10..=10).await;
    assert_eq!(causes, vec![Some("FAILED-034".to_owned()); 10]);
    let (_scene, _smsc, causes) =
        ends(r#"{"stat":"EXPIRED"}"#, as_is, State::Expired, 10..=10).await;
    assert_eq!(causes, vec![Some("EXPIRED".to_owned()); 10]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_refused_for_good_is_not_sent_again() {
    let (_scene, _smsc, causes) =
        ends(r#"{"answer":"status","status":11}"#, as_is, State::Failed, 10..=10).await;
    assert_eq!(causes, vec![Some("smpp-0x0000000b".to_owned()); 10]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_refused_for_now_is_tried_so_often() {
    let twice = |settings| SmppSettings { attempts_max: 2, ..settings };
    let (_scene, _smsc, causes) =
        ends(r#"{"answer":"status","status":8}"#, twice, State::Failed, 20..=20).await;
    assert_eq!(causes, vec![Some("smpp-0x00000008".to_owned()); 10]);
    ends(r#"{"answer":"status","status":100,"times":10}"#, twice, State::Delivered, 20..=20).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_nack_is_an_answer() {
    let (_scene, _smsc, causes) =
        ends(r#"{"answer":"nack","status":2}"#, as_is, State::Failed, 10..=10).await;
    assert_eq!(causes, vec![Some("smpp-0x00000002".to_owned()); 10]);
}

/// The SMSC has too much, of whomever: the queue rests, for longer than after a
/// single refusal, and the refused go behind the others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn throttling_rests_the_queue() {
    let mut smsc = Smsc::start(r#"{"answer":"status","status":88,"after":5,"times":6}"#).await;
    let scene = Scene::start(SmppSettings { window: 3, ..settings(smsc.port) });
    scene.put(&so_many(30)).await;
    assert_eq!(scene.all(State::Delivered).await, vec![None; 30]);
    let submits = smsc.all("submit").await;
    assert_eq!(submits.len(), 36);
    let to = |event: &serde_json::Value| event["to"].as_str().unwrap().to_owned();
    let refused: Vec<_> = submits.iter().filter(|event| event["answer"] != "ok").map(to).collect();
    // The others as they were put in, each in its place.
    let taken: Vec<_> = submits
        .iter()
        .filter(|event| event["answer"] == "ok")
        .map(to)
        .filter(|to| !refused.contains(to))
        .collect();
    assert!(taken.is_sorted(), "{taken:?}");
    let times: Vec<i64> = submits.iter().map(|event| event["at_ms"].as_i64().unwrap()).collect();
    let longest = times.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
    assert!(longest >= 40, "the longest rest was {longest} ms");
    assert_eq!(scene.downs(), Vec::<String>::new());
}

/// One recipient is refused for ever: all others get their messages meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_recipient_cannot_stop_a_queue() {
    for status in [0x14, 0x58] {
        let behaviour =
            format!(r#"{{"answer":"status","status":{status},"only_to":"8613800138000"}}"#);
        let mut smsc = Smsc::start(&behaviour).await;
        let scene = Scene::start(settings(smsc.port));
        let began = std::time::Instant::now();
        scene.put(&so_many(100)).await;
        let until = tokio::time::Instant::now() + PATIENCE;
        loop {
            let states = scene.states().await;
            if states[1..].iter().all(|(state, _)| *state == State::Delivered) {
                assert!(states[0].0.waits(), "{:?}", states[0]);
                break;
            }
            assert!(tokio::time::Instant::now() < until, "{states:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
        // And it gets its own once it may.
        smsc.tell(r#"{"command":"behave"}"#).await;
        scene.all(State::Delivered).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_smsc_that_never_answers_is_given_up() {
    let (_scene, _smsc, causes) =
        ends(r#"{"answer":"never"}"#, as_is, State::Doubtful, 20..=20).await;
    assert_eq!(causes, vec![Some("no-answer".to_owned()); 10]);
}

/// Receipts say that the SMSC has what it did not answer for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_makes_up_for_a_lost_answer() {
    let mut smsc = Smsc::start(r#"{"answer":"never"}"#).await;
    let scene = Scene::start(SmppSettings { doubt_seconds: 3, ..settings(smsc.port) });
    scene.put(&so_many(3)).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let submit = smsc.wait("submit").await;
        ids.push((submit["id"].clone(), submit["to"].clone()));
    }
    for (id, to) in ids {
        let command =
            serde_json::json!({"command": "receipt", "id": id, "to": to, "text": "Paid 128.50"});
        smsc.tell(&command.to_string()).await;
    }
    scene.all(State::Delivered).await;
    assert_eq!(smsc.all("submit").await.len(), 0, "nothing was sent again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_that_are_not_answered_end_the_session() {
    let mut smsc = Smsc::start(r#"{"silent_links":true}"#).await;
    let scene = Scene::start(SmppSettings { enquire_seconds: 1, ..settings(smsc.port) });
    smsc.wait("enquire_link").await;
    smsc.wait("disconnect").await;
    smsc.wait("bind").await;
    smsc.wait("bind").await;
    assert_eq!(scene.downs()[0], "enquire_link was not answered");
    scene.put(&so_many(10)).await;
    scene.all(State::Delivered).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bind_without_an_answer_is_tried_again() {
    let mut smsc = Smsc::start(r#"{"bind_never":true}"#).await;
    let scene = Scene::start(SmppSettings { bind_seconds: 1, ..settings(smsc.port) });
    scene.put(&so_many(2)).await;
    smsc.wait("bind").await;
    smsc.wait("bind").await;
    assert_eq!(scene.downs()[0], "the SMSC did not answer the bind in time");
    assert!(!scene.metrics.is_up("sms"));
    smsc.tell(r#"{"command":"behave"}"#).await;
    scene.all(State::Delivered).await;
}

/// Nobody is there, and then somebody is: all goes out, in order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_smsc_that_is_away_loses_nothing() {
    let mut smsc = Smsc::start("{}").await;
    let scene = Scene::start(settings(smsc.port));
    scene.put(&so_many(5)).await;
    scene.all(State::Delivered).await;
    for _ in 0..5 {
        smsc.tell(r#"{"command":"disconnect"}"#).await;
        scene.put(&so_many(20)).await;
    }
    scene.all(State::Delivered).await;
    let recipients = smsc.recipients().await;
    let mut first: Vec<_> = recipients.clone();
    first.dedup();
    first.sort_unstable();
    first.dedup();
    assert_eq!(first.len(), 105);
    let counts = smsc.tell(r#"{"command":"counts"}"#).await;
    assert_eq!(counts["repeated_after_answer"], 0);
    assert!(!scene.events().is_empty());
}
