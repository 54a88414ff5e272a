//! Each message is dropped exactly once, whatever path it takes, and whoever panics on the way.

mod kit;

use std::mem::forget;
use std::panic::resume_unwind;

use gimmal_core::Context;
use gimmal_core::error::socket::EndpointError::TooManyPipes;
use kit::{Bang, Counted, Item, Ledger, Scripted, bangs, poll, wait};

/// Room for few links: a pipe that is not given back is missed at once.
type Tight = Context<Item, 3, 2, 3>;

/// Every slot and pipe is there again.
#[track_caller]
fn nothing_is_kept(context: &Tight) {
    let mut sockets: Vec<_> = (0..3).map(|_| context.push().unwrap()).collect();
    for name in ["inproc://free/1", "inproc://free/2"] {
        sockets[0].connect(name).expect("a pipe was kept");
    }
    assert_eq!(sockets[0].connect("inproc://free/3"), Err(TooManyPipes));
    let mut names = sockets.iter_mut().zip(["inproc://n/1", "inproc://n/2"]);
    let (push, name) = names.next_back().unwrap();
    push.bind(name).expect("a name was kept");
}

#[test]
fn every_way_out_of_a_link_drops_once() {
    let ledger = Ledger::new();
    let context = Tight::new();
    for way in 0..8 {
        let (mut pull, mut push) = (context.pull().unwrap(), context.push().unwrap());
        if way % 2 == 0 {
            pull.bind("inproc://x").unwrap();
            push.connect("inproc://x").unwrap();
        } else {
            push.connect("inproc://x").unwrap();
            push.try_send(ledger.item()).unwrap();
            pull.bind("inproc://x").unwrap();
        }
        while push.try_send(ledger.item()).is_ok() {}
        drop(pull.try_recv().unwrap());
        push.try_send(ledger.item()).unwrap();
        assert_eq!(ledger.living(), 3);
        match way / 2 {
            0 => drop((pull, push)),
            1 => drop((push, pull)),
            2 => {
                push.disconnect("inproc://x").unwrap();
                while pull.try_recv().is_ok() {}
                drop((pull, push));
            }
            _ => {
                pull.close();
                assert!(push.try_send(ledger.item()).is_err());
                drop(push);
            }
        }
        assert_eq!(ledger.living(), 0, "way {way}");
        nothing_is_kept(&context);
    }
    drop(context);
    ledger.settle();
}

#[test]
fn what_was_never_bound_is_dropped_once_at_the_end_and_counted() {
    for term in [true, false] {
        let ledger = Ledger::new();
        let context = Context::<Item, 4, 8, 3>::new();
        for name in ["inproc://a", "inproc://b"] {
            let mut push = context.push().unwrap();
            push.connect(name).unwrap();
            push.connect(name).unwrap();
            (0..4).for_each(|_| push.try_send(ledger.item()).unwrap());
        }
        let mut pair = context.pair().unwrap();
        pair.connect("inproc://c").unwrap();
        pair.try_send(ledger.item()).unwrap();
        drop(pair);
        assert_eq!(ledger.living(), 9);
        if term {
            assert_eq!(wait(context.term()).undelivered, 9);
            assert_eq!(ledger.living(), 0);
            assert_eq!(wait(context.term()).undelivered, 9, "again the same");
        }
        drop(context);
        ledger.settle();
    }
}

#[test]
fn a_destructor_that_panics_in_a_close_keeps_nothing_back() {
    for armed in 0..3 {
        let ledger = Ledger::new();
        let context = Tight::new();
        let (pull, mut push) = (context.pull().unwrap(), context.push().unwrap());
        let mut other = context.push().unwrap();
        pull.bind("inproc://x").unwrap();
        push.connect("inproc://x").unwrap();
        other.connect("inproc://x").unwrap();
        let (counted, waker) = Counted::new();
        for i in 0..3 {
            let item = if i == armed {
                ledger.bomb()
            } else {
                ledger.item()
            };
            push.try_send(item).unwrap();
            other.try_send(ledger.item()).unwrap();
        }
        let mut sending = Box::pin(other.send(ledger.item()));
        assert!(poll(sending.as_mut(), &waker).is_pending());
        bangs(|| drop(pull));
        assert_eq!(counted.wakes(), 1, "others are still told");
        assert!(poll(sending.as_mut(), &waker).is_ready());
        drop(sending);
        drop((push, other));
        ledger.settle();
        nothing_is_kept(&context);
        assert_eq!(wait(context.term()).undelivered, 6);
    }
}

#[test]
fn a_destructor_that_panics_in_a_disconnect_cuts_the_link_all_the_same() {
    let ledger = Ledger::new();
    let context = Tight::new();
    let (mut a, mut b) = (context.pair().unwrap(), context.pair().unwrap());
    a.bind("inproc://x").unwrap();
    b.connect("inproc://x").unwrap();
    a.try_send(ledger.bomb()).unwrap();
    a.try_send(ledger.item()).unwrap();
    b.try_send(ledger.item()).unwrap();
    bangs(|| b.disconnect("inproc://x").unwrap());
    assert_eq!(ledger.living(), 1, "what b sent can still be read");
    drop(a.try_recv().unwrap());
    assert!(a.try_recv().is_err() && a.try_send(ledger.item()).is_err());
    // Both may have a new peer.
    b.connect("inproc://x").unwrap();
    b.try_send(ledger.item()).unwrap();
    drop(a.try_recv().unwrap());
    drop((a, b));
    ledger.settle();
    nothing_is_kept(&context);
}

