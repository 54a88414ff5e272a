//! Everything that passes numbers on, in one shape.

/// What became of a number that was to be put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// It is in.
    Done,
    /// There was no room.
    Full,
    /// Another context is in the middle of its own operation.
    Busy,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// The oldest number.
    Got(u32),
    /// There was none.
    Empty,
    /// Another context is in the middle of its own operation.
    Busy,
}

/// Something that passes numbers on, first in, first out.
pub trait Queue: Sync {
    /// Makes it usable; once.
    fn open(&'static self) {}
    /// Puts a number in, without waiting.
    fn put(&'static self, number: u32) -> Put;
    /// Takes the oldest number out, without waiting.
    fn take(&'static self) -> Take;
}

/// The core's, with their handles in cells: a context that interrupts the other's handle would panic.
#[cfg(not(feature = "bug"))]
pub(crate) mod real {
    use gimmal_core::Context;
    use gimmal_core::channel::{mpmc as channel, spsc as pipe};
    use gimmal_core::error::socket::{RecvError, SendReason};
    use gimmal_core::error::{PopError, PushError, TryRecvError, TrySendError};
    use gimmal_core::pool::{Loan, Pool};
    use gimmal_core::ring::{mpmc, spsc};
    use gimmal_core::socket::{Pull, Push};
    use portable_atomic::{AtomicU32, Ordering::Relaxed};

    use super::{Put, Queue, Take};
    use crate::TurnCell;

    /// The SPSC ring.
    pub struct Spsc<const N: usize> {
        ring: spsc::Ring<u32, N>,
        producer: TurnCell<spsc::Producer<'static, u32, N>>,
        consumer: TurnCell<spsc::Consumer<'static, u32, N>>,
    }

    impl<const N: usize> Spsc<N> {
        /// An empty one.
        pub const fn new() -> Self {
            Spsc {
                ring: spsc::Ring::new(),
                producer: TurnCell::new(),
                consumer: TurnCell::new(),
            }
        }
    }

    impl<const N: usize> Queue for Spsc<N> {
        fn open(&'static self) {
            let (producer, consumer) = self.ring.try_split().expect("opened once");
            self.producer.fill(producer);
            self.consumer.fill(consumer);
        }

        fn put(&'static self, number: u32) -> Put {
            let put = self.producer.with(|producer| producer.push(number));
            put.map_or(Put::Full, |()| Put::Done)
        }

        fn take(&'static self) -> Take {
            let taken = self.consumer.with(spsc::Consumer::pop);
            taken.map_or(Take::Empty, Take::Got)
        }
    }

    /// The MPMC ring.
    pub struct Mpmc<const N: usize>(mpmc::Ring<u32, N>);

    impl<const N: usize> Mpmc<N> {
        /// An empty one.
        pub const fn new() -> Self {
            Mpmc(mpmc::Ring::new())
        }
    }

    impl<const N: usize> Queue for Mpmc<N> {
        fn put(&'static self, number: u32) -> Put {
            match self.0.push(number) {
                Ok(()) => Put::Done,
                Err(PushError::Full(_)) => Put::Full,
                Err(PushError::Busy(_)) => Put::Busy,
            }
        }

        fn take(&'static self) -> Take {
            match self.0.pop() {
                Ok(number) => Take::Got(number),
                Err(PopError::Empty) => Take::Empty,
                Err(PopError::Busy) => Take::Busy,
            }
        }
    }

    fn sent(result: Result<(), TrySendError<u32>>) -> Put {
        match result {
            Ok(()) => Put::Done,
            Err(TrySendError::Full(_)) => Put::Full,
            Err(TrySendError::Busy(_)) => Put::Busy,
            Err(TrySendError::Closed(_)) => panic!("nobody has closed it"),
        }
    }

    fn received(result: Result<u32, TryRecvError>) -> Take {
        match result {
            Ok(number) => Take::Got(number),
            Err(TryRecvError::Empty) => Take::Empty,
            Err(TryRecvError::Busy) => Take::Busy,
            Err(TryRecvError::Closed) => panic!("nobody has closed it"),
        }
    }

    /// The MPMC channel.
    pub struct Mail<const N: usize>(channel::Channel<u32, N>);

    impl<const N: usize> Mail<N> {
        /// An empty one.
        pub const fn new() -> Self {
            Mail(channel::Channel::new())
        }
    }

    impl<const N: usize> Queue for Mail<N> {
        fn put(&'static self, number: u32) -> Put {
            sent(self.0.try_send(number))
        }

        fn take(&'static self) -> Take {
            received(self.0.try_recv())
        }
    }

    /// The SPSC channel.
    pub struct Line<const N: usize> {
        channel: pipe::Channel<u32, N>,
        sender: TurnCell<pipe::Sender<'static, u32, N>>,
        receiver: TurnCell<pipe::Receiver<'static, u32, N>>,
    }

    impl<const N: usize> Line<N> {
        /// An empty one.
        pub const fn new() -> Self {
            Line {
                channel: pipe::Channel::new(),
                sender: TurnCell::new(),
                receiver: TurnCell::new(),
            }
        }
    }

    impl<const N: usize> Queue for Line<N> {
        fn open(&'static self) {
            let (sender, receiver) = self.channel.try_split().expect("opened once");
            self.sender.fill(sender);
            self.receiver.fill(receiver);
        }

        fn put(&'static self, number: u32) -> Put {
            sent(self.sender.with(|sender| sender.try_send(number)))
        }

        fn take(&'static self) -> Take {
            received(self.receiver.with(pipe::Receiver::try_recv))
        }
    }

    /// A Push and a Pull of a static context.
    pub struct Sockets<const N: usize> {
        context: Context<u32, 2, 1, N>,
        push: TurnCell<Push<'static, u32>>,
        pull: TurnCell<Pull<'static, u32>>,
    }

    impl<const N: usize> Sockets<N> {
        /// An empty one.
        pub const fn new() -> Self {
            Sockets {
                context: Context::new(),
                push: TurnCell::new(),
                pull: TurnCell::new(),
            }
        }
    }

    impl<const N: usize> Queue for Sockets<N> {
        fn open(&'static self) {
            let pull = self.context.pull().expect("a socket for each");
            pull.bind("inproc://numbers").expect("a free name");
            let push = self.context.push().expect("a socket for each");
            push.connect("inproc://numbers").expect("a pipe");
            self.push.fill(push);
            self.pull.fill(pull);
            // Both have found the link: that is another pair.
            let through = self.put(0) == Put::Done && self.take() == Take::Got(0);
            assert!(through, "a new link is empty");
        }

        fn put(&'static self, number: u32) -> Put {
            match self.push.with(|push| push.try_send(number)) {
                Ok(()) => Put::Done,
                Err(error) if error.reason == SendReason::Full => Put::Full,
                Err(_) => panic!("nobody has closed it"),
            }
        }

        fn take(&'static self) -> Take {
            match self.pull.with(Pull::try_recv) {
                Ok(number) => Take::Got(number),
                Err(RecvError::Empty) => Take::Empty,
                Err(_) => panic!("nobody has closed it"),
            }
        }
    }

    /// Loans from a pool, passed on by an MPMC ring of as many places.
    pub struct Loans<const N: usize> {
        pool: Pool<AtomicU32, N>,
        ring: mpmc::Ring<Loan<'static, AtomicU32>, N>,
    }

    impl<const N: usize> Loans<N> {
        /// Nothing lent.
        pub const fn new() -> Self {
            Loans {
                pool: Pool::new(),
                ring: mpmc::Ring::new(),
            }
        }
    }

    impl<const N: usize> Queue for Loans<N> {
        fn put(&'static self, number: u32) -> Put {
            let Ok(loan) = self.pool.try_take(AtomicU32::new(number)) else {
                return Put::Full;
            };
            match self.ring.push(loan) {
                Ok(()) => Put::Done,
                Err(PushError::Full(_)) => panic!("as many places as loans"),
                Err(PushError::Busy(_)) => Put::Busy,
            }
        }

        fn take(&'static self) -> Take {
            match self.ring.pop() {
                Ok(loan) => Take::Got(loan.load(Relaxed)),
                Err(PopError::Empty) => Take::Empty,
                Err(PopError::Busy) => Take::Busy,
            }
        }
    }
}
