//! Refuses what a template mentions and nobody knows, on whatever road through
//! it that stands: samples take only some.

use minijinja::{Error, ErrorKind};

use super::Catalogue;
use super::read::invalid;
use crate::arguments;
use crate::filters::FILTERS;
use crate::interface::tillbell::plugin::types::ConfigureError;
use crate::scan::{self, Mention, Token, Word};
use crate::values::{CALLER, NAMES};

impl Catalogue {
    /// Checks names, filters, tests and included parts of all files.
    pub(super) fn check_mentions(&self) -> Result<(), ConfigureError> {
        let sources: Vec<_> = self.environment.templates().collect();
        let mut assigned = Vec::new();
        let mut names = Vec::with_capacity(sources.len());
        for (file, template) in &sources {
            let path = self.path(file);
            let tokens = scan::tokens(template.source());
            for (line, mention) in scan::mentions(&tokens) {
                match mention {
                    Mention::Assigned(name) => assigned.push(name),
                    other => {
                        self.check(other).map_err(|detail| invalid(path, line, detail))?;
                    }
                }
            }
            if let Some((line, cure)) = arguments::first_wrong(&tokens) {
                return Err(invalid(path, line, cure));
            }
            let undeclared = template.undeclared_variables(true);
            let unknown = undeclared.into_iter().filter(|name| !is_known(name)).collect();
            names.push((path, tokens, unknown));
        }
        for (path, tokens, unknown) in names {
            check_names(path, &tokens, unknown, &assigned)?;
        }
        Ok(())
    }

    fn check(&self, mention: Mention<'_>) -> Result<(), String> {
        let mut state = self.environment.empty_state();
        let is = |tried: Option<Error>, kind| tried.is_some_and(|error| error.kind() == kind);
        match mention {
            Mention::Filter(name)
                if is(state.apply_filter(name, &[]).err(), ErrorKind::UnknownFilter) =>
            {
                Err(format!("unknown filter {name:?}, known are {}", FILTERS.join(" ")))
            }
            Mention::Test(name)
                if is(state.perform_test(name, &[]).err(), ErrorKind::UnknownTest) =>
            {
                Err(format!("unknown test {name:?}"))
            }
            Mention::Part(name) if !self.paths.iter().any(|(file, _)| file == name) => {
                Err(format!("no template {name:?} to include"))
            }
            Mention::ComputedPart => Err("a template to include must be named by a string".into()),
            _ => Ok(()),
        }
    }
}

fn is_known(name: &str) -> bool {
    NAMES.contains(&name) || name == CALLER
}

/// Refuses names that neither a view has nor any template assigns: a part may
/// use what the template that includes it has set.
fn check_names(
    path: &str,
    tokens: &[Token<'_>],
    unknown: Vec<String>,
    assigned: &[&str],
) -> Result<(), ConfigureError> {
    let mut unknown: Vec<_> = unknown
        .into_iter()
        .filter(|name| !assigned.contains(&name.split('.').next().unwrap_or(name)))
        .map(|name| {
            let stands = |token: &&Token<'_>| matches!(token.word, Word::Name(n) if n == name);
            (tokens.iter().find(stands).map_or(0, |token| token.line), name)
        })
        .collect();
    unknown.sort_unstable();
    match unknown.first() {
        Some((line, name)) => Err(invalid(path, *line, format!("unknown name {name:?}"))),
        None => Ok(()),
    }
}
