//! What is compared: everything that makes a verdict of a transaction.

use std::fs;
use std::path::Path;

use tillbell_bench_wire::Verdict;
use tillbell_transaction::Transaction;

use crate::{extism, lua, native, rhai, sandboxed};

/// One way to do a bank's work.
pub(crate) trait Contender {
    /// Takes a transaction in its Rust form to a verdict in its Rust form; what
    /// has to be converted in between is part of the way.
    fn answer(&mut self, transaction: &Transaction) -> Verdict;

    /// The texts of the view that it makes for a party, in the order of
    /// [`SHOWN`]; none where the reference masker itself makes it.
    fn shown(&mut self, _transaction: &Transaction, _party: &str) -> Option<Shown> {
        None
    }
}

/// The texts of a view, as scripts name them, in the interface's order.
pub(crate) const SHOWN: [&str; 16] = [
    "cardholder_name",
    "cardholder_phone",
    "cardholder_email",
    "cardholder_id_number",
    "cardholder_account",
    "merchant_name",
    "merchant_city",
    "merchant_country",
    "merchant_address",
    "merchant_phone",
    "merchant_id",
    "terminal_id",
    "counterparty",
    "rrn",
    "stan",
    "authorisation_code",
];

/// Their values.
pub(crate) type Shown = [Option<String>; SHOWN.len()];

/// The ways, in the order of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Native,
    TillbellFresh,
    TillbellReused,
    ExtismFresh,
    ExtismReused,
    ExtismRolesFresh,
    ExtismRolesReused,
    LuaFresh,
    LuaReused,
    Rhai,
}

impl Way {
    pub(crate) const ALL: [Self; 10] = [
        Self::Native,
        Self::TillbellFresh,
        Self::TillbellReused,
        Self::ExtismFresh,
        Self::ExtismReused,
        Self::ExtismRolesFresh,
        Self::ExtismRolesReused,
        Self::LuaFresh,
        Self::LuaReused,
        Self::Rhai,
    ];

    /// Its name in tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Native => "native Rust, no sandbox",
            Self::TillbellFresh => "Tillbell, fresh sandbox, guarded",
            Self::TillbellReused => "Tillbell's plugins, instances reused, no guard",
            Self::ExtismFresh => "Extism, one plugin, fresh",
            Self::ExtismReused => "Extism, one plugin, reused",
            Self::ExtismRolesFresh => "Extism, three plugins, fresh",
            Self::ExtismRolesReused => "Extism, three plugins, reused",
            Self::LuaFresh => "Lua 5.4, fresh state",
            Self::LuaReused => "Lua 5.4, one state reused",
            Self::Rhai => "Rhai, new scope",
        }
    }

    /// Its name as an argument of the command.
    pub(crate) fn argument(self) -> String {
        format!("{self:?}")
    }

    /// The way of this argument.
    pub(crate) fn parse(argument: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.argument() == argument)
    }

    /// Whether there is an instance whose memory could be measured.
    pub(crate) fn has_instances(self) -> bool {
        !matches!(self, Self::Native | Self::Rhai)
    }

    /// Sets it up from what is in the prepared folder.
    pub(crate) fn start(self, files: &Files) -> Box<dyn Contender> {
        match self {
            Self::Native => Box::new(native::Native::start()),
            Self::TillbellFresh => Box::new(sandboxed::Fresh::start(&files.artefact)),
            Self::TillbellReused => Box::new(sandboxed::Shared::start(&files.artefact).kept()),
            Self::ExtismFresh => Box::new(extism::Fresh::start(files, false)),
            Self::ExtismReused => Box::new(extism::Compiled::start(files, false).kept()),
            Self::ExtismRolesFresh => Box::new(extism::Fresh::start(files, true)),
            Self::ExtismRolesReused => Box::new(extism::Compiled::start(files, true).kept()),
            Self::LuaFresh => Box::new(lua::Fresh::start(&files.lua)),
            Self::LuaReused => Box::new(lua::Kept::start(&files.lua)),
            Self::Rhai => Box::new(rhai::Engine::start()),
        }
    }

    /// Instances that live at the same time, each as one transaction has it.
    pub(crate) fn instances(self, files: &Files) -> Box<dyn FnMut() -> Box<dyn Contender>> {
        match self {
            Self::TillbellFresh | Self::TillbellReused => {
                let shared = sandboxed::Shared::start(&files.artefact);
                Box::new(move || Box::new(shared.kept()))
            }
            Self::ExtismFresh | Self::ExtismReused => {
                let compiled = extism::Compiled::start(files, false);
                Box::new(move || Box::new(compiled.kept()))
            }
            Self::ExtismRolesFresh | Self::ExtismRolesReused => {
                let compiled = extism::Compiled::start(files, true);
                Box::new(move || Box::new(compiled.kept()))
            }
            Self::LuaFresh | Self::LuaReused => {
                let code = files.lua.clone();
                Box::new(move || Box::new(lua::Kept::start(&code)))
            }
            Self::Native | Self::Rhai => unreachable!("nothing to hold: see has_instances"),
        }
    }
}

/// What the contenders start from, read before any clock starts.
pub(crate) struct Files {
    /// Tillbell's artefact.
    pub(crate) artefact: Vec<u8>,
    /// Extism's plugin, a module with its configuration in memory.
    pub(crate) module: Vec<u8>,
    /// Where Extism finds what it compiled before.
    pub(crate) cache: std::path::PathBuf,
    /// Lua's bytecode.
    pub(crate) lua: Vec<u8>,
}

impl Files {
    /// Makes them, in a folder where other processes can read them.
    pub(crate) fn prepare(folder: &Path, artefact: &[u8], module: &[u8]) -> Self {
        let write = |name: &str, bytes: &[u8]| {
            fs::write(folder.join(name), bytes).expect("the scratch folder written");
        };
        write("harbour.tillbell", artefact);
        write("plugin.wasm", &extism::snapshot(module));
        write("harbour.luac", &lua::bytecode());
        let cache = format!("[cache]\ndirectory = {:?}\n", folder.join("cache"));
        write("cache.toml", cache.as_bytes());
        let files = Self::read(folder);
        // Fills the cache.
        extism::Compiled::start(&files, false);
        files
    }

    /// Reads what [`Files::prepare`] made.
    pub(crate) fn read(folder: &Path) -> Self {
        let read = |name: &str| fs::read(folder.join(name)).expect("a prepared file");
        Self {
            artefact: read("harbour.tillbell"),
            module: read("plugin.wasm"),
            cache: folder.join("cache.toml"),
            lua: read("harbour.luac"),
        }
    }
}
