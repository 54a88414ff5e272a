//! The channel over the exact ring: what is its own. Everything else it shares with the channel over the MPMC ring.

mod kit;
#[path = "kit/stops.rs"]
#[allow(dead_code)] // Other tests use the rest.
mod stops;

use std::time::Duration;

use gimmal_core::channel::exact::{Channel, ChannelView};
use gimmal_core::error::{Closed, TryRecvError, TrySendError};
use gimmal_core::poll::Poller;
use gimmal_core::wait::block_on_with;
use kit::{Ledger, Task, Yield, within};
use stops::stopped_before;

#[test]
fn it_goes_on_without_who_was_stopped_and_ends_as_any_channel() {
    let channel = Channel::<u32, 2, 1>::new();
    // Tail, cell, top of the list, its exchange: it holds a slot.
    assert!(stopped_before(4, || _ = channel.try_send(9)));
    for i in 0..10 {
        assert_eq!(channel.try_send(i), Ok(()));
        assert_eq!(channel.try_send(i + 100), Ok(()));
        let refused = channel.try_send(7);
        assert_eq!(refused, Err(TrySendError::Full(7)));
        assert_eq!(channel.try_recv(), Ok(i));
        assert_eq!(channel.try_recv(), Ok(i + 100));
        assert_eq!(channel.try_recv(), Err(TryRecvError::Empty));
    }
    assert_eq!(channel.try_send(1), Ok(()));
    assert!(channel.close() && channel.is_closed() && !channel.close());
    let refused = channel.try_send(2);
    assert_eq!(refused, Err(TrySendError::Closed(2)));
    assert_eq!(channel.try_recv(), Ok(1));
    assert_eq!(channel.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn a_full_one_is_closed_too_and_all_that_was_sent_is_received() {
    for sent in 0..=3_u32 {
        for before in 0..5 {
            let channel = Channel::<u32, 3>::new();
            for i in 0..before {
                assert_eq!((channel.try_send(i), channel.try_recv()), (Ok(()), Ok(i)));
            }
            (0..sent).for_each(|i| assert_eq!(channel.try_send(i), Ok(())));
            assert!(channel.close());
            assert_eq!(channel.try_send(9), Err(TrySendError::Closed(9)));
            assert_eq!(
                (channel.len(), channel.is_empty()),
                (sent as usize, sent == 0)
            );
            (0..sent).for_each(|i| assert_eq!(channel.try_recv(), Ok(i)));
            assert_eq!(channel.try_recv(), Err(TryRecvError::Closed));
            assert_eq!(channel.try_send(9), Err(TrySendError::Closed(9)));
        }
    }
}

#[test]
fn who_waits_is_woken_and_told_of_the_end() {
    let channel = Channel::<u32, 1>::new();
    let mut receiver = Task::of(channel.recv());
    assert!(receiver.poll().is_pending());
    assert_eq!(channel.try_send(1), Ok(()));
    assert_eq!(receiver.poll(), std::task::Poll::Ready(Ok(1)));
    assert_eq!(channel.try_send(2), Ok(()));
    let mut sender = Task::of(channel.send(3));
    assert!(sender.poll().is_pending());
    assert_eq!(channel.try_recv(), Ok(2));
    assert_eq!(sender.poll(), std::task::Poll::Ready(Ok(())));
    assert!(Poller::new([channel.readable()]).try_poll().is_ready(0));
    assert!(!Poller::new([channel.writable()]).try_poll().is_ready(0));
    let mut taken = Vec::new();
    assert_eq!(channel.try_recv_many(8, |value| taken.push(value)), Ok(1));
    assert_eq!(taken, [3]);
    let mut receiver = Task::of(channel.recv());
    assert!(receiver.poll().is_pending());
    channel.close();
    assert_eq!(receiver.poll(), std::task::Poll::Ready(Err(Closed)));
}

#[test]
fn what_is_drained_is_dropped() {
    let ledger = Ledger::new();
    let channel = Channel::<_, 3>::new();
    (0..3).for_each(|_| assert!(channel.try_send(ledger.item()).is_ok()));
    assert!(channel.try_recv().is_ok());
    assert_eq!(channel.close_and_drain(), 2);
    ledger.settle();
}

#[test]
fn threads_that_wait_get_each_message_once() {
    const EACH: usize = if cfg!(miri) { 20 } else { 3000 };
    within(Duration::from_secs(120), || {
        // Fewer spare slots than threads: there is `Busy` too.
        let channel = Channel::<usize, 2, 1>::new();
        let channel: &ChannelView<usize, 1> = &channel;
        let mut all = std::thread::scope(|scope| {
            let receivers = [(); 2].map(|()| {
                scope.spawn(|| {
                    let mut taken = Vec::new();
                    while let Ok(value) = block_on_with::<Yield, _>(channel.recv()) {
                        taken.push(value);
                    }
                    taken
                })
            });
            let senders = [0, 1].map(|sender| {
                scope.spawn(move || {
                    for i in 0..EACH {
                        let sent = block_on_with::<Yield, _>(channel.send(2 * i + sender));
                        assert!(sent.is_ok());
                    }
                })
            });
            for sender in senders {
                sender.join().expect("no panic");
            }
            channel.close();
            let parts = receivers.map(|receiver| receiver.join().expect("no panic"));
            parts.concat()
        });
        all.sort_unstable();
        assert_eq!(all, (0..2 * EACH).collect::<Vec<_>>());
    });
}

#[test]
fn a_wait_tells_how_many_messages_have_passed() {
    let channel = Channel::<u32, 3>::new();
    let passed = || (channel.recv().passed(), channel.send(0).passed());
    for n in 0..20 {
        assert_eq!(passed(), (Some(n), Some(n)));
        assert_eq!(channel.try_send(7), Ok(()));
        assert_eq!(channel.try_recv(), Ok(7));
    }
    channel.close();
    assert_eq!(passed(), (Some(20), Some(20)));
}
