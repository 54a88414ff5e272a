//! `digest`: the SHA-256 of every regular file below some paths, in the format of `sha256sum`.
//!
//! ```text
//! cargo run --release --example digest -- [--workers N] [--unsorted] [PATH]...
//! cargo run --release --example digest | sha256sum --check --quiet
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
//! # How it ends
//!
//! | what happens | what follows | status |
//! |---|---|---|
//! | the tree is walked | the ventilator closes its socket; each worker goes on until `Disconnected` and closes its own; the sink does the same, and prints | 0 |
//! | a file cannot be read | one line on stderr, everything else goes on | 1 |
//! | SIGINT, SIGTERM | the `Termination` shuts the `Context` down: a thread that waits for a message gets `Terminated`, and one that reads a file checks the context before each read; no line is printed in part, and a second signal changes nothing | 130, 143 |
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
    mod options;
    mod progress;
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
