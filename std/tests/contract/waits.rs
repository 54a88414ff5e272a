//! Every wait of the facade as one row: an object in a state in which its call has to wait, the four forms of the call,
//! and what makes it succeed once.

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use gimmal::queue::Queue;
use gimmal::sync::{Barrier, BoundedSemaphore, Condition, Event, Lock, ReentrantLock, Semaphore};
use gimmal::{Context as Sockets, Frame, Pair, Pull, Push, Timer, channel, sync};

use crate::kit;

/// `try_x`, or `x_async` polled once and dropped: whether it succeeded at once.
type Once = Box<dyn Fn() -> bool + Send + Sync>;
type Timed<L> = Box<dyn Fn(L) -> bool + Send + Sync>;

/// One call that waits, at an object of its own. Each form says whether it succeeded.
pub(crate) struct Wait {
    pub(crate) name: &'static str,
    pub(crate) tries: Option<Once>,
    pub(crate) blocks: Once,
    pub(crate) timeout: Timed<Duration>,
    pub(crate) deadline: Option<Timed<Instant>>,
    pub(crate) task: Option<Once>,
    /// Makes one call succeed, one that waits already or the next one.
    pub(crate) open: Box<dyn Fn() + Send + Sync>,
}

/// Polls once.
pub(crate) fn polled<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

/// A form of the call on the object `O`, without a limit and with one.
type Form<O> = fn(&O) -> bool;
type FormIn<O, L> = fn(&O, L) -> bool;

fn row<O: Send + Sync + 'static>(
    name: &'static str,
    object: O,
    open: fn(&O),
    (tries, blocks): (Option<Form<O>>, Form<O>),
    (timeout, deadline): (FormIn<O, Duration>, Option<FormIn<O, Instant>>),
    task: Option<Form<O>>,
) -> Wait {
    let object = Arc::new(object);
    let once = |form: Form<O>| -> Once {
        let object = object.clone();
        Box::new(move || form(&object))
    };
    let (timed, dated, opened) = (object.clone(), object.clone(), object.clone());
    Wait {
        name,
        tries: tries.map(once),
        blocks: once(blocks),
        timeout: Box::new(move |limit| timeout(&timed, limit)),
        deadline: deadline.map(|form| Box::new(move |limit| form(&dated, limit)) as Timed<Instant>),
        task: task.map(once),
        open: Box::new(move || open(&opened)),
    }
}

/// A value that one call needs at a time, mutably or for good.
struct Own<T>(Mutex<Option<T>>);

impl<T> Own<T> {
    fn new(value: T) -> Self {
        Own(Mutex::new(Some(value)))
    }

    fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        f(self.0.lock().unwrap().as_mut().unwrap())
    }

    fn take(&self) -> Option<T> {
        self.0.lock().unwrap().take()
    }
}

fn locks() -> [Wait; 3] {
    type Held = (Arc<Lock<()>>, Own<sync::OwnedTaskGuard<()>>);
    let held = || -> Held {
        let lock = Arc::new(Lock::new(()));
        let guard = polled(lock.lock_owned_async()).unwrap();
        (lock, Own::new(guard))
    };
    let let_go: fn(&Held) = |o| drop(o.1.take());
    // Owned by a thread of its own, until it is told.
    let lock = Arc::new(ReentrantLock::new(()));
    let (owned, free) = (Arc::new(Event::new()), Arc::new(Event::new()));
    let (its, mine, end) = (lock.clone(), owned.clone(), free.clone());
    let owner = thread::spawn(move || {
        let _guard = its.lock();
        mine.set();
        end.wait_timeout(kit::LONG * 3).unwrap();
    });
    owned.wait();
    [
        row(
            "Lock::lock",
            held(),
            let_go,
            (Some(|o| o.0.try_lock().is_some()), |o| {
                drop_true(o.0.lock())
            }),
            (
                |o, t| o.0.lock_timeout(t).is_ok(),
                Some(|o, t| o.0.lock_deadline(t).is_ok()),
            ),
            Some(|o| polled(o.0.lock_async()).is_some()),
        ),
        row(
            "Lock::lock_owned",
            held(),
            let_go,
            (Some(|o| o.0.try_lock_owned().is_some()), |o| {
                drop_true(o.0.lock_owned())
            }),
            (
                |o, t| o.0.lock_owned_timeout(t).is_ok(),
                Some(|o, t| o.0.lock_owned_deadline(t).is_ok()),
            ),
            Some(|o| polled(o.0.lock_owned_async()).is_some()),
        ),
        row(
            "ReentrantLock::lock",
            (lock, free, Own::new(owner)),
            |o| {
                o.1.set();
                if let Some(owner) = o.2.take() {
                    owner.join().unwrap();
                }
            },
            (Some(|o| o.0.try_lock().is_some()), |o| {
                drop_true(o.0.lock())
            }),
            (
                |o, t| o.0.lock_timeout(t).is_ok(),
                Some(|o, t| o.0.lock_deadline(t).is_ok()),
            ),
            None,
        ),
    ]
}

