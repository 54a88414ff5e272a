//! The table of the states of a link (`core/src/context/links.rs`), walked exhaustively: every
//! sequence of steps up to a length, each compared with what the table says, by results and by what
//! the context shows of the link.

use gimmal_core::Context;
use gimmal_core::error::socket::{EndpointError, RecvError, SendReason};
use gimmal_core::socket::{Pull, Push};

/// One pipe of two messages: at most one link.
type Small = Context<u32, 2, 1, 2>;

const NAME: &str = "inproc://x";
const HOLDS: usize = 2;

/// The states of the table, with how many messages are unread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    Gone,
    Pending(usize),
    LeftBehind(usize),
    Joined(usize),
    HalfClosedByTheWriter(usize),
}
use Link::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Connect,
    Disconnect,
    Send,
    CloseWriter,
    Bind,
    Unbind,
    Receive,
    CloseReader,
}
use Step::*;

const STEPS: [Step; 8] = [
    Connect,
    Disconnect,
    Send,
    CloseWriter,
    Bind,
    Unbind,
    Receive,
    CloseReader,
];

/// The link, and what its two sockets are besides.
#[derive(Clone, Copy, Debug)]
struct Table {
    link: Link,
    bound: bool,
}

impl Table {
    /// The next state, and whether the step succeeds.
    fn step(&mut self, step: Step) -> bool {
        let (link, succeeds) = match (step, self.link) {
            (Connect, Gone) if self.bound => (Joined(0), true),
            (Connect, Gone) => (Pending(0), true),
            // There is one pipe.
            (Connect, other) => (other, false),
            (Disconnect | CloseWriter, Pending(0) | Joined(0)) => (Gone, true),
            (Disconnect | CloseWriter, Pending(n)) => (LeftBehind(n), true),
            (Disconnect | CloseWriter, Joined(n)) => (HalfClosedByTheWriter(n), true),
            (Disconnect, other) => (other, false),
            (CloseWriter, other) => (other, true),
            (Send, Pending(n)) if n < HOLDS => (Pending(n + 1), true),
            (Send, Joined(n)) if n < HOLDS => (Joined(n + 1), true),
            (Send, other) => (other, false),
            (Bind, other) if self.bound => (other, false),
            (Bind, Pending(n)) => (Joined(n), true),
            (Bind, LeftBehind(n)) => (HalfClosedByTheWriter(n), true),
            (Bind, other) => (other, true),
            (Unbind, other) => (other, self.bound),
            (Receive, Joined(n)) if n > 0 => (Joined(n - 1), true),
            (Receive, HalfClosedByTheWriter(1)) => (Gone, true),
            (Receive, HalfClosedByTheWriter(n)) => (HalfClosedByTheWriter(n - 1), true),
            (Receive, other) => (other, false),
            (CloseReader, Joined(_) | HalfClosedByTheWriter(_)) => (Gone, true),
            (CloseReader, other) => (other, true),
        };
        self.bound = match step {
            Bind => true,
            Unbind | CloseReader => false,
            _ => self.bound,
        };
        self.link = link;
        succeeds
    }
}

/// The two sockets; one that closes is opened anew at once, for the next life of the link.
struct Sockets<'c> {
    context: &'c Small,
    push: Push<'c, u32>,
    pull: Pull<'c, u32>,
    sent: u32,
    read: u32,
}

impl<'c> Sockets<'c> {
    fn new(context: &'c Small) -> Self {
        Sockets {
            context,
            push: context.push().unwrap(),
            pull: context.pull().unwrap(),
            sent: 0,
            read: 0,
        }
    }

    fn step(&mut self, step: Step) -> bool {
        let allowed = |done: Result<(), EndpointError>| done.is_ok();
        match step {
            Connect => allowed(self.push.connect(NAME)),
            Disconnect => allowed(self.push.disconnect(NAME)),
            Bind => allowed(self.pull.bind(NAME)),
            Unbind => allowed(self.pull.unbind(NAME)),
            Send => match self.push.try_send(self.sent) {
                Ok(()) => {
                    self.sent += 1;
                    true
                }
                Err(error) => {
                    assert_eq!(error.value, self.sent, "it comes back");
                    let reasons = [SendReason::Full, SendReason::Disconnected];
                    assert!(reasons.contains(&error.reason));
                    false
                }
            },
            Receive => match self.pull.try_recv() {
                Ok(value) => {
                    assert!(value >= self.read, "in order");
                    self.read = value + 1;
                    true
                }
                Err(why) => {
                    assert!([RecvError::Empty, RecvError::Disconnected].contains(&why));
                    false
                }
            },
            CloseWriter => {
                self.push.close_now();
                self.push = self.context.push().unwrap();
                true
            }
            CloseReader => {
                self.pull.close_now();
                self.pull = self.context.pull().unwrap();
                true
            }
        }
    }

    /// The state as the context shows it.
    fn link(&self) -> Link {
        let mut seen = Gone;
        let mut ways = 0;
        self.context.each_link(|link| {
            ways += 1;
            seen = match (link.writer.is_some(), link.reader.is_some()) {
                (true, false) => Pending(link.messages),
                (true, true) => Joined(link.messages),
                (false, true) => HalfClosedByTheWriter(link.messages),
                (false, false) => panic!("whose is it?"),
            };
        });
        self.context.each_left(|left| {
            ways += left.pipes;
            seen = LeftBehind(left.messages);
        });
        assert!(ways <= 1, "{ways} ways of one pipe");
        seen
    }
}

/// Walks every sequence of `length` steps, in the order of the numbers that they are the digits of.
fn walk(length: u32) -> usize {
    let context = Small::new();
    let sequences = STEPS.len().pow(length);
    let mut reached = Vec::new();
    for number in 0..sequences {
        let mut sockets = Sockets::new(&context);
        let mut table = Table {
            link: Gone,
            bound: false,
        };
        let steps = (0..length).map(|digit| STEPS[number / STEPS.len().pow(digit) % STEPS.len()]);
        for (at, step) in steps.enumerate() {
            let expected = table.step(step);
            let done = sockets.step(step);
            let told = || format!("step {at} of sequence {number}: {step:?} gives {table:?}");
            assert_eq!(done, expected, "{}", told());
            assert_eq!(sockets.link(), table.link, "{}", told());
            if !reached.contains(&table.link) {
                reached.push(table.link);
            }
        }
        drop(sockets);
        context.discard(NAME).unwrap();
        assert_eq!(context.open_sockets(), 0);
    }
    reached.len()
}

#[test]
fn every_sequence_of_steps_goes_as_the_table_says() {
    // All states: gone; pending and joined with 0 to 2; left behind and half-closed with 1 or 2.
    assert_eq!(walk(5), 11);
    assert_eq!(walk(1), 2);
}
