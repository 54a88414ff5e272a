//! Channels and sockets as sinks: exact back-pressure, errors with their message, ends, and what is left when one is
//! dropped.

mod kit;
mod polled;

use std::task::Poll;

use gimmal::Context;
use gimmal::channel::{self, SendError, spsc};
use gimmal::socket::{self, SendReason, WhenAlone};

use kit::Drops;
use polled::{Task, give};

#[test]
fn a_sink_takes_the_capacity_and_one_message_and_no_more() {
    let (sender, receiver) = channel::bounded(2);
    let mut sink = sender.into_sink();
    let task = Task::new();
    for n in 0..3 {
        assert_eq!(task.ready(&mut sink), Poll::Ready(Ok(())));
        give(&mut sink, n).unwrap();
        assert_eq!(receiver.len(), (n + 1).min(2), "sent without a flush");
    }
    assert_eq!(task.ready(&mut sink), Poll::Pending);
    assert_eq!(task.flush(&mut sink), Poll::Pending);
    assert_eq!(receiver.recv(), Ok(0));
    assert_eq!(task.woken(), 1);
    assert_eq!(receiver.len(), 1, "no room is reserved");
    assert_eq!(task.ready(&mut sink), Poll::Ready(Ok(())));
    assert_eq!(receiver.len(), 2);
    // A sink that is ready has reserved nothing: another sender finds the room.
    assert_eq!(receiver.recv(), Ok(1));
    assert_eq!(task.ready(&mut sink), Poll::Ready(Ok(())));
    let (sender, held) = sink.into_inner();
    assert_eq!(held, None);
    sender.unwrap().try_send(9).unwrap();
    assert_eq!((receiver.recv(), receiver.recv()), (Ok(2), Ok(9)));
}

#[test]
#[should_panic(expected = "`poll_ready` has to be ready before `start_send`")]
fn a_sink_that_holds_a_message_takes_no_other() {
    let (sender, _receiver) = channel::bounded(1);
    let mut sink = sender.into_sink();
    for n in 0..3 {
        let _ = give(&mut sink, n);
    }
}

#[test]
fn a_sink_gives_back_what_it_cannot_send() {
    let (mut sender, receiver) = spsc::bounded(1);
    sender.send(0).unwrap();
    let mut sink = sender.into_sink();
    let task = Task::new();
    give(&mut sink, 1).unwrap();
    assert_eq!(task.flush(&mut sink), Poll::Pending);
    drop(receiver);
    assert_eq!(task.woken(), 1);
    assert_eq!(task.flush(&mut sink), Poll::Ready(Err(SendError(1))));
    // It holds nothing now, and fails at once.
    assert_eq!(task.ready(&mut sink), Poll::Ready(Ok(())));
    assert_eq!(give(&mut sink, 2), Err(SendError(2)));
    assert_eq!(task.close(&mut sink), Poll::Ready(Ok(())));
    assert_eq!(give(&mut sink, 3), Err(SendError(3)));
    assert!(matches!(sink.into_inner(), (None, None)));
}

#[test]
fn closing_a_sink_sends_what_it_holds_and_drops_its_end() {
    let (sender, receiver) = channel::bounded(1);
    let mut sink = sender.clone().into_sink();
    let task = Task::new();
    give(&mut sink, 1).unwrap();
    give(&mut sink, 2).unwrap();
    assert_eq!(task.close(&mut sink), Poll::Pending);
    assert_eq!(receiver.recv(), Ok(1));
    assert_eq!(task.woken(), 1);
    assert_eq!(task.close(&mut sink), Poll::Ready(Ok(())));
    assert_eq!(task.close(&mut sink), Poll::Ready(Ok(())));
    assert_eq!(receiver.recv(), Ok(2));
    assert!(!receiver.is_closed(), "another sender lives");
    drop(sender);
    assert!(receiver.is_closed(), "the sink keeps none");
}

#[test]
fn closing_a_sink_that_fails_closes_it() {
    let (sender, receiver) = channel::bounded(1);
    let mut sink = sender.into_sink();
    let task = Task::new();
    give(&mut sink, 1).unwrap();
    give(&mut sink, 2).unwrap();
    receiver.close();
    assert_eq!(task.close(&mut sink), Poll::Ready(Err(SendError(2))));
    assert_eq!(task.close(&mut sink), Poll::Ready(Ok(())));
    assert!(matches!(sink.into_inner(), (None, None)));
}

#[test]
fn a_sink_that_was_woken_and_is_dropped_wakes_the_next_sender() {
    let drops = Drops::default();
    for taken_apart in [false, true] {
        let before = drops.count();
        let (sender, receiver) = channel::bounded(1);
        let (mut first, mut second) = (sender.clone().into_sink(), sender.into_sink());
        let (one, two) = (Task::new(), Task::new());
        let _ = give(&mut first, drops.one(0));
        let _ = give(&mut first, drops.one(0));
        let _ = give(&mut second, drops.one(0));
        assert!(one.flush(&mut first).is_pending());
        assert!(two.flush(&mut second).is_pending());
        drop(receiver.recv().unwrap());
        assert_eq!(drops.count(), before + 1);
        assert_eq!((one.woken(), two.woken()), (1, 0));
        match taken_apart {
            true => assert!(matches!(first.into_inner(), (Some(_), Some(_)))),
            false => drop(first),
        }
        assert_eq!(drops.count(), before + 2);
        assert_eq!((one.woken(), two.woken()), (0, 1));
        assert!(matches!(two.flush(&mut second), Poll::Ready(Ok(()))));
        assert_eq!(receiver.len(), 1);
        drop((second, receiver));
        assert_eq!(drops.count(), before + 3);
    }
}

#[test]
fn a_sink_of_a_socket_waits_for_a_peer_and_says_why_it_fails() {
    let context = Context::<u32>::typed();
    let (push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    push.set_send_hwm(1).unwrap();
    pull.set_recv_hwm(1).unwrap();
    push.bind("inproc://s").unwrap();
    push.set_when_alone(WhenAlone::Disconnect);
    let mut sink = push.into_sink();
    let task = Task::new();
    give(&mut sink, 1).unwrap();
    assert_eq!(task.ready(&mut sink), Poll::Pending);
    pull.connect("inproc://s").unwrap();
    assert_eq!(task.woken(), 1);
    assert_eq!(task.ready(&mut sink), Poll::Ready(Ok(())));
    // The marks of both sides, and the one that it holds.
    give(&mut sink, 2).unwrap();
    assert_eq!(task.ready(&mut sink), Poll::Ready(Ok(())));
    give(&mut sink, 3).unwrap();
    assert_eq!(task.ready(&mut sink), Poll::Pending);
    assert_eq!(pull.recv(), Ok(1));
    assert_eq!(task.ready(&mut sink), Poll::Ready(Ok(())));
    give(&mut sink, 4).unwrap();
    drop(pull);
    let gone = |value| socket::SendError {
        reason: SendReason::Disconnected,
        value,
    };
    assert_eq!(task.flush(&mut sink), Poll::Ready(Err(gone(4))));
    assert_eq!(give(&mut sink, 5), Err(gone(5)));
    assert_eq!(task.close(&mut sink), Poll::Ready(Ok(())));
    assert_eq!(give(&mut sink, 6).unwrap_err().reason, SendReason::Closed);
    assert_eq!(context.sockets().len(), 0, "it was closed");
}
