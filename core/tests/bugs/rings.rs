//! B1 to B21: the algorithms of rings.

use std::collections::VecDeque;
use std::mem::MaybeUninit;
use std::num::NonZeroU8;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use gimmal_core::channel::mpmc::Channel;
use gimmal_core::error::{Full, PopError, PushError, ReserveError, TryRecvError, TrySendError};
use gimmal_core::ring::{DynCapacity, mpmc, spsc};
use gimmal_core::test_hooks;

use crate::kit::{Bang, Item, Ledger, bangs, rounds, within};

#[test]
fn b01_a_half_done_pop_makes_the_ring_look_full() {
    let mut ring = mpmc::Ring::<u8, 4>::new();
    (0..4).for_each(|i| ring.push(i).unwrap());
    let (first, ()) = test_hooks::stopped_pop(&mut ring, |ring| {
        assert_eq!(ring.pop(), Ok(1), "another pop has returned");
        assert_eq!(ring.push(9), Err(PushError::Busy(9)), "so it is not full");
    })
    .unwrap();
    assert_eq!(first, 0);
    ring.push(9).unwrap();
}

#[test]
fn b02_a_try_waits_for_a_stopped_peer() {
    within(Duration::from_secs(20), || {
        let mut channel = Channel::<u8, 1>::new();
        test_hooks::stopped_send(&mut channel, 1, |channel| {
            assert_eq!(channel.try_recv(), Err(TryRecvError::Busy));
            assert_eq!(channel.try_send(2), Err(TrySendError::Full(2)));
        })
        .unwrap();
        test_hooks::stopped_recv(&mut channel, |channel| {
            assert_eq!(channel.try_send(2), Err(TrySendError::Busy(2)));
            assert_eq!(channel.try_recv(), Err(TryRecvError::Empty));
        })
        .unwrap();
        let mut ring = mpmc::Ring::<u8, 1>::new();
        test_hooks::stopped_push(&mut ring, 1, |ring| {
            assert!(
                ring.push_overwrite(2).is_err(),
                "the oldest is not there yet"
            );
        })
        .unwrap();
    });
}

fn round_trips<const N: usize>() {
    let ring = mpmc::Ring::<u16, N>::new();
    for _ in 0..if cfg!(miri) { 1 } else { 5 } {
        let all = 0..u16::try_from(N).unwrap();
        all.clone().for_each(|i| ring.push(i).unwrap());
        assert_eq!(ring.push(0), Err(PushError::Full(0)));
        assert_eq!(ring.len(), N);
        all.for_each(|i| assert_eq!(ring.pop(), Ok(i)));
        assert_eq!(ring.pop(), Err(PopError::Empty));
    }
}

#[test]
fn b03_a_narrow_counter_flips_its_sign_at_128_or_256_slots() {
    within(Duration::from_secs(20), || {
        round_trips::<127>();
        round_trips::<128>();
        round_trips::<129>();
        if cfg!(miri) {
            return;
        }
        round_trips::<255>();
        round_trips::<256>();
        round_trips::<257>();
        round_trips::<1000>();
    });
}

fn across_the_end<const N: usize>() {
    let mut ring = spsc::Ring::<usize, N>::new();
    test_hooks::spsc_at(&mut ring, test_hooks::last_position(N));
    let mut other = mpmc::Ring::<usize, N>::new();
    test_hooks::mpmc_at(&mut other, test_hooks::laps(N) - 1, N - 1);
    let (mut producer, mut consumer) = ring.split();
    (0..N).for_each(|i| producer.push(i).unwrap());
    (0..N).for_each(|i| other.push(i).unwrap());
    assert_eq!(producer.push(9), Err(Full(9)));
    assert_eq!(other.push(9), Err(PushError::Full(9)));
    for i in 0..N {
        assert_eq!(consumer.pop(), Ok(i), "no entry was overwritten");
        assert_eq!(other.pop(), Ok(i), "no entry was overwritten");
    }
}

#[test]
fn b04_b05_an_index_jumps_when_the_counter_wraps() {
    across_the_end::<1>();
    across_the_end::<3>();
    across_the_end::<4>();
    across_the_end::<5>();
    across_the_end::<6>();
    across_the_end::<7>();
    across_the_end::<100>();
}

#[test]
fn b07_a_full_ring_looks_empty() {
    let mut ring = spsc::Ring::<u8, 2>::new();
    let other = mpmc::Ring::<u8, 2>::new();
    for i in 0..2 {
        ring.split().0.push(i).unwrap();
        other.push(i).unwrap();
    }
    assert!(ring.is_full() && !ring.is_empty() && ring.len() == 2);
    assert!(other.is_full() && !other.is_empty() && other.len() == 2);
}

