//! Rings of awkward values: destructors that panic, values without a size, with a wide alignment, that must not move.

mod kit;

use std::cell::Cell;
use std::marker::PhantomPinned;
use std::panic::resume_unwind;

use gimmal_core::ring::{mpmc, spsc};
use gimmal_core::test_hooks;
use kit::{Bang, Item, Ledger, bangs};

#[test]
fn a_destructor_that_panics_in_release_takes_its_item_and_no_other() {
    for armed in 0..3 {
        let ledger = Ledger::new();
        let mut ring = spsc::Ring::<Item, 3>::new();
        test_hooks::spsc_at(&mut ring, 2);
        let (mut producer, mut consumer) = ring.split();
        for i in 0..3 {
            let item = if i == armed {
                ledger.bomb()
            } else {
                ledger.item()
            };
            producer.push(item).unwrap();
        }
        bangs(|| consumer.read_chunk(3).unwrap().release(3));
        assert_eq!(consumer.len(), 2 - armed);
        assert_eq!(producer.free(), 1 + armed);
        drop((producer, consumer));
        drop(ring);
        ledger.settle();
    }
}

#[test]
fn a_destructor_that_panics_in_a_write_run_or_in_the_ring_s_drop_stops_no_other() {
    for armed in 0..3 {
        let ledger = Ledger::new();
        let pick = |i| {
            if i == armed {
                ledger.bomb()
            } else {
                ledger.item()
            }
        };
        let mut ring = spsc::Ring::<Item, 3>::new();
        let (mut producer, consumer) = ring.split();
        let mut run = producer.reserve(3).unwrap();
        (0..3).for_each(|i| run.push(pick(i)).unwrap());
        bangs(|| drop(run));
        assert_eq!((consumer.len(), ledger.living()), (0, 0));
        let mut run = producer.reserve(3).unwrap();
        run.push(ledger.item()).unwrap();
        (1..3).for_each(|i| run.push(pick(i)).unwrap());
        if armed > 0 {
            bangs(|| run.commit_first(1));
        } else {
            run.commit_first(1);
        }
        assert_eq!((consumer.len(), ledger.living()), (1, 1));
        producer.push(ledger.bomb()).unwrap();
        producer.push(ledger.item()).unwrap();
        drop((producer, consumer));
        bangs(|| drop(ring));
        ledger.settle();
    }
}

#[test]
fn a_closure_that_panics_over_a_run_has_taken_what_it_saw() {
    let ledger = Ledger::new();
    let mut ring = spsc::Ring::<Item, 4>::new();
    let (mut producer, mut consumer) = ring.split();
    (0..4).for_each(|_| producer.push(ledger.item()).unwrap());
    bangs(|| {
        consumer
            .read_chunk(4)
            .unwrap()
            .pop_each()
            .for_each(|item| match item.id {
                1 => resume_unwind(Box::new(Bang)),
                _ => drop(item),
            });
    });
    assert_eq!((consumer.len(), producer.free()), (2, 2));
    assert_eq!(consumer.pop().unwrap(), 2);
    drop((producer, consumer));
    drop(ring);
    ledger.settle();
}

#[test]
fn values_without_a_size_are_counted_and_dropped_like_others() {
    thread_local!(static LIVING: Cell<i32> = const { Cell::new(0) });
    struct Nothing;
    impl Nothing {
        fn new() -> Self {
            LIVING.set(LIVING.get() + 1);
            Nothing
        }
    }
    impl Drop for Nothing {
        fn drop(&mut self) {
            LIVING.set(LIVING.get() - 1);
        }
    }
    let mut ring = spsc::Ring::<Nothing, 3>::new();
    let (mut producer, mut consumer) = ring.split();
    for _ in 0..5 {
        assert!(consumer.pop().is_err());
        (0..3).for_each(|_| producer.push(Nothing::new()).unwrap());
        assert!(producer.push(Nothing::new()).is_err() && producer.is_full());
        assert_eq!(LIVING.get(), 3);
        let run = consumer.read_chunk(3).unwrap();
        let (first, second) = run.as_slices();
        assert_eq!(first.len() + second.len(), 3);
        consumer.read_chunk(2).unwrap().release(2);
        assert_eq!(LIVING.get(), 1);
        drop(consumer.pop().unwrap());
    }
    producer.push(Nothing::new()).unwrap();
    drop((producer, consumer));
    drop(ring);
    assert_eq!(LIVING.get(), 0);
}

#[test]
fn over_aligned_values_lie_where_they_must() {
    #[repr(align(64))]
    struct Wide(u8);
    let mut ring = spsc::Ring::<Wide, 3>::new();
    let (mut producer, mut consumer) = ring.split();
    for i in 0..7 {
        producer.push(Wide(i)).unwrap();
        let place = consumer.peek().unwrap();
        assert_eq!((place as *const Wide).addr() % 64, 0);
        assert_eq!(consumer.pop().unwrap().0, i);
    }
}

