//! Counters that wrap: the arithmetic over a byte for every capacity and every value, the rings themselves from every
//! start position at both ends of the word, and whatever else counts round.

#![allow(unsafe_code)]

mod kit;

use std::pin::pin;
use std::sync::OnceLock;
use std::task::{Poll, Waker};

use gimmal_core::channel::mpmc::Channel;
use gimmal_core::error::{Empty, Full, PopError, PushError, TryRecvError, TrySendError};
use gimmal_core::ring::{mpmc, spsc};
use gimmal_core::sync::Barrier;
use gimmal_core::test_hooks::{self, byte, word};
use gimmal_core::wait::{Operation, Phase, Until, WaitQueue};
use kit::parties::{all_broken, all_pass, arrived, is_broken, trips, works};
use kit::{Counted, Waiter, poll};

/// The largest capacity of an SPSC ring over a byte, by the rule that the ring itself checks.
const SPSC_MOST: u8 = u8::MAX / 4;
/// The same for an MPMC ring.
const MPMC_MOST: u8 = u8::MAX / 16;

#[test]
fn spsc_positions_over_a_byte_are_exact_for_every_capacity() {
    for n in 1..=SPSC_MOST {
        // Where the capacity is a power of two all ways to count are right; the first two come to the same numbers.
        for (mask, round) in [
            (None, 2 * u32::from(n)),
            (Some(2 * n - 1), 2 * u32::from(n)),
            (Some(u8::MAX), 256),
        ] {
            if mask.is_some() && !n.is_power_of_two() {
                continue;
            }
            for pos in 0..round {
                let pos = u8::try_from(pos).unwrap();
                let slot = u32::from(byte::slot(pos, n, mask));
                assert_eq!(slot, u32::from(pos) % u32::from(n));
                assert_eq!(byte::after(pos, n, mask), byte::moved(pos, 1, n, mask));
                let next = byte::slot(byte::after(pos, n, mask), n, mask);
                assert_eq!(u32::from(next), (slot + 1) % u32::from(n), "round the ring");
                for by in 0..=n {
                    let to = byte::moved(pos, by, n, mask);
                    assert_eq!(u32::from(to), (u32::from(pos) + u32::from(by)) % round);
                    let distance = byte::distance(pos, to, n, mask);
                    assert_eq!(distance, by, "{pos} to {to} of {n}, {mask:?}");
                }
            }
        }
    }
}

#[test]
fn mpmc_positions_over_a_byte_are_exact_for_every_capacity_in_every_lap() {
    for n in 1..=MPMC_MOST {
        let span = byte::span(n);
        assert!(span >= n && span.is_power_of_two() && span / 2 < n);
        let laps = 256 / (2 * u32::from(span));
        assert!(
            laps >= 8,
            "{n}: {laps} laps tell an old position from a new one"
        );
        let positions: Vec<u8> = std::iter::successors(Some(0), |p| Some(byte::next(*p, n, span)))
            .take((laps * u32::from(n)) as usize)
            .collect();
        let last = *positions.last().unwrap();
        assert_eq!(byte::next(last, n, span), 0, "{n}: round once");
        let mut distinct = positions.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(
            distinct.len(),
            positions.len(),
            "{n}: no position comes twice in a round"
        );
        for (i, pos) in positions.iter().copied().enumerate() {
            assert_eq!(
                pos & 1,
                0,
                "{n}: counting never touches the closed bit: {pos}"
            );
            assert_eq!(usize::from(byte::index(pos, span)), i % usize::from(n));
            let lap = byte::turn(pos, span);
            assert_eq!(
                usize::from(lap),
                i / usize::from(n) * 2 * usize::from(span) % 256
            );
            assert_eq!(lap & 1, 0, "{n}: bit 0 of a stamp is free");
            assert_eq!(
                byte::turn(pos | 1, span),
                lap | 1,
                "{n}: closing keeps the lap"
            );
            for k in 0..=usize::from(n) {
                let tail = positions[(i + k) % positions.len()];
                assert_eq!(usize::from(byte::between(pos, tail, n, span)), k);
                assert_eq!(byte::lap_later(pos, span) == tail, k == usize::from(n));
                assert_eq!(pos == tail, k == 0);
            }
        }
    }
}

