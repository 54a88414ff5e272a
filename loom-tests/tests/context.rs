//! Contexts: the end of one, beside everything that may still run.
//!
//! | model | what it shows |
//! |---|---|
//! | `e1_*`, `a_socket_that_is_told_*` | a thread that sees the shutdown sees what was done before it |
//! | `shutdown_*` | nobody sleeps through it, and nothing sent before it is missed |
//! | `term_*` | the end waits for the last socket, wakes when it closes, and counts what is left |
//! | `open_*` | a socket is opened before the end or not at all |

use gimmal_core_loom::Context;
use gimmal_core_loom::error::socket::{OpenError, RecvError, SendReason};

use crate::harness::{Seen, models};
use crate::support::{Drops, Payload, Task, block_on, both};

pub(crate) mod aside;
pub(crate) mod links;
pub(crate) mod parting;

models! {
    e1_shutdown_publishes_what_was_done_before {
        kills: ["context.rs#E1"],
        outcomes: ["going on", "shut down"],
    }
    a_socket_that_is_told_sees_what_was_done_before_the_shutdown {
        kills: ["socket/peers.rs#E3"],
        outcomes: ["Empty", "Terminated"],
    }
    shutdown_after_a_message { outcomes: ["7", "Empty"] }
    shutdown_wakes_a_waiting_receiver { kills: ["wait/cell.rs#E1", "step:tell-the-socket"], outcomes: ["Terminated"] }
    shutdown_wakes_a_waiting_sender { kills: ["wait/cell.rs#E1", "step:tell-the-socket"], outcomes: ["Terminated"] }
    shutdown_twice { outcomes: ["Terminated"] }
    term_beside_the_close_of_the_last_socket { outcomes: ["0"] }
    term_counts_what_a_closing_connecter_leaves { outcomes: ["1"] }
    term_task_is_woken_by_the_last_of_two { outcomes: ["early", "woken"] }
    open_beside_term { outcomes: ["opened", "Terminated"] }
}

fn e1_shutdown_publishes_what_was_done_before(seen: Seen) {
    let (context, payload) = (Context::<u32, 1, 1, 1>::new(), Payload::new());
    let ((), ended) = both(
        || {
            payload.write(7);
            context.shutdown();
        },
        || context.is_terminated() && payload.read() == 7,
    );
    seen.outcome(if ended { "shut down" } else { "going on" });
}

fn a_socket_that_is_told_sees_what_was_done_before_the_shutdown(seen: Seen) {
    let (context, payload) = (Context::<u32, 1, 1, 1>::new(), Payload::new());
    let mut pull = context.pull().expect("a slot");
    let ((), why) = both(
        || {
            payload.write(7);
            context.shutdown();
        },
        || {
            let why = pull.try_recv().expect_err("nobody sends");
            if why == RecvError::Terminated {
                assert_eq!(payload.read(), 7);
            }
            why
        },
    );
    seen.outcome(format!("{why:?}"));
}

/// The first answer is never Terminated: what was sent before comes first.
fn shutdown_after_a_message(seen: Seen) {
    let context = Context::<u32, 2, 1, 1>::new();
    let mut pull = context.pull().expect("a slot");
    let mut push = context.push().expect("a slot");
    pull.bind("inproc://x").expect("free");
    push.connect("inproc://x").expect("a pipe");
    let ((), received) = both(
        || {
            push.try_send(7).expect("room");
            context.shutdown();
        },
        || pull.try_recv(),
    );
    match received {
        Ok(value) => seen.outcome(value),
        Err(why) => {
            assert_eq!(pull.try_recv(), Ok(7));
            seen.outcome(format!("{why:?}"));
        }
    }
    assert_eq!(pull.try_recv(), Err(RecvError::Terminated));
}

fn shutdown_wakes_a_waiting_receiver(seen: Seen) {
    let context = Context::<u32, 1, 1, 1>::new();
    let mut pull = context.pull().expect("a slot");
    pull.bind("inproc://x").expect("free");
    let ((), received) = both(|| context.shutdown(), || block_on(pull.recv()));
    seen.outcome(format!("{:?}", received.expect_err("nobody sends")));
}

fn shutdown_wakes_a_waiting_sender(seen: Seen) {
    let context = Context::<u32, 1, 1, 1>::new();
    let mut push = context.push().expect("a slot");
    push.connect("inproc://x").expect("a pipe");
    push.try_send(1).expect("room for one");
    let ((), sent) = both(|| context.shutdown(), || block_on(push.send(2)));
    let error = sent.expect_err("nobody reads");
    assert_eq!(error.value, 2);
    seen.outcome(format!("{:?}", error.reason));
}

fn shutdown_twice(seen: Seen) {
    let context = Context::<u32, 1, 1, 1>::new();
    let mut pull = context.pull().expect("a slot");
    let mut task = Task::new(pull.recv());
    task.park();
    both(|| context.shutdown(), || context.shutdown());
    assert_eq!(task.wakes(), 1);
    let received = task.run().expect("woken");
    seen.outcome(format!("{:?}", received.expect_err("nobody sends")));
}

fn term_beside_the_close_of_the_last_socket(seen: Seen) {
    let context = Context::<u32, 1, 1, 1>::new();
    let socket = context.pair().expect("a slot");
    let ((), report) = both(|| drop(socket), || block_on(context.term()));
    assert_eq!(context.open_sockets(), 0);
    seen.outcome(report.undelivered);
}

fn term_counts_what_a_closing_connecter_leaves(seen: Seen) {
    let drops = Drops::new();
    let context = Context::<_, 1, 1, 1>::new();
    let mut push = context.push().expect("a slot");
    push.connect("inproc://x").expect("a pipe");
    assert!(push.try_send(drops.item(1)).is_ok());
    let ((), report) = both(|| drop(push), || block_on(context.term()));
    assert_eq!(drops.count(), 1, "before the end returns");
    seen.outcome(report.undelivered);
}

fn term_task_is_woken_by_the_last_of_two(seen: Seen) {
    let context = Context::<u32, 2, 1, 1>::new();
    let (first, second) = (context.pair(), context.push());
    let mut task = Task::new(context.term());
    task.park();
    let ((), early) = both(
        || drop(first),
        || {
            drop(second);
            task.run().is_some()
        },
    );
    assert!(
        early || task.run().is_some(),
        "sleeps beside an empty context"
    );
    seen.outcome(if early { "early" } else { "woken" });
}

fn open_beside_term(seen: Seen) {
    let context = Context::<u32, 1, 1, 1>::new();
    let (opened, report) = both(
        || match context.push() {
            Ok(mut push) => {
                let error = push.try_send(1).expect_err("no peer");
                assert!(matches!(
                    error.reason,
                    SendReason::Full | SendReason::Terminated
                ));
                drop(push);
                true
            }
            Err(why) => {
                assert_eq!(why, OpenError::Terminated);
                false
            }
        },
        || block_on(context.term()),
    );
    assert_eq!((context.open_sockets(), report.undelivered), (0, 0));
    seen.outcome(if opened { "opened" } else { "Terminated" });
}
