//! [`Proxy`]: messages move on from one socket to another, one way or both ways, until it is told to
//! stop.
//!
//! It receives a message only when the other socket has room for it, and waits for exactly what it
//! lacks: room on one side, a message on the other, or a word of its [`Steering`]. So it never spins,
//! and what cannot be forwarded stays in the link where it is, as back-pressure for its sender. If
//! the last peer with room goes in the very moment between that look and the send, the message waits
//! in the proxy for the next peer, and the report gives it back if there is none.
//!
//! The loop and its steering are modelled in `loom-tests/tests/poll/sockets.rs`; the copy there is to
//! follow each change here.

#![forbid(unsafe_code)]

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

use gimmal_core::error::socket::{RecvError, SendError, SendReason};
use gimmal_core::poll::Source;
use gimmal_core::socket::{Pattern, Receives, Sends};

use super::socket::Socket;
use crate::poll::Poller;
use crate::stop::Stop;
use crate::sync::Event;

const RUNS: u8 = 0;
const PAUSED: u8 = 1;
const STOPPED: u8 = 2;

/// Pauses, resumes and stops one [`Proxy`] or [`Broker`](super::Broker), from any thread. Clones
/// steer the same one.
#[derive(Clone, Debug)]
pub struct Steering(Arc<Wheel>);

#[derive(Debug)]
struct Wheel {
    state: AtomicU8,
    changed: Event,
}

impl Steering {
    pub(super) fn new() -> Self {
        Steering(Arc::new(Wheel {
            state: AtomicU8::new(RUNS),
            changed: Event::new(),
        }))
    }

    /// Pauses the proxy: it forwards nothing until it is resumed. What is sent meanwhile waits in
    /// the links. Idempotent.
    pub fn pause(&self) {
        self.change(RUNS, PAUSED);
    }

    /// Resumes the proxy. Idempotent; no effect after a stop.
    pub fn resume(&self) {
        self.change(PAUSED, RUNS);
    }

    fn change(&self, from: u8, to: u8) {
        // R: the event carries it to who waits for the change.
        let changed = self.0.state.compare_exchange(from, to, Relaxed, Relaxed);
        if changed.is_ok() {
            self.0.changed.set();
        }
    }

    fn state(&self) -> u8 {
        self.0.state.load(Relaxed) // R: who has seen the event sees the change; else it sees it later
    }

    /// A source that is ready when the state has changed, until [`goes_on`](Steering::goes_on).
    pub(super) fn changed(&self) -> Source<'_> {
        self.0.changed.readable()
    }

    /// Waits while the proxy is paused. Returns `false` if it was stopped.
    pub(super) fn goes_on(&self) -> bool {
        loop {
            match self.state() {
                RUNS if !self.0.changed.is_set() => return true,
                RUNS => {}
                STOPPED => return false,
                _ => self.0.changed.wait(),
            }
            // Cleared before the state is looked at: a change that comes later sets it anew.
            self.0.changed.clear();
        }
    }
}

impl Stop for Steering {
    /// Stops the proxy: `run` returns when the message that is being forwarded is.
    fn stop(&self) {
        self.0.state.store(STOPPED, Relaxed); // R: the event carries it
        self.0.changed.set();
    }
}

/// The reason why a proxy or a broker has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProxyEnd {
    /// Its steering was told so.
    Stopped,
    /// The context of a socket has been shut down.
    Terminated,
    /// Every peer of a socket has gone, and that socket does not wait for new ones.
    Disconnected,
}

/// The numbers of messages that a proxy has forwarded, and its end.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProxyReport<T> {
    /// Messages that went from the first socket to the second.
    pub forward: u64,
    /// Messages that went from the second socket to the first.
    pub backward: u64,
    /// The reason why it has ended.
    pub end: ProxyEnd,
    /// Messages that were received, and whose peers went away before they could be sent: one for
    /// each direction at most. Nearly always none.
    pub unsent: Vec<T>,
}

