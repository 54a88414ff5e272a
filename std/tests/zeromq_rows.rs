//! What is asked of ZeroMQ's in-process sockets, asked of these. The name of a test is the row of `zeromq.md` that it
//! belongs to.

mod kit;

use std::thread;
use std::time::Duration;

use gimmal::socket::{
    CloseReport, Identity, Proxy, ProxyEnd, RecvError, SendError, SendReason, WhenAlone,
};
use gimmal::{Context, Message, Pull, Push};

use kit::{bounded, until_it_sleeps};

fn why(sent: Result<(), SendError<Message>>) -> SendReason {
    sent.expect_err("it is refused").reason
}

fn small() -> Context {
    Context::builder().hwm(1, 1).build()
}

/// The publisher is busy all the time; each side binds once.
#[test]
fn c5_every_message_after_subscribing_and_connecting_arrives() {
    for subscriber_binds in [false, true] {
        let context = Context::new();
        let mut publish = context.publish().unwrap();
        let mut subscribe = context.subscribe().unwrap();
        subscribe.subscribe("").unwrap();
        for _ in 0..10 {
            publish.send("nobody is there").unwrap();
        }
        if subscriber_binds {
            subscribe.bind("inproc://news").unwrap();
            publish.connect("inproc://news").unwrap();
        } else {
            publish.bind("inproc://news").unwrap();
            subscribe.connect("inproc://news").unwrap();
        }
        for number in 0..1000 {
            publish.send(format!("{number}")).unwrap();
        }
        for number in 0..1000 {
            assert!(subscribe.recv().unwrap() == format!("{number}").as_str());
        }
        assert_eq!(publish.dropped(), 0);
    }
}

#[test]
fn c8_who_has_nobody_to_send_to_is_not_ready() {
    let context = small();
    assert_eq!(context.pair().unwrap().can_send(), Ok(false));
    assert_eq!(context.push().unwrap().can_send(), Ok(false));
    assert_eq!(context.req().unwrap().can_send(), Ok(false));
    assert_eq!(context.dealer().unwrap().can_send(), Ok(false));
    assert_eq!(context.rep().unwrap().can_send(), Ok(false));
    // It drops what nobody wants, and is never in the way.
    assert_eq!(context.publish().unwrap().can_send(), Ok(true));
    // A connect before the bind has room for the sender's own mark.
    let mut push = context.push().unwrap();
    push.connect("inproc://later").unwrap();
    assert_eq!(push.can_send(), Ok(true));
    push.try_send("waits for the bind").unwrap();
    assert_eq!(push.can_send(), Ok(false));
    assert_eq!(why(push.try_send("too much")), SendReason::Full);
}

/// The two sockets of a proxy, which ends when its source has gone; and the source and the sink.
fn proxied(context: &Context) -> ((Pull, Push), (Push, Pull)) {
    let (front, back) = (context.pull().unwrap(), context.push().unwrap());
    front.bind("inproc://front").unwrap();
    back.bind("inproc://back").unwrap();
    let (push, pull) = (context.push().unwrap(), context.pull().unwrap());
    push.connect("inproc://front").unwrap();
    pull.connect("inproc://back").unwrap();
    front.set_when_alone(WhenAlone::Disconnect);
    ((front, back), (push, pull))
}

/// It takes as many messages as the two links hold, and sleeps while nobody makes room.
#[test]
fn c10_a_proxy_stops_reading_and_sleeps_when_its_back_is_full_and_holds_nothing() {
    bounded(|| {
        let context = small();
        let ((mut front, mut back), (mut push, mut pull)) = proxied(&context);
        let proxy = thread::Builder::new().name("passes-on".into());
        let proxy = proxy.spawn(move || Proxy::one_way(&mut front, &mut back).run());
        // Two in each link, and none in its hand.
        for number in 0..4_u8 {
            push.send(vec![number]).unwrap();
        }
        for _ in 0..20 {
            until_it_sleeps("passes-on");
            assert_eq!(why(push.try_send("too much")), SendReason::Full);
            thread::sleep(Duration::from_millis(1));
        }
        let full = context.snapshot().links;
        assert!(full.iter().all(|link| link.messages == 2), "{full:?}");
        drop(push);
        for number in 0..4_u8 {
            assert!(pull.recv().unwrap() == vec![number]);
        }
        let report = proxy.unwrap().join().unwrap();
        assert_eq!((report.forward, report.end), (4, ProxyEnd::Disconnected));
    });
}

