//! Ends: what closing gives back while the other side sleeps, what closed sockets leave behind, and which end ends which.

mod kit;

use std::pin::pin;
use std::task::{self, Waker};
use std::thread;
use std::time::Instant;

use gimmal::socket::{CloseReport, EndpointError, Kind, RecvError, StillOpen};
use gimmal::wait::block_on;
use gimmal::{Context, Message, Pair, Pull, Push};

use kit::{LONG, SHORT, bounded, until_it_sleeps};

#[test]
fn f13_an_idle_pull_is_connected_to_a_million_times() {
    let context = Context::builder().hwm(1, 1).typed::<u64>().build();
    let mut pull = context.pull().unwrap();
    pull.bind("inproc://server").unwrap();
    // A limit for each part: what hangs is found, a slow machine is not.
    for part in 0..100 {
        let context = context.clone();
        bounded(move || {
            for client in 0..10_000 {
                let push = context.push().unwrap();
                if let Err(why) = push.connect("inproc://server") {
                    panic!("client {client} of part {part}: {why}");
                }
            }
        });
    }
    assert_eq!(pull.try_recv(), Err(RecvError::Empty));
}

/// More clients than a context of the default size has pipes, of every pattern; each server has looked at its first one.
#[test]
fn f13_idle_servers_of_each_pattern_outlive_their_clients() {
    bounded(|| {
        let context = Context::new();
        let mut pull = context.pull().unwrap();
        pull.bind("inproc://pull").unwrap();
        let mut push = context.push().unwrap();
        push.bind("inproc://push").unwrap();
        let mut pair = context.pair().unwrap();
        pair.bind("inproc://pair").unwrap();
        for client in 0..5000 {
            let (a, b) = (context.push().unwrap(), context.pull().unwrap());
            let c = context.pair().unwrap();
            a.connect("inproc://pull").unwrap();
            b.connect("inproc://push").unwrap();
            c.connect("inproc://pair").unwrap();
            if client == 0 {
                assert!(pull.try_recv().is_err());
                assert!(pair.try_recv().is_err());
                push.try_send("first").unwrap();
            }
        }
        let linked: usize = context.sockets().iter().map(|socket| socket.links).sum();
        assert_eq!(linked, 0);
    });
}

#[test]
fn f13_clients_in_many_threads_beside_a_server_that_reads() {
    bounded(|| {
        const CLIENTS: u64 = 4;
        const EACH: u64 = 2000;
        let context = Context::builder().pipes(8).hwm(2, 2).typed::<u64>().build();
        let mut pull = context.pull().unwrap();
        pull.bind("inproc://server").unwrap();
        thread::scope(|scope| {
            for client in 0..CLIENTS {
                let context = context.clone();
                scope.spawn(move || {
                    for number in 0..EACH {
                        let mut push = context.push().unwrap();
                        // What has been sent and not been read holds pipes.
                        while push.connect("inproc://server").is_err() {
                            thread::yield_now();
                        }
                        push.send(client * EACH + number).unwrap();
                    }
                });
            }
            // Each comes by a link of its own, in whatever order.
            let mut got: Vec<u64> = (0..CLIENTS * EACH).map(|_| pull.recv().unwrap()).collect();
            got.sort_unstable();
            assert!(got.into_iter().eq(0..CLIENTS * EACH));
        });
        drop(pull);
        assert_eq!(context.term().undelivered, 0);
    });
}

#[test]
fn f14_close_reports_what_waits_for_a_binder() {
    let context = Context::<u64>::typed();
    let mut push = context.push().unwrap();
    push.connect("inproc://later").unwrap();
    (0..5_u64).for_each(|number| push.send(number).unwrap());
    let report = CloseReport {
        unread: 5,
        discarded: 0,
    };
    assert_eq!(push.close(), report);
    let mut pull = context.pull().unwrap();
    pull.bind("inproc://later").unwrap();
    (0..5).for_each(|number| assert_eq!(pull.recv(), Ok(number)));
}

#[test]
fn f14_closed_sockets_leave_a_bounded_number_of_pipes_at_a_name() {
    let builder = Context::builder().pipes(40).left_behind(3);
    let context = builder.typed::<u64>().build();
    let leave = |name: &str| {
        let mut push = context.push().unwrap();
        push.connect(name)?;
        push.try_send(7_u64).unwrap();
        Ok(())
    };
    for _ in 0..3 {
        assert_eq!(leave("inproc://never"), Ok(()));
    }
    let Err(EndpointError::LeftBehind(left)) = leave("inproc://never") else {
        panic!("three is the bound");
    };
    assert_eq!((left.name(), left.pipes, left.messages), ("never", 3, 3));
    assert_eq!(leave("inproc://other"), Ok(()), "another name");
    let names: Vec<_> = context
        .left_behind()
        .iter()
        .map(|left| left.name().to_string())
        .collect();
    assert_eq!(names, ["never", "other"]);

    // Either way it is free again.
    assert_eq!(context.discard("inproc://never"), Ok(3));
    assert_eq!(leave("inproc://never"), Ok(()));
    let mut pull = context.pull().unwrap();
    pull.bind("inproc://never").unwrap();
    assert_eq!(pull.recv(), Ok(7));
    assert_eq!(context.left_behind().len(), 1);
    drop(pull);
    assert_eq!(context.term().undelivered, 4);
}

