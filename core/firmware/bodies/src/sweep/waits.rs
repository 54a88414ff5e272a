//! Futures that are polled or dropped while the interrupt gives them what they wait for.

use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll};

use portable_atomic::{AtomicU32, Ordering::SeqCst};

use super::{HITS, Shot};
use crate::subject::{
    Channel, Condition, Event, LineReceiver, LineSender, Loan, Lock, LockGuard, Pool, Puller,
    Pusher, Semaphore, line, sockets,
};
use crate::{Flag, TurnCell, Verdict, ensure};

const OURS: u32 = 1;
const THEIRS: u32 = 2;

/// Polls a future while the interrupt gives it what it waits for: either it has it, or it is woken and has it then.
pub(super) fn gets<F: Future>(shot: &dyn Shot, future: F) -> Result<F::Output, &'static str> {
    static WOKEN: Flag = Flag::new();
    WOKEN.lower();
    let waker = WOKEN.waker();
    let mut cx = Context::from_waker(&waker);
    let mut future = pin!(future);
    let mut found = Poll::Pending;
    shot.during(&mut || found = future.as_mut().poll(&mut cx));
    if found.is_pending() {
        ensure(WOKEN.is_up(), "a wake-up was lost")?;
        found = future.as_mut().poll(&mut cx);
    }
    match found {
        Poll::Ready(output) => Ok(output),
        Poll::Pending => Err("woken for nothing"),
    }
}

pub(super) static MAIL: Channel<1> = Channel::new();

pub(super) fn recv_while_sent(shot: &dyn Shot) -> Verdict {
    let got = gets(shot, MAIL.recv())?;
    ensure(got == Ok(THEIRS), "the wrong message")
}

pub(super) fn send_while_received(shot: &dyn Shot) -> Verdict {
    HITS.store(0, SeqCst);
    let _ = MAIL.try_send(1);
    gets(shot, MAIL.send(OURS))?.map_err(|_| "closed, and nobody did")?;
    ensure(HITS.load(SeqCst) == 1, "the wrong message")?;
    ensure(MAIL.try_recv() == Ok(OURS), "the message was lost")
}

pub(super) fn mail() {
    let _ = MAIL.try_send(THEIRS);
}

pub(super) fn unmail() {
    HITS.store(MAIL.try_recv().unwrap_or(0) as usize, SeqCst);
}

/// The first of two receivers gives up while a message comes: the second one is woken.
pub(super) fn give_up_while_sent(shot: &dyn Shot) -> Verdict {
    static SECOND: Flag = Flag::new();
    static FIRST: Flag = Flag::new();
    SECOND.lower();
    let (first_waker, second_waker) = (FIRST.waker(), SECOND.waker());
    let mut second = pin!(MAIL.recv());
    {
        let mut first = pin!(Some(MAIL.recv()));
        let polled = first
            .as_mut()
            .as_pin_mut()
            .map(|first| first.poll(&mut Context::from_waker(&first_waker)));
        ensure(matches!(polled, Some(Poll::Pending)), "it is not empty")?;
        let polled = second
            .as_mut()
            .poll(&mut Context::from_waker(&second_waker));
        ensure(polled.is_pending(), "it is not empty")?;
        shot.during(&mut || first.set(None));
    }
    let woken = SECOND.is_up();
    let polled = second
        .as_mut()
        .poll(&mut Context::from_waker(&second_waker));
    let _ = MAIL.try_recv();
    ensure(woken, "a wake-up was lost")?;
    ensure(polled == Poll::Ready(Ok(THEIRS)), "the message was lost")
}

pub(super) static SOON: Event = Event::new();

pub(super) fn wait_while_set(shot: &dyn Shot) -> Verdict {
    SOON.clear();
    gets(shot, SOON.wait())
}

pub(super) static NONE: Semaphore = Semaphore::new(0);

pub(super) fn wait_while_released(shot: &dyn Shot) -> Verdict {
    let permit = gets(shot, NONE.acquire())?;
    permit.map_err(|_| "closed, and nobody did")?.forget();
    ensure(NONE.available() == 0, "a permit was made")
}

static HELD: Lock<u32> = Lock::new(0);
pub(super) static GUARD: TurnCell<LockGuard<'static, u32>> = TurnCell::new();

