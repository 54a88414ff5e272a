//! Sockets between threads: what blocks, what wakes it, what a time-out gives back, what is left at the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use gimmal::socket::{
    CloseReport, EndpointError, HwmError, OpenError, RecvError, SendError, SendReason, StillOpen,
    WhenAlone,
};
use gimmal::{Context, Pair, Pull, Push};

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(20);

fn linked(context: &Context<u64>, name: &str) -> (Push<u64>, Pull<u64>) {
    let pull = context.pull().unwrap();
    pull.bind(name).unwrap();
    let push = context.push().unwrap();
    push.connect(name).unwrap();
    (push, pull)
}

fn reason<T>(result: Result<(), SendError<T>>) -> Option<SendReason> {
    result.err().map(|error| error.reason)
}

#[test]
fn a_pipeline_over_threads_loses_and_doubles_nothing() {
    const JOBS: u64 = 20_000;
    let context = Context::<u64>::typed();
    let mut jobs = context.push().unwrap();
    jobs.bind("inproc://jobs").unwrap();
    let mut results = context.pull().unwrap();
    results.bind("inproc://results").unwrap();
    results.expect_peers(4);
    thread::scope(|scope| {
        for _ in 0..4 {
            // Linked before the first job: who came after the last one would wait for another ventilator.
            let mut jobs = context.pull().unwrap();
            jobs.connect("inproc://jobs").unwrap();
            let mut results = context.push().unwrap();
            results.connect("inproc://results").unwrap();
            scope.spawn(move || {
                while let Ok(job) = jobs.recv() {
                    results.send(job * job).unwrap();
                }
            });
        }
        scope.spawn(move || {
            for job in 0..JOBS {
                jobs.send(job).unwrap();
            }
        });
        let mut squares = Vec::new();
        while let Ok(square) = results.recv() {
            squares.push(square);
        }
        squares.sort_unstable();
        assert!(squares.iter().copied().eq((0..JOBS).map(|job| job * job)));
    });
    assert_eq!(context.open_sockets(), 1);
}

#[test]
fn a_blocked_send_goes_on_when_one_place_is_free() {
    let context = Context::builder().hwm(1, 1).typed::<u64>().build();
    let (mut push, mut pull) = linked(&context, "inproc://a");
    push.send(0_u64).unwrap();
    push.send(1_u64).unwrap();
    assert_eq!(reason(push.try_send(2_u64)), Some(SendReason::Full));
    thread::scope(|scope| {
        let sender = scope.spawn(move || push.send_timeout(2_u64, LONG).map(|()| push));
        assert_eq!(pull.recv(), Ok(0));
        let _push = sender.join().unwrap().unwrap();
        assert_eq!((pull.recv(), pull.recv()), (Ok(1), Ok(2)));
    });
}

#[test]
fn capacity_is_the_sum_of_the_marks_exactly() {
    for (send, recv) in [(1, 1), (1, 2), (2, 1), (3, 2), (7, 5)] {
        let context = Context::<u64>::typed();
        let mut pull = context.pull().unwrap();
        pull.set_recv_hwm(recv).unwrap();
        pull.bind("inproc://a").unwrap();
        let mut push = context.push().unwrap();
        push.set_send_hwm(send).unwrap();
        push.connect("inproc://a").unwrap();
        let fits = (0..)
            .take_while(|i| push.try_send(*i as u64).is_ok())
            .count();
        assert_eq!(fits, send + recv);
        pull.recv().unwrap();
        assert!(push.try_send(0_u64).is_ok());
        assert!(push.try_send(0_u64).is_err());
    }
}

#[test]
fn a_connect_before_the_bind_holds_the_senders_mark_and_then_both() {
    let context = Context::builder().hwm(2, 3).typed::<u64>().build();
    let mut push = context.push().unwrap();
    push.connect("inproc://later").unwrap();
    assert_eq!(
        (0..9).filter(|i| push.try_send(*i as u64).is_ok()).count(),
        2
    );
    let mut pull = context.pull().unwrap();
    pull.bind("inproc://later").unwrap();
    assert_eq!(
        (0..9)
            .filter(|i| push.try_send(10 + *i as u64).is_ok())
            .count(),
        3
    );
    let got: Vec<u64> = std::iter::from_fn(|| pull.try_recv().ok()).collect();
    assert_eq!(got, [0, 1, 10, 11, 12]);
}

