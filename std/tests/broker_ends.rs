//! Brokers at their end, and at the end of a client or a worker: nobody waits for an answer that will
//! not come, and a broker ends when there is nobody left to serve.

mod brokered;
mod kit;

use std::thread;

use gimmal::Context;
use gimmal::socket::{Broker, ProxyEnd, RecvError, SendReason};

use brokered::{CLIENTS, WORKERS, beside, broker, client, sides, worker};
use kit::{bounded, until};

#[test]
fn a_client_whose_worker_has_gone_is_told_and_asks_again() {
    bounded(|| {
        let context = Context::<u64>::typed();
        let broker = broker(&context).per_worker(2);
        let mut rep = worker(&context);
        let report = beside(broker, || {
            let mut clients = [(); 2].map(|()| client(&context));
            clients[0].send(1_u64).unwrap();
            assert_eq!(rep.recv(), Ok(1));
            // One question in its hand, one unread.
            clients[1].send(2_u64).unwrap();
            until(|| {
                let links = context.snapshot().links;
                links
                    .iter()
                    .any(|link| link.name == "workers" && link.messages == 1)
            });
            rep.close();
            for client in &mut clients {
                assert_eq!(client.recv(), Err(RecvError::Disconnected));
                client.connect(CLIENTS).unwrap();
            }
            let mut rep = worker(&context);
            for client in &mut clients {
                client.send(3_u64).unwrap();
                assert_eq!(rep.recv(), Ok(3));
                rep.send(9_u64).unwrap();
                assert_eq!(client.recv(), Ok(9));
            }
        });
        assert_eq!((report.questions, report.answers, report.lost), (4, 2, 2));
    });
}

#[test]
fn an_answer_instead_of_the_one_that_will_not_come() {
    bounded(|| {
        let context = Context::<u64>::typed();
        let broker = broker(&context).instead(|| 404);
        let report = beside(broker, || {
            let mut req = client(&context);
            for _ in 0..3 {
                let mut rep = worker(&context);
                req.send(1_u64).unwrap();
                assert_eq!(rep.recv(), Ok(1));
                rep.close();
                assert_eq!(req.recv(), Ok(404));
            }
        });
        assert_eq!((report.questions, report.answers, report.lost), (3, 0, 3));
    });
}

#[test]
fn what_nobody_waits_for_is_dropped() {
    bounded(|| {
        let context = Context::<u64>::typed();
        let broker = broker(&context);
        let mut dealer = context.dealer().unwrap();
        dealer.connect(WORKERS).unwrap();
        let report = beside(broker, || {
            dealer.send(1_u64).unwrap();
            let mut gone = client(&context);
            gone.send(2_u64).unwrap();
            assert_eq!(dealer.recv(), Ok(2));
            gone.close();
            dealer.send(3_u64).unwrap();
            let mut req = client(&context);
            req.send(4_u64).unwrap();
            assert_eq!(dealer.recv(), Ok(4));
            dealer.send(5_u64).unwrap();
            assert_eq!(req.recv(), Ok(5));
        });
        assert_eq!((report.answers, report.unclaimed), (1, 2));
    });
}

#[test]
fn the_end_of_the_context_ends_it_wherever_it_waits() {
    for busy in [false, true] {
        bounded(move || {
            let context = Context::<u64>::typed();
            let broker = broker(&context);
            let (mut req, mut rep) = (client(&context), worker(&context));
            let mut second = client(&context);
            thread::scope(|scope| {
                let running = scope.spawn(|| broker.run());
                if busy {
                    req.send(1_u64).unwrap();
                    assert_eq!(rep.recv(), Ok(1));
                    second.send(2_u64).unwrap();
                }
                context.shutdown();
                let report = running.join().unwrap();
                assert_eq!(report.end, ProxyEnd::Terminated);
                let open = u64::from(busy);
                assert_eq!((report.unanswered, report.unread), (open, open));
            });
            if busy {
                assert_eq!(req.recv(), Err(RecvError::Terminated));
            }
        });
    }
}

#[test]
fn it_ends_when_the_last_client_or_the_last_worker_has_gone() {
    bounded(|| {
        let context = Context::<u64>::typed();
        for clients_go in [true, false] {
            let (front, back) = sides(&context);
            match clients_go {
                true => front.expect_peers(1),
                false => back.expect_peers(1),
            }
            let broker = Broker::new(front, back);
            let (mut req, mut rep) = (client(&context), worker(&context));
            thread::scope(|scope| {
                let running = scope.spawn(|| broker.run());
                req.send(1_u64).unwrap();
                assert_eq!(rep.recv(), Ok(1));
                rep.send(2_u64).unwrap();
                if clients_go {
                    assert_eq!(req.recv(), Ok(2));
                    req.close();
                } else {
                    // The answer is passed on all the same.
                    rep.close();
                    assert_eq!(req.recv(), Ok(2));
                }
                let report = running.join().unwrap();
                assert_eq!((report.end, report.answers), (ProxyEnd::Disconnected, 1));
            });
        }
    });
}

#[test]
fn who_waits_for_an_answer_when_it_is_stopped_is_told() {
    bounded(|| {
        let context = Context::<u64>::typed();
        let broker = broker(&context);
        let mut clients = [(); 2].map(|()| client(&context));
        let mut rep = worker(&context);
        let report = beside(broker, || {
            clients[0].send(1_u64).unwrap();
            assert_eq!(rep.recv(), Ok(1));
            clients[1].send(2_u64).unwrap();
        });
        assert_eq!((report.unanswered, report.unread), (1, 1));
        for client in &mut clients {
            assert_eq!(client.recv(), Err(RecvError::Disconnected));
        }
        let refused = rep.send(3_u64).unwrap_err();
        assert_eq!(
            (refused.reason, refused.value),
            (SendReason::Unreachable, 3)
        );
    });
}
