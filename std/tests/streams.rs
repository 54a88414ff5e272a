//! Channels and sockets as streams: order, wake-ups, ends, and what is left when one is dropped.

mod kit;
mod polled;

use std::collections::BTreeSet;
use std::task::Poll;

use futures_core::FusedStream;
use futures_util::{SinkExt, StreamExt};
use gimmal::channel::{self, Closed, spsc};
use gimmal::socket::RecvError;
use gimmal::wait::block_on;
use gimmal::{Context, thread};

use kit::{bounded, rounds};
use polled::Task;

fn is_a_self_contained_task<S: Send + Unpin + 'static>(_: &S) {}

#[test]
fn streams_and_sinks_can_be_moved_into_tasks() {
    let (sender, receiver) = channel::bounded::<u32>(1);
    is_a_self_contained_task(&sender.into_sink());
    is_a_self_contained_task(&receiver.into_stream());
    let (sender, receiver) = spsc::bounded::<u32>(1);
    is_a_self_contained_task(&sender.into_sink());
    is_a_self_contained_task(&receiver.into_stream());
    let context = Context::<u32>::typed();
    is_a_self_contained_task(&context.pair().unwrap().into_sink());
    is_a_self_contained_task(&context.pair().unwrap().into_stream());
    is_a_self_contained_task(&context.router().unwrap().into_stream());
}

#[test]
fn a_stream_yields_what_was_sent_and_ends_when_closed_and_drained() {
    let (sender, receiver) = channel::bounded(4);
    let mut stream = receiver.into_stream();
    let task = Task::new();
    assert_eq!(task.next(&mut stream), Poll::Pending);
    sender.send(1).unwrap();
    sender.send(2).unwrap();
    assert_eq!(task.woken(), 1);
    assert_eq!(task.next(&mut stream), Poll::Ready(Some(1)));
    assert_eq!(stream.reason(), None);
    assert!(!stream.is_terminated());
    drop(sender);
    assert_eq!(task.next(&mut stream), Poll::Ready(Some(2)));
    assert_eq!(task.next(&mut stream), Poll::Ready(None));
    assert_eq!(task.next(&mut stream), Poll::Ready(None));
    assert_eq!(stream.reason(), Some(Closed));
    assert!(stream.is_terminated());
    assert_eq!(stream.into_inner().recv(), Err(Closed));
}

#[test]
fn a_stream_that_waits_is_woken_by_the_close() {
    let (sender, receiver) = spsc::bounded::<u32>(1);
    let mut stream = receiver.into_stream();
    let task = Task::new();
    assert_eq!(task.next(&mut stream), Poll::Pending);
    drop(sender);
    assert_eq!(task.woken(), 1);
    assert_eq!(task.next(&mut stream), Poll::Ready(None));
    assert_eq!(stream.reason(), Some(Closed));
}

#[test]
fn a_stream_wakes_the_task_that_polled_it_last() {
    let (sender, receiver) = channel::bounded(1);
    let mut stream = receiver.into_stream();
    let (first, second) = (Task::new(), Task::new());
    for n in 0..3 {
        assert_eq!(first.next(&mut stream), Poll::Pending);
        assert_eq!(second.next(&mut stream), Poll::Pending);
        sender.send(n).unwrap();
        assert_eq!((first.woken(), second.woken()), (0, 1));
        assert_eq!(second.next(&mut stream), Poll::Ready(Some(n)));
    }
}

#[test]
fn no_wake_up_is_lost_between_a_sink_and_a_stream_of_capacity_one() {
    let count = rounds(20_000);
    bounded(move || {
        let (sender, receiver) = channel::bounded(1);
        let sending = std::thread::spawn(move || {
            let mut sink = sender.into_sink();
            block_on(async {
                for n in 0..count {
                    sink.feed(n).await.unwrap();
                }
                sink.close().await.unwrap();
            });
        });
        let all = block_on(receiver.into_stream().collect::<Vec<_>>());
        assert!(all.into_iter().eq(0..count));
        sending.join().unwrap();
    });
}

#[test]
fn a_stream_that_was_woken_and_is_dropped_wakes_the_next_receiver() {
    for taken_apart in [false, true] {
        let (sender, receiver) = channel::bounded(1);
        let (mut first, mut second) = (receiver.stream(), receiver.stream());
        let (one, two) = (Task::new(), Task::new());
        assert_eq!(one.next(&mut first), Poll::Pending);
        assert_eq!(two.next(&mut second), Poll::Pending);
        sender.send(7).unwrap();
        assert_eq!((one.woken(), two.woken()), (1, 0));
        let kept = taken_apart.then(|| first.into_inner());
        assert_eq!((one.woken(), two.woken()), (0, 1));
        assert_eq!(receiver.len(), 1, "nothing was taken out");
        assert_eq!(two.next(&mut second), Poll::Ready(Some(7)));
        drop(kept);
    }
}

#[test]
fn a_stream_can_be_taken_apart_while_it_waits_and_used_again() {
    let (mut sender, receiver) = spsc::bounded(1);
    let task = Task::new();
    let mut stream = receiver.into_stream();
    assert_eq!(task.next(&mut stream), Poll::Pending);
    let mut receiver = stream.into_inner();
    sender.send(1).unwrap();
    assert_eq!(task.woken(), 0, "it does not wait any more");
    assert_eq!(receiver.recv(), Ok(1));
    let mut stream = receiver.into_stream();
    assert_eq!(task.next(&mut stream), Poll::Pending);
    sender.send(2).unwrap();
    assert_eq!(task.next(&mut stream), Poll::Ready(Some(2)));
}

