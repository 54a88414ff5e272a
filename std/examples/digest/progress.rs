//! How far it is: the counts, the bar, and what is said on stderr.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often the bar is drawn.
pub(super) const TICK: Duration = Duration::from_millis(100);

const BAR: &str = "{msg} files  [{wide_bar}]  {binary_bytes}/{binary_total_bytes}  {binary_bytes_per_sec}  {eta} left";

/// Numbers that are counted by some threads and shown by another. They order nothing: each is Relaxed.
pub(super) struct Progress {
    bar: ProgressBar,
    /// By the ventilator.
    found: AtomicU64,
    /// By the surveyor.
    surveyed: AtomicU64,
    surveyed_bytes: AtomicU64,
    /// By the workers.
    read: AtomicU64,
    /// By the sink.
    done: AtomicU64,
    /// By everybody.
    failed: AtomicU64,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self::with(if io::stderr().is_terminal() {
            let style = ProgressStyle::with_template(BAR).expect("the template is right");
            ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr()).with_style(style)
        } else {
            ProgressBar::hidden()
        })
    }

    /// One without a bar: where nobody knows how much there is.
    #[cfg(feature = "net")]
    pub(super) fn hidden() -> Self {
        Self::with(ProgressBar::hidden())
    }

    fn with(bar: ProgressBar) -> Self {
        Progress {
            bar,
            found: AtomicU64::new(0),
            surveyed: AtomicU64::new(0),
            surveyed_bytes: AtomicU64::new(0),
            read: AtomicU64::new(0),
            done: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        }
    }

    /// A file was found.
    pub(super) fn found(&self) {
        self.found.fetch_add(1, Relaxed);
    }

    /// A file of so many bytes was seen by the surveyor.
    pub(super) fn surveyed(&self, bytes: u64) {
        self.surveyed.fetch_add(1, Relaxed);
        self.surveyed_bytes.fetch_add(bytes, Relaxed);
    }

    /// So many bytes were read.
    pub(super) fn read(&self, bytes: usize) {
        self.read.fetch_add(bytes as u64, Relaxed);
    }

    /// So many files are done: printed, or kept to be.
    pub(super) fn done(&self, files: u64) {
        self.done.fetch_add(files, Relaxed);
    }

    /// Something could not be read: says so, in one line whatever is in the path.
    pub(super) fn complain(&self, path: &Path, why: &dyn Display) {
        self.failed.fetch_add(1, Relaxed);
        self.say(&format!("{path:?}: {why}"));
    }

    /// Says a line on stderr. Where nobody hears it, it is not said.
    pub(super) fn say(&self, what: &str) {
        let line = format!("digest: {what}\n");
        let _ = self.beside_the_bar(|| io::stderr().write_all(line.as_bytes()));
    }

    /// Writes something to the terminal while the bar is away.
    pub(super) fn beside_the_bar<R>(&self, write: impl FnOnce() -> R) -> R {
        if self.is_shown() {
            self.bar.suspend(write)
        } else {
            write()
        }
    }

    /// Is there a bar?
    pub(super) fn is_shown(&self) -> bool {
        !self.bar.is_hidden()
    }

    /// Draws the bar.
    pub(super) fn draw(&self) {
        let (done, surveyed) = (self.done.load(Relaxed), self.surveyed.load(Relaxed));
        self.bar.set_length(self.surveyed_bytes.load(Relaxed));
        self.bar.set_position(self.read.load(Relaxed));
        self.bar.set_message(format!("{done}/{surveyed}"));
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    pub(super) fn has_failed(&self) -> bool {
        self.failed.load(Relaxed) > 0
    }

    /// How many of how many are done.
    pub(super) fn summary(&self) -> String {
        let (done, failed) = (self.done.load(Relaxed), self.failed.load(Relaxed));
        let found = self.found.load(Relaxed).max(self.surveyed.load(Relaxed));
        match failed {
            0 => format!("{done} of {found} files done"),
            _ => format!("{done} of {found} files done, {failed} could not be read"),
        }
    }
}
