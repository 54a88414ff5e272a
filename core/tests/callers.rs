//! A panic about what a caller did points to that caller, and its words say what to do instead.

mod told;

use gimmal_core::ring::spsc::Ring;
use gimmal_core::sync::{Barrier, BoundedSemaphore, Semaphore};

use told::panics_here;

const TOO_MANY: usize = Semaphore::MAX_PERMITS + 1;

#[test]
fn f17_sizes_are_refused_at_the_callers_line() {
    panics_here!("at least one party", Barrier::new(0));
    panics_here!("usize::MAX / 4 at most", Barrier::new(usize::MAX));
    panics_here!("at least one party", Barrier::with_action(0, || ()));
    panics_here!("MAX_PERMITS at most", Semaphore::new(TOO_MANY));
    panics_here!("MAX_PERMITS at most", BoundedSemaphore::new(TOO_MANY));
}

#[test]
fn f17_requests_for_too_many_permits_are_refused_at_the_callers_line() {
    let semaphore = Semaphore::new(1);
    panics_here!("MAX_PERMITS at most", semaphore.acquire_many(TOO_MANY));
    panics_here!("MAX_PERMITS at most", semaphore.acquiring(TOO_MANY));
    assert_eq!(semaphore.available(), 1);
}

#[test]
fn f17_numbers_of_items_that_are_not_there_are_refused_at_the_callers_line() {
    let mut ring = Ring::<u8, 4>::new();
    let (mut producer, mut consumer) = ring.split();
    let mut run = producer.reserve(2).unwrap();
    run.push(1).unwrap();
    panics_here!("were written", run.commit_first(2));
    producer.push(1).unwrap();
    let run = consumer.read_chunk(1).unwrap();
    panics_here!("in the run", run.release(2));
    assert_eq!(consumer.pop(), Ok(1), "nothing was released");
}

#[test]
fn a_panic_that_points_elsewhere_is_told_apart() {
    /// No `track_caller`: its panic points to the line in it.
    fn inside() {
        panic!("not the caller's line");
    }
    let told = told::panic_of(inside).expect("it panics");
    assert_eq!((told.file.as_str(), told.line), (file!(), line!() - 3));
}
