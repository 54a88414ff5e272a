//! Contexts, sockets, what waits for them, and what they leave.

use core::cell::RefCell;
use core::pin::pin;

use critical_section::Mutex;
use gimmal_core::socket::{Identity, NotDone, Pair, WhenAlone, WhenFull};
use gimmal_core::{Context, Frames};

use crate::{begin, finish, show, show_format};

fn pairs() {
    let context = Context::<u8, 2, 2, 2>::new();
    show("context, no socket", &context);
    let mut left = context.pair().expect("a socket is free");
    let right = context.pair().expect("a socket is free");
    show("context, two sockets", &context);
    show("error of an open", &context.pair().err());
    show("pair, first", &left);
    show("pair, second", &right);
    left.bind("inproc://talk").expect("the name is free");
    right.connect("inproc://talk").expect("the name is bound");
    show("error of a connect", &right.connect("inproc://talk"));
    show("error of a bind", &right.bind("tcp://talk"));
    show("error of a mark", &left.set_send_hwm(0));
    show("pair, linked", &right);
    show("result of a socket's try_recv", &left.try_recv());
    {
        let mut receiving = pin!(left.recv());
        show_format("socket recv, not begun", &*receiving);
        begin(receiving.as_mut());
        show_format("socket recv, waits", &*receiving);
    }
    assert!(left.try_send(1).is_ok() && left.try_send(2).is_ok());
    show("result of a socket's try_send", &left.try_send(3));
    {
        let mut sending = pin!(left.send(3));
        begin(sending.as_mut());
        show_format("socket send, waits", &*sending);
    }
    show_format("wait of a socket to send", &left.sending(3));
    show_format("wait of a socket to receive", &left.receiving());
    show_format("wait to drain", &left.draining());
    show("close, two unread", &left.close());
    show("pair, its peer gone", &right);
    show("close, two discarded", &right.close());
    show("context, no socket any more", &context);
}

fn frames() {
    let mut message = Frames::<2, 8>::new();
    show("frames, none", &message);
    assert!(message.push_frame([1, 2, 3]).is_ok());
    show(
        "error of a frame that is too long",
        &message.push_frame([0; 6]).err(),
    );
    assert!(message.push_frame([]).is_ok());
    show("frames, two", &message);
    show("error of one frame too many", &message.push_frame([]).err());
    let mut left = message.frames();
    show("iterator of two frames", &left);
    assert_eq!(left.next(), Some(&[1, 2, 3][..]));
    show("iterator of frames, one left", &left);
}

/// Looks, when it is dropped, at the socket that drops it.
struct Spy;

static SPIED: Context<Spy, 2, 2, 2> = Context::new();
static SOCKET: Mutex<RefCell<Option<Pair<'static, Spy>>>> = Mutex::new(RefCell::new(None));

impl Drop for Spy {
    fn drop(&mut self) {
        critical_section::with(|cs| show("pair, at work", &*SOCKET.borrow_ref(cs)));
    }
}

fn at_work() {
    let mut peer = SPIED.pair().expect("a socket is free");
    peer.bind("inproc://spied").expect("the name is free");
    let socket = SPIED.pair().expect("a socket is free");
    socket.connect("inproc://spied").expect("the name is bound");
    assert!(peer.try_send(Spy).is_ok());
    critical_section::with(|cs| {
        SOCKET.replace(cs, Some(socket));
        if let Some(socket) = &*SOCKET.borrow_ref(cs) {
            show("pair, before", socket);
            show(
                "result of a disconnect",
                &socket.disconnect("inproc://spied"),
            );
            show("pair, disconnected", socket);
        }
    });
}

fn push_and_pull() {
    let context = Context::<u8, 3, 2, 2>::new();
    let mut push = context.push().expect("a socket is free");
    let mut pull = context.pull().expect("a socket is free");
    show("push, alone", &push);
    show("pull, alone", &pull);
    push.connect("inproc://first").expect("a pipe is free");
    show("push, waits for a name", &push);
    push.connect("inproc://second").expect("a pipe is free");
    pull.bind("inproc://first").expect("the name is free");
    show("pull, not looked yet", &pull);
    show("result of a pull", &pull.try_recv());
    show("pull, linked", &pull);
    show("push, two links", &push);
    for message in 1..=3 {
        assert!(push.try_send(message).is_ok());
    }
    show("result of a pull, linked", &pull.try_recv());
    {
        let mut terminating = pin!(context.term());
        show_format("term, not begun", &*terminating);
        begin(terminating.as_mut());
        show_format("term, waits", &*terminating);
        show("context, terminated", &context);
        show("error of a send", &push.try_send(4));
        show("close of a push", &push.close());
        show("close of a pull", &pull.close());
        show("report", &finish(terminating.as_mut()));
        show_format("term, done", &*terminating);
    }
    show_format("wait to terminate", &context.terminating());
    show("context, terminated and empty", &context);
    for what in [WhenAlone::Wait, WhenAlone::Disconnect] {
        show("when alone", &what);
    }
}

fn turns() {
    let context = Context::<u8, 2, 2, 1>::new();
    let req = context.req().expect("a socket is free");
    let mut rep = context.rep().expect("a socket is free");
    rep.bind("inproc://ask").expect("the name is free");
    show("rep, alone", &rep);
    show("answer to nobody", &rep.try_send(1));
    let Ok(req) = req.to_send() else { return };
    show("req, to send", &req);
    let again = req.try_send(1).err();
    show("no step yet", &again);
    let Some(NotDone::Again(req, _)) = again else {
        return;
    };
    let req = req.into_socket();
    req.connect("inproc://ask").expect("two pipes are free");
    let Ok(req) = req.to_send() else { return };
    let Ok(req) = req.try_send(1) else { return };
    show("req, to receive", &req);
    let _ = rep.close();
    show("a step that is over", &req.try_recv().err());
}

fn others() {
    let context = Context::<u8, 4, 2, 1, 1>::new();
    let dealer = context.dealer().expect("a socket is free");
    show("dealer", &dealer);
    show("identity, automatic", &dealer.identity());
    show(
        "result of an identity",
        &dealer.set_identity(dealer.identity()),
    );
    show("identity, given", &Identity::new(7));
    show("router", &context.router().ok());
    let subscribe = context.subscribe().expect("a socket is free");
    show("subscribe", &subscribe);
    show("error of a subscription", &subscribe.unsubscribe("a"));
    show(
        "publish",
        &Context::<[u8; 1], 1, 1, 1>::new().publish().ok(),
    );
    for what in [WhenFull::Drop, WhenFull::Wait] {
        show("when full", &what);
    }
}

pub(crate) fn show_all() {
    turns();
    others();
    pairs();
    at_work();
    push_and_pull();
    frames();
}
