//! Tasks that never have to wait make room for others on the one thread of an executor.

mod kit;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use futures_util::{SinkExt, StreamExt};
use gimmal::channel;
use gimmal::wait::cooperate;

use kit::bounded;

/// Runs a test on the one thread of a runtime; fails if it hangs.
#[track_caller]
fn on_one_thread(test: impl Future<Output = ()> + Send + 'static) {
    bounded(|| {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_time().build().unwrap().block_on(test);
    });
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
    on_one_thread(async {
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
    on_one_thread(async {
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
fn timers_go_off_beside_streams_that_never_wait() {
    on_one_thread(async {
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

#[test]
fn a_loop_that_cooperates_lets_other_tasks_run() {
    on_one_thread(async {
        let turns = other_task();
        let (sender, receiver) = channel::bounded(1);
        for n in 0..1280 {
            sender.send_async(n).await.unwrap();
            assert_eq!(receiver.recv_async().await, Ok(n));
            cooperate().await;
        }
        assert!(turns.load(SeqCst) >= 10);
    });
}
