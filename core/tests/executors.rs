//! The core's futures as tasks of embassy's executor, as firmware has them: tasks and objects in statics, the raw executor
//! without a platform or std. Two executors in two threads are two cores; a plain thread stands for an interrupt handler.

#![allow(unsafe_code)] // The executor's pender, and its poll.

mod kit;

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use embassy_executor::raw::Executor;
use embassy_executor::{Spawner, task};
use gimmal_core::Context;
use gimmal_core::channel::{mpmc, spsc};
use gimmal_core::error::socket::RecvError;
use gimmal_core::error::{BrokenBarrier, Closed};
use gimmal_core::pool::{Loan, Pool};
use gimmal_core::socket::{Pull, Push, WhenAlone};
use gimmal_core::sync::{Barrier, Condition, Event, Lock, Semaphore};
use kit::{rounds, within};

/// Far more than any of these takes: when a task of a test has failed, its partners wait for ever.
const LIMIT: Duration = Duration::from_secs(50);

/// A wake-up of a task: its executor is to be polled. On a chip it sends an event or pends an interrupt.
#[unsafe(export_name = "__pender")]
fn pender(context: *mut ()) {
    // SAFETY: the context of every executor here is the flag that `core` has leaked for it.
    let pended = unsafe { &*context.cast::<AtomicBool>() };
    pended.store(true, SeqCst);
}

/// How many tasks of a test still run, and what they have added up.
struct Tally {
    running: AtomicUsize,
    sum: AtomicUsize,
}

impl Tally {
    const fn of(tasks: usize) -> Self {
        Tally {
            running: AtomicUsize::new(tasks),
            sum: AtomicUsize::new(0),
        }
    }

    /// The last thing that a task does.
    fn ends(&self, sum: usize) {
        self.sum.fetch_add(sum, SeqCst);
        self.running.fetch_sub(1, SeqCst);
    }

    fn is_over(&self) -> bool {
        self.running.load(SeqCst) == 0
    }
}

/// Runs an executor until all tasks of the test have ended, on whatever core they are. Like its tasks it lives for ever.
fn core(spawn: impl FnOnce(Spawner), tally: &Tally) {
    let pended: &'static AtomicBool = Box::leak(Box::default());
    let context = std::ptr::from_ref(pended).cast_mut().cast();
    let executor: &'static Executor = Box::leak(Box::new(Executor::new(context)));
    spawn(executor.spawner());
    while !tally.is_over() {
        if pended.swap(false, SeqCst) {
            // SAFETY: it is polled here only, not from within.
            unsafe { executor.poll() };
        } else {
            // On a chip: wait for an event.
            thread::yield_now();
        }
    }
}

/// Runs the tasks of two cores, each core's by its own executor; gives what they have added up.
fn cores(
    tally: &'static Tally,
    one: impl FnOnce(Spawner) + Send + 'static,
    other: impl FnOnce(Spawner) + Send + 'static,
) -> usize {
    within(LIMIT, move || {
        thread::scope(|scope| {
            scope.spawn(move || core(one, tally));
            core(other, tally);
        });
    });
    tally.sum.load(SeqCst)
}

/// Lets the other tasks run.
async fn give_way() {
    let mut once = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut once, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Polls so often, whether woken or not, and then drops the future, whatever it has been told since.
async fn given_up<F: Future>(future: F, mut polls: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|cx| {
        if polls == 0 {
            return Poll::Ready(None);
        }
        polls -= 1;
        cx.waker().wake_by_ref();
        future.as_mut().poll(cx).map(Some)
    })
    .await
}

/// 0 + 1 + … up to this many numbers.
const fn sum_of(numbers: usize) -> usize {
    numbers * (numbers - 1) / 2
}

