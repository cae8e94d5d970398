//! Requests and answers that come apart.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::sync::OnceLock;

mod common;

use common::{PAN, message, with};
use tillbell_iso8583::{
    ANSWER_MS, ANSWERS_MAX, Decoded, Decoder, Dialect, Paired, Pairing, REQUEST_MS, REQUESTS_MAX,
    Record, Tagged,
};
use tillbell_transaction::{Approval, IgnoredReason, Timestamp, TokenKey, Transaction};

fn decoder() -> &'static Decoder {
    static DECODER: OnceLock<Decoder> = OnceLock::new();
    DECODER.get_or_init(|| {
        Decoder::new(Dialect::builtin("iso1987-ascii").unwrap())
            .reference_time(Timestamp::parse("2026-11-20T12:00:00Z").unwrap())
    })
}

fn decoded(mti: &str, changes: &[(usize, &str)]) -> Decoded {
    decoder().decode(&message(mti, &with(changes))).unwrap()
}

/// A request: it has card and shop, and no RRN.
fn request(stan: &str, more: &[(usize, &str)]) -> Decoded {
    let mut changes = vec![(11, stan), (37, ""), (38, ""), (39, "")];
    changes.extend(more);
    decoded("0200", &changes)
}

/// Its answer: without card and shop.
fn answer(stan: &str, more: &[(usize, &str)]) -> Decoded {
    let mut changes = vec![(11, stan), (2, ""), (43, ""), (18, "")];
    changes.extend(more);
    decoded("0210", &changes)
}

fn transactions(out: &[Tagged<u64>]) -> Vec<(u64, &Transaction)> {
    out.iter()
        .filter_map(|(tag, decoded)| match &decoded.record {
            Record::Transaction(transaction) => Some((*tag, transaction.as_ref())),
            Record::Ignored(_) => None,
        })
        .collect()
}

/// The reason for which a message with this tag makes nothing, and its last alarm.
fn refused(out: &[Tagged<u64>], tag: u64) -> (IgnoredReason, String) {
    let (_, decoded) = out.iter().find(|(own, _)| *own == tag).unwrap();
    let Record::Ignored(ignored) = &decoded.record else { panic!("{decoded:?}") };
    (ignored.reason, decoded.alarms.last().map(ToString::to_string).unwrap_or_default())
}

#[test]
fn an_answer_gets_card_and_shop_of_its_request() {
    let key = TokenKey::parse(&"0b".repeat(32)).unwrap();
    let mut pairing = Pairing::new(Some(key.clone()));
    assert!(transactions(&pairing.take(1, request("000123", &[]), 0)).is_empty());
    let out = pairing.take(2, answer("000123", &[]), 900);
    let [(2, transaction)] = transactions(&out)[..] else { panic!("{out:?}") };
    let card = &transaction.card;
    assert_eq!((card.bin.to_string(), card.last4.to_string()), ("42424242".into(), "4242".into()));
    let pan = tillbell_transaction::Pan::parse(PAN).unwrap();
    assert_eq!(card.token.as_deref(), Some(key.token(&pan).as_str()));
    // The number itself is kept nowhere.
    assert!(card.pan.is_none() && !format!("{pairing:?}").contains(PAN));
    assert_eq!(transaction.merchant.name, "COFFEE LAB");
    assert_eq!((transaction.rrn.as_str(), transaction.stan.as_str()), ("632408000123", "000123"));
    assert_eq!(pairing.counts(), Paired { paired: 1, unpaired: 0 });
}

#[test]
fn interleaved_and_crossed_halves_find_each_other() {
    let mut pairing = Pairing::new(None);
    let mut seen = Vec::new();
    let mut take = |tag, decoded, now| {
        let out = pairing.take(tag, decoded, now);
        seen.extend(transactions(&out).iter().map(|(tag, one)| (*tag, one.stan.clone())));
    };
    take(1, request("000001", &[(2, "5555555555554444")]), 0);
    take(2, request("000002", &[]), 1);
    // Its request is still on the way.
    take(3, answer("000003", &[]), 2);
    take(4, answer("000002", &[]), 3);
    take(5, answer("000001", &[]), 4);
    take(6, request("000003", &[]), 5);
    let expected = [(4, "000002"), (5, "000001"), (3, "000003")];
    assert_eq!(seen, expected.map(|(tag, stan)| (tag, stan.to_owned())));
    assert_eq!(pairing.counts(), Paired { paired: 3, unpaired: 0 });
}

#[test]
fn a_repeated_request_is_the_same_and_a_different_one_is_not() {
    let mut pairing = Pairing::new(None);
    pairing.take(1, request("000001", &[]), 0);
    pairing.take(2, request("000001", &[]), 10);
    assert_eq!(transactions(&pairing.take(3, answer("000001", &[]), 20)).len(), 1);
    // The answer comes again.
    assert_eq!(transactions(&pairing.take(4, answer("000001", &[]), 30)).len(), 1);
    pairing.take(5, request("000002", &[]), 40);
    pairing.take(6, request("000002", &[(2, "5555555555554444")]), 50);
    let out = pairing.take(7, answer("000002", &[]), 60);
    let (reason, alarm) = refused(&out, 7);
    assert_eq!(reason, IgnoredReason::Unpaired);
    assert!(reason.is_alarm() && alarm.contains("two requests"), "{alarm}");
}

