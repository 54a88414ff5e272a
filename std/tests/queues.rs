//! The queues: their order, their bound, time, counting what is done, and ending.

mod kit;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, LazyLock, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use gimmal::Stop;
use gimmal::error::{
    Closed, RecvTimeoutError, SendError, SendTimeoutError, TimedOut, TryRecvError, TrySendError,
};
use gimmal::queue::{LifoQueue, NotTaken, Ordered, PriorityQueue, Queue, Store, Task};
use gimmal::sync::Barrier;
use kit::{Drops, LONG, SHORT, bounded, until, until_it_sleeps};

fn taken<T, S: Store<T>>(queue: &Ordered<T, S>) -> Vec<T> {
    std::iter::from_fn(|| queue.try_get().ok()).collect()
}

#[test]
fn items_come_out_in_the_order_of_the_queue() {
    let (first, last, least) = (Queue::new(5), LifoQueue::new(5), PriorityQueue::new(5));
    for n in [3, 1, 4, 1, 5] {
        first.put(n).unwrap();
        last.put(n).unwrap();
        least.put(n).unwrap();
    }
    assert_eq!(taken(&first), [3, 1, 4, 1, 5]);
    assert_eq!(taken(&last), [5, 1, 4, 1, 3]);
    assert_eq!(taken(&least), [1, 1, 3, 4, 5]);
}

#[test]
fn it_holds_as_many_as_it_says_and_gives_back_what_does_not_fit() {
    let queue = Queue::new(2);
    assert_eq!(
        (queue.capacity(), queue.is_empty(), queue.is_full()),
        (2, true, false)
    );
    assert_eq!(queue.try_get(), Err(TryRecvError::Empty));
    queue.try_put(1).unwrap();
    queue.try_put(2).unwrap();
    assert!(queue.is_full() && queue.len() == 2);
    assert_eq!(queue.try_put(3), Err(TrySendError::Full(3)));
    assert_eq!(
        queue.put_timeout(3, Duration::ZERO),
        Err(SendTimeoutError::TimedOut(3))
    );
    assert_eq!(
        queue.put_deadline(3, Instant::now()),
        Err(SendTimeoutError::TimedOut(3))
    );
    assert_eq!(
        queue.put_timeout(3, SHORT),
        Err(SendTimeoutError::TimedOut(3))
    );
    assert_eq!(queue.try_get(), Ok(1));
    queue.put_timeout(3, Duration::ZERO).unwrap();
    assert_eq!(taken(&queue), [2, 3]);
    assert_eq!(
        queue.get_timeout(Duration::ZERO),
        Err(RecvTimeoutError::TimedOut)
    );
    assert_eq!(
        queue.get_deadline(Instant::now()),
        Err(RecvTimeoutError::TimedOut)
    );
    assert_eq!(queue.get_timeout(SHORT), Err(RecvTimeoutError::TimedOut));
    queue.put(4).unwrap();
    assert_eq!(
        queue.get_deadline(Instant::now()),
        Ok(4),
        "success beats the time-out"
    );
}

#[test]
#[should_panic(expected = "capacity 0")]
fn a_queue_without_room_is_refused() {
    Queue::<u8>::new(0);
}

#[test]
fn who_waits_for_an_item_or_for_room_is_woken() {
    bounded(|| {
        let queue = &Queue::new(1);
        thread::scope(|scope| {
            let taker = thread::Builder::new().name("taker".into());
            let taker = taker.spawn_scoped(scope, || queue.get()).unwrap();
            until_it_sleeps("taker");
            queue.put(1).unwrap();
            assert_eq!(taker.join().unwrap(), Ok(1));
            queue.put(2).unwrap();
            let putter = thread::Builder::new().name("putter".into());
            let putter = putter
                .spawn_scoped(scope, || queue.put_timeout(3, Duration::MAX))
                .unwrap();
            until_it_sleeps("putter");
            assert_eq!(queue.get_timeout(Duration::MAX), Ok(2));
            assert_eq!(putter.join().unwrap(), Ok(()));
            assert_eq!(queue.get(), Ok(3));
        });
    });
}

