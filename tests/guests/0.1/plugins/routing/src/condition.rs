//! CEL conditions: parsed and checked once, evaluated for every transaction.

use std::sync::Arc;

use cel::common::types::{CelBool, CelInt, CelList, CelString, LIST_TYPE, STRING_TYPE};
use cel::common::value::CowVal;
use cel::parser::PrattParser;
use cel::{Context, DeclarationError, Env, ExecutionError, ParseErrors};

use crate::bare;
use crate::check::{self, Fault, NESTING_MAX};
use crate::facts::Scope;
use crate::narrow;
use crate::predicate::Predicate;
use crate::simplify::Lists;
use crate::vocabulary::Kinds;

/// The most calls such as `bin.startsWith()` in one condition: the parser copies
/// all that stands before each.
const MEMBER_CALLS_MAX: usize = 128;
/// The longest detail of a mistake, in characters.
const DETAIL_CHARACTERS_MAX: usize = 600;

/// The functions of conditions, and the lists that conditions share.
///
/// CEL's own library is left out: it is large, and most of it (floats,
/// conversions, time) has no use in a rule.
pub(crate) struct Language {
    environment: Arc<Env>,
    lists: Lists,
}

/// A compiled condition.
pub(crate) struct Condition {
    /// The kinds for which it can hold.
    pub(crate) kinds: Kinds,
    predicate: Predicate,
    /// Whether it compares with an amount of money.
    has_money: bool,
}

/// What is wrong with a condition, and where in its text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// The line within the condition, from 0.
    pub(crate) line: u32,
    pub(crate) detail: String,
}

impl Language {
    pub(crate) fn new() -> Self {
        let mut environment = Env::default();
        declare(&mut environment).expect("each function is declared once");
        Self { environment: Arc::new(environment), lists: Lists::new() }
    }

    /// Compiles a condition.
    pub(crate) fn compile(&mut self, source: &str) -> Result<Condition, Mistake> {
        if member_calls(source) > MEMBER_CALLS_MAX {
            let detail = format!("more than {MEMBER_CALLS_MAX} calls such as bin.startsWith()");
            return Err(Mistake { line: 0, detail });
        }
        // The hand-written parser: the generated one would bring ANTLR's tables
        // and half a megabyte into the component.
        let expression = PrattParser::new()
            .max_recursion_depth(NESTING_MAX)
            .error_reporting_limit(1)
            .parse(source)
            .map_err(|errors| slipped(source, parse_mistake(&errors)))?;
        check::check(&expression).map_err(|fault| mistake(source, fault))?;
        let kinds = match narrow::allowed(&expression, "kind") {
            Some(kinds) => Kinds::listed(&kinds),
            None => Kinds::ALL,
        };
        let has_money = expression.references().has_function("money");
        let predicate = Predicate::of(expression, &mut self.lists);
        Ok(Condition { kinds, predicate, has_money })
    }

    /// Whether a part of a condition that was checked as a whole holds.
    ///
    /// # Errors
    /// Says what could not be evaluated, without any value of the facts.
    pub(crate) fn holds(&self, part: &str, scope: &Scope<'_>) -> Result<bool, String> {
        let parser = PrattParser::new().max_recursion_depth(NESTING_MAX);
        let expression = parser.parse(part).map_err(|errors| parse_mistake(&errors).detail)?;
        let has_money = expression.references().has_function("money");
        let mut lists = Lists::new();
        let predicate = Predicate::of(expression, &mut lists);
        let scope = Scope { lists: &lists, ..*scope };
        let condition = Condition { kinds: Kinds::ALL, predicate, has_money };
        condition.holds(&self.context(&scope), &scope)
    }

    /// What conditions about one transaction are evaluated in.
    pub(crate) fn context<'a>(&self, scope: &'a Scope<'a>) -> Context<'a, 'a> {
        let mut context = Context::with_env(Arc::clone(&self.environment));
        context.set_variable_resolver(scope);
        context
    }

    /// The lists that conditions refer to.
    pub(crate) fn lists(&self) -> &Lists {
        &self.lists
    }
}

impl Condition {
    /// Whether it holds of every transaction.
    pub(crate) fn is_always(&self) -> bool {
        self.predicate.is_always()
    }

    /// Whether the condition holds, of a transaction of one of its kinds.
    ///
    /// # Errors
    /// Says what could not be evaluated, without any value of the facts.
    pub(crate) fn holds(
        &self,
        context: &Context<'_, '_>,
        scope: &Scope<'_>,
    ) -> Result<bool, String> {
        if self.has_money && !scope.has_usual_exponent() {
            return Err("the currency's exponent is not that of ISO 4217".into());
        }
        self.predicate.holds(scope, context)
    }
}

