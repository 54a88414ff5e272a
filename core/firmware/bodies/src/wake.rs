//! Tasks that are woken from an interrupt handler, one for each thing that can be waited for. The handler asks again only
//! when its last question was answered: one wake-up that is lost, and the task stops for ever.

use gimmal_core::sync::Barrier;
use portable_atomic::{AtomicU32, Ordering::Relaxed};

use crate::subject::{
    Channel, Condition, Event, LineReceiver, LineSender, Loan, Lock, LockGuard, Pool, Puller,
    Pusher, Semaphore, line, sockets,
};
use crate::{TurnCell, Verdict, ensure};

/// How often each task is woken.
const ROUNDS: u32 = 1000;
/// After so many ticks without progress of a task a wake-up was lost.
const MOST_POLLS: u32 = 200;

/// What is known of a task: what the handler has asked, what the task has answered, both from 0 up.
pub struct Talk {
    /// What the task waits for.
    pub name: &'static str,
    /// Asks the next question, or answers; called at each tick.
    tick: fn(&'static Talk),
    asked: AtomicU32,
    answered: AtomicU32,
    /// What was answered at the last tick, and for how many ticks already.
    last: AtomicU32,
    since: AtomicU32,
}

impl Talk {
    const fn new(name: &'static str, tick: fn(&'static Talk)) -> Self {
        Talk {
            name,
            tick,
            asked: AtomicU32::new(0),
            answered: AtomicU32::new(0),
            last: AtomicU32::new(0),
            since: AtomicU32::new(0),
        }
    }

    /// The handler: the next question, if the last one was answered.
    fn next(&self) -> Option<u32> {
        let asked = self.asked.load(Relaxed);
        (asked == self.answered.load(Relaxed) && asked < ROUNDS).then_some(asked + 1)
    }

    fn ask(&self) {
        self.asked.store(self.asked.load(Relaxed) + 1, Relaxed);
    }

    fn answer(&self) {
        let answered = self.answered.load(Relaxed) + 1;
        self.answered.store(answered, Relaxed);
    }

    /// Returns `true` if the task has come to its end.
    pub fn is_done(&self) -> bool {
        self.answered.load(Relaxed) == ROUNDS
    }

    /// At each tick.
    pub fn tick(&'static self) -> Verdict {
        (self.tick)(self);
        let answered = self.answered.load(Relaxed);
        let stands = answered == self.last.load(Relaxed) && !self.is_done();
        let since = if stands {
            self.since.load(Relaxed) + 1
        } else {
            0
        };
        self.last.store(answered, Relaxed);
        self.since.store(since, Relaxed);
        ensure(since < MOST_POLLS, "a wake-up was lost")
    }
}

/// Before the tasks begin.
pub fn open() {
    let (sender, receiver) = line();
    SENDER.fill(sender);
    RECEIVER.fill(receiver);
    let (push, pull) = sockets();
    PUSH.fill(push);
    PULL.fill(pull);
}

static MAIL: Channel<1> = Channel::new();

async fn recv(talk: &'static Talk) {
    for number in 1..=ROUNDS {
        assert_eq!(MAIL.recv().await, Ok(number));
        talk.answer();
    }
}

fn try_send(talk: &'static Talk) {
    if let Some(number) = talk.next() {
        // Asked first: a broken channel may have answered before this returns.
        talk.ask();
        MAIL.try_send(number).expect("room, and nobody else");
    }
}

static ROOM: Channel<1> = Channel::new();

/// The first message has room, each other one waits for it.
async fn send(talk: &'static Talk) {
    for number in 0..=ROUNDS {
        ROOM.send(number).await.expect("nobody closes it");
        if number > 0 {
            talk.answer();
        }
    }
}

fn try_recv(talk: &'static Talk) {
    if let Some(number) = talk.next()
        && let Ok(found) = ROOM.try_recv()
    {
        assert_eq!(found, number - 1);
        talk.ask();
    }
}

static SENDER: TurnCell<LineSender> = TurnCell::new();
static RECEIVER: TurnCell<LineReceiver> = TurnCell::new();

#[cfg_attr(feature = "bug", allow(unused_mut))] // Look-alikes are used by `&`.
async fn line_recv(talk: &'static Talk) {
    let mut receiver = RECEIVER.take().expect("opened");
    for number in 1..=ROUNDS {
        assert_eq!(receiver.recv().await, Ok(number));
        talk.answer();
    }
}

fn line_send(talk: &'static Talk) {
    if let Some(number) = talk.next() {
        talk.ask();
        let sent = SENDER.with(|sender| sender.try_send(number));
        sent.expect("room, and nobody else");
    }
}

static PUSH: TurnCell<Pusher> = TurnCell::new();
static PULL: TurnCell<Puller> = TurnCell::new();

