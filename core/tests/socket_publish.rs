//! Publish and Subscribe: prefixes, effective at once and counted; who is full loses its newest, or
//! all wait.

mod kit;

use std::sync::Arc;
use std::task::Poll;

use gimmal_core::Context;
use gimmal_core::error::socket::{EndpointError, RecvError, SendError, SendReason, SubscribeError};
use gimmal_core::socket::{Publish, Subscribe, Topic, WhenFull};
use kit::{Counted, poll, wait};

type News = Context<&'static str, 6, 6, 4, 8>;

/// A Publish, and a Subscribe for each list of prefixes.
fn station<'c, const N: usize>(
    context: &'c News,
    wanted: [&[&str]; N],
) -> (Publish<'c, &'static str>, [Subscribe<'c, &'static str>; N]) {
    let publish = context.publish().unwrap();
    publish.bind("inproc://news").unwrap();
    let subscribers = wanted.map(|prefixes| {
        let subscribe = context.subscribe().unwrap();
        subscribe.connect("inproc://news").unwrap();
        prefixes
            .iter()
            .for_each(|prefix| subscribe.subscribe(prefix).unwrap());
        subscribe
    });
    (publish, subscribers)
}

fn all<T: Send>(subscribe: &mut Subscribe<'_, T>) -> Vec<T> {
    std::iter::from_fn(|| subscribe.try_recv().ok()).collect()
}

#[test]
fn each_gets_what_it_wants_once_and_in_order() {
    let context = News::new();
    let (mut publish, mut subscribers) = station(
        &context,
        [&["a"], &["ab", "b"], &[""], &["a", "ab", "abc"], &[]],
    );
    for message in ["a1", "abc", "b2", "c3"] {
        publish.try_send(message).unwrap();
    }
    let heard = subscribers.each_mut().map(all);
    let expected: [&[&str]; 5] = [
        &["a1", "abc"],
        &["abc", "b2"],
        &["a1", "abc", "b2", "c3"],
        &["a1", "abc"],
        &[],
    ];
    assert_eq!(heard.each_ref().map(Vec::as_slice), expected);
}

#[test]
fn subscriptions_count() {
    let context = News::new();
    let (mut publish, [mut subscribe]) = station(&context, [&["a", "a"]]);
    subscribe.unsubscribe("a").unwrap();
    publish.try_send("a1").unwrap();
    assert_eq!(all(&mut subscribe), ["a1"], "one of the two is left");
    subscribe.unsubscribe("a").unwrap();
    publish.try_send("a2").unwrap();
    assert!(all(&mut subscribe).is_empty());
    assert_eq!(
        subscribe.unsubscribe("a"),
        Err(SubscribeError::NotSubscribed)
    );
    assert_eq!(
        subscribe.unsubscribe("b"),
        Err(SubscribeError::NotSubscribed)
    );
}

#[test]
fn the_table_of_a_static_context_is_bounded_and_given_back() {
    let context = News::new();
    let (mut publish, [subscribe, mut other]) = station(&context, [&[], &[]]);
    for _ in 0..100 {
        let names = ["0", "1", "2", "3", "4", "5", "6", "7"];
        names
            .iter()
            .for_each(|name| subscribe.subscribe(name).unwrap());
        assert_eq!(other.subscribe("8"), Err(SubscribeError::TooMany));
        subscribe.subscribe("3").unwrap(); // it has an entry
        subscribe.unsubscribe("3").unwrap();
        subscribe.unsubscribe("5").unwrap();
        other.subscribe("8").unwrap();
        publish.try_send("8!").unwrap();
        assert_eq!(all(&mut other), ["8!"]);
        other.unsubscribe("8").unwrap();
        for name in names.iter().filter(|name| **name != "5") {
            subscribe.unsubscribe(name).unwrap();
        }
    }
    let long = [b'x'; 33];
    assert_eq!(
        subscribe.subscribe(long),
        Err(SubscribeError::TooLong { max: 32 })
    );
    subscribe.subscribe(&long[..32]).unwrap();
}

#[test]
fn a_close_gives_all_subscriptions_back_and_its_successor_wants_nothing() {
    let context = News::new();
    let (mut publish, [subscribe]) = station(&context, [&["0", "1", "2", "3", "4", "5", "6", "7"]]);
    let slot = subscribe.slot();
    subscribe.close();
    let mut next = context.subscribe().unwrap();
    assert_eq!(next.slot(), slot);
    next.connect("inproc://news").unwrap();
    publish.try_send("0").unwrap();
    assert!(all(&mut next).is_empty());
    (0..8).for_each(|n| next.subscribe([b'a' + n]).unwrap());
}

