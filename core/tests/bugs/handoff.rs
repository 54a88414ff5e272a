//! B22 to B32: disconnecting, handing over, cancelling.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use gimmal_core::channel::{mpmc, spsc};
use gimmal_core::error::{Closed, SendError, TryRecvError, TrySendError};
use gimmal_core::pool::Pool;
use gimmal_core::sync::Event;
use gimmal_core::test_hooks;

use crate::kit::{Counted, Item, Ledger, poll, rounds, wait, within};

#[test]
fn b22_disconnect_loses_the_last_message() {
    within(Duration::from_secs(50), || {
        for _ in 0..rounds(2_000) {
            let many = mpmc::Channel::<u8, 2>::new();
            let mut one = spsc::Channel::<u8, 2>::new();
            let (mut sender, mut receiver) = one.split();
            thread::scope(|scope| {
                scope.spawn(|| {
                    many.try_send(1).unwrap();
                    many.close();
                    sender.try_send(1).unwrap();
                    sender.close();
                });
                let mut seen = 0;
                loop {
                    match many.try_recv() {
                        Ok(n) => seen += n,
                        Err(TryRecvError::Closed) => break,
                        Err(_) => thread::yield_now(),
                    }
                }
                loop {
                    match receiver.try_recv() {
                        Ok(n) => seen += n,
                        Err(TryRecvError::Closed) => break,
                        Err(_) => thread::yield_now(),
                    }
                }
                assert_eq!(seen, 2);
            });
        }
    });
}

