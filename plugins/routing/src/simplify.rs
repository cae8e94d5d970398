//! Rewrites a checked condition into one that is cheaper to evaluate and means
//! the same: what can be known when a bundle is baked is not found out for
//! every transaction.

use cel::common::ast::{CallExpr, EntryExpr, Expr, LiteralValue, operators};
use cel::common::types::{CelInt, CelList, CelString};
use cel::common::value::Val;
use cel::parser::Expression;

use crate::{check, narrow};

/// The lists of literals in conditions, made once; a condition refers to one by
/// `@` and its index.
pub(crate) type Lists = Vec<CelList<'static>>;

/// The first character of a list's name.
pub(crate) const LIST_SIGIL: char = '@';

/// Takes out of a condition what its kinds already say: what is left has to be
/// evaluated for those kinds only. None if nothing is left.
pub(crate) fn without_kinds(expression: Expression) -> Option<Expression> {
    if narrow::is_only_about(&expression, "kind") {
        return None;
    }
    let Expression { id, expr } = expression;
    match expr {
        Expr::Call(CallExpr { func_name, target: None, mut args })
            if func_name == operators::LOGICAL_AND && args.len() == 2 =>
        {
            let (right, left) = (args.pop()?, args.pop()?);
            match (without_kinds(left), without_kinds(right)) {
                (Some(left), Some(right)) => {
                    let args = vec![left, right];
                    let expr = Expr::Call(CallExpr { func_name, target: None, args });
                    Some(Expression { id, expr })
                }
                (left, right) => left.or(right),
            }
        }
        expr => Some(Expression { id, expr }),
    }
}

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
        Expr::Map(map) => {
            for entry in &mut map.entries {
                if let EntryExpr::MapEntry(entry) = &mut entry.expr {
                    simplify(&mut entry.value, lists);
                }
            }
        }
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
