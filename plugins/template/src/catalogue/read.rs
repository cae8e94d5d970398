//! Reads a bank's templates and tries them, so that none fails when a message
//! is due.

use std::sync::Arc;

use minijinja::Environment;
use minijinja::syntax::SyntaxConfig;

use super::{Catalogue, Template};
use crate::fault::Fault;
use crate::file_name::{self, FileName};
use crate::interface::tillbell::plugin::types::{
    ConfigurationFile, ConfigureError, Configured, Diagnostic, Sender,
};
use crate::literals::{self, Literal};
use crate::locale::Locale;
use crate::{filters, money, samples, scan};

/// The most template files.
pub const FILES_MAX: usize = 256;
/// The largest template file, in bytes.
pub const FILE_BYTES_MAX: usize = 16 * 1024;
/// How much one text may compute: one for each step, and for each 64 bytes
/// written. A usual one takes under a hundred.
const FUEL: u64 = 20_000;
/// How deep templates may go: an include counts 10, a macro 4. The engine's own
/// limit is meant for larger stacks than a component's.
const RECURSION_MAX: usize = 60;
/// How deep blocks and brackets of a template may be nested: a component's stack
/// holds about twice as much of the engine's parser.
const NESTING_MAX: usize = 24;
/// The most words of one tag, for the same reason.
const WORDS_MAX: usize = 128;
/// The most samples of one template.
const SAMPLES_MAX: usize = 8;

impl Catalogue {
    /// Reads template files. A name that begins with `_` is only included by
    /// others; every other template is tried on samples of what transactions
    /// say usually, at most and at least, and with each field missing.
    ///
    /// # Errors
    /// Names the file, and the line where one can be named.
    pub fn read(
        files: &[ConfigurationFile],
        sender: Sender,
    ) -> Result<(Self, Vec<Configured>), ConfigureError> {
        if files.len() > FILES_MAX {
            let detail = format!("{} template files, limit {FILES_MAX}", files.len());
            return Err(invalid(&files[0].path, 0, detail));
        }
        let mut catalogue = Self {
            environment: environment(),
            sender: Arc::new(sender),
            templates: Vec::with_capacity(files.len()),
            paths: Vec::with_capacity(files.len()),
        };
        for file in files {
            catalogue.add(file)?;
        }
        if catalogue.templates.is_empty() {
            return Err(ConfigureError::Missing("template".into()));
        }
        catalogue.check_mentions()?;
        let mut configured = Vec::with_capacity(catalogue.templates.len());
        for template in &catalogue.templates {
            configured.push(catalogue.tried(template)?);
        }
        catalogue.report_literals(&mut configured);
        Ok((catalogue, configured))
    }

    /// Reports what each file writes whatever happens, parts that are included too.
    fn report_literals(&self, configured: &mut Vec<Configured>) {
        for (file, path) in &self.paths {
            let Ok(template) = self.environment.get_template(file) else { continue };
            for Literal { line, text } in literals::literals(template.source()) {
                configured.push(Configured {
                    sort: "literal".into(),
                    name: file.strip_suffix(".txt").unwrap_or(file).into(),
                    file: path.clone(),
                    line,
                    samples: vec![text],
                });
            }
        }
    }

    fn add(&mut self, file: &ConfigurationFile) -> Result<(), ConfigureError> {
        let path = file.path.as_str();
        let refuse = |detail: String| Err(invalid(path, 0, detail));
        let name = path.rsplit('/').next().unwrap_or(path);
        let file_name = match file_name::read(name) {
            Ok(file_name) => file_name,
            Err(detail) => return refuse(detail),
        };
        if file.contents.len() > FILE_BYTES_MAX {
            return refuse(format!("{} bytes, limit {FILE_BYTES_MAX}", file.contents.len()));
        }
        if let Some((_, other)) = self.paths.iter().find(|(other, _)| other == name) {
            return refuse(format!("has the same name as {other}"));
        }
        let Ok(source) = std::str::from_utf8(&file.contents) else {
            return refuse("is not UTF-8".into());
        };
        // Some editors write both; a message must carry neither.
        let source = source.strip_prefix('\u{feff}').unwrap_or(source).replace("\r\n", "\n");
        let tokens = scan::tokens(&source);
        if let Some(line) = scan::nested_deeper(&tokens, NESTING_MAX) {
            return Err(invalid(path, line, format!("nested deeper than {NESTING_MAX}")));
        }
        if let Some(line) = scan::longer(&tokens, WORDS_MAX) {
            return Err(invalid(path, line, format!("a tag of more than {WORDS_MAX} words")));
        }
        self.environment.add_template_owned(name.to_owned(), source).map_err(|error| {
            let fault = Fault::of(&error);
            invalid(path, fault.line, fault.told("", None, true))
        })?;
        if let FileName::Template { template, party, locale } = file_name {
            self.templates.push(Template {
                template: template.into(),
                party,
                locale: locale.into(),
                facts: Locale::find(locale),
                file: name.into(),
            });
        }
        self.paths.push((name.into(), path.into()));
        Ok(())
    }

    /// Tries one template on all samples; nothing in them is secret, so an
    /// error may quote what it likes.
    fn tried(&self, template: &Template) -> Result<Configured, ConfigureError> {
        let Template { template: name, party, locale, facts, file } = template;
        let path = self.path(file);
        let mut texts = Vec::new();
        for sample in samples::views(name, *party, locale) {
            let amounts =
                (sample.view.event.amount.clone(), sample.view.event.original_amount.clone());
            let root = self.root(sample.view, *facts);
            let text = self.write(file, root.clone()).map_err(|failure| {
                let mut diagnostic = self.diagnostic(file, &failure, &root, true);
                diagnostic.detail = format!("{} (sample: {})", diagnostic.detail, sample.label);
                ConfigureError::Invalid(diagnostic)
            })?;
            let wrong = if text.is_empty() {
                "writes nothing"
            } else if says_none(&text) {
                "says \"none\" for an absent field, test it with {% if %} first"
            } else if let (amount, Some(original)) = &amounts
                && money::is_ambiguous(&text, amount, original, *facts)
            {
                "writes an amount without its currency beside one of another, \
                 use money without \"plain\""
            } else {
                ""
            };
            if !wrong.is_empty() {
                return Err(invalid(path, 1, format!("{wrong} (sample: {})", sample.label)));
            }
            if sample.shown && texts.len() < SAMPLES_MAX && !texts.contains(&text) {
                texts.push(text);
            }
        }
        Ok(Configured {
            sort: "template".into(),
            name: file.strip_suffix(".txt").unwrap_or(file).into(),
            file: path.into(),
            line: 1,
            samples: texts,
        })
    }
}

/// Finds what the engine makes of an absent field that is joined to a text
/// instead of being printed.
fn says_none(text: &str) -> bool {
    text.split(|character: char| !character.is_ascii_alphanumeric())
        .any(|word| word.eq_ignore_ascii_case("none"))
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    filters::install(&mut environment);
    environment.set_recursion_limit(RECURSION_MAX);
    environment.set_fuel(Some(FUEL));
    // A tag on a line of its own leaves nothing behind.
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.expect("only white space was asked for"));
    environment
}

pub(super) fn invalid(file: &str, line: u32, detail: impl Into<String>) -> ConfigureError {
    ConfigureError::Invalid(Diagnostic { file: file.into(), line, detail: detail.into() })
}
