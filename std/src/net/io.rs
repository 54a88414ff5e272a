//! The thread that does the input and output of all wires of a process.
//!
//! It is started with the first wire, and stays: without anything to do it sleeps. A forked child
//! has none of its parent's wires, and starts a thread of its own if it makes some.

#![forbid(unsafe_code)]

use std::cell::Cell;
use std::io;
use std::sync::Mutex;

use tokio::runtime::{Builder, Handle};

use crate::panic_guard::locked;
use crate::per_process::PerProcess;

static IO: PerProcess<Mutex<Option<Handle>>> = PerProcess::new();

thread_local! {
    static HERE: Cell<bool> = const { Cell::new(false) };
}

/// Whether this is that thread.
pub(super) fn is_here() -> bool {
    HERE.get()
}

/// Where to spawn what moves bytes.
pub(super) fn handle() -> io::Result<Handle> {
    let mut handle = locked(IO.get(|_| Mutex::new(None)));
    if let Some(handle) = &*handle {
        return Ok(handle.clone());
    }
    let runtime = Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .thread_name("gimmal-io-helper")
        .max_blocking_threads(16)
        .build()?;
    let new = runtime.handle().clone();
    // A thread of std: it ours to no run, whoever needs it first.
    let builder = std::thread::Builder::new().name("gimmal-io".into());
    builder.spawn(move || {
        HERE.set(true);
        runtime.block_on(std::future::pending::<()>())
    })?;
    *handle = Some(new.clone());
    Ok(new)
}