#[test]
fn b08_len_overflows_near_the_largest_capacity() {
    // An interpreter walks through every one of them.
    const N: usize = if cfg!(miri) { 4096 } else { usize::MAX / 4 };
    let mut ring = spsc::Ring::<(), N>::new();
    test_hooks::spsc_at(&mut ring, test_hooks::last_position(N));
    let (mut producer, mut consumer) = ring.split();
    for i in 1..4 {
        producer.push(()).unwrap();
        assert_eq!(
            (producer.len(), consumer.len(), producer.free()),
            (i, i, N - i)
        );
    }
    let run = consumer.read_chunk(3).unwrap();
    assert_eq!((run.as_slices().0.len(), run.as_slices().1.len()), (1, 2));
    run.release(3);
    let mut run = producer.reserve(N).unwrap();
    assert!(run.push(()).is_ok());
    run.commit();
    assert_eq!(consumer.len(), 1);
}

#[test]
fn b09_a_ring_of_one_is_full_and_empty_at_once() {
    let mut ring = spsc::Ring::<u8, 1>::new();
    let (mut producer, mut consumer) = ring.split();
    let other = mpmc::Ring::<u8, 1>::new();
    for i in 0..5 {
        assert!(producer.is_empty() && !producer.is_full() && other.is_empty() && !other.is_full());
        producer.push(i).unwrap();
        other.push(i).unwrap();
        assert!(!producer.is_empty() && producer.is_full() && !other.is_empty() && other.is_full());
        assert_eq!(
            (producer.push(9), other.push(9)),
            (Err(Full(9)), Err(PushError::Full(9)))
        );
        assert_eq!((consumer.pop(), other.pop()), (Ok(i), Ok(i)));
    }
}

#[test]
fn b10_a_capacity_of_zero_reaches_the_ring_at_run_time() {
    assert!(spsc::RingView::<u8>::layout(0).is_none());
    assert!(mpmc::RingView::<u8>::layout(0).is_none());
    assert!(mpmc::RingView::<u8>::layout(usize::MAX).is_none());
    assert!(mpmc::RingView::<[u8; 1024]>::layout(usize::MAX / 16).is_none());
    assert!(spsc::RingView::<u8>::layout(3).is_some());
}

#[test]
fn b11_a_panicking_destructor_leaves_dead_elements_alive() {
    let ledger = Ledger::new();
    let mut ring = spsc::Ring::<Item, 4>::new();
    let (mut producer, mut consumer) = ring.split();
    producer.push(ledger.item()).unwrap();
    producer.push(ledger.bomb()).unwrap();
    producer.push(ledger.item()).unwrap();
    bangs(|| consumer.read_chunk(3).unwrap().release(3));
    assert_eq!(ledger.dropped(), 2);
    assert_eq!(consumer.pop().unwrap(), 2);
    drop((producer, consumer));
    drop(ring);
    ledger.settle();
}

#[test]
fn b12_a_panicking_filler_leaves_a_slot_that_was_never_written() {
    let ledger = Ledger::new();
    let mut ring = spsc::Ring::<Item, 4>::new();
    let (mut producer, consumer) = ring.split();
    bangs(|| {
        let mut run = producer.reserve(4).unwrap();
        for i in 0..4 {
            if i == 2 {
                std::panic::resume_unwind(Box::new(Bang));
            }
            run.push(ledger.item()).unwrap();
        }
        run.commit();
    });
    assert_eq!((consumer.len(), ledger.living()), (0, 0));
    drop((producer, consumer));
    drop(ring);
    ledger.settle();
}

#[test]
fn b13_values_of_no_size_divide_by_zero_or_are_never_full() {
    let mut ring = spsc::Ring::<(), 3>::new();
    let (mut producer, mut consumer) = ring.split();
    let other = mpmc::Ring::<(), 3>::new();
    (0..3).for_each(|_| producer.push(()).unwrap());
    (0..3).for_each(|_| other.push(()).unwrap());
    assert!(producer.is_full() && other.is_full());
    assert!(producer.push(()).is_err() && other.push(()).is_err());
    (0..3).for_each(|_| consumer.pop().unwrap());
    (0..3).for_each(|_| other.pop().unwrap());
    assert!(consumer.pop().is_err() && other.pop().is_err());
}

