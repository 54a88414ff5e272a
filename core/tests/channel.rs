//! The MPMC channel, one poll at a time: order, closing, draining, and what a cancelled send or receive leaves behind.

mod kit;

use std::collections::VecDeque;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Poll, Waker};

use gimmal_core::channel::mpmc::{Channel, ChannelView};
use gimmal_core::error::{Closed, SendError, TryRecvError, TrySendError};
use gimmal_core::test_hooks;
use kit::{Counted, Item, Ledger, bangs, poll, wait};
use proptest::prelude::*;

/// A future with the waker it was polled with.
struct Task<F> {
    future: Pin<Box<F>>,
    counted: Arc<Counted>,
    waker: Waker,
}

impl<F: Future> Task<F> {
    fn new(future: F) -> Self {
        let (counted, waker) = Counted::new();
        Task {
            future: Box::pin(future),
            counted,
            waker,
        }
    }

    fn poll(&mut self) -> Poll<F::Output> {
        poll(self.future.as_mut(), &self.waker)
    }

    fn waiting(future: F) -> Self {
        let mut task = Task::new(future);
        assert!(task.poll().is_pending());
        task
    }

    fn wakes(&self) -> usize {
        self.counted.wakes()
    }
}

#[derive(Clone, Copy, Debug)]
enum Op {
    TrySend,
    TryRecv,
    /// Polled once, then dropped.
    Send,
    Recv,
    Close,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        12 => Just(Op::TrySend),
        12 => Just(Op::TryRecv),
        6 => Just(Op::Send),
        6 => Just(Op::Recv),
        1 => Just(Op::Close),
    ]
}

fn model<const N: usize>(lap: usize, ops: &[Op]) {
    let ledger = Ledger::new();
    let mut sized = Channel::<Item, N>::new();
    test_hooks::channel_at(&mut sized, test_hooks::laps(N) - 1 - lap, lap % N);
    let channel: &ChannelView<Item> = &sized;
    let mut model = VecDeque::new();
    let mut closed = false;
    for op in ops {
        let full = model.len() == N;
        match op {
            Op::TrySend => {
                let item = ledger.item();
                let id = item.id;
                match channel.try_send(item) {
                    Ok(()) => {
                        assert!(!full && !closed);
                        model.push_back(id);
                    }
                    Err(TrySendError::Closed(back)) => assert!(closed && back == id),
                    Err(TrySendError::Full(back)) => assert!(full && !closed && back == id),
                    Err(TrySendError::Busy(_)) => panic!("nobody else is there"),
                }
            }
            Op::TryRecv => match channel.try_recv() {
                Ok(item) => assert_eq!(Some(item.id), model.pop_front()),
                Err(TryRecvError::Closed) => assert!(closed && model.is_empty()),
                Err(TryRecvError::Empty) => assert!(!closed && model.is_empty()),
                Err(TryRecvError::Busy) => panic!("nobody else is there"),
            },
            Op::Send => {
                let item = ledger.item();
                let id = item.id;
                match poll(pin!(channel.send(item)), Waker::noop()) {
                    Poll::Ready(Ok(())) => {
                        assert!(!full && !closed);
                        model.push_back(id);
                    }
                    Poll::Ready(Err(SendError(back))) => assert!(closed && back == id),
                    Poll::Pending => assert!(full && !closed),
                }
            }
            Op::Recv => match poll(pin!(channel.recv()), Waker::noop()) {
                Poll::Ready(Ok(item)) => assert_eq!(Some(item.id), model.pop_front()),
                Poll::Ready(Err(Closed)) => assert!(closed && model.is_empty()),
                Poll::Pending => assert!(!closed && model.is_empty()),
            },
            Op::Close => {
                assert_eq!(channel.close(), !closed);
                closed = true;
            }
        }
        let len = model.len();
        assert_eq!((channel.len(), channel.capacity()), (len, N));
        assert_eq!(
            (channel.is_empty(), channel.is_full()),
            (len == 0, len == N)
        );
        assert_eq!(channel.is_closed(), closed);
        assert_eq!(ledger.living(), len);
    }
    drop(sized);
    ledger.settle();
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 192 })
    })]

    #[test]
    fn behaves_like_a_bounded_vec_deque_that_closes(
        lap in 0..20_usize,
        ops in prop::collection::vec(op(), 0..if cfg!(miri) { 30 } else { 120 }),
    ) {
        model::<1>(lap, &ops);
        model::<2>(lap, &ops);
        model::<3>(lap, &ops);
        model::<7>(lap, &ops);
        model::<8>(lap, &ops);
    }
}

