//! What holds for every wait of the facade, asked of all of them by one table: the forms, what `ZERO`, a past deadline and
//! `MAX` mean, that success beats the time-out, that nothing which wakes waits. And what no call can show: that the sources
//! read no clock but the monotonic one, and that the docs state the fairness of what several may wait for.
//!
//! | file | what |
//! |---|---|
//! | `contract/waits.rs` | the table of waits |
//! | `contract/sources.rs` | types and their docs, as the sources have them |

mod kit;

mod contract {
    pub(crate) mod sources;
    pub(crate) mod waits;
}

use std::panic::resume_unwind;
use std::pin::pin;
use std::task::{Context, Waker};
use std::thread;
use std::time::{Duration, Instant};

use contract::{sources, waits};
use gimmal::error::{Closed, SendError, WaitError};
use gimmal::pool::Pool;
use gimmal::queue::Queue;
use gimmal::sync::{Barrier, BoundedSemaphore, Condition, Event, Lock, Semaphore};
use gimmal::{Context as Sockets, channel};
use kit::{SHORT, bounded};
use waits::{Wait, polled};

/// Moments that are over.
fn past() -> [Instant; 2] {
    let now = Instant::now();
    [now.checked_sub(Duration::from_secs(1)).unwrap_or(now), now]
}

/// Both timed forms, as two calls of the same shape.
fn timed(wait: &Wait, limit: Duration) -> Vec<bool> {
    let mut all = vec![(wait.timeout)(limit)];
    all.extend(
        wait.deadline
            .iter()
            .map(|form| form(Instant::now() + limit)),
    );
    all
}

/// Those that have no such form, and why.
const WITHOUT: [(&str, &str); 4] = [
    ("ReentrantLock::lock", "task"), // A thread is its owner, not a task.
    ("JoinHandle::join", "task"),    // It waits for the thread itself to be gone.
    ("Context::term", "deadline"),
    ("Context::term", "task"),
];

#[test]
fn every_wait_blocks_ends_at_a_time_and_is_a_future() {
    let mut without = Vec::new();
    for wait in waits::all() {
        if wait.deadline.is_none() {
            without.push((wait.name, "deadline"));
        }
        match &wait.task {
            None => without.push((wait.name, "task")),
            Some(task) => {
                assert!(!task(), "{} is ready though it has to wait", wait.name);
                (wait.open)();
                assert!(task(), "{} is pending though it need not wait", wait.name);
            }
        }
    }
    assert_eq!(without, WITHOUT);
}

#[test]
fn trying_says_no_at_once_and_changes_nothing() {
    bounded(|| {
        for wait in waits::all() {
            let Some(tries) = &wait.tries else { continue };
            (0..100).for_each(|_| assert!(!tries(), "{}", wait.name));
            (wait.open)();
            assert!(tries(), "{}", wait.name);
        }
    });
}

#[test]
fn zero_and_a_past_deadline_end_every_wait_without_waiting() {
    bounded(|| {
        for wait in waits::all() {
            assert!(!(wait.timeout)(Duration::ZERO), "{}", wait.name);
            for (form, moment) in wait.deadline.iter().flat_map(|f| past().map(|m| (f, m))) {
                assert!(!form(moment), "{}", wait.name);
            }
        }
    });
}

#[test]
fn every_wait_takes_what_is_there_although_the_time_is_over() {
    bounded(|| {
        for wait in waits::all() {
            (wait.open)();
            assert!((wait.timeout)(Duration::ZERO), "{}", wait.name);
        }
        for n in 0..2 {
            for wait in waits::all() {
                let Some(form) = &wait.deadline else { continue };
                (wait.open)();
                assert!(form(past()[n]), "{}", wait.name);
            }
        }
    });
}

#[test]
fn no_wait_ends_before_its_time() {
    bounded(|| {
        for wait in waits::all() {
            let start = Instant::now();
            let ends = timed(&wait, SHORT);
            let least = if wait.name == "Barrier::wait" {
                SHORT // The first time-out breaks it.
            } else {
                SHORT * ends.len() as u32
            };
            assert!(ends.iter().all(|got| !got), "{}", wait.name);
            assert!(start.elapsed() >= least, "{}", wait.name);
        }
    });
}