#[test]
fn the_word_s_arithmetic_agrees_with_the_byte_s() {
    for n in 1..=SPSC_MOST {
        for pos in 0..2 * n {
            for by in 0..=n {
                let (p, b, c) = (pos.into(), by.into(), n.into());
                assert_eq!(word::after(p, c, None), byte::after(pos, n, None).into());
                assert_eq!(
                    word::moved(p, b, c, None),
                    byte::moved(pos, by, n, None).into()
                );
            }
        }
    }
    // At the upper end of the word.
    for n in [1, 2, 8, 1 << (usize::BITS - 3)] {
        let (last, whole) = (usize::MAX, Some(usize::MAX));
        assert_eq!(word::moved(last, 1, n, whole), 0);
        assert_eq!(word::slot(last, n, whole), n - 1);
        let round = word::moved(last, n, n, whole);
        assert_eq!(word::distance(last, round, n, whole), n);
    }
    for n in [1, 2, 3, 7, 8, 15, 16] {
        let span = word::span(n);
        let last = (test_hooks::laps(n) - 1) * 2 * span + 2 * (n - 1);
        assert_eq!(word::next(last, n, span), 0);
        assert_eq!(
            word::lap_later(last, span),
            2 * (n - 1),
            "the lap wraps, the index stays"
        );
        assert_eq!(word::between(last, 0, n, span), 1);
    }
    // The largest capacities that the rings accept.
    let n = usize::MAX / 4;
    let (pos, round) = (2 * n - 1, 2 * n);
    assert_eq!(word::moved(pos, n, n, None), (pos - n) % round);
    assert_eq!(word::distance(pos, n - 1, n, None), n);
    let n = usize::MAX / 16;
    let span = word::span(n);
    assert!(
        test_hooks::laps(n) >= 8,
        "{span:#x} leaves enough bits for the laps"
    );
}

/// From every start position of the last two rounds: fill, be refused, drain in order, for some rounds.
fn spsc<const N: usize>() {
    for back in 0..2 * N {
        let mut ring = spsc::Ring::<usize, N>::new();
        test_hooks::spsc_at(&mut ring, test_hooks::last_position(N) - back);
        let (mut producer, mut consumer) = ring.split();
        for round in 0..5 {
            assert_eq!(consumer.pop(), Err(Empty));
            for i in 0..N {
                assert_eq!((producer.len(), consumer.len()), (i, i));
                producer.push(round * N + i).unwrap();
            }
            assert_eq!(producer.push(0), Err(Full(0)));
            assert!(producer.is_full() && consumer.is_full());
            // One place at a time for a while: the boundary between full and not full goes round too.
            for i in 0..=N {
                assert_eq!(consumer.pop(), Ok(round * N + i));
                producer.push((round + 1) * N + i).unwrap();
                assert_eq!(producer.push(0), Err(Full(0)));
            }
            let run = consumer.read_chunk(N).unwrap();
            let (first, second) = run.as_slices();
            assert!(
                first
                    .iter()
                    .chain(second)
                    .copied()
                    .eq((round + 1) * N + 1..=(round + 2) * N)
            );
            run.release(N);
        }
    }
}

#[test]
fn an_spsc_ring_is_full_and_empty_exactly_from_every_start_position() {
    spsc::<1>();
    spsc::<2>();
    spsc::<3>();
    spsc::<4>();
    spsc::<5>();
    spsc::<7>();
    spsc::<8>();
}

