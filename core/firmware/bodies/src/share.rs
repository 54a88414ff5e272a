//! Stations: an object in a static that an interrupt handler and the main loop use at the same time. Each tick of a timer
//! calls every station's `handler` once, the main loop calls every `main` again and again, until all are done.

use portable_atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

use crate::queues::{Put, Queue, Take};
use crate::subject::{Event, Line, Loans, Lock, LockGuard, Mail, Mpmc, Semaphore, Sockets, Spsc};
use crate::{TurnCell, Verdict, ensure};

/// How often each side does its part.
const ROUNDS: u32 = 2000;
/// How many numbers a queue holds.
const N: usize = 4;

/// An object and what the two sides do with it.
pub trait Station: Sync {
    /// What it is.
    fn name(&self) -> &'static str;
    /// Before anything else.
    fn open(&'static self) {}
    /// What the interrupt handler does at each tick.
    fn handler(&'static self);
    /// What the main loop does meanwhile.
    fn main(&'static self);
    /// Has either side done all of its part?
    fn is_done(&'static self) -> bool;
    /// At the end.
    fn verdict(&'static self) -> Verdict;
}

/// Which side is meant, and its index where both have their own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Main,
    Handler,
}

/// A count that one side writes.
struct Count(AtomicU32);

impl Count {
    const fn new() -> Self {
        Count(AtomicU32::new(0))
    }

    fn get(&self) -> u32 {
        self.0.load(Relaxed)
    }

    fn set(&self, to: u32) {
        self.0.store(to, Relaxed);
    }

    fn up(&self) {
        self.set(self.get() + 1);
    }
}

/// Numbers go one way through a queue: all of them, in order.
struct Flow<Q> {
    name: &'static str,
    from: Side,
    queue: Q,
    sent: Count,
    seen: Count,
    wrong: AtomicBool,
}

impl<Q> Flow<Q> {
    const fn new(name: &'static str, from: Side, queue: Q) -> Self {
        Flow {
            name,
            from,
            queue,
            sent: Count::new(),
            seen: Count::new(),
            wrong: AtomicBool::new(false),
        }
    }
}

impl<Q: Queue> Flow<Q> {
    fn turn(&'static self, of: Side) {
        if of == self.from {
            let next = self.sent.get() + 1;
            if next <= ROUNDS && self.queue.put(next) == Put::Done {
                self.sent.set(next);
            }
        } else if let Take::Got(number) = self.queue.take() {
            self.seen.up();
            if number != self.seen.get() {
                self.wrong.store(true, Relaxed);
            }
        }
    }
}

impl<Q: Queue + 'static> Station for Flow<Q> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn open(&'static self) {
        self.queue.open();
    }

    fn handler(&'static self) {
        self.turn(Side::Handler);
    }

    fn main(&'static self) {
        self.turn(Side::Main);
    }

    fn is_done(&'static self) -> bool {
        self.seen.get() >= ROUNDS || self.wrong.load(Relaxed)
    }

    fn verdict(&'static self) -> Verdict {
        ensure(!self.wrong.load(Relaxed), "out of order")?;
        ensure(self.sent.get() == ROUNDS, "sent too few")?;
        ensure(self.seen.get() == ROUNDS, "lost or invented")?;
        ensure(self.queue.take() == Take::Empty, "something is left")
    }
}

/// Both sides put numbers in and take numbers out. What a side takes of either is in order, and the sum is right.
struct Mixed<Q> {
    name: &'static str,
    queue: Q,
    sent: [Count; 2],
    taken: [Count; 2],
    last: [[Count; 2]; 2],
    sum: [Count; 2],
    wrong: AtomicBool,
}

/// The numbers of the handler are marked with this bit.
const HANDLERS: u32 = 1 << 31;

impl<Q> Mixed<Q> {
    const fn new(name: &'static str, queue: Q) -> Self {
        Mixed {
            name,
            queue,
            sent: [const { Count::new() }; 2],
            taken: [const { Count::new() }; 2],
            last: [const { [const { Count::new() }; 2] }; 2],
            sum: [const { Count::new() }; 2],
            wrong: AtomicBool::new(false),
        }
    }
}

impl<Q: Queue> Mixed<Q> {
    fn turn(&'static self, of: Side) {
        let me = of as usize;
        let next = self.sent[me].get() + 1;
        let mark = if of == Side::Handler { HANDLERS } else { 0 };
        if next <= ROUNDS && self.queue.put(next | mark) == Put::Done {
            self.sent[me].set(next);
        }
        if let Take::Got(number) = self.queue.take() {
            self.taken[me].up();
            let (from, number) = (usize::from(number & HANDLERS != 0), number & !HANDLERS);
            let last = &self.last[me][from];
            if number <= last.get() {
                self.wrong.store(true, Relaxed);
            }
            last.set(number);
            self.sum[me].set(self.sum[me].get() + number);
        }
    }
}

impl<Q: Queue + 'static> Station for Mixed<Q> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn open(&'static self) {
        self.queue.open();
    }