#[test]
fn a_full_subscriber_loses_its_newest_and_the_others_get_it() {
    let context = News::new();
    let (mut publish, [mut slow, mut quick]) = station(&context, [&[""], &[""]]);
    for message in ["1", "2", "3", "4", "5", "6"] {
        publish.try_send(message).unwrap();
        assert_eq!(all(&mut quick), [message]);
    }
    assert_eq!(publish.dropped(), 2);
    assert_eq!(all(&mut slow), ["1", "2", "3", "4"]);
    publish.try_send("7").unwrap();
    assert_eq!(all(&mut slow), ["7"]);
    assert_eq!(publish.dropped(), 2);
}

#[test]
fn when_nobody_may_lose_one_all_wait_for_room() {
    let context = News::new();
    let (mut publish, [mut slow, mut quick, mut deaf]) = station(&context, [&["a"], &[""], &["z"]]);
    publish.set_when_full(WhenFull::Wait);
    for message in ["a1", "a2", "a3", "a4"] {
        publish.try_send(message).unwrap();
    }
    assert_eq!(all(&mut quick).len(), 4);
    let full = publish.try_send("a5").unwrap_err();
    assert_eq!((full.reason, full.value), (SendReason::Full, "a5"));
    assert!(
        all(&mut quick).is_empty(),
        "nobody gets it before all have room"
    );
    publish.try_send("b1").unwrap(); // which the full one does not want
    assert_eq!(publish.can_send(), Ok(false), "it may want the next one");
    assert_eq!(slow.try_recv(), Ok("a1"));
    assert_eq!(publish.can_send(), Ok(true));
    wait(publish.send("a5")).unwrap();
    // Who goes away does not hold it up.
    drop(slow);
    publish.try_send("a6").unwrap();
    assert_eq!(all(&mut quick), ["b1", "a5", "a6"]);
    assert!(all(&mut deaf).is_empty());
    assert_eq!(publish.dropped(), 0);
}

#[test]
fn who_wants_no_more_holds_a_waiting_publisher_up_no_longer() {
    let context = News::new();
    let (mut publish, [slow, mut quick]) = station(&context, [&["a", "a"], &["a"]]);
    publish.set_when_full(WhenFull::Wait);
    while publish.try_send("a1").is_ok() {}
    assert_eq!(all(&mut quick).len(), 4);
    let (counted, waker) = Counted::new();
    let mut sending = Box::pin(publish.send("a2"));
    assert!(poll(sending.as_mut(), &waker).is_pending());
    slow.unsubscribe("a").unwrap();
    assert!(
        poll(sending.as_mut(), &waker).is_pending(),
        "it wants it still"
    );
    let wakes = counted.wakes();
    slow.unsubscribe("a").unwrap();
    assert_eq!(counted.wakes(), wakes + 1);
    assert_eq!(poll(sending.as_mut(), &waker), Poll::Ready(Ok(())));
    assert_eq!(all(&mut quick), ["a2"]);
}

#[test]
fn nobody_there_is_no_obstacle_until_the_last_peer_has_gone() {
    let context = News::new();
    let mut publish = context.publish().unwrap();
    publish.try_send("into the void").unwrap();
    let mut subscribe = context.subscribe().unwrap();
    subscribe.bind("inproc://ear").unwrap();
    publish.connect("inproc://ear").unwrap();
    subscribe.subscribe("").unwrap();
    publish.try_send("heard").unwrap();
    assert_eq!(subscribe.try_recv(), Ok("heard"));
    subscribe.close();
    let error = publish.try_send("alone").unwrap_err();
    assert_eq!(
        (error.reason, error.value),
        (SendReason::Disconnected, "alone")
    );
    assert_eq!(publish.can_send(), Err(SendReason::Disconnected));
    publish.bind("inproc://news").unwrap();
    publish.try_send("waits for new ones").unwrap();
    assert_eq!(publish.can_send(), Ok(true));
}

#[test]
fn a_subscription_is_effective_at_every_publisher_now_and_later() {
    let context = News::new();
    let mut subscribe = context.subscribe().unwrap();
    subscribe.bind("inproc://ear").unwrap();
    let mut early = context.publish().unwrap();
    early.connect("inproc://ear").unwrap();
    subscribe.subscribe("a").unwrap();
    let mut late = context.publish().unwrap();
    late.connect("inproc://ear").unwrap();
    for (first, second) in [("a1", "a2"), ("a3", "a4")] {
        early.try_send(first).unwrap();
        early.try_send("x").unwrap();
        late.try_send(second).unwrap();
    }
    // One of each in turn.
    assert_eq!(all(&mut subscribe), ["a1", "a2", "a3", "a4"]);
}

