//! A pool whose buffers are all lent is full or waited for, and never makes another one. The allocator counts by thread.

#[path = "kit/counting.rs"]
mod counting;
mod kit;

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;

use gimmal::pool::Pool;
use gimmal::wait::block_on;
use gimmal::{Context, Message};

use counting::allocations;
use kit::bounded;
use kit::verbs::while_it_sleeps;

#[test]
fn a_pool_without_a_free_buffer_is_full_or_waited_for_and_allocates_nothing() {
    assert_eq!(allocations(|| vec![1]).0, 1, "the counter counts");
    static POOL: Pool<[u8; 64], 2> = Pool::new();
    bounded(|| {
        let first = POOL.try_take([1; 64]).unwrap();
        let second = POOL.try_take([2; 64]).unwrap();
        let place = std::ptr::from_ref(&*first).addr();
        let (made, refused) = allocations(|| POOL.try_take([3; 64]).err());
        assert_eq!((made, refused.unwrap().into_inner()), (0, [3; 64]));
        // It sleeps until one is free, and gets that one.
        let is_free = AtomicBool::new(false);
        let waits = || {
            // The first time that it sleeps, a thread makes the token that it keeps for all its waits.
            kit::sleep_once();
            allocations(|| {
                let third = block_on(POOL.take([3; 64]));
                assert!(is_free.load(SeqCst), "there was none");
                third
            })
        };
        let (made, third) = while_it_sleeps("waits for one", waits, || {
            assert_eq!(POOL.lent(), 2);
            is_free.store(true, SeqCst);
            drop(first);
        });
        assert_eq!((made, third[0], POOL.lent()), (0, 3, 2));
        assert_eq!(std::ptr::from_ref(&*third).addr(), place);
        drop((second, third));
        assert_eq!(POOL.lent(), 0);
    });
}

/// A receiver that keeps its messages keeps the buffers: the sender waits for one, and what has been sent is not copied.
#[test]
fn a_buffer_that_a_message_holds_is_waited_for_until_its_receiver_drops_it() {
    static POOL: Pool<[u8; 64], 1> = Pool::new();
    bounded(|| {
        let context = Context::<Message>::builder().hwm(1, 1).build();
        let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
        pull.bind("inproc://x").unwrap();
        push.connect("inproc://x").unwrap();
        for round in 0..3 {
            push.send(POOL.try_take([round; 64]).unwrap()).unwrap();
            let message = pull.recv().unwrap();
            assert!(POOL.try_take([9; 64]).is_err());
            let taken = while_it_sleeps(
                "waits for it",
                || thread::scope(|_| block_on(POOL.take([8; 64]))[0]),
                || drop(message),
            );
            assert_eq!((taken, POOL.lent()), (8, 0));
        }
    });
}