/// Runs each wait in a thread that sleeps before it is let go; `form` is how it waits, if it can wait so.
fn sleeps_until_it_is_let_go(name: &str, form: impl Fn(&Wait) -> Option<bool> + Sync) {
    for (n, wait) in waits::all().into_iter().enumerate() {
        let name = format!("{name}-{n}");
        thread::scope(|scope| {
            let waits = thread::Builder::new().name(name.clone());
            let waits = waits.spawn_scoped(scope, || form(&wait)).unwrap();
            kit::until(|| waits.is_finished() || asleep(&name));
            (wait.open)();
            assert!(waits.join().unwrap() != Some(false), "{}", wait.name);
        });
    }
}

/// Does it sleep? Where that cannot be seen: it has had time to.
fn asleep(name: &str) -> bool {
    #[cfg(target_os = "linux")]
    return kit::sleeps(name) == Some(true);
    #[cfg(not(target_os = "linux"))]
    {
        kit::until_it_sleeps(name);
        true
    }
}

#[test]
fn every_wait_without_a_limit_sleeps_until_it_succeeds() {
    bounded(|| sleeps_until_it_is_let_go("blocks", |wait| Some((wait.blocks)())));
}

#[test]
fn what_no_clock_reaches_is_for_ever_for_every_wait() {
    for (n, forever) in [Duration::MAX, Duration::from_secs(i64::MAX as u64)]
        .into_iter()
        .enumerate()
    {
        bounded(move || {
            sleeps_until_it_is_let_go(&format!("ever-{n}"), |wait| Some((wait.timeout)(forever)));
        });
    }
    let far = Instant::now().checked_add(Duration::from_secs(u32::MAX.into()));
    bounded(move || {
        sleeps_until_it_is_let_go("far", |wait| Some(wait.deadline.as_ref()?(far?)));
    });
}

/// What wakes returns though nobody whom it wakes runs: their futures are polled by this thread alone.
#[test]
fn nothing_that_wakes_or_lets_go_waits_for_anybody() {
    bounded(|| {
        let mut context = Context::from_waker(Waker::noop());
        macro_rules! beside {
            ($($future:expr),+; $act:expr) => {{
                let mut futures = ($({
                    let mut future = Box::pin($future);
                    assert!(future.as_mut().poll(&mut context).is_pending());
                    future
                },)+);
                $act;
                let _ = &mut futures;
            }};
        }
        let event = Event::new();
        beside!(event.wait_async(), event.wait_async(); { event.set(); event.clear(); event.set() });
        let lock = Lock::new(());
        let guard = lock.lock();
        beside!(lock.lock_async(), lock.lock_async(); drop(guard));
        let (semaphore, bounded) = (Semaphore::new(1), BoundedSemaphore::new(1));
        let permits = (semaphore.acquire().unwrap(), bounded.acquire().unwrap());
        beside!(semaphore.acquire_async(), bounded.acquire_async(); drop(permits));
        let semaphore = Semaphore::new(0);
        beside!(semaphore.acquire_async(), semaphore.many(9).acquire_async(); {
            semaphore.release(2).unwrap();
            semaphore.close();
        });
        let (semaphore, bounded) = (Semaphore::new(0), BoundedSemaphore::new(1));
        bounded.acquire().unwrap().forget();
        beside!(semaphore.acquire_async(), bounded.acquire_async(); {
            semaphore.close();
            bounded.close();
        });
        let condition = Condition::new();
        let lock = Lock::new(());
        let guard = || polled(lock.lock_async()).unwrap();
        beside!(
            condition.wait_async(guard()), condition.wait_async(guard()), condition.wait_async(guard()), condition.wait_async(guard());
            {
                let _held = lock.lock();
                assert!(condition.notify_one());
                assert_eq!(condition.notify_many(1), 1);
                assert_eq!(condition.notify_all(), 2);
                condition.close();
            }
        );
        let (barrier, other) = (Barrier::new(3), Barrier::new(3));
        beside!(barrier.wait_async(), other.wait_async(); { barrier.abort(); other.reset() });
        let pool = Pool::<u8, 1>::new();
        let loan = pool.try_take(1).unwrap();
        beside!(pool.take(2), pool.take(3); drop(loan));
        let (sender, receiver) = channel::bounded(1);
        sender.try_send(1).unwrap();
        beside!(sender.send_async(2), sender.send_async(3); assert!(sender.close()));
        drop(receiver);
        let (sender, receiver) = channel::bounded::<u8>(1);
        beside!(receiver.recv_async(), receiver.recv_async(); drop(sender));
        let queue = Queue::new(1);
        beside!(queue.get_async(), queue.get_async(); { queue.try_put(1).unwrap(); queue.close() });
        let sockets = Sockets::<u8>::typed();
        let mut pull = sockets.pull().unwrap();
        beside!(pull.recv_async(); sockets.shutdown());
        let mut last = pin!(pull.recv_async());
        assert!(last.as_mut().poll(&mut context).is_ready());
    });
}

