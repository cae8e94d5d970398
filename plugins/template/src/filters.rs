//! The filters of templates: money and times, and the few of Jinja's own that a
//! message has a use for. And an output that never prints what is absent.

use std::borrow::Cow;

use minijinja::value::{Kwargs, Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior};

use crate::gsm;
use crate::locale::{CATEGORIES, Digits, Locale, UNKNOWN_LOCALE};
use crate::moment::{Moment, UNKNOWN_DIGITS, UNKNOWN_PATTERN};
use crate::money::{Form, Money, UNKNOWN_STYLE};
use crate::title;

/// Details of errors that are raised here. None carries a value of a view.
pub(crate) const ABSENT: &str = "an absent field is used";
const NOT_MONEY: &str = "the filter wants an amount";
const NOT_A_TIME: &str = "the filter wants a time";
const NOT_TEXT: &str = "the filter wants a text";
const NOT_PRINTABLE: &str = "prints what is neither a text, a number, an amount nor a time";
const NOT_WHOLE: &str = "the filter wants a whole number";
pub(crate) const UNKNOWN_CATEGORY: &str =
    "plural takes zero=, one=, two=, few=, many= and other=, and needs other=";

/// All of them, by which an error that is safe to repeat is known.
pub(crate) const OWN_DETAILS: [&str; 11] = [
    ABSENT,
    NOT_MONEY,
    NOT_A_TIME,
    NOT_TEXT,
    NOT_PRINTABLE,
    NOT_WHOLE,
    UNKNOWN_CATEGORY,
    UNKNOWN_DIGITS,
    UNKNOWN_LOCALE,
    UNKNOWN_PATTERN,
    UNKNOWN_STYLE,
];

/// The filters of a template.
pub(crate) const FILTERS: [&str; 14] = [
    "clock", "date", "datetime", "default", "gsm", "length", "lower", "money", "number", "plural",
    "replace", "title", "trim", "upper",
];

/// The filters of times, and the pattern of each where none is given.
const TIMES: [(&str, &str); 3] =
    [("datetime", "%Y-%m-%d %H:%M:%S"), ("date", "%Y-%m-%d"), ("clock", "%H:%M:%S")];

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
    environment.add_filter("gsm", |value: &Value| Ok::<_, Error>(gsm::fit(text(value)?)));
    environment.add_filter("title", |state: &State<'_, '_>, value: &Value| {
        let has_dotless_i = Locale::of(state).is_some_and(Locale::has_dotless_i);
        Ok::<_, Error>(title::title(text(value)?, has_dotless_i))
    });
    add_money(environment);
    add_times(environment);
    add_counts(environment);
}

fn add_money(environment: &mut Environment<'static>) {
    environment.add_filter(
        "money",
        |state: &State<'_, '_>,
         value: &Value,
         style: Option<&str>,
         one: Option<&str>,
         other: Option<&str>| {
            let form = Form::parse(style.unwrap_or("code"), [one, other])?;
            let money =
                value.downcast_object_ref::<Money>().ok_or_else(|| unfit(value, NOT_MONEY))?;
            Ok::<_, Error>(match form {
                Form::Fixed(style) => money.write(style),
                Form::Local(mark, digits) => money.write_in(locale(state)?, mark, digits),
            })
        },
    );
}

fn add_times(environment: &mut Environment<'static>) {
    for (name, usual) in TIMES {
        environment.add_filter(
            name,
            move |state: &State<'_, '_>,
                  value: &Value,
                  pattern: Option<&str>,
                  digits: Option<&str>| {
                let moment = value
                    .downcast_object_ref::<Moment>()
                    .ok_or_else(|| unfit(value, NOT_A_TIME))?;
                let digits = parse_digits(digits)?.unwrap_or(Digits::Latin);
                moment.write(pattern.unwrap_or(usual), digits, &|| Locale::of(state))
            },
        );
    }
}

/// Filters of whole numbers.
fn add_counts(environment: &mut Environment<'static>) {
    environment.add_filter(
        "number",
        |state: &State<'_, '_>, value: &Value, digits: Option<&str>| {
            let digits = parse_digits(digits)?.unwrap_or(Digits::Usual);
            Ok::<_, Error>(locale(state)?.number(whole(value)?, digits))
        },
    );
    environment.add_filter("plural", |state: &State<'_, '_>, value: &Value, words: Kwargs| {
        if words.args().any(|word| !CATEGORIES.contains(&word)) || !words.has("other") {
            return Err(wrong(UNKNOWN_CATEGORY));
        }
        let category = locale(state)?.plural(whole(value)?.unsigned_abs());
        words.get::<Value>(if words.has(category) { category } else { "other" })
    });
}

fn locale(state: &State<'_, '_>) -> Result<&'static Locale, Error> {
    Locale::of(state).ok_or_else(|| wrong(UNKNOWN_LOCALE))
}

fn whole(value: &Value) -> Result<i64, Error> {
    i64::try_from(value.clone()).map_err(|_| unfit(value, NOT_WHOLE))
}

/// Reads which digits a filter is asked for.
pub(crate) fn parse_digits(digits: Option<&str>) -> Result<Option<Digits>, Error> {
    digits.map(|name| Digits::parse(name).ok_or_else(|| wrong(UNKNOWN_DIGITS))).transpose()
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
