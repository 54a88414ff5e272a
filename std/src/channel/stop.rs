//! The ends of a channel can be told to stop.

#![forbid(unsafe_code)]

use super::mpmc::{Receiver, Sender};
use crate::stop::Stop;

impl<T> Stop for Sender<T> {
    /// Closes the channel.
    fn stop(&self) {
        self.close();
    }
}

impl<T> Stop for Receiver<T> {
    /// Closes the channel. Messages that were sent can still be received.
    fn stop(&self) {
        self.close();
    }
}
