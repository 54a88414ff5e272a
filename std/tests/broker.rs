//! Brokers: each answer goes to who has asked, the worker that waits the longest is asked, and
//! nothing is read that cannot go on.

mod brokered;
mod kit;

use std::sync::Mutex;
use std::thread;

use gimmal::socket::{Broker, ProxyEnd, RecvError, Rep, SendReason};
use gimmal::{Context, Stop};

use brokered::{CLIENTS, WORKERS, beside, broker, client, worker};
use kit::{bounded, until};
#[cfg(all(target_os = "linux", not(miri)))]
use kit::{sleeps, until_it_sleeps};

#[test]
fn each_answer_goes_to_who_has_asked() {
    bounded(|| {
        let context = Context::<u64>::typed();
        let seen = Mutex::new((0, 0));
        let broker = broker(&context).per_worker(3).capture(|number| {
            let mut seen = seen.lock().unwrap();
            match number % 2 {
                0 => seen.0 += 1,
                _ => seen.1 += 1,
            }
        });
        let mut asking = Vec::new();
        for _ in 0..3 {
            let mut rep = worker(&context);
            thread::spawn(move || {
                while let Ok(number) = rep.recv() {
                    rep.send(number + 1).unwrap();
                }
            });
        }
        let report = beside(broker, || {
            for who in 0..4_u64 {
                let mut req = client(&context);
                asking.push(thread::spawn(move || {
                    for n in 0..500 {
                        let question = 2 * (n * 8 + who);
                        req.send(question).unwrap();
                        assert_eq!(req.recv(), Ok(question + 1));
                    }
                }));
            }
            // One that asks much at a time: it gets its own answers, in whatever order.
            let mut dealer = context.dealer().unwrap();
            dealer.connect(CLIENTS).unwrap();
            (0..500).for_each(|n| dealer.send(2 * (n * 8 + 4_u64)).unwrap());
            let mut got: Vec<_> = (0..500).map(|_| dealer.recv().unwrap()).collect();
            got.sort_unstable();
            assert!((0..500).map(|n| 2 * (n * 8 + 4) + 1).eq(got));
            asking.drain(..).for_each(|thread| thread.join().unwrap());
        });
        assert_eq!((report.questions, report.answers), (2500, 2500));
        assert_eq!(
            (
                report.lost,
                report.unclaimed,
                report.unanswered,
                report.unread
            ),
            (0, 0, 0, 0)
        );
        assert_eq!((report.end, report.unsent), (ProxyEnd::Stopped, vec![]));
        assert_eq!(seen.into_inner().unwrap(), (2500, 2500));
    });
}

/// Who has a question: exactly one of them.
fn asked(workers: &mut [Rep<u64>]) -> (usize, u64) {
    let mut found = None;
    until(|| {
        for (which, worker) in workers.iter_mut().enumerate() {
            if let Ok(number) = worker.try_recv() {
                assert_eq!(found.replace((which, number)), None);
            }
        }
        found.is_some()
    });
    found.unwrap()
}

#[test]
fn the_worker_that_has_waited_the_longest_is_asked() {
    bounded(|| {
        let context = Context::<u64>::typed();
        let broker = broker(&context);
        let mut workers = [(); 3].map(|()| worker(&context));
        beside(broker, || {
            let mut clients = [(); 4].map(|()| client(&context));
            // Each of them in the order in which they came.
            for (n, client) in clients.iter_mut().take(3).enumerate() {
                client.send(n as u64).unwrap();
                assert_eq!(asked(&mut workers), (n, n as u64));
            }
            // All are busy: the next one waits for the first that answers.
            clients[3].send(3_u64).unwrap();
            for who in [2, 0, 1] {
                workers[who].send(100 + who as u64).unwrap();
                assert_eq!(clients[who].recv(), Ok(100 + who as u64));
                if who == 2 {
                    assert_eq!(asked(&mut workers), (2, 3));
                    workers[2].send(103_u64).unwrap();
                    assert_eq!(clients[3].recv(), Ok(103));
                }
            }
            // In the order of their last answers.
            for (n, who) in [2, 0, 1, 2].into_iter().enumerate() {
                clients[0].send(n as u64).unwrap();
                assert_eq!(asked(&mut workers), (who, n as u64));
                workers[who].send(n as u64).unwrap();
                assert_eq!(clients[0].recv(), Ok(n as u64));
            }
        });
    });
}

