//! The loop of the facade's proxy, `std/src/socket/proxy.rs`, over the core's sockets, poller and
//! event, with the state of its steering in a word that loom sees.
//!
//! | `GIMMAL_MUTANT` | the fault |
//! |---|---|
//! | `step:steering-clears-first` | the proxy looks at its state, and then clears the event that told of a change |
//! | `step:proxy-looks-for-room` | the proxy receives before it knows that the message can go on |

use gimmal_core_loom::error::socket::{RecvError, SendReason};
use gimmal_core_loom::poll::Poller;
use gimmal_core_loom::socket::{Pull, Push};
use gimmal_core_loom::sync::Event;

use super::seeded::lacks;
use super::{Word, block_on};

const RUNS: usize = 0;
const PAUSED: usize = 1;
const STOPPED: usize = 2;

pub(crate) struct Steering {
    state: Word,
    changed: Event,
}

impl Steering {
    pub(crate) fn new() -> Self {
        Steering {
            state: Word::new(RUNS),
            changed: Event::new(),
        }
    }

    pub(crate) fn pause(&self) {
        self.change(RUNS, PAUSED);
    }

    pub(crate) fn resume(&self) {
        self.change(PAUSED, RUNS);
    }

    fn change(&self, from: usize, to: usize) {
        if self.state.replace(from, to) {
            self.changed.set();
        }
    }

    pub(crate) fn stop(&self) {
        self.state.set(STOPPED);
        self.changed.set();
    }

    /// Waits while the proxy is paused. Returns `false` if it was stopped.
    fn goes_on(&self) -> bool {
        loop {
            let state = self.state.get();
            match state {
                RUNS if !self.changed.is_set() => return true,
                RUNS => {}
                STOPPED => return false,
                _ => block_on(self.changed.wait()),
            }
            self.changed.clear();
            if lacks("steering-clears-first") && state == RUNS {
                return true;
            }
        }
    }
}

/// What a proxy has done.
#[derive(Debug, PartialEq)]
pub(crate) enum End {
    Stopped,
    Terminated,
    Disconnected,
}

/// Forwards until it is stopped, or cannot go on. Returns how many messages went through, and the one
/// that it holds.
pub(crate) fn run(
    from: &mut Pull<'_, u32>,
    to: &mut Push<'_, u32>,
    steering: &Steering,
) -> (End, u32, Option<u32>) {
    let (mut moved, mut hand) = (0, None);
    while steering.goes_on() {
        let room = match to.can_send() {
            Ok(room) => room || lacks("proxy-looks-for-room"),
            Err(SendReason::Terminated) => return (End::Terminated, moved, hand),
            Err(_) => return (End::Disconnected, moved, hand),
        };
        if room && hand.is_none() {
            match from.try_recv() {
                Ok(message) => hand = Some(message),
                Err(RecvError::Empty) => {}
                Err(RecvError::Terminated) => return (End::Terminated, moved, hand),
                Err(_) => return (End::Disconnected, moved, hand),
            }
        }
        let needed = match hand.take() {
            Some(message) => match to.try_send(message) {
                Ok(()) => {
                    moved += 1;
                    continue;
                }
                Err(error) => {
                    hand = Some(error.value);
                    to.writable()
                }
            },
            None if room => from.readable(),
            None => to.writable(),
        };
        let mut poller = Poller::new([needed, steering.changed.readable()]);
        let _ready = block_on(poller.poll());
    }
    (End::Stopped, moved, hand)
}