#[test]
fn a_channel_between_tasks_of_two_cores() {
    const EACH: usize = rounds(3_000);
    static CHANNEL: mpmc::Channel<usize, 3> = mpmc::Channel::new();
    static SENDING: AtomicUsize = AtomicUsize::new(3);
    static TALLY: Tally = Tally::of(6);

    #[task(pool_size = 3)]
    async fn sends(own: usize) {
        for n in 0..EACH {
            CHANNEL.send(own * EACH + n).await.unwrap();
        }
        if SENDING.fetch_sub(1, SeqCst) == 1 {
            CHANNEL.close();
        }
        TALLY.ends(0);
    }
    #[task(pool_size = 3)]
    async fn receives(own: usize) {
        let mut sum = 0;
        for n in 0.. {
            match given_up(CHANNEL.recv(), (own + n) % 5).await {
                None => give_way().await,
                Some(Ok(number)) => sum += number,
                Some(Err(Closed)) => break,
            }
        }
        TALLY.ends(sum);
    }
    let one = |core: Spawner| {
        (0..2).for_each(|own| core.spawn(sends(own).unwrap()));
        core.spawn(receives(0).unwrap());
    };
    let other = |core: Spawner| {
        core.spawn(sends(2).unwrap());
        (1..3).for_each(|own| core.spawn(receives(own).unwrap()));
    };
    assert_eq!(cores(&TALLY, one, other), sum_of(3 * EACH));
}

#[test]
fn an_spsc_channel_from_core_to_core() {
    const MESSAGES: usize = rounds(10_000);
    static CHANNEL: spsc::Channel<usize, 4> = spsc::Channel::new();
    static TALLY: Tally = Tally::of(2);

    #[task]
    async fn sends(mut sender: spsc::Sender<'static, usize, 4>) {
        for n in 0..MESSAGES {
            sender.send(n).await.unwrap();
        }
        sender.close();
        TALLY.ends(0);
    }
    #[task]
    async fn receives(mut receiver: spsc::Receiver<'static, usize, 4>) {
        let mut next = 0;
        while let Ok(n) = receiver.recv().await {
            assert_eq!(n, next);
            next += 1;
        }
        TALLY.ends(next);
    }
    let (sender, receiver) = CHANNEL.try_split().unwrap();
    let one = |core: Spawner| core.spawn(sends(sender).unwrap());
    let other = |core: Spawner| core.spawn(receives(receiver).unwrap());
    assert_eq!(cores(&TALLY, one, other), MESSAGES);
}

#[test]
fn loans_go_from_core_to_core_and_are_returned() {
    const MESSAGES: usize = rounds(3_000);
    static BUFFERS: Pool<[usize; 16], 3> = Pool::new();
    static FILLED: mpmc::Channel<Loan<'static, [usize; 16]>, 2> = mpmc::Channel::new();
    static TALLY: Tally = Tally::of(4);

    #[task(pool_size = 2)]
    async fn fills() {
        for n in 0..MESSAGES {
            let mut buffer = BUFFERS.take([0; 16]).await;
            buffer.fill(n);
            FILLED.send(buffer).await.unwrap();
        }
        TALLY.ends(0);
    }
    #[task(pool_size = 2)]
    async fn empties() {
        let mut sum = 0;
        for _ in 0..MESSAGES {
            let buffer = FILLED.recv().await.unwrap();
            assert!(buffer.iter().all(|n| *n == buffer[0]));
            sum += buffer[0];
        }
        TALLY.ends(sum);
    }
    let one = |core: Spawner| (0..2).for_each(|_| core.spawn(fills().unwrap()));
    let other = |core: Spawner| (0..2).for_each(|_| core.spawn(empties().unwrap()));
    assert_eq!(cores(&TALLY, one, other), 2 * sum_of(MESSAGES));
    assert_eq!(BUFFERS.lent(), 0);
}

#[test]
fn one_at_a_time_and_three_at_a_time() {
    const EACH: usize = rounds(1_000);
    static COUNT: Lock<usize> = Lock::new(0);
    static PERMITS: Semaphore = Semaphore::new(3);
    static OUT: AtomicUsize = AtomicUsize::new(0);
    static TALLY: Tally = Tally::of(8);

    #[task(pool_size = 8)]
    async fn counts(own: usize) {
        let mut taken = 0;
        for n in 0..EACH {
            let want = 1 + (own + n) % 3;
            let permit = PERMITS.acquire_many(want).await.unwrap();
            assert!(OUT.fetch_add(want, SeqCst) + want <= 3);
            let guard = match n % 3 {
                0 => given_up(COUNT.lock(), 1 + own % 3).await,
                _ => Some(COUNT.lock().await),
            };
            if let Some(mut guard) = guard {
                let count = *guard;
                if n % 8 == 0 {
                    give_way().await;
                }
                *guard = count + 1;
                taken += 1;
            }
            OUT.fetch_sub(want, SeqCst);
            drop(permit);
        }
        TALLY.ends(taken);
    }
    let one = |core: Spawner| (0..4).for_each(|own| core.spawn(counts(own).unwrap()));
    let other = |core: Spawner| (4..8).for_each(|own| core.spawn(counts(own).unwrap()));
    let taken = cores(&TALLY, one, other);
    assert_eq!(*COUNT.try_lock().unwrap(), taken);
    assert_eq!(PERMITS.available(), 3);
}

