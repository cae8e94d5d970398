//! ISO 8583:1987, on any wire.

use tillbell_transaction::{Approval, EntryMode, Kind};

use super::facts::{self, Amount, Moment};
use super::rng::Rng;
use super::shared::{self, Draft};
use super::writers::Wire;

/// Response codes of ISO 8583:1987, table A.7 (00, 08, 11, 16 approve; 10 approves a part).
const APPROVED: [&str; 6] = ["00", "00", "00", "08", "11", "16"];
const DECLINED: [&str; 22] = [
    "01", "03", "04", "05", "07", "12", "13", "14", "15", "30", "34", "41", "43", "51", "54", "55",
    "57", "58", "61", "65", "75", "91",
];

/// DE22's first two digits.
const ENTRY_MODES: [(&str, EntryMode); 7] = [
    ("00", EntryMode::Unknown),
    ("01", EntryMode::Manual),
    ("02", EntryMode::Magstripe),
    ("05", EntryMode::Chip),
    ("07", EntryMode::Contactless),
    ("90", EntryMode::Magstripe),
    ("91", EntryMode::Contactless),
];

const FINANCIAL: &[&str] = &["0210", "0210", "0210", "0220", "0230", "0221", "0231"];
const AUTHORISATION: &[&str] = &["0110", "0110", "0120", "0130"];
const ANSWER: &[&str] = &["0210"];
const REVERSAL: &[&str] = &["0410", "0420", "0430", "0421", "0431"];

/// MTIs, the first two digits of DE3, DE25 where it decides, and what that is.
const ROWS: [(&[&str], &str, &str, Kind); 15] = [
    (FINANCIAL, "00", "", Kind::Purchase),
    (FINANCIAL, "00", "", Kind::Purchase),
    (AUTHORISATION, "00", "", Kind::Purchase),
    (FINANCIAL, "01", "", Kind::CashWithdrawal),
    (AUTHORISATION, "01", "", Kind::CashWithdrawal),
    (FINANCIAL, "09", "", Kind::PurchaseWithCashback),
    (FINANCIAL, "20", "", Kind::Refund),
    (FINANCIAL, "21", "", Kind::Deposit),
    (FINANCIAL, "28", "", Kind::Payment),
    (ANSWER, "30", "", Kind::Inquiry),
    (ANSWER, "31", "", Kind::Inquiry),
    (ANSWER, "40", "", Kind::Transfer),
    (AUTHORISATION, "00", "06", Kind::PreAuthorisation),
    (FINANCIAL, "00", "06", Kind::Completion),
    (REVERSAL, "00", "", Kind::Reversal),
];

/// What reversals take back.
const ORIGINALS: [(&str, Kind); 5] = [
    ("00", Kind::Purchase),
    ("01", Kind::CashWithdrawal),
    ("09", Kind::PurchaseWithCashback),
    ("20", Kind::Refund),
    ("21", Kind::Deposit),
];

/// A message that all dialects of 1987 read alike.
pub(crate) fn draw(rng: &mut Rng, wire: &'static Wire, reference: &'static str) -> Draft {
    draw_as(rng, wire, reference, &Style::ISO)
}

/// Where a network of 1987's kind differs from the standard.
pub(crate) struct Style {
    /// Names have letters of ASCII alone.
    pub(crate) ascii_only: bool,
    /// Balances and cash stand in DE54.
    pub(crate) additional_amounts: bool,
    /// The clock of all merchants in an advice and its answer, whose DE7 may be of hours
    /// later: the dialect states it.
    pub(crate) advice_offset: Option<i64>,
    /// DE57 is the cash of a purchase with cashback.
    pub(crate) has_cash_field: bool,
}

impl Style {
    pub(crate) const ISO: Self = Self {
        ascii_only: false,
        additional_amounts: true,
        advice_offset: None,
        has_cash_field: false,
    };
}

/// A message as a network writes it.
pub(crate) fn draw_as(
    rng: &mut Rng,
    wire: &'static Wire,
    reference: &'static str,
    style: &Style,
) -> Draft {
    let (mtis, code, condition, kind) = rng.pick(&ROWS);
    let mut draft = Draft::new(rng.pick(mtis), rng.pick(&facts::CARDS), shared::filler(rng));
    draft.leave(&[28, 90, 95]);
    if style.has_cash_field {
        draft.leave(&[57]);
    }
    shared::common(rng, &mut draft);
    let is_answer = draft.sheet.mti.as_bytes()[2] == b'1';
    let offset = style.advice_offset.filter(|_| !is_answer);
    let moment = Moment::draw(rng, reference, offset);
    shared::clock_1987(rng, &mut draft, moment);
    shared::merchant_1987(rng, wire, &mut draft, style.ascii_only);
    entry_mode(rng, &mut draft);
    condition_code(rng, &mut draft, condition);
    let money = Amount::draw(rng);
    let money = if kind == Kind::Inquiry { money.with(0) } else { money };
    shared::amount(rng, wire, &mut draft, &money, kind);
    draft.want("original_amount", "");
    draft.want("original_stan", "");
    draft.want_kind(kind, None);
    match kind {
        Kind::Reversal => reversal(rng, &mut draft, &money),
        _ => transaction(rng, &mut draft, &money, (code, kind), style),
    }
    draft
}

