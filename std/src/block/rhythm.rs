//! What a thread has found out about its waits: whether it pauses before it gives the core away, and for how long.
//!
//! **One by one, or in batches.** In a stream a long pause before the second look pays: the other side builds a batch, and
//! each look at a line that it is writing costs both of them. In a dialogue one item is all that comes, and the pause is lost.
//! With the 1000 messages for which each side of a socket has room, an answer was looked for after 2.5 µs, and was there
//! after 0.3 (`sockets/req-rep`). So a thread asks in one wait of [`WAITS`] how many items have passed since it asked before.
//! (Not in each: to ask a socket is to read a line that the peer writes with each message.) Of waits in several places the
//! numbers have nothing to do with each other, and their difference is large or negative by all likelihood: then it pauses for
//! a batch, as it does where nothing is counted. A thread that takes one by one what could come in batches finds out by
//! itself: while it takes one, the other side adds several.
//!
//! **How long a batch is worth waiting for** is found out in the same rounds (`batch.rs`).
//!
//! **In vain.** If the other side runs on the same core, or is busy for long, every pause is lost (`pingpong/one-core`).
//! After [`VAIN`] of them in succession a thread leaves them out, but for one wait in [`AGAIN`], until one helps.

#![forbid(unsafe_code)]

use std::cell::Cell;
use std::task::Poll;

use super::batch::Length;

/// One wait in so many asks how many items have passed. These are a round.
const WAITS: u8 = 8;
/// A pause for a batch is not halved further than to this.
const SHORTEST: usize = 8;
/// So many items for each wait are a dialogue: a socket has moved a question and its answer, and may be in the middle of the
/// next ones when a thread asks.
const FEW: usize = 4;
/// So many pauses in succession without an item are left out from then on.
const VAIN: u8 = 16;
/// But for one wait in so many.
const AGAIN: u8 = 16;

/// What a thread knows of its waits.
#[derive(Clone, Copy)]
pub(super) struct Rhythm {
    /// Waits since it asked how many items have passed.
    waits: u8,
    /// How many that were.
    passed: usize,
    one_by_one: bool,
    batch: Length,
    /// How many pauses in succession were in vain; from `VAIN` on the waits without one are counted on.
    vain: u8,
}

thread_local! {
    static RHYTHM: Cell<Rhythm> = const { Cell::new(Rhythm::NEW) };
}

impl Rhythm {
    const NEW: Rhythm = Rhythm {
        waits: 0,
        passed: 0,
        one_by_one: false,
        batch: Length::NEW,
        vain: 0,
    };

    /// That of this thread.
    pub(super) fn get() -> Self {
        // In the destructor of another thread-local there may be none.
        RHYTHM.try_with(Cell::get).unwrap_or(Rhythm::NEW)
    }

    /// Keeps it for the next wait.
    pub(super) fn keep(self) {
        let _ = RHYTHM.try_with(|rhythm| rhythm.set(self));
    }

    /// Counts a wait, and returns `true` if what it waits for comes one by one. `passed` says how many items have passed, if
    /// that is known.
    pub(super) fn is_one_by_one(&mut self, passed: impl FnOnce() -> Option<usize>) -> bool {
        self.waits += 1;
        if self.waits == WAITS {
            self.waits = 0;
            let passed = passed();
            let since = passed.map(|n| n.wrapping_sub(self.passed));
            // Less than before: positions have begun again, or it is another place. That tells nothing.
            if since.is_none_or(|items| items.cast_signed() >= 0) {
                self.one_by_one = since.is_some_and(|items| items <= FEW * usize::from(WAITS));
            }
            match since {
                Some(items) if items.cast_signed() >= 0 && !self.one_by_one => {
                    self.batch.end_round(items);
                }
                _ => self.batch.end_unknown(),
            }
            self.passed = passed.unwrap_or(0);
        }
        self.one_by_one
    }

    /// How many pauses a batch is worth that might be worth so many.
    pub(super) fn pauses(&self, longest: usize) -> usize {
        (longest >> self.batch.halvings()).max(SHORTEST.min(longest))
    }

