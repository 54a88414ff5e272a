//! Sockets in a poller, beside what their peers do; and as the facade's proxy has them: two sockets, and a word of its
//! steering.
//!
//! | model | what it shows |
//! |---|---|
//! | `a_peers_close_*` | a peer that closes beside the poll ends the source, and not before what it sent is read |
//! | `a_pipe_taken_again_*` | a pipe that goes from one peer to the next beside the poll is the next one's |
//! | `a_stop_ends_*` | a stop is heard by a proxy that waits for a message, for room, or for the end of a pause |
//! | `a_stop_beside_*` | a message beside a stop has gone through, or is still in its link: never in between |
//! | `a_pause_and_a_stop` | no word of the steering is lost when the next one follows at once |
//! | `a_resume_beside_the_pause` | what lies in the link during a pause goes through after it |
//! | `room_beside_the_wait` | a proxy that waits for room learns of it, and goes on |
//! | `a_shutdown_ends_it` | a proxy that waits is ended by the end of the context |

use gimmal_core_loom::Context;
use gimmal_core_loom::error::socket::{RecvError, SendReason};
use gimmal_core_loom::poll::Poller;
use gimmal_core_loom::socket::{Pull, Push, WhenAlone};

use crate::harness::{Seen, models};
use crate::socket::only;
use crate::support::proxy::{End, Steering, run};
use crate::support::{block_on, both};

models! {
    a_peers_close_is_seen {
        outcomes: ["ended"],
    }
    a_peers_close_after_a_message_is_seen {
        outcomes: ["7, then the end"],
    }
    a_readers_close_is_seen_by_who_waits_for_room {
        outcomes: ["ended"],
    }
    a_pipe_taken_again_is_polled_for_its_new_peer {
        outcomes: ["taken later", "taken meanwhile"],
    }
    a_stop_ends_an_idle_proxy {
        kills: ["step:poller-looks-again", "step:steering-clears-first"],
        outcomes: ["stopped"],
    }
    a_stop_ends_a_full_proxy {
        kills: ["step:poller-looks-again", "step:steering-clears-first", "step:proxy-looks-for-room"],
        outcomes: ["stopped"],
    }
    a_stop_ends_a_paused_proxy {
        kills: ["step:look-again"],
        outcomes: ["stopped"],
    }
    a_pause_and_a_stop {
        kills: ["step:poller-looks-again", "step:look-again", "step:steering-clears-first"],
        outcomes: ["stopped"],
    }
    a_stop_beside_a_message {
        kills: ["step:poller-looks-again", "step:steering-clears-first"],
        outcomes: ["went through", "stays"],
    }
    a_resume_beside_the_pause {
        kills: ["step:look-again"],
        outcomes: ["7"],
    }
    room_beside_the_wait {
        kills: ["step:poller-looks-again"],
        outcomes: ["went through"],
    }
    a_shutdown_ends_it {
        kills: ["step:poller-looks-again", "step:tell-the-socket"],
        outcomes: ["terminated"],
    }
}

/// Room for so many messages in each link.
type Room<const N: usize> = Context<u32, 4, 2, N>;
type Small = Room<1>;

/// The two sockets of a proxy, and their peers.
struct Line<'c> {
    front: Pull<'c, u32>,
    back: Push<'c, u32>,
    source: Push<'c, u32>,
    sink: Pull<'c, u32>,
}

fn line<const N: usize>(context: &Room<N>) -> Line<'_> {
    let line = Line {
        front: context.pull().expect("a slot"),
        back: context.push().expect("a slot"),
        source: context.push().expect("a slot"),
        sink: context.pull().expect("a slot"),
    };
    line.front.bind("inproc://front").expect("free");
    line.back.bind("inproc://back").expect("free");
    line.source.connect("inproc://front").expect("a pipe");
    line.sink.connect("inproc://back").expect("a pipe");
    line
}

fn a_peers_close_is_seen(seen: Seen) {
    let context = Small::new();
    let (mut pull, push) = (
        context.pull().expect("a slot"),
        context.push().expect("a slot"),
    );
    push.bind("inproc://x").expect("free");
    pull.connect("inproc://x").expect("a pipe");
    both(
        || drop(push),
        || {
            let ready = block_on(Poller::new([pull.readable()]).poll());
            assert!(ready.has_ended(0) && !ready.is_readable(0));
        },
    );
    assert_eq!(pull.try_recv(), Err(RecvError::Disconnected));
    seen.outcome("ended");
}

fn a_peers_close_after_a_message_is_seen(seen: Seen) {
    let context = Small::new();
    let (mut pull, mut push) = (
        context.pull().expect("a slot"),
        context.push().expect("a slot"),
    );
    push.bind("inproc://x").expect("free");
    pull.connect("inproc://x").expect("a pipe");
    both(
        || {
            push.try_send(7).expect("room");
            drop(push);
        },
        || {
            let ready = block_on(Poller::new([pull.readable()]).poll());
            assert!(ready.is_readable(0));
            assert_eq!(pull.try_recv(), Ok(7));
            let ready = block_on(Poller::new([pull.readable()]).poll());
            assert!(ready.has_ended(0) && !ready.is_readable(0));
        },
    );
    seen.outcome("7, then the end");
}

fn a_readers_close_is_seen_by_who_waits_for_room(seen: Seen) {
    let context = Small::new();
    let (pull, mut push) = (
        context.pull().expect("a slot"),
        context.push().expect("a slot"),
    );
    pull.bind("inproc://x").expect("free");
    push.connect("inproc://x").expect("a pipe");
    push.try_send(7).expect("room");
    both(
        || drop(pull),
        || {
            let ready = block_on(Poller::new([push.writable()]).poll());
            assert!(ready.has_ended(0) && !ready.is_writable(0));
        },
    );
    let refused = push.try_send(8).expect_err("nobody reads");
    assert_eq!(refused.reason, SendReason::Disconnected);
    seen.outcome("ended");
}