#[test]
fn a_send_after_close_gives_the_value_back_full_or_not() {
    let channel = Channel::<u8, 1>::new();
    channel.try_send(1).unwrap();
    assert!(channel.close());
    assert!(!channel.close(), "only one call closes it");
    assert_eq!(channel.try_send(2), Err(TrySendError::Closed(2)));
    assert_eq!(wait(channel.send(3)), Err(SendError(3)));
    assert_eq!(wait(channel.recv()), Ok(1));
    assert_eq!(wait(channel.recv()), Err(Closed));
    assert_eq!(channel.try_send(4), Err(TrySendError::Closed(4)));
}

#[test]
fn waiting_senders_get_in_in_the_order_in_which_they_came() {
    let channel = Channel::<u8, 1>::new();
    channel.try_send(0).unwrap();
    let mut tasks: Vec<_> = (1..5).map(|i| Task::waiting(channel.send(i))).collect();
    for i in 0..4 {
        assert_eq!(channel.try_recv(), Ok(i));
        let wakes: Vec<usize> = tasks.iter().map(Task::wakes).collect();
        assert_eq!(wakes, [1, 0, 0, 0][..tasks.len()]);
        assert_eq!(tasks.remove(0).poll(), Poll::Ready(Ok(())));
    }
    assert_eq!(channel.try_recv(), Ok(4));
}

#[test]
fn waiting_receivers_are_served_in_the_order_in_which_they_came() {
    let channel = Channel::<u8, 4>::new();
    let mut tasks: Vec<_> = (0..4).map(|_| Task::waiting(channel.recv())).collect();
    for i in 0..4 {
        channel.try_send(i).unwrap();
    }
    // All four were woken, one for each message. Polled in any order nobody is left.
    for (i, k) in [2, 0, 3, 1].into_iter().enumerate() {
        assert_eq!(tasks[k].wakes(), 1);
        assert_eq!(tasks[k].poll(), Poll::Ready(Ok(i.try_into().unwrap())));
    }
}

#[test]
fn who_was_overtaken_by_a_running_receiver_keeps_its_turn() {
    let channel = Channel::<u8, 2>::new();
    let mut tasks: Vec<_> = (0..2).map(|_| Task::waiting(channel.recv())).collect();
    channel.try_send(1).unwrap();
    assert_eq!(channel.try_recv(), Ok(1), "a running receiver may");
    assert!(tasks[0].poll().is_pending());
    channel.try_send(2).unwrap();
    assert_eq!((tasks[0].wakes(), tasks[1].wakes()), (2, 0));
    assert_eq!(tasks[0].poll(), Poll::Ready(Ok(2)));
}

#[test]
fn two_places_that_were_freed_at_once_wake_two_senders() {
    // Both wake-ups go to the first sender, which is in front again after the first.
    let channel = Channel::<u8, 2>::new();
    channel.try_send(0).unwrap();
    channel.try_send(1).unwrap();
    let mut tasks: Vec<_> = (2..4).map(|i| Task::waiting(channel.send(i))).collect();
    assert_eq!(channel.try_recv(), Ok(0));
    channel.try_send(9).unwrap();
    assert!(tasks[0].poll().is_pending());
    assert_eq!(channel.try_recv(), Ok(1));
    assert_eq!(channel.try_recv(), Ok(9));
    assert_eq!(tasks[0].poll(), Poll::Ready(Ok(())));
    assert_eq!(tasks[1].wakes(), 1);
    assert_eq!(tasks[1].poll(), Poll::Ready(Ok(())));
}

#[test]
fn closing_wakes_everybody_however_many() {
    for n in [1, 8, 9, 30] {
        let channel = Channel::<usize, 1>::new();
        let mut receivers: Vec<_> = (0..n).map(|_| Task::waiting(channel.recv())).collect();
        assert!(channel.close());
        for task in &mut receivers {
            assert_eq!(task.wakes(), 1);
            assert_eq!(task.poll(), Poll::Ready(Err(Closed)));
        }
        let channel = Channel::<usize, 1>::new();
        channel.try_send(99).unwrap();
        let mut senders: Vec<_> = (0..n).map(|i| Task::waiting(channel.send(i))).collect();
        assert!(channel.close());
        for (i, task) in senders.iter_mut().enumerate() {
            assert_eq!(task.wakes(), 1);
            assert_eq!(task.poll(), Poll::Ready(Err(SendError(i))));
        }
        assert_eq!(channel.try_recv(), Ok(99));
    }
}

