//! UnionPay's specification for points of sale.

use tillbell_transaction::{Approval, EntryMode, Kind};

use super::facts::{self, Amount, Moment};
use super::rng::Rng;
use super::shared::{self, Draft};
use super::writers::Wire;

/// MTIs, the first two digits of DE3, DE25, DE60's function code, what that is, and what
/// it takes back: the specification's table of the elements that decide.
type Row = (&'static [&'static str], &'static str, &'static str, &'static str, Kind, Option<Kind>);

const ROWS: [Row; 14] = [
    (&["0210"], "00", "00", "22", Kind::Purchase, None),
    (&["0210"], "00", "00", "22", Kind::Purchase, None),
    (&["0210"], "20", "00", "23", Kind::Void, Some(Kind::Purchase)),
    (&["0230", "0220"], "20", "00", "25", Kind::Refund, None),
    (&["0210"], "31", "00", "01", Kind::Inquiry, None),
    (&["0110"], "03", "06", "10", Kind::PreAuthorisation, None),
    (&["0110"], "20", "06", "11", Kind::Void, Some(Kind::PreAuthorisation)),
    (&["0210"], "00", "06", "20", Kind::Completion, None),
    (&["0210"], "20", "06", "21", Kind::Void, Some(Kind::Completion)),
    (&["0230", "0220"], "00", "06", "24", Kind::Completion, None),
    (&["0230", "0220"], "00", "00", "30", Kind::Purchase, None),
    (&["0230", "0220"], "00", "00", "32", Kind::Adjustment, Some(Kind::Purchase)),
    (&["0230", "0220"], "00", "00", "34", Kind::Adjustment, Some(Kind::Purchase)),
    (&["0410"], "00", "00", "22", Kind::Reversal, Some(Kind::Purchase)),
];

const DECLINED: [&str; 12] =
    ["01", "03", "05", "12", "14", "25", "51", "54", "55", "61", "91", "A0"];

/// DE22's first two digits.
const ENTRY_MODES: [(&str, EntryMode); 5] = [
    ("01", EntryMode::Manual),
    ("02", EntryMode::Magstripe),
    ("05", EntryMode::Chip),
    ("07", EntryMode::Contactless),
    ("03", EntryMode::Qr),
];

/// A message of a terminal in China.
pub(crate) fn draw(rng: &mut Rng, wire: &'static Wire, reference: &'static str) -> Draft {
    let (mtis, code, condition, function, kind, original) = rng.pick(&ROWS);
    // Packed numbers are filled with 0.
    let mut draft = Draft::new(rng.pick(mtis), rng.pick(&facts::CARDS), 0);
    draft.sheet.header = header(rng);
    draft.leave(&[44, 48, 58, 59, 60, 61, 62, 63]);
    shared::common(rng, &mut draft);
    // A terminal does not say what the merchant sells.
    draft.sheet.fields.remove(&18);
    draft.want("category", "");
    let moment = Moment::draw(rng, reference, Some(480));
    draft.put(12, moment.local_time());
    draft.put(13, moment.local_date());
    draft.want("time", moment.said());
    shared::merchant_1987(rng, wire, &mut draft, false);
    draft.want("entry_mode", EntryMode::Unknown);
    if rng.percent(80) {
        let (digits, mode) = rng.pick(&ENTRY_MODES);
        draft.put(22, format!("{digits}{}", rng.between(0, 2)));
        draft.want("entry_mode", mode);
    }
    draft.put(25, condition);
    let money = Amount::of(&facts::CURRENCIES[0], Amount::draw(rng).minor_units);
    let money = if kind == Kind::Inquiry { money.with(0) } else { money };
    draft.put(4, money.twelve());
    draft.put(49, money.number);
    draft.want("amount", money.said());
    if kind == Kind::Inquiry && rng.percent(50) {
        draft.sheet.fields.remove(&4);
    }
    // Renminbi where DE49 is missing.
    if rng.percent(20) {
        draft.sheet.fields.remove(&49);
    }
    draft.want_kind(kind, original);
    // A reversal has the trace number of what it takes back.
    let stan = draft.wanted.iter().find(|(name, _)| *name == "stan").unwrap().1.clone();
    draft.want("original_stan", if kind == Kind::Reversal { stan } else { String::new() });
    draft.put(3, format!("{code}0000"));
    let is_advice = draft.sheet.mti.as_bytes()[2] == b'2';
    let approval = match (is_advice, rng.below(5)) {
        (false, 0) => Approval::Declined,
        _ => Approval::Approved,
    };
    draft.want_approval(approval);
    match approval {
        Approval::Declined => draft.put(39, rng.pick(&DECLINED)),
        // An advice of a terminal has none.
        _ if is_advice => {}
        _ => draft.put(39, rng.pick(&["00", "00", "00", "11", "A2", "A4", "A5", "A6"])),
    }
    shared::authorisation(rng, &mut draft, approval);
    batch(rng, &mut draft, function, kind);
    balance(rng, &mut draft, &money, kind);
    draft
}

/// TPDU (60, destination, source) and the message's header (application, software, state
/// of the terminal): both, the first alone, or none.
fn header(rng: &mut Rng) -> Vec<u8> {
    let tpdu = [vec![0x60], rng.bytes(4)].concat();
    match rng.below(3) {
        0 => Vec::new(),
        1 => tpdu,
        _ => [tpdu, vec![0x60, 0x31, 0x00, 0x31, 0x07, 0x30]].concat(),
    }
}

/// DE60: function code, batch, network management code, and what the terminal can read.
/// DE61: batch 6, trace 6 and date 4 of the original.
fn batch(rng: &mut Rng, draft: &mut Draft, function: &str, kind: Kind) {
    let tail = &"00050100000"[..rng.pick(&[3usize, 4, 5, 6, 9])];
    draft.put(60, format!("{function}{:06}{tail}", rng.between(1, 999_999)));
    let has_original =
        matches!(kind, Kind::Void | Kind::Refund | Kind::Adjustment | Kind::Completion);
    if has_original && rng.percent(85) {
        let trace = format!("{:06}", rng.between(1, 999_999));
        draft.put(61, format!("{:06}{trace}1118", rng.between(1, 999_999)));
        // A completion and an adjustment take nothing back.
        if matches!(kind, Kind::Void | Kind::Refund) {
            draft.want("original_stan", trace);
        }
    }
}

/// DE54 of an inquiry's answer: one block.
fn balance(rng: &mut Rng, draft: &mut Draft, money: &Amount, kind: Kind) {
    draft.want("balance", "");
    if kind == Kind::Inquiry && rng.percent(80) {
        let available = money.with(rng.between(0, 99_999_999));
        draft.put(54, shared::block(rng.pick(&["00", "10", "30"]), "02", &available));
        draft.want("balance", available.said());
    }
}
