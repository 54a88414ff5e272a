//! L0: what a `fork` without `exec` does to the locks of this crate, where there is one (feature
//! `std` on Unix). The child has one thread, that which forked, and memory as it was at that moment:
//! whatever another thread of the parent was in the middle of stays so.
//!
//! Two ways out, for two kinds of locks:
//!
//! * What is rarely locked is never locked at a fork: [`between_forks`]. The fork waits for the
//!   threads inside, as it does for the allocator of the C library.
//! * What is locked often is made anew by the first thread that comes there in the child, if what it
//!   guards means nothing there: [`InChild`]. A list of waiters is of that kind, as no other thread of the
//!   parent waits in the child. `shim/core_lock.rs` does it.
//!
//! Both rest on functions that the C library calls at a fork (`pthread_atfork`), and are registered
//! before the first lock is taken. A child that is made by a bare system call knows nothing of them.
//!
//! | `PROCESS` | means | left by |
//! |---|---|---|
//! | 0 | nothing is registered | the first thread that asks: 0=>1 |
//! | 1 | no fork so far, or none that was told | fork: in the child 1=>2 |
//! | `n` | the process is the child of one with `n - 1` | fork: in the child `n`=>`n + 1` |
//!
//! A [`Process`] is that number less one, in 16 bits, which fit into the nodes of lists: so a list must be looked at once in
//! 65536 generations of a line of forks.

#![allow(unsafe_code)]

/// What a lock that is made anew in a forked child begins with there.
pub(crate) trait InChild {
    /// Makes it what it is to be in this process. A thread of the parent may have been in the middle
    /// of changing it: every field has its old value or its new one.
    #[allow(dead_code)] // Where there is no fork.
    fn begin_in_child(&mut self, process: Process);
}

#[cfg(all(feature = "std", unix, not(any(loom, miri))))]
pub(crate) use real::Process;
#[cfg(all(feature = "std", unix, not(any(loom, miri))))]
pub use real::between_forks;
#[cfg(not(all(feature = "std", unix, not(any(loom, miri)))))]
pub(crate) use unforked::Process;
#[cfg(not(all(feature = "std", unix, not(any(loom, miri)))))]
pub use unforked::between_forks;

#[cfg(all(feature = "std", unix, not(any(loom, miri))))]
mod real {
    extern crate std;

    use core::cell::Cell;
    use core::sync::atomic::{AtomicU32, Ordering::*};
    use std::thread::yield_now;
    use std::time::{Duration, Instant};

    use super::super::atomic::AtomicUsize;
    use super::super::fork_gate::ForkGate;

    static PROCESS: AtomicU32 = AtomicU32::new(0);

    static GATE: ForkGate = ForkGate {
        inside: AtomicUsize::new(0),
        forking: AtomicUsize::new(0),
    };

    std::thread_local! {
        /// This thread is in a section.
        static HERE: Cell<bool> = const { Cell::new(false) };
    }

    /// A fork waits so long for the threads inside. None takes so long, unless it is stopped there.
    const LONGEST_WAIT: Duration = Duration::from_secs(1);

    /// Which process of a line of forks this is.
    #[derive(Clone, Copy, PartialEq, Eq)]
    pub(crate) struct Process(u16);

    impl Process {
        /// The first one. All zeros, as an object that lies in `.bss`.
        pub(crate) const FIRST: Self = Process(0);

        /// This one.
        #[inline]
        pub(crate) fn current() -> Self {
            // R: it changes at a fork only, of which threads that come later know
            match PROCESS.load(Relaxed) {
                0 => register(),
                count => Process((count - 1) as u16),
            }
        }

        /// This process was forked by one that had used the crate.
        pub(crate) fn is_forked() -> bool {
            Self::current() != Self::FIRST
        }

        pub(crate) fn number(self) -> u16 {
            self.0
        }
    }

    /// Two threads may both come here, and register everything twice: nothing is done by it that
    /// may not be done twice.
    #[cold]
    fn register() -> Process {
        // SAFETY: the functions live as long as the program, and touch atomics only. If there is no
        // memory to register them, forks are as if nobody had asked.
        unsafe { libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child)) };
        let _ = PROCESS.compare_exchange(0, 1, Relaxed, Relaxed); // R: as for `current`
        Process::current()
    }

    /// In how many sections this thread is: a handler of a signal may fork in the middle of one, which
    /// both processes then end.
    fn own() -> usize {
        usize::from(HERE.get())
    }

    extern "C" fn before() {
        GATE.begin_fork();
        let end = Instant::now() + LONGEST_WAIT;
        while GATE.is_entered(own()) && Instant::now() < end {
            yield_now();
        }
    }

    extern "C" fn in_parent() {
        GATE.end_fork();
    }

    extern "C" fn in_child() {
        PROCESS.fetch_add(1, Relaxed); // R: there is no other thread
        GATE.begin_in_child(own());
    }

    /// Does something short in which no fork comes. One inside another is part of it.
    pub fn between_forks<R>(act: impl FnOnce() -> R) -> R {
        struct ExitGuard;
        impl Drop for ExitGuard {
            fn drop(&mut self) {
                HERE.set(false);
                GATE.leave();
            }
        }
        if HERE.get() {
            return act();
        }
        Process::current(); // registered
        while !GATE.try_enter() {
            while GATE.is_forking() {
                yield_now();
            }
        }
        HERE.set(true);
        let _guard = ExitGuard;
        act()
    }
}

#[cfg(not(all(feature = "std", unix, not(any(loom, miri)))))]
mod unforked {
    /// There is one process.
    #[derive(Clone, Copy, PartialEq, Eq)]
    pub(crate) struct Process;

    impl Process {
        pub(crate) const FIRST: Self = Process;

        #[allow(dead_code)] // For models.
        pub(crate) fn is_forked() -> bool {
            false
        }
    }

    /// Does it.
    #[inline(always)]
    pub fn between_forks<R>(act: impl FnOnce() -> R) -> R {
        act()
    }
}
