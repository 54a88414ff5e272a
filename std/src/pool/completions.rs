//! [`Completions`]: a channel of numbers, into which each job of a wait sends its own when it ends.

#![forbid(unsafe_code)]

use std::sync::Arc;

use crate::block::Limit;
use crate::channel::{self, Receiver, Sender};

/// Where the numbers of jobs that end arrive.
pub(crate) struct Completions {
    sender: Sender<usize>,
    receiver: Receiver<usize>,
}

impl Completions {
    /// Room for `numbers` numbers.
    pub(crate) fn new(numbers: usize) -> Arc<Self> {
        let (sender, receiver) = channel::bounded(numbers.max(1));
        Arc::new(Completions { sender, receiver })
    }

    /// Sends a number. If there is no room, the number is lost. A wait that needs each number has
    /// made room for all of them; any other has been woken already, and looks at what has changed.
    pub(crate) fn tell(&self, number: usize) {
        let _ = self.sender.try_send(number);
    }

    pub(crate) fn next(&self, limit: Limit) -> Option<usize> {
        match limit {
            Limit::None => self.receiver.recv().ok(),
            Limit::After(timeout) => self.receiver.recv_timeout(timeout).ok(),
            Limit::At(deadline) => self.receiver.recv_deadline(deadline).ok(),
        }
    }

    /// The same as a future.
    pub(crate) async fn next_async(&self) -> Option<usize> {
        self.receiver.recv_async().await.ok()
    }
}
