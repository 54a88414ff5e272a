//! Sockets in a poller.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::*};
use std::task::{Context as Cx, Poll, Wake, Waker};

use gimmal_core::Context;
use gimmal_core::channel::mpmc::Channel;
use gimmal_core::error::socket::SendReason;
use gimmal_core::poll::{Poller, Readiness, Source};
use gimmal_core::socket::{Identity, WhenAlone, WhenFull};
use gimmal_core::wait::block_on;

type Small = Context<u32, 6, 8, 2>;

/// A waker that counts.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Relaxed);
    }
}

/// What a pass finds at one source.
fn look(source: Source<'_>) -> Readiness {
    Poller::new([source]).try_poll().of(0)
}

/// What a poll of one source finds after `act`, which wakes it.
fn found_after(source: Source<'_>, act: impl FnOnce()) -> Readiness {
    let wakes = Arc::new(Wakes::default());
    let waker = Waker::from(wakes.clone());
    let mut poller = Poller::new([source]);
    let mut poll = pin!(poller.poll());
    let mut cx = Cx::from_waker(&waker);
    assert!(poll.as_mut().poll(&mut cx).is_pending());
    act();
    assert!(wakes.0.load(Relaxed) > 0, "it is woken");
    match poll.poll(&mut cx) {
        Poll::Ready(ready) => ready.of(0),
        Poll::Pending => panic!("it is ready"),
    }
}

#[test]
fn a_push_is_writable_exactly_when_a_send_succeeds() {
    let context = Small::new();
    let mut push = context.push().unwrap();
    push.bind("inproc://jobs").unwrap();
    assert_eq!(look(push.writable()), Readiness::NONE, "there is no peer");

    let (mut first, mut second) = (context.pull().unwrap(), context.pull().unwrap());
    first.connect("inproc://jobs").unwrap();
    second.connect("inproc://jobs").unwrap();
    let mut sent = 0;
    for round in 0..40 {
        let writable = look(push.writable()).is_writable();
        let done = push.try_send(round).is_ok();
        assert_eq!(writable, done, "round {round}");
        sent += u32::from(done);
        let pull = if round % 3 == 0 {
            &mut first
        } else {
            &mut second
        };
        if round % 2 == 0 {
            let readable = look(pull.readable()).is_readable();
            assert_eq!(readable, pull.try_recv().is_ok(), "round {round}");
        }
    }
    assert!(sent > 10);
}

#[test]
fn room_wakes_a_poller() {
    let context = Small::new();
    let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    pull.bind("inproc://jobs").unwrap();
    push.connect("inproc://jobs").unwrap();
    while push.try_send(7).is_ok() {}
    let found = found_after(push.writable(), || assert_eq!(pull.try_recv(), Ok(7)));
    assert_eq!(found, Readiness::WRITABLE);
}

#[test]
fn a_message_wakes_a_poller() {
    let context = Small::new();
    let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    pull.bind("inproc://jobs").unwrap();
    push.connect("inproc://jobs").unwrap();
    let found = found_after(pull.readable(), || push.try_send(7).unwrap());
    assert_eq!(found, Readiness::READABLE);
    assert_eq!(pull.try_recv(), Ok(7), "it is still there");
}

#[test]
fn a_new_peer_wakes_a_poller() {
    let context = Small::new();
    let (mut push, pull) = (context.push().unwrap(), context.pull().unwrap());
    push.bind("inproc://jobs").unwrap();
    let found = found_after(push.writable(), || pull.connect("inproc://jobs").unwrap());
    assert_eq!(found, Readiness::WRITABLE);
}

#[test]
fn a_peer_that_goes_ends_it() {
    let context = Small::new();
    let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    push.bind("inproc://jobs").unwrap();
    pull.connect("inproc://jobs").unwrap();
    push.try_send(1).unwrap();
    push.close();
    assert_eq!(look(pull.readable()), Readiness::READABLE, "not yet read");
    pull.try_recv().unwrap();
    assert_eq!(look(pull.readable()), Readiness::ENDED);
    pull.set_when_alone(WhenAlone::Wait);
    assert_eq!(look(pull.readable()), Readiness::NONE);
}

