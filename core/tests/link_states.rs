//! The table of the states of a link (`core/src/context/links.rs`), walked exhaustively: every
//! sequence of steps up to a length, each compared with what the table says, by results and by what
//! the context shows of the link.

use gimmal_core::Context;
use gimmal_core::error::socket::{EndpointError, RecvError, SendReason};
use gimmal_core::socket::{Pull, Push};

/// Room for the links of a crowd and one more, the one that is walked: of two messages each.
type Small<const SOCKETS: usize, const LINKS: usize> = Context<u32, SOCKETS, LINKS, HOLDS>;

const NAME: &str = "inproc://x";
const CROWD: &str = "inproc://crowd";
const HOLDS: usize = 2;
/// After so many looks in vain the last link is set aside, beside as many others as a socket keeps.
const LOOKS: usize = if cfg!(miri) { 10 } else { 300 };

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
    /// The reader looks so often that it sets the link aside, if that is empty.
    LookInVain,
}
use Step::*;

const STEPS: [Step; 9] = [
    Connect,
    Disconnect,
    Send,
    CloseWriter,
    Bind,
    Unbind,
    Receive,
    CloseReader,
    LookInVain,
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
            // Set aside or not, all else is as the state says.
            (LookInVain, other) => (other, true),
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
struct Sockets<'c, const SOCKETS: usize, const LINKS: usize> {
    context: &'c Small<SOCKETS, LINKS>,
    push: Push<'c, u32>,
    pull: Pull<'c, u32>,
    /// Peers of the pull that say nothing, before the push in its turns.
    crowd: Vec<Push<'c, u32>>,
    sent: u32,
    read: u32,
}

impl<'c, const SOCKETS: usize, const LINKS: usize> Sockets<'c, SOCKETS, LINKS> {
    fn new(context: &'c Small<SOCKETS, LINKS>) -> Self {
        let mut sockets = Sockets {
            context,
            push: context.push().unwrap(),
            pull: context.pull().unwrap(),
            crowd: Vec::new(),
            sent: 0,
            read: 0,
        };
        sockets.gather();
        sockets
    }

    /// Links the crowd with the pull.
    fn gather(&mut self) {
        self.crowd.clear();
        for _ in 1..LINKS {
            let push = self.context.push().unwrap();
            push.connect(CROWD).unwrap();
            self.crowd.push(push);
        }
        if LINKS > 1 {
            self.pull.bind(CROWD).unwrap();
            self.pull.unbind(CROWD).unwrap();
        }
    }

    fn look_in_vain(&mut self) {
        for _ in 0..LOOKS {
            let seen = self.pull.try_recv().unwrap_err();
            assert!([RecvError::Empty, RecvError::Disconnected].contains(&seen));
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
                self.gather();
                true
            }
            LookInVain => {
                if let Gone | Pending(_) | LeftBehind(_) | Joined(0) = self.link() {
                    self.look_in_vain();
                }
                true
            }
        }
    }

    /// The state as the context shows it.
    fn link(&self) -> Link {
        let mut seen = Gone;
        let mut ways = 0;
        self.context.each_link(|link| {
            if CROWD.ends_with(link.name()) {
                return;
            }
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

/// Walks every sequence of `length` of these steps after the first ones, in the order of the numbers
/// that they are the digits of. Returns how many states it has reached.
fn walk<const SOCKETS: usize, const LINKS: usize>(
    first: &[Step],
    steps: &[Step],
    length: u32,
) -> usize {
    let context = Small::<SOCKETS, LINKS>::new();
    let sequences = steps.len().pow(length);
    let mut reached = Vec::new();
    for number in 0..sequences {
        let mut sockets = Sockets::new(&context);
        let mut table = Table {
            link: Gone,
            bound: false,
        };
        let digits = (0..length).map(|digit| number / steps.len().pow(digit) % steps.len());
        let then = digits.map(|digit| steps[digit]);
        for (at, step) in first.iter().copied().chain(then).enumerate() {
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
    let alone = &STEPS[..8];
    // Miri would take a quarter of an hour for all of them.
    let (length, states) = if cfg!(miri) { (3, 7) } else { (5, 11) };
    assert_eq!(walk::<2, 1>(&[], alone, length), states);
    assert_eq!(walk::<2, 1>(&[], alone, 1), 2);
}

#[test]
fn a_link_that_its_reader_sets_aside_goes_as_the_table_says() {
    // From there three steps lead to all states but pending with two messages and left behind.
    let aside = [Connect, Bind, LookInVain];
    assert_eq!(walk::<10, 9>(&aside, &STEPS, 3), 8);
}

#[test]
fn looks_in_vain_set_the_link_aside() {
    let context = Small::<10, 9>::new();
    // Whose message comes first, if the crowd has had a turn since, and both send then.
    let first = |looks: bool| {
        let mut sockets = Sockets::new(&context);
        sockets.push.connect(NAME).unwrap();
        sockets.pull.bind(NAME).unwrap();
        if looks {
            sockets.look_in_vain();
        }
        sockets.crowd[0].try_send(0).unwrap();
        assert_eq!(sockets.pull.try_recv(), Ok(0));
        sockets.crowd[0].try_send(1).unwrap();
        sockets.push.try_send(2).unwrap();
        [sockets.pull.try_recv(), sockets.pull.try_recv()]
    };
    // In turn it is before the one that has just had its turn.
    assert_eq!(first(false), [Ok(2), Ok(1)]);
    // Aside it comes back behind all others.
    assert_eq!(first(true), [Ok(1), Ok(2)]);
}