/// The default is a quarter of the pipes; a context that is full of what others left says whose it is.
#[test]
fn f14_a_context_that_is_full_says_of_what() {
    let builder = Context::builder().pipes(8);
    // Wires bring room with them, which other links may use.
    #[cfg(feature = "net")]
    let builder = builder.wires(0);
    let context = builder.build();
    for round in 0..2 {
        for name in ["a", "b", "c", "d"] {
            let mut push = context.push().unwrap();
            push.connect(&format!("inproc://{name}")).unwrap();
            push.send(Message::new("left")).unwrap();
        }
        assert_eq!(context.left_behind().len(), 4, "round {round}");
    }
    let push = context.push().unwrap();
    let refused = push.connect("inproc://e").unwrap_err().to_string();
    assert_eq!(
        refused,
        "closed sockets have left 2 messages in 2 pipes at inproc://a, which nobody has bound: bind it, or discard them"
    );
    context.discard("inproc://b").unwrap();
    push.connect("inproc://e").unwrap();
}

#[test]
fn shutdown_ends_a_close_that_lingers() {
    bounded(|| {
        let context = Context::<u64>::typed();
        let mut pull = context.pull().unwrap();
        pull.bind("inproc://slow").unwrap();
        let mut push = context.push().unwrap();
        push.connect("inproc://slow").unwrap();
        push.send(1_u64).unwrap();
        push.send(2_u64).unwrap();
        push.set_linger(None);
        let closing = thread::Builder::new().name("closing".into());
        let closing = closing.spawn(move || push.close()).unwrap();
        until_it_sleeps("closing");
        assert_eq!(pull.recv(), Ok(1));
        context.shutdown();
        let report = closing.join().unwrap();
        assert_eq!(report.unread, 1);
        assert_eq!(pull.recv(), Ok(2), "what was sent stays readable");
        assert_eq!(pull.recv(), Err(RecvError::Terminated));
    });
}

#[test]
fn a_close_lingers_neither_for_a_binder_nor_after_a_shutdown() {
    bounded(|| {
        let context = Context::<u64>::typed();
        let mut push = context.push().unwrap();
        push.connect("inproc://nobody").unwrap();
        push.send(1_u64).unwrap();
        push.set_linger(None);
        assert_eq!(push.close().unread, 1);
        let mut pair: Pair<u64> = context.pair().unwrap();
        pair.bind("inproc://pair").unwrap();
        let peer = context.pair().unwrap();
        peer.connect("inproc://pair").unwrap();
        pair.send(2_u64).unwrap();
        pair.set_linger(None);
        context.shutdown();
        assert_eq!(pair.close().unread, 1);
    });
}

/// A message that carries a socket of its own context.
struct Carrier(#[allow(dead_code)] Option<Push<Carrier>>);

#[test]
fn term_ends_a_socket_in_a_message_for_a_name_that_nobody_bound() {
    bounded(|| {
        let context = Context::<Carrier>::typed();
        let mut push = context.push().unwrap();
        push.connect("inproc://nobody").unwrap();
        let inner = context.push().unwrap();
        assert!(push.try_send(Carrier(Some(inner))).is_ok());
        drop(push);
        assert_eq!(context.open_sockets(), 1);
        assert_eq!(context.term_timeout(LONG).unwrap().undelivered, 1);
    });
}

#[test]
fn term_waits_for_a_socket_in_a_message_whose_reader_is_open() {
    bounded(|| {
        let context = Context::<Carrier>::typed();
        let pull = context.pull().unwrap();
        pull.bind("inproc://reader").unwrap();
        let mut push = context.push().unwrap();
        push.connect("inproc://reader").unwrap();
        let inner = context.push().unwrap();
        assert!(push.try_send(Carrier(Some(inner))).is_ok());
        drop(push);
        let StillOpen { sockets } = context.term_timeout(SHORT).unwrap_err();
        let patterns: Vec<_> = sockets.iter().map(|socket| socket.kind).collect();
        assert_eq!(patterns, [Kind::Pull, Kind::Push]);
        assert_eq!(pull.close().discarded, 1);
        assert_eq!(context.term_timeout(LONG).unwrap().undelivered, 1);
    });
}

#[test]
fn term_reports_a_socket_that_lies_in_its_own_link() {
    struct Itself(#[allow(dead_code)] Pull<Itself>);
    bounded(|| {
        let context = Context::<Itself>::typed();
        let pull = context.pull().unwrap();
        pull.bind("inproc://itself").unwrap();
        let mut push = context.push().unwrap();
        push.connect("inproc://itself").unwrap();
        assert!(push.try_send(Itself(pull)).is_ok());
        drop(push);
        let StillOpen { sockets } = context.term_timeout(SHORT).unwrap_err();
        assert_eq!(sockets.len(), 1);
        assert_eq!(sockets[0].kind, Kind::Pull);
    });
}

#[test]
fn a_context_ends_in_a_task_when_the_last_socket_has_closed() {
    bounded(|| {
        let context = Context::new();
        let pull = context.pull().unwrap();
        let waker = &mut task::Context::from_waker(Waker::noop());
        {
            let mut given_up = pin!(context.term_async());
            assert!(given_up.as_mut().poll(waker).is_pending());
            assert!(context.term_deadline(Instant::now()).is_err());
        }
        assert!(context.is_terminated());
        let mut ending = pin!(context.term_async());
        assert!(ending.as_mut().poll(waker).is_pending());
        let closes = thread::spawn(move || drop(pull));
        assert_eq!(block_on(ending).undelivered, 0);
        closes.join().unwrap();
        let deadline = Instant::now() + LONG;
        assert_eq!(context.term_deadline(deadline).unwrap().undelivered, 0);
    });
}
