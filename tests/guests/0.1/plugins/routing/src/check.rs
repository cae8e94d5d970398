//! Checks a condition before it is ever evaluated: names, types, known values,
//! amounts with their currency.
//!
//! CEL finds such faults when it evaluates, and some never: comparing values of
//! two types is simply false. Here they are found when a bundle is baked.

use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, LiteralValue, operators};
use cel::parser::Expression;

use crate::bare;
use crate::narrow::{self, allowed, both};
use crate::thresholds;
use crate::vocabulary::{self, Type};

/// How deep a condition may be nested.
pub(crate) const NESTING_MAX: u16 = 32;

/// How much of an unknown name is repeated.
const NAME_CHARACTERS_MAX: usize = 40;

/// What is wrong, and a word of the condition by which to find the place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) detail: String,
    pub(crate) word: Option<String>,
}

type Result<T> = std::result::Result<T, Fault>;

/// The currencies that a transaction can have at a place in a condition.
type Currencies<'e> = Option<Vec<&'e str>>;

/// Checks that a condition is a truth over the facts.
pub(crate) fn check(expression: &Expression) -> Result<()> {
    let mut checker = Checker { loops: Vec::new(), nesting: 0 };
    let of = checker.type_of(expression, &None)?;
    match of {
        Type::Truth => Ok(()),
        other => fault(format!("is a value of type {}, not true or false", other.name()), None),
    }
}

struct Checker<'e> {
    /// The variables of the loops (`exists`, `all`) around a place.
    loops: Vec<(&'e str, Type)>,
    nesting: u16,
}

