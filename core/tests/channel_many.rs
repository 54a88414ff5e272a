//! Many messages of a channel by one claim: order, closing, whom it wakes, and what a panic in the middle leaves behind.

mod kit;

use gimmal_core::channel::mpmc::Channel;
use gimmal_core::error::TryRecvError;
use kit::{Bang, Counted, Item, Ledger, bangs, poll};
use std::panic::resume_unwind;
use std::pin::pin;

#[test]
fn it_takes_what_is_there_in_order_and_then_says_why_not() {
    let channel = Channel::<u32, 3>::new();
    let recv = |most| {
        let mut all = Vec::new();
        let n = channel.try_recv_many(most, |n| all.push(n));
        assert_eq!(n.unwrap_or(0), all.len());
        n.map(|_| all)
    };
    assert_eq!(recv(2), Err(TryRecvError::Empty));
    assert_eq!(recv(0), Ok(vec![]));
    (1..=3).for_each(|n| channel.try_send(n).unwrap());
    assert_eq!(recv(2), Ok(vec![1, 2]));
    (4..=5).for_each(|n| channel.try_send(n).unwrap());
    channel.close();
    assert_eq!(recv(9), Ok(vec![3, 4, 5]));
    assert_eq!(recv(9), Err(TryRecvError::Closed));
}

#[test]
fn it_wakes_a_sender_for_each_message() {
    let channel = Channel::<u32, 3>::new();
    (1..=3).for_each(|n| channel.try_send(n).unwrap());
    let wakers = [(); 3].map(|()| Counted::new());
    let mut first = pin!(channel.send(4));
    let mut second = pin!(channel.send(5));
    let mut third = pin!(channel.send(6));
    assert!(poll(first.as_mut(), &wakers[0].1).is_pending());
    assert!(poll(second.as_mut(), &wakers[1].1).is_pending());
    assert!(poll(third.as_mut(), &wakers[2].1).is_pending());
    assert_eq!(channel.try_recv_many(2, drop), Ok(2));
    assert_eq!(wakers.map(|(counted, _)| counted.wakes()), [1, 1, 0]);
}

#[test]
fn a_panic_in_the_middle_drops_the_rest_of_the_claim_and_frees_every_place() {
    for seen in 0..3 {
        let ledger = Ledger::new();
        let channel = Channel::<Item, 4>::new();
        (0..4).for_each(|_| assert!(channel.try_send(ledger.item()).is_ok()));
        let (counted, waker) = Counted::new();
        let mut sending = Box::pin(channel.send(ledger.item()));
        assert!(poll(sending.as_mut(), &waker).is_pending());
        let mut left = seen;
        bangs(|| {
            let _ = channel.try_recv_many(3, |_item| match left {
                0 => resume_unwind(Box::new(Bang)),
                _ => left -= 1,
            });
        });
        assert_eq!((channel.len(), counted.wakes()), (1, 1));
        assert!(poll(sending.as_mut(), &waker).is_ready());
        (0..2).for_each(|_| assert!(channel.try_send(ledger.item()).is_ok()));
        assert_eq!(ledger.living(), 4);
        drop(sending);
        drop(channel);
        ledger.settle();
    }
}
