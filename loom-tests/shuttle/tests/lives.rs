//! Random lives of sockets: threads open, bind, connect, talk, wait, disconnect and close beside each
//! other and beside a shutdown, in schedules that shuttle draws. How to run many: `loom-tests/shuttle/long.sh`.
//!
//! | test | what it shows |
//! |---|---|
//! | `whoever_waits_is_ended_by_the_shutdown` | no wait survives a shutdown, every socket can be closed, and `term` ends |
//! | `nothing_is_kept_when_all_have_closed` | when the last socket has closed, every slot and every pipe is free again |
//! | `an_idle_socket_keeps_no_pipe` | the pipes of closed sockets are free, although their peer does nothing |
//! | all | each message is dropped exactly once, or was refused |
//! | `seeded_faults_are_found` | a core that lacks a step of its protocol fails here |
//!
//! What shuttle does not see is a weakened ordering: its atomics are sequentially consistent.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use gimmal_core_shuttle::Context;
use gimmal_core_shuttle::socket::{
    Dealer, Identity, Kind, Pair, Pattern, Publish, Pull, Push, Rep, Req, Router, Socket,
    Subscribe, Topic, WhenFull,
};
use shuttle::future::block_on;
use shuttle::rand::{Rng, thread_rng};
use shuttle::scheduler::{PctScheduler, RandomScheduler, ReplayScheduler, Scheduler};
use shuttle::{Config, Runner, thread};

const SOCKETS: usize = 5;
const PIPES: usize = 6;
const ROOM: usize = 2;
const PREFIXES: usize = 8;
const THREADS: usize = 3;
const NAMES: [&str; 2] = ["inproc://a", "inproc://b"];

type Small = Context<Mail, SOCKETS, PIPES, ROOM, PREFIXES>;

/// Kinds that can be linked with each other.
const FAMILIES: [&[Kind]; 8] = [
    &[Kind::Pair],
    &[Kind::Push, Kind::Pull],
    &[Kind::Req, Kind::Rep],
    &[Kind::Dealer, Kind::Router],
    &[Kind::Req, Kind::Router],
    &[Kind::Dealer, Kind::Rep],
    &[Kind::Dealer],
    &[Kind::Publish, Kind::Subscribe],
];

/// A message that is counted; invisible to shuttle.
struct Mail(Arc<Counts>);

#[derive(Default)]
struct Counts {
    made: AtomicUsize,
    dropped: AtomicUsize,
}

impl Mail {
    fn new(counts: &Arc<Counts>) -> Self {
        counts.made.fetch_add(1, Relaxed);
        Mail(counts.clone())
    }
}

impl Clone for Mail {
    fn clone(&self) -> Self {
        Mail::new(&self.0)
    }
}

impl Drop for Mail {
    fn drop(&mut self) {
        self.0.dropped.fetch_add(1, Relaxed);
    }
}

impl Topic for Mail {
    fn topic(&self) -> &[u8] {
        b"topic"
    }
}

/// What sockets of a pattern do besides being linked.
trait Talks {
    /// Begins.
    fn begin(&mut self) {}
    /// Sends, if the pattern does; `to` is the peer that was heard of last.
    fn put(&mut self, _mail: Mail, _to: Option<Identity>, _wait: bool) {}
    /// Receives, if the pattern does, and says of whom if that is known.
    fn take(&mut self, _wait: bool) -> Option<Identity> {
        None
    }
}

macro_rules! sends {
    () => {
        fn put(&mut self, mail: Mail, _to: Option<Identity>, wait: bool) {
            match wait {
                true => drop(block_on(self.send(mail))),
                false => drop(self.try_send(mail)),
            }
        }
    };
}

macro_rules! receives {
    () => {
        fn take(&mut self, wait: bool) -> Option<Identity> {
            match wait {
                true => drop(block_on(self.recv())),
                false => drop(self.try_recv()),
            }
            None
        }
    };
}

