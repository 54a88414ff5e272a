//! The poller of the facade: every kind of source, blocking, timed, and as a future.

use std::thread;
use std::time::{Duration, Instant};

use gimmal::poll::{Poller, Readiness, Source};
use gimmal::queue::{PriorityQueue, Queue};
use gimmal::socket::SendReason;
use gimmal::sync::Event;
use gimmal::wait::block_on;
use gimmal::{Context, Runtime, Timer, channel};

mod kit;
use kit::{LONG, SHORT, bounded, rounds};

/// What a pass finds at one source.
fn look(source: Source<'_>) -> Readiness {
    Poller::new([source]).try_poll().of(0)
}

#[test]
fn channels_queues_events_timers_stops_and_sockets_are_polled_together() {
    bounded(|| {
        let (sender, receiver) = channel::bounded(1);
        let (mut spsc_sender, mut spsc_receiver) = channel::spsc::bounded(1);
        let (queue, event) = (Queue::new(1), Event::new());
        let timer = Timer::after(Duration::ZERO, || ());
        timer.wait();
        let context = Context::<u32>::typed();
        let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
        pull.bind("inproc://poll").unwrap();
        push.connect("inproc://poll").unwrap();
        let outcome = Runtime::run(move |rt| {
            let stop = rt.termination();
            for is_filled in [false, true] {
                if is_filled {
                    sender.send(1).unwrap();
                    spsc_sender.send(2).unwrap();
                    queue.put(3).unwrap();
                    event.set();
                    push.send(4_u32).unwrap();
                    stop.request();
                }
                let ready = Poller::new([
                    receiver.readable(),
                    spsc_receiver.readable(),
                    queue.readable(),
                    event.readable(),
                    pull.readable(),
                    stop.readable(),
                    timer.readable(),
                    sender.writable(),
                    spsc_sender.writable(),
                    queue.writable(),
                    push.writable(),
                ])
                .poll();
                for index in 0..6 {
                    assert_eq!(ready.is_readable(index), is_filled, "source {index}");
                }
                assert!(ready.is_readable(6), "the timer has fired");
                for index in 7..10 {
                    assert_eq!(ready.is_writable(index), !is_filled, "source {index}");
                }
                assert!(ready.is_writable(10), "the high-water mark is far away");
            }
            assert_eq!((receiver.recv(), spsc_receiver.recv()), (Ok(1), Ok(2)));
            assert_eq!((queue.get(), pull.recv()), (Ok(3), Ok(4)));
        });
        outcome.result.unwrap();
    });
}

#[test]
fn each_source_wakes_a_blocked_poll() {
    bounded(|| {
        let (sender, receiver) = channel::bounded(1);
        let (mut spsc_sender, mut spsc_receiver) = channel::spsc::bounded(1);
        let (queue, event) = (Queue::new(1), Event::new());
        let context = Context::<u32>::typed();
        let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
        pull.bind("inproc://poll").unwrap();
        push.connect("inproc://poll").unwrap();
        for turn in 0..rounds(100) {
            let timer = Timer::new(Duration::from_millis(1), || ());
            thread::scope(|scope| {
                scope.spawn(|| match turn % 6 {
                    0 => sender.send(1).unwrap(),
                    1 => spsc_sender.send(2).unwrap(),
                    2 => queue.put(3).unwrap(),
                    3 => event.set(),
                    4 => push.send(4_u32).unwrap(),
                    _ => assert!(timer.start()),
                });
                let ready = Poller::new([
                    receiver.readable(),
                    spsc_receiver.readable(),
                    queue.readable(),
                    event.readable(),
                    pull.readable(),
                    timer.readable(),
                ])
                .poll();
                let found: Vec<usize> = ready.iter().map(|(index, _)| index).collect();
                assert_eq!(found, [turn % 6]);
            });
            let _ = receiver.try_recv();
            let _ = spsc_receiver.try_recv();
            let _ = queue.try_get();
            event.clear();
            let _ = pull.try_recv();
        }
    });
}

#[test]
fn an_ended_source_is_ready_and_says_so() {
    let (sender, receiver) = channel::bounded(1);
    sender.send(1).unwrap();
    drop(sender);
    assert_eq!(look(receiver.readable()), Readiness::READABLE);
    receiver.recv().unwrap();
    assert_eq!(look(receiver.readable()), Readiness::ENDED);

    let (mut sender, receiver) = channel::spsc::bounded::<u32>(1);
    drop(receiver);
    assert_eq!(look(sender.writable()), Readiness::ENDED);

    let queue = Queue::new(1);
    queue.put(1).unwrap();
    queue.close();
    assert_eq!(look(queue.writable()), Readiness::ENDED);
    assert_eq!(look(queue.readable()), Readiness::READABLE);
    queue.get().unwrap();
    assert_eq!(look(queue.readable()), Readiness::ENDED);

    let context = Context::<u32>::typed();
    let mut pull = context.pull().unwrap();
    pull.bind("inproc://ends").unwrap();
    context.shutdown();
    assert_eq!(
        Poller::new([pull.readable()]).poll().of(0),
        Readiness::ENDED
    );
}

