//! L6: whether a socket could send or receive now, for whoever polls it. Looking moves no message;
//! it takes out links that have ended, as sending and receiving do.
//!
//! The order of answers is that of `state.rs`, so that a socket which says "yes" is not refused by
//! the verb that follows.

#![forbid(unsafe_code)]

use super::peer::Candidates;
use super::peer_list::PeerList;
use super::pipe::In;
use super::policy::{Collect, Distribute};
use super::state::State;
use crate::error::socket::{RecvError, SendReason};
use crate::shim::step;

impl<T> State<'_, T> {
    /// Returns `true` if a message can be sent now.
    ///
    /// # Errors
    /// Why none can be sent, however long one waits.
    pub(crate) fn can_send(&mut self, policy: &impl Distribute<T>) -> Result<bool, SendReason> {
        if self.member.is_terminated() {
            return Err(SendReason::Terminated);
        }
        let (mut inside, member) = self.enter().ok_or(SendReason::Closed)?;
        Candidates::new(&mut inside.out, &member.context).remove_closed();
        if inside.out.is_empty() {
            member.fetch_all(&mut inside);
            Candidates::new(&mut inside.out, &member.context).remove_closed();
        }
        let room = policy.has_room(&Candidates::new(&mut inside.out, &member.context))?;
        if !inside.out.is_empty() || !member.is_disconnected(|[out, _]| out) {
            return Ok(room);
        }
        // The last peer has gone; who came before it went is known now.
        member.fetch_new_links(&mut inside);
        match inside.out.is_empty() {
            true => Err(SendReason::Disconnected),
            false => policy.has_room(&Candidates::new(&mut inside.out, &member.context)),
        }
    }

    /// Returns `true` if a message can be received now.
    ///
    /// # Errors
    /// Why none can be received, however long one waits.
    pub(crate) fn can_recv(&mut self, policy: &impl Collect<T>) -> Result<bool, RecvError> {
        let Some((mut inside, member)) = self.enter() else {
            return Err(self.member.why_ended());
        };
        let has_message = |into: &mut PeerList<T, In>| {
            let has = policy.has_message(&Candidates::new(into, &member.context));
            has.map_err(|why| match why {
                RecvError::Disconnected => member.why_ended(),
                why => why,
            })
        };
        if has_message(&mut inside.into)? {
            return Ok(true);
        }
        Candidates::new(&mut inside.into, &member.context).remove_over();
        if inside.into.is_empty() {
            // Those that were set aside had no message, but may have gone.
            member.fetch_all(&mut inside);
            if has_message(&mut inside.into)? {
                return Ok(true);
            }
            Candidates::new(&mut inside.into, &member.context).remove_over();
        }
        let alone = inside.into.is_empty() && member.is_disconnected(|[_, into]| into);
        if !member.is_terminated() && !alone {
            return Ok(false);
        }
        // What came before the end is known now.
        member.fetch_new_links(&mut inside);
        match step!("can-recv-again", has_message(&mut inside.into)?, else false) {
            true => Ok(true),
            false if member.is_terminated() || inside.into.is_empty() => Err(member.why_ended()),
            false => Ok(false),
        }
    }
}
