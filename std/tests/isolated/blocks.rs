//! Blocks in everything that a thread of the facade waits for, until it is woken or the time is over. Run by `isolated.rs`.

use std::thread;
use std::time::Duration;

use gimmal::queue::Queue;
use gimmal::sync::{Barrier, Condition, Event, Lock, Semaphore};
use gimmal::{ThreadPool, channel};

const MOMENT: Duration = Duration::from_millis(1);

fn main() {
    // Both kinds: up to eight slots, and more.
    for capacity in [1, 64] {
        let (sender, receiver) = channel::bounded(capacity);
        let (mut first, mut last) = channel::spsc::bounded(capacity);
        let sends = thread::spawn(move || {
            (0..3).for_each(|n| sender.send(n).unwrap());
            drop(sender);
            assert_eq!(last.recv(), Ok(7));
        });
        (0..3).for_each(|n| assert_eq!(receiver.recv(), Ok(n)));
        assert!(receiver.recv().is_err());
        first.send(7).unwrap();
        sends.join().unwrap();
    }
    let (lock, condition, barrier) = (Lock::new(false), Condition::new(), Barrier::new(2));
    thread::scope(|scope| {
        scope.spawn(|| {
            barrier.wait().unwrap();
            *lock.lock() = true;
            condition.notify_one();
        });
        barrier.wait().unwrap();
        let told = condition.wait_while(lock.lock(), |told| !*told);
        assert!(*told.unwrap());
    });
    let guard = lock.lock();
    assert!(lock.lock_timeout(MOMENT).is_err());
    drop(guard);
    assert!(Event::new().wait_timeout(MOMENT).is_err());
    assert!(Semaphore::new(0).acquire_timeout(MOMENT).is_err());
    assert!(Queue::<u32>::new(1).get_timeout(MOMENT).is_err());
    let pool = ThreadPool::builder().threads(1).build();
    assert_eq!(pool.submit(|| 4).unwrap().result().unwrap(), 4);
    drop(pool);
    println!("all came back");
}
