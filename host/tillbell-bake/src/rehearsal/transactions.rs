//! Transactions that a bundle's texts are tried on: each kind, in many circumstances.

use tillbell::{Error, ErrorKind, Manifest, Result};
use tillbell_transaction::{Approval, Kind, Money, Record, Timestamp, Transaction, json};

/// What is changed of the usual transaction, and how it is called.
type Circumstance = (&'static str, fn(&mut Transaction));

/// What happens to purchases, and to all others: currencies of no, two and three
/// decimals, sums from nothing to the largest, balances below zero, clocks and calendars
/// to 2099, fields that are absent.
const CIRCUMSTANCES: [Circumstance; 37] = [
    ("as usual", |_| ()),
    ("in USD", |transaction| in_currency(transaction, "USD")),
    ("in EUR", |transaction| in_currency(transaction, "EUR")),
    ("in INR", |transaction| in_currency(transaction, "INR")),
    ("in JPY", |transaction| in_currency(transaction, "JPY")),
    ("in KRW", |transaction| in_currency(transaction, "KRW")),
    ("in KWD", |transaction| in_currency(transaction, "KWD")),
    ("in THB, of a balance in CNY", |transaction| {
        in_currency(transaction, "THB");
        transaction.balance = money(1_234_567, "CNY");
        transaction.fee = money(150, "CNY");
    }),
    ("of the smallest amount", |transaction| of_amount(transaction, 1)),
    ("of a round amount", |transaction| of_amount(transaction, 100_000)),
    ("of a large amount", |transaction| of_amount(transaction, 123_456_789)),
    ("of the largest amount", |transaction| of_amount(transaction, 99_999_999_999)),
    ("with a balance of zero", |transaction| transaction.balance = money(0, "CNY")),
    ("with a negative balance", |transaction| transaction.balance = money(-123_456, "CNY")),
    ("on New Year's morning", |transaction| at(transaction, "2027-01-01T00:00:00+08:00")),
    ("late in 2026", |transaction| at(transaction, "2026-12-31T23:59:59+08:00")),
    ("in UTC", |transaction| at(transaction, "2026-11-20T04:03:15Z")),
    ("in Kathmandu", |transaction| at(transaction, "2026-11-20T09:48:15+05:45")),
    ("on a leap day", |transaction| at(transaction, "2028-02-29T10:10:10-05:00")),
    ("in 2030", |transaction| at(transaction, "2030-10-10T10:10:10+08:00")),
    ("in 2099", |transaction| at(transaction, "2099-12-31T23:59:59+08:00")),
    ("approved in part", |transaction| {
        transaction.approval = Approval::PartiallyApproved;
        transaction.original_amount = money(20_000, "CNY");
    }),
    ("approved in part in another currency", |transaction| {
        transaction.approval = Approval::PartiallyApproved;
        transaction.original_amount = money(2_000, "USD");
    }),
    ("declined", |transaction| transaction.approval = Approval::Declined),
    ("of a part", |transaction| transaction.original_amount = money(45_000, "CNY")),
    ("of which the original is unknown", |transaction| {
        transaction.original_kind = None;
        transaction.original_amount = None;
    }),
    ("of a refund", |transaction| of_original(transaction, Kind::Refund)),
    ("of a hold", |transaction| of_original(transaction, Kind::PreAuthorisation)),
    ("of a deposit", |transaction| of_original(transaction, Kind::Deposit)),
    ("without money beside the amount", |transaction| {
        (transaction.fee, transaction.balance) = (None, None);
    }),
    ("without references", |transaction| {
        transaction.rrn.clear();
        transaction.stan.clear();
        transaction.authorisation_code.clear();
    }),
    ("of an unknown shop", |transaction| {
        transaction.merchant.name.clear();
        transaction.merchant.city.clear();
        transaction.merchant.address = None;
        transaction.merchant.id.clear();
        transaction.merchant.terminal.clear();
    }),
    ("of an unknown person", |transaction| {
        let cardholder = &mut transaction.cardholder;
        (cardholder.name, cardholder.id_number, cardholder.account) = (None, None, None);
        transaction.counterparty = None;
    }),
    ("of an unknown brand", |transaction| {
        transaction.card.brand.clear();
        transaction.card.issuer.clear();
    }),
    ("at a shop with a number", |transaction| {
        transaction.merchant.name = "7-ELEVEN 1042".into();
        transaction.merchant.city = "上海".into();
    }),
    ("with references of letters", |transaction| {
        transaction.rrn = "6A32B0817C55".into();
        transaction.authorisation_code = "T0A1B2".into();
        transaction.merchant.terminal = "POS00042".into();
    }),
    ("to an account", |transaction| {
        transaction.counterparty = Some("6217000090817264535".into());
    }),
];

/// One transaction, and how it is told of: "a refund in JPY".
pub(crate) struct Rehearsed {
    pub(crate) label: String,
    pub(crate) transaction: Transaction,
}

/// Makes all of them, of a card of this bundle.
///
/// # Errors
/// [`ErrorKind::Host`] if one is no transaction, which is a mistake of ours.
pub(crate) fn all(manifest: &Manifest) -> Result<Vec<Rehearsed>> {
    let usual = usual(manifest).map_err(|detail| {
        Error::new(ErrorKind::Host, format!("cannot make a transaction to rehearse: {detail}"))
    })?;
    let mut rehearsed = Vec::with_capacity(Kind::ALL.len() * CIRCUMSTANCES.len());
    for (label, change) in CIRCUMSTANCES {
        for kind in Kind::ALL {
            let mut transaction = of_kind(&usual, *kind);
            change(&mut transaction);
            if *kind == Kind::Verification {
                transaction.amount =
                    money(0, transaction.amount.currency()).unwrap_or(transaction.amount);
            }
            let label = format!("{} {label}", kind.as_str());
            rehearsed.push(Rehearsed { label, transaction });
        }
    }
    Ok(rehearsed)
}

fn usual(manifest: &Manifest) -> std::result::Result<Transaction, String> {
    let bin = manifest.bin_ranges.first().ok_or("the bundle has no cards")?.first();
    let text = serde_json::json!({
        "id": "rehearsal", "kind": "purchase", "approval": "approved",
        "amount": {"minor_units": 12_850, "currency": "CNY"},
        "fee": {"minor_units": 150, "currency": "CNY"},
        "balance": {"minor_units": 1_234_567, "currency": "CNY"},
        "time": "2026-11-20T12:03:15+08:00",
        "card": {"bin": bin.to_string(), "last4": "0018", "token": "rehearsal", "issuer": "Example Bank"},
        "cardholder": {
            "name": "Zhang San", "phone": "+8613800138000", "email": "name@mail.example",
            "id_number": "110101199003070134", "account": "62284800009081726",
        },
        "merchant": {
            "name": "BLUE BOTTLE COFFEE", "city": "BEIJING", "country": "CN",
            "address": "1 Jianguo Road", "id": "104110548991234", "terminal": "10000001",
            "category": "5411", "phone": "+861065551234",
        },
        "entry_mode": "chip", "rrn": "632412345678", "stan": "345678",
        "authorisation_code": "A1B2C3",
    });
    match json::read(text.to_string().as_bytes()) {
        Ok(Record::Transaction(transaction)) => Ok(*transaction),
        Ok(Record::Ignored(_)) => Err("it is ignored".into()),
        Err(error) => Err(error.to_string()),
    }
}

/// The same of another kind, with what only such have.
fn of_kind(usual: &Transaction, kind: Kind) -> Transaction {
    let mut transaction = usual.clone();
    transaction.kind = kind;
    let original = match kind {
        Kind::Reversal | Kind::Void => Some(12_850),
        Kind::Adjustment => Some(10_000),
        _ => None,
    };
    transaction.original_kind = original.map(|_| Kind::Purchase);
    transaction.original_amount = original.and_then(|units| money(units, "CNY"));
    if matches!(kind, Kind::Transfer | Kind::Payment) {
        transaction.counterparty = Some("Li Si".into());
    }
    transaction
}

fn money(minor_units: i64, currency: &str) -> Option<Money> {
    Money::new(minor_units, currency).ok()
}

fn in_currency(transaction: &mut Transaction, currency: &str) {
    let amounts = [
        Some(&mut transaction.amount),
        transaction.original_amount.as_mut(),
        transaction.fee.as_mut(),
        transaction.balance.as_mut(),
    ];
    for amount in amounts.into_iter().flatten() {
        *amount = money(amount.minor_units(), currency).unwrap_or(*amount);
    }
}

fn of_amount(transaction: &mut Transaction, minor_units: i64) {
    let currency = transaction.amount.currency();
    transaction.amount = money(minor_units, currency).unwrap_or(transaction.amount);
    // What was taken back whole still is.
    if matches!(transaction.kind, Kind::Reversal | Kind::Void) {
        transaction.original_amount = Some(transaction.amount);
    }
}

fn at(transaction: &mut Transaction, time: &str) {
    transaction.time = Timestamp::parse(time).unwrap_or(transaction.time);
}

fn of_original(transaction: &mut Transaction, kind: Kind) {
    if transaction.original_kind.is_some() {
        transaction.original_kind = Some(kind);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_circumstance_changes_some_kind() {
        let manifest = Manifest::parse(
            "id = \"a\"\nversion = \"1\"\nrelease = 1\nbin-ranges = [\"621626\"]\n\
             signature = \"A:\"\nhotline = \"95500\"\nmax-segments = 2\nlocale = \"en\"\n\
             [router]\ncomponent = \"a\"\n[masker]\ncomponent = \"a\"\n[renderer]\ncomponent = \"a\"\n",
        )
        .unwrap();
        let all = all(&manifest).unwrap();
        assert_eq!(all.len(), CIRCUMSTANCES.len() * Kind::ALL.len());
        let texts: Vec<Vec<_>> = all
            .chunks(Kind::ALL.len())
            .map(|kinds| {
                kinds.iter().map(|one| json::write_transaction(&one.transaction)).collect()
            })
            .collect();
        for (index, one) in texts.iter().enumerate() {
            assert!(!texts[..index].contains(one), "{}", CIRCUMSTANCES[index].0);
        }
        for one in &all {
            assert!(manifest.bin_ranges[0].first() == one.transaction.card.bin);
        }
    }
}
