//! Receiving what is there, many messages by one claim.

#![forbid(unsafe_code)]

use gimmal_core::error::{Closed, TryRecvError};

use super::first_try::received;
use super::{mpmc, spsc};
use crate::cooperate::cooperative;

impl<T> mpmc::Receiver<T> {
    /// Receives the messages that are there, `most` at most, and appends them to `buffer` in their
    /// order. Returns how many that were: at least one, unless `most` is 0. Costs less than as many
    /// calls of [`try_recv`](mpmc::Receiver::try_recv) where several receivers compete
    /// (`mpmc/runs/4p4c`). Never waits; allocates only if the buffer has too little room.
    ///
    /// # Errors
    /// As for [`try_recv`](mpmc::Receiver::try_recv). The buffer is unchanged.
    ///
    /// # Examples
    /// ```
    /// use gimmal::channel;
    ///
    /// let (sender, receiver) = channel::bounded(4);
    /// (1..=4).for_each(|n| sender.send(n).unwrap());
    ///
    /// let mut buffer = Vec::with_capacity(3);
    /// assert_eq!(receiver.try_recv_many(&mut buffer, 3), Ok(3));
    /// assert_eq!(buffer, [1, 2, 3]);
    /// ```
    pub fn try_recv_many(&self, buffer: &mut Vec<T>, most: usize) -> Result<usize, TryRecvError> {
        // Before the claim: an allocation would keep places that others wait for.
        buffer.reserve(most.min(self.len()));
        let channel = &self.shared.channel;
        channel.try_recv_many(most, |value| buffer.push(value))
    }
}

impl<T> spsc::Receiver<T> {
    /// Receives the messages that are there, `most` at most, and appends them to `buffer` in their
    /// order. Returns how many that were: at least one, unless `most` is 0. Never waits; allocates only if the buffer has too
    /// little room. (For plain values [`try_recv_slice`](spsc::Receiver::try_recv_slice) costs less.)
    ///
    /// # Errors
    /// As for [`try_recv`](spsc::Receiver::try_recv). The buffer is unchanged.
    ///
    /// # Examples
    /// ```
    /// let (mut sender, mut receiver) = gimmal::channel::spsc::bounded(4);
    /// (1..=4).for_each(|n| sender.send(n).unwrap());
    /// let mut buffer = Vec::new();
    /// assert_eq!(receiver.try_recv_many(&mut buffer, 3), Ok(3));
    /// assert_eq!(buffer, [1, 2, 3]);
    /// ```
    pub fn try_recv_many(
        &mut self,
        buffer: &mut Vec<T>,
        most: usize,
    ) -> Result<usize, TryRecvError> {
        if most == 0 {
            return Ok(0);
        }
        let there = most.min(self.len());
        buffer.reserve(there);
        let before = buffer.len();
        // One more is tried where none was there: a message that has come since, or the end.
        for _ in 0..there.max(1) {
            match self.try_recv() {
                Ok(value) => buffer.push(value),
                Err(why) if buffer.len() == before => return Err(why),
                Err(_) => break,
            }
        }
        Ok(buffer.len() - before)
    }
}

/// The forms that wait; `$borrow self` is how the receiver is used.
macro_rules! waiting {
    ($Receiver:ty, $channel:literal, ($($borrow:tt)+), $self:ident) => {
        impl<T> $Receiver {
            /// Receives the messages that are there, `most` at most, and appends them to `buffer`, blocking
            /// while there is none. Returns how many that were: at least one, unless `most` is 0.
            ///
            /// It blocks the calling thread; in a task, await [`recv_many_async`](Self::recv_many_async) instead.
            ///
            /// # Errors
            /// [`Closed`]: the channel is closed and everything was received.
            ///
            /// # Examples
            /// ```
            #[doc = concat!("let (mut sender, mut receiver) = gimmal::", $channel, "(16);")]
            /// let producer = std::thread::spawn(move || (0..1000).try_for_each(|n| sender.send(n)));
            ///
            /// let (mut buffer, mut sum) = (Vec::new(), 0);
            /// while receiver.recv_many(&mut buffer, 16).is_ok() {
            ///     sum += buffer.drain(..).sum::<u64>();
            /// }
            /// assert_eq!(sum, 999 * 1000 / 2);
            /// producer.join().unwrap().unwrap();
            /// ```
            pub fn recv_many(
                $($borrow)+ $self,
                buffer: &mut Vec<T>,
                most: usize,
            ) -> Result<usize, Closed> {
                let there = $self.try_recv_many(buffer, most);
                received(there, || {
                    buffer.push($self.recv()?);
                    Ok(1 + $self.try_recv_many(buffer, most - 1).unwrap_or(0))
                })
            }

            /// Returns the future of [`recv_many`](Self::recv_many), for an executor.
            ///
            /// # Errors
            /// As for [`recv_many`](Self::recv_many).
            ///
            /// # Cancel safety
            /// Dropping the future before it is ready receives nothing, and the buffer is unchanged.
            ///
            /// # Examples
            /// ```
            /// # gimmal::wait::block_on(async {
            #[doc = concat!("let (mut sender, mut receiver) = gimmal::", $channel, "(2);")]
            /// sender.send(1).unwrap();
            /// sender.send(2).unwrap();
            ///
            /// let mut buffer = Vec::new();
            /// assert_eq!(receiver.recv_many_async(&mut buffer, 8).await, Ok(2));
            /// # });
            /// ```
            pub async fn recv_many_async(
                $($borrow)+ $self,
                buffer: &mut Vec<T>,
                most: usize,
            ) -> Result<usize, Closed> {
                cooperative(async {
                    match $self.try_recv_many(buffer, most) {
                        Ok(n) => Ok(n),
                        Err(TryRecvError::Closed) => Err(Closed),
                        Err(TryRecvError::Empty | TryRecvError::Busy) => {
                            buffer.push($self.recv_async().await?);
                            Ok(1 + $self.try_recv_many(buffer, most - 1).unwrap_or(0))
                        }
                    }
                })
                .await
            }
        }
    };
}

waiting!(mpmc::Receiver<T>, "channel::bounded", (&), self);
waiting!(spsc::Receiver<T>, "channel::spsc::bounded", (&mut), self);
