//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use tillbell::Target;
use tillbell_iso8583::Framing;
use tillbell_transaction::Timestamp;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Turns card transactions into messages by banks' plugins, on a terminal.

Usage: tillbell-till --artefacts DIR --trust KEYS.pem --store FILE
                     (--output FILE | --command COMMAND) [more]

  --artefacts DIR       every *.tillbell in this folder is loaded, in order of name
  --trust KEYS.pem      the public keys that artefacts may be signed with
  --store FILE          what must survive a power cut; made if it is missing,
                        used by one till at a time; beside it FILE.releases: which
                        release of each bank ran last, since none goes back
  --output FILE         append messages to this file, each exactly once
  --command COMMAND     hand messages to this command (by sh -c), a JSON object a
                        line; it prints the id of each that it has taken over

  --listen SOCKET       take transactions from clients of this Unix socket, not
                        from standard input; at most 4 at a time
  --format FORMAT       json (a line each) or iso8583 [default: json]
  --dialect NAME|FILE   a built-in dialect (of tillbell dialect list), or a file
                        [default: iso1987-ascii]
  --framing FRAMING     hex (a line each), length2 (two bytes before each
                        message), length4 (four digits), others that tillbell
                        decode --help lists [default: hex]
  --reference RFC3339   a time near which messages were sent: ISO 8583 carries no
                        year [default: now]

  --code CODE           native, or interpreted: what artefacts were baked for
                        [default: native, where this processor has it]
  --clock CLOCK         system, or event: each transaction's own time, so that a
                        feed gives the same messages again [default: system]
  --deadline-ms N       wall time of one call of a plugin, 1 to 1000 [default: 250]
  --waiting-max N       messages that may wait in the store, 64 to 1000000; when
                        so many wait nothing is accepted [default: 10000]
  --remember N          transactions that are remembered, to know repeats and
                        reversals, 1 to 1000000 [default: 1024]
  --orphan-seconds N    how long a reversal waits for its original, before it is
                        told as one of something unknown, 0 to 86400 [default: 60]
  --help, --version

Each record is answered by a line, on standard output or to the client:
{\"record\":1,\"accepted\":true,...} once it is in the store, or
{\"record\":2,\"accepted\":false,\"error\":...} if it cannot be read.

Exit codes: 0 everything was accepted; 1 some records could not be read; 2 the
till could not start; 3 it had to stop (what was accepted is kept). SIGTERM and
SIGINT end it between two commits, with 0 or 1.

Example:
  tillbell-till --artefacts /etc/tillbell --trust /etc/tillbell/keys.pem \\
    --store /var/lib/tillbell/store --output /var/lib/tillbell/messages.jsonl \\
    --format iso8583 --dialect unionpay-pos < day.hex
";

/// What the command line asks for.
pub(crate) enum Request {
    Run(Box<Options>),
    Help,
    Version,
}

/// How to run.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) artefacts: PathBuf,
    pub(crate) trust: PathBuf,
    pub(crate) store: PathBuf,
    pub(crate) target: Target,
    pub(crate) delivery: Delivery,
    pub(crate) listen: Option<PathBuf>,
    pub(crate) format: Format,
    pub(crate) dialect: String,
    pub(crate) framing: Framing,
    pub(crate) reference: Option<Timestamp>,
    pub(crate) clock: Clock,
    pub(crate) deadline_ms: u32,
    pub(crate) waiting_max: usize,
    pub(crate) remember: usize,
    pub(crate) orphan_seconds: u32,
}

/// Where messages go.
#[derive(Debug)]
pub(crate) enum Delivery {
    Output(PathBuf),
    Command(String),
}

/// What records look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Iso8583,
}

/// What time it is for plugins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clock {
    /// The computer's, on the transaction's wall clock.
    System,
    /// The transaction's own time.
    Event,
}

/// Reads the command line, without the program's name.
///
/// # Errors
/// Names the flag and what is wrong with it.
pub(crate) fn parse(
    arguments: impl IntoIterator<Item = OsString>,
) -> std::result::Result<Request, String> {
    let mut given = Given::default();
    let mut arguments = arguments.into_iter();
    while let Some(flag) = arguments.next() {
        let flag = flag.into_string().map_err(|_| "a flag that is not UTF-8".to_owned())?;
        match flag.as_str() {
            "--help" | "-h" => return Ok(Request::Help),
            "--version" | "-V" => return Ok(Request::Version),
            _ => {}
        }
        let (flag, value) = match flag.split_once('=') {
            Some((flag, value)) => (flag.to_owned(), Some(OsString::from(value))),
            None => (flag, None),
        };
        let place = given.place(&flag)?;
        if place.is_some() {
            return Err(format!("{flag} is given twice"));
        }
        let value = value.or_else(|| arguments.next());
        *place = Some(value.ok_or_else(|| format!("{flag}: expected a value"))?);
    }
    given.read().map(|options| Request::Run(Box::new(options)))
}

/// The values as they were given.
#[derive(Default)]
struct Given {
    values: [Option<OsString>; FLAGS.len()],
}

const FLAGS: [&str; 16] = [
    "--artefacts",
    "--trust",
    "--store",
    "--output",
    "--command",
    "--listen",
    "--format",
    "--dialect",
    "--framing",
    "--reference",
    "--code",
    "--clock",
    "--deadline-ms",
    "--waiting-max",
    "--remember",
    "--orphan-seconds",
];

