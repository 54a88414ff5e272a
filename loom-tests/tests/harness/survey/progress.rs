//! How far it is.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

/// A line on the standard error: how far it is.
pub(crate) struct Progress {
    what: &'static str,
    all: usize,
    done: AtomicUsize,
    begun: Instant,
}

impl Progress {
    pub(crate) fn new(what: &'static str, all: usize) -> Progress {
        Progress {
            what,
            all,
            done: AtomicUsize::new(0),
            begun: Instant::now(),
        }
    }

    /// One more is done. `text` goes to the standard output.
    pub(crate) fn step(&self, text: &str) {
        let done = self.done.fetch_add(1, Relaxed) + 1;
        let terminal = std::io::stderr().is_terminal();
        if !text.is_empty() {
            // On a terminal the progress stands in this line.
            let clear = if terminal { "\r\x1b[K" } else { "" };
            eprint!("{clear}");
            println!("{text}");
        }
        let bar = format!(
            "{done}/{} {}, {:.0?}",
            self.all,
            self.what,
            self.begun.elapsed()
        );
        if terminal {
            eprint!("\r{bar}{}", if done == self.all { "\n" } else { "" });
        } else if done.is_multiple_of(25) || done == self.all {
            eprintln!("{bar}");
        }
    }
}
