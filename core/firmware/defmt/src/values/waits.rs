//! The waiting layer by itself.

use core::pin::pin;
use core::task::Poll;

use defmt::Format;
use gimmal_core::wait::{Operation, Phase, Spin, Until, Wait, WaitCell, WaitQueue};

use crate::{begin, finish, show, show_format};

/// Waits until it is woken.
#[derive(Format)]
struct Woken;

impl Operation for Woken {
    type Output = ();

    fn try_once(&mut self, when: Phase) -> Poll<()> {
        match when {
            Phase::First | Phase::Enqueued => Poll::Pending,
            _ => Poll::Ready(()),
        }
    }
}

pub(crate) fn show_all() {
    let queue = WaitQueue::new();
    show("wait queue, nobody", &queue);
    let mut waiting = pin!(Until::new(&queue, Woken));
    begin(waiting.as_mut());
    show("wait queue, somebody", &queue);
    show_format("a wait of one's own", &*waiting);
    assert!(queue.grant_one());
    show("wait queue, nobody again", &queue);
    finish(waiting.as_mut());
    show_format("a wait of one's own, done", &*waiting);

    let cell = WaitCell::new();
    show("wait cell, nobody", &cell);
    let mut waiting = pin!(Until::new(&cell, Woken));
    begin(waiting.as_mut());
    show("wait cell, somebody", &cell);
    cell.wake();
    show("wait cell, nobody again", &cell);

    show("spin", &Spin);
    show_format("a wait that has not begun", &Wait::new(&queue, Woken));
    for phase in [
        Phase::First,
        Phase::Enqueued,
        Phase::Woken,
        Phase::Granted,
        Phase::Released,
        Phase::Refused,
    ] {
        show("phase", &phase);
    }
}
