//! Faults that the queues had, each as the test that finds it: F5, F8, F9 and F17.

#![allow(unsafe_code)] // A waker by hand.

mod kit;

use std::cell::Cell;
use std::cmp::Ordering;
use std::fmt::{self, Write as _};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, LazyLock};
use std::task::{Context, RawWaker, RawWakerVTable, Wake, Waker};
use std::thread;
use std::time::Duration;

use gimmal::pool::Shutdown;
use gimmal::queue::{LifoQueue, Ordered, PriorityQueue, Queue, Store};
use gimmal::sync::{Barrier, Condition, Event, Semaphore};
use gimmal::{Stop, ThreadPool, Timer, channel};
use kit::{LONG, bounded};

// --- F5: no internal lock is ever owned by a future ---

/// Polls futures of a queue a few times and leaves them, while two threads use it; `operation`, which never waits, must
/// come back each time.
fn beside_idle_futures<F: Future + 'static>(
    future: fn(&'static Queue<u32>) -> F,
    operation: fn(&'static Queue<u32>),
) {
    const ROUNDS: usize = 20_000;
    let queue: &'static Queue<u32> = Box::leak(Box::new(Queue::new(4)));
    queue.put(0).unwrap();
    bounded(move || {
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !over.load(SeqCst) {
                        let _ = queue.try_put(1);
                        let _ = queue.try_get();
                    }
                });
            }
            for _ in 0..ROUNDS {
                let mut idle = pin!(future(queue));
                let mut cx = Context::from_waker(Waker::noop());
                for _ in 0..8 {
                    if idle.as_mut().poll(&mut cx).is_ready() {
                        break;
                    }
                    operation(queue);
                }
            }
            over.store(true, SeqCst);
        });
    });
}

#[test]
fn f5_a_join_that_is_not_polled_holds_up_nobody() {
    beside_idle_futures(|queue| queue.join_async(), |queue| _ = queue.try_put(7));
}

#[test]
fn f5_a_put_that_is_not_polled_holds_up_nobody() {
    beside_idle_futures(|queue| queue.put_async(8), |queue| _ = queue.try_get());
}

#[test]
fn f5_a_get_that_is_not_polled_holds_up_nobody() {
    beside_idle_futures(|queue| queue.get_async(), |queue| _ = queue.try_put(7));
}

#[test]
fn f5_a_task_that_is_not_polled_holds_up_nobody() {
    beside_idle_futures(
        |queue| async { queue.get_task_async().await.map(drop) },
        |queue| _ = queue.task_done(),
    );
}

/// Polls the future while its queue is being written, so inside one of its operations, and then leaves it: what two
/// threads bring about by luck, without luck.
fn poll_inside(queue: &Queue<u32>, idle: Pin<&mut dyn Future<Output = ()>>) {
    struct Polls<'f>(Pin<&'f mut dyn Future<Output = ()>>);
    impl fmt::Write for Polls<'_> {
        fn write_str(&mut self, _: &str) -> fmt::Result {
            let mut cx = Context::from_waker(Waker::noop());
            assert!(self.0.as_mut().poll(&mut cx).is_pending());
            Ok(())
        }
    }
    let mut polls = Polls(idle);
    (0..16).for_each(|_| write!(polls, "{queue:?}").unwrap());
}

type Waits = for<'q> fn(&'q Queue<u32>) -> Pin<Box<dyn Future<Output = ()> + 'q>>;

/// Each with the number of items beside which it waits.
const WAITS: [(Waits, usize); 4] = [
    (|queue| Box::pin(queue.join_async()), 1),
    (|queue| Box::pin(async { _ = queue.put_async(9).await }), 4),
    (|queue| Box::pin(async { _ = queue.get_async().await }), 0),
    (
        |queue| Box::pin(async { _ = queue.get_task_async().await }),
        0,
    ),
];

#[test]
fn f5_a_future_that_is_polled_inside_an_operation_gets_nothing_to_keep() {
    for (wait, items) in WAITS {
        bounded(move || {
            let queue = Queue::new(4);
            (0..items).for_each(|_| queue.put(1).unwrap());
            let mut idle = wait(&queue);
            poll_inside(&queue, idle.as_mut());
            assert_eq!((queue.len(), queue.is_closed()), (items, false));
            assert_eq!(queue.try_put(2).is_ok(), items < 4);
            assert!(queue.try_get().is_ok());
            queue.task_done().unwrap();
            queue.close();
            let left = (items + 1).min(4) - 1;
            assert_eq!(queue.close_now().len(), left);
        });
    }
}