#[test]
fn what_ends_wakes_a_blocked_poll() {
    bounded(|| {
        let (sender, receiver) = channel::bounded::<u32>(1);
        let queue = Queue::<u32>::new(1);
        let context = Context::<u32>::typed();
        let mut pull = context.pull().unwrap();
        pull.bind("inproc://ends").unwrap();
        thread::scope(|scope| {
            let poll = scope.spawn(|| {
                let mut ended = 0;
                while ended < 3 {
                    let ready =
                        Poller::new([receiver.readable(), queue.readable(), pull.readable()])
                            .poll();
                    assert!(ready.iter().all(|(_, found)| found.has_ended()));
                    ended = ready.count();
                }
            });
            drop(sender);
            queue.close();
            context.shutdown();
            poll.join().unwrap();
        });
    });
}

#[test]
fn nothing_in_time_is_an_empty_set() {
    let (sender, receiver) = channel::bounded::<u32>(1);
    let mut poller = Poller::new([receiver.readable()]);
    let begin = Instant::now();
    assert!(poller.poll_timeout(SHORT).is_empty());
    assert!(begin.elapsed() >= SHORT, "not before the time was over");
    assert!(poller.poll_deadline(Instant::now() + SHORT).is_empty());
    drop(sender);
    assert_eq!(poller.poll().of(0), Readiness::ENDED);
}

#[test]
fn zero_and_a_past_deadline_are_one_pass() {
    let (sender, receiver) = channel::bounded(1);
    let mut poller = Poller::new([receiver.readable()]);
    let past = Instant::now();
    assert!(poller.poll_timeout(Duration::ZERO).is_empty());
    assert!(poller.poll_deadline(past).is_empty());
    sender.send(1).unwrap();
    assert!(poller.poll_timeout(Duration::ZERO).is_readable(0));
    assert!(poller.poll_deadline(past).is_readable(0));
}

#[test]
fn what_no_clock_reaches_is_for_ever() {
    bounded(|| {
        let event = Event::new();
        thread::scope(|scope| {
            let poll = scope.spawn(|| Poller::new([event.readable()]).poll_timeout(Duration::MAX));
            event.set();
            assert!(poll.join().unwrap().is_ready(0));
        });
    });
}

#[test]
fn a_poll_is_level_triggered_and_takes_nothing() {
    let (sender, receiver) = channel::bounded(2);
    sender.send(1).unwrap();
    let mut poller = Poller::new([receiver.readable(), sender.writable()]);
    for _ in 0..3 {
        assert_eq!(poller.poll().count(), 2);
        assert_eq!(poller.poll_timeout(LONG).count(), 2);
        assert_eq!(block_on(poller.poll_async()).count(), 2);
    }
    assert_eq!(receiver.len(), 1);
}

/// A poller that is told of a message and does not take it must not keep it from a thread that
/// waits for it.
#[test]
fn a_poller_keeps_no_message_from_a_blocked_receiver() {
    bounded(|| {
        let (sender, receiver) = channel::bounded(1);
        for number in 0..rounds(300) {
            thread::scope(|scope| {
                scope.spawn(|| {
                    // It may be too late to see anything.
                    Poller::new([receiver.readable()]).poll_timeout(SHORT / 10)
                });
                let receive = scope.spawn(|| receiver.recv());
                sender.send(number).unwrap();
                assert_eq!(receive.join().unwrap(), Ok(number));
            });
        }
    });
}

#[test]
fn a_priority_queue_that_compares_is_not_readable() {
    let queue = PriorityQueue::new(4);
    for number in [3, 1, 2] {
        queue.put(number).unwrap();
    }
    bounded(move || {
        let mut taken = Vec::new();
        while taken.len() < 3 {
            if Poller::new([queue.readable()]).poll().is_readable(0) {
                taken.push(queue.try_get().expect("nobody else takes"));
            }
        }
        assert_eq!(taken, [1, 2, 3]);
        assert!(look(queue.readable()) == Readiness::NONE && look(queue.writable()).is_writable());
    });
}

/// Several threads fill what one thread serves, by polls.
#[test]
fn one_thread_serves_three_kinds() {
    bounded(|| {
        let each = rounds(3_000);
        let (sender, receiver) = channel::bounded(2);
        let (queue, stop) = (Queue::new(3), Event::new());
        let context = Context::<usize>::typed();
        let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
        push.set_send_hwm(2).unwrap();
        pull.set_recv_hwm(2).unwrap();
        pull.bind("inproc://three").unwrap();
        push.connect("inproc://three").unwrap();
        let sums = thread::scope(|scope| {
            scope.spawn(|| (0..each).for_each(|n| sender.send(n).unwrap()));
            scope.spawn(|| (0..each).for_each(|n| queue.put(n).unwrap()));
            scope.spawn(move || (0..each).for_each(|n| push.send(n).unwrap()));
            let mut sums = [(0, 0); 3];
            while sums.iter().any(|(count, _)| *count < each) {
                let ready =
                    Poller::new([receiver.readable(), queue.readable(), pull.readable()]).poll();
                for (index, found) in ready.iter().filter(|(_, found)| found.is_readable()) {
                    assert!(!found.has_ended() || index == 2);
                    let number = match index {
                        0 => receiver.try_recv().unwrap(),
                        1 => queue.try_get().unwrap(),
                        _ => pull.try_recv().unwrap(),
                    };
                    sums[index] = (sums[index].0 + 1, sums[index].1 + number);
                }
            }
            stop.set();
            sums
        });
        assert!(stop.is_set());
        assert_eq!(sums, [(each, each * (each - 1) / 2); 3]);
    });
}

