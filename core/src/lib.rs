//! StaticStorage-capacity queues, locks, channels and in-process sockets, from an interrupt handler on a Cortex-M0 to the threads of
//! a server. No std, no allocator; every protocol is model-checked.
//!
//! | you want | take |
//! |---|---|
//! | a queue between one writer and one reader, wait-free | [`ring::spsc`] |
//! | a queue for everybody that never waits | [`ring::mpmc`] |
//! | the same, with waiting and closing | [`channel::spsc`], [`channel::mpmc`] |
//! | buffers that move without being copied | [`pool`] |
//! | a flag to wait for, a change to wait for, parties that wait for each other | [`sync::Event`], [`sync::Condition`], [`sync::Barrier`] |
//! | mutual exclusion, or at most n at once | [`sync::Lock`], [`sync::Semaphore`] |
//! | whole messages between many parties, by name | [`Context`] and [`socket`] |
//! | to build your own primitive, or run a future without an executor | [`wait`] |
//!
//! For firmware there is a [`guide`]: what to take, how to set it up, what to choose. Maintainers read [`architecture`].
//!
//! Everything can be a `static`: constructors are `const`, and an empty object is all zeros, so it lies in `.bss`
//! (a semaphore and a barrier are not: they know their numbers).
//!
//! # Vocabulary
//! `try_x` never waits and gives the value back when it fails. `x` is a future, for any executor, or for
//! [`wait::block_on`] where there is none. Blocking calls with time-outs are in the crate `gimmal`.
//!
//! # Layers
//! A file imports from lower layers only; a test reads the sources and checks it.
//! ```text
//! L8  formats                      defmt, with that feature
//! L7  context                      names, who is linked with whom
//! L6  socket    pipe · balance · fair · pair · push · pull
//! L5  channel   spsc · mpmc        a ring and the waiting for it
//! L4  sync      lock · condition · semaphore · event · barrier      pool
//! L3  wait      cell · list · queue · until · block_on
//! L2  ring      slot · spsc · mpmc
//! L1  error   endpoint   CachePadded   panic_without_fmt
//! L0  shim                         atomics, the one lock, loom, features, targets
//! ```
//!
//! # Features
//! None is on by default.
//! * `critical-section`: every lock enters the critical section first. With it, every `try_` operation, `set`, `close` and
//!   the like may be called from an interrupt handler. (Rings and SPSC ends need no feature for that.)
//! * `defmt`: `defmt::Format` for the public types.
//! * `std`: the lock is the host's, which yields to the operating system. Set by the facade.
//! * `test-hooks`: white-box hooks for tests; no part of the public interface.
//!
//! # In interrupt handlers
//! An interrupt handler is code that the processor starts in the middle of other code of the same core, and that the critical
//! section keeps out. NMI and HardFault are none, and a POSIX signal handler is none: there only rings, and questions such as
//! `is_set`, may be used; the [`guide`] says why, and what each kind of code may call.
//!
//! Each type says what may be called from a handler, whether that is bounded, and the longest section in which it masks
//! interrupts. Without the feature `critical-section` nothing here masks them, and only what needs no lock may be called:
//! rings, the ends of SPSC channels, waking a [`wait::WaitCell`]. Wakers are called outside masked sections, a value is never
//! moved or dropped in one. `COSTS.md`, beside the manifest, has them in instructions.
//!
//! # Targets without compare-and-swap
//! On a Cortex-M0 (thumbv6m) or riscv32imc the *binary* chooses how atomics are emulated, by a feature or cfg of
//! `portable-atomic`; this library never does. Without a choice the build fails with portable-atomic's explanation. The
//! SPSC ring's operations use plain loads and stores there, which mask no interrupts.
//!
//! # How it is checked
//! Each file states its invariants and its memory-ordering edges; each edge has a loom model with a payload, and each
//! model is shown to fail when the edge is weakened. `cargo test --workspace` runs all of it.
#![no_std]
#![deny(unsafe_code)]

pub mod channel;
mod context;
mod endpoint;
pub mod error;
#[doc = include_str!("../ARCHITECTURE.md")]
pub mod architecture {}
#[doc = include_str!("../README.md")]
pub mod guide {}
#[cfg(feature = "defmt")]
mod formats;
mod pad;
mod panic_without_fmt;
pub mod pool;
pub mod ring;
mod shim;
pub mod socket;
pub mod sync;
pub mod wait;

pub use context::{
    Context, ContextOf, ContextStorage, EndpointEntry, SocketEntry, StaticStorage, TermReport,
    Terminating,
};
pub use pad::CachePadded;

#[cfg(any(loom, feature = "test-hooks"))]
#[doc(hidden)]
pub mod test_hooks;