/// The interrupt has the lock, and unlocks.
pub(super) fn lock_while_unlocked(shot: &dyn Shot) -> Verdict {
    GUARD.fill(HELD.try_lock().ok_or("it is still locked")?);
    drop(gets(shot, HELD.lock())?);
    ensure(HELD.try_lock().is_some(), "it is still locked")
}

pub(super) static SENDER: TurnCell<LineSender> = TurnCell::new();
pub(super) static RECEIVER: TurnCell<LineReceiver> = TurnCell::new();
pub(super) static PUSH: TurnCell<Pusher> = TurnCell::new();
pub(super) static PULL: TurnCell<Puller> = TurnCell::new();

/// Before anything else.
pub(super) fn open() {
    let (sender, receiver) = line();
    SENDER.fill(sender);
    RECEIVER.fill(receiver);
    let (push, pull) = sockets();
    PUSH.fill(push);
    PULL.fill(pull);
}

pub(super) fn line_recv_while_sent(shot: &dyn Shot) -> Verdict {
    let got = RECEIVER.with(|receiver| gets(shot, receiver.recv()))?;
    ensure(got == Ok(THEIRS), "the wrong message")
}

pub(super) fn line_send() {
    let _ = SENDER.with(|sender| sender.try_send(THEIRS));
}

pub(super) fn line_send_while_received(shot: &dyn Shot) -> Verdict {
    HITS.store(0, SeqCst);
    line_send();
    let sent = SENDER.with(|sender| gets(shot, sender.send(OURS)))?;
    sent.map_err(|_| "closed, and nobody did")?;
    ensure(HITS.load(SeqCst) == THEIRS as usize, "the wrong message")?;
    let left = RECEIVER.with(|receiver| receiver.try_recv());
    ensure(left == Ok(OURS), "the message was lost")
}

pub(super) fn line_recv() {
    let got = RECEIVER.with(|receiver| receiver.try_recv());
    HITS.store(got.unwrap_or(0) as usize, SeqCst);
}

pub(super) fn pull_while_pushed(shot: &dyn Shot) -> Verdict {
    let got = PULL.with(|pull| gets(shot, pull.recv()))?;
    ensure(got == Ok(THEIRS), "the wrong message")
}

pub(super) fn push() {
    let _ = PUSH.with(|push| push.try_send(THEIRS));
}

static PLACES: Pool<1> = Pool::new();
pub(super) static PLACE: TurnCell<Loan<'static>> = TurnCell::new();

pub(super) fn pool_while_returned(shot: &dyn Shot) -> Verdict {
    PLACE.fill(
        PLACES
            .try_take(AtomicU32::new(THEIRS))
            .map_err(|_| "a place was lost")?,
    );
    let loan = gets(shot, PLACES.take(AtomicU32::new(OURS)))?;
    ensure(loan.load(SeqCst) == OURS, "the wrong value")
}

static VALUE: gimmal_core::sync::Lock<bool> = gimmal_core::sync::Lock::new(false);
static CHANGED: Condition = Condition::new();

/// The interrupt changes the value if the lock is free, and notifies: whoever waits then is told.
pub(super) fn wait_while_notified(shot: &dyn Shot) -> Verdict {
    static WOKEN: Flag = Flag::new();
    WOKEN.lower();
    HITS.store(0, SeqCst);
    let waker = WOKEN.waker();
    let mut cx = Context::from_waker(&waker);
    let mut guard = VALUE.try_lock().ok_or("it is still locked")?;
    *guard = false;
    let mut waiting = pin!(CHANGED.wait_while(guard, |changed| !*changed));
    let mut found = Poll::Pending;
    shot.during(&mut || found = waiting.as_mut().poll(&mut cx).map(|result| result.is_ok()));
    if HITS.load(SeqCst) == 0 {
        // The lock was held: nothing was changed. Now it is free.
        ensure(found.is_pending() && !WOKEN.is_up(), "woken for nothing")?;
        change();
        ensure(HITS.load(SeqCst) == 1, "the lock was not released")?;
    }
    if found.is_pending() {
        ensure(WOKEN.is_up(), "a wake-up was lost")?;
        found = waiting.as_mut().poll(&mut cx).map(|result| result.is_ok());
    }
    ensure(found == Poll::Ready(true), "woken for nothing")
}

pub(super) fn change() {
    if let Some(mut changed) = VALUE.try_lock() {
        *changed = true;
        HITS.store(1, SeqCst);
        drop(changed);
        CHANGED.notify_one();
    }
}