#[test]
fn c12_a_message_of_many_frames_is_one_message() {
    let context = small();
    let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    pull.bind("inproc://x").unwrap();
    push.connect("inproc://x").unwrap();
    let many = || Message::from_frames((0..1000).map(|_| "a frame"));
    push.try_send(many()).unwrap();
    push.try_send(many()).unwrap();
    assert_eq!(why(push.try_send("one more")), SendReason::Full);
    assert_eq!(pull.recv().unwrap().frame_count(), 1000);
    push.try_send("one more").unwrap();
}

#[test]
fn x3_a_name_is_handed_over_by_closing_and_in_no_other_way() {
    let context = Context::new();
    let mut router = context.router().unwrap();
    router.bind("inproc://office").unwrap();
    let name = context.identity("worker");
    let mut old = context.dealer().unwrap();
    old.set_identity(name).unwrap();
    old.connect("inproc://office").unwrap();
    router.send_to(name, "read by the old one").unwrap();
    old.send("from the old one").unwrap();
    let mut new = context.dealer().unwrap();
    assert!(new.set_identity(name).is_err());
    assert!(old.recv().unwrap() == "read by the old one");
    old.close();
    new.set_identity(name).unwrap();
    new.connect("inproc://office").unwrap();
    router.send_to(name, "read by the new one").unwrap();
    assert!(new.recv().unwrap() == "read by the new one");
    // What the old one has sent is not lost.
    let (who, message) = router.recv().unwrap();
    assert!(who == name && message == "from the old one");
}

/// The Router does nothing meanwhile.
#[test]
fn x54b_a_named_peer_that_comes_again_is_served_although_the_router_was_busy() {
    let context = Context::new();
    let mut router = context.router().unwrap();
    router.bind("inproc://office").unwrap();
    let name = context.identity("worker");
    for _ in 0..100 {
        let gone = context.dealer().unwrap();
        gone.set_identity(name).unwrap();
        gone.connect("inproc://office").unwrap();
    }
    let mut worker = context.dealer().unwrap();
    worker.set_identity(name).unwrap();
    worker.connect("inproc://office").unwrap();
    router.send_to(name, "a job").unwrap();
    assert!(worker.recv().unwrap() == "a job");
}

#[test]
fn x5_a_question_travels_without_an_envelope() {
    let context = Context::new();
    let (mut rep, mut router) = (context.rep().unwrap(), context.router().unwrap());
    rep.bind("inproc://rep").unwrap();
    router.bind("inproc://router").unwrap();
    let frames = || Message::from_frames(["", "a question", ""]);
    let mut req = context.req().unwrap();
    req.connect("inproc://router").unwrap();
    req.send(frames()).unwrap();
    let (who, question) = router.recv().unwrap();
    assert!(question == frames());
    router.send_to(who, "no delimiter").unwrap();
    assert!(req.recv().unwrap() == "no delimiter");
    let mut dealer = context.dealer().unwrap();
    dealer.connect("inproc://rep").unwrap();
    dealer.send("no delimiter").unwrap();
    assert!(rep.recv().unwrap() == "no delimiter");
    rep.send(frames()).unwrap();
    assert!(dealer.recv().unwrap() == frames());
}

#[test]
fn x9_what_a_peer_has_not_read_goes_with_it_and_both_sides_are_told() {
    let context = Context::new();
    let pull = context.pull().unwrap();
    pull.bind("inproc://x").unwrap();
    let mut push = context.push().unwrap();
    push.connect("inproc://x").unwrap();
    for number in 0..5_u8 {
        push.send(vec![number]).unwrap();
    }
    assert_eq!(pull.close().discarded, 5);
    // A connect is used up with its link.
    let mut pull = context.pull().unwrap();
    pull.bind("inproc://x").unwrap();
    assert_eq!(why(push.send("who hears it?")), SendReason::Disconnected);
    push.connect("inproc://x").unwrap();
    push.send("the new one").unwrap();
    assert!(pull.recv().unwrap() == "the new one");
}

