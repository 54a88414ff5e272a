//! Tasks that never have to wait make room for others on the one thread of an executor.

mod kit;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use futures_util::{FutureExt, SinkExt, StreamExt};
use gimmal::poll::select;
use gimmal::queue::Queue;
use gimmal::sync::{BoundedSemaphore, Event, Lock, Semaphore};
use gimmal::wait::cooperate;
use gimmal::{Context, Pull, Push, channel, wait};

use kit::bounded;

/// Runs a test on the one thread of a runtime; fails if it hangs.
#[track_caller]
fn on_one_thread(test: impl AsyncFnOnce() + Send + 'static) {
    bounded(|| {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_time().build().unwrap().block_on(test());
    });
}

/// A Push and a Pull of one context.
fn linked() -> (Push<usize>, Pull<usize>) {
    let context = Context::typed();
    let (push, pull) = (context.push().unwrap(), context.pull().unwrap());
    pull.bind("inproc://x").unwrap();
    push.connect("inproc://x").unwrap();
    (push, pull)
}

/// Starts a task that counts its polls, with a yield after each.
fn other_task() -> Arc<AtomicUsize> {
    let turns = Arc::new(AtomicUsize::new(0));
    let own = turns.clone();
    tokio::spawn(async move {
        loop {
            own.fetch_add(1, SeqCst);
            tokio::task::yield_now().await;
        }
    });
    turns
}

#[test]
fn an_always_ready_stream_lets_other_tasks_run_after_128_messages() {
    on_one_thread(async || {
        let turns = other_task();
        let (sender, receiver) = channel::bounded(1);
        let mut stream = receiver.into_stream();
        for n in 0..1280 {
            sender.try_send(n).unwrap();
            assert_eq!(stream.next().await, Some(n));
            assert!(turns.load(SeqCst) >= n / 128);
        }
    });
}

#[test]
fn an_always_ready_sink_lets_other_tasks_run_after_128_messages() {
    on_one_thread(async || {
        let turns = other_task();
        let (sender, receiver) = channel::bounded(1);
        let mut sink = sender.into_sink();
        for n in 0..1280 {
            sink.send(n).await.unwrap();
            assert_eq!(receiver.try_recv(), Ok(n));
            assert!(turns.load(SeqCst) >= n / 128);
        }
    });
}

#[test]
fn an_always_ready_socket_stream_lets_other_tasks_run_after_128_messages() {
    on_one_thread(async || {
        let turns = other_task();
        let (mut push, pull) = linked();
        let mut stream = pull.into_stream();
        for n in 0..1280 {
            push.try_send(n).unwrap();
            assert_eq!(stream.next().await, Some(n));
            assert!(turns.load(SeqCst) >= n / 128);
        }
    });
}

#[test]
fn an_always_ready_socket_sink_lets_other_tasks_run_after_128_messages() {
    on_one_thread(async || {
        let turns = other_task();
        let (push, mut pull) = linked();
        let mut sink = push.into_sink();
        for n in 0..1280 {
            sink.send(n).await.unwrap();
            assert_eq!(pull.try_recv(), Ok(n));
            assert!(turns.load(SeqCst) >= n / 128);
        }
    });
}

#[test]
fn timers_go_off_beside_streams_that_never_wait() {
    on_one_thread(async || {
        let (sender, receiver) = channel::bounded(1);
        let mut stream = receiver.into_stream();
        let forwards = tokio::spawn(async move {
            loop {
                sender.try_send(()).unwrap();
                stream.next().await.unwrap();
            }
        });
        tokio::time::sleep(kit::SHORT).await;
        forwards.abort();
    });
}

/// Awaits what `turn` returns 1280 times, and asserts that another task runs after every 128th.
async fn others_run<E, F: AsyncFnMut(&mut E, usize)>(mut ends: E, mut turn: F) {
    let turns = other_task();
    for n in 0..1280 {
        turn(&mut ends, n).await;
        assert!(turns.load(SeqCst) >= n / 128, "turn {n}");
    }
    // Not more often than it takes.
    assert!(turns.load(SeqCst) <= 1280 / 128 + 1);
}

