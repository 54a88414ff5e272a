//! The SPSC channel, one poll at a time: its two ends, order, closing by either of them, draining, cancelling.

mod kit;

use std::collections::VecDeque;
use std::pin::{Pin, pin};
use std::task::{Poll, Waker};

use gimmal_core::channel::spsc::{Channel, ChannelView};
use gimmal_core::error::{Closed, SendError, TryRecvError, TrySendError};
use kit::{Counted, Item, Ledger, bangs, poll, wait};
use proptest::prelude::*;

fn pending<F: Future>(future: &mut Pin<Box<F>>, waker: &Waker) {
    assert!(poll(future.as_mut(), waker).is_pending());
}

#[derive(Clone, Copy, Debug)]
enum Op {
    TrySend,
    TryRecv,
    Send,
    Recv,
    CloseBySender,
    CloseByReceiver,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        24 => Just(Op::TrySend),
        24 => Just(Op::TryRecv),
        12 => Just(Op::Send),
        12 => Just(Op::Recv),
        1 => Just(Op::CloseBySender),
        1 => Just(Op::CloseByReceiver),
    ]
}

/// Does the operations on both and compares every answer.
macro_rules! compare {
    ($sender:ident, $receiver:ident, $n:ident, $ops:ident, $ledger:ident, $model:ident) => {
        let mut closed = false;
        for op in $ops {
            let full = $model.len() == $n;
            match op {
                Op::TrySend => {
                    let item = $ledger.item();
                    let id = item.id;
                    match $sender.try_send(item) {
                        Ok(()) => {
                            assert!(!full && !closed);
                            $model.push_back(id);
                        }
                        Err(TrySendError::Closed(back)) => assert!(closed && back == id),
                        Err(TrySendError::Full(back)) => assert!(full && !closed && back == id),
                        Err(TrySendError::Busy(_)) => panic!("never busy"),
                    }
                }
                Op::TryRecv => match $receiver.try_recv() {
                    Ok(item) => assert_eq!(Some(item.id), $model.pop_front()),
                    Err(TryRecvError::Closed) => assert!(closed && $model.is_empty()),
                    Err(TryRecvError::Empty) => assert!(!closed && $model.is_empty()),
                    Err(TryRecvError::Busy) => panic!("never busy"),
                },
                Op::Send => {
                    let item = $ledger.item();
                    let id = item.id;
                    match poll(pin!($sender.send(item)), Waker::noop()) {
                        Poll::Ready(Ok(())) => {
                            assert!(!full && !closed);
                            $model.push_back(id);
                        }
                        Poll::Ready(Err(SendError(back))) => assert!(closed && back == id),
                        Poll::Pending => assert!(full && !closed),
                    }
                }
                Op::Recv => match poll(pin!($receiver.recv()), Waker::noop()) {
                    Poll::Ready(Ok(item)) => assert_eq!(Some(item.id), $model.pop_front()),
                    Poll::Ready(Err(Closed)) => assert!(closed && $model.is_empty()),
                    Poll::Pending => assert!(!closed && $model.is_empty()),
                },
                Op::CloseBySender => {
                    $sender.close();
                    closed = true;
                }
                Op::CloseByReceiver => {
                    $receiver.close();
                    closed = true;
                }
            }
            let len = $model.len();
            assert_eq!(($sender.len(), $receiver.len()), (len, len));
            assert_eq!(($sender.free(), $receiver.capacity()), ($n - len, $n));
            assert!($sender.is_empty() == (len == 0) && $receiver.is_empty() == (len == 0));
            assert!($sender.is_full() == (len == $n) && $receiver.is_full() == (len == $n));
            assert!($sender.is_closed() == closed && $receiver.is_closed() == closed);
            assert_eq!($ledger.living(), len);
        }
    };
}
fn model<const N: usize>(view: bool, drain: bool, ops: &[Op]) {
    let ledger = Ledger::new();
    let channel = Channel::<Item, N>::new();
    let mut model = VecDeque::new();
    if view {
        let view: &ChannelView<Item> = &channel;
        let (mut sender, mut receiver) = view.try_split().unwrap();
        compare!(sender, receiver, N, ops, ledger, model);
        if drain {
            assert_eq!(receiver.close_and_drain(), model.len());
            assert_eq!(ledger.living(), 0);
        }
    } else {
        let (mut sender, mut receiver) = channel.try_split().unwrap();
        compare!(sender, receiver, N, ops, ledger, model);
        if drain {
            assert_eq!(receiver.close_and_drain(), model.len());
            assert!(matches!(
                sender.try_send(ledger.item()),
                Err(TrySendError::Closed(_))
            ));
        }
    }
    drop(channel);
    ledger.settle();
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 192 })
    })]

    #[test]
    fn behaves_like_a_bounded_vec_deque_that_closes(
        (view, drain) in any::<(bool, bool)>(),
        ops in prop::collection::vec(op(), 0..if cfg!(miri) { 30 } else { 120 }),
    ) {
        model::<1>(view, drain, &ops);
        model::<2>(view, drain, &ops);
        model::<3>(view, drain, &ops);
        model::<7>(view, drain, &ops);
        model::<8>(view, drain, &ops);
    }
}

