//! Looking at a context: every socket, name and way of a link, and what each socket has done.

use std::future::IntoFuture;
use std::pin::{Pin, pin};
use std::task::{Poll, Waker};

mod kit;

use gimmal_core::poll::Poller;
use gimmal_core::socket::{Kind, Traffic, WaitsTo};
use gimmal_core::{Context, LinkView};

type Eight = Context<u32, 8, 16, 4>;

/// Writer, reader, messages, capacity, name.
type Seen = (Option<usize>, Option<usize>, usize, usize, String);

fn links(context: &Eight) -> Vec<Seen> {
    let mut seen = Vec::new();
    context.each_link(|link: &LinkView| {
        let LinkView {
            writer,
            reader,
            messages,
            capacity,
            ..
        } = *link;
        seen.push((writer, reader, messages, capacity, link.name().to_string()));
    });
    seen
}

fn names(context: &Eight) -> Vec<(String, usize)> {
    let mut seen = Vec::new();
    context.each_name(|name, slot| seen.push((name.to_string(), slot)));
    seen
}

#[test]
fn a_link_is_shown_through_its_whole_life() {
    let context = Eight::new();
    let mut push = context.push().unwrap();
    assert!(links(&context).is_empty() && names(&context).is_empty());
    push.connect("inproc://jobs").unwrap();
    let job = |writer, reader, messages| (writer, reader, messages, 4, "jobs".to_string());
    assert_eq!(links(&context), [job(Some(0), None, 0)], "pending");
    push.try_send(1).unwrap();
    push.try_send(2).unwrap();
    let mut pull = context.pull().unwrap();
    pull.bind("inproc://jobs").unwrap();
    assert_eq!(names(&context), [("jobs".to_string(), 1)]);
    assert_eq!(links(&context), [job(Some(0), Some(1), 2)], "joined");
    pull.try_recv().unwrap();
    assert_eq!(links(&context), [job(Some(0), Some(1), 1)]);
    push.close();
    assert_eq!(links(&context), [job(None, Some(1), 1)], "half-closed");
    pull.try_recv().unwrap();
    assert!(links(&context).is_empty(), "gone");
    pull.unbind("inproc://jobs").unwrap();
    assert!(names(&context).is_empty());
}

#[test]
fn both_ways_of_a_two_way_link_are_shown_and_pending_readers() {
    let context = Eight::new();
    let (req, rep) = (context.req().unwrap(), context.rep().unwrap());
    req.connect("inproc://q").unwrap();
    let q = |writer, reader| (writer, reader, 0, 4, "q".to_string());
    assert_eq!(links(&context), [q(Some(0), None), q(None, Some(0))]);
    rep.bind("inproc://q").unwrap();
    assert_eq!(links(&context), [q(Some(0), Some(1)), q(Some(1), Some(0))]);
    let pull = context.pull().unwrap();
    pull.connect("inproc://later").unwrap();
    assert_eq!(
        links(&context)[2],
        (None, Some(2), 0, 4, "later".to_string())
    );
}

#[test]
fn more_links_than_are_copied_at_once_are_all_shown_once() {
    let context = Eight::new();
    let pull = context.pull().unwrap();
    pull.bind("inproc://x").unwrap();
    let push = context.push().unwrap();
    for _ in 0..16 {
        push.connect("inproc://x").unwrap();
    }
    assert_eq!(links(&context).len(), 16);
    drop(pull);
    assert!(links(&context).is_empty());
}

#[test]
fn a_socket_shows_its_kind_its_links_and_whether_somebody_waits_in_it() {
    let context = Box::leak(Box::new(Eight::new()));
    let waits = |context: &Eight| {
        let mut waits = Vec::new();
        context.each_socket(|one| waits.push((one.slot, one.kind, one.is_waited_on)));
        waits
    };
    let pull = context.pull().unwrap();
    pull.bind("inproc://x").unwrap();
    assert_eq!(waits(context), [(0, Kind::Pull, false)]);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(move || {
            let mut pull = pull;
            kit::wait(pull.recv())
        });
        while waits(context) != [(0, Kind::Pull, true)] {
            kit::give_way();
        }
        let mut push = context.push().unwrap();
        push.connect("inproc://x").unwrap();
        push.try_send(7).unwrap();
        assert_eq!(waiting.join().unwrap(), Ok(7));
    });
    assert!(waits(context).is_empty());
}

