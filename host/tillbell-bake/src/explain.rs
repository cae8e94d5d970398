//! Why a router decides as it does, where it can say so: for a developer, of a bundle's
//! folder. No host that runs bundles asks it.

use tillbell::bindings::{explaining, types};
use tillbell::{Bundle, Error, ErrorKind, Result, Role};
use wasmtime::component::Component;

use crate::component::{Anatomy, componentise};
use crate::{Baker, configure};

/// The interface that a router may export beside its own.
pub(crate) const INTERFACE: &str = "tillbell:explain/explaining@0.2.0";

/// A rule, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedRule {
    /// Its name.
    pub name: String,
    /// The file that it stands in.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// What came of it.
    pub effect: Effect,
    /// Its condition, and its parts; none for a default.
    pub parts: Vec<Part>,
    /// What it would tell and does not, and why, in words.
    pub left_out: Vec<String>,
}

/// What came of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It decides.
    Decides,
    /// Its condition holds, and there is nothing to do.
    NothingToDo,
    /// Its condition does not hold.
    PassedOver,
    /// An earlier one decides.
    NotReached,
}

/// A condition, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// 0 for the whole condition.
    pub depth: u8,
    /// As it is written, in one line.
    pub condition: String,
    /// Whether it holds, or why nobody can tell.
    pub holds: std::result::Result<bool, String>,
    /// The facts that it names, with their values.
    pub facts: Vec<(String, String)>,
}

impl Effect {
    /// In words: `decides`, `nothing to do`, `passed over`, `not reached`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Decides => "decides",
            Self::NothingToDo => "nothing to do",
            Self::PassedOver => "passed over",
            Self::NotReached => "not reached",
        }
    }
}

type Explained = std::result::Result<Vec<explaining::Rule>, types::ConfigureError>;
type Asked<'a> = (&'a [types::ConfigurationFile<'a>], types::Facts<'a>, types::Time);

impl Baker {
    /// Asks a bundle's router why it decides as it does; none where it cannot say.
    ///
    /// # Errors
    /// As [`Baker::bake`] of the router alone.
    pub fn explain(
        &self,
        bundle: &Bundle,
        facts: types::Facts<'_>,
        now: types::Time,
    ) -> Result<Option<Vec<ExplainedRule>>> {
        let component = componentise(&bundle.source(Role::Router).component)?;
        let anatomy = Anatomy::of(&component)?;
        anatomy.check(Role::Router)?;
        // One of an older version says nothing: what it would be told is another's.
        if !anatomy.exports.iter().any(|export| export == INTERFACE) {
            return Ok(None);
        }
        anatomy.check_limits(&self.limits)?;
        let failed = |error: wasmtime::Error| {
            Error::new(ErrorKind::Component, "cannot explain its rules").because(error)
        };
        let compiled = Component::new(&self.configuring, &component).map_err(failed)?;
        let mut store = configure::store(&self.configuring, &self.limits)?;
        let instance = configure::instantiate(&self.configuring, &mut store, &compiled)?;
        let function = instance
            .get_export_index(&mut store, None, INTERFACE)
            .and_then(|own| instance.get_export_index(&mut store, Some(&own), "explain"));
        let function = function.ok_or_else(|| {
            Error::new(ErrorKind::Component, format!("{INTERFACE} has no function explain"))
        })?;
        let explain = instance
            .get_typed_func::<Asked<'_>, (Explained,)>(&mut store, function)
            .map_err(failed)?;
        let files = configure::files(bundle, Role::Router);
        let (rules,) = explain.call(&mut store, (&files, facts, now)).map_err(failed)?;
        let rules = rules.map_err(configure::refused)?;
        Ok(Some(rules.into_iter().map(ExplainedRule::from).collect()))
    }
}

impl From<explaining::Rule> for ExplainedRule {
    fn from(rule: explaining::Rule) -> Self {
        let explaining::Rule { name, file, line, effect, parts, left_out } = rule;
        let effect = match effect {
            explaining::Effect::Decides => Effect::Decides,
            explaining::Effect::NothingToDo => Effect::NothingToDo,
            explaining::Effect::PassedOver => Effect::PassedOver,
            explaining::Effect::NotReached => Effect::NotReached,
        };
        let parts = parts.into_iter().map(|part| Part {
            depth: part.depth,
            condition: part.condition,
            holds: match part.truth {
                explaining::Truth::Holds => Ok(true),
                explaining::Truth::Fails => Ok(false),
                explaining::Truth::CannotBeTold(why) => Err(why),
            },
            facts: part.facts.into_iter().map(|fact| (fact.name, fact.value)).collect(),
        });
        Self { name, file, line, effect, parts: parts.collect(), left_out }
    }
}
