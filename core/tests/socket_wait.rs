//! Waiting sockets, one poll at a time: who wakes whom, what a cancelled or forgotten future leaves behind.

mod kit;

use std::pin::Pin;
use std::task::{Poll, Waker};

use gimmal_core::Context;
use gimmal_core::error::socket::{RecvError, SendReason};
use gimmal_core::socket::WhenAlone;
use gimmal_core::wait::{Until, WaitCell};
use kit::{Counted, Ledger, poll, wait};

type Five = Context<u32, 5, 6, 1>;

fn pending<F: Future>(future: &mut Pin<Box<F>>, waker: &Waker) {
    assert!(poll(future.as_mut(), waker).is_pending());
}

#[test]
fn a_message_wakes_a_waiting_receiver_and_a_receive_a_waiting_sender() {
    let context = Five::new();
    let (mut pull, mut push) = (context.pull().unwrap(), context.push().unwrap());
    pull.bind("inproc://x").unwrap();
    push.connect("inproc://x").unwrap();
    let (counted, waker) = Counted::new();
    for i in 0..5 {
        let mut receiving = Box::pin(pull.recv());
        pending(&mut receiving, &waker);
        push.try_send(i).unwrap();
        assert_eq!(counted.wakes(), 2 * i as usize + 1);
        assert_eq!(poll(receiving.as_mut(), &waker), Poll::Ready(Ok(i)));
        drop(receiving);
        push.try_send(i).unwrap();
        let mut sending = Box::pin(push.send(i + 10));
        pending(&mut sending, &waker);
        assert_eq!(pull.try_recv(), Ok(i));
        assert_eq!(counted.wakes(), 2 * i as usize + 2);
        assert_eq!(poll(sending.as_mut(), &waker), Poll::Ready(Ok(())));
        drop(sending);
        assert_eq!(pull.try_recv(), Ok(i + 10));
    }
    assert_eq!(counted.kept(), 0, "no waker is kept");
}

#[test]
fn each_of_many_peers_wakes_the_one_receiver_and_any_reader_the_one_sender() {
    let context = Five::new();
    let mut pull = context.pull().unwrap();
    pull.bind("inproc://x").unwrap();
    let mut pushes: Vec<_> = (0..3).map(|_| context.push().unwrap()).collect();
    for push in &mut pushes {
        push.connect("inproc://x").unwrap();
    }
    for who in [2, 0, 1] {
        let (counted, waker) = Counted::new();
        let mut receiving = Box::pin(pull.recv());
        pending(&mut receiving, &waker);
        pushes[who].try_send(who as u32).unwrap();
        assert_eq!(counted.wakes(), 1);
        assert_eq!(
            poll(receiving.as_mut(), &waker),
            Poll::Ready(Ok(who as u32))
        );
    }
    drop((pull, pushes));
    let mut push = context.push().unwrap();
    push.bind("inproc://x").unwrap();
    let mut pulls: Vec<_> = (0..3).map(|_| context.pull().unwrap()).collect();
    for pull in &mut pulls {
        pull.connect("inproc://x").unwrap();
        push.try_send(0).unwrap();
    }
    for who in [1, 2, 0] {
        let (counted, waker) = Counted::new();
        let mut sending = Box::pin(push.send(7));
        pending(&mut sending, &waker);
        assert!(pulls[who].try_recv().is_ok());
        assert_eq!(counted.wakes(), 1);
        assert_eq!(poll(sending.as_mut(), &waker), Poll::Ready(Ok(())));
    }
}

#[test]
fn a_sender_without_a_peer_is_woken_by_a_connect_and_by_the_bind_of_its_own() {
    let context = Five::new();
    let (counted, waker) = Counted::new();
    let mut push = context.push().unwrap();
    push.bind("inproc://x").unwrap();
    let mut sending = Box::pin(push.send(1));
    pending(&mut sending, &waker);
    let mut pull = context.pull().unwrap();
    pull.connect("inproc://x").unwrap();
    assert_eq!(counted.wakes(), 1);
    assert_eq!(poll(sending.as_mut(), &waker), Poll::Ready(Ok(())));
    drop(sending);
    assert_eq!(pull.try_recv(), Ok(1));

    // A pending connect that is full: the bind makes room, or somebody who will.
    let context = Context::<u32, 2, 1, 2>::new();
    let mut push = context.push().unwrap();
    push.set_send_hwm(1).unwrap();
    push.connect("inproc://y").unwrap();
    push.try_send(1).unwrap();
    let mut sending = Box::pin(push.send(2));
    pending(&mut sending, &waker);
    let mut pull = context.pull().unwrap();
    pull.set_recv_hwm(1).unwrap();
    pull.bind("inproc://y").unwrap();
    assert!(counted.wakes() >= 2);
    assert_eq!(poll(sending.as_mut(), &waker), Poll::Ready(Ok(())));
    assert_eq!((pull.try_recv(), pull.try_recv()), (Ok(1), Ok(2)));
}

