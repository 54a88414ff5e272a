//! Select of the facade: blocking, timed, and as a future.

use std::thread;
use std::time::{Duration, Instant};

use gimmal::channel::{self, Closed};
use gimmal::poll::{Selected2, Selected3, Selected4, select};
use gimmal::queue::Queue;
use gimmal::sync::{BoundedSemaphore, Event, Semaphore};
use gimmal::{Context, Runtime, Timer, wait::block_on};

mod kit;
use kit::{Drops, SHORT, bounded, rounds};

#[test]
fn sends_and_receives_of_different_types_are_one_select() {
    bounded(|| {
        let (sender, receiver) = channel::bounded::<&str>(1);
        let (mut spsc_sender, spsc_receiver) = channel::spsc::bounded::<u8>(1);
        let (queue, event) = (Queue::<String>::new(1), Event::new());
        spsc_sender.send(1).unwrap();
        for turn in 0..4 {
            match turn {
                0 => sender.send("word").unwrap(),
                1 => event.set(),
                2 => queue.put("text".into()).unwrap(),
                _ => drop(receiver.clone()),
            }
            let branches = (
                receiver.receiving(),
                event.waiting(),
                queue.getting(),
                spsc_sender.sending(2),
            );
            let done = select(branches).wait_timeout(SHORT / 4);
            match (turn, done) {
                (0, Ok(Selected4::First(word, .., unsent))) => {
                    assert_eq!((word, unsent.into_inner()), (Ok("word"), 2));
                }
                (1, Ok(Selected4::Second((), _, _, unsent))) => {
                    assert_eq!(unsent.into_inner(), 2);
                    event.clear();
                }
                (2, Ok(Selected4::Third(text, _, _, unsent))) => {
                    assert_eq!((text.unwrap().as_str(), unsent.into_inner()), ("text", 2));
                }
                (3, Err((.., unsent))) => assert_eq!(unsent.into_inner(), 2),
                (turn, other) => panic!("{turn}: {:?}", other.map_err(drop)),
            }
        }
        drop(spsc_receiver);
    });
}

#[test]
fn a_blocked_select_is_woken_by_each_of_its_branches() {
    bounded(|| {
        let (sender, receiver) = channel::bounded::<usize>(1);
        let context = Context::<usize>::typed();
        let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
        pull.bind("inproc://select").unwrap();
        push.connect("inproc://select").unwrap();
        let event = Event::new();
        for turn in 0..rounds(300) {
            let branch = thread::scope(|scope| {
                scope.spawn(|| match turn % 3 {
                    0 => sender.send(turn).unwrap(),
                    1 => push.send(turn).unwrap(),
                    _ => event.set(),
                });
                match select((receiver.receiving(), pull.receiving(), event.waiting())).wait() {
                    Selected3::First(number, ..) => (0, number.unwrap()),
                    Selected3::Second(number, ..) => (1, number.unwrap()),
                    Selected3::Third((), ..) => (2, turn),
                }
            });
            assert_eq!(branch, (turn % 3, turn));
            event.clear();
        }
    });
}

#[test]
fn permits_are_acquired_by_a_select_and_given_back_by_its_losers() {
    bounded(|| {
        let (one, many, event) = (BoundedSemaphore::new(1), Semaphore::new(0), Event::new());
        let held = one.acquire().unwrap();
        thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(SHORT / 8);
                many.release(2).unwrap();
            });
            let branches = (one.acquiring(), many.many(2).acquiring(), event.waiting());
            match select(branches).wait() {
                Selected3::Second(permit, ..) => assert_eq!(permit.unwrap().count(), 2),
                other => panic!("{}", other.index()),
            }
        });
        assert_eq!((one.available(), many.available()), (0, 2));
        drop(held);
        event.set();
        // Both can be done: one is, and the other semaphore keeps its permit.
        let done = select((event.waiting(), one.acquiring())).wait();
        assert_eq!((done.index(), one.available()), (0, 1));
        one.close();
        let done = select((many.many(3).acquiring(), one.acquiring())).wait();
        assert!(matches!(done, Selected2::Second(Err(Closed), _)));
        assert!(many.try_acquire().is_some());
    });
}

#[test]
fn nothing_is_done_before_a_method_is_called() {
    let (sender, receiver) = channel::bounded(2);
    let (other, _reader) = channel::bounded(2);
    drop(select((sender.sending(1), other.sending(2))).starting_at(1));
    assert!(receiver.is_empty() && other.is_empty());
}

#[test]
fn zero_and_a_past_deadline_try_each_once() {
    let (sender, receiver) = channel::bounded(1);
    let never = Event::new();
    let past = Instant::now();
    let nothing = select((receiver.receiving(), never.waiting())).wait_timeout(Duration::ZERO);
    assert!(nothing.is_err());
    sender.send(7).unwrap();
    let done = select((never.waiting(), receiver.receiving())).wait_deadline(past);
    assert!(matches!(done, Ok(Selected2::Second(Ok(7), _))));
    sender.send(8).unwrap();
    let done = select((never.waiting(), receiver.receiving())).try_now();
    assert!(matches!(done, Ok(Selected2::Second(Ok(8), _))));
}

#[test]
fn a_time_out_gives_the_values_back() {
    let drops = Drops::default();
    let (left, left_end) = channel::bounded(1);
    let (right, right_end) = channel::bounded(1);
    left.send(drops.one(0)).unwrap();
    right.send(drops.one(1)).unwrap();
    let begin = Instant::now();
    let both = select((left.sending(drops.one(2)), right.sending(drops.one(3))));
    let (first, second) = both.wait_timeout(SHORT).unwrap_err();
    assert!(begin.elapsed() >= SHORT);
    let (first, second) = (first.into_inner(), second.into_inner());
    assert_eq!((first.number(), second.number()), (2, 3));
    assert_eq!(drops.count(), 0);
    assert_eq!((left_end.len(), right_end.len()), (1, 1));
}

