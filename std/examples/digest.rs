//! `digest`: the SHA-256 of every regular file below some paths, in the format of `sha256sum`.
//!
//! ```text
//! cargo run --release --example digest -- [--workers N] [--unsorted] [PATH]...
//! cargo run --release --example digest | sha256sum --check --quiet
//! digest --serve tcp://127.0.0.1:5555 [--unsorted] [--timeout SECONDS] [PATH]...
//! digest --work tcp://127.0.0.1:5555 [--workers N] [--timeout SECONDS]
//! ```
//!
//! # The story
//!
//! ```text
//!                    inproc://jobs                       inproc://results
//!  ventilator ──Push────────────────Pull── worker ──Push──────────────────Pull── sink ── stdout
//!  walks the tree   [path]            └─── worker ───┘    [path, digest]       sorts, prints
//!                                          …
//! ```
//!
//! * The **ventilator** (`walk.rs`) finds the files and sends each path as a message of one frame,
//!   round robin, to the workers that have room. When none has, it waits: that is what keeps the
//!   memory bounded, however large the tree.
//! * A **worker** (`work.rs`) borrows one buffer of a static [`Pool`](gimmal::pool::Pool) for its
//!   whole life and reads every file through it. It adds the digest to the message as a second
//!   frame and sends it on; the path is never copied.
//! * The **sink** (`sink.rs`) prints the lines as they come (`--unsorted`), or keeps them and
//!   prints them by the bytes of their paths.
//! * The **conductor** (`conductor.rs`) starts them all, waits for the sink or for a signal, and
//!   returns the exit status.
//!
//! # More processes
//!
//! With `--serve` the same pipeline has one thread in the place of the workers, and these are in other
//! processes that see the same files, started with `--work`, before or after, as many as there are. The
//! output and the status are those of one process. It needs the feature `net`, which a checkout of the
//! repository turns on for its examples.
//!
//! ```text
//!              inproc://jobs                   tcp://…                             inproc://results
//!  ventilator ──Push───Pull── dispatcher ──Router────Dealer── worker    dispatcher ──Push───Pull── sink
//!                                            └───────Dealer── worker
//! ```
//!
//! * The **dispatcher** (`dispatcher.rs`) says on stderr where it serves, with the port that the system
//!   has chosen for `tcp://127.0.0.1:0`. A `Router` knows who has sent, so its **ledger** (`ledger.rs`)
//!   can say which worker has which paths. Each has eight at most: tiny files need not wait for one
//!   another, and memory is bounded.
//! * A **remote worker** (`remote.rs`) is a thread with a `Dealer` of its own, which connects for as long
//!   as it takes. It says that it is there four times a second, also in the middle of a file
//!   (`protocol.rs`).
//! * **No path is lost.** When a connection ends, or a worker says nothing for the `--timeout`, its paths
//!   are given to others. A path may thus be read twice; its first result counts.
//! * A worker that has nothing to do gets what waits behind the file that another one reads.
//!
//! # How it ends
//!
//! | what happens | what follows | status |
//! |---|---|---|
//! | the tree is walked | the ventilator closes its socket; each worker goes on until `Disconnected` and closes its own; the sink does the same, and prints | 0 |
//! | a file cannot be read | one line on stderr, everything else goes on | 1 |
//! | SIGINT, SIGTERM | the `Termination` shuts the `Context` down: a thread that waits for a message gets `Terminated`, and one that reads a file checks the context before each read; no line is printed in part, and a second signal changes nothing | 130, 143 |
//! | the same, with `--serve` | the dispatcher tells the workers, by a context of its own that the signal does not end | 130, 143; the workers' 3 |
//! | the same, with `--work` | the connection ends, and the server gives the worker's paths to others | 130, 143 |
//! | all paths have a result | the dispatcher closes its socket to the sink, and tells the workers | 0, or 1 if a file could not be read; the workers' 0 |
//! | a server is killed | its workers stay for the next one, or leave after their `--timeout` | 3 |
//! | stdout is closed | the sink goes; the conductor shuts the context down, quietly | 0, or 1 if a file could not be read |
//! | a thread is stuck in the operating system meanwhile | it is left behind after a second | the same |
//!
//! The program has no flag of its own that says whether it is time to end: the end travels through
//! the sockets.

#![forbid(unsafe_code)]

use std::process::ExitCode;

#[cfg(unix)]
mod digest {
    pub(crate) mod conductor;
    #[cfg(feature = "net")]
    mod dispatcher;
    #[cfg(feature = "net")]
    mod ledger;
    mod options;
    mod progress;
    #[cfg(feature = "net")]
    mod protocol;
    #[cfg(feature = "net")]
    mod remote;
    mod sink;
    mod walk;
    mod work;
}

#[cfg(unix)]
fn main() -> ExitCode {
    digest::conductor::main()
}

#[cfg(not(unix))]
fn main() -> ExitCode {
    eprintln!("digest: only on Unix, where signals are and where a path is bytes");
    ExitCode::FAILURE
}