#[test]
fn looking_disturbs_nobody_at_work() {
    let context = Box::leak(Box::new(Eight::new()));
    let mut pull = context.pull().unwrap();
    pull.bind("inproc://x").unwrap();
    let mut push = context.push().unwrap();
    push.connect("inproc://x").unwrap();
    std::thread::scope(|scope| {
        let done = scope.spawn(move || (0..20_000).for_each(|n| kit::wait(push.send(n)).unwrap()));
        scope.spawn(move || (0..20_000).for_each(|n| assert_eq!(kit::wait(pull.recv()), Ok(n))));
        while !done.is_finished() {
            for (writer, reader, messages, ..) in links(context) {
                assert!(messages <= 4, "{writer:?} {reader:?}");
            }
        }
    });
    assert!(links(context).is_empty());
}

#[test]
fn a_socket_tells_of_its_traffic_what_its_context_shows() {
    let context = Eight::new();
    let mut pull = context.pull().unwrap();
    pull.bind("inproc://x").unwrap();
    let mut push = context.push().unwrap();
    push.connect("inproc://x").unwrap();
    (0..3).for_each(|i| push.try_send(i).unwrap());
    assert_eq!((pull.try_recv(), pull.try_recv()), (Ok(0), Ok(1)));
    let mut shown = Vec::new();
    context.each_socket(|socket| shown.push(socket.traffic));
    assert_eq!(shown, [pull.traffic(), push.traffic()]);
    if cfg!(feature = "counters") {
        assert_eq!((push.traffic().sent, push.traffic().received), (3, 0));
        assert_eq!((pull.traffic().sent, pull.traffic().received), (0, 2));
    } else {
        assert_eq!(shown, [Traffic::default(); 2]);
    }
}

/// What is said of whether and how a socket is waited in, in the order of the slots.
fn waits(context: &Eight) -> Vec<(bool, Option<WaitsTo>)> {
    let mut seen = Vec::new();
    context.each_socket(|socket| seen.push((socket.is_waited_on, socket.waits_to)));
    seen
}

/// One poll.
fn polled<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    kit::poll(future, Waker::noop())
}

#[test]
fn what_a_call_waits_for_is_told_while_it_waits() {
    let noted = |what| (true, cfg!(feature = "counters").then_some(what));
    let context = Eight::new();
    let mut pull = context.pull().unwrap();
    let mut push = context.push().unwrap();
    assert_eq!(waits(&context), [(false, None); 2], "nobody has waited yet");
    pull.bind("inproc://x").unwrap();
    {
        let mut recv = pin!(pull.recv());
        assert!(polled(recv.as_mut()).is_pending());
        assert_eq!(waits(&context)[0], noted(WaitsTo::Receive));
        let mut send = pin!(push.send(1)); // nobody is there
        assert!(polled(send.as_mut()).is_pending());
        assert_eq!(waits(&context)[1], noted(WaitsTo::Send));
    }
    assert_eq!(waits(&context), [(false, None); 2], "nobody waits any more");
    {
        let mut poller = Poller::new([pull.readable()]);
        let mut poll = pin!(poller.poll());
        assert!(polled(poll.as_mut()).is_pending());
        assert_eq!(waits(&context)[0], noted(WaitsTo::Poll));
    }
    push.connect("inproc://x").unwrap();
    push.try_send(1).unwrap();
    {
        let mut lingers = pin!(push.draining().into_future());
        assert!(polled(lingers.as_mut()).is_pending());
        assert_eq!(waits(&context)[1], noted(WaitsTo::Close));
        assert_eq!(pull.try_recv(), Ok(1));
        assert!(polled(lingers.as_mut()).is_ready());
    }
    // The next socket in a slot has not waited.
    drop(push);
    let _next = context.push().unwrap();
    assert_eq!(waits(&context)[1], (false, None));
    let words = [
        WaitsTo::Send,
        WaitsTo::Receive,
        WaitsTo::Close,
        WaitsTo::Poll,
    ];
    assert_eq!(
        words.map(|one| one.to_string()),
        ["send", "receive", "close", "poll"]
    );
}