#[test]
fn x21_who_has_read_one_of_two_is_told_of_the_other() {
    let context = Context::new();
    let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    pull.bind("inproc://x").unwrap();
    push.connect("inproc://x").unwrap();
    push.send("one").unwrap();
    push.send("two").unwrap();
    for word in ["one", "two"] {
        // However often it is asked.
        assert_eq!([pull.can_recv(), pull.can_recv()], [Ok(true); 2]);
        assert!(pull.recv().unwrap() == word);
    }
    assert_eq!(pull.can_recv(), Ok(false));
}

/// Nobody calls anything of the socket afterwards.
#[test]
fn x62_a_disconnect_is_done_when_it_returns_and_what_was_sent_is_read() {
    let context = Context::new();
    let mut pull = context.pull().unwrap();
    pull.bind("inproc://x").unwrap();
    let mut push = context.push().unwrap();
    push.connect("inproc://x").unwrap();
    for number in 0..900 {
        push.send(format!("{number}")).unwrap();
    }
    push.disconnect("inproc://x").unwrap();
    for number in 0..900 {
        assert!(pull.recv().unwrap() == format!("{number}").as_str());
    }
    assert_eq!(pull.try_recv().err(), Some(RecvError::Empty));
    assert!(context.sockets().iter().all(|socket| socket.links == 0));
}

#[test]
fn x45_a_peer_that_has_gone_is_unreachable_with_a_message_of_it_unread() {
    let context = Context::new();
    let mut router = context.router().unwrap();
    router.bind("inproc://office").unwrap();
    let mut dealer = context.dealer().unwrap();
    dealer.connect("inproc://office").unwrap();
    let name = dealer.identity();
    dealer.send("last words").unwrap();
    dealer.close();
    assert_eq!(
        why(router.try_send_to(name, "lost?")),
        SendReason::Unreachable
    );
    let (who, message) = router.recv().unwrap();
    assert!(who == name && message == "last words");
}

#[test]
fn x46_a_worker_that_dies_says_how_many_jobs_go_with_it() {
    let context = Context::new();
    let mut push = context.push().unwrap();
    push.bind("inproc://jobs").unwrap();
    let [mut first, second] = [(); 2].map(|()| {
        let pull = context.pull().unwrap();
        pull.connect("inproc://jobs").unwrap();
        pull
    });
    for number in 0..10_u8 {
        push.send(vec![number]).unwrap();
    }
    let report = CloseReport {
        unread: 0,
        discarded: 5,
    };
    assert_eq!(second.close(), report);
    push.send("goes to who is left").unwrap();
    let left = std::iter::from_fn(|| first.try_recv().ok()).count();
    assert_eq!(left, 6);
}

#[test]
fn x52_a_second_connect_is_a_second_link_in_every_pattern() {
    let context = Context::new();
    let links = |pattern: &str| {
        let sockets = context.sockets();
        let found = sockets
            .iter()
            .find(|socket| format!("{:?}", socket.kind) == pattern);
        found.unwrap().links
    };
    macro_rules! twice {
        ($($one:ident $other:ident $name:literal)*) => {$({
            let (one, other) = (context.$one().unwrap(), context.$other().unwrap());
            other.bind("inproc://x").unwrap();
            one.connect("inproc://x").unwrap();
            one.connect("inproc://x").unwrap();
            assert_eq!(links($name), 2, $name);
            one.disconnect("inproc://x").unwrap();
            assert_eq!(links($name), 1, $name);
        })*};
    }
    twice! {
        push pull "Push"
        pull push "Pull"
        req rep "Req"
        rep req "Rep"
        dealer router "Dealer"
        router dealer "Router"
        publish subscribe "Publish"
        subscribe publish "Subscribe"
    }
    // So a message comes by each of them.
    let (mut publish, mut subscribe) = (context.publish().unwrap(), context.subscribe().unwrap());
    publish.bind("inproc://x").unwrap();
    subscribe.connect("inproc://x").unwrap();
    subscribe.connect("inproc://x").unwrap();
    subscribe.subscribe("").unwrap();
    publish.send("news").unwrap();
    let got = std::iter::from_fn(|| subscribe.try_recv().ok()).count();
    assert_eq!(got, 2);
}

