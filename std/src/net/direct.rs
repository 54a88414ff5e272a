//! [`direct`]: a task of the I/O thread that is run at once by the thread that wakes it.
//!
//! A question and its answer are each one message that somebody waits for. Woken the usual way, the
//! I/O thread would write it: one more thread to be scheduled, in each direction. So a thread that
//! sends a question or an answer runs the task of the wire itself, which writes what has just been
//! sent, and waits again. Wires that messages stream through are not made this way: there the I/O
//! thread collects what is sent meanwhile, and writes it together.
//!
//! | the task is | and is woken: | left by |
//! |---|---|---|
//! | waiting, gate open | the thread that woke runs it; a wake-up on the I/O thread goes by the scheduler | running |
//! | waiting, gate shut | the I/O thread runs it | running |
//! | being run | the thread that runs it has the I/O thread run it again | waiting, or over |
//! | over | nothing | |
//!
//! The gate is open while the task waits for messages to move. All else, connecting and the end of
//! a wire among it, happens on the I/O thread: [`home`] leads there.
//!
//! A child of a fork has its parent's tasks in its memory, and must not write to its connections:
//! there a wake-up does nothing.

#![forbid(unsafe_code)]

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use gimmal_core::socket::Kind;
use tokio::runtime::Handle;

use super::io;
use crate::generation::Generation;
use crate::panic_guard::locked;

/// Whether others than the I/O thread may run the task: changed by the task itself.
#[derive(Clone, Default)]
pub(super) struct Gate(Arc<AtomicBool>);

impl Gate {
    pub(super) fn set(&self, open: bool) {
        self.0.store(open, Relaxed); // R: the lock of the place, which each run takes at both ends
    }

    fn is_open(&self) -> bool {
        self.0.load(Relaxed) // R: see `set`
    }
}

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

#[derive(Default)]
struct Place {
    /// `None` while somebody runs it, and when it is over.
    task: Option<Task>,
    /// Woken while somebody ran it.
    again: bool,
    is_over: bool,
    /// Has the I/O thread run it.
    schedule: Option<Waker>,
}

struct Shared {
    place: Mutex<Place>,
    gate: Gate,
    process: Generation,
    io: Handle,
}

impl Shared {
    fn schedule(&self) {
        let schedule = locked(&self.place).schedule.clone();
        if let Some(schedule) = schedule {
            schedule.wake();
        }
    }

    /// Runs the task once, if nobody does and `may` agrees.
    fn run(self: &Arc<Self>, may: impl FnOnce() -> bool) {
        let mut place = locked(&self.place);
        if place.is_over {
            return;
        }
        if place.task.is_none() {
            place.again = true;
            return;
        }
        let Some(task) = place.task.take_if(|_| may()) else {
            drop(place);
            return self.schedule();
        };
        drop(place);
        let task = self.poll(task);
        let mut place = locked(&self.place);
        place.is_over = task.is_none();
        place.task = task;
        let again = std::mem::take(&mut place.again) || place.is_over;
        drop(place);
        if again {
            self.schedule();
        }
    }

    /// `None`: it is over.
    fn poll(self: &Arc<Self>, mut task: Task) -> Option<Task> {
        let waker = Waker::from(self.clone());
        let _inside = self.io.enter();
        // The thread that sends is not to blame for what is wrong here, nor is any other wire.
        let polled = catch_unwind(AssertUnwindSafe(|| {
            task.as_mut().poll(&mut Context::from_waker(&waker))
        }));
        matches!(polled, Ok(Poll::Pending)).then_some(task)
    }
}

impl Wake for Shared {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.process.is_current() {
            return;
        }
        match io::is_here() {
            true => self.schedule(),
            false => self.run(|| self.gate.is_open()),
        }
    }
}

