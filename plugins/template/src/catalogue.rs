use std::sync::Arc;

use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value};

use crate::interface::exports::tillbell::plugin::rendering::RenderingError;
use crate::interface::tillbell::plugin::types::{
    ConfigurationFile, ConfigureError, Configured, Diagnostic, Party, Sender, View,
};
use crate::moment::Moment;
use crate::money::{Money, Style};
use crate::samples;
use crate::values::{Names, party_name};

/// The most template files.
pub const FILES_MAX: usize = 256;
/// The largest template file, in bytes.
pub const FILE_BYTES_MAX: usize = 16 * 1024;
/// The longest text, in bytes.
pub const TEXT_BYTES_MAX: usize = 2_048;
/// How many steps one text may take; a usual one takes under a hundred.
const FUEL: u64 = 20_000;

/// The templates of a bank, ready to render.
#[derive(Debug)]
pub struct Catalogue {
    environment: Environment<'static>,
    sender: Arc<Sender>,
    /// Path of each file by its template name, for errors.
    paths: Vec<(String, String)>,
}

/// What a file's name says: `purchase.cardholder.zh-CN.txt`.
struct FileName<'a> {
    template: &'a str,
    party: Party,
    locale: &'a str,
}

impl Catalogue {
    /// Reads template files. A name that begins with `_` is only included by
    /// others; every other template is rendered against sample views.
    ///
    /// # Errors
    /// Names the file, and the line where one can be named.
    pub fn read(
        files: &[ConfigurationFile],
        sender: Sender,
    ) -> Result<(Self, Vec<Configured>), ConfigureError> {
        if files.is_empty() {
            return Err(ConfigureError::Missing("template".into()));
        }
        if files.len() > FILES_MAX {
            let detail = format!("{} template files, limit {FILES_MAX}", files.len());
            return Err(invalid(&files[0].path, 0, detail));
        }
        let mut catalogue =
            Self { environment: environment(), sender: Arc::new(sender), paths: Vec::new() };
        for file in files {
            catalogue.add(file)?;
        }
        let mut configured = Vec::new();
        for (name, path) in &catalogue.paths {
            if let Some(file_name) = FileName::parse(name) {
                configured.push(Configured {
                    sort: "template".into(),
                    name: name.trim_end_matches(".txt").into(),
                    file: path.clone(),
                    line: 1,
                    samples: catalogue.samples(name, path, &file_name)?,
                });
            }
        }
        Ok((catalogue, configured))
    }

    /// Renders one message.
    ///
    /// # Errors
    /// Names template and line, and no value of the view.
    pub fn render(
        &self,
        template: &str,
        locale: &str,
        view: View,
    ) -> Result<String, RenderingError> {
        let party = party_name(view.party);
        let name = |locale: &str| format!("{template}.{party}.{locale}.txt");
        let language = locale.split('-').next().unwrap_or(locale);
        let exact = name(locale);
        let found = self
            .environment
            .get_template(&exact)
            .or_else(|_| self.environment.get_template(&name(language)));
        let Ok(found) = found else {
            let prefix = format!("{template}.{party}.");
            let known = self.paths.iter().any(|(name, _)| name.starts_with(&prefix));
            return Err(match known {
                true => RenderingError::UnknownLocale(locale.into()),
                false => RenderingError::UnknownTemplate(template.into()),
            });
        };
        let names = Names { view, sender: Arc::clone(&self.sender) };
        found.render(Value::from_object(names)).map_err(|error| {
            // A detail may quote a value of the view: it is left out.
            let (file, line) = self.place(&error, &exact);
            RenderingError::TemplateFailed(Diagnostic {
                file,
                line,
                detail: error.kind().to_string(),
            })
        })
    }

    fn add(&mut self, file: &ConfigurationFile) -> Result<(), ConfigureError> {
        let path = file.path.as_str();
        let name = path.rsplit('/').next().unwrap_or(path);
        if !name.starts_with('_') && FileName::parse(name).is_none() {
            let detail = "expected a name such as purchase.cardholder.zh-CN.txt, or _part.txt";
            return Err(invalid(path, 0, detail));
        }
        if file.contents.len() > FILE_BYTES_MAX {
            let detail = format!("{} bytes, limit {FILE_BYTES_MAX}", file.contents.len());
            return Err(invalid(path, 0, detail));
        }
        if let Some((_, other)) = self.paths.iter().find(|(other, _)| other == name) {
            return Err(invalid(path, 0, format!("has the same name as {other}")));
        }
        let source =
            std::str::from_utf8(&file.contents).map_err(|_| invalid(path, 0, "is not UTF-8"))?;
        self.environment
            .add_template_owned(name.to_owned(), source.to_owned())
            .map_err(|error| invalid(path, line(&error), described(&error)))?;
        self.paths.push((name.into(), path.into()));
        Ok(())
    }