impl Talks for Pair<'_, Mail> {
    sends!();
    receives!();
}
impl Talks for Push<'_, Mail> {
    sends!();
}
impl Talks for Pull<'_, Mail> {
    receives!();
}
impl Talks for Req<'_, Mail> {
    sends!();
    receives!();
}
impl Talks for Rep<'_, Mail> {
    sends!();
    receives!();
}
impl Talks for Dealer<'_, Mail> {
    sends!();
    receives!();
}
impl Talks for Router<'_, Mail> {
    fn put(&mut self, mail: Mail, to: Option<Identity>, wait: bool) {
        match to {
            Some(to) if wait => drop(block_on(self.send_to(to, mail))),
            Some(to) => drop(self.try_send_to(to, mail)),
            None => {}
        }
    }

    fn take(&mut self, wait: bool) -> Option<Identity> {
        let received = match wait {
            true => block_on(self.recv()),
            false => self.try_recv(),
        };
        received.ok().map(|(from, _)| from)
    }
}
impl Talks for Publish<'_, Mail> {
    fn begin(&mut self) {
        if any(2) == 0 {
            self.set_when_full(WhenFull::Wait);
        }
    }
    sends!();
}
impl Talks for Subscribe<'_, Mail> {
    fn begin(&mut self) {
        let _ = self.subscribe("");
        if any(3) == 0 {
            let _ = self.unsubscribe("");
        }
    }
    receives!();
}

/// A number below `end`.
fn any(end: usize) -> usize {
    thread_rng().gen_range(0..end)
}

/// What a socket does in its life.
#[derive(Clone, Copy, PartialEq)]
enum Doing {
    /// It makes and ends links.
    LinkSpec,
    /// It sends and receives too.
    Talks,
    /// And its last act may be a wait.
    Waits,
}