/// Makes a task of the wires of sockets of this kind.
pub(super) async fn direct<F>(io: Handle, kind: Kind, make: impl FnOnce(Gate) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let gate = Gate::default();
    let task = make(gate.clone());
    if !matches!(kind, Kind::Req | Kind::Rep) {
        return task.await;
    }
    let place = Place {
        task: Some(Box::pin(task)),
        ..Place::default()
    };
    let shared = Arc::new(Shared {
        place: Mutex::new(place),
        gate,
        process: Generation::current(),
        io,
    });
    poll_fn(|context| {
        locked(&shared.place).schedule = Some(context.waker().clone());
        shared.run(|| true);
        match locked(&shared.place).is_over {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
}

/// Goes on on the I/O thread.
pub(super) async fn home() {
    poll_fn(|context| match io::is_here() {
        true => Poll::Ready(()),
        false => {
            context.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await;
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread::{self, ThreadId};

    use super::*;

    /// What a probe tells of each of its runs: by whom, and what it saw.
    type Runs = mpsc::Receiver<(ThreadId, usize)>;

    struct Probe {
        waker: Waker,
        changes: Arc<Mutex<usize>>,
        runs: Runs,
    }

    /// A task that tells of each run, and does `then`.
    fn probe(
        kind: Kind,
        open: bool,
        then: impl Fn(usize, &mut Context<'_>) -> Poll<()> + Send + 'static,
    ) -> Probe {
        let io = io::handle().unwrap();
        let (told, runs) = mpsc::channel();
        let (give, waker) = mpsc::channel();
        let changes = Arc::new(Mutex::new(0));
        let seen = changes.clone();
        io.spawn(direct(io.clone(), kind, move |gate| {
            gate.set(open);
            poll_fn(move |context| {
                let _ = give.send(context.waker().clone());
                let seen = *locked(&seen);
                let _ = told.send((thread::current().id(), seen));
                then(seen, context)
            })
        }));
        let waker = waker.recv().unwrap();
        runs.recv().unwrap();
        // Its first run is over when the I/O thread does something else.
        io.block_on(io.spawn(async {})).unwrap();
        Probe {
            waker,
            changes,
            runs,
        }
    }

    #[test]
    fn the_thread_that_wakes_a_task_runs_it_before_it_goes_on() {
        let probe = probe(Kind::Req, true, |_, _| Poll::Pending);
        *locked(&probe.changes) = 1;
        probe.waker.wake_by_ref();
        assert_eq!(probe.runs.try_recv(), Ok((thread::current().id(), 1)));
    }

    #[test]
    fn the_io_thread_runs_what_others_may_not() {
        for (kind, open) in [(Kind::Rep, false), (Kind::Push, true)] {
            let probe = probe(kind, open, |_, _| Poll::Pending);
            probe.waker.wake_by_ref();
            let (by, _) = probe.runs.recv().unwrap();
            assert_ne!(by, thread::current().id(), "{kind:?}");
        }
    }

    #[test]
    fn a_wake_up_during_a_run_makes_another_run() {
        let probe = probe(Kind::Rep, true, |seen, context| {
            if seen == 1 {
                let waker = context.waker().clone();
                thread::spawn(move || waker.wake()).join().unwrap();
            }
            Poll::Pending
        });
        *locked(&probe.changes) = 1;
        probe.waker.wake_by_ref();
        let here = thread::current().id();
        assert_eq!(probe.runs.recv(), Ok((here, 1)));
        assert_ne!(probe.runs.recv().unwrap().0, here);
    }

    #[test]
    fn the_last_change_is_seen_whoever_makes_it() {
        const EACH: usize = if cfg!(miri) { 20 } else { 2000 };
        let probe = probe(Kind::Req, true, |_, _| Poll::Pending);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..EACH {
                        *locked(&probe.changes) += 1;
                        probe.waker.wake_by_ref();
                    }
                });
            }
        });
        while probe.runs.recv().unwrap().1 < 4 * EACH {}
    }

    #[test]
    fn a_panic_ends_the_task_and_nothing_else() {
        let probe = probe(Kind::Req, true, |seen, _| match seen {
            0 => Poll::Pending,
            _ => panic!("seeded: as of a wire that is wrong"),
        });
        *locked(&probe.changes) = 1;
        probe.waker.wake_by_ref();
        assert!(probe.runs.recv().is_ok());
        assert!(probe.runs.recv().is_err(), "it is dropped");
        probe.waker.wake_by_ref();
        let io = io::handle().unwrap();
        io.block_on(io.spawn(async {})).expect("the thread goes on");
    }

    #[test]
    fn home_is_the_io_thread() {
        let (told, at) = mpsc::channel();
        let (give, wakers) = mpsc::channel();
        let io = io::handle().unwrap();
        io.spawn(direct(io.clone(), Kind::Req, move |gate| async move {
            gate.set(true);
            let mut first = true;
            poll_fn(|context| {
                let _ = give.send(context.waker().clone());
                match std::mem::take(&mut first) {
                    true => Poll::Pending,
                    false => Poll::Ready(()),
                }
            })
            .await;
            let _ = told.send(io::is_here());
            home().await;
            let _ = told.send(io::is_here());
        }));
        let waker = wakers.recv().unwrap();
        io.block_on(io.spawn(async {})).unwrap();
        waker.wake();
        assert_eq!(at.iter().collect::<Vec<_>>(), [false, true]);
    }
}
