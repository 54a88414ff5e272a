//! Slices of plain values through an SPSC channel.

#![forbid(unsafe_code)]

use std::future::IntoFuture;

use gimmal_core::error::{Closed, SendError, TryRecvError, TrySendError};

use super::spsc::{Receiver, Sender};
use crate::block::block;
use crate::cooperate::cooperative;

impl<T: Copy> Sender<T> {
    /// Sends copies of the first values, as many as there is room for, and returns their number. Never waits. They are published
    /// in one step.
    ///
    /// # Errors
    /// `Full` if there is no room at all; `Closed`. Nothing has been sent then. An empty slice is sent unless the channel is closed.
    ///
    /// # Examples
    /// ```
    /// let (mut sender, receiver) = gimmal::channel::spsc::bounded(4);
    /// assert_eq!(sender.try_send_slice(&[1, 2, 3, 4, 5]), Ok(4));
    /// assert!(sender.try_send_slice(&[5]).is_err());
    /// # drop(receiver);
    /// ```
    pub fn try_send_slice(&mut self, values: &[T]) -> Result<usize, TrySendError<()>> {
        self.end.try_send_slice(values)
    }

    /// Sends copies of the first values, as many as there is room for, blocking while there is none, and returns their number.
    ///
    /// It blocks the calling thread; in a task, await [`send_slice_async`](Self::send_slice_async) instead.
    ///
    /// # Errors
    /// [`Closed`]. Nothing has been sent then.
    ///
    /// # Examples
    /// ```
    /// let (mut sender, receiver) = gimmal::channel::spsc::bounded(4);
    /// assert_eq!(sender.send_slice(&[1, 2, 3, 4, 5]), Ok(4));
    /// drop(receiver);
    /// assert!(sender.send_slice(&[5]).is_err());
    /// ```
    pub fn send_slice(&mut self, values: &[T]) -> Result<usize, Closed> {
        block(self.end.sending_slice(values))
    }

    /// Returns the future of [`send_slice`](Sender::send_slice), for an executor.
    ///
    /// # Errors
    /// As for [`send_slice`](Sender::send_slice).
    ///
    /// # Cancel safety
    /// A future that is dropped before it is ready has sent nothing.
    ///
    /// # Examples
    /// ```
    /// # gimmal::wait::block_on(async {
    /// let (mut sender, mut receiver) = gimmal::channel::spsc::bounded(4);
    /// assert_eq!(sender.send_slice_async(&[1, 2, 3]).await, Ok(3));
    /// assert_eq!(receiver.try_iter().count(), 3);
    /// # });
    /// ```
    pub async fn send_slice_async(&mut self, values: &[T]) -> Result<usize, Closed> {
        cooperative(self.end.sending_slice(values).into_future()).await
    }

    /// Sends copies of all values, in order, blocking while there is no room. They are published in as few steps as there
    /// is room for.
    ///
    /// It blocks the calling thread; in a task, await [`send_all_async`](Self::send_all_async) instead.
    ///
    /// # Errors
    /// [`SendError`] returns those that were not sent: the channel is closed.
    ///
    /// # Examples
    /// ```
    /// use std::thread;
    ///
    /// let (mut sender, mut receiver) = gimmal::channel::spsc::bounded(64);
    /// let samples: Vec<u32> = (0..1000).collect();
    /// thread::scope(|scope| {
    ///     scope.spawn(move || sender.send_all(&samples).unwrap());
    ///     assert_eq!(receiver.iter().sum::<u32>(), 499_500);
    /// });
    /// ```
    pub fn send_all<'v>(&mut self, mut values: &'v [T]) -> Result<(), SendError<&'v [T]>> {
        while !values.is_empty() {
            let sent = self
                .send_slice(values)
                .map_err(|Closed| SendError(values))?;
            values = &values[sent..];
        }
        Ok(())
    }

    /// Returns the future of [`send_all`](Sender::send_all), for an executor.
    ///
    /// # Errors
    /// As for [`send_all`](Sender::send_all).
    ///
    /// # Cancel safety
    /// A future that is dropped before it is ready may have sent the first values, and does not tell how many: where that
    /// matters, take [`send_slice_async`](Sender::send_slice_async) in a loop.
    ///
    /// # Examples
    /// ```
    /// # gimmal::wait::block_on(async {
    /// let (mut sender, mut receiver) = gimmal::channel::spsc::bounded(4);
    /// sender.send_all_async(&[1, 2, 3]).await.unwrap();
    /// assert_eq!(receiver.try_iter().count(), 3);
    /// # });
    /// ```
    pub async fn send_all_async<'v>(
        &mut self,
        mut values: &'v [T],
    ) -> Result<(), SendError<&'v [T]>> {
        while !values.is_empty() {
            let sent = self.send_slice_async(values).await;
            values = &values[sent.map_err(|Closed| SendError(values))?..];
        }
        Ok(())
    }
}

impl<T: Copy> Receiver<T> {
    /// Receives into the beginning of `buffer` as many values as there are and as fit, and returns their number. Never waits.
    ///
    /// # Errors
    /// `Empty`; `Closed` only after everything that was sent has been received. An empty buffer receives nothing and never fails.
    ///
    /// # Examples
    /// ```
    /// let (mut sender, mut receiver) = gimmal::channel::spsc::bounded(4);
    /// sender.send_all(&[1, 2, 3]).unwrap();
    /// let mut buffer = [0; 2];
    /// assert_eq!(receiver.try_recv_slice(&mut buffer), Ok(2));
    /// assert_eq!(buffer, [1, 2]);
    /// ```
    pub fn try_recv_slice(&mut self, buffer: &mut [T]) -> Result<usize, TryRecvError> {
        self.end().try_recv_slice(buffer)
    }

    /// Receives into the beginning of `buffer` as many values as there are and as fit, blocking while there is none, and returns
    /// their number.
    ///
    /// It blocks the calling thread; in a task, await [`recv_slice_async`](Self::recv_slice_async) instead.
    ///
    /// # Errors
    /// [`Closed`]: the channel is closed and everything was received. An empty buffer receives nothing and never fails.
    ///
    /// # Examples
    /// ```
    /// let (mut sender, mut receiver) = gimmal::channel::spsc::bounded(64);
    /// let producer = std::thread::spawn(move || sender.send_all(&[1; 1000]).is_ok());
    /// let (mut buffer, mut sum) = ([0; 16], 0);
    /// while let Ok(n) = receiver.recv_slice(&mut buffer) {
    ///     sum += buffer[..n].iter().sum::<i32>();
    /// }
    /// assert_eq!(sum, 1000);
    /// assert!(producer.join().unwrap());
    /// ```
    pub fn recv_slice(&mut self, buffer: &mut [T]) -> Result<usize, Closed> {
        block(self.end().receiving_slice(buffer))
    }

    /// Returns the future of [`recv_slice`](Receiver::recv_slice), for an executor.
    ///
    /// # Errors
    /// As for [`recv_slice`](Receiver::recv_slice).
    ///
    /// # Cancel safety
    /// A future that is dropped before it is ready has received nothing.
    ///
    /// # Examples
    /// ```
    /// # gimmal::wait::block_on(async {
    /// let (mut sender, mut receiver) = gimmal::channel::spsc::bounded(4);
    /// sender.send(7).unwrap();
    /// let mut buffer = [0; 4];
    /// assert_eq!(receiver.recv_slice_async(&mut buffer).await, Ok(1));
    /// # });
    /// ```
    pub async fn recv_slice_async(&mut self, buffer: &mut [T]) -> Result<usize, Closed> {
        cooperative(self.end().receiving_slice(buffer).into_future()).await
    }
}
