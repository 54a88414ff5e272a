//! Proxies: every message once and in order, never one that cannot go on, and asleep when there is
//! nothing to do.

mod kit;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

use gimmal::socket::{Proxy, ProxyEnd, Pull, Push, RecvError, WhenAlone};
use gimmal::{Context, Stop};

use kit::{bounded, until};
#[cfg(all(target_os = "linux", not(miri)))]
use kit::{sleeps, until_it_sleeps};

/// A context of small links, the two sockets of a streamer, a source and a sink.
struct Line {
    context: Context<u64>,
    front: Pull<u64>,
    back: Push<u64>,
    source: Push<u64>,
    sink: Pull<u64>,
}

fn line() -> Line {
    let context = Context::builder().hwm(1, 1).typed::<u64>().build();
    let (front, back) = (context.pull().unwrap(), context.push().unwrap());
    front.bind("inproc://front").unwrap();
    back.bind("inproc://back").unwrap();
    let (source, sink) = (context.push().unwrap(), context.pull().unwrap());
    source.connect("inproc://front").unwrap();
    sink.connect("inproc://back").unwrap();
    sink.set_when_alone(WhenAlone::Wait);
    Line {
        context,
        front,
        back,
        source,
        sink,
    }
}

#[test]
fn everything_goes_through_once_and_in_order() {
    bounded(|| {
        let mut line = line();
        let seen = AtomicUsize::new(0);
        let proxy = Proxy::one_way(&mut line.front, &mut line.back);
        let steering = proxy.steering();
        let proxy = proxy.capture(|_| {
            seen.fetch_add(1, SeqCst);
        });
        thread::scope(|scope| {
            let running = scope.spawn(|| proxy.run());
            scope.spawn(|| (0..5000_u64).for_each(|n| line.source.send(n).unwrap()));
            (0..5000).for_each(|n| assert_eq!(line.sink.recv(), Ok(n)));
            steering.stop();
            let report = running.join().unwrap();
            assert_eq!((report.forward, report.backward), (5000, 0));
            assert_eq!((report.end, report.unsent), (ProxyEnd::Stopped, vec![]));
        });
        assert_eq!(seen.into_inner(), 5000);
    });
}

#[test]
fn what_cannot_go_on_stays_where_it_is() {
    bounded(|| {
        let mut line = line();
        // Two links of two each, and nothing in between.
        let proxy = Proxy::one_way(&mut line.front, &mut line.back);
        let steering = proxy.steering();
        thread::scope(|scope| {
            let running = scope.spawn(|| proxy.run());
            let mut sent = 0_u64;
            until(|| {
                while line.source.try_send(sent).is_ok() {
                    sent += 1;
                }
                sent == 4
            });
            assert!(line.source.try_send(sent).is_err());
            steering.stop();
            let report = running.join().unwrap();
            assert_eq!((report.forward, report.unsent), (2, vec![]));
        });
        assert_eq!(
            [line.front.try_recv(), line.front.try_recv()],
            [Ok(2), Ok(3)]
        );
        assert_eq!([line.sink.try_recv(), line.sink.try_recv()], [Ok(0), Ok(1)]);
    });
}

#[test]
fn a_paused_proxy_forwards_nothing_and_a_resumed_one_everything() {
    bounded(|| {
        let mut line = line();
        let proxy = Proxy::one_way(&mut line.front, &mut line.back);
        let steering = proxy.steering();
        steering.pause();
        steering.pause();
        thread::scope(|scope| {
            let running = scope.spawn(|| proxy.run());
            line.source.send(1_u64).unwrap();
            line.source.send(2_u64).unwrap();
            assert!(line.source.try_send(3_u64).is_err(), "nobody reads");
            assert_eq!(line.sink.recv_timeout(kit::SHORT), Err(RecvError::TimedOut));
            for round in 0..100_u64 {
                steering.resume();
                if round == 0 {
                    assert_eq!([line.sink.recv(), line.sink.recv()], [Ok(1), Ok(2)]);
                }
                line.source.send(round).unwrap();
                assert_eq!(line.sink.recv(), Ok(round));
                steering.pause();
            }
            steering.stop();
            steering.resume();
            assert_eq!(running.join().unwrap().end, ProxyEnd::Stopped);
        });
    });
}

