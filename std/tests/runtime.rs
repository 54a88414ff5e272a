//! The contract of a run: who belongs to it, that it leaves no thread behind, what becomes of panics. Daemons and the token
//! are in files of their own below.

mod kit;
mod runtime {
    mod daemons;
    mod token;
}

use std::cell::{Cell, RefCell};
use std::panic::{panic_any, resume_unwind};
use std::process::{ExitCode, Termination};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use gimmal::channel;
use gimmal::runtime::current;
use gimmal::sync::Event;
use gimmal::thread::{self, Builder, JoinError, JoinHandle};
use gimmal::{Outcome, Runtime};

use kit::{Counted, Drops, LONG, SHORT, bounded, until};

/// The words of a panic.
fn words(panic: &gimmal::runtime::ThreadPanic) -> Option<&str> {
    let payload = panic.payload.as_ref()?;
    payload.downcast_ref::<&str>().copied()
}

/// What a process that returns this exits with.
fn reported(outcome: Outcome<impl Termination>) -> String {
    format!("{:?}", outcome.report())
}

fn status(code: u8) -> String {
    format!("{:?}", ExitCode::from(code))
}

#[test]
fn a_run_gives_what_its_closure_returns() {
    let local = String::from("borrowed");
    let outcome = Runtime::run(|_| local.len());
    assert!(outcome.panics.is_empty() && outcome.abandoned.is_empty());
    assert_eq!(outcome.exit_code(), 0);
    assert_eq!(outcome.result.unwrap(), 8);
}

#[test]
fn threads_whose_handles_are_dropped_are_joined_at_the_end() {
    bounded(|| {
        let (drops, go) = (Drops::default(), Arc::new(Event::new()));
        let outcome = Runtime::run(|_| {
            for number in 0..8 {
                let (captured, its) = (drops.one(number), go.clone());
                thread::spawn(move || {
                    its.wait();
                    drop(captured);
                });
            }
            assert_eq!(drops.count(), 0);
            go.set();
        });
        outcome.result.unwrap();
        assert_eq!(drops.count(), 8);
    });
}

/// Each thread starts the next one and drops its handle.
fn chain(links: usize, last: Counted) {
    thread::spawn(move || match links {
        0 => drop(last),
        _ => chain(links - 1, last),
    });
}

#[test]
fn threads_that_are_started_by_threads_are_joined_too() {
    bounded(|| {
        let drops = Drops::default();
        for _ in 0..20 {
            let captured = drops.one(0);
            Runtime::run(|_| chain(50, captured)).result.unwrap();
        }
        assert_eq!(drops.count(), 20);
    });
}

#[test]
fn threads_that_are_started_while_the_others_are_joined_are_joined_too() {
    bounded(|| {
        let drops = Drops::default();
        let runner = Builder::new().name("ending");
        let go = Arc::new(Event::new());
        let (captured, its) = (drops.one(0), go.clone());
        let runner = runner.spawn(move || {
            let run = Runtime::run(|_| {
                thread::spawn(move || {
                    its.wait();
                    thread::spawn(move || chain(3, captured));
                });
            });
            run.result.unwrap();
        });
        // The closure has returned long ago: it is the join that sleeps.
        kit::until_it_sleeps("ending");
        go.set();
        runner.unwrap().join().unwrap();
        assert_eq!(drops.count(), 1);
    });
}

thread_local! {
    static LAST: RefCell<Option<AtTheEnd>> = const { RefCell::new(None) };
    static SPAWNS: Cell<Option<Spawns>> = const { Cell::new(None) };
}

/// In a thread-local: its drop waits for the event, and is counted.
struct AtTheEnd(Arc<Event>, #[expect(dead_code)] Counted);

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        self.0.wait();
    }
}