#[cfg_attr(feature = "bug", allow(unused_mut))]
async fn pull(talk: &'static Talk) {
    let mut pull = PULL.take().expect("opened");
    for number in 1..=ROUNDS {
        assert_eq!(pull.recv().await, Ok(number));
        talk.answer();
    }
}

fn push(talk: &'static Talk) {
    if let Some(number) = talk.next() {
        talk.ask();
        let sent = PUSH.with(|push| push.try_send(number));
        sent.expect("room, and nobody else");
    }
}

static EVENT: Event = Event::new();

async fn wait(talk: &'static Talk) {
    for _ in 0..ROUNDS {
        EVENT.wait().await;
        EVENT.clear();
        talk.answer();
    }
}

fn set(talk: &'static Talk) {
    if talk.next().is_some() {
        talk.ask();
        EVENT.set();
    }
}

static PERMITS: Semaphore = Semaphore::new(0);

async fn acquire(talk: &'static Talk) {
    for _ in 0..ROUNDS {
        let permit = PERMITS.acquire().await;
        permit.expect("nobody closes it").forget();
        talk.answer();
    }
}

fn release(talk: &'static Talk) {
    if talk.next().is_some() {
        talk.ask();
        PERMITS.release(1).expect("few permits");
    }
}

static LOCK: Lock<()> = Lock::new(());
static GUARD: TurnCell<LockGuard<'static, ()>> = TurnCell::new();

/// The task waits while the handler has the lock, from one tick to the next.
async fn lock(talk: &'static Talk) {
    for _ in 0..ROUNDS {
        TAKEN.wait().await;
        TAKEN.clear();
        drop(LOCK.lock().await);
        talk.answer();
    }
}

/// The handler has the lock.
static TAKEN: gimmal_core::sync::Event = gimmal_core::sync::Event::new();

fn unlock(talk: &'static Talk) {
    if let Some(guard) = GUARD.take() {
        drop(guard);
    } else if talk.next().is_some()
        && let Some(guard) = LOCK.try_lock()
    {
        GUARD.fill(guard);
        talk.ask();
        TAKEN.set();
    }
}

static NUMBER: gimmal_core::sync::Lock<u32> = gimmal_core::sync::Lock::new(0);
static RAISED: Condition = Condition::new();

async fn condition(talk: &'static Talk) {
    for number in 1..=ROUNDS {
        let guard = NUMBER.lock().await;
        let guard = RAISED.wait_while(guard, |now| *now < number).await;
        drop(guard.expect("nobody closes it"));
        talk.answer();
    }
}

fn notify(talk: &'static Talk) {
    if let Some(number) = talk.next()
        && let Some(mut now) = NUMBER.try_lock()
    {
        *now = number;
        drop(now);
        talk.ask();
        RAISED.notify_one();
    }
}

static BARRIER: Barrier = Barrier::new(2);

/// The other party never comes: the handler breaks the barrier.
async fn barrier(talk: &'static Talk) {
    for _ in 0..ROUNDS {
        assert!(BARRIER.wait().await.is_err());
        BARRIER.reset();
        talk.answer();
    }
}

fn abort(talk: &'static Talk) {
    if talk.next().is_some() && BARRIER.waiting() == 1 {
        talk.ask();
        BARRIER.abort();
    }
}

static PLACE: Pool<1> = Pool::new();
static LENT: TurnCell<Loan<'static>> = TurnCell::new();

/// Each loan goes to the handler, which returns it at a later tick.
async fn take(talk: &'static Talk) {
    for number in 0..=ROUNDS {
        let loan = PLACE.take(AtomicU32::new(number)).await;
        if number > 0 {
            talk.answer();
        }
        LENT.fill(loan);
    }
}

fn return_buffer(talk: &'static Talk) {
    if let Some(number) = talk.next()
        && let Some(Some(loan)) = LENT.look(Option::take)
    {
        assert_eq!(loan.load(Relaxed), number - 1);
        talk.ask();
        drop(loan);
    }
}

macro_rules! talks {
    ($($index:literal $name:literal $task:ident $tick:ident;)*) => {
        /// All tasks.
        pub static TALKS: [Talk; TASKS] = [$(Talk::new($name, $tick)),*];

        /// What the task of this index does.
        pub async fn task(index: usize) {
            let talk = &TALKS[index];
            match index {
                $($index => $task(talk).await,)*
                _ => unreachable!("there are no more"),
            }
        }
    };
}

talks! {
    0 "channel: recv < try_send" recv try_send;
    1 "channel: send < try_recv" send try_recv;
    2 "spsc channel: recv < try_send" line_recv line_send;
    3 "pull: recv < push: try_send" pull push;
    4 "event: wait < set" wait set;
    5 "semaphore: acquire < release" acquire release;
    6 "lock: lock < unlock" lock unlock;
    7 "condition: wait_while < notify_one" condition notify;
    8 "barrier: wait < abort" barrier abort;
    9 "pool: take < return" take return_buffer;
}

/// How many tasks there are.
pub const TASKS: usize = 10;
