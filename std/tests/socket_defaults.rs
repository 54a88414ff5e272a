//! What a socket does that was told nothing: how much its links hold, how long its calls wait, and when it is alone.

mod kit;

use std::thread::{self, Builder};
use std::time::{Duration, Instant};

use gimmal::socket::{RecvError, SendReason};
use gimmal::{Context, Pull, Push};

use kit::{LONG, SHORT, bounded};

fn linked(context: &Context<u8>) -> (Push<u8>, Pull<u8>) {
    let (push, pull) = (context.push().unwrap(), context.pull().unwrap());
    pull.bind("inproc://x").unwrap();
    push.connect("inproc://x").unwrap();
    (push, pull)
}

/// Sends until nothing more is taken, and returns how many were.
fn fill(push: &mut Push<u8>) -> usize {
    (0..).take_while(|_| push.try_send(0).is_ok()).count()
}

#[test]
fn a_link_holds_a_thousand_messages_of_each_side() {
    let context = Context::<u8>::typed();
    let (mut push, mut pull) = linked(&context);
    assert_eq!(fill(&mut push), 2000);
    assert_eq!(pull.recv(), Ok(0));
    assert_eq!(fill(&mut push), 1);
    // Each way of a Pair, and before the bind the sender's thousand.
    let (mut one, mut other) = (context.pair().unwrap(), context.pair().unwrap());
    one.connect("inproc://pair").unwrap();
    for _ in 0..1000 {
        one.try_send(0).unwrap();
    }
    assert_eq!(one.try_send(0).unwrap_err().reason, SendReason::Full);
    other.bind("inproc://pair").unwrap();
    for (sent, pair) in [(1000, &mut one), (2000, &mut other)] {
        (0..sent).for_each(|_| pair.try_send(0).unwrap());
        assert_eq!(pair.try_send(0).unwrap_err().reason, SendReason::Full);
    }
}

/// The rule for being alone, for a Push that nobody told anything.
#[test]
fn a_push_without_peers_waits_or_disconnects_like_any_socket() {
    let context = Context::<u8>::typed();
    let reason = |push: &mut Push<u8>, within| push.send_timeout(1, within).unwrap_err().reason;
    // It never had a peer.
    let mut push = context.push().unwrap();
    assert_eq!(reason(&mut push, SHORT), SendReason::TimedOut);
    // It has connected, and its only peer has gone.
    let pull = context.pull().unwrap();
    pull.bind("inproc://x").unwrap();
    push.connect("inproc://x").unwrap();
    drop(pull);
    assert_eq!(reason(&mut push, LONG), SendReason::Disconnected);
    // It holds a name: it waits for new peers, until it gives the name up.
    push.bind("inproc://x").unwrap();
    assert_eq!(reason(&mut push, SHORT), SendReason::TimedOut);
    let mut pull = context.pull().unwrap();
    pull.connect("inproc://x").unwrap();
    push.send(2).unwrap();
    assert_eq!(pull.recv(), Ok(2));
    drop(pull);
    assert_eq!(reason(&mut push, SHORT), SendReason::TimedOut);
    push.unbind("inproc://x").unwrap();
    assert_eq!(reason(&mut push, LONG), SendReason::Disconnected);
}

/// What a call in another thread returns, which sleeps and is there until `event` has happened.
fn sleeps_until<R: Send>(call: impl FnOnce() -> R + Send, event: impl FnOnce()) -> R {
    thread::scope(|scope| {
        let thread = Builder::new().name("sleeper".into());
        let thread = thread.spawn_scoped(scope, call).unwrap();
        kit::until_it_sleeps("sleeper");
        thread::sleep(SHORT);
        assert!(!thread.is_finished());
        event();
        thread.join().unwrap()
    })
}

/// `None` waits for ever, `ZERO` not at all, and anything else as long as it says: the default of the blocking forms.
#[test]
fn the_time_outs_of_sockets_are_for_ever_at_once_or_a_time() {
    bounded(|| {
        let context = Context::<u8>::typed();
        let (mut push, mut pull) = linked(&context);
        for (time_out, empty, full) in [
            (Duration::ZERO, RecvError::Empty, SendReason::Full),
            (SHORT, RecvError::TimedOut, SendReason::TimedOut),
        ] {
            pull.set_recv_timeout(Some(time_out));
            let begin = Instant::now();
            assert_eq!(pull.recv(), Err(empty));
            assert!(begin.elapsed() >= time_out);
            fill(&mut push);
            push.set_send_timeout(Some(time_out));
            let begin = Instant::now();
            assert_eq!(push.send(1).unwrap_err().reason, full);
            assert!(begin.elapsed() >= time_out);
            while pull.try_recv().is_ok() {}
        }
        // For ever: both before anything was set and after it is taken back.
        let (fresh_push, fresh_pull) = {
            let (push, pull) = (context.push().unwrap(), context.pull().unwrap());
            pull.bind("inproc://fresh").unwrap();
            push.connect("inproc://fresh").unwrap();
            (push, pull)
        };
        push.set_send_timeout(None);
        pull.set_recv_timeout(None);
        for (mut push, mut pull) in [(push, pull), (fresh_push, fresh_pull)] {
            fill(&mut push);
            let sent = sleeps_until(
                || push.send(1),
                || (0..2000).for_each(|_| assert_eq!(pull.recv(), Ok(0))),
            );
            assert_eq!(sent.ok(), Some(()));
            assert_eq!(pull.recv(), Ok(1));
            let received = sleeps_until(|| pull.recv(), || push.send(2).unwrap());
            assert_eq!(received, Ok(2));
        }
    });
}

/// `None` waits for ever, `ZERO`, the default, not at all, and anything else as long as it says.
#[test]
fn the_close_of_a_sender_lingers_for_ever_not_at_all_or_a_time() {
    bounded(|| {
        let context = Context::<u8>::typed();
        for linger in [None, Some(Duration::ZERO), Some(SHORT)] {
            let (mut push, _pull) = linked(&context);
            push.send(1).unwrap();
            if linger.is_some() {
                push.set_linger(linger);
            }
            let begin = Instant::now();
            assert_eq!(push.close().unread, 1);
            assert!(begin.elapsed() >= linger.unwrap_or_default());
        }
        let (mut push, mut pull) = linked(&context);
        push.send(1).unwrap();
        push.set_linger(None);
        let report = sleeps_until(|| push.close(), || assert_eq!(pull.recv(), Ok(1)));
        assert_eq!(report.unread, 0);
    });
}
