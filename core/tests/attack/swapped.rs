//! Two of a kind change places. Whatever holds something says by itself what it holds.

use std::mem::{replace, swap};
use std::pin::Pin;

use gimmal_core::Context;
use gimmal_core::channel::{mpmc, spsc};
use gimmal_core::error::socket::{RecvError, SendReason};
use gimmal_core::pool::Pool;
use gimmal_core::ring;
use gimmal_core::ring::records::RecordRing;
use gimmal_core::sync::{BoundedSemaphore, Lock, LockGuard, Semaphore};

use crate::kit::{Item, Ledger, Waiter, wait};

#[test]
fn guards_that_change_places_unlock_what_they_guard() {
    let (one, other) = (Lock::new((1, 'a')), Lock::new((2, 'b')));
    let (mut a, mut b) = (one.try_lock().unwrap(), other.try_lock().unwrap());
    swap(&mut a, &mut b);
    (*a, *b) = ((20, 'B'), (10, 'A'));
    // The same of parts, by a guard that is replaced while it is mapped.
    let mut a = LockGuard::map(a, |all| &mut all.0);
    let mut b = LockGuard::map(b, |all| &mut all.0);
    swap(&mut a, &mut b);
    *a += 1;
    drop(b);
    assert!(one.is_locked() && !other.is_locked());
    let third = Lock::new((3, 'c'));
    drop(replace(
        &mut a,
        LockGuard::map(third.try_lock().unwrap(), |all| &mut all.0),
    ));
    assert!(!one.is_locked() && third.is_locked());
    *a = 30;
    drop(a);
    assert_eq!(one.into_inner(), (11, 'A'));
    assert_eq!(other.into_inner(), (20, 'B'));
    assert_eq!(third.into_inner(), (30, 'c'));
}

#[test]
fn permits_that_change_places_go_back_to_where_they_come_from() {
    let (one, other) = (Semaphore::new(5), Semaphore::new(5));
    let bounded = BoundedSemaphore::new(5);
    let mut a = one.try_acquire_many(2).unwrap();
    let mut b = other.try_acquire_many(3).unwrap();
    swap(&mut a, &mut b);
    assert_eq!((a.count(), b.count()), (3, 2));
    drop(a);
    assert_eq!((one.available(), other.available()), (3, 5));
    let mut c = bounded.try_acquire_many(4).unwrap().unwrap();
    swap(&mut b, &mut c);
    b.forget();
    drop(c);
    assert_eq!((one.available(), bounded.available()), (5, 1));
}

#[test]
fn futures_that_change_places_before_they_wait_get_what_they_ask_for() {
    let (one, other) = (Semaphore::new(0), Semaphore::new(0));
    let (mut a, mut b) = (one.acquire(), other.acquire_many(2));
    swap(&mut a, &mut b);
    let (mut a, mut b) = (Waiter::of(a), Waiter::of(b));
    other.release(2).unwrap();
    assert_eq!(a.gets_it().unwrap().count(), 2);
    b.waits_on();
    // A finished future, whose place another one takes.
    swap(&mut a.future, &mut b.future);
    one.release(1).unwrap();
    assert_eq!(a.gets_it().unwrap().count(), 1);
    let mut pinned: Pin<Box<_>> = b.future;
    pinned.set(one.acquire());
    assert!(pinned.as_mut().cancel().is_ok(), "there is one again");
    assert_eq!((one.available(), other.available()), (1, 2));
}

/// The pinned future is overwritten in place while it waits: it leaves its queue first.
#[test]
fn a_waiting_future_that_is_overwritten_leaves_its_queue() {
    let (one, other) = (Semaphore::new(0), Semaphore::new(1));
    let mut waiting = Waiter::of(one.acquire());
    let mut next = Waiter::of(one.acquire());
    waiting.future.set(other.acquire());
    one.release(1).unwrap();
    assert_eq!((waiting.wakes(), next.wakes()), (0, 1));
    drop(waiting.gets_it());
    drop(next.gets_it());
    assert_eq!((one.available(), other.available()), (1, 1));
}

#[test]
fn handles_runs_and_records_that_change_places_stay_with_their_rings() {
    let ledger = Ledger::new();
    let mut rings = [ring::spsc::Ring::<_, 4>::new(), ring::spsc::Ring::new()];
    let [one, other] = &mut rings;
    let ((mut a, mut a_out), (mut b, mut b_out)) = (one.split(), other.split());
    a.push(ledger.item()).unwrap();
    swap(&mut a, &mut b);
    a.push(ledger.item()).unwrap();
    {
        let (mut x, mut y) = (a.reserve(2).unwrap(), b.reserve(3).unwrap());
        swap(&mut x, &mut y);
        x.push(ledger.item()).unwrap();
        y.push(ledger.item()).unwrap();
        y.push(ledger.item()).unwrap();
        x.commit();
        y.commit();
    }
    assert_eq!((a_out.len(), b_out.len()), (2, 3));
    swap(&mut a_out, &mut b_out);
    {
        let (mut x, mut y) = (a_out.read_chunk(3).unwrap(), b_out.read_chunk(1).unwrap());
        swap(&mut x, &mut y);
        assert_eq!((x.as_slices().0.len(), y.as_slices().0.len()), (1, 3));
        let of_y: Vec<_> = y.pop_each().map(|item| item.id).collect();
        assert_eq!(of_y, [1, 3, 4]);
        x.release(1);
    }
    assert_eq!((a_out.len(), b_out.len()), (0, 1));
    drop((a, b, a_out, b_out));
    drop(rings);
    ledger.settle();

    let mut rings = [RecordRing::<16>::new(), RecordRing::new()];
    let [one, other] = &mut rings;
    let ((mut a, mut a_out), (mut b, mut b_out)) = (one.split(), other.split());
    for round in 0..20_u8 {
        let (mut x, mut y) = (a.reserve(3).unwrap(), b.reserve(5).unwrap());
        swap(&mut x, &mut y);
        x.as_mut_slice().fill(round);
        y.as_mut_slice().fill(round + 100);
        x.commit(5);
        y.commit(2);
        let (mut x, mut y) = (a_out.read().unwrap(), b_out.read().unwrap());
        swap(&mut x, &mut y);
        assert_eq!((&*x, &*y), (&[round; 5][..], &[round + 100; 2][..]));
        x.release();
        y.release();
    }
}

