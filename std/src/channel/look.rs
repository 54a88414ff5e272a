//! What both ends of both channels say of the channel: snapshots.

#![forbid(unsafe_code)]

/// For an end, the function that makes it, and how it reaches the channel.
macro_rules! look {
    ($end:ty, $mutable:literal, $bounded:literal, $this:ident => $channel:expr) => {
        impl<T> $end {
            /// Returns `true` if the channel is closed: a snapshot that, once `true`, stays so.
            ///
            /// # Examples
            /// ```
            #[doc = concat!("let (", $mutable, "sender, receiver) = gimmal::channel::", $bounded, "(2);")]
            /// # let _: Result<(), _> = sender.try_send(1);
            /// assert!(!receiver.is_closed());
            /// drop(sender);
            /// assert!(receiver.is_closed());
            /// ```
            pub fn is_closed(&self) -> bool {
                let $this = self;
                $channel.is_closed()
            }

            /// Returns how many messages are in the channel: a snapshot, in `0..=capacity`.
            ///
            /// # Examples
            /// ```
            #[doc = concat!("let (", $mutable, "sender, receiver) = gimmal::channel::", $bounded, "(2);")]
            /// sender.send(1).unwrap();
            /// assert_eq!((sender.len(), receiver.len()), (1, 1));
            /// ```
            pub fn len(&self) -> usize {
                let $this = self;
                $channel.len()
            }

            /// Returns `true` if no message is in the channel: a snapshot.
            ///
            /// # Examples
            /// ```
            #[doc = concat!("let (", $mutable, "sender, receiver) = gimmal::channel::", $bounded, "(2);")]
            /// assert!(receiver.is_empty());
            /// sender.send(1).unwrap();
            /// assert!(!receiver.is_empty());
            /// ```
            pub fn is_empty(&self) -> bool {
                let $this = self;
                $channel.is_empty()
            }

            /// Returns `true` if the channel is full: a snapshot.
            ///
            /// # Examples
            /// ```
            #[doc = concat!("let (", $mutable, "sender, receiver) = gimmal::channel::", $bounded, "(2);")]
            /// sender.send(1).unwrap();
            /// assert!(!sender.is_full());
            /// sender.send(2).unwrap();
            /// assert!(sender.is_full());
            /// # drop(receiver);
            /// ```
            pub fn is_full(&self) -> bool {
                let $this = self;
                $channel.is_full()
            }

            /// Returns how many messages the channel can hold.
            ///
            /// # Examples
            /// ```
            #[doc = concat!("let (", $mutable, "sender, receiver) = gimmal::channel::", $bounded, "(2);")]
            /// sender.send(1).unwrap();
            /// assert_eq!((sender.capacity(), receiver.capacity()), (2, 2));
            /// ```
            pub fn capacity(&self) -> usize {
                let $this = self;
                $channel.capacity()
            }
        }
    };
}

pub(super) use look;
