//! Sockets, links and contexts that come and go a hundred thousand times: nothing is kept, no slot, name or pipe is lost. One
//! test, because it counts what the whole process has.
#![cfg(target_os = "linux")]

use std::thread;

use gimmal::{Context, Message};

const SOCKETS: usize = 8;
const CYCLES: usize = 100_000;

fn context() -> Context {
    Context::builder()
        .sockets(SOCKETS)
        .names(4)
        .pipes(8)
        .build()
}

/// Bind first or connect first, read all or leave something, close in either order: by the number of the round.
fn cycle(context: &Context, round: usize) {
    let name = ["inproc://a", "inproc://b", "inproc://c"][round % 3];
    let (mut pull, mut push) = (context.pull().unwrap(), context.push().unwrap());
    if round & 1 == 0 {
        pull.bind(name).unwrap();
        push.connect(name).unwrap();
    } else {
        push.connect(name).unwrap();
        push.try_send("before").unwrap();
        pull.bind(name).unwrap();
        assert!(pull.recv().unwrap() == "before");
    }
    push.try_send("read").unwrap();
    push.try_send("perhaps").unwrap();
    assert!(pull.recv().unwrap() == "read");
    match round >> 1 & 3 {
        0 => drop((push, pull)),
        1 => drop((pull, push)),
        2 => {
            push.disconnect(name).unwrap();
            assert!(pull.recv().unwrap() == "perhaps");
            pull.unbind(name).unwrap();
        }
        _ => {
            // Both ways, and known by identity.
            let (dealer, router) = (context.dealer().unwrap(), context.router().unwrap());
            router.bind("inproc://both").unwrap();
            dealer.connect("inproc://both").unwrap();
        }
    }
}

/// Subscriptions that end by an unsubscribe, with their socket, or beside a publisher that has gone: none is found by the next
/// Subscribe, which has the slot of the one before.
fn topics(context: &Context, round: usize) {
    let wanted = format!("wanted in round {round}");
    let (mut publish, mut subscribe) = (context.publish().unwrap(), context.subscribe().unwrap());
    publish.bind("inproc://topics").unwrap();
    subscribe.connect("inproc://topics").unwrap();
    publish.try_send("wanted by nobody yet").unwrap();
    publish
        .try_send(format!("wanted in round {}", round.wrapping_sub(1)))
        .unwrap();
    assert!(
        subscribe.try_recv().is_err(),
        "it has subscribed to nothing"
    );
    subscribe.subscribe(&wanted).unwrap();
    publish.try_send(wanted.clone()).unwrap();
    assert!(subscribe.recv().unwrap() == *wanted);
    match round & 3 {
        0 => {
            subscribe.unsubscribe(&wanted).unwrap();
            publish.try_send(wanted.clone()).unwrap();
            assert!(subscribe.try_recv().is_err(), "it wants nothing any more");
            assert!(subscribe.unsubscribe(&wanted).is_err());
        }
        1 => drop((subscribe, publish)),
        2 => drop((publish, subscribe)),
        _ => {
            // Twice, and something unread.
            subscribe.subscribe(&wanted).unwrap();
            publish.try_send(wanted).unwrap();
            subscribe.disconnect("inproc://topics").unwrap();
        }
    }
}

/// Questions that are answered, and those whose asker or answerer goes in between.
fn questions(context: &Context, round: usize) {
    let (mut req, mut rep) = (context.req().unwrap(), context.rep().unwrap());
    rep.bind("inproc://questions").unwrap();
    req.connect("inproc://questions").unwrap();
    req.try_send("a question").unwrap();
    match round & 3 {
        0 => drop(rep),
        1 => {
            assert!(rep.recv().unwrap() == "a question");
            drop(req);
            assert!(rep.try_send("an answer").is_err());
        }
        2 => {
            assert!(rep.recv().unwrap() == "a question");
            rep.try_send("an answer that nobody reads").unwrap();
            drop((req, rep));
        }
        _ => {
            assert!(rep.recv().unwrap() == "a question");
            rep.try_send("an answer").unwrap();
            assert!(req.recv().unwrap() == "an answer");
        }
    }
}

/// What is left behind by connecters that nobody met.
fn lonely(context: &Context) {
    let mut push = context.push().unwrap();
    push.connect("inproc://nobody").unwrap();
    push.try_send("lost").unwrap();
    drop(push);
    assert_eq!(context.discard("inproc://nobody"), Ok(1));
}

/// The bytes of this process that are in memory.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}

/// Does `step` so often, and asserts that the process has no more memory afterwards than after the first hundredth.
fn keeps_nothing(what: &str, times: usize, mut step: impl FnMut(usize)) {
    (0..times / 100).for_each(&mut step);
    let before = resident();
    (0..times).for_each(&mut step);
    let kept = resident().saturating_sub(before);
    println!("{what}: {kept} bytes more after {times} cycles");
    assert!(
        kept < 1_000_000,
        "{what}: {kept} bytes more after {times} cycles"
    );
}

#[test]
fn a_hundred_thousand_lives_leave_nothing() {
    let shared = context();
    keeps_nothing("sockets and links", CYCLES, |round| cycle(&shared, round));
    keeps_nothing("subscriptions", CYCLES, |round| topics(&shared, round));
    keeps_nothing("questions", CYCLES, |round| questions(&shared, round));
    keeps_nothing("connects without a bind", CYCLES, |_| lonely(&shared));

    // In several threads, beside each other: each has names of its own, all share slots and pipes.
    let roomy = Context::<Message>::builder().sockets(32).build();
    keeps_nothing("lives of four threads", 100, |_| {
        thread::scope(|scope| {
            for number in 0..4 {
                let context = &roomy;
                scope.spawn(move || {
                    for _ in 0..CYCLES / 400 {
                        let name = format!("inproc://{number}");
                        let (pull, mut push) = (context.pull().unwrap(), context.push().unwrap());
                        push.connect(&name).unwrap();
                        push.try_send("x").unwrap();
                        pull.bind(&name).unwrap();
                    }
                });
            }
        });
    });

    // Contexts that end, and others in their place.
    keeps_nothing("contexts", CYCLES / 10, |round| {
        let context = context();
        cycle(&context, round);
        assert_eq!(context.open_sockets(), 0);
        context.term();
    });

    // Every slot, name and pipe can still be had.
    assert_eq!((shared.open_sockets(), roomy.open_sockets()), (0, 0));
    assert_eq!(shared.snapshot().links.len(), 0);
    let pairs: Vec<_> = (0..SOCKETS / 2)
        .map(|number| {
            let name = format!("inproc://last-{number}");
            let (one, other) = (shared.pair().unwrap(), shared.pair().unwrap());
            one.bind(&name).unwrap();
            other.connect(&name).unwrap();
            (one, other)
        })
        .collect();
    assert!(
        shared.pull().is_err(),
        "there are as many as were asked for"
    );
    drop(pairs);
    assert_eq!(shared.term().undelivered, undelivered());
}

/// What `cycle`, `topics` and `questions` leave unread in a link, and `lonely` at a name, in all the rounds above.
fn undelivered() -> usize {
    let rounds = || (0..CYCLES / 100).chain(0..CYCLES);
    let cycles = rounds().filter(|round| round >> 1 & 3 != 2).count();
    let topics = rounds().filter(|round| round & 3 == 3).count();
    let questions = rounds().filter(|round| round & 1 == 0).count();
    cycles + topics + questions + CYCLES / 100 + CYCLES
}
