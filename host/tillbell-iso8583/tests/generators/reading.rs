//! What the decoder says, by the names that the generators use.

use tillbell_transaction::{Kind, Money, Transaction};

/// A fact of a transaction as text; empty where it is not known.
pub(crate) fn fact(transaction: &Transaction, name: &str) -> String {
    let money = |money: &Option<Money>| money.map(|money| money.to_string()).unwrap_or_default();
    match name {
        "kind" => transaction.kind.to_string(),
        "original_kind" => transaction.original_kind.map_or("", Kind::as_str).into(),
        "approval" => transaction.approval.to_string(),
        "amount" => transaction.amount.to_string(),
        "original_amount" => money(&transaction.original_amount),
        "fee" => money(&transaction.fee),
        "balance" => money(&transaction.balance),
        "cashback" => money(&transaction.cashback),
        "time" => transaction.time.to_string(),
        "bin" => transaction.card.bin.to_string(),
        "last4" => transaction.card.last4.to_string(),
        "name" => transaction.merchant.name.clone(),
        "city" => transaction.merchant.city.clone(),
        "country" => transaction.merchant.country.clone(),
        "merchant" => transaction.merchant.id.clone(),
        "terminal" => transaction.merchant.terminal.clone(),
        "category" => transaction.merchant.category.clone(),
        "entry_mode" => transaction.entry_mode.to_string(),
        "rrn" => transaction.rrn.clone(),
        "stan" => transaction.stan.clone(),
        "original_stan" => transaction.original_stan.clone().unwrap_or_default(),
        "authorisation_code" => transaction.authorisation_code.clone(),
        "acquirer" => transaction.acquirer.clone(),
        other => panic!("no fact is named {other}"),
    }
}
