//! What `Debug` writes: states, and no messages.

use gimmal_core::Context;
use gimmal_core::channel::mpmc::Channel;
use gimmal_core::error::{Full, SendError};
use gimmal_core::poll::{Poller, select};
use gimmal_core::pool::Pool;
use gimmal_core::ring::records::RecordRing;
use gimmal_core::ring::{exact, spsc};
use gimmal_core::socket::Identity;
use gimmal_core::sync::{Event, Lock, LockGuard};
use gimmal_core::wait::block_on;

/// A value that shows itself to those who may look at it.
#[derive(Debug, PartialEq)]
struct Secret;

#[test]
fn errors_that_carry_a_value_do_not_show_it() {
    assert_eq!(format!("{:?}", Full(Secret)), "Full(..)");
    assert_eq!(format!("{:?}", SendError(Secret)), "SendError(..)");
    assert_eq!(SendError(Secret).into_inner(), Secret);
}

#[test]
fn what_is_borrowed_is_shown_as_it_is() {
    let pool = Pool::<u8, 1>::new();
    let loan = pool.try_take(7).unwrap();
    let lock = Lock::new((1, Some(2)));
    let part = LockGuard::map(lock.try_lock().unwrap(), |pair| &mut pair.1);
    assert_eq!(format!("{loan:?} {part:?}"), "7 Some(2)");
}

#[test]
fn rings_and_chunks_of_them_show_how_many_items_there_are() {
    let exact = exact::Ring::<u8, 4>::new();
    exact.push(77).unwrap();
    assert_eq!(format!("{exact:?}"), "Ring { len: 1, capacity: 4 }");

    let mut ring = spsc::Ring::<u8, 4>::new();
    let (mut producer, mut consumer) = ring.split();
    (75..78).for_each(|i| producer.push(i).unwrap());
    let chunk = consumer.read_chunk(3).unwrap();
    assert_eq!(format!("{chunk:?}"), "Read { len: 3 }");
    let mut each = chunk.pop_each();
    assert_eq!(each.next(), Some(75));
    assert_eq!(format!("{each:?}"), "PopEach { left: 2 }");

    let mut records = RecordRing::<16>::new();
    let (mut producer, mut consumer) = records.split();
    assert_eq!(format!("{producer:?}"), "RecordProducer { longest: 6 }");
    let record = producer.reserve(5).unwrap();
    assert_eq!(format!("{record:?}"), "RecordWrite { len: 5 }");
    record.commit(3);
    let record = consumer.read().unwrap();
    assert_eq!(format!("{record:?}"), "RecordRead { len: 3 }");
}

#[test]
fn a_poll_shows_what_each_source_is_ready_for() {
    let (event, channel) = (Event::new(), Channel::<u8, 1>::new());
    event.set();
    channel.close();
    let ready = Poller::new([event.readable(), channel.readable()]).try_poll();
    let states = [(true, false), (false, true)].map(|(readable, ended)| {
        format!("Readiness {{ readable: {readable}, writable: false, ended: {ended} }}")
    });
    assert_eq!(format!("{:?}", ready.of(0)), states[0]);
    assert_eq!(
        format!("{ready:?}"),
        format!("Ready([{}])", states.join(", "))
    );
}

#[test]
fn what_a_select_has_chosen_shows_the_branch_and_no_message() {
    let (empty, full) = (Channel::<Secret, 1>::new(), Channel::<Secret, 1>::new());
    assert!(full.try_send(Secret).is_ok());
    let selected = block_on(select((empty.recv(), full.recv())));
    assert_eq!(format!("{selected:?}"), "Selected2 { index: 1, .. }");
}

#[test]
fn identities_show_what_they_are_of() {
    let context = Context::<u8, 4, 4, 4>::new();
    let (_first, dealer) = (context.push().unwrap(), context.dealer().unwrap());
    let automatic = format!("{:?}", dealer.identity());
    assert!(automatic.starts_with("Identity(socket "), "{automatic}");
    assert!(automatic.ends_with(" of slot 1)"), "{automatic}");
    dealer.set_identity(Identity::new(7)).unwrap();
    assert_eq!(format!("{:?}", dealer.identity()), "Identity(7)");
}

#[test]
fn what_closed_sockets_have_left_is_shown_with_its_name_and_no_message() {
    let context = Context::<u8, 4, 4, 4>::new();
    let mut push = context.push().unwrap();
    push.connect("inproc://nobody").unwrap();
    push.try_send(77).unwrap();
    drop(push);
    let mut shown = Vec::new();
    context.each_left(|left| shown.push(format!("{left:?}")));
    let left = r#"LeftBehind { name: "nobody", pipes: 1, messages: 1 }"#;
    assert_eq!(shown, [left]);
}
