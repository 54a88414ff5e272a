//! What holds for every two patterns that talk to each other: who binds and who connects, in which order, with how many
//! names, whose turn it is, and what the end of a link or of a peer is for the other side.

mod kit;

use std::any::Any;

use gimmal::socket::{
    Dealer, EndpointError, Kind, Pattern, Publish, RecvError, Rep, Req, Router, SendReason, Socket,
    Subscribe,
};
use gimmal::{Context, Message, Pair, Pull, Push};

use kit::verbs::{Hears, Says};

/// Why there was no exchange.
#[derive(Debug, PartialEq, Eq)]
enum Why {
    Refused(SendReason),
    Silent(RecvError),
}
use Why::{Refused, Silent};

type Of<P> = Socket<Message, P>;

/// A step of an exchange, by one of its two sides.
type Step<S> = fn(&mut Of<S>) -> Result<(), Why>;

fn says<S: Says>(socket: &mut S) -> Result<(), Why> {
    let sent = Says::tries(socket, "a message".into());
    sent.map_err(|error| Refused(error.reason))
}

fn hears<S: Hears>(socket: &mut S) -> Result<(), Why> {
    Hears::tries(socket).map(drop).map_err(Silent)
}

fn answers<S: Hears + Says>(socket: &mut S) -> Result<(), Why> {
    hears(socket)?;
    says(socket)
}

fn routes(router: &mut Router) -> Result<(), Why> {
    let (from, question) = router.try_recv().map_err(Silent)?;
    let sent = router.try_send_to(from, question);
    sent.map_err(|error| Refused(error.reason))
}

/// There is no answer.
fn nothing<S>(_: &mut S) -> Result<(), Why> {
    Ok(())
}

/// The whole of an exchange: what the first one begins, the second one serves, and the first one fetches.
type Exchange<A, B> = (Step<A>, Step<B>, Step<A>);

fn once<A: Pattern + 'static, B: Pattern + 'static>(
    (begin, serve, fetch): Exchange<A, B>,
    a: &mut Of<A>,
    b: &mut Of<B>,
) {
    begin(a).unwrap();
    serve(b).unwrap();
    fetch(a).unwrap();
}

/// Runs `check` for every two patterns of which the first one may have many peers: it begins, the second one serves, and the
/// first one fetches the answer, if there are answers.
macro_rules! every_pairing {
    ($check:ident) => {
        $check((says::<Push>, hears::<Pull>, nothing));
        $check((says::<Req>, answers::<Rep>, hears));
        $check((says::<Req>, routes, hears));
        $check((says::<Dealer>, answers::<Rep>, hears));
        $check((says::<Dealer>, routes, hears));
        $check((says::<Dealer>, answers::<Dealer>, hears));
        $check((says::<Publish>, hears::<Subscribe>, nothing));
    };
}

/// Opens a socket; a Subscribe wants everything.
fn open<P: Pattern + 'static>(context: &Context) -> Of<P> {
    let socket: Of<P> = context.open().unwrap();
    if let Some(subscribe) = (&socket as &dyn Any).downcast_ref::<Subscribe>() {
        subscribe.subscribe("").unwrap();
    }
    socket
}

fn link<A: Pattern, B: Pattern>(bound: &Of<A>, connected: &Of<B>, name: &str) {
    bound.bind(name).unwrap();
    connected.connect(name).unwrap();
}

/// It binds two names and connects to two.
fn link_at_four_names<A: Pattern, B: Pattern>(one: &Of<A>, peers: &[Of<B>]) {
    link(one, &peers[0], "inproc://0");
    link(one, &peers[1], "inproc://1");
    link(&peers[2], one, "inproc://2");
    link(&peers[3], one, "inproc://3");
}

#[test]
fn either_side_binds_and_either_comes_first() {
    fn check<A: Pattern + 'static, B: Pattern + 'static>((begin, serve, fetch): Exchange<A, B>) {
        let context = Context::new();
        for (first_binds, connect_is_early) in
            [(true, true), (true, false), (false, true), (false, false)]
        {
            let (mut a, mut b) = (open::<A>(&context), open::<B>(&context));
            match (first_binds, connect_is_early) {
                (true, false) => link(&a, &b, "inproc://x"),
                (false, false) => link(&b, &a, "inproc://x"),
                (true, true) => {
                    b.connect("inproc://x").unwrap();
                    a.bind("inproc://x").unwrap();
                }
                (false, true) => {
                    a.connect("inproc://x").unwrap();
                    b.bind("inproc://x").unwrap();
                }
            }
            for _ in 0..3 {
                once((begin, serve, fetch), &mut a, &mut b);
            }
        }
    }
    every_pairing!(check);
    check((says::<Pair>, answers::<Pair>, hears));
}

