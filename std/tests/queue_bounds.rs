//! The bound of a queue is a bound, and takes memory only as far as it is used (F11). What is allocated is counted in `alloc.rs`.

mod kit;

use std::cmp::Ordering;
use std::panic::catch_unwind;
#[cfg(all(target_os = "linux", not(miri)))]
use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

use gimmal::channel;
use gimmal::error::{SendTimeoutError, TrySendError};
use gimmal::queue::{LifoQueue, Ordered, PriorityQueue, Queue, Store};
use gimmal::sync::Event;
use kit::bounded;
#[cfg(all(target_os = "linux", not(miri)))]
use kit::child::{self, Child, Part};

#[test]
fn f11_a_bound_that_no_memory_has_is_a_bound() {
    for bound in [1 << 44, usize::MAX / 2, usize::MAX] {
        let (first, last, least) = (
            Queue::new(bound),
            LifoQueue::new(bound),
            PriorityQueue::new(bound),
        );
        for n in 0..1000_u64 {
            first.put(n).unwrap();
            last.try_put(n).unwrap();
            least.put_timeout(n, Duration::ZERO).unwrap();
        }
        assert_eq!(
            (first.capacity(), first.len(), first.is_full()),
            (bound, 1000, false)
        );
        assert_eq!(
            (first.get(), last.get(), least.get()),
            (Ok(0), Ok(999), Ok(0))
        );
    }
    Queue::new(usize::MAX).put(()).unwrap();
}

/// Each of 16 KiB, so that the queues grow.
#[test]
fn f11_a_queue_that_grows_keeps_order_and_bound() {
    #[derive(PartialEq, Eq, PartialOrd, Ord)]
    struct Large(u32, [u8; 1 << 14]);
    fn fill<S: Store<Large>>(queue: &Ordered<Large, S>, bound: u32) -> Vec<u32> {
        let item = |n| Large(n, [0; 1 << 14]);
        for round in 0..3 {
            (0..bound).for_each(|n| assert!(queue.try_put(item(n)).is_ok(), "{round}: {n}"));
            assert!(queue.is_full());
            assert!(matches!(queue.try_put(item(0)), Err(TrySendError::Full(_))));
            let timed = queue.put_timeout(item(0), Duration::ZERO);
            assert!(matches!(
                timed,
                Err(SendTimeoutError::TimedOut(Large(0, _)))
            ));
            if round < 2 {
                (0..bound).for_each(|_| assert!(queue.get_task().is_ok()));
            }
        }
        queue.close();
        assert!(matches!(
            queue.try_put(item(0)),
            Err(TrySendError::Closed(_))
        ));
        queue.iter().map(|item| item.0).collect()
    }
    bounded(|| {
        const BOUND: u32 = 300;
        let up: Vec<_> = (0..BOUND).collect();
        assert_eq!(fill(&Queue::new(300), BOUND), up);
        assert_eq!(fill(&PriorityQueue::new(300), BOUND), up);
        let down: Vec<_> = (0..BOUND).rev().collect();
        assert_eq!(fill(&LifoQueue::new(300), BOUND), down);
    });
}

/// What is compared is somewhere else while its queue grows, and comes back to the larger memory.
#[test]
fn f11_a_queue_grows_while_another_thread_compares() {
    static COMPARING: Event = Event::new();
    static GO_ON: Event = Event::new();
    #[derive(PartialEq, Eq)]
    struct Large(u32, [u8; 1 << 14]);
    impl PartialOrd for Large {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }
    impl Ord for Large {
        fn cmp(&self, other: &Self) -> Ordering {
            COMPARING.set();
            GO_ON.wait();
            self.0.cmp(&other.0)
        }
    }
    bounded(|| {
        let queue = PriorityQueue::new(1000);
        let put = |n| assert!(queue.try_put(Large(n, [0; 1 << 14])).is_ok());
        (100..150).for_each(put);
        thread::scope(|scope| {
            let taker = scope.spawn(|| queue.get().map(|item| item.0));
            COMPARING.wait();
            (0..100).for_each(put);
            (150..300).for_each(put);
            assert_eq!(queue.len(), 300, "what is compared counts");
            GO_ON.set();
            assert_eq!(taker.join().unwrap(), Ok(100));
        });
        (300..500).for_each(put);
        queue.close();
        let rest: Vec<_> = queue.iter().map(|item| item.0).collect();
        let all: Vec<_> = (0..500).filter(|n| *n != 100).collect();
        assert_eq!(rest, all);
    });
}

/// An item of this size fits nowhere: the first one has no memory, and that is said where the queue is made. (A `Queue` of it
/// does not compile, as no channel does.)
#[test]
#[cfg(target_pointer_width = "64")]
fn f11_what_has_no_memory_at_all_is_said_by_who_makes_the_queue() {
    #[allow(dead_code)] // Never made.
    struct Huge([u8; (1 << 47) - 1]);
    let made = catch_unwind(|| drop(LifoQueue::<Huge>::new(1)));
    let text = *made.unwrap_err().downcast::<String>().unwrap();
    assert!(
        text.contains("no memory") && text.contains("items of 140737488355327 bytes"),
        "{text}"
    );
    assert!(LifoQueue::<Huge>::try_new(1).is_err());
}

