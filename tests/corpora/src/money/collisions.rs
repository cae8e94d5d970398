//! Wrong numbers that happen to have the digits of another fact.

use crate::layouts::facts::Facts;
use crate::{Party, Sender};

/// The fact whose digits the number has; "composed" where it can be read as
/// several facts in a row.
pub fn find(number: &str, facts: &Facts, sender: &Sender, party: Party) -> Option<&'static str> {
    let mut digits = String::new();
    let mut edges = vec![];
    for c in number.chars() {
        if c.is_ascii_digit() {
            digits.push(c);
        } else if !digits.is_empty() {
            edges.push(digits.len());
        }
    }
    edges.push(digits.len());
    let pieces = pieces(facts, sender);
    if let Some((name, _)) = pieces.iter().find(|(_, piece)| *piece == digits) {
        return Some(name);
    }
    let part =
        [facts.time.year, facts.time.month, facts.time.day, facts.time.hour, facts.time.minute];
    if number == digits && part.iter().any(|part| part.to_string() == digits) {
        return Some("date-part");
    }
    let sums = sums(facts, party);
    is_composed(&digits, 0, &edges, &pieces, &sums, &mut Vec::new()).then_some("composed")
}

type Pieces = Vec<(&'static str, String)>;

/// Whether the digits from `at` on are pieces of different facts.
fn is_composed(
    digits: &str,
    at: usize,
    edges: &[usize],
    pieces: &Pieces,
    sums: &Pieces,
    used: &mut Vec<&'static str>,
) -> bool {
    if at == digits.len() {
        return true;
    }
    if used.len() == 4 {
        return false;
    }
    let is_edge = at == 0 || edges.contains(&at);
    for (list, needs_edges) in [(pieces, false), (sums, true)] {
        for (name, piece) in list {
            let end = at + piece.len();
            let fits = piece.len() > usize::from(!needs_edges)
                && digits[at..].starts_with(piece.as_str())
                && !used.contains(name)
                && piece.len() != digits.len()
                && (!needs_edges || (is_edge && edges.contains(&end)));
            if !fits {
                continue;
            }
            used.push(name);
            let is_found = is_composed(digits, end, edges, pieces, sums, used);
            used.pop();
            if is_found {
                return true;
            }
        }
    }
    false
}

fn sums(facts: &Facts, party: Party) -> Pieces {
    let mut found = Pieces::new();
    let names = ["amount", "original", "fee", "balance", "threshold"];
    let moneys =
        [Some(facts.amount), facts.original_amount, facts.fee, facts.balance, facts.threshold];
    for (name, money) in names.into_iter().zip(moneys) {
        let Some(money) = money else { continue };
        if party == Party::Merchant && matches!(name, "fee" | "balance" | "threshold") {
            continue;
        }
        let unit = 10_u64.pow(money.currency.exponent.into());
        let minor = money.minor.unsigned_abs();
        if minor.is_multiple_of(unit) {
            found.push((name, (minor / unit).to_string()));
        }
    }
    found
}

fn pieces(facts: &Facts, sender: &Sender) -> Pieces {
    let time = facts.time;
    let mut found: Pieces = vec![("last4", facts.last4.clone()), ("bin", facts.bin.clone())];
    let twelve = (time.hour + 11) % 12 + 1;
    for hour in [time.hour, twelve] {
        for hour in [format!("{hour:02}"), hour.to_string()] {
            found.push(("clock", format!("{hour}{:02}", time.minute)));
            found.push(("clock", format!("{hour}{:02}{:02}", time.minute, time.second)));
        }
    }
    let hijri = time.hijri();
    dates(&mut found, time.month, time.day, &[time.year, time.year + 543]);
    dates(&mut found, time.month, time.day, &[time.year - 1911, time.year - 2018]);
    dates(&mut found, hijri.1, hijri.2, &[hijri.0]);
    for (name, value) in [
        ("rrn", &facts.rrn),
        ("stan", &facts.stan),
        ("authorisation-code", &facts.authorisation_code),
        ("terminal", &facts.terminal),
        ("merchant-id", &facts.merchant_id),
        ("counterparty", &facts.counterparty),
    ] {
        if !value.is_ascii() || value.len() < 4 {
            continue;
        }
        for start in 0..=value.len() - 4 {
            let tail = &value[start..];
            if tail.bytes().all(|byte| byte.is_ascii_digit()) {
                found.push((name, tail.into()));
            }
        }
    }
    let numbers = std::iter::once(&sender.hotline).chain(&sender.numbers);
    for number in numbers {
        found.push(("hotline", number.chars().filter(char::is_ascii_digit).collect()));
    }
    for name in [&facts.merchant, &facts.counterparty, &facts.city] {
        let head: String = name.chars().take_while(char::is_ascii_digit).collect();
        if head.len() > 1 {
            found.push(("name", head));
        }
    }
    found
}

fn dates(found: &mut Pieces, month: i64, day: i64, years: &[i64]) {
    let months = [format!("{month:02}"), month.to_string()];
    for month in &months {
        for day in [format!("{day:02}"), day.to_string()] {
            let orders = [format!("{month}{day}"), format!("{day}{month}")];
            for order in orders {
                for year in years {
                    for year in [year.to_string(), format!("{:02}", year % 100)] {
                        found.push(("date", format!("{year}{order}")));
                        found.push(("date", format!("{order}{year}")));
                    }
                }
                found.push(("date", order));
            }
        }
    }
}
