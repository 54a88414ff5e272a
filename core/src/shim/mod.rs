//! L0: the only file that knows loom, cargo features and targets; with `shim/core_lock.rs`, the one
//! lock, `shim/scoped_lock.rs`, that lock for others' types, `shim/fork.rs` and `shim/fork_gate.rs`,
//! what a fork does to locks, `shim/lines.rs`, cache lines or none, `shim/stops.rs`, where tests stop threads, and
//! `shim/model.rs`, its other half under loom.
//!
//! Everything above is written once, against these names:
//!
//! | name | on a machine | under loom |
//! |---|---|---|
//! | [`atomic`] | portable-atomic: the *binary* chooses the back end where there is no compare-and-swap | loom's, each with a companion access |
//! | [`plain`] | `core::sync::atomic`, for protocols of loads and stores only | the same types as `atomic` |
//! | [`stoppable`] | the same types as `atomic`; with `test-hooks` each access is a stop place | the same types as `atomic` |
//! | [`RaceCheck`] | zero-sized | a loom cell: the checker's eye on memory that it cannot see itself |
//! | [`CoreLock`] | spin lock, host lock (`std`), or critical section (`critical-section`) | loom's mutex |
//! | `ScopedLock` | the same for closures of users, with the features that need it | not there |
//! | [`between_forks`], [`InChild`] | with `std` on Unix, locks that outlive a fork; else nothing | nothing |
//! | [`in_critical_section`] | a critical section with that feature, else nothing | nothing |
//! | [`light`], [`heavy`] | the two fences of a sleep/wake handshake: SeqCst fences, or asymmetric ones (see there) | SeqCst fences |
//! | [`CacheLine`], [`CachedIndex`], [`Backoff`] | what spares cache lines, where there are any | the same |
//! | [`Counter`], [`Note`], [`Onsets`] | count and note, with the feature `counters` | nothing |
//! | `step!` | the step | the step, unless a seeded fault removes it |
//! | `const_fn!`, `filled!` | `const fn`, inline-const array | plain `fn`, `array::from_fn`: loom's atomics cannot be const |
//!
//! **Why the companion.** loom 0.7.2 remembers only the last access of an atomic and so prunes
//! interleavings that differ in an earlier load (tokio-rs/loom issues 166 and 392); the search of
//! 0.7.3, which the models run on, is the same, line by line. Before each
//! access the model half therefore touches a second atomic with a Relaxed `fetch_add(0)`. That adds
//! no happens-before edge and stale reads stay possible.
//!
//! **What loom's own types do not show.** Unlocking its mutex is no moment at which another thread is
//! tried: what stands behind a failed `try_lock` of it may never run in a model that passes
//! (`findings/loom-try-lock.sh`), so no model rests on one. A plain store beside another thread's
//! read-modify-write may get lost (`findings/loom-lost-store.sh`): that is a false alarm, never a
//! false proof.
//!
//! **Why `plain`.** On a Cortex-M0 portable-atomic's critical-section back end masks interrupts
//! around every load and store too. A protocol that needs no read-modify-write uses the processor's
//! own loads and stores.

// A lock that interrupt handlers must not touch hangs the first program whose handler does. So the
// choice is made by name; where there is an operating system there are no such handlers.
#[cfg(all(
    target_os = "none",
    not(any(feature = "critical-section", feature = "no-interrupt-handlers"))
))]
compile_error!(
    "gimmal-core without an operating system needs a choice, made by the binary: feature `critical-section` if interrupt handlers use its types, or feature `no-interrupt-handlers` if they use nothing but rings and the ends of SPSC channels"
);

mod fork;
#[cfg(all(feature = "std", unix, not(any(loom, miri))))]
mod fork_gate;
pub use fork::between_forks;
pub(crate) use fork::{InChild, Process};
mod counter;
pub(crate) use counter::{Counter, Note, Onsets};
mod lines;
pub(crate) use lines::*;
#[cfg(any(loom, feature = "test-hooks"))]
mod stops;
#[cfg(any(loom, feature = "test-hooks"))]
pub(crate) use stops::set_stop_hook;