#[test]
fn channels_that_are_always_ready_let_other_tasks_run_after_128_operations() {
    on_one_thread(async || {
        others_run(channel::bounded(1), async |(sender, receiver), n| {
            sender.try_send(n).unwrap();
            assert_eq!(receiver.recv_async().await, Ok(n));
        })
        .await;
        others_run(channel::bounded(1), async |(sender, receiver), n| {
            sender.send_async(n).await.unwrap();
            assert_eq!(receiver.try_recv(), Ok(n));
        })
        .await;
        others_run(channel::bounded(1), async |(sender, receiver), n| {
            let mut got = Vec::new();
            sender.try_send(n).unwrap();
            assert_eq!(receiver.recv_many_async(&mut got, 1).await, Ok(1));
        })
        .await;
        others_run(channel::spsc::bounded(1), async |(sender, receiver), n| {
            sender.try_send(n).unwrap();
            assert_eq!(receiver.recv_async().await, Ok(n));
        })
        .await;
        others_run(channel::spsc::bounded(1), async |(sender, receiver), n| {
            sender.send_async(n).await.unwrap();
            assert_eq!(receiver.try_recv(), Ok(n));
        })
        .await;
        others_run(channel::spsc::bounded(1), async |(sender, receiver), n| {
            assert_eq!(sender.send_slice_async(&[n]).await, Ok(1));
            assert_eq!(receiver.try_recv(), Ok(n));
        })
        .await;
        others_run(channel::spsc::bounded(1), async |(sender, receiver), n| {
            sender.try_send(n).unwrap();
            assert_eq!(receiver.recv_slice_async(&mut [0]).await, Ok(1));
        })
        .await;
    });
}

#[test]
fn ends_that_a_future_owns_let_other_tasks_run_after_128_operations() {
    on_one_thread(async || {
        let (sender, receiver) = channel::bounded(1);
        others_run(Some(receiver), async |receiver, n| {
            sender.try_send(n).unwrap();
            let (end, got) = receiver.take().unwrap().into_recv_async().await;
            assert_eq!(got, Ok(n));
            *receiver = Some(end);
        })
        .await;
        let (sender, receiver) = channel::bounded(1);
        others_run(Some(sender), async |sender, n| {
            let (end, sent) = sender.take().unwrap().into_send_async(n).await;
            sent.unwrap();
            assert_eq!(receiver.try_recv(), Ok(n));
            *sender = Some(end);
        })
        .await;
    });
}

#[test]
fn sockets_that_are_always_ready_let_other_tasks_run_after_128_operations() {
    on_one_thread(async || {
        let context = Context::<usize>::typed();
        let pair = || {
            let (push, pull) = (context.push().unwrap(), context.pull().unwrap());
            push.bind("inproc://ready").unwrap();
            pull.connect("inproc://ready").unwrap();
            push.unbind("inproc://ready").unwrap();
            (push, pull)
        };
        others_run(pair(), async |(push, pull), n| {
            push.try_send(n).unwrap();
            assert_eq!(pull.recv_async().await, Ok(n));
        })
        .await;
        others_run(pair(), async |(push, pull), n| {
            push.send_async(n).await.unwrap();
            assert_eq!(pull.try_recv(), Ok(n));
        })
        .await;
        let (mut push, pull) = pair();
        others_run(Some(pull), async |pull, n| {
            push.try_send(n).unwrap();
            let (end, got) = pull.take().unwrap().into_recv_async().await;
            assert_eq!(got, Ok(n));
            *pull = Some(end);
        })
        .await;
        let (push, mut pull) = pair();
        others_run(Some(push), async |push, n| {
            let (end, sent) = push.take().unwrap().into_send_async(n).await;
            sent.unwrap();
            assert_eq!(pull.try_recv(), Ok(n));
            *push = Some(end);
        })
        .await;
        let (mut router, mut dealer) = (context.router().unwrap(), context.dealer().unwrap());
        router.bind("inproc://routed").unwrap();
        dealer.connect("inproc://routed").unwrap();
        let to = dealer.identity();
        others_run((), async |(), n| {
            router.send_to_async(to, n).await.unwrap();
            assert_eq!(dealer.try_recv(), Ok(n));
        })
        .await;
    });
}

#[test]
fn queues_and_primitives_that_are_always_ready_let_other_tasks_run_after_128_operations() {
    on_one_thread(async || {
        others_run(Queue::new(1), async |queue, n| {
            queue.try_put(n).unwrap();
            assert_eq!(queue.get_async().await, Ok(n));
        })
        .await;
        others_run(Queue::new(1), async |queue, n| {
            queue.put_async(n).await.unwrap();
            assert_eq!(queue.try_get(), Ok(n));
        })
        .await;
        others_run(Queue::new(1), async |queue, n| {
            queue.try_put(n).unwrap();
            assert_eq!(*queue.get_task_async().await.unwrap(), n);
        })
        .await;
        others_run(Semaphore::new(2), async |slots, n| {
            let permit = slots.many(1 + n % 2).acquire_async().await;
            assert_eq!(permit.unwrap().count(), 1 + n % 2);
        })
        .await;
        others_run(BoundedSemaphore::new(1), async |slots, _| {
            drop(slots.acquire_async().await.unwrap());
        })
        .await;
        others_run(Arc::new(Semaphore::new(1)), async |slots, _| {
            drop(slots.owned().acquire_async().await.unwrap());
        })
        .await;
        others_run(Lock::new(0), async |lock, n| {
            let mut count = lock.lock_async().await;
            assert_eq!(*count, n);
            *count += 1;
        })
        .await;
        others_run(Arc::new(Lock::new(0)), async |lock, n| {
            let mut count = lock.lock_owned_async().await;
            assert_eq!(*count, n);
            *count += 1;
        })
        .await;
        let event = Event::new();
        event.set();
        others_run(event, async |event, _| event.wait_async().await).await;
    });
}

