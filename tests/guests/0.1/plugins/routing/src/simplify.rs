//! Rewrites what is left to CEL of a checked condition into what is cheaper to
//! evaluate and means the same: what can be known when a bundle is baked is not
//! found out for every transaction.

use cel::common::ast::{Expr, LiteralValue};
use cel::common::types::{CelInt, CelList, CelString};
use cel::common::value::Val;
use cel::parser::Expression;

use crate::check;

/// The lists of literals in conditions, made once; a condition refers to one by
/// `@` and its index.
pub(crate) type Lists = Vec<CelList<'static>>;

/// The first character of a list's name.
pub(crate) const LIST_SIGIL: char = '@';

/// Puts literals for `money()`, one name for `a.b` and a made list for a list
/// of literals.
pub(crate) fn simplify(expression: &mut Expression, lists: &mut Lists) {
    if let Some(simple) = simpler(expression, lists) {
        expression.expr = simple;
        return;
    }
    match &mut expression.expr {
        Expr::Call(call) => {
            if let Some(target) = &mut call.target {
                simplify(target, lists);
            }
            call.args.iter_mut().for_each(|argument| simplify(argument, lists));
        }
        Expr::Comprehension(each) => {
            let parts = [
                &mut each.iter_range,
                &mut each.accu_init,
                &mut each.loop_cond,
                &mut each.loop_step,
                &mut each.result,
            ];
            parts.into_iter().for_each(|part| simplify(part, lists));
        }
        Expr::List(list) => list.elements.iter_mut().for_each(|part| simplify(part, lists)),
        _ => {}
    }
}

fn simpler(expression: &Expression, lists: &mut Lists) -> Option<Expr> {
    match &expression.expr {
        Expr::Call(call) if call.func_name == "money" && call.target.is_none() => {
            let (_, units) = check::amount(&call.args).ok()?;
            Some(Expr::Literal(LiteralValue::Int(CelInt::from(units))))
        }
        Expr::Select(_) => check::qualified(expression).map(Expr::Ident),
        Expr::List(list) => {
            let values: Option<Vec<Box<dyn Val>>> = list.elements.iter().map(literal).collect();
            lists.push(CelList::from(values?));
            Some(Expr::Ident(format!("{LIST_SIGIL}{}", lists.len() - 1)))
        }
        _ => None,
    }
}

fn literal(expression: &Expression) -> Option<Box<dyn Val>> {
    match &expression.expr {
        Expr::Literal(LiteralValue::Int(number)) => Some(Box::new(*number)),
        Expr::Literal(LiteralValue::String(text)) => {
            Some(Box::new(CelString::from(text.inner().to_owned())))
        }
        _ => None,
    }
}
