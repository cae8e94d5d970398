//! What is said to an SMSC that behaves.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_go_out_and_their_receipts_come_back() {
    let mut smsc = Smsc::start("{}").await;
    let scene = Scene::start(settings(smsc.port));
    let long = "元".repeat(140);
    scene.put(&["Paid 128.50", "您尾号0018的卡消费128.50元", &long]).await;
    assert_eq!(scene.all(State::Delivered).await, [None, None, None]);
    let bind = smsc.wait("bind").await;
    assert_eq!(
        (bind["system_id"].as_str(), bind["password"].as_str()),
        (Some("tillbell"), Some("secret"))
    );
    let submits = smsc.all("submit").await;
    let is = |index: usize, name: &str| submits[index][name].clone();
    assert_eq!(submits.len(), 5);
    assert_eq!(is(0, "to"), "8613800138000");
    assert_eq!(
        (is(0, "esm_class"), is(0, "data_coding"), is(0, "registered_delivery")),
        (0.into(), 0.into(), 1.into())
    );
    assert_eq!(is(0, "message_hex"), "50616964203132382e3530");
    assert_eq!((is(1, "esm_class"), is(1, "data_coding")), (0.into(), 8.into()));
    for part in 1..=3 {
        let submit = &submits[1 + part];
        assert_eq!(
            (submit["esm_class"].clone(), submit["data_coding"].clone()),
            (64.into(), 8.into())
        );
        let octets = submit["message_hex"].as_str().unwrap();
        assert!(octets.starts_with(&format!("05000303030{part}")), "{octets}");
        assert!(octets.len() <= 280);
    }
    let (_folder, _outbox) = scene.stop().await;
    smsc.wait("unbind").await;
}

