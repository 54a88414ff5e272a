//! Publish with messages whose `clone` or destructor does what it likes: it is called while the socket is at
//! work, and may panic, or use other sockets of the same context.

mod kit;

use std::cell::RefCell;
use std::panic::resume_unwind;

use gimmal_core::Context;
use gimmal_core::error::socket::{RecvError, SendReason};
use gimmal_core::socket::{Publish, Subscribe, Topic, WhenFull};
use kit::{Bang, Item, Ledger, bangs, wait};

thread_local! {
    /// What the next clone of an [`Act`] does, and what its next destructor does.
    static ON_CLONE: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
    static ON_DROP: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
}

fn on_clone(act: impl FnOnce() + 'static) {
    ON_CLONE.set(Some(Box::new(act)));
}

fn on_drop(act: impl FnOnce() + 'static) {
    ON_DROP.set(Some(Box::new(act)));
}

/// A message that acts when it is cloned or dropped.
struct Act {
    _item: Item,
    ledger: Ledger,
}

fn act(ledger: &Ledger) -> Act {
    Act {
        _item: ledger.item(),
        ledger: ledger.clone(),
    }
}

impl Clone for Act {
    fn clone(&self) -> Self {
        if let Some(act) = ON_CLONE.take() {
            act();
        }
        act(&self.ledger)
    }
}

impl Drop for Act {
    fn drop(&mut self) {
        if let Some(act) = ON_DROP.take() {
            act();
        }
    }
}

impl Topic for Act {
    fn topic(&self) -> &[u8] {
        b"topic"
    }
}

type Station = Context<Act, 6, 6, 1, 6>;

/// A context for ever, a Publish, and so many Subscribes that want everything.
fn station(
    subscribers: usize,
) -> (
    &'static Station,
    Publish<'static, Act>,
    Vec<Subscribe<'static, Act>>,
) {
    let context: &'static Station = Box::leak(Box::new(Station::new()));
    let publish = context.publish().unwrap();
    publish.bind("inproc://news").unwrap();
    let subscribes = (0..subscribers).map(|_| subscriber(context)).collect();
    (context, publish, subscribes)
}

