//! What was forgotten points to nothing that moves. A forgotten future stays in its queue for good, in memory that nobody
//! frees; the queue itself may go anywhere.

#![allow(clippy::forget_non_drop, clippy::drop_non_drop)] // What has no destructor today may have one tomorrow.

use std::mem::{forget, swap, take};
use std::pin::Pin;
use std::sync::Arc;

use gimmal_core::channel::{exact, mpmc, spsc};
use gimmal_core::poll::{Poller, select};
use gimmal_core::pool::Pool;
use gimmal_core::ring;
use gimmal_core::sync::{Barrier, Condition, Event, Lock, Semaphore};
use gimmal_core::wait::{Protocol, Until, WaitQueue, Waiters};

use crate::kit::{Counted, Gate, Ledger, Task, Waiter, poll};

/// A waiter that is forgotten. What is left of it is how often it is woken.
fn forgotten<P: Waiters, O: Protocol>(future: Until<'_, P, O>) -> Arc<Counted> {
    let waiter = Waiter::of(future);
    let counted = waiter.counted.clone();
    forget(waiter);
    counted
}

/// Moves a value about: into a box, and back.
fn moved<T>(value: T) -> T {
    let mut all = vec![value];
    all.reserve(32);
    *Box::new(all.pop().unwrap())
}

#[test]
fn two_semaphores_with_forgotten_waiters_change_places() {
    let (mut one, mut other) = (Semaphore::new(0), Semaphore::new(1));
    let first = [forgotten(one.acquire()), forgotten(one.acquire_many(3))];
    let second = [forgotten(other.acquire_many(2)), forgotten(other.acquire())];
    swap(&mut one, &mut other);
    let (one, other) = (moved(one), moved(other));
    // What went to forgotten waiters is gone, and no more.
    one.release(1).unwrap();
    assert_eq!((second[0].wakes(), second[1].wakes()), (1, 0));
    other.release(1).unwrap();
    assert_eq!((first[0].wakes(), first[1].wakes()), (1, 0));
    assert_eq!((one.available(), other.available()), (0, 0));
    let mut late = Waiter::of(one.acquire());
    one.release(2).unwrap();
    assert_eq!(second[1].wakes(), 1);
    drop(late.gets_it().unwrap());
    assert_eq!(one.available(), 1);
    drop(late);
    other.close();
    assert_eq!(first[1].wakes(), 1);
    drop((one, other));
}

#[test]
fn a_lock_with_a_forgotten_guard_and_waiters_moves_and_gives_its_value() {
    let ledger = Ledger::new();
    let mut lock = Lock::new(ledger.item());
    forget(lock.try_lock());
    let waiters = [forgotten(lock.lock()), forgotten(lock.lock())];
    let mut other = Lock::new(ledger.item());
    let its = forgotten_behind_a_guard(&other);
    swap(&mut lock, &mut other);
    assert_eq!((lock.get_mut().id, other.get_mut().id), (1, 0));
    let (lock, other) = (moved(lock), moved(other));
    assert!(other.try_lock().is_none(), "its guard was forgotten");
    assert!(lock.try_lock().is_some(), "its guard was dropped");
    assert_eq!((its.wakes(), waiters[0].wakes()), (1, 0));
    assert_eq!(other.into_inner().id, 0);
    drop(lock);
    ledger.settle();
}

fn forgotten_behind_a_guard<T: Send>(lock: &Lock<T>) -> Arc<Counted> {
    let guard = lock.try_lock().unwrap();
    let counted = forgotten(lock.lock());
    drop(guard);
    counted
}

