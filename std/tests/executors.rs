//! The facade's futures under tokio: many tasks on several threads, given up at any moment, beside threads that block, with
//! exact counts.

mod kit;

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::Poll;

use gimmal::channel::{self, Closed, spsc};
use gimmal::error::{BrokenBarrier, WaitError};
use gimmal::socket::{RecvError, SendReason, WhenAlone};
use gimmal::sync::{Barrier, BoundedSemaphore, Condition, Event, Lock, Semaphore};
use gimmal::{Context, thread};
use tokio::task::{JoinHandle, yield_now};
use tokio::time::timeout;

use kit::{Drops, LONG, SHORT, bounded};

const TASKS: usize = 16;

/// Runs a test as a task on a runtime of four threads; fails if it hangs.
#[track_caller]
fn on_tokio(test: impl Future<Output = ()> + Send + 'static) {
    bounded(|| {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(4).enable_time().build().unwrap();
        let test = runtime.spawn(test);
        runtime.block_on(test).unwrap();
    });
}

/// Starts so many tasks.
fn start<F>(count: usize, task: impl Fn(usize) -> F) -> Vec<JoinHandle<F::Output>>
where
    F: Future<Output: Send> + Send + 'static,
{
    (0..count).map(|own| tokio::spawn(task(own))).collect()
}

