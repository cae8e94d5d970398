//! Extism: the same logic as a plugin of its own kind.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use extism::{CompiledPlugin, Plugin, PluginBuilder};
use tillbell_bench_wire::{Mask, Render, Verdict, View, Whole};
use tillbell_transaction::Transaction;
use wasmtime::{Instance, Store, Val};
use wasmtime_wizer::{InstanceState, SnapshotVal, ValType, Wizer};

use crate::contender::{Contender, Files};
use crate::json;

/// The plugin with its configuration in memory, as Tillbell's bake makes it:
/// a fresh plugin would else parse its bank's files for every transaction.
pub(crate) fn snapshot(module: &[u8]) -> Vec<u8> {
    let mut wizer = Wizer::new();
    wizer.init_func("configure");
    let (context, instrumented) = wizer.instrument(module).expect("a plugin to snapshot");
    let engine = wasmtime::Engine::default();
    let mut store = Store::new(&engine, ());
    let module = wasmtime::Module::new(&engine, instrumented).expect("a plugin that compiles");
    let mut linker = wasmtime::Linker::new(&engine);
    // `configure` calls nothing.
    linker.define_unknown_imports_as_traps(&module).expect("traps for its imports");
    let instance = linker.instantiate(&mut store, &module).expect("an instance");
    let configure = instance.get_typed_func::<(), ()>(&mut store, "configure");
    configure.and_then(|configure| configure.call(&mut store, ())).expect("configured");
    let mut state = Configured { store, instance };
    let snapshot = pin!(wizer.snapshot(&context, &mut state));
    // Nothing in it ever waits.
    match snapshot.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(snapshot) => snapshot.expect("a plugin that can be snapshotted"),
        Poll::Pending => unreachable!("nothing in it waits"),
    }
}

/// The instance whose state is read.
struct Configured {
    store: Store<()>,
    instance: Instance,
}

impl InstanceState for Configured {
    async fn global_get(&mut self, name: &str, _: ValType) -> SnapshotVal {
        let global = self.instance.get_global(&mut self.store, name).expect("a global");
        match global.get(&mut self.store) {
            Val::I32(value) => SnapshotVal::I32(value),
            Val::I64(value) => SnapshotVal::I64(value),
            Val::F32(bits) => SnapshotVal::F32(bits),
            Val::F64(bits) => SnapshotVal::F64(bits),
            other => unreachable!("the plugin has no global of type {:?}", other.ty(&self.store)),
        }
    }

    async fn memory_contents(&mut self, name: &str, contents: impl FnOnce(&[u8]) + Send) {
        let memory = self.instance.get_memory(&mut self.store, name).expect("a memory");
        contents(memory.data(&self.store));
    }
}

/// The plugin, compiled.
pub(crate) struct Compiled {
    compiled: CompiledPlugin,
    /// Whether route, mask and render are kept apart, in a plugin each.
    roles: bool,
}

/// Plugins that are kept from transaction to transaction.
pub(crate) enum Kept {
    One(Box<Plugin>),
    /// Router, masker, renderer.
    Three(Box<[Plugin; 3]>),
}

/// New plugins for each transaction.
pub(crate) struct Fresh(Compiled);

impl Compiled {
    pub(crate) fn start(files: &Files, roles: bool) -> Self {
        let builder =
            PluginBuilder::new(files.module.as_slice()).with_cache_config(files.cache.clone());
        Self { compiled: CompiledPlugin::new(builder).expect("a plugin that compiles"), roles }
    }

    pub(crate) fn kept(&self) -> Kept {
        let plugin = || Plugin::new_from_compiled(&self.compiled).expect("a plugin");
        match self.roles {
            false => Kept::One(Box::new(plugin())),
            true => Kept::Three(Box::new([plugin(), plugin(), plugin()])),
        }
    }
}

impl Fresh {
    pub(crate) fn start(files: &Files, roles: bool) -> Self {
        Self(Compiled::start(files, roles))
    }
}

impl Contender for Fresh {
    fn answer(&mut self, transaction: &Transaction) -> Verdict {
        self.0.kept().answer(transaction)
    }
}

impl Contender for Kept {
    fn answer(&mut self, transaction: &Transaction) -> Verdict {
        let facts = json::facts(transaction);
        match self {
            Self::One(plugin) => {
                let whole = Whole { facts, personal: json::personal(transaction) };
                read(&call(plugin, "all", &whole))
            }
            Self::Three(plugins) => {
                let [router, masker, renderer] = plugins.as_mut();
                let mut verdict: Verdict = read(&call(router, "route", &facts));
                for message in &mut verdict.messages {
                    let question = Mask {
                        party: message.party.as_str().into(),
                        event: json::event(transaction),
                        personal: json::personal(transaction),
                    };
                    let view = call(masker, "mask", &question);
                    let view: View<'_> = read(&view);
                    let question = Render {
                        template: message.template.as_str().into(),
                        locale: message.locale.as_str().into(),
                        view,
                    };
                    let text = call(renderer, "render", &question);
                    message.text = String::from_utf8(text).expect("a text");
                }
                verdict
            }
        }
    }
}

fn call(plugin: &mut Plugin, name: &str, question: &impl serde::Serialize) -> Vec<u8> {
    let question = serde_json::to_vec(question).expect("JSON");
    plugin.call::<_, &[u8]>(name, question).expect("the plugin runs").to_vec()
}

fn read<'a, T: serde::Deserialize<'a>>(answer: &'a [u8]) -> T {
    serde_json::from_slice(answer).expect("the plugin's answer")
}
