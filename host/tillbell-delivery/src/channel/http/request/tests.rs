use serde_json::{Value, json};

use crate::channel::http::{Gateway, Receipts};
use crate::store::sqlite::scene::Folder;

/// Settings that are right.
fn good(folder: &Folder) -> Value {
    let key = folder.path("key");
    std::fs::write(&key, "secret\n").unwrap();
    json!({
        "url": "http://127.0.0.1:9/",
        "headers": {"X-Bank": "{{ bundle }}"},
        "json": r#"{"to":{{ to }},"text":{{ text }},"id":{{ id }},"parts":{{ segments }}}"#,
        "hmac": {"key-file": key, "header": "X-Signature", "prefix": "", "over": "{{ timestamp }}.{{ body }}"},
    })
}

fn refusal(settings: Value) -> String {
    let settings = serde_json::from_value(settings).unwrap();
    Gateway::new(settings).unwrap_err().to_string()
}

#[test]
fn what_would_fail_for_every_message_fails_before_there_is_one() {
    let folder = Folder::new();
    Gateway::new(serde_json::from_value(good(&folder)).unwrap()).unwrap();
    let missing = folder.path("missing");
    for (pointer, value, error) in [
        (
            "/json",
            json!(r#"{"to":{{ recipient }}}"#),
            "json: unknown name \"recipient\"".to_owned(),
        ),
        // In a branch that no sample takes, too.
        (
            "/json",
            json!(r#"{"to":{% if segments > 9 %}{{ phone }}{% else %}{{ to }}{% endif %}}"#),
            "json: unknown name \"phone\"".into(),
        ),
        ("/json", json!(r#"{"to":{{ to }"#), "json: the template is wrong".into()),
        ("/json", json!(r#"{"to":{{ to }}"#), "json: its text is not JSON".into()),
        ("/json", json!(r#"{"to":"{{ to }}"}"#), "json: its text is not JSON".into()),
        // Only what is signed knows the body.
        ("/headers/X-Bank", json!("{{ body }}"), "headers.X-Bank: unknown name \"body\"".into()),
        ("/headers/X-Bank", json!("a\nb"), "header x-bank: its value does not fit a header".into()),
        ("/headers", json!({"X Bank": ""}), "X Bank: is no header".into()),
        (
            "/hmac/prefix",
            json!("a\r\n"),
            "header x-signature: its value does not fit a header".into(),
        ),
        ("/hmac/over", json!("{{ secret }}"), "hmac.over: unknown name \"secret\"".into()),
        ("/hmac/key-file", json!(missing), format!("key {}: cannot be read", missing.display())),
        ("/url", json!("not a URL"), "url: not a URL (expected https://host/path)".into()),
    ] {
        let mut settings = good(&folder);
        *settings.pointer_mut(pointer).unwrap() = value;
        assert_eq!(refusal(settings), error);
    }
}

#[test]
fn what_would_fail_for_every_receipt_fails_before_there_is_one() {
    let folder = Folder::new();
    let good = json!({"id": "/sid", "state": "/status", "delivered": ["OK"]});
    let read = |mapping: Value| Receipts::new(serde_json::from_value(mapping).unwrap());
    read(good.clone()).unwrap();
    let missing = folder.path("missing");
    for (name, value, error) in [
        ("id", json!("sid"), "receipt.id: not a JSON pointer (expected /name)".to_owned()),
        ("cause", json!("err"), "receipt.cause: not a JSON pointer (expected /name)".into()),
        ("delivered", json!([]), "receipt.delivered: no state says that a message arrived".into()),
        (
            "hmac",
            json!({"key-file": missing, "header": "X-Signature"}),
            format!("key {}: cannot be read", missing.display()),
        ),
    ] {
        let mut mapping = good.clone();
        mapping[name] = value;
        assert_eq!(read(mapping).unwrap_err().to_string(), error);
    }
}
