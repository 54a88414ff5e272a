//! Allocations: at most two when an object is made, none per message or wait, none left by what was cancelled.
//! The allocator counts by thread: tests beside each other do not disturb; what threads do together is counted in each.

#[path = "kit/counting.rs"]
mod counting;
mod kit;

use std::sync::{LazyLock, OnceLock};
use std::thread;
use std::time::Duration;

use futures_util::{FutureExt, SinkExt, StreamExt};
use gimmal::channel::{self, spsc};
use gimmal::error::{SendTimeoutError, TrySendError};
use gimmal::poll::{Poller, select};
use gimmal::queue::{LifoQueue, Ordered, PriorityQueue, Queue, Store};
use gimmal::socket::Topic;
use gimmal::sync::Event;
use gimmal::wait::block_on;
use gimmal::{Context, Message, Timer};

use counting::{allocations, held, set_largest};
use kit::bounded;

const WARM_UP: usize = 100;
const STEADY: usize = 2_000;

/// Runs `step` until nothing is new any more (the first time it sleeps, a thread makes the token that it keeps for all its
/// waits), then says how many allocations it made in the long run.
fn steady(mut step: impl FnMut()) -> usize {
    kit::sleep_once();
    (0..WARM_UP).for_each(|_| step());
    allocations(|| (0..STEADY).for_each(|_| step())).0
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| vec![1, 2, 3]).0, 1);
    assert_eq!(allocations(|| 1 + 1).0, 0);
}

#[test]
fn an_object_is_made_with_at_most_two() {
    for capacity in [1, 7, 4096] {
        assert!(allocations(|| channel::bounded::<[u64; 4]>(capacity)).0 <= 2);
        assert!(allocations(|| spsc::bounded::<[u64; 4]>(capacity)).0 <= 2);
    }
    let (made, (sender, receiver)) = allocations(|| channel::bounded::<u8>(1));
    assert!(made <= 2);
    let clones = allocations(|| drop((sender.clone(), receiver.clone()))).0;
    assert_eq!(clones, 0);
    assert_eq!(allocations(Event::new).0, 0);
}

#[test]
fn messages_that_pass_at_once_allocate_nothing() {
    let (sender, receiver) = channel::bounded(4);
    let (mut one, mut other) = spsc::bounded(4);
    let made = steady(|| {
        sender.send(1).unwrap();
        sender.try_send(2).unwrap();
        assert_eq!((receiver.recv(), receiver.try_recv()), (Ok(1), Ok(2)));
        one.send(1).unwrap();
        assert_eq!(other.recv_timeout(Duration::ZERO), Ok(1));
    });
    assert_eq!(made, 0);
}

/// Two threads that wait for each other in every step: so many allocations in each.
fn ping_pong(
    mut ping: impl FnMut() + Send + 'static,
    mut pong: impl FnMut() + Send + 'static,
) -> (usize, usize) {
    bounded(move || {
        let other = thread::spawn(move || steady(&mut pong));
        (steady(&mut ping), other.join().unwrap())
    })
}

#[test]
fn messages_that_are_waited_for_allocate_nothing() {
    let (to, there) = channel::bounded(1);
    let (from, back) = channel::bounded(1);
    let made = ping_pong(
        move || {
            to.send(1).unwrap();
            back.recv().unwrap();
        },
        move || {
            let n: i32 = there.recv_timeout(Duration::MAX).unwrap();
            from.send_timeout(n, Duration::from_secs(60)).unwrap();
        },
    );
    assert_eq!(made, (0, 0));
}

#[test]
fn spsc_messages_that_are_waited_for_allocate_nothing() {
    let (mut to, mut there) = spsc::bounded(1);
    let (mut from, mut back) = spsc::bounded(1);
    let made = ping_pong(
        move || {
            to.send(1).unwrap();
            back.recv().unwrap();
        },
        move || {
            let n: i32 = there.recv().unwrap();
            from.send_timeout(n, Duration::from_secs(60)).unwrap();
        },
    );
    assert_eq!(made, (0, 0));
}

