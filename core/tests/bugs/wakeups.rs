//! B37 to B56: wakers, guards, and what is forgotten.

use std::mem::forget;
use std::panic::resume_unwind;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::Waker;
use std::time::Duration;

use gimmal_core::channel::{mpmc, spsc as spsc_channel};
use gimmal_core::pool::Pool;
use gimmal_core::ring::spsc;
use gimmal_core::sync::Event;

use crate::kit::{Bang, Counted, Item, Ledger, Scripted, bangs, poll, within};

#[test]
fn b37_two_idle_waiters_wake_each_other_for_ever() {
    let channel = mpmc::Channel::<u8, 1>::new();
    let (event, (counted, waker)) = (Event::new(), Counted::new());
    let (mut one, mut two) = (pin!(channel.recv()), pin!(channel.recv()));
    let (mut three, mut four) = (pin!(event.wait()), pin!(event.wait()));
    for _ in 0..10 {
        assert!(poll(one.as_mut(), &waker).is_pending() && poll(two.as_mut(), &waker).is_pending());
        assert!(
            poll(three.as_mut(), &waker).is_pending() && poll(four.as_mut(), &waker).is_pending()
        );
    }
    assert_eq!(counted.wakes(), 0);
}

#[test]
fn b37_a_call_that_makes_room_wakes_no_sender() {
    let ways: [fn(&mpmc::Channel<u8, 1>); 4] = [
        |channel| assert_eq!(channel.try_recv(), Ok(0)),
        |channel| assert!(poll(pin!(channel.recv()), Waker::noop()).is_ready()),
        |channel| assert!(pin!(channel.recv()).cancel().is_ok()),
        |channel| assert_eq!(channel.close_and_drain(), 1),
    ];
    for makes_room in ways {
        let channel = mpmc::Channel::<u8, 1>::new();
        channel.try_send(0).unwrap();
        let (counted, waker) = Counted::new();
        let mut sending = pin!(channel.send(1));
        assert!(poll(sending.as_mut(), &waker).is_pending());
        makes_room(&channel);
        assert_eq!(counted.wakes(), 1);
        assert!(poll(sending.as_mut(), &waker).is_ready());
    }
}

#[test]
fn b42_the_notifier_touches_a_waiter_that_has_gone() {
    // Each waiter frees its own future, node and all, as soon as it is woken.
    let event: &'static Event = Box::leak(Box::new(Event::new()));
    let slots: Vec<_> = (0..12).map(|_| Arc::new(Mutex::new(None))).collect();
    let freed = Arc::new(AtomicUsize::new(0));
    for slot in &slots {
        let (inner, freed) = (slot.clone(), freed.clone());
        let waker = Scripted {
            wake: Box::new(move || {
                freed.fetch_add(1, SeqCst);
                drop(inner.lock().unwrap().take());
            }),
            ..Default::default()
        };
        let mut future = Box::pin(event.wait());
        assert!(poll(future.as_mut(), &waker.waker()).is_pending());
        *slot.lock().unwrap() = Some(future);
    }
    event.set();
    assert_eq!(freed.load(SeqCst), 12);
}

#[test]
fn b44_a_release_does_not_wake_the_one_it_is_for() {
    // Two wait for one place, for different reasons: the holder of the place returns it to either.
    let pool = Pool::<u8, 1>::new();
    let ((first, first_waker), (second, second_waker)) = (Counted::new(), Counted::new());
    let loan = pool.try_take(0).unwrap();
    let mut one = pin!(pool.take(1));
    let mut two = pin!(pool.take(2));
    assert!(poll(one.as_mut(), &first_waker).is_pending());
    assert!(poll(two.as_mut(), &second_waker).is_pending());
    drop(loan);
    let taken = poll(one.as_mut(), &first_waker);
    assert!(taken.is_ready());
    drop(taken);
    assert_eq!((first.wakes(), second.wakes()), (1, 1));
    assert!(poll(two.as_mut(), &second_waker).is_ready());
}

#[test]
fn b53_a_waker_comes_back_into_the_channel_that_calls_it() {
    within(Duration::from_secs(20), || {
        let channel: &'static mpmc::Channel<u8, 1> = Box::leak(Box::new(mpmc::Channel::new()));
        let calls = Arc::new(AtomicUsize::new(0));
        let action = || {
            let calls = calls.clone();
            Box::new(move || {
                calls.fetch_add(1, SeqCst);
                if channel.try_recv().is_ok() {
                    let _ = channel.try_send(5);
                }
                let _ = poll(pin!(channel.recv()), Waker::noop());
                let _ = poll(pin!(channel.send(6)), Waker::noop());
                assert!(!channel.is_closed() || channel.try_send(7).is_err());
            })
        };
        let waker = || {
            Scripted {
                clone: action(),
                wake: action(),
                drop: action(),
            }
            .waker()
        };
        let (first, second) = (waker(), waker());
        for _ in 0..3 {
            let _ = channel.try_send(0);
            let mut sending = pin!(channel.send(1));
            let _ = poll(sending.as_mut(), &first).is_ready();
            let _ = channel.try_recv();
            while channel.try_recv().is_ok() {}
            let mut receiving = pin!(channel.recv());
            let _ = poll(receiving.as_mut(), &second).is_ready();
            let _ = channel.try_send(2);
        }
        let mut receiving = pin!(channel.recv());
        let _ = poll(receiving.as_mut(), &first);
        channel.close();
        drop((first, second));
        assert!(calls.load(SeqCst) > 5);
    });
}