/// As a `Termination` does it: one subscriber after the other is told, by one thread.
#[test]
fn f5_a_stop_beside_a_future_that_is_not_polled_reaches_all_subscribers() {
    for (wait, items) in WAITS {
        bounded(move || {
            let queue = Arc::new(Queue::new(4));
            (0..items).for_each(|_| queue.put(1).unwrap());
            let mut idle = wait(&queue);
            poll_inside(&queue, idle.as_mut());
            let event = Arc::new(Event::new());
            let subscribers: [Box<dyn Stop>; 2] =
                [Box::new(queue.clone()), Box::new(event.clone())];
            subscribers.iter().for_each(|one| one.stop());
            assert!(event.is_set() && queue.is_closed());
        });
    }
}

/// A waker that uses its queue whenever it is cloned, woken or dropped: none of that happens inside the queue.
#[test]
fn f5_a_waker_may_use_its_queue() {
    static QUEUE: LazyLock<Queue<u32>> = LazyLock::new(|| Queue::new(1));
    static USES: AtomicUsize = AtomicUsize::new(0);
    fn uses() {
        assert!(QUEUE.len() <= 1);
        USES.fetch_add(1, SeqCst);
    }
    fn another(_: *const ()) -> RawWaker {
        uses();
        RawWaker::new(ptr::null(), &TABLE)
    }
    static TABLE: RawWakerVTable = RawWakerVTable::new(another, |_| uses(), |_| uses(), |_| uses());
    bounded(|| {
        // SAFETY: nothing is done with the pointer; the functions may be called by any thread, at any time.
        let waker = unsafe { Waker::new(ptr::null(), &TABLE) };
        let mut cx = Context::from_waker(&waker);
        let mut get = Box::pin(QUEUE.get_async());
        assert!(get.as_mut().poll(&mut cx).is_pending());
        QUEUE.try_put(1).unwrap();
        let mut put = Box::pin(QUEUE.put_async(2));
        let mut join = Box::pin(QUEUE.join_async());
        assert!(put.as_mut().poll(&mut cx).is_pending());
        assert!(join.as_mut().poll(&mut cx).is_pending());
        assert_eq!(QUEUE.try_get(), Ok(1));
        QUEUE.task_done().unwrap();
        QUEUE.close();
        drop((get, put, join));
        assert!(USES.load(SeqCst) >= 6, "it was cloned, woken and dropped");
    });
}

// --- F8: Debug copies first ---

#[test]
fn f8_a_formatter_may_use_the_queue_that_it_writes() {
    struct Log(Arc<Queue<String>>);
    impl fmt::Write for Log {
        fn write_str(&mut self, piece: &str) -> fmt::Result {
            self.0.try_put(piece.into()).map_err(|_| fmt::Error)
        }
    }
    bounded(|| {
        let queue = Arc::new(Queue::new(64));
        write!(Log(queue.clone()), "{queue:?}").unwrap();
        queue.close();
        let text: String = queue.iter().collect();
        assert_eq!(text, "Queue { len: 0, capacity: 64, closed: false }");
    });
}

/// The kind of it: whoever writes an object may use it.
#[test]
fn f8_a_formatter_may_use_whatever_it_writes() {
    struct Runs<'f>(&'f mut dyn FnMut());
    impl fmt::Write for Runs<'_> {
        fn write_str(&mut self, _: &str) -> fmt::Result {
            (self.0)();
            Ok(())
        }
    }
    fn written(object: &dyn fmt::Debug, mut within: impl FnMut()) {
        write!(Runs(&mut within), "{object:?}{object:#?}").unwrap();
    }
    bounded(|| {
        let (sender, receiver) = channel::bounded(2);
        written(&sender, || _ = sender.try_send(1));
        written(&receiver, || _ = receiver.try_recv());
        let event = Event::new();
        written(&event, || event.set());
        let (semaphore, condition) = (Semaphore::new(1), Condition::new());
        written(&semaphore, || semaphore.release(1).unwrap());
        written(&condition, || _ = condition.notify_all());
        let barrier = Barrier::new(2);
        written(&barrier, || barrier.abort());
        let pool = ThreadPool::builder().threads(1).queue(2).build();
        written(&pool, || drop(pool.try_submit(|| ())));
        let job = pool.submit(|| ()).unwrap();
        written(&job, || _ = job.cancel());
        written(&pool, || pool.shutdown(Shutdown::Cancel));
        let timer = Timer::after(LONG, || ());
        written(&timer, || _ = timer.cancel());
        let context = gimmal::Context::new();
        written(&context, || drop(context.pair()));
        let thread = gimmal::thread::spawn(|| ());
        written(&thread, || _ = thread.is_finished());
        thread.join().unwrap();
    });
}

// --- F9: nothing is in a local variable while the items' code runs ---