#[test]
fn a_peer_that_goes_wakes_a_poller() {
    let context = Small::new();
    let (push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    push.bind("inproc://jobs").unwrap();
    pull.connect("inproc://jobs").unwrap();
    let found = found_after(pull.readable(), || {
        push.close();
    });
    assert_eq!(found, Readiness::ENDED);
}

#[test]
fn a_shutdown_ends_it() {
    let context = Small::new();
    let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    pull.bind("inproc://jobs").unwrap();
    push.connect("inproc://jobs").unwrap();
    let found = found_after(pull.readable(), || {
        push.try_send(1).unwrap();
        context.shutdown();
    });
    assert_eq!(found, Readiness::READABLE, "what came before is read first");
    assert_eq!(look(push.writable()), Readiness::ENDED);
    pull.try_recv().unwrap();
    assert_eq!(look(pull.readable()), Readiness::ENDED);
}

#[test]
fn a_pair_is_polled_in_both_directions() {
    let context = Small::new();
    let (mut here, mut there) = (context.pair().unwrap(), context.pair().unwrap());
    here.bind("inproc://pair").unwrap();
    assert_eq!(look(here.readable_or_writable()), Readiness::NONE);
    there.connect("inproc://pair").unwrap();
    assert_eq!(look(here.readable_or_writable()), Readiness::WRITABLE);
    there.try_send(1).unwrap();
    let found = look(here.readable_or_writable());
    assert!(found.is_readable() && found.is_writable());
    while here.try_send(2).is_ok() {}
    assert_eq!(look(here.readable_or_writable()), Readiness::READABLE);
    here.try_recv().unwrap();
    let found = found_after(here.readable_or_writable(), || there.try_send(3).unwrap());
    assert_eq!(found, Readiness::READABLE);
    context.shutdown();
    let found = look(here.readable_or_writable());
    assert!(
        found.is_readable() && found.has_ended() && !found.is_writable(),
        "there is something to read"
    );
    here.try_recv().unwrap();
    assert_eq!(look(here.readable_or_writable()), Readiness::ENDED);
}

#[test]
fn a_req_and_a_rep_are_ready_in_their_turns() {
    let context = Small::new();
    let (mut rep, mut req) = (context.rep().unwrap(), context.req().unwrap());
    rep.bind("inproc://office").unwrap();
    req.connect("inproc://office").unwrap();
    for question in 0..3 {
        assert_eq!(look(req.readable_or_writable()), Readiness::WRITABLE);
        let found = found_after(rep.readable_or_writable(), || {
            req.try_send(question).unwrap()
        });
        assert_eq!(found, Readiness::READABLE);
        assert_eq!(look(req.readable_or_writable()), Readiness::NONE);
        assert_eq!(rep.try_recv(), Ok(question));
        assert_eq!(look(rep.readable_or_writable()), Readiness::WRITABLE);
        let found = found_after(req.readable(), || rep.try_send(question + 1).unwrap());
        assert_eq!(found, Readiness::READABLE);
        assert_eq!(req.try_recv(), Ok(question + 1));
        assert_eq!(look(rep.readable_or_writable()), Readiness::NONE);
    }
}

#[test]
fn a_req_whose_rep_goes_is_not_left_waiting() {
    let context = Small::new();
    let (mut rep, mut req) = (context.rep().unwrap(), context.req().unwrap());
    rep.bind("inproc://office").unwrap();
    req.connect("inproc://office").unwrap();
    req.try_send(1).unwrap();
    assert_eq!(rep.try_recv(), Ok(1));
    let found = found_after(req.readable_or_writable(), || {
        rep.close();
    });
    assert!(found.has_ended());
    assert!(req.try_recv().is_err());
}

#[test]
fn a_dealer_and_a_router_are_polled() {
    let context = Small::new();
    let (mut router, mut dealer) = (context.router().unwrap(), context.dealer().unwrap());
    router.bind("inproc://office").unwrap();
    dealer.connect("inproc://office").unwrap();
    let found = found_after(router.readable(), || dealer.try_send(1).unwrap());
    assert_eq!(found, Readiness::READABLE);
    let (identity, message) = router.try_recv().unwrap();
    assert_eq!(message, 1);
    let found = found_after(dealer.readable(), || {
        router.try_send_to(identity, 2).unwrap()
    });
    assert_eq!(found, Readiness::READABLE);
    assert_eq!(dealer.try_recv(), Ok(2));
}

#[test]
fn sockets_and_channels_are_polled_together() {
    const EACH: u32 = if cfg!(miri) { 20 } else { 500 };
    let context = Small::new();
    let channel = Channel::<&str, 2>::new();
    let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    pull.bind("inproc://jobs").unwrap();
    push.connect("inproc://jobs").unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || (0..EACH).for_each(|n| block_on(push.send(n)).unwrap()));
        scope.spawn(|| (0..EACH).for_each(|_| block_on(channel.send("word")).unwrap()));
        let (mut numbers, mut words) = (0, 0);
        while numbers + words < 2 * EACH {
            let ready = block_on(Poller::new([pull.readable(), channel.readable()]).poll());
            if ready.is_readable(0) {
                assert_eq!(pull.try_recv(), Ok(numbers));
                numbers += 1;
            }
            if ready.is_readable(1) {
                assert_eq!(channel.try_recv(), Ok("word"));
                words += 1;
            }
        }
        assert_eq!((numbers, words), (EACH, EACH));
    });
}