#[test]
fn a_worker_owes_no_more_answers_than_it_may() {
    bounded(|| {
        let context = Context::<u64>::typed();
        let broker = broker(&context).per_worker(2);
        let mut workers = [(); 2].map(|()| context.dealer().unwrap());
        for worker in &workers {
            worker.connect(WORKERS).unwrap();
        }
        let report = beside(broker, || {
            let mut dealer = context.dealer().unwrap();
            dealer.connect(CLIENTS).unwrap();
            (0..7_u64).for_each(|n| dealer.send(n).unwrap());
            // Who owes the fewest is asked first.
            let got = [0, 1, 0, 1].map(|which| workers[which].recv());
            assert_eq!(got, [Ok(0), Ok(1), Ok(2), Ok(3)]);
            let nothing = Err(RecvError::TimedOut);
            assert_eq!(workers[0].recv_timeout(kit::SHORT), nothing);
            assert_eq!(workers[1].try_recv(), Err(RecvError::Empty));
            workers[1].send(11_u64).unwrap();
            assert_eq!((dealer.recv(), workers[1].recv()), (Ok(11), Ok(4)));
        });
        assert_eq!(
            (
                report.questions,
                report.answers,
                report.unanswered,
                report.unread
            ),
            (5, 1, 4, 2)
        );
    });
}

#[test]
fn a_question_stays_where_it_is_until_there_is_a_worker() {
    bounded(|| {
        let context = Context::builder().hwm(2, 2).typed::<u64>().build();
        let broker = broker(&context);
        let report = beside(broker, || {
            let mut dealer = context.dealer().unwrap();
            dealer.connect(CLIENTS).unwrap();
            (0..4_u64).for_each(|n| dealer.try_send(n).unwrap());
            let mut refused = || dealer.try_send(4_u64).unwrap_err().reason;
            (0..20).for_each(|_| {
                thread::sleep(std::time::Duration::from_millis(1));
                assert_eq!(refused(), SendReason::Full);
            });
            let mut rep = worker(&context);
            assert_eq!(rep.recv(), Ok(0));
            rep.send(10_u64).unwrap();
            assert_eq!(rep.recv(), Ok(1));
            assert_eq!(dealer.recv(), Ok(10));
        });
        // The second one was lost with its worker, and that ended the link in which two were left.
        assert_eq!((report.questions, report.answers, report.lost), (2, 1, 1));
        assert_eq!(report.unread, 2);
    });
}

#[test]
fn a_client_that_does_not_read_holds_up_no_other_one() {
    bounded(|| {
        let context = Context::builder().hwm(1, 1).typed::<u64>().build();
        let broker = broker(&context);
        let mut workers = [(); 2].map(|()| worker(&context));
        beside(broker, || {
            let mut lazy = context.dealer().unwrap();
            lazy.connect(CLIENTS).unwrap();
            // Two answers fill its link; the third one lies in the link of its worker.
            for n in 0..3_u64 {
                lazy.send(n).unwrap();
                let (who, number) = asked(&mut workers);
                assert_eq!((who, number), ((n % 2) as usize, n));
                workers[who].send(number).unwrap();
            }
            // That worker is not asked before its answer has gone on; the other one is.
            let mut req = client(&context);
            for n in 0..100_u64 {
                req.send(n).unwrap();
                assert_eq!(asked(&mut workers), (1, n));
                workers[1].send(n).unwrap();
                assert_eq!(req.recv(), Ok(n));
            }
            (0..3).for_each(|n| assert_eq!(lazy.recv(), Ok(n)));
            // Both again.
            req.send(7_u64).unwrap();
            let first = asked(&mut workers).0;
            lazy.send(8_u64).unwrap();
            let second = asked(&mut workers).0;
            assert_ne!(first, second);
        });
    });
}