/// No call can show it: nobody may set the clock of a machine that runs tests.
#[test]
fn the_library_reads_no_clock_but_the_monotonic_one() {
    let sources = sources::library();
    let reads = |what: &str| {
        sources
            .iter()
            .filter(|(_, text)| text.contains(what))
            .count()
    };
    assert!(reads("Instant::now()") > 1, "the sources are not seen");
    for other in ["SystemTime", "UNIX_EPOCH", "CLOCK_REALTIME", "gettimeofday"] {
        assert_eq!(reads(other), 0, "{other}");
    }
}

/// Those at which nobody is before another: whoever waits is released at once, with all the others.
const ALL_AT_ONCE: [&str; 4] = ["StopToken", "Termination", "Context", "ContextOf"];

const BY_NAME: [(&str, &str); 3] = [
    ("Semaphore", "src/sync/semaphore.rs"),
    ("BoundedSemaphore", "src/sync/bounded.rs"),
    ("Request", "src/sync/request.rs"),
];

#[test]
fn the_docs_state_the_fairness_of_whatever_several_may_wait_for() {
    let (mut seen, mut silent) = (Vec::new(), Vec::new());
    for (path, text) in sources::library() {
        for name in sources::waited_for_by_several(&text) {
            let docs = sources::docs_of(&text, &name);
            if !docs.contains("# Fairness") && !ALL_AT_ONCE.contains(&name.as_str()) {
                silent.push(format!("{path}: {name}"));
            }
            seen.push(name);
        }
    }
    // Their forms are written by a macro, or take the request itself.
    for (name, file) in BY_NAME {
        let mut sources = sources::library().into_iter();
        let (path, text) = sources.find(|(path, _)| path == file).unwrap();
        if !sources::docs_of(&text, name).contains("# Fairness") {
            silent.push(format!("{path}: {name}"));
        }
    }
    assert_eq!(silent, [""; 0]);
    for name in [
        "Lock",
        "Semaphore",
        "Condition",
        "Event",
        "Barrier",
        "Sender",
        "Receiver",
        "ReentrantLock",
        "Completion",
    ] {
        assert!(
            seen.iter().any(|n| n == name),
            "{name} is not seen: {seen:?}"
        );
    }
}

#[test]
fn the_sources_are_read_as_they_are_meant() {
    let text = "/// One.\n///\n/// # Fairness\n/// None.\n#[derive(Debug)]\npub struct A<T> {\n}\n\n\
                impl<T> A<T> {\n    pub fn wait_timeout(\n        &self,\n        t: u8,\n    ) {\n    }\n}\n\n\
                /// Two.\npub struct B;\n\nimpl B {\n    pub fn wait_timeout(&mut self) {}\n    pub fn go(&self) {}\n}\n\n\
                pub struct C;\n\nimpl C {\n    pub fn wait(&self) -> Until<X> {}\n}\n\n\
                pub struct D;\n\nimpl D {\n    pub fn wait_async(&self) -> impl Future<Output = X> + '_ {}\n}\n";
    assert_eq!(sources::waited_for_by_several(text), ["A", "C", "D"]);
    assert!(sources::docs_of(text, "A").contains("# Fairness"));
    assert!(!sources::docs_of(text, "B").contains("# Fairness"));
    assert_eq!(sources::docs_of(text, "C"), "");
    let alias = "/// Three.\npub struct DOf<S> {\n}\n\n/// # Fairness\npub type D<T> = DOf<T>;\n";
    assert_eq!(sources::docs_of(alias, "DOf"), "/// Three.\n/// # Fairness");
}