/// One life of one socket.
fn live<P: Pattern>(mut socket: Socket<'_, Mail, P>, counts: &Arc<Counts>, doing: Doing)
where
    for<'c> Socket<'c, Mail, P>: Talks,
{
    socket.begin();
    let mut heard = None;
    for _ in 0..3 + any(5) {
        let name = NAMES[any(NAMES.len())];
        match any(12) {
            0 | 1 => drop(socket.bind(name)),
            2..=4 => drop(socket.connect(name)),
            5 => drop(socket.disconnect(name)),
            6 => drop(socket.unbind(name)),
            _ if doing == Doing::LinkSpec => {}
            7..=9 => socket.put(Mail::new(counts), heard, false),
            _ => heard = socket.take(false).or(heard),
        }
    }
    if doing == Doing::Waits {
        match any(3) {
            0 => socket.put(Mail::new(counts), heard, true),
            1 => drop(socket.take(true)),
            _ => {}
        }
    }
    match any(2) {
        0 => drop(socket),
        _ => drop(socket.close()),
    }
}

fn open_and_live(context: &Small, kind: Kind, counts: &Arc<Counts>, doing: Doing) {
    macro_rules! of {
        ($open:ident) => {
            match context.$open() {
                Ok(socket) => live(socket, counts, doing),
                Err(_) => assert!(doing == Doing::Waits, "there is a slot for everybody"),
            }
        };
    }
    match kind {
        Kind::Pair => of!(pair),
        Kind::Push => of!(push),
        Kind::Pull => of!(pull),
        Kind::Req => of!(req),
        Kind::Rep => of!(rep),
        Kind::Dealer => of!(dealer),
        Kind::Router => of!(router),
        Kind::Publish => of!(publish),
        Kind::Subscribe => of!(subscribe),
        other => panic!("no life for a {other:?}"),
    }
}

/// Threads that live in one context, with `beside` in this one.
fn threads(context: &Arc<Small>, counts: &Arc<Counts>, doing: Doing, beside: impl FnOnce()) {
    let family = FAMILIES[any(FAMILIES.len())];
    let all = [(); THREADS].map(|()| {
        let (context, counts) = (context.clone(), counts.clone());
        thread::spawn(move || {
            for _ in 0..1 + any(2) {
                open_and_live(&context, family[any(family.len())], &counts, doing);
            }
        })
    });
    beside();
    all.into_iter()
        .for_each(|thread| thread.join().expect("a life ends well"));
    assert_eq!(context.open_sockets(), 0);
}

/// All pipes but those in use are free.
fn all_are_free(context: &Small, slots: usize, name: &str) {
    let all: Vec<_> = (0..slots)
        .map(|_| context.push().expect("a slot"))
        .collect();
    for number in 0..PIPES {
        all[number % slots].connect(name).expect("a pipe");
    }
    assert!(all[0].connect(name).is_err(), "more pipes than there are");
}

/// One socket stays, and does nothing any more when the others close. Nothing is sent, so nothing is
/// left for it to read.
fn stays<P: Pattern>(mut socket: Socket<'_, Mail, P>, context: &Arc<Small>, counts: &Arc<Counts>)
where
    for<'c> Socket<'c, Mail, P>: Talks,
{
    let others: Vec<Kind> = P::TALKS_TO.to_vec();
    let all = [(); 2].map(|()| {
        let (context, counts, others) = (context.clone(), counts.clone(), others.clone());
        thread::spawn(move || {
            for _ in 0..1 + any(2) {
                let kind = others[any(others.len())];
                open_and_live(&context, kind, &counts, Doing::LinkSpec);
            }
        })
    });
    for _ in 0..any(12) {
        let name = NAMES[any(NAMES.len())];
        match any(6) {
            0 | 1 => drop(socket.bind(name)),
            2 => drop(socket.unbind(name)),
            _ => drop(socket.take(false)),
        }
    }
    for thread in all {
        thread.join().expect("a life ends well");
    }
    all_are_free(context, SOCKETS - 1, "inproc://c");
}

fn beside_an_idle_one() {
    let (context, counts) = (Arc::new(Small::new()), Arc::default());
    match any(4) {
        0 => stays(context.push().expect("a slot"), &context, &counts),
        1 => stays(context.pair().expect("a slot"), &context, &counts),
        2 => stays(context.dealer().expect("a slot"), &context, &counts),
        _ => stays(context.pull().expect("a slot"), &context, &counts),
    }
    over(context, &counts);
}

/// The context is over: each message was dropped exactly once.
fn over(context: Arc<Small>, counts: &Counts) {
    let context = Arc::into_inner(context).expect("all threads have ended");
    drop(context);
    assert_eq!(counts.made.load(Relaxed), counts.dropped.load(Relaxed));
}

fn with_a_shutdown() {
    let (context, counts) = (Arc::new(Small::new()), Arc::default());
    threads(&context, &counts, Doing::Waits, || {
        (0..any(40)).for_each(|_| thread::yield_now());
        context.shutdown();
    });
    block_on(context.term());
    over(context, &counts);
}

fn without_one() {
    let (context, counts) = (Arc::new(Small::new()), Arc::default());
    threads(&context, &counts, Doing::Talks, || {});
    for name in NAMES {
        context.discard(name).expect("a name");
    }
    let mut kept = 0;
    context.each_link(|_| kept += 1);
    assert_eq!(kept, 0, "a link of nobody");
    all_are_free(&context, SOCKETS, NAMES[0]);
    over(context, &counts);
}

/// How many lives a test leads: of each scheduler half of them.
fn run(body: fn()) {
    let lives = std::env::var("GIMMAL_LIVES").map_or(400, |lives| lives.parse().expect("a number"));
    let mut config = Config::new();
    // Of the orderings that it does not look at.
    config.silence_warnings = true;
    config.stack_size = 1 << 20;
    if let Ok(schedule) = std::env::var("GIMMAL_SCHEDULE") {
        let scheduler = ReplayScheduler::new_from_encoded(&schedule);
        Runner::new(scheduler, config).run(body);
        return;
    }
    let schedulers: [Box<dyn Scheduler + Send>; 2] = [
        Box::new(RandomScheduler::new(lives / 2)),
        Box::new(PctScheduler::new(3, lives / 2)),
    ];
    for scheduler in schedulers {
        Runner::new(scheduler, config.clone()).run(body);
    }
}

#[test]
fn whoever_waits_is_ended_by_the_shutdown() {
    run(with_a_shutdown);
}

#[test]
fn nothing_is_kept_when_all_have_closed() {
    run(without_one);
}

#[test]
fn an_idle_socket_keeps_no_pipe() {
    run(beside_an_idle_one);
}

/// A step that the core lacks then, the test that is to find it, and a seed that draws such a life
/// soon. A core that has changed draws other lives from it.
const FAULTS: [(&str, &str, &str); 2] = [
    (
        "step:tell-the-socket",
        "whoever_waits_is_ended_by_the_shutdown",
        "1",
    ),
    ("step:reclaim", "an_idle_socket_keeps_no_pipe", "3"),
];

#[test]
fn seeded_faults_are_found() {
    let this = std::env::current_exe().expect("a path");
    let passes = |fault: &str, test: &str, seed: &str, lives: &str| {
        let mut child = Command::new(&this);
        child.args([test, "--exact"]).env("GIMMAL_MUTANT", fault);
        child
            .env("SHUTTLE_RANDOM_SEED", seed)
            .env("GIMMAL_LIVES", lives);
        child.output().expect("it starts").status.success()
    };
    for (fault, test, seed) in FAULTS {
        assert!(!passes(fault, test, seed, "10000"), "{fault} is not found");
        assert!(
            passes("step:nowhere", test, seed, "20"),
            "{test} fails anyway"
        );
    }
}