#[test]
fn streams_and_sinks_allocate_nothing_after_their_first_wait() {
    let ((to, there), (from, back)) = (channel::bounded(1), channel::bounded(1));
    let (mut to, mut back) = (to.into_sink(), back.into_stream());
    let (mut from, mut there) = (from.into_sink(), there.into_stream());
    let made = ping_pong(
        move || {
            block_on(to.send(1)).unwrap();
            block_on(back.next()).unwrap();
        },
        move || {
            let n: i32 = block_on(there.next()).unwrap();
            block_on(from.send(n)).unwrap();
        },
    );
    assert_eq!(made, (0, 0));
    // A sink that waits for room in each step.
    let (sender, receiver) = channel::bounded(1);
    let mut sink = sender.into_sink();
    let made = steady(|| {
        assert!(sink.feed(1).now_or_never().is_some());
        while sink.flush().now_or_never().is_none() {
            assert_eq!(receiver.recv(), Ok(1));
        }
    });
    assert_eq!(made, 0);
}

#[test]
fn events_that_are_waited_for_allocate_nothing() {
    static PING: Event = Event::new();
    static PONG: Event = Event::new();
    let made = ping_pong(
        || {
            PING.set();
            PONG.wait();
            PONG.clear();
        },
        || {
            PING.wait_timeout(Duration::MAX).unwrap();
            PING.clear();
            PONG.set();
        },
    );
    assert_eq!(made, (0, 0));
}

#[test]
fn polls_and_selects_allocate_nothing_whether_they_wait_or_not() {
    let (to, there) = channel::bounded::<u64>(1);
    let (back, here) = channel::bounded::<u64>(1);
    let (never, moment) = (Event::new(), Duration::from_nanos(100));
    let made = ping_pong(
        move || {
            to.send(1).unwrap();
            let ready = Poller::new([here.readable(), never.readable()]).poll();
            assert!(ready.is_readable(0));
            here.try_recv().unwrap();
            let late = Poller::new([here.readable(), never.readable()]).poll_timeout(moment);
            // At the end the other thread has gone.
            assert!(!late.is_readable(0));
        },
        move || {
            let never = Event::new();
            let both = select((never.waiting(), there.receiving()));
            assert_eq!(both.wait().index(), 1);
            let both = select((never.waiting(), there.receiving()));
            let _ = both.wait_timeout(moment);
            back.send(2).unwrap();
        },
    );
    assert_eq!(made, (0, 0));
}

#[test]
fn time_outs_allocate_nothing() {
    let (full, receiver) = channel::bounded(1);
    let (_sender, empty) = channel::bounded::<u8>(1);
    let event = Event::new();
    full.send(0).unwrap();
    let moment = Duration::from_nanos(100);
    let step = || {
        assert!(full.send_timeout(1, moment).is_err());
        assert!(empty.recv_timeout(moment).is_err());
        assert!(event.wait_timeout(moment).is_err());
    };
    kit::sleep_once();
    (0..WARM_UP).for_each(|_| step());
    assert_eq!(allocations(|| (0..1000).for_each(|_| step())).0, 0);
    let slept = allocations(|| empty.recv_timeout(kit::SHORT).is_err());
    assert_eq!(slept, (0, true));
    assert_eq!(receiver.len(), 1);
}

#[test]
fn socket_messages_allocate_nothing_whether_they_wait_or_not() {
    let context = Context::builder().hwm(1, 1).build();
    let (mut here, mut there) = (context.pair().unwrap(), context.pair().unwrap());
    here.bind("inproc://pair").unwrap();
    there.connect("inproc://pair").unwrap();
    let made = ping_pong(
        move || {
            here.send("ping").unwrap();
            assert!(here.recv().unwrap() == "pong");
        },
        move || {
            assert!(there.recv_timeout(Duration::from_secs(60)).unwrap() == "ping");
            there.send("pong").unwrap();
        },
    );
    assert_eq!(made, (0, 0));

    let (push, pull) = (context.push().unwrap(), context.pull().unwrap());
    pull.bind("inproc://jobs").unwrap();
    let link = allocations(|| push.connect("inproc://jobs").unwrap()).0;
    assert!(link <= 2, "a link took {link}");
    let (mut push, mut pull) = (push, pull);
    let made = steady(|| {
        push.try_send("job").unwrap();
        push.send(&b"job"[..]).unwrap();
        assert!(pull.try_recv().unwrap() == "job");
        assert!(pull.recv().unwrap() == "job");
    });
    assert_eq!(made, 0);
}

