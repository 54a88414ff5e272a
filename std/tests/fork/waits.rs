//! Objects in which threads of the parent wait, wake, open and close at the moment of the fork: the child calls everything of
//! them, and nothing hangs. No waiter of the parent is one in the child.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, Waker};
use std::time::Duration;

use gimmal::sync::{Barrier, Condition, Event, Lock, Semaphore};
use gimmal::{Context, channel, thread};

use crate::MILLI;
use crate::forking::{forked, forked_in_use};
use crate::kit::child::{Child, Part};
use crate::kit::until_it_sleeps;

pub(crate) const PARTS: &[Part] = &[
    ("waits-at-work", waits_at_work),
    ("contexts-at-work", contexts_at_work),
    ("waiters", waiters),
    ("futures", futures),
];

const SHORT: Duration = Duration::from_micros(50);

fn waits_at_work() -> i32 {
    forked_in_use(
        Event::new(),
        |event| {
            let _ = event.wait_timeout(SHORT);
            event.set();
            event.clear();
        },
        |event| {
            event.clear();
            assert!(event.wait_timeout(SHORT).is_err());
            event.set();
            event.wait();
        },
    );
    forked_in_use(
        Semaphore::new(0),
        |permits| {
            let _ = permits.acquire_timeout(SHORT).map(|permit| permit.forget());
            permits.release(1).unwrap();
        },
        |permits| {
            // What the parent's threads had been given is theirs; what comes now is not.
            while permits
                .try_acquire()
                .map(|permit| permit.forget())
                .is_some()
            {}
            permits.release(2).unwrap();
            permits.acquire().unwrap().forget();
            permits.try_acquire().unwrap().forget();
            assert!(permits.acquire_timeout(SHORT).is_err());
            permits.close();
        },
    );
    forked_in_use(
        Lock::new(0),
        |lock| *lock.lock() += 1,
        |lock| {
            drop(lock.lock_timeout(MILLI));
            drop(lock.try_lock());
        },
    );
    forked_in_use(
        (Lock::new(0), Condition::new()),
        |(lock, condition)| {
            drop(condition.wait_timeout(lock.lock(), SHORT));
            condition.notify_all();
            condition.notify_one();
        },
        |(_, condition)| {
            condition.notify_one();
            condition.notify_all();
            let own = Lock::new(0);
            let (_guard, told) = condition.wait_timeout(own.lock(), SHORT).unwrap();
            assert!(told.is_err());
        },
    );
    forked_in_use(
        Barrier::new(2),
        |barrier| {
            let _ = barrier.wait_timeout(SHORT);
        },
        |barrier| {
            barrier.reset();
            let other = || {
                let _ = barrier.wait_timeout(MILLI * 100);
            };
            thread::scope(|scope| {
                scope.spawn(other);
                other();
            });
            barrier.abort();
        },
    );
    forked_in_use(
        channel::bounded::<u32>(1),
        |(sender, receiver)| {
            let _ = sender.send_timeout(1, SHORT);
            let _ = (sender.try_send(2), receiver.try_recv());
            let _ = receiver.recv_timeout(SHORT);
        },
        |(sender, receiver)| {
            let _ = (receiver.recv_timeout(SHORT), receiver.try_recv());
            let _ = (sender.send_timeout(3, SHORT), sender.try_send(4));
            let _ = (receiver.recv_timeout(SHORT), receiver.try_recv());
            sender.close();
            assert!(sender.send(5).is_err());
            while receiver.recv_timeout(MILLI).is_ok() {}
        },
    );
    0
}

#[test]
fn f10_a_child_wakes_and_waits_where_threads_of_the_parent_were_waking_and_waiting() {
    Child::start("waits-at-work").exits_with(0);
}

/// Opens, links, subscribes, sends and closes: everything that the lock of a context is for.
fn live(context: &Context, name: &str) {
    let (mut pull, mut push) = (context.pull().unwrap(), context.push().unwrap());
    let bound = pull.bind(name).is_ok();
    push.connect(name).unwrap();
    let _ = push.try_send("x");
    let _ = pull.try_recv();
    let dealer = context.dealer().unwrap();
    // Another thread may have taken it.
    let _ = dealer.set_identity(context.identity(name));
    let (mut publish, subscribe) = (context.publish().unwrap(), context.subscribe().unwrap());
    let news = format!("{name}-news");
    let _ = publish.bind(&news);
    subscribe.connect(&news).unwrap();
    subscribe.subscribe("n").unwrap();
    let _ = publish.try_send("news");
    subscribe.subscribe("m").unwrap();
    subscribe.unsubscribe("m").unwrap();
    let _ = (
        context.sockets(),
        context.snapshot(),
        context.open_sockets(),
    );
    // It may have ended with a binder of another thread.
    let _ = push.disconnect(name);
    if bound {
        pull.unbind(name).unwrap();
    }
    drop((pull, push));
    context.discard(name).unwrap();
}

