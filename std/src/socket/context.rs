//! [`Context`]: what sockets are opened in, and what ends them.

#![forbid(unsafe_code)]

use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex};

use gimmal_core::error::socket::{EndpointError, LeftBehind};

use super::observers::Observers;
use super::snapshot::SocketInfo;
use super::users::Users;
use super::wires::Net;
use crate::heap::{Heap, HeapContext};
use crate::identities::Identities;
use crate::message::Message;
use crate::stop::Stop;

/// The room in which sockets are opened and find each other. Cloning it shares it; names are known
/// inside it only.
///
/// `Context` carries [`Message`]s; [`Context::typed`] one that carries values of any `Send + 'static` type.
///
/// # Examples
/// ```
/// use gimmal::Context;
///
/// let context = Context::<u64>::typed();
/// let mut pull = context.pull().unwrap();
/// pull.bind("inproc://numbers").unwrap();
/// let mut push = context.push().unwrap();
/// push.connect("inproc://numbers").unwrap();
/// push.send(7_u64).unwrap();
/// assert_eq!(pull.recv(), Ok(7));
/// ```
pub struct Context<T: Send + 'static = Message> {
    pub(super) inner: Arc<Inner<T>>,
}

pub(super) struct Inner<T: Send + 'static> {
    pub(super) core: Arc<HeapContext<T>>,
    pub(super) users: Arc<Users>,
    pub(super) identities: Arc<Mutex<Identities>>,
    pub(super) observers: Arc<Observers>,
    /// How many sockets may be open, those of wires aside.
    pub(super) most: usize,
    pub(super) net: Net,
}

impl<T: Send + 'static> Drop for Inner<T> {
    /// Nobody uses the context any more.
    fn drop(&mut self) {
        self.net.end();
    }
}

/// The sizes of a new context; made by [`Context::builder`].
#[derive(Clone, Debug)]
pub struct Builder<T = Message> {
    sockets: usize,
    names: usize,
    pipes: usize,
    hwm: (usize, usize),
    left: Option<usize>,
    wires: usize,
    _messages: PhantomData<fn() -> T>,
}

/// The time was over while sockets were still open. The context is shut down; the sockets stay open
/// until their owners close them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StillOpen {
    /// The sockets that are open. A wire that may still write what a closed socket has sent counts as one: it is of the thread
    /// `gimmal-io`, and its name is the endpoint.
    pub sockets: Vec<SocketInfo>,
}

impl fmt::Display for StillOpen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sockets.len() {
            1 => f.write_str("1 socket is still open: ")?,
            many => write!(f, "{many} sockets are still open: ")?,
        }
        for (number, socket) in self.sockets.iter().enumerate() {
            let before = if number == 0 { "" } else { "; " };
            write!(f, "{before}{socket}")?;
        }
        Ok(())
    }
}

impl std::error::Error for StillOpen {}

impl Context<Message> {
    /// Creates a context for messages: 1024 sockets and names, 4096 pipes (a Pair's link takes two,
    /// Push/Pull's one), high-water marks of 1000 at each side. Links are allocated when they are
    /// made: see [`Builder::hwm`] for what they cost.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// assert_eq!(context.open_sockets(), 0);
    /// ```
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Returns a builder for a context of other sizes.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::builder().sockets(8).hwm(10, 10).build();
    /// assert!(context.push().is_ok());
    /// ```
    pub fn builder() -> Builder<Message> {
        Builder {
            sockets: 1024,
            names: 1024,
            pipes: 4096,
            hwm: (1000, 1000),
            left: None,
            wires: 1024,
            _messages: PhantomData,
        }
    }
}

impl Default for Context<Message> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Builder<T> {
    /// Maximum number of open sockets. Default: 1024.
    ///
    /// # Examples
    /// ```
    /// let small = gimmal::Context::builder().sockets(1).build();
    /// let push = small.push().unwrap();
    /// assert!(small.push().is_err()); // TooManySockets
    /// # drop(push);
    /// ```
    pub fn sockets(mut self, most: usize) -> Self {
        self.sockets = most;
        self
    }

    /// Maximum number of names in use: bound, waited for, or known to a link that was connected by
    /// them. Default: 1024.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::builder().names(8).build();
    /// assert!(context.pull().unwrap().bind("inproc://jobs").is_ok());
    /// ```
    pub fn names(mut self, most: usize) -> Self {
        self.names = most;
        self
    }