/// A message of three frames: made once, which takes an allocation, and then shared.
fn three_frames() -> Message {
    static MADE: OnceLock<Message> = OnceLock::new();
    let make = || Message::from_frames(["news: an address", "", "static bytes"]);
    MADE.get_or_init(make).clone()
}

/// Questions and answers, in turns and by name; each side waits for the other one in every step.
fn questions_allocate_nothing<T: PartialEq + Send + 'static>(make: fn() -> T) {
    let context = Context::builder().hwm(1, 1).typed::<T>().build();
    let (mut req, mut rep) = (context.req().unwrap(), context.rep().unwrap());
    rep.bind("inproc://rep").unwrap();
    req.connect("inproc://rep").unwrap();
    let made = ping_pong(
        move || {
            req.send(make()).unwrap();
            assert!(req.recv().unwrap() == make());
        },
        move || {
            let question = rep.recv_timeout(Duration::from_secs(60)).unwrap();
            rep.send_timeout(question, Duration::MAX).unwrap();
        },
    );
    assert_eq!(made, (0, 0));

    let (mut dealer, mut router) = (context.dealer().unwrap(), context.router().unwrap());
    router.bind("inproc://router").unwrap();
    dealer.set_identity(context.identity("dealer")).unwrap();
    dealer.connect("inproc://router").unwrap();
    let to = context.identity("dealer");
    let made = ping_pong(
        move || {
            dealer.send(make()).unwrap();
            assert!(dealer.recv().unwrap() == make());
        },
        move || {
            let (who, message) = router.recv().unwrap();
            assert_eq!(who, to);
            router.send_to(who, message).unwrap();
        },
    );
    assert_eq!(made, (0, 0));
}

#[test]
fn questions_and_answers_allocate_nothing() {
    questions_allocate_nothing(|| 7_u64);
    questions_allocate_nothing(|| Message::new("static bytes"));
    questions_allocate_nothing(three_frames);
}

/// To three subscribers, of which one wants nothing of it and one is full.
fn copies_allocate_nothing<T: Topic + Clone + PartialEq + Send + 'static>(make: fn() -> T) {
    let context = Context::builder().hwm(1, 1).typed::<T>().build();
    let (mut publish, mut back) = (context.publish().unwrap(), context.pair().unwrap());
    publish.bind("inproc://news").unwrap();
    back.bind("inproc://back").unwrap();
    let wants = |prefix: &str| {
        let subscribe = context.subscribe().unwrap();
        subscribe.connect("inproc://news").unwrap();
        subscribe.subscribe("something else").unwrap();
        subscribe.subscribe(prefix).unwrap();
        subscribe
    };
    let (mut reads, full, deaf) = (wants("ne"), wants(""), wants("old"));
    let mut answers = context.pair().unwrap();
    answers.connect("inproc://back").unwrap();
    let made = ping_pong(
        move || {
            publish.send(make()).unwrap();
            assert!(back.recv().unwrap() == make());
        },
        move || answers.send(reads.recv().unwrap()).unwrap(),
    );
    assert_eq!(made, (0, 0));
    drop((full, deaf));
}

#[test]
fn copies_for_subscribers_allocate_nothing() {
    copies_allocate_nothing(|| *b"news");
    copies_allocate_nothing(|| Message::new("news"));
    copies_allocate_nothing(three_frames);
}