/// One pipe, of which the first peer makes room for the second one.
fn a_pipe_taken_again_is_polled_for_its_new_peer(seen: Seen) {
    let context = Context::<u32, 3, 1, 1>::new();
    let mut pull = context.pull().expect("a slot");
    let (mut old, mut new) = (
        context.push().expect("a slot"),
        context.push().expect("a slot"),
    );
    pull.bind("inproc://x").expect("free");
    old.connect("inproc://x").expect("a pipe");
    old.try_send(1).expect("room");
    let (reused, heard) = both(
        || {
            drop(old);
            // It is free when its reader has read it.
            new.connect("inproc://x").is_ok() && new.try_send(7).is_ok()
        },
        || {
            let ready = block_on(Poller::new([pull.readable()]).poll());
            assert!(ready.is_readable(0));
            pull.try_recv().expect("it was readable")
        },
    );
    assert_eq!(heard, 1);
    if !reused {
        new.connect("inproc://x").expect("the pipe is back");
        new.try_send(7).expect("room");
    }
    let ready = block_on(Poller::new([pull.readable()]).poll());
    assert!(ready.is_readable(0));
    assert_eq!(pull.try_recv(), Ok(7));
    seen.outcome(if reused {
        "taken meanwhile"
    } else {
        "taken later"
    });
}

fn a_stop_ends_an_idle_proxy(seen: Seen) {
    let (context, steering) = (Small::new(), Steering::new());
    let mut line = line(&context);
    let ((), ended) = both(
        || steering.stop(),
        || run(&mut line.front, &mut line.back, &steering),
    );
    assert_eq!(ended, (End::Stopped, 0, None));
    seen.outcome("stopped");
}

fn a_stop_ends_a_full_proxy(seen: Seen) {
    let (context, steering) = (Small::new(), Steering::new());
    let mut line = line(&context);
    line.back.try_send(1).expect("room");
    line.source.try_send(2).expect("room");
    let ((), ended) = both(
        || steering.stop(),
        || run(&mut line.front, &mut line.back, &steering),
    );
    assert_eq!(ended, (End::Stopped, 0, None));
    assert_eq!(line.front.try_recv(), Ok(2));
    seen.outcome("stopped");
}

fn a_stop_ends_a_paused_proxy(seen: Seen) {
    let (context, steering) = (Small::new(), Steering::new());
    let mut line = line(&context);
    line.source.try_send(1).expect("room");
    steering.pause();
    let ((), ended) = both(
        || steering.stop(),
        || run(&mut line.front, &mut line.back, &steering),
    );
    assert_eq!(ended, (End::Stopped, 0, None));
    seen.outcome("stopped");
}

fn a_pause_and_a_stop(seen: Seen) {
    let (context, steering) = (Small::new(), Steering::new());
    let mut line = line(&context);
    let ((), ended) = both(
        || {
            steering.pause();
            steering.resume();
            steering.stop();
        },
        || run(&mut line.front, &mut line.back, &steering),
    );
    assert_eq!(ended, (End::Stopped, 0, None));
    seen.outcome("stopped");
}

fn a_stop_beside_a_message(seen: Seen) {
    let (context, steering) = (Small::new(), Steering::new());
    let mut line = line(&context);
    let source = &mut line.source;
    let ((), (end, moved, hand)) = both(
        || {
            only(source).try_send(7).expect("room");
            steering.stop();
        },
        || run(&mut line.front, &mut line.back, &steering),
    );
    assert_eq!((end, hand), (End::Stopped, None));
    match moved {
        0 => assert_eq!(line.front.try_recv(), Ok(7)),
        _ => assert_eq!(line.sink.try_recv(), Ok(7)),
    }
    seen.outcome(if moved == 0 { "stays" } else { "went through" });
}

/// The proxy ends by itself when all is read.
fn a_resume_beside_the_pause(seen: Seen) {
    let (context, steering) = (Room::<2>::new(), Steering::new());
    let mut line = line(&context);
    line.front.set_when_alone(WhenAlone::Disconnect);
    line.source.try_send(7).expect("room");
    line.source.close();
    steering.pause();
    let ((), ended) = both(
        || steering.resume(),
        || run(&mut line.front, &mut line.back, &steering),
    );
    assert_eq!(ended, (End::Disconnected, 1, None));
    seen.outcome(line.sink.try_recv().expect("it went through"));
}

fn room_beside_the_wait(seen: Seen) {
    let (context, steering) = (Room::<2>::new(), Steering::new());
    let mut line = line(&context);
    line.front.set_when_alone(WhenAlone::Disconnect);
    (0..2).for_each(|n| line.back.try_send(n).expect("room"));
    line.source.try_send(2).expect("room");
    line.source.close();
    let sink = &mut line.sink;
    let (first, ended) = both(
        || [(); 2].map(|()| only(sink).try_recv()),
        || run(&mut line.front, &mut line.back, &steering),
    );
    assert_eq!(ended, (End::Disconnected, 1, None));
    assert_eq!((first, line.sink.try_recv()), ([Ok(0), Ok(1)], Ok(2)));
    seen.outcome("went through");
}

fn a_shutdown_ends_it(seen: Seen) {
    let (context, steering) = (Small::new(), Steering::new());
    let mut line = line(&context);
    let ((), ended) = both(
        || context.shutdown(),
        || run(&mut line.front, &mut line.back, &steering),
    );
    assert_eq!(ended, (End::Terminated, 0, None));
    seen.outcome("terminated");
}
