//! Locks and requests for permits: what the facade says of them itself.

use gimmal::sync::{BoundedSemaphore, Lock, Semaphore};

#[test]
fn a_lock_that_nobody_else_can_use_gives_its_value_without_being_locked() {
    let mut lock = Lock::new(vec![1]);
    lock.get_mut().push(2);
    // A guard that was forgotten keeps the lock, and nobody else is there to have it.
    std::mem::forget(lock.lock());
    assert!(lock.try_lock().is_none());
    lock.get_mut().push(3);
    assert_eq!(lock.into_inner(), [1, 2, 3]);
}

#[test]
fn a_request_tells_how_many_permits_it_takes() {
    let semaphore = Semaphore::new(5);
    let request = semaphore.many(3);
    assert_eq!(request.count(), 3);
    assert_eq!(semaphore.available(), 5, "it has taken none yet");
    let permit = request.try_acquire().unwrap();
    assert_eq!((permit.count(), semaphore.available()), (3, 2));

    let bounded = BoundedSemaphore::new(2);
    assert_eq!(bounded.many(2).map(|request| request.count()), Ok(2));
    assert_eq!(bounded.many(3).unwrap_err().bound, 2);
}