#[test]
fn what_was_sent_before_the_bind_is_for_nobody_and_afterwards_it_arrives() {
    let context = News::new();
    let mut publish = context.publish().unwrap();
    publish.connect("inproc://later").unwrap();
    publish.try_send("too early").unwrap();
    let mut subscribe = context.subscribe().unwrap();
    subscribe.subscribe("").unwrap();
    subscribe.bind("inproc://later").unwrap();
    publish.try_send("in time").unwrap();
    assert_eq!(all(&mut subscribe), ["in time"]);
    // The other way round: the subscriber waits for its publisher.
    let mut early = context.subscribe().unwrap();
    early.subscribe("").unwrap();
    early.connect("inproc://news").unwrap();
    publish.bind("inproc://news").unwrap();
    publish.try_send("bound").unwrap();
    assert_eq!(all(&mut early), ["bound"]);
}

#[test]
fn what_was_sent_is_read_after_unsubscribing_and_after_the_publishers_end() {
    let context = News::new();
    let (mut publish, [mut subscribe]) = station(&context, [&["a"]]);
    publish.try_send("a1").unwrap();
    subscribe.unsubscribe("a").unwrap();
    publish.try_send("a2").unwrap();
    publish.close();
    assert_eq!(subscribe.try_recv(), Ok("a1"));
    assert_eq!(subscribe.try_recv(), Err(RecvError::Disconnected));
}

#[test]
fn topics_of_a_type_of_ones_own() {
    #[derive(Clone, Debug, PartialEq)]
    struct Reading {
        sensor: &'static str,
        value: u32,
    }
    impl Topic for Reading {
        fn topic(&self) -> &[u8] {
            self.sensor.as_bytes()
        }
    }
    let context = Context::<Reading, 2, 1, 4, 1>::new();
    let mut publish = context.publish().unwrap();
    publish.bind("inproc://sensors").unwrap();
    let mut subscribe = context.subscribe().unwrap();
    subscribe.connect("inproc://sensors").unwrap();
    subscribe.subscribe("boiler").unwrap();
    for (sensor, value) in [("door", 1), ("boiler/2", 61)] {
        publish.try_send(Reading { sensor, value }).unwrap();
    }
    assert_eq!(
        all(&mut subscribe),
        [Reading {
            sensor: "boiler/2",
            value: 61
        }]
    );
}

#[test]
fn copies_are_made_for_all_but_the_last_and_dropped_once() {
    let drops = Arc::new(*b"topic");
    struct Shared(Arc<[u8; 5]>);
    impl Clone for Shared {
        fn clone(&self) -> Self {
            Shared(self.0.clone())
        }
    }
    impl Topic for Shared {
        fn topic(&self) -> &[u8] {
            &self.0[..]
        }
    }
    let context = Context::<Shared, 6, 6, 2, 6>::new();
    let mut publish = context.publish().unwrap();
    publish.bind("inproc://x").unwrap();
    let mut subscribers: Vec<_> = (0..4)
        .map(|_| {
            let subscribe = context.subscribe().unwrap();
            subscribe.connect("inproc://x").unwrap();
            subscribe.subscribe("t").unwrap();
            subscribe
        })
        .collect();
    let count = || Arc::strong_count(&drops) - 1;
    let send = |publish: &mut Publish<'_, Shared>| -> Result<(), SendError<Shared>> {
        publish.try_send(Shared(drops.clone()))
    };
    send(&mut publish).ok().unwrap();
    assert_eq!(count(), 4, "one for each");
    send(&mut publish).ok().unwrap();
    send(&mut publish).ok().unwrap();
    assert_eq!(
        (count(), publish.dropped()),
        (8, 4),
        "what was lost is dropped"
    );
    drop(subscribers[0].try_recv());
    assert_eq!(count(), 7);
    subscribers.pop();
    assert_eq!(count(), 5);
    drop(subscribers);
    assert_eq!(count(), 0);
}

#[test]
fn only_partners_are_linked() {
    let context = News::new();
    let (_publish, []) = station(&context, []);
    assert_eq!(
        context.pull().unwrap().connect("inproc://news"),
        Err(EndpointError::PatternMismatch)
    );
}