#[test]
fn an_event_a_barrier_and_a_condition_move_away_from_their_forgotten_waiters() {
    let mut event = Event::new();
    let waiting = forgotten(event.wait());
    let gone = take(&mut event);
    event.set();
    assert_eq!(waiting.wakes(), 0, "it waits in the one that moved");
    moved(gone).set();
    assert_eq!(waiting.wakes(), 1);

    let barrier = Barrier::new(3);
    let party = forgotten(barrier.wait());
    let barrier = moved(barrier);
    let mut other = Waiter::of(barrier.wait());
    assert!(
        Waiter::unpolled(barrier.wait())
            .gets_it()
            .unwrap()
            .is_leader()
    );
    assert_eq!((party.wakes(), other.gets_it().unwrap().index()), (1, 1));

    let (mut lock, condition) = (Lock::new(7), Condition::new());
    let task = Task::of(condition.wait(lock.try_lock().unwrap()));
    let counted = task.counted.clone();
    forget(task);
    let mut new = Lock::new(8);
    swap(&mut lock, &mut new);
    let condition = moved(condition);
    assert!(condition.notify_one());
    assert_eq!((counted.wakes(), lock.into_inner()), (1, 8));
    assert_eq!(moved(new).into_inner(), 7);
    assert_eq!(condition.notify_all(), 0);
}

#[test]
fn channels_take_their_messages_along_and_leave_those_of_forgotten_senders() {
    let ledger = Ledger::new();
    let mut full = mpmc::Channel::<_, 2>::new();
    (0..2).for_each(|_| full.try_send(ledger.item()).unwrap());
    let sender = forgotten(full.send(ledger.item()));
    let mut empty = mpmc::Channel::<_, 2>::new();
    let receiver = forgotten(empty.recv());
    swap(&mut full, &mut empty);
    let (empty, full) = (moved(full), moved(empty));
    empty.try_send(ledger.item()).unwrap();
    assert_eq!((receiver.wakes(), empty.len()), (1, 1));
    assert_eq!(full.try_recv().unwrap().id, 0);
    assert_eq!((sender.wakes(), full.len()), (1, 1));
    assert_eq!(full.close_and_drain() + empty.close_and_drain(), 2);

    let exact = exact::Channel::<_, 2>::new();
    exact.try_send(ledger.item()).unwrap();
    let exact = moved(exact);
    assert!(exact.try_recv().is_ok());
    let receiver = forgotten(exact.recv());
    let exact = moved(exact);
    exact.try_send(ledger.item()).unwrap();
    assert_eq!((receiver.wakes(), exact.len()), (1, 1));
    drop((empty, full, exact));
    ledger.settle_but(1);
}

#[test]
fn ends_that_were_forgotten_while_they_waited_give_way_to_new_ones_elsewhere() {
    let ledger = Ledger::new();
    let mut channel = spsc::Channel::<_, 1>::new();
    let (mut sender, mut receiver) = channel.split();
    let waiting = forgotten(receiver.recv());
    forget(receiver);
    sender.try_send(ledger.item()).unwrap();
    assert_eq!(waiting.wakes(), 1);
    let sending = forgotten(sender.send(ledger.item()));
    forget(sender);
    let mut channel = moved(channel);
    let (mut sender, mut receiver) = channel.split();
    assert_eq!(receiver.try_recv().unwrap().id, 0);
    assert_eq!(sending.wakes(), 1, "its waker has stayed in the channel");
    sender.try_send(ledger.item()).unwrap();
    let mut next = Waiter::of(sender.send(ledger.item()));
    assert_eq!(receiver.try_recv().unwrap().id, 2);
    assert_eq!((next.wakes(), sending.wakes()), (1, 1));
    assert!(next.gets_it().is_ok());
    drop(next);
    drop((sender, receiver));
    drop(channel);
    ledger.settle_but(1);
}

