//! What a run ends when its threads have ended, and what that left.

#![forbid(unsafe_code)]

use std::any::Any;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use super::token::StopToken;
use crate::generation::Generation;
use crate::panic_guard::locked;
use crate::stop::{Stop, Subscription};

/// Something that belongs to a run: it is stopped when the run is asked to stop, and ended when the
/// threads of the run have ended.
pub(crate) trait RunEnd: Stop + Send + 'static {
    /// Ends it, for `grace` at most. Returns how many messages nobody has received.
    ///
    /// # Errors
    /// Names the holders of its parts, in words.
    fn end(&self, grace: Duration) -> Result<usize, String>;
}

/// What belongs to a run.
#[derive(Default)]
pub(super) struct Ends {
    /// The context of [`Runtime::context`], whose type this floor does not know.
    /// It is whole, or not there: no panic leaves half of it.
    first: AssertUnwindSafe<OnceLock<Box<dyn Any + Send + Sync>>>,
    all: Mutex<Vec<End>>,
}

/// One of them, and the right to be stopped.
struct End {
    what: Box<dyn RunEnd>,
    _stopped: Subscription,
    generation: Generation,
}

/// The messages and sockets that were left of the contexts of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Leftover {
    /// Messages that were sent, and that nobody has received.
    pub undelivered: usize,
    /// Of each context that did not end in time: which of its sockets are open, and who has opened
    /// them.
    pub still_open: Vec<String>,
}

impl fmt::Display for Leftover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} messages were not delivered", self.undelivered)?;
        self.still_open
            .iter()
            .try_for_each(|open| write!(f, "; {open}"))
    }
}

impl Ends {
    /// The one that every run has, made at the first call. `None` if another type was asked for
    /// before.
    pub(super) fn first<E: Clone + Send + Sync + 'static>(
        &self,
        make: impl FnOnce() -> E,
    ) -> Option<E> {
        let first = self.first.get_or_init(|| Box::new(make()));
        first.downcast_ref::<E>().cloned()
    }

    /// From now on `what` belongs to the run with this token.
    pub(super) fn add(&self, stop: &StopToken, what: impl RunEnd + Clone) {
        let end = End {
            what: Box::new(what.clone()),
            _stopped: stop.on(what),
            generation: Generation::current(),
        };
        locked(&self.all).push(end);
    }

    /// Ends each of them, in the order in which they came; but in a forked child none of the
    /// parent's, whose other threads, which hold parts of it, are not there.
    pub(super) fn end(&self, grace: Duration) -> Leftover {
        let mut left = Leftover::default();
        // Taken out first: what ends may run code of users, who may look at the run.
        let all = std::mem::take(&mut *locked(&self.all));
        for end in all.iter().filter(|end| end.generation.is_current()) {
            match end.what.end(grace) {
                Ok(undelivered) => left.undelivered += undelivered,
                Err(open) => left.still_open.push(open),
            }
        }
        left
    }
}