#[test]
fn a_run_ends_after_the_thread_locals_of_its_threads() {
    bounded(|| {
        let (drops, event) = (Drops::default(), Arc::new(Event::new()));
        let (ending, captured) = (event.clone(), drops.one(0));
        let runner = Builder::new().name("run-and-locals").spawn(move || {
            let outcome = Runtime::run(|_| {
                let last = AtTheEnd(event, captured);
                let thread = thread::spawn(move || LAST.set(Some(last)));
                until(|| thread.is_finished());
            });
            outcome.result.unwrap();
        });
        kit::until_it_sleeps("run-and-locals");
        assert_eq!(drops.count(), 0);
        ending.set();
        runner.unwrap().join().unwrap();
        assert_eq!(drops.count(), 1);
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_thread_in_its_last_destructors_holds_up_nobody_but_the_end() {
    bounded(|| {
        let (drops, event) = (Drops::default(), Arc::new(Event::new()));
        let outcome = Runtime::run(|_| {
            let last = AtTheEnd(event.clone(), drops.one(0));
            let slow = thread::spawn(move || LAST.set(Some(last)));
            until(|| slow.is_finished());
            drop(slow);
            for _ in 0..10 {
                thread::spawn(|| ()).join().unwrap();
            }
            assert_eq!(drops.count(), 0);
            event.set();
        });
        outcome.result.unwrap();
        assert_eq!(drops.count(), 1);
    });
}

/// In a thread-local: its drop starts a thread.
struct Spawns(Counted);

impl Drop for Spawns {
    fn drop(&mut self) {
        let number = self.0.number();
        let spawned = current().is_some();
        let again = Drops::default();
        let last = std::mem::replace(&mut self.0, again.one(number));
        thread::spawn(move || {
            assert!(spawned, "it belongs to the run");
            drop(last);
        });
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_destructor_of_a_thread_local_starts_is_joined_too() {
    bounded(|| {
        let drops = Drops::default();
        for round in 0..50 {
            let captured = drops.one(round);
            let outcome = Runtime::run(|_| {
                thread::spawn(move || SPAWNS.set(Some(Spawns(captured))));
            });
            outcome.result.unwrap();
            assert!(outcome.panics.is_empty());
            assert_eq!(drops.count(), round + 1);
        }
    });
}

#[test]
fn a_run_inside_a_run_has_threads_of_its_own() {
    bounded(|| {
        let drops = Drops::default();
        let (outer, inner) = (Arc::new(Event::new()), Arc::new(Event::new()));
        let outcome = Runtime::run(|_| {
            let its = outer.clone();
            thread::spawn(move || its.wait());
            let nested = thread::spawn({
                let (inner, captured) = (inner.clone(), drops.one(0));
                move || {
                    let outcome = Runtime::run(|_| {
                        thread::spawn(move || {
                            inner.wait();
                            chain(3, captured);
                        });
                    });
                    outcome.result.unwrap();
                    assert!(current().is_some());
                }
            });
            let nested = nested.join_timeout(SHORT).unwrap_err();
            inner.set();
            // The other thread of the outer run still waits.
            nested.join().unwrap();
            assert_eq!(drops.count(), 1);
            // On the thread of the outer run itself, too: afterwards it is the outer one's again.
            let captured = drops.one(0);
            Runtime::run(|_| chain(3, captured)).result.unwrap();
            assert_eq!(drops.count(), 2);
            chain(3, drops.one(0));
            outer.set();
        });
        outcome.result.unwrap();
        assert_eq!(drops.count(), 3);
        assert!(current().is_none());
    });
}

#[test]
fn who_belongs_to_a_run() {
    bounded(|| {
        let outcome = Runtime::run(|_| {
            assert!(current().is_some());
            assert!(thread::spawn(|| current().is_some()).join().unwrap());
            let named = Builder::new().name("named");
            assert!(named.spawn(|| current().is_some()).unwrap().join().unwrap());
            let scoped = thread::scope(|scope| scope.spawn(|| current().is_some()).join());
            assert!(scoped.unwrap());
            let std = std::thread::spawn(|| current().is_some());
            assert!(!std.join().unwrap());
        });
        outcome.result.unwrap();
        assert!(!thread::spawn(|| current().is_some()).join().unwrap());
    });
}

#[test]
fn what_a_scoped_thread_starts_belongs_to_the_run() {
    bounded(|| {
        let drops = Drops::default();
        let outcome = Runtime::run(|_| {
            thread::scope(|scope| {
                let captured = drops.one(0);
                let _ = scope.spawn(move || chain(10, captured));
            });
        });
        outcome.result.unwrap();
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn a_panic_of_the_closure_is_in_the_outcome_after_the_same_end() {
    bounded(|| {
        let drops = Drops::default();
        let outcome = Runtime::run(|_| -> () {
            chain(10, drops.one(0));
            panic_any("closure")
        });
        assert_eq!(drops.count(), 1);
        assert!(current().is_none());
        assert_eq!(outcome.exit_code(), 101);
        let payload = outcome.result.unwrap_err();
        assert_eq!(*payload.downcast::<&str>().unwrap(), "closure");
    });
}

#[test]
fn panics_that_nobody_joined_are_in_the_outcome_with_their_names() {
    bounded(|| {
        let outcome = Runtime::run(|_| {
            let named = |name: &str| Builder::new().name(name);
            drop(named("first").spawn(|| panic_any("one")).unwrap());
            named("well").spawn(|| ()).unwrap();
            let daemon = named("second").daemon(true);
            drop(daemon.spawn(|| panic_any("two")).unwrap());
            thread::spawn(|| drop(thread::spawn(|| panic_any(3_u8))));
            // This one is delivered where it is joined, and only there.
            let joined = named("joined").spawn(|| panic_any("mine")).unwrap();
            assert!(matches!(joined.join(), Err(JoinError::Panicked(_))));
            let timed = named("timed").spawn(|| panic_any("mine")).unwrap();
            let ended = timed.join_timeout(LONG).unwrap();
            assert!(matches!(ended, Err(JoinError::Panicked(_))));
            // This one is first joined in vain.
            let kept = named("third").spawn(|| Event::new().wait_timeout(SHORT).unwrap());
            drop(kept.unwrap().join_timeout(Duration::ZERO));
        });
        assert!(outcome.result.is_ok());
        let seen: Vec<_> = outcome
            .panics
            .iter()
            .map(|panic| (panic.thread.name(), words(panic)))
            .collect();
        assert_eq!(
            &seen[..2],
            [(Some("first"), Some("one")), (Some("second"), Some("two"))]
        );
        assert_eq!(seen.len(), 4);
        assert!(seen.contains(&(None, None)) && seen.contains(&(Some("third"), None)));
        assert!(outcome.panics.iter().all(|panic| panic.payload.is_some()));
        let said = outcome.panics[0].to_string();
        assert_eq!(said, r#"the thread "first" panicked: one"#);
        assert_eq!(outcome.exit_code(), 101);
        assert_eq!(reported(outcome), status(101));
    });
}

#[test]
fn a_panic_stays_with_a_handle_that_outlives_the_run() {
    bounded(|| {
        let outcome = Runtime::run(|_| {
            let thread = thread::spawn(|| -> u8 { panic_any("late") });
            (thread, thread::spawn(|| 5))
        });
        assert_eq!(outcome.exit_code(), 101);
        assert_eq!(outcome.panics.len(), 1);
        assert!(outcome.panics[0].payload.is_none());
        let said = outcome.panics[0].to_string();
        assert_eq!(said, "a thread without a name panicked");
        let (panicked, well) = outcome.result.unwrap();
        assert!(panicked.is_finished());
        let Err(JoinError::Panicked(payload)) = panicked.join() else {
            panic!("it has not panicked");
        };
        assert_eq!(*payload.downcast::<&str>().unwrap(), "late");
        assert_eq!(well.join_timeout(Duration::ZERO).unwrap().unwrap(), 5);
    });
}

#[test]
fn a_thread_that_joins_itself_is_told_and_joined_all_the_same() {
    bounded(|| {
        let drops = Drops::default();
        let outcome = Runtime::run(|_| {
            let (sender, receiver) = channel::bounded::<JoinHandle<()>>(1);
            let captured = drops.one(0);
            let thread = thread::spawn(move || {
                let _captured = &captured;
                let ended = receiver.recv().unwrap().join();
                assert!(matches!(ended, Err(JoinError::WouldDeadlock)));
            });
            sender.send(thread).unwrap();
        });
        outcome.result.unwrap();
        assert!(outcome.panics.is_empty());
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn a_thread_that_could_not_be_started_is_not_waited_for() {
    bounded(|| {
        let drops = Drops::default();
        let outcome = Runtime::run(|_| {
            for daemon in [false, true] {
                let captured = drops.one(0);
                let large = Builder::new().stack_size(usize::MAX / 4).daemon(daemon);
                assert!(large.spawn(move || drop(captured)).is_err());
            }
        });
        outcome.result.unwrap();
        assert!(outcome.abandoned.is_empty());
        assert_eq!(drops.count(), 2);
    });
}

#[test]
fn handles_joined_by_others_while_the_run_joins_too() {
    bounded(|| {
        let drops = Drops::default();
        for round in 0..20 {
            let sum = Arc::new(AtomicUsize::new(0));
            let outcome = Runtime::run(|_| {
                let (sender, receiver) = channel::bounded::<JoinHandle<usize>>(4);
                for _ in 0..2 {
                    let (receiver, sum) = (receiver.clone(), sum.clone());
                    thread::spawn(move || {
                        for handle in receiver {
                            sum.fetch_add(handle.join().unwrap(), SeqCst);
                        }
                    });
                }
                for number in 0..60 {
                    let captured = drops.one(number);
                    let handle = thread::spawn(move || captured.number());
                    match number % 3 {
                        0 => drop(handle),
                        1 => sender.send(handle).unwrap(),
                        _ => drop(handle.join_timeout(Duration::ZERO)),
                    }
                }
            });
            outcome.result.unwrap();
            assert!(outcome.panics.is_empty());
            assert_eq!(sum.load(SeqCst), (0..60).filter(|n| n % 3 == 1).sum());
            assert_eq!(drops.count(), 60 * (round + 1));
        }
    });
}

#[test]
fn a_panic_is_delivered_to_its_joiner_also_if_another_thread_joins_first() {
    bounded(|| {
        let outcome = Runtime::run(|_| {
            for number in 0..kit::rounds(2_000) {
                // Without the words that the panic hook would print.
                let panics = thread::spawn(move || -> () { resume_unwind(Box::new(number)) });
                // It may end after the other, and takes over its std handle then.
                thread::spawn(|| ());
                thread::spawn(|| ());
                let Err(JoinError::Panicked(payload)) = panics.join() else {
                    panic!("it has not panicked");
                };
                assert_eq!(*payload.downcast::<usize>().unwrap(), number);
            }
        });
        outcome.result.unwrap();
        assert!(outcome.panics.is_empty());
    });
}

#[test]
fn an_outcome_reports_what_its_result_says_if_all_is_well() {
    assert_eq!(reported(Runtime::run(|_| ())), status(0));
    assert_eq!(reported(Runtime::run(|_| ExitCode::from(7))), status(7));
    let failed = Runtime::run(|_| Err::<(), _>("no luck"));
    assert_eq!(reported(failed), status(1));
    let panicked = Runtime::run(|_| -> ExitCode { panic_any(()) });
    assert_eq!(reported(panicked), status(101));
    let thread = Runtime::run(|_| {
        drop(thread::spawn(|| panic_any(())));
        ExitCode::from(7)
    });
    assert_eq!(reported(thread), status(101));
}
