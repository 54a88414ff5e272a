//! Futures that own their end: spawned as tasks, they wait, give the end back, and lose nothing when they are aborted.

mod kit;
mod polled;

use std::pin::pin;
use std::task::Poll;

use gimmal::Context;
use gimmal::channel::{self, Closed, SendError, spsc};
use gimmal::socket::{RecvError, SendReason};

use kit::{Drops, bounded, rounds, until};
use polled::Task;

/// Runs a test on a runtime of two threads; fails if it hangs.
#[track_caller]
fn on_tokio(test: impl Future<Output = ()> + Send + 'static) {
    bounded(|| {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(2).build().unwrap();
        let test = runtime.spawn(test);
        runtime.block_on(test).unwrap();
    });
}

#[test]
fn ends_go_through_spawned_tasks_and_come_back() {
    let count = rounds(1_000);
    on_tokio(async move {
        let (mut sender, mut receiver) = channel::bounded(1);
        for n in 0..count {
            let receiving = tokio::spawn(receiver.into_recv_async());
            let (end, sent) = tokio::spawn(sender.into_send_async(n)).await.unwrap();
            sender = end;
            assert_eq!(sent, Ok(()));
            let (end, got) = receiving.await.unwrap();
            receiver = end;
            assert_eq!(got, Ok(n));
        }
        drop(sender);
        let (_, got) = tokio::spawn(receiver.into_recv_async()).await.unwrap();
        assert_eq!(got, Err(Closed));
    });
}

#[test]
fn ends_of_one_each_go_through_spawned_tasks_and_come_back() {
    let count = rounds(1_000);
    on_tokio(async move {
        let (mut sender, mut receiver) = spsc::bounded(1);
        for n in 0..count {
            let sending = tokio::spawn(sender.into_send_async(n));
            let (end, got) = tokio::spawn(receiver.into_recv_async()).await.unwrap();
            receiver = end;
            assert_eq!(got, Ok(n));
            let (end, sent) = sending.await.unwrap();
            sender = end;
            assert_eq!(sent, Ok(()));
        }
        drop(receiver);
        let (_, sent) = tokio::spawn(sender.into_send_async(7)).await.unwrap();
        assert_eq!(sent, Err(SendError(7)));
    });
}

#[test]
fn sockets_go_through_spawned_tasks_and_come_back() {
    let count = rounds(500);
    on_tokio(async move {
        let context = Context::<usize>::typed();
        let (mut router, mut dealer) = (context.router().unwrap(), context.dealer().unwrap());
        router.bind("inproc://r").unwrap();
        dealer.connect("inproc://r").unwrap();
        for n in 0..count {
            let sending = tokio::spawn(dealer.into_send_async(n));
            let (end, got) = tokio::spawn(router.into_recv_async()).await.unwrap();
            let (from, asked) = got.unwrap();
            assert_eq!(asked, n);
            let (asker, sent) = sending.await.unwrap();
            assert_eq!(sent, Ok(()));
            let receiving = tokio::spawn(asker.into_recv_async());
            let answering = tokio::spawn(end.into_send_to_async(from, n + 1));
            let (end, answered) = answering.await.unwrap();
            assert_eq!(answered, Ok(()));
            router = end;
            let (asker, got) = receiving.await.unwrap();
            assert_eq!(got, Ok(n + 1));
            dealer = asker;
        }
        let receiving = tokio::spawn(dealer.into_recv_async());
        let gone = router.identity();
        let (router, sent) = router.into_send_to_async(gone, 1_usize).await;
        assert_eq!(sent.unwrap_err().reason, SendReason::Unreachable);
        drop(router);
        let (_, got) = receiving.await.unwrap();
        assert_eq!(got, Err(RecvError::Disconnected));
    });
}

#[test]
fn an_owned_receive_that_was_woken_and_is_dropped_wakes_the_next() {
    let (sender, receiver) = channel::bounded(1);
    let (one, two) = (Task::new(), Task::new());
    let mut first = Box::pin(receiver.clone().into_recv_async());
    let mut second = pin!(receiver.clone().into_recv_async());
    assert!(one.poll(first.as_mut()).is_pending());
    assert!(two.poll(second.as_mut()).is_pending());
    sender.send(7).unwrap();
    assert_eq!((one.woken(), two.woken()), (1, 0));
    drop(first);
    assert_eq!((one.woken(), two.woken()), (0, 1));
    match two.poll(second.as_mut()) {
        Poll::Ready((_, got)) => assert_eq!(got, Ok(7)),
        Poll::Pending => panic!("the message is there"),
    }
}

#[test]
fn an_aborted_send_drops_its_value_once_and_its_end() {
    on_tokio(async {
        let drops = Drops::default();
        let (sender, receiver) = channel::bounded(1);
        sender.send(drops.one(0)).unwrap();
        let sending = tokio::spawn(sender.into_send_async(drops.one(1)));
        tokio::task::yield_now().await;
        assert_eq!(drops.count(), 0);
        sending.abort();
        assert!(sending.await.unwrap_err().is_cancelled());
        until(|| receiver.is_closed());
        assert_eq!(drops.count(), 1);
        assert_eq!(receiver.recv().unwrap().number(), 0);
        assert!(receiver.recv().is_err());
    });
}