/// What they give.
async fn all<R>(tasks: Vec<JoinHandle<R>>) -> Vec<R> {
    let mut all = Vec::new();
    for task in tasks {
        all.push(task.await.unwrap());
    }
    all
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

#[test]
fn a_lock_counts_exactly_though_tasks_give_up_and_cross_threads_with_it() {
    static COUNT: Lock<usize> = Lock::new(0);
    on_tokio(async {
        let counts = start(TASKS, |own| async move {
            let mut taken = 0;
            for n in 0..1_000 {
                let guard = match (own + n) % 3 {
                    0 => given_up(COUNT.lock_async(), n % 5).await,
                    _ => Some(COUNT.lock_async().await),
                };
                if let Some(mut guard) = guard {
                    let count = *guard;
                    if n % 16 == 0 {
                        // It may go on on another thread.
                        yield_now().await;
                    }
                    *guard = count + 1;
                    taken += 1;
                }
            }
            taken
        });
        let taken: usize = all(counts).await.into_iter().sum();
        assert_eq!(*COUNT.lock(), taken);
        assert!(taken > TASKS * 600 && !COUNT.is_locked());
    });
}

#[test]
fn semaphores_have_never_a_permit_too_many_and_lose_none() {
    const PERMITS: usize = 3;
    static ANY: Semaphore = Semaphore::new(PERMITS);
    static BOUNDED: BoundedSemaphore = BoundedSemaphore::new(PERMITS);
    static OUT: [AtomicUsize; 2] = [const { AtomicUsize::new(0) }; 2];
    on_tokio(async {
        let work = |own: usize| async move {
            for n in 0..500 {
                let (want, polls) = (1 + (own + n) % PERMITS, n % 7);
                let any = ANY.many(want).acquire_async();
                let bounded = BOUNDED.many(want).unwrap().acquire_async();
                let permit = match (own % 2, n % 3) {
                    (0, 0) => given_up(any, polls).await,
                    (0, _) => Some(any.await),
                    (_, 0) => given_up(bounded, polls).await,
                    (_, _) => Some(bounded.await),
                };
                if let Some(permit) = permit {
                    let permit = permit.unwrap();
                    let out = OUT[own % 2].fetch_add(want, SeqCst) + want;
                    assert!(out <= PERMITS, "{out} permits at once");
                    yield_now().await;
                    OUT[own % 2].fetch_sub(want, SeqCst);
                    if own.is_multiple_of(2) && n % 5 == 0 {
                        permit.forget();
                        ANY.release(want).unwrap();
                    }
                }
            }
        };
        all(start(TASKS, work)).await;
        assert_eq!((ANY.available(), BOUNDED.available()), (PERMITS, PERMITS));
        let waits = tokio::spawn(async {
            let _all = BOUNDED
                .many(PERMITS)
                .unwrap()
                .acquire_async()
                .await
                .unwrap();
            BOUNDED.acquire_async().await.map(drop)
        });
        while BOUNDED.available() > 0 {
            yield_now().await;
        }
        BOUNDED.close();
        assert_eq!(waits.await.unwrap(), Err(Closed));
    });
}

/// One item at a time, and one notification for it: one that is lost is a hang. Most tasks only take notifications away,
/// and give them on, by dropping the wait or by themselves; who takes items comes to the end of the queue each time.
#[test]
fn a_notification_survives_tasks_that_give_up() {
    const ITEMS: usize = 2_000;
    static ITEM: Lock<Option<usize>> = Lock::new(None);
    static FILLED: Condition = Condition::new();
    static TAKEN: Semaphore = Semaphore::new(0);
    on_tokio(async {
        let producer = tokio::spawn(async {
            for item in 0..ITEMS {
                *ITEM.lock_async().await = Some(item);
                FILLED.notify_one();
                TAKEN.acquire_async().await.unwrap().forget();
            }
            FILLED.close();
        });
        let taken = start(TASKS, |own| async move {
            let mut taken = 0;
            for n in 0.. {
                let guard = ITEM.lock_async().await;
                if own < 2 {
                    let ended = FILLED.wait_while_async(guard, |item| item.is_none()).await;
                    let Ok(mut item) = ended else { break };
                    taken += item.take().unwrap();
                    TAKEN.release(1).unwrap();
                    continue;
                }
                match given_up(FILLED.wait_async(guard), (own + n) % 9).await {
                    None => {}
                    Some(Ok(_item)) => {
                        FILLED.notify_one();
                    }
                    Some(Err(WaitError::Closed(_))) => break,
                    Some(Err(other)) => panic!("{other}"),
                }
            }
            taken
        });
        let taken: usize = all(taken).await.into_iter().sum();
        producer.await.unwrap();
        assert_eq!(taken, ITEMS * (ITEMS - 1) / 2);
        assert!(!ITEM.is_locked());
    });
}

#[test]
fn events_release_tasks_and_threads_that_wait() {
    const ROUNDS: usize = 300;
    static ROUND: [Event; ROUNDS] = [const { Event::new() }; ROUNDS];
    static PASSED: Semaphore = Semaphore::new(0);
    on_tokio(async {
        let blocked = thread::spawn(|| ROUND.iter().for_each(Event::wait));
        let waiting = start(TASKS, |own| async move {
            for (n, event) in ROUND.iter().enumerate() {
                let waited = given_up(event.wait_async(), (own + n) % 6).await;
                if waited.is_none() {
                    event.wait_async().await;
                }
                PASSED.release(1).unwrap();
            }
        });
        for event in &ROUND {
            event.set();
            PASSED.many(TASKS).acquire_async().await.unwrap().forget();
        }
        all(waiting).await;
        assert_eq!(PASSED.available(), 0);
        blocked.join().unwrap();
    });
}

#[test]
fn barriers_take_tasks_and_threads_as_parties() {
    const GENERATIONS: usize = 500;
    const PARTIES: usize = 8;
    static SEEN: [AtomicUsize; GENERATIONS] = [const { AtomicUsize::new(0) }; GENERATIONS];
    static BARRIER: Barrier = Barrier::new(PARTIES);
    on_tokio(async {
        let mark = |generation: usize, index: usize| {
            let before = SEEN[generation].fetch_or(1 << index, SeqCst);
            assert_eq!(before & (1 << index), 0);
        };
        let blocks = thread::spawn(move || {
            (0..GENERATIONS).for_each(|generation| {
                mark(generation, BARRIER.wait().unwrap().index());
            });
        });
        let waiting = start(PARTIES - 1, |_| async move {
            for generation in 0..GENERATIONS {
                let turn = BARRIER.wait_async().await.unwrap();
                assert_eq!(turn.is_leader(), turn.index() == PARTIES - 1);
                mark(generation, turn.index());
            }
        });
        all(waiting).await;
        blocks.join().unwrap();
        let all = (1 << PARTIES) - 1;
        assert!(SEEN.iter().all(|seen| seen.load(SeqCst) == all));
        // A task that is aborted breaks it for the others.
        let waits = tokio::spawn(BARRIER.wait_async());
        let aborted = tokio::spawn(BARRIER.wait_async());
        while BARRIER.waiting() < 2 {
            yield_now().await;
        }
        aborted.abort();
        assert_eq!(waits.await.unwrap(), Err(BrokenBarrier));
        assert!(aborted.await.unwrap_err().is_cancelled());
        assert!(BARRIER.is_broken());
    });
}

#[test]
fn a_channel_loses_and_doubles_nothing_though_tasks_give_up() {
    const EACH: usize = 1_000;
    on_tokio(async {
        let drops = Drops::default();
        let (sender, receiver) = channel::bounded(3);
        let sending = start(TASKS, |own| {
            let (sender, drops) = (sender.clone(), drops.clone());
            async move {
                let mut sent = 0;
                for number in own * EACH..(own + 1) * EACH {
                    let message = drops.one(number);
                    let done = match number % 3 {
                        0 => given_up(sender.send_async(message), number % 5).await,
                        _ => Some(sender.send_async(message).await),
                    };
                    if let Some(done) = done {
                        done.unwrap();
                        sent += number;
                    }
                }
                sent
            }
        });
        drop(sender);
        let receiving = start(TASKS, |own| {
            let receiver = receiver.clone();
            async move {
                let mut received = 0;
                for n in 0.. {
                    match given_up(receiver.recv_async(), (own + n) % 6).await {
                        None => {}
                        Some(Ok(message)) => received += message.number(),
                        Some(Err(Closed)) => break,
                    }
                }
                received
            }
        });
        drop(receiver);
        let sent: usize = all(sending).await.into_iter().sum();
        let received: usize = all(receiving).await.into_iter().sum();
        assert_eq!(sent, received);
        assert_eq!(drops.count(), TASKS * EACH);
    });
}

#[test]
fn an_spsc_channel_keeps_the_order_though_both_ends_give_up() {
    const MESSAGES: usize = 20_000;
    on_tokio(async {
        let (mut sender, mut receiver) = spsc::bounded(4);
        let sending = tokio::spawn(async move {
            let mut sent = Vec::new();
            for n in 0..MESSAGES {
                match given_up(sender.send_async(n), n % 4).await {
                    None => {}
                    Some(done) => {
                        done.unwrap();
                        sent.push(n);
                    }
                }
            }
            sent
        });
        let mut received = Vec::new();
        for n in 0.. {
            match given_up(receiver.recv_async(), n % 3).await {
                None => {}
                Some(Ok(n)) => received.push(n),
                Some(Err(Closed)) => break,
            }
        }
        let sent = sending.await.unwrap();
        assert_eq!(sent, received);
        assert!(!sent.is_empty());
    });
}

#[test]
fn pushes_and_a_pull_move_every_message_once() {
    const EACH: u64 = 1_000;
    const PUSHES: usize = 6;
    on_tokio(async {
        let context = Context::<u64>::typed();
        let mut pull = context.pull().unwrap();
        pull.set_recv_hwm(2).unwrap();
        pull.bind("inproc://sink").unwrap();
        pull.set_when_alone(WhenAlone::Disconnect);
        pull.expect_peers(PUSHES);
        let sending = start(PUSHES, |own| {
            let mut push = context.push().unwrap();
            push.set_send_hwm(1).unwrap();
            push.connect("inproc://sink").unwrap();
            async move {
                let mut sum = 0;
                for n in 0..EACH {
                    let message = own as u64 * EACH + n;
                    let done = match n % 3 {
                        0 => given_up(push.send_async(message), n as usize % 5).await,
                        _ => Some(push.send_async(message).await),
                    };
                    if let Some(done) = done {
                        done.unwrap();
                        sum += message;
                    }
                }
                sum
            }
        });
        let mut received = 0;
        for n in 0.. {
            match given_up(pull.recv_async(), n % 4).await {
                None => {}
                Some(Ok(message)) => received += message,
                Some(Err(end)) => {
                    assert_eq!(end, RecvError::Disconnected);
                    break;
                }
            }
        }
        let sent: u64 = all(sending).await.into_iter().sum();
        assert_eq!(sent, received);
    });
}

#[test]
fn a_pair_of_a_task_and_a_thread_and_the_end_of_their_context() {
    const MESSAGES: u64 = 2_000;
    on_tokio(async {
        let context = Context::<u64>::typed();
        let (mut here, mut there) = (context.pair().unwrap(), context.pair().unwrap());
        here.bind("inproc://talk").unwrap();
        there.connect("inproc://talk").unwrap();
        let echo = thread::spawn(move || {
            for _ in 0..MESSAGES {
                let message = there.recv().unwrap();
                there.send(message + 1).unwrap();
            }
            there
        });
        for n in 0..MESSAGES {
            here.send_async(n).await.unwrap();
            assert_eq!(here.recv_async().await, Ok(n + 1));
        }
        let mut there = echo.join().unwrap();
        let ends = tokio::spawn(async move { there.recv_async().await });
        let mut push = context.push().unwrap();
        let sends = tokio::spawn(async move { push.send_async(1_u64).await.unwrap_err() });
        yield_now().await;
        context.shutdown();
        assert_eq!(ends.await.unwrap(), Err(RecvError::Terminated));
        let unsent = sends.await.unwrap();
        assert_eq!((unsent.reason, unsent.value), (SendReason::Terminated, 1));
    });
}

#[test]
fn a_time_out_of_tokio_is_a_cancellation_that_leaves_no_trace() {
    on_tokio(async {
        let (lock, event, permits) = (Lock::new(0), Event::new(), Semaphore::new(0));
        let guard = lock.lock_async().await;
        assert!(timeout(SHORT, lock.lock_async()).await.is_err());
        drop(guard);
        assert!(!lock.is_locked());
        assert!(timeout(SHORT, event.wait_async()).await.is_err());
        assert!(timeout(SHORT, permits.acquire_async()).await.is_err());
        permits.release(1).unwrap();
        assert_eq!(permits.available(), 1);
        // The lock is free then, and nobody is told.
        let changed = Condition::new();
        let guard = lock.lock_async().await;
        assert!(timeout(SHORT, changed.wait_async(guard)).await.is_err());
        assert!(!lock.is_locked() && !changed.notify_one());
        let (sender, receiver) = channel::bounded(1);
        assert!(timeout(SHORT, receiver.recv_async()).await.is_err());
        sender.send_async(1).await.unwrap();
        assert!(timeout(SHORT, sender.send_async(2)).await.is_err());
        assert_eq!(
            (receiver.try_recv(), receiver.try_recv().is_err()),
            (Ok(1), true)
        );
        let barrier = Barrier::new(2);
        assert!(timeout(SHORT, barrier.wait_async()).await.is_err());
        assert!(barrier.is_broken());
        let context = Context::new();
        let mut pull = context.pull().unwrap();
        pull.bind("inproc://x").unwrap();
        assert!(timeout(SHORT, pull.recv_async()).await.is_err());
        let mut push = context.push().unwrap();
        push.connect("inproc://x").unwrap();
        push.send_async("late").await.unwrap();
        let message = timeout(LONG, pull.recv_async()).await.unwrap().unwrap();
        assert!(message == "late");
    });
}

/// A task that is never without a message, on a runtime of one thread. Without `cooperative` no other task would run.
#[test]
fn f20_a_loop_that_is_always_ready_gives_way_to_other_tasks_of_tokio() {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(async {
        let (sender, receiver) = channel::bounded(1);
        let came = std::sync::Arc::new(Event::new());
        let its = came.clone();
        let other = tokio::spawn(async move { its.set() });
        for round in 0.. {
            assert!(round < 1_000_000, "the other task never runs");
            sender.try_send(round).unwrap();
            let got = tokio::task::coop::cooperative(receiver.recv_async()).await;
            assert_eq!(got, Ok(round));
            if came.is_set() {
                break;
            }
        }
        other.await.unwrap();
    });
}
