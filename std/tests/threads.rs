//! The contract of threads: results and panics, time-outs that give the handle back, what is over when a join returns.

mod kit;

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::Arc;
use std::time::{Duration, Instant};

use gimmal::channel;
use gimmal::sync::Event;
use gimmal::thread::{Builder, JoinError, JoinHandle, scope, spawn};

use kit::{Drops, LONG, SHORT, bounded, until};

fn panicked<R>(ended: Result<R, JoinError>) -> Box<dyn Any + Send> {
    match ended {
        Err(JoinError::Panicked(payload)) => payload,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it has not panicked"),
    }
}

/// A thread that waits for an event, and the event.
fn waiting() -> (JoinHandle<u32>, Arc<Event>) {
    let event = Arc::new(Event::new());
    let its = event.clone();
    (
        spawn(move || {
            its.wait();
            7
        }),
        event,
    )
}

#[test]
fn join_gives_the_result() {
    assert_eq!(spawn(|| String::from("done")).join().unwrap(), "done");
}

#[test]
fn join_gives_the_payload_of_a_panic() {
    let payload = panicked(spawn(|| -> u32 { panic_any(42_u64) }).join());
    assert_eq!(*payload.downcast::<u64>().unwrap(), 42);
    let error = spawn(|| panic!("no {}", "luck")).join().unwrap_err();
    assert_eq!(error.to_string(), "the thread panicked: no luck");
    assert_eq!(format!("{error:?}"), "Panicked(\"no luck\")");
}

#[test]
fn a_timed_join_of_a_panic_gives_it_too() {
    let ended = spawn(|| panic_any(1_u8)).join_timeout(LONG).unwrap();
    assert_eq!(*panicked(ended).downcast::<u8>().unwrap(), 1);
}

#[test]
fn join_timeout_gives_the_handle_back() {
    let (thread, event) = waiting();
    let start = Instant::now();
    let thread = thread.join_timeout(SHORT).unwrap_err();
    assert!(start.elapsed() >= SHORT);
    let thread = thread.join_timeout(Duration::ZERO).unwrap_err();
    let past = Instant::now().checked_sub(SHORT).unwrap_or(start);
    let thread = thread.join_deadline(past).unwrap_err();
    let thread = thread.join_deadline(Instant::now() + SHORT).unwrap_err();
    assert!(!thread.is_finished());
    event.set();
    assert_eq!(thread.join_timeout(Duration::MAX).unwrap().unwrap(), 7);
}

#[test]
fn a_thread_that_has_ended_is_joined_although_the_time_is_over() {
    let (thread, event) = waiting();
    event.set();
    until(|| thread.is_finished());
    assert_eq!(thread.join_timeout(Duration::ZERO).unwrap().unwrap(), 7);
    let (thread, event) = waiting();
    event.set();
    until(|| thread.is_finished());
    let past = Instant::now();
    assert_eq!(thread.join_deadline(past).unwrap().unwrap(), 7);
}

#[test]
fn joining_oneself_is_an_error() {
    for timed in [false, true] {
        bounded(move || {
            let (sender, receiver) = channel::bounded::<JoinHandle<()>>(1);
            let (tell, told) = channel::bounded(1);
            let thread = spawn(move || {
                let own = receiver.recv().unwrap();
                let ended = if timed {
                    own.join_timeout(Duration::MAX).unwrap()
                } else {
                    own.join()
                };
                tell.send(matches!(ended, Err(JoinError::WouldDeadlock)))
                    .unwrap();
            });
            sender.send(thread).unwrap();
            assert!(told.recv().unwrap());
        });
    }
}

#[test]
fn captures_are_dropped_before_a_join_returns() {
    for round in 0..100 {
        let drops = Drops::default();
        let captured = drops.one(round);
        let thread = spawn(move || captured.number());
        let result = if round % 2 == 0 {
            thread.join()
        } else {
            thread.join_timeout(LONG).unwrap()
        };
        assert_eq!((result.unwrap(), drops.count()), (round, 1));
    }
}

#[test]
fn captures_are_dropped_when_the_closure_panics() {
    let drops = Drops::default();
    let captured = drops.one(0);
    let thread = spawn(move || {
        let _captured = &captured;
        panic_any(())
    });
    panicked::<()>(thread.join_timeout(LONG).unwrap());
    assert_eq!(drops.count(), 1);
}