#[test]
fn a_router_is_writable_to_a_peer_exactly_when_a_send_to_it_succeeds() {
    let context = Small::new();
    let mut router = context.router().unwrap();
    router.bind("inproc://router").unwrap();
    let [slow, mut fast] = [(); 2].map(|()| context.dealer().unwrap());
    let names = [slow.identity(), fast.identity()];
    for name in names {
        assert_eq!(look(router.writable_to(name)), Readiness::ENDED, "nobody");
        assert_eq!(router.can_send_to(name), Err(SendReason::Unreachable));
    }
    slow.connect("inproc://router").unwrap();
    fast.connect("inproc://router").unwrap();
    let (mut sent, mut refused) = (0, 0);
    for round in 0..60 {
        let to = names[round % 2];
        assert_eq!(look(router.writable()), Readiness::WRITABLE, "to somebody");
        let writable = look(router.writable_to(to)).is_writable();
        let can_send = router.can_send_to(to);
        match router.try_send_to(to, round as u32) {
            Ok(()) => sent += 1,
            Err(error) => {
                assert_eq!(error.reason, SendReason::Full);
                refused += 1;
            }
        }
        assert_eq!(
            (writable, can_send),
            (refused == 0 || round % 2 == 1, Ok(writable))
        );
        // One of them reads nothing.
        if round % 2 == 1 {
            assert_eq!(fast.try_recv(), Ok(round as u32));
        }
    }
    assert!(sent > 30 && refused > 10);
    // A peer with a second link has room as long as one of the two has.
    slow.connect("inproc://router").unwrap();
    assert_eq!(look(router.writable_to(names[0])), Readiness::WRITABLE);
    // Dead wins over full.
    while router.try_send_to(names[0], 7).is_ok() {}
    assert_eq!(look(router.writable_to(names[0])), Readiness::NONE);
    drop(slow);
    assert_eq!(look(router.writable_to(names[0])), Readiness::ENDED);
    assert_eq!(look(router.writable_to(names[1])), Readiness::WRITABLE);
    let both = look(router.readable_or_writable_to(names[1]));
    assert!(both.is_writable() && !both.is_readable());
}

#[test]
fn room_of_the_named_peer_wakes_a_poller_and_its_end_does() {
    let context = Small::new();
    let (mut router, mut dealer) = (context.router().unwrap(), context.dealer().unwrap());
    router.bind("inproc://router").unwrap();
    let other = context.dealer().unwrap();
    other.connect("inproc://router").unwrap();
    dealer.connect("inproc://router").unwrap();
    let name = dealer.identity();
    while router.try_send_to(name, 7).is_ok() {}
    let found = found_after(router.writable_to(name), || {
        assert_eq!(dealer.try_recv(), Ok(7));
    });
    assert_eq!(found, Readiness::WRITABLE);
    while router.try_send_to(name, 7).is_ok() {}
    let found = found_after(router.writable_to(name), || drop(dealer));
    assert_eq!(found, Readiness::ENDED);
}

#[test]
fn a_look_for_one_peer_is_not_remembered() {
    let context = Small::new();
    let (mut router, dealer) = (context.router().unwrap(), context.dealer().unwrap());
    router.bind("inproc://router").unwrap();
    dealer.connect("inproc://router").unwrap();
    let nobody = Identity::new(77);
    assert_eq!(look(router.writable_to(nobody)), Readiness::ENDED);
    assert_eq!(router.can_send(), Ok(true));
    assert_eq!(look(router.writable_to(nobody)), Readiness::ENDED);
    assert_eq!(look(router.writable()), Readiness::WRITABLE);
    assert_eq!(
        look(router.readable_or_writable_to(nobody)),
        Readiness::ENDED
    );
    assert_eq!(look(router.readable_or_writable()), Readiness::WRITABLE);
}

/// What holds a lossless Publish up goes away, or wants nothing any more, while a poller waits for it.
#[test]
fn whoever_holds_a_publish_up_no_longer_wakes_a_poller() {
    let context = Context::<&str, 6, 8, 2, 4>::new();
    let mut publish = context.publish().unwrap();
    publish.bind("inproc://weather").unwrap();
    publish.set_when_full(WhenFull::Wait);
    for leaves in [false, true] {
        let full = context.subscribe().unwrap();
        full.connect("inproc://weather").unwrap();
        full.subscribe("r").unwrap();
        while publish.try_send("rain").is_ok() {}
        let found = found_after(publish.writable(), || match leaves {
            true => drop(full),
            false => full.unsubscribe("r").unwrap(),
        });
        assert_eq!(found, Readiness::WRITABLE);
        assert_eq!(publish.try_send("rain"), Ok(()));
    }
}
