//! Contexts: every slot used and free again, shutdown, the end, and who may cross threads.

mod kit;

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::Poll;
use std::time::Duration;

use gimmal_core::error::socket::EndpointError::*;
use gimmal_core::error::socket::{OpenError, RecvError, SendReason};
use gimmal_core::socket::{Kind, Pair, Pull, Push};
use gimmal_core::{Context, TermReport};
use kit::{Counted, poll, wait, within};

type Three = Context<u32, 3, 2, 2>;

#[test]
fn all_socket_slots_used_up_is_an_error_and_a_closed_ones_slot_is_free_at_once() {
    let context = Three::new();
    for _ in 0..kit::rounds(1000) {
        let (a, b, c) = (context.pair(), context.push(), context.pull());
        assert_eq!(context.open_sockets(), 3);
        assert_eq!(context.pair().err(), Some(OpenError::TooManySockets));
        drop(b);
        let b = context.pull();
        assert!(a.is_ok() && b.is_ok() && c.is_ok());
        assert_eq!(context.push().err(), Some(OpenError::TooManySockets));
    }
    assert_eq!(context.open_sockets(), 0);
}

#[test]
fn all_pipes_used_up_is_an_error_that_changes_nothing_and_they_come_back() {
    let context = Three::new();
    for _ in 0..100 {
        let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
        let pair = context.pair().unwrap();
        pull.bind("inproc://x").unwrap();
        push.connect("inproc://x").unwrap();
        assert_eq!(
            pair.connect("inproc://y"),
            Err(TooManyPipes),
            "it takes two"
        );
        push.connect("inproc://x").unwrap();
        assert_eq!(push.connect("inproc://x"), Err(TooManyPipes));
        assert_eq!(push.connect("inproc://z"), Err(TooManyPipes));
        push.try_send(1).unwrap();
        push.disconnect("inproc://x").unwrap();
        // The reader has a message to read on the first, and the second is still linked.
        assert_eq!(pair.connect("inproc://y"), Err(TooManyPipes));
        assert_eq!(pull.try_recv(), Ok(1));
        assert_eq!(pull.try_recv(), Err(RecvError::Empty));
        push.connect("inproc://x").unwrap();
        drop(push);
        drop(pull);
        pair.connect("inproc://y").unwrap();
    }
}

