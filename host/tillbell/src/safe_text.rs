//! The host's own words, for when a plugin failed: amount, time, last four
//! digits and hotline, in the bundle's language or English.
//!
//! Nothing in it comes from a plugin or from text of the source, so there is
//! nothing in it that the guard could object to but the bank's own signature.

use tillbell_transaction::{Approval, Kind, Transaction};

use crate::Manifest;
use crate::guard::Sender;

/// The template name that messages with these words carry.
pub(crate) const TEMPLATE: &str = "host:safe";

/// Writes the message.
pub(crate) fn write(transaction: &Transaction, manifest: &Manifest) -> String {
    let Manifest { sender: Sender { signature, hotline, .. }, locale, .. } = manifest;
    let amount = format!("{} {}", transaction.amount.currency(), transaction.amount.decimal());
    let last4 = transaction.card.last4;
    let time = transaction.time.to_string();
    // RFC 3339 begins with the local date and time.
    let (day, clock) = (&time[..10], &time[11..19]);
    let declined = transaction.approval == Approval::Declined;
    if locale == "zh" || locale.starts_with("zh-") {
        let kind = if declined { "交易未成功" } else { in_chinese(transaction.kind) };
        format!(
            "{signature}您尾号{last4}的卡{day} {clock}{kind}{amount}。如有疑问请致电{hotline}。"
        )
    } else {
        let kind = if declined { "declined" } else { in_english(transaction.kind) };
        let space = if signature.is_empty() { "" } else { " " };
        format!(
            "{signature}{space}Card ending {last4}: {kind} {amount} on {day} {clock}. \
             Questions? Call {hotline}."
        )
    }
}

fn in_chinese(kind: Kind) -> &'static str {
    match kind {
        Kind::Purchase | Kind::PurchaseWithCashback => "消费",
        Kind::CashWithdrawal => "取现",
        Kind::Refund => "退款",
        Kind::Void => "撤销",
        Kind::PreAuthorisation => "预授权",
        Kind::Completion => "预授权完成",
        Kind::Deposit => "存款",
        Kind::Payment => "缴费",
        Kind::Transfer => "转账",
        Kind::Reversal => "冲正",
        Kind::Inquiry => "查询",
        Kind::Adjustment => "金额变更为",
        Kind::Verification => "验证卡片",
    }
}

fn in_english(kind: Kind) -> &'static str {
    match kind {
        Kind::Purchase | Kind::PurchaseWithCashback => "purchase",
        Kind::CashWithdrawal => "cash withdrawal",
        Kind::Refund => "refund",
        Kind::Void => "void",
        Kind::PreAuthorisation => "amount held",
        Kind::Completion => "held amount debited",
        Kind::Deposit => "deposit",
        Kind::Payment => "payment",
        Kind::Transfer => "transfer",
        Kind::Reversal => "reversal",
        Kind::Inquiry => "inquiry",
        Kind::Adjustment => "amount changed to",
        Kind::Verification => "card check",
    }
}
