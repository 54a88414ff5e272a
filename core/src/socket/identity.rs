//! L6: [`Identity`]: by what a Router knows its peers.

#![forbid(unsafe_code)]

use core::fmt;

/// Set in the name of a socket that was given its identity.
const GIVEN: u32 = 1 << 31;

/// By what a [`Router`](super::Router) knows a peer: who a message is from, and whom the next one is
/// for.
///
/// A socket has one from the moment it is opened. The *automatic* one is no other socket's of its
/// context, also no later one's (they repeat after 2³¹ sockets in one slot). A *given* one,
/// [`Identity::new`], is a number that the socket keeps when it is opened anew: set it with
/// [`set_identity`](super::Socket::set_identity). Two sockets of one context that are open never
/// have the same.
///
/// Two words, `Copy`. It names a socket within one context; elsewhere it means nothing, or somebody
/// else.
///
/// # Examples
/// ```
/// # use gimmal_core::Context;
/// # use gimmal_core::socket::Identity;
/// static CONTEXT: Context<&str, 2, 2, 4> = Context::new();
///
/// let mut router = CONTEXT.router().unwrap();
/// router.bind("inproc://workers").unwrap();
/// let mut worker = CONTEXT.dealer().unwrap();
/// worker.set_identity(Identity::new(7)).unwrap();
/// worker.connect("inproc://workers").unwrap();
/// router.try_send_to(Identity::new(7), "a job").unwrap();
/// assert_eq!(worker.try_recv(), Ok("a job"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity {
    /// The slot of the socket, plus one; 0 if the identity was given.
    slot: usize,
    name: u32,
}

impl Identity {
    /// Returns an identity to be given to a socket.
    ///
    /// # Panics
    /// If the number is 2³¹ or more.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::socket::Identity;
    /// assert_eq!(Identity::new(7), Identity::new(7));
    /// ```
    pub const fn new(number: u32) -> Self {
        assert!(number < GIVEN, "the number of an identity is below 2^31");
        Identity {
            slot: 0,
            name: GIVEN | number,
        }
    }

    /// Returns the number of a given identity; `None` if it is automatic.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::socket::Identity;
    /// assert_eq!(Identity::new(7).number(), Some(7));
    /// ```
    pub const fn number(self) -> Option<u32> {
        match self.slot {
            0 => Some(self.name & !GIVEN),
            _ => None,
        }
    }

    /// No socket's.
    pub(crate) const NOBODY: Identity = Identity { slot: 0, name: 0 };

    /// The automatic identity of the socket with this generation in this slot.
    pub(crate) fn automatic(slot: usize, generation: u32) -> Self {
        Identity {
            slot: slot + 1,
            name: generation & !GIVEN,
        }
    }

    /// The identity of the socket in this slot that has this name.
    #[inline(always)]
    pub(crate) fn of(slot: usize, name: u32) -> Self {
        Identity {
            slot: if name & GIVEN == 0 { slot + 1 } else { 0 },
            name,
        }
    }

    /// The slot of the socket, of an automatic one.
    pub(crate) fn slot(self) -> usize {
        self.slot.wrapping_sub(1)
    }

    /// What a link keeps of it, beside the slot.
    pub(crate) fn name(self) -> u32 {
        self.name
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number() {
            Some(number) => write!(f, "Identity({number})"),
            None => write!(
                f,
                "Identity(socket {} of slot {})",
                self.name(),
                self.slot()
            ),
        }
    }
}
