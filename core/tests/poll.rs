//! The poller: what it reports, what it leaves alone, and whom it wakes.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::*};
use std::task::{Context, Poll, Wake, Waker};

use gimmal_core::channel::{mpmc, spsc};
use gimmal_core::poll::{Poller, Readable, Readiness, Source};
use gimmal_core::sync::Event;
use gimmal_core::wait::{Phase, WaitCell, block_on};

/// A waker that counts.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Relaxed);
    }
}

impl Wakes {
    fn count(&self) -> usize {
        self.0.load(Relaxed)
    }
}

fn counted() -> (Arc<Wakes>, Waker) {
    let wakes = Arc::new(Wakes::default());
    (wakes.clone(), Waker::from(wakes))
}

#[test]
fn a_pass_reports_everything_that_is_ready() {
    let (jobs, answers, stop) = (
        mpmc::Channel::<u32, 2>::new(),
        mpmc::Channel::<String, 2>::new(),
        Event::new(),
    );
    let mut poller = Poller::new([jobs.readable(), answers.writable(), stop.readable()]);
    let ready = poller.try_poll();
    assert_eq!(ready.count(), 1);
    assert_eq!(ready.of(1), Readiness::WRITABLE);

    jobs.try_send(1).unwrap();
    stop.set();
    let ready = block_on(poller.poll());
    let found: Vec<_> = ready.iter().collect();
    assert_eq!(
        found,
        [
            (0, Readiness::READABLE),
            (1, Readiness::WRITABLE),
            (2, Readiness::READABLE)
        ]
    );
    assert!(!ready.is_empty());
}

#[test]
fn a_poll_is_level_triggered_and_takes_nothing() {
    let channel = mpmc::Channel::<u32, 2>::new();
    channel.try_send(1).unwrap();
    let mut poller = Poller::new([channel.readable()]);
    for _ in 0..3 {
        assert!(poller.try_poll().is_readable(0));
        assert!(block_on(poller.poll()).is_readable(0));
    }
    assert_eq!(channel.try_recv(), Ok(1));
    assert!(poller.try_poll().is_empty());
}

#[test]
fn writable_is_exactly_when_a_send_succeeds() {
    let channel = mpmc::Channel::<u32, 3>::new();
    let (mut sender, mut receiver) = spsc_of(&SPSC);
    for round in 0..20 {
        let writable = Poller::new([channel.writable()]).try_poll().is_writable(0);
        assert_eq!(writable, channel.try_send(round).is_ok());
        let writable = Poller::new([sender.writable()]).try_poll().is_writable(0);
        assert_eq!(writable, sender.try_send(round).is_ok());
        if round % 3 == 2 {
            let readable = Poller::new([channel.readable()]).try_poll().is_readable(0);
            assert_eq!(readable, channel.try_recv().is_ok());
            let readable = Poller::new([receiver.readable()]).try_poll().is_readable(0);
            assert_eq!(readable, receiver.try_recv().is_ok());
        }
    }
}

static SPSC: spsc::Channel<u32, 3> = spsc::Channel::new();

fn spsc_of<const N: usize>(
    channel: &'static spsc::Channel<u32, N>,
) -> (
    spsc::Sender<'static, u32, N>,
    spsc::Receiver<'static, u32, N>,
) {
    channel
        .try_split()
        .expect("each test has a channel of its own")
}

#[test]
fn a_closed_channel_has_ended_when_it_is_read_to_the_end() {
    let channel = mpmc::Channel::<u32, 2>::new();
    channel.try_send(1).unwrap();
    channel.close();
    let mut poller = Poller::new([channel.readable(), channel.writable()]);
    let ready = poller.try_poll();
    assert_eq!(
        (ready.of(0), ready.of(1)),
        (Readiness::READABLE, Readiness::ENDED)
    );
    assert!(!ready.is_writable(1), "a send would be refused");
    channel.try_recv().unwrap();
    assert!(block_on(poller.poll()).has_ended(0));
}

