use std::sync::Arc;

use minijinja::value::Value;
use minijinja::{Environment, Error};

use crate::fault::Fault;
use crate::file_name::{Party, language};
use crate::interface::exports::tillbell::plugin::rendering::RenderingError;
use crate::interface::tillbell::plugin::types::{Diagnostic, Sender, View};
use crate::locale::Locale;
use crate::values::Names;

mod check;
mod read;

pub use read::{FILE_BYTES_MAX, FILES_MAX};

/// The longest text, in bytes.
pub const TEXT_BYTES_MAX: usize = 2_048;

/// The templates of a bank, ready to render.
#[derive(Debug)]
pub struct Catalogue {
    environment: Environment<'static>,
    sender: Arc<Sender>,
    /// The templates of their own, without the parts they include.
    templates: Vec<Template>,
    /// Path of each file by its name, for errors.
    paths: Vec<(String, String)>,
}

/// What a file's name says: `purchase.cardholder.zh-CN.txt`.
#[derive(Debug)]
struct Template {
    template: String,
    party: Party,
    locale: String,
    /// None where the plugin knows nothing of the locale.
    facts: Option<&'static Locale>,
    /// The whole name, by which the engine knows the file.
    file: String,
}

impl Catalogue {
    /// Renders one message. A locale falls back to its language: `en-GB` to
    /// `en`.
    ///
    /// # Errors
    /// Names template and line, and no value of the view.
    pub fn render(
        &self,
        template: &str,
        locale: &str,
        view: View,
    ) -> Result<String, RenderingError> {
        let unknown = || RenderingError::UnknownTemplate(format!("{template}.{}", view.role));
        let party = Party::parse(&view.role).ok_or_else(unknown)?;
        let found = self.find(template, party, locale)?;
        let file = &found.file;
        // A region of the file's language may write its numbers in another way.
        let facts = if found.locale == locale { found.facts } else { Locale::find(locale) };
        let root = self.root(view, facts);
        self.write(file, root.clone()).map_err(|failure| {
            RenderingError::TemplateFailed(self.diagnostic(file, &failure, &root, false))
        })
    }

    fn find(
        &self,
        template: &str,
        party: Party,
        locale: &str,
    ) -> Result<&Template, RenderingError> {
        let mut of_any_locale = self
            .templates
            .iter()
            .filter(|found| found.party == party && found.template == template)
            .peekable();
        if of_any_locale.peek().is_none() {
            let name = format!("{template}.{}", party.as_str());
            return Err(RenderingError::UnknownTemplate(name));
        }
        let in_locale =
            |tag: &str| of_any_locale.clone().find(|found| found.locale.eq_ignore_ascii_case(tag));
        in_locale(locale)
            .or_else(|| in_locale(language(locale)))
            .ok_or_else(|| RenderingError::UnknownLocale(locale.into()))
    }

    fn root(&self, view: View, locale: Option<&'static Locale>) -> Value {
        Value::from_object(Names { view, sender: Arc::clone(&self.sender), locale })
    }

    /// Renders a file by the engine's name for it.
    fn write(&self, file: &str, root: Value) -> Result<String, Failure> {
        let text = self.environment.get_template(file)?.render(root)?;
        if text.len() > TEXT_BYTES_MAX { Err(Failure::TooLong) } else { Ok(text) }
    }

    /// Tells what failed. Only over samples may it quote what the engine says.
    fn diagnostic(
        &self,
        file: &str,
        failure: &Failure,
        root: &Value,
        over_samples: bool,
    ) -> Diagnostic {
        let error = match failure {
            Failure::Engine(error) => error,
            Failure::TooLong => {
                let detail = format!("writes more than {TEXT_BYTES_MAX} bytes");
                return Diagnostic { file: self.path(file).into(), line: 0, detail };
            }
        };
        let fault = Fault::of(error);
        let name = fault.template.as_deref().unwrap_or(file);
        let template = self.environment.get_template(name).ok();
        let source = template.as_ref().map_or("", |template| template.source());
        Diagnostic {
            file: self.path(name).into(),
            line: fault.line,
            detail: fault.told(source, Some(root), over_samples),
        }
    }

    /// The path of a file as it was given.
    fn path<'s>(&'s self, file: &'s str) -> &'s str {
        self.paths.iter().find(|(name, _)| name == file).map_or(file, |(_, path)| path.as_str())
    }
}

/// Why a file could not be rendered.
enum Failure {
    Engine(Error),
    TooLong,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Engine(error)
    }
}

#[cfg(test)]
mod banks;
#[cfg(test)]
mod guarded;
#[cfg(test)]
mod tests;
