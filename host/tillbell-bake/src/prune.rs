//! Leaves out of a snapshot what only `configure` and `explain` needed.
//!
//! A configured plugin is never configured again, so the parsers of rules and
//! templates need not be carried to a till. The body of every function that no
//! other export, no table and no global can reach becomes one trap: numbers and
//! types stay as they were, so that nothing else has to change, and if this
//! reasoning were wrong, a call would trap, and nothing worse.

use std::ops::Range;

use tillbell::{Error, ErrorKind, Result};
use wasm_encoder::{CodeSection, ComponentSectionId, Function, Instruction, RawSection, SectionId};
use wasmparser::{
    ConstExpr, ElementItems, ElementKind, ExternalKind, FunctionBody, Operator, Parser, Payload,
    TypeRef,
};

/// The core exports behind a component's `configure`.
const CONFIGURE: [&str; 2] = ["configure", "cabi_post_configure"];
/// What stands before the core exports of a package that no host asks.
const EXPLAINING: [&str; 2] = ["tillbell:explain/", "cabi_post_tillbell:explain/"];

/// Gives the component with only what calls after `configure` can reach.
///
/// # Errors
/// [`ErrorKind::Component`] if it cannot be read.
pub(crate) fn prune(component: &[u8]) -> Result<Vec<u8>> {
    each_module(component, module)
}

/// Gives the component with its modules written anew.
///
/// # Errors
/// [`ErrorKind::Component`] if it cannot be read, and of whoever writes.
pub(crate) fn each_module(
    component: &[u8],
    write: impl Fn(&[u8]) -> Result<Vec<u8>>,
) -> Result<Vec<u8>> {
    let mut written = wasm_encoder::Component::new();
    // Within a module all is copied with it.
    let mut module_end = 0;
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload.map_err(unreadable)?;
        if let Payload::ModuleSection { unchecked_range, .. } = &payload {
            module_end = unchecked_range.end;
            let module = write(within(component, unchecked_range))?;
            let id = ComponentSectionId::CoreModule.into();
            written.section(&RawSection { id, data: &module });
        } else if let Some((id, range)) = payload.as_section()
            && range.start >= module_end
        {
            if matches!(payload, Payload::ComponentSection { .. }) {
                module_end = range.end;
            }
            written.section(&RawSection { id, data: within(component, &range) });
        }
    }
    Ok(written.finish())
}

/// The bytes of a range that a parser of them named.
fn within<'a>(bytes: &'a [u8], range: &Range<u64>) -> &'a [u8] {
    &bytes[range.start as usize..range.end as usize]
}

/// A core module, as far as it matters here.
#[derive(Default)]
struct Module<'a> {
    imported: u32,
    bodies: Vec<FunctionBody<'a>>,
    roots: Vec<u32>,
}

fn module(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut module = Module::default();
    let mut sections: Vec<(u8, Range<u64>)> = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.map_err(unreadable)?;
        if let Some((id, range)) = payload.as_section()
            && id != SectionId::Custom as u8
        {
            sections.push((id, range));
        }
        module.note(payload)?;
    }
    let reached = module.reached()?;
    let mut pruned = wasm_encoder::Module::new();
    for (id, range) in sections {
        if id != SectionId::Code as u8 {
            pruned.section(&RawSection { id, data: within(bytes, &range) });
            continue;
        }
        let mut code = CodeSection::new();
        for (body, reached) in module.bodies.iter().zip(&reached) {
            if *reached {
                code.raw(body.as_bytes());
            } else {
                let mut trap = Function::new([]);
                trap.instruction(&Instruction::Unreachable).instruction(&Instruction::End);
                code.function(&trap);
            }
        }
        pruned.section(&code);
    }
    Ok(pruned.finish())
}

/// Whether no host calls a core export.
fn is_left_out(export: &str) -> bool {
    CONFIGURE.contains(&export) || EXPLAINING.iter().any(|begin| export.starts_with(begin))
}

