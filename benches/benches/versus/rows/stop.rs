//! From the end of a context until a receive that was blocked in it has returned.
//!
//! One thread is blocked, on a socket of `tcp://` whose peer has sent one message and says nothing more; it is left alone
//! until it sleeps. The clock runs from just before the context is shut down until the call is back in its thread. Beside
//! it: ours inside the process, so that what the wire adds is seen, and libzmq, whose call ends when its context is ended.

#![cfg_attr(
    not(feature = "net"),
    expect(dead_code, reason = "without the feature nobody takes part")
)]

use super::ours::{SOCKETS, SOCKETS_INSIDE};
use super::signal::{is_asleep, until};
use crate::book::{Against::This, Kind, Row, Rows};
use crate::race::{Outcome, alone};
use std::fs;
use std::path::Path;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

pub(crate) fn rows() -> Vec<Row> {
    vec![
        Row::new(
            Kind::Waking,
            "net/stop",
            "from shutdown until a blocked recv over tcp has returned",
        )
        .stretched(3)
        .goal(SOCKETS, This(SOCKETS_INSIDE), 2.0),
    ]
}

/// A receiver that can be stopped while it is blocked.
pub(crate) trait Stops: 'static {
    type Receiver: Send + 'static;
    /// What stops it; its peer lives as long.
    type Stop;

    /// A receiver that has got a message, and what stops it.
    fn open() -> Result<(Self::Receiver, Self::Stop), String>;
    /// Blocks until it is stopped.
    fn block(receiver: &mut Self::Receiver) -> Result<(), String>;
    fn stop(stop: &mut Self::Stop);
}

/// Enters a library.
pub(crate) fn enter<S: Stops>(book: &mut Rows, name: &'static str) {
    book.time("net/stop", name, stops::<S>);
}

fn stops<S: Stops>(n: u64) -> Outcome {
    alone(|| {
        let mut scored = Duration::ZERO;
        for _ in 0..n {
            scored += one::<S>()?;
        }
        Ok(Some(scored))
    })
}

fn one<S: Stops>() -> Result<Duration, String> {
    let (mut receiver, mut stop) = S::open()?;
    let (sender, begins) = channel();
    let blocked = thread::spawn(move || {
        let _ = sender.send(fs::read_link("/proc/thread-self"));
        let ended = S::block(&mut receiver);
        // The socket is open until then: some contexts wait for it.
        (ended, Instant::now())
    });
    let task = begins.recv().map_err(|error| error.to_string())?;
    until(|| is_asleep(&Path::new("/proc").join(task.as_ref().map_err(|why| why.kind())?)));
    let clock = Instant::now();
    S::stop(&mut stop);
    let (ended, now) = blocked.join().map_err(|_| "it has panicked")?;
    ended?;
    Ok(now - clock)
}
