//! Lua 5.4: `scripts/lua`, one chunk, compiled to bytecode beforehand.

use mlua::chunk::ChunkMode;
use mlua::{Function, Lua, LuaOptions, StdLib, Table};
use tillbell_bench_wire::{Message, Verdict};
use tillbell_transaction::Transaction;

use crate::contender::{Contender, SHOWN, Shown};
use crate::fields::{Fields, fill};

const SCRIPT: &str = concat!(
    include_str!("../scripts/lua/rules.lua"),
    include_str!("../scripts/lua/masking.lua"),
    include_str!("../scripts/lua/wording.lua"),
);
/// The script's name in errors.
const NAME: &str = "=harbour";
/// Room for a transaction's fields.
const FIELDS: usize = 40;

/// The script, compiled and stripped.
pub(crate) fn bytecode() -> Vec<u8> {
    let lua = Lua::new();
    let script = lua.load(SCRIPT).set_name(NAME).into_function();
    script.expect("a script that compiles").dump(true)
}

/// A state with the script loaded, kept from transaction to transaction.
pub(crate) struct Kept {
    lua: Lua,
    answer: Function,
}

/// A state for each transaction.
pub(crate) struct Fresh(Vec<u8>);

impl Kept {
    /// Opens no more of the standard library than the script uses.
    pub(crate) fn start(bytecode: &[u8]) -> Self {
        let libraries = StdLib::STRING | StdLib::TABLE | StdLib::UTF8 | StdLib::OS;
        let lua = Lua::new_with(libraries, LuaOptions::new()).expect("a state");
        lua.load(bytecode).set_name(NAME).set_mode(ChunkMode::Binary).exec().expect("loaded");
        let answer = lua.globals().get("answer").expect("the script's function");
        Self { lua, answer }
    }

    fn form(&self, transaction: &Transaction) -> Table {
        let table = self.lua.create_table_with_capacity(0, FIELDS).expect("a table");
        let mut form = Form { lua: &self.lua, table };
        fill(&mut form, transaction);
        form.table
    }
}

impl Fresh {
    pub(crate) fn start(bytecode: &[u8]) -> Self {
        Self(bytecode.into())
    }
}

impl Contender for Fresh {
    fn answer(&mut self, transaction: &Transaction) -> Verdict {
        let mut state = Kept::start(&self.0);
        // It is thrown away before there is anything worth collecting.
        state.lua.gc_stop();
        state.answer(transaction)
    }
}

impl Contender for Kept {
    fn shown(&mut self, transaction: &Transaction, party: &str) -> Option<Shown> {
        let shown: Function = self.lua.globals().get("shown").expect("the script's function");
        let view: Table = shown.call((self.form(transaction), party)).expect("the script runs");
        Some(SHOWN.map(|name| view.raw_get(name).expect("a text or nil")))
    }

    fn answer(&mut self, transaction: &Transaction) -> Verdict {
        let verdict: Table = self.answer.call(self.form(transaction)).expect("the script runs");
        read(&verdict).expect("a verdict")
    }
}

fn read(verdict: &Table) -> mlua::Result<Verdict> {
    let mut messages = Vec::new();
    if let Some(made) = verdict.raw_get::<Option<Table>>("messages")? {
        for message in made.sequence_values::<Table>() {
            let message = message?;
            messages.push(Message {
                party: message.raw_get("party")?,
                channel: message.raw_get("channel")?,
                template: message.raw_get("template")?,
                locale: message.raw_get("locale")?,
                priority: message.raw_get("priority")?,
                not_before: message.raw_get("not_before")?,
                expires_at: message.raw_get("expires_at")?,
                text: message.raw_get("text")?,
            });
        }
    }
    Ok(Verdict {
        decision: verdict.raw_get("decision")?,
        reason: verdict.raw_get("reason")?,
        rule: verdict.raw_get("rule")?,
        messages,
    })
}

struct Form<'a> {
    lua: &'a Lua,
    table: Table,
}

impl Fields for Form<'_> {
    fn text(&mut self, key: &'static str, value: &str) {
        self.table.raw_set(key, value).expect("memory for a field");
    }

    fn number(&mut self, key: &'static str, value: i64) {
        self.table.raw_set(key, value).expect("memory for a field");
    }

    fn list(&mut self, key: &'static str, values: &[&str]) {
        let list = self.lua.create_sequence_from(values.iter().copied());
        list.and_then(|list| self.table.raw_set(key, list)).expect("memory for a field");
    }

    fn within(&mut self, key: &'static str, fill: impl FnOnce(&mut Self)) {
        let table = self.lua.create_table_with_capacity(0, 4).expect("a table");
        let mut inner = Form { lua: self.lua, table };
        fill(&mut inner);
        self.table.raw_set(key, inner.table).expect("memory for a field");
    }
}