fn drop_true<G>(guard: G) -> bool {
    drop(guard);
    true
}

/// A row of the five verbs of what `$request` makes of the semaphore: itself, or a request.
macro_rules! acquires {
    ($name:literal, $object:expr, $open:expr, |$s:ident| $request:expr) => {
        row(
            $name,
            $object,
            $open,
            (Some(|$s| $request.try_acquire().is_some()), |$s| {
                $request.acquire().is_ok()
            }),
            (
                |$s, t| $request.acquire_timeout(t).is_ok(),
                Some(|$s, t| $request.acquire_deadline(t).is_ok()),
            ),
            Some(|$s| polled($request.acquire_async()).is_some()),
        )
    };
}

/// Bounded, and nothing left of the bound.
fn taken(bound: usize) -> Arc<BoundedSemaphore> {
    let semaphore = Arc::new(BoundedSemaphore::new(bound));
    let all = semaphore.many(bound).unwrap();
    all.try_acquire().unwrap().forget();
    semaphore
}

#[rustfmt::skip]
fn semaphores() -> [Wait; 8] {
    let none = || Arc::new(Semaphore::new(0));
    [
        acquires!("Semaphore::acquire", none(), |s| s.release(1).unwrap(), |s| s),
        acquires!("Semaphore::owned", none(), |s| s.release(1).unwrap(), |s| s.owned()),
        acquires!("Semaphore::many", none(), |s| s.release(2).unwrap(), |s| s.many(2)),
        acquires!("Semaphore::owned, many", none(), |s| s.release(2).unwrap(), |s| s.owned().many(2)),
        acquires!("BoundedSemaphore::acquire", taken(1), |s| s.release(1).unwrap(), |s| s),
        acquires!("BoundedSemaphore::owned", taken(1), |s| s.release(1).unwrap(), |s| s.owned()),
        acquires!("BoundedSemaphore::many", taken(2), |s| s.release(2).unwrap(), |s| s.many(2).unwrap()),
        acquires!("BoundedSemaphore::owned, many", taken(2), |s| s.release(2).unwrap(), |s| s.owned().many(2).unwrap()),
    ]
}