#[test]
fn a_closed_queue_is_drained_and_takes_nothing_in() {
    bounded(|| {
        let queue = &Queue::new(2);
        queue.put(1).unwrap();
        queue.put(2).unwrap();
        thread::scope(|scope| {
            let putter = thread::Builder::new().name("closed".into());
            let putter = putter.spawn_scoped(scope, || queue.put(3)).unwrap();
            until_it_sleeps("closed");
            queue.stop();
            assert_eq!(putter.join().unwrap(), Err(SendError(3)));
        });
        queue.close();
        assert!(queue.is_closed());
        assert_eq!(
            queue.try_put(4),
            Err(TrySendError::Closed(4)),
            "Closed wins over Full"
        );
        assert_eq!(queue.put_timeout(4, LONG), Err(SendTimeoutError::Closed(4)));
        assert_eq!(queue.iter().collect::<Vec<_>>(), [1, 2]);
        assert_eq!(queue.try_get(), Err(TryRecvError::Closed));
        assert_eq!(queue.get(), Err(Closed));
        assert_eq!(queue.get_timeout(LONG), Err(RecvTimeoutError::Closed));
        assert!(queue.get_task().is_err());
    });
}

#[test]
fn closing_wakes_everybody_who_waits_to_take() {
    bounded(|| {
        let queue = &Queue::<u8>::new(1);
        thread::scope(|scope| {
            let takers: Vec<_> = (0..10).map(|_| scope.spawn(|| queue.get())).collect();
            queue.close();
            for taker in takers {
                assert_eq!(taker.join().unwrap(), Err(Closed));
            }
        });
    });
}

#[test]
fn closing_now_hands_back_what_was_left_in_order() {
    let (first, last, least) = (Queue::new(5), LifoQueue::new(5), PriorityQueue::new(5));
    for n in [3, 1, 2] {
        first.put(n).unwrap();
        last.put(n).unwrap();
        least.put(n).unwrap();
    }
    assert_eq!(first.close_now(), [3, 1, 2]);
    assert_eq!(last.close_now(), [2, 1, 3]);
    assert_eq!(least.close_now(), [1, 2, 3]);
    assert_eq!(first.try_get(), Err(TryRecvError::Closed));
    assert_eq!(first.close_now(), []);
    first.join();
    assert_eq!(
        first.task_done(),
        Err(NotTaken),
        "what was handed back is done"
    );
}

#[test]
fn everything_is_done_when_each_item_was_said_to_be() {
    let queue = Queue::new(3);
    queue.join();
    assert_eq!(queue.task_done(), Err(NotTaken));
    queue.put('a').unwrap();
    assert_eq!(queue.task_done(), Err(NotTaken), "not taken yet");
    queue.put('b').unwrap();
    assert_eq!(queue.join_timeout(Duration::ZERO), Err(TimedOut));
    queue.get().unwrap();
    let task = queue.get_task().unwrap();
    assert!(queue.is_empty());
    assert_eq!(queue.join_deadline(Instant::now()), Err(TimedOut));
    queue.task_done().unwrap();
    assert_eq!(queue.task_done(), Err(NotTaken), "the other is a task");
    assert_eq!(queue.join_timeout(SHORT), Err(TimedOut));
    assert_eq!(Task::into_inner(task), 'b');
    queue.join_timeout(Duration::ZERO).unwrap();
    assert_eq!(
        format!("{queue:?}"),
        "Queue { len: 0, capacity: 3, closed: false }"
    );
}

