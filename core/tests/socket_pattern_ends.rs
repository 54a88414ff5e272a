//! What the patterns owe when a link ends or a message is for nobody: pipes and names are given back,
//! who waits is told, and the answers come in the documented order.

mod kit;

use gimmal_core::Context;
use gimmal_core::error::socket::{EndpointError, RecvError, SendReason};
use kit::wait;

#[test]
fn disconnecting_from_oneself_cuts_both_ways() {
    let context = Context::<u32, 1, 2, 1>::new();
    let mut dealer = context.dealer().unwrap();
    dealer.bind("inproc://x").unwrap();
    for _ in 0..3 {
        dealer.connect("inproc://x").unwrap();
        dealer.try_send(1).unwrap();
        dealer.try_send(2).unwrap();
        dealer.disconnect("inproc://x").unwrap();
        assert_eq!(
            dealer.disconnect("inproc://x"),
            Err(EndpointError::NotConnected)
        );
        assert_eq!(dealer.try_recv(), Err(RecvError::Empty));
        assert_eq!(
            dealer.try_send(3).map_err(|error| error.reason),
            Err(SendReason::Full)
        );
    }
    dealer.unbind("inproc://x").unwrap();
    drop(dealer);
    assert_eq!(wait(context.term()).undelivered, 6);
}
