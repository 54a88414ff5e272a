//! Rings under real threads: every answer is one that a sequential queue gives in some order.

use gimmal_core::error::PushError;
use gimmal_core::ring::{exact, mpmc, spsc};
use gimmal_histories::{
    Busy, Dice, Items, Part, Put, Take, Tally, Use, bounded, putter, taker, together,
};

/// Length of a history, for each thread.
const LENGTH: usize = if cfg!(miri) { 20 } else { 20_000 };

fn put<T>(answer: Result<(), PushError<T>>) -> Put {
    match answer {
        Ok(()) => Put::Done,
        Err(PushError::Full(_)) => Put::Full,
        Err(PushError::Busy(_)) => Put::Busy,
    }
}

fn mpmc_take<const N: usize>(ring: &mpmc::Ring<u32, N>) -> Take {
    use gimmal_core::error::PopError;
    match ring.pop() {
        Ok(item) => Take::Got(item),
        Err(PopError::Empty) => Take::Empty,
        Err(PopError::Busy) => Take::Busy,
    }
}

/// A thread that takes and puts, at random: a take once in `share` times, or never if that is 1.
fn both<'s>(
    number: u32,
    share: u64,
    mut put: impl FnMut(u32) -> Use + Send + 's,
    mut take: impl FnMut() -> Take + Send + 's,
) -> Part<'s, Use> {
    let mut dice = Dice::new(number.into());
    Box::new(move |log| {
        for i in 0..LENGTH as u32 {
            if share > 1 && dice.once_in(share) {
                log.record(&mut take, |answer| Use::Take(*answer));
            } else {
                log.record(|| put(number << 24 | i), |answer| *answer);
            }
        }
    })
}

#[test]
fn an_spsc_ring() {
    bounded(|| {
        fn of<const N: usize>() {
            Tally::of(|_| {
                let mut ring = spsc::Ring::<u32, N>::new();
                let (mut producer, mut consumer) = ring.split();
                let history = together(vec![
                    putter(LENGTH, 1, move |item| {
                        producer.push(item).map_or(Put::Full, |()| Put::Done)
                    }),
                    taker(LENGTH, 2, move || {
                        consumer.pop().map_or(Take::Empty, Take::Got)
                    }),
                ]);
                (Items::queue(N, Busy::Never), history)
            })
            .tell(&format!("spsc::Ring<{N}>"));
        }
        of::<1>();
        of::<3>();
    });
}

#[test]
fn an_mpmc_ring_is_busy_only_beside_an_operation_in_progress() {
    bounded(|| {
        fn of<const N: usize>() {
            Tally::of(|_| {
                let ring = mpmc::Ring::<u32, N>::new();
                let of_two = |number| {
                    let (put_in, take) = (|item| put(ring.push(item)), || mpmc_take(&ring));
                    both(number, 2, move |item| Use::Put(item, put_in(item)), take)
                };
                let history = together(vec![
                    putter(LENGTH, 1, |item| put(ring.push(item))),
                    taker(LENGTH, 2, || mpmc_take(&ring)),
                    of_two(3),
                ]);
                (Items::queue(N, Busy::BesideHalfDone), history)
            })
            .tell(&format!("mpmc::Ring<{N}>"));
        }
        of::<1>();
        of::<3>();
    });
}

#[test]
fn an_exact_ring_is_never_busy_with_enough_spare_slots() {
    bounded(|| {
        fn of<const N: usize>() {
            Tally::of(|_| {
                let ring = exact::Ring::<u32, N, 3>::new();
                let take = || ring.pop().map_or(Take::Empty, Take::Got);
                let of_two = |number| {
                    let put_in = |item| Use::Put(item, put(ring.push(item)));
                    both(number, 2, put_in, take)
                };
                let history = together(vec![
                    putter(LENGTH, 1, |item| put(ring.push(item))),
                    taker(LENGTH, 2, take),
                    of_two(3),
                    of_two(4),
                ]);
                (Items::queue(N, Busy::Never), history)
            })
            .tell(&format!("exact::Ring<{N}>"));
        }
        of::<1>();
        of::<3>();
    });
}

/// Eviction and push are one step for those that put. For a pop they are two, so nothing is popped here.
#[test]
fn an_mpmc_ring_that_overwrites() {
    bounded(|| {
        Tally::of(|_| {
            let ring = mpmc::Ring::<u32, 2>::new();
            let over = |item| match ring.push_overwrite(item) {
                Ok(oldest) => Use::Overwrite(item, oldest),
                Err(_) => Use::Put(item, Put::Busy),
            };
            let never = || Take::Empty;
            let history = together((1..4).map(|n| both(n, 1, over, never)).collect());
            (Items::queue(2, Busy::BesideHalfDone), history)
        })
        .tell("mpmc::Ring, overwriting");
    });
}

/// Here they are one step for everybody.
#[test]
fn an_exact_ring_that_overwrites() {
    bounded(|| {
        Tally::of(|_| {
            let ring = exact::Ring::<u32, 2, 4>::new();
            let over = |item| match ring.push_overwrite(item) {
                Ok(oldest) => Use::Overwrite(item, oldest),
                Err(_) => Use::Put(item, Put::Busy),
            };
            let take = || ring.pop().map_or(Take::Empty, Take::Got);
            let history = together(vec![
                both(1, 2, over, take),
                both(2, 2, over, take),
                putter(LENGTH, 3, |item| put(ring.push(item))),
                taker(LENGTH, 4, take),
            ]);
            (Items::queue(2, Busy::Never), history)
        })
        .tell("exact::Ring, overwriting");
    });
}