#[test]
fn what_contradicts_is_not_paired() {
    for (changes, words) in [
        (&[(3, "010000")][..], "contradicts"),
        (&[(4, "000000000001")], "contradicts"),
        (&[(32, "01030000")], "contradicts"),
        (&[(41, "00000999")], "no request was seen"),
    ] {
        let mut pairing = Pairing::new(None);
        pairing.take(1, request("000001", &[]), 0);
        let mut out = pairing.take(2, answer("000001", changes), 1);
        out.extend(pairing.finish());
        assert!(transactions(&out).is_empty());
        assert!(refused(&out, 2).1.contains(words), "{changes:?}: {out:?}");
        assert_eq!(pairing.counts(), Paired { paired: 0, unpaired: 1 });
    }
    for (changes, words) in [
        (&[(49, "840")][..], "contradicts"),
        // Half a day after its answer, by what they say.
        (&[(7, "1120123105"), (12, "203105")], "contradicts"),
        (&[(39, "10"), (4, "000000099999")], "contradicts"),
    ] {
        let mut pairing = Pairing::new(None);
        pairing.take(1, request("000001", &[]), 0);
        let mut out = pairing.take(2, answer("000001", changes), 1);
        out.extend(pairing.finish());
        assert!(refused(&out, 2).1.contains(words), "{changes:?}: {out:?}");
    }
    // An answered request has no other answer.
    let mut pairing = Pairing::new(None);
    pairing.take(1, request("000001", &[]), 0);
    assert_eq!(transactions(&pairing.take(2, answer("000001", &[]), 1)).len(), 1);
    let mut out = pairing.take(3, answer("000001", &[(37, "632408000999")]), 2);
    out.extend(pairing.finish());
    assert!(transactions(&out).is_empty());
    // Nor one of another type, nor two that came before it.
    let mut pairing = Pairing::new(None);
    let advised = decoded("0230", &[(2, ""), (11, "000001")]);
    pairing.take(1, request("000001", &[]), 0);
    assert!(transactions(&pairing.take(2, advised, 1)).is_empty());
    let mut pairing = Pairing::new(None);
    pairing.take(1, answer("000001", &[]), 0);
    pairing.take(2, answer("000001", &[(38, "999999")]), 1);
    let out = pairing.take(3, request("000001", &[]), 2);
    assert!(transactions(&out).is_empty());
    assert!(refused(&out, 1).1.contains("two answers"));
    // Approved for a part, the amount differs.
    let mut pairing = Pairing::new(None);
    pairing.take(1, request("000001", &[]), 0);
    let out = pairing.take(2, answer("000001", &[(4, "000000010000"), (39, "10")]), 1);
    let [(_, part)] = transactions(&out)[..] else { panic!("{out:?}") };
    assert_eq!((part.approval, part.amount.minor_units()), (Approval::PartiallyApproved, 10_000));
    // A request without a card helps nobody.
    let mut pairing = Pairing::new(None);
    pairing.take(1, request("000001", &[(2, "")]), 0);
    let out = pairing.take(2, answer("000001", &[]), 1);
    assert!(refused(&out, 2).1.contains("in the request too"));
}

#[test]
fn one_of_several_requests_that_agrees_is_meant() {
    let mut pairing = Pairing::new(None);
    let other = [(2, "5555555555554444"), (4, "000000000001")];
    pairing.take(1, request("000001", &other), 0);
    // It waits for the one that agrees.
    assert!(pairing.take(2, answer("000001", &[]), 1).is_empty());
    let out = pairing.take(3, request("000001", &[]), 2);
    let [(2, transaction)] = transactions(&out)[..] else { panic!("{out:?}") };
    assert_eq!(transaction.card.last4.to_string(), "4242");
    let out = pairing.take(4, answer("000001", &[(4, "000000000001")]), 3);
    assert_eq!(transactions(&out)[0].1.card.last4.to_string(), "4444");
    // The STAN alone is nobody's.
    let bare = [(41, ""), (42, "")];
    pairing.take(5, request("000002", &bare), 4);
    let advice = decoder().decode(&message("0210", &with(&[(2, ""), (41, ""), (42, "")])));
    assert_eq!(advice.unwrap_err().to_string(), "DE2: is missing");
}

#[test]
fn an_advices_answer_has_the_advices_card() {
    let mut pairing = Pairing::new(None);
    let out = pairing.take(1, decoded("0220", &[(39, "")]), 0);
    assert_eq!(transactions(&out).len(), 1);
    let out = pairing.take(2, decoded("0230", &[(2, "")]), 1);
    assert_eq!(transactions(&out).len(), 1);
}

