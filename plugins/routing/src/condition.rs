//! CEL conditions: compiled once, checked against sample facts, evaluated for
//! every transaction.

use cel::common::types::{CelBool, CelString};
use cel::parser::{Expression, PrattParser};
use cel::{Context, ExecutionError, FunctionContext, ParseErrors, Value};

use crate::facts::{NAMES, Scope};
use crate::thresholds;

/// How deep a condition may be nested.
const NESTING_MAX: u16 = 64;

/// The functions and operators that conditions may use.
pub(crate) struct Language(Context<'static, 'static>);

/// A compiled condition.
pub(crate) struct Condition(Expression);

/// What is wrong with a condition, and where in its text.
pub(crate) struct Mistake {
    /// The line within the condition, from 0.
    pub(crate) line: u32,
    pub(crate) detail: String,
}

impl Language {
    pub(crate) fn new() -> Self {
        let mut context = Context::default();
        // Cannot clash: CEL's own library has no `money`.
        let _ = context.add_function("money", money);
        Self(context)
    }

    /// Compiles a condition and checks its names.
    pub(crate) fn compile(&self, source: &str) -> Result<Condition, Mistake> {
        // The hand-written parser: the generated one would bring ANTLR's tables
        // and half a megabyte into the component.
        let expression = PrattParser::new()
            .max_recursion_depth(NESTING_MAX)
            .error_reporting_limit(1)
            .parse(source)
            .map_err(|errors| parse_mistake(&errors))?;
        for name in expression.references().variables() {
            if !NAMES.contains(&name) {
                let detail = format!("undeclared reference to {name:?}");
                return Err(Mistake { line: 0, detail });
            }
        }
        Ok(Condition(expression))
    }

    /// Whether a condition holds.
    pub(crate) fn holds(&self, condition: &Condition, scope: &Scope<'_>) -> Result<bool, String> {
        let mut context: Context<'_, '_> = self.0.new_inner_scope();
        context.set_variable_resolver(scope);
        let value =
            Value::resolve_val(&condition.0, &context).map_err(|error| described(&error))?;
        match value.downcast_ref::<CelBool>() {
            Some(truth) => Ok(*truth.inner()),
            None => Err("is not true or false".into()),
        }
    }
}

/// `money("CNY 100.00")`: minor units, if the transaction is in that currency.
fn money(context: &FunctionContext<'_, '_>) -> Result<Value, ExecutionError> {
    let amount = match context.args.as_slice() {
        [amount] => amount.downcast_ref::<CelString>().map(|text| text.inner().to_owned()),
        _ => None,
    };
    let amount = amount.ok_or_else(|| context.error("wants a text such as \"CNY 100.00\""))?;
    let (currency, number) = amount
        .split_once(' ')
        .filter(|(currency, _)| thresholds::is_currency(currency))
        .ok_or_else(|| context.error("wants a text such as \"CNY 100.00\""))?;
    let own = context.ptx.get_variable("currency");
    let own = own.as_ref().and_then(|own| own.downcast_ref::<CelString>()).map(CelString::inner);
    if own != Some(currency) {
        let detail = format!("wants currency == {currency:?} && in front of it");
        return Err(context.error(detail));
    }
    thresholds::minor_units(number, currency)
        .map(Value::Int)
        .ok_or_else(|| context.error(format!("{number:?} is no amount in {currency}")))
}

fn parse_mistake(errors: &ParseErrors) -> Mistake {
    match errors.errors.first() {
        Some(error) => Mistake {
            line: u32::try_from(error.pos.0 - 1).unwrap_or(0),
            detail: format!("{} (column {})", error.msg, error.pos.1),
        },
        None => Mistake { line: 0, detail: "cannot be compiled".into() },
    }
}

/// The error's words without values of the facts.
fn described(error: &ExecutionError) -> String {
    match error {
        ExecutionError::UndeclaredReference(name) => format!("undeclared reference to {name:?}"),
        ExecutionError::FunctionError { function, message } => format!("{function}: {message}"),
        ExecutionError::InvalidArgumentCount { expected, actual } => {
            format!("{actual} arguments where {expected} are expected")
        }
        ExecutionError::NoSuchOverload(overload) => overload.to_string(),
        _ => "cannot be evaluated: types that do not fit".into(),
    }
}