/// Of all that can be closed, by its ends too: the second time changes nothing, and nothing opens it again.
#[test]
fn closing_is_one_word_done_once_and_for_good() {
    bounded(|| {
        let (sender, receiver) = channel::bounded(2);
        sender.send(1).unwrap();
        assert!(sender.close() && !receiver.close() && !sender.close());
        assert_eq!(receiver.recv(), Ok(1));
        let another = (sender.clone(), receiver.clone());
        for _ in 0..2 {
            // Neither room nor new ends.
            assert_eq!(another.0.send(2), Err(SendError(2)));
            assert_eq!(another.1.recv(), Err(Closed));
            assert!(sender.is_closed() && receiver.is_closed());
        }
        let (mut one, mut other) = channel::spsc::bounded(2);
        one.send(1).unwrap();
        one.close();
        one.close();
        assert_eq!(one.send(2), Err(SendError(2)));
        assert_eq!((other.recv(), other.recv()), (Ok(1), Err(Closed)));
        other.close();
        assert_eq!(one.send(2), Err(SendError(2)));
        let (semaphore, bounded) = (Semaphore::new(2), BoundedSemaphore::new(2));
        let permits = (semaphore.acquire().unwrap(), bounded.acquire().unwrap());
        for _ in 0..2 {
            semaphore.close();
            bounded.close();
        }
        drop(permits);
        semaphore.release(1).unwrap();
        assert!(semaphore.is_closed() && bounded.is_closed());
        assert!(semaphore.acquire().is_err() && bounded.acquire().is_err());
        assert_eq!((semaphore.available(), bounded.available()), (3, 2));
        let (lock, condition) = (Lock::new(()), Condition::new());
        condition.close();
        condition.close();
        assert_eq!(condition.notify_all(), 0);
        for _ in 0..2 {
            let ended = condition.wait(lock.lock());
            assert!(matches!(ended, Err(WaitError::Closed(_))));
            assert!(condition.is_closed());
        }
        let queue = Queue::new(2);
        queue.put(1).unwrap();
        queue.close();
        queue.close();
        assert_eq!((queue.get(), queue.put(2)), (Ok(1), Err(SendError(2))));
        queue.task_done().unwrap();
        assert!(queue.is_closed() && queue.close_now().is_empty() && queue.put(2).is_err());
        let sockets = Sockets::<u8>::typed();
        let mut pull = sockets.pull().unwrap();
        sockets.shutdown();
        sockets.shutdown();
        assert!(pull.recv().is_err() && sockets.push().is_err() && sockets.is_terminated());
        pull.close();
    });
}

#[test]
fn a_thread_that_panics_lets_go_of_its_lock_and_poisons_nothing() {
    bounded(|| {
        let lock = &Lock::new(0);
        thread::scope(|scope| {
            let panics = scope.spawn(|| {
                let mut guard = lock.lock();
                *guard = 1;
                resume_unwind(Box::new(()));
            });
            assert!(panics.join().is_err());
        });
        assert!(!lock.is_locked());
        assert_eq!(*lock.lock_timeout(Duration::ZERO).unwrap(), 1);
        *lock.lock() += 1;
        assert_eq!(lock.try_lock().map(|guard| *guard), Some(2));
    });
}

#[test]
fn a_semaphore_of_one_is_let_go_by_another_thread() {
    bounded(|| {
        let one = &Semaphore::new(1);
        one.acquire().unwrap().forget();
        thread::scope(|scope| {
            let waits = thread::Builder::new().name("wants it".into());
            let waits = waits.spawn_scoped(scope, || one.acquire().map(|permit| permit.forget()));
            kit::until_it_sleeps("wants it");
            scope.spawn(|| one.release(1).unwrap());
            assert!(waits.unwrap().join().unwrap().is_ok());
            assert!(one.try_acquire().is_none());
            // A permit itself goes to another thread too.
            one.release(1).unwrap();
            let permit = one.acquire().unwrap();
            scope.spawn(move || drop(permit)).join().unwrap();
            assert_eq!(one.available(), 1);
        });
    });
}