#[test]
fn a_card_number_from_a_request_is_struck_from_its_answer() {
    // Neither has the check digit of a card number.
    for (pan, changes) in [
        ("400000000006", &[(37, "400000000006")][..]),
        ("6212345678901234567", &[(43, "SHOP 6212345678901234567 SHANGHAI     CN")]),
        (PAN, &[(42, "424242424242424")]),
    ] {
        let mut pairing = Pairing::new(None);
        pairing.take(1, request("000001", &[(2, pan), (42, "")]), 0);
        let mut own = vec![(42, "")];
        own.extend(changes.iter().filter(|(field, _)| *field != 42));
        let out = pairing.take(2, answer("000001", &own), 1);
        let [(_, transaction)] = transactions(&out)[..] else { panic!("{pan}: {out:?}") };
        let record = Record::Transaction(Box::new(transaction.clone()));
        let text = tillbell_transaction::json::write(&record);
        assert!(!text.contains(pan), "{text}");
    }
}

#[test]
fn time_and_number_are_bounded() {
    let mut pairing = Pairing::new(None);
    pairing.take(1, request("000001", &[]), 0);
    let late = pairing.take(2, answer("000001", &[]), REQUEST_MS);
    assert!(late.is_empty());
    let out = pairing.expire(REQUEST_MS + ANSWER_MS);
    assert!(refused(&out, 2).1.contains("no request was seen"));
    assert_eq!(pairing.waiting(), (0, 0));
    for number in 0..=ANSWERS_MAX as u64 {
        let out = pairing.take(number, answer(&format!("{number:06}"), &[]), 0);
        assert_eq!(out.len(), usize::from(number == ANSWERS_MAX as u64));
    }
    assert_eq!(pairing.waiting().1, ANSWERS_MAX);
    let template = request("000000", &[]);
    for number in 0..(REQUESTS_MAX as u64 + 10) {
        let mut one = template.clone();
        let decoded = request(&format!("{:06}", number % 1_000_000), &[]);
        one.half = decoded.half;
        pairing.take(number, one, 1);
    }
    assert!(pairing.waiting().0 <= REQUESTS_MAX + 1);
}

#[test]
fn a_whole_answer_is_not_held_up() {
    let mut pairing = Pairing::new(None);
    let out = pairing.take(1, decoded("0210", &[]), 0);
    assert_eq!(transactions(&out).len(), 1);
    // One without a shop's name takes it from its request, where there is one.
    pairing.take(2, request("000777", &[]), 1);
    for (stan, name) in [("000777", "COFFEE LAB"), ("000778", "")] {
        let out = pairing.take(3, decoded("0210", &[(11, stan), (43, "")]), 2);
        assert_eq!(transactions(&out)[0].1.merchant.name, name);
    }
}

#[test]
fn an_advice_without_a_card_is_refused() {
    let advice = decoder().decode(&message("0220", &with(&[(2, "")])));
    assert_eq!(advice.unwrap_err().to_string(), "DE2: is missing");
}

#[test]
fn requests_outlive_a_stop() {
    let mut before = Pairing::new(None);
    before.take(1, request("000001", &[(2, "5555555555554444")]), 0);
    before.take(2, request("000002", &[]), 50_000);
    before.take(3, answer("000002", &[]), 50_100);
    let mut file = Vec::new();
    before.write_requests(60_000, &mut file).unwrap();
    let text = String::from_utf8(file).unwrap();
    assert!(!text.contains("5555555555554444") && !text.contains(PAN), "{text}");
    assert_eq!(text.lines().count(), 2);

    let mut after = Pairing::<u64>::new(None);
    assert_eq!(after.read_requests(&mut text.as_bytes(), 1_000, 0).unwrap(), (2, 0));
    let out = after.take(1, answer("000001", &[]), 10);
    let [(1, transaction)] = transactions(&out)[..] else { panic!("{out:?}") };
    assert_eq!(transaction.card.last4.to_string(), "4444");
    assert_eq!(transaction.merchant.name, "COFFEE LAB");
    // What had its answer still has it: another one is none of its own.
    after.take(2, answer("000002", &[(37, "632408000999")]), 20);
    assert_eq!(after.counts().paired, 1);
    // The time that passed counts: 60 s before the stop, and 61 of it.
    let mut late = Pairing::<u64>::new(None);
    assert_eq!(late.read_requests(&mut text.as_bytes(), 61_000, 0).unwrap(), (1, 0));
    // A line that was cut is left out, and said.
    let cut = &text[..text.len() - 10];
    assert_eq!(Pairing::<u64>::new(None).read_requests(&mut cut.as_bytes(), 0, 0).unwrap(), (1, 1));
    let wild = "{}\nnot JSON\n\n";
    assert_eq!(
        Pairing::<u64>::new(None).read_requests(&mut wild.as_bytes(), 0, 0).unwrap(),
        (0, 3)
    );
}