#[test]
fn a_select_sends_to_the_peer_that_is_named_or_gives_the_message_back() {
    bounded(|| {
        let context = Context::builder().hwm(1, 1).typed::<Box<u8>>().build();
        let (mut router, mut dealer) = (context.router().unwrap(), context.dealer().unwrap());
        router.bind("inproc://router").unwrap();
        dealer.connect("inproc://router").unwrap();
        let (to, stop) = (dealer.identity(), Event::new());
        for number in 0..2 {
            let sends = router.sending_to(to, Box::new(number));
            let done = select((sends, stop.waiting())).wait();
            assert!(matches!(done, Selected2::First(Ok(()), _)), "{number}");
        }
        let sends = router.sending_to(to, Box::new(2));
        let (unsent, _) = select((sends, stop.waiting()))
            .wait_timeout(SHORT)
            .unwrap_err();
        assert_eq!(unsent.into_inner(), Box::new(2), "it is full");
        let reads = thread::spawn(move || {
            thread::sleep(SHORT);
            (dealer.recv(), dealer.recv(), dealer.recv(), dealer)
        });
        let sends = router.sending_to(to, Box::new(2));
        let done = select((sends, stop.waiting())).wait();
        assert!(matches!(done, Selected2::First(Ok(()), _)));
        let (first, second, third, dealer) = reads.join().unwrap();
        assert_eq!(
            [first, second, third].map(Result::unwrap).map(|b| *b),
            [0, 1, 2]
        );
        drop(dealer);
        let sends = router.sending_to(to, Box::new(3));
        match select((sends, stop.waiting())).wait() {
            Selected2::First(Err(refused), _) => assert_eq!(refused.value, Box::new(3)),
            _ => panic!("it is not there"),
        }
    });
}

#[test]
fn a_closed_branch_is_done() {
    let (sender, receiver) = channel::bounded::<u32>(1);
    let never = Event::new();
    drop(sender);
    let done = select((never.waiting(), receiver.receiving())).wait();
    assert!(matches!(done, Selected2::Second(Err(Closed), _)));
}

/// Threads that select between two channels, on both sides: each message arrives exactly once.
#[test]
fn selects_on_both_sides_lose_nothing() {
    bounded(|| {
        let each = rounds(2_000);
        let (left, left_end) = channel::bounded(1);
        let (right, right_end) = channel::bounded(2);
        let seen = thread::scope(|scope| {
            for first in [0, each] {
                let (left, right) = (left.clone(), right.clone());
                scope.spawn(move || {
                    for n in first..first + each {
                        let mut value = n;
                        loop {
                            let both = select((left.sending(value), right.sending(value)));
                            // Some give up, and come again.
                            let limit = [Duration::MAX, Duration::from_micros(50)][n % 2];
                            match both.starting_at(n).wait_timeout(limit) {
                                Ok(Selected2::First(sent, _)) => break sent.unwrap(),
                                Ok(Selected2::Second(sent, _)) => break sent.unwrap(),
                                Err((unsent, _)) => value = unsent.into_inner(),
                            }
                        }
                    }
                });
            }
            drop((left, right));
            let mut receivers = Vec::new();
            for turn in 0..2 {
                let (left, right) = (left_end.clone(), right_end.clone());
                receivers.push(scope.spawn(move || {
                    let mut seen = Vec::new();
                    loop {
                        let both = select((left.receiving(), right.receiving()));
                        match both.starting_at(turn).wait() {
                            Selected2::First(Ok(n), _) | Selected2::Second(Ok(n), _) => {
                                seen.push(n);
                            }
                            Selected2::First(Err(Closed), _) => {
                                seen.extend(right.iter());
                                return seen;
                            }
                            Selected2::Second(Err(Closed), _) => {
                                seen.extend(left.iter());
                                return seen;
                            }
                        }
                    }
                }));
            }
            drop((left_end, right_end));
            let mut seen: Vec<usize> = receivers
                .into_iter()
                .flat_map(|receiver| receiver.join().unwrap())
                .collect();
            seen.sort_unstable();
            seen
        });
        assert_eq!(seen, (0..2 * each).collect::<Vec<_>>());
    });
}

#[test]
fn a_select_is_awaited() {
    let (sender, receiver) = channel::bounded(1);
    let never = Event::new();
    sender.send(1).unwrap();
    let done = block_on(async {
        let first = select((never.waiting(), receiver.receiving())).await;
        sender.send_async(2).await.unwrap();
        let second = select((never.waiting(), receiver.receiving()))
            .wait_async()
            .await;
        [first.index(), second.index()]
    });
    assert_eq!(done, [1, 1]);
}

#[test]
fn a_timer_and_a_stop_end_a_select_that_nothing_else_ends() {
    bounded(|| {
        let (_sender, receiver) = channel::bounded::<u32>(1);
        let timer = Timer::after(SHORT, || ());
        let ended = select((receiver.receiving(), timer.waiting())).wait();
        assert_eq!(ended.index(), 1);
        assert!(timer.is_finished());

        let outcome = Runtime::run(|run| {
            let stop = run.termination();
            let both = select((receiver.receiving(), stop.waiting()));
            assert!(both.wait_timeout(SHORT).is_err(), "nobody has asked for it");
            thread::scope(|scope| {
                let waits = scope.spawn(|| {
                    let both = select((receiver.receiving(), stop.waiting()));
                    both.wait().index()
                });
                stop.request();
                waits.join().unwrap()
            })
        });
        assert_eq!(outcome.into_inner().ok(), Some(1));
    });
}
