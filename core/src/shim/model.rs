//! The shim under loom: companion accesses, seeded faults, tracked memory.
//!
//! **Seeded faults.** The environment variable `GIMMAL_MUTANT`, read once per process, names one fault. A model that still passes
//! does not see the edge or the step.
//!
//! | `GIMMAL_MUTANT` | the fault |
//! |---|---|
//! | `ring/spsc/protocol.rs:120:25=Relaxed` | all orderings of the access at that line and column are Relaxed; a fence there is left out |
//! | `ring/spsc/protocol.rs:120:25@0=Acquire` | the first ordering that the access there names is this one |
//! | `step:chain-wake` | that step is left out |
//!
//! **Sites.** `GIMMAL_SITES` names a file. Each access, fence and step that runs is written there once: a line such as
//! `ring/spsc/protocol.rs:120:25 AcqRel Acquire` or `step:chain-wake`.

extern crate std;

use core::panic::Location;
use std::collections::BTreeSet;
use std::io::Write;
use std::string::{String, ToString};
use std::sync::{Mutex, OnceLock};
use std::vec::Vec;

use self::atomic::Ordering;

enum Mutant {
    None,
    Site(Weakening),
    Step(String),
}

struct Weakening {
    file: String,
    line: u32,
    column: u32,
    /// Which of the orderings that the access names; none: all of them.
    which: Option<usize>,
    to: Ordering,
}

impl Weakening {
    /// Reads `FILE:LINE:COL=Relaxed` or `FILE:LINE:COL@WHICH=ORDERING`.
    fn read(text: &str) -> Option<Weakening> {
        let (site, to) = text.split_once('=')?;
        let to = match to {
            "Relaxed" => Ordering::Relaxed,
            "Acquire" => Ordering::Acquire,
            "Release" => Ordering::Release,
            "AcqRel" => Ordering::AcqRel,
            _ => return None,
        };
        let (place, which) = match site.split_once('@') {
            Some((place, which)) => (place, Some(which.parse().ok()?)),
            None => (site, None),
        };
        if which.is_none() && to != Ordering::Relaxed {
            return None;
        }
        let mut parts = place.rsplitn(3, ':');
        let column = parts.next()?.parse().ok()?;
        let line = parts.next()?.parse().ok()?;
        Some(Weakening {
            file: parts.next()?.to_string(),
            line,
            column,
            which,
            to,
        })
    }
}

fn mutant() -> &'static Mutant {
    static MUTANT: OnceLock<Mutant> = OnceLock::new();
    MUTANT.get_or_init(|| match std::env::var("GIMMAL_MUTANT") {
        Err(_) => Mutant::None,
        Ok(text) => match text.strip_prefix("step:") {
            Some(name) => Mutant::Step(name.to_string()),
            None => match Weakening::read(&text) {
                Some(weakening) => Mutant::Site(weakening),
                None => panic!(
                    "GIMMAL_MUTANT is neither `step:NAME`, `FILE:LINE:COL=Relaxed` nor `FILE:LINE:COL@WHICH=ORDERING`: {text}"
                ),
            },
        },
    })
}

/// The part of a path that follows the source root: `wait/queue.rs`.
fn from_root(path: &str) -> &str {
    path.rsplit_once("src/").map_or(path, |(_, inner)| inner)
}

/// The orderings of the access at `site`, of which the seeded fault may have weakened some.
fn orderings_at<const N: usize>(site: &Location<'_>, wanted: [Ordering; N]) -> [Ordering; N] {
    note(site, &wanted);
    let mut orderings = wanted;
    if let Mutant::Site(fault) = mutant()
        && (site.line(), site.column()) == (fault.line, fault.column)
        && from_root(site.file()) == fault.file
    {
        for (n, ordering) in orderings.iter_mut().enumerate() {
            if fault.which.is_none_or(|which| which == n) {
                *ordering = fault.to;
            }
        }
    }
    orderings
}

struct Sites {
    file: std::fs::File,
    written: BTreeSet<String>,
}

/// Writes `line` to the file of sites, if one is wanted and has no such line yet.
fn write_site(line: impl FnOnce() -> String) {
    static SITES: OnceLock<Option<Mutex<Sites>>> = OnceLock::new();
    let sites = SITES.get_or_init(|| {
        let path = std::env::var_os("GIMMAL_SITES")?;
        let file = std::fs::File::create(path).expect("the file that GIMMAL_SITES names");
        let written = BTreeSet::new();
        Some(Mutex::new(Sites { file, written }))
    });
    if let Some(sites) = sites {
        let mut sites = sites
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        let line = line();
        if !sites.written.contains(&line) {
            writeln!(sites.file, "{line}").expect("room for the sites");
            sites.written.insert(line);
        }
    }
}

fn note(site: &Location<'_>, orderings: &[Ordering]) {
    write_site(|| {
        let (line, column) = (site.line(), site.column());
        let mut text = std::format!("{}:{line}:{column}", from_root(site.file()));
        for ordering in orderings {
            text += &std::format!(" {ordering:?}");
        }
        text
    });
}

/// Does the step of this name run, or is its absence the seeded fault?
pub(crate) fn step_runs(name: &str) -> bool {
    write_site(|| std::format!("step:{name}"));
    !matches!(mutant(), Mutant::Step(wanted) if wanted == name)
}

/// loom's atomics, each with a companion that makes every access visible to loom's search.
pub(crate) mod atomic {
    use super::{Location, orderings_at};
    use loom::sync::atomic as l;

    pub(crate) use loom::sync::atomic::Ordering;

    #[track_caller]
    pub(crate) fn fence(order: Ordering) {
        let [order] = orderings_at(Location::caller(), [order]);
        if order != Ordering::Relaxed {
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
                    let [order] = orderings_at(Location::caller(), [order]);
                    self.word.load(order)
                }

                #[track_caller]
                pub(crate) fn store(&self, value: $value, order: Ordering) {
                    self.touch();
                    let [order] = orderings_at(Location::caller(), [order]);
                    self.word.store(value, order);
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
                    let [success, failure] = orderings_at(Location::caller(), [success, failure]);
                    self.word.compare_exchange(current, new, success, failure)
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
                        let [order] = orderings_at(Location::caller(), [order]);
                        self.word.$op(value, order)
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

    pub(crate) fn is_agreed(self) -> bool {
        false
    }

    pub(crate) fn agreed(self) -> Self {
        self
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

/// So few that a socket with two links sets one aside.
pub(crate) const KEPT_IN_TURN: usize = 1;
pub(crate) const LOOKS_IN_VAIN: usize = 1;
/// The models are of what stands on a machine with an operating system; with this variable, when they are compiled, of what
/// stands without one (`loom-tests/deep.sh bare`).
const BARE: bool = option_env!("GIMMAL_MODEL_BARE").is_some();
pub(crate) const SETS_ASIDE: bool = !BARE;
pub(crate) type IfSetAside<T> = [T; SETS_ASIDE as usize];
pub(crate) const FIRST_APART: bool = !BARE;
pub(crate) const CLONES_COUNT: bool = !BARE;
pub(crate) const WAITS_BESIDE: bool = !BARE;
pub(crate) type IfBeside<T> = [T; WAITS_BESIDE as usize];

/// In a model nobody sleeps.
pub(crate) fn word_of(_word: &atomic::AtomicU32) -> *mut u32 {
    core::ptr::null_mut()
}

/// As few as show that it looks again.
pub(crate) fn looks() -> usize {
    2
}

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
