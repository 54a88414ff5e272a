//! Random lives of Publish and Subscribe sockets against a model: who has subscribed to what, what lies in which link, who has
//! lost how many, every pipe and every subscription in use.

mod kit;
#[path = "socket_publish_model/model.rs"]
mod model;

use gimmal_core::error::socket::{RecvError, SendReason};
use gimmal_core::socket::{Publish, Push, Subscribe, Topic, WhenFull};
use gimmal_core::{Context, TermReport};
use kit::{Item, Ledger, wait};
use model::{ENTRIES, HWM, Model, NAMES, PIPES, SOCKETS, TOPICS};
use proptest::prelude::*;

const PROBE: &str = "inproc://probe";

/// A message; each copy of it is counted.
struct News {
    topic: &'static str,
    number: usize,
    _item: Item,
    ledger: Ledger,
}

fn news(ledger: &Ledger, topic: usize, number: usize) -> News {
    News {
        topic: TOPICS[topic],
        number,
        _item: ledger.item(),
        ledger: ledger.clone(),
    }
}

impl Clone for News {
    fn clone(&self) -> Self {
        News {
            _item: self.ledger.item(),
            ledger: self.ledger.clone(),
            ..*self
        }
    }
}

impl Topic for News {
    fn topic(&self) -> &[u8] {
        self.topic.as_bytes()
    }
}

#[derive(Clone, Copy, Debug)]
enum Op {
    OpenPublish,
    OpenSubscribe,
    Close,
    Bind(usize),
    Unbind(usize),
    Connect(usize),
    Disconnect(usize),
    /// A Publish sends; a Subscribe receives.
    Move(usize),
    Subscribe(usize),
    Unsubscribe(usize),
    WhenFull(bool),
    Shutdown,
}

fn op() -> impl Strategy<Value = (usize, Op)> {
    let name = || 0..NAMES.len();
    let topic = || 0..TOPICS.len();
    let op = prop_oneof![
        40 => Just(Op::OpenPublish),
        60 => Just(Op::OpenSubscribe),
        20 => Just(Op::Close),
        50 => name().prop_map(Op::Bind),
        10 => name().prop_map(Op::Unbind),
        70 => name().prop_map(Op::Connect),
        10 => name().prop_map(Op::Disconnect),
        300 => topic().prop_map(Op::Move),
        60 => topic().prop_map(Op::Subscribe),
        20 => topic().prop_map(Op::Unsubscribe),
        10 => any::<bool>().prop_map(Op::WhenFull),
        1 => Just(Op::Shutdown),
    ];
    (0..SOCKETS, op)
}

/// One socket more: it counts the pipes.
type Small = Context<News, { SOCKETS + 1 }, PIPES, HWM, ENTRIES>;