thread_local! {
    static UNTIL_PANIC: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// Compared by its number; the comparison at which the countdown of this thread is over panics.
struct Fragile(u32);

impl PartialEq for Fragile {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Fragile {}
impl PartialOrd for Fragile {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Fragile {
    fn cmp(&self, other: &Self) -> Ordering {
        let left = UNTIL_PANIC.get();
        if left == 0 {
            UNTIL_PANIC.set(usize::MAX);
            resume_unwind(Box::new(()));
        }
        UNTIL_PANIC.set(left - 1);
        self.0.cmp(&other.0)
    }
}

/// Puts seven items, takes `before`, and closes with a panic at each comparison in turn; `order` is what must come back.
fn closes_whole<S: Store<Fragile>>(
    make: fn() -> Ordered<Fragile, S>,
    before: usize,
    order: &[u32],
) {
    let mut panicked = 0;
    for at in 0.. {
        let queue = make();
        for n in [5, 3, 9, 1, 7, 2, 8] {
            assert!(queue.put(Fragile(n)).is_ok());
        }
        (0..before).for_each(|_| drop(queue.get()));
        UNTIL_PANIC.set(at);
        let first = catch_unwind(AssertUnwindSafe(|| queue.close_now()));
        UNTIL_PANIC.set(usize::MAX);
        let left = first.unwrap_or_else(|_| {
            panicked += 1;
            assert!(queue.is_closed());
            assert_eq!(queue.len(), order.len(), "at comparison {at}");
            assert!(
                queue.join_timeout(Duration::ZERO).is_err(),
                "nothing of it is done"
            );
            queue.close_now()
        });
        let left: Vec<_> = left.into_iter().map(|item| item.0).collect();
        assert_eq!(left, order, "at comparison {at}");
        assert!(queue.is_empty() && queue.close_now().is_empty());
        (0..before).for_each(|_| queue.task_done().unwrap());
        queue.join_timeout(Duration::ZERO).unwrap();
        if panicked <= at {
            break;
        }
    }
}

#[test]
fn f9_a_comparison_that_panics_in_close_now_loses_nothing() {
    closes_whole(|| PriorityQueue::new(16), 0, &[1, 2, 3, 5, 7, 8, 9]);
    closes_whole(|| PriorityQueue::new(7), 2, &[3, 5, 7, 8, 9]);
    closes_whole(|| PriorityQueue::new(7), 6, &[9]);
    closes_whole(|| Queue::new(16), 1, &[3, 9, 1, 7, 2, 8]);
    closes_whole(|| LifoQueue::new(16), 1, &[2, 7, 1, 9, 3, 5]);
}

/// The kind of it: a waker of another task that panics must not take along what its caller has just taken.
#[test]
fn f9_a_waker_that_panics_takes_no_item_with_it() {
    struct Guilty;
    impl Wake for Guilty {
        fn wake(self: Arc<Self>) {
            resume_unwind(Box::new(()));
        }
    }
    let guilty = Waker::from(Arc::new(Guilty));
    let mut cx = Context::from_waker(&guilty);
    let queue = Queue::new(1);
    let mut join = Box::pin(queue.join_async());
    let mut put = Box::pin(queue.put_async(2));
    queue.put(1).unwrap();
    assert!(join.as_mut().poll(&mut cx).is_pending() && put.as_mut().poll(&mut cx).is_pending());
    assert_eq!(queue.try_get(), Ok(1));
    assert!(put.as_mut().poll(&mut cx).is_ready());
    queue.task_done().unwrap();
    assert_eq!(queue.close_now(), [2]);
    assert!(join.as_mut().poll(&mut cx).is_ready());
}

// --- F17: what is said ---

#[test]
fn f17_errors_of_a_queue_say_queue() {
    let queue = Queue::new(1);
    assert!(
        queue
            .try_get()
            .unwrap_err()
            .to_string()
            .contains("queue is empty")
    );
    queue.put(1).unwrap();
    assert!(
        queue
            .try_put(2)
            .unwrap_err()
            .to_string()
            .contains("queue is full")
    );
    queue.close();
    assert!(
        queue
            .try_put(2)
            .unwrap_err()
            .to_string()
            .contains("queue is closed")
    );
    assert!(
        queue
            .put(2)
            .unwrap_err()
            .to_string()
            .contains("queue is closed")
    );
    let timed = queue.put_timeout(2, Duration::ZERO).unwrap_err();
    assert!(timed.to_string().contains("queue is closed"));
    queue.get().unwrap();
    assert!(
        queue
            .try_get()
            .unwrap_err()
            .to_string()
            .contains("queue is closed")
    );
    let timed = queue.get_timeout(Duration::ZERO).unwrap_err();
    assert!(timed.to_string().contains("queue is closed"));
}