/// Sources that are ready all the time, because what is taken is put back at once, are each reported by each poll, whatever
/// their order and however they are polled.
#[test]
fn sources_that_are_always_ready_starve_nobody() {
    bounded(|| {
        let (sender, receiver) = channel::bounded(1);
        let (mut spsc_sender, mut spsc_receiver) = channel::spsc::bounded(1);
        let (queue, event) = (Queue::new(1), Event::new());
        let context = Context::<usize>::typed();
        let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
        pull.bind("inproc://always").unwrap();
        push.connect("inproc://always").unwrap();
        event.set();
        sender.send(0).unwrap();
        spsc_sender.send(0).unwrap();
        queue.put(0).unwrap();
        push.send(0_usize).unwrap();
        let mut served = [0; 6];
        for turn in 0..400 {
            let mut sources = [
                receiver.readable(),
                spsc_receiver.readable(),
                queue.readable(),
                pull.readable(),
                event.readable(),
                push.writable(),
            ];
            sources.rotate_left(turn % 6);
            let mut poller = Poller::new(sources);
            let ready = match turn % 4 {
                0 => poller.poll(),
                1 => poller.try_poll(),
                2 => poller.poll_timeout(LONG),
                _ => block_on(poller.poll_async()),
            };
            let found: Vec<usize> = ready.iter().map(|(at, _)| (at + turn) % 6).collect();
            for source in found {
                served[source] += 1;
                match source {
                    0 => sender.send(receiver.try_recv().unwrap()).unwrap(),
                    1 => spsc_sender.send(spsc_receiver.try_recv().unwrap()).unwrap(),
                    2 => queue.put(queue.try_get().unwrap()).unwrap(),
                    3 => push.send(pull.try_recv().unwrap()).unwrap(),
                    _ => {}
                }
            }
        }
        assert_eq!(served, [400; 6]);
    });
}

#[test]
fn a_router_in_a_poller_is_about_the_peer_that_is_named() {
    bounded(|| {
        let context = Context::builder().hwm(1, 1).typed::<u32>().build();
        let mut router = context.router().unwrap();
        router.bind("inproc://router").unwrap();
        let (mut slow, quick) = (context.dealer().unwrap(), context.dealer().unwrap());
        slow.connect("inproc://router").unwrap();
        quick.connect("inproc://router").unwrap();
        let (to, other) = (slow.identity(), quick.identity());

        let mut sent = 0_u32;
        while look(router.writable_to(to)).is_writable() {
            assert_eq!(router.can_send_to(to), Ok(true));
            router.try_send_to(to, sent).expect("never full");
            sent += 1;
        }
        assert_eq!((sent, router.can_send_to(to)), (2, Ok(false)));
        assert_eq!(look(router.readable_or_writable_to(to)), Readiness::NONE);
        assert_eq!(look(router.writable_to(other)), Readiness::WRITABLE);
        assert_eq!(look(router.writable()), Readiness::WRITABLE, "to the other");

        let reads = thread::spawn(move || {
            thread::sleep(SHORT);
            (slow.recv(), slow)
        });
        let ready = Poller::new([router.writable_to(to)]).poll();
        assert_eq!(ready.of(0), Readiness::WRITABLE);
        let (first, mut slow) = reads.join().unwrap();
        assert_eq!(first, Ok(0));
        slow.send(7_u32).unwrap();
        let both = look(router.readable_or_writable_to(to));
        assert!(both.is_readable() && both.is_writable(), "{both:?}");

        let leaves = thread::spawn(move || {
            thread::sleep(SHORT);
            drop(slow);
        });
        router.try_send_to(to, 8_u32).unwrap();
        let ready = Poller::new([router.writable_to(to)]).poll();
        assert_eq!(ready.of(0), Readiness::ENDED);
        leaves.join().unwrap();
        assert_eq!(router.can_send_to(to), Err(SendReason::Unreachable));
        assert_eq!(router.can_send_to(other), Ok(true));
    });
}

#[test]
fn a_future_polls_under_an_executor() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    bounded(move || {
        runtime.block_on(async {
            let (sender, receiver) = channel::bounded(1);
            let task = tokio::spawn(async move {
                let mut sum = 0;
                loop {
                    let ready = Poller::new([receiver.readable()]).poll_async().await;
                    if ready.has_ended(0) {
                        return sum;
                    }
                    sum += receiver.try_recv().unwrap_or(0);
                }
            });
            for number in 0..100 {
                sender.send_async(number).await.unwrap();
            }
            drop(sender);
            assert_eq!(task.await.unwrap(), 4950);
        });
    });
}