#[test]
fn x56_any_bytes_are_a_name_and_no_name_is_an_automatic_identity() {
    let context = Context::new();
    let long = [7; 300];
    let names: [&[u8]; 5] = [b"", b"\0", b"\0a", b"\0\0\0\0\x01", &long];
    let automatic: Vec<Identity> = (0..5)
        .map(|_| context.dealer().unwrap().identity())
        .collect();
    let mut router = context.router().unwrap();
    router.bind("inproc://office").unwrap();
    for name in names {
        let identity = context.identity(name);
        assert!(!automatic.contains(&identity));
        let mut dealer = context.dealer().unwrap();
        dealer.set_identity(identity).unwrap();
        dealer.connect("inproc://office").unwrap();
        dealer.send("hello").unwrap();
        let (who, _) = router.recv().unwrap();
        assert_eq!(context.identity_name(who).as_deref(), Some(name));
    }
}

/// The subscriber does nothing meanwhile.
#[test]
fn x66_a_publisher_that_comes_back_knows_the_subscriptions_at_once() {
    let context = Context::new();
    let mut subscribe = context.subscribe().unwrap();
    subscribe.bind("inproc://ear").unwrap();
    subscribe.subscribe("a").unwrap();
    for round in 0..20_u8 {
        let mut publish = context.publish().unwrap();
        publish.connect("inproc://ear").unwrap();
        publish.send(vec![b'a', round]).unwrap();
        publish.send("not wanted").unwrap();
    }
    for round in 0..20_u8 {
        assert!(subscribe.recv().unwrap() == vec![b'a', round]);
    }
    assert_eq!(subscribe.try_recv().err(), Some(RecvError::Empty));
}

#[test]
fn x61_a_slow_subscriber_has_the_first_ones_without_a_gap_and_the_others_have_all() {
    let context = Context::builder().hwm(2, 2).build();
    let mut publish = context.publish().unwrap();
    publish.bind("inproc://news").unwrap();
    let mut subscribers: Vec<_> = (0..20)
        .map(|_| {
            let subscribe = context.subscribe().unwrap();
            subscribe.connect("inproc://news").unwrap();
            subscribe.subscribe("").unwrap();
            subscribe
        })
        .collect();
    let (slow, quick) = subscribers.split_at_mut(10);
    for number in 0..100_u8 {
        publish.send(vec![number]).unwrap();
        for subscribe in &mut *quick {
            assert!(subscribe.recv().unwrap() == vec![number]);
        }
    }
    assert_eq!(publish.dropped(), 10 * 96);
    for subscribe in slow {
        let got: Vec<Message> = std::iter::from_fn(|| subscribe.try_recv().ok()).collect();
        assert_eq!(got.len(), 4);
        assert!(
            (0..4_u8)
                .zip(got)
                .all(|(number, message)| message == vec![number])
        );
    }
}

/// A capture that waits for a peer holds the proxy up and loses nothing; one that tries does not wait, and counts.
#[test]
fn x31_a_capture_without_a_peer_holds_the_proxy_up_only_if_it_waits() {
    for waits in [true, false] {
        bounded(move || {
            let context = Context::new();
            let ((mut front, mut back), (mut push, mut pull)) = proxied(&context);
            let mut capture = context.push().unwrap();
            capture.bind("inproc://capture").unwrap();
            let proxy = thread::Builder::new().name("captures".into());
            let proxy = proxy.spawn(move || {
                let mut missed = 0;
                let proxy = Proxy::one_way(&mut front, &mut back);
                let report = proxy
                    .capture(|message: &Message| match waits {
                        true => capture.send(message.clone()).unwrap(),
                        false => missed += usize::from(capture.try_send(message.clone()).is_err()),
                    })
                    .run();
                (report.forward, missed)
            });
            for number in 0..3_u8 {
                push.send(vec![number]).unwrap();
            }
            let mut sees = context.pull().unwrap();
            if waits {
                until_it_sleeps("captures");
                assert_eq!(pull.try_recv().err(), Some(RecvError::Empty));
                sees.connect("inproc://capture").unwrap();
            }
            for number in 0..3_u8 {
                assert!(pull.recv().unwrap() == vec![number]);
            }
            for number in (0..3_u8).filter(|_| waits) {
                assert!(sees.recv().unwrap() == vec![number]);
            }
            drop(push);
            let missed = if waits { 0 } else { 3 };
            assert_eq!(proxy.unwrap().join().unwrap(), (3, missed));
        });
    }
}
