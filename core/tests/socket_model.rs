//! Random lives of several Pairs against a model that fits on a page: who has a peer, what lies in which link, every answer.

mod kit;

use std::collections::VecDeque;

use gimmal_core::error::socket::EndpointError::{self, *};
use gimmal_core::error::socket::{RecvError, SendReason};
use gimmal_core::socket::{CloseReport, Pair};
use gimmal_core::{Context, TermReport};
use kit::{Item, Ledger, wait};
use proptest::prelude::*;

const SOCKETS: usize = 4;
const HWM: usize = 2;
const NAMES: [&str; 3] = ["inproc://a", "inproc://b", "inproc://c"];

#[derive(Clone, Copy, Debug)]
enum Op {
    Open,
    Close,
    Bind(usize),
    Unbind(usize),
    Connect(usize),
    Disconnect(usize),
    Send,
    Recv,
}

fn op() -> impl Strategy<Value = (usize, Op)> {
    let name = || 0..NAMES.len();
    let op = prop_oneof![
        4 => Just(Op::Open),
        1 => Just(Op::Close),
        3 => name().prop_map(Op::Bind),
        1 => name().prop_map(Op::Unbind),
        4 => name().prop_map(Op::Connect),
        1 => name().prop_map(Op::Disconnect),
        8 => Just(Op::Send),
        8 => Just(Op::Recv),
    ];
    (0..SOCKETS, op)
}

/// What one socket has.
#[derive(Default)]
struct Side {
    bound: Vec<usize>,
    /// The link that lives, pending or not.
    link: Option<usize>,
    /// A link that it sent (received) through has ended.
    had_out: bool,
    had_in: bool,
}

/// One connect: who connected, by which name, with whom, and the messages of both ways: to the connecter, to the binder.
struct Link {
    connecter: usize,
    name: usize,
    binder: Option<usize>,
    live: bool,
    to_connecter: VecDeque<usize>,
    to_binder: VecDeque<usize>,
    /// Who may still read each way.
    reads_connecter: bool,
    reads_binder: bool,
}

#[derive(Default)]
struct Model {
    sides: [Option<Side>; SOCKETS],
    links: Vec<Link>,
    undelivered: usize,
}

impl Model {
    fn side(&mut self, who: usize) -> &mut Side {
        self.sides[who].as_mut().unwrap()
    }

    fn linked(&self, who: usize) -> Option<usize> {
        self.sides[who].as_ref().and_then(|side| side.link)
    }

    fn binder(&self, name: usize) -> Option<usize> {
        let holds = |side: &Option<Side>| side.as_ref().is_some_and(|s| s.bound.contains(&name));
        self.sides.iter().position(holds)
    }

    /// Links that wait at a name: pending ones, and what closed connecters have left.
    fn waiting(&self, name: usize) -> Vec<usize> {
        let waits = |link: &Link| link.name == name && link.binder.is_none() && link.reads_binder;
        (0..self.links.len())
            .filter(|i| waits(&self.links[*i]))
            .collect()
    }

    fn bind(&mut self, who: usize, name: usize) -> Result<(), EndpointError> {
        if self.binder(name).is_some() {
            return Err(AddressInUse);
        }
        let waiting = self.waiting(name);
        let live = waiting.iter().any(|i| self.links[*i].live);
        if live && self.linked(who).is_some() {
            return Err(PeerTaken);
        }
        for i in waiting {
            self.links[i].binder = Some(who);
            if self.links[i].live {
                self.side(who).link = Some(i);
            } else {
                self.side(who).had_in = true;
            }
        }
        self.side(who).bound.push(name);
        Ok(())
    }

    fn unbind(&mut self, who: usize, name: usize) -> Result<(), EndpointError> {
        let bound = &mut self.side(who).bound;
        let at = bound.iter().position(|n| *n == name).ok_or(NotConnected)?;
        bound.remove(at);
        Ok(())
    }

    fn connect(&mut self, who: usize, name: usize) -> Result<(), EndpointError> {
        if self.linked(who).is_some() {
            return Err(PeerTaken);
        }
        let binder = self.binder(name);
        match binder {
            Some(other) if other == who || self.linked(other).is_some() => return Err(PeerTaken),
            None if self.waiting(name).iter().any(|i| self.links[*i].live) => {
                return Err(PeerTaken);
            }
            _ => {}
        }
        self.links.push(Link {
            connecter: who,
            name,
            binder,
            live: true,
            to_connecter: VecDeque::new(),
            to_binder: VecDeque::new(),
            reads_connecter: true,
            reads_binder: true,
        });
        let new = Some(self.links.len() - 1);
        self.side(who).link = new;
        if let Some(other) = binder {
            self.side(other).link = new;
        }
        Ok(())
    }

    /// `who` ends its link: how many messages it had sent are unread, and how many it throws away.
    fn cut(&mut self, who: usize) -> (usize, usize) {
        let Some(at) = self.side(who).link.take() else {
            return (0, 0);
        };
        let link = &mut self.links[at];
        link.live = false;
        let connects = link.connecter == who;
        let (mine, theirs) = if connects {
            link.reads_connecter = false;
            (&mut link.to_connecter, &link.to_binder)
        } else {
            link.reads_binder = false;
            (&mut link.to_binder, &link.to_connecter)
        };
        let (unread, lost) = (theirs.len(), mine.len());
        mine.clear();
        let (other, joined) = (link.binder, link.binder.is_some());
        if !joined {
            // It stays at the name for a later binder, if there is anything.
            link.reads_binder = unread > 0;
            return (unread, lost);
        }
        let other = if connects {
            other.unwrap()
        } else {
            link.connecter
        };
        for side in [who, other] {
            let side = self.side(side);
            side.link = None;
            side.had_out = true;
            side.had_in = true;
        }
        (unread, lost)
    }

