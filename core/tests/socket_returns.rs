//! What a socket used is given back when its `close` returns, although the socket at the other end does nothing: pipes, names,
//! slots. And what closed sockets may leave at a name that nobody binds.

mod kit;

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use gimmal_core::Context;
use gimmal_core::error::socket::{EndpointError, LeftBehind, RecvError, SendReason};
use gimmal_core::socket::WhenAlone;

use kit::{Ledger, rounds, wait, within};

const LONG: Duration = Duration::from_secs(60);

#[test]
fn f13_a_static_context_serves_clients_one_after_the_other_while_its_pull_sleeps() {
    static CONTEXT: Context<u32, 2, 1, 2> = Context::new();
    let pull = CONTEXT.pull().unwrap();
    pull.bind("inproc://server").unwrap();
    for client in 0..rounds(100_000) {
        let push = CONTEXT.push().unwrap();
        let linked = push.connect("inproc://server");
        assert_eq!(linked, Ok(()), "client {client}");
        assert_eq!(push.close().unread, 0);
    }
}

/// The server has looked once, so that the ends of its links are its own, and then no more.
#[test]
fn f13_a_pull_that_has_looked_sleeps_as_well() {
    static CONTEXT: Context<u32, 3, 2, 2> = Context::new();
    let mut pull = CONTEXT.pull().unwrap();
    pull.bind("inproc://server").unwrap();
    let mut stays = CONTEXT.push().unwrap();
    stays.connect("inproc://server").unwrap();
    for client in 0..rounds(1000) {
        let push = CONTEXT.push().unwrap();
        let linked = push.connect("inproc://server");
        assert_eq!(linked, Ok(()), "client {client}");
        if client % 3 == 0 {
            assert_eq!(pull.try_recv(), Err(RecvError::Empty));
        }
    }
    stays.try_send(7).unwrap();
    assert_eq!(pull.try_recv(), Ok(7));
}

#[test]
fn f13_a_push_whose_readers_come_and_go_while_it_sleeps() {
    static CONTEXT: Context<u32, 2, 1, 2> = Context::new();
    let mut push = CONTEXT.push().unwrap();
    push.bind("inproc://server").unwrap();
    for client in 0..rounds(10_000) {
        let mut pull = CONTEXT.pull().unwrap();
        let linked = pull.connect("inproc://server");
        assert_eq!(linked, Ok(()), "client {client}");
        if client % 3 == 0 {
            // Its end of the link is its own now, and what is unread is dropped by the close.
            push.try_send(7).unwrap();
            assert_eq!(pull.close().discarded, 1);
        } else {
            assert_eq!(pull.try_recv(), Err(RecvError::Empty));
        }
    }
    assert_eq!(
        push.try_send(7).map_err(|error| error.reason),
        Err(SendReason::Full)
    );
}

#[test]
fn f13_a_pair_whose_peers_come_and_go_while_it_sleeps() {
    static CONTEXT: Context<u32, 2, 2, 2> = Context::new();
    let mut server = CONTEXT.pair().unwrap();
    server.bind("inproc://server").unwrap();
    for client in 0..rounds(10_000) {
        let mut pair = CONTEXT.pair().unwrap();
        let linked = pair.connect("inproc://server");
        assert_eq!(linked, Ok(()), "client {client}");
        if client % 3 == 0 {
            server.try_send(7).unwrap();
        }
        if client % 6 == 0 {
            assert_eq!(pair.try_recv(), Ok(7));
        }
    }
}

/// The end that goes is that of a socket which bound; the other one, which connected, sleeps.
#[test]
fn f13_binders_come_and_go_beside_a_connected_socket_that_sleeps() {
    static CONTEXT: Context<u32, 2, 1, 2> = Context::new();
    let mut push = CONTEXT.push().unwrap();
    push.set_when_alone(WhenAlone::Wait);
    for _ in 0..rounds(1000) {
        let pull = CONTEXT.pull().unwrap();
        pull.bind("inproc://x").unwrap();
        assert_eq!(push.connect("inproc://x"), Ok(()));
        drop(pull);
    }
    for _ in 0..rounds(1000) {
        assert_eq!(push.connect("inproc://x"), Ok(()));
        assert_eq!(push.disconnect("inproc://x"), Ok(()));
    }
    assert!(push.try_send(1).is_err());
}

