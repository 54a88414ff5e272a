//! What is installed in the process: the handlers' actions, and how many handles they are installed for.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::io;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering::*};
use std::sync::{Arc, Mutex};
use std::thread;

use signal_hook::{SigId, flag, low_level};

use super::{Inner, SIGNALS, Subscriber};
use crate::safely::locked;
use crate::sync::Event;

/// The handlers' actions. Dropping it takes them away.
struct Actions(Vec<SigId>);

impl Actions {
    /// In the order in which the handler does them.
    fn add(inner: &Inner) -> io::Result<Self> {
        let mut actions = Actions(Vec::new());
        for (signal, arrived) in SIGNALS.into_iter().zip(&inner.arrived) {
            let mut added = |id: io::Result<SigId>| id.map(|id| actions.0.push(id));
            let armed = inner.armed.clone();
            added(flag::register_conditional_shutdown(
                signal,
                128 + signal,
                armed,
            ))?;
            added(flag::register(signal, arrived.clone()))?;
            added(low_level::pipe::register(signal, inner.wake.try_clone()?))?;
        }
        Ok(actions)
    }
}

impl Drop for Actions {
    fn drop(&mut self) {
        for id in self.0.drain(..) {
            low_level::unregister(id);
        }
    }
}

/// What is installed in this process. Held while terminations are installed, cloned and dropped; never in a handler.
pub(super) static PROCESS: Mutex<Process> = Mutex::new(Process {
    defaults: [false; SIGNALS.len()],
    installed: None,
});

/// No `Termination` is installed: signals do what they did before.
static IDLE: AtomicBool = AtomicBool::new(true);

pub(super) struct Process {
    /// For which of `SIGNALS` our handler knows what to do when idle.
    defaults: [bool; SIGNALS.len()],
    installed: Option<Installed>,
}

pub(super) struct Installed {
    inner: Arc<Inner>,
    /// How many `Termination`s there are.
    handles: usize,
    actions: Actions,
}

impl Process {
    /// One more handle.
    pub(super) fn install(&mut self) -> io::Result<Arc<Inner>> {
        if let Some(inner) = self.again() {
            return Ok(inner);
        }
        for (signal, known) in SIGNALS.into_iter().zip(&mut self.defaults) {
            if !*known && does_the_default(signal) {
                flag::register_conditional_default(signal, &IDLE)?;
            }
            *known = true;
        }
        let (wake, bytes) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        let inner = Arc::new(Inner {
            state: Mutex::default(),
            requested: Event::new(),
            arrived: Default::default(),
            armed: Arc::default(),
            wake,
        });
        let actions = Actions::add(&inner)?;
        let its = inner.clone();
        // A thread of std: it belongs to no run, whoever installs.
        let builder = thread::Builder::new().name("gimmal-signal".into());
        builder.spawn(move || its.run(bytes))?;
        IDLE.store(false, Relaxed); // R: a signal about now may find either
        self.installed = Some(Installed {
            inner: inner.clone(),
            handles: 1,
            actions,
        });
        Ok(inner)
    }

    /// What is installed, without a handle.
    pub(super) fn inner(&self) -> Option<Arc<Inner>> {
        Some(self.installed.as_ref()?.inner.clone())
    }

    /// One more handle of what is installed.
    pub(super) fn again(&mut self) -> Option<Arc<Inner>> {
        let installed = self.installed.as_mut()?;
        installed.handles += 1;
        Some(installed.inner.clone())
    }

    /// Takes one handle back; what the last one leaves is for the caller to drop, without the lock.
    pub(super) fn leave(&mut self) -> Option<BTreeMap<u64, Subscriber>> {
        let installed = self.installed.as_mut()?;
        installed.handles -= 1;
        if installed.handles > 0 {
            return None;
        }
        let Installed { inner, actions, .. } = self.installed.take()?;
        IDLE.store(true, Relaxed); // R: a signal about now may find either
        drop(actions);
        let left = {
            let mut state = locked(&inner.state);
            state.ended = true;
            match state.reason {
                // Nobody is left who could ask for anything.
                None => std::mem::take(&mut state.subscribers),
                // The signal thread tells those who have not been told, then ends.
                Some(_) => BTreeMap::new(),
            }
        };
        // After the handlers have let go of it: nobody sends into a stream that is shut down.
        let _ = inner.wake.shutdown(Shutdown::Write);
        Some(left)
    }
}

/// Does the process, as far as it can be known, do the default on this signal?
fn does_the_default(signal: i32) -> bool {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else {
        return true;
    };
    let in_mask = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let mask = line.and_then(|hex| u128::from_str_radix(hex.trim(), 16).ok());
        mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
    };
    !in_mask("SigIgn:") && !in_mask("SigCgt:")
}