#[test]
fn marks_are_checked() {
    let context = Context::<u64>::typed();
    let push = context.push().unwrap();
    assert_eq!(push.set_send_hwm(0), Err(HwmError::InvalidHwm));
    assert!(matches!(
        push.set_send_hwm(usize::MAX),
        Err(HwmError::HwmTooLarge { .. })
    ));
    // A pending connect has room for its own mark and the other side's default.
    push.set_send_hwm(10).unwrap();
    push.connect("inproc://a").unwrap();
    let pull = context.pull().unwrap();
    pull.set_recv_hwm(1001).unwrap();
    assert_eq!(
        pull.bind("inproc://a"),
        Err(EndpointError::HwmTooLarge { max: 1010 })
    );
    pull.set_recv_hwm(1000).unwrap();
    pull.bind("inproc://a").unwrap();
}

#[test]
fn time_outs_give_the_message_back() {
    let context = Context::<String>::typed();
    let mut push = context.push().unwrap();
    let begun = Instant::now();
    let error = push.send_timeout("kept", SHORT).unwrap_err();
    assert!(begun.elapsed() >= SHORT);
    assert_eq!(
        (error.reason, error.into_inner().as_str()),
        (SendReason::TimedOut, "kept")
    );
    for error in [
        push.send_timeout("z", Duration::ZERO).unwrap_err(),
        push.send_deadline("z", begun).unwrap_err(),
    ] {
        assert_eq!(error.reason, SendReason::TimedOut);
    }
    let mut pull = context.pull().unwrap();
    assert_eq!(pull.recv_timeout(SHORT), Err(RecvError::TimedOut));
    assert_eq!(pull.recv_timeout(Duration::ZERO), Err(RecvError::TimedOut));
    assert_eq!(pull.recv_deadline(begun), Err(RecvError::TimedOut));
}

#[test]
fn an_expired_deadline_still_receives_what_is_there() {
    let context = Context::<u64>::typed();
    let (mut push, mut pull) = linked(&context, "inproc://a");
    push.send(1_u64).unwrap();
    push.send(2_u64).unwrap();
    assert_eq!(pull.recv_deadline(Instant::now() - SHORT), Ok(1));
    assert_eq!(pull.recv_timeout(Duration::ZERO), Ok(2));
}

#[test]
fn options_are_the_default_of_the_blocking_forms_only() {
    let context = Context::<u64>::typed();
    let mut push = context.push().unwrap();
    push.set_send_timeout(Some(Duration::ZERO));
    assert_eq!(reason(push.send(1_u64)), Some(SendReason::Full));
    assert_eq!(
        reason(push.send_timeout(1_u64, SHORT)),
        Some(SendReason::TimedOut)
    );
    push.set_send_timeout(Some(SHORT));
    assert_eq!(reason(push.send(1_u64)), Some(SendReason::TimedOut));
    let mut pull = context.pull().unwrap();
    pull.set_recv_timeout(Some(Duration::ZERO));
    assert_eq!(pull.recv(), Err(RecvError::Empty));
    pull.set_recv_timeout(Some(SHORT));
    assert_eq!(pull.recv(), Err(RecvError::TimedOut));
}

#[test]
fn shutdown_wakes_every_blocked_call_after_what_was_sent_is_read() {
    let context = Context::<u64>::typed();
    let (mut push, mut pull) = linked(&context, "inproc://a");
    push.send(7_u64).unwrap();
    thread::scope(|scope| {
        let waiting: Vec<_> = (0..4)
            .map(|i| {
                let mut lonely = context.pull().unwrap();
                lonely.bind(&format!("inproc://lonely{i}")).unwrap();
                scope.spawn(move || lonely.recv_timeout(LONG))
            })
            .collect();
        let mut full = context.push().unwrap();
        full.bind("inproc://nobody").unwrap();
        let sending = scope.spawn(move || reason(full.send_timeout(9_u64, LONG)));
        context.shutdown();
        context.shutdown();
        for thread in waiting {
            assert_eq!(thread.join().unwrap(), Err(RecvError::Terminated));
        }
        assert_eq!(sending.join().unwrap(), Some(SendReason::Terminated));
    });
    assert_eq!(pull.recv(), Ok(7));
    assert_eq!(pull.recv(), Err(RecvError::Terminated));
    assert_eq!(reason(push.send(8_u64)), Some(SendReason::Terminated));
    assert!(matches!(context.push(), Err(OpenError::Terminated)));
    assert_eq!(push.bind("inproc://more"), Err(EndpointError::Terminated));
}

