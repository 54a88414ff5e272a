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
//! Code that is to run in both takes the core's types: a program with threads blocks on them by
//! [`wait::block_on`](crate::wait::block_on), and its tests run on the host:
//! ```
//! use gimmal_core::channel::mpmc::Channel;
//!
//! static SAMPLES: Channel<u16, 8> = Channel::new();
//!
//! async fn average(of: u32) -> u32 {
//!     let mut sum = 0;
//!     for _ in 0..of {
//!         sum += u32::from(SAMPLES.recv().await.unwrap());
//!     }
//!     sum / of
//! }
//!
//! // On the host a thread is the interrupt handler.
//! gimmal::thread::spawn(|| [10, 20, 30].map(|sample| SAMPLES.try_send(sample).unwrap()));
//! assert_eq!(gimmal::wait::block_on(average(3)), 20);
//! ```

#![forbid(unsafe_code)]