enum Any<'c> {
    Publish(Publish<'c, News>),
    Subscribe(Subscribe<'c, News>),
}

macro_rules! each {
    ($any:expr, $socket:ident => $call:expr) => {
        match $any {
            Any::Publish($socket) => $call,
            Any::Subscribe($socket) => $call,
        }
    };
}

/// How many pipes are in use.
fn used(probe: &Push<'_, News>) -> usize {
    let free = (0..PIPES).take_while(|_| probe.connect(PROBE).is_ok());
    let free = free.count();
    for _ in 0..free {
        probe.disconnect(PROBE).unwrap();
    }
    PIPES - free
}

fn send(socket: &mut Publish<'_, News>, news: News, looks: bool) -> Result<(), SendReason> {
    let told = looks.then(|| socket.can_send());
    let sent = socket.try_send(news).map_err(|error| error.reason);
    match (told, sent) {
        (None | Some(Ok(_)), Ok(())) | (None | Some(Ok(false)), Err(SendReason::Full)) => {}
        (Some(Err(told)), Err(why)) if told == why => {}
        (None, Err(_)) => {}
        both => panic!("{both:?}"),
    }
    sent
}

fn recv(socket: &mut Subscribe<'_, News>, looks: bool) -> Result<usize, RecvError> {
    let told = looks.then(|| socket.can_recv());
    let got = socket.try_recv().map(|news| news.number);
    if let Some(told) = told {
        let now = match got {
            Ok(_) => Ok(true),
            Err(RecvError::Empty) => Ok(false),
            Err(why) => Err(why),
        };
        assert_eq!(told, now);
    }
    got
}

fn run(ops: &[(usize, Op)]) {
    let ledger = Ledger::new();
    let context = Box::new(Small::new());
    let probe = context.push().unwrap();
    let mut sockets: [Option<Any<'_>>; SOCKETS] = [const { None }; SOCKETS];
    let mut model = Model::default();
    for (step, (who, op)) in ops.iter().enumerate() {
        let (who, looks) = (*who, step % 2 == 0);
        let Some(socket) = &mut sockets[who] else {
            let opened = match op {
                Op::OpenPublish => context.publish().map(Any::Publish),
                Op::OpenSubscribe => context.subscribe().map(Any::Subscribe),
                _ => continue,
            };
            assert_eq!(opened.is_err(), model.terminated);
            if let Ok(socket) = opened {
                model.open(who, matches!(socket, Any::Publish(_)));
                sockets[who] = Some(socket);
            }
            continue;
        };
        match (*op, socket) {
            (Op::Close, _) => {
                let report = each!(sockets[who].take().unwrap(), socket => socket.close());
                assert_eq!(report, model.close(who), "{who}");
            }
            (Op::Bind(n), socket) => {
                let bound = each!(socket, socket => socket.bind(NAMES[n]));
                assert_eq!(bound, model.bind(who, n));
            }
            (Op::Unbind(n), socket) => {
                let done = each!(socket, socket => socket.unbind(NAMES[n]));
                assert_eq!(done, model.unbind(who, n));
            }
            (Op::Connect(n), socket) => {
                let linked = each!(socket, socket => socket.connect(NAMES[n]));
                assert_eq!(linked, model.connect(who, n));
            }
            (Op::Disconnect(n), socket) => {
                let cut = each!(socket, socket => socket.disconnect(NAMES[n]));
                assert_eq!(cut, model.disconnect(who, n));
            }
            (Op::Move(topic), Any::Publish(socket)) => {
                let sent = send(socket, news(&ledger, topic, step), looks);
                assert_eq!(sent, model.send(who, topic, step), "{who} sends");
                assert_eq!(socket.dropped(), model.side(who).dropped);
            }
            (Op::Move(_), Any::Subscribe(socket)) => {
                assert_eq!(recv(socket, looks), model.recv(who), "{who} receives");
            }
            (Op::Subscribe(n), Any::Subscribe(socket)) => {
                assert_eq!(socket.subscribe(TOPICS[n]), model.subscribe(who, n));
            }
            (Op::Unsubscribe(n), Any::Subscribe(socket)) => {
                assert_eq!(socket.unsubscribe(TOPICS[n]), model.unsubscribe(who, n));
            }
            (Op::WhenFull(waits), Any::Publish(socket)) => {
                socket.set_when_full(if waits {
                    WhenFull::Wait
                } else {
                    WhenFull::Drop
                });
                model.side(who).lossless = waits;
            }
            (Op::Shutdown, _) => {
                context.shutdown();
                model.terminated = true;
            }
            _ => {}
        }
        if step % 3 == 0 && !model.terminated {
            assert_eq!(used(&probe), model.used(), "pipes in use");
        }
    }
    for (who, socket) in sockets.into_iter().enumerate() {
        if let Some(socket) = socket {
            assert_eq!(each!(socket, socket => socket.close()), model.close(who));
        }
    }
    if !model.terminated {
        assert_eq!(used(&probe), 0, "all are closed");
        let next = context.subscribe().unwrap();
        for prefix in 0..ENTRIES {
            next.subscribe([prefix as u8]).expect("no entry is kept");
        }
    }
    drop(probe);
    let undelivered = model.undelivered;
    assert_eq!(wait(context.term()), TermReport { undelivered });
    ledger.settle();
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 256 })
    })]

    #[test]
    fn publishers_and_subscribers_behave_like_their_model(
        ops in prop::collection::vec(op(), 0..if cfg!(miri) { 40 } else { 300 }),
    ) {
        run(&ops);
    }
}