#[test]
fn a_task_is_done_after_its_item_is_gone_also_by_a_panic() {
    static QUEUE: LazyLock<Queue<Goes>> = LazyLock::new(|| Queue::new(2));
    /// Panics when it goes, if so; nothing is done before.
    struct Goes(bool);
    impl Drop for Goes {
        fn drop(&mut self) {
            assert!(QUEUE.join_timeout(Duration::ZERO).is_err());
            if self.0 {
                resume_unwind(Box::new(()));
            }
        }
    }
    assert!(QUEUE.put(Goes(false)).is_ok());
    drop(QUEUE.get_task().unwrap_or_else(|_| unreachable!()));
    QUEUE.join_timeout(Duration::ZERO).unwrap();
    assert!(QUEUE.put(Goes(true)).is_ok());
    let task = QUEUE
        .get_task_timeout(Duration::ZERO)
        .unwrap_or_else(|_| unreachable!());
    assert!(catch_unwind(AssertUnwindSafe(|| drop(task))).is_err());
    QUEUE.join_timeout(Duration::ZERO).unwrap();
}

#[test]
fn who_waits_for_everything_to_be_done_is_woken_by_the_last_thing() {
    bounded(|| {
        let queue = &Queue::new(8);
        (0..8).for_each(|n| queue.put(n).unwrap());
        thread::scope(|scope| {
            let joiner = thread::Builder::new().name("joiner".into());
            let joiner = joiner.spawn_scoped(scope, || queue.join()).unwrap();
            until_it_sleeps("joiner");
            for _ in 0..8 {
                assert!(!joiner.is_finished());
                drop(queue.get_task().unwrap());
            }
            joiner.join().unwrap();
        });
    });
}

#[test]
fn what_is_left_in_a_queue_is_dropped_with_it_once() {
    let drops = Drops::default();
    let queue = Queue::new(8);
    for n in 0..8 {
        queue.put(drops.one(n)).unwrap();
    }
    drop(queue.get());
    assert_eq!(drops.count(), 1);
    drop(queue);
    assert_eq!(drops.count(), 8);
}

#[test]
fn futures_wait_like_threads_and_take_nothing_when_they_are_dropped() {
    let queue = Queue::new(1);
    let mut cx = Context::from_waker(Waker::noop());
    let mut get = Box::pin(queue.get_async());
    assert!(get.as_mut().poll(&mut cx).is_pending());
    queue.put(1).unwrap();
    drop(get);
    assert_eq!(queue.len(), 1);
    let mut put = Box::pin(queue.put_async(2));
    assert!(put.as_mut().poll(&mut cx).is_pending());
    let mut join = Box::pin(queue.join_async());
    assert!(join.as_mut().poll(&mut cx).is_pending());
    assert_eq!(
        Box::pin(queue.get_async()).as_mut().poll(&mut cx),
        Poll::Ready(Ok(1))
    );
    assert!(put.as_mut().poll(&mut cx).is_ready());
    assert_eq!(queue.get(), Ok(2));
    queue.task_done().unwrap();
    queue.task_done().unwrap();
    assert!(join.as_mut().poll(&mut cx).is_ready());
    let mut get = Box::pin(queue.get_async());
    assert!(get.as_mut().poll(&mut cx).is_pending());
    queue.close();
    assert_eq!(get.as_mut().poll(&mut cx), Poll::Ready(Err(Closed)));
}

/// Four put, four take: everything once, and everything done at the end.
fn traffic<S: Store<u32> + Send + Sync + 'static>(queue: Ordered<u32, S>) {
    const EACH: u32 = kit::rounds(5_000) as u32;
    let queue = Arc::new(queue);
    let seen = Arc::new(Mutex::new(vec![0_u8; 4 * EACH as usize]));
    bounded(move || {
        let start = Barrier::new(8);
        thread::scope(|scope| {
            let putters: Vec<_> = (0..4)
                .map(|part| {
                    let (queue, start) = (&queue, &start);
                    scope.spawn(move || {
                        start.wait().unwrap();
                        (part * EACH..(part + 1) * EACH).for_each(|n| queue.put(n).unwrap());
                    })
                })
                .collect();
            for _ in 0..4 {
                scope.spawn(|| {
                    start.wait().unwrap();
                    while let Ok(task) = queue.get_task() {
                        seen.lock().unwrap()[*task as usize] += 1;
                    }
                });
            }
            putters
                .into_iter()
                .for_each(|putter| putter.join().unwrap());
            queue.join();
            assert!(seen.lock().unwrap().iter().all(|times| *times == 1));
            queue.close();
        });
    });
}

