//! The core never allocates: an allocator that counts, and everything the core does done under it.

#![allow(unsafe_code)] // The counting allocator, and futures in an array.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use gimmal_core::channel::{mpmc as mpmc_channel, spsc as spsc_channel};
use gimmal_core::pool::Pool;
use gimmal_core::ring::{exact, mpmc, spsc};
use gimmal_core::sync::{BoundedSemaphore, Event, Lock, Semaphore};
use gimmal_core::wait::{Spin, block_on, block_on_until};

struct Counting;

thread_local!(static CALLS: Cell<usize> = const { Cell::new(0) });

// SAFETY: the system's allocator does the work; the counter neither allocates nor has a destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        CALLS.set(CALLS.get() + 1);
        // SAFETY: the caller's contract is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        CALLS.set(CALLS.get() + 1);
        // SAFETY: the caller's contract is the same.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often the allocator is called by this thread while `f` runs.
fn calls(f: impl FnOnce()) -> usize {
    let before = CALLS.get();
    f();
    CALLS.get() - before
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn the_allocator_counts() {
    assert!(calls(|| drop(std::hint::black_box(Box::new(1)))) >= 2);
}

#[test]
fn rings_allocate_nothing() {
    let count = calls(|| {
        let mut ring = spsc::Ring::<[u64; 8], 16>::new();
        let (mut producer, mut consumer) = ring.split();
        for i in 0..100 {
            producer.push([i; 8]).unwrap();
            let mut run = producer.reserve(3).unwrap();
            (0..3).for_each(|_| run.push([i; 8]).unwrap());
            run.commit();
            assert!(consumer.peek().is_ok());
            consumer.read_chunk(2).unwrap().release(2);
            consumer.read_chunk(1).unwrap().pop_each().for_each(drop);
            consumer.pop().unwrap();
        }
        let (producer, consumer) = (producer.erase(), consumer.erase());
        assert!(producer.is_empty() && consumer.is_empty());
        let ring = mpmc::Ring::<[u64; 8], 16>::new();
        for i in 0..100 {
            let _ = ring.push([i; 8]);
            ring.push_overwrite([i; 8]).unwrap();
            ring.pop().unwrap();
        }
        let ring = exact::Ring::<[u64; 8], 16>::new();
        for i in 0..100 {
            let _ = ring.push([i; 8]);
            ring.push_overwrite([i; 8]).unwrap();
            ring.pop().unwrap();
        }
    });
    assert_eq!(count, 0);
}

#[test]
fn channels_allocate_nothing_waiting_or_not() {
    let count = calls(|| {
        let channel = mpmc_channel::Channel::<u64, 2>::new();
        for i in 0..100 {
            let mut receiving = pin!(channel.recv());
            assert!(poll(receiving.as_mut()).is_pending());
            channel.try_send(i).unwrap();
            block_on(channel.send(i)).unwrap();
            let mut sending = pin!(channel.send(i));
            assert_eq!(poll(receiving).map(Result::ok), Poll::Ready(Some(i)));
            assert!(poll(sending.as_mut()).is_ready());
            let mut dropped = pin!(channel.send(i));
            assert!(poll(dropped.as_mut()).is_pending());
            assert!(dropped.cancel().is_err());
            assert!(block_on(channel.recv()).is_ok() && channel.try_recv().is_ok());
        }
        channel.close();
        channel.close_and_drain();
        let mut channel = spsc_channel::Channel::<u64, 2>::new();
        let (mut sender, mut receiver) = channel.split();
        for i in 0..100 {
            assert!(poll(pin!(receiver.recv())).is_pending());
            sender.try_send(i).unwrap();
            block_on(sender.send(i)).unwrap();
            assert!(poll(pin!(sender.send(i))).is_pending());
            assert!(receiver.try_recv().is_ok() && block_on(receiver.recv()).is_ok());
        }
        receiver.close_and_drain();
    });
    assert_eq!(count, 0);
}

#[test]
fn events_pools_and_crowds_of_waiters_allocate_nothing() {
    let count = calls(|| {
        let event = Event::new();
        {
            let mut waits = std::array::from_fn::<_, 20, _>(|_| event.wait());
            for wait in &mut waits {
                // SAFETY: they are not moved any more, and dropped in place at the end of the block.
                let wait = unsafe { Pin::new_unchecked(wait) };
                assert!(poll(wait).is_pending());
            }
            event.set();
        }
        let pool = Pool::<[u64; 8], 2>::new();
        for i in 0..100 {
            let loan = pool.try_take([i; 8]).unwrap();
            let second = block_on(pool.take([i; 8]));
            assert!(poll(pin!(pool.take([i; 8]))).is_pending());
            assert!(block_on_until::<Spin, _>(pool.take([i; 8]), || true).is_none());
            drop((loan, second));
        }
    });
    assert_eq!(count, 0);
}

#[test]
fn locks_and_semaphores_allocate_nothing_waiting_or_not() {
    let count = calls(|| {
        let lock = Lock::new([0_u64; 8]);
        let (semaphore, slots) = (Semaphore::new(1), BoundedSemaphore::new(2));
        for _ in 0..100 {
            let mut guard = lock.try_lock().unwrap();
            guard[0] += 1;
            let mut locking = pin!(lock.lock());
            assert!(poll(locking.as_mut()).is_pending() && poll(pin!(lock.lock())).is_pending());
            assert!(lock.try_lock().is_none());
            drop(guard);
            assert!(poll(locking).is_ready());
            let permit = block_on(semaphore.acquire()).unwrap();
            let mut one = pin!(semaphore.acquire_many(1));
            let mut two = pin!(semaphore.acquire_many(2));
            assert!(poll(one.as_mut()).is_pending() && poll(two.as_mut()).is_pending());
            drop(permit);
            assert!(poll(one).is_ready() && two.cancel().is_err());
            assert!(block_on_until::<Spin, _>(semaphore.acquire_many(9), || true).is_none());
            assert!(slots.try_acquire_many(3).is_err() && slots.release(1).is_err());
            drop(block_on(slots.acquire()));
        }
        let mut waits = std::array::from_fn::<_, 20, _>(|_| semaphore.acquire_many(2));
        for wait in &mut waits {
            // SAFETY: they are not moved any more, and dropped in place at the end of the closure.
            let wait = unsafe { Pin::new_unchecked(wait) };
            assert!(poll(wait).is_pending());
        }
        semaphore.release(20).unwrap();
        semaphore.close();
    });
    assert_eq!(count, 0);
}