/// Panics when it is dropped.
#[derive(Debug)]
struct Fuse;

impl Drop for Fuse {
    fn drop(&mut self) {
        panic_any("burnt");
    }
}

#[test]
fn a_panic_in_the_drop_of_a_capture_is_the_threads() {
    let fuse = Fuse;
    let thread = spawn(move || {
        let _fuse = &fuse;
        1
    });
    let payload = panicked(thread.join_timeout(LONG).unwrap());
    assert_eq!(*payload.downcast::<&str>().unwrap(), "burnt");
}

#[test]
fn a_result_that_panics_in_its_drop_harms_nobody() {
    // Nobody takes it: the thread drops it, or the handle does.
    let (sender, receiver) = channel::bounded::<()>(1);
    let its = receiver.clone();
    drop(spawn(move || {
        let _ = its.recv();
        Fuse
    }));
    drop(sender);
    let finished = spawn(|| Fuse);
    until(|| finished.is_finished());
    let dropped = catch_unwind(AssertUnwindSafe(|| drop(finished)));
    // The thread itself may have been last, right after it said that it was finished; in both cases it is dropped once.
    if let Err(payload) = dropped {
        assert_eq!(*payload.downcast::<&str>().unwrap(), "burnt");
    }
    // One that is taken is the taker's.
    let taken = spawn(|| Fuse).join().unwrap();
    std::mem::forget(taken);
}

#[test]
fn a_result_that_nobody_takes_is_dropped_once() {
    let drops = Drops::default();
    for round in 0..100 {
        let result = drops.one(round);
        let thread = spawn(move || result);
        match round % 3 {
            0 => drop(thread),
            1 => drop(thread.join()),
            _ => drop(thread.join_timeout(Duration::ZERO)),
        }
    }
    until(|| drops.count() == 100);
}

#[test]
fn a_dropped_handle_detaches() {
    let (sender, receiver) = channel::bounded(1);
    let go = Arc::new(Event::new());
    let its = go.clone();
    drop(spawn(move || {
        its.wait();
        sender.send(5).unwrap();
    }));
    go.set();
    assert_eq!(receiver.recv_timeout(LONG), Ok(5));
}

thread_local! {
    static LAST: RefCell<Option<AtTheEnd>> = const { RefCell::new(None) };
}

/// In a thread-local: its drop waits for the event, and is counted.
struct AtTheEnd(Arc<Event>, #[expect(dead_code)] kit::Counted);

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        self.0.wait();
    }
}