    fn disconnect(&mut self, who: usize, name: usize) -> Result<(), EndpointError> {
        let mine = |i: &usize| self.links[*i].connecter == who && self.links[*i].name == name;
        self.linked(who).filter(mine).ok_or(NotConnected)?;
        self.undelivered += self.cut(who).1;
        Ok(())
    }

    /// All that `who` may read.
    fn inboxes(&mut self, who: usize) -> impl Iterator<Item = &mut VecDeque<usize>> {
        self.links.iter_mut().filter_map(move |link| {
            if link.connecter == who && link.reads_connecter {
                Some(&mut link.to_connecter)
            } else if link.binder == Some(who) && link.reads_binder {
                Some(&mut link.to_binder)
            } else {
                None
            }
        })
    }

    fn alone(&mut self, who: usize, had: bool) -> bool {
        self.linked(who).is_none() && self.side(who).bound.is_empty() && had
    }

    fn send(&mut self, who: usize, id: usize) -> Result<(), SendReason> {
        if let Some(at) = self.linked(who) {
            let link = &mut self.links[at];
            let way = if link.connecter == who {
                &mut link.to_binder
            } else {
                &mut link.to_connecter
            };
            if way.len() < HWM {
                way.push_back(id);
                return Ok(());
            }
            return Err(SendReason::Full);
        }
        let had = self.side(who).had_out;
        Err(if self.alone(who, had) {
            SendReason::Disconnected
        } else {
            SendReason::Full
        })
    }

    fn received(&mut self, who: usize, got: Result<usize, RecvError>) {
        let fronts: Vec<usize> = self
            .inboxes(who)
            .filter_map(|q| q.front().copied())
            .collect();
        match got {
            Ok(id) => {
                assert!(fronts.contains(&id), "{id} is not in front: {fronts:?}");
                let mut of = self.inboxes(who).filter(|q| q.front() == Some(&id));
                of.next().unwrap().pop_front();
            }
            Err(why) => {
                assert!(fronts.is_empty(), "{why:?} beside {fronts:?}");
                let had = self.side(who).had_in;
                let alone = self.alone(who, had);
                assert_eq!(why == RecvError::Disconnected, alone);
                assert_eq!(why == RecvError::Empty, !alone);
            }
        }
    }

    fn close(&mut self, who: usize) -> CloseReport {
        let (unread, mut discarded) = self.cut(who);
        for link in &mut self.links {
            if link.connecter == who && link.reads_connecter {
                discarded += std::mem::take(&mut link.to_connecter).len();
                link.reads_connecter = false;
            } else if link.binder == Some(who) && link.reads_binder {
                discarded += std::mem::take(&mut link.to_binder).len();
                link.reads_binder = false;
            }
            // Its slot may get another owner.
            if link.connecter == who {
                link.connecter = usize::MAX;
            }
        }
        self.undelivered += discarded;
        self.sides[who] = None;
        CloseReport { unread, discarded }
    }
}

/// What a verb says that moves nothing or everything, as `can_send` and `can_recv` have told it.
fn said<E>(told: Result<bool, E>, not_now: E) -> Result<(), E> {
    match told {
        Ok(true) => Ok(()),
        Ok(false) => Err(not_now),
        Err(never) => Err(never),
    }
}

fn run(ops: &[(usize, Op)]) {
    let ledger = Ledger::new();
    // Room for every link of a run: who refuses for want of room is another test's question.
    let context = Box::new(Context::<Item, SOCKETS, 160, HWM>::new());
    let mut sockets: [Option<Pair<'_, Item>>; SOCKETS] = [const { None }; SOCKETS];
    let mut model = Model::default();
    for (who, op) in ops {
        let Some(socket) = &mut sockets[*who] else {
            sockets[*who] = Some(context.pair().unwrap());
            model.sides[*who] = Some(Side::default());
            continue;
        };
        match *op {
            Op::Open => {}
            Op::Close => {
                let report = sockets[*who].take().unwrap().close();
                assert_eq!(report, model.close(*who), "{who}");
            }
            Op::Bind(n) => assert_eq!(socket.bind(NAMES[n]), model.bind(*who, n)),
            Op::Unbind(n) => assert_eq!(socket.unbind(NAMES[n]), model.unbind(*who, n)),
            Op::Connect(n) => assert_eq!(socket.connect(NAMES[n]), model.connect(*who, n)),
            Op::Disconnect(n) => {
                assert_eq!(socket.disconnect(NAMES[n]), model.disconnect(*who, n));
            }
            Op::Send => {
                let item = ledger.item();
                let id = item.id;
                let expected = socket.can_send();
                let sent = socket.try_send(item).map_err(|error| error.reason);
                assert_eq!(
                    sent,
                    said(expected, SendReason::Full),
                    "can_send has told so"
                );
                assert_eq!(sent, model.send(*who, id));
            }
            Op::Recv => {
                let expected = socket.can_recv();
                let got = socket.try_recv().map(|item| item.id);
                let told = said(expected, RecvError::Empty);
                assert_eq!(got.map(drop), told, "can_recv has told so");
                model.received(*who, got);
            }
        }
    }
    for (who, socket) in sockets.into_iter().enumerate() {
        if let Some(socket) = socket {
            assert_eq!(socket.close(), model.close(who));
        }
    }
    let left: usize = model.links.iter().map(|link| link.to_binder.len()).sum();
    let undelivered = model.undelivered + left;
    assert_eq!(wait(context.term()), TermReport { undelivered });
    ledger.settle();
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 512 })
    })]

    #[test]
    fn pairs_behave_like_their_model(
        ops in prop::collection::vec(op(), 0..if cfg!(miri) { 40 } else { 200 }),
    ) {
        run(&ops);
    }
}