/// A stop leaves nothing half known: what was claimed waits again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_gives_back_what_was_not_sent() {
    let mut smsc = Smsc::start(r#"{"answer_ms":200}"#).await;
    let slow = SmppSettings { parts_per_second: Some(20), ..settings(smsc.port) };
    let scene = Scene::start(slow);
    scene.put(&so_many(40)).await;
    smsc.wait("submit").await;
    let (folder, outbox) = scene.stop().await;
    let sent = smsc.recipients().await.len() + 1;
    assert!((1..40).contains(&sent), "{sent} sent");
    drop(outbox);
    let scene = Scene::resume(folder, settings(smsc.port), 0);
    scene.all(State::Delivered).await;
    let counts = smsc.tell(r#"{"command":"counts"}"#).await;
    assert_eq!((counts["submits"].clone(), counts["repeated"].clone()), (40.into(), 0.into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_parts_a_second_than_agreed() {
    let mut smsc = Smsc::start("{}").await;
    let slow = SmppSettings { parts_per_second: Some(60), ..settings(smsc.port) };
    let scene = Scene::start(slow);
    // Three parts each.
    let long = "元".repeat(140);
    scene.put(&vec![long.as_str(); 30]).await;
    scene.all(State::Delivered).await;
    let times: Vec<i64> =
        smsc.all("submit").await.iter().map(|event| event["at_ms"].as_i64().unwrap()).collect();
    assert_eq!(times.len(), 90);
    for (index, start) in times.iter().enumerate() {
        let within = times[index..].iter().take_while(|at| **at < start + 900).count();
        assert!(within <= 63, "{within} parts in 0.9 s");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_window_is_kept() {
    let mut smsc = Smsc::start(r#"{"answer":"never"}"#).await;
    let scene = Scene::start(SmppSettings {
        window: 7,
        answer_seconds: 20,
        doubt_seconds: 20,
        ..settings(smsc.port)
    });
    scene.put(&so_many(30)).await;
    for _ in 0..7 {
        smsc.wait("submit").await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(smsc.all("submit").await.len(), 0, "more than the window");
    drop(scene);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_link_is_looked_after_by_both() {
    let mut smsc = Smsc::start(r#"{"enquire":100}"#).await;
    let scene = Scene::start(SmppSettings { enquire_seconds: 1, ..settings(smsc.port) });
    smsc.wait("enquire_link_resp").await;
    smsc.tell(r#"{"command":"behave"}"#).await;
    assert_eq!(scene.downs(), Vec::<String>::new());
    drop(scene);
    let mut smsc = Smsc::start("{}").await;
    let scene = Scene::start(SmppSettings { enquire_seconds: 1, ..settings(smsc.port) });
    smsc.wait("enquire_link").await;
    smsc.wait("enquire_link").await;
    assert_eq!(scene.downs(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stop_in_two_languages_withdraws_consent() {
    use crate::subscribers::{Contact, Subscriber};
    let mut smsc = Smsc::start("{}").await;
    let scene = Scene::start(settings(smsc.port));
    let known = |reference: &str, phone: &str| {
        let mut subscriber = Subscriber::new(Party::Cardholder, reference).unwrap();
        subscriber.phone = Some(Contact::phone(phone).unwrap());
        subscriber.consent = Some(Timestamp::parse("2026-01-01T00:00:00Z").unwrap());
        subscriber
    };
    let known = [
        known("tok_1", "+8613800138000"),
        known("tok_2", "13900139000"),
        known("tok_3", "13700137000"),
    ];
    let put = scene.journal.test(move |batch, now_ms| {
        for one in &known {
            batch.subscribe(one, now_ms).unwrap();
        }
    });
    put.await;
    smsc.wait("bind").await;
    for (from, text, coding) in [
        ("13800138000", " stop. ", 0),
        ("8613900139000", "退订", 8),
        ("8613700137000", "Please stop calling", 0),
    ] {
        let command = serde_json::json!({"command": "deliver", "from": from, "text": text, "data_coding": coding});
        smsc.tell(&command.to_string()).await;
        smsc.wait("deliver_resp").await;
    }
    let left = scene.journal.test(|batch, _| {
        ["tok_1", "tok_2", "tok_3"].map(|reference| {
            batch.subscriber(Party::Cardholder, reference).unwrap().unwrap().consent.is_some()
        })
    });
    assert_eq!(left.await, [false, false, true]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_receipt_is_asked_for() {
    let mut smsc = Smsc::start(r#"{"receipt":"none"}"#).await;
    let scene = Scene::start(settings(smsc.port));
    scene.put(&["Paid 128.50"]).await;
    scene.all(State::Submitted).await;
    let aged = scene.journal.test(|batch, now_ms| {
        let ago_ms = now_ms - 3_600_000;
        batch.sql().execute("update messages set submitted_at = ?1", [ago_ms]).unwrap();
    });
    aged.await;
    let (folder, outbox) = scene.stop().await;
    drop(outbox);
    smsc.tell(r#"{"command":"behave","query_state":5}"#).await;
    let scene =
        Scene::resume(folder, SmppSettings { query_minutes: Some(1), ..settings(smsc.port) }, 0);
    smsc.wait("query").await;
    assert_eq!(scene.all(State::Failed).await, [Some("UNDELIV".into())]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_is_for_the_peer_that_is_trusted() {
    let folder = Folder::new();
    let path = |name: &str| folder.path(name).display().to_string();
    let made = std::process::Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
        ])
        .args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", &path("key"), "-out", &path("cert")])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let (key, cert) = (path("key"), path("cert"));
    let smsc = Smsc::start_with("{}", &["--tls-key", &key, "--tls-cert", &cert]).await;
    let trusting = SmppSettings { tls_ca: Some(cert.into()), ..settings(smsc.port) };
    let scene = Scene::start(trusting);
    scene.put(&["Paid 128.50"]).await;
    scene.all(State::Delivered).await;
    // Whoever trusts others does not bind, and sends no password.
    let scene = Scene::start(SmppSettings { tls_ca: Some("".into()), ..settings(smsc.port) });
    let until = tokio::time::Instant::now() + PATIENCE;
    while scene.downs().is_empty() && tokio::time::Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(
        scene.downs()[0].starts_with("TLS with the peer failed")
            || scene.downs()[0].contains("no certificate to trust"),
        "{:?}",
        scene.downs()
    );
}
