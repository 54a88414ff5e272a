//! Where a panic about a bad size points: at the line that asked for it, with a text that says what to do instead.

use std::cell::RefCell;
use std::panic::{Location, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use gimmal::queue::{LifoQueue, PriorityQueue, Queue};
use gimmal::{Context, ThreadPool, channel};

thread_local! {
    /// The file and the line of the last panic of this thread.
    static LAST: RefCell<Option<(String, u32)>> = const { RefCell::new(None) };
}

/// Runs `f`, which must panic in the line `here` of this file, and say `what`.
#[track_caller]
fn points_here<R>(what: &str, f: fn() -> R) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |info| {
            let place = info.location().map(|l| (l.file().into(), l.line()));
            LAST.with_borrow_mut(|last| *last = place);
            before(info);
        }));
    });
    let here = Location::caller();
    let payload = catch_unwind(|| drop(f())).expect_err("it panics");
    let text = match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => payload.downcast::<&str>().unwrap().to_string(),
    };
    assert!(text.contains(what), "{text}");
    let place = LAST.take().unwrap();
    assert_eq!(place, (here.file().into(), here.line()), "{text}");
}

#[test]
fn f17_a_queue_of_no_size_is_reported_where_it_was_asked_for() {
    points_here("at least 1", || Queue::<u8>::new(0));
    points_here("at least 1", || LifoQueue::<u8>::new(0));
    points_here("at least 1", || PriorityQueue::<u8>::new(0));
}

/// None of them ends the process: memory that is not there is a panic, too.
#[test]
#[cfg(target_pointer_width = "64")]
fn f11_a_size_that_memory_does_not_have_is_reported_where_it_was_asked_for() {
    points_here("memory", || LifoQueue::<[u8; (1 << 47) - 1]>::new(1));
    points_here("memory", || channel::bounded::<u64>(1 << 44));
    points_here("memory", || channel::bounded::<u64>(usize::MAX));
    points_here("memory", || channel::spsc::bounded::<u64>(1 << 44));
    points_here("memory", || ThreadPool::builder().queue(1 << 44).build());
    points_here("memory", || Context::builder().sockets(1 << 44).build());
    points_here("memory", || Context::builder().names(1 << 44).build());
    points_here("memory", || Context::builder().sockets(usize::MAX).build());
}