#[test]
fn b22_disconnect_by_a_third_party_overtakes_a_message_on_its_way() {
    let mut channel = mpmc::Channel::<u8, 2>::new();
    test_hooks::stopped_send(&mut channel, 7, |channel| {
        channel.close();
        assert_eq!(channel.try_recv(), Err(TryRecvError::Busy), "not Closed");
    })
    .unwrap();
    assert_eq!(channel.try_recv(), Ok(7));
    assert_eq!(channel.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn b23_a_cancelled_receive_takes_the_message_with_it() {
    let channel = mpmc::Channel::<u8, 1>::new();
    let mut one = spsc::Channel::<u8, 1>::new();
    let (mut sender, mut receiver) = one.split();
    {
        let mut receiving = pin!(channel.recv());
        let mut receiving_too = pin!(receiver.recv());
        assert!(poll(receiving.as_mut(), Waker::noop()).is_pending());
        assert!(poll(receiving_too.as_mut(), Waker::noop()).is_pending());
        assert!(channel.try_send(1).is_ok() && sender.try_send(1).is_ok());
    }
    assert_eq!((channel.try_recv(), receiver.try_recv()), (Ok(1), Ok(1)));
}

#[test]
fn b24_b25_a_cancelled_receive_and_a_close_meet_a_send() {
    within(Duration::from_secs(50), || {
        let ledger = Ledger::new();
        for _ in 0..rounds(1_000) {
            let mut channel = spsc::Channel::<Item, 1>::new();
            let (mut sender, mut receiver) = channel.split();
            thread::scope(|scope| {
                scope.spawn(|| drop(sender.try_send(ledger.item())));
                {
                    let mut receiving = pin!(receiver.recv());
                    let _ = poll(receiving.as_mut(), &Counted::new().1);
                }
                receiver.close();
                let _ = receiver.try_recv();
            });
            drop((sender, receiver));
        }
        ledger.settle();
    });
}

#[test]
fn b26_a_message_is_stuck_when_the_receiver_has_gone() {
    let ledger = Ledger::new();
    let mut channel = spsc::Channel::<Item, 2>::new();
    let (mut sender, receiver) = channel.split();
    sender.try_send(ledger.item()).unwrap();
    sender.try_send(ledger.item()).unwrap();
    let (counted, waker) = Counted::new();
    let mut sending = Box::pin(sender.send(ledger.item()));
    assert!(poll(sending.as_mut(), &waker).is_pending());
    assert_eq!(receiver.close_and_drain(), 2);
    assert_eq!(ledger.living(), 1, "only what the sender still holds");
    assert!(counted.wakes() > 0, "who waits is woken");
    assert!(matches!(
        poll(sending.as_mut(), &waker),
        Poll::Ready(Err(SendError(_)))
    ));
    drop(sending);
    assert!(matches!(
        sender.try_send(ledger.item()),
        Err(TrySendError::Closed(_))
    ));
    assert_eq!(ledger.living(), 0);
}

#[test]
fn b27_a_future_that_is_never_polled_leaks_its_value() {
    let ledger = Ledger::new();
    let many = mpmc::Channel::<Item, 1>::new();
    let mut one = spsc::Channel::<Item, 1>::new();
    let (mut sender, mut receiver) = one.split();
    let (pool, event) = (Pool::<Item, 1>::new(), Event::new());
    for _ in 0..3 {
        drop((many.send(ledger.item()), many.recv()));
        drop((sender.send(ledger.item()), receiver.recv()));
        drop((pool.take(ledger.item()), event.wait()));
    }
    assert_eq!((ledger.made(), ledger.living()), (9, 0));
    ledger.settle();
}

#[test]
fn b29_each_poll_of_a_waiting_future_adds_a_waiter() {
    let channel = mpmc::Channel::<u8, 1>::new();
    let (counted, waker) = Counted::new();
    let mut receiving = pin!(channel.recv());
    for _ in 0..rounds(100_000) {
        // Woken, and the message stolen by somebody who runs.
        assert!(poll(receiving.as_mut(), &waker).is_pending());
        channel.try_send(1).unwrap();
        assert_eq!(channel.try_recv(), Ok(1));
    }
    assert!(poll(receiving.as_mut(), &waker).is_pending());
    assert_eq!(counted.kept(), 1);
    let before = counted.wakes();
    channel.close();
    assert_eq!(counted.wakes(), before + 1);
}

#[test]
fn b30_a_close_while_a_slot_is_in_somebody_s_hands_hangs_or_corrupts() {
    within(Duration::from_secs(20), || {
        let ledger = Ledger::new();
        let mut channel = mpmc::Channel::<Item, 2>::new();
        channel.try_send(ledger.item()).unwrap();
        channel.try_send(ledger.item()).unwrap();
        // A receiver stands in its slot while the channel is closed and drained.
        let (held, dropped) = test_hooks::stopped_recv(&mut channel, |channel| {
            assert!(channel.close());
            channel.close_and_drain()
        })
        .unwrap();
        assert!(held == 0 && dropped == 1);
        assert!(matches!(channel.try_recv(), Err(TryRecvError::Closed)));
        drop((held, channel));
        // A sender does.
        let mut channel = mpmc::Channel::<Item, 2>::new();
        test_hooks::stopped_send(&mut channel, ledger.item(), |channel| {
            assert_eq!(channel.close_and_drain(), 0);
        })
        .unwrap();
        assert!(matches!(channel.try_recv(), Err(TryRecvError::Closed)));
        drop(channel);
        ledger.settle();
    });
}

#[test]
fn b31_a_cancelled_waiter_swallows_its_wake_up() {
    let pool = Pool::<u8, 1>::new();
    let loan = pool.try_take(0).unwrap();
    let ((_, first), (counted, second)) = (Counted::new(), Counted::new());
    let mut gone = Box::pin(pool.take(1));
    let mut stays = pin!(pool.take(2));
    assert!(poll(gone.as_mut(), &first).is_pending());
    assert!(poll(stays.as_mut(), &second).is_pending());
    drop(loan);
    drop(gone);
    assert_eq!(counted.wakes(), 1);
    assert!(poll(stays.as_mut(), &second).is_ready());
}

#[test]
fn b32_one_notification_of_all_wakes_a_waiter_twice() {
    let event = Event::new();
    let mut waits: Vec<_> = (0..9).map(|_| Box::pin(event.wait())).collect();
    for wait in &mut waits {
        assert!(poll(wait.as_mut(), Waker::noop()).is_pending());
    }
    event.set();
    event.clear();
    for wait in &mut waits {
        assert!(poll(wait.as_mut(), Waker::noop()).is_ready());
        wait.set(event.wait());
        assert!(
            poll(wait.as_mut(), Waker::noop()).is_pending(),
            "the second wait is for a second set"
        );
    }
}

#[test]
fn b33_the_first_listener_misses_the_notification() {
    within(Duration::from_secs(50), || {
        for _ in 0..rounds(2_000) {
            let event = Event::new();
            let state = AtomicUsize::new(0);
            thread::scope(|scope| {
                scope.spawn(|| {
                    state.store(1, SeqCst);
                    event.set();
                });
                wait(event.wait());
                assert_eq!(state.load(SeqCst), 1);
            });
        }
    });
}

#[test]
fn b35_a_sender_that_succeeded_keeps_a_place_in_the_queue() {
    let channel = mpmc::Channel::<u8, 1>::new();
    channel.try_send(0).unwrap();
    let ((first, first_waker), (second, second_waker)) = (Counted::new(), Counted::new());
    let mut one = Box::pin(channel.send(1));
    let mut two = Box::pin(channel.send(2));
    assert!(poll(one.as_mut(), &first_waker).is_pending());
    assert!(poll(two.as_mut(), &second_waker).is_pending());
    assert_eq!(channel.try_recv(), Ok(0));
    assert!(poll(one.as_mut(), &first_waker).is_ready());
    // It is done but not yet dropped: the next wake-up is not for it.
    assert_eq!(channel.try_recv(), Ok(1));
    assert_eq!((first.wakes(), second.wakes()), (1, 1));
    assert!(poll(two.as_mut(), &second_waker).is_ready());
    // Registered, then cancelled by hand.
    let mut three = Box::pin(channel.send(3));
    let mut four = Box::pin(channel.send(4));
    assert!(poll(three.as_mut(), &first_waker).is_pending());
    assert!(poll(four.as_mut(), &second_waker).is_pending());
    assert!(three.as_mut().cancel().is_err());
    assert_eq!(channel.try_recv(), Ok(2));
    assert_eq!((first.wakes(), second.wakes()), (1, 2));
}

#[test]
fn b36_an_interrupt_steals_the_place_of_a_woken_sender() {
    let channel = mpmc::Channel::<u8, 1>::new();
    channel.try_send(0).unwrap();
    let ((first, first_waker), (second, second_waker)) = (Counted::new(), Counted::new());
    let mut one = Box::pin(channel.send(1));
    let mut two = Box::pin(channel.send(2));
    assert!(poll(one.as_mut(), &first_waker).is_pending());
    assert!(poll(two.as_mut(), &second_waker).is_pending());
    assert_eq!(channel.try_recv(), Ok(0));
    channel.try_send(9).unwrap();
    assert!(
        poll(one.as_mut(), &first_waker).is_pending(),
        "no panic, no message lost"
    );
    assert_eq!(channel.try_recv(), Ok(9));
    assert_eq!((first.wakes(), second.wakes()), (2, 0), "and its turn kept");
    assert!(poll(one.as_mut(), &first_waker).is_ready());
    assert_eq!(channel.try_recv(), Ok(1));
    assert!(poll(two.as_mut(), &second_waker).is_ready());
    channel.close();
    assert_eq!(wait(channel.recv()), Ok(2));
    assert_eq!(wait(channel.recv()), Err(Closed));
}