    /// Renders the samples of one template; nothing in them is secret, so an
    /// error may quote what it likes.
    fn samples(
        &self,
        name: &str,
        path: &str,
        file_name: &FileName<'_>,
    ) -> Result<Vec<String>, ConfigureError> {
        let views = samples::views(file_name.template, file_name.party, file_name.locale);
        let mut texts = Vec::with_capacity(views.len());
        for view in views {
            let names = Names { view, sender: Arc::clone(&self.sender) };
            let text = self
                .environment
                .get_template(name)
                .and_then(|template| template.render(Value::from_object(names)))
                .map_err(|error| {
                    let (file, line) = self.place(&error, name);
                    invalid(&file, line, described(&error))
                })?;
            if text.is_empty() || text.len() > TEXT_BYTES_MAX {
                let detail =
                    format!("{} bytes of text, expected 1 to {TEXT_BYTES_MAX}", text.len());
                return Err(invalid(path, 1, detail));
            }
            texts.push(text);
        }
        Ok(texts)
    }

    /// The file and line an error is in: of the innermost template.
    fn place(&self, error: &Error, fallback: &str) -> (String, u32) {
        let innermost = innermost(error);
        let name = innermost.name().unwrap_or(fallback);
        let path = self.paths.iter().find(|(other, _)| other == name);
        (path.map_or(name, |(_, path)| path.as_str()).into(), line(innermost))
    }
}

impl<'a> FileName<'a> {
    fn parse(name: &'a str) -> Option<Self> {
        let mut parts = name.strip_suffix(".txt")?.split('.');
        let (template, party, locale) = (parts.next()?, parts.next()?, parts.next()?);
        let party = match party {
            "cardholder" => Party::Cardholder,
            "merchant" => Party::Merchant,
            _ => return None,
        };
        let word = |text: &str| {
            (1..=64).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let whole = parts.next().is_none() && word(template) && word(locale);
        whole.then_some(Self { template, party, locale })
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_recursion_limit(16);
    environment.set_fuel(Some(FUEL));
    // What a party may not see is absent: printing it is a mistake that the
    // samples bring to light.
    environment.set_formatter(|output, state, value| {
        if value.is_none() {
            return Err(Error::new(
                ErrorKind::UndefinedError,
                "prints a field that may be absent; test it with {% if … %} first",
            ));
        }
        minijinja::escape_formatter(output, state, value)
    });
    environment.add_filter("money", |value: Value, style: Option<&str>| {
        let money = value.downcast_object_ref::<Money>().ok_or_else(|| not_a("an amount"))?;
        Ok::<_, Error>(money.write(Style::parse(style.unwrap_or("code"))?))
    });
    for (name, usual) in
        [("datetime", "%Y-%m-%d %H:%M:%S"), ("date", "%Y-%m-%d"), ("clock", "%H:%M:%S")]
    {
        environment.add_filter(name, move |value: Value, pattern: Option<&str>| {
            let moment = value.downcast_object_ref::<Moment>().ok_or_else(|| not_a("a time"))?;
            moment.write(pattern.unwrap_or(usual))
        });
    }
    environment
}

fn not_a(what: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("the filter wants {what}"))
}

/// The error behind errors of including templates.
fn innermost(error: &Error) -> &Error {
    let mut innermost = error;
    // Includes nest no deeper than the recursion limit.
    while let Some(source) =
        std::error::Error::source(innermost).and_then(|source| source.downcast_ref::<Error>())
    {
        innermost = source;
    }
    innermost
}

fn described(error: &Error) -> String {
    let innermost = innermost(error);
    match innermost.detail() {
        Some(detail) => format!("{}: {detail}", innermost.kind()),
        None => innermost.kind().to_string(),
    }
}

fn line(error: &Error) -> u32 {
    error.line().and_then(|line| u32::try_from(line).ok()).unwrap_or(0)
}

fn invalid(file: &str, line: u32, detail: impl Into<String>) -> ConfigureError {
    ConfigureError::Invalid(Diagnostic { file: file.into(), line, detail: detail.into() })
}

#[cfg(test)]
mod tests;
