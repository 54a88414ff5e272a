//! Single operations on one thread, to be counted by callgrind: `benches/instructions/check.sh`.

#![forbid(unsafe_code)]

use std::hint::black_box;

use gimmal::poll::Poller;
use gimmal::queue::Queue;
use gimmal::{Context, Message, channel, ring, sync};
use gimmal_core as core;

/// How often each operation is done.
const TIMES: u32 = 1000;

/// What is counted: the script tells callgrind this name.
#[inline(never)]
fn measured(mut operation: impl FnMut()) {
    for _ in 0..TIMES {
        operation();
    }
}

/// One row of the page.
fn row(name: &str, mut operation: impl FnMut()) {
    // What only the first operations do is done before.
    (0..TIMES).for_each(|_| operation());
    println!("{name}");
    measured(operation);
}

fn main() {
    rings();
    channels();
    primitives();
    core_sockets();
    sockets();
    turns();
    messages();
    waits();
}

fn rings() {
    let mut spsc = ring::spsc::Ring::<u64, 64>::new();
    let (mut producer, mut consumer) = spsc.split();
    row("SPSC ring: `push`, `pop`", || {
        let _ = black_box(producer.push(black_box(7)));
        let _ = black_box(consumer.pop());
    });
    let mpmc = ring::mpmc::Ring::<u64, 64>::new();
    row("MPMC ring: `push`, `pop`", || {
        let _ = black_box(mpmc.push(black_box(7)));
        let _ = black_box(mpmc.pop());
    });
}

fn channels() {
    let mut spsc = core::channel::spsc::Channel::<u64, 64>::new();
    let (mut sender, mut receiver) = spsc.split();
    row("SPSC channel of the core: `try_send`, `try_recv`", || {
        let _ = black_box(sender.try_send(black_box(7)));
        let _ = black_box(receiver.try_recv());
    });
    let mpmc = core::channel::mpmc::Channel::<u64, 64>::new();
    row("MPMC channel of the core: `try_send`, `try_recv`", || {
        let _ = black_box(mpmc.try_send(black_box(7)));
        let _ = black_box(mpmc.try_recv());
    });
    let (mut sender, mut receiver) = channel::spsc::bounded::<u64>(64);
    row("SPSC channel: `send`, `recv`", || {
        let _ = black_box(sender.send(black_box(7)));
        let _ = black_box(receiver.recv());
    });
    let (sender, receiver) = channel::bounded::<u64>(64);
    row("MPMC channel: `send`, `recv`", || {
        let _ = black_box(sender.send(black_box(7)));
        let _ = black_box(receiver.recv());
    });
}

fn primitives() {
    let lock = core::sync::Lock::new(0_u64);
    row("Lock of the core: `try_lock`, unlock", || {
        if let Some(mut guard) = lock.try_lock() {
            *guard += black_box(7);
        }
    });
    let lock = sync::Lock::new(0_u64);
    row("Lock: `lock`, unlock", || *lock.lock() += black_box(7));
    let semaphore = sync::Semaphore::new(4);
    row("Semaphore: `acquire`, release", || {
        let _ = black_box(semaphore.acquire());
    });
    let event = sync::Event::new();
    row("Event: `set`, `wait`, `clear`", || {
        event.set();
        event.wait();
        event.clear();
    });
}

fn core_sockets() {
    let context = core::Context::<u64, 4, 4, 64>::new();
    let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    pull.bind("inproc://jobs").unwrap();
    push.connect("inproc://jobs").unwrap();
    row("Push and Pull of the core: `try_send`, `try_recv`", || {
        let _ = black_box(push.try_send(black_box(7)));
        let _ = black_box(pull.try_recv());
    });
    let (mut left, mut right) = (context.pair().unwrap(), context.pair().unwrap());
    left.bind("inproc://pair").unwrap();
    right.connect("inproc://pair").unwrap();
    row("Pair of the core: `try_send`, `try_recv`", || {
        let _ = black_box(left.try_send(black_box(7)));
        let _ = black_box(right.try_recv());
    });
}

fn sockets() {
    let context = Context::<u64>::typed();
    let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    pull.bind("inproc://jobs").unwrap();
    push.connect("inproc://jobs").unwrap();
    row("Push and Pull: `send`, `recv`", || {
        let _ = black_box(push.send(black_box(7_u64)));
        let _ = black_box(pull.recv());
    });
    let (mut left, mut right) = (context.pair().unwrap(), context.pair().unwrap());
    left.bind("inproc://pair").unwrap();
    right.connect("inproc://pair").unwrap();
    row("Pair: `send`, `recv`", || {
        let _ = black_box(left.send(black_box(7_u64)));
        let _ = black_box(right.recv());
    });
}

fn turns() {
    let context = Context::<u64>::typed();
    let (mut req, mut rep) = (context.req().unwrap(), context.rep().unwrap());
    rep.bind("inproc://service").unwrap();
    req.connect("inproc://service").unwrap();
    row("Req and Rep: a question and its answer", || {
        let _ = black_box(req.send(black_box(7_u64)));
        let _ = black_box(rep.recv());
        let _ = black_box(rep.send(black_box(7_u64)));
        let _ = black_box(req.recv());
    });
    let (mut router, mut dealer) = (context.router().unwrap(), context.dealer().unwrap());
    router.bind("inproc://router").unwrap();
    dealer.connect("inproc://router").unwrap();
    row("Dealer and Router: a message and its answer", || {
        let _ = black_box(dealer.send(black_box(7_u64)));
        if let Ok((from, value)) = router.recv() {
            let _ = black_box(router.send_to(from, value));
        }
        let _ = black_box(dealer.recv());
    });
}

fn messages() {
    let context = Context::new();
    let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    pull.bind("inproc://jobs").unwrap();
    push.connect("inproc://jobs").unwrap();
    for size in [16, 1024] {
        let bytes = vec![1_u8; size];
        row(
            &format!("Push and Pull: a Message of {size} bytes, copied"),
            || {
                let _ = black_box(push.send(Message::copy_of(black_box(&bytes))));
                let _ = black_box(pull.recv());
            },
        );
    }
    let (mut publish, mut subscribe) = (context.publish().unwrap(), context.subscribe().unwrap());
    publish.bind("inproc://news").unwrap();
    subscribe.connect("inproc://news").unwrap();
    subscribe.subscribe(b"").unwrap();
    row(
        "Publish and Subscribe: a Message of 16 bytes, copied",
        || {
            let _ = black_box(publish.send(Message::copy_of(black_box(&[1_u8; 16]))));
            let _ = black_box(subscribe.recv());
        },
    );
}

fn waits() {
    let queue = Queue::<u64>::new(64);
    row("Queue: `put`, `get`", || {
        let _ = black_box(queue.put(black_box(7)));
        let _ = black_box(queue.get());
    });
    let events: [sync::Event; 8] = std::array::from_fn(|_| sync::Event::new());
    events[7].set();
    let mut poller = Poller::<8>::new(std::array::from_fn(|index| events[index].readable()));
    row("Poller of 8 events, one set: `poll`", || {
        let _ = black_box(poller.poll());
    });
}