#[test]
fn a_pool_with_forgotten_loans_shares_and_takers_moves() {
    struct Bytes(#[allow(dead_code)] crate::kit::Item);
    impl AsRef<[u8]> for Bytes {
        fn as_ref(&self) -> &[u8] {
            b"bytes"
        }
    }
    let ledger = Ledger::new();
    let new = || Bytes(ledger.item());
    let pool = Pool::<Bytes, 3>::new();
    forget(pool.try_take(new()));
    let share = pool.try_take(new()).ok().unwrap().share();
    forget(share.clone());
    drop(share);
    let returned = pool.try_take(new()).ok().unwrap();
    let taker = forgotten(pool.take(new()));
    drop(returned);
    assert_eq!((taker.wakes(), pool.lent()), (1, 2));
    let pool = moved(pool);
    let loan = pool.try_take(new()).ok().unwrap();
    assert!(pool.try_take(new()).is_err());
    drop(loan);
    drop(pool);
    // A loan, a share, and the value of the taker.
    ledger.settle_but(3);
}

#[test]
fn a_forgotten_wait_in_several_places_outlives_each_of_them() {
    for order in 0..3 {
        let (event, semaphore) = (Event::new(), Semaphore::new(0));
        let channel = mpmc::Channel::<u32, 1>::new();
        let (counted, waker) = Counted::new();
        let mut waiting = Box::pin(select((event.wait(), semaphore.acquire(), channel.recv())));
        assert!(poll(waiting.as_mut(), &waker).is_pending());
        forget(waiting);
        let mut poller = Poller::new([event.readable(), channel.readable()]);
        let mut polling: Pin<Box<_>> = Box::pin(poller.poll());
        assert!(poll(polling.as_mut(), &waker).is_pending());
        forget(polling);
        let _ = poller;
        let (event, semaphore, channel) = (moved(event), moved(semaphore), moved(channel));
        // The places go, or are used, one after the other.
        for step in 0..3 {
            match (order + step) % 3 {
                0 => event.set(),
                1 => semaphore.release(1).unwrap(),
                _ => channel.try_send(1).unwrap(),
            }
        }
        assert!(
            counted.wakes() >= 3,
            "each place has woken what waits in it"
        );
        assert_eq!((event.is_set(), semaphore.available()), (true, 0));
        assert_eq!(channel.try_recv(), Ok(1));
    }
}

#[test]
fn a_queue_that_moves_in_the_middle_of_its_epochs_keeps_its_order() {
    let mut gate = Gate::<WaitQueue>::default();
    let mut woken = Vec::new();
    for round in 0..4 {
        woken.extend((0..5).map(|_| forgotten(gate.pass())));
        if round % 2 == 0 {
            gate.place.wake_all();
        } else {
            assert!(gate.place.grant_one());
        }
        gate = moved(gate);
    }
    // Rounds 0 and 2 have woken everybody there was; 1 and 3 the first one.
    let wakes: Vec<_> = woken.iter().map(|counted| counted.wakes()).collect();
    assert_eq!(wakes[..16], [1; 16]);
    assert_eq!(wakes[16..], [0; 4]);
    assert_eq!(gate.place.release_all(), 4);
}

/// Runs of a ring that are forgotten, whose handles are forgotten, and a ring that moves.
#[test]
fn a_ring_moves_away_from_forgotten_handles_in_the_middle_of_a_run() {
    let ledger = Ledger::new();
    let mut ring = ring::spsc::Ring::<_, 3>::new();
    for round in 0..6 {
        let (mut producer, mut consumer) = ring.split();
        while producer.push(ledger.item()).is_ok() {}
        forget(consumer.read_chunk(2).unwrap());
        let mut taken = consumer.read_chunk(2).unwrap().pop_each();
        let first = taken.next().map(|item| item.id);
        // One item was taken out of the run, which is forgotten.
        forget(taken);
        assert!(first.is_some());
        let mut run = producer.reserve(producer.free());
        if let Ok(run) = &mut run {
            let _ = run.push(ledger.item());
        }
        forget(run);
        if round % 2 == 0 {
            forget((producer, consumer));
        } else {
            drop((producer, consumer));
        }
        ring = moved(ring);
    }
    let lost = ledger.living();
    drop(ring);
    // Nothing twice; of what was written into a forgotten run, one item each round at most is leaked.
    assert!(
        ledger.living() <= 6,
        "{lost} before, {} after",
        ledger.living()
    );
    ledger.settle_but(ledger.living());
}