#[test]
fn term_waits_for_the_last_socket_and_says_who_holds_one() {
    let context = Context::<u64>::typed();
    let holder = thread::Builder::new().name("holder".into());
    let (release, released) = gimmal::channel::bounded::<()>(1);
    let (opened, is_open) = gimmal::channel::bounded::<()>(1);
    let of_thread = context.clone();
    let thread = holder
        .spawn(move || {
            let socket = of_thread.pull().unwrap();
            socket.bind("inproc://in").unwrap();
            socket.bind("inproc://more").unwrap();
            socket.connect("inproc://out").unwrap();
            opened.send(()).unwrap();
            let _ = released.recv();
            drop(socket);
        })
        .unwrap();
    is_open.recv().unwrap();
    let why = context.term_timeout(SHORT).unwrap_err();
    let text = why.to_string();
    assert!(
        text.starts_with("1 socket is still open: Pull of holder"),
        "{text}"
    );
    assert!(
        text.ends_with("at \"in\", \"more\" connected to \"out\""),
        "{text}"
    );
    let StillOpen { sockets } = why;
    assert_eq!(sockets.len(), 1);
    let line = sockets[0]
        .opened_at
        .map(|at| at.file().ends_with("sockets.rs"));
    assert_eq!(line, cfg!(debug_assertions).then_some(true));
    assert_eq!(
        (sockets[0].kind, sockets[0].opened_by.as_deref()),
        (gimmal::socket::Kind::Pull, Some("holder"))
    );
    release.send(()).unwrap();
    assert_eq!(context.term().undelivered, 0);
    thread.join().unwrap();
}

#[test]
fn what_was_never_bound_is_counted_and_dropped_at_the_end() {
    let dropped = Arc::new(AtomicUsize::new(0));
    struct Counted(Arc<AtomicUsize>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, SeqCst);
        }
    }
    let context = Context::<Counted>::typed();
    let mut push = context.push().unwrap();
    push.connect("inproc://never").unwrap();
    for _ in 0..3 {
        assert!(push.try_send(Counted(dropped.clone())).is_ok());
    }
    drop(push);
    assert_eq!(dropped.load(SeqCst), 0);
    assert_eq!(context.term_timeout(LONG).unwrap().undelivered, 3);
    assert_eq!(dropped.load(SeqCst), 3);

    let forgotten = Context::<Counted>::typed();
    let mut push = forgotten.push().unwrap();
    push.connect("inproc://never").unwrap();
    assert!(push.try_send(Counted(dropped.clone())).is_ok());
    drop((push, forgotten));
    assert_eq!(dropped.load(SeqCst), 4);
}

#[test]
fn close_reports_what_it_left_and_what_it_dropped() {
    let context = Context::<u64>::typed();
    let mut a = context.pair().unwrap();
    a.bind("inproc://a").unwrap();
    let mut b = context.pair().unwrap();
    b.connect("inproc://a").unwrap();
    a.send(1_u64).unwrap();
    a.send(2_u64).unwrap();
    b.send(3_u64).unwrap();
    assert_eq!(
        a.close(),
        CloseReport {
            unread: 2,
            discarded: 1
        }
    );
    assert_eq!((b.recv(), b.recv()), (Ok(1), Ok(2)));
    assert_eq!(b.recv(), Err(RecvError::Disconnected));
    assert_eq!(reason(b.send(4_u64)), Some(SendReason::Disconnected));
}

#[test]
fn linger_waits_for_the_reader_and_no_longer_than_told() {
    let context = Context::<u64>::typed();
    let (mut push, mut pull) = linked(&context, "inproc://a");
    push.send(1_u64).unwrap();
    push.set_linger(Some(SHORT));
    let begun = Instant::now();
    assert_eq!(push.close().unread, 1);
    assert!(begun.elapsed() >= SHORT);

    let mut push = context.push().unwrap();
    push.connect("inproc://a").unwrap();
    push.send(2_u64).unwrap();
    push.set_linger(None);
    thread::scope(|scope| {
        let closing = scope.spawn(move || push.close());
        assert_eq!((pull.recv(), pull.recv()), (Ok(1), Ok(2)));
        assert_eq!(closing.join().unwrap(), CloseReport::default());
    });
}