#[test]
fn b14_safe_code_sees_a_value_that_was_never_written() {
    let mut ring = spsc::Ring::<(&'static str, NonZeroU8, bool), 4>::new();
    let (mut producer, mut consumer) = ring.split();
    assert!(consumer.peek().is_err() && consumer.read_chunk(1).is_err());
    let value = ("text", NonZeroU8::MIN, true);
    producer.push(value).unwrap();
    assert_eq!(consumer.read_chunk(1).unwrap().as_slices().0, [value]);
    assert_eq!(consumer.pop(), Ok(value));

    // What has been written cannot be unwritten.
    let mut ring = spsc::Ring::<String, 4>::new();
    let (mut producer, mut consumer) = ring.split();
    let mut run = producer.reserve(4).unwrap();
    run.push(String::from("kept")).unwrap();
    let (first, second) = run.as_uninit();
    assert_eq!(first.len() + second.len(), 3);
    for slot in first.iter_mut().chain(second) {
        *slot = MaybeUninit::uninit();
    }
    run.commit();
    assert_eq!(consumer.len(), 1);
    assert_eq!(consumer.pop().as_deref(), Ok("kept"));
}

#[test]
fn b15_debug_touches_dead_slots() {
    let mut ring = spsc::Ring::<String, 3>::new();
    let other = mpmc::Ring::<String, 3>::new();
    let (mut producer, mut consumer) = ring.split();
    for step in 0..12 {
        if step % 4 < 2 {
            producer.push(step.to_string()).unwrap();
            other.push(step.to_string()).unwrap();
        } else {
            consumer.pop().unwrap();
            other.pop().unwrap();
        }
        let shown = format!("{producer:?} {consumer:?} {other:?}");
        assert!(shown.contains(&format!("len: {}", other.len())), "{shown}");
    }
    let run = producer.reserve(2).unwrap();
    assert_eq!(format!("{run:?}"), "Write { written: 0, len: 2 }");
}

#[test]
fn b16_an_element_has_two_owners() {
    let ledger = Ledger::new();
    let mut ring = spsc::Ring::<Vec<Item>, 3>::new();
    let (mut producer, mut consumer) = ring.split();
    for _ in 0..4 {
        producer.push(vec![ledger.item(), ledger.item()]).unwrap();
        let mut run = producer.reserve(2).unwrap();
        run.push(vec![ledger.item()]).unwrap();
        run.push(vec![ledger.item()]).unwrap();
        run.commit_first(1);
        let taken: Vec<_> = consumer.read_chunk(2).unwrap().pop_each().collect();
        assert_eq!(taken.iter().map(Vec::len).sum::<usize>(), 3);
    }
    drop((producer, consumer));
    drop(ring);
    ledger.settle();
}

#[test]
fn b17_an_element_is_popped_twice() {
    let n = rounds(30_000);
    within(Duration::from_secs(50), move || {
        let ring = mpmc::Ring::<usize, 8>::new();
        let seen = Mutex::new(vec![0_u8; n]);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let mut mine = Vec::new();
                    loop {
                        match ring.pop() {
                            Ok(id) if id == n => break,
                            Ok(id) => mine.push(id),
                            Err(_) => thread::yield_now(),
                        }
                    }
                    let mut seen = seen.lock().unwrap();
                    mine.into_iter().for_each(|id| seen[id] += 1);
                });
            }
            for id in (0..n).chain([n; 3]) {
                while ring.push(id).is_err() {
                    thread::yield_now();
                }
            }
        });
        assert!(seen.lock().unwrap().iter().all(|times| *times == 1));
    });
}

#[test]
fn b19_a_push_while_the_last_receiver_goes_is_leaked_or_dropped_twice() {
    let ledger = Ledger::new();
    for _ in 0..rounds(300) {
        let channel = Channel::<Item, 1>::new();
        thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..4 {
                    let _ = channel.try_send(ledger.item());
                }
            });
            channel.close_and_drain();
        });
        assert_eq!(ledger.living(), 0);
    }
    ledger.settle();
}

#[test]
fn b20_a_request_that_can_never_fit_waits_for_ever() {
    let mut ring = spsc::Ring::<u8, 4>::new();
    let (mut producer, _consumer) = ring.split();
    assert!(producer.reserve(4).is_ok());
    assert_eq!(
        producer.reserve(5).unwrap_err(),
        ReserveError::TooLong { capacity: 4 }
    );
}

#[test]
fn b21_is_empty_lies_on_a_boundary() {
    let channel = Channel::<u8, 3>::new();
    let mut model = VecDeque::new();
    for step in 0..200_u8 {
        if step % 5 < 3 {
            if channel.try_send(step).is_ok() {
                model.push_back(step);
            }
        } else {
            assert_eq!(channel.try_recv().ok(), model.pop_front());
        }
        assert_eq!(channel.is_empty(), model.is_empty());
        assert_eq!(channel.len(), model.len());
        if model.is_empty() {
            assert!(channel.try_recv().is_err());
        }
    }
}
