//! Sockets of one process.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use gimmal::socket::{Broker, WhenAlone, WhenFull};
use gimmal::{Context, Message, Pair, Pull, Push, Rep, Req, Subscribe};
use gimmal_histories::Dice;

use super::{Item, all_came, crowd, each_takes, items};

/// A context for a few sockets, of which each link holds few messages.
fn context(dice: &mut Dice) -> Context<Item> {
    let hwm = 1 + dice.below(16) as usize;
    let builder = Context::builder().sockets(12).names(12).pipes(48);
    builder.hwm(hwm, hwm).typed().build()
}

/// Several to several: what is sent comes once, and in order from each sender.
pub(super) fn push_pull(dice: &mut Dice) -> u64 {
    let (senders, receivers, each) = (1 + dice.below(3), 1 + dice.below(3), 100 + dice.below(400));
    let context = context(dice);
    let pulls: Vec<Pull<Item>> = (0..receivers)
        .map(|number| {
            let pull = context.pull().expect("there is room");
            pull.bind(&format!("inproc://{number}"))
                .expect("the name is free");
            pull.expect_peers(senders as usize);
            pull
        })
        .collect();
    let pushes: Vec<Push<Item>> = (0..senders)
        .map(|_| {
            let push = context.push().expect("there is room");
            (0..receivers).for_each(|number| {
                push.connect(&format!("inproc://{number}"))
                    .expect("there is room")
            });
            push
        })
        .collect();
    let (push, pull) = (each_takes(pushes), each_takes(pulls));
    let received = crowd(dice, senders + receivers, |number, _| {
        if number < senders {
            let mut push = push();
            items(number, each).for_each(|item| push.send(item).expect("its peers are there"));
            return Vec::new();
        }
        let mut pull = pull();
        std::iter::from_fn(|| pull.recv().ok()).collect()
    });
    all_came(&received, senders, each, true);
    assert_eq!(context.term().undelivered, 0);
    2 * senders * each
}

/// Both say all that they have, and read until the other one has gone.
pub(super) fn pair(dice: &mut Dice) -> u64 {
    let each = 100 + dice.below(400);
    let context = context(dice);
    let (one, other) = (
        context.pair().expect("there is room"),
        context.pair().expect("there is room"),
    );
    one.bind("inproc://pair").expect("the name is free");
    one.set_when_alone(WhenAlone::Disconnect);
    other.connect("inproc://pair").expect("there is room");
    let pair = each_takes::<Pair<Item>>([one, other]);
    let received = crowd(dice, 2, |number, _| {
        let mut pair = pair();
        let mut got = Vec::new();
        for item in items(number, each) {
            pair.send(item).expect("the other one reads");
            got.extend(pair.recv());
        }
        got
    });
    all_came(&received, 2, each, true);
    2 * each
}

/// Each question gets its own answer.
pub(super) fn req_rep(dice: &mut Dice) -> u64 {
    let (clients, each) = (1 + dice.below(4), 50 + dice.below(200));
    let context = context(dice);
    let rep = context.rep().expect("there is room");
    rep.bind("inproc://rep").expect("the name is free");
    rep.expect_peers(clients as usize);
    let reqs = clients_of(&context, clients, "inproc://rep");
    let (rep, req) = (each_takes([rep]), each_takes(reqs));
    let answers = crowd(dice, clients + 1, |number, _| {
        if number == clients {
            return answer(rep());
        }
        ask(req(), number, each);
        each
    });
    assert_eq!(answers.iter().sum::<u64>(), 2 * clients * each);
    4 * clients * each
}

/// So many clients, connected to a name.
fn clients_of(context: &Context<Item>, count: u64, name: &str) -> Vec<Req<Item>> {
    let open = |_| {
        let req = context.req().expect("there is room");
        req.connect(name).expect("there is room");
        req
    };
    (0..count).map(open).collect()
}

/// Asks so often, and gets the next number each time.
fn ask(mut req: Req<Item>, number: u64, each: u64) {
    for item in items(number, each) {
        req.send(item).expect("somebody answers");
        let (sender, number) = (item.sender, item.number + 1);
        assert_eq!(req.recv(), Ok(Item { sender, number }));
    }
}

/// Answers with the next number until all have gone; how often.
fn answer(mut rep: Rep<Item>) -> u64 {
    let mut answered = 0;
    while let Ok(Item { sender, number }) = rep.recv() {
        let number = number + 1;
        rep.send(Item { sender, number })
            .expect("who asked waits for it");
        answered += 1;
    }
    answered
}