#[test]
fn a_second_split_is_refused_while_an_end_lives() {
    static CHANNEL: Channel<u8, 2> = Channel::new();
    let (mut sender, receiver) = CHANNEL.try_split().unwrap();
    assert!(CHANNEL.try_split().is_none());
    sender.try_send(1).unwrap();
    drop(sender);
    assert!(CHANNEL.try_split().is_none());
    drop(receiver);
    let (_sender, mut receiver) = CHANNEL.try_split().unwrap();
    assert!(
        !CHANNEL.is_closed(),
        "dropping an end of a static channel closes nothing"
    );
    assert_eq!(receiver.try_recv(), Ok(1));
}

#[test]
fn forgotten_ends_are_forgotten_by_the_next_exclusive_split() {
    let mut channel = Channel::<u8, 2>::new();
    std::mem::forget(channel.split());
    assert!(channel.try_split().is_none());
    let (mut sender, mut receiver) = channel.split();
    sender.try_send(1).unwrap();
    assert_eq!(receiver.try_recv(), Ok(1));
}

#[test]
fn closing_by_either_end_wakes_the_other_and_loses_nothing() {
    let mut channel = Channel::<u8, 1>::new();
    let (mut sender, receiver) = channel.split();
    let (counted, waker) = Counted::new();
    sender.try_send(1).unwrap();
    let mut sending = Box::pin(sender.send(2));
    pending(&mut sending, &waker);
    receiver.close();
    assert_eq!(counted.wakes(), 1);
    assert_eq!(
        poll(sending.as_mut(), &waker),
        Poll::Ready(Err(SendError(2)))
    );
    drop(sending);
    drop((sender, receiver));
    let (_, mut receiver) = channel.split();
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(wait(receiver.recv()), Err(Closed));

    let mut channel = Channel::<u8, 1>::new();
    let (sender, mut receiver) = channel.split();
    let mut receiving = Box::pin(receiver.recv());
    pending(&mut receiving, &waker);
    sender.close();
    sender.close();
    assert!(counted.wakes() >= 2);
    assert_eq!(poll(receiving.as_mut(), &waker), Poll::Ready(Err(Closed)));
}

#[test]
fn what_was_sent_before_the_close_is_received_before_the_end() {
    for fill in 0..=3 {
        let mut channel = Channel::<u8, 3>::new();
        let (mut sender, mut receiver) = channel.split();
        (0..fill).for_each(|i| sender.try_send(i).unwrap());
        sender.close();
        assert_eq!(sender.try_send(9), Err(TrySendError::Closed(9)));
        assert_eq!(wait(sender.send(9)), Err(SendError(9)));
        for i in 0..fill {
            assert_eq!(wait(receiver.recv()), Ok(i));
        }
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    }
}