/// From every index of the first and the last laps of the word: fill, be refused, drain in order, across the wrap.
fn mpmc<const N: usize>() {
    let laps = test_hooks::laps(N);
    for lap in [0, 1, laps / 2 - 1, laps / 2, laps - 3, laps - 2, laps - 1] {
        for index in 0..N {
            let mut ring = mpmc::Ring::<usize, N>::new();
            test_hooks::mpmc_at(&mut ring, lap, index);
            for round in 0..4 {
                assert_eq!(ring.pop(), Err(PopError::Empty));
                assert!(ring.is_empty());
                for i in 0..N {
                    assert_eq!(ring.len(), i);
                    ring.push(round * N + i).unwrap();
                }
                assert_eq!(ring.push(0), Err(PushError::Full(0)));
                assert!(ring.is_full());
                for i in 0..=N {
                    assert_eq!(ring.pop(), Ok(round * N + i));
                    assert_eq!(ring.len(), N - 1);
                    ring.push((round + 1) * N + i).unwrap();
                    assert_eq!(ring.push(0), Err(PushError::Full(0)));
                }
                assert_eq!(
                    ring.push_overwrite((round + 2) * N + 1),
                    Ok(Some((round + 1) * N + 1))
                );
                for i in 0..N {
                    assert_eq!(ring.pop(), Ok((round + 1) * N + 2 + i));
                }
            }
        }
    }
}

#[test]
fn an_mpmc_ring_is_full_and_empty_exactly_from_every_index_of_the_first_and_last_laps() {
    mpmc::<1>();
    mpmc::<2>();
    mpmc::<3>();
    mpmc::<4>();
    mpmc::<5>();
    mpmc::<7>();
    mpmc::<8>();
}

/// An operation that stands still while its neighbours go round the end of the word.
#[test]
fn a_stopped_push_is_found_again_across_the_wrap() {
    for (before, index) in [(1, 0), (1, 1), (1, 2), (2, 2)] {
        let mut ring = mpmc::Ring::<u32, 3>::new();
        test_hooks::mpmc_at(&mut ring, test_hooks::laps(3) - before, index);
        let done = test_hooks::stopped_push(&mut ring, 1, |ring| {
            assert_eq!(ring.pop(), Err(PopError::Busy));
            ring.push(2).unwrap();
            ring.push(3).unwrap();
            assert_eq!(
                ring.push(4),
                Err(PushError::Full(4)),
                "all three positions are claimed"
            );
            assert_eq!((ring.len(), ring.pop()), (3, Err(PopError::Busy)));
        });
        assert!(done.is_some());
        assert_eq!(
            [ring.pop(), ring.pop(), ring.pop(), ring.pop()],
            [Ok(1), Ok(2), Ok(3), Err(PopError::Empty)]
        );
    }
}

#[test]
fn a_channel_closes_in_any_lap_and_is_drained_before_it_says_so() {
    let laps = test_hooks::laps(3);
    for lap in [0, laps / 2, laps - 2, laps - 1] {
        for index in 0..3 {
            for fill in 0..=3_u8 {
                let mut channel = Channel::<u8, 3>::new();
                test_hooks::channel_at(&mut channel, lap, index);
                (0..fill).for_each(|i| channel.try_send(i).unwrap());
                assert!(channel.close() && !channel.close());
                assert_eq!(channel.len(), fill.into());
                assert_eq!(channel.try_send(9), Err(TrySendError::Closed(9)));
                for i in 0..fill {
                    assert_eq!(channel.try_recv(), Ok(i));
                    assert_eq!(channel.try_send(9), Err(TrySendError::Closed(9)));
                }
                for _ in 0..7 {
                    assert_eq!(channel.try_recv(), Err(TryRecvError::Closed));
                }
                assert!(channel.is_closed() && channel.is_empty());
            }
        }
    }
}

/// Waits for a grant, and for nothing else.
struct Grant;

impl Operation for Grant {
    type Output = ();

