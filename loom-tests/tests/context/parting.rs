//! The end of a context beside bind, connect, send and close: a call that is late says so, and no message is lost or counted
//! twice.
//!
//! | model | what it shows |
//! |---|---|
//! | `bind_*`, `connect_*` | the call is refused as a whole, or what it has made is there and is told of the end |
//! | `three_*` | both sides of a link at work beside a shutdown: each message is refused, or dropped and counted once |

use gimmal_core_loom::Context;
use gimmal_core_loom::error::socket::{EndpointError, RecvError, SendReason};

use crate::harness::{Seen, models};
use crate::socket::only;
use crate::support::{Drops, all_three, block_on, both};

models! {
    bind_beside_shutdown { outcomes: ["bound", "Terminated"] }
    connect_beside_shutdown { outcomes: ["linked", "Terminated"] }
    three_with_a_close_of_the_reader { outcomes: ["discarded", "refused"] }
}

fn bind_beside_shutdown(seen: Seen) {
    let context = Context::<u32, 2, 1, 1>::new();
    let mut pull = context.pull().expect("a slot");
    let ((), bound) = both(|| context.shutdown(), || only(&mut pull).bind("inproc://x"));
    assert_eq!(pull.try_recv(), Err(RecvError::Terminated));
    let held = pull.unbind("inproc://x");
    let word = match bound {
        Ok(()) => {
            assert_eq!(held, Ok(()));
            "bound".to_string()
        }
        Err(why) => {
            assert_eq!(held, Err(EndpointError::NotConnected));
            format!("{why:?}")
        }
    };
    drop(pull);
    assert_eq!(block_on(context.term()).undelivered, 0);
    seen.outcome(word);
}

fn connect_beside_shutdown(seen: Seen) {
    let context = Context::<u32, 2, 1, 1>::new();
    let mut pull = context.pull().expect("a slot");
    let mut push = context.push().expect("a slot");
    pull.bind("inproc://x").expect("free");
    let ((), connected) = both(
        || context.shutdown(),
        || only(&mut push).connect("inproc://x"),
    );
    let refused = push.try_send(7).expect_err("after the shutdown");
    assert_eq!((refused.reason, refused.value), (SendReason::Terminated, 7));
    assert_eq!(pull.try_recv(), Err(RecvError::Terminated));
    let cut = push.disconnect("inproc://x");
    let word = match connected {
        Ok(()) => {
            assert_eq!(cut, Ok(()));
            "linked".to_string()
        }
        Err(why) => {
            assert_eq!(cut, Err(EndpointError::NotConnected));
            format!("{why:?}")
        }
    };
    drop((push, pull));
    assert_eq!(block_on(context.term()).undelivered, 0);
    seen.outcome(word);
}

fn three_with_a_close_of_the_reader(seen: Seen) {
    let drops = Drops::new();
    let context = Context::<_, 2, 1, 1>::new();
    let pull = context.pull().expect("a slot");
    let mut push = context.push().expect("a slot");
    pull.bind("inproc://x").expect("free");
    push.connect("inproc://x").expect("a pipe");
    let ((), sent, report) = all_three(
        || context.shutdown(),
        || push.try_send(drops.item(1)).is_ok(),
        || pull.close(),
    );
    let unread = push.close().unread;
    let undelivered = block_on(context.term()).undelivered;
    assert_eq!((drops.count(), unread), (1, 0));
    seen.outcome(match (sent, report.discarded, undelivered) {
        (true, 1, 1) => "discarded",
        (false, 0, 0) => "refused",
        _ => "lost, or counted twice",
    });
}
