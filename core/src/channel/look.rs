//! What the ends of an SPSC channel say of it: snapshots. One's own side of the channel is exact.

#![forbid(unsafe_code)]

use super::spsc::{ChannelOf, Hold, ReceiverOf, SenderOf};
use crate::ring::{Slot, Storage};

impl<S: Storage + ?Sized> ChannelOf<S> {
    /// Returns `true` if the channel is closed. Once `true`, it stays `true`.
    ///
    /// # Examples
    /// ```
    /// let mut channel = gimmal_core::channel::spsc::Channel::<u8, 4>::new();
    /// channel.split().0.close();
    /// assert!(channel.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.link.is_closed()
    }

    /// Returns the number of messages in the channel: a snapshot, in `0..=capacity`.
    ///
    /// # Examples
    /// ```
    /// let channel = gimmal_core::channel::spsc::Channel::<u8, 4>::new();
    /// let (mut sender, _receiver) = channel.try_split().unwrap();
    /// sender.try_send(1).unwrap();
    /// assert_eq!(channel.len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        self.link.ring.len()
    }

    /// Returns `true` if the channel is empty: a snapshot.
    ///
    /// # Examples
    /// ```
    /// assert!(gimmal_core::channel::spsc::Channel::<u8, 4>::new().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.link.ring.is_empty()
    }

    /// Returns `true` if the channel is full: a snapshot.
    ///
    /// # Examples
    /// ```
    /// let channel = gimmal_core::channel::spsc::Channel::<u8, 1>::new();
    /// let (mut sender, _receiver) = channel.try_split().unwrap();
    /// sender.try_send(1).unwrap();
    /// assert!(channel.is_full());
    /// ```
    pub fn is_full(&self) -> bool {
        self.link.ring.is_full()
    }

    /// Returns the number of slots.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(gimmal_core::channel::spsc::Channel::<u8, 4>::new().capacity(), 4);
    /// ```
    pub fn capacity(&self) -> usize {
        self.link.ring.capacity()
    }
}

impl<T, C: Hold> SenderOf<C>
where
    C::Slots: Storage<Slot = Slot<T>>,
{
    /// Returns `true` if the channel is closed. Once `true`, it stays `true`.
    ///
    /// # Examples
    /// ```
    /// let mut channel = gimmal_core::channel::spsc::Channel::<u8, 4>::new();
    /// let (sender, receiver) = channel.split();
    /// receiver.close();
    /// assert!(sender.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.channel.held().is_closed()
    }

    /// Returns the number of free slots: a snapshot that only this end can make smaller.
    ///
    /// # Examples
    /// ```
    /// let mut channel = gimmal_core::channel::spsc::Channel::<u8, 4>::new();
    /// let (mut sender, _receiver) = channel.split();
    /// sender.try_send(1).unwrap();
    /// assert_eq!(sender.free(), 3);
    /// ```
    pub fn free(&self) -> usize {
        self.channel.held().link.ring.free_from(&self.at)
    }

    /// Returns the number of messages in the channel: a snapshot.
    ///
    /// # Examples
    /// ```
    /// let mut channel = gimmal_core::channel::spsc::Channel::<u8, 4>::new();
    /// let (mut sender, _receiver) = channel.split();
    /// sender.try_send(1).unwrap();
    /// assert_eq!(sender.len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        self.capacity() - self.free()
    }

    /// Returns `true` if the channel is empty: a snapshot.
    ///
    /// # Examples
    /// ```
    /// let mut channel = gimmal_core::channel::spsc::Channel::<u8, 4>::new();
    /// assert!(channel.split().0.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns `true` if there is no room: a snapshot that only this end can make true.
    ///
    /// # Examples
    /// ```
    /// let mut channel = gimmal_core::channel::spsc::Channel::<u8, 1>::new();
    /// let (mut sender, _receiver) = channel.split();
    /// sender.try_send(1).unwrap();
    /// assert!(sender.is_full());
    /// ```
    pub fn is_full(&self) -> bool {
        self.free() == 0
    }

    /// Returns the number of slots.
    ///
    /// # Examples
    /// ```
    /// let mut channel = gimmal_core::channel::spsc::Channel::<u8, 4>::new();
    /// assert_eq!(channel.split().0.capacity(), 4);
    /// ```
    pub fn capacity(&self) -> usize {
        self.channel.held().capacity()
    }
}

impl<T, C: Hold> ReceiverOf<C>
where
    C::Slots: Storage<Slot = Slot<T>>,
{
    /// Returns `true` if the channel is closed. Once `true`, it stays `true`.
    ///
    /// # Examples
    /// ```
    /// let mut channel = gimmal_core::channel::spsc::Channel::<u8, 4>::new();
    /// let (sender, receiver) = channel.split();
    /// sender.close();
    /// assert!(receiver.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.channel.held().is_closed()
    }

    /// Returns the number of messages in the channel: a snapshot that only this end can make
    /// smaller.
    ///
    /// # Examples
    /// ```
    /// let mut channel = gimmal_core::channel::spsc::Channel::<u8, 4>::new();
    /// let (mut sender, receiver) = channel.split();
    /// sender.try_send(1).unwrap();
    /// assert_eq!(receiver.len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        self.channel.held().link.ring.filled_from(&self.at)
    }

    /// Returns `true` if nothing is there: a snapshot that only this end can make true.
    ///
    /// # Examples
    /// ```
    /// let mut channel = gimmal_core::channel::spsc::Channel::<u8, 4>::new();
    /// assert!(channel.split().1.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns `true` if the channel is full: a snapshot.
    ///
    /// # Examples
    /// ```
    /// let mut channel = gimmal_core::channel::spsc::Channel::<u8, 1>::new();
    /// let (mut sender, receiver) = channel.split();
    /// sender.try_send(1).unwrap();
    /// assert!(receiver.is_full());
    /// ```
    pub fn is_full(&self) -> bool {
        self.len() == self.capacity()
    }

    /// Returns the number of slots.
    ///
    /// # Examples
    /// ```
    /// let mut channel = gimmal_core::channel::spsc::Channel::<u8, 4>::new();
    /// assert_eq!(channel.split().1.capacity(), 4);
    /// ```
    pub fn capacity(&self) -> usize {
        self.channel.held().capacity()
    }
}
