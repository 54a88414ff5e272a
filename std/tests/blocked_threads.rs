//! Sixteen threads, blocked in everything that blocks, and a signal: the process ends in order, with
//! the right status, each time. Each run in a process of its own: see `kit/child.rs`.
#![cfg(unix)]

mod kit;

use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gimmal::channel::Sender;
use gimmal::error::WaitError;
use gimmal::error::socket::{RecvError, SendReason};
use gimmal::poll::{Poller, Selected2, select};
use gimmal::signal::Second;
use gimmal::socket::{Proxy, ProxyEnd};
use gimmal::sync::{Condition, Event, Lock};
use gimmal::{Context, Runtime, Termination, channel, stop, thread};
use nix::sys::signal::Signal::{self, SIGINT, SIGTERM};

use kit::child::{Child, Part, play, say};

/// The child side of every test here.
#[test]
fn child() {
    play(PARTS);
}

/// The parts that children play.
const PARTS: &[Part] = &[
    ("blocked", || blocked("inproc", Second::Exit)),
    ("patient", || blocked("inproc", Second::Ignore)),
    #[cfg(feature = "net")]
    ("blocked over tcp", || blocked("tcp", Second::Exit)),
    #[cfg(feature = "net")]
    ("blocked over ipc", || blocked("ipc", Second::Exit)),
];

/// How each of the sixteen blocks. It says that it is there just before.
type Blocks = fn(&Context, &Termination, At, &Sender<()>);

const KINDS: [Blocks; 8] = [
    sends, receives, asks, polls, selects, proxies, waits, accepts,
];

/// Where a thread binds and connects.
#[derive(Clone, Copy)]
struct At {
    over: &'static str,
    number: usize,
}

impl At {
    /// An endpoint that nobody else binds.
    fn own(self, of: &str) -> String {
        let At { over, number } = self;
        match over {
            "tcp" => "tcp://127.0.0.1:*".into(),
            "ipc" => {
                let name = format!("gimmal-blocked-{}-{of}-{number}", std::process::id());
                format!("ipc://{}", std::env::temp_dir().join(name).display())
            }
            _ => format!("inproc://{of}-{number}"),
        }
    }

    /// An endpoint that nobody binds.
    fn nobodys(self) -> String {
        match self.over {
            "tcp" => "tcp://127.0.0.1:1".into(),
            _ => self.own("nobody"),
        }
    }
}

fn sends(context: &Context, _: &Termination, at: At, ready: &Sender<()>) {
    let mut push = context.push().unwrap();
    push.bind(&at.own("send")).unwrap();
    ready.send(()).unwrap();
    assert_eq!(
        push.send("nobody").unwrap_err().reason,
        SendReason::Terminated
    );
}

fn receives(context: &Context, _: &Termination, at: At, ready: &Sender<()>) {
    let mut pull = context.pull().unwrap();
    pull.bind(&at.own("recv")).unwrap();
    ready.send(()).unwrap();
    assert_eq!(pull.recv().unwrap_err(), RecvError::Terminated);
}

fn asks(context: &Context, _: &Termination, at: At, ready: &Sender<()>) {
    let mut req = context.req().unwrap();
    req.connect(&at.nobodys()).unwrap();
    req.send("anybody?").unwrap();
    ready.send(()).unwrap();
    assert_eq!(req.recv().unwrap_err(), RecvError::Terminated);
}

fn polls(context: &Context, _: &Termination, at: At, ready: &Sender<()>) {
    let (mut first, mut second) = (context.pull().unwrap(), context.push().unwrap());
    first.bind(&at.own("poll")).unwrap();
    ready.send(()).unwrap();
    let seen = Poller::new([first.readable(), second.writable()]).poll();
    assert!(seen.has_ended(0) || seen.has_ended(1));
}

fn selects(context: &Context, _: &Termination, at: At, ready: &Sender<()>) {
    let mut pull = context.pull().unwrap();
    pull.bind(&at.own("select")).unwrap();
    let never = Event::new();
    ready.send(()).unwrap();
    match select((pull.receiving(), never.waiting())).wait() {
        Selected2::First(received, _) => assert_eq!(received.unwrap_err(), RecvError::Terminated),
        Selected2::Second(..) => panic!("nobody sets it"),
    }
}

