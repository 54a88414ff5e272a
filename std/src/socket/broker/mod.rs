//! [`Broker`]: questions of many clients go to many workers, and each answer to the client that has asked.
//!
//! A message of any type has no room for the name of its client. So the broker remembers, for each
//! worker, which clients it owes answers to, in the order in which it was asked: a worker answers in
//! that order. What it remembers is the link of the client, which is no other client's, now or later.
//!
//! It waits for exactly what it lacks. A question needs a worker that owes little enough; while there
//! is one, it waits for a question, else for that worker. An answer needs room at its client; where an
//! answer lies, it waits for the room, else for the answer. Each is a look at one socket
//! ([`Clients`], [`Workers`]), so that one poll waits for all of them.
//!
//! What moves is decided in [`Engine`]; this file is the loop around it, of which the model has a
//! copy: `loom-tests/tests/support/broker.rs`.

#![forbid(unsafe_code)]

/// `step!("name", { … })` runs the block, `step!("name", value, else other)` is `value`. Models of the
/// broker seed the fault that leaves the step out.
macro_rules! step {
    ($name:literal, $value:expr, else $other:expr) => {
        $value
    };
    ($name:literal, $body:expr) => {
        $body
    };
}

mod engine;
mod ledger;
mod looks;

use std::fmt;

use gimmal_core::error::socket::RecvError;
use gimmal_core::poll::Source;
use gimmal_core::socket as core;

use self::engine::{Engine, Round, Sides};
use self::looks::{Clients, Workers};
use super::patterns::{Dealer, Router};
use super::proxy::{Capture, ProxyEnd, Steering};
use crate::poll::Poller;

/// Gives the questions of many clients to many workers, and each answer to the client that has asked.
///
/// | socket | its peers |
/// |---|---|
/// | the front, a Router | clients: Req, Dealer, Router |
/// | the back, a Dealer | workers: Rep, or a Dealer or Router that answers each question once, in the order of the questions |
///
/// A question goes to the worker that owes the fewest answers, and among those to the one that has
/// waited the longest. A worker owes at most one answer at a time, unless
/// [`per_worker`](Broker::per_worker) says otherwise. While no worker may have another question, the
/// questions stay in the links of the clients, as back-pressure. An answer stays in the link of its
/// worker until its client has room for it.
///
/// # Loss
/// A worker that goes away leaves its questions unanswered, whether it had read them or not. The link
/// of each client that has asked one is ended: a Req receives `Disconnected`, connects anew and may
/// ask again. With [`instead`](Broker::instead) the client gets an answer of your choice, and keeps
/// its link: better for a Dealer with several questions under way, which would else miss the answers
/// to all of them. A question is never given to a second worker: it might be worked on twice.
///
/// An answer whose client has gone is dropped, and so is a message of a worker that owes none.
///
/// # Fairness
/// In each round one answer of each worker is passed on, then one question. The questions are those
/// of each client in turn.
///
/// # Panics
/// If a closure of the user panics, or a message does when it is dropped: `run` unwinds, drops the
/// message that it holds, and closes both sockets.
///
/// # Examples
/// ```
/// use std::thread;
/// use gimmal::socket::{Broker, ProxyEnd};
/// use gimmal::{Context, Stop};
///
/// let context = Context::<u64>::typed();
/// let (front, back) = (context.router().unwrap(), context.dealer().unwrap());
/// front.bind("inproc://questions").unwrap();
/// back.bind("inproc://work").unwrap();
/// let broker = Broker::new(front, back);
/// let steering = broker.steering();
/// thread::scope(|scope| {
///     for _ in 0..2 {
///         let mut worker = context.rep().unwrap();
///         worker.connect("inproc://work").unwrap();
///         scope.spawn(move || {
///             while let Ok(number) = worker.recv() {
///                 // Nobody is there any more if the broker has been stopped meanwhile.
///                 let _ = worker.send(number * number);
///             }
///         });
///     }
///     let running = scope.spawn(|| broker.run());
///     let mut client = context.req().unwrap();
///     client.connect("inproc://questions").unwrap();
///     client.send(7_u64).unwrap();
///     assert_eq!(client.recv(), Ok(49));
///     steering.stop();
///     let report = running.join().unwrap();
///     assert_eq!((report.questions, report.answers), (1, 1));
///     assert_eq!(report.end, ProxyEnd::Stopped);
/// });
/// ```
#[doc(alias = "queue")]
#[doc(alias = "load balancer")]
#[must_use = "a broker does nothing until it runs"]
pub struct Broker<'s, T: Send + 'static> {
    steering: Steering,
    sides: Facing<'s, T>,
    engine: Engine<T>,
}

/// The sockets of a broker, and the closures of its user.
struct Facing<'s, T: Send + 'static> {
    front: Router<T>,
    back: Dealer<T>,
    capture: Capture<'s, T>,
    instead: Option<Box<dyn FnMut() -> T + Send + 's>>,
}

