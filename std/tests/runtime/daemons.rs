//! Daemons: asked to stop after the others are joined, given a bounded time, abandoned.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gimmal::channel::{self, Receiver, Sender};
use gimmal::error::TimedOut;
use gimmal::runtime::{Outcome, current};
use gimmal::sync::Event;
use gimmal::thread::{self, Builder, JoinHandle};
use gimmal::{Runtime, Stop};

use crate::kit::{self, Drops, LONG, SHORT, bounded};

pub(super) fn daemon<R: Send + 'static>(
    name: &str,
    f: impl FnOnce() -> R + Send + 'static,
) -> JoinHandle<R> {
    Builder::new().name(name).daemon(true).spawn(f).unwrap()
}

fn names<R>(outcome: &Outcome<R>) -> Vec<&str> {
    let names = outcome.abandoned.iter().map(|thread| thread.name());
    names.map(|name| name.unwrap_or_default()).collect()
}

/// A run whose daemons have no time.
pub(super) fn impatient<R>(f: impl FnOnce(&Runtime) -> R) -> Outcome<R> {
    Runtime::builder().daemon_grace(Duration::ZERO).run(f)
}

#[test]
fn daemons_are_asked_after_the_others_are_joined() {
    bounded(|| {
        let (sender, log) = channel::bounded(8);
        let outcome = Runtime::builder().daemon_grace(LONG).run(|rt| {
            let (stop, its) = (rt.termination(), sender.clone());
            daemon("daemon", move || {
                stop.wait();
                its.send("daemon").unwrap();
            });
            let (stop, its) = (rt.termination(), sender.clone());
            thread::spawn(move || {
                assert_eq!(stop.wait_timeout(SHORT), Err(TimedOut));
                its.send("thread").unwrap();
            });
            sender.send("closure").unwrap();
        });
        outcome.result.unwrap();
        assert!(outcome.abandoned.is_empty());
        let said: Vec<_> = log.try_iter().collect();
        assert_eq!(said, ["closure", "thread", "daemon"]);
    });
}

#[test]
fn a_daemon_that_ends_by_itself_is_not_waited_for() {
    bounded(|| {
        let outcome = impatient(|_| daemon("short", || 3).join().unwrap());
        assert!(outcome.abandoned.is_empty());
        assert_eq!(outcome.result.unwrap(), 3);
    });
}

#[test]
fn a_grace_without_end_is_over_when_the_last_daemon_is() {
    bounded(|| {
        let drops = Drops::default();
        let outcome = Runtime::builder().daemon_grace(Duration::MAX).run(|rt| {
            for number in 0..4 {
                let (stop, captured) = (rt.termination(), drops.one(number));
                daemon("patient", move || {
                    stop.wait();
                    drop(captured);
                });
            }
        });
        assert!(outcome.abandoned.is_empty());
        assert_eq!(drops.count(), 4);
    });
}

#[test]
fn daemons_that_do_not_end_are_abandoned_and_named() {
    bounded(|| {
        let go = Arc::new(Event::new());
        let (sender, receiver) = channel::bounded(2);
        let outcome = impatient(|_| {
            for name in ["deaf", "dumb"] {
                let (go, sender) = (go.clone(), sender.clone());
                daemon(name, move || {
                    go.wait();
                    sender.send(current()).unwrap();
                });
            }
        });
        assert_eq!(outcome.exit_code(), 0);
        assert_eq!(names(&outcome), ["deaf", "dumb"]);
        // They run on, and may see that they were asked.
        go.set();
        for _ in 0..2 {
            let rt = receiver.recv_timeout(LONG).unwrap().unwrap();
            assert!(rt.termination().is_requested());
        }
    });
}

#[test]
fn an_abandoned_daemon_can_be_joined_and_its_threads_belong_to_nobody() {
    bounded(|| {
        let go = Arc::new(Event::new());
        let its = go.clone();
        let outcome = impatient(|_| {
            daemon("late", move || {
                its.wait();
                let child = thread::spawn(|| current().is_some());
                let daemon = daemon("child", || current().is_some());
                (child.join().unwrap(), daemon.join().unwrap())
            })
        });
        assert_eq!(names(&outcome), ["late"]);
        let handle = outcome.result.unwrap();
        let handle = handle.join_timeout(Duration::ZERO).unwrap_err();
        go.set();
        assert_eq!(handle.join().unwrap(), (false, false));
    });
}

#[test]
fn an_abandoned_daemon_that_panics_is_its_handles_business() {
    bounded(|| {
        let go = Arc::new(Event::new());
        let its = go.clone();
        let outcome = impatient(|_| {
            daemon("late", move || {
                its.wait();
                panic!("after the end");
            })
        });
        assert_eq!((outcome.panics.len(), outcome.exit_code()), (0, 0));
        go.set();
        let ended = outcome.result.unwrap().join();
        let said = ended.unwrap_err().to_string();
        assert_eq!(said, "the thread panicked: after the end");
    });
}

#[test]
fn a_daemon_that_panics_when_it_is_asked_is_in_the_outcome() {
    bounded(|| {
        for _ in 0..20 {
            let outcome = Runtime::builder().daemon_grace(LONG).run(|rt| {
                let stop = rt.termination();
                drop(daemon("asked", move || {
                    stop.wait();
                    resume_unwind(Box::new("asked"));
                }));
            });
            assert_eq!((outcome.panics.len(), outcome.abandoned.len()), (1, 0));
            assert_eq!(outcome.panics[0].thread.name(), Some("asked"));
            assert!(outcome.panics[0].payload.is_some());
            assert_eq!(outcome.exit_code(), 101);
        }
    });
}

