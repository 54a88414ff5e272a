//! Random lives of Req, Rep, Dealer and Router sockets against a model that knows every turn: which peer is asked next and
//! who is heard next, every answer, every pipe in use.

mod kit;
#[path = "socket_turns_model/model.rs"]
mod model;

use gimmal_core::error::socket::EndpointError::{self, LeftBehind, TooManyPipes};
use gimmal_core::error::socket::{RecvError, SendReason};
use gimmal_core::socket::{Dealer, Identity, Push, Rep, Req, Router};
use gimmal_core::{Context, TermReport};
use kit::{Item, Ledger, wait};
use model::{HWM, Kind, Model, NAMES, PIPES, SOCKETS};
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
enum Op {
    Open(Kind),
    Close,
    Bind(usize),
    Unbind(usize),
    Connect(usize),
    Disconnect(usize),
    /// A Router sends to the socket in this place, or to this number.
    Send(usize),
    Recv,
    Name(u32),
    Shutdown,
}

fn op() -> impl Strategy<Value = (usize, Op)> {
    let name = || 0..NAMES.len();
    let kind = prop_oneof![
        Just(Kind::Req),
        Just(Kind::Rep),
        Just(Kind::Dealer),
        Just(Kind::Router)
    ];
    let op = prop_oneof![
        80 => kind.prop_map(Op::Open),
        16 => Just(Op::Close),
        50 => name().prop_map(Op::Bind),
        10 => name().prop_map(Op::Unbind),
        60 => name().prop_map(Op::Connect),
        10 => name().prop_map(Op::Disconnect),
        160 => (0..SOCKETS + 2).prop_map(Op::Send),
        160 => Just(Op::Recv),
        8 => (0..2_u32).prop_map(Op::Name),
        1 => Just(Op::Shutdown),
    ];
    (0..SOCKETS, op)
}

/// One socket more: it counts the pipes.
type Small = Context<Item, { SOCKETS + 1 }, PIPES, HWM>;

const PROBE: &str = "inproc://probe";

/// How many pipes are in use.
fn used(probe: &Push<'_, Item>) -> usize {
    let free = (0..PIPES).take_while(|_| probe.connect(PROBE).is_ok());
    let free = free.count();
    for _ in 0..free {
        probe.disconnect(PROBE).unwrap();
    }
    PIPES - free
}