/// The account of what a broker has done.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BrokerReport<T> {
    /// Questions that were given to a worker.
    pub questions: u64,
    /// Answers that were given to the client that had asked.
    pub answers: u64,
    /// Questions whose worker has gone without an answer.
    pub lost: u64,
    /// Messages of workers that were dropped: the client had gone, or nobody had asked.
    pub unclaimed: u64,
    /// Questions that were given to a worker and not answered when the broker ended.
    pub unanswered: u64,
    /// Questions that were dropped unread: they lay in a link that was ended, or in the front socket
    /// at the end.
    pub unread: u64,
    /// The reason why it has ended.
    pub end: ProxyEnd,
    /// A message that was received, and that could not be sent any more. Nearly always none.
    pub unsent: Vec<T>,
}

impl<T: Send + 'static> Sides<'static, T> for Facing<'_, T> {
    fn front(&mut self) -> &mut core::Router<'static, T> {
        &mut self.front.inner
    }

    fn back(&mut self) -> &mut core::Dealer<'static, T> {
        &mut self.back.inner
    }

    fn end_client(&mut self, client: usize) -> usize {
        let end = |front: &mut Router<T>| front.inner.end_link(client);
        self.front.observed_end(end)
    }

    fn show(&mut self, message: &T) {
        if let Some(capture) = &mut self.capture {
            capture(message);
        }
    }

    fn instead(&mut self) -> Option<T> {
        self.instead.as_mut().map(|answer| answer())
    }
}

impl<'s, T: Send + 'static> Broker<'s, T> {
    /// Returns a broker between the clients of `front` and the workers of `back`. Both may have any number of
    /// names and connects, also of two contexts.
    pub fn new(front: Router<T>, back: Dealer<T>) -> Self {
        Broker {
            steering: Steering::new(),
            sides: Facing {
                front,
                back,
                capture: None,
                instead: None,
            },
            engine: Engine::new(),
        }
    }

    /// Returns what pauses, resumes and stops this broker. Questions that are with workers when it
    /// is stopped get no answer: [`BrokerReport`] counts them. To lose none, end the clients first.
    pub fn steering(&self) -> Steering {
        self.steering.clone()
    }

    /// Maximum number of answers that a worker owes at a time. Default: 1, so that no question waits
    /// behind another one while a worker is idle. With more, a worker finds its next question there
    /// when it has answered; if it goes away, it leaves as many clients without an answer.
    ///
    /// # Panics
    /// If it is 0.
    #[track_caller]
    pub fn per_worker(mut self, most: usize) -> Self {
        assert!(most > 0, "a worker that may owe no answer is asked nothing");
        self.engine.per_worker = most;
        self
    }

    /// Shows each question and each answer to `capture` before it is sent on. A closure that waits
    /// holds the broker up; one that sends to a capture socket uses `try_send`, or accepts that.
    pub fn capture(mut self, capture: impl FnMut(&T) + Send + 's) -> Self {
        self.sides.capture = Some(Box::new(capture));
        self
    }

    /// Gives a client whose worker has gone the answer that `answer` returns, instead of the end of
    /// its link. One that has no room for it loses its link all the same.
    pub fn instead(mut self, answer: impl FnMut() -> T + Send + 's) -> Self {
        self.sides.instead = Some(Box::new(answer));
        self
    }

    /// Passes questions and answers on in this thread until the broker is stopped, or a socket cannot
    /// go on. Then it closes both sockets, so that clients which still wait receive `Disconnected`,
    /// and nobody takes an answer that comes late for the answer to another question.
    ///
    /// It ends with [`ProxyEnd::Disconnected`] when every client has gone and all of their questions
    /// are given out, or every worker has gone, if the socket does not wait for new ones: see
    /// [`expect_peers`](super::Socket::expect_peers).
    ///
    /// It has no future of its own.
    pub fn run(mut self) -> BrokerReport<T> {
        let end = self.serve();
        self.engine.look(&mut self.sides);
        let unanswered = self.engine.unanswered();
        let (done, unsent) = self.engine.into_unsent();
        let Facing { front, back, .. } = self.sides;
        drop(back);
        BrokerReport {
            questions: done.questions,
            answers: done.answers,
            lost: done.lost,
            unclaimed: done.unclaimed,
            unanswered,
            unread: done.unread + front.close().discarded as u64,
            end,
            unsent,
        }
    }

    fn serve(&mut self) -> ProxyEnd {
        while self.steering.goes_on() {
            match self.engine.round(&mut self.sides) {
                Round::Moved => {}
                Round::NeedsWorker => self.wait(true),
                Round::NeedsQuestion => self.wait(false),
                Round::Over(RecvError::Terminated) => return ProxyEnd::Terminated,
                Round::Over(_) => return ProxyEnd::Disconnected,
            }
        }
        ProxyEnd::Stopped
    }

    /// Waits until something can move.
    fn wait(&mut self, lacks_worker: bool) {
        let (front, back) = (&mut self.sides.front.inner, &mut self.sides.back.inner);
        let (mut clients, mut workers) = self.engine.looks(front, back, lacks_worker);
        let sources = [
            Source::readable_mut(&mut clients, Clients::place),
            Source::readable_mut(&mut workers, Workers::place),
            self.steering.changed(),
        ];
        let _ready = Poller::new(sources).poll();
    }
}

impl<T: Send + 'static> fmt::Debug for Broker<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Broker")
            .field("front", &self.sides.front)
            .field("back", &self.sides.back)
            .field("per_worker", &self.engine.per_worker)
            .finish_non_exhaustive()
    }
}