#[test]
fn all_names_used_up_is_an_error_and_they_come_back() {
    let context = Context::<u32, 2, 8, 1>::new();
    for _ in 0..100 {
        let (push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
        pull.bind("inproc://a").unwrap();
        push.connect("inproc://b").unwrap();
        assert_eq!(pull.bind("inproc://c"), Err(TooManyNames));
        assert_eq!(push.connect("inproc://c"), Err(TooManyNames));
        push.connect("inproc://a").unwrap();
        pull.bind("inproc://b").unwrap();
        push.disconnect("inproc://b").unwrap();
        pull.unbind("inproc://b").unwrap();
        // The reader's end remembers the name until it is looked at.
        assert_eq!(pull.try_recv(), Err(RecvError::Empty));
        pull.bind("inproc://c").unwrap();
    }
}

#[test]
fn a_refused_connect_for_want_of_a_name_keeps_no_pipe() {
    let context = Context::<u32, 1, 1, 1>::new();
    let push = context.push().unwrap();
    push.bind("inproc://a").unwrap();
    for _ in 0..10 {
        assert_eq!(push.connect("inproc://b"), Err(TooManyNames));
    }
    push.unbind("inproc://a").unwrap();
    push.connect("inproc://b").unwrap();
}

#[test]
fn shutdown_lets_everybody_drain_first_and_then_says_terminated() {
    let context = Three::new();
    let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    let mut late = context.push().unwrap();
    pull.bind("inproc://x").unwrap();
    push.connect("inproc://x").unwrap();
    late.connect("inproc://x").unwrap();
    assert_eq!(pull.try_recv(), Err(RecvError::Empty));
    (0..2).for_each(|i| push.try_send(i).unwrap());
    late.try_send(9).unwrap();
    assert!(!context.is_terminated());
    context.shutdown();
    context.shutdown();
    assert!(context.is_terminated());
    let error = push.try_send(5).unwrap_err();
    assert_eq!((error.reason, error.value), (SendReason::Terminated, 5));
    assert_eq!(
        wait(late.send(5)).unwrap_err().reason,
        SendReason::Terminated
    );
    let mut read: Vec<u32> = (0..2).map(|_| pull.try_recv().unwrap()).collect();
    read.push(wait(pull.recv()).unwrap());
    read.sort_unstable();
    assert_eq!(read, [0, 1, 9]);
    for _ in 0..3 {
        assert_eq!(pull.try_recv(), Err(RecvError::Terminated));
        assert_eq!(wait(pull.recv()), Err(RecvError::Terminated));
    }
}

#[test]
fn after_shutdown_nothing_opens_binds_or_connects_and_parting_still_works() {
    let context = Three::new();
    let (push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    pull.bind("inproc://x").unwrap();
    push.connect("inproc://x").unwrap();
    context.shutdown();
    assert_eq!(context.pair().err(), Some(OpenError::Terminated));
    assert_eq!(context.push().err(), Some(OpenError::Terminated));
    assert_eq!(context.pull().err(), Some(OpenError::Terminated));
    for name in ["inproc://x", "inproc://new"] {
        assert_eq!(pull.bind(name), Err(Terminated));
        assert_eq!(push.connect(name), Err(Terminated));
    }
    assert_eq!(pull.unbind("inproc://x"), Ok(()));
    assert_eq!(push.disconnect("inproc://x"), Ok(()));
    assert_eq!(pull.try_recv(), Err(RecvError::Terminated));
}

#[test]
fn terminated_wins_over_alone_and_a_message_over_both() {
    let context = Three::new();
    let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    push.bind("inproc://x").unwrap();
    pull.connect("inproc://x").unwrap();
    push.try_send(1).unwrap();
    drop(push);
    context.shutdown();
    assert_eq!(pull.try_recv(), Ok(1));
    assert_eq!(pull.try_recv(), Err(RecvError::Terminated));
}

#[test]
fn shutdown_wakes_every_waiting_future_once() {
    let context = Context::<u32, 4, 4, 1>::new();
    let (counted, waker) = Counted::new();
    let (mut a, mut b) = (context.push().unwrap(), context.pull().unwrap());
    let (mut c, mut d) = (context.pair().unwrap(), context.push().unwrap());
    a.connect("inproc://x").unwrap();
    a.try_send(1).unwrap();
    {
        let (mut full, mut empty) = (Box::pin(a.send(2)), Box::pin(b.recv()));
        let (mut alone, mut lone) = (Box::pin(c.recv()), Box::pin(d.send(3)));
        assert!(poll(full.as_mut(), &waker).is_pending());
        assert!(poll(empty.as_mut(), &waker).is_pending());
        assert!(poll(alone.as_mut(), &waker).is_pending());
        assert!(poll(lone.as_mut(), &waker).is_pending());
        context.shutdown();
        assert_eq!(counted.wakes(), 4);
        let ended = |reason| matches!(reason, Poll::Ready(Err(RecvError::Terminated)));
        assert!(ended(poll(empty.as_mut(), &waker)) && ended(poll(alone.as_mut(), &waker)));
        for sending in [&mut full, &mut lone] {
            let Poll::Ready(Err(error)) = poll(sending.as_mut(), &waker) else {
                panic!("it was to end");
            };
            assert_eq!(error.reason, SendReason::Terminated);
        }
        context.shutdown();
    }
    assert_eq!((counted.wakes(), counted.kept()), (4, 0));
}

#[test]
fn shutdown_from_another_thread_ends_every_blocked_call() {
    within(Duration::from_secs(60), || {
        for _ in 0..kit::rounds(200) {
            let context = Context::<u32, 4, 4, 1>::new();
            std::thread::scope(|scope| {
                for _ in 0..2 {
                    let mut pull = context.pull().unwrap();
                    scope.spawn(move || assert_eq!(wait(pull.recv()), Err(RecvError::Terminated)));
                }
                let mut push = context.push().unwrap();
                scope.spawn(move || {
                    let error = wait(push.send(1)).unwrap_err();
                    assert_eq!((error.reason, error.value), (SendReason::Terminated, 1));
                });
                context.shutdown();
                assert_eq!(wait(context.term()), TermReport { undelivered: 0 });
            });
        }
    });
}

#[test]
fn term_waits_for_the_last_socket() {
    let context = Three::new();
    let (a, b) = (context.pair().unwrap(), context.pull().unwrap());
    let (counted, waker) = Counted::new();
    let mut term = pin!(context.term());
    assert!(context.is_terminated(), "before the first poll");
    assert!(poll(term.as_mut(), &waker).is_pending());
    drop(a);
    assert!(poll(term.as_mut(), &waker).is_pending());
    let before = counted.wakes();
    drop(b);
    assert_eq!(counted.wakes(), before + 1);
    assert_eq!(
        poll(term.as_mut(), &waker),
        Poll::Ready(TermReport { undelivered: 0 })
    );
    assert_eq!(wait(context.term()), TermReport { undelivered: 0 });
}

#[test]
fn several_may_wait_for_the_end_and_one_that_leaves_costs_nobody_anything() {
    let context = Three::new();
    let socket = context.pair().unwrap();
    let (counted, waker) = Counted::new();
    let mut terms: Vec<_> = (0..3).map(|_| Box::pin(context.term())).collect();
    for term in &mut terms {
        assert!(poll(term.as_mut(), &waker).is_pending());
    }
    drop(terms.remove(1));
    drop(socket);
    assert_eq!(counted.wakes(), 2);
    for term in &mut terms {
        assert!(poll(term.as_mut(), &waker).is_ready());
    }
    let dropped = Three::new();
    drop(dropped.term());
    assert!(dropped.is_terminated());
}

/// B65: the end of a context never hangs on a connect that nobody has bound.
#[test]
fn term_never_hangs_on_what_was_never_bound() {
    within(Duration::from_secs(60), || {
        for round in 0..kit::rounds(200) {
            let context = Context::<usize, 3, 4, 2>::new();
            let (mut push, pull) = (context.push().unwrap(), context.pull().unwrap());
            let mut pair = context.pair().unwrap();
            push.connect("inproc://a").unwrap();
            pull.connect("inproc://b").unwrap();
            pair.connect("inproc://c").unwrap();
            let sent = round % 3;
            (0..sent).for_each(|i| push.try_send(i).unwrap());
            (0..sent).for_each(|i| pair.try_send(i).unwrap());
            drop((push, pull, pair));
            let undelivered = 2 * sent;
            assert_eq!(wait(context.term()), TermReport { undelivered });
        }
    });
}

#[test]
fn the_report_counts_every_message_that_nobody_received() {
    let context = Context::<u32, 5, 6, 4>::new();
    let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    pull.bind("inproc://x").unwrap();
    push.connect("inproc://x").unwrap();
    (0..4).for_each(|i| push.try_send(i).unwrap());
    assert_eq!(pull.try_recv(), Ok(0));
    assert_eq!(pull.close().discarded, 3);
    push.connect("inproc://never").unwrap();
    (0..2).for_each(|i| push.try_send(i).unwrap());
    drop(push);
    let (mut a, mut b) = (context.pair().unwrap(), context.pair().unwrap());
    a.bind("inproc://y").unwrap();
    b.connect("inproc://y").unwrap();
    a.try_send(1).unwrap();
    b.try_send(2).unwrap();
    b.disconnect("inproc://y").unwrap();
    assert_eq!(a.try_recv(), Ok(2));
    drop((a, b));
    assert_eq!(wait(context.term()), TermReport { undelivered: 6 });
}

#[test]
fn each_open_socket_is_shown_with_its_slot_pattern_and_links() {
    let context = Context::<u32, 4, 4, 1>::new();
    let seen = |context: &Context<u32, 4, 4, 1>| {
        let mut seen = Vec::new();
        context.each_socket(|one| seen.push((one.slot, one.kind, one.links)));
        seen
    };
    assert!(seen(&context).is_empty());
    let (pull, gone) = (context.pull().unwrap(), context.push().unwrap());
    let push = context.push().unwrap();
    drop(gone);
    pull.bind("inproc://x").unwrap();
    push.connect("inproc://x").unwrap();
    push.connect("inproc://pending").unwrap();
    assert_eq!((pull.slot(), push.slot()), (0, 2));
    assert_eq!(seen(&context), [(0, Kind::Pull, 1), (2, Kind::Push, 2)]);
    drop(pull);
    assert_eq!(seen(&context), [(2, Kind::Push, 1)]);
}

#[test]
fn a_static_context_is_shared_by_all_threads_and_sockets_move_between_them() {
    static CONTEXT: Context<usize, 9, 8, 4> = Context::new();
    let mut pull = CONTEXT.pull().unwrap();
    pull.bind("inproc://sum").unwrap();
    pull.expect_peers(8);
    let rounds = kit::rounds(500);
    for who in 0..8 {
        // Opened here, used there.
        let mut push = CONTEXT.push().unwrap();
        std::thread::spawn(move || {
            push.connect("inproc://sum").unwrap();
            for i in 0..rounds {
                wait(push.send(who * rounds + i)).unwrap();
            }
        });
    }
    let mut heard = vec![0; 8];
    loop {
        match wait(pull.recv()) {
            Ok(message) => {
                assert_eq!(message % rounds, heard[message / rounds], "in order");
                heard[message / rounds] += 1;
            }
            Err(RecvError::Disconnected) => break,
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(heard, [rounds; 8]);
}

/// B67: bind, connect and close of one name from two threads: each message arrives once or is counted.
#[test]
fn bind_beside_connect_beside_close_of_one_name_loses_nothing() {
    within(Duration::from_secs(120), || {
        let context = Context::<usize, 4, 8, 2>::new();
        let heard = Arc::new(AtomicUsize::new(0));
        let (mut sent, mut dropped) = (0, 0);
        std::thread::scope(|scope| {
            let (context, counter) = (&context, heard.clone());
            let binder = scope.spawn(move || {
                let mut dropped = 0;
                for _ in 0..kit::rounds(3000) {
                    let mut pull = context.pull().unwrap();
                    pull.bind("inproc://x").expect("free at once");
                    while pull.try_recv().is_ok() {
                        counter.fetch_add(1, SeqCst);
                    }
                    dropped += pull.close().discarded;
                }
                dropped
            });
            for round in 0..kit::rounds(3000) {
                let mut push = context.push().unwrap();
                if push.connect("inproc://x").is_ok() {
                    sent += usize::from(push.try_send(round).is_ok());
                }
            }
            dropped += binder.join().unwrap();
        });
        let report = wait(context.term());
        assert!(report.undelivered >= dropped);
        assert_eq!(heard.load(SeqCst) + report.undelivered, sent);
    });
}

#[test]
fn sockets_and_their_futures_are_send_and_never_sync_and_the_context_is_both() {
    use std::cell::Cell;
    fn send<T: Send>(_: &T) {}
    fn sync<T: Sync>(_: &T) {}
    trait Ambiguous<A> {
        fn it(&self) {}
    }
    impl<T: ?Sized> Ambiguous<()> for T {}
    #[allow(dead_code)]
    struct IsSync;
    impl<T: ?Sized + Sync> Ambiguous<IsSync> for T {}
    // A message that may move but not be shared.
    let context = Context::<Cell<u8>, 3, 2, 1>::new();
    send(&context);
    sync(&context);
    let mut pair: Pair<'_, Cell<u8>> = context.pair().unwrap();
    let mut push: Push<'_, Cell<u8>> = context.push().unwrap();
    let mut pull: Pull<'_, Cell<u8>> = context.pull().unwrap();
    send(&pair);
    send(&push);
    send(&pull);
    // Each of these is ambiguous, and does not compile, if the type is `Sync`.
    <Pair<'_, Cell<u8>> as Ambiguous<_>>::it(&pair);
    <Push<'_, u32> as Ambiguous<_>>::it(&Three::new().push().unwrap());
    <Pull<'_, u32> as Ambiguous<_>>::it(&Three::new().pull().unwrap());
    <Pair<'_, u32> as Ambiguous<_>>::it(&Three::new().pair().unwrap());
    send(&pair.send(Cell::new(1)));
    send(&pair.recv());
    send(&push.send(Cell::new(1)));
    send(&pull.recv());
    send(&push.draining().into_future());
    send(&context.term());
}

#[test]
fn debug_shows_states_and_no_messages() {
    let context = Three::new();
    let (mut push, pull) = (context.push().unwrap(), context.pull().unwrap());
    pull.bind("inproc://x").unwrap();
    push.connect("inproc://x").unwrap();
    push.try_send(77).unwrap();
    assert_eq!(
        format!("{context:?}"),
        "Context { open_sockets: 2, terminated: false }"
    );
    assert_eq!(format!("{push:?}"), "Push(Socket { slot: 0, links: 1 })");
    let error = Three::new().push().unwrap().try_send(77).unwrap_err();
    assert_eq!(format!("{error:?}"), "SendError { reason: Full, .. }");
    assert_eq!(error.to_string(), "no peer has room");
    assert_eq!(
        TooManyPipes.to_string(),
        "every pipe of the context is in use"
    );
    let too_large = HwmTooLarge { max: 4 };
    assert!(too_large.to_string().contains("the 4 messages"));
}
