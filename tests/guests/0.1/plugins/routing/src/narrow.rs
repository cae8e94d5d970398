//! What a condition says about a fact before it is evaluated: of which kinds
//! and in which currencies a transaction can be for the condition to hold.

use cel::common::ast::{CallExpr, Expr, LiteralValue, operators};
use cel::parser::Expression;

/// The values that the fact `name` can have where `expression` holds; none
/// where it can have any. Wide but never too narrow: with any other value the
/// expression is false, as CEL's `&&` and `||` are even beside an error.
pub(crate) fn allowed<'e>(expression: &'e Expression, name: &str) -> Option<Vec<&'e str>> {
    let Expr::Call(CallExpr { func_name, args, target: None }) = &expression.expr else {
        return None;
    };
    let [left, right] = args.as_slice() else { return None };
    match func_name.as_str() {
        operators::LOGICAL_AND => both(allowed(left, name), allowed(right, name)),
        operators::LOGICAL_OR => {
            let (mut values, others) = (allowed(left, name)?, allowed(right, name)?);
            values.extend(others);
            Some(values)
        }
        _ => listed(func_name, left, right, name),
    }
}

/// Values in both; none stands for all values.
pub(crate) fn both<'e>(
    left: Option<Vec<&'e str>>,
    right: Option<Vec<&'e str>>,
) -> Option<Vec<&'e str>> {
    match (left, right) {
        (Some(mut left), Some(right)) => {
            left.retain(|value| right.contains(value));
            Some(left)
        }
        (left, right) => left.or(right),
    }
}

/// `name == "a"`, `"a" == name`, `name in ["a", "b"]`.
fn listed<'e>(
    operator: &str,
    left: &'e Expression,
    right: &'e Expression,
    name: &str,
) -> Option<Vec<&'e str>> {
    let is_name =
        |expression: &Expression| matches!(&expression.expr, Expr::Ident(ident) if ident == name);
    match operator {
        operators::EQUALS if is_name(left) => Some(vec![text(right)?]),
        operators::EQUALS if is_name(right) => Some(vec![text(left)?]),
        operators::IN if is_name(left) => match &right.expr {
            Expr::List(list) => list.elements.iter().map(text).collect(),
            _ => None,
        },
        _ => None,
    }
}

/// The text of a literal.
pub(crate) fn text(expression: &Expression) -> Option<&str> {
    match &expression.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use cel::parser::PrattParser;

    #[test]
    fn a_fact_s_values_are_found() {
        let any = None;
        for (source, expected) in [
            (r#"kind == "a""#, Some(vec!["a"])),
            (r#""a" == kind"#, Some(vec!["a"])),
            (r#"kind in ["a", "b"] && amount > 5"#, Some(vec!["a", "b"])),
            (r#"kind in ["a", "b"] && kind in ["b", "c"]"#, Some(vec!["b"])),
            (r#"kind == "a" && amount > 5 || kind == "b""#, Some(vec!["a", "b"])),
            (r#"amount > 5 || kind == "b""#, any.clone()),
            (r#"kind != "a""#, any.clone()),
            (r#"!(kind == "a")"#, any.clone()),
            (r#"kind == brand"#, any.clone()),
            (r#"kind in ["a", brand]"#, any.clone()),
            (r#"brand == "a""#, any.clone()),
            (r#"true ? kind == "a" : false"#, any),
        ] {
            let expression = PrattParser::new().parse(source).unwrap();
            assert_eq!(super::allowed(&expression, "kind"), expected, "{source}");
        }
    }
}