#[cfg(not(loom))]
mod core_lock;
#[cfg(not(loom))]
pub(crate) use core_lock::{CoreLock, in_critical_section};
#[cfg(all(
    any(feature = "embassy-sync-0_8", feature = "mutex-traits-1"),
    not(loom)
))]
mod scoped_lock;
#[cfg(all(
    any(feature = "embassy-sync-0_8", feature = "mutex-traits-1"),
    not(loom)
))]
pub(crate) use scoped_lock::ScopedLock;
#[cfg(loom)]
mod model;
#[cfg(loom)]
pub(crate) use model::*;

#[cfg(not(loom))]
mod real {
    #[cfg(feature = "std")]
    extern crate std;

    /// Read-modify-write atomics.
    pub(crate) mod atomic {
        pub(crate) use portable_atomic::{AtomicU8, AtomicU32, AtomicUsize, Ordering, fence};
    }

    /// Atomics of which only `load` and `store` are used.
    pub(crate) mod plain {
        pub(crate) use core::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize};
    }

    /// Atomics of which every access is a stop place.
    #[cfg(not(feature = "test-hooks"))]
    pub(crate) mod stoppable {
        pub(crate) use super::atomic::AtomicUsize;
    }

    /// Atomics of which every access is a stop place.
    #[cfg(feature = "test-hooks")]
    pub(crate) mod stoppable {
        use super::super::stops::stop_place;
        use super::atomic::{self, Ordering};

        #[repr(transparent)]
        pub(crate) struct AtomicUsize(atomic::AtomicUsize);

        impl AtomicUsize {
            pub(crate) const fn new(value: usize) -> Self {
                AtomicUsize(atomic::AtomicUsize::new(value))
            }

            #[inline]
            pub(crate) fn load(&self, order: Ordering) -> usize {
                stop_place();
                self.0.load(order)
            }

            #[inline]
            pub(crate) fn store(&self, value: usize, order: Ordering) {
                stop_place();
                self.0.store(value, order);
            }

            #[inline]
            pub(crate) fn compare_exchange(
                &self,
                current: usize,
                new: usize,
                success: Ordering,
                failure: Ordering,
            ) -> Result<usize, usize> {
                stop_place();
                self.0.compare_exchange(current, new, success, failure)
            }
        }
    }

    /// How often a lock is taken past a waiter that was woken and has not run: see
    /// `sync::raw_lock`. Fewer passes make a lock wait for threads that the operating system has
    /// not run yet (row `lock/4-threads`).
    pub(crate) const MOST_PASSES: u32 = 1024;

    /// Do sockets set links aside (`context/aside.rs`)? Without an operating system a context has few pipes, and looking at each
    /// of them is as fast.
    pub(crate) const SETS_ASIDE: bool = cfg!(not(target_os = "none"));
    /// What only such sockets keep: one or none.
    pub(crate) type IfSetAside<T> = [T; SETS_ASIDE as usize];
    /// How many links a socket always keeps in its list, although nothing can be received or sent there.
    pub(crate) const KEPT_IN_TURN: usize = 8;
    /// After so many looks in vain at more links than these it sets some aside. That costs a lock and a heavy fence, which is about
    /// as much as the looks. (Under an interpreter few links are many.)
    pub(crate) const LOOKS_IN_VAIN: usize = if cfg!(miri) { 8 } else { 256 };

    /// Does the first try of an operation stand apart from those that follow it? It is inlined then, and a message that goes through at
    /// once is moved once. Without an operating system the bytes of a second copy of that code weigh more.
    pub(crate) const FIRST_APART: bool = cfg!(not(target_os = "none"));

    /// Do threads wait beside queues, where they look at a word or sleep on it (`sync::event`, `sync::barrier`)?
    pub(crate) const WAITS_BESIDE: bool = cfg!(feature = "std");
    /// What is kept for them only: one or none.
    pub(crate) type IfBeside<T> = [T; WAITS_BESIDE as usize];

    /// Where the word is, for the system's calls.
    pub(crate) fn word_of(word: &atomic::AtomicU32) -> *mut u32 {
        word.as_ptr()
    }

    /// Is a waker counted by its clones? Executors without an operating system copy a pointer.
    pub(crate) const CLONES_COUNT: bool = cfg!(not(target_os = "none"));

    /// Tells the processor that this is a wait, `times` times.
    #[inline]
    pub(crate) fn pause(times: u32) {
        for _ in 0..times {
            core::hint::spin_loop();
        }
    }

    /// What a waiting thread does between two looks if nothing better is known: a short burst of
    /// pauses.
    #[inline]
    pub(crate) fn relax() {
        pause(16);
    }

    /// How often a caller that finds nothing left looks again while others are about to return
    /// something. Their operations are short, but one that was interrupted may not go on before the
    /// caller gives up. Fewer times in a forked child: a thread that was interrupted may be one of
    /// the parent's, which never goes on there.
    pub(crate) fn looks() -> usize {
        match super::Process::is_forked() {
            false => 1000,
            true => 4,
        }
    }

    /// Lets the others go on, between two such looks.
    pub(crate) fn give_way() {
        #[cfg(feature = "std")]
        std::thread::yield_now();
        #[cfg(not(feature = "std"))]
        relax();
    }

    /// The notifier's fence of a handshake: between what it publishes and its look at the waiters.
    ///
    /// **Asymmetric fences.** A notifier fences at each operation, a waiter only when it is about
    /// to sleep. Where the operating system can put a fence into every running thread of the
    /// process at once (Linux: membarrier), the waiter does that and the notifier only keeps the
    /// compiler from reordering. Both sides must agree: the answer is one for the process, fixed
    /// when it is set or when the first waiter asks, and a notifier that does not know it yet
    /// fences fully, which is always enough. It pays where the two sides seldom sleep, so an object
    /// says ([`Asymmetric`]) whether it takes part.
    pub(crate) mod light {
        use super::atomic::{Ordering, fence as full};

        #[inline(always)]
        pub(crate) fn fence(order: Ordering, agreed: bool) {
            if agreed {
                core::sync::atomic::compiler_fence(order);
            } else {
                full(order);
            }
        }
    }

    /// The waiter's fence of a handshake: between its announcement and its last look.
    pub(crate) mod heavy {
        use super::atomic::{Ordering, fence as full};

        #[inline]
        pub(crate) fn fence(order: Ordering, asymmetric: bool) {
            match super::asymmetric::hook() {
                Some(everywhere) if asymmetric => everywhere(),
                _ => full(order),
            }
        }
    }

    /// Do the notifiers of an object make the lighter half of an asymmetric pair of fences? Without
    /// an operating system there are no such pairs, and nothing is kept.
    #[derive(Clone, Copy)]
    pub(crate) struct Asymmetric {
        #[cfg(feature = "std")]
        asymmetric: bool,
    }

    impl Asymmetric {
        pub(crate) const fn new(_asymmetric: bool) -> Self {
            Asymmetric {
                #[cfg(feature = "std")]
                asymmetric: _asymmetric,
            }
        }

        /// Returns what the object says.
        #[inline(always)]
        pub(crate) fn get(self) -> bool {
            #[cfg(feature = "std")]
            return self.asymmetric;
            #[cfg(not(feature = "std"))]
            false
        }

        /// Returns `true` if the object says so, and the process has agreed.
        #[inline(always)]
        pub(crate) fn is_agreed(self) -> bool {
            self.get() && asymmetric::is_set()
        }

        /// Keeps the answer of now, for an owner that fences often. While it is `false` it fences
        /// fully, also when the process agrees later.
        pub(crate) fn agreed(self) -> Self {
            Asymmetric::new(self.is_agreed())
        }
    }

    #[cfg(feature = "std")]
    mod asymmetric {
        use super::std::sync::OnceLock;
        use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

        /// Read by notifiers; true only after `HOOK` is fixed to one.
        static SET: AtomicBool = AtomicBool::new(false);
        static HOOK: OnceLock<Option<fn()>> = OnceLock::new();

        #[inline(always)]
        pub(super) fn is_set() -> bool {
            // R: false is always safe, and true was stored after every waiter's answer was fixed.
            SET.load(Relaxed)
        }

        pub(super) fn hook() -> Option<fn()> {
            *HOOK.get_or_init(|| None)
        }

        pub(super) fn set(everywhere: fn()) -> bool {
            let set = HOOK.set(Some(everywhere)).is_ok();
            if set {
                SET.store(true, Relaxed); // R: see `is_set`
            }
            set
        }
    }

    #[cfg(not(feature = "std"))]
    mod asymmetric {
        #[inline(always)]
        pub(super) fn is_set() -> bool {
            false
        }

        #[inline(always)]
        pub(super) fn hook() -> Option<fn()> {
            None
        }

        pub(super) fn set(_everywhere: fn()) -> bool {
            false
        }
    }

    /// See [`wait::use_asymmetric_fences`](crate::wait::use_asymmetric_fences).
    pub(crate) fn set_asymmetric(everywhere: fn()) -> bool {
        asymmetric::set(everywhere)
    }

    /// Marks memory whose accesses the models watch; nothing on a machine.
    pub(crate) struct RaceCheck;

    impl RaceCheck {
        pub(crate) const fn new() -> Self {
            RaceCheck
        }
        #[inline(always)]
        pub(crate) fn read(&self) {}
        #[inline(always)]
        pub(crate) fn write(&self) {}
        #[inline(always)]
        pub(crate) fn hold(&self) {}
        #[inline(always)]
        pub(crate) fn let_go(&self) {}
    }

    /// The tracks of the slots of a ring.
    pub(crate) struct RaceChecks;

    impl RaceChecks {
        pub(crate) const fn new(_slots: usize) -> Self {
            RaceChecks
        }
        #[inline(always)]
        pub(crate) fn of(&self, _index: usize) -> &RaceCheck {
            &RaceCheck
        }
        /// An access of each of these slots: here nobody asks which they are.
        #[inline(always)]
        pub(crate) fn each(&self, _indices: impl Iterator<Item = usize>, _access: fn(&RaceCheck)) {}
    }
}
#[cfg(not(loom))]
pub(crate) use real::*;

