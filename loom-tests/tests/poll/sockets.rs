//! Sockets in a poller, as the facade's proxy has them: two sockets, and a word of its steering.
//!
//! | model | what it shows |
//! |---|---|
//! | `a_stop_ends_*` | a stop is heard by a proxy that waits for a message, for room, or for the end of a pause |
//! | `a_stop_beside_*` | a message beside a stop has gone through, or is still in its link: never in between |
//! | `a_pause_and_a_stop` | no word of the steering is lost when the next one follows at once |
//! | `a_resume_beside_the_pause` | what lies in the link during a pause goes through after it |
//! | `room_beside_the_wait` | a proxy that waits for room learns of it, and goes on |
//! | `a_shutdown_ends_it` | a proxy that waits is ended by the end of the context |

use gimmal_core_loom::Context;
use gimmal_core_loom::socket::{Pull, Push, WhenAlone};

use crate::harness::{Seen, models};
use crate::socket::only;
use crate::support::both;
use crate::support::proxy::{End, Steering, run};

models! {
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
