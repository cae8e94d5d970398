//! The memory that `configure` left, as the initial memory of a new component.

use std::borrow::Cow;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use tillbell::{Error, ErrorKind, Result, State};
use wasmtime::Store;
use wasmtime::component::{ComponentNamedList, Instance, Lift, WasmList};
use wasmtime_wizer::{ComponentContext, ComponentInstanceState, Wizer};

/// Adds to a component the exports through which its state is read.
pub(crate) fn instrument(
    component: &[u8],
) -> Result<(Wizer, ComponentContext<'_>, Cow<'static, [u8]>)> {
    let mut wizer = Wizer::new();
    wizer.keep_init_func(true);
    let (context, instrumented) = wizer.instrument_component(component).map_err(|error| {
        Error::new(ErrorKind::Component, "cannot be snapshotted").because(error)
    })?;
    Ok((wizer, context, instrumented.into()))
}

/// Writes the component anew, with the instance's state as its initial state.
pub(crate) fn take(
    wizer: &Wizer,
    context: &ComponentContext<'_>,
    store: &mut Store<State>,
    instance: Instance,
) -> Result<Vec<u8>> {
    let mut state = Reader { store, instance, failed: None };
    let snapshot = {
        let snapshot = pin!(wizer.snapshot_component(context, &mut state));
        // Nothing in it ever waits: the reader's calls are synchronous.
        match snapshot.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(snapshot) => snapshot.map_err(|error| {
                Error::new(ErrorKind::Component, "cannot be snapshotted").because(error)
            }),
            Poll::Pending => Err(Error::new(ErrorKind::Host, "the snapshot did not finish")),
        }
    };
    match state.failed {
        Some(error) => {
            let detail = "configure leaves no room to grow, which the snapshot needs";
            Err(Error::new(ErrorKind::Limit, detail).because(error))
        }
        None => snapshot,
    }
}

struct Reader<'a> {
    store: &'a mut Store<State>,
    instance: Instance,
    /// Why an accessor trapped. Only one for a memory can: it grows the memory
    /// by a page, to return where it lies.
    failed: Option<wasmtime::Error>,
}

impl Reader<'_> {
    /// Calls one of the accessors that [`instrument`] added; none if it traps.
    fn read<R>(&mut self, instance: &str, func: &str) -> Option<R>
    where
        (R,): ComponentNamedList + Lift + 'static,
    {
        const ADDED: &str = "instrumented above";
        let (_, interface) =
            self.instance.get_export(&mut *self.store, None, instance).expect(ADDED);
        let (_, func) =
            self.instance.get_export(&mut *self.store, Some(&interface), func).expect(ADDED);
        let func = self.instance.get_typed_func::<(), (R,)>(&mut *self.store, func).expect(ADDED);
        match func.call(&mut *self.store, ()) {
            Ok((value,)) => Some(value),
            Err(error) => {
                self.failed.get_or_insert(error);
                None
            }
        }
    }
}

impl ComponentInstanceState for Reader<'_> {
    async fn call_func_ret_list_u8(
        &mut self,
        instance: &str,
        func: &str,
        contents: impl FnOnce(&[u8]) + Send,
    ) {
        match self.read::<WasmList<u8>>(instance, func) {
            Some(list) => contents(list.as_le_slice(&*self.store)),
            None => contents(&[]),
        }
    }

    async fn call_func_ret_s32(&mut self, instance: &str, func: &str) -> i32 {
        self.read(instance, func).unwrap_or_default()
    }

    async fn call_func_ret_s64(&mut self, instance: &str, func: &str) -> i64 {
        self.read(instance, func).unwrap_or_default()
    }

    async fn call_func_ret_f32(&mut self, instance: &str, func: &str) -> u32 {
        self.read::<f32>(instance, func).unwrap_or_default().to_bits()
    }

    async fn call_func_ret_f64(&mut self, instance: &str, func: &str) -> u64 {
        self.read::<f64>(instance, func).unwrap_or_default().to_bits()
    }
}
