//! Fixed-capacity queues, locks, channels and in-process sockets, for a Cortex-M0 interrupt handler
//! as well as for server threads. No std, no allocator; every protocol is model-checked.
//!
//! ```
//! use gimmal_core::channel::mpmc::Channel;
//! use gimmal_core::wait::block_on;
//!
//! static SAMPLES: Channel<u16, 8> = Channel::new();
//!
//! // In an interrupt handler: never waits, gives the value back if the channel is full.
//! SAMPLES.try_send(42).unwrap();
//!
//! // In a task, or with `block_on` where there is no executor: waits for a message.
//! let sample = block_on(SAMPLES.recv());
//! assert_eq!(sample, Ok(42));
//! ```
//!
//! | you want | take |
//! |---|---|
//! | a queue between one writer and one reader, wait-free | [`ring::spsc`] |
//! | a queue for any number of writers and readers that never waits | [`ring::mpmc`] |
//! | the same, lock-free and exact whatever the others do | [`ring::exact`] |
//! | a queue with waiting and closing | [`channel::spsc`], [`channel::mpmc`], [`channel::exact`] |
//! | buffers that move without being copied | [`pool`] |
//! | a flag to wait for, a change to wait for, parties that wait for each other | [`sync::Event`], [`sync::Condition`], [`sync::Barrier`] |
//! | mutual exclusion, or at most `n` at once | [`sync::Lock`], [`sync::Semaphore`] |
//! | whole messages between many parties, by name | [`Context`] and [`socket`] |
//! | messages of several parts in them | [`Frames`] |
//! | to wait for any of several things | [`poll::Poller`], [`poll::select`](poll::select()) |
//! | to build your own primitive, or run a future without an executor | [`wait`] |
//!
//! The [`guide`] is for firmware: which type for which job, how to set it up, what to choose.
//! The page [`models`] shows how to model code of your own. Maintainers read [`architecture`].
//! Blocking calls with time-outs are in the crate `gimmal`.
//!
//! # Vocabulary
//! `try_x` never waits, and gives the value back when it fails. `x` is a future, for any executor
//! or for
//! [`wait::block_on`]. `close` ends what can be waited on; waits end with an error then.
//!
//! Everything can be a `static`: constructors are `const`. An empty object is all zeros, so it lies
//! in `.bss`; a semaphore and a barrier hold their numbers and lie in `.data`.
//!
//! # Features
//! None is on by default. Without an operating system the binary chooses one of the first two;
//! without a choice the build fails with an explanation.
//! * `critical-section`: every lock enters the critical section first. With it, every `try_`
//!   operation, `set`, `close` and the like may be called from an interrupt handler. (Rings and the
//!   ends of SPSC channels need no feature for that.)
//! * `no-interrupt-handlers`: the promise that interrupt handlers use nothing but rings and the ends
//!   of SPSC channels. It changes nothing else; `critical-section` wins over it.
//! * `defmt`: `defmt::Format` for the public types.
//! * `embedded-io-0_7`, `embedded-io-async-0_7`, `embassy-sync-0_8`, `mutex-traits-1`: traits of
//!   those crates, see [`interop`].
//! * `counters`: what each socket has sent and received, see [`socket::Traffic`].
//! * `std`: the lock is the host's, which yields to the operating system. The crate `gimmal` sets
//!   it.
//! * `test-hooks`: white-box hooks for tests; not part of the public interface.
//!
//! # Interrupt handlers
//! Each type says which operations an interrupt handler may call, whether they are bounded, and the
//! longest section in which interrupts are masked. Without the feature `critical-section` nothing
//! here masks interrupts, and a handler may call only what needs no lock: rings, the ends of SPSC
//! channels, and waking a [`wait::WaitCell`]. Wakers are called outside masked sections, and no
//! value is moved or dropped in one. The page [`costs`] counts the instructions, flash and RAM.
//!
//! The critical section does not keep out NMI, HardFault and POSIX signal handlers. They may use
//! rings, and questions such as `is_set`, and nothing else; the [`guide`] says why, and what each
//! kind of code may call.
//!
//! # Targets without compare-and-swap
//! On a Cortex-M0 (thumbv6m) or riscv32imc the *binary* chooses how atomics are emulated, by a
//! feature or cfg of `portable-atomic`; this library never does. Without a choice the build fails
//! with portable-atomic's explanation. The SPSC ring's operations use plain loads and stores there,
//! which mask no interrupts.
//!
//! # How it is checked
//! Each file states its invariants and its memory-ordering edges. Each edge has a loom model with a
//! payload, and each model is shown to fail when the edge is weakened. `cargo test --workspace`
//! runs all of it. The page [`verification`] says what each tool proves, and what nothing does.

// Layers. A file imports from lower layers only; a test reads the sources and checks it.
//
// L9  formats   facade             defmt, with that feature; the door for the crate `gimmal`
//     interop                      other crates' traits, with their features
// L8  poll      poller · select    waiting for any of several things
// L7  context                      names, and which sockets are linked
// L6  socket    pipe · peers · policy · patterns
// L5  channel   spsc · mpmc · exact  a ring whose ends can wait
// L4  sync      lock · condition · semaphore · event · barrier      pool
// L3  wait      cell · list · queue · until · block_on
// L2  ring      slot · spsc · mpmc · exact
// L1  error   endpoint   frames   CachePadded   panic_without_fmt
// L0  shim                         atomics, the one lock, loom, features, targets

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(unsafe_code)]

pub mod channel;
mod context;
#[doc = include_str!("../COSTS.md")]
pub mod costs {}
mod endpoint;
pub mod error;
mod frames;
#[doc = include_str!("../ARCHITECTURE.md")]
pub mod architecture {}
#[doc(hidden)]
pub mod facade;
#[doc = include_str!("../README.md")]
pub mod guide {}
#[cfg(feature = "defmt")]
mod formats;
pub mod interop;
#[allow(
    clippy::test_attr_in_doctest,
    reason = "the page shows a whole file, tests included"
)]
#[doc = include_str!("../MODELS.md")]
pub mod models {}
mod pad;
mod panic_without_fmt;
pub mod poll;
pub mod pool;
pub mod ring;
mod shim;
pub mod socket;
pub mod sync;
#[doc = include_str!("../VERIFICATION.md")]
pub mod verification {}
pub mod wait;

pub use context::{Context, ContextOf, LinkView, SocketView, TermReport};
#[doc(hidden)]
pub use context::{ContextStorage, EndpointEntry, SocketEntry, StaticStorage, Terminating};
pub use frames::{Frames, FramesIter};
pub use pad::CachePadded;

#[cfg(any(loom, feature = "test-hooks"))]
#[doc(hidden)]
pub mod test_hooks;