#[test]
fn a_waiting_receiver_gets_what_a_later_bind_or_connect_brings() {
    let context = Five::new();
    let (counted, waker) = Counted::new();
    let mut pull = context.pull().unwrap();
    pull.connect("inproc://x").unwrap();
    let mut receiving = Box::pin(pull.recv());
    pending(&mut receiving, &waker);
    let mut push = context.push().unwrap();
    push.bind("inproc://x").unwrap();
    push.try_send(3).unwrap();
    assert!(counted.wakes() >= 1);
    assert_eq!(poll(receiving.as_mut(), &waker), Poll::Ready(Ok(3)));
    drop(receiving);
    drop((push, pull));

    let mut pull = context.pull().unwrap();
    pull.bind("inproc://x").unwrap();
    let before = counted.wakes();
    let mut receiving = Box::pin(pull.recv());
    pending(&mut receiving, &waker);
    let mut push = context.push().unwrap();
    push.connect("inproc://x").unwrap();
    push.try_send(4).unwrap();
    assert!(counted.wakes() > before);
    assert_eq!(poll(receiving.as_mut(), &waker), Poll::Ready(Ok(4)));
}

#[test]
fn the_peers_close_wakes_and_tells_who_waits_for_it() {
    let context = Five::new();
    let (counted, waker) = Counted::new();
    let (pull, mut push) = (context.pull().unwrap(), context.push().unwrap());
    pull.bind("inproc://x").unwrap();
    push.connect("inproc://x").unwrap();
    push.try_send(1).unwrap();
    let mut sending = Box::pin(push.send(2));
    pending(&mut sending, &waker);
    assert_eq!(pull.close().discarded, 1);
    assert_eq!(counted.wakes(), 1);
    let Poll::Ready(Err(error)) = poll(sending.as_mut(), &waker) else {
        panic!("its peer has gone");
    };
    assert_eq!((error.reason, error.value), (SendReason::Disconnected, 2));
    drop(sending);

    let mut pull = context.pull().unwrap();
    pull.set_when_alone(WhenAlone::Disconnect);
    pull.bind("inproc://x").unwrap();
    push.connect("inproc://x").unwrap();
    push.try_send(3).unwrap();
    assert_eq!(pull.try_recv(), Ok(3));
    let mut receiving = Box::pin(pull.recv());
    pending(&mut receiving, &waker);
    push.disconnect("inproc://x").unwrap();
    assert_eq!(counted.wakes(), 2);
    assert_eq!(
        poll(receiving.as_mut(), &waker),
        Poll::Ready(Err(RecvError::Disconnected))
    );
}

#[test]
fn a_waiting_sender_whose_peer_closes_goes_on_to_one_with_room() {
    let context = Five::new();
    let (counted, waker) = Counted::new();
    let mut push = context.push().unwrap();
    push.bind("inproc://x").unwrap();
    let (a, mut b) = (context.pull().unwrap(), context.pull().unwrap());
    a.connect("inproc://x").unwrap();
    b.connect("inproc://x").unwrap();
    push.try_send(1).unwrap();
    push.try_send(2).unwrap();
    let mut sending = Box::pin(push.send(3));
    pending(&mut sending, &waker);
    drop(a);
    assert_eq!(counted.wakes(), 1);
    pending(&mut sending, &waker);
    assert_eq!(b.try_recv(), Ok(2));
    assert_eq!(poll(sending.as_mut(), &waker), Poll::Ready(Ok(())));
    assert_eq!(b.try_recv(), Ok(3));
}

#[test]
fn draining_ends_when_the_last_message_is_read_or_nobody_is_left_to_read_it() {
    let context = Five::new();
    let (counted, waker) = Counted::new();
    for reads in [true, false] {
        let (mut pull, mut push) = (context.pull().unwrap(), context.push().unwrap());
        pull.bind("inproc://x").unwrap();
        push.connect("inproc://x").unwrap();
        assert!(poll(Box::pin(drain(&mut push)).as_mut(), &waker).is_ready());
        push.try_send(1).unwrap();
        let before = counted.wakes();
        let mut draining = Box::pin(drain(&mut push));
        pending(&mut draining, &waker);
        let kept = if reads {
            assert_eq!(pull.try_recv(), Ok(1));
            Some(pull)
        } else {
            drop(pull);
            None
        };
        assert_eq!(counted.wakes(), before + 1);
        assert!(poll(draining.as_mut(), &waker).is_ready());
        drop((draining, kept));
        drop(push);
    }
}

#[test]
fn a_shutdown_ends_draining_and_what_was_sent_stays_readable() {
    let context = Five::new();
    let (counted, waker) = Counted::new();
    let (mut pull, mut push) = (context.pull().unwrap(), context.push().unwrap());
    pull.bind("inproc://x").unwrap();
    push.connect("inproc://x").unwrap();
    push.try_send(1).unwrap();
    {
        let mut draining = Box::pin(drain(&mut push));
        pending(&mut draining, &waker);
        let before = counted.wakes();
        context.shutdown();
        assert_eq!(counted.wakes(), before + 1);
        assert!(poll(draining.as_mut(), &waker).is_ready());
    }
    assert!(poll(Box::pin(drain(&mut push)).as_mut(), &waker).is_ready());
    assert_eq!(push.close().unread, 1);
    assert_eq!(pull.try_recv(), Ok(1));
    assert_eq!(pull.try_recv(), Err(RecvError::Terminated));
}

