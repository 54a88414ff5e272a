//! What a bridge does with its one link: it reads in place, releases, waits for both directions, and
//! hears of the end.

mod kit;

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use gimmal_core::Context;
use gimmal_core::error::socket::{EndpointError, RecvError, SendReason};
use gimmal_core::facade::socket::BridgeWants;

use kit::{Counted, poll};

const NOTHING: BridgeWants = BridgeWants {
    unread_beyond: None,
    room: false,
    shutdown: false,
};

#[test]
fn messages_are_read_in_place_and_counted_until_they_are_released() {
    let context = Context::<Arc<u32>, 2, 1, 3>::new();
    let (mut push, mut bridge) = (context.push().unwrap(), context.pull().unwrap());
    push.bind("inproc://wire").unwrap();
    bridge.connect("inproc://wire").unwrap();
    let values: Vec<Arc<u32>> = (0..3).map(Arc::new).collect();
    values
        .iter()
        .for_each(|one| push.try_send(one.clone()).unwrap());

    let mut seen = Vec::new();
    bridge.read_in_place(1, |one| {
        seen.push(**one);
        true
    });
    assert_eq!(seen, [1, 2]);
    let mut first = None;
    bridge.read_in_place(0, |one| {
        first = Some(**one);
        false
    });
    assert_eq!(first, Some(0), "reading ends when it is told to");
    assert_eq!(bridge.bridge_link().unread, 3, "nothing was received");
    assert_eq!(
        push.try_send(Arc::new(3)).unwrap_err().reason,
        SendReason::Full
    );

    bridge.release(2);
    assert_eq!(
        values.iter().map(Arc::strong_count).collect::<Vec<_>>(),
        [1, 1, 2]
    );
    push.try_send(Arc::new(3)).unwrap();
    push.try_send(Arc::new(4)).unwrap();
    assert_eq!(
        push.try_send(Arc::new(5)).unwrap_err().reason,
        SendReason::Full
    );

    // What is left can be read after its writer has closed; then the link is read out.
    assert_eq!(push.close().unread, 3);
    let link = bridge.bridge_link();
    assert_eq!(
        (link.unread, link.is_read_out, link.is_cut),
        (3, false, true)
    );
    bridge.release(7);
    assert!(bridge.bridge_link().is_read_out);
    assert_eq!(Arc::strong_count(&values[2]), 1);
}

#[test]
fn a_bridge_waits_for_both_directions_and_for_the_end() {
    let context = Context::<u32, 3, 2, 1>::new();
    let (mut pair, mut bridge) = (context.pair().unwrap(), context.pair().unwrap());
    pair.bind("inproc://wire").unwrap();
    bridge.connect("inproc://wire").unwrap();
    assert_eq!(bridge.linked_slot(), Some(pair.slot()));
    bridge.try_send(7).unwrap();

    let wants = BridgeWants {
        unread_beyond: Some(0),
        room: true,
        ..NOTHING
    };
    let (counted, waker) = Counted::new();
    {
        let mut wait = pin!(IntoFuture::into_future(bridge.bridging(wants)));
        assert!(poll(wait.as_mut(), &waker).is_pending());
        assert_eq!(pair.try_recv(), Ok(7));
        assert_eq!(counted.wakes(), 1, "there is room");
        assert!(matches!(poll(wait.as_mut(), &waker), Poll::Ready(link) if link.has_room));
    }
    {
        let wants = BridgeWants {
            unread_beyond: Some(0),
            ..NOTHING
        };
        let mut wait = pin!(IntoFuture::into_future(bridge.bridging(wants)));
        assert!(poll(wait.as_mut(), &waker).is_pending());
        pair.try_send(1).unwrap();
        assert!(matches!(poll(wait.as_mut(), &waker), Poll::Ready(link) if link.unread == 1));
    }
    {
        // The one that is there has been read already.
        let wants = BridgeWants {
            unread_beyond: Some(1),
            shutdown: true,
            ..NOTHING
        };
        let mut wait = pin!(IntoFuture::into_future(bridge.bridging(wants)));
        assert!(poll(wait.as_mut(), &waker).is_pending());
        context.shutdown();
        assert!(matches!(poll(wait.as_mut(), &waker), Poll::Ready(link) if link.is_terminated));
    }
    let mut wait = pin!(IntoFuture::into_future(bridge.bridging(NOTHING)));
    assert!(
        poll(wait.as_mut(), &waker).is_pending(),
        "one message is left"
    );
    drop(pair);
    assert!(poll(wait.as_mut(), &waker).is_pending(), "it is left still");
}

#[test]
fn a_link_can_be_cut_from_the_side_that_has_bound() {
    let context = Context::<u32, 3, 2, 2>::new();
    let mut push = context.push().unwrap();
    push.bind("inproc://wire").unwrap();
    let mut bridges = [context.pull().unwrap(), context.pull().unwrap()];
    bridges
        .iter()
        .for_each(|one| one.connect("inproc://wire").unwrap());
    push.try_send(1).unwrap();
    push.try_send(2).unwrap();
    assert_eq!(
        push.disconnect("inproc://wire"),
        Err(EndpointError::NotConnected)
    );

    push.cut_each("inproc://wire").unwrap();
    assert_eq!(
        push.cut_each("inproc://wire"),
        Err(EndpointError::NotConnected)
    );
    push.unbind("inproc://wire").unwrap();
    for (bridge, value) in bridges.iter_mut().zip([1, 2]) {
        assert!(
            !bridge.bridge_link().is_read_out,
            "what was sent can be read"
        );
        assert_eq!(bridge.try_recv(), Ok(value));
        assert!(bridge.bridge_link().is_read_out);
        assert_eq!(bridge.try_recv(), Err(RecvError::Disconnected));
    }
}

#[test]
fn a_bridge_knows_whom_it_speaks_for() {
    let context = Context::<u32, 2, 2, 2>::new();
    let mut req = context.req().unwrap();
    req.bind("inproc://wire").unwrap();
    let mut bridge = context.router().unwrap();
    assert_eq!(bridge.linked_identity(), None);
    bridge.connect("inproc://wire").unwrap();
    assert_eq!(bridge.linked_identity(), Some(req.identity()));
    req.try_send(3).unwrap();
    bridge.release(1);
    bridge.try_send_to(req.identity(), 9).unwrap();
    assert_eq!(req.try_recv(), Ok(9));
    req.try_send(4).unwrap();
    drop(bridge);
    assert_eq!(req.try_recv(), Err(RecvError::Disconnected));
}

#[test]
fn a_release_whose_destructor_panics_frees_as_many_and_wakes_the_writer() {
    struct Touchy(bool);
    impl Drop for Touchy {
        fn drop(&mut self) {
            assert!(!self.0 || std::thread::panicking(), "touchy");
        }
    }
    let context = Context::<Touchy, 2, 1, 3>::new();
    let mut bridge = context.pull().unwrap();
    let mut push = context.push().unwrap();
    bridge.bind("inproc://x").unwrap();
    push.connect("inproc://x").unwrap();
    for touchy in [true, false, false] {
        assert!(push.try_send(Touchy(touchy)).is_ok());
    }
    let (counted, waker) = Counted::new();
    let mut sending = pin!(push.send(Touchy(false)));
    assert!(poll(sending.as_mut(), &waker).is_pending());
    let released = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| bridge.release(2)));
    assert!(released.is_err());
    assert_eq!(bridge.bridge_link().unread, 1);
    assert_eq!(counted.wakes(), 1, "the writer is woken");
    assert!(matches!(
        poll(sending.as_mut(), &waker),
        Poll::Ready(Ok(()))
    ));
}