#[test]
fn names_are_checked_and_free_at_once() {
    let context = Context::<u64>::typed();
    let pull = context.pull().unwrap();
    for bad in [
        "",
        "jobs",
        "inproc://",
        "://x",
        &format!("inproc://{}", "n".repeat(65)),
    ] {
        assert_eq!(
            pull.bind(bad),
            Err(EndpointError::InvalidEndpoint),
            "{bad:?}"
        );
    }
    assert_eq!(
        pull.bind("udp://127.0.0.1:1"),
        Err(EndpointError::UnsupportedTransport)
    );
    assert_eq!(pull.unbind("inproc://a"), Err(EndpointError::NotConnected));
    assert_eq!(
        pull.disconnect("inproc://a"),
        Err(EndpointError::NotConnected)
    );
    for _ in 0..200 {
        pull.bind("inproc://a").unwrap();
        assert_eq!(
            context.pull().unwrap().bind("inproc://a"),
            Err(EndpointError::AddressInUse)
        );
        pull.unbind("inproc://a").unwrap();
    }
    let other = Context::<u64>::typed();
    pull.bind("inproc://a").unwrap();
    other.pull().unwrap().bind("inproc://a").unwrap();
}

#[test]
fn a_pair_has_one_peer_and_takes_a_new_one_at_once() {
    let context = Context::<u64>::typed();
    let mut a = context.pair().unwrap();
    a.bind("inproc://a").unwrap();
    for round in 0..50_u64 {
        let mut b = context.pair().unwrap();
        b.connect("inproc://a").unwrap();
        let c = context.pair().unwrap();
        assert_eq!(c.connect("inproc://a"), Err(EndpointError::PeerTaken));
        b.send(round).unwrap();
        assert_eq!(a.recv(), Ok(round));
        a.send(round).unwrap();
        assert_eq!(b.recv(), Ok(round));
    }
    let pull = context.pull().unwrap();
    assert_eq!(
        pull.connect("inproc://a"),
        Err(EndpointError::PatternMismatch)
    );
}

#[test]
fn a_socket_alone_waits_or_says_so() {
    let context = Context::<u64>::typed();
    let (push, mut pull) = linked(&context, "inproc://a");
    drop(push);
    assert_eq!(pull.recv_timeout(SHORT), Err(RecvError::TimedOut));
    pull.set_when_alone(WhenAlone::Disconnect);
    assert_eq!(pull.recv_timeout(LONG), Err(RecvError::Disconnected));
}

#[test]
fn used_up_slots_are_an_error_and_come_back() {
    let builder = Context::builder().sockets(2).pipes(1).names(1);
    let context = builder.typed::<u64>().build();
    let mut pull = context.pull().unwrap();
    let push = context.push().unwrap();
    assert!(matches!(context.pair(), Err(OpenError::TooManySockets)));
    pull.bind("inproc://a").unwrap();
    assert_eq!(pull.bind("inproc://b"), Err(EndpointError::TooManyNames));
    push.connect("inproc://a").unwrap();
    assert_eq!(push.connect("inproc://a"), Err(EndpointError::TooManyPipes));
    push.disconnect("inproc://a").unwrap();
    assert_eq!(pull.try_recv().unwrap_err(), RecvError::Empty);
    push.connect("inproc://a").unwrap();
    drop(push);
    assert!(context.push().is_ok());
}

#[test]
fn sockets_move_between_threads_with_their_links() {
    let context = Context::new();
    let mut here: Pair = context.pair().unwrap();
    here.bind("inproc://here").unwrap();
    let mut there = context.pair().unwrap();
    there.connect("inproc://here").unwrap();
    for hop in 0..8_u8 {
        there = thread::spawn(move || {
            there.send(vec![hop]).unwrap();
            there
        })
        .join()
        .unwrap();
        assert!(here.recv().unwrap() == vec![hop]);
    }
}

#[test]
fn a_context_by_default_is_one_of_messages() {
    let context = Context::default();
    let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    pull.bind("inproc://default").unwrap();
    push.connect("inproc://default").unwrap();
    push.send("text").unwrap();
    assert_eq!(pull.recv().unwrap(), "text");
}
