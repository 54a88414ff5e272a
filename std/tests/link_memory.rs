//! What links and channels cost before they are used: the pages of this process, counted. One test, because it counts what
//! the whole process has.
#![cfg(target_os = "linux")]

use gimmal::channel::{self, spsc};
use gimmal::{Context, Message};

/// The bytes of a column of what the system says of this process.
fn bytes(column: usize) -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statm.split(' ').nth(column).unwrap().parse().unwrap();
    // The sizes of a page are not in `statm`; on every system where this runs one is 4 KB or more.
    pages * 4096
}

/// The bytes of this process that have addresses.
fn addressed() -> usize {
    bytes(0)
}

/// The bytes of this process that are in memory.
fn resident() -> usize {
    bytes(1)
}

/// How many bytes more there are in memory while what `make` makes is there.
fn costs<O>(what: &str, make: impl FnOnce() -> O) -> usize {
    let before = resident();
    let made = make();
    let grown = resident().saturating_sub(before);
    println!("{what}: {grown} bytes");
    drop(made);
    grown
}

/// 1000 Push links of the default size, to one Pull.
fn links<T: Send + 'static>(context: &Context<T>) -> impl Sized + use<T> {
    let pull = context.pull().unwrap();
    pull.bind("inproc://idle").unwrap();
    let pushes = (0..1000).map(|_| {
        let push = context.push().unwrap();
        push.connect("inproc://idle").unwrap();
        push
    });
    (pushes.collect::<Vec<_>>(), pull)
}

/// Links that were full, and have ended: an allocator would keep their memory for the next ones.
fn leave_memory(context: &Context) {
    let mut pull = context.pull().unwrap();
    pull.bind("inproc://full").unwrap();
    for _ in 0..10 {
        let mut push = context.push().unwrap();
        push.connect("inproc://full").unwrap();
        (0..2000).for_each(|_| push.try_send("full").unwrap());
        drop(push);
        while pull.try_recv().is_ok() {}
    }
}

const MB: usize = 1_000_000;

/// The sockets of a context have no memory for messages, and a link has all of its own from the moment it is made.
fn a_link_is_allocated_when_it_is_made() {
    const WHOLE: usize = 2000 * 4096;
    let context = Context::<[u8; 4096]>::typed();
    let before = addressed();
    let (mut push, pull) = (context.push().unwrap(), context.pull().unwrap());
    pull.bind("inproc://made").unwrap();
    let opened = addressed().saturating_sub(before);
    assert!(opened < WHOLE / 2, "{opened} bytes before there is a link");
    push.connect("inproc://made").unwrap();
    let made = addressed().saturating_sub(before);
    assert!(made >= WHOLE, "{made} bytes with the link");
    (0..2000).for_each(|_| push.try_send([0; 4096]).unwrap());
    let full = addressed().saturating_sub(before);
    assert!(full < made + WHOLE / 2, "{full} bytes when it is full");
}

/// How many pages the system has had to make for this process.
fn faults() -> usize {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    // The name of the program, in brackets, may have anything in it.
    let (_, behind) = stat.rsplit_once(')').unwrap();
    behind.split_whitespace().nth(7).unwrap().parse().unwrap()
}

/// A link that was hardly used leaves its memory to the next one of its size, and nothing that was in it.
fn the_next_link_has_the_memory_of_one_that_was_hardly_used() {
    let context = Context::<u64>::typed();
    let once = |number, mark| {
        let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
        push.set_send_hwm(mark).unwrap();
        pull.bind("inproc://again").unwrap();
        push.connect("inproc://again").unwrap();
        (0..3).for_each(|n| push.try_send(number + n).unwrap());
        assert_eq!(pull.try_recv(), Ok(number));
        let links = context.snapshot().links;
        assert_eq!((links.len(), links[0].messages, links[0].sent), (1, 2, 3));
    };
    (0..100).for_each(|n| once(10 * n, 1000));
    let before = faults();
    (0..1000).for_each(|n| once(10 * n, 1000));
    let made = faults() - before;
    println!("1000 links, one after the other: {made} new pages");
    assert!(made < 500, "{made} new pages for 1000 links");
    // Of marks that nobody has any longer few are kept.
    let before = addressed();
    (0..100).for_each(|n| once(n, 2000 + n as usize));
    let kept = addressed().saturating_sub(before);
    println!("100 links of different marks: {kept} bytes");
    assert!(kept < 8 * 3100 * size_of::<u64>(), "{kept} bytes are kept");
}

#[test]
fn f16_a_link_or_channel_is_in_memory_as_far_as_it_has_been_used() {
    a_link_is_allocated_when_it_is_made();
    the_next_link_has_the_memory_of_one_that_was_hardly_used();
    let context = Context::new();
    let numbers = Context::<u64>::typed();
    let large = Context::<[u8; 4096]>::typed();
    drop((
        context.pull().unwrap(),
        numbers.pull().unwrap(),
        large.pull().unwrap(),
    ));
    for round in ["new", "after links that were full"] {
        println!("{round}");
        assert!(costs("1000 links of messages", || links(&context)) < 8 * MB);
        assert!(costs("1000 links of numbers", || links(&numbers)) < 8 * MB);
        assert!(costs("1000 links of 4 KB values", || links(&large)) < 16 * MB);
        let spsc = || [(); 1000].map(|()| spsc::bounded::<Message>(2000));
        assert!(costs("1000 SPSC channels", spsc) < 8 * MB);
        let mpmc = || [(); 1000].map(|()| channel::bounded::<Message>(2000));
        assert!(costs("1000 MPMC channels", mpmc) < 8 * MB);
        leave_memory(&context);
    }
    // What has been used is there, and is given back with the link.
    let before = resident();
    let pull = context.pull().unwrap();
    pull.bind("inproc://used").unwrap();
    let mut push = context.push().unwrap();
    push.connect("inproc://used").unwrap();
    let per_message = size_of::<Message>();
    (0..1000).for_each(|_| push.try_send("used").unwrap());
    let used = resident().saturating_sub(before);
    println!("1000 messages: {used} bytes");
    let half = 900 * per_message..2000 * per_message;
    assert!(half.contains(&used), "{used} bytes for half");
    (0..1000).for_each(|_| push.try_send("used").unwrap());
    let used = resident().saturating_sub(before);
    println!("2000 messages: {used} bytes");
    let all = 1900 * per_message..2500 * per_message;
    assert!(all.contains(&used), "{used} bytes for all");
    drop((push, pull));
    let kept = resident().saturating_sub(before);
    println!("kept: {kept} bytes");
    assert!(kept < 1000 * per_message, "{kept} bytes kept");
}
