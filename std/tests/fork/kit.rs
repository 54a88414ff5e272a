//! A fork whose child runs a closure, and how it ended.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread;

use nix::sys::signal::{SigHandler, Signal, kill, signal};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

use crate::kit::LONG;

/// What a child exits with that panicked.
const PANICKED: i32 = 101;

/// Forks by hand.
pub(crate) fn fork_here() -> ForkResult {
    // SAFETY: none in general: the child uses more than what may be used after a fork of a process with several threads.
    // That this library keeps its part of it is what is tested; the allocator is the system's, which does.
    unsafe { fork() }.unwrap()
}

/// Undoes what a shell does to a command that it runs in the background: there SIGINT is ignored.
pub(crate) fn as_in_the_foreground() {
    for one in [Signal::SIGINT, Signal::SIGQUIT] {
        // SAFETY: no handler is installed, and nothing of this process has asked for the signal yet.
        unsafe { signal(one, SigHandler::SigDfl) }.unwrap();
    }
}

/// A child of this process.
pub(crate) struct Forked(Pid);

impl Forked {
    /// Forks; the child exits with what `child` returns.
    pub(crate) fn new(child: impl FnOnce() -> i32) -> Self {
        match fork_here() {
            ForkResult::Parent { child } => Forked(child),
            ForkResult::Child => {
                let result = catch_unwind(AssertUnwindSafe(child));
                exit(result.unwrap_or(PANICKED))
            }
        }
    }

    /// A child that was forked by hand.
    pub(crate) fn with(pid: Pid) -> Self {
        Forked(pid)
    }

    pub(crate) fn send(&self, signal: Signal) {
        kill(self.0, signal).unwrap();
    }

    /// How it ended. One that hangs is killed, and that is a failure.
    #[track_caller]
    pub(crate) fn ended(self) -> WaitStatus {
        let (sender, receiver) = mpsc::channel();
        let pid = self.0;
        let waits = thread::spawn(move || sender.send(waitpid(pid, None).unwrap()));
        let status = receiver.recv_timeout(LONG / 4);
        if status.is_err() {
            kill(pid, Signal::SIGKILL).unwrap();
        }
        waits.join().unwrap().unwrap();
        status.expect("the forked child hangs")
    }

    #[track_caller]
    pub(crate) fn exits_with(self, code: i32) {
        let pid = self.0;
        assert_eq!(self.ended(), WaitStatus::Exited(pid, code));
    }

    #[track_caller]
    pub(crate) fn dies_of(self, signal: Signal) {
        let pid = self.0;
        assert_eq!(self.ended(), WaitStatus::Signaled(pid, signal, false));
    }
}

/// A child that does `child` and, if it comes so far, exits with 0.
#[track_caller]
pub(crate) fn forked(child: impl FnOnce()) {
    let child = Forked::new(|| {
        child();
        0
    });
    child.exits_with(0);
}

/// Enough for a fork in the middle of most calls.
const FORKS: usize = 40;

/// Children do `child` while threads of the parent are in the middle of `calls`.
pub(crate) fn forked_in_use<T: Send + Sync + 'static>(object: T, calls: fn(&T), child: fn(&T)) {
    let (object, over) = (Arc::new(object), Arc::new(AtomicBool::new(false)));
    let mut threads = Vec::new();
    for _ in 0..3 {
        let (its, over) = (object.clone(), over.clone());
        threads.push(thread::spawn(move || {
            while !over.load(SeqCst) {
                calls(&its);
            }
        }));
    }
    for _ in 0..FORKS {
        forked(|| child(&object));
    }
    over.store(true, SeqCst);
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
}