#[test]
fn after_the_last_message_every_woken_receiver_learns_of_the_end() {
    // Receivers that wait again because the last message was busy when the channel closed.
    let mut channel = Channel::<u8, 2>::new();
    let (count, wakers): (Vec<_>, Vec<_>) = (0..3).map(|_| Counted::new()).unzip();
    test_hooks::stopped_send(&mut channel, 7, |channel| {
        let mut tasks: Vec<_> = (0..3).map(|_| Box::pin(channel.recv())).collect();
        for (task, waker) in tasks.iter_mut().zip(&wakers) {
            assert!(poll(task.as_mut(), waker).is_pending());
        }
        assert!(channel.close());
        assert_eq!(channel.try_recv(), Err(TryRecvError::Busy), "not Closed");
        for (task, waker) in tasks.iter_mut().zip(&wakers) {
            assert!(poll(task.as_mut(), waker).is_pending(), "not Closed");
        }
        assert_eq!(
            count.iter().map(|c| c.wakes()).collect::<Vec<_>>(),
            [1, 1, 1]
        );
    })
    .unwrap();
    assert_eq!(channel.try_recv(), Ok(7));
    assert_eq!(channel.try_recv(), Err(TryRecvError::Closed));
    // And a chain of them after a message that is there: each wakes the next.
    let channel = Channel::<u8, 2>::new();
    let mut tasks: Vec<_> = (0..4).map(|_| Task::waiting(channel.recv())).collect();
    channel.try_send(1).unwrap();
    assert!(channel.close());
    assert_eq!(tasks[0].poll(), Poll::Ready(Ok(1)));
    for task in &mut tasks[1..] {
        assert!(task.wakes() >= 1);
        assert_eq!(task.poll(), Poll::Ready(Err(Closed)));
    }
}