/// As many as each holds, and the time-outs of those that do not fit; up to 1 MiB a queue takes its memory at once.
#[test]
fn items_of_a_queue_allocate_nothing() {
    fn made<S: Store<u64>>(queue: &Ordered<u64, S>) -> usize {
        let moment = Duration::from_nanos(100);
        allocations(|| {
            for n in 0..4096 {
                queue.put(n).unwrap();
            }
            assert!(queue.put_timeout(0, moment).is_err());
            (0..4096).for_each(|_| drop(queue.get_task().unwrap()));
            assert!(queue.get_timeout(moment).is_err());
            queue.join();
        })
        .0
    }
    kit::sleep_once();
    let (takes, first) = allocations(|| Queue::new(4096));
    assert!(takes <= 2);
    assert_eq!(made(&first), 0);
    let (takes, last) = allocations(|| LifoQueue::new(4096));
    assert!(takes <= 2);
    assert_eq!(made(&last), 0);
    let (takes, least) = allocations(|| PriorityQueue::new(4096));
    assert!(takes <= 2);
    assert_eq!(made(&least), 0);
}

/// A large bound takes memory when it is used, and then keeps it; all of it at once is another constructor.
#[test]
fn f11_a_queue_that_has_grown_allocates_nothing() {
    const LONG: u64 = 1 << 20;
    fn round<S: Store<u64>>(queue: &Ordered<u64, S>) -> usize {
        allocations(|| {
            (0..LONG).for_each(|n| queue.put(n).unwrap());
            (0..LONG).for_each(|_| drop(queue.get_task().unwrap()));
        })
        .0
    }
    let before = held();
    let queue = Queue::new(usize::MAX);
    assert!(held() - before <= 1 << 20, "that is all it begins with");
    let grown = round(&queue);
    assert!((1..=10).contains(&grown), "{grown} times it grew");
    assert_eq!(round(&queue), 0);
    drop(queue);
    assert_eq!(held(), before);
    let queue = Queue::try_new(LONG as usize).unwrap();
    assert_eq!(round(&queue), 0);
}

/// (The memory of a `Queue` is the system's: `queue_bounds.rs`.)
#[test]
fn f11_a_queue_that_cannot_grow_is_full_with_what_it_holds() {
    fn fills<S: Store<u64>>(queue: &Ordered<u64, S>) {
        let fits = (0..).take_while(|n| queue.try_put(*n).is_ok()).count();
        assert!(!queue.is_full() && queue.len() == fits);
        assert_eq!(queue.try_put(1), Err(TrySendError::Full(1)));
        let timed = queue.put_timeout(1, Duration::ZERO);
        assert_eq!(timed, Err(SendTimeoutError::TimedOut(1)));
        queue.get().unwrap();
        queue.put(1).unwrap();
        assert_eq!(queue.try_put(2), Err(TrySendError::Full(2)));
        set_largest(usize::MAX);
        queue.try_put(2).unwrap();
        set_largest(1 << 21);
        assert_eq!(queue.len(), fits + 1);
        assert_eq!(queue.close_now().len(), fits + 1);
    }
    set_largest(1 << 21);
    fills(&LifoQueue::new(usize::MAX));
    fills(&PriorityQueue::new(usize::MAX));
    set_largest(usize::MAX);
}

#[test]
fn items_that_are_waited_for_allocate_nothing() {
    static TO: LazyLock<Queue<u32>> = LazyLock::new(|| Queue::new(1));
    static BACK: LazyLock<PriorityQueue<u32>> = LazyLock::new(|| PriorityQueue::new(1));
    let made = ping_pong(
        || {
            TO.put(1).unwrap();
            drop(BACK.get_task().unwrap());
        },
        || {
            let n = TO.get_timeout(Duration::MAX).unwrap();
            BACK.put_timeout(n, Duration::from_secs(60)).unwrap();
        },
    );
    assert_eq!(made, (0, 0));
}

#[test]
fn cancelled_timers_leave_nothing_behind() {
    let start = || Timer::after(Duration::from_secs(3600), || ());
    let first = start(); // and the thread of all timers
    let before = held();
    let mut most = 0;
    for _ in 0..1_000_000 {
        assert!(start().cancel());
        most = most.max(held() - before);
    }
    assert!(most < 4096, "up to {most} bytes were held");
    let many: Vec<_> = (0..100_000).map(|_| start()).collect();
    assert!(held() - before > 1_000_000);
    let (left, right) = many.split_at(many.len() / 2);
    for (one, other) in left.iter().rev().zip(right) {
        assert!(one.cancel() && other.cancel());
    }
    drop(many);
    assert!(held() - before < 4096, "more is left");
    assert!(first.cancel());
}