#[test]
fn a_closed_spsc_channel_has_ended_when_it_is_read_to_the_end() {
    static CHANNEL: spsc::Channel<u32, 2> = spsc::Channel::new();
    let (mut sender, mut receiver) = spsc_of(&CHANNEL);
    sender.try_send(1).unwrap();
    sender.close();
    let of_sender = Poller::new([sender.writable()]).try_poll().of(0);
    assert_eq!(of_sender, Readiness::ENDED);
    let of_receiver = Poller::new([receiver.readable()]).try_poll().of(0);
    assert_eq!(of_receiver, Readiness::READABLE);
    receiver.try_recv().unwrap();
    let of_receiver = Poller::new([receiver.readable()]).try_poll().of(0);
    assert_eq!(of_receiver, Readiness::ENDED);
}

#[test]
fn each_source_wakes_the_poller() {
    static CHANNEL: spsc::Channel<u32, 1> = spsc::Channel::new();
    let (mut sender, mut receiver) = spsc_of(&CHANNEL);
    let (empty, full, event) = (
        mpmc::Channel::<u32, 1>::new(),
        mpmc::Channel::<u32, 1>::new(),
        Event::new(),
    );
    full.try_send(0).unwrap();
    let acts: [&mut dyn FnMut(); 5] = [
        &mut || empty.try_send(1).unwrap(),
        &mut || assert_eq!(full.try_recv(), Ok(0)),
        &mut || event.set(),
        &mut || sender.try_send(1).unwrap(),
        &mut || assert!(empty.close()),
    ];
    for (index, act) in acts.into_iter().enumerate() {
        let mut poller = Poller::new([
            empty.readable(),
            full.writable(),
            event.readable(),
            receiver.readable(),
        ]);
        let (wakes, waker) = counted();
        let mut cx = Context::from_waker(&waker);
        {
            let mut poll = pin!(poller.poll());
            assert!(poll.as_mut().poll(&mut cx).is_pending());
            assert!(poll.as_mut().poll(&mut cx).is_pending(), "a poll too many");
            act();
            assert_eq!(wakes.count(), 1, "source {index} wakes");
            let Poll::Ready(ready) = poll.poll(&mut cx) else {
                panic!("source {index} is ready");
            };
            assert_eq!(ready.count(), 1);
            let source = index % 4;
            assert!(ready.is_ready(source));
            assert_eq!(ready.has_ended(source), index == 4);
        }
        // As before, for the next one.
        let _ = empty.try_recv();
        let _ = full.try_send(0);
        event.clear();
        let _ = receiver.try_recv();
    }
}

#[test]
fn a_poller_passes_its_wake_up_on() {
    let channel = mpmc::Channel::<u32, 2>::new();
    let mut poller = Poller::new([channel.readable()]);
    let (polled, poll_waker) = counted();
    let (received, recv_waker) = counted();
    let mut poll = pin!(poller.poll());
    let mut recv = pin!(channel.recv());
    assert!(
        poll.as_mut()
            .poll(&mut Context::from_waker(&poll_waker))
            .is_pending()
    );
    assert!(
        recv.as_mut()
            .poll(&mut Context::from_waker(&recv_waker))
            .is_pending()
    );
    channel.try_send(1).unwrap();
    assert_eq!((polled.count(), received.count()), (1, 0));
    let Poll::Ready(ready) = poll.as_mut().poll(&mut Context::from_waker(&poll_waker)) else {
        panic!("it is readable");
    };
    assert!(ready.is_readable(0));
    assert_eq!(received.count(), 1, "the receiver behind it is woken");
    let received = recv.poll(&mut Context::from_waker(&recv_waker));
    assert_eq!(received, Poll::Ready(Ok(1)));
}

