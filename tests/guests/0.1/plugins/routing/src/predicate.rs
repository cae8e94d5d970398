//! A checked condition in the form in which it is evaluated.
//!
//! Most conditions are made of a few shapes: a fact compared with literals,
//! joined by `&&`, `||` and `!`. These are evaluated here, in a tenth of the time
//! of an interpreter; whatever else CEL can say is left to CEL.

use cel::common::ast::{CallExpr, Expr, LiteralValue, operators};
use cel::common::types::CelBool;
use cel::parser::Expression;
use cel::{Context, ExecutionError, Value};

use crate::facts::{Scope, Seen};
use crate::simplify::{self, Lists};
use crate::vocabulary::{self, Type};
use crate::{check, narrow};

/// A condition, or a part of one.
pub(crate) enum Predicate {
    All(Vec<Predicate>),
    Any(Vec<Predicate>),
    Not(Box<Predicate>),
    /// A fact that is itself a truth.
    Truth(String),
    Text {
        fact: String,
        one_of: Vec<String>,
    },
    Number {
        fact: String,
        compare: fn(&i64, &i64) -> bool,
        with: i64,
    },
    Cel(Expression),
}

impl Predicate {
    /// Makes one of an expression that is a truth.
    pub(crate) fn of(mut expression: Expression, lists: &mut Lists) -> Self {
        if let Expr::Literal(LiteralValue::Boolean(truth)) = &expression.expr {
            return if truth.into_inner() { Self::All(Vec::new()) } else { Self::Any(Vec::new()) };
        }
        if let Some(fact) = fact_of(&expression, Type::Truth) {
            return Self::Truth(fact);
        }
        if let Expr::Call(call) = &mut expression.expr
            && call.target.is_none()
        {
            let join: Option<fn(Vec<Self>) -> Self> = match call.func_name.as_str() {
                operators::LOGICAL_AND => Some(Self::All),
                operators::LOGICAL_OR => Some(Self::Any),
                operators::LOGICAL_NOT => Some(Self::none),
                _ => None,
            };
            if let Some(join) = join {
                let parts = std::mem::take(&mut call.args);
                return join(parts.into_iter().map(|part| Self::of(part, lists)).collect());
            }
            if let Some(comparison) = comparison(call) {
                return comparison;
            }
        }
        simplify::simplify(&mut expression, lists);
        Self::Cel(expression)
    }

    /// Whether it holds whatever the facts.
    pub(crate) fn is_always(&self) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(Self::is_always),
            Self::Any(parts) => parts.iter().any(Self::is_always),
            Self::Not(part) => part.is_never(),
            _ => false,
        }
    }

    fn is_never(&self) -> bool {
        match self {
            Self::All(parts) => parts.iter().any(Self::is_never),
            Self::Any(parts) => parts.iter().all(Self::is_never),
            Self::Not(part) => part.is_always(),
            _ => false,
        }
    }

    fn none(parts: Vec<Self>) -> Self {
        Self::Not(Box::new(Self::Any(parts)))
    }

    /// Whether it holds. As in CEL, an error on one side of `&&` or `||` does not
    /// matter where the other side decides.
    ///
    /// # Errors
    /// Says what could not be evaluated, without any value of the facts.
    pub(crate) fn holds(
        &self,
        scope: &Scope<'_>,
        context: &Context<'_, '_>,
    ) -> Result<bool, String> {
        match self {
            Self::All(parts) => decided(false, parts.iter().map(|part| part.holds(scope, context))),
            Self::Any(parts) => decided(true, parts.iter().map(|part| part.holds(scope, context))),
            Self::Not(part) => part.holds(scope, context).map(|truth| !truth),
            Self::Truth(fact) => match scope.see(fact) {
                Some(Seen::Truth(truth)) => Ok(truth),
                _ => Err(unknown(fact)),
            },
            Self::Text { fact, one_of } => match scope.see(fact) {
                Some(Seen::Text(text)) => Ok(one_of.iter().any(|one| *one == text)),
                _ => Err(unknown(fact)),
            },
            Self::Number { fact, compare, with } => match scope.see(fact) {
                Some(Seen::Number(number)) => Ok(compare(&number, with)),
                _ => Err(unknown(fact)),
            },
            Self::Cel(expression) => interpreted(expression, context),
        }
    }
}

/// The truth that decides if any part has it, else an error if any part has
/// one, else the other truth.
fn decided(
    decisive: bool,
    parts: impl Iterator<Item = Result<bool, String>>,
) -> Result<bool, String> {
    let mut result = Ok(!decisive);
    for part in parts {
        match part {
            Ok(truth) if truth == decisive => return Ok(decisive),
            Ok(_) => {}
            Err(_) if result.is_err() => {}
            Err(error) => result = Err(error),
        }
    }
    result
}

/// `fact == "a"`, `fact in ["a", "b"]`, `fact < 5`, `fact >= money("CNY 1.00")`.
fn comparison(call: &CallExpr) -> Option<Predicate> {
    let [left, right] = call.args.as_slice() else { return None };
    let operator = call.func_name.as_str();
    // The number of a card's range is made anew each time: left to CEL.
    if let Some(fact) = fact_of(left, Type::Text).filter(|fact| fact != "bin") {
        let one_of: Option<Vec<String>> = match (&right.expr, operator) {
            (Expr::List(list), operators::IN) => {
                list.elements.iter().map(|text| narrow::text(text).map(str::to_owned)).collect()
            }
            (_, operators::EQUALS | operators::NOT_EQUALS) => {
                narrow::text(right).map(|text| vec![text.to_owned()])
            }
            _ => None,
        };
        let text = Predicate::Text { fact, one_of: one_of? };
        return match operator {
            operators::NOT_EQUALS => Some(Predicate::Not(Box::new(text))),
            _ => Some(text),
        };
    }
    let fact = fact_of(left, Type::Number)?;
    let with = match &right.expr {
        Expr::Literal(LiteralValue::Int(number)) => *number.inner(),
        Expr::Call(call) if call.func_name == "money" => check::amount(&call.args).ok()?.1,
        _ => return None,
    };
    let compare = match operator {
        operators::EQUALS => i64::eq,
        operators::NOT_EQUALS => i64::ne,
        operators::LESS => i64::lt,
        operators::LESS_EQUALS => i64::le,
        operators::GREATER => i64::gt,
        operators::GREATER_EQUALS => i64::ge,
        _ => return None,
    };
    Some(Predicate::Number { fact, compare, with })
}

fn fact_of(expression: &Expression, of: Type) -> Option<String> {
    check::qualified(expression).filter(|name| vocabulary::fact(name) == Some(of))
}

fn interpreted(expression: &Expression, context: &Context<'_, '_>) -> Result<bool, String> {
    let value = Value::resolve_val(expression, context).map_err(|error| described(&error))?;
    match value.downcast_ref::<CelBool>() {
        Some(truth) => Ok(*truth.inner()),
        None => Err("is not true or false".into()),
    }
}

/// The error's words without values of the facts.
fn described(error: &ExecutionError) -> String {
    match error {
        ExecutionError::Overflow(..) => "a number overflows".into(),
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => {
            "division by zero".into()
        }
        ExecutionError::NoSuchOverload(overload) => overload.to_string(),
        ExecutionError::UndeclaredReference(name) => unknown(name),
        _ => "cannot be evaluated".into(),
    }
}

/// A part of the time, where the host gave a time that no calendar has.
fn unknown(fact: &str) -> String {
    format!("{fact} is not known")
}
