//! The iterators of a [`Receiver`].

#![forbid(unsafe_code)]

use super::mpmc::Receiver;
use super::spsc;

impl<T> Receiver<T> {
    /// Returns an iterator that receives, blocking, until the channel is closed and drained.
    /// `for message in receiver` does the same with an owned receiver.
    ///
    /// # Examples
    /// ```
    /// let (sender, receiver) = gimmal::channel::bounded(2);
    /// sender.send(1).unwrap();
    /// sender.send(2).unwrap();
    /// drop(sender);
    /// assert_eq!(receiver.iter().collect::<Vec<_>>(), [1, 2]);
    /// ```
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { receiver: self }
    }

    /// Returns an iterator that receives without waiting, and ends when the channel is empty, or `Busy`.
    ///
    /// # Examples
    /// ```
    /// let (sender, receiver) = gimmal::channel::bounded(2);
    /// sender.send(1).unwrap();
    /// assert_eq!(receiver.try_iter().collect::<Vec<_>>(), [1]);
    /// # drop(sender);
    /// ```
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter { receiver: self }
    }
}

/// Receives until the channel is closed and drained: made by [`Receiver::iter`].
#[derive(Debug)]
pub struct Iter<'r, T> {
    receiver: &'r Receiver<T>,
}

impl<T> Iterator for Iter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.receiver.recv().ok()
    }
}

/// Receives what is there, without waiting: made by [`Receiver::try_iter`].
#[derive(Debug)]
pub struct TryIter<'r, T> {
    receiver: &'r Receiver<T>,
}

impl<T> Iterator for TryIter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.receiver.try_recv().ok()
    }
}

/// Receives until the channel is closed and drained, and owns the receiver.
#[derive(Debug)]
pub struct IntoIter<T> {
    receiver: Receiver<T>,
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.receiver.recv().ok()
    }
}

impl<T> IntoIterator for Receiver<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        IntoIter { receiver: self }
    }
}

impl<'r, T> IntoIterator for &'r Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'r, T>;

    fn into_iter(self) -> Iter<'r, T> {
        self.iter()
    }
}

impl<T> spsc::Receiver<T> {
    /// Returns an iterator that receives, blocking, until the channel is closed and drained.
    ///
    /// # Examples
    /// ```
    /// let (mut sender, mut receiver) = gimmal::channel::spsc::bounded(2);
    /// sender.send(1).unwrap();
    /// sender.send(2).unwrap();
    /// drop(sender);
    /// assert_eq!(receiver.iter().collect::<Vec<_>>(), [1, 2]);
    /// ```
    pub fn iter(&mut self) -> impl Iterator<Item = T> {
        std::iter::from_fn(|| self.recv().ok())
    }

    /// Returns an iterator that receives without waiting, and ends when the channel is empty.
    ///
    /// # Examples
    /// ```
    /// let (mut sender, mut receiver) = gimmal::channel::spsc::bounded(2);
    /// sender.send(1).unwrap();
    /// assert_eq!(receiver.try_iter().collect::<Vec<_>>(), [1]);
    /// ```
    pub fn try_iter(&mut self) -> impl Iterator<Item = T> {
        std::iter::from_fn(|| self.try_recv().ok())
    }
}