#[test]
fn f11_all_the_memory_at_once_or_an_error() {
    assert!(Queue::<u64>::try_new(1 << 44).is_err());
    assert!(LifoQueue::<u64>::try_new(usize::MAX).is_err());
    let error = PriorityQueue::<u64>::try_new(0).unwrap_err();
    assert!(error.to_string().contains("at least 1"));
    let queue = Queue::try_new(2).unwrap();
    queue.try_put(1).unwrap();
    queue.try_put(2).unwrap();
    assert_eq!(queue.try_put(3), Err(TrySendError::Full(3)));
}

#[cfg(all(target_os = "linux", not(miri)))]
const PARTS: &[Part] = &[("fills", fills), ("hook", hook)];

/// A queue whose memory comes from the system, in a process that may have only so much of it.
#[cfg(all(target_os = "linux", not(miri)))]
fn fills() -> i32 {
    let queue = Queue::<[u64; 512]>::new(usize::MAX);
    let fits = (0..)
        .take_while(|n| queue.try_put([*n; 512]).is_ok())
        .count();
    assert!(fits > 1000, "{fits}");
    assert!(!queue.is_full() && queue.len() == fits);
    assert_eq!(queue.try_put([1; 512]), Err(TrySendError::Full([1; 512])));
    let timed = queue.put_timeout([1; 512], Duration::ZERO);
    assert_eq!(timed, Err(SendTimeoutError::TimedOut([1; 512])));
    assert_eq!(queue.get().unwrap(), [0; 512]);
    queue.put([7; 512]).unwrap();
    assert_eq!(queue.try_put([8; 512]), Err(TrySendError::Full([8; 512])));
    queue.close();
    assert_eq!(queue.iter().last(), Some([7; 512]));
    0
}

#[cfg(all(target_os = "linux", not(miri)))]
#[test]
fn child() {
    child::play(PARTS);
}

#[cfg(all(target_os = "linux", not(miri)))]
#[test]
fn f11_a_queue_that_cannot_grow_is_full_with_what_it_holds() {
    Child::start_with_little_memory("fills").exits_with(0);
}

/// An item whose comparison takes from its own queue, which panics; and a hook for panics that looks at that queue.
#[cfg(all(target_os = "linux", not(miri)))]
fn hook() -> i32 {
    #[derive(PartialEq, Eq)]
    struct Greedy(u32);
    impl PartialOrd for Greedy {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }
    impl Ord for Greedy {
        fn cmp(&self, other: &Self) -> Ordering {
            let _ = QUEUE.try_get();
            self.0.cmp(&other.0)
        }
    }
    static QUEUE: LazyLock<PriorityQueue<Greedy>> = LazyLock::new(|| PriorityQueue::new(4));
    std::panic::set_hook(Box::new(|_| {
        assert_eq!(QUEUE.len(), 2);
        child::say("the hook has looked");
    }));
    (0..2).for_each(|n| QUEUE.put(Greedy(n)).unwrap());
    assert!(catch_unwind(|| QUEUE.try_get().is_ok()).is_err());
    assert!(catch_unwind(|| QUEUE.close_now().len()).is_err());
    0
}

#[cfg(all(target_os = "linux", not(miri)))]
#[test]
fn a_hook_for_panics_may_use_the_queue() {
    let child = Child::start("hook");
    child.says("the hook has looked");
    child.says("the hook has looked");
    child.exits_with(0);
}

/// Rings whose memory would be a mapping of its own begin where their items want it.
#[test]
fn items_that_are_aligned_to_more_than_a_page_are_aligned() {
    #[repr(align(8192))]
    #[derive(Debug, PartialEq)]
    struct Aligned(u8);
    let queues: Vec<_> = (0..8).map(|_| Queue::new(2)).collect();
    let mut pipes: Vec<_> = (0..8).map(|_| channel::spsc::bounded(2)).collect();
    let channels: Vec<_> = (0..8).map(|_| channel::bounded(2)).collect();
    for n in 0..8 {
        let at = usize::from(n);
        queues[at].put(Aligned(n)).unwrap();
        pipes[at].0.send(Aligned(n)).unwrap();
        channels[at].0.send(Aligned(n)).unwrap();
        assert_eq!(queues[at].get().unwrap(), Aligned(n));
        assert_eq!(pipes[at].1.recv().unwrap(), Aligned(n));
        assert_eq!(channels[at].1.recv().unwrap(), Aligned(n));
    }
    assert!(Queue::<()>::try_new(usize::MAX).is_ok());
}
