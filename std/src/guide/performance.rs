//! Performance: what to choose, and how to measure it.
//!
//! Figures are in the tables that the bench `versus` prints, beside other libraries:
//! `cargo bench -p gimmal-benches --features rivals --bench versus -- --quick`. The rules:
//!
//! | question | answer |
//! |---|---|
//! | which channel | [`channel::spsc`](crate::channel::spsc) where there is one sender and one receiver, [`channel`](crate::channel) otherwise |
//! | which capacity | what may come while the receiver is busy with one message, and not 1: with room for one, both sides sleep and wake in turns |
//! | a large capacity | costs memory as far as it has been used, on Linux; see [`bounded`](crate::channel::bounded) |
//! | many small messages | an [SPSC channel](crate::channel::spsc) where there is one sender and one receiver; between more of them batches, a `Vec` each; or in the ring [`reserve`](crate::ring::spsc) and `read_chunk` |
//! | large messages | a [`Frame`](crate::Frame) or a [`Pool`](crate::pool::Pool): they move, and their bytes do not |
//! | what blocking costs | a call that waits tries for a moment, then the thread sleeps; the other side wakes it by a system call. A call that need not wait makes none |
//! | many peers of a socket | cost memory, not time: a [`Pull`](crate::socket::Pull) does not look at those without a message, a [`Push`](crate::socket::Push) not at those that are full |
//! | what a notification without a waiter costs | no system call |
//! | a time-out | reads the clock only if the call has to wait |
//! | a lock or a channel | a lock where the work is short; a channel where the work is long, or belongs to one thread |
//! | what allocates | a channel when it is made, a link when it is made, a message of several frames; nothing per message of one frame that owns its bytes |
//! | how many workers | as many as cores if they compute, more if they wait |
//!
//! Measure in a release build, with the cores that the program will have, and as a ratio to something
//! else in the same run: absolute times of threads are not comparable between machines.
//!
//! ```
//! use gimmal::{channel, thread};
//!
//! // One message per hundred numbers, not per number.
//! let (sender, receiver) = channel::spsc::bounded::<Vec<u32>>(8);
//! let sum = thread::spawn(move || {
//!     let mut receiver = receiver;
//!     receiver.iter().flatten().sum::<u32>()
//! });
//! let mut sender = sender;
//! let numbers: Vec<u32> = (0..1000).collect();
//! numbers.chunks(100).for_each(|batch| sender.send(batch.to_vec()).unwrap());
//! drop(sender);
//! assert_eq!(sum.join().unwrap(), 499_500);
//! ```

#![forbid(unsafe_code)]