/// The same through a broker with workers.
pub(super) fn broker(dice: &mut Dice) -> u64 {
    let (clients, workers, each) = (1 + dice.below(3), 1 + dice.below(3), 50 + dice.below(100));
    let context = context(dice);
    let front = context.router().expect("there is room");
    front.bind("inproc://front").expect("the name is free");
    front.expect_peers(clients as usize);
    let back = context.dealer().expect("there is room");
    back.bind("inproc://back").expect("the name is free");
    let open = |name: &str| {
        let rep = context.rep().expect("there is room");
        rep.connect(name).expect("there is room");
        rep
    };
    let reps: Vec<Rep<Item>> = (0..workers).map(|_| open("inproc://back")).collect();
    let reqs = clients_of(&context, clients, "inproc://front");
    let (rep, req, middle) = (
        each_takes(reps),
        each_takes(reqs),
        each_takes([(front, back)]),
    );
    let counts = crowd(dice, clients + workers + 1, |number, _| {
        if number < clients {
            ask(req(), number, each);
            return 0;
        }
        if number < clients + workers {
            return answer(rep());
        }
        let (front, back) = middle();
        let report = Broker::new(front, back).run();
        assert_eq!(report.questions, report.answers);
        0
    });
    assert_eq!(counts.iter().sum::<u64>(), clients * each);
    4 * clients * each
}

/// Each subscriber gets all that begins as it wants, in order.
pub(super) fn publish(dice: &mut Dice) -> u64 {
    let (subscribers, each) = (1 + dice.below(4), 50 + dice.below(200));
    let context = Context::builder()
        .sockets(8)
        .names(2)
        .pipes(16)
        .hwm(8, 8)
        .build();
    let mut publish = context.publish().expect("there is room");
    publish.bind("inproc://news").expect("the name is free");
    publish.set_when_full(WhenFull::Wait);
    let subscribes: Vec<Subscribe> = (0..subscribers)
        .map(|_| {
            let subscribe = context.subscribe().expect("there is room");
            subscribe.connect("inproc://news").expect("there is room");
            subscribe.subscribe("a").expect("there is room");
            subscribe
        })
        .collect();
    let (publish, subscribe) = (each_takes([publish]), each_takes(subscribes));
    let counts = crowd(dice, subscribers + 1, |number, _| {
        if number == subscribers {
            let mut publish = publish();
            for number in 0..each {
                publish
                    .send(format!("a{number}"))
                    .expect("it may send to nobody");
                publish
                    .send(format!("b{number}"))
                    .expect("it may send to nobody");
            }
            assert_eq!(publish.dropped(), 0);
            return each;
        }
        let mut subscribe = subscribe();
        let mut next = 0;
        while let Ok(message) = subscribe.recv() {
            assert_eq!(message, Message::from(format!("a{next}")));
            next += 1;
        }
        next
    });
    assert_eq!(counts, vec![each; subscribers as usize + 1]);
    (subscribers + 2) * each
}

/// A message whose drop is counted.
struct Counted<'c>(&'c AtomicU64);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// Contexts, names and links come and go, with messages in them: each is dropped once.
pub(super) fn contexts(dice: &mut Dice) -> u64 {
    static DROPS: AtomicU64 = AtomicU64::new(0);
    let before = DROPS.load(SeqCst);
    let (threads, each) = (1 + dice.below(3), 10 + dice.below(30));
    let context = Context::builder()
        .sockets(8)
        .names(8)
        .pipes(8)
        .hwm(4, 4)
        .typed::<Counted<'static>>()
        .build();
    let sent: u64 = crowd(dice, threads, |number, dice| {
        let mut sent = 0;
        for _ in 0..each {
            let name = format!("inproc://{number}");
            let mut push = context.push().expect("there is room");
            let mut pull = context.pull().expect("there is room");
            match dice.once_in(2) {
                true => push.bind(&name).and_then(|()| pull.connect(&name)),
                false => pull.connect(&name).and_then(|()| push.bind(&name)),
            }
            .expect("the name is free");
            for _ in 0..dice.below(6) {
                sent += 1;
                drop(push.try_send(Counted(&DROPS)));
            }
            for _ in 0..dice.below(4) {
                drop(pull.try_recv());
            }
            match dice.below(3) {
                0 => drop((push, pull)),
                1 => drop((pull, push)),
                _ => {
                    push.set_linger(Some(std::time::Duration::ZERO));
                    push.close();
                    pull.close();
                }
            }
        }
        sent
    })
    .iter()
    .sum();
    assert_eq!(context.open_sockets(), 0);
    context.term();
    assert_eq!(
        DROPS.load(SeqCst) - before,
        sent,
        "messages that were not dropped once"
    );
    threads * each + sent
}