/// It has bound two names and connected to two, and each of the four peers gets its turn: exactly every fourth, or a copy of
/// everything.
#[test]
fn one_speaks_to_its_peers_at_four_names_in_turns() {
    fn check<A: Pattern + 'static, B: Pattern + 'static>((begin, serve, fetch): Exchange<A, B>) {
        let context = Context::new();
        let mut a = open::<A>(&context);
        let mut peers: Vec<_> = (0..4).map(|_| open::<B>(&context)).collect();
        link_at_four_names(&a, &peers);
        let copies = A::KIND == Kind::Publish;
        let mut last = None;
        for round in 0..12 {
            begin(&mut a).unwrap();
            let mut got = Vec::new();
            for (number, peer) in peers.iter_mut().enumerate() {
                match serve(peer) {
                    Ok(()) => got.push(number),
                    Err(why) => assert_eq!(why, Silent(RecvError::Empty)),
                }
            }
            fetch(&mut a).unwrap();
            match copies {
                true => assert_eq!(got, [0, 1, 2, 3]),
                false => {
                    assert_eq!(got.len(), 1, "round {round} of {:?}", A::KIND);
                    assert!(last.is_none_or(|last| (last + 1) % 4 == got[0]), "{got:?}");
                    last = Some(got[0]);
                }
            }
        }
    }
    every_pairing!(check);
}

/// The messages that lie in the ways to the socket in slot 0.
fn unread(context: &Context) -> Vec<usize> {
    let links = context.snapshot().links;
    let to_it = links.iter().filter(|link| link.reader == Some(0));
    to_it.map(|link| link.messages).collect()
}

#[test]
fn one_hears_each_of_its_four_peers_once_per_turn() {
    fn check<A: Pattern + 'static, B: Pattern + 'static>((begin, serve, _): Exchange<A, B>) {
        let context = Context::new();
        let mut b = open::<B>(&context);
        let mut peers: Vec<_> = (0..4).map(|_| open::<A>(&context)).collect();
        link_at_four_names(&b, &peers);
        // Each as much as it may: a Req has one question at a time.
        let ahead = if A::KIND == Kind::Req { 1 } else { 3 };
        for peer in &mut peers {
            (0..ahead).for_each(|_| begin(peer).unwrap());
        }
        for turn in 1..=ahead {
            for _ in 0..4 {
                serve(&mut b).unwrap();
            }
            assert_eq!(unread(&context), [ahead - turn; 4], "{:?}", B::KIND);
        }
        assert_eq!(serve(&mut b), Err(Silent(RecvError::Empty)));
    }
    every_pairing!(check);
}

#[test]
fn a_disconnect_ends_the_link_and_an_unbind_does_not() {
    fn check<A: Pattern + 'static, B: Pattern + 'static>((begin, serve, fetch): Exchange<A, B>) {
        let context = Context::new();
        let (mut a, mut b) = (open::<A>(&context), open::<B>(&context));
        link(&b, &a, "inproc://x");
        b.unbind("inproc://x").unwrap();
        once((begin, serve, fetch), &mut a, &mut b);
        a.disconnect("inproc://x").unwrap();
        assert_eq!(a.disconnect("inproc://x"), Err(EndpointError::NotConnected));
        assert_eq!(begin(&mut a), Err(Refused(SendReason::Disconnected)));
        assert_eq!(serve(&mut b), Err(Silent(RecvError::Disconnected)));
        // Both begin anew.
        link(&b, &a, "inproc://x");
        once((begin, serve, fetch), &mut a, &mut b);
    }
    every_pairing!(check);
    check((says::<Pair>, answers::<Pair>, hears));
}

#[test]
fn the_loss_of_a_peer_is_reported_to_either_side() {
    fn check<A: Pattern + 'static, B: Pattern + 'static>((begin, serve, fetch): Exchange<A, B>) {
        let context = Context::new();
        // The one that serves goes.
        let (mut a, b) = (open::<A>(&context), open::<B>(&context));
        link(&b, &a, "inproc://x");
        begin(&mut a).unwrap();
        assert_eq!(b.close().discarded, 1);
        let has_answers = fetch(&mut a);
        if A::KIND != Kind::Push && A::KIND != Kind::Publish {
            assert_eq!(has_answers, Err(Silent(RecvError::Disconnected)));
        }
        assert_eq!(begin(&mut a), Err(Refused(SendReason::Disconnected)));
        drop(a);
        // The one that has begun goes: what it said is heard, and then its end.
        let (mut a, mut b) = (open::<A>(&context), open::<B>(&context));
        link(&a, &b, "inproc://x");
        begin(&mut a).unwrap();
        assert_eq!(a.close().unread, 1);
        let heard = serve(&mut b);
        match B::KIND {
            Kind::Pull | Kind::Subscribe => assert_eq!(heard, Ok(())),
            // The question is heard, and nobody is left to be answered.
            Kind::Rep | Kind::Router => assert_eq!(heard, Err(Refused(SendReason::Unreachable))),
            _ => assert_eq!(heard, Err(Refused(SendReason::Disconnected))),
        }
        assert_eq!(serve(&mut b), Err(Silent(RecvError::Disconnected)));
    }
    every_pairing!(check);
    check((says::<Pair>, answers::<Pair>, hears));
}
