//! What somebody who comes from std writes first: it compiles, and what it shows can be read.

use std::time::Duration;

use gimmal::pool::{JobError, MapError};
use gimmal::runtime::Runtime;
use gimmal::sync::{BoundedSemaphore, Event, Semaphore};
use gimmal::thread::{self, Builder, JoinError};
use gimmal::{Outcome, ThreadPool};

const LONG: Duration = Duration::from_secs(60);

#[test]
fn f17_a_scoped_thread_starts_another_through_the_reference_that_it_borrows() {
    let mut numbers = vec![1, 2, 3];
    let event = Event::new();
    thread::scope(|s| {
        s.spawn(|| {
            s.spawn(|| numbers.push(4));
            s.builder().name("inner").spawn(|| event.set()).unwrap();
        });
        event.wait_timeout(LONG).unwrap();
    });
    assert_eq!(numbers, [1, 2, 3, 4]);
}

/// As a function takes std's scope.
fn starts<'scope>(s: &'scope thread::Scope<'scope, '_>, event: &'scope Event) {
    s.spawn(move || event.set());
}

#[test]
fn f17_a_scope_can_be_given_to_a_function() {
    let event = Event::new();
    thread::scope(|s| starts(s, &event));
    assert!(event.is_set());
}

#[test]
fn f17_what_a_scoped_thread_starts_through_a_builder_belongs_to_the_run() {
    let outcome = Runtime::run(|rt| {
        thread::scope(|s| {
            let inner = s
                .builder()
                .name("scoped")
                .spawn(|| gimmal::runtime::current().is_some());
            assert!(inner.unwrap().join().unwrap());
        });
        rt.termination().request();
    });
    assert_eq!(outcome.exit_code(), 0);
}

#[test]
fn f17_a_builder_can_be_made_a_daemon_on_a_condition() {
    for daemon in [false, true] {
        let outcome = Runtime::builder().daemon_grace(Duration::ZERO).run(|rt| {
            let mut builder = Builder::new().name("perhaps");
            if daemon {
                builder = builder.daemon(true);
            }
            let stop = rt.termination();
            let waits = builder.spawn(move || {
                while !stop.is_requested() {
                    let _ = Event::new().wait_timeout(Duration::from_millis(1));
                }
            });
            if daemon {
                drop(waits);
            } else {
                rt.termination().request();
            }
        });
        let names: Vec<_> = outcome
            .abandoned
            .iter()
            .map(|t| t.name().map(String::from))
            .collect();
        assert!(names.iter().all(|name| name.as_deref() == Some("perhaps")));
        assert!(daemon || names.is_empty(), "only a daemon is abandoned");
    }
}

#[test]
fn f17_an_outcome_gives_its_value() {
    assert_eq!(Runtime::run(|_| 7).into_inner().unwrap(), 7);
    assert_eq!(Runtime::run(|_| 7).unwrap_or_resume(), 7);
}

/// The words of what `f` panics with.
fn words(f: impl FnOnce()) -> String {
    let f = std::panic::AssertUnwindSafe(f);
    let payload = std::panic::catch_unwind(f).expect_err("it panics");
    JoinError::Panicked(payload).to_string()
}

#[test]
fn f17_an_outcome_overlooks_no_panic() {
    let closure = || Runtime::run(|_| -> () { panic!("of the closure") });
    assert!(closure().into_inner().is_err());
    assert_eq!(
        words(|| closure().unwrap_or_resume()),
        "the thread panicked: of the closure"
    );

    let thread = || Runtime::run(|_| drop(thread::spawn(|| panic!("of a thread"))));
    assert!(thread().into_inner().is_ok());
    assert_eq!(
        words(|| thread().unwrap_or_resume()),
        "the thread panicked: of a thread"
    );

    // Its payload is for whoever joins the handle; that there was a panic is not overlooked.
    let held = Runtime::run(|_| {
        thread::Builder::new()
            .name("held")
            .spawn(|| panic!("held"))
            .unwrap()
    });
    let said = words(|| drop(held.unwrap_or_resume()));
    assert_eq!(said, "the thread panicked: the thread \"held\" panicked");
}

fn run_that_panics() -> Outcome<()> {
    Runtime::run(|_| {
        drop(thread::Builder::new().spawn(|| panic!("out of ink")));
        panic!("out of paper")
    })
}

#[test]
fn f17_debug_shows_the_words_of_a_panic() {
    let join = thread::spawn(|| panic!("out of {}", "paper"))
        .join()
        .unwrap_err();
    assert_eq!(format!("{join:?}"), "Panicked(\"out of paper\")");
    let shown = format!("{:?}", run_that_panics());
    assert!(shown.contains("Err(\"out of paper\")"), "{shown}");
    assert!(shown.contains("Some(\"out of ink\")"), "{shown}");

    let pool = ThreadPool::builder().threads(1).build();
    let job = pool.submit(|| -> u8 { panic!("out of paper") }).unwrap();
    let job = job.result().unwrap_err();
    assert_eq!(format!("{job:?}"), "Panicked(\"out of paper\")");
    let mut map = pool.map([1], |_: u8| -> u8 { panic!("out of paper") });
    let map = map.next().unwrap().unwrap_err();
    assert_eq!(format!("{map:?}"), "Failed(Panicked(\"out of paper\"))");

    // What has no words.
    let join = thread::spawn(|| std::panic::panic_any(7))
        .join()
        .unwrap_err();
    assert_eq!(format!("{join:?}"), "Panicked(..)");
    let words = JobError::Panicked(Box::new(String::from("owned")));
    assert_eq!(format!("{words:?}"), "Panicked(\"owned\")");
}

#[test]
fn f17_the_errors_of_threads_and_jobs_give_the_panic() {
    let panicked = || -> Box<dyn std::any::Any + Send> { Box::new(7_u8) };
    let seven = |payload: Box<dyn std::any::Any + Send>| *payload.downcast::<u8>().unwrap();

    assert!(JoinError::Panicked(panicked()).is_panic());
    assert_eq!(seven(JoinError::Panicked(panicked()).into_panic()), 7);
    assert!(!JoinError::WouldDeadlock.is_panic());
    let back = JoinError::WouldDeadlock.try_into_panic().unwrap_err();
    assert!(matches!(back, JoinError::WouldDeadlock));

    assert!(JobError::Panicked(panicked()).is_panic());
    assert_eq!(seven(JobError::Panicked(panicked()).into_panic()), 7);
    assert!(!JobError::Cancelled.is_panic());
    let back = JobError::Cancelled.try_into_panic().unwrap_err();
    assert!(matches!(back, JobError::Cancelled));

    let failed = || MapError::Failed(JobError::Panicked(panicked()));
    assert!(failed().is_panic());
    assert_eq!(seven(failed().into_panic()), 7);
    for no_panic in [MapError::TimedOut, MapError::Failed(JobError::Broken)] {
        assert!(!no_panic.is_panic());
        let shown = format!("{no_panic:?}");
        assert_eq!(
            format!("{:?}", no_panic.try_into_panic().unwrap_err()),
            shown
        );
    }
}

#[test]
fn f17_a_permit_returns_when_it_is_dropped_and_a_release_adds_one() {
    let slots = Semaphore::new(1);
    drop(slots.acquire().unwrap());
    slots.release(1).unwrap();
    assert_eq!(slots.available(), 2, "the permit had returned by itself");

    let slots = BoundedSemaphore::new(1);
    drop(slots.acquire().unwrap());
    assert!(slots.release(1).is_err(), "a bounded one says so");
    slots.acquire().unwrap().forget();
    slots.release(1).unwrap();
    assert_eq!(slots.available(), 1);
}