/// Forwards whole messages between two sockets.
///
/// | | from | to |
/// |---|---|---|
/// | a streamer | Pull | Push |
/// | a forwarder | Subscribe, which has subscribed to what is to be forwarded | Publish |
/// | a bridge, [both ways](Proxy::both_ways) | Pair, Dealer, Rep | Pair, Dealer, Req |
///
/// What stands between many clients and many workers must know whose answer is whose: that is a
/// [`Broker`](super::Broker).
///
/// # Fairness
/// A proxy is as fair as its sockets: it receives from their peers in turn.
///
/// # Panics
/// If the closure of [`capture`](Proxy::capture) panics, or a message does when it is dropped: `run`
/// unwinds, and drops the message that it holds.
///
/// # Examples
/// ```
/// use std::thread;
/// use gimmal::socket::{Proxy, ProxyEnd};
/// use gimmal::{Context, Stop};
///
/// let context = Context::new();
/// let (mut front, mut back) = (context.pull().unwrap(), context.push().unwrap());
/// front.bind("inproc://front").unwrap();
/// back.bind("inproc://back").unwrap();
/// let proxy = Proxy::one_way(&mut front, &mut back);
/// let steering = proxy.steering();
/// thread::scope(|scope| {
///     let (mut source, mut sink) = (context.push().unwrap(), context.pull().unwrap());
///     source.connect("inproc://front").unwrap();
///     sink.connect("inproc://back").unwrap();
///     let running = scope.spawn(|| proxy.run());
///     source.send("through").unwrap();
///     assert!(sink.recv().unwrap() == "through");
///     steering.stop();
///     let report = running.join().unwrap();
///     assert_eq!((report.forward, report.end), (1, ProxyEnd::Stopped));
/// });
/// ```
#[must_use = "a proxy does nothing until it runs"]
pub struct Proxy<'s, T: Send + 'static, A: Pattern + 'static, B: Pattern + 'static> {
    first: &'s mut Socket<T, A>,
    second: &'s mut Socket<T, B>,
    steering: Steering,
    capture: Capture<'s, T>,
    run: fn(&mut Self, &mut Hands<T>) -> ProxyEnd,
}

/// What is shown each message.
pub(super) type Capture<'s, T> = Option<Box<dyn FnMut(&T) + Send + 's>>;

/// What a proxy holds for one moment, and has counted.
struct Hands<T> {
    forward: Hand<T>,
    backward: Hand<T>,
}

struct Hand<T> {
    message: Option<T>,
    moved: u64,
}

impl<T> Hand<T> {
    const fn new() -> Self {
        Hand {
            message: None,
            moved: 0,
        }
    }
}

/// What a direction needs, or has done.
enum Step {
    Moved,
    NeedsMessage,
    NeedsRoom,
    Over(ProxyEnd),
}

impl<'s, T, A, B> Proxy<'s, T, A, B>
where
    T: Send + 'static,
    A: Receives<T, Received = T> + 'static,
    B: Sends<T> + 'static,
{
    /// Returns a proxy that forwards from the first socket to the second.
    pub fn one_way(from: &'s mut Socket<T, A>, to: &'s mut Socket<T, B>) -> Self {
        Proxy {
            first: from,
            second: to,
            steering: Steering::new(),
            capture: None,
            run: Self::run_one_way,
        }
    }

    fn run_one_way(&mut self, hands: &mut Hands<T>) -> ProxyEnd {
        let steering = self.steering.clone();
        while steering.goes_on() {
            let step = forward(
                self.first,
                self.second,
                &mut hands.forward,
                &mut self.capture,
            );
            let needed = match step {
                Step::Moved => continue,
                Step::Over(end) => return end,
                Step::NeedsMessage => self.first.readable(),
                Step::NeedsRoom => self.second.writable(),
            };
            let _ready = Poller::new([needed, steering.changed()]).poll();
        }
        ProxyEnd::Stopped
    }
}