fn entry_mode(rng: &mut Rng, draft: &mut Draft) {
    draft.want("entry_mode", EntryMode::Unknown);
    if rng.percent(80) {
        let (digits, mode) = rng.pick(&ENTRY_MODES);
        draft.put(22, format!("{digits}{}", rng.between(0, 2)));
        draft.want("entry_mode", mode);
    }
}

/// DE25: 06 is a pre-authorisation's; 00 to 03, 08 and none say nothing of the kind.
fn condition_code(rng: &mut Rng, draft: &mut Draft, condition: &str) {
    if !condition.is_empty() {
        draft.put(25, condition);
    } else if rng.percent(70) {
        draft.put(25, rng.pick(&["00", "00", "01", "02", "03", "08"]));
    }
}

/// Any account types that a kind has, and the one whose balance is told: a debit's is the
/// first, a credit's the second (ISO 8583:1987, DE3).
fn accounts(rng: &mut Rng, kind: Kind) -> (String, String) {
    let any = |rng: &mut Rng| rng.pick(&["00", "10", "20", "30"]).to_string();
    match kind {
        Kind::Refund | Kind::Deposit | Kind::Payment => {
            let to = any(rng);
            (format!("00{to}"), to)
        }
        Kind::Transfer => {
            let (from, to) = (any(rng), any(rng));
            (format!("{from}{to}"), from)
        }
        _ => {
            let from = any(rng);
            (format!("{from}00"), from)
        }
    }
}

fn transaction(
    rng: &mut Rng,
    draft: &mut Draft,
    money: &Amount,
    (code, kind): (&str, Kind),
    style: &Style,
) {
    let (types, account) = accounts(rng, kind);
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
        Approval::Approved if rng.percent(5) && super::draws("1987-response-85") => {
            draft.put(39, "85");
        }
        Approval::Approved => draft.put(39, rng.pick(&APPROVED)),
        Approval::PartiallyApproved => {
            draft.put(39, "10");
            if style.additional_amounts {
                partial(rng, draft, money, &account);
            }
        }
        Approval::Declined => draft.put(39, rng.pick(&DECLINED)),
    }
    shared::authorisation(rng, draft, approval);
    if kind == Kind::PurchaseWithCashback && rng.percent(70) && money.minor_units > 1 {
        let cash = money.with(money.minor_units / 2);
        if style.has_cash_field {
            draft.put(57, cash.twelve());
        } else if style.additional_amounts {
            draft.put(54, shared::block(&account, "40", &cash).replacen('C', "D", 1));
        }
        if style.has_cash_field || style.additional_amounts {
            draft.want("cashback", cash.said());
        }
    }
    if style.additional_amounts {
        shared::balances(rng, draft, &account, money);
    }
    fee(rng, draft, money);
}

/// DE28: a fee that the cardholder pays (D); one that the cardholder is given (C) is none.
fn fee(rng: &mut Rng, draft: &mut Draft, money: &Amount) {
    draft.want("fee", "");
    if rng.percent(15) {
        let fee = money.with(rng.between(1, 99_999_999));
        let sign = rng.pick(&["D", "C"]);
        draft.put(28, format!("{sign}{:08}", fee.minor_units));
        if sign == "D" {
            draft.want("fee", fee.said());
        }
    }
}

/// DE4 is what was approved; DE54's amount type 57 is what was asked for.
fn partial(rng: &mut Rng, draft: &mut Draft, money: &Amount, account: &str) {
    if rng.percent(80) {
        let asked = money.with(money.minor_units + rng.between(1, 100_000));
        draft.put(54, shared::block(account, "57", &asked));
        draft.want("original_amount", asked.said());
    }
}

/// 04xx: DE90 names the original; with DE95 a part of its amount stays.
fn reversal(rng: &mut Rng, draft: &mut Draft, money: &Amount) {
    let (code, original) = rng.pick(&ORIGINALS);
    draft.want("original_kind", original);
    let (types, _) = accounts(rng, original);
    draft.put(3, format!("{code}{types}"));
    let is_advice = draft.sheet.mti.as_bytes()[2] == b'2';
    let approval = if !is_advice && rng.percent(15) {
        draft.put(39, rng.pick(&["12", "91", "96"]));
        Approval::Declined
    } else {
        if !is_advice || rng.percent(30) {
            draft.put(39, "00");
        }
        Approval::Approved
    };
    draft.want_approval(approval);
    shared::authorisation(rng, draft, approval);
    draft.want("balance", "");
    if rng.percent(80) {
        let stan = format!("{:06}", rng.between(1, 999_999));
        let time = format!("{:02}{:02}101112", rng.between(1, 12), rng.between(1, 28));
        draft.put(90, format!("0200{stan}{time}{:0>11}{:0>11}", rng.digits(8), rng.digits(6)));
        draft.want("original_stan", stan);
    }
    if rng.percent(30) && money.minor_units > 1 {
        let stays = money.with(rng.between(1, money.minor_units - 1));
        draft.put(95, format!("{}{:012}C00000000C00000000", stays.twelve(), 0));
        draft.want("amount", money.with(money.minor_units - stays.minor_units).said());
        draft.want("original_amount", money.said());
    } else if rng.percent(10) {
        // Zeros: nothing stays.
        draft.put(95, format!("{}C00000000C00000000", "0".repeat(24)));
    }
}
