//! The filters of templates: money and times, and the few of Jinja's own that a
//! message has a use for. And an output that never prints what is absent.

use std::borrow::Cow;

use minijinja::value::{Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior};

use crate::moment::{Moment, UNKNOWN_PATTERN};
use crate::money::{Money, Style, UNKNOWN_STYLE};

/// Details of errors that are raised here. None carries a value of a view.
pub(crate) const ABSENT: &str = "an absent field is used";
const NOT_MONEY: &str = "the filter wants an amount";
const NOT_A_TIME: &str = "the filter wants a time";
const NOT_TEXT: &str = "the filter wants a text";
const NOT_PRINTABLE: &str = "prints what is neither a text, a number, an amount nor a time";

/// All of them, by which an error that is safe to repeat is known.
pub(crate) const OWN_DETAILS: [&str; 7] =
    [ABSENT, NOT_MONEY, NOT_A_TIME, NOT_TEXT, NOT_PRINTABLE, UNKNOWN_PATTERN, UNKNOWN_STYLE];

/// Gives an environment its rules and filters.
pub(crate) fn install(environment: &mut Environment<'static>) {
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_formatter(print);
    // Texts are not HTML.
    for filter in ["safe", "escape", "e"] {
        environment.remove_filter(filter);
    }
    environment.add_filter("default", |value: Value, other: Value| {
        if value.is_none() || value.is_undefined() { other } else { value }
    });
    // Of the letters A to Z: tables for all others are 27 kB of every snapshot.
    environment
        .add_filter("upper", |value: &Value| Ok::<_, Error>(text(value)?.to_ascii_uppercase()));
    environment
        .add_filter("lower", |value: &Value| Ok::<_, Error>(text(value)?.to_ascii_lowercase()));
    environment.add_filter("trim", |value: &Value| Ok(String::from(text(value)?.trim())));
    environment.add_filter("replace", |value: &Value, from: Cow<'_, str>, to: Cow<'_, str>| {
        Ok::<_, Error>(text(value)?.replace(&*from, &to))
    });
    environment.add_filter("length", |value: &Value| Ok::<_, Error>(text(value)?.chars().count()));
    // A text of ASCII alone is sent in the GSM alphabet, 160 to a segment.
    environment.add_test("ascii", |value: &Value| {
        Ok::<_, Error>(text(value)?.bytes().all(|byte| byte.is_ascii() && byte != b'`'))
    });
    environment.add_filter("money", |value: &Value, style: Option<&str>| {
        let style = Style::parse(style.unwrap_or("code"))?;
        let money = value.downcast_object_ref::<Money>().ok_or_else(|| unfit(value, NOT_MONEY))?;
        Ok::<_, Error>(money.write(style))
    });
    for (name, usual) in
        [("datetime", "%Y-%m-%d %H:%M:%S"), ("date", "%Y-%m-%d"), ("clock", "%H:%M:%S")]
    {
        environment.add_filter(name, move |value: &Value, pattern: Option<&str>| {
            let moment =
                value.downcast_object_ref::<Moment>().ok_or_else(|| unfit(value, NOT_A_TIME))?;
            moment.write(pattern.unwrap_or(usual))
        });
    }
}

/// Prints a value. What a party may not see is absent: printing it is a
/// mistake that the samples bring to light.
fn print(output: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    if let Some(text) = value.as_str() {
        return Ok(output.write_str(text)?);
    }
    let printable = value.kind() == ValueKind::Number
        || value.downcast_object_ref::<Money>().is_some()
        || value.downcast_object_ref::<Moment>().is_some();
    match value.kind() {
        _ if printable => Ok(write!(output, "{value}")?),
        ValueKind::None => Err(wrong(ABSENT)),
        _ => Err(wrong(NOT_PRINTABLE)),
    }
}

fn text(value: &Value) -> Result<&str, Error> {
    value.as_str().ok_or_else(|| unfit(value, NOT_TEXT))
}

fn unfit(value: &Value, detail: &'static str) -> Error {
    wrong(if value.is_none() { ABSENT } else { detail })
}

/// Raises an error whose detail is one of [`OWN_DETAILS`].
pub(crate) fn wrong(detail: &'static str) -> Error {
    Error::new(ErrorKind::InvalidOperation, detail)
}
