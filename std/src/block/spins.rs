//! Spins, where yields are dear, as long as they help.
//!
//! Beside threads that compute a thread sleeps while it waits (`yields.rs`). If two that hand over
//! to each other run on different cores, each wake-up takes tens of microseconds, in which nobody
//! gets on. If one of them spins instead, it is awake when the answer comes, and answers at once.
//! From then on both spin for an instant, and neither sleeps until the system takes the core away
//! from one of them (`loaded/1p1c/inside`). If both run on one core each spin is in vain: the thread
//! that could end it waits for the core.
//!
//! Which of the two it is changes whenever the system moves a thread, and nothing tells. So a
//! thread tries: it spins for [`SPIN`] at most, which is as long as most wake-ups take. After a
//! spin in vain it does not spin for [`REST`]; that time doubles with each further one, up to
//! [`LONGEST`], and is forgotten after a spin that helped. So a thread loses at most a twentieth
//! of its time to spins in vain, and soon far less.

#![forbid(unsafe_code)]

use std::cell::Cell;
use std::hint::spin_loop;
use std::task::Poll;
use std::time::{Duration, Instant};

/// The longest spin.
const SPIN: Duration = Duration::from_micros(20);
/// The time without spins after the first one in vain.
const REST: Duration = Duration::from_micros(400);
/// The longest time without spins.
const LONGEST: Duration = Duration::from_micros(6400);
/// Between two tries.
const PAUSES: u32 = 8;
/// Between two looks at the clock.
const TRIES: u32 = 4;

/// What follows a spin in vain.
#[derive(Clone, Copy)]
struct Rest {
    ends: Instant,
    length: Duration,
}

thread_local! {
    /// `None`: the last spin helped, or there was none yet.
    static REST_NOW: Cell<Option<Rest>> = const { Cell::new(None) };
}

/// Tries again and again for a while, not longer than to the deadline, and not at all soon after
/// that was in vain. Reads the clock.
pub(super) fn attempt<T>(
    deadline: Option<Instant>,
    mut attempt: impl FnMut() -> Poll<T>,
) -> Poll<T> {
    let begun = Instant::now();
    // In the destructor of another thread-local there may be none.
    let rest = REST_NOW.try_with(Cell::get).ok().flatten();
    if rest.is_some_and(|rest| begun < rest.ends) {
        return Poll::Pending;
    }
    let longest = begun + SPIN;
    let end = deadline.map_or(longest, |moment| moment.min(longest));
    let mut now = begun;
    while now < end {
        for _ in 0..TRIES {
            (0..PAUSES).for_each(|_| spin_loop());
            let result = attempt();
            if result.is_ready() {
                keep(None);
                return result;
            }
        }
        now = Instant::now();
    }
    // One that the deadline has cut short says nothing.
    if end == longest {
        let doubled = |rest: Rest| LONGEST.min(rest.length * 2);
        let length = rest.map_or(REST, doubled);
        let ends = now + length;
        keep(Some(Rest { ends, length }));
    }
    Poll::Pending
}

fn keep(rest: Option<Rest>) {
    let _ = REST_NOW.try_with(|kept| kept.set(rest));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tries in vain, and returns how many tries it made.
    fn in_vain(deadline: Option<Instant>) -> u32 {
        let mut tries = 0;
        let result = attempt::<()>(deadline, || {
            tries += 1;
            Poll::Pending
        });
        assert!(result.is_pending());
        tries
    }

    #[test]
    fn a_spin_that_helps_is_followed_by_the_next() {
        for _ in 0..3 {
            let mut left = 2;
            let found = attempt(None, || match left {
                0 => Poll::Ready('x'),
                _ => {
                    left -= 1;
                    Poll::Pending
                }
            });
            assert_eq!(found, Poll::Ready('x'));
            assert!(REST_NOW.get().is_none());
        }
    }

    #[test]
    fn a_spin_in_vain_is_followed_by_none_for_a_while() {
        assert!(in_vain(None) > 0);
        // A thread may lose its core for longer than such a while, but not each time.
        assert!((0..1000).any(|_| in_vain(None) == 0));
        let length = || REST_NOW.get().unwrap().length;
        let longest_after = |spins| {
            (0..spins).for_each(|_| {
                // As if the time were over.
                let ends = Instant::now();
                REST_NOW.set(REST_NOW.get().map(|rest| Rest { ends, ..rest }));
                assert!(in_vain(None) > 0);
            });
            length()
        };
        let before = length();
        assert_eq!(longest_after(1), LONGEST.min(before * 2));
        assert_eq!(longest_after(10), LONGEST);
    }

    #[test]
    fn a_spin_ends_at_the_deadline() {
        let over = Instant::now();
        assert_eq!(in_vain(Some(over)), 0);
        assert!(REST_NOW.get().is_none());
    }
}
