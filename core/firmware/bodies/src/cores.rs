//! Several cores share objects. Each calls [`run`]; all go through the same phases, one after the other.
//!
//! A phase has a time limit: what a broken object loses shows as a wait that does not end. Between two phases the cores meet
//! at a gate of two counts, which is not one of the objects.

use core::future::Future;

use gimmal_core::Context;
use gimmal_core::sync::Condition;
use gimmal_core::wait::{Relax, Spin, block_on_until};
use portable_atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::SeqCst};

use crate::queues::{Put, Queue, Take};
use crate::subject::{
    Barrier, Channel, Event, Line, Loans, Lock, Mail, Mpmc, Semaphore, Sockets, Spsc,
};
use crate::{Verdict, ensure};

/// How many cores run.
pub const CORES: usize = 4;
const ALL: u32 = CORES as u32;
/// How many numbers a core sends, or how often it does something, where it seldom needs another to go on.
const ROUNDS: u32 = 20_000;
/// Where it needs the others each time and spins, or dozes in WFE: under QEMU until the host runs them.
const STEPS: u32 = 20;
/// Where it sleeps meanwhile.
const NAPS: u32 = if cfg!(target_arch = "aarch64") {
    STEPS
} else {
    500
};
/// In between.
const LEGS: u32 = 2000;

/// All numbers from 1 to `n`, added up.
const fn sum(n: u32) -> u32 {
    n * (n + 1) / 2
}

/// What a queue holds.
const N: usize = 32;
/// How long a phase may take: milliseconds by itself, seconds on a busy host.
pub const LIMIT_MS: u64 = if cfg!(feature = "bug") { 1000 } else { 30_000 };

/// What the phases ask of the machine.
pub trait Machine {
    /// How a core passes the time until it is woken.
    type Sleep: Relax;
    /// The time of this core's next phase begins: [`LIMIT_MS`].
    fn begin();
    /// Is it over? A sleeping core is woken when it is.
    fn is_late() -> bool;
    /// Has each core a timer whose interrupt handler calls [`interrupt`]?
    const INTERRUPTS: bool = false;
    /// The interrupts of this core are to come, or to come no more.
    fn interrupts(_come: bool) {}
    /// What a phase has come to; on core 0.
    fn report(name: &str, verdict: Verdict);
}

/// A phase has found something wrong.
static WRONG: AtomicBool = AtomicBool::new(false);
/// A core had no time to come to its end.
static LATE: AtomicBool = AtomicBool::new(false);
/// Counts of a phase; zero at its beginning.
static TAKEN: AtomicU32 = AtomicU32::new(0);
static SUM: AtomicU32 = AtomicU32::new(0);
static MET: AtomicU32 = AtomicU32::new(0);

fn insist(holds: bool) {
    if !holds {
        WRONG.store(true, SeqCst);
    }
}

/// One of the cores, in a phase.
struct Core {
    number: usize,
    is_late: fn() -> bool,
}

impl Core {
    /// Has it no time left, or do the others need none any more?
    fn is_over(&self) -> bool {
        if (self.is_late)() {
            LATE.store(true, SeqCst);
        }
        LATE.load(SeqCst) || WRONG.load(SeqCst)
    }

    /// Tries until it works; `None` when the time is over.
    fn until<R>(&self, mut attempt: impl FnMut() -> Option<R>) -> Option<R> {
        while !self.is_over() {
            if let Some(result) = attempt() {
                return Some(result);
            }
            core::hint::spin_loop();
        }
        None
    }

    /// Waits for the future as `R` does; `None` when the time is over.
    fn wait<R: Relax, F: Future>(&self, future: F) -> Option<F::Output> {
        let output = block_on_until::<R, F>(future, || self.is_over());
        output.filter(|_| !self.is_over())
    }
}

/// All cores meet.
fn gate() {
    static CAME: AtomicUsize = AtomicUsize::new(0);
    static OPENED: AtomicUsize = AtomicUsize::new(0);
    let opened = OPENED.load(SeqCst);
    if CAME.fetch_add(1, SeqCst) + 1 == CORES {
        CAME.store(0, SeqCst);
        OPENED.store(opened + 1, SeqCst);
    }
    while OPENED.load(SeqCst) == opened {
        core::hint::spin_loop();
    }
}