    /// Maximum number of pipes: one for each link of a Push, two for each link of a Pair.
    /// Default: 4096.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::builder().pipes(16).build();
    /// assert!(context.pair().is_ok());
    /// ```
    pub fn pipes(mut self, most: usize) -> Self {
        self.pipes = most;
        self
    }

    /// Sets the high-water marks of sockets that set none. A connect that waits for its bind has
    /// room for its own mark and this default of the other side.
    ///
    /// # Memory
    /// A pipe has room for the sum of both marks, and an allocation for all of it. On Linux a pipe of more than 8 KB is in
    /// memory only as far as it has been used: empty it takes one page of 4 KB (two for values of 4 KB), however large its
    /// marks are. With the default marks and [`Message`]s, of 40 bytes each, that is 4 KB for an idle link and 80 KB for one
    /// through which 2000 messages have gone. The memory is given back when the link has ended and is read to the end.
    /// A pipe of up to 8 KB, and every pipe where the system's allocator writes zeros itself, takes all of its memory at once.
    ///
    /// # Panics
    /// If one of them is 0.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::builder().hwm(1, 1).build();
    /// let (mut left, right) = (context.pair().unwrap(), context.pair().unwrap());
    /// left.bind("inproc://pair").unwrap();
    /// right.connect("inproc://pair").unwrap();
    /// assert_eq!((0..9).take_while(|_| left.try_send("message").is_ok()).count(), 2);
    /// ```
    #[track_caller]
    pub fn hwm(mut self, send: usize, recv: usize) -> Self {
        assert!(
            send > 0 && recv > 0,
            "a high-water mark is zero: give both sides at least 1"
        );
        self.hwm = (send, recv);
        self
    }

    /// Maximum number of pipes that closed sockets may leave at one name that nobody has bound. Default: a quarter of
    /// [`pipes`](Builder::pipes), at least 1.
    ///
    /// A socket that connects before the bind, sends and closes leaves what it sent at the name, in a pipe, for a later binder.
    /// While that number of pipes is left at a name, a connect to it is refused with
    /// [`EndpointError::LeftBehind`], which holds the name. Sockets that are still open
    /// when the number is reached may leave theirs too. What was left is given back when the name is bound and all is read, by
    /// [`Context::discard`], and at the end of the context.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::builder().left_behind(4).build();
    /// assert!(context.left_behind().is_empty());
    /// ```
    pub fn left_behind(mut self, most: usize) -> Self {
        self.left = Some(most);
        self
    }

    /// Maximum number of connections of a context of [`Message`]s over `tcp://` and `ipc://`, and of
    /// their endpoints. They take no place of a socket, and bring room for names and pipes with them,
    /// which other links may use too. Default: 1024.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::builder().wires(8).build();
    /// assert!(context.pull().unwrap().bind("tcp://127.0.0.1:*").is_ok());
    /// ```
    #[cfg(feature = "net")]
    pub fn wires(mut self, most: usize) -> Self {
        self.wires = most;
        self
    }

    /// Returns a builder for a context of values of another type.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::builder().sockets(8).typed::<u64>().build();
    /// assert!(context.push().is_ok());
    /// ```
    pub fn typed<U>(self) -> Builder<U> {
        let Builder {
            sockets,
            names,
            pipes,
            hwm,
            left,
            wires,
            _messages,
        } = self;
        Builder {
            sockets,
            names,
            pipes,
            hwm,
            left,
            wires,
            _messages: PhantomData,
        }
    }
}

impl<T: Send + 'static> Builder<T> {
    /// Returns the context.
    ///
    /// # Panics
    /// If there is no memory for that number of sockets and names.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::builder().build();
    /// assert!(!context.is_terminated());
    /// ```
    #[track_caller]
    pub fn build(self) -> Context<T> {
        let Builder { sockets, names, .. } = self;
        let left = self.left.unwrap_or(self.pipes / 4).max(1);
        let wires = Net::room(self._messages, self.wires);
        let more = |most: usize, of: usize| most.saturating_add(wires.saturating_mul(of));
        let (slots, pipes) = (more(sockets, 1), more(self.pipes, 2));
        let heap = Heap::new(slots, more(names, 1), pipes, self.hwm, left);
        let (Some(heap), Some(users)) = (heap, Users::new(slots)) else {
            panic!("there is no memory for {sockets} sockets and {names} names: ask for fewer");
        };
        let core = Arc::new(HeapContext::with(heap));
        let (observers, identities) = (Arc::default(), Arc::default());
        let net = Net::of(&core, wires, &observers, &identities);
        Context {
            inner: Arc::new(Inner {
                core,
                users: Arc::new(users),
                identities,
                observers,
                most: sockets,
                net,
            }),
        }
    }
}

