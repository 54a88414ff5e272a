//! Looking at a context: every socket, name and way of a link, and what each socket has done.

mod kit;

use gimmal_core::socket::{Kind, Traffic};
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
