//! Atomics for sources outside the core that are modelled here as they are: named as std's, with the
//! companion access that the shim's atomics have, and with the seeded faults of such a source.
//!
//! | `GIMMAL_MUTANT` | the fault |
//! |---|---|
//! | `examples/latch/latch.rs:29:14=Relaxed` | the access in that place is weakened |
//! | `step:latch-wakes` | the count-down that reaches zero takes itself for another one: it wakes nobody |

use std::panic::Location;
use std::sync::OnceLock;

use loom::sync::atomic as l;
pub(crate) use loom::sync::atomic::Ordering;

fn mutant() -> &'static str {
    static MUTANT: OnceLock<String> = OnceLock::new();
    MUTANT.get_or_init(|| std::env::var("GIMMAL_MUTANT").unwrap_or_default())
}

/// Returns `true` if this step is the fault to seed.
pub(crate) fn lacks(step: &str) -> bool {
    mutant().strip_prefix("step:") == Some(step)
}

fn ordering_at(site: &Location<'_>, wanted: Ordering) -> Ordering {
    let here = format!("{}:{}:{}=Relaxed", site.file(), site.line(), site.column());
    // Of the files that are compiled with these atomics.
    let shown = ["examples/", "block/", "pool/", "shim/"]
        .iter()
        .any(|folder| mutant().starts_with(folder));
    let weakened = shown && here.ends_with(mutant());
    if weakened { Ordering::Relaxed } else { wanted }
}

/// A fence; where it is weakened there is none.
#[track_caller]
pub(crate) fn fence(order: Ordering) {
    match ordering_at(Location::caller(), order) {
        Ordering::Relaxed => {}
        order => l::fence(order),
    }
}

/// An atomic, with its companion, and accesses that only hand their orderings on.
macro_rules! seeded {
    ($name:ident, $value:ty, { $($access:ident ($($argument:ident)?) $(-> $result:ty)?;)* }) => {
        #[derive(Debug)]
        pub(crate) struct $name {
            word: l::$name,
            companion: l::AtomicUsize,
        }

        impl $name {
            pub(crate) fn new(value: $value) -> Self {
                $name {
                    word: l::$name::new(value),
                    companion: l::AtomicUsize::new(0),
                }
            }

            fn touch(&self) {
                self.companion.fetch_add(0, Ordering::Relaxed);
            }

            $(
                #[track_caller]
                pub(crate) fn $access(&self, $($argument: $value,)? order: Ordering) $(-> $result)? {
                    self.touch();
                    self.word.$access($($argument,)? ordering_at(Location::caller(), order))
                }
            )*
        }
    };
}

seeded!(AtomicBool, bool, {
    load() -> bool;
    swap(value) -> bool;
});

seeded!(AtomicU8, u8, {
    load() -> u8;
    store(value);
});

seeded!(AtomicUsize, usize, {
    load() -> usize;
    store(value);
    fetch_add(value) -> usize;
    fetch_sub(value) -> usize;
});

impl AtomicUsize {
    #[track_caller]
    pub(crate) fn fetch_update(
        &self,
        success: Ordering,
        failure: Ordering,
        mut next: impl FnMut(usize) -> Option<usize>,
    ) -> Result<usize, usize> {
        let site = Location::caller();
        let (success, failure) = (ordering_at(site, success), ordering_at(site, failure));
        self.touch();
        let mut now = self.word.load(failure);
        loop {
            let new = next(now).ok_or(now)?;
            self.touch();
            match self.word.compare_exchange(now, new, success, failure) {
                Ok(1) if lacks("latch-wakes") => return Ok(2),
                Ok(before) => return Ok(before),
                Err(other) => now = other,
            }
        }
    }
}