/// The functions of conditions, beside CEL's operators.
fn declare(environment: &mut Env) -> Result<(), DeclarationError> {
    let (text, list) = (|| STRING_TYPE, || LIST_TYPE);
    let mut about_text = |name, id, function| {
        environment.add_member_overload(name, id, text(), vec![text()], function)
    };
    about_text("startsWith", "starts_with", |texts| compared(&texts, |a, b| a.starts_with(b)))?;
    about_text("endsWith", "ends_with", |texts| compared(&texts, |a, b| a.ends_with(b)))?;
    about_text("contains", "contains", |texts| compared(&texts, |a, b| a.contains(b)))?;
    environment.add_overload("size", "size_text", vec![text()], size)?;
    environment.add_overload("size", "size_list", vec![list()], size)?;
    environment.add_member_overload("size", "text_size", text(), vec![], size)?;
    environment.add_member_overload("size", "list_size", list(), vec![], size)
}

type Values<'b, 'v> = Vec<CowVal<'b, 'v>>;

fn compared<'b, 'v>(
    texts: &[CowVal<'b, 'v>],
    compare: impl FnOnce(&str, &str) -> bool,
) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let truth = match texts {
        [a, b] => match (a.downcast_ref::<CelString>(), b.downcast_ref::<CelString>()) {
            (Some(a), Some(b)) => compare(a.inner(), b.inner()),
            _ => false,
        },
        _ => false,
    };
    Ok(CowVal::Borrowed(if truth { &CelBool::TRUE } else { &CelBool::FALSE }))
}

fn size<'b, 'v>(values: Values<'b, 'v>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let value = values.first().ok_or_else(ExecutionError::missing_argument_or_target)?;
    let length = match (value.downcast_ref::<CelString>(), value.downcast_ref::<CelList>()) {
        (Some(text), _) => text.inner().chars().count(),
        (_, Some(list)) => list.inner().len(),
        _ => 0,
    };
    Ok(CowVal::owned(CelInt::from(i64::try_from(length).unwrap_or(i64::MAX))))
}

/// How many opening parentheses stand behind a dot and a name.
fn member_calls(source: &str) -> usize {
    let is_call = |before: &&str| {
        let name = before.trim_end();
        let rest = name.trim_end_matches(|letter: char| letter.is_alphanumeric() || letter == '_');
        rest.len() < name.len() && rest.trim_end().ends_with('.')
    };
    source.split('(').filter(is_call).count()
}

fn parse_mistake(errors: &ParseErrors) -> Mistake {
    match errors.errors.first() {
        Some(error) => Mistake {
            line: u32::try_from(error.pos.0 - 1).unwrap_or(0),
            detail: match error.pos.1 {
                // The whole of it: nested too deeply.
                0 => lower(&error.msg),
                column => format!("{} (column {column})", lower(&error.msg)),
            },
        },
        None => Mistake { line: 0, detail: "cannot be parsed".into() },
    }
}

/// A mistake with how it is written instead, where that is known.
fn slipped(source: &str, mut mistake: Mistake) -> Mistake {
    if let Some(slip) = bare::slip(source) {
        mistake.detail = format!("{slip}; {}", mistake.detail);
    }
    mistake
}

fn lower(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map_or(String::new(), |first| first.to_lowercase().chain(characters).collect())
}

fn mistake(source: &str, mut fault: Fault) -> Mistake {
    if let Some((end, _)) = fault.detail.char_indices().nth(DETAIL_CHARACTERS_MAX) {
        fault.detail.replace_range(end.., "…");
    }
    let Some((line, column)) = fault.word.and_then(|word| place(source, &word)) else {
        return Mistake { line: 0, detail: fault.detail };
    };
    Mistake { line, detail: format!("{} (column {column})", fault.detail) }
}

/// The line, from 0, and the column, from 1, of the first time a word stands in
/// a condition by itself.
fn place(source: &str, word: &str) -> Option<(u32, usize)> {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let bytes = source.as_bytes();
    let alone = |start: usize| {
        let joined = |at: Option<&u8>, edge: Option<&u8>| {
            at.is_some_and(is_letter) && edge.is_some_and(is_letter)
        };
        let before = start.checked_sub(1).and_then(|before| bytes.get(before));
        !joined(before, word.as_bytes().first())
            && !joined(bytes.get(start + word.len()), word.as_bytes().last())
    };
    let start = source.match_indices(word).map(|(start, _)| start).find(|start| alone(*start))?;
    let before = &source[..start];
    let line = u32::try_from(before.matches('\n').count()).ok()?;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Some((line, column))
}
