//! Closing. A channel is closed once: each round has a new one, on its stack.

use portable_atomic::Ordering::SeqCst;

use super::gives::gives;
use super::waits::gets;
use super::{HITS, Shot};
use crate::subject::Channel;
use crate::{TurnCell, Verdict, ensure};

const OURS: u32 = 1;

/// The channel of the running round.
struct Lent(*const Channel<1>);

// SAFETY: a channel is used by reference, from any context.
unsafe impl Send for Lent {}

static LENT: TurnCell<Lent> = TurnCell::new();

fn with_a_channel<R>(round: impl FnOnce(&Channel<1>) -> R) -> R {
    let channel = Channel::new();
    LENT.fill(Lent(&raw const channel));
    let result = round(&channel);
    let _ = LENT.take();
    result
}

fn lent<R>(using: impl FnOnce(&Channel<1>) -> R) -> R {
    LENT.with(|channel| {
        // SAFETY: lent for the round, which is running.
        using(unsafe { &*channel.0 })
    })
}

pub(super) fn close() {
    lent(Channel::close);
}

/// Closes, and looks whether that is the end.
pub(super) fn close_and_receive() {
    lent(|channel| {
        channel.close();
        let over = matches!(
            channel.try_recv(),
            Err(gimmal_core::error::TryRecvError::Closed)
        );
        HITS.store(over.into(), SeqCst);
    });
}

/// After somebody was told that it is over, nothing is sent; and what is sent is received, by then or after.
pub(super) fn send_while_closed(shot: &dyn Shot) -> Verdict {
    with_a_channel(|channel| {
        let mut sent = false;
        shot.during(&mut || sent = channel.try_send(OURS).is_ok());
        let over = HITS.load(SeqCst) == 1;
        ensure(!(sent && over), "sent after the end was told")?;
        let _ = channel.try_recv();
        let end = channel.try_recv() == Err(gimmal_core::error::TryRecvError::Closed);
        ensure(end, "it has no end")
    })
}

pub(super) fn recv_while_closed(shot: &dyn Shot) -> Verdict {
    with_a_channel(|channel| {
        let got = gets(shot, channel.recv())?;
        ensure(got.is_err(), "a message was made")
    })
}

pub(super) fn full_send_while_closed(shot: &dyn Shot) -> Verdict {
    with_a_channel(|channel| {
        let _ = channel.try_send(OURS);
        let sent = gets(shot, channel.send(OURS))?;
        ensure(sent.is_err(), "sent, and there was no room")
    })
}

pub(super) fn close_while_waited(shot: &dyn Shot) -> Verdict {
    with_a_channel(|channel| {
        let got = gives(shot, channel.recv(), || _ = channel.close())?;
        ensure(got.is_err(), "a message was made")
    })
}