#[test]
fn a_timed_join_waits_for_the_thread_itself() {
    bounded(|| {
        let (drops, event) = (Drops::default(), Arc::new(Event::new()));
        let (ending, captured) = (event.clone(), drops.one(0));
        let last = AtTheEnd(event, captured);
        let thread = spawn(move || LAST.set(Some(last)));
        until(|| thread.is_finished());
        // Only its thread-locals are left, and the joiner sleeps until they are gone.
        let joiner = Builder::new().name("joiner").spawn(move || {
            let joined = thread.join_timeout(Duration::ZERO);
            joined.unwrap().unwrap();
        });
        kit::until_it_sleeps("joiner");
        assert_eq!(drops.count(), 0);
        ending.set();
        joiner.unwrap().join().unwrap();
        assert_eq!(drops.count(), 1);
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_is_the_operating_systems_too() {
    let named = Builder::new().name("a-name-that-is-cut");
    let thread = named.spawn(|| {
        let comm = std::fs::read_to_string("/proc/thread-self/comm").unwrap();
        (comm, std::thread::current().name().map(String::from))
    });
    let thread = thread.unwrap();
    assert_eq!(thread.name(), Some("a-name-that-is-cut"));
    assert_eq!(thread.thread().name(), thread.name());
    let (comm, name) = thread.join().unwrap();
    assert_eq!(comm.trim(), "a-name-that-is-");
    assert_eq!(name.as_deref(), Some("a-name-that-is-cut"));
    assert_eq!(spawn(|| ()).name(), None);
}

#[test]
fn a_name_with_a_zero_byte_is_an_error() {
    let drops = Drops::default();
    let captured = drops.one(0);
    let refused = Builder::new().name("a\0b").spawn(move || captured.number());
    assert_eq!(
        refused.unwrap_err().kind(),
        std::io::ErrorKind::InvalidInput
    );
    assert_eq!(drops.count(), 1);
}

#[test]
fn a_stack_is_as_large_as_it_was_asked_for() {
    fn deep(levels: usize) -> usize {
        let page = std::hint::black_box([levels as u8; 4096]);
        match levels {
            0 => 0,
            _ => deep(levels - 1) + usize::from(page[4095] == levels as u8),
        }
    }
    let large = Builder::new().stack_size(64 << 20);
    assert_eq!(large.spawn(|| deep(8000)).unwrap().join().unwrap(), 8000);
    let levels = 8000;
    let scoped = scope(|scope| {
        let large = scope.builder().stack_size(64 << 20);
        large.spawn(|| deep(levels)).unwrap().join().unwrap()
    });
    assert_eq!(scoped, levels);
}

#[test]
fn a_stack_that_no_machine_has_is_an_error() {
    let refused = Builder::new().stack_size(usize::MAX / 4).spawn(|| ());
    assert!(refused.is_err());
}

#[test]
fn scoped_threads_borrow_and_have_names() {
    let mut numbers = vec![1, 2, 3];
    let sum = scope(|scope| {
        let (left, right) = numbers.split_at_mut(1);
        let named = scope.builder().name("left");
        let left = named.spawn(|| left[0] += 10).unwrap();
        assert_eq!(left.name(), Some("left"));
        let right = scope.spawn(|| {
            right[1] += 10;
            right.iter().sum::<i32>()
        });
        left.join().unwrap();
        right.join_timeout(LONG).unwrap().unwrap()
    });
    assert_eq!((sum, numbers), (15, vec![11, 2, 13]));
}

#[test]
fn a_scope_ends_after_all_its_threads() {
    bounded(|| {
        let drops = Drops::default();
        let drops = &drops;
        let event = Event::new();
        let event = &event;
        scope(move |scope| {
            for number in 0..4 {
                let captured = drops.one(number);
                let _ = scope.spawn(move || {
                    event.wait();
                    let _ = scope.spawn(move || drop(captured));
                });
            }
            event.set();
        });
        assert_eq!(drops.count(), 4);
    });
}

#[test]
fn a_scoped_join_times_out_and_gives_the_handle_back() {
    let event = Event::new();
    let joined = scope(|scope| {
        let thread = scope.spawn(|| event.wait());
        let thread = thread.join_timeout(SHORT).unwrap_err();
        let thread = thread.join_deadline(Instant::now()).unwrap_err();
        event.set();
        thread.join_timeout(Duration::MAX).unwrap()
    });
    joined.unwrap();
}

#[test]
fn a_scope_panics_for_a_thread_that_nobody_joined_only() {
    let joined = scope(|scope| scope.spawn(|| -> u8 { panic_any(3_u8) }).join());
    assert_eq!(*panicked(joined).downcast::<u8>().unwrap(), 3);
    let event = Event::new();
    let left = catch_unwind(AssertUnwindSafe(|| {
        scope(|scope| {
            let _ = scope.spawn(|| panic_any(3_u8));
            let _ = scope.spawn(|| event.set());
        });
    }));
    assert!(left.is_err());
    assert!(event.is_set());
}

#[test]
fn a_panic_of_the_scopes_closure_comes_out_after_its_threads() {
    let drops = Drops::default();
    let result = catch_unwind(AssertUnwindSafe(|| {
        scope(|scope| -> () {
            let captured = drops.one(0);
            let _ = scope.spawn(move || drop(captured));
            panic_any("scope")
        });
    }));
    assert_eq!(*result.unwrap_err().downcast::<&str>().unwrap(), "scope");
    assert_eq!(drops.count(), 1);
}

#[test]
fn a_handle_may_be_joined_by_another_thread() {
    let (thread, event) = waiting();
    let joiner = spawn(move || thread.join().unwrap());
    event.set();
    assert_eq!(joiner.join().unwrap(), 7);
}
