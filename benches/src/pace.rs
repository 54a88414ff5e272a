//! How many operations a turn has, so that it lasts about as long as was asked for.
//!
//! Something else may take the core in the middle of a turn. A turn that was long by such an accident says nothing of what
//! an operation costs: taken at its word while a turn is a handful of operations, it would leave a contender with turns of
//! a handful, whose time is the start of their threads. So the first turns that are long enough are repeated, and the
//! shortest of them counts; and a number that has become too small all the same recovers faster than it shrinks.

use std::time::Duration;

/// At most this many times as many operations as in the last turn.
const UP: f64 = 8.0;
/// At most this many times fewer.
const DOWN: f64 = 2.0;
/// So many turns of the same size agree before it is taken.
const AGREE: u32 = 3;

/// The number of operations of one contender's next turn.
#[derive(Debug)]
pub struct Pace {
    operations: u64,
    target: Duration,
    fixed: bool,
    shortest: Duration,
    agreed: u32,
}

impl Pace {
    /// Turns that last about `target`, or have as many operations as were asked for.
    pub fn new(target: Duration, asked: Option<u64>) -> Self {
        Pace {
            operations: asked.unwrap_or(1),
            target,
            fixed: asked.is_some(),
            shortest: Duration::MAX,
            agreed: 0,
        }
    }

    /// How many operations the next turn has.
    pub fn operations(&self) -> u64 {
        self.operations
    }

    /// Returns `true` while turns are to be played that do not count, to find the number.
    pub fn is_searching(&self) -> bool {
        !self.fixed && self.agreed < AGREE
    }

    /// Notes how long such a turn took.
    pub fn search(&mut self, spent: Duration) {
        self.shortest = self.shortest.min(spent);
        if self.shortest * 3 < self.target {
            self.aim(self.shortest, self.target / 2, UP);
            self.shortest = Duration::MAX;
            self.agreed = 0;
            return;
        }
        self.agreed += 1;
        if self.agreed == AGREE {
            self.aim(self.shortest, self.target, UP);
        }
    }

    /// Notes how long a turn took that counts.
    pub fn note(&mut self, spent: Duration) {
        self.aim(spent, self.target, DOWN);
    }

    fn aim(&mut self, spent: Duration, target: Duration, down: f64) {
        if self.fixed {
            return;
        }
        let factor = target.as_secs_f64() / spent.as_secs_f64().max(1e-9);
        let operations = self.operations as f64 * factor.clamp(1.0 / down, UP);
        self.operations = (operations.ceil() as u64).max(1);
    }
}