#[test]
fn ends_of_channels_and_loans_that_change_places_stay_what_they_are() {
    let mut channels = [spsc::Channel::<u32, 2>::new(), spsc::Channel::new()];
    let [one, other] = &mut channels;
    let ((mut a, mut a_out), (mut b, b_out)) = (one.split(), other.split());
    swap(&mut a, &mut b);
    a.try_send(1).unwrap();
    b_out.close();
    assert!(a.try_send(2).is_err(), "its receiver has closed it");
    b.try_send(3).unwrap();
    assert_eq!(a_out.try_recv(), Ok(3));
    b.close();
    assert!(wait(a_out.recv()).is_err());

    let ledger = Ledger::new();
    let (one, other) = (Pool::<_, 1>::new(), Pool::<_, 1>::new());
    let mut a = one.try_take(ledger.item()).unwrap();
    let mut b = other.try_take(ledger.item()).unwrap();
    swap(&mut a, &mut b);
    drop(a);
    assert_eq!((one.lent(), other.lent()), (1, 0));
    // The values, and not the loans.
    let mut c = other.try_take(ledger.item()).unwrap();
    swap(&mut *b, &mut *c);
    drop(b);
    assert_eq!((one.lent(), other.lent(), c.id), (0, 1, 0));
    drop(c);
    ledger.settle();
}

#[test]
fn sockets_of_two_contexts_that_change_places_close_in_their_own() {
    let ledger = Ledger::new();
    let (one, other) = (
        Context::<Item, 3, 2, 2>::new(),
        Context::<Item, 2, 1, 4>::new(),
    );
    let (mut a, mut b) = (one.push().unwrap(), other.push().unwrap());
    let (mut a_out, mut b_out) = (one.pull().unwrap(), other.pull().unwrap());
    for (push, pull) in [(&a, &a_out), (&b, &b_out)] {
        pull.bind("inproc://x").unwrap();
        push.connect("inproc://x").unwrap();
    }
    a.try_send(ledger.item()).unwrap();
    swap(&mut a, &mut b);
    a.try_send(ledger.item()).unwrap();
    assert_eq!(a_out.try_recv().unwrap().id, 0);
    swap(&mut a_out, &mut b_out);
    assert_eq!(a_out.try_recv().unwrap().id, 1);
    one.shutdown();
    assert_eq!(
        b.try_send(ledger.item()).unwrap_err().reason,
        SendReason::Terminated
    );
    assert!(matches!(b_out.try_recv(), Err(RecvError::Terminated)));
    assert!(a.try_send(ledger.item()).is_ok());
    drop((a, a_out));
    assert_eq!((one.open_sockets(), other.open_sockets()), (2, 0));
    drop((b, b_out));
    assert_eq!(wait(one.term()).undelivered, 0);
    assert_eq!(wait(other.term()).undelivered, 1);
    ledger.settle();
}

/// A router's identities mean nothing in another context, nor after their peers have gone.
#[test]
fn an_identity_of_another_context_reaches_nobody() {
    let (one, other) = (
        Context::<u32, 2, 2, 2>::new(),
        Context::<u32, 2, 2, 2>::new(),
    );
    let mut known = Vec::new();
    for context in [&one, &other] {
        let mut router = context.router().unwrap();
        router.bind("inproc://x").unwrap();
        for _ in 0..3 {
            let mut dealer = context.dealer().unwrap();
            dealer.connect("inproc://x").unwrap();
            dealer.try_send(1).unwrap();
            known.push(router.try_recv().unwrap().0);
        }
    }
    let mut router = one.router().unwrap();
    router.bind("inproc://x").unwrap();
    let mut dealer = one.dealer().unwrap();
    dealer.connect("inproc://x").unwrap();
    for identity in known {
        if let Err(error) = router.try_send_to(identity, 9) {
            assert_eq!(error.value, 9, "it comes back");
        } else {
            assert_eq!(dealer.identity(), identity);
            assert_eq!(dealer.try_recv(), Ok(9));
        }
    }
    assert!(matches!(dealer.try_recv(), Err(RecvError::Empty)));
}

#[test]
fn a_message_may_own_the_end_of_the_channel_that_carries_it() {
    struct Carries(#[allow(dead_code)] Option<std::sync::Arc<mpmc::Channel<Carries, 2>>>);
    let channel = std::sync::Arc::new(mpmc::Channel::<Carries, 2>::new());
    assert!(channel.try_send(Carries(Some(channel.clone()))).is_ok());
    assert!(channel.try_send(Carries(None)).is_ok());
    let weak = std::sync::Arc::downgrade(&channel);
    let out = channel.try_recv().ok().unwrap();
    drop(channel);
    assert_eq!(weak.strong_count(), 1, "the message keeps it");
    drop(out);
    assert_eq!(weak.strong_count(), 0, "and it goes, with what is in it");
}