    fn handler(&'static self) {
        self.turn(Side::Handler);
    }

    fn main(&'static self) {
        self.turn(Side::Main);
    }

    fn is_done(&'static self) -> bool {
        let taken = self.taken[0].get() + self.taken[1].get();
        taken >= 2 * ROUNDS || self.wrong.load(Relaxed)
    }

    fn verdict(&'static self) -> Verdict {
        ensure(!self.wrong.load(Relaxed), "out of order")?;
        ensure(
            self.sent.iter().all(|sent| sent.get() == ROUNDS),
            "sent too few",
        )?;
        let sum = self.sum[0].get() + self.sum[1].get();
        ensure(sum == ROUNDS * (ROUNDS + 1), "lost or invented")?;
        ensure(self.queue.take() == Take::Empty, "something is left")
    }
}

/// The handler releases permits, the main loop takes them for good; each is taken once.
struct Permits {
    semaphore: Semaphore,
    released: Count,
    taken: Count,
}

impl Station for Permits {
    fn name(&self) -> &'static str {
        "semaphore: release > try_acquire"
    }

    fn handler(&'static self) {
        if self.released.get() < ROUNDS && self.semaphore.release(1).is_ok() {
            self.released.up();
        }
    }

    fn main(&'static self) {
        if let Some(permit) = self.semaphore.try_acquire() {
            permit.forget();
            self.taken.up();
        }
    }

    fn is_done(&'static self) -> bool {
        self.released.get() == ROUNDS && self.semaphore.available() == 0
    }

    fn verdict(&'static self) -> Verdict {
        ensure(
            self.taken.get() == self.released.get(),
            "a permit was lost or taken twice",
        )
    }
}

/// The handler sets the event when it is not set, the main loop clears it when it is: as often.
struct Signals {
    event: Event,
    sets: Count,
    clears: Count,
}

impl Station for Signals {
    fn name(&self) -> &'static str {
        "event: set > is_set, clear"
    }

    fn handler(&'static self) {
        if self.sets.get() < ROUNDS && !self.event.is_set() {
            self.sets.up();
            self.event.set();
        }
    }

    fn main(&'static self) {
        if self.event.is_set() {
            self.event.clear();
            self.clears.up();
        }
    }

    fn is_done(&'static self) -> bool {
        self.sets.get() == ROUNDS && !self.event.is_set()
    }

    fn verdict(&'static self) -> Verdict {
        ensure(self.sets.get() == self.clears.get(), "a set was lost")
    }
}

/// Both sides raise two counts under a lock; the handler raises one, keeps the lock, and raises the other at the next tick.
struct Books {
    lock: Lock<[Count; 2]>,
    kept: TurnCell<LockGuard<'static, [Count; 2]>>,
    raised: [Count; 2],
    wrong: AtomicBool,
}