#[test]
fn each_message_wakes_a_waiting_receiver_and_each_receive_a_waiting_sender() {
    let mut channel = Channel::<u8, 1>::new();
    let (mut sender, mut receiver) = channel.split();
    let (counted, waker) = Counted::new();
    for i in 0..3 {
        let mut receiving = Box::pin(receiver.recv());
        pending(&mut receiving, &waker);
        sender.try_send(i).unwrap();
        assert_eq!(counted.wakes(), 2 * usize::from(i) + 1);
        assert_eq!(poll(receiving.as_mut(), &waker), Poll::Ready(Ok(i)));
        drop(receiving);
        sender.try_send(i).unwrap();
        let mut sending = Box::pin(sender.send(i));
        pending(&mut sending, &waker);
        receiver.try_recv().unwrap();
        assert_eq!(counted.wakes(), 2 * usize::from(i) + 2);
        assert_eq!(poll(sending.as_mut(), &waker), Poll::Ready(Ok(())));
        drop(sending);
        receiver.try_recv().unwrap();
    }
    assert_eq!(counted.kept(), 0);
}

#[test]
fn cancelled_operations_leave_value_message_and_waker_behind_in_order() {
    let ledger = Ledger::new();
    let mut channel = Channel::<Item, 1>::new();
    let (mut sender, mut receiver) = channel.split();
    let (counted, waker) = Counted::new();
    {
        let mut receiving = Box::pin(receiver.recv());
        pending(&mut receiving, &waker);
        sender.try_send(ledger.item()).unwrap();
    }
    assert_eq!(
        (receiver.len(), counted.kept()),
        (1, 0),
        "a woken receiver took nothing"
    );
    drop(sender.send(ledger.item()));
    let mut sending = Box::pin(sender.send(ledger.item()));
    pending(&mut sending, &waker);
    drop(sending);
    assert_eq!((ledger.living(), counted.kept()), (1, 0));
    let mut sending = Box::pin(sender.send(ledger.item()));
    pending(&mut sending, &waker);
    let back = sending.as_mut().cancel().err().unwrap().into_inner();
    assert_eq!(back, 3);
    drop((sending, back));
    let mut sending = Box::pin(sender.send(ledger.item()));
    pending(&mut sending, &waker);
    drop(receiver.try_recv().unwrap());
    assert!(
        matches!(sending.as_mut().cancel(), Ok(Ok(()))),
        "there was room after all"
    );
    drop(sending);
    drop((sender, receiver));
    drop(channel);
    ledger.settle();
}

#[test]
fn a_forgotten_future_frees_its_end_and_the_next_one_waits_well() {
    let mut channel = Channel::<u8, 1>::new();
    let (mut sender, mut receiver) = channel.split();
    let ((old, old_waker), (new, new_waker)) = (Counted::new(), Counted::new());
    let mut receiving = Box::pin(receiver.recv());
    pending(&mut receiving, &old_waker);
    std::mem::forget(receiving);
    let mut receiving = Box::pin(receiver.recv());
    pending(&mut receiving, &new_waker);
    sender.try_send(1).unwrap();
    assert_eq!((old.wakes(), new.wakes()), (0, 1));
    assert_eq!(poll(receiving.as_mut(), &new_waker), Poll::Ready(Ok(1)));
}

#[test]
fn draining_with_destructors_that_panic_drops_the_others_too() {
    for armed in 0..3 {
        let ledger = Ledger::new();
        let mut channel = Channel::<Item, 3>::new();
        let (mut sender, receiver) = channel.split();
        for i in 0..3 {
            let item = if i == armed {
                ledger.bomb()
            } else {
                ledger.item()
            };
            sender.try_send(item).unwrap();
        }
        bangs(|| assert_eq!(receiver.close_and_drain(), 3));
        assert_eq!(ledger.living(), 0);
        assert!(sender.is_closed());
        drop(sender);
        drop(channel);
        ledger.settle();
    }
}

#[test]
fn debug_of_channel_and_ends_shows_no_message() {
    let mut channel = Channel::<u8, 2>::new();
    let (mut sender, receiver) = channel.split();
    sender.try_send(77).unwrap();
    let inner = "Channel { len: 1, capacity: 2, closed: false }";
    assert_eq!(
        format!("{sender:?}"),
        format!("Sender {{ channel: {inner} }}")
    );
    assert_eq!(
        format!("{receiver:?}"),
        format!("Receiver {{ channel: {inner} }}")
    );
    drop((sender, receiver));
    assert_eq!(format!("{channel:?}"), inner);
}
