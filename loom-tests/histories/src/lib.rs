//! Are the answers that threads got from a structure explained by some order of their operations?
//!
//! A test records what each thread did, with two stamps for each operation: one taken before the
//! call and one after it ([`Log`]). [`check`] then looks for an order of all operations that respects
//! the stamps, in which a plain sequential object ([`Specification`]) gives the same answers. If there
//! is none, the history is not linearizable (Herlihy and Wing, "Linearizability: a correctness
//! condition for concurrent objects", 1990), and the structure, or its documentation, is wrong.
//!
//! | specification | structures | beyond the exact sequential object it admits |
//! |---|---|---|
//! | [`Items`], [`Busy::Never`] | `ring::spsc`, `ring::exact` with enough spare slots and the channel over it, `spsc` channels, `Queue`, `LifoQueue` | nothing |
//! | [`Items`], [`Busy::BesideHalfDone`] | `ring::mpmc` and its channels | `Busy` from a push beside a pop that got an item, from a pop beside a push that succeeded |
//! | [`Items`], [`Busy::BesideComparison`] | `PriorityQueue` | beside a get that got an item: `Busy` from a get, and `Full` from a put for which only the place of that item would be free |
//! | [`Permits`] | `Semaphore` | a `try_acquire` that fails beside a waiting acquire: waiters come first |
//! | [`LinkSpec`] | `Push`, `Pull`, `Pair` | the choice of the peer; order holds for each link and direction only |
//!
//! `Full`, `Empty` and `Closed` are exact everywhere else. A receiver that closes an `spsc` channel may
//! leave a message of a send that was in progress: no history goes on after that. `len` and its like are snapshots, and are not
//! recorded.
//!
//! The stamps come from one counter. Each is a full barrier between two operations of a thread, so
//! what remains to be seen on a real machine is what happens inside operations that overlap. That a
//! store becomes visible late, after its operation, does not show here: the models look for it.

#![forbid(unsafe_code)]

mod check;
mod dice;
mod drive;
mod items;
mod links;
mod permits;
mod record;

pub use check::{Checked, Specification, Violation, check};
pub use dice::Dice;
pub use drive::{Part, Tally, bounded, operations, together};
pub use items::{Busy, Items, Order, Put, Take, Use, putter, taker};
pub use links::{LinkSpec, Transfer};
pub use permits::{Permits, Permitted};
pub use record::{Clock, Done, Log};
