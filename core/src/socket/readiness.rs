//! L6: whether a socket could send or receive now, for whoever polls it. Looking moves no message;
//! it takes out links that have ended, as sending and receiving do.
//!
//! The order of answers is that of `state.rs`, so that a socket which says "yes" is not refused by
//! the verb that follows.

#![forbid(unsafe_code)]

use super::policy::{Collect, Distribute};
use super::state::State;
use crate::error::socket::{RecvError, SendReason};
use crate::shim::step;

impl<T> State<'_, T> {
    /// Returns `true` if a message can be sent now.
    ///
    /// # Errors
    /// Why none can be sent, however long one waits.
    pub(crate) fn can_send(&self, policy: &impl Distribute<T>) -> Result<bool, SendReason> {
        if self.is_terminated() {
            return Err(SendReason::Terminated);
        }
        let inside = self.enter().ok_or(SendReason::Closed)?;
        let candidates = self.candidates(&inside.out);
        candidates.remove_closed();
        let room = policy.has_room(&candidates)?;
        if !inside.out.is_empty() || !self.is_disconnected(|[out, _]| out) {
            return Ok(room);
        }
        // The last peer has gone; who came before it went is known now.
        self.fetch_new_links();
        match inside.out.is_empty() {
            true => Err(SendReason::Disconnected),
            false => policy.has_room(&candidates),
        }
    }

    /// Returns `true` if a message can be received now.
    ///
    /// # Errors
    /// Why none can be received, however long one waits.
    pub(crate) fn can_recv(&self, policy: &impl Collect<T>) -> Result<bool, RecvError> {
        let inside = self.enter().ok_or_else(|| self.why_ended())?;
        let candidates = self.candidates(&inside.into);
        let has_message = || {
            let has = policy.has_message(&candidates);
            has.map_err(|why| match why {
                RecvError::Disconnected => self.why_ended(),
                why => why,
            })
        };
        if has_message()? {
            return Ok(true);
        }
        candidates.remove_over();
        let alone = inside.into.is_empty() && self.is_disconnected(|[_, into]| into);
        if !self.is_terminated() && !alone {
            return Ok(false);
        }
        // What came before the end is known now.
        self.fetch_new_links();
        match step!("can-recv-again", has_message()?, else false) {
            true => Ok(true),
            false if self.is_terminated() || inside.into.is_empty() => Err(self.why_ended()),
            false => Ok(false),
        }
    }
}