fn subscriber(context: &'static Station) -> Subscribe<'static, Act> {
    let subscribe = context.subscribe().unwrap();
    subscribe.connect("inproc://news").unwrap();
    subscribe.subscribe("").unwrap();
    subscribe
}

/// How many messages each of them had.
fn counts(subscribes: &mut [Subscribe<'_, Act>]) -> Vec<usize> {
    let count = |subscribe: &mut Subscribe<'_, Act>| {
        std::iter::from_fn(|| subscribe.try_recv().ok()).count()
    };
    subscribes.iter_mut().map(count).collect()
}

#[test]
fn a_clone_that_panics_ends_this_send_and_nothing_else() {
    let ledger = Ledger::new();
    let (context, mut publish, mut subscribes) = station(4);
    // The second one.
    on_clone(|| on_clone(|| resume_unwind(Box::new(Bang))));
    bangs(|| drop(publish.try_send(act(&ledger))));
    assert_eq!(counts(&mut subscribes).iter().sum::<usize>(), 1);
    assert!(publish.try_send(act(&ledger)).is_ok());
    assert_eq!(counts(&mut subscribes), [1; 4]);
    assert_eq!(publish.dropped(), 0);
    drop((publish, subscribes));
    assert_eq!(wait(context.term()).undelivered, 0);
    ledger.settle();
}

#[test]
fn a_clone_may_close_and_open_subscribers_of_this_very_publisher() {
    let ledger = Ledger::new();
    let (context, mut publish, mut subscribes) = station(4);
    for _ in 0..50 {
        let gone = subscribes.pop().unwrap();
        on_clone(move || drop(gone));
        assert!(publish.try_send(act(&ledger)).is_ok());
        assert_eq!(counts(&mut subscribes), [1; 3]);
        on_clone(move || drop(subscriber(context)));
        assert!(publish.try_send(act(&ledger)).is_ok());
        assert_eq!(counts(&mut subscribes), [1; 3]);
        subscribes.push(subscriber(context));
    }
    assert_eq!(publish.dropped(), 0);
    drop((publish, subscribes));
    wait(context.term());
    ledger.settle();
}

#[test]
fn who_subscribes_while_copies_are_made_does_not_lose_what_came_before() {
    let ledger = Ledger::new();
    let (context, mut publish, mut subscribes) = station(2);
    publish.set_when_full(WhenFull::Wait);
    let late = subscriber(context);
    assert!(publish.try_send(act(&ledger)).is_ok());
    assert_eq!(counts(&mut subscribes), [1; 2]);
    // It is full, and wants nothing, until a copy is being made.
    late.unsubscribe("").unwrap();
    let late: &'static _ = Box::leak(Box::new(std::sync::Mutex::new(late)));
    on_clone(|| late.lock().unwrap().subscribe("").unwrap());
    assert!(publish.try_send(act(&ledger)).is_ok());
    assert_eq!(counts(&mut subscribes), [1; 2]);
    assert_eq!(publish.dropped(), 0, "it had not subscribed yet");
    let full = publish.try_send(act(&ledger)).unwrap_err();
    assert_eq!(full.reason, SendReason::Full, "now it has");
    drop(full);
    late.lock().unwrap().close_now();
    drop((publish, subscribes));
    assert_eq!(wait(context.term()).undelivered, 1);
    ledger.settle();
}

#[test]
fn no_copy_is_made_for_a_full_subscriber() {
    let ledger = Ledger::new();
    let (_, mut publish, mut subscribes) = station(3);
    assert!(publish.try_send(act(&ledger)).is_ok());
    assert_eq!(ledger.made(), 3, "two copies, and the message itself");
    assert!(publish.try_send(act(&ledger)).is_ok());
    assert_eq!((ledger.made(), publish.dropped()), (4, 3));
    assert_eq!(counts(&mut subscribes[..1]), [1]);
    assert!(publish.try_send(act(&ledger)).is_ok());
    assert_eq!((ledger.made(), publish.dropped()), (5, 5), "no copy");
    assert_eq!(counts(&mut subscribes), [1; 3]);
    drop((publish, subscribes));
    ledger.settle();
}

#[test]
fn a_message_for_nobody_may_close_subscribers_while_it_is_dropped() {
    let ledger = Ledger::new();
    let (context, mut publish, mut subscribes) = station(2);
    assert!(publish.try_send(act(&ledger)).is_ok());
    let gone = subscribes.pop().unwrap();
    on_drop(move || drop(gone));
    // Nobody has room: it is dropped inside.
    assert!(publish.try_send(act(&ledger)).is_ok());
    assert_eq!(publish.dropped(), 2);
    assert_eq!(counts(&mut subscribes), [1]);
    assert!(publish.try_send(act(&ledger)).is_ok());
    assert_eq!((counts(&mut subscribes), publish.dropped()), (vec![1], 2));
    on_drop(|| resume_unwind(Box::new(Bang)));
    subscribes[0].unsubscribe("").unwrap();
    bangs(|| drop(publish.try_send(act(&ledger))));
    subscribes[0].subscribe("").unwrap();
    assert!(publish.try_send(act(&ledger)).is_ok());
    assert_eq!(counts(&mut subscribes), [1]);
    assert!(matches!(subscribes[0].try_recv(), Err(RecvError::Empty)));
    drop((publish, subscribes));
    wait(context.term());
    ledger.settle();
}

#[test]
fn stale_answers_that_panic_or_close_their_router_leave_the_req_in_order() {
    let ledger = Ledger::new();
    let context: &'static Context<Act, 2, 2, 4> = Box::leak(Box::new(Context::new()));
    let mut req = context.req().unwrap();
    req.bind("inproc://clients").unwrap();
    let mut router = context.router().unwrap();
    router.connect("inproc://clients").unwrap();
    let hear = |router: &mut gimmal_core::socket::Router<'static, Act>| {
        let (who, question) = router.try_recv().unwrap();
        drop(question);
        for _ in 0..3 {
            assert!(router.try_send_to(who, act(&ledger)).is_ok());
        }
    };
    assert!(req.try_send(act(&ledger)).is_ok());
    hear(&mut router);
    drop(req.try_recv().unwrap());
    on_drop(|| resume_unwind(Box::new(Bang)));
    bangs(|| drop(req.try_send(act(&ledger))));
    assert!(req.is_to_send(), "the question was not sent");
    assert!(req.try_send(act(&ledger)).is_ok());
    hear(&mut router);
    drop(req.try_recv().unwrap());
    on_drop(move || drop(router));
    let error = req.try_send(act(&ledger)).unwrap_err();
    assert_eq!(error.reason, SendReason::Full, "it waits for the next");
    drop((error, req));
    wait(context.term());
    ledger.settle();
}
