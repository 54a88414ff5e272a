//! A link that neither of its sockets has looked at: what the first operation of each does there, it does once in a link's
//! life.

#[cfg(not(feature = "bug"))]
mod real {
    use gimmal_core::Context;
    use gimmal_core::socket::{Pull, Push};

    /// The socket that sends.
    pub type NewPush = Push<'static, u32>;
    /// The one that receives.
    pub type NewPull = Pull<'static, u32>;

    /// Two sockets that have just been linked. Those of the call before must have been closed.
    pub fn new_link() -> (NewPush, NewPull) {
        static CONTEXT: Context<u32, 2, 1, 1> = Context::new();
        let pull = CONTEXT.pull().expect("the one before is closed");
        pull.bind("inproc://new").expect("a free name");
        let push = CONTEXT.push().expect("the one before is closed");
        push.connect("inproc://new").expect("a free pipe");
        (push, pull)
    }
}
#[cfg(not(feature = "bug"))]
pub use real::*;

/// Broken: the first operation does part of its work twice.
#[cfg(feature = "bug")]
mod racy {
    use gimmal_core::error::Empty;
    use portable_atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};

    #[allow(missing_docs)]
    pub struct Link {
        number: AtomicU32,
        is_new: AtomicBool,
    }

    #[allow(missing_docs)]
    pub type NewPush = &'static Link;
    #[allow(missing_docs)]
    pub type NewPull = &'static Link;

    #[allow(missing_docs)]
    pub fn new_link() -> (NewPush, NewPull) {
        static LINK: Link = Link {
            number: AtomicU32::new(0),
            is_new: AtomicBool::new(true),
        };
        LINK.number.store(0, SeqCst);
        LINK.is_new.store(true, SeqCst);
        (&LINK, &LINK)
    }

    #[allow(missing_docs)]
    impl Link {
        pub fn try_send(&self, number: u32) -> Result<(), u32> {
            if self.is_new.load(SeqCst) {
                self.number.store(number, SeqCst);
                self.is_new.store(false, SeqCst);
            }
            self.number.store(number, SeqCst);
            Ok(())
        }

        pub fn try_recv(&self) -> Result<u32, Empty> {
            let number = self.number.load(SeqCst);
            if self.is_new.load(SeqCst) {
                self.is_new.store(false, SeqCst);
            }
            self.number.store(0, SeqCst);
            if number == 0 { Err(Empty) } else { Ok(number) }
        }
    }
}
#[cfg(feature = "bug")]
pub use racy::*;
