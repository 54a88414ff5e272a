//! The forms of the verbs of sockets, as lists: what holds for one of them holds for all.
#![allow(
    clippy::result_large_err,
    reason = "a message that was not sent comes back"
)]

use std::thread;
use std::time::{Duration, Instant};

use gimmal::socket::{
    Dealer, Identity, Receives, RecvError, Rep, Router, SendError, SendReason, Sends, Socket,
};
use gimmal::wait::block_on;
use gimmal::{Context, Message};

use super::{LONG, SHORT, until_it_sleeps};

/// One form of a receiving verb.
pub(crate) type Receive<S, R> = fn(&mut S) -> Result<R, RecvError>;
/// One form of a sending verb.
pub(crate) type Dispatch<S> = fn(&mut S, Message) -> Sent;

pub(crate) type Sent = Result<(), SendError<Message>>;

/// A context whose links hold two messages in each direction.
pub(crate) fn small() -> Context {
    Context::builder().hwm(1, 1).build()
}

#[track_caller]
pub(crate) fn why(sent: Sent) -> (SendReason, Message) {
    let error = sent.expect_err("it is refused");
    (error.reason, error.value)
}

/// Runs `waits` in a thread of this name, and `then` as soon as that sleeps.
#[track_caller]
pub(crate) fn while_it_sleeps<R: Send>(
    name: &str,
    waits: impl FnOnce() -> R + Send,
    then: impl FnOnce(),
) -> R {
    thread::scope(|scope| {
        let waiting = thread::Builder::new().name(name.into());
        let waiting = waiting.spawn_scoped(scope, waits).unwrap();
        until_it_sleeps(name);
        then();
        waiting.join().unwrap()
    })
}

/// The forms of one receiving verb.
pub(crate) trait Hears: Send + Sized {
    type Heard: Send + 'static;
    const WAITS: [Receive<Self, Self::Heard>; 4];
    const GIVES_UP: [Receive<Self, Self::Heard>; 5];
    fn tries(&mut self) -> Result<Self::Heard, RecvError>;
}

impl<P: Receives<Message, Received: Send + 'static, Policy: Send>> Hears for Socket<Message, P> {
    type Heard = P::Received;
    const WAITS: [Receive<Self, P::Received>; 4] = [
        |socket| socket.recv(),
        |socket| socket.recv_timeout(LONG),
        |socket| socket.recv_deadline(Instant::now() + LONG),
        |socket| block_on(socket.recv_async()),
    ];
    const GIVES_UP: [Receive<Self, P::Received>; 5] = [
        |socket| socket.recv_timeout(SHORT),
        |socket| socket.recv_timeout(Duration::ZERO),
        |socket| socket.recv_deadline(Instant::now() + SHORT),
        |socket| socket.recv_deadline(Instant::now() - SHORT),
        |socket| {
            socket.set_recv_timeout(Some(SHORT));
            let received = socket.recv();
            socket.set_recv_timeout(None);
            received
        },
    ];
    fn tries(&mut self) -> Result<P::Received, RecvError> {
        self.try_recv()
    }
}

/// The forms of one sending verb.
pub(crate) trait Says: Send + Sized {
    const WAITS: [Dispatch<Self>; 4];
    const GIVES_UP: [Dispatch<Self>; 5];
    fn tries(&mut self, message: Message) -> Sent;
}

impl<P: Sends<Message, Policy: Send>> Says for Socket<Message, P> {
    const WAITS: [Dispatch<Self>; 4] = [
        |socket, it| socket.send(it),
        |socket, it| socket.send_timeout(it, LONG),
        |socket, it| socket.send_deadline(it, Instant::now() + LONG),
        |socket, it| block_on(socket.send_async(it)),
    ];
    const GIVES_UP: [Dispatch<Self>; 5] = [
        |socket, it| socket.send_timeout(it, SHORT),
        |socket, it| socket.send_timeout(it, Duration::ZERO),
        |socket, it| socket.send_deadline(it, Instant::now() + SHORT),
        |socket, it| socket.send_deadline(it, Instant::now() - SHORT),
        |socket, it| {
            socket.set_send_timeout(Some(SHORT));
            let sent = socket.send(it);
            socket.set_send_timeout(None);
            sent
        },
    ];
    fn tries(&mut self, message: Message) -> Sent {
        self.try_send(message)
    }
}

/// A Router that sends to one peer.
pub(crate) struct To(pub(crate) Router, pub(crate) Identity);

impl Says for To {
    const WAITS: [Dispatch<Self>; 4] = [
        |To(router, to), it| router.send_to(*to, it),
        |To(router, to), it| router.send_to_timeout(*to, it, LONG),
        |To(router, to), it| router.send_to_deadline(*to, it, Instant::now() + LONG),
        |To(router, to), it| block_on(router.send_to_async(*to, it)),
    ];
    const GIVES_UP: [Dispatch<Self>; 5] = [
        |To(router, to), it| router.send_to_timeout(*to, it, SHORT),
        |To(router, to), it| router.send_to_timeout(*to, it, Duration::ZERO),
        |To(router, to), it| router.send_to_deadline(*to, it, Instant::now() + SHORT),
        |To(router, to), it| router.send_to_deadline(*to, it, Instant::now() - SHORT),
        |To(router, to), it| {
            router.set_send_timeout(Some(SHORT));
            let sent = router.send_to(*to, it);
            router.set_send_timeout(None);
            sent
        },
    ];
    fn tries(&mut self, message: Message) -> Sent {
        self.0.try_send_to(self.1, message)
    }
}

/// Reads until nothing is left, and says how many that were.
pub(crate) fn drain<P: Receives<Message>>(socket: &mut Socket<Message, P>) -> usize {
    std::iter::from_fn(|| socket.try_recv().ok()).count()
}

/// Leaves the Rep with an answer to give and no room for it: the Dealer fetches none.
#[track_caller]
pub(crate) fn answers_nobody_fetches(rep: &mut Rep, dealer: &mut Dealer) {
    loop {
        dealer.send("a question").unwrap();
        rep.recv().unwrap();
        if rep.try_send("fills").is_err() {
            return;
        }
    }
}

/// Sends until it is refused.
pub(crate) fn fill(socket: &mut impl Says) {
    while socket.tries("fills".into()).is_ok() {}
}
