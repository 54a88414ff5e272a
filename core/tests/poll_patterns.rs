//! What a poller says of a socket of a static context is what the next call does, for each pattern.

use gimmal_core::Context;
use gimmal_core::error::socket::{RecvError, SendReason};
use gimmal_core::poll::{Poller, Readiness};
use gimmal_core::socket::WhenFull;

fn context() -> Context<&'static str, 6, 16, 4, 8> {
    Context::new()
}

#[path = "poll_patterns/scenes.rs"]
#[macro_use]
mod scenes;

const ALL: [Readiness; 3] = [Readiness::WRITABLE, Readiness::NONE, Readiness::ENDED];

#[test]
fn a_push_is_writable_exactly_when_it_can_send() {
    sends!(push [] to pull [], 2 at once, ALL);
}

#[test]
fn a_pair_is_writable_exactly_when_it_can_send() {
    sends!(pair [] to pair [], 1 at once, ALL);
}

#[test]
fn a_dealer_is_writable_exactly_when_it_can_send() {
    sends!(dealer [] to dealer [], 2 at once, ALL);
    sends!(dealer [] to router [], 2 at once, ALL);
}

#[test]
fn a_publish_that_drops_is_writable_exactly_when_it_can_send() {
    let never_full = [Readiness::WRITABLE, Readiness::ENDED];
    sends!(publish [] to subscribe [.subscribe("").unwrap()], 2 at once, never_full);
}

#[test]
fn a_publish_that_waits_is_writable_exactly_when_it_can_send() {
    sends!(publish [.set_when_full(WhenFull::Wait)] to subscribe [.subscribe("").unwrap()], 2 at once, ALL);
    changes_subscriptions!();
}

#[test]
fn a_pull_is_readable_exactly_when_it_can_receive() {
    receives!(pull [] from push, 2 at once);
}

#[test]
fn a_pair_is_readable_exactly_when_it_can_receive() {
    receives!(pair [] from pair, 1 at once);
}

#[test]
fn a_dealer_is_readable_exactly_when_it_can_receive() {
    receives!(dealer [] from dealer, 2 at once);
}

#[test]
fn a_router_is_readable_exactly_when_it_can_receive() {
    receives!(router [] from dealer, 2 at once);
}

#[test]
fn a_subscribe_is_readable_exactly_when_it_can_receive() {
    receives!(subscribe [.subscribe("a m").unwrap()] from publish, 2 at once);
    changes_subscriptions!();
}

#[test]
fn a_req_is_ready_exactly_when_it_can_ask_or_hear() {
    asks!();
}

#[test]
fn a_rep_is_ready_exactly_when_it_can_hear_or_answer() {
    answers!();
}
