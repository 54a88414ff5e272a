//! Acts on queues.

use portable_atomic::{AtomicU32, Ordering::SeqCst};

use super::{Pair, Shot};
use crate::queues::{Put, Queue, Take};
use crate::{TurnCell, Verdict, ensure};

/// How many numbers a queue holds. Its set-ups: 0 to `N` numbers in it, at each place where a ring can stand (positions
/// run through twice the capacity).
pub(super) const N: usize = 2;
const ROOM: u32 = N as u32;
const STANDS: u32 = 2 * ROOM;
/// What the two put in, added to what is different in each round: a number of an earlier one is not mistaken for it.
const OURS: u32 = 100;
const THEIRS: u32 = 200;
static ROUND: AtomicU32 = AtomicU32::new(0);

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Put,
    Take,
}

/// What an act on a queue has led to.
#[derive(Clone, Copy)]
enum Done {
    Put(Put),
    Took(Take),
}

/// Two acts on a queue.
pub(super) struct Acts<Q: 'static> {
    name: &'static str,
    queue: &'static Q,
    ours: Act,
    theirs: Act,
}

/// What the interrupting act has led to.
static THEY_DID: TurnCell<Done> = TurnCell::new();

impl<Q: Queue> Acts<Q> {
    pub(super) const fn new(name: &'static str, queue: &'static Q, ours: Act, theirs: Act) -> Self {
        Acts {
            name,
            queue,
            ours,
            theirs,
        }
    }

    /// So many numbers go through it.
    fn go_on(&self, numbers: u32) -> Verdict {
        let through = |_| self.queue.put(0) == Put::Done && self.queue.take() == Take::Got(0);
        ensure((0..numbers).all(through), "set-up: no room")
    }

    fn act(&self, act: Act, number: u32) -> Done {
        match act {
            Act::Put => Done::Put(self.queue.put(number + ROUND.load(SeqCst))),
            Act::Take => Done::Took(self.queue.take()),
        }
    }
}

/// A few numbers.
#[derive(Default)]
struct Numbers {
    all: [u32; 8],
    len: usize,
}

impl Numbers {
    fn add(&mut self, number: u32) {
        self.all[self.len % 8] = number;
        self.len += 1;
    }

    fn get(&self) -> &[u32] {
        &self.all[..self.len.min(8)]
    }
}

impl<Q: Queue> Pair for Acts<Q> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn setups(&self) -> u32 {
        (ROOM + 1) * STANDS
    }

    fn round(&'static self, setup: u32, shot: &dyn Shot) -> Verdict {
        while let Take::Got(_) = self.queue.take() {}
        let (place, setup) = (setup / (ROOM + 1), setup % (ROOM + 1));
        self.go_on(place)?;
        let round = ROUND.load(SeqCst) + 1000;
        ROUND.store(round, SeqCst);
        for number in round + 1..=round + setup {
            ensure(self.queue.put(number) == Put::Done, "set-up: no room")?;
        }
        let mut ours = None;
        shot.during(&mut || ours = Some(self.act(self.ours, OURS)));
        let ours = ours.ok_or("it did not run")?;
        let theirs = THEY_DID.take().ok_or("it was not interrupted")?;

        // What each has said.
        let (mut puts, mut takes) = (Numbers::default(), Numbers::default());
        for (done, number, is_ours) in [(ours, OURS, true), (theirs, THEIRS, false)] {
            let other = if is_ours { theirs } else { ours };
            // The most and the least numbers that were in it at a moment of this act.
            let most = setup + u32::from(matches!(other, Done::Put(Put::Done)));
            let least = setup - u32::from(matches!(other, Done::Took(Take::Got(_)))).min(setup);
            match done {
                Done::Put(Put::Done) => puts.add(round + number),
                Done::Took(Take::Got(number)) => takes.add(number),
                Done::Put(Put::Full) => ensure(most >= ROOM, "Full, and it was not")?,
                Done::Took(Take::Empty) => ensure(least == 0, "Empty, and it was not")?,
                Done::Put(Put::Busy) | Done::Took(Take::Busy) => {
                    ensure(!is_ours, "Busy, and nobody was in the middle")?;
                }
            }
        }
        // What is left.
        let mut left = Numbers::default();
        loop {
            match self.queue.take() {
                Take::Got(number) => left.add(number),
                Take::Empty => break,
                Take::Busy => return Err("Busy, and everybody has ended"),
            }
            ensure(left.len < 8, "more than it can hold")?;
        }
        // The numbers that went in, in one of the two orders, are those that came out.
        let explained = [false, true].into_iter().any(|swap| {
            let mut all = Numbers::default();
            (round + 1..=round + setup).for_each(|number| all.add(number));
            let second = swap && puts.len == 2;
            for index in 0..puts.len {
                all.add(puts.all[if second { 1 - index } else { index }]);
            }
            let (out, rest) = all.get().split_at(takes.len.min(all.len));
            let all_taken = takes.get().iter().all(|number| out.contains(number));
            out.len() == takes.len && all_taken && rest == left.get()
        });
        let twice = takes.len == 2 && takes.all[0] == takes.all[1];
        ensure(explained && !twice, "lost, invented or out of order")?;
        // Back to where it stood before.
        self.go_on(2 * STANDS - place - setup - puts.len as u32)
    }

    fn open(&'static self) {
        // Several pairs share a queue; only the first opens it.
        if self.ours == Act::Put && self.theirs == Act::Take {
            self.queue.open();
        }
    }

    fn interrupt(&'static self) {
        THEY_DID.fill(self.act(self.theirs, THEIRS));
    }
}
