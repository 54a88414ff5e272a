//! The first operation over a new link: both sockets find it when they need it.

use portable_atomic::Ordering::SeqCst;

use super::{HITS, Shot};
use crate::new_link::{NewPull, NewPush, new_link};
use crate::{TurnCell, Verdict, ensure};

const OURS: u32 = 1;
const THEIRS: u32 = 2;

static PUSH: TurnCell<NewPush> = TurnCell::new();
static PULL: TurnCell<NewPull> = TurnCell::new();

fn open() {
    HITS.store(0, SeqCst);
    let (push, pull) = new_link();
    PUSH.fill(push);
    PULL.fill(pull);
}

/// The message that is left, or 0; the sockets are closed.
fn close() -> u32 {
    let left = PULL.with(|pull| pull.try_recv()).unwrap_or(0);
    let _ = (PUSH.take(), PULL.take());
    left
}

pub(super) fn first_send_while_received(shot: &dyn Shot) -> Verdict {
    open();
    let mut sent = false;
    shot.during(&mut || sent = PUSH.with(|push| push.try_send(OURS)).is_ok());
    let received = HITS.load(SeqCst) as u32;
    let left = close();
    ensure(sent, "no room in a new link")?;
    ensure(
        received + left == OURS,
        "the message was lost, or came twice",
    )
}

pub(super) fn receive() {
    let got = PULL.with(|pull| pull.try_recv());
    HITS.store(got.unwrap_or(0) as usize, SeqCst);
}

pub(super) fn first_receive_while_sent(shot: &dyn Shot) -> Verdict {
    open();
    let mut received = 0;
    shot.during(&mut || received = PULL.with(|pull| pull.try_recv()).unwrap_or(0));
    let left = close();
    ensure(
        received + left == THEIRS,
        "the message was lost, or came twice",
    )
}

pub(super) fn send() {
    let _ = PUSH.with(|push| push.try_send(THEIRS));
}
