//! Whether residents go on: each counts its rounds, and one that stands still for too long ends the soak.

use std::fmt;
use std::process;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use gimmal_histories::Dice;

use crate::residents::Round;

/// No round takes that long, whatever computes beside it.
const LIMIT: Duration = Duration::from_secs(300);

/// A resident, watched.
pub(crate) struct Watched {
    name: &'static str,
    rounds: AtomicU64,
    operations: AtomicU64,
    /// When the number of rounds was last seen to grow, and the number; none when it is over.
    seen: Mutex<Option<(Instant, u64)>>,
}

impl Watched {
    pub(crate) fn new(name: &'static str) -> Self {
        Watched {
            name,
            rounds: AtomicU64::new(0),
            operations: AtomicU64::new(0),
            seen: Mutex::new(Some((Instant::now(), 0))),
        }
    }

    /// Rounds until the end, each with other choices.
    ///
    /// # Panics
    /// A round does.
    pub(crate) fn repeat(&self, round: Round, number: u64, end: Instant) {
        let over = Over(self);
        let mut dice = Dice::new(number << 32);
        while Instant::now() < end {
            self.operations.fetch_add(round(&mut dice), Relaxed);
            self.rounds.fetch_add(1, Relaxed);
        }
        drop(over);
    }

    pub(crate) fn operations(&self) -> u64 {
        self.operations.load(Relaxed)
    }
}

/// A resident that has ended, in order or by a panic, does not stand still.
struct Over<'w>(&'w Watched);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        *self.0.seen.lock().expect("nothing panics with it") = None;
    }
}

impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounds = self.rounds.load(Relaxed);
        write!(
            f,
            "{:<20} {rounds:>10} {:>14}",
            self.name,
            self.operations()
        )
    }
}

/// Looks at all. If one stands still the process ends, with its name: its threads could not be joined.
pub(crate) fn all_move(all: &[Watched]) {
    for watched in all {
        let mut seen = watched.seen.lock().expect("nothing panics with it");
        let Some((since, rounds)) = &mut *seen else {
            continue;
        };
        let now = watched.rounds.load(Relaxed);
        if *rounds != now {
            (*since, *rounds) = (Instant::now(), now);
        } else if since.elapsed() > LIMIT {
            println!("FAILED: {} stands still in round {now}", watched.name);
            process::exit(1);
        }
    }
}