#[test]
fn f13_the_last_message_that_is_read_frees_the_pipe() {
    static CONTEXT: Context<u32, 3, 1, 2> = Context::new();
    let mut pull = CONTEXT.pull().unwrap();
    pull.bind("inproc://server").unwrap();
    for client in 0..rounds(1000) {
        let mut push = CONTEXT.push().unwrap();
        assert_eq!(push.connect("inproc://server"), Ok(()), "client {client}");
        push.try_send(1).unwrap();
        push.try_send(2).unwrap();
        assert_eq!(push.close().unread, 2);
        assert_eq!(pull.try_recv(), Ok(1));
        let next = CONTEXT.push().unwrap();
        assert_eq!(
            next.connect("inproc://server"),
            Err(EndpointError::TooManyPipes),
            "one is unread"
        );
        drop(next);
        assert_eq!(pull.try_recv(), Ok(2));
    }
}

#[test]
fn f13_the_names_of_links_that_have_ended_are_free() {
    static CONTEXT: Context<u32, 2, 1, 2> = Context::new();
    let pull = CONTEXT.pull().unwrap();
    for name in 0..rounds(1000) {
        let name = format!("inproc://{name}");
        assert_eq!(pull.bind(&name), Ok(()));
        let push = CONTEXT.push().unwrap();
        assert_eq!(push.connect(&name), Ok(()));
        pull.unbind(&name).unwrap();
    }
}

#[test]
fn f13_a_peer_that_went_while_the_socket_slept_is_counted() {
    let context = Context::<u32, 2, 1, 2>::new();
    let mut pull = context.pull().unwrap();
    pull.bind("inproc://server").unwrap();
    pull.expect_peers(3);
    for _ in 0..3 {
        assert_eq!(pull.try_recv(), Err(RecvError::Empty));
        let push = context.push().unwrap();
        push.connect("inproc://server").unwrap();
    }
    assert_eq!(pull.try_recv(), Err(RecvError::Disconnected));

    let mut push = context.push().unwrap();
    let pull = context.pull();
    assert!(pull.is_err(), "the first one still has its slot");
    push.set_when_alone(WhenAlone::Disconnect);
    assert_eq!(
        push.try_send(1).map_err(|error| error.reason),
        Err(SendReason::Full),
        "a slot that is used again has had no peers"
    );
}

/// The owner runs all the time: what a close cannot give back meanwhile is given back by its next call, or by who needs it.
#[test]
fn f13_clients_of_a_server_that_never_rests() {
    static CONTEXT: Context<usize, 2, 1, 2> = Context::new();
    static OVER: AtomicBool = AtomicBool::new(false);
    within(LONG, || {
        let mut pull = CONTEXT.pull().unwrap();
        pull.bind("inproc://server").unwrap();
        let server = thread::spawn(move || {
            let mut next = 0;
            while !OVER.load(SeqCst) {
                if let Ok(number) = pull.try_recv() {
                    assert_eq!(number, next, "in order, and each once");
                    next += 1;
                }
            }
            (next, pull.try_recv())
        });
        let clients = rounds(2000);
        let mut sent = 0;
        for client in 0..clients {
            let mut push = CONTEXT.push().unwrap();
            // What the last one sent may still be unread.
            while push.connect("inproc://server").is_err() {
                thread::yield_now();
            }
            if client % 2 == 0 {
                push.try_send(sent).unwrap();
                sent += 1;
            }
        }
        // All has been read when the pipe is free again.
        let push = CONTEXT.push().unwrap();
        while push.connect("inproc://server").is_err() {
            thread::yield_now();
        }
        OVER.store(true, SeqCst);
        assert_eq!(server.join().unwrap(), (sent, Err(RecvError::Empty)));
    });
}

/// A socket that was forgotten keeps its slot and name, and the messages that it has not read; nothing else.
#[test]
fn f13_clients_of_a_server_that_was_forgotten() {
    let mut context = Box::new(Context::<u32, 2, 3, 2>::new());
    let mut pull = context.pull().unwrap();
    pull.bind("inproc://server").unwrap();
    for _ in 0..2 {
        let mut push = context.push().unwrap();
        push.connect("inproc://server").unwrap();
        // It has these links among its peers, and will not read all that came by them.
        (0..2).for_each(|number| push.try_send(number).unwrap());
        pull.try_recv().unwrap();
    }
    std::mem::forget(pull);
    for _ in 0..3 {
        for _ in 0..10 {
            let push = context.push().unwrap();
            assert_eq!(push.connect("inproc://server"), Ok(()));
        }
        let moved = *context;
        let elsewhere = Box::new(moved);
        context = elsewhere;
    }
}

