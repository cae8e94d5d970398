use super::*;

/// 2026-11-20T08:31:05+08:00 in milliseconds.
const NOW: i64 = 1_795_134_665_000;

fn due(text: &str) -> Due {
    Due {
        id: 0x1_02_f3,
        bundle: "harbour".into(),
        release: None,
        recipient: "+86 138-0013-8000".into(),
        text: text.into(),
        segments: 1,
        priority: 50,
        attempt: 1,
        refusals: 0,
        key: "7".into(),
        reference: 0x02f3,
        since_ms: NOW,
        expires_ms: None,
    }
}

/// The octets of one submit_sm behind its header.
fn body(settings: &SmppSettings, due: &Due, part: usize) -> Vec<u8> {
    let part = &parts(due).unwrap()[part];
    submit(settings, due, part, 7, NOW).unwrap()[HEADER_BYTES..].to_vec()
}

/// Octet for octet, by the table of 4.4.1.
#[test]
fn a_text_is_submitted_as_the_standard_says() {
    let source = Address { ton: 5, npi: 0, address: "Harbour".into() };
    let settings = SmppSettings { source, ..SmppSettings::default() };
    let mut message = due("Paid 1€");
    message.expires_ms = Some(NOW + (2 * 86_400 + 3 * 3_600 + 4 * 60 + 5) * 1_000);
    let mut wanted = b"\0\x05\0Harbour\0\x01\x018613800138000\0\0\0\0\0".to_vec();
    wanted.extend(b"000002030405000R\0\x01\0\0\0");
    wanted.extend(b"\x08Paid 1\x1be");
    wanted.extend([0x02, 0x04, 0x00, 0x02, 0x02, 0xf3]);
    assert_eq!(body(&settings, &message, 0), wanted);
    let whole = submit(&settings, &message, &parts(&message).unwrap()[0], 7, NOW).unwrap();
    assert_eq!(whole[..4], (whole.len() as u32).to_be_bytes());
    assert_eq!(whole[4..16], [0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 7]);
}

#[test]
fn long_texts_go_in_parts_with_headers() {
    let settings = SmppSettings { reference: false, ..SmppSettings::default() };
    let message = due(&"元".repeat(140));
    let parts = parts(&message).unwrap();
    assert_eq!(parts.len(), 3);
    for (index, part) in parts.iter().enumerate() {
        assert_eq!((part.number, part.of), (index as u32 + 1, 3));
        let body = body(&settings, &message, index);
        let class = body.iter().skip(5 + 13).position(|octet| *octet == 0x40);
        assert!(class.is_some(), "esm_class");
        assert_eq!(part.octets[..6], [5, 0, 3, 0xf3, 3, index as u8 + 1]);
        assert!(part.octets.len() <= 140);
        assert_eq!(part.coding, DataCoding::Ucs2);
    }
}

#[test]
fn a_validity_is_a_time_from_now() {
    let written = |expires: Option<i64>| validity(expires, NOW).unwrap().as_str().to_owned();
    assert_eq!(written(None), "");
    assert_eq!(written(Some(NOW + 60_000)), "000000000100000R");
    assert_eq!(written(Some(NOW - 5)), "000000000001000R");
    assert_eq!(written(Some(NOW + 40 * 86_400_000)), "");
}

fn deliver(esm_class: u8, coding: DataCoding, octets: &[u8], tlvs: &[u8]) -> Delivered {
    let mut body = b"\0\x01\x018613800138000\0\x01\x0110690000\0".to_vec();
    body.push(esm_class);
    body.extend([0, 0, 0, 0, 0, 0]);
    body.extend([u8::from(coding), 0, octets.len() as u8]);
    body.extend(octets);
    body.extend(tlvs);
    let mut frame = ((body.len() + 16) as u32).to_be_bytes().to_vec();
    frame.extend([0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 9]);
    frame.extend(body);
    let (header, pdu) = read(BytesMut::from(frame.as_slice())).unwrap();
    assert_eq!((header.id, header.status, header.sequence), (5, 0, 9));
    match pdu {
        Some(Pdu::DeliverSm(deliver)) => delivered(&deliver, Ids::Text),
        other => panic!("{other:?}"),
    }
}

#[test]
fn deliver_sm_is_a_receipt_or_a_text() {
    let text = b"id:12 stat:DELIVRD err:000";
    match deliver(4, DataCoding::McSpecific, text, &[0x02, 0x04, 0, 2, 0x02, 0xf3]) {
        Delivered::Receipt { said, from, reference } => {
            assert_eq!((said.remote.as_str(), from.as_str()), ("12", "8613800138000"));
            assert_eq!(reference, Some(0x2f3));
        }
        _ => panic!("no receipt"),
    }
    let tlvs = [&[0x00, 0x1e, 0, 4], b"00a\0".as_slice(), &[0x04, 0x27, 0, 1, 2]].concat();
    match deliver(0, DataCoding::McSpecific, b"", &tlvs) {
        Delivered::Receipt { said, .. } => {
            assert_eq!((said.remote.as_str(), said.state), ("a", Some(crate::State::Delivered)));
        }
        _ => panic!("no receipt"),
    }
    assert!(matches!(deliver(4, DataCoding::McSpecific, b"??", &[]), Delivered::Unreadable));
    let text = |delivered: Delivered| match delivered {
        Delivered::Text { text, from } => {
            assert_eq!(from, "8613800138000");
            text
        }
        _ => panic!("no text"),
    };
    assert_eq!(text(deliver(0, DataCoding::McSpecific, b"STOP", &[])), "STOP");
    assert_eq!(text(deliver(0, DataCoding::Ucs2, &[0x90, 0x00, 0x8b, 0xa2], &[])), "退订");
    assert_eq!(text(deliver(0x40, DataCoding::McSpecific, b"\x05\0\x03\x01\x01\x01TD", &[])), "TD");
    assert_eq!(text(deliver(0x40, DataCoding::McSpecific, b"\xff", &[])), "");
}

#[test]
fn what_cannot_be_read_has_its_header() {
    let frame = |octets: &[u8]| read(BytesMut::from(octets));
    assert!(frame(&[0, 0, 0, 8, 0, 0, 0, 5]).is_err());
    let broken = [0, 0, 0, 18, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 9, 0xff, 0xff];
    let (header, pdu) = frame(&broken).unwrap();
    assert_eq!((header.id, header.sequence), (5, 9));
    assert!(pdu.is_none());
}