/// Defines a constructor that is `const` on a machine and plain under loom.
#[cfg(not(loom))]
macro_rules! const_fn {
    ($(#[$meta:meta])* $vis:vis const fn $($rest:tt)*) => { $(#[$meta])* $vis const fn $($rest)* };
}
#[cfg(loom)]
macro_rules! const_fn {
    ($(#[$meta:meta])* $vis:vis const fn $($rest:tt)*) => { $(#[$meta])* $vis fn $($rest)* };
}
pub(crate) use const_fn;

/// The same for the constructors of the crate `gimmal`, which wrap those of this one.
#[doc(hidden)]
#[macro_export]
#[cfg(not(loom))]
macro_rules! __const_fn {
    ($(#[$meta:meta])* $vis:vis const fn $($rest:tt)*) => { $(#[$meta])* $vis const fn $($rest)* };
}
#[doc(hidden)]
#[macro_export]
#[cfg(loom)]
macro_rules! __const_fn {
    ($(#[$meta:meta])* $vis:vis const fn $($rest:tt)*) => { $(#[$meta])* $vis fn $($rest)* };
}
pub use __const_fn;

/// An array of equal, freshly made elements: `filled!(Slot::new())`.
#[cfg(not(loom))]
macro_rules! filled {
    ($make:expr; $n:expr) => {
        [const { $make }; $n]
    };
}
#[cfg(loom)]
macro_rules! filled {
    ($make:expr; $n:expr) => {
        core::array::from_fn::<_, { $n }, _>(|_| $make)
    };
}
pub(crate) use filled;

/// A named step of a protocol that is no memory ordering: a re-check, a hand-on, a fence. Models
/// seed its absence.
///
/// `step!("name", { … })` runs the block; `step!("name", value, else other)` is `value`, or `other`
/// when removed.
#[cfg(not(loom))]
macro_rules! step {
    ($name:literal, $value:expr, else $other:expr) => {
        $value
    };
    ($name:literal, $body:expr) => {
        $body
    };
}
#[cfg(loom)]
macro_rules! step {
    ($name:literal, $value:expr, else $other:expr) => {
        if $crate::shim::step_runs($name) {
            $value
        } else {
            $other
        }
    };
    ($name:literal, $body:expr) => {
        if $crate::shim::step_runs($name) {
            $body
        }
    };
}
pub(crate) use step;
