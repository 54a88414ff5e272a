//! A channel shows the queues in which its senders and receivers wait. Strangers notify in them, grant what was never made,
//! and wait there themselves: a message is still received once, and never made up.

use std::cell::Cell;
use std::panic::resume_unwind;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use gimmal_core::channel::mpmc::Channel;
use gimmal_core::poll::{Poller, Selected2, select};
use gimmal_core::sync::{Lock, Semaphore};
use gimmal_core::wait::{Operation, Phase, Until, WaitCell, WaitQueue};

use crate::kit::{Bang, Counted, Ledger, Waiter, bangs, poll, rounds, wait, within};

/// Every way to notify in a queue.
const NOTIFIES: [fn(&WaitQueue); 4] = [
    |queue| _ = queue.wake_one(),
    |queue| _ = queue.wake_all(),
    |queue| _ = queue.grant_one(),
    |queue| _ = queue.release_all(),
];

#[test]
fn a_grant_in_a_channels_queue_makes_no_message_and_no_room() {
    for notify in NOTIFIES {
        let ledger = Ledger::new();
        let channel = Channel::<_, 1>::new();
        let mut receivers = [Waiter::of(channel.recv()), Waiter::of(channel.recv())];
        notify(channel.receivers());
        assert!(receivers[0].wakes() == 1);
        receivers.iter_mut().for_each(Waiter::waits_on);
        channel.try_send(ledger.item()).unwrap();
        let got = receivers.iter_mut().map(|one| one.poll().is_ready());
        assert_eq!(got.filter(|got| *got).count(), 1);
        drop(receivers);

        channel.try_send(ledger.item()).unwrap();
        let mut senders = [
            Waiter::of(channel.send(ledger.item())),
            Waiter::of(channel.send(ledger.item())),
        ];
        notify(channel.senders());
        senders.iter_mut().for_each(Waiter::waits_on);
        assert_eq!(channel.len(), 1);
        for id in [1, 2, 3] {
            // Each has been asked again, and the order among them may have changed.
            assert!(channel.try_recv().is_ok(), "{id}");
            for one in &mut senders {
                if one.future.operation().is_some() {
                    let _ = one.poll();
                }
            }
        }
        assert!(channel.is_empty());
        drop(senders);
        drop(channel);
        ledger.settle();
    }
}

/// What a waiter was granted by a stranger is nothing, also when it gives up with it.
#[test]
fn who_gives_up_with_a_strangers_grant_passes_nothing_on_that_is_not_there() {
    for notify in NOTIFIES {
        for cancels in [false, true] {
            let ledger = Ledger::new();
            let channel = Channel::<_, 1>::new();
            let mut first = Waiter::of(channel.recv());
            notify(channel.receivers());
            let mut second = Waiter::of(channel.recv());
            match cancels {
                true => assert!(first.cancel().is_none()),
                false => first = Waiter::of(channel.recv()),
            }
            second.waits_on();
            channel.try_send(ledger.item()).unwrap();
            assert!(second.wakes() > 0);
            assert_eq!(second.gets_it().unwrap().id, 0);
            channel.try_send(ledger.item()).unwrap();
            let mut sender = Waiter::of(channel.send(ledger.item()));
            notify(channel.senders());
            let taken = sender.cancel();
            assert!(taken.is_none() && channel.len() == 1);
            drop((first, second, sender));
            drop(channel);
            ledger.settle();
        }
    }
}

#[test]
fn a_select_that_is_granted_a_message_that_is_not_there_goes_on_waiting() {
    for notify in NOTIFIES {
        let (channel, semaphore) = (Channel::<u32, 1>::new(), Semaphore::new(0));
        let (_counted, waker) = Counted::new();
        let mut waiting = pin!(select((channel.recv(), semaphore.acquire())));
        let mut poller = Poller::new([channel.readable()]);
        let mut polling = pin!(poller.poll());
        assert!(poll(waiting.as_mut(), &waker).is_pending());
        assert!(poll(polling.as_mut(), &waker).is_pending());
        notify(channel.receivers());
        assert!(poll(waiting.as_mut(), &waker).is_pending());
        assert!(poll(polling.as_mut(), &waker).is_pending());
        semaphore.release(1).unwrap();
        let Poll::Ready(Selected2::Second(permit, _)) = poll(waiting.as_mut(), &waker) else {
            panic!("there is a permit");
        };
        drop(permit);
        assert_eq!(semaphore.available(), 1);
        channel.try_send(1).unwrap();
        assert!(poll(polling.as_mut(), &waker).is_ready());
    }
}

/// A stranger that waits in the channel's queue and does as it likes with its wake-up.
struct Stranger<'s> {
    wakes: &'s Cell<usize>,
    act: fn(Phase) -> Poll<()>,
    swallows: bool,
}

impl Operation for Stranger<'_> {
    type Output = ();

    fn try_once(&mut self, when: Phase) -> Poll<()> {
        if when == Phase::Woken {
            self.wakes.set(self.wakes.get() + 1);
        }
        (self.act)(when)
    }

    fn may_wake_next(&self) -> bool {
        true
    }

    fn forward_wakeup(&mut self) -> bool {
        self.swallows
    }

    fn spin_hint(&self) -> usize {
        usize::MAX
    }
}

