//! ISO 8583:1993, on any wire.

use tillbell_transaction::{Approval, EntryMode, Kind};

use super::facts::{self, Amount, Moment};
use super::rng::Rng;
use super::shared::{self, Draft};
use super::writers::Wire;

/// Action codes of ISO 8583:1993, table A.1: 0xx approves (002 and 006 a part), 1xx and
/// 2xx deny, 400 accepts a reversal, 9xx is a fault.
const APPROVED: [&str; 6] = ["000", "000", "001", "003", "005", "007"];
const DECLINED: [&str; 14] = [
    "100", "101", "102", "106", "110", "111", "116", "117", "121", "200", "208", "907", "909",
    "911",
];

/// DE22, position 7: how the card's data were put in.
const ENTRY_MODES: [(char, EntryMode); 5] = [
    ('0', EntryMode::Unknown),
    ('1', EntryMode::Manual),
    ('2', EntryMode::Magstripe),
    ('5', EntryMode::Chip),
    ('6', EntryMode::Manual),
];

const FINANCIAL: &[&str] = &["1210", "1210", "1220", "1230", "1221"];
const AUTHORISATION: &[&str] = &["1110", "1110", "1120", "1130"];
const ANSWER: &[&str] = &["1210"];
const REVERSAL: &[&str] = &["1420", "1430", "1421"];

/// MTIs, DE3, DE24 (function code), and what that is. 101 estimates an amount that a later
/// 201 or 202 completes.
const ROWS: [(&[&str], &str, &str, Kind); 14] = [
    (FINANCIAL, "00", "200", Kind::Purchase),
    (FINANCIAL, "00", "200", Kind::Purchase),
    (AUTHORISATION, "00", "100", Kind::Purchase),
    (FINANCIAL, "01", "200", Kind::CashWithdrawal),
    (FINANCIAL, "09", "200", Kind::PurchaseWithCashback),
    (FINANCIAL, "20", "200", Kind::Refund),
    (FINANCIAL, "21", "200", Kind::Deposit),
    (FINANCIAL, "28", "200", Kind::Payment),
    (ANSWER, "31", "200", Kind::Inquiry),
    (ANSWER, "40", "200", Kind::Transfer),
    (AUTHORISATION, "00", "101", Kind::PreAuthorisation),
    (FINANCIAL, "00", "201", Kind::Completion),
    (FINANCIAL, "00", "202", Kind::Completion),
    (REVERSAL, "00", "400", Kind::Reversal),
];

/// Rows of function codes that are seldom seen.
const FURTHER_ROWS: [(&[&str], &str, &str, Kind); 4] = [
    (AUTHORISATION, "00", "103", Kind::PreAuthorisation),
    (AUTHORISATION, "00", "105", Kind::PreAuthorisation),
    (AUTHORISATION, "00", "107", Kind::PreAuthorisation),
    (&["1110"], "00", "108", Kind::Inquiry),
];

const ORIGINALS: [(&str, Kind); 4] = [
    ("00", Kind::Purchase),
    ("01", Kind::CashWithdrawal),
    ("20", Kind::Refund),
    ("21", Kind::Deposit),
];

/// A message that all dialects which know 1993 read alike.
pub(crate) fn draw(rng: &mut Rng, wire: &'static Wire, reference: &'static str) -> Draft {
    let (mtis, code, function, kind) = match super::draws("1993-function-codes") {
        true if rng.percent(10) => rng.pick(&FURTHER_ROWS),
        _ => rng.pick(&ROWS),
    };
    let mut draft = Draft::new(rng.pick(mtis), rng.pick(&facts::CARDS), shared::filler(rng));
    draft.leave(&[24, 26, 30, 56]);
    shared::common(rng, &mut draft);
    // DE18 of 1993 is the merchant's type at the acquirer's; DE26 the business code.
    let moment = Moment::draw(rng, reference, None);
    shared::transmission(rng, &mut draft, moment);
    draft.put(12, format!("{}{}{}", moment.local_year(), moment.local_date(), moment.local_time()));
    draft.want("time", moment.said());
    merchant(rng, wire, &mut draft);
    entry_mode(rng, &mut draft);
    let money = Amount::draw(rng);
    let money = if kind == Kind::Inquiry { money.with(0) } else { money };
    shared::amount(rng, wire, &mut draft, &money, kind);
    draft.put(24, function);
    draft.want("original_amount", "");
    draft.want("original_stan", "");
    draft.want_kind(kind, None);
    match kind {
        Kind::Reversal => reversal(rng, &mut draft, &money),
        _ => transaction(rng, &mut draft, &money, (code, kind)),
    }
    draft
}

