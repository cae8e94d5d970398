//! Rhai: `scripts/rhai`, parsed and optimised beforehand; each
//! transaction has a new scope.

use rhai::{AST, Array, CallFnOptions, Dynamic, ImmutableString, Map, OptimizationLevel, Scope};
use tillbell_bench_wire::{Message, Verdict};
use tillbell_transaction::Transaction;

use crate::contender::{Contender, SHOWN, Shown};
use crate::fields::{Fields, fill};

const SCRIPT: &str = concat!(
    include_str!("../scripts/rhai/rules.rhai"),
    include_str!("../scripts/rhai/masking.rhai"),
    include_str!("../scripts/rhai/wording.rhai"),
);

/// The engine with the script's tree. Functions of Rhai share nothing but their
/// arguments, so there is no state to be kept or thrown away.
pub(crate) struct Engine {
    engine: rhai::Engine,
    tree: AST,
}

impl Engine {
    pub(crate) fn start() -> Self {
        let mut engine = rhai::Engine::new();
        engine.set_optimization_level(OptimizationLevel::Full);
        engine.set_max_expr_depths(0, 0);
        engine.register_fn("calendar", calendar);
        let tree = engine.compile(SCRIPT).expect("a script that compiles");
        Self { engine, tree }
    }
}

impl Contender for Engine {
    fn shown(&mut self, transaction: &Transaction, party: &str) -> Option<Shown> {
        let mut form = Form(Map::new());
        fill(&mut form, transaction);
        let options = CallFnOptions::new().eval_ast(false);
        let arguments = (form.0, ImmutableString::from(party));
        let mut view: Map = self
            .engine
            .call_fn_with_options(options, &mut Scope::new(), &self.tree, "shown", arguments)
            .expect("the script runs");
        Some(SHOWN.map(|name| view.remove(name).and_then(|text| text.into_string().ok())))
    }

    fn answer(&mut self, transaction: &Transaction) -> Verdict {
        let mut form = Form(Map::new());
        fill(&mut form, transaction);
        let options = CallFnOptions::new().eval_ast(false);
        let mut verdict: Map = self
            .engine
            .call_fn_with_options(options, &mut Scope::new(), &self.tree, "answer", (form.0,))
            .expect("the script runs");
        let made = verdict.remove("messages").and_then(|made| made.into_array().ok());
        let messages = made.unwrap_or_default().into_iter().map(|message| {
            let mut message: Map = message.cast();
            let mut number = |key: &str| message.remove(key).and_then(|it| it.as_int().ok());
            let priority = number("priority").and_then(|it| u8::try_from(it).ok());
            let (not_before, expires_at) = (number("not_before"), number("expires_at"));
            Message {
                priority: priority.expect("a priority"),
                not_before,
                expires_at,
                party: text(&mut message, "party"),
                channel: text(&mut message, "channel"),
                template: text(&mut message, "template"),
                locale: text(&mut message, "locale"),
                text: text(&mut message, "text"),
            }
        });
        let messages = messages.collect();
        Verdict {
            decision: text(&mut verdict, "decision"),
            reason: text(&mut verdict, "reason"),
            rule: text(&mut verdict, "rule"),
            messages,
        }
    }
}

fn text(map: &mut Map, key: &str) -> String {
    map.remove(key).and_then(|it| it.into_string().ok()).expect("a text of the verdict")
}

/// Month, day, hour, minute and second, from seconds since 1970 on that clock:
/// Rhai has no calendar of its own. The days' arithmetic is Howard Hinnant's.
fn calendar(seconds: i64) -> Array {
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let of_era = (days + 719_468).rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    [month, day, second / 3_600, second / 60 % 60, second % 60].map(Dynamic::from_int).into()
}

struct Form(Map);

impl Fields for Form {
    fn text(&mut self, key: &'static str, value: &str) {
        self.0.insert(key.into(), ImmutableString::from(value).into());
    }

    fn number(&mut self, key: &'static str, value: i64) {
        self.0.insert(key.into(), Dynamic::from_int(value));
    }

    fn list(&mut self, key: &'static str, values: &[&str]) {
        let list: Array = values.iter().map(|value| ImmutableString::from(*value).into()).collect();
        self.0.insert(key.into(), list.into());
    }

    fn within(&mut self, key: &'static str, fill: impl FnOnce(&mut Self)) {
        let mut inner = Self(Map::new());
        fill(&mut inner);
        self.0.insert(key.into(), inner.0.into());
    }
}