impl Books {
    fn look(&'static self, of: Side) -> Option<LockGuard<'static, [Count; 2]>> {
        if self.raised[of as usize].get() == ROUNDS {
            return None;
        }
        let books = self.lock.try_lock()?;
        if books[0].get() != books[1].get() {
            self.wrong.store(true, Relaxed);
        }
        self.raised[of as usize].up();
        books[0].up();
        Some(books)
    }
}

impl Station for Books {
    fn name(&self) -> &'static str {
        "lock: try_lock = try_lock"
    }

    fn handler(&'static self) {
        if let Some(books) = self.kept.take() {
            books[1].up();
        } else if let Some(books) = self.look(Side::Handler) {
            self.kept.fill(books);
        }
    }

    fn main(&'static self) {
        if let Some(books) = self.look(Side::Main) {
            books[1].up();
        }
    }

    fn is_done(&'static self) -> bool {
        let all = self.raised.iter().all(|raised| raised.get() == ROUNDS);
        all && self.lock.try_lock().is_some()
    }

    fn verdict(&'static self) -> Verdict {
        ensure(!self.wrong.load(Relaxed), "two were inside")?;
        let books = self.lock.try_lock().ok_or("still locked")?;
        ensure(
            books.iter().all(|book| book.get() == 2 * ROUNDS),
            "a count was lost",
        )
    }
}

macro_rules! stations {
    ($($name:ident: $type:ty = $make:expr;)*) => {
        $(static $name: $type = $make;)*
        /// All stations.
        pub static STATIONS: &[&dyn Station] = &[$(&$name),*];
    };
}

use Side::{Handler, Main};

stations! {
    SPSC_DOWN: Flow<Spsc<N>> = Flow::new("spsc ring: handler > main", Handler, Spsc::new());
    SPSC_UP: Flow<Spsc<N>> = Flow::new("spsc ring: main > handler", Main, Spsc::new());
    MPMC_DOWN: Flow<Mpmc<N>> = Flow::new("mpmc ring: handler > main", Handler, Mpmc::new());
    MPMC_UP: Flow<Mpmc<N>> = Flow::new("mpmc ring: main > handler", Main, Mpmc::new());
    MPMC: Mixed<Mpmc<N>> = Mixed::new("mpmc ring: both ways", Mpmc::new());
    LINE_DOWN: Flow<Line<N>> = Flow::new("spsc channel: handler > main", Handler, Line::new());
    LINE_UP: Flow<Line<N>> = Flow::new("spsc channel: main > handler", Main, Line::new());
    MAIL_DOWN: Flow<Mail<N>> = Flow::new("mpmc channel: handler > main", Handler, Mail::new());
    MAIL_UP: Flow<Mail<N>> = Flow::new("mpmc channel: main > handler", Main, Mail::new());
    MAIL: Mixed<Mail<N>> = Mixed::new("mpmc channel: both ways", Mail::new());
    SOCKETS_DOWN: Flow<Sockets<N>> = Flow::new("push > pull: handler > main", Handler, Sockets::new());
    SOCKETS_UP: Flow<Sockets<N>> = Flow::new("push > pull: main > handler", Main, Sockets::new());
    LOANS_DOWN: Flow<Loans<N>> = Flow::new("pool: loans, handler > main", Handler, Loans::new());
    LOANS: Mixed<Loans<N>> = Mixed::new("pool: loans, both ways", Loans::new());
    PERMITS: Permits = Permits { semaphore: Semaphore::new(0), released: Count::new(), taken: Count::new() };
    SIGNALS: Signals = Signals { event: Event::new(), sets: Count::new(), clears: Count::new() };
    BOOKS: Books = Books {
        lock: Lock::new([Count::new(), Count::new()]),
        kept: TurnCell::new(),
        raised: [Count::new(), Count::new()],
        wrong: AtomicBool::new(false),
    };
}
