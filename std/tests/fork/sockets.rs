//! Sockets of the operating system, which a child shares with its parent, and what stops them.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;

use gimmal::poll::Poller;
use gimmal::stop::{on_reads, on_socket};
use gimmal::{Context, Runtime, Stop};

use crate::forking::forked;
use crate::kit::bounded;
use crate::kit::child::{Child, Part};

pub(crate) const PARTS: &[Part] = &[
    ("stops", stops),
    ("made", made),
    ("contexts", contexts),
    ("asides", asides),
    ("statics", statics),
];

/// The child stops and drops all it has of its parent; nothing of the parent's ends.
fn stops() -> i32 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (mut stream, mut peer) = UnixStream::pair().unwrap();
    let stop = on_socket(&listener).unwrap();
    let (ends, reads) = (on_socket(&stream).unwrap(), on_reads(&stream).unwrap());
    let outcome = Runtime::run(|run| {
        let token = run.termination();
        let mut all = Some((
            token.on(stop.clone()),
            [stop.clone(), ends.clone(), reads.clone()],
        ));
        forked(|| {
            let (subscription, all) = all.take().unwrap();
            all.iter().for_each(Stop::stop);
            // It asks the run that it was forked in, whose subscribers are the parent's.
            token.request();
            assert!(all.iter().all(|one| !one.is_stopped()));
            drop((subscription, all));
        });
        peer.write_all(b"x").unwrap();
        assert_eq!(stream.read(&mut [0]).unwrap(), 1);
        stream.write_all(b"y").unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        assert!(stop.until_stopped(listener.accept()).unwrap().is_some());
        // They are the parent's to stop.
        let (_subscription, _all) = all.unwrap();
        token.request();
        assert!(stop.until_stopped(listener.accept()).unwrap().is_none());
        ends.stop();
        assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    });
    outcome.exit_code()
}

#[test]
fn a_child_does_not_stop_the_sockets_of_its_parent() {
    Child::start("stops").exits_with(0);
}

/// One that the child makes stops the socket that both have.
fn made() -> i32 {
    let (mut stream, _peer) = UnixStream::pair().unwrap();
    forked(|| on_socket(&stream).unwrap().stop());
    let length = bounded(move || stream.read(&mut [0]).unwrap());
    i32::try_from(length).unwrap()
}

#[test]
fn a_stop_that_a_child_makes_is_for_the_socket_that_both_have() {
    Child::start("made").exits_with(0);
}

/// Asks and answers once, looks with a poller, and publishes.
fn exchange(context: &Context, name: &str) {
    let (mut req, mut rep) = (context.req().unwrap(), context.rep().unwrap());
    rep.bind(name).unwrap();
    req.connect(name).unwrap();
    req.send("question").unwrap();
    assert!(Poller::new([rep.readable()]).poll().is_readable(0));
    let question = rep.recv().unwrap();
    rep.send(question).unwrap();
    assert!(req.recv().unwrap() == "question");
    let (mut publish, mut subscribe) = (context.publish().unwrap(), context.subscribe().unwrap());
    let news = format!("{name}-news");
    publish.bind(&news).unwrap();
    subscribe.connect(&news).unwrap();
    subscribe.subscribe("n").unwrap();
    publish.send("news").unwrap();
    assert!(subscribe.recv().unwrap() == "news");
}

/// The child uses the context of its parent's run, shuts it down, and ends a run of its own; the
/// parent's goes on.
fn contexts() -> i32 {
    let outcome = Runtime::run(|run| {
        let context = run.context();
        exchange(&context, "inproc://before");
        forked(|| {
            exchange(&run.context(), "inproc://child");
            let inner = Runtime::run(|inner| exchange(&inner.context(), "inproc://inner"));
            assert!(inner.result.is_ok() && inner.left.still_open.is_empty());
            context.shutdown();
            assert_eq!(context.term().undelivered, 0);
        });
        assert!(!context.is_terminated());
        exchange(&context, "inproc://after");
    });
    assert!(outcome.left.still_open.is_empty());
    outcome.exit_code()
}

#[test]
fn f10_a_child_uses_and_ends_the_contexts_of_a_run_and_the_parents_go_on() {
    bounded(|| Child::start("contexts").exits_with(0));
}

/// A Pull with many peers, most of which it has set aside before the fork: the child's part of them and the parent's are used on.
fn asides() -> i32 {
    const PEERS: u32 = 40;
    let context = Context::builder().typed::<u32>().build();
    let mut pull = context.pull().unwrap();
    pull.bind("inproc://many").unwrap();
    let mut pushes: Vec<_> = (0..PEERS)
        .map(|_| {
            let push = context.push().unwrap();
            push.connect("inproc://many").unwrap();
            push
        })
        .collect();
    // Looks in vain, until all but a few are aside.
    (0..20).for_each(|_| assert!(pull.try_recv().is_err()));
    let mut use_on = || {
        for (n, push) in (0..PEERS).zip(&mut pushes).rev() {
            push.send(n).unwrap();
            assert_eq!(pull.recv(), Ok(n));
        }
        pushes.iter_mut().for_each(|push| push.send(7_u32).unwrap());
        (0..PEERS).for_each(|_| assert_eq!(pull.recv(), Ok(7)));
    };
    forked(&mut use_on);
    use_on();
    0
}

#[test]
fn a_child_and_its_parent_use_links_that_were_set_aside_before() {
    bounded(|| Child::start("asides").exits_with(0));
}

/// A context of the core in a static, with its table of subscriptions: the child adds to what was there, its parent hears nothing
/// of that.
fn statics() -> i32 {
    static NEWS: gimmal_core::Context<&str, 2, 2, 4, 2> = gimmal_core::Context::new();
    let (mut publish, mut subscribe) = (NEWS.publish().unwrap(), NEWS.subscribe().unwrap());
    publish.bind("inproc://news").unwrap();
    subscribe.connect("inproc://news").unwrap();
    subscribe.subscribe("a").unwrap();
    let mut heard = || {
        for news in ["a", "b", "c"] {
            publish.try_send(news).unwrap();
        }
        let all = std::iter::from_fn(|| subscribe.try_recv().ok());
        (all.collect::<Vec<_>>(), subscribe.subscribe("b"))
    };
    forked(|| {
        assert_eq!(heard(), (vec!["a"], Ok(())));
        assert_eq!(heard(), (vec!["a", "b"], Ok(())));
    });
    // A table with room for two.
    assert_eq!(heard(), (vec!["a"], Ok(())));
    0
}

#[test]
fn a_child_subscribes_in_a_static_context_for_itself_alone() {
    Child::start("statics").exits_with(0);
}