#[test]
fn a_stranger_in_a_channels_queue_takes_no_message_and_its_panics_lose_no_wake_up() {
    let acts: [fn(Phase) -> Poll<()>; 3] = [
        |_| Poll::Pending,
        |when| match when {
            Phase::Woken => Poll::Ready(()),
            _ => Poll::Pending,
        },
        |when| match when {
            Phase::Woken => resume_unwind(Box::new(Bang)),
            _ => Poll::Pending,
        },
    ];
    for (at, act) in acts.into_iter().enumerate() {
        let ledger = Ledger::new();
        let channel = Channel::<_, 2>::new();
        let wakes = Cell::new(0);
        let stranger = Stranger {
            wakes: &wakes,
            act,
            swallows: false,
        };
        let mut stranger = Box::pin(Until::new(channel.receivers(), stranger));
        assert!(poll(stranger.as_mut(), Waker::noop()).is_pending());
        let mut receiver = Waiter::of(channel.recv());
        channel.try_send(ledger.item()).unwrap();
        assert_eq!(receiver.wakes(), 0, "the stranger was first");
        match at {
            0 => assert!(poll(stranger.as_mut(), Waker::noop()).is_pending()),
            1 => assert!(poll(stranger.as_mut(), Waker::noop()).is_ready()),
            _ => bangs(|| assert!(poll(stranger.as_mut(), Waker::noop()).is_pending())),
        }
        drop(stranger);
        assert_eq!(wakes.get(), 1);
        if at == 0 {
            // It had its chance and said that there was nothing for it: the wake-up is used up. The next one is not its own.
            channel.try_send(ledger.item()).unwrap();
        }
        assert_eq!(receiver.wakes(), 1);
        assert_eq!(receiver.gets_it().unwrap().id, 0);
        drop(receiver);
        drop(channel);
        ledger.settle();
    }
}

/// One that keeps its wake-ups for good: a receiver beside it sleeps on, but a new one gets the message.
#[test]
fn a_stranger_that_swallows_wake_ups_loses_no_message() {
    let ledger = Ledger::new();
    let channel = Channel::<_, 2>::new();
    let wakes = Cell::new(0);
    for _ in 0..3 {
        let stranger = Stranger {
            wakes: &wakes,
            act: |_| Poll::Pending,
            swallows: true,
        };
        let mut stranger = Box::pin(Until::new(channel.receivers(), stranger));
        assert!(poll(stranger.as_mut(), Waker::noop()).is_pending());
        let mut receiver = Waiter::of(channel.recv());
        channel.try_send(ledger.item()).unwrap();
        drop(stranger);
        receiver.waits_on();
        assert!(Waiter::unpolled(channel.recv()).gets_it().is_ok());
        channel.try_send(ledger.item()).unwrap();
        assert_eq!(receiver.wakes(), 1);
        assert!(receiver.gets_it().is_ok());
    }
    drop(channel);
    ledger.settle();
}

/// Real threads, and one that grants without end.
#[test]
fn threads_receive_each_message_once_beside_one_that_grants_what_is_not_there() {
    within(Duration::from_secs(60), || {
        let total = rounds(2_000);
        let channel = Arc::new(Channel::<usize, 2>::new());
        let (sum, over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let receivers: Vec<_> = (0..2)
            .map(|_| {
                let (channel, sum) = (channel.clone(), sum.clone());
                thread::spawn(move || {
                    let mut count = 0;
                    while let Ok(number) = wait(channel.recv()) {
                        sum.fetch_add(number, SeqCst);
                        count += 1;
                    }
                    count
                })
            })
            .collect();
        let (its, its_over) = (channel.clone(), over.clone());
        let stranger = thread::spawn(move || {
            while its_over.load(SeqCst) == 0 {
                NOTIFIES.iter().for_each(|notify| notify(its.receivers()));
                NOTIFIES.iter().for_each(|notify| notify(its.senders()));
                thread::yield_now();
            }
        });
        for number in 0..total {
            assert!(wait(channel.send(number)).is_ok());
        }
        channel.close();
        let counts = receivers.into_iter().map(|one| one.join().unwrap());
        assert_eq!(counts.sum::<usize>(), total);
        over.store(1, SeqCst);
        stranger.join().unwrap();
        assert_eq!(sum.load(SeqCst), total * (total - 1) / 2);
    });
}

/// Two waiters in a cell that is made for one: none of them gets what was not given, and the last one is woken.
#[test]
fn two_in_a_cell_for_one_share_no_waker() {
    struct Ready<'r>(&'r Lock<u32>);
    impl Operation for Ready<'_> {
        type Output = u32;

        fn try_once(&mut self, _when: Phase) -> Poll<u32> {
            let number = self.0.try_lock().map_or(0, |number| *number);
            if number == 0 {
                Poll::Pending
            } else {
                Poll::Ready(number)
            }
        }
    }
    let (cell, number) = (WaitCell::new(), Lock::new(0));
    let (first, first_waker) = Counted::new();
    let (second, second_waker) = Counted::new();
    {
        let mut one = pin!(Until::new(&cell, Ready(&number)));
        let mut other = Box::pin(Until::new(&cell, Ready(&number)));
        for _ in 0..3 {
            assert!(poll(one.as_mut(), &first_waker).is_pending());
            assert!(poll(other.as_mut(), &second_waker).is_pending());
        }
        *number.try_lock().unwrap() = 7;
        cell.wake();
        assert_eq!(second.wakes(), 1);
        assert_eq!(poll(other.as_mut(), &second_waker), Poll::Ready(7));
        drop(other);
        assert_eq!(poll(one.as_mut(), &first_waker), Poll::Ready(7));
    }
    assert_eq!((first.kept(), second.kept()), (0, 0));
    cell.wake();
    assert_eq!(second.wakes(), 1);
}