#[test]
fn a_busy_slot_is_a_reason_to_wait_for_both_sides() {
    let mut channel = Channel::<u8, 1>::new();
    channel.try_send(1).unwrap();
    let (value, ()) = test_hooks::stopped_recv(&mut channel, |channel| {
        assert_eq!(channel.try_send(2), Err(TrySendError::Busy(2)));
        assert!(poll(pin!(channel.send(2)), Waker::noop()).is_pending());
        assert!(channel.close());
        assert_eq!(
            channel.try_send(2),
            Err(TrySendError::Closed(2)),
            "closed wins"
        );
    })
    .unwrap();
    assert_eq!(value, 1);
    assert_eq!(channel.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn a_cancelled_send_has_not_sent_and_drops_or_returns_its_value() {
    let ledger = Ledger::new();
    let channel = Channel::<Item, 1>::new();
    channel.try_send(ledger.item()).unwrap();
    drop(channel.send(ledger.item()));
    assert_eq!(ledger.living(), 1, "never polled");
    drop(Task::waiting(channel.send(ledger.item())));
    assert_eq!(ledger.living(), 1, "waiting");
    let mut task = Task::waiting(channel.send(ledger.item()));
    let attempt = task.future.as_mut().cancel().err().unwrap();
    assert_eq!(attempt.into_inner(), 3, "cancelled");
    let mut task = Task::waiting(channel.send(ledger.item()));
    drop(channel.try_recv().unwrap());
    let sent = task.future.as_mut().cancel();
    assert!(
        matches!(sent, Ok(Ok(()))),
        "woken, and there was room: sent after all"
    );
    assert_eq!(channel.try_recv().unwrap(), 4);
    drop(task);
    ledger.settle();
}

#[test]
fn a_woken_sender_or_receiver_that_leaves_passes_its_turn_on() {
    let channel = Channel::<u8, 1>::new();
    let mut receivers: Vec<_> = (0..2).map(|_| Task::waiting(channel.recv())).collect();
    channel.try_send(1).unwrap();
    drop(receivers.remove(0));
    assert_eq!(receivers[0].wakes(), 1, "the message is for the next one");
    let mut senders: Vec<_> = (2..4).map(|i| Task::waiting(channel.send(i))).collect();
    assert_eq!(receivers[0].poll(), Poll::Ready(Ok(1)));
    drop(senders.remove(0));
    assert_eq!(senders[0].wakes(), 1, "the place is for the next one");
    assert_eq!(senders[0].poll(), Poll::Ready(Ok(())));
    assert_eq!(channel.try_recv(), Ok(3));
}

#[test]
fn draining_drops_what_is_unread_and_refuses_what_comes() {
    let ledger = Ledger::new();
    let channel = Channel::<Item, 3>::new();
    for _ in 0..3 {
        channel.try_send(ledger.item()).unwrap();
    }
    let mut task = Task::waiting(channel.send(ledger.item()));
    assert_eq!(channel.close_and_drain(), 3);
    assert_eq!((ledger.living(), task.wakes()), (1, 1));
    assert!(matches!(task.poll(), Poll::Ready(Err(SendError(back))) if back == 3));
    assert!(matches!(
        channel.try_send(ledger.item()),
        Err(TrySendError::Closed(_))
    ));
    assert!(matches!(channel.try_recv(), Err(TryRecvError::Closed)));
    assert_eq!(channel.close_and_drain(), 0);
    drop(task);
    ledger.settle();
}

#[test]
#[allow(unsafe_code)] // For a waiter that outlives the closure.
fn a_send_that_overlaps_the_draining_drops_its_own_message() {
    let ledger = Ledger::new();
    let mut channel = Channel::<Item, 3>::new();
    channel.try_send(ledger.item()).unwrap();
    let dropped = test_hooks::stopped_send(&mut channel, ledger.item(), |channel| {
        let dropped = channel.close_and_drain();
        assert_eq!(ledger.living(), 1);
        dropped
    });
    assert_eq!(dropped, Some(1));
    assert!(channel.is_empty());
    ledger.settle();
}

#[test]
fn a_destructor_that_panics_while_draining_stops_no_other() {
    for armed in 0..3 {
        let ledger = Ledger::new();
        let channel = Channel::<Item, 3>::new();
        for i in 0..3 {
            let item = if i == armed {
                ledger.bomb()
            } else {
                ledger.item()
            };
            channel.try_send(item).unwrap();
        }
        bangs(|| assert_eq!(channel.close_and_drain(), 3));
        assert_eq!(ledger.living(), 0);
        assert!(channel.is_closed() && channel.is_empty());
        drop(channel);
        ledger.settle();
    }
}

#[test]
fn values_of_no_size_and_of_wide_alignment_pass() {
    #[repr(align(64))]
    #[derive(Debug, PartialEq)]
    struct Wide(u8);
    let (nothing, wide) = (Channel::<(), 2>::new(), Channel::<Wide, 2>::new());
    for i in 0..5 {
        nothing.try_send(()).unwrap();
        wide.try_send(Wide(i)).unwrap();
        assert_eq!((nothing.len(), wide.len()), (1, 1));
        assert_eq!((nothing.try_recv(), wide.try_recv()), (Ok(()), Ok(Wide(i))));
    }
}

#[test]
fn debug_shows_fill_and_closing() {
    let channel = Channel::<u8, 2>::new();
    channel.close();
    assert_eq!(
        format!("{channel:?}"),
        "Channel { len: 0, capacity: 2, closed: true }"
    );
}

/// A receiver that was woken by the closing finds the half done send, and waits again: the send wakes it, and sees to its
/// message all the same.
#[test]
#[allow(unsafe_code)] // For a waiter that outlives the closure.
fn a_send_that_overlaps_the_draining_drops_its_message_though_a_receiver_still_waits() {
    let ledger = Ledger::new();
    let mut channel = Channel::<Item, 3>::new();
    let stray = test_hooks::stopped_send(&mut channel, ledger.item(), |channel| {
        // SAFETY: who waits is dropped before the channel.
        let channel: &'static Channel<Item, 3> = unsafe { &*std::ptr::from_ref(channel) };
        channel.close_and_drain();
        let mut stray = kit::Waiter::of(channel.recv());
        assert!(stray.poll().is_pending());
        stray
    });
    let mut stray = stray.unwrap();
    assert_eq!((channel.len(), ledger.living(), stray.wakes()), (0, 0, 1));
    assert!(stray.gets_it().is_err());
    drop(stray);
    drop(channel);
    ledger.settle();
}
