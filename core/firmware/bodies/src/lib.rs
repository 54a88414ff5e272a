//! What the firmware checks, apart from where it runs: no machine is named here.
//!
//! | module | what it checks | who runs it |
//! |---|---|---|
//! | [`share`] | an interrupt handler and the main loop share objects: count, order, nothing lost | `cortex-m` |
//! | [`wake`] | tasks that are woken from an interrupt handler | `cortex-m`, with its own executor and with another |
//! | [`sweep`] | one operation interrupted by another, for every moment of the first | `cortex-m` |
//! | [`cores`] | several cores share objects | `multicore` |
//!
//! [`subject`] is what they check: the core's types, or with feature `bug` their broken look-alikes.
#![no_std]

pub mod cores;
pub mod executor;
pub mod new_link;
pub mod queues;
#[cfg(feature = "bug")]
mod racy;
pub mod share;
pub mod subject;
pub mod sweep;
mod turn_cell;
pub mod wake;

pub use turn_cell::{Flag, TurnCell};

/// What a check found.
pub type Verdict = Result<(), &'static str>;

/// `Err(words)` unless `holds`.
pub fn ensure(holds: bool, words: &'static str) -> Verdict {
    if holds { Ok(()) } else { Err(words) }
}