#[test]
fn a_destructor_that_panics_at_the_end_of_a_context_drops_the_others_too() {
    for drop_it in [true, false] {
        let ledger = Ledger::new();
        let context = Context::<Item, 3, 4, 2>::new();
        for name in ["inproc://a", "inproc://b", "inproc://c"] {
            let mut push = context.push().unwrap();
            push.connect(name).unwrap();
            let first = if name.ends_with('a') {
                ledger.bomb()
            } else {
                ledger.item()
            };
            push.try_send(first).unwrap();
            push.try_send(ledger.item()).unwrap();
        }
        if drop_it {
            bangs(|| drop(context));
        } else {
            bangs(|| assert_eq!(wait(context.term()).undelivered, 0));
            assert_eq!(ledger.living(), 0);
            assert_eq!(wait(context.term()).undelivered, 6);
        }
        ledger.settle();
    }
}

/// A waker is user code too: one that panics keeps nobody else asleep and holds nothing back.
#[test]
fn a_waker_that_panics_keeps_nobody_asleep() {
    fn bomb() -> std::task::Waker {
        let script = Scripted {
            wake: Box::new(|| {
                if !std::thread::panicking() {
                    resume_unwind(Box::new(Bang));
                }
            }),
            ..Scripted::default()
        };
        script.waker()
    }
    // Shutdown: the first slot's waker panics, the others are woken.
    let context = Tight::new();
    let mut pulls: Vec<_> = (0..3).map(|_| context.pull().unwrap()).collect();
    let (counted, waker) = Counted::new();
    {
        let mut waits: Vec<_> = pulls.iter_mut().map(|p| Box::pin(p.recv())).collect();
        let wakers = [bomb(), waker.clone(), waker.clone()];
        for (wait, waker) in waits.iter_mut().zip(&wakers) {
            assert!(poll(wait.as_mut(), waker).is_pending());
        }
        bangs(|| context.shutdown());
        assert_eq!(counted.wakes(), 2);
    }
    // A close: both peers of a Push wait, the first one's waker panics.
    let ledger = Ledger::new();
    let context = Tight::new();
    let push = context.push().unwrap();
    push.bind("inproc://x").unwrap();
    let (mut a, mut b) = (context.pull().unwrap(), context.pull().unwrap());
    a.connect("inproc://x").unwrap();
    b.connect("inproc://x").unwrap();
    {
        let (mut first, mut second) = (Box::pin(a.recv()), Box::pin(b.recv()));
        let bomb = bomb();
        assert!(poll(first.as_mut(), &bomb).is_pending());
        assert!(poll(second.as_mut(), &waker).is_pending());
        bangs(|| drop(push));
        assert_eq!(counted.wakes(), 3);
        assert!(poll(first.as_mut(), &waker).is_ready());
        assert!(poll(second.as_mut(), &waker).is_ready());
    }
    drop((a, b));
    nothing_is_kept(&context);
    // A bind: two senders with full pending connects, the first one's waker panics.
    let context = Context::<Item, 3, 2, 2>::new();
    let (mut a, mut b) = (context.push().unwrap(), context.push().unwrap());
    for push in [&mut a, &mut b] {
        push.set_send_hwm(1).unwrap();
        push.connect("inproc://x").unwrap();
        push.try_send(ledger.item()).unwrap();
    }
    let pull = context.pull().unwrap();
    {
        let mut first = Box::pin(a.send(ledger.item()));
        let mut second = Box::pin(b.send(ledger.item()));
        let bomb = bomb();
        assert!(poll(first.as_mut(), &bomb).is_pending());
        assert!(poll(second.as_mut(), &waker).is_pending());
        let before = counted.wakes();
        bangs(|| pull.bind("inproc://x").unwrap());
        assert!(counted.wakes() > before);
        assert!(poll(first.as_mut(), &waker).is_ready());
        assert!(poll(second.as_mut(), &waker).is_ready());
    }
    drop((a, b));
    assert_eq!(pull.close().discarded, 4);
    ledger.settle();
}

#[test]
fn a_forgotten_socket_leaks_its_slot_and_nothing_that_the_context_keeps() {
    let ledger = Ledger::new();
    let context = Tight::new();
    let (mut pull, mut push) = (context.pull().unwrap(), context.push().unwrap());
    pull.bind("inproc://x").unwrap();
    push.connect("inproc://x").unwrap();
    (0..2).for_each(|_| push.try_send(ledger.item()).unwrap());
    forget(push);
    drop(pull.try_recv().unwrap());
    assert_eq!(pull.close().discarded, 1);
    assert_eq!(context.open_sockets(), 1);
    let mut push = context.push().unwrap();
    push.connect("inproc://y").unwrap();
    push.try_send(ledger.item()).unwrap();
    forget(push);
    let mut pair = context.push().unwrap();
    let mut sending = Box::pin(pair.send(ledger.item()));
    assert!(poll(sending.as_mut(), &Counted::new().1).is_pending());
    forget(sending);
    drop(pair);
    assert_eq!(ledger.living(), 2);
    // The end of the context takes what lies in links; a forgotten future keeps what it carried.
    drop(context);
    ledger.settle_but(1);
}