    fn try_once(&mut self, when: Phase) -> Poll<()> {
        if matches!(when, Phase::Granted | Phase::Released) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

#[test]
fn notifying_everybody_still_means_everybody_when_its_count_wraps() {
    let waker = Waker::noop();
    for start in u32::MAX - 4..=u32::MAX {
        let mut queue = WaitQueue::new();
        test_hooks::queue_at(&mut queue, start);
        for round in 0..10 {
            let mut old = pin!(Until::new(&queue, Grant));
            let mut new = pin!(Until::new(&queue, Grant));
            assert!(poll(old.as_mut(), waker).is_pending());
            if round % 2 == 0 {
                assert_eq!(queue.release_all(), 1);
                assert!(poll(new.as_mut(), waker).is_pending());
                assert!(
                    poll(old.as_mut(), waker).is_ready(),
                    "{start}, round {round}"
                );
                assert!(
                    poll(new.as_mut(), waker).is_pending(),
                    "it came after the call"
                );
            } else {
                assert!(poll(new.as_mut(), waker).is_pending());
                assert_eq!(queue.release_all(), 2);
                assert!(poll(old.as_mut(), waker).is_ready());
                assert!(poll(new.as_mut(), waker).is_ready());
            }
        }
    }
}

#[test]
fn a_waiter_that_stays_through_many_counts_is_found() {
    let mut queue = WaitQueue::new();
    test_hooks::queue_at(&mut queue, u32::MAX - 1);
    let (counted, waker) = Counted::new();
    let mut stays = pin!(Until::new(&queue, Grant));
    for wakes in 1..5 {
        assert!(poll(stays.as_mut(), &waker).is_pending());
        assert_eq!(queue.wake_all(), 1);
        assert_eq!(counted.wakes(), wakes);
    }
}

#[test]
fn notifying_several_still_means_those_who_wait_when_its_count_wraps() {
    for start in u32::MAX - 2..=u32::MAX {
        let mut queue = WaitQueue::new();
        test_hooks::queue_at(&mut queue, start);
        let mut old: Vec<_> = (0..12)
            .map(|_| Waiter::of(Until::new(&queue, Grant)))
            .collect();
        for round in 0..12 {
            let new = Waiter::of(Until::new(&queue, Grant));
            assert_eq!(queue.grant_many(1), 1);
            assert!(old.remove(0).poll().is_ready(), "{start}, round {round}");
            assert_eq!(new.wakes(), 0);
            old.push(new);
        }
        assert_eq!(queue.grant_many(5), 5);
        assert_eq!(queue.release_all(), 7);
        assert!(old.iter_mut().all(|waiter| waiter.poll().is_ready()));
    }
}

#[test]
fn a_barrier_breaks_and_trips_when_its_breaks_wrap() {
    for start in (usize::MAX - 4..=usize::MAX).chain([0]) {
        let mut barrier = Barrier::new(3);
        test_hooks::barrier_at(&mut barrier, start);
        for round in 0..8 {
            let mut parties = arrived(&barrier, 2);
            match round % 4 {
                0 => barrier.reset(),
                1 => barrier.abort(),
                2 => drop(parties.pop()),
                _ => assert!(trips(&barrier).unwrap().is_leader()),
            }
            if round % 4 == 3 {
                // Once it has tripped that stays so.
                barrier.abort();
                all_pass(&mut parties);
            } else {
                all_broken(&mut parties);
            }
            if round % 4 != 0 {
                is_broken(&barrier);
                barrier.reset();
            }
            works(&barrier);
        }
    }
}

/// What is compared when the action is over is whether the count is the same, not which one is larger.
#[test]
fn a_barrier_that_is_reset_inside_its_action_does_not_trip_when_its_breaks_wrap() {
    type Acting = Barrier<Box<dyn Fn() + Send + Sync>>;
    for start in [usize::MAX - 1, usize::MAX, 0] {
        for breaks in [0, 1, 2, 3, 300] {
            let whole: &'static OnceLock<&'static Acting> = Box::leak(Box::default());
            let action = move || (0..breaks).for_each(|_| whole.get().unwrap().reset());
            let mut barrier: Acting = Barrier::with_action(2, Box::new(action));
            test_hooks::barrier_at(&mut barrier, start);
            let barrier: &'static Acting = Box::leak(Box::new(barrier));
            assert!(whole.set(barrier).is_ok());
            let mut parties = arrived(barrier, 1);
            assert_eq!(trips(barrier).is_ok(), breaks == 0);
            assert_eq!(parties[0].gets_it().is_ok(), breaks == 0);
            assert!(!barrier.is_broken());
        }
    }
}
