//! Embedded: the same without an operating system.
//!
//! The crate `gimmal-core` has the same rings, channels, primitives, pool, poller and sockets in
//! statics, without an allocator. Its [guide](gimmal_core::guide) is for firmware: handlers, tasks,
//! several cores, and what to take for embassy-sync, heapless and bbqueue.
//!
//! | here | there |
//! |---|---|
//! | `channel::bounded(8)`, two ends | `static C: Channel<T, 8> = Channel::new();` |
//! | `recv()` blocks, `recv_async()` is a future | `recv()` is the future, [`block_on`](gimmal_core::wait::block_on) blocks |
//! | `recv_timeout(…)` | [`block_on_until`](gimmal_core::wait::block_on_until), or the executor's timer |
//! | `Context::new()` | `static C: Context<T, SOCKETS, PIPES, HWM> = Context::new();` |
//! | `Message` of bytes | any `T`, or [`Frames`](gimmal_core::Frames) of a fixed size |
//! | threads, timers, queues, pools of threads | not there, because they need a system |
//!
//! Code that is to run in both takes the core's types: a program with threads adds `gimmal-core` to
//! its dependencies and blocks on them by [`wait::block_on`](crate::wait::block_on). The core's guide
//! [tests such code on the host](gimmal_core::guide#test-it-on-the-host).

#![forbid(unsafe_code)]