/// DE43 of 1993: `name\street\city\`, then a postal code of 10, a region of 3 and a
/// country of 3 characters.
fn merchant(rng: &mut Rng, wire: &Wire, draft: &mut Draft) {
    for name in ["name", "city", "country"] {
        draft.want(name, "");
    }
    if rng.percent(80) {
        let shop = shared::shop_for(rng, wire, false);
        let postal = rng.digits(5);
        let region = rng.pick(&["", "NY", "WA"]);
        let street = rng.pick(&["", "MAIN ST 5"]);
        draft.put(
            43,
            format!(
                "{}\\{street}\\{}\\{postal:10}{region:3}{}",
                shop.name, shop.city, shop.country.1
            ),
        );
        draft.want("name", shop.name);
        draft.want("city", shop.city);
        draft.want("country", shop.country.0);
    }
}

/// DE22 of 1993 has twelve positions; the seventh says how the data came in.
fn entry_mode(rng: &mut Rng, draft: &mut Draft) {
    draft.want("entry_mode", EntryMode::Unknown);
    if rng.percent(80) {
        let (letter, mode) = rng.pick(&ENTRY_MODES);
        draft.put(22, format!("{}{letter}{}", rng.digits(6), rng.digits(5)));
        draft.want("entry_mode", mode);
    }
}

fn transaction(rng: &mut Rng, draft: &mut Draft, money: &Amount, (code, kind): (&str, Kind)) {
    let account = rng.pick(&["00", "10", "20", "30"]).to_string();
    let is_credit = matches!(kind, Kind::Refund | Kind::Deposit | Kind::Payment);
    let types = if is_credit { format!("00{account}") } else { format!("{account}00") };
    draft.put(3, format!("{code}{types}"));
    let is_advice = draft.sheet.mti.as_bytes()[2] == b'2';
    let can_be_partial = matches!(kind, Kind::Purchase | Kind::CashWithdrawal) && !is_advice;
    let approval = match rng.below(10) {
        0 if can_be_partial => Approval::PartiallyApproved,
        1 | 2 if !is_advice => Approval::Declined,
        _ => Approval::Approved,
    };
    draft.want_approval(approval);
    match approval {
        Approval::Approved if is_advice && rng.percent(30) => {}
        Approval::Approved => draft.put(39, rng.pick(&APPROVED)),
        Approval::PartiallyApproved => {
            draft.put(39, rng.pick(&["002", "006"]));
            original(rng, draft, money, 80);
        }
        Approval::Declined => draft.put(39, rng.pick(&DECLINED)),
    }
    shared::authorisation(rng, draft, approval);
    shared::balances(rng, draft, &account, money);
}

/// DE30: the original amount, and the same in reconciliation (zeros).
fn original(rng: &mut Rng, draft: &mut Draft, money: &Amount, percent: usize) {
    if rng.percent(percent) {
        let asked = money.with(money.minor_units + rng.between(1, 100_000));
        draft.put(30, format!("{}{:012}", asked.twelve(), 0));
        draft.want("original_amount", asked.said());
    }
}

/// 14xx: DE24 says whether all of it (400) or a part (401) is taken back; DE56 names the
/// original: MTI 4, STAN 6, date and time 12, acquirer with its length.
fn reversal(rng: &mut Rng, draft: &mut Draft, money: &Amount) {
    let (code, original) = rng.pick(&ORIGINALS);
    draft.want("original_kind", original);
    draft.put(3, format!("{code}0000"));
    let is_advice = draft.sheet.mti.as_bytes()[2] == b'2';
    if !is_advice || rng.percent(20) {
        draft.put(39, "400");
    }
    draft.want_approval(Approval::Approved);
    shared::authorisation(rng, draft, Approval::Approved);
    draft.want("balance", "");
    if rng.percent(80) {
        let stan = format!("{:06}", rng.between(1, 999_999));
        let length = rng.between(6, 11) as usize;
        let acquirer = rng.digits(length);
        draft.put(56, format!("1200{stan}261120101112{length:02}{acquirer}"));
        draft.want("original_stan", stan);
    }
    if rng.percent(30) && money.minor_units > 1 {
        // DE4 is the amount that stays, DE30 what it was.
        let was = money.with(money.minor_units + rng.between(1, 100_000));
        draft.put(24, "401");
        draft.put(30, format!("{}{:012}", was.twelve(), 0));
        draft.want("amount", was.with(was.minor_units - money.minor_units).said());
        draft.want("original_amount", was.said());
    }
}