#[test]
fn eight_threads_pass_everything_through_once() {
    traffic(Queue::new(10));
    traffic(LifoQueue::new(3));
    traffic(PriorityQueue::new(16));
}

/// The loop that asks an event and `is_empty` hangs or leaves items behind; this one does neither.
#[test]
fn consumers_of_a_closed_queue_neither_hang_nor_leave_anything() {
    for _ in 0..40 {
        let queue = Arc::new(Queue::new(10));
        let done = Arc::new(AtomicUsize::new(0));
        let (its, count) = (queue.clone(), done.clone());
        bounded(move || {
            thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        for _ in its.iter() {
                            count.fetch_add(1, SeqCst);
                        }
                    });
                }
                (0..kit::rounds(200) as u32).for_each(|n| its.put(n).unwrap());
                its.close();
            });
        });
        assert_eq!((done.load(SeqCst), queue.len()), (kit::rounds(200), 0));
    }
}

#[test]
fn a_waiter_whose_time_is_over_leaves_its_notification_to_others() {
    bounded(|| {
        let queue = &Queue::new(4);
        let taken = &AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(move || {
                    loop {
                        match queue.get_timeout(Duration::from_micros(50)) {
                            Ok(()) => {
                                taken.fetch_add(1, SeqCst);
                            }
                            Err(RecvTimeoutError::TimedOut) => {}
                            Err(RecvTimeoutError::Closed) => return,
                        }
                    }
                });
            }
            let patient = scope.spawn(|| queue.iter().count());
            (0..kit::rounds(2_000)).for_each(|_| queue.put(()).unwrap());
            until(|| queue.is_empty());
            queue.close();
            let patient = patient.join().unwrap();
            until(|| taken.load(SeqCst) + patient == kit::rounds(2_000));
        });
    });
}

/// An item that is consumed while it is processed is not done before that; a panic is an end too.
#[test]
fn a_task_that_is_processed_is_done_when_that_is_over() {
    type Job = Box<dyn FnOnce(&Queue<u32>) + Send>;
    let (jobs, done) = (Queue::<Job>::new(2), Queue::new(2));
    let beside = Queue::new(1);
    jobs.put(Box::new(|queue| queue.put(1).unwrap())).unwrap();
    jobs.put(Box::new(|_| panic!("on purpose"))).unwrap();
    let task = jobs.get_task().unwrap();
    Task::process(task, |job| {
        job(&beside);
        assert!(jobs.join_timeout(Duration::ZERO).is_err());
        done.put(()).unwrap();
    });
    assert_eq!((beside.len(), done.len()), (1, 1));
    let task = jobs.get_task().unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| Task::process(task, |job| job(&beside)))).is_err());
    jobs.join();
}

/// Who puts and who takes have a lock each: a look with both finds what came at the other end, so nobody sleeps beside an item
/// or beside room.
#[test]
fn nobody_sleeps_beside_what_came_at_the_other_end() {
    const EACH: u32 = kit::rounds(20_000) as u32;
    for capacity in [1, 2, 7] {
        bounded(move || {
            let queue = Queue::new(capacity);
            thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| (0..EACH).for_each(|n| queue.put(n).unwrap()));
                }
                let takers = [0, 1].map(|_| {
                    scope.spawn(|| {
                        (0..EACH)
                            .map(|_| u64::from(queue.get().unwrap()))
                            .sum::<u64>()
                    })
                });
                let sum: u64 = takers.into_iter().map(|taker| taker.join().unwrap()).sum();
                assert_eq!(sum, u64::from(EACH) * u64::from(EACH - 1));
            });
            assert!(queue.is_empty());
        });
    }
}