#[test]
fn forgotten_pairs_pending_and_linked_are_harmless() {
    let ledger = Ledger::new();
    let context = Context::<Item, 4, 6, 2>::new();
    let (mut a, mut b) = (context.pair().unwrap(), context.pair().unwrap());
    let mut pending = context.pair().unwrap();
    a.bind("inproc://x").unwrap();
    b.connect("inproc://x").unwrap();
    pending.connect("inproc://y").unwrap();
    pending.try_send(ledger.item()).unwrap();
    a.try_send(ledger.item()).unwrap();
    b.try_send(ledger.item()).unwrap();
    forget((a, pending));
    drop(b.try_recv().unwrap());
    drop(b);
    let mut late = context.pair().unwrap();
    late.bind("inproc://y").unwrap();
    drop(late.try_recv().unwrap());
    drop(late);
    drop(context);
    ledger.settle();
}

/// What nobody borrows may move, with all that is left in it.
#[test]
fn a_context_that_is_moved_takes_what_was_left_with_it() {
    let ledger = Ledger::new();
    let mut home = vec![Context::<Item, 6, 8, 2>::new()];
    for round in 0..4 {
        let context = home.pop().unwrap();
        for _ in 0..2 {
            let mut push = context.push().unwrap();
            push.connect("inproc://left").unwrap();
            (0..2).for_each(|_| push.try_send(ledger.item()).unwrap());
        }
        let mut boxed = Box::new(context);
        let mut pull = boxed.pull().unwrap();
        pull.bind("inproc://left").unwrap();
        (0..4).for_each(|_| drop(pull.try_recv().unwrap()));
        assert!(pull.try_recv().is_err());
        drop(pull);
        // Forgotten sockets: a pending Pair, and a binder with links it has not looked at.
        if round == 0 {
            let mut pair = boxed.pair().unwrap();
            pair.connect("inproc://pair").unwrap();
            pair.try_send(ledger.item()).unwrap();
            forget(pair);
            let pull = boxed.pull().unwrap();
            pull.bind("inproc://forgotten").unwrap();
            forget(pull);
        }
        let mut push = boxed.push().unwrap();
        push.connect("inproc://forgotten").unwrap();
        push.try_send(ledger.item()).unwrap();
        push.close();
        let mut other = Context::new();
        std::mem::swap(&mut *boxed, &mut other);
        if round == 3 {
            let mut pair = other.pair().unwrap();
            pair.bind("inproc://pair").unwrap();
            drop(pair.try_recv().unwrap());
            pair.try_send(ledger.item()).unwrap();
        }
        home.push(other);
        home.reserve(100);
    }
    drop(home);
    ledger.settle();
}

/// Zero-sized and over-aligned messages, and those that are not `Unpin`.
#[test]
fn messages_of_every_shape_pass() {
    #[derive(Debug, PartialEq)]
    struct Nothing;
    #[repr(align(256))]
    #[derive(Debug, PartialEq)]
    struct Wide(u8);
    fn pass<T: Send + PartialEq + std::fmt::Debug>(mut make: impl FnMut(u8) -> T) {
        let context = Context::<T, 2, 2, 3>::new();
        let (mut a, mut b) = (context.pair().unwrap(), context.pair().unwrap());
        a.connect("inproc://x").unwrap();
        a.try_send(make(0)).unwrap();
        b.bind("inproc://x").unwrap();
        for i in 0..20 {
            a.try_send(make(i + 1)).unwrap();
            let got = b.try_recv().unwrap();
            assert!((&raw const got).is_aligned());
            assert_eq!(got, make(i));
        }
    }
    pass(|_| ());
    pass(|_| Nothing);
    pass(Wide);
    pass(|i| (i, std::marker::PhantomPinned));
    pass(|i| vec![i; 3]);
}

#[test]
fn random_threads_of_closes_and_sends_drop_each_message_once() {
    let ledger = Ledger::new();
    let context = Context::<Item, 4, 6, 2>::new();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for round in 0..kit::rounds(2000) {
                    let mut push = context.push().unwrap();
                    // Refused when all pipes wait for the other side to look.
                    if push.connect("inproc://x").is_ok() {
                        for _ in 0..round % 4 {
                            drop(push.try_send(ledger.item()));
                        }
                    }
                }
            });
        }
        scope.spawn(|| {
            for round in 0..kit::rounds(2000) {
                let mut pull = context.pull().unwrap();
                pull.bind("inproc://x").unwrap();
                for _ in 0..round % 5 {
                    drop(pull.try_recv());
                }
                pull.close();
            }
        });
    });
    let report = wait(context.term());
    assert!(report.undelivered <= ledger.made());
    ledger.settle();
}