fn others() -> [Wait; 5] {
    let (frame, completion) = Frame::with_completion([0; 64]);
    [
        row(
            "Completion::wait",
            (completion, Own::new(frame)),
            |c| drop(c.1.take()),
            (None, |c| {
                c.0.wait();
                true
            }),
            (
                |c, t| c.0.wait_timeout(t).is_ok(),
                Some(|c, t| c.0.wait_deadline(t).is_ok()),
            ),
            Some(|c| polled(c.0.wait_async()).is_some()),
        ),
        row(
            "Event::wait",
            Event::new(),
            Event::set,
            (None, |e| {
                e.wait();
                true
            }),
            (
                |e, t| e.wait_timeout(t).is_ok(),
                Some(|e, t| e.wait_deadline(t).is_ok()),
            ),
            Some(|e| polled(e.wait_async()).is_some()),
        ),
        row(
            "Condition::wait_while",
            (Lock::new(true), Condition::new()),
            |(lock, condition)| {
                *lock.lock() = false;
                condition.notify_one();
            },
            (None, |(lock, condition)| {
                condition.wait_while(lock.lock(), |waits| *waits).is_ok()
            }),
            (
                |(lock, condition), t| {
                    let waited = condition.wait_while_timeout(lock.lock(), |waits| *waits, t);
                    !waited.unwrap().1
                },
                Some(|(lock, condition), t| {
                    let waited = condition.wait_while_deadline(lock.lock(), |waits| *waits, t);
                    !waited.unwrap().1
                }),
            ),
            Some(|(lock, condition)| {
                let guard = polled(lock.lock_async()).unwrap();
                polled(condition.wait_while_async(guard, |waits| *waits)).is_some()
            }),
        ),
        row(
            "Barrier::wait",
            Arc::new(Barrier::new(2)),
            |barrier| {
                // What timed out before has broken it.
                if barrier.is_broken() {
                    barrier.reset();
                }
                let its = barrier.clone();
                let party = thread::spawn(move || its.wait().unwrap());
                kit::until(|| barrier.waiting() == 1 || party.is_finished());
            },
            (None, |barrier| barrier.wait().is_ok()),
            (
                |barrier, t| barrier.wait_timeout(t).is_ok(),
                Some(|barrier, t| barrier.wait_deadline(t).is_ok()),
            ),
            Some(|barrier| polled(barrier.wait_async()).is_some_and(|turn| turn.is_ok())),
        ),
        row(
            "Timer::wait",
            Timer::new(Duration::MAX, || ()),
            |timer| assert!(timer.cancel()),
            (None, |timer| {
                timer.wait();
                true
            }),
            (
                |timer, t| timer.wait_timeout(t).is_ok(),
                Some(|timer, t| timer.wait_deadline(t).is_ok()),
            ),
            Some(|timer| polled(timer.wait_async()).is_some()),
        ),
    ]
}

/// Rows of one end that sends and one that receives, each used by one thread at a time.
macro_rules! ends {
    ($send:literal, $recv:literal, $pair:expr) => {{
        #[allow(unused_mut)] // SPSC ends and sockets want it.
        let (mut sender, receiver) = $pair;
        while sender.try_send(7_u64).is_ok() {}
        let full = (Own::new(sender), Own::new(receiver));
        let (sender, receiver) = $pair;
        let empty = (Own::new(sender), Own::new(receiver));
        [
            row(
                $send,
                full,
                |o| assert_eq!(o.1.with(|end| end.try_recv()).ok(), Some(7)),
                (Some(|o| o.0.with(|end| end.try_send(7_u64)).is_ok()), |o| {
                    o.0.with(|end| end.send(7_u64)).is_ok()
                }),
                (
                    |o, t| o.0.with(|end| end.send_timeout(7_u64, t)).is_ok(),
                    Some(|o, t| o.0.with(|end| end.send_deadline(7_u64, t)).is_ok()),
                ),
                Some(|o| o.0.with(|end| polled(end.send_async(7_u64)).is_some())),
            ),
            row(
                $recv,
                empty,
                |o| o.0.with(|end| end.try_send(7_u64)).unwrap(),
                (Some(|o| o.1.with(|end| end.try_recv()).is_ok()), |o| {
                    o.1.with(|end| end.recv()).is_ok()
                }),
                (
                    |o, t| o.1.with(|end| end.recv_timeout(t)).is_ok(),
                    Some(|o, t| o.1.with(|end| end.recv_deadline(t)).is_ok()),
                ),
                Some(|o| o.1.with(|end| polled(end.recv_async()).is_some())),
            ),
        ]
    }};
}

fn pushes() -> (Push<u64>, Pull<u64>) {
    let context = Sockets::builder().hwm(1, 1).typed::<u64>().build();
    let (push, pull) = (context.push().unwrap(), context.pull().unwrap());
    pull.bind("inproc://jobs").unwrap();
    push.connect("inproc://jobs").unwrap();
    (push, pull)
}

fn pairs() -> (Pair<u64>, Pair<u64>) {
    let context = Sockets::builder().hwm(1, 1).typed::<u64>().build();
    let (one, other) = (context.pair().unwrap(), context.pair().unwrap());
    one.bind("inproc://talk").unwrap();
    other.connect("inproc://talk").unwrap();
    (one, other)
}

