//! Threads that act together, and what came of many histories.

use std::fmt;
use std::sync::{Barrier, mpsc};
use std::thread;
use std::time::Duration;

use crate::check::{Checked, Specification, check};
use crate::dice::Dice;
use crate::record::{Clock, Done, Log};

/// What one thread does.
pub type Part<'s, O> = Box<dyn FnOnce(&mut Log<'_, O>) + Send + 's>;

/// Returns how many operations that overlap another one each test records: `GIMMAL_OPERATIONS`, or
/// some 20000.
pub fn operations() -> usize {
    let few = if cfg!(miri) { 200 } else { 20_000 };
    std::env::var("GIMMAL_OPERATIONS").map_or(few, |n| n.parse().expect("a number"))
}

/// Operations of threads on a machine that does something else may never overlap. After so many times
/// [`operations`] enough is enough.
const LIMIT: usize = 4;

/// Runs `parts`, each in a thread, and returns what each did.
pub fn together<O: Send>(parts: Vec<Part<'_, O>>) -> Vec<Vec<Done<O>>> {
    let (clock, start) = (Clock::new(), Barrier::new(parts.len()));
    thread::scope(|scope| {
        let threads = parts.into_iter().map(|part| {
            let (clock, start) = (&clock, &start);
            scope.spawn(move || {
                let mut log = Log::new(clock);
                start.wait();
                part(&mut log);
                log.into_done()
            })
        });
        let threads = Vec::from_iter(threads);
        let done = threads.into_iter().map(|thread| thread.join().unwrap());
        done.collect()
    })
}

/// Lets others run, seldom, if an operation had to be refused: a thread that only fails until its time
/// slice is over says little. Beside threads that compute each yield gives a whole time slice away.
pub(crate) fn breathe(dice: &mut Dice, refused: bool) {
    if !cfg!(miri) && refused && dice.once_in(64) {
        thread::yield_now();
    }
}

/// Runs `test` in a thread, and fails if it takes longer than any honest run could.
#[track_caller]
pub fn bounded<R: Send + 'static>(test: impl FnOnce() -> R + Send + 'static) -> R {
    let limit = Duration::from_secs(if cfg!(miri) { 3600 } else { 900 });
    let (over, ends) = mpsc::channel();
    let thread = thread::spawn(move || {
        let result = test();
        let _ = over.send(());
        result
    });
    if let Err(mpsc::RecvTimeoutError::Timeout) = ends.recv_timeout(limit) {
        panic!("hangs");
    }
    match thread.join() {
        Ok(result) => result,
        Err(why) => std::panic::resume_unwind(why),
    }
}

/// The sum of many histories.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    histories: usize,
    all: Checked,
}

impl Tally {
    /// Repeats histories until [`operations`] of them have overlapped another one, or there are far
    /// more than that in all. Each is checked: `one` records one, with a number, and gives the
    /// specification with it.
    ///
    /// # Panics
    /// If no order explains one of them.
    #[track_caller]
    pub fn of<S: Specification>(mut one: impl FnMut(u64) -> (S, Vec<Vec<Done<S::Op>>>)) -> Self {
        let mut tally = Tally::default();
        let (enough, most) = (operations(), operations() * LIMIT);
        while tally.all.overlapping < enough && tally.all.operations < most {
            let (specification, history) = one(tally.histories as u64);
            tally.add(&specification, &history);
        }
        tally
    }

    /// Checks one history more.
    ///
    /// # Panics
    /// If no order explains it.
    #[track_caller]
    pub fn add<S: Specification>(&mut self, specification: &S, history: &[Vec<Done<S::Op>>]) {
        let checked = match check(specification, history) {
            Ok(checked) => checked,
            Err(violation) => panic!("history {}: {violation}", self.histories),
        };
        assert!(checked.operations > 0, "nothing was recorded");
        self.histories += 1;
        self.all.operations += checked.operations;
        self.all.overlapping += checked.overlapping;
        self.all.configurations = self.all.configurations.max(checked.configurations);
    }

    /// Says what was checked, on a line that `deep.sh` reads.
    pub fn tell(&self, of: &str) {
        println!("history of {of}: {self}");
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Checked {
            operations,
            overlapping,
            configurations,
        } = self.all;
        write!(
            f,
            "{operations} operations in {} histories, {overlapping} beside another one, up to {configurations} configurations",
            self.histories
        )
    }
}