/// Both yield in the same poll: the second branch does not go on where the first has yielded.
#[test]
fn a_select_of_two_that_are_always_ready_takes_one_and_lets_other_tasks_run() {
    on_one_thread(async || {
        let turns = other_task();
        let ((left, from_left), (right, from_right)) = (channel::bounded(1), channel::bounded(1));
        let (mut lefts, mut rights) = (0, 0);
        for n in 0..1280 {
            let _ = (left.try_send(lefts), right.try_send(rights));
            tokio::select! {
                got = from_left.recv_async() => {
                    assert_eq!(got, Ok(lefts));
                    lefts += 1;
                }
                got = from_right.recv_async() => {
                    assert_eq!(got, Ok(rights));
                    rights += 1;
                }
            }
            assert_eq!(lefts + rights, n + 1);
            assert!(turns.load(SeqCst) >= n / 128, "turn {n}");
        }
        assert!(lefts > 0 && rights > 0);
    });
}

/// One that waits, and is polled before each operation, does not start the count again.
#[test]
fn a_select_beside_one_that_waits_lets_other_tasks_run() {
    on_one_thread(async || {
        let turns = other_task();
        let never = Event::new();
        let (sender, receiver) = channel::bounded(1);
        for n in 0..1280 {
            sender.try_send(n).unwrap();
            tokio::select! {
                biased;
                () = never.wait_async() => unreachable!("nobody sets it"),
                got = receiver.recv_async() => assert_eq!(got, Ok(n)),
            }
            assert!(turns.load(SeqCst) >= n / 128, "turn {n}");
        }
    });
}

#[test]
fn a_future_that_has_yielded_has_taken_nothing() {
    let (sender, receiver) = channel::bounded(1);
    let mut got = Vec::new();
    let mut pending = 0;
    for n in 0..1280 {
        sender.try_send(n).unwrap();
        // One that is polled once is pending now and then, but never twice in a row.
        let first = receiver.recv_async().now_or_never();
        pending += usize::from(first.is_none());
        let result = first.or_else(|| receiver.recv_async().now_or_never());
        got.push(result.expect("a message is there").unwrap());
    }
    assert!(got.into_iter().eq(0..1280));
    assert_eq!(pending, 1279 / 128);

    // The same for a value that is to be sent: it is sent once, or not at all.
    let mut sent = 0;
    for n in 0..1280 {
        let done = sender.send_async(n).now_or_never();
        assert_eq!(done.is_some(), receiver.try_recv() == Ok(n));
        sent += usize::from(done.is_some());
    }
    assert!((1265..=1275).contains(&sent), "{sent}");
}

#[test]
fn blocking_calls_and_tries_count_nothing() {
    let (sender, receiver) = channel::bounded(1);
    for n in 0..1000 {
        sender.send(n).unwrap();
        assert_eq!(receiver.recv(), Ok(n));
        sender.try_send(n).unwrap();
        assert_eq!(receiver.try_recv(), Ok(n));
        select((sender.sending(n), receiver.receiving())).wait();
        receiver.recv().unwrap();
    }
    // All of them are left.
    for n in 0..128 {
        assert_eq!(sender.send_async(n).now_or_never(), Some(Ok(())));
        receiver.recv().unwrap();
    }
    assert_eq!(sender.send_async(0).now_or_never(), None);
}

#[test]
fn a_future_that_yields_is_polled_again_by_block_on() {
    bounded(|| {
        let (sender, receiver) = channel::bounded(1);
        for n in 0..1280 {
            wait::block_on(sender.send_async(n)).unwrap();
            assert_eq!(wait::block_on(receiver.recv_async()), Ok(n));
        }
    });
}

#[test]
fn timers_go_off_beside_a_loop_that_never_waits() {
    on_one_thread(async || {
        let (sender, receiver) = channel::bounded(1);
        let forwards = tokio::spawn(async move {
            loop {
                sender.try_send(()).unwrap();
                receiver.recv_async().await.unwrap();
            }
        });
        tokio::time::sleep(kit::SHORT).await;
        forwards.abort();
    });
}

#[test]
fn a_loop_over_a_select_that_cooperates_lets_other_tasks_run() {
    on_one_thread(async || {
        let (stop, ends) = (Event::new(), channel::bounded(1));
        others_run(ends, async |(sender, receiver), n| {
            sender.try_send(n).unwrap();
            let done = select((stop.waiting(), receiver.receiving())).await;
            assert_eq!(done.index(), 1);
            cooperate().await;
        })
        .await;
    });
}