#[test]
fn a_link_tells_what_was_sent_and_what_it_lost_and_who_connected() {
    let context = Context::<[u8; 1], 8, 16, 2, 8>::new();
    let counted = |number: usize| {
        if cfg!(feature = "counters") {
            number
        } else {
            0
        }
    };
    let mut publish = context.publish().unwrap();
    publish.bind("inproc://weather").unwrap();
    let [mut slow, mut fast] = [(); 2].map(|()| {
        let reader = context.subscribe().unwrap();
        reader.connect("inproc://weather").unwrap();
        reader.subscribe("").unwrap();
        reader
    });
    let links = || {
        let mut seen = Vec::new();
        context.each_link(|link| seen.push((link.reader, link.connecter, link.sent, link.dropped)));
        seen.sort();
        seen
    };
    // The link of a reader holds 2 messages of its own, and 2 of the publisher's.
    for number in 0..6 {
        publish.try_send([number]).unwrap();
        assert_eq!(fast.try_recv(), Ok([number]));
    }
    let (slots, room) = ([slow.slot(), fast.slot()], links_capacity(&context));
    let lost = 6 - room;
    let of = |slot, sent, dropped| (Some(slot), Some(slot), counted(sent), counted(dropped));
    assert_eq!(links(), [of(slots[0], room, lost), of(slots[1], 6, 0)]);
    assert_eq!(publish.dropped(), lost);
    assert_eq!(publish.traffic().dropped, counted(lost));
    assert_eq!(context.traffic(publish.slot()), Some(publish.traffic()));
    assert_eq!(slow.try_recv(), Ok([0]), "what is there stays there");
    // A link that is made anew counts anew.
    drop(slow);
    let slow = context.subscribe().unwrap();
    slow.connect("inproc://weather").unwrap();
    assert_eq!(links(), [of(slots[0], 0, 0), of(slots[1], 6, 0)]);
    // Who bound and has closed is the writer of nothing; who connected is there.
    drop(publish);
    assert!(links().is_empty(), "nothing is left to be read");
}

fn links_capacity(context: &Context<[u8; 1], 8, 16, 2, 8>) -> usize {
    let mut capacity = 0;
    context.each_link(|link| capacity = link.capacity);
    capacity
}

#[test]
fn a_req_counts_what_it_had_not_asked_for() {
    let context = Eight::new();
    let (mut req, mut router) = (context.req().unwrap(), context.router().unwrap());
    router.bind("inproc://x").unwrap();
    req.connect("inproc://x").unwrap();
    (0..2).for_each(|number| router.try_send_to(req.identity(), number).unwrap());
    req.try_send(7).unwrap();
    let counted = if cfg!(feature = "counters") { 2 } else { 0 };
    assert_eq!(req.traffic().dropped, counted);
}

#[test]
fn a_wait_tells_whether_its_peer_gets_on() {
    let context = Eight::new();
    let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    pull.bind("inproc://x").unwrap();
    let mut other = context.push().unwrap();
    other.connect("inproc://x").unwrap();
    push.connect("inproc://x").unwrap();
    let counted = |number: usize| {
        if cfg!(feature = "counters") {
            number
        } else {
            0
        }
    };
    {
        let recv = pull.recv();
        assert_eq!(recv.passed(), Some(0));
    }
    while push.try_send(1).is_ok() {}
    other.try_send(2).unwrap();
    let send = push.send(3);
    assert_eq!(send.passed(), Some(0), "the reader has not read yet");
    assert!(pull.try_recv().is_ok() && pull.try_recv().is_ok());
    assert_eq!(send.passed(), Some(counted(2)), "from others too");
    drop(send);
    // Alone nobody gets on.
    let mut alone = context.push().unwrap();
    assert_eq!(alone.send(1).passed(), None);
}
