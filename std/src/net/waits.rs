//! Waits that may be for ever, and waits between tries.

#![forbid(unsafe_code)]

use std::future::pending;
use std::time::Duration;

use tokio::io::Interest;
use tokio::time::{Instant, sleep_until};

use super::events::WireError;
use super::stream::Stream;
use crate::block::Yields;

/// Waits for the connection; without an interest for ever.
pub(super) async fn ready(stream: &Stream, interest: Option<Interest>) -> Result<(), WireError> {
    match interest {
        Some(interest) => Ok(stream.ready(interest).await?),
        None => pending().await,
    }
}

/// Waits until then; `None`, or until `None`: for ever.
pub(super) async fn late(until: Option<Option<Instant>>) {
    match until.flatten() {
        Some(until) => sleep_until(until).await,
        None => pending().await,
    }
}

/// How many times a wire yields instead of waiting for room.
const YIELDS: u32 = 64;
/// After yields in vain, how many waits have none.
const WITHOUT: u32 = 15;

/// The yields of a wire whose message has no room in its pipe: as long as they help, and are cheap.
///
/// A socket that reads a full pipe makes room again in a fraction of the time in which this thread is put
/// to sleep and woken, and it would be woken for one place (`net/pull-64`).
#[derive(Default)]
pub(super) struct RoomYields {
    /// Those of this wait.
    yields: Option<Yields>,
    without: u32,
}

impl RoomYields {
    /// Lets other threads have their turn. Returns `false` if it is time to wait.
    pub(super) fn again(&mut self) -> bool {
        if self.without > 0 {
            self.without -= 1;
            return false;
        }
        let begin = || Yields::begin(YIELDS, 0, false);
        if self
            .yields
            .get_or_insert_with(begin)
            .once(|| None)
            .is_some()
        {
            return true;
        }
        *self = RoomYields {
            yields: None,
            without: WITHOUT,
        };
        false
    }

    /// Something has moved.
    pub(super) fn have_helped(&mut self) {
        self.yields = None;
    }
}

/// The waits between the tries to connect: they double, up to a maximum.
pub(super) struct Backoff {
    first: Duration,
    most: Duration,
    next: Duration,
}

impl Backoff {
    pub(super) fn new((first, most): (Duration, Duration)) -> Self {
        Backoff {
            first,
            most,
            next: first,
        }
    }

    /// Begins again with the first wait.
    pub(super) fn reset(&mut self) {
        self.next = self.first;
    }

    /// The next wait: up to a quarter less, at random, so that many do not come at once.
    pub(super) fn next(&mut self) -> Duration {
        use std::hash::{BuildHasher, Hasher, RandomState};
        let wait = self.next;
        self.next = wait.saturating_mul(2).min(self.most);
        scattered(wait, RandomState::new().build_hasher().finish())
    }
}

/// A wait from three quarters of this one, which is left out, to the whole.
fn scattered(wait: Duration, random: u64) -> Duration {
    wait - wait.mul_f64((random % 1024) as f64 / 4096.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_millis(100);
    const MOST: Duration = Duration::from_secs(5);

    /// The next wait is this one, or up to a quarter less.
    #[track_caller]
    fn is_about(backoff: &mut Backoff, millis: u64) {
        let (wait, whole) = (backoff.next(), Duration::from_millis(millis));
        assert!(
            whole * 3 / 4 < wait && wait <= whole,
            "{wait:?} of {whole:?}"
        );
    }

    #[test]
    fn waits_double_up_to_the_maximum_and_begin_again() {
        let mut backoff = Backoff::new((FIRST, MOST));
        for _ in 0..2 {
            for millis in [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000] {
                is_about(&mut backoff, millis);
            }
            backoff.reset();
        }
        is_about(&mut backoff, 100);
        backoff.reset();
        is_about(&mut backoff, 100);
    }

    #[test]
    fn a_wait_that_cannot_grow_stays() {
        let mut always = Backoff::new((MOST, MOST));
        (0..3).for_each(|_| is_about(&mut always, 5000));
        let mut none = Backoff::new((Duration::ZERO, MOST));
        (0..3).for_each(|_| assert_eq!(none.next(), Duration::ZERO));
        let mut ever = Backoff::new((Duration::MAX / 3, Duration::MAX));
        let waits = [ever.next(), ever.next(), ever.next(), ever.next()];
        assert!(waits[3] > Duration::MAX / 4 * 2, "{waits:?}");
    }

    #[test]
    fn a_wait_is_up_to_a_quarter_less() {
        assert_eq!(scattered(MOST, 0), MOST);
        assert_eq!(scattered(MOST, 512), MOST * 7 / 8);
        let least = scattered(MOST, 1023);
        assert!(MOST * 3 / 4 < least && least < MOST * 38 / 50, "{least:?}");
        // Beyond that the numbers begin again.
        assert_eq!(scattered(MOST, 1024), MOST);
        assert!(scattered(MOST, u64::MAX) == least);
    }

    #[test]
    fn many_that_wait_do_not_come_at_once() {
        let waits = (0..100).map(|_| Backoff::new((MOST, MOST)).next());
        let different: std::collections::BTreeSet<_> = waits.collect();
        // 100 of 1024 are about 95 different ones.
        assert!(different.len() > 50, "{}", different.len());
    }

    #[test]
    fn after_yields_in_vain_some_waits_have_none() {
        let mut room_yields = RoomYields::default();
        for _ in 0..3 {
            let yields = (0..=YIELDS).take_while(|_| room_yields.again());
            // Beside threads that compute there are none.
            assert!(yields.count() <= YIELDS as usize);
            let without = (0..WITHOUT).filter(|_| !room_yields.again());
            assert_eq!(without.count(), WITHOUT as usize);
        }
        // What helps is not left off, but where yields are dear.
        for _ in 0..1000 {
            room_yields.have_helped();
            if !room_yields.again() {
                assert_eq!(room_yields.without, WITHOUT);
                room_yields.without = 0;
            }
        }
    }
}