fn left(context: &Context<impl Send, 2, 4, 3>) -> Vec<LeftBehind> {
    let mut left = Vec::new();
    context.each_left(|at| left.push(at));
    left
}

#[test]
fn f14_the_error_names_the_name_that_closed_sockets_hold_the_pipes_of() {
    let context = Context::<u32, 2, 4, 3>::new();
    for (name, times) in [("inproc://rare", 1), ("inproc://often", 3)] {
        for time in 1..=times {
            let mut push = context.push().unwrap();
            push.connect(name).unwrap();
            (0..time).for_each(|i| push.try_send(i).unwrap());
            assert_eq!(push.close().unread, time as usize);
        }
    }
    let push = context.push().unwrap();
    let Err(EndpointError::LeftBehind(often)) = push.connect("inproc://rare") else {
        panic!("there is no pipe left");
    };
    assert_eq!((often.name(), often.pipes, often.messages), ("often", 3, 6));
    assert_eq!(
        EndpointError::LeftBehind(often).to_string(),
        "closed sockets have left 6 messages in 3 pipes at inproc://often, which nobody has bound: bind it, or discard them"
    );
    let third = push.connect("inproc://third");
    assert_eq!(third, Err(EndpointError::LeftBehind(often)), "no name left");
    let names: Vec<_> = left(&context)
        .iter()
        .map(|at| (at.name().to_string(), at.pipes, at.messages))
        .collect();
    assert_eq!(
        names,
        [("rare".to_string(), 1, 1), ("often".to_string(), 3, 6)]
    );
    assert_eq!(context.discard("inproc://often"), Ok(6));
    assert_eq!(push.connect("inproc://third"), Ok(()));
    assert_eq!(context.discard("inproc://often"), Ok(0));
    assert_eq!(left(&context).len(), 1);
    let mut pull = context.pull().unwrap();
    pull.bind("inproc://rare").unwrap();
    assert_eq!(left(&context), [], "a binder frees it too");
    assert_eq!(pull.try_recv(), Ok(0));
    drop((push, pull));
    assert_eq!(wait(context.term()).undelivered, 6);
}

#[test]
fn f14_discarding_leaves_alone_what_open_sockets_have_sent() {
    let ledger = Ledger::new();
    {
        let context = Context::<_, 2, 4, 3>::new();
        let mut open = context.push().unwrap();
        open.connect("inproc://x").unwrap();
        assert!(open.try_send(ledger.item()).is_ok());
        let mut closed = context.push().unwrap();
        closed.connect("inproc://x").unwrap();
        assert!(closed.try_send(ledger.item()).is_ok());
        assert_eq!(context.discard("inproc://x"), Ok(0));
        drop(closed);
        assert_eq!(context.discard("inproc://x"), Ok(1));
        let mut pull = context.pull().unwrap();
        pull.bind("inproc://x").unwrap();
        assert_eq!(pull.try_recv().map(|item| item.id), Ok(0));
        assert_eq!(context.discard("inproc://x"), Ok(0), "it is bound");
        assert_eq!(
            context.discard("x"),
            Err(EndpointError::InvalidEndpoint),
            "a name is checked"
        );
    }
    assert_eq!(ledger.dropped(), 2);
    ledger.settle();
}

/// Nobody binds after the shutdown, so the end drops what lies at names at once.
#[test]
fn f14_the_end_does_not_wait_to_drop_what_nobody_can_read() {
    let context = Context::<u32, 3, 2, 3>::new();
    let holder = context.pull().unwrap();
    let mut push = context.push().unwrap();
    push.connect("inproc://x").unwrap();
    push.try_send(1).unwrap();
    drop(push);
    let mut term = std::pin::pin!(context.term());
    let mut looks = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(term.as_mut().poll(&mut looks).is_pending());
    context.each_left(|at| panic!("still there: {at}"));
    drop(holder);
    let std::task::Poll::Ready(report) = term.as_mut().poll(&mut looks) else {
        panic!("the last socket is closed");
    };
    assert_eq!(report.undelivered, 1);
}