impl<T: Send + 'static> Context<T> {
    /// Creates a context for values of type `T`, of the sizes of [`Context::new`].
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::<u64>::typed();
    /// let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    /// pull.bind("inproc://numbers").unwrap();
    /// push.connect("inproc://numbers").unwrap();
    /// push.send(7_u64).unwrap();
    /// assert_eq!(pull.recv(), Ok(7));
    /// ```
    pub fn typed() -> Self {
        Context::<Message>::builder().typed::<T>().build()
    }

    /// Ends the context, without waiting: every blocked call of its sockets, in every thread, returns `Terminated`, and
    /// each later one, once what had been sent before is read. Idempotent. From any thread, also from a
    /// signal's.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Context, socket::RecvError};
    ///
    /// let context = Context::new();
    /// let mut pull = context.pull().unwrap();
    /// context.shutdown();
    /// assert_eq!(pull.recv(), Err(RecvError::Terminated));
    /// ```
    pub fn shutdown(&self) {
        self.inner.core.shutdown();
        self.inner.net.end();
    }

    /// Returns `true` if the context has been shut down.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// context.shutdown();
    /// assert!(context.is_terminated());
    /// ```
    pub fn is_terminated(&self) -> bool {
        self.inner.core.is_terminated()
    }

    /// Returns how many sockets are open: a snapshot.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// let _pull = context.pull().unwrap();
    /// assert_eq!(context.open_sockets(), 1);
    /// ```
    pub fn open_sockets(&self) -> usize {
        let open = self.inner.core.open_sockets();
        self.inner.net.beside(|wires| open.saturating_sub(wires))
    }

    /// Drops what closed sockets have left at a name that nobody has bound, and returns how many
    /// messages that were. They count as [`undelivered`](crate::socket::TermReport::undelivered).
    /// What a socket has sent that is still open stays, unless it has disconnected there.
    ///
    /// Of `tcp://` and `ipc://` it drops what closed sockets have sent by this endpoint, given as
    /// they gave it or as `last_endpoint` told it, and what is not written yet. Their connections
    /// end; a message that is half written arrives nowhere. The call waits until the thread
    /// `gimmal-io` has done it, for a second at most: what is not thrown away by then stays, and is
    /// not counted. On that thread (in the drop of a buffer that was sent, say) it does so in vain.
    ///
    /// # Errors
    /// `InvalidEndpoint`, `UnsupportedTransport`, `CarriesBytesOnly`. A name that is bound or not
    /// known has nothing left at it, which is no error.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// let mut push = context.push().unwrap();
    /// push.connect("inproc://nobody").unwrap();
    /// push.send("hello?").unwrap();
    /// assert_eq!(push.close().unread, 1);
    /// assert_eq!(context.left_behind()[0].name(), "nobody");
    /// assert_eq!(context.discard("inproc://nobody"), Ok(1));
    /// ```
    pub fn discard(&self, endpoint: &str) -> Result<usize, EndpointError> {
        let dropped = self.inner.net.discard(endpoint);
        dropped.unwrap_or_else(|| self.inner.core.discard(endpoint))
    }

    /// Returns what closed sockets have left at names that nobody has bound: a snapshot.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// let mut push = context.push().unwrap();
    /// push.connect("inproc://nobody").unwrap();
    /// push.send("for later").unwrap();
    /// drop(push);
    /// assert_eq!(context.left_behind()[0].messages, 1);
    /// ```
    pub fn left_behind(&self) -> Vec<LeftBehind> {
        let mut left = Vec::new();
        self.inner.core.each_left(|at| left.push(at));
        left
    }
}

impl<T: Send + 'static> Clone for Context<T> {
    fn clone(&self) -> Self {
        Context {
            inner: self.inner.clone(),
        }
    }
}

impl<T: Send + 'static> Stop for Context<T> {
    /// Shuts the context down: blocked calls of its sockets return `Terminated`.
    fn stop(&self) {
        self.shutdown();
    }
}

impl<T: Send + 'static> fmt::Debug for Context<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.core.fmt(f)
    }
}