/// One item and one notification at a time: one that is lost is a hang.
#[test]
fn a_condition_tells_one_task_for_each_item() {
    const ITEMS: usize = rounds(300);
    static ITEM: Lock<Option<usize>> = Lock::new(None);
    static FILLED: Condition = Condition::new();
    static TAKEN: Event = Event::new();
    static TALLY: Tally = Tally::of(6);

    #[task]
    async fn puts() {
        for n in 0..ITEMS {
            let mut item = ITEM.lock().await;
            *item = Some(n);
            FILLED.notify_one();
            // Who was told waits for the lock now.
            give_way().await;
            drop(item);
            TAKEN.wait().await;
            TAKEN.clear();
        }
        FILLED.close();
        TALLY.ends(0);
    }
    #[task]
    async fn takes() {
        let mut sum = 0;
        while let Ok(mut item) = FILLED.wait_while(ITEM.lock().await, |i| i.is_none()).await {
            sum += item.take().unwrap();
            TAKEN.set();
        }
        TALLY.ends(sum);
    }
    /// Only takes notifications, and gives them on.
    #[task(pool_size = 4)]
    async fn hinders() {
        for n in 0.. {
            match given_up(FILLED.wait(ITEM.lock().await), n % 6).await {
                None => give_way().await,
                Some(Ok(_guard)) => {
                    FILLED.notify_one();
                }
                Some(Err(_closed)) => break,
            }
        }
        TALLY.ends(0);
    }
    let one = |core: Spawner| {
        core.spawn(puts().unwrap());
        (0..2).for_each(|_| core.spawn(hinders().unwrap()));
    };
    let other = |core: Spawner| {
        // The one that takes comes to the end of the queue each time.
        core.spawn(takes().unwrap());
        (0..2).for_each(|_| core.spawn(hinders().unwrap()));
    };
    assert_eq!(cores(&TALLY, one, other), sum_of(ITEMS));
}

/// The time-out of those who bring their own clock: here another event.
#[test]
fn a_wait_on_one_core_ends_by_a_stop_from_the_other() {
    const ROUNDS: usize = rounds(100);
    static LOCK: Lock<usize> = Lock::new(0);
    static CHANGED: Condition = Condition::new();
    static ALARM: Event = Event::new();
    static TALLY: Tally = Tally::of(2);

    #[task]
    async fn waits() {
        let mut stopped = 0;
        for _ in 0..ROUNDS {
            let mut guard = LOCK.lock().await;
            *guard += 1;
            let (_guard, told) = CHANGED.wait_or(guard, ALARM.wait()).await.unwrap();
            stopped += usize::from(told.is_err());
            ALARM.clear();
        }
        TALLY.ends(stopped);
    }
    #[task]
    async fn alarms() {
        let mut told = 0;
        for round in 1..=ROUNDS {
            while *LOCK.lock().await < round {
                give_way().await;
            }
            // It waits. Every third time it is told; else it is alarmed, and nobody is left to be told.
            if round % 3 == 0 {
                told += usize::from(CHANGED.notify_one());
            } else {
                ALARM.set();
            }
        }
        TALLY.ends(told);
    }
    let one = |core: Spawner| core.spawn(waits().unwrap());
    let other = |core: Spawner| core.spawn(alarms().unwrap());
    assert_eq!(cores(&TALLY, one, other), ROUNDS);
}