fn drain<'s, 'c>(
    push: &'s mut gimmal_core::socket::Push<'c, u32>,
) -> Until<'c, WaitCell, gimmal_core::socket::Draining<'s, 'c, u32>> {
    push.draining().into_future()
}

#[test]
fn cancelled_futures_give_messages_back_and_take_nothing() {
    let ledger = Ledger::new();
    let context = Context::<kit::Item, 2, 1, 1>::new();
    let (counted, waker) = Counted::new();
    let (mut pull, mut push) = (context.pull().unwrap(), context.push().unwrap());
    pull.bind("inproc://x").unwrap();
    push.connect("inproc://x").unwrap();
    // Never polled (B27), and polled.
    drop(pull.recv());
    drop(push.send(ledger.item()));
    assert_eq!(ledger.living(), 0);
    {
        let mut receiving = Box::pin(pull.recv());
        pending(&mut receiving, &waker);
        push.try_send(ledger.item()).unwrap();
        assert_eq!(counted.wakes(), 1);
    }
    assert_eq!(ledger.living(), 1, "a woken receiver takes nothing (B23)");
    let mut sending = Box::pin(push.send(ledger.item()));
    pending(&mut sending, &waker);
    drop(sending);
    assert_eq!((ledger.living(), counted.kept()), (1, 0));
    let mut sending = Box::pin(push.send(ledger.item()));
    pending(&mut sending, &waker);
    let back = sending.as_mut().cancel().err().unwrap().into_inner();
    assert_eq!(back, 3);
    drop((sending, back));
    let mut sending = Box::pin(push.send(ledger.item()));
    pending(&mut sending, &waker);
    assert_eq!(pull.try_recv().unwrap(), 1);
    let sent = sending.as_mut().cancel();
    assert!(matches!(sent, Ok(Ok(()))), "there was room after all");
    drop((sent, sending));
    let received = Box::pin(pull.recv()).as_mut().cancel();
    assert_eq!(received.ok().unwrap().unwrap(), 4);
    drop((pull, push));
    assert_eq!(counted.kept(), 0);
    ledger.settle();
}

#[test]
fn a_forgotten_future_leaves_the_socket_usable() {
    let context = Five::new();
    let (mut pull, mut push) = (context.pull().unwrap(), context.push().unwrap());
    pull.bind("inproc://x").unwrap();
    push.connect("inproc://x").unwrap();
    let ((old, old_waker), (new, new_waker)) = (Counted::new(), Counted::new());
    let mut receiving = Box::pin(pull.recv());
    pending(&mut receiving, &old_waker);
    std::mem::forget(receiving);
    let mut receiving = Box::pin(pull.recv());
    pending(&mut receiving, &new_waker);
    push.try_send(1).unwrap();
    assert_eq!((old.wakes(), new.wakes()), (0, 1));
    assert_eq!(poll(receiving.as_mut(), &new_waker), Poll::Ready(Ok(1)));
    drop(receiving);
    // The next owner of the slot is not disturbed by a waker that was left in it.
    let mut receiving = Box::pin(pull.recv());
    pending(&mut receiving, &old_waker);
    std::mem::forget(receiving);
    drop((pull, push));
    let mut pair = context.pair().unwrap();
    let mut receiving = Box::pin(pair.recv());
    pending(&mut receiving, &new_waker);
    let woken = old.wakes();
    context.shutdown();
    assert_eq!((old.wakes(), new.wakes()), (woken, 2));
    assert_eq!(
        poll(receiving.as_mut(), &new_waker),
        Poll::Ready(Err(RecvError::Terminated))
    );
}

/// B29: who polls without being woken leaves one waker, the last.
#[test]
fn many_polls_keep_one_waker() {
    let context = Five::new();
    let mut pull = context.pull().unwrap();
    let wakers: Vec<_> = (0..100).map(|_| Counted::new()).collect();
    let mut receiving = Box::pin(pull.recv());
    for _ in 0..100 {
        for (_, waker) in &wakers {
            pending(&mut receiving, waker);
        }
    }
    assert!(wakers[..99].iter().all(|(counted, _)| counted.kept() == 0));
    assert_eq!(wakers[99].0.kept(), 1);
    drop(receiving);
    assert_eq!(wakers[99].0.kept(), 0);
}

#[test]
fn two_tasks_pass_a_thousand_messages_through_one_place() {
    let context = Five::new();
    let (mut a, mut b) = (context.pair().unwrap(), context.pair().unwrap());
    a.bind("inproc://x").unwrap();
    b.connect("inproc://x").unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for i in 0..kit::rounds(1000) as u32 {
                wait(a.send(i)).unwrap();
                assert_eq!(wait(a.recv()), Ok(i + 1));
            }
            assert_eq!(a.close().discarded, 0);
        });
        for i in 0..kit::rounds(1000) as u32 {
            assert_eq!(wait(b.recv()), Ok(i));
            wait(b.send(i + 1)).unwrap();
        }
        assert_eq!(wait(b.recv()), Err(RecvError::Disconnected));
    });
}