impl<'e> Checker<'e> {
    fn type_of(&mut self, expression: &'e Expression, known: &Currencies<'e>) -> Result<Type> {
        self.nesting += 1;
        if self.nesting > NESTING_MAX {
            return fault(format!("is nested deeper than {NESTING_MAX}"), None);
        }
        let of = match &expression.expr {
            Expr::Literal(literal) => literal_type(literal),
            Expr::Ident(name) => self.name(name),
            Expr::Select(select) if !select.test => {
                let Some(name) = qualified(expression) else {
                    return fault("a field of a value that has none", Some(&select.field));
                };
                self.name(&name)
            }
            Expr::Select(select) => {
                let detail = "has(): every fact is there; an unknown one is \"\" or 0";
                fault(detail, Some(&select.field))
            }
            Expr::Call(call) => self.call(call, known),
            Expr::List(list) => self.list(&list.elements, known),
            Expr::Comprehension(comprehension) => self.comprehension(comprehension, known),
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                fault("maps and records have no use here", None)
            }
        };
        self.nesting -= 1;
        of
    }

    fn name(&self, name: &str) -> Result<Type> {
        let bound = self.loops.iter().rev().find(|(bound, _)| *bound == name).map(|(_, of)| *of);
        match bound.or_else(|| vocabulary::fact(name)) {
            Some(of) => Ok(of),
            None => {
                let word = name.rsplit('.').next();
                let shown: String = name.chars().take(NAME_CHARACTERS_MAX).collect();
                fault(format!("undeclared reference to {shown:?}{}", known_names(name)), word)
            }
        }
    }

    fn list(&mut self, elements: &'e [Expression], known: &Currencies<'e>) -> Result<Type> {
        let mut of = None;
        for element in elements {
            let next = self.type_of(element, known)?;
            if of.is_some_and(|of| of != next) {
                return fault("a list of values of different types", None);
            }
            of = Some(next);
        }
        match of {
            Some(Type::Text) => Ok(Type::Texts),
            Some(Type::Number) => Ok(Type::Numbers),
            Some(other) => fault(format!("a list of values of type {}", other.name()), None),
            None => fault("an empty list", None),
        }
    }

    fn call(&mut self, call: &'e CallExpr, known: &Currencies<'e>) -> Result<Type> {
        if call.target.is_none() {
            if let [left, right] = call.args.as_slice() {
                return self.binary(&call.func_name, left, right, known);
            }
            if call.func_name == "money" {
                return money(&call.args, known);
            }
        }
        let mut types = Vec::with_capacity(call.args.len() + 1);
        if let [condition, then, _] = call.args.as_slice()
            && call.func_name == operators::CONDITIONAL
        {
            types.push(self.type_of(condition, known)?);
            types.push(self.type_of(then, &both(known.clone(), allowed(condition, "currency")))?);
            types.push(self.type_of(&call.args[2], known)?);
        } else {
            for argument in call.target.as_deref().into_iter().chain(&call.args) {
                types.push(self.type_of(argument, known)?);
            }
        }
        let of = match (call.func_name.as_str(), types.as_slice()) {
            (operators::LOGICAL_NOT | operators::NOT_STRICTLY_FALSE, [Type::Truth]) => Type::Truth,
            (operators::NEGATE, [Type::Number]) => Type::Number,
            (operators::CONDITIONAL, [Type::Truth, then, other]) if then == other => *then,
            ("size", [Type::Text | Type::Texts | Type::Numbers]) => Type::Number,
            ("startsWith" | "endsWith" | "contains", [Type::Text, Type::Text])
                if call.target.is_some() =>
            {
                Type::Truth
            }
            ("size" | "startsWith" | "endsWith" | "contains", _) => {
                return mismatch(&call.func_name, &types);
            }
            (name, _) if operator_sign(name).is_some() => return mismatch(name, &types),
            (name, _) => {
                return fault(format!("undeclared reference to {name:?}"), Some(name));
            }
        };
        Ok(of)
    }

    fn binary(
        &mut self,
        operator: &str,
        left: &'e Expression,
        right: &'e Expression,
        known: &Currencies<'e>,
    ) -> Result<Type> {
        // Each side of `&&` only matters where the other side holds.
        let (left_known, right_known) = match operator {
            operators::LOGICAL_AND => (
                both(known.clone(), allowed(right, "currency")),
                both(known.clone(), allowed(left, "currency")),
            ),
            _ => (known.clone(), known.clone()),
        };
        let types = [self.type_of(left, &left_known)?, self.type_of(right, &right_known)?];
        known_values(left, right)?;
        known_values(right, left)?;
        match (operator, types) {
            (operators::LOGICAL_AND | operators::LOGICAL_OR, [Type::Truth, Type::Truth]) => {}
            (operators::EQUALS | operators::NOT_EQUALS, [left, right]) if left == right => {}
            (
                operators::LESS
                | operators::LESS_EQUALS
                | operators::GREATER
                | operators::GREATER_EQUALS,
                [Type::Number, Type::Number] | [Type::Text, Type::Text],
            ) => {}
            (operators::IN, [Type::Text, Type::Texts] | [Type::Number, Type::Numbers]) => {}
            (
                operators::ADD
                | operators::SUBSTRACT
                | operators::MULTIPLY
                | operators::DIVIDE
                | operators::MODULO,
                [Type::Number, Type::Number],
            ) => return Ok(Type::Number),
            (name, _) if operator_sign(name).is_some() => return mismatch(name, &types),
            (name, _) => return fault(format!("undeclared reference to {name:?}"), Some(name)),
        }
        Ok(Type::Truth)
    }

    /// `exists` and `all`, as CEL expands them.
    fn comprehension(
        &mut self,
        each: &'e ComprehensionExpr,
        known: &Currencies<'e>,
    ) -> Result<Type> {
        let variable = each.iter_var.as_str();
        if vocabulary::begins_fact(variable) {
            let detail = format!("{variable:?} is a fact and cannot name a list's elements");
            return fault(detail, Some(variable));
        }
        let element = match self.type_of(&each.iter_range, known)? {
            Type::Texts => Type::Text,
            Type::Numbers => Type::Number,
            other => return fault(format!("a loop over type {}", other.name()), Some(variable)),
        };
        if matches!(&each.accu_init.expr, Expr::List(_)) {
            return fault("map and filter have no use here", None);
        }
        let result = self.type_of(&each.accu_init, known)?;
        let outer = self.loops.len();
        self.loops.extend([(variable, element), (each.accu_var.as_str(), result)]);
        self.type_of(&each.loop_cond, known)?;
        self.type_of(&each.loop_step, known)?;
        let of = self.type_of(&each.result, known);
        self.loops.truncate(outer);
        of
    }
}

/// What follows a name that nothing has: the one that was meant, or all there are.
fn known_names(name: &str) -> String {
    let known = || vocabulary::FACTS.iter().map(|(fact, _)| *fact);
    match bare::meant(name, known()) {
        Some(meant) => format!("; did you mean {meant}?"),
        None => format!("; known are {}", known().collect::<Vec<_>>().join(", ")),
    }
}