#[test]
fn the_grace_is_one_for_all_and_is_given() {
    bounded(|| {
        let grace = Duration::from_millis(200);
        let go = Arc::new(Event::new());
        let start = Instant::now();
        let outcome = Runtime::builder().daemon_grace(grace).run(|_| {
            for _ in 0..100 {
                let its = go.clone();
                daemon("deaf", move || its.wait());
            }
        });
        // One after the other would be 20 seconds.
        let took = start.elapsed();
        assert!(took >= grace && took < 50 * grace, "{took:?}");
        assert_eq!(names(&outcome), ["deaf"; 100]);
        go.set();
    });
}

#[test]
fn the_grace_is_not_prolonged_by_daemons_that_end() {
    bounded(|| {
        let step = Duration::from_millis(100);
        let go = Arc::new(Event::new());
        let start = Instant::now();
        let outcome = Runtime::builder().daemon_grace(3 * step).run(|rt| {
            for steps in 1..=100 {
                let (stop, its) = (rt.termination(), go.clone());
                daemon("slow", move || {
                    stop.wait();
                    its.wait_timeout(steps * step)
                });
            }
        });
        // One ends every now and then, the last one after ten seconds.
        let took = start.elapsed();
        assert!(took < 80 * step, "{took:?}");
        assert!(!outcome.abandoned.is_empty());
        go.set();
    });
}

#[test]
fn a_daemon_that_goes_on_starting_threads_is_abandoned_as_well() {
    for grace in [Duration::ZERO, SHORT] {
        bounded(move || {
            let quit = Arc::new(Event::new());
            let go = quit.clone();
            let outcome = Runtime::builder().daemon_grace(grace).run(|rt| {
                let stop = rt.termination();
                daemon("busy", move || {
                    stop.wait();
                    // Each one waits until the next one is there: there is one at every moment.
                    let next = || {
                        let event = Arc::new(Event::new());
                        let its = event.clone();
                        (thread::spawn(move || its.wait()), event)
                    };
                    let (mut one, mut may_end) = next();
                    while !go.is_set() {
                        let (other, event) = next();
                        may_end.set();
                        one.join().unwrap();
                        (one, may_end) = (other, event);
                    }
                    may_end.set();
                });
            });
            quit.set();
            assert_eq!(names(&outcome), ["busy"]);
        });
    }
}

/// Sends when it is told to stop, and returns when it has been answered.
struct Asks(Sender<()>, Receiver<()>);

impl Stop for Asks {
    fn stop(&self) {
        self.0.send(()).unwrap();
        self.1.recv().unwrap();
    }
}

#[test]
fn a_thread_that_a_daemon_starts_is_joined_though_the_grace_is_over() {
    for grace in [Duration::ZERO, LONG] {
        bounded(move || {
            let drops = Drops::default();
            let captured = drops.one(0);
            let (ask, asked) = channel::bounded(1);
            let (answer, answered) = channel::bounded(1);
            let (go, started) = (Arc::new(Event::new()), Arc::new(Event::new()));
            let (its, starts) = (go.clone(), started.clone());
            let runner = Builder::new().name("grace-is-over").spawn(move || {
                let outcome = Runtime::builder().daemon_grace(grace).run(|rt| {
                    daemon("starts", move || {
                        asked.recv().unwrap();
                        let waits = its.clone();
                        thread::spawn(move || {
                            waits.wait();
                            drop(captured);
                        });
                        answer.send(()).unwrap();
                        starts.set();
                        its.wait();
                    });
                    // So the thread is there when the daemons have been asked.
                    rt.termination().on(Asks(ask, answered))
                });
                drop(outcome.result.unwrap());
                outcome.panics.len()
            });
            started.wait();
            kit::until_it_sleeps("grace-is-over");
            assert_eq!(drops.count(), 0);
            go.set();
            assert_eq!(runner.unwrap().join().unwrap(), 0);
            assert_eq!(drops.count(), 1);
        });
    }
}

/// A thread that is joined, so that it has all the time it wants and is not asked meanwhile.
fn takes_its_time(rt: &Runtime, builder: Builder) {
    let stop = rt.termination();
    let thread = builder.spawn(move || assert_eq!(stop.wait_timeout(SHORT), Err(TimedOut)));
    drop(thread.unwrap());
}

#[test]
fn being_a_daemon_can_be_denied() {
    bounded(|| {
        let outcome = impatient(|rt| {
            let denied = Builder::new().daemon(true).name("denied").daemon(false);
            takes_its_time(rt, denied.stack_size(1 << 20));
        });
        assert!(outcome.panics.is_empty() && outcome.abandoned.is_empty());
    });
}

#[test]
fn being_a_daemon_is_not_inherited() {
    bounded(|| {
        let outcome = impatient(|rt| {
            let its = rt.clone();
            let starts = daemon("starts", move || {
                let stop = its.termination();
                drop(thread::spawn(move || {
                    assert_eq!(stop.wait_timeout(SHORT), Err(TimedOut));
                }));
                takes_its_time(&its, Builder::new().daemon(false));
            });
            starts.join().unwrap();
        });
        assert!(outcome.panics.is_empty() && outcome.abandoned.is_empty());
    });
}

#[test]
fn daemons_are_asked_after_a_panic_of_the_closure_too() {
    bounded(|| {
        let drops = Drops::default();
        let outcome = Runtime::builder().daemon_grace(LONG).run(|rt| -> () {
            let (stop, captured) = (rt.termination(), drops.one(0));
            daemon("asked", move || {
                stop.wait();
                drop(captured);
            });
            panic!("on purpose");
        });
        assert!(outcome.result.is_err() && outcome.abandoned.is_empty());
        assert_eq!(drops.count(), 1);
    });
}