impl<'a> Module<'a> {
    /// Takes from a section which functions there are, and where calls begin.
    fn note(&mut self, payload: Payload<'a>) -> Result<()> {
        match payload {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    if matches!(import.map_err(unreadable)?.ty, TypeRef::Func(_)) {
                        self.imported += 1;
                    }
                }
            }
            Payload::StartSection { func, .. } => self.roots.push(func),
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.map_err(unreadable)?;
                    if export.kind == ExternalKind::Func && !is_left_out(export.name) {
                        self.roots.push(export.index);
                    }
                }
            }
            Payload::GlobalSection(section) => {
                for global in section {
                    self.constant(&global.map_err(unreadable)?.init_expr)?;
                }
            }
            Payload::TableSection(section) => {
                for table in section {
                    if let wasmparser::TableInit::Expr(init) = table.map_err(unreadable)?.init {
                        self.constant(&init)?;
                    }
                }
            }
            Payload::ElementSection(section) => {
                for element in section {
                    let element = element.map_err(unreadable)?;
                    if let ElementKind::Active { offset_expr, .. } = &element.kind {
                        self.constant(offset_expr)?;
                    }
                    match element.items {
                        ElementItems::Functions(functions) => {
                            for function in functions {
                                self.roots.push(function.map_err(unreadable)?);
                            }
                        }
                        ElementItems::Expressions(_, expressions) => {
                            for expression in expressions {
                                self.constant(&expression.map_err(unreadable)?)?;
                            }
                        }
                    }
                }
            }
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            _ => {}
        }
        Ok(())
    }

    fn constant(&mut self, expression: &ConstExpr<'_>) -> Result<()> {
        for operator in expression.get_operators_reader() {
            if let Operator::RefFunc { function_index } = operator.map_err(unreadable)? {
                self.roots.push(function_index);
            }
        }
        Ok(())
    }

    /// For each body, whether a call can get there.
    fn reached(&self) -> Result<Vec<bool>> {
        let mut reached = vec![false; self.bodies.len()];
        let mut waiting = self.roots.clone();
        while let Some(function) = waiting.pop() {
            let Some(at) = function.checked_sub(self.imported).map(|at| at as usize) else {
                continue;
            };
            let Some(body) = self.bodies.get(at) else { continue };
            if std::mem::replace(&mut reached[at], true) {
                continue;
            }
            for operator in body.get_operators_reader().map_err(unreadable)? {
                match operator.map_err(unreadable)? {
                    Operator::Call { function_index }
                    | Operator::ReturnCall { function_index }
                    | Operator::RefFunc { function_index } => waiting.push(function_index),
                    _ => {}
                }
            }
        }
        Ok(reached)
    }
}

fn unreadable(error: wasmparser::BinaryReaderError) -> Error {
    Error::new(ErrorKind::Component, "cannot be read").because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_configure_calls_becomes_a_trap() {
        let text = r#"(module
            (import "log" "log" (func $log))
            (table 1 funcref)
            (elem (i32.const 0) $in_table)
            (func $parse (call $deep))
            (func $deep (call $log))
            (func $shared)
            (func $in_table (call $by_table))
            (func $by_table)
            (func (export "configure") (call $parse) (call $shared))
            (func (export "route") (call $shared))
            (func (export "tillbell:explain/explaining@0.1.0#explain") (call $parse)))"#;
        let module = module(&wat::parse_str(text).unwrap()).unwrap();
        let mut trapping = Vec::new();
        for payload in Parser::new(0).parse_all(&module) {
            if let Payload::CodeSectionEntry(body) = payload.unwrap() {
                let first = body.get_operators_reader().unwrap().read().unwrap();
                trapping.push(matches!(first, Operator::Unreachable));
            }
        }
        // parse, deep, shared, in_table, by_table, configure, route, explain
        assert_eq!(trapping, [true, true, false, false, false, true, false, true]);
    }
}
