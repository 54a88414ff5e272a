//! The waiting layer by itself.

use core::pin::pin;
use core::task::Poll;

use defmt::Format;
use gimmal_core::wait::{self, Attempt, Place, Spin, Told, Until, WaitCell, WaitQueue};

use crate::{begin, finish, show, show_format};

/// Waits in the place until it is woken.
#[derive(Format)]
struct Woken<'p, P: Format>(&'p P);

// SAFETY: the place is the borrowed one.
unsafe impl<P: Place + Format> Attempt for Woken<'_, P> {
    type Output = ();
    type Place = P;

    fn place(&self) -> &P {
        self.0
    }

    fn attempt(&mut self, turn: wait::Turn) -> Poll<()> {
        match turn {
            wait::Turn::Fresh | wait::Turn::Queued => Poll::Pending,
            _ => Poll::Ready(()),
        }
    }
}

pub(crate) fn show_all() {
    let queue = WaitQueue::new();
    show("wait queue, nobody", &queue);
    let mut waiting = pin!(Until::new(Woken(&queue)));
    begin(waiting.as_mut());
    show("wait queue, somebody", &queue);
    show_format("a wait of one's own", &*waiting);
    assert!(queue.give_one());
    show("wait queue, nobody again", &queue);
    finish(waiting.as_mut());
    show_format("a wait of one's own, done", &*waiting);

    let cell = WaitCell::new();
    show("wait cell, nobody", &cell);
    let mut waiting = pin!(Until::new(Woken(&cell)));
    begin(waiting.as_mut());
    show("wait cell, somebody", &cell);
    cell.wake();
    show("wait cell, nobody again", &cell);

    show("spin", &Spin);
    for told in [Told::Nothing, Told::Woken, Told::Given, Told::Released] {
        show("told", &told);
    }
    for turn in [
        wait::Turn::Fresh,
        wait::Turn::Queued,
        wait::Turn::Given,
        wait::Turn::Released,
        wait::Turn::Refused,
    ] {
        show("turn of an attempt", &turn);
    }
}