#[test]
fn a_paused_broker_passes_nothing_on_and_a_resumed_one_everything() {
    bounded(|| {
        let context = Context::<u64>::typed();
        let broker = broker(&context);
        let steering = broker.steering();
        steering.pause();
        let (mut req, mut rep) = (client(&context), worker(&context));
        beside(broker, || {
            for n in 0..100_u64 {
                req.send(n).unwrap();
                if n == 0 {
                    assert_eq!(rep.recv_timeout(kit::SHORT), Err(RecvError::TimedOut));
                }
                steering.resume();
                assert_eq!(rep.recv(), Ok(n));
                steering.pause();
                rep.send(n).unwrap();
                steering.resume();
                assert_eq!(req.recv(), Ok(n));
                steering.pause();
            }
        });
    });
}

/// It waits for what it lacks, whatever has happened before.
#[cfg(all(target_os = "linux", not(miri)))]
#[test]
fn a_broker_without_anything_to_do_sleeps() {
    bounded(|| {
        let context = Context::builder().hwm(1, 1).typed::<u64>().build();
        let broker = broker(&context);
        let steering = broker.steering();
        thread::scope(|scope| {
            let builder = thread::Builder::new().name("the-broker".into());
            let running = builder.spawn_scoped(scope, || broker.run()).unwrap();
            let stays_asleep = || {
                until_it_sleeps("the-broker");
                (0..20).for_each(|_| {
                    thread::sleep(std::time::Duration::from_millis(1));
                    assert_eq!(sleeps("the-broker"), Some(true));
                });
            };
            stays_asleep(); // without anybody
            let mut lazy = context.dealer().unwrap();
            lazy.connect(CLIENTS).unwrap();
            (0..2_u64).for_each(|n| lazy.send(n).unwrap());
            stays_asleep(); // questions, and no worker
            let mut rep = worker(&context);
            for n in 0..3_u64 {
                assert_eq!(rep.recv(), Ok(n));
                rep.send(n).unwrap();
                lazy.send(n + 2).unwrap();
            }
            stays_asleep(); // an answer, and a client without room
            (0..3_u64).for_each(|n| assert_eq!(lazy.recv(), Ok(n)));
            assert_eq!(rep.recv(), Ok(3));
            stays_asleep(); // a question, and the worker is busy
            rep.send(3_u64).unwrap();
            assert_eq!((lazy.recv(), rep.recv()), (Ok(3), Ok(4)));
            lazy.close();
            rep.send(4_u64).unwrap();
            stays_asleep(); // a worker, and no question
            rep.close();
            stays_asleep(); // without anybody again
            steering.pause();
            stays_asleep();
            steering.stop();
            let report = running.join().unwrap();
            assert_eq!((report.questions, report.answers), (5, 4));
        });
    });
}

/// Messages too, and two contexts.
#[test]
fn the_two_sides_may_be_of_two_contexts() {
    bounded(|| {
        let (outside, inside) = (Context::new(), Context::new());
        let (front, back) = (outside.router().unwrap(), inside.dealer().unwrap());
        front.bind(CLIENTS).unwrap();
        back.connect(WORKERS).unwrap();
        let broker = Broker::new(front, back);
        let steering = broker.steering();
        thread::scope(|scope| {
            let running = scope.spawn(|| broker.run());
            let mut req = outside.req().unwrap();
            req.connect(CLIENTS).unwrap();
            req.send("who is there").unwrap();
            // The worker binds, late.
            let mut rep = inside.rep().unwrap();
            rep.bind(WORKERS).unwrap();
            assert!(rep.recv().unwrap() == "who is there");
            rep.send("me").unwrap();
            assert!(req.recv().unwrap() == "me");
            steering.stop();
            assert_eq!(running.join().unwrap().answers, 1);
        });
    });
}