#[test]
fn a_barrier_over_both_cores() {
    const GENERATIONS: usize = rounds(500);
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    static BARRIER: Barrier = Barrier::with_action(4, || {
        RUNS.fetch_add(1, SeqCst);
    });
    static TALLY: Tally = Tally::of(4);

    #[task(pool_size = 4)]
    async fn meets(own: usize) {
        let (mut indexes, mut led) = (0, 0);
        for generation in 1..=GENERATIONS {
            let turn = BARRIER.wait().await.unwrap();
            assert_eq!(RUNS.load(SeqCst), generation);
            indexes += turn.index();
            led += usize::from(turn.is_leader());
        }
        // Two wait, the third gives up, which breaks it for them and for the fourth.
        if own == 0 {
            while BARRIER.waiting() < 2 {
                give_way().await;
            }
            assert!(given_up(BARRIER.wait(), 1).await.is_none());
        }
        while own == 1 && !BARRIER.is_broken() {
            give_way().await;
        }
        assert_eq!(BARRIER.wait().await, Err(BrokenBarrier));
        TALLY.ends(1_000_000 * led + indexes);
    }
    let one = |core: Spawner| (0..2).for_each(|own| core.spawn(meets(own).unwrap()));
    let other = |core: Spawner| (2..4).for_each(|own| core.spawn(meets(own).unwrap()));
    let sums = 1_000_000 * GENERATIONS + GENERATIONS * sum_of(4);
    assert_eq!(cores(&TALLY, one, other), sums);
    assert!(BARRIER.is_broken());
}

#[test]
fn pushes_of_one_core_and_a_pull_of_the_other_over_a_static_context() {
    const EACH: usize = rounds(2_000);
    static CONTEXT: Context<usize, 4, 3, 2> = Context::new();
    static TALLY: Tally = Tally::of(4);

    #[task(pool_size = 3)]
    async fn pushes(own: usize, mut push: Push<'static, usize>) {
        for n in 0..EACH {
            push.send(own * EACH + n).await.unwrap();
        }
        TALLY.ends(0);
    }
    #[task]
    async fn pulls(mut pull: Pull<'static, usize>) {
        let mut sum = 0;
        for n in 0.. {
            match given_up(pull.recv(), n % 4).await {
                None => give_way().await,
                Some(Ok(number)) => sum += number,
                Some(Err(end)) => {
                    assert_eq!(end, RecvError::Disconnected);
                    break;
                }
            }
        }
        TALLY.ends(sum);
    }
    let one = |core: Spawner| {
        for own in 0..3 {
            let push = CONTEXT.push().unwrap();
            push.connect("inproc://sink").unwrap();
            core.spawn(pushes(own, push).unwrap());
        }
    };
    let other = |core: Spawner| {
        let pull = CONTEXT.pull().unwrap();
        pull.set_when_alone(WhenAlone::Disconnect);
        pull.expect_peers(3);
        pull.bind("inproc://sink").unwrap();
        core.spawn(pulls(pull).unwrap());
    };
    assert_eq!(cores(&TALLY, one, other), sum_of(3 * EACH));
    assert_eq!(CONTEXT.open_sockets(), 0);
}

/// What never waits may come from anywhere: here from a thread that knows no executor.
#[test]
fn an_interrupt_wakes_the_tasks_of_both_cores() {
    const ROUNDS: usize = rounds(500);
    static BYTES: mpmc::Channel<usize, 2> = mpmc::Channel::new();
    static TICKS: Semaphore = Semaphore::new(0);
    static END: Event = Event::new();
    static TALLY: Tally = Tally::of(3);

    #[task]
    async fn reads() {
        let mut sum = 0;
        while let Ok(byte) = BYTES.recv().await {
            sum += byte;
        }
        TALLY.ends(sum);
    }
    #[task]
    async fn counts() {
        for _ in 0..ROUNDS {
            TICKS.acquire().await.unwrap().forget();
        }
        TALLY.ends(0);
    }
    #[task]
    async fn ends() {
        END.wait().await;
        TALLY.ends(0);
    }
    let interrupts = thread::spawn(|| {
        for n in 0..ROUNDS {
            while BYTES.try_send(n).is_err() {
                thread::yield_now();
            }
            TICKS.release(1).unwrap();
        }
        BYTES.close();
        END.set();
    });
    let one = |core: Spawner| {
        core.spawn(reads().unwrap());
        core.spawn(ends().unwrap());
    };
    let other = |core: Spawner| core.spawn(counts().unwrap());
    assert_eq!(cores(&TALLY, one, other), sum_of(ROUNDS));
    interrupts.join().unwrap();
}
