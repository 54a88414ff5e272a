//! What is installed in a process, and how many handles it is installed for. A child of a fork has
//! a table of its own.
//!
//! **One reader.** The bell stays when the last handle goes, and the signal thread
//! ends. A thread that is started for the next `install` waits for the same bell; it begins when
//! the one before waits no more, so that no ring is taken by the wrong one. `off` of a thread's
//! `Inner` says so. It is set by whoever takes the last handle back if the thread is not reading
//! (it will not begin again), else by the thread, which is woken for it.

#![forbid(unsafe_code)]

use std::io;
use std::mem;
use std::sync::atomic::Ordering::*;
use std::sync::{Arc, Mutex};
use std::thread;

use super::bell::Bell;
use super::host::put_in_place;
use super::inner::{Inner, Reader, Subscriber};
use crate::panic_guard::locked;
use crate::per_process::PerProcess;
use crate::stop::Subscribers;

/// What is installed in this process.
pub(super) static PROCESS: PerProcess<Process> = PerProcess::new();

#[derive(Default)]
pub(super) struct Process {
    /// Held while terminations are installed, cloned and dropped; never in a handler.
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    /// What handles of this process share. Handles of ancestors are handles of it, too, and are not
    /// counted.
    inner: Option<Arc<Inner>>,
    /// How many `Termination`s there are. While there are any, it is installed.
    handles: usize,
    /// The last one of those before, whose thread may still read.
    before: Option<Arc<Inner>>,
}

impl Process {
    pub(super) fn here() -> &'static Process {
        PROCESS.get(|_| Process::default())
    }

    /// Installs it if it is not, and counts one more handle.
    pub(super) fn install(&'static self) -> io::Result<Arc<Inner>> {
        let mut table = locked(&self.table);
        if table.handles == 0 {
            put_in_place(Bell::ring)?;
            let bell = Bell::get_or_make()?;
            let inner = table.inner().clone();
            let before = table.before.clone();
            let its = inner.clone();
            // A thread of std: it belongs to no run, whoever installs.
            let builder = thread::Builder::new().name("gimmal-signal".into());
            locked(&inner.state).reader = Reader::Starting;
            let started = builder.spawn(move || {
                if let Some(before) = before {
                    before.off.wait();
                }
                its.run(bell);
            });
            if let Err(why) = started {
                locked(&inner.state).reader = Reader::None;
                return Err(why);
            }
            table.before = None;
            let arrived = bell.arrived.iter();
            arrived.for_each(|arrived| arrived.store(false, Relaxed)); // R: what came before is nobody's business
            inner.arm(&locked(&inner.state));
            bell.idle.store(false, Relaxed); // R: a signal about now may find either
        }
        table.handles += 1;
        Ok(table.inner().clone())
    }

    /// What the handles of this process share, installed or not.
    pub(super) fn inner(&self) -> Arc<Inner> {
        locked(&self.table).inner().clone()
    }

    /// The same, if there is any.
    pub(super) fn known(&self) -> Option<Arc<Inner>> {
        locked(&self.table).inner.clone()
    }

    /// Counts one more handle of what is installed.
    pub(super) fn again(&self) {
        locked(&self.table).handles += 1;
    }

    /// Takes one handle back; what the last one leaves is for the caller to drop, without the lock.
    pub(super) fn leave(&self) -> Option<Subscribers<Subscriber>> {
        let mut table = locked(&self.table);
        table.handles -= 1;
        if table.handles > 0 {
            return None;
        }
        let inner = table.inner.take()?;
        let bell = Bell::here()?;
        bell.idle.store(true, Relaxed); // R: a signal about now may find either
        let left = {
            let mut state = locked(&inner.state);
            state.ended = true;
            if state.reader == Reader::Elsewhere {
                inner.off.set();
            }
            match state.reason {
                // Nobody is left who could ask for anything.
                None => mem::take(&mut state.subscribers),
                // The signal thread tells those who have not been told, then ends.
                Some(_) => Subscribers::default(),
            }
        };
        bell.wake();
        table.before = Some(inner);
        Some(left)
    }
}

impl Table {
    fn inner(&mut self) -> &Arc<Inner> {
        self.inner.get_or_insert_with(Inner::new)
    }
}
