//! An object by `Default` is a new one: empty, open, free, and of use at once.

use gimmal_core::channel::{exact as exact_channel, mpmc, spsc};
use gimmal_core::error::TryRecvError;
use gimmal_core::facade::{PipeOf, PipeView, Slot};
use gimmal_core::pool::Pool;
use gimmal_core::ring::records::RecordRing;
use gimmal_core::ring::{exact, mpmc as mpmc_ring, spsc as spsc_ring};
use gimmal_core::socket::{StaticSubscriptions, Subscriptions};
use gimmal_core::{CachePadded, Context};

#[test]
fn rings_are_empty_and_take_as_many_items_as_they_have_slots() {
    let (many, exact) = (
        mpmc_ring::Ring::<u8, 2>::default(),
        exact::Ring::<u8, 2>::default(),
    );
    assert!(many.is_empty() && exact.is_empty());
    for i in 0..2 {
        assert_eq!((many.push(i), exact.push(i)), (Ok(()), Ok(())));
    }
    assert!(many.push(2).is_err() && exact.push(2).is_err());
    assert_eq!((many.pop(), exact.pop()), (Ok(0), Ok(0)));

    let mut one = spsc_ring::Ring::<u8, 2>::default();
    let (mut producer, mut consumer) = one.split();
    assert!(consumer.pop().is_err());
    assert!(producer.push(0).is_ok() && producer.push(1).is_ok() && producer.push(2).is_err());
    assert_eq!(consumer.pop().ok(), Some(0));

    let mut records = RecordRing::<16>::default();
    let (mut producer, mut consumer) = records.split();
    assert!(consumer.is_empty() && producer.push(b"record").is_ok());
    assert_eq!(&*consumer.read().unwrap(), b"record");
}

#[test]
fn channels_are_open_and_empty() {
    let (many, exact) = (
        mpmc::Channel::<u8, 1>::default(),
        exact_channel::Channel::<u8, 1>::default(),
    );
    let mut one = spsc::Channel::<u8, 1>::default();
    assert!(many.is_empty() && exact.is_empty() && one.is_empty());
    assert!(!many.is_closed() && !exact.is_closed() && !one.is_closed());
    assert_eq!((many.try_send(1), exact.try_send(2)), (Ok(()), Ok(())));
    assert_eq!((many.try_recv(), exact.try_recv()), (Ok(1), Ok(2)));
    let (mut sender, mut receiver) = one.split();
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(sender.try_send(3), Ok(()));
    assert_eq!(receiver.try_recv(), Ok(3));
}

#[test]
fn a_pool_has_lent_nothing() {
    let pool = Pool::<u8, 1>::default();
    assert_eq!(pool.lent(), 0);
    assert_eq!(pool.try_take(7).map(|loan| *loan).ok(), Some(7));
}

#[test]
fn a_context_has_no_sockets_and_opens_all_of_its_own() {
    let context = Context::<u8, 2, 2, 1>::default();
    assert_eq!(context.open_sockets(), 0);
    let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    pull.bind("inproc://default").unwrap();
    push.connect("inproc://default").unwrap();
    push.try_send(7).unwrap();
    assert_eq!(pull.try_recv(), Ok(7));
    assert!(context.push().is_err(), "two sockets, and no more");
}

#[test]
fn a_value_of_a_cache_line_is_the_default_one_of_its_type() {
    let mut padded = CachePadded::<u32>::default();
    assert_eq!(*padded, 0);
    *padded += 7;
    assert_eq!(format!("{padded:?}"), "7");
    assert_eq!(padded.into_inner(), 7);
    // Neighbours of which each may be written without disturbing the other one.
    let [one, other] = <[CachePadded<u8>; 2]>::default();
    assert_eq!(size_of_val(&one), align_of_val(&other));
    assert!(align_of_val(&one) >= align_of::<usize>());
}

/// What the facade makes contexts of.
#[test]
fn the_parts_of_a_context_belong_to_nobody() {
    let pipe = PipeOf::<u8, [Slot<u8>; 1]>::default();
    let pipe: &PipeView<u8> = &pipe;
    assert!(pipe.take(), "nobody has it");
    assert!(!pipe.take(), "and now somebody has");
    let subscriptions = StaticSubscriptions::<1>::default();
    assert!(!subscriptions.wants(0, b"topic"));
    assert!(subscriptions.add(0, b"to").is_ok());
    assert!(subscriptions.wants(0, b"topic"));
}
