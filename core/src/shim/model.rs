//! The shim under loom: companion accesses, seeded faults, tracked memory.
//!
//! **Seeded faults.** The environment variable `GIMMAL_MUTANT`, read once per process, names one
//! fault: `ring/spsc/protocol.rs:120:25=Relaxed` weakens the ordering of the access at that line and column
//! (a fence there is left out), `step:chain-wake` leaves that step out. A model that still passes
//! does not see the edge or the step.

extern crate std;

use core::panic::Location;
use std::string::{String, ToString};
use std::sync::OnceLock;
use std::vec::Vec;

use self::atomic::Ordering;

enum Mutant {
    None,
    Site(String),
    Step(String),
}

fn mutant() -> &'static Mutant {
    static MUTANT: OnceLock<Mutant> = OnceLock::new();
    MUTANT.get_or_init(|| match std::env::var("GIMMAL_MUTANT") {
        Err(_) => Mutant::None,
        Ok(text) => match text.strip_prefix("step:") {
            Some(name) => Mutant::Step(name.to_string()),
            None => match text.strip_suffix("=Relaxed") {
                Some(site) => Mutant::Site(site.to_string()),
                None => panic!(
                    "GIMMAL_MUTANT is neither `step:NAME` nor `FILE:LINE:COL=Relaxed`: {text}"
                ),
            },
        },
    })
}

/// Is the access at `site` the one to weaken? Files are named from the source root on, as in
/// `wait/queue.rs:7:13`.
fn weakened(site: &Location<'_>) -> bool {
    match mutant() {
        Mutant::Site(wanted) => {
            let here = std::format!("{}:{}:{}", site.file(), site.line(), site.column());
            here.ends_with(wanted.as_str()) && here[..here.len() - wanted.len()].ends_with("src/")
        }
        _ => false,
    }
}

fn ordering_at(site: &Location<'_>, wanted: Ordering) -> Ordering {
    if weakened(site) {
        Ordering::Relaxed
    } else {
        wanted
    }
}

/// Does the step of this name run, or is its absence the seeded fault?
pub(crate) fn step_runs(name: &str) -> bool {
    !matches!(mutant(), Mutant::Step(wanted) if wanted == name)
}

/// loom's atomics, each with a companion that makes every access visible to loom's search.
pub(crate) mod atomic {
    use super::{Location, ordering_at, weakened};
    use loom::sync::atomic as l;

    pub(crate) use loom::sync::atomic::Ordering;

    #[track_caller]
    pub(crate) fn fence(order: Ordering) {
        if !weakened(Location::caller()) {
            l::fence(order);
        }
    }

    macro_rules! atomic {
        ($name:ident, $value:ty, { $($op:ident),* }) => {
            #[derive(Debug)]
            pub(crate) struct $name {
                word: l::$name,
                companion: l::AtomicUsize,
            }

            #[allow(dead_code)]
            impl $name {
                pub(crate) fn new(value: $value) -> Self {
                    $name { word: l::$name::new(value), companion: l::AtomicUsize::new(0) }
                }

                fn touch(&self) {
                    crate::shim::stops::stop_place();
                    self.companion.fetch_add(0, Ordering::Relaxed);
                }

                #[track_caller]
                pub(crate) fn load(&self, order: Ordering) -> $value {
                    self.touch();
                    self.word.load(ordering_at(Location::caller(), order))
                }

                #[track_caller]
                pub(crate) fn store(&self, value: $value, order: Ordering) {
                    self.touch();
                    self.word.store(value, ordering_at(Location::caller(), order));
                }

                #[track_caller]
                pub(crate) fn compare_exchange(
                    &self,
                    current: $value,
                    new: $value,
                    success: Ordering,
                    failure: Ordering,
                ) -> Result<$value, $value> {
                    self.touch();
                    let site = Location::caller();
                    self.word.compare_exchange(
                        current,
                        new,
                        ordering_at(site, success),
                        ordering_at(site, failure),
                    )
                }

                #[track_caller]
                pub(crate) fn compare_exchange_weak(
                    &self,
                    current: $value,
                    new: $value,
                    success: Ordering,
                    failure: Ordering,
                ) -> Result<$value, $value> {
                    self.compare_exchange(current, new, success, failure)
                }

                $(
                    #[track_caller]
                    pub(crate) fn $op(&self, value: $value, order: Ordering) -> $value {
                        self.touch();
                        self.word.$op(value, ordering_at(Location::caller(), order))
                    }
                )*
            }
        };
    }

