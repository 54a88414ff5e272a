//! Who uses the socket of each slot: the thread and the line that have opened it, and the thread that has waited in it last.

#![forbid(unsafe_code)]

use std::mem::replace;
use std::panic::Location;
use std::sync::{Arc, Mutex};
use std::thread::{self, Thread};

use super::snapshot::SocketInfo;
use crate::panic_guard::between_forks;
use crate::table::table;

/// The users of all slots of a context.
pub(super) struct Users(Mutex<Box<[User]>>);

/// The threads are shares of what the system knows of them: noting one allocates nothing.
#[derive(Default)]
struct User {
    opened_by: Option<Thread>,
    opened_at: Option<&'static Location<'static>>,
    waited_by: Option<Thread>,
}

impl Users {
    /// Nobody, in so many slots; `None` if there is no memory for them.
    pub(super) fn new(slots: usize) -> Option<Self> {
        Some(Users(Mutex::new(table(slots, User::default)?)))
    }

    /// The calling thread has opened a socket in this slot.
    pub(super) fn has_opened(&self, slot: usize, at: Option<&'static Location<'static>>) {
        let user = User {
            opened_by: Some(thread::current()),
            opened_at: at,
            waited_by: None,
        };
        drop(between_forks(&self.0, |users| {
            replace(&mut users[slot], user)
        }));
    }

    /// The calling thread is about to wait in the socket of this slot, and was not the last to do so.
    #[cold]
    pub(super) fn waits(&self, slot: usize) {
        let thread = Some(thread::current());
        drop(between_forks(&self.0, |users| {
            replace(&mut users[slot].waited_by, thread)
        }));
    }

    /// Says of each socket who uses it.
    pub(super) fn show(&self, sockets: &mut [SocketInfo]) {
        let name = |thread: &Option<Thread>| Some(Arc::from(thread.as_ref()?.name()?));
        between_forks(&self.0, |users| {
            for socket in sockets {
                let user = &users[socket.slot];
                socket.opened_by = name(&user.opened_by);
                socket.opened_at = user.opened_at;
                socket.waited_by = name(&user.waited_by);
            }
        });
    }
}
