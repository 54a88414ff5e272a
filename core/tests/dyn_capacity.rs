//! Rings whose capacity is known only when the program runs, in memory that an allocator has zeroed.

#![allow(unsafe_code)] // The memory.

use std::alloc::{alloc_zeroed, handle_alloc_error};

use gimmal_core::error::PushError;
use gimmal_core::ring::{DynCapacity, mpmc, spsc};

mod kit;

use kit::{Item, Ledger};

/// A ring of this capacity, which drops its items and frees its memory as any box does.
fn ring<R: DynCapacity + ?Sized>(capacity: usize) -> Box<R> {
    let layout = R::layout(capacity).expect("it fits");
    // SAFETY: a ring has a header, so that its size is not 0.
    let memory = unsafe { alloc_zeroed(layout) };
    if memory.is_null() {
        handle_alloc_error(layout);
    }
    // SAFETY: the memory is zeroed, of that layout, and nobody else's.
    let ring = unsafe { R::init_zeroed(memory, capacity) };
    // SAFETY: it is made, in memory of the global allocator that has the layout of the value.
    unsafe { Box::from_raw(ring) }
}

const CAPACITIES: [usize; 5] = [1, 2, 3, 8, 100];

#[test]
fn a_ring_for_many_has_as_many_slots_as_were_asked_for() {
    for capacity in CAPACITIES {
        let ring = ring::<mpmc::RingView<usize>>(capacity);
        assert_eq!((ring.len(), ring.capacity()), (0, capacity));
        for round in 0..3 {
            let items = (0..capacity).map(|i| round * capacity + i);
            items.clone().for_each(|i| ring.push(i).unwrap());
            assert_eq!(ring.push(0), Err(PushError::Full(0)));
            items.for_each(|i| assert_eq!(ring.pop(), Ok(i)));
            assert!(ring.pop().is_err());
        }
    }
}

#[test]
fn a_ring_for_two_has_as_many_slots_as_were_asked_for() {
    for capacity in CAPACITIES {
        let mut ring = ring::<spsc::RingView<usize>>(capacity);
        assert_eq!(ring.capacity(), capacity);
        let (mut producer, mut consumer) = ring.split();
        for round in 0..3 {
            let items = (0..capacity).map(|i| round * capacity + i);
            items.clone().for_each(|i| producer.push(i).unwrap());
            assert!(producer.push(0).is_err());
            items.for_each(|i| assert_eq!(consumer.pop(), Ok(i)));
            assert!(consumer.pop().is_err());
        }
    }
}

#[test]
fn items_that_are_left_are_dropped_with_the_ring() {
    let ledger = Ledger::new();
    let many = ring::<mpmc::RingView<Item>>(3);
    let mut two = ring::<spsc::RingView<Item>>(3);
    for _ in 0..2 {
        assert!(many.push(ledger.item()).is_ok());
        assert!(two.split().0.push(ledger.item()).is_ok());
    }
    drop(many.pop());
    assert_eq!(ledger.living(), 3);
    drop((many, two));
    ledger.settle();
}

#[test]
fn no_slots_and_more_than_memory_has_room_for_are_refused() {
    for capacity in [0, usize::MAX, usize::MAX / 16] {
        assert!(mpmc::RingView::<u64>::layout(capacity).is_none());
        assert!(spsc::RingView::<u64>::layout(capacity).is_none());
    }
}
