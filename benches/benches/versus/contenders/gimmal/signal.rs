//! Runs whose sixteen threads block: in everything that blocks, and in what they block in by hand.

use crate::book::Rows;
use crate::rows::ours::{RUNTIME, RUNTIME_BY_HAND};
use crate::rows::signal::{Program, THREADS, enter as enter_row};
use gimmal::channel::{Sender, bounded};
use gimmal::poll::{Poller, select};
use gimmal::socket::Proxy;
use gimmal::sync::{Condition, Event, Lock};
use gimmal::{Context, Runtime, Termination, stop, thread};
use std::error::Error;
use std::mem::forget;
use std::net::TcpListener;
use std::sync::Arc;

type Blocked = Result<(), Box<dyn Error>>;

/// How a thread blocks. It tells `ready` that it is there, just before.
type Blocks = fn(&Context, &Termination, usize, &Sender<()>) -> Blocked;

const KINDS: [Blocks; 8] = [
    sends, receives, asks, polls, selects, proxies, waits, accepts,
];

/// What the contender without a library blocks in: a receive, a send, a condition, an accept.
const BY_HAND: [Blocks; 4] = [takes, gives, waits, accepts];

fn name(of: &str, number: usize) -> String {
    format!("inproc://{of}-{number}")
}

fn sends(context: &Context, _: &Termination, number: usize, ready: &Sender<()>) -> Blocked {
    let mut push = context.push()?;
    push.bind(&name("send", number))?;
    ready.send(())?;
    let _ = push.send("nobody");
    Ok(())
}

fn receives(context: &Context, _: &Termination, number: usize, ready: &Sender<()>) -> Blocked {
    let mut pull = context.pull()?;
    pull.bind(&name("recv", number))?;
    ready.send(())?;
    let _ = pull.recv();
    Ok(())
}

fn asks(context: &Context, _: &Termination, number: usize, ready: &Sender<()>) -> Blocked {
    let mut req = context.req()?;
    req.connect(&name("ask", number))?;
    req.send("anybody?")?;
    ready.send(())?;
    let _ = req.recv();
    Ok(())
}

fn polls(context: &Context, _: &Termination, number: usize, ready: &Sender<()>) -> Blocked {
    let (mut first, mut second) = (context.pull()?, context.push()?);
    first.bind(&name("poll", number))?;
    ready.send(())?;
    let _ = Poller::new([first.readable(), second.writable()]).poll();
    Ok(())
}

fn selects(context: &Context, _: &Termination, number: usize, ready: &Sender<()>) -> Blocked {
    let mut pull = context.pull()?;
    pull.bind(&name("select", number))?;
    let never = Event::new();
    ready.send(())?;
    let _ = select((pull.receiving(), never.waiting())).wait();
    Ok(())
}

fn proxies(context: &Context, _: &Termination, number: usize, ready: &Sender<()>) -> Blocked {
    let (mut front, mut back) = (context.pull()?, context.push()?);
    front.bind(&name("front", number))?;
    back.bind(&name("back", number))?;
    ready.send(())?;
    Proxy::one_way(&mut front, &mut back).run();
    Ok(())
}

fn takes(_: &Context, termination: &Termination, _: usize, ready: &Sender<()>) -> Blocked {
    let (_tx, rx) = bounded::<()>(1);
    let _stopped = termination.on(rx.clone());
    ready.send(())?;
    let _ = rx.recv();
    Ok(())
}

fn gives(_: &Context, termination: &Termination, _: usize, ready: &Sender<()>) -> Blocked {
    let (tx, rx) = bounded(1);
    let _stopped = termination.on(rx.clone());
    tx.send(())?;
    ready.send(())?;
    let _ = tx.send(());
    Ok(())
}

fn waits(_: &Context, termination: &Termination, _: usize, ready: &Sender<()>) -> Blocked {
    let both = Arc::new((Lock::new(()), Condition::new()));
    let condition = both.clone();
    let _stopped = termination.on_request(move |_| condition.1.close());
    let guard = both.0.lock();
    ready.send(())?;
    let _ = both.1.wait(guard);
    Ok(())
}

fn accepts(_: &Context, termination: &Termination, _: usize, ready: &Sender<()>) -> Blocked {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let stop = stop::on_socket(&listener)?;
    let _stopped = termination.on(stop.clone());
    ready.send(())?;
    stop.until_stopped(listener.accept())?;
    Ok(())
}

fn runs(kinds: &'static [Blocks], all_ready: impl FnOnce()) -> i32 {
    let termination = Termination::install().expect("signals can be handled");
    let outcome = Runtime::run(|rt| {
        let (ready, all) = bounded(THREADS);
        for number in 0..THREADS {
            let (context, ready) = (rt.context(), ready.clone());
            let termination = termination.clone();
            let blocks = kinds[number % kinds.len()];
            thread::spawn(move || {
                blocks(&context, &termination, number, &ready).expect("it blocks");
            });
        }
        (0..THREADS).for_each(|_| all.recv().expect("the threads start"));
        all_ready();
    });
    assert!(outcome.left.still_open.is_empty(), "{}", outcome.left);
    let status = outcome.exit_code();
    // The handlers are there until the end of the process.
    forget(termination);
    status
}

/// In everything that blocks.
struct InOrder;

impl Program for InOrder {
    fn run(all_ready: impl FnOnce()) -> i32 {
        runs(&KINDS, all_ready)
    }
}

/// In the same as by hand.
struct AsByHand;

impl Program for AsByHand {
    fn run(all_ready: impl FnOnce()) -> i32 {
        runs(&BY_HAND, all_ready)
    }
}

pub(crate) fn enter(book: &mut Rows) {
    enter_row::<AsByHand>(book, RUNTIME_BY_HAND);
    enter_row::<InOrder>(book, RUNTIME);
}