impl<'s, T, A, B> Proxy<'s, T, A, B>
where
    T: Send + 'static,
    A: Receives<T, Received = T> + Sends<T> + 'static,
    B: Receives<T, Received = T> + Sends<T> + 'static,
{
    /// Returns a proxy that forwards from each of the two sockets to the other one.
    ///
    /// # Fairness
    /// One message of each direction in turn, while both have messages and room.
    pub fn both_ways(first: &'s mut Socket<T, A>, second: &'s mut Socket<T, B>) -> Self {
        Proxy {
            first,
            second,
            steering: Steering::new(),
            capture: None,
            run: Self::run_both_ways,
        }
    }

    fn run_both_ways(&mut self, hands: &mut Hands<T>) -> ProxyEnd {
        let steering = self.steering.clone();
        while steering.goes_on() {
            let (first, second) = (&mut *self.first, &mut *self.second);
            let there = forward(first, second, &mut hands.forward, &mut self.capture);
            let back = forward(second, first, &mut hands.backward, &mut self.capture);
            let (of_first, of_second) = match (there, back) {
                (Step::Moved, _) | (_, Step::Moved) => continue,
                // Of one direction, and the other one has nothing to move now.
                (Step::Over(end), _) | (_, Step::Over(end)) => return end,
                (Step::NeedsMessage, Step::NeedsMessage) => (first.readable(), second.readable()),
                (Step::NeedsRoom, Step::NeedsRoom) => (first.writable(), second.writable()),
                // What both need is of one socket.
                (Step::NeedsMessage, Step::NeedsRoom) => {
                    (first.readable_or_writable(), steering.changed())
                }
                (Step::NeedsRoom, Step::NeedsMessage) => {
                    (steering.changed(), second.readable_or_writable())
                }
            };
            let sources: [Source<'_>; 3] = [of_first, of_second, steering.changed()];
            let _ready = Poller::new(sources).poll();
        }
        ProxyEnd::Stopped
    }
}

impl<'s, T: Send + 'static, A: Pattern, B: Pattern> Proxy<'s, T, A, B> {
    /// Returns what pauses, resumes and stops this proxy.
    pub fn steering(&self) -> Steering {
        self.steering.clone()
    }

    /// Shows each message to `capture` before it is sent on. A closure that waits holds the proxy
    /// up; one that sends to a capture socket uses `try_send`, or accepts that.
    pub fn capture(mut self, capture: impl FnMut(&T) + Send + 's) -> Self {
        self.capture = Some(Box::new(capture));
        self
    }

    /// Forwards messages in this thread until the proxy is stopped, or a socket cannot go on.
    ///
    /// What had been sent before the context of the sockets was shut down is not forwarded any more:
    /// nothing can be sent then. It can be received from the first socket.
    ///
    /// It has no future of its own: in a task, receive and send in a loop.
    pub fn run(mut self) -> ProxyReport<T> {
        let mut hands = Hands {
            forward: Hand::new(),
            backward: Hand::new(),
        };
        let end = (self.run)(&mut self, &mut hands);
        let Hands { forward, backward } = hands;
        ProxyReport {
            forward: forward.moved,
            backward: backward.moved,
            end,
            unsent: forward
                .message
                .into_iter()
                .chain(backward.message)
                .collect(),
        }
    }
}

/// Forwards one message, if there is one, and room for it.
fn forward<T, A, B>(
    from: &mut Socket<T, A>,
    to: &mut Socket<T, B>,
    hand: &mut Hand<T>,
    capture: &mut Capture<'_, T>,
) -> Step
where
    T: Send + 'static,
    A: Receives<T, Received = T>,
    B: Sends<T>,
{
    let message = match hand.message.take() {
        Some(message) => message,
        None => {
            match to.can_send() {
                Ok(true) => {}
                Ok(false) => return Step::NeedsRoom,
                Err(why) => return refused(why),
            }
            match from.try_recv() {
                Ok(message) => {
                    if let Some(capture) = capture {
                        capture(&message);
                    }
                    message
                }
                // Of a socket that takes turns: its next message comes after what it is sent.
                Err(RecvError::Empty | RecvError::WrongTurn) => return Step::NeedsMessage,
                Err(RecvError::Terminated) => return Step::Over(ProxyEnd::Terminated),
                Err(_) => return Step::Over(ProxyEnd::Disconnected),
            }
        }
    };
    match to.try_send(message) {
        Ok(()) => {
            hand.moved += 1;
            Step::Moved
        }
        // Whoever had room has gone meanwhile.
        Err(SendError { reason, value }) => {
            hand.message = Some(value);
            refused(reason)
        }
    }
}

/// The other side takes nothing, now or for good.
fn refused(why: SendReason) -> Step {
    match why {
        SendReason::Full | SendReason::WrongTurn => Step::NeedsRoom,
        SendReason::Terminated | SendReason::Closed => Step::Over(ProxyEnd::Terminated),
        _ => Step::Over(ProxyEnd::Disconnected),
    }
}

impl<T: Send + 'static, A: Pattern, B: Pattern> fmt::Debug for Proxy<'_, T, A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("first", &self.first)
            .field("second", &self.second)
            .finish_non_exhaustive()
    }
}