/// `a.b` as one name.
pub(crate) fn qualified(expression: &Expression) -> Option<String> {
    match &expression.expr {
        Expr::Ident(name) => Some(name.clone()),
        Expr::Select(select) if !select.test => {
            Some(format!("{}.{}", qualified(&select.operand)?, select.field))
        }
        _ => None,
    }
}

/// The minor units of `money("CNY 100.00")`, and its currency.
pub(crate) fn amount(arguments: &[Expression]) -> Result<(&str, i64)> {
    let wanted = "money: wants a text such as \"CNY 100.00\"";
    let text = match arguments {
        [argument] => narrow::text(argument),
        _ => None,
    };
    let Some((currency, number)) = text.and_then(|text| text.split_once(' ')) else {
        return fault(wanted, Some("money"));
    };
    if !thresholds::is_currency(currency) {
        return fault(wanted, Some("money"));
    }
    match thresholds::minor_units(number, currency) {
        Some(units) => Ok((currency, units)),
        None => {
            let decimals = thresholds::exponent(currency);
            let detail = format!(
                "money: {number:?} is no amount in {currency}, which has {decimals} decimals"
            );
            fault(detail, Some("money"))
        }
    }
}

/// An amount may only stand where the transaction is in its currency.
fn money(arguments: &[Expression], known: &Currencies<'_>) -> Result<Type> {
    let (currency, _) = amount(arguments)?;
    match known {
        Some(known) if known.iter().all(|known| *known == currency) => Ok(Type::Number),
        _ => {
            let detail = format!("money: wants currency == {currency:?} && in front of it");
            fault(detail, Some("money"))
        }
    }
}

/// A fact that is limited to some values is only compared with these.
fn known_values(fact: &Expression, with: &Expression) -> Result<()> {
    let Some(name) = qualified(fact) else { return Ok(()) };
    let values = match &with.expr {
        Expr::List(list) => list.elements.iter().collect(),
        _ => vec![with],
    };
    for value in values {
        if let Some(text) = narrow::text(value) {
            let is_absent = text.is_empty() && vocabulary::may_be_absent(&name);
            let never = vocabulary::never(&name, text).filter(|_| !is_absent);
            if let Some(expected) = never {
                return fault(format!("{name} is never {text:?}; {expected}"), Some(text));
            }
        }
        if let Expr::Literal(LiteralValue::Int(number)) = &value.expr
            && let Some((least, most)) = vocabulary::range(&name)
            && !(least..=most).contains(number.inner())
        {
            let number = number.inner();
            let detail = format!("{name} is never {number}; it is {least} to {most}");
            return fault(detail, Some(&number.to_string()));
        }
    }
    Ok(())
}

fn literal_type(literal: &LiteralValue) -> Result<Type> {
    match literal {
        LiteralValue::Boolean(_) => Ok(Type::Truth),
        LiteralValue::Int(_) => Ok(Type::Number),
        LiteralValue::String(_) => Ok(Type::Text),
        LiteralValue::Double(_) => {
            fault("a number with decimals; an amount is written money(\"CNY 100.00\")", None)
        }
        LiteralValue::UInt(_) | LiteralValue::Bytes(_) | LiteralValue::Null => {
            fault("a literal that is no string, int or bool", None)
        }
    }
}

fn mismatch(operator: &str, types: &[Type]) -> Result<Type> {
    let types: Vec<&str> = types.iter().map(|of| of.name()).collect();
    let sign = operator_sign(operator).unwrap_or(operator);
    fault(format!("{sign:?} cannot be applied to {}", types.join(" and ")), Some(sign))
}

/// An operator as it is written.
fn operator_sign(name: &str) -> Option<&str> {
    match name {
        operators::CONDITIONAL => Some("?"),
        operators::IN => Some("in"),
        operators::INDEX => Some("["),
        operators::LOGICAL_NOT => Some("!"),
        operators::NEGATE => Some("-"),
        _ => name.strip_prefix('_')?.strip_suffix('_'),
    }
}

fn fault<T>(detail: impl Into<String>, word: Option<&str>) -> Result<T> {
    Err(Fault { detail: detail.into(), word: word.map(str::to_owned) })
}
