//! Who is the last to hold a context: a socket that is passed by value, and ends in the call that it is passed to.
//!
//! Nothing here can fail on a machine. It is for Miri, under both of its models of borrowing:
//! ```text
//! cargo +nightly miri test -p gimmal --test context_shares
//! MIRIFLAGS=-Zmiri-tree-borrows cargo +nightly miri test -p gimmal --test context_shares
//! ```

use std::sync::Arc;
use std::thread;

use gimmal::channel;
use gimmal::sync::{Lock, Semaphore};
use gimmal::{Context, Pair, Pull, Push};

/// A socket of each pattern whose context nobody else holds any more.
fn alone() -> (Pair<String>, Push<String>, Pull<String>) {
    (
        small().pair().unwrap(),
        small().push().unwrap(),
        small().pull().unwrap(),
    )
}

/// A small context: an interpreter runs this.
fn small() -> Context<String> {
    let builder = Context::builder().sockets(2).names(2).pipes(4);
    builder.hwm(2, 2).typed().build()
}

#[test]
fn f6_the_last_socket_of_a_context_is_closed_or_dropped_by_value() {
    let (pair, push, pull) = alone();
    pair.close();
    push.close();
    pull.close();
    let (pair, push, pull) = alone();
    drop(pair);
    drop(push);
    drop(pull);
    let _ = alone();
}

#[test]
fn f6_the_example_of_the_report() {
    let context = Context::<String>::typed();
    let pull = context.pull().unwrap();
    drop(context);
    pull.close();
}

#[test]
fn f6_a_linked_socket_outlives_its_context_handle_in_a_thread() {
    let context = small();
    let mut pull = context.pull().unwrap();
    pull.bind("inproc://x").unwrap();
    let mut push = context.push().unwrap();
    push.connect("inproc://x").unwrap();
    drop(context);
    let reader = thread::spawn(move || {
        let got = pull.recv().unwrap();
        pull.close();
        got
    });
    push.send("over").unwrap();
    drop(push);
    assert_eq!(reader.join().unwrap(), "over");
}

#[test]
fn f6_both_ends_of_a_pair_in_threads_of_their_own() {
    let context = small();
    let mut here = context.pair().unwrap();
    here.bind("inproc://x").unwrap();
    let mut there = context.pair().unwrap();
    there.connect("inproc://x").unwrap();
    drop(context);
    let first = thread::spawn(move || {
        here.send("ping").unwrap();
        let got = here.recv().unwrap();
        here.close();
        got
    });
    let second = thread::spawn(move || {
        let got = there.recv().unwrap();
        there.send("pong").unwrap();
        drop(there);
        got
    });
    assert_eq!(first.join().unwrap(), "pong");
    assert_eq!(second.join().unwrap(), "ping");
}

/// A socket in a box, a vector, a message: wherever it is kept, the last one ends there.
#[test]
fn f6_the_last_socket_in_something_else_that_is_passed_on() {
    let (pair, push, pull) = alone();
    let kept = vec![Box::new(pull)];
    drop(kept);
    let (sender, receiver) = channel::bounded(1);
    sender.send(push).unwrap();
    drop(receiver);
    let (mut sender, mut receiver) = channel::spsc::bounded(1);
    sender.send(pair).unwrap();
    receiver.recv().unwrap().close();
}

#[test]
fn f6_unread_messages_end_with_the_last_socket() {
    let context = small();
    let mut push = context.push().unwrap();
    push.connect("inproc://nobody").unwrap();
    push.send("left").unwrap();
    drop(context);
    push.close();
}

/// The same shape, elsewhere in the library: an owner and what refers to it, in one value that is passed on.
#[test]
fn f6_the_last_share_of_a_channel_a_lock_or_a_semaphore_is_passed_by_value() {
    let (sender, receiver) = channel::bounded::<String>(1);
    drop(sender);
    drop(receiver);
    let (sender, receiver) = channel::spsc::bounded::<String>(1);
    drop(sender);
    drop(receiver);
    let lock = Arc::new(Lock::new(String::new()));
    let guard = lock.lock_owned();
    drop(lock);
    drop(guard);
    let lock = Arc::new(Lock::new(String::new()));
    let future = lock.lock_owned_async();
    drop(lock);
    drop(future);
}

#[test]
fn f6_the_last_permit_keeps_its_semaphore() {
    let semaphore = Arc::new(Semaphore::new(2));
    let permit = semaphore.owned().acquire().unwrap();
    drop(semaphore);
    let moved = thread::spawn(move || drop(permit));
    moved.join().unwrap();
}
