//! [`Outcome`]: how a run has ended, and the panics that nobody joined.

#![forbid(unsafe_code)]

use std::any::Any;
use std::fmt;
use std::panic::resume_unwind;
use std::process::{ExitCode, Termination};
use std::thread::{self, Thread};

use super::ends::Leftover;
use crate::panic_guard::{Payload, said};

/// What Rust exits with after a panic.
const PANICKED: i32 = 101;

/// The way in which a run has ended, and its result.
///
/// `main` may return it, with a result that `main` may return. The process then exits with
/// [`exit_code`](Outcome::exit_code), or with what the result reports if that is 0.
///
/// # Examples
/// ```
/// use gimmal::runtime::Outcome;
/// use gimmal::{Runtime, thread};
///
/// fn main() -> Outcome<()> {
///     Runtime::run(|_| {
///         thread::spawn(|| println!("said before the process exits"));
///     })
/// }
/// ```
#[must_use = "it says what went wrong, and what to exit with"]
pub struct Outcome<R> {
    /// The value that the closure returned, or that it panicked with.
    pub result: thread::Result<R>,
    /// The panics of threads that nobody had joined, in the order in which the threads were
    /// started.
    pub panics: Vec<ThreadPanic>,
    /// The daemons that had not ended in time, in the order in which they were started.
    pub abandoned: Vec<Thread>,
    /// The messages and sockets that were left of the contexts of the run.
    pub left: Leftover,
    pub(super) signal: Option<i32>,
}

impl<R> Outcome<R> {
    /// Returns the code with which the process should exit:
    ///
    /// | code | when |
    /// |---|---|
    /// | 101, as after every panic | the closure panicked, or a thread that nobody had joined |
    /// | 128 + n | signal n came before the end of the run, and a `Termination` was installed |
    /// | 0 | otherwise, even if daemons were abandoned |
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Runtime, thread};
    ///
    /// let outcome = Runtime::run(|_| drop(thread::spawn(|| panic!("out of paper"))));
    /// assert_eq!(outcome.exit_code(), 101);
    /// assert_eq!(outcome.panics.len(), 1);
    /// ```
    pub fn exit_code(&self) -> i32 {
        if self.result.is_err() || !self.panics.is_empty() {
            return PANICKED;
        }
        self.signal.map_or(0, |signal| 128 + signal)
    }

    /// Returns the closure's result, which may be a panic. The panics of threads and the list of
    /// abandoned daemons are dropped; see [`unwrap_or_resume`](Outcome::unwrap_or_resume) for a
    /// form that ignores no panic.
    ///
    /// # Errors
    /// What the closure panicked with.
    ///
    /// # Examples
    /// ```
    /// use gimmal::Runtime;
    ///
    /// assert_eq!(Runtime::run(|_| 6 * 7).into_inner().unwrap(), 42);
    /// ```
    pub fn into_inner(self) -> thread::Result<R> {
        self.result
    }

    /// Returns what the closure returned. Ignores abandoned daemons, but no panic.
    ///
    /// # Panics
    /// With what the closure panicked with. If the closure returned, with what the first thread
    /// panicked with that nobody had joined: these are the cases in which
    /// [`exit_code`](Outcome::exit_code) is 101. If the payload belongs to a handle that can still
    /// be joined, with the text of the [`ThreadPanic`].
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Runtime, thread};
    ///
    /// let (sender, receiver) = gimmal::channel::bounded(1);
    /// let sum = Runtime::run(|_| {
    ///     thread::spawn(move || sender.send(7).unwrap());
    ///     receiver.iter().sum::<u32>()
    /// });
    /// assert_eq!(sum.unwrap_or_resume(), 7);
    /// ```
    #[track_caller]
    pub fn unwrap_or_resume(self) -> R {
        let result = self.result.unwrap_or_else(|payload| resume_unwind(payload));
        match self.panics.into_iter().next() {
            None => result,
            Some(ThreadPanic {
                payload: Some(payload),
                ..
            }) => resume_unwind(payload),
            Some(why) => panic!("{why}"),
        }
    }
}

impl<R: fmt::Debug> fmt::Debug for Outcome<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let result = self.result.as_ref().map_err(Payload::of);
        f.debug_struct("Outcome")
            .field("result", &result)
            .field("panics", &self.panics)
            .field("abandoned", &self.abandoned)
            .field("left", &self.left)
            .field("signal", &self.signal)
            .finish()
    }
}

impl<R: Termination> Termination for Outcome<R> {
    fn report(self) -> ExitCode {
        let code = self.exit_code();
        let own = u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from);
        match self.result {
            // Its report may have something to say, too.
            Ok(result) => match (result.report(), code) {
                (code, 0) => code,
                _ => own,
            },
            Err(_) => own,
        }
    }
}

/// The panic of a thread of a run that nobody had joined when the run ended.
#[non_exhaustive]
pub struct ThreadPanic {
    /// The thread that panicked.
    pub thread: Thread,
    /// The value that it panicked with. `None` if a handle that can still be joined exists: joining
    /// that one returns the payload.
    pub payload: Option<Box<dyn Any + Send>>,
}

impl fmt::Debug for ThreadPanic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadPanic")
            .field("thread", &self.thread)
            .field("payload", &self.payload.as_ref().map(Payload::of))
            .finish()
    }
}

impl fmt::Display for ThreadPanic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.thread.name() {
            Some(name) => write!(f, "the thread \"{name}\" panicked")?,
            None => f.write_str("a thread without a name panicked")?,
        }
        match self.payload.as_deref().and_then(said) {
            Some(words) => write!(f, ": {words}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ThreadPanic {}