    atomic!(AtomicUsize, usize, { swap, fetch_add, fetch_sub, fetch_or, fetch_and });
    atomic!(AtomicU32, u32, { swap, fetch_add, fetch_sub, fetch_or, fetch_and });
    atomic!(AtomicU8, u8, { swap, fetch_add, fetch_sub, fetch_or, fetch_and });
    atomic!(AtomicBool, bool, { swap, fetch_or, fetch_and });
}

/// Every access of any atomic is a stop place here.
pub(crate) mod stoppable {
    pub(crate) use super::atomic::AtomicUsize;
}

/// Both fences of a handshake are full ones here: what the asymmetric ones amount to.
pub(crate) mod light {
    pub(crate) use super::handshake_fence as fence;
}
pub(crate) mod heavy {
    pub(crate) use super::handshake_fence as fence;
}

#[track_caller]
pub(crate) fn handshake_fence(order: Ordering, _asymmetric: bool) {
    atomic::fence(order);
}

/// No object says so here.
#[derive(Clone, Copy)]
pub(crate) struct Asymmetric;

impl Asymmetric {
    pub(crate) fn new(_asymmetric: bool) -> Self {
        Asymmetric
    }

    pub(crate) fn get(self) -> bool {
        false
    }
}

pub(crate) fn set_asymmetric(_everywhere: fn()) -> bool {
    false
}

/// Under loom there is one family of atomics.
pub(crate) mod plain {
    pub(crate) use super::atomic::{AtomicBool, AtomicU32, AtomicUsize};
}

/// Few, so that models reach the end of them.
pub(crate) const MOST_PASSES: u32 = 2;

pub(crate) fn pause(_times: u32) {}

/// loom's schedule goes on elsewhere: a wait must never be a loop that loom cannot leave.
pub(crate) fn relax() {
    loom::thread::yield_now();
}

/// As few as show that it looks again.
pub(crate) const LOOKS: usize = 2;

pub(crate) fn give_way() {
    relax();
}

/// loom's eye on memory that lives in `core` cells: each access is reported, and `hold` marks an
/// exclusive span.
pub(crate) struct RaceCheck {
    cell: loom::cell::UnsafeCell<()>,
    /// Invisible to loom on purpose: adds no order, only sees an overlap.
    held: std::sync::atomic::AtomicBool,
}

// SAFETY: there is nothing in the cell; loom takes each access from any thread and reports those
// that race.
#[allow(unsafe_code)]
unsafe impl Sync for RaceCheck {}

impl RaceCheck {
    pub(crate) fn new() -> Self {
        RaceCheck {
            cell: loom::cell::UnsafeCell::new(()),
            held: std::sync::atomic::AtomicBool::new(false),
        }
    }

    #[track_caller]
    pub(crate) fn read(&self) {
        self.cell.with(|_| ());
    }

    #[track_caller]
    pub(crate) fn write(&self) {
        self.cell.with_mut(|_| ());
    }

    /// From here to `let_go` the memory has one owner.
    #[track_caller]
    pub(crate) fn hold(&self) {
        assert!(
            !self.held.swap(true, Ordering::Relaxed),
            "held twice at the same time"
        );
        self.write();
    }

    #[track_caller]
    pub(crate) fn let_go(&self) {
        self.write();
        assert!(
            self.held.swap(false, Ordering::Relaxed),
            "let go without being held"
        );
    }
}

pub(crate) struct RaceChecks(Vec<RaceCheck>);

impl RaceChecks {
    pub(crate) fn new(slots: usize) -> Self {
        RaceChecks((0..slots).map(|_| RaceCheck::new()).collect())
    }

    pub(crate) fn of(&self, index: usize) -> &RaceCheck {
        &self.0[index]
    }

    #[track_caller]
    pub(crate) fn each(&self, indices: impl Iterator<Item = usize>, access: fn(&RaceCheck)) {
        indices.for_each(|index| access(self.of(index)));
    }
}

/// Nothing: what holds without the section holds with it.
pub(crate) fn in_critical_section<R>(change: impl FnOnce() -> R) -> R {
    change()
}

/// The critical section and the lock inside it, as one loom mutex.
pub(crate) struct CoreLock<T>(loom::sync::Mutex<T>);

impl<T> CoreLock<T> {
    pub(crate) fn new(value: T) -> Self {
        CoreLock(loom::sync::Mutex::new(value))
    }

    #[track_caller]
    pub(crate) fn with<R>(&self, look: impl FnOnce(&mut T) -> R) -> R {
        look(
            &mut self
                .0
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner()),
        )
    }
}