fn proxies(context: &Context, _: &Termination, at: At, ready: &Sender<()>) {
    let (mut front, mut back) = (context.pull().unwrap(), context.push().unwrap());
    front.bind(&at.own("front")).unwrap();
    back.bind(&at.own("back")).unwrap();
    ready.send(()).unwrap();
    let report = Proxy::one_way(&mut front, &mut back).run();
    assert_eq!(report.end, ProxyEnd::Terminated);
}

fn waits(_: &Context, termination: &Termination, _: At, ready: &Sender<()>) {
    let both = Arc::new((Lock::new(()), Condition::new()));
    let condition = both.clone();
    let _stopped = termination.on_request(move |_| condition.1.close());
    let guard = both.0.lock();
    ready.send(()).unwrap();
    assert!(matches!(both.1.wait(guard), Err(WaitError::Closed(_))));
}

fn accepts(_: &Context, termination: &Termination, _: At, ready: &Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let stop = stop::on_socket(&listener).unwrap();
    let _stopped = termination.on(stop.clone());
    ready.send(()).unwrap();
    assert!(stop.until_stopped(listener.accept()).unwrap().is_none());
}

fn blocked(over: &'static str, second: Second) -> i32 {
    let termination = Termination::install().unwrap();
    termination.on_second(second);
    let outcome = Runtime::run(|rt| {
        let (ready, all) = channel::bounded(16);
        for number in 0..16 {
            let (context, ready) = (rt.context(), ready.clone());
            let termination = termination.clone();
            let blocks = KINDS[number % KINDS.len()];
            let at = At { over, number };
            thread::spawn(move || blocks(&context, &termination, at, &ready));
        }
        (0..16).for_each(|_| all.recv().unwrap());
        say("ready");
    });
    assert!(outcome.left.still_open.is_empty(), "{}", outcome.left);
    if second == Second::Ignore {
        say("ended in order");
    }
    // As in a `main` that calls `exit`: the handle, and with it the handlers, are there until the end.
    std::mem::forget(termination);
    outcome.exit_code()
}

/// From its first signal to its end a process takes so long at most. How long it takes is a row of the benches.
const LIMIT: Duration = Duration::from_secs(5);

/// The child exits with this code, in time.
#[track_caller]
fn ends(child: Child, signalled: Instant, code: i32) {
    child.exits_with(code);
    let took = signalled.elapsed();
    assert!(took < LIMIT, "it took {took:?}");
}

fn started(part: &str) -> Child {
    let child = Child::start(part);
    child.says("ready");
    child
}

#[test]
fn one_signal_ends_all_of_them_in_order() {
    for (signal, code) in [(SIGINT, 130), (SIGTERM, 143)] {
        for _ in 0..kit::rounds(50) {
            let (child, signalled) = (started("blocked"), Instant::now());
            child.send(signal);
            ends(child, signalled, code);
        }
    }
}

/// None of them has a peer: the question of those that ask is never written.
#[cfg(feature = "net")]
#[test]
fn one_signal_ends_all_of_them_in_order_over_wires() {
    for (signal, code) in [(SIGINT, 130), (SIGTERM, 143)] {
        for part in ["blocked over tcp", "blocked over ipc"] {
            for _ in 0..kit::rounds(20) {
                let (child, signalled) = (started(part), Instant::now());
                child.send(signal);
                ends(child, signalled, code);
            }
        }
    }
}

#[test]
fn a_second_signal_ends_it_at_once_or_comes_too_late() {
    // Twice the same, and one of each: whichever the first one was, the code is its own or that of the second.
    let pairs = [
        (SIGTERM, SIGTERM, [143, 143]),
        (SIGINT, SIGTERM, [130, 143]),
        (SIGTERM, SIGINT, [143, 130]),
    ];
    for round in 0..kit::rounds(51) {
        let (first, second, codes) = pairs[round % pairs.len()];
        let (child, signalled) = (started("blocked"), Instant::now());
        child.send(first);
        child.send(second);
        let code = child.exit_code();
        let took = signalled.elapsed();
        assert!(took < LIMIT, "it took {took:?}");
        assert!(
            code.is_some_and(|code| codes.contains(&code)),
            "{first}, {second}: {code:?}"
        );
    }
}

#[test]
fn a_storm_of_signals_changes_nothing_for_who_ignores_the_second() {
    let signals: [Signal; 2] = [SIGINT, SIGTERM];
    for round in 0..kit::rounds(50) {
        let (child, signalled) = (started("patient"), Instant::now());
        let first = round % 2;
        // One each millisecond, until it has ended.
        child.send_each_millisecond(signals[first], "ended in order");
        ends(child, signalled, [130, 143][first]);
    }
}
