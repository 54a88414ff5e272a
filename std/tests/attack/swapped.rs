//! What holds something says by itself what it holds, also when it is exchanged for another, or forgotten.

use std::mem::{forget, swap};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Waker};
use std::thread;
use std::time::Duration;

use gimmal::channel;
use gimmal::sync::{BoundedSemaphore, Lock, ReentrantLock, Semaphore};

use crate::kit::{Drops, bounded, small};

fn is_pending<F: Future + ?Sized>(future: Pin<&mut F>) -> bool {
    future
        .poll(&mut TaskContext::from_waker(Waker::noop()))
        .is_pending()
}

#[test]
fn owned_guards_and_permits_that_change_places_go_back_to_their_own() {
    bounded(|| {
        let (one, other) = (Arc::new(Lock::new(1)), Arc::new(Lock::new(2)));
        let (mut a, mut b) = (one.lock_owned(), other.lock_owned());
        swap(&mut a, &mut b);
        *a = 20;
        drop(a);
        assert!(one.is_locked() && !other.is_locked());
        // The share that is left in the guard is the last one.
        let weak = Arc::downgrade(&one);
        drop(one);
        assert_eq!(*b, 1);
        drop(b);
        assert!(weak.upgrade().is_none());
        assert_eq!(*other.lock(), 20);

        let semaphore = Arc::new(Semaphore::new(3));
        let bounded = Arc::new(BoundedSemaphore::new(3));
        let mut a = semaphore.owned().many(2).try_acquire().unwrap();
        let mut b = bounded.owned().try_acquire().unwrap();
        swap(&mut a, &mut b);
        drop(a);
        assert_eq!((semaphore.available(), bounded.available()), (1, 3));
        drop(b);
        assert_eq!(semaphore.available(), 3);
    });
}

#[test]
fn guards_of_two_reentrant_locks_change_places_at_different_depths() {
    bounded(|| {
        let (one, other) = (ReentrantLock::new(1), ReentrantLock::new(2));
        let (mut a, mut b) = (one.lock(), other.lock());
        let again = one.lock();
        swap(&mut a, &mut b);
        assert_eq!((*a, *b, one.depth(), other.depth()), (2, 1, 2, 1));
        drop(a);
        drop(b);
        assert_eq!((one.depth(), other.depth()), (1, 0));
        thread::scope(|scope| {
            let look = || (one.try_lock().is_none(), other.try_lock().is_some());
            assert_eq!(scope.spawn(look).join().unwrap(), (true, true));
        });
        drop(again);
        assert!(!one.is_locked() && !other.is_locked());
    });
}

#[test]
fn sockets_and_ends_that_change_places_keep_their_contexts_and_peers() {
    bounded(|| {
        let drops = Drops::default();
        let make = || small().typed::<crate::kit::Counted>().build();
        let (one, other) = (make(), make());
        let (mut a, mut b) = (one.push().unwrap(), other.push().unwrap());
        let (mut a_out, mut b_out) = (one.pull().unwrap(), other.pull().unwrap());
        for (push, pull) in [(&a, &a_out), (&b, &b_out)] {
            pull.bind("inproc://x").unwrap();
            push.connect("inproc://x").unwrap();
        }
        swap(&mut a, &mut b);
        a.try_send(drops.one(7)).unwrap();
        swap(&mut a_out, &mut b_out);
        assert_eq!(a_out.try_recv().unwrap().number(), 7);
        one.shutdown();
        assert!(b.try_send(drops.one(8)).is_err() && a.try_send(drops.one(9)).is_ok());
        drop((one, b, b_out));
        assert_eq!(other.open_sockets(), 2);
        drop((a, a_out, other));
        assert_eq!(drops.count(), 3);

        let (mut sender, receiver) = channel::bounded(2);
        let (mut second, second_out) = channel::bounded(2);
        swap(&mut sender, &mut second);
        sender.send(drops.one(1)).unwrap();
        drop(receiver);
        assert!(second.send(drops.one(2)).is_err());
        assert_eq!(second_out.recv().unwrap().number(), 1);
        drop((sender, second));
        assert!(second_out.recv().is_err());
        assert_eq!(drops.count(), 5);
    });
}

/// Futures that have waited are forgotten, with the shares in them; what they waited for goes on.
#[test]
fn forgotten_futures_keep_their_share_and_nothing_else() {
    bounded(|| {
        let drops = Drops::default();
        let lock = Arc::new(Lock::new(drops.one(0)));
        let guard = lock.lock_owned();
        let mut waiting = Box::pin(lock.lock_owned_async());
        assert!(is_pending(waiting.as_mut()));
        forget(waiting);
        drop(guard);
        // It was woken, and will never run: others get the lock, up to a bounded number of times.
        assert!(lock.try_lock().is_some());
        assert_eq!(Arc::strong_count(&lock), 2);
        drop(lock);
        assert_eq!(drops.count(), 0, "the forgotten future keeps it");

        let (sender, receiver) = channel::bounded(1);
        sender.send(drops.one(1)).unwrap();
        {
            let mut sending = Box::pin(sender.send_async(drops.one(2)));
            assert!(is_pending(sending.as_mut()));
            forget(sending);
        }
        drop(receiver.recv().unwrap());
        drop(sender);
        assert!(receiver.recv().is_err(), "nobody sends it");
        drop(receiver);
        assert_eq!(drops.count(), 1, "and nobody drops it");
    });
}

/// A context whose sockets are forgotten says so in time, and what is left of it harms nobody.
#[test]
fn a_context_whose_sockets_were_forgotten_says_that_they_are_open() {
    bounded(|| {
        let drops = Drops::default();
        let context = small().typed::<crate::kit::Counted>().build();
        let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
        pull.bind("inproc://x").unwrap();
        push.connect("inproc://x").unwrap();
        {
            let mut waiting = Box::pin(pull.recv_async());
            assert!(is_pending(waiting.as_mut()));
            forget(waiting);
        }
        forget(pull);
        push.try_send(drops.one(1)).unwrap();
        let open = context.term_timeout(Duration::from_millis(20)).unwrap_err();
        assert_eq!(open.sockets.len(), 2);
        drop(push);
        let open = context.term_timeout(Duration::ZERO).unwrap_err();
        assert_eq!(open.sockets.len(), 1);
        drop(context);
        assert_eq!(
            drops.count(),
            0,
            "it waits for a receiver that is open for good"
        );
    });
}