#[test]
fn a_dropped_poll_passes_its_wake_up_on() {
    let channel = mpmc::Channel::<u32, 2>::new();
    let (received, recv_waker) = counted();
    let mut recv = pin!(channel.recv());
    {
        let mut poller = Poller::new([channel.readable()]);
        let mut poll = pin!(poller.poll());
        let mut cx = Context::from_waker(Waker::noop());
        assert!(poll.as_mut().poll(&mut cx).is_pending());
        let mut cx = Context::from_waker(&recv_waker);
        assert!(recv.as_mut().poll(&mut cx).is_pending());
        channel.try_send(1).unwrap();
        assert_eq!(received.count(), 0);
    }
    assert_eq!(received.count(), 1, "the receiver behind it is woken");
}

#[test]
fn a_cancelled_poll_looks_once_more() {
    let channel = mpmc::Channel::<u32, 1>::new();
    let mut poller = Poller::new([channel.readable()]);
    let mut cx = Context::from_waker(Waker::noop());
    for is_there in [false, true] {
        let mut poll = pin!(poller.poll());
        assert!(poll.as_mut().poll(&mut cx).is_pending());
        if is_there {
            channel.try_send(1).unwrap();
        }
        let ended = poll.as_mut().cancel();
        assert_eq!(
            ended.map(|ready| ready.count()),
            [Err(()), Ok(1)][usize::from(is_there)]
        );
    }
}

#[test]
fn a_view_is_polled_by_reference() {
    let channel = mpmc::Channel::<u32, 2>::new();
    let view: &mpmc::ChannelView<u32> = &channel;
    let mut poller = Poller::new([
        Source::readable(&view, view.receivers()),
        Source::writable(&view, view.senders()),
    ]);
    let ready = poller.try_poll();
    assert!(!ready.is_ready(0) && ready.is_writable(1));
}

/// Threads that send, one that polls and receives: everything arrives, and nobody sleeps for ever.
#[test]
fn one_poller_serves_many_senders() {
    const EACH: u32 = if cfg!(miri) { 20 } else { 2_000 };
    let channels: [mpmc::Channel<u32, 2>; 3] = std::array::from_fn(|_| mpmc::Channel::new());
    std::thread::scope(|scope| {
        for channel in &channels {
            scope.spawn(move || {
                for n in 0..EACH {
                    block_on(channel.send(n)).unwrap();
                }
                channel.close();
            });
        }
        let [a, b, c] = &channels;
        let mut poller = Poller::new([a.readable(), b.readable(), c.readable()]);
        let mut next = [0; 3];
        while next != [EACH; 3] {
            let ready = block_on(poller.poll());
            for (source, found) in ready.iter().filter(|(_, found)| found.is_readable()) {
                assert!(!found.has_ended());
                assert_eq!(channels[source].try_recv(), Ok(next[source]));
                next[source] += 1;
            }
        }
    });
}

#[test]
#[should_panic(expected = "no source with this index")]
fn a_wrong_index_panics() {
    let event = Event::new();
    let ready = Poller::new([event.readable()]).try_poll();
    let _ = ready.is_ready(1);
}

#[test]
fn a_source_of_one_s_own_may_wake_a_single_waiter() {
    /// A door that one thread waits at.
    struct Door(AtomicUsize, WaitCell);
    impl Readable for Door {
        fn can_read(&self, _when: Phase) -> Readiness {
            [Readiness::NONE, Readiness::READABLE][self.0.load(SeqCst)]
        }
    }
    let door = Door(AtomicUsize::new(0), WaitCell::new());
    let mut poller = Poller::new([Source::readable(&door, &door.1)]);
    let (wakes, waker) = counted();
    let mut cx = Context::from_waker(&waker);
    let mut poll = pin!(poller.poll());
    assert!(poll.as_mut().poll(&mut cx).is_pending());
    door.0.store(1, SeqCst);
    door.1.wake();
    assert_eq!(wakes.count(), 1);
    let Poll::Ready(ready) = poll.poll(&mut cx) else {
        panic!("it is open");
    };
    assert!(ready.is_readable(0));
}
