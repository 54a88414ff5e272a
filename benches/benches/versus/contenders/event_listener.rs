//! event-listener: what the lists of waiters in async-lock and others are made of. The flag is ours to add.

use crate::book::Rows;
use crate::contract::Event;
use crate::rows::event;
use event_listener::{Listener, listener};
use std::sync::atomic::{AtomicBool, Ordering::*};

#[derive(Default)]
struct Flag {
    set: AtomicBool,
    event: event_listener::Event,
}

impl Event for Flag {
    fn build() -> Self {
        Flag::default()
    }
    #[inline]
    fn set(&self) {
        // `notify` and `listen` contain the fences of the handshake.
        self.set.store(true, Release);
        self.event.notify(usize::MAX);
    }
    #[inline]
    fn clear(&self) {
        self.set.store(false, Relaxed);
    }
    fn wait(&self) {
        while !self.set.load(Acquire) {
            listener!(self.event => listener);
            if !self.set.load(Acquire) {
                listener.wait();
            }
        }
    }
}

pub(crate) fn enter(book: &mut Rows) {
    event::enter::<Flag>(book, "event-listener Event");
}