/// It waits for what it lacks, whatever has happened before.
#[cfg(all(target_os = "linux", not(miri)))]
#[test]
fn an_idle_a_full_and_a_paused_proxy_sleep() {
    bounded(|| {
        let mut line = line();
        let proxy = Proxy::one_way(&mut line.front, &mut line.back);
        let steering = proxy.steering();
        // A word that it has not heard is no reason to run.
        steering.pause();
        steering.resume();
        thread::scope(|scope| {
            let builder = thread::Builder::new().name("the-proxy".into());
            let running = builder.spawn_scoped(scope, || proxy.run()).unwrap();
            let stays_asleep = || {
                until_it_sleeps("the-proxy");
                // Not only for one moment.
                (0..20).for_each(|_| {
                    thread::sleep(std::time::Duration::from_millis(1));
                    assert_eq!(sleeps("the-proxy"), Some(true));
                });
            };
            stays_asleep(); // idle
            steering.pause();
            stays_asleep();
            steering.resume();
            stays_asleep(); // idle again
            (0..4_u64).for_each(|n| line.source.send(n).unwrap());
            stays_asleep(); // full
            steering.stop();
            assert_eq!(running.join().unwrap().forward, 2);
        });
    });
}

#[test]
fn both_ways_end_to_end_and_a_question_waits_for_its_answer() {
    bounded(|| {
        let context = Context::<u64>::typed();
        let (mut front, mut back) = (context.rep().unwrap(), context.req().unwrap());
        front.bind("inproc://front").unwrap();
        back.connect("inproc://back").unwrap();
        let mut rep = context.rep().unwrap();
        rep.bind("inproc://back").unwrap();
        let proxy = Proxy::both_ways(&mut front, &mut back);
        let steering = proxy.steering();
        thread::scope(|scope| {
            let running = scope.spawn(|| proxy.run());
            scope.spawn(move || {
                while let Ok(question) = rep.recv() {
                    rep.send(question * 2).unwrap();
                }
            });
            let asking = (0..4_u64).map(|who| {
                let mut req = context.req().unwrap();
                req.connect("inproc://front").unwrap();
                scope.spawn(move || {
                    for n in 0..100 {
                        req.send(n * 4 + who).unwrap();
                        assert_eq!(req.recv(), Ok((n * 4 + who) * 2));
                    }
                })
            });
            let asking: Vec<_> = asking.collect();
            asking.into_iter().for_each(|one| one.join().unwrap());
            steering.stop();
            let report = running.join().unwrap();
            assert_eq!((report.forward, report.backward), (400, 400));
            context.shutdown();
        });
    });
}

#[test]
fn two_pairs_are_bridged_and_what_was_sent_before_the_end_arrives() {
    bounded(|| {
        let context = Context::<u64>::typed();
        let (left, right) = (context.pair().unwrap(), context.pair().unwrap());
        left.bind("inproc://left").unwrap();
        right.bind("inproc://right").unwrap();
        let (mut first, mut second) = (context.pair().unwrap(), context.pair().unwrap());
        first.connect("inproc://left").unwrap();
        second.connect("inproc://right").unwrap();
        let (mut left, mut right) = (left, right);
        (0..1000_u64).for_each(|n| left.send(n).unwrap());
        (0..500_u64).for_each(|n| right.send(n).unwrap());
        left.close();
        let proxy = Proxy::both_ways(&mut first, &mut second);
        let report = proxy.run();
        assert_eq!((report.forward, report.end), (1000, ProxyEnd::Disconnected));
        assert!(
            report.unsent.is_empty(),
            "it takes nothing that it cannot send"
        );
        (0..1000).for_each(|n| assert_eq!(right.recv(), Ok(n)));
        (0..500).for_each(|n| assert_eq!(second.recv(), Ok(n)));
    });
}

#[test]
fn the_end_of_the_context_ends_it_wherever_it_waits() {
    for full in [false, true] {
        bounded(move || {
            let mut line = line();
            let proxy = Proxy::one_way(&mut line.front, &mut line.back);
            thread::scope(|scope| {
                let running = scope.spawn(|| proxy.run());
                if full {
                    (0..4_u64).for_each(|n| line.source.send(n).unwrap());
                }
                line.context.shutdown();
                assert_eq!(running.join().unwrap().end, ProxyEnd::Terminated);
            });
        });
    }
}

#[test]
fn a_forwarder_passes_on_what_it_has_subscribed_to() {
    bounded(|| {
        let context = Context::new();
        let (mut front, mut back) = (context.subscribe().unwrap(), context.publish().unwrap());
        front.subscribe("a").unwrap();
        front.bind("inproc://front").unwrap();
        back.bind("inproc://back").unwrap();
        let mut publish = context.publish().unwrap();
        publish.connect("inproc://front").unwrap();
        let mut subscribe = context.subscribe().unwrap();
        subscribe.connect("inproc://back").unwrap();
        subscribe.subscribe("").unwrap();
        let proxy = Proxy::one_way(&mut front, &mut back);
        let stopped = Arc::new(proxy.steering());
        thread::scope(|scope| {
            let running = scope.spawn(|| proxy.run());
            for text in ["b1", "a1", "b2", "a2"] {
                publish.send(text).unwrap();
            }
            assert!(subscribe.recv().unwrap() == "a1");
            assert!(subscribe.recv().unwrap() == "a2");
            stopped.stop();
            assert_eq!(running.join().unwrap().forward, 2);
        });
    });
}
