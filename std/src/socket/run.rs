//! Contexts that belong to a run: shut down when it is asked to stop, ended when its threads have
//! ended.

#![forbid(unsafe_code)]

use std::time::Duration;

use super::context::Context;
use crate::message::Message;
use crate::runtime::{RunEnd, Runtime};

impl<T: Send + 'static> RunEnd for Context<T> {
    fn end(&self, grace: Duration) -> Result<usize, String> {
        match self.term_timeout(grace) {
            Ok(report) => Ok(report.undelivered),
            Err(open) => Err(open.to_string()),
        }
    }
}

impl Runtime {
    /// Returns the context of the run: the same at each call.
    ///
    /// It is [owned](Runtime::own) by the run.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Runtime, thread};
    ///
    /// let outcome = Runtime::run(|rt| {
    ///     let context = rt.context();
    ///     let mut jobs = context.pull().unwrap();
    ///     jobs.bind("inproc://jobs").unwrap();
    ///     thread::spawn(move || {
    ///         let mut push = context.push().unwrap();
    ///         push.connect("inproc://jobs").unwrap();
    ///         push.send("a job").unwrap();
    ///     });
    ///     jobs.recv().unwrap()
    /// });
    /// assert!(outcome.left.still_open.is_empty());
    /// assert!(outcome.unwrap_or_resume() == "a job");
    /// ```
    pub fn context(&self) -> Context {
        let make = || self.own(Context::<Message>::new());
        // One type is ever asked for.
        self.first(make).unwrap_or_else(make)
    }

    /// Gives a context to the run, and returns it.
    ///
    /// It is shut down when the run is asked to stop: by a signal, by the token, or because its
    /// threads have ended. Blocked calls of its sockets then return `Terminated`, once what was sent
    /// is read. When the threads and daemons of the run have ended, the context is ended too. That
    /// waits for sockets that are still open, as long as the grace for daemons says; the outcome
    /// [names](crate::runtime::Outcome::left) those that stay open.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Context, Runtime};
    ///
    /// let context = Context::new();
    /// Runtime::run(|run| drop(run.own(context.clone()))).unwrap_or_resume();
    /// assert!(context.is_terminated()); // with the run
    /// ```
    pub fn own<T: Send + 'static>(&self, context: Context<T>) -> Context<T> {
        self.owns(context.clone());
        context
    }
}