#[test]
fn b53_a_destructor_comes_back_into_the_object_that_drops_it() {
    struct Returns(&'static mpmc::Channel<Returns, 2>);
    impl Drop for Returns {
        fn drop(&mut self) {
            assert!(self.0.len() <= 2 && self.0.is_closed());
            drop(self.0.try_recv());
        }
    }
    let channel: &'static mpmc::Channel<Returns, 2> = Box::leak(Box::new(mpmc::Channel::new()));
    assert!(channel.try_send(Returns(channel)).is_ok());
    assert!(channel.try_send(Returns(channel)).is_ok());
    assert_eq!(
        channel.close_and_drain(),
        1,
        "the other one was taken by the first"
    );
    assert!(channel.is_empty());
}

#[test]
fn b54_the_second_of_three_wakers_panics_and_the_third_sleeps_on() {
    let (event, channel) = (Event::new(), mpmc::Channel::<u8, 1>::new());
    let (third, third_waker) = Counted::new();
    let guilty = Scripted {
        wake: Box::new(|| resume_unwind(Box::new(Bang))),
        ..Default::default()
    }
    .waker();
    let wakers = [Waker::noop(), &guilty, &third_waker];
    let mut waits: Vec<_> = wakers.iter().map(|_| Box::pin(event.wait())).collect();
    let mut receives: Vec<_> = wakers.iter().map(|_| Box::pin(channel.recv())).collect();
    for (i, waker) in wakers.into_iter().enumerate() {
        assert!(poll(waits[i].as_mut(), waker).is_pending());
        assert!(poll(receives[i].as_mut(), waker).is_pending());
    }
    bangs(|| event.set());
    assert!(event.is_set() && third.wakes() == 1);
    assert!(
        waits
            .iter_mut()
            .all(|w| poll(w.as_mut(), Waker::noop()).is_ready())
    );
    bangs(|| assert!(channel.close()));
    assert!(channel.is_closed() && third.wakes() == 2);
    assert!(
        receives
            .iter_mut()
            .all(|r| poll(r.as_mut(), Waker::noop()).is_ready())
    );
}

#[test]
fn b54_a_waker_that_panics_takes_the_message_with_it() {
    let ledger = Ledger::new();
    let channel = mpmc::Channel::<Item, 1>::new();
    let guilty = Scripted {
        wake: Box::new(|| resume_unwind(Box::new(Bang))),
        ..Default::default()
    }
    .waker();
    let mut receiving = pin!(channel.recv());
    assert!(poll(receiving.as_mut(), &guilty).is_pending());
    bangs(|| assert!(channel.try_send(ledger.item()).is_ok()));
    assert_eq!(ledger.living(), 1, "it was sent before anybody was woken");
    assert!(poll(receiving.as_mut(), Waker::noop()).is_ready());
    ledger.settle();
}

#[test]
#[allow(clippy::forget_non_drop)] // A run without a destructor today may have one tomorrow.
fn b56_a_forgotten_guard_is_more_than_a_leak() {
    let ledger = Ledger::new();
    let mut ring = spsc::Ring::<Item, 2>::new();
    let (mut producer, mut consumer) = ring.split();
    producer.push(ledger.item()).unwrap();
    forget(producer.reserve(1).unwrap());
    forget(consumer.read_chunk(1).unwrap());
    forget(consumer.read_chunk(1).unwrap().pop_each());
    assert_eq!((producer.len(), consumer.len()), (1, 1));
    forget((producer, consumer));
    let (mut producer, mut consumer) = ring.split();
    producer.push(ledger.item()).unwrap();
    assert_eq!(
        (consumer.pop().unwrap().id, consumer.pop().unwrap().id),
        (0, 1)
    );
    drop((producer, consumer));

    let pool = Pool::<Item, 2>::new();
    forget(pool.try_take(ledger.item()));
    assert!(pool.try_take(ledger.item()).is_ok());
    assert_eq!(pool.lent(), 1);

    let mut channel = spsc_channel::Channel::<Item, 1>::new();
    let (mut sender, mut receiver) = channel.split();
    forget(receiver.recv());
    forget(sender.send(ledger.item()));
    sender.try_send(ledger.item()).unwrap();
    forget((sender, receiver));
    drop(channel);
    drop(ring);
    ledger.settle_but(2);
}

#[test]
fn b56_a_forgotten_waiting_future_is_more_than_a_leak() {
    let event: &'static Event = Box::leak(Box::new(Event::new()));
    let (counted, waker) = Counted::new();
    let mut forgotten = Box::pin(event.wait());
    assert!(poll(forgotten.as_mut(), &waker).is_pending());
    forget(forgotten);
    let mut waits = pin!(event.wait());
    assert!(poll(waits.as_mut(), &waker).is_pending());
    event.set();
    assert_eq!(counted.wakes(), 2);
    assert!(poll(waits.as_mut(), &waker).is_ready());
}