#[test]
fn a_stream_of_a_socket_says_why_it_has_ended() {
    let context = Context::<u32>::typed();
    let (mut push, pull) = (context.push().unwrap(), context.pull().unwrap());
    push.bind("inproc://a").unwrap();
    pull.connect("inproc://a").unwrap();
    let mut stream = pull.into_stream();
    let task = Task::new();
    assert_eq!(task.next(&mut stream), Poll::Pending);
    push.send(1_u32).unwrap();
    assert_eq!(task.woken(), 1);
    assert_eq!(task.next(&mut stream), Poll::Ready(Some(1)));
    assert_eq!(task.next(&mut stream), Poll::Pending);
    drop(push);
    assert_eq!(task.woken(), 1);
    assert_eq!(task.next(&mut stream), Poll::Ready(None));
    assert_eq!(stream.reason(), Some(RecvError::Disconnected));

    let pull = context.pull().unwrap();
    pull.bind("inproc://b").unwrap();
    let mut stream = pull.into_stream();
    assert_eq!(task.next(&mut stream), Poll::Pending);
    context.shutdown();
    assert_eq!(task.woken(), 1);
    assert_eq!(task.next(&mut stream), Poll::Ready(None));
    assert_eq!(stream.reason(), Some(RecvError::Terminated));
}

#[test]
fn a_stream_of_a_router_tells_who_has_sent() {
    let context = Context::<u32>::typed();
    let (router, mut dealer) = (context.router().unwrap(), context.dealer().unwrap());
    router.bind("inproc://r").unwrap();
    dealer.connect("inproc://r").unwrap();
    dealer.send(5_u32).unwrap();
    let mut stream = router.into_stream();
    let (from, message) = block_on(stream.next()).unwrap();
    assert_eq!((from, message), (dealer.identity(), 5));
    // Taken back, to answer.
    let mut router = stream.into_inner();
    router.send_to(from, 6_u32).unwrap();
    assert_eq!(dealer.recv(), Ok(6));
}

#[test]
fn a_wait_starts_the_budget_of_a_stream_again() {
    let (sender, receiver) = channel::bounded(128);
    let mut stream = receiver.into_stream();
    let task = Task::new();
    for _ in 0..3 {
        (0..127).for_each(|n| sender.send(n).unwrap());
        for n in 0..127 {
            assert_eq!(task.next(&mut stream), Poll::Ready(Some(n)));
        }
        task.woken();
        assert_eq!(task.next(&mut stream), Poll::Pending);
        assert_eq!(task.woken(), 0, "it waits");
        sender.send(0).unwrap();
        assert_eq!(task.woken(), 1);
        assert_eq!(task.next(&mut stream), Poll::Ready(Some(0)));
        assert_eq!(task.next(&mut stream), Poll::Pending);
        assert_eq!(task.woken(), 0, "it waits, and has not yielded");
    }
}

#[test]
fn stress_streams_that_are_given_up_and_sinks_lose_nothing() {
    const SINKS: usize = 4;
    let each = rounds(2_000);
    bounded(move || {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(4).build().unwrap();
        let (sender, receiver) = channel::bounded(3);
        let sinks = (0..SINKS).map(|own| {
            let mut sink = sender.clone().into_sink();
            runtime.spawn(async move {
                for n in 0..each {
                    sink.send(own * each + n).await.unwrap();
                }
            })
        });
        let sinks: Vec<_> = sinks.collect();
        drop(sender);
        let streams = (0..3).map(|own| {
            let mut receiver = receiver.clone();
            runtime.spawn(async move {
                let mut all = Vec::new();
                loop {
                    // Polls a few times, whether woken or not, and takes the stream apart.
                    let mut stream = receiver.into_stream();
                    let mut polls = own + 1;
                    std::future::poll_fn(|cx| {
                        while polls > 0 {
                            polls -= 1;
                            match stream.poll_next_unpin(cx) {
                                Poll::Ready(Some(message)) => all.push(message),
                                Poll::Ready(None) => break,
                                Poll::Pending => {
                                    cx.waker().wake_by_ref();
                                    return Poll::Pending;
                                }
                            }
                        }
                        Poll::Ready(())
                    })
                    .await;
                    if stream.is_terminated() {
                        return all;
                    }
                    receiver = stream.into_inner();
                }
            })
        });
        let streams: Vec<_> = streams.collect();
        drop(receiver);
        let mut all = BTreeSet::new();
        for stream in streams {
            for message in runtime.block_on(stream).unwrap() {
                assert!(all.insert(message), "{message} twice");
            }
        }
        for sink in sinks {
            runtime.block_on(sink).unwrap();
        }
        assert!(all.into_iter().eq(0..SINKS * each));
    });
}

#[test]
fn sockets_stream_between_threads() {
    let count = rounds(5_000);
    bounded(move || {
        let context = Context::<usize>::typed();
        let (push, pull) = (context.push().unwrap(), context.pull().unwrap());
        push.set_send_hwm(1).unwrap();
        pull.set_recv_hwm(1).unwrap();
        push.bind("inproc://t").unwrap();
        pull.connect("inproc://t").unwrap();
        thread::scope(|scope| {
            scope.spawn(move || {
                let mut sink = push.into_sink();
                block_on(async {
                    for n in 0..count {
                        sink.feed(n).await.unwrap();
                    }
                    sink.close().await.unwrap();
                });
            });
            let all = block_on(pull.into_stream().collect::<Vec<_>>());
            assert!(all.into_iter().eq(0..count));
        });
    });
}
