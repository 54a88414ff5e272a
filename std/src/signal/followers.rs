//! Followers: what is told of the termination of the process before all subscribers, whether a
//! `Termination` is installed before it follows or afterwards. Runs are followers.
//!
//! The list is a leaf among the locks: nothing is done while it is held.

#![forbid(unsafe_code)]

use std::sync::{Arc, Mutex};

use super::reason::Reason;
use crate::per_process::PerProcess;

/// What follows a termination.
pub(crate) trait Follow: Send + Sync {
    /// Remembers the reason for which it is about to be told. Runs under a lock, and no user code.
    fn note(&self, reason: Reason);

    /// Ends what follows.
    fn tell(&self, reason: Reason);
}

type Follower = Arc<dyn Follow>;

/// Those of this process; a child begins with its parent's: the thread that forks may be in a run.
static FOLLOWERS: PerProcess<Mutex<Vec<Follower>>> = PerProcess::new();

/// The followers of one moment.
pub(super) struct Followers(Vec<Follower>);

impl Followers {
    /// Those of this moment. One that follows later looks for the reason itself.
    pub(super) fn now() -> Self {
        Followers(FOLLOWERS.locked().clone())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn note(&self, reason: Reason) {
        self.0.iter().for_each(|follower| follower.note(reason));
    }

    pub(super) fn tell(self, reason: Reason) {
        self.0.iter().for_each(|follower| follower.tell(reason));
    }
}

/// A follower's place in the list.
#[must_use = "dropping it takes the follower off the list"]
pub(crate) struct Following(Follower);

impl Following {
    pub(super) fn begin(follower: Follower) -> Self {
        FOLLOWERS.locked().push(follower.clone());
        Following(follower)
    }

    /// Tells this one.
    pub(super) fn tell(&self, reason: Reason) {
        self.0.tell(reason);
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let mut followers = FOLLOWERS.locked();
        let of_this = |follower: &Follower| Arc::ptr_eq(follower, &self.0);
        let at = followers.iter().position(of_this);
        let follower = at.map(|at| followers.swap_remove(at));
        drop(followers);
        drop(follower);
    }
}
