//! L7: opening sockets, one verb for each pattern.

#![forbid(unsafe_code)]

use super::{ContextOf, ContextStorage};
use crate::error::socket::OpenError;
use crate::panic_without_fmt::get_or_panic;
use crate::socket::{self, HighWaterMarks, Identity, Kind, Pattern, PeerId, Socket, each_pattern};

macro_rules! verbs {
    ($($(#[$says:meta])* fn $verb:ident -> $Name:ident: $rules:expr;)*) => {
        impl<T: Send, S: ContextStorage<T>> ContextOf<T, S> {
            $(
                $(#[$says])*
                pub fn $verb(&self) -> Result<socket::$Name<'_, T>, OpenError> {
                    self.open()
                }
            )*
        }

        $(const _: () = assert!(socket::$Name::<()>::is_of(Kind::$Name));)*
    };
}
each_pattern!(verbs);

impl<T: Send, S: ContextStorage<T>> ContextOf<T, S> {
    /// Opens a socket of the pattern `P`: what [`pair`](ContextOf::pair), [`push`](ContextOf::push)
    /// and [`pull`](ContextOf::pull) are names for, for code that is generic in the pattern.
    ///
    /// # Errors
    /// As for [`pair`](ContextOf::pair).
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::{Context, socket::PushPattern};
    ///
    /// let context = Context::<u32, 4, 4, 8>::new();
    /// let push = context.open::<PushPattern>().unwrap();
    /// assert_eq!(context.open_sockets(), 1);
    /// # drop(push);
    /// ```
    pub fn open<P: Pattern>(&self) -> Result<Socket<'_, T, P>, OpenError> {
        let id = self.locked(|hub| {
            if self.is_terminated() {
                return Err(OpenError::Terminated);
            }
            let slots = self.storage.sockets().iter().enumerate();
            let mut slots = slots.skip(hub.all_open_before);
            let free = slots.find(|(_, socket_entry)| socket_entry.kind.get().is_none());
            let (slot, _) = free.ok_or(OpenError::TooManySockets)?;
            hub.all_open_before = slot + 1;
            let socket_entry = get_or_panic(self.storage.sockets(), slot);
            let generation = socket_entry.generation.get().wrapping_add(1);
            socket_entry.generation.set(generation);
            socket_entry.kind.set(Some(P::KIND));
            socket_entry.marks.set(HighWaterMarks::UNSET);
            socket_entry
                .identity
                .set(Identity::automatic(slot, generation));
            socket_entry.links.set(0);
            socket_entry.peers.counters().reset();
            socket_entry.ended.set([0, 0]);
            hub.open += 1;
            Ok(PeerId { slot, generation })
        })?;
        Ok(Socket::new(self, id))
    }
}