fn contexts_at_work() -> i32 {
    forked_in_use(
        {
            let context = Context::builder().sockets(100).build();
            let heard = context.events(64);
            std::thread::spawn(move || heard.iter().for_each(drop));
            context
        },
        |context| live(context, "inproc://both"),
        |context| {
            live(context, "inproc://child");
            live(context, "inproc://both");
            assert_eq!(
                context.identity("inproc://both"),
                context.identity("inproc://both")
            );
            drop((context.events(8), context.sockets()));
            context.shutdown();
            let _ = context.term_timeout(MILLI);
        },
    );
    0
}

#[test]
fn f10_a_child_opens_links_and_ends_where_threads_of_the_parent_did() {
    Child::start("contexts-at-work").exits_with(0);
}

/// Threads of the parent wait for good. In the child nobody does: what it gives is not given to them.
fn waiters() -> i32 {
    let permits = Arc::new(Semaphore::new(0));
    let event = Arc::new(Event::new());
    let lock = Arc::new(Lock::new(()));
    let (sender, receiver) = channel::bounded::<u32>(4);
    let (full, takes) = channel::bounded::<u32>(1);
    full.send(0).unwrap();
    let held = lock.lock();
    let mut threads = Vec::new();
    let mut wait = |wait: Box<dyn FnOnce() + Send>| {
        let name = format!("waiter-{}", threads.len());
        let builder = std::thread::Builder::new().name(name.clone());
        threads.push(builder.spawn(wait).unwrap());
        until_it_sleeps(&name);
    };
    let its = permits.clone();
    wait(Box::new(move || its.acquire().unwrap().forget()));
    let its = event.clone();
    wait(Box::new(move || its.wait()));
    let its = lock.clone();
    wait(Box::new(move || drop(its.lock())));
    let its = receiver.clone();
    wait(Box::new(move || assert_eq!(its.recv(), Ok(7))));
    let its = full.clone();
    wait(Box::new(move || its.send(1).unwrap()));
    let mut held = Some(held);
    for _ in 0..3 {
        forked(|| {
            permits.release(1).unwrap();
            permits.try_acquire().unwrap().forget();
            sender.send(1).unwrap();
            assert_eq!(receiver.try_recv(), Ok(1));
            assert_eq!(takes.recv(), Ok(0));
            assert!(takes.try_recv().is_err());
            full.send(2).unwrap();
            assert_eq!(takes.recv(), Ok(2));
            drop(held.take());
            drop(lock.try_lock().unwrap());
            event.set();
            let child = std::thread::spawn({
                let (permits, event) = (permits.clone(), event.clone());
                move || {
                    event.wait();
                    permits.acquire().unwrap().forget();
                }
            });
            permits.release(1).unwrap();
            child.join().unwrap();
        });
    }
    // The parent's go on.
    permits.release(1).unwrap();
    event.set();
    drop(held);
    sender.send(7).unwrap();
    assert_eq!(takes.recv(), Ok(0));
    assert_eq!(takes.recv(), Ok(1));
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    0
}

#[test]
fn f10_no_thread_of_the_parent_waits_in_the_child() {
    Child::start("waiters").exits_with(0);
}

/// The thread that forks has futures that wait: in the child they are polled on, or dropped.
fn futures() -> i32 {
    let permits = Semaphore::new(0);
    let event = Event::new();
    let mut task = TaskContext::from_waker(Waker::noop());
    let mut acquiring = pin!(permits.acquire_async());
    assert!(acquiring.as_mut().poll(&mut task).is_pending());
    {
        let mut dropped = pin!(permits.acquire_async());
        assert!(dropped.as_mut().poll(&mut task).is_pending());
        let mut waiting = pin!(event.wait_async());
        assert!(waiting.as_mut().poll(&mut task).is_pending());
        forked(|| {
            assert!(acquiring.as_mut().poll(&mut task).is_pending());
            permits.release(1).unwrap();
            let Poll::Ready(permit) = acquiring.as_mut().poll(&mut task) else {
                panic!("a permit has been given to nobody");
            };
            permit.unwrap().forget();
            event.set();
            assert!(waiting.as_mut().poll(&mut task).is_ready());
        });
        forked(|| {
            // Released before the future is polled again: it is given the permit, and woken for it, in that poll.
            permits.release(1).unwrap();
            let ready = |_| acquiring.as_mut().poll(&mut task).is_ready();
            assert!((0..2).any(ready));
        });
    }
    // `dropped` has left the parent's queue.
    permits.release(1).unwrap();
    assert!(acquiring.as_mut().poll(&mut task).is_ready());
    0
}

#[test]
fn f10_a_future_of_the_thread_that_forks_goes_on_in_the_child() {
    Child::start("futures").exits_with(0);
}