impl Given {
    fn place(&mut self, flag: &str) -> std::result::Result<&mut Option<OsString>, String> {
        let at = FLAGS.iter().position(|known| *known == flag);
        at.map(|at| &mut self.values[at]).ok_or_else(|| format!("{flag:?} is not a flag"))
    }

    fn take(&mut self, flag: &str) -> Option<OsString> {
        self.place(flag).ok().and_then(Option::take)
    }

    fn required(&mut self, flag: &str) -> std::result::Result<PathBuf, String> {
        self.take(flag).map(PathBuf::from).ok_or_else(|| format!("{flag} is missing"))
    }

    fn text(&mut self, flag: &str) -> std::result::Result<Option<String>, String> {
        let text = self.take(flag).map(OsString::into_string).transpose();
        text.map_err(|_| format!("{flag}: expected UTF-8"))
    }

    /// One of these names, or the first.
    fn choice<T: Copy>(
        &mut self,
        flag: &str,
        choices: &[(&str, T)],
    ) -> std::result::Result<T, String> {
        let Some(text) = self.text(flag)? else { return Ok(choices[0].1) };
        let chosen = choices.iter().find(|(name, _)| *name == text);
        chosen.map(|(_, value)| *value).ok_or_else(|| {
            let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
            format!("{flag}: expected one of {}", names.join(", "))
        })
    }

    fn number(
        &mut self,
        flag: &str,
        default: u32,
        allowed: std::ops::RangeInclusive<u32>,
    ) -> std::result::Result<u32, String> {
        let Some(text) = self.text(flag)? else { return Ok(default) };
        let number = text.parse().ok().filter(|number| allowed.contains(number));
        number.ok_or_else(|| format!("{flag}: expected {} to {}", allowed.start(), allowed.end()))
    }

    fn read(mut self) -> std::result::Result<Options, String> {
        let delivery = match (self.take("--output"), self.text("--command")?) {
            (Some(path), None) => Delivery::Output(path.into()),
            (None, Some(command)) => Delivery::Command(command),
            (Some(_), Some(_)) => return Err("--output and --command: expected one".into()),
            (None, None) => return Err("--output or --command is missing".into()),
        };
        let reference = self.text("--reference")?.map(|text| Timestamp::parse(&text)).transpose();
        let size = |number| usize::try_from(number).unwrap_or(usize::MAX);
        Ok(Options {
            artefacts: self.required("--artefacts")?,
            trust: self.required("--trust")?,
            store: self.required("--store")?,
            target: self.choice(
                "--code",
                &[("native", Target::host()), ("interpreted", Target::interpreter())],
            )?,
            delivery,
            listen: self.take("--listen").map(PathBuf::from),
            format: self
                .choice("--format", &[("json", Format::Json), ("iso8583", Format::Iso8583)])?,
            dialect: self.text("--dialect")?.unwrap_or_else(|| "iso1987-ascii".into()),
            framing: match self.text("--framing")? {
                None => Framing::HexLines,
                Some(name) => Framing::parse(&name)
                    .map_err(|error| format!("--framing: {}", error.detail()))?,
            },
            reference: reference.map_err(|error| format!("--reference: {error}"))?,
            clock: self.choice("--clock", &[("system", Clock::System), ("event", Clock::Event)])?,
            deadline_ms: self.number("--deadline-ms", 250, 1..=1_000)?,
            waiting_max: size(self.number("--waiting-max", 10_000, 64..=1_000_000)?),
            remember: size(self.number("--remember", 1_024, 1..=1_000_000)?),
            orphan_seconds: self.number("--orphan-seconds", 60, 0..=86_400)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> std::result::Result<Request, String> {
        parse(line.split_whitespace().map(OsString::from))
    }

    const GOOD: &str = "--artefacts a --trust k --store s --output o";

    #[test]
    fn a_command_line_is_read() {
        let line = format!("{GOOD} --format=iso8583 --framing length4 --waiting-max 64");
        let Ok(Request::Run(options)) = read(&line) else { panic!() };
        assert_eq!(options.format, Format::Iso8583);
        assert_eq!(options.framing, Framing::LENGTH4);
        assert_eq!((options.waiting_max, options.remember), (64, 1_024));
        assert!(matches!(read("--artefacts a --help"), Ok(Request::Help)));
    }

    #[test]
    fn an_error_names_the_flag() {
        for (line, expected) in [
            (String::new(), "--output or --command is missing"),
            ("--output o".into(), "--artefacts is missing"),
            (format!("{GOOD} --command c"), "--output and --command"),
            (format!("{GOOD} --store t"), "--store is given twice"),
            (format!("{GOOD} --listen"), "--listen: expected a value"),
            (format!("{GOOD} --clok event"), "\"--clok\" is not a flag"),
            (format!("{GOOD} --clock atomic"), "--clock: expected one of system, event"),
            (format!("{GOOD} --waiting-max 63"), "--waiting-max: expected 64 to 1000000"),
            (format!("{GOOD} --reference today"), "--reference: expected a time"),
        ] {
            let Err(error) = read(&line) else { panic!("{line}") };
            assert!(error.contains(expected), "{line}: {error}");
        }
    }

    #[test]
    fn every_flag_is_explained() {
        for flag in FLAGS {
            assert!(HELP.contains(&format!("  {flag} ")), "{flag}");
        }
    }
}
