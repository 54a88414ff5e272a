//! Poll sets: what is ready in any number of sources, which come and go. The allocator counts by
//! thread.

use std::collections::BTreeSet;
use std::future::Future;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use gimmal::channel::{self, Receiver};
use gimmal::poll::{Place, PollSet, Readable, Readiness, Source};
use gimmal::queue::Queue;
use gimmal::socket::{Pull, RecvError, WhenAlone};
use gimmal::sync::Event;
use gimmal::wait::{Phase, WaitQueue, block_on};
use gimmal::{Context, Timer};

#[path = "kit/counting.rs"]
mod counting;
mod kit;
use counting::made;
use kit::{SHORT, bounded, rounds};

/// Objects of several types.
enum Input {
    Channel(Receiver<usize>),
    Queue(Arc<Queue<usize>>),
    Event(Arc<Event>),
    Socket(Box<Pull<usize>>),
    Timer(Arc<Timer>),
}

fn readable(input: &mut Input) -> Source<'_> {
    match input {
        Input::Channel(receiver) => receiver.readable(),
        Input::Queue(queue) => queue.readable(),
        Input::Event(event) => event.readable(),
        Input::Socket(pull) => pull.readable(),
        Input::Timer(timer) => timer.readable(),
    }
}

/// The tokens that the last poll has found.
fn found<S>(set: &mut PollSet<usize, S>) -> BTreeSet<usize> {
    set.ready().map(|(token, ..)| *token).collect()
}

#[test]
fn each_kind_of_object_wakes_a_blocked_poll() {
    bounded(|| {
        let (sender, receiver) = channel::bounded(1);
        let (queue, event) = (Arc::new(Queue::new(1)), Arc::new(Event::new()));
        let context = Context::<usize>::typed();
        let (mut push, pull) = (context.push().unwrap(), context.pull().unwrap());
        pull.bind("inproc://set").unwrap();
        push.connect("inproc://set").unwrap();
        let mut set = PollSet::new();
        set.add(0, Input::Channel(receiver), readable);
        set.add(1, Input::Queue(queue.clone()), readable);
        set.add(2, Input::Event(event.clone()), readable);
        set.add(3, Input::Socket(Box::new(pull)), readable);
        for turn in 0..rounds(100) {
            let timer = Arc::new(Timer::new(Duration::from_millis(1), || ()));
            set.add(4, Input::Timer(timer.clone()), readable);
            thread::scope(|scope| {
                scope.spawn(|| match turn % 5 {
                    0 => sender.send(turn).unwrap(),
                    1 => queue.put(turn).unwrap(),
                    2 => event.set(),
                    3 => push.send(turn).unwrap(),
                    _ => assert!(timer.start()),
                });
                assert_eq!(set.poll(), 1);
            });
            assert_eq!(found(&mut set), BTreeSet::from([turn % 5]));
            for (_, input, _) in set.ready() {
                match input {
                    Input::Channel(receiver) => assert_eq!(receiver.try_recv(), Ok(turn)),
                    Input::Queue(queue) => assert_eq!(queue.try_get(), Ok(turn)),
                    Input::Event(event) => event.clear(),
                    Input::Socket(pull) => assert_eq!(pull.try_recv(), Ok(turn)),
                    Input::Timer(_) => {}
                }
            }
        }
    });
}

/// A set of events with these tokens.
fn events(tokens: impl IntoIterator<Item = usize>) -> PollSet<usize, Arc<Event>> {
    let mut set = PollSet::new();
    for token in tokens {
        set.add(token, Arc::new(Event::new()), |event| event.readable());
    }
    set
}

#[test]
fn every_ready_object_is_reported_and_stays_ready() {
    let mut set = events(0..100);
    for token in (0..100).step_by(3) {
        set.get_mut(&token).unwrap().set();
    }
    let third: BTreeSet<usize> = (0..100).step_by(3).collect();
    for _ in 0..2 {
        assert_eq!([set.try_poll(), set.poll()], [34; 2]);
        assert_eq!(set.poll_timeout(Duration::ZERO), 34);
        assert_eq!(block_on(set.poll_async()), 34);
        assert_eq!(found(&mut set), third);
    }
}

#[test]
fn objects_come_and_go_by_their_tokens() {
    let mut set = events(0..5);
    (0..5).for_each(|token| set.get_mut(&token).unwrap().set());
    assert_eq!(set.poll(), 5);
    // One in the middle, the last one, and one that is not there.
    assert!(set.remove(&1).unwrap().is_set());
    assert!(set.remove(&4).unwrap().is_set());
    assert!(set.remove(&4).is_none() && set.get_mut(&1).is_none());
    assert_eq!(found(&mut set), BTreeSet::from([0, 2, 3]));
    // The same token again replaces: the last poll knows nothing of the new one.
    let before = set.add(2, Arc::new(Event::new()), |event| event.readable());
    assert!(before.unwrap().is_set());
    assert_eq!(found(&mut set), BTreeSet::from([0, 3]));
    assert_eq!((set.poll(), set.len()), (2, 3));
    assert_eq!(found(&mut set), BTreeSet::from([0, 3]));
    set.get_mut(&0).unwrap().clear();
    set.get_mut(&2).unwrap().set();
    assert_eq!(set.poll(), 2);
    assert_eq!(found(&mut set), BTreeSet::from([2, 3]));
    [0, 2, 3].iter().for_each(|token| drop(set.remove(token)));
    assert!(set.is_empty());
    assert_eq!((set.poll(), set.try_poll()), (0, 0));
}