    /// Pauses, unless that has been in vain lately. `Ready` if it helped.
    pub(super) fn unless_in_vain<T>(&mut self, pause: impl FnOnce() -> Poll<T>) -> Poll<T> {
        if self.vain >= VAIN {
            self.vain += 1;
            if self.vain < VAIN + AGAIN {
                return Poll::Pending;
            }
        }
        let result = pause();
        self.vain = match result.is_ready() {
            true => 0,
            false => VAIN.min(self.vain + 1),
        };
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After so many waits, in which the number of passed items grows by `each`.
    fn after(mut rhythm: Rhythm, waits: u8, passed: &mut usize, each: usize) -> Rhythm {
        for _ in 0..waits {
            *passed = passed.wrapping_add(each);
            rhythm.is_one_by_one(|| Some(*passed));
        }
        rhythm
    }

    #[test]
    fn a_dialogue_is_found_and_a_stream_is_found_again() {
        let mut passed = usize::MAX - 1000;
        for each in 1..=FEW {
            let stream = after(Rhythm::NEW, WAITS, &mut passed, 100);
            assert!(!stream.one_by_one);
            let dialogue = after(stream, WAITS, &mut passed, each);
            assert!(dialogue.one_by_one, "{each}");
            let again = after(dialogue, WAITS, &mut passed, FEW + 1);
            assert!(!again.one_by_one);
        }
    }

    #[test]
    fn positions_that_begin_again_tell_nothing() {
        let mut passed = 0;
        let dialogue = after(Rhythm::NEW, 2 * WAITS, &mut passed, 1);
        passed = 0;
        assert!(after(dialogue, WAITS, &mut passed, 1).one_by_one);
        let stream = after(dialogue, WAITS, &mut passed, 100);
        passed = 0;
        assert!(!after(stream, WAITS, &mut passed, 1).one_by_one);
    }

    #[test]
    fn it_asks_in_one_wait_of_eight() {
        let (mut rhythm, mut asked) = (Rhythm::NEW, 0);
        for _ in 0..10 * WAITS {
            rhythm.is_one_by_one(|| {
                asked += 1;
                Some(0)
            });
        }
        assert_eq!(asked, 10);
    }

    #[test]
    fn where_nothing_is_counted_it_pauses_for_a_batch() {
        let mut rhythm = after(Rhythm::NEW, 2 * WAITS, &mut 0, 1);
        assert!(rhythm.one_by_one);
        for _ in 0..WAITS {
            rhythm.is_one_by_one(|| None);
        }
        assert!(!rhythm.one_by_one);
    }

    #[test]
    fn a_window_of_messages_wants_short_pauses() {
        let mut passed = 0;
        let mut rhythm = Rhythm::NEW;
        assert_eq!(rhythm.pauses(128), 128);
        let round = |rhythm, passed: &mut usize, each| after(rhythm, WAITS, passed, each);
        for _ in 0..50 {
            rhythm = round(rhythm, &mut passed, 64);
        }
        let lengths = [128, 64, 8, 3].map(|longest| rhythm.pauses(longest));
        assert_eq!(lengths, [8, 8, 8, 3]);
        for _ in 0..50 {
            let each = 10 * rhythm.pauses(128);
            rhythm = round(rhythm, &mut passed, each);
        }
        assert!(rhythm.pauses(128) >= 64, "it is a stream");
    }

    #[test]
    fn pauses_in_vain_are_left_out_until_one_helps() {
        let mut rhythm = Rhythm::NEW;
        // How many of so many waits pause.
        let mut pauses = |waits: u8, result: Poll<()>| {
            let paused = Cell::new(0);
            for _ in 0..waits {
                let before = paused.get();
                let found = rhythm.unless_in_vain(|| {
                    paused.set(before + 1);
                    result
                });
                assert_eq!(found.is_ready(), result.is_ready() && paused.get() > before);
            }
            paused.get()
        };
        let (helps, in_vain) = (Poll::Ready(()), Poll::Pending);
        assert_eq!(pauses(VAIN, in_vain), VAIN);
        assert_eq!(pauses(AGAIN - 1, in_vain), 0);
        assert_eq!(pauses(1, in_vain), 1);
        assert_eq!(pauses(10 * AGAIN, in_vain), 10);
        assert_eq!(pauses(AGAIN - 1, helps), 0);
        assert_eq!(pauses(100, helps), 100);
        assert_eq!(pauses(VAIN - 1, in_vain), VAIN - 1);
        assert_eq!(pauses(100, helps), 100);
    }
}
