//! What is checked: the core's types, or with feature `bug` their look-alikes from `racy.rs`, each broken in one place.
//!
//! The checks read the same for both. Values that are guarded or lent are atomics of which only `load` and `store` are
//! used: a broken guard then loses updates, and nothing worse.

#[cfg(not(feature = "bug"))]
mod real {
    use gimmal_core::{channel, pool, sync};
    use portable_atomic::AtomicU32;

    /// A channel of numbers.
    pub type Channel<const N: usize> = channel::mpmc::Channel<u32, N>;
    /// Places for numbers.
    pub type Pool<const N: usize> = pool::Pool<AtomicU32, N>;
    /// A loan from a [`Pool`].
    pub type Loan<'p> = pool::Loan<'p, AtomicU32>;
    /// The sending end of an SPSC channel of one number.
    pub type LineSender = channel::spsc::Sender<'static, u32, 1>;
    /// Its receiving end.
    pub type LineReceiver = channel::spsc::Receiver<'static, u32, 1>;
    /// A socket that sends into a link of one number.
    pub type Pusher = gimmal_core::socket::Push<'static, u32>;
    /// The socket at the other end.
    pub type Puller = gimmal_core::socket::Pull<'static, u32>;
    pub use crate::queues::real::*;

    /// Both ends; once.
    pub fn line() -> (LineSender, LineReceiver) {
        static LINE: channel::spsc::Channel<u32, 1> = channel::spsc::Channel::new();
        LINE.try_split().expect("made once")
    }

    /// Both sockets; once.
    pub fn sockets() -> (Pusher, Puller) {
        static CONTEXT: gimmal_core::Context<u32, 2, 1, 1> = gimmal_core::Context::new();
        let mut pull = CONTEXT.pull().expect("made once");
        pull.bind("inproc://numbers").expect("a free name");
        let mut push = CONTEXT.push().expect("made once");
        push.connect("inproc://numbers").expect("a free pipe");
        // Both have found the link: `new_link` is for those that have not.
        push.try_send(0).expect("a new link is empty");
        pull.try_recv().expect("it was sent");
        (push, pull)
    }

    pub use sync::{Barrier, Condition, Event, Lock, LockGuard, Permit, Semaphore};
}
#[cfg(not(feature = "bug"))]
pub use real::*;

#[cfg(feature = "bug")]
pub use crate::racy::*;