enum Any<'c> {
    Req(Req<'c, Item>),
    Rep(Rep<'c, Item>),
    Dealer(Dealer<'c, Item>),
    Router(Router<'c, Item>),
}

/// The same call of whatever it is.
macro_rules! each {
    ($any:expr, $socket:ident => $call:expr) => {
        match $any {
            Any::Req($socket) => $call,
            Any::Rep($socket) => $call,
            Any::Dealer($socket) => $call,
            Any::Router($socket) => $call,
        }
    };
}

impl<'c> Any<'c> {
    fn open(context: &'c Small, kind: Kind) -> Option<Self> {
        Some(match kind {
            Kind::Req => Any::Req(context.req().ok()?),
            Kind::Rep => Any::Rep(context.rep().ok()?),
            Kind::Dealer => Any::Dealer(context.dealer().ok()?),
            Kind::Router => Any::Router(context.router().ok()?),
        })
    }

    fn recv(&mut self) -> Result<(Option<Identity>, usize), RecvError> {
        let plain = |got: Result<Item, RecvError>| got.map(|item| (None, item.id));
        match self {
            Any::Req(socket) => plain(socket.try_recv()),
            Any::Rep(socket) => plain(socket.try_recv()),
            Any::Dealer(socket) => plain(socket.try_recv()),
            Any::Router(socket) => socket.try_recv().map(|(from, item)| (Some(from), item.id)),
        }
    }

    fn send(&mut self, to: Identity, item: Item) -> Result<(), SendReason> {
        let sent = match self {
            Any::Req(socket) => socket.try_send(item),
            Any::Rep(socket) => socket.try_send(item),
            Any::Dealer(socket) => socket.try_send(item),
            Any::Router(socket) => socket.try_send_to(to, item),
        };
        sent.map_err(|error| error.reason)
    }
}

/// What `can_recv` has said is what `try_recv` says; in the wrong turn it is never `true`.
fn recv_was_told<R>(told: Result<bool, RecvError>, got: &Result<R, RecvError>) {
    match (told, got) {
        (Ok(true), Ok(_)) | (Ok(false), Err(RecvError::Empty)) => {}
        (Ok(false) | Err(_), Err(RecvError::WrongTurn)) => {}
        (Err(told), Err(why)) if told == *why => {}
        (told, got) => panic!("{told:?}, and then {:?}", got.as_ref().err()),
    }
}

/// The same of `can_send`. A Router cannot be told before it is known whom the message is for.
fn send_was_told(told: Result<bool, SendReason>, sent: Result<(), SendReason>, router: bool) {
    match (told, sent) {
        (Ok(true), Ok(())) | (Ok(false), Err(SendReason::Full)) => {}
        (Ok(false) | Err(_), Err(SendReason::WrongTurn)) => {}
        (Err(told), Err(why)) if told == why => {}
        (Ok(_) | Err(SendReason::Disconnected), Err(SendReason::Unreachable)) if router => {}
        (Ok(true), Err(SendReason::Full)) if router => {}
        (told, sent) => panic!("{told:?}, and then {sent:?}"),
    }
}

/// No pipe is left, whatever the reason is called.
fn no_pipe(result: Result<(), EndpointError>) -> Result<(), EndpointError> {
    result.map_err(|why| match why {
        LeftBehind(_) => TooManyPipes,
        why => why,
    })
}

fn run(ops: &[(usize, Op)]) {
    let ledger = Ledger::new();
    let context = Box::new(Small::new());
    let probe = context.push().unwrap();
    let mut sockets: [Option<Any<'_>>; SOCKETS] = [const { None }; SOCKETS];
    let mut model = Model::default();
    for (step, (who, op)) in ops.iter().enumerate() {
        // A look may give ends back that the next call would: half of the calls come without.
        let (who, looks) = (*who, step % 2 == 0);
        let Some(socket) = &mut sockets[who] else {
            if let Op::Open(kind) = *op {
                sockets[who] = Any::open(&context, kind);
                assert_eq!(sockets[who].is_none(), model.terminated);
                if let Some(socket) = &sockets[who] {
                    model.open(who, kind, each!(socket, socket => socket.identity()));
                }
            }
            continue;
        };
        match *op {
            Op::Open(_) => {}
            Op::Close => {
                let report = each!(sockets[who].take().unwrap(), socket => socket.close());
                assert_eq!(report, model.close(who), "{who}");
            }
            Op::Bind(n) => {
                let bound = each!(socket, socket => socket.bind(NAMES[n]));
                assert_eq!(bound, model.bind(who, n));
            }
            Op::Unbind(n) => {
                let done = each!(socket, socket => socket.unbind(NAMES[n]));
                assert_eq!(done, model.unbind(who, n));
            }
            Op::Connect(n) => {
                let linked = each!(socket, socket => socket.connect(NAMES[n]));
                assert_eq!(no_pipe(linked), model.connect(who, n));
            }
            Op::Disconnect(n) => {
                let cut = each!(socket, socket => socket.disconnect(NAMES[n]));
                assert_eq!(cut, model.disconnect(who, n));
            }
            Op::Send(to) => {
                let numbered = || Identity::new((to - SOCKETS) as u32);
                let to = match to < SOCKETS {
                    true => model.identity(to),
                    false => numbered(),
                };
                let item = ledger.item();
                let id = item.id;
                let told = looks.then(|| each!(socket, socket => socket.can_send()));
                let sent = socket.send(to, item);
                assert_eq!(sent, model.send(who, to, id), "{who} sends to {to:?}");
                if let Some(told) = told {
                    send_was_told(told, sent, matches!(socket, Any::Router(_)));
                }
            }
            Op::Recv => {
                let told = looks.then(|| each!(socket, socket => socket.can_recv()));
                let got = socket.recv();
                if let Some(told) = told {
                    recv_was_told(told, &got);
                }
                assert_eq!(got, model.recv(who), "{who} receives");
            }
            Op::Name(n) => {
                let named = each!(socket, socket => socket.set_identity(Identity::new(n)));
                assert_eq!(named, model.name(who, Identity::new(n)));
            }
            Op::Shutdown => {
                context.shutdown();
                model.terminated = true;
            }
        }
        if step % 3 == 0 && !model.terminated {
            assert_eq!(used(&probe), model.used(), "pipes in use");
        }
        if let (Some(socket), Some(to_send)) = (&sockets[who], model.is_to_send(who)) {
            let is = match socket {
                Any::Req(socket) => socket.is_to_send(),
                Any::Rep(socket) => socket.is_to_send(),
                _ => unreachable!("they have no turns"),
            };
            assert_eq!(is, to_send, "whose turn it is");
        }
    }
    for (who, socket) in sockets.into_iter().enumerate() {
        if let Some(socket) = socket {
            assert_eq!(each!(socket, socket => socket.close()), model.close(who));
        }
    }
    let left = model.left();
    if !model.terminated {
        // Every pipe, name and slot is free again.
        for name in NAMES {
            context.discard(name).unwrap();
        }
        assert_eq!(used(&probe), 0, "all are closed");
        let all: Vec<_> = (0..SOCKETS).map(|_| context.push().unwrap()).collect();
        for (number, socket) in all.iter().enumerate() {
            socket.bind(&format!("inproc://{number}")).unwrap();
        }
    }
    drop(probe);
    let undelivered = model.undelivered + left;
    assert_eq!(wait(context.term()), TermReport { undelivered });
    ledger.settle();
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 256 })
    })]

    #[test]
    fn they_behave_like_their_model(
        ops in prop::collection::vec(op(), 0..if cfg!(miri) { 40 } else { 300 }),
    ) {
        run(&ops);
    }
}