#[test]
fn nothing_in_time_is_0() {
    let mut set = events(0..3);
    let begin = Instant::now();
    assert_eq!(set.poll_timeout(SHORT), 0);
    assert!(begin.elapsed() >= SHORT, "not before the time was over");
    assert_eq!(set.poll_deadline(Instant::now() + SHORT), 0);
    assert_eq!(set.poll_deadline(begin), 0);
    assert!(found(&mut set).is_empty());
    set.get_mut(&1).unwrap().set();
    assert_eq!(set.poll_deadline(begin), 1);
    assert_eq!(set.poll_timeout(Duration::MAX), 1);
}

#[test]
fn an_ended_object_says_so() {
    let context = Context::<usize>::typed();
    let (push, pull) = (context.push().unwrap(), context.pull().unwrap());
    pull.bind("inproc://ends").unwrap();
    pull.set_when_alone(WhenAlone::Disconnect);
    push.connect("inproc://ends").unwrap();
    let mut set = PollSet::new();
    set.add(0, pull, |pull| pull.readable());
    assert_eq!(set.try_poll(), 0);
    drop(push);
    assert_eq!(set.poll(), 1);
    for (_, pull, found) in set.ready() {
        assert!(found.has_ended());
        assert_eq!(pull.try_recv(), Err(RecvError::Disconnected));
    }
}

/// A set that is told of a message and does not take it keeps it from nobody.
#[test]
fn a_set_keeps_no_message_from_a_blocked_receiver() {
    bounded(|| {
        let (sender, receiver) = channel::bounded(1);
        let mut set = PollSet::new();
        set.add(0, receiver.clone(), |receiver| receiver.readable());
        for number in 0..rounds(300) {
            thread::scope(|scope| {
                // It may be too late to see anything.
                scope.spawn(|| set.poll_timeout(SHORT / 10));
                let receive = scope.spawn(|| receiver.recv());
                sender.send(number).unwrap();
                assert_eq!(receive.join().unwrap(), Ok(number));
            });
        }
    });
}

/// The memory of a wait is kept for the next one.
#[test]
fn a_poll_allocates_nothing_whether_it_waits_or_not() {
    let mut set = events(0..20);
    let polls = |set: &mut PollSet<usize, Arc<Event>>| {
        set.get_mut(&7).unwrap().set();
        assert_eq!([set.poll(), set.try_poll()], [1; 2]);
        assert_eq!(set.ready().count(), 1);
        set.get_mut(&7).unwrap().clear();
        assert_eq!(set.poll_timeout(Duration::from_micros(100)), 0);
    };
    let allocations = |set: &mut PollSet<usize, Arc<Event>>| {
        let before = made();
        (0..10).for_each(|_| polls(set));
        made() - before
    };
    assert!(allocations(&mut set) > 0, "the first polls make the memory");
    assert_eq!(allocations(&mut set), 0);
    set.remove(&3).unwrap();
    polls(&mut set);
    assert_eq!(allocations(&mut set), 0);
}

/// A future that has waited and is forgotten leaves its waiters in memory of its own.
#[test]
fn a_forgotten_wait_harms_no_later_one() {
    bounded(|| {
        let mut set = events(0..3);
        let other = set.get_mut(&0).unwrap().clone();
        for turn in 0..3 {
            let mut wait = Box::pin(set.poll_async());
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            assert!(wait.as_mut().poll(&mut context).is_pending());
            mem::forget(wait);
            // The places of two waiters go away, and their waiters stay.
            drop(set.remove(&1));
            set.add(1, Arc::new(Event::new()), |event| event.readable());
            thread::scope(|scope| {
                scope.spawn(|| other.set());
                assert_eq!(set.poll(), 1, "turn {turn}");
            });
            other.clear();
            assert_eq!(set.poll_timeout(Duration::ZERO), 0);
        }
    });
}

/// Counts the looks at it. It is always ready.
struct Seen {
    looks: Arc<AtomicUsize>,
    waiters: WaitQueue,
}

impl Readable for Seen {
    fn can_read(&self, _when: Phase) -> Readiness {
        self.looks.fetch_add(1, Relaxed);
        Readiness::READABLE
    }
}

fn seen(seen: &mut Seen) -> Source<'_> {
    Source::readable_mut(seen, |seen| Place::Queue(&seen.waiters))
}

#[test]
fn a_pass_looks_at_each_object_once() {
    let looks = Arc::new(AtomicUsize::new(0));
    let mut set = PollSet::new();
    for token in 0..200 {
        let one = Seen {
            looks: looks.clone(),
            waiters: WaitQueue::new(),
        };
        set.add(token, one, seen);
    }
    for poll in 1..=3 {
        assert_eq!(set.poll(), 200);
        assert_eq!(looks.load(Relaxed), poll * 200);
    }
}