/// What each core does; `None`: it had no time to come to its end. And what core 0 looks at afterwards, if all had.
type Phase = (&'static str, fn(&Core) -> Option<()>, fn());

fn phases<S: Relax>() -> [Phase; 18] {
    [
        (
            "spsc ring: two pairs of cores",
            |core| flow(core, &SPSC),
            || (),
        ),
        (
            "spsc channel: two pairs of cores",
            |core| flow(core, &LINE),
            || (),
        ),
        (
            "push > pull: two pairs of cores",
            |core| flow(core, &SOCKETS),
            || (),
        ),
        (
            "mpmc ring: all put and take",
            |core| mixed(core, &MPMC),
            || mixed_well(&MPMC),
        ),
        (
            "mpmc channel: all put and take",
            |core| mixed(core, &MAIL),
            || mixed_well(&MAIL),
        ),
        (
            "pool and ring: all put and take",
            |core| mixed(core, &LOANS),
            || mixed_well(&LOANS),
        ),
        ("lock, spinning", lock::<Spin>, locked_well),
        ("lock, sleeping", lock::<S>, locked_well),
        ("semaphore, spinning", semaphore::<Spin>, acquired_well),
        ("semaphore, sleeping", semaphore::<S>, acquired_well),
        (
            "barrier, spinning",
            barrier::<Spin, STEPS>,
            met_well::<STEPS>,
        ),
        ("barrier, sleeping", barrier::<S, NAPS>, met_well::<NAPS>),
        ("channel, spinning", channel::<Spin, 0>, received_well),
        ("channel, sleeping", channel::<S, 1>, received_well),
        ("event, spinning", event::<Spin, STEPS>, || ()),
        ("event, sleeping", event::<S, NAPS>, || ()),
        (
            "lock and condition, sleeping",
            condition::<S>,
            took_turns_well,
        ),
        ("push > pulls, sleeping", sockets::<S>, pulled_well),
    ]
}

/// Runs all phases; each core calls this, with its own number. Says on each how many were bad.
pub fn run<M: Machine>(number: usize) -> u32 {
    static BAD: AtomicU32 = AtomicU32::new(0);
    let is_late = M::is_late;
    let core = Core { number, is_late };
    if number == 0 {
        SPSC.iter().for_each(Queue::open);
        LINE.iter().for_each(Queue::open);
        SOCKETS.iter().for_each(Queue::open);
    }
    let with_interrupts: Phase = (
        "channel, interrupt handlers send",
        interrupted::<M>,
        received_from_all,
    );
    let with_interrupts = M::INTERRUPTS.then_some(with_interrupts);
    for (name, phase, look) in phases::<M::Sleep>().into_iter().chain(with_interrupts) {
        gate();
        M::begin();
        let ended = phase(&core).is_some();
        insist(ended || LATE.load(SeqCst));
        gate();
        if number == 0 {
            if !LATE.load(SeqCst) && !WRONG.load(SeqCst) {
                look();
            }
            let verdict = ensure(!WRONG.swap(false, SeqCst), "wrong")
                .and_then(|()| ensure(!LATE.load(SeqCst), "did not come to its end"));
            LATE.store(false, SeqCst);
            for count in [&TAKEN, &SUM, &MET] {
                count.store(0, SeqCst);
            }
            BAD.fetch_add(u32::from(verdict.is_err()), SeqCst);
            M::report(name, verdict);
        }
    }
    gate();
    BAD.load(SeqCst)
}

static SPSC: [Spsc<N>; 2] = [const { Spsc::new() }; 2];
static LINE: [Line<N>; 2] = [const { Line::new() }; 2];
static SOCKETS: [Sockets<N>; 2] = [const { Sockets::new() }; 2];
static MPMC: Mpmc<N> = Mpmc::new();
static MAIL: Mail<N> = Mail::new();
static LOANS: Loans<N> = Loans::new();

/// Core 0 sends to core 1, core 2 to core 3: all numbers, in order.
fn flow<Q: Queue>(core: &Core, queues: &'static [Q; 2]) -> Option<()> {
    let queue = &queues[core.number / 2];
    for number in 1..=LEGS {
        if core.number.is_multiple_of(2) {
            core.until(|| (queue.put(number) == Put::Done).then_some(()))?;
        } else {
            let got = core.until(|| match queue.take() {
                Take::Got(number) => Some(number),
                Take::Empty | Take::Busy => None,
            })?;
            insist(got == number);
        }
    }
    Some(())
}

/// All cores put in and take out. What one takes of another is in order; all that was put in is taken, once.
fn mixed<Q: Queue>(core: &Core, queue: &'static Q) -> Option<()> {
    let mut next = 1;
    let mut last = [0; CORES];
    core.until(|| {
        let number = next * ALL + core.number as u32;
        if next <= ROUNDS && queue.put(number) == Put::Done {
            next += 1;
        }
        if let Take::Got(number) = queue.take() {
            let (from, number) = ((number % ALL) as usize, number / ALL);
            insist(number > last[from]);
            last[from] = number;
            SUM.fetch_add(number, SeqCst);
            TAKEN.fetch_add(1, SeqCst);
        }
        (TAKEN.load(SeqCst) >= ROUNDS * ALL).then_some(())
    })
}

fn mixed_well<Q: Queue>(queue: &'static Q) {
    insist(TAKEN.load(SeqCst) == ROUNDS * ALL && SUM.load(SeqCst) == sum(ROUNDS).wrapping_mul(ALL));
    insist(queue.take() == Take::Empty);
}

static BOOKS: Lock<[AtomicU32; 2]> = Lock::new([AtomicU32::new(0), AtomicU32::new(0)]);

/// Two counts are raised under the lock, in steps that another could see half done.
fn lock<R: Relax>(core: &Core) -> Option<()> {
    for round in 0..ROUNDS {
        let books = if round % 4 == 0 {
            core.until(|| BOOKS.try_lock())?
        } else {
            core.wait::<R, _>(BOOKS.lock())?
        };
        let count = books[0].load(SeqCst);
        books[0].store(count + 1, SeqCst);
        insist(books[1].load(SeqCst) == count);
        books[1].store(count + 1, SeqCst);
    }
    Some(())
}

fn locked_well() {
    let raised = BOOKS.try_lock().map(|books| {
        let [first, second] = &*books;
        [first.swap(0, SeqCst), second.swap(0, SeqCst)]
    });
    insist(raised == Some([ROUNDS * ALL; 2]));
}

const PERMITS: usize = 2;
static DOOR: Semaphore = Semaphore::new(PERMITS);

/// Never more are inside than there are permits.
fn semaphore<R: Relax>(core: &Core) -> Option<()> {
    for _ in 0..LEGS {
        let permit = core.wait::<R, _>(DOOR.acquire())?.ok()?;
        insist(MET.fetch_add(1, SeqCst) < PERMITS as u32);
        MET.fetch_sub(1, SeqCst);
        drop(permit);
    }
    Some(())
}

fn acquired_well() {
    insist(DOOR.available() == PERMITS);
}

static MEETING: Barrier = Barrier::new(CORES);

/// Nobody is released before all have come; each generation has one leader and all indices.
fn barrier<R: Relax, const TIMES: u32>(core: &Core) -> Option<()> {
    for round in 1..=TIMES {
        MET.fetch_add(1, SeqCst);
        let turn = core.wait::<R, _>(MEETING.wait())?.ok()?;
        insist((round * ALL..(round + 1) * ALL).contains(&MET.load(SeqCst)));
        TAKEN.fetch_add(turn.is_leader().into(), SeqCst);
        SUM.fetch_add(1 << (8 * turn.index()), SeqCst);
        // The sum of one generation: a one in each byte. Looked at while nobody adds to it.
        if round % 20 == 0 {
            core.wait::<R, _>(MEETING.wait())?.ok()?;
            if turn.is_leader() {
                insist(SUM.swap(0, SeqCst) == 0x0101_0101 * 20);
            }
            core.wait::<R, _>(MEETING.wait())?.ok()?;
        }
    }
    Some(())
}

fn met_well<const TIMES: u32>() {
    insist(TAKEN.load(SeqCst) == TIMES);
}

static CHANNELS: [Channel<4>; 2] = [const { Channel::new() }; 2];

/// Two cores send, and close the channel when both have ended; the other two receive to the end.
fn channel<R: Relax, const PART: usize>(core: &Core) -> Option<()> {
    let channel = &CHANNELS[PART];
    if core.number < 2 {
        for number in 1..=LEGS {
            core.wait::<R, _>(channel.send(number))?.ok()?;
        }
        if MET.fetch_add(1, SeqCst) == 1 {
            channel.close();
        }
    } else {
        while let Ok(number) = core.wait::<R, _>(channel.recv())? {
            TAKEN.fetch_add(1, SeqCst);
            SUM.fetch_add(number, SeqCst);
        }
    }
    Some(())
}

fn received_well() {
    insist(TAKEN.load(SeqCst) == 2 * LEGS && SUM.load(SeqCst) == 2 * sum(LEGS));
}

static GO: Event = Event::new();
static BACK: Event = Event::new();

/// Core 0 sets one event after the other; the others wait for each.
fn event<R: Relax, const TIMES: u32>(core: &Core) -> Option<()> {
    for _ in 0..TIMES {
        for event in [&GO, &BACK] {
            if core.number == 0 {
                event.set();
                core.until(|| (MET.load(SeqCst) == ALL - 1).then_some(()))?;
                event.clear();
                MET.store(0, SeqCst);
            } else {
                core.wait::<R, _>(event.wait())?;
                MET.fetch_add(1, SeqCst);
            }
        }
    }
    Some(())
}

static TURN: gimmal_core::sync::Lock<u32> = gimmal_core::sync::Lock::new(0);
static PASSED: Condition = Condition::new();

/// The cores take turns.
fn condition<R: Relax>(core: &Core) -> Option<()> {
    for _ in 0..NAPS {
        let turn = core.wait::<R, _>(TURN.lock())?;
        let others = |turn: &mut u32| *turn % ALL != core.number as u32;
        let mut turn = core.wait::<R, _>(PASSED.wait_while(turn, others))?.ok()?;
        *turn += 1;
        drop(turn);
        PASSED.notify_all();
    }
    Some(())
}

fn took_turns_well() {
    insist(TURN.try_lock().is_some_and(|turn| *turn == NAPS * ALL));
}

static CONTEXT: Context<u32, CORES, { CORES - 1 }, 4> = Context::new();

/// Core 0 hands numbers out to the others, until it closes.
fn sockets<R: Relax>(core: &Core) -> Option<()> {
    if core.number == 0 {
        let mut push = CONTEXT.push().ok()?;
        push.bind("inproc://work").ok()?;
        core.until(|| (MET.load(SeqCst) == ALL - 1).then_some(()))?;
        for number in 1..=LEGS {
            core.wait::<R, _>(push.send(number))?.ok()?;
        }
    } else {
        let mut pull = CONTEXT.pull().ok()?;
        pull.connect("inproc://work").ok()?;
        MET.fetch_add(1, SeqCst);
        while let Ok(number) = core.wait::<R, _>(pull.recv())? {
            TAKEN.fetch_add(1, SeqCst);
            SUM.fetch_add(number, SeqCst);
        }
    }
    Some(())
}

fn pulled_well() {
    insist(TAKEN.load(SeqCst) == LEGS && SUM.load(SeqCst) == sum(LEGS));
    insist(CONTEXT.open_sockets() == 0);
}

/// How many numbers the interrupt handler of a core sends.
const MAILS: u32 = 500;
static INBOX: Channel<4> = Channel::new();
static SENT: [AtomicU32; CORES] = [const { AtomicU32::new(0) }; CORES];

/// What the interrupt handler of each core does: it sends, to whoever waits.
pub fn interrupt(number: usize) {
    let next = SENT[number].load(SeqCst) + 1;
    if next <= MAILS && INBOX.try_send(next).is_ok() {
        SENT[number].store(next, SeqCst);
    }
}

/// All cores receive what the interrupt handlers of all cores send.
fn interrupted<M: Machine>(core: &Core) -> Option<()> {
    M::interrupts(true);
    let ended = (0..MAILS).try_for_each(|_| {
        let number = core.wait::<Spin, _>(INBOX.recv())?.ok()?;
        SUM.fetch_add(number, SeqCst);
        Some(())
    });
    // Who has all it wants goes on to send, until all have.
    MET.fetch_add(1, SeqCst);
    let all_ended = core.until(|| (MET.load(SeqCst) == ALL).then_some(()));
    M::interrupts(false);
    ended.and(all_ended)
}

fn received_from_all() {
    insist(SUM.load(SeqCst) == sum(MAILS) * ALL);
    insist(INBOX.try_recv().is_err());
}