#[rustfmt::skip]
fn messages() -> Vec<Wait> {
    let mut rows = Vec::new();
    rows.extend(ends!("channel::Sender::send", "channel::Receiver::recv", channel::bounded::<u64>(1)));
    rows.extend(ends!("spsc::Sender::send", "spsc::Receiver::recv", channel::spsc::bounded::<u64>(1)));
    rows.extend(ends!("Push::send", "Pull::recv", pushes()));
    rows.extend(ends!("Pair::send", "Pair::recv", pairs()));
    rows
}

fn queues() -> [Wait; 4] {
    let full = Queue::new(1);
    full.put(1).unwrap();
    let undone = Queue::new(1);
    undone.put(1).unwrap();
    undone.get().unwrap();
    [
        row(
            "Queue::put",
            full,
            |q| assert_eq!(q.try_get(), Ok(1)),
            (Some(|q| q.try_put(1).is_ok()), |q| q.put(1).is_ok()),
            (
                |q, t| q.put_timeout(1, t).is_ok(),
                Some(|q, t| q.put_deadline(1, t).is_ok()),
            ),
            Some(|q| polled(q.put_async(1)).is_some()),
        ),
        row(
            "Queue::get",
            Queue::new(1),
            |q| q.try_put(1).unwrap(),
            (Some(|q| q.try_get().is_ok()), |q| q.get().is_ok()),
            (
                |q, t| q.get_timeout(t).is_ok(),
                Some(|q, t| q.get_deadline(t).is_ok()),
            ),
            Some(|q| polled(q.get_async()).is_some()),
        ),
        row(
            "Queue::get_task",
            Queue::new(1),
            |q| q.try_put(1).unwrap(),
            (None, |q| q.get_task().is_ok()),
            (
                |q, t| q.get_task_timeout(t).is_ok(),
                Some(|q, t| q.get_task_deadline(t).is_ok()),
            ),
            Some(|q| polled(q.get_task_async()).is_some_and(|task| task.is_ok())),
        ),
        row(
            "Queue::join",
            undone,
            |q| q.task_done().unwrap(),
            (None, |q| {
                q.join();
                true
            }),
            (
                |q, t| q.join_timeout(t).is_ok(),
                Some(|q, t| q.join_deadline(t).is_ok()),
            ),
            Some(|q| polled(q.join_async()).is_some()),
        ),
    ]
}

fn ends() -> [Wait; 2] {
    let event = Arc::new(Event::new());
    let told = event.clone();
    let thread = gimmal::thread::spawn(move || told.wait_timeout(kit::LONG * 3).unwrap());
    let context = Sockets::<u64>::typed();
    let open = context.pull().unwrap();
    [
        row(
            "JoinHandle::join",
            (event, Mutex::new(Some(thread))),
            |o| {
                o.0.set();
                // A join that runs has the handle.
                kit::until(|| o.1.lock().unwrap().as_ref().is_none_or(|t| t.is_finished()));
            },
            (None, |o| {
                let thread = o.1.lock().unwrap().take();
                thread.unwrap().join().is_ok()
            }),
            (
                |o, t| {
                    let thread = o.1.lock().unwrap().take().unwrap();
                    let back = thread.join_timeout(t).err();
                    back.is_none_or(|thread| o.1.lock().unwrap().replace(thread).is_some())
                },
                Some(|o, t| {
                    let thread = o.1.lock().unwrap().take().unwrap();
                    let back = thread.join_deadline(t).err();
                    back.is_none_or(|thread| o.1.lock().unwrap().replace(thread).is_some())
                }),
            ),
            None,
        ),
        row(
            "Context::term",
            (context, Own::new(open)),
            |o| drop(o.1.take()),
            (None, |o| drop_true(o.0.term())),
            (|o, t| o.0.term_timeout(t).is_ok(), None),
            None,
        ),
    ]
}

/// All of them, each at an object of its own.
pub(crate) fn all() -> Vec<Wait> {
    let mut rows = Vec::from(locks());
    rows.extend(semaphores());
    rows.extend(others());
    rows.extend(messages());
    rows.extend(queues());
    rows.extend(ends());
    rows
}