#[test]
fn values_that_must_not_move_once_pinned_pass_in_a_box() {
    struct Pinned(u8, PhantomPinned);
    let mut ring = spsc::Ring::<std::pin::Pin<Box<Pinned>>, 1>::new();
    let (mut producer, mut consumer) = ring.split();
    let value = Box::pin(Pinned(3, PhantomPinned));
    let place = std::ptr::from_ref(&*value);
    producer.push(value).unwrap();
    let back = consumer.pop().unwrap();
    assert!(std::ptr::eq(place, &*back) && back.0 == 3);
    // And unpinned by value.
    let mut ring = spsc::Ring::<Pinned, 1>::new();
    let (mut producer, mut consumer) = ring.split();
    producer.push(Pinned(4, PhantomPinned)).unwrap();
    assert_eq!(consumer.pop().unwrap().0, 4);
}

#[test]
fn a_destructor_that_panics_in_the_drop_of_an_mpmc_ring_stops_no_other() {
    for armed in 0..3 {
        let ledger = Ledger::new();
        let mut ring = mpmc::Ring::<Item, 3>::new();
        test_hooks::mpmc_at(&mut ring, test_hooks::laps(3) - 1, 1);
        for i in 0..3 {
            let item = if i == armed {
                ledger.bomb()
            } else {
                ledger.item()
            };
            ring.push(item).unwrap();
        }
        bangs(|| drop(ring));
        ledger.settle();
    }
}

#[test]
fn the_evicted_item_s_destructor_is_the_caller_s_affair() {
    let ledger = Ledger::new();
    let ring = mpmc::Ring::<Item, 1>::new();
    ring.push(ledger.bomb()).unwrap();
    bangs(|| drop(ring.push_overwrite(ledger.item())));
    assert_eq!(
        ring.pop().unwrap(),
        1,
        "the new item was in before the old one was dropped"
    );
    ledger.settle();
}

#[test]
fn an_mpmc_ring_takes_values_without_a_size_wide_ones_and_unmovable_ones() {
    thread_local!(static LIVING: Cell<i32> = const { Cell::new(0) });
    #[derive(Debug)]
    struct Nothing;
    impl Drop for Nothing {
        fn drop(&mut self) {
            LIVING.set(LIVING.get() - 1);
        }
    }
    let new = || {
        LIVING.set(LIVING.get() + 1);
        Nothing
    };
    let ring = mpmc::Ring::<Nothing, 3>::new();
    for _ in 0..5 {
        (0..3).for_each(|_| ring.push(new()).unwrap());
        assert!(ring.push(new()).is_err() && ring.is_full());
        drop(ring.push_overwrite(new()));
        assert_eq!(LIVING.get(), 3);
        (0..2).for_each(|_| drop(ring.pop().unwrap()));
        drop(ring.pop());
        assert_eq!((LIVING.get(), ring.len()), (0, 0));
    }
    ring.push(new()).unwrap();
    drop(ring);
    assert_eq!(LIVING.get(), 0);

    #[repr(align(64))]
    #[derive(Debug)]
    struct Wide(u8, PhantomPinned);
    let ring = mpmc::Ring::<Box<Wide>, 2>::new();
    let wide = mpmc::Ring::<Wide, 2>::new();
    assert_eq!((std::ptr::from_ref(&wide)).addr() % 64, 0);
    for i in 0..5 {
        wide.push(Wide(i, PhantomPinned)).unwrap();
        ring.push(Box::new(wide.pop().unwrap())).unwrap();
        assert_eq!(ring.pop().unwrap().0, i);
    }
}

#[test]
fn a_chunk_is_filled_across_the_end_by_what_there_is_of_the_items() {
    let ledger = Ledger::new();
    let mut ring = spsc::Ring::<Item, 4>::new();
    test_hooks::spsc_at(&mut ring, 2);
    let (mut producer, mut consumer) = ring.split();
    let mut run = producer.reserve(4).unwrap();
    assert_eq!(run.fill((0..1).map(|_| ledger.item())), 1);
    assert_eq!(run.fill((0..9).map(|_| ledger.item())), 3);
    assert_eq!(run.fill((0..9).map(|_| ledger.item())), 0);
    assert_eq!(run.written(), 4);
    run.commit();
    assert_eq!(consumer.len(), 4);
    consumer.read_chunk(4).unwrap().release(3);
    assert_eq!((consumer.len(), ledger.living()), (1, 1));
    drop((producer, consumer));
    drop(ring);
    ledger.settle();
}

#[test]
fn items_that_were_written_before_an_iterator_panicked_belong_to_the_chunk() {
    for written in 0..4 {
        let ledger = Ledger::new();
        let mut ring = spsc::Ring::<Item, 4>::new();
        test_hooks::spsc_at(&mut ring, 3);
        let (mut producer, consumer) = ring.split();
        let mut run = producer.reserve(4).unwrap();
        let items = (0..4).map(|i| match i == written {
            true => resume_unwind(Box::new(Bang)),
            false => ledger.item(),
        });
        bangs(|| _ = run.fill(items));
        assert_eq!((run.written(), ledger.living()), (written, written));
        run.commit();
        assert_eq!(consumer.len(), written);
        drop((producer, consumer));
        drop(ring);
        ledger.settle();
    }
}
