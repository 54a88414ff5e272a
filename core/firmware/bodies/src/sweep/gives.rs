//! Changes that somebody waits for: the interrupt is the one who waits, and polls its future while the change is made, for the
//! first time or once more. (So does an executor whose tasks run at an interrupt's priority: a task that woke itself then would
//! be polled for ever, and the change never be finished.)

use core::cell::{Cell, RefCell};
use core::future::Future;
use core::mem::transmute;
use core::pin::{Pin, pin};
use core::task::Context;

use portable_atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};

use super::waits::{PULL, PUSH, RECEIVER, SENDER};
use super::{HITS, Shot};
use crate::subject::{Channel, Event, Lock, Pool, Semaphore};
use crate::{Flag, TurnCell, Verdict, ensure};

const OURS: u32 = 1;
const THEIRS: u32 = 2;

type Task<'t> = Pin<&'t mut dyn Future<Output = ()>>;

/// A future of the running round.
struct Lent(Task<'static>);

// SAFETY: there is one core, and what is awaited below may be polled in its interrupts.
unsafe impl Send for Lent {}

static LENT: TurnCell<Lent> = TurnCell::new();
static WOKEN: Flag = Flag::new();

/// Is the future polled once before the interrupt comes?
static BEFORE: AtomicBool = AtomicBool::new(false);
/// Has it woken itself?
static ITSELF: AtomicBool = AtomicBool::new(false);

pub(super) fn polled_before(before: bool) {
    BEFORE.store(before, SeqCst);
}

/// Polls the future that is lent. Nobody else runs meanwhile: who is woken then has done it itself.
pub(super) fn poll() {
    let waker = WOKEN.waker();
    let woken = WOKEN.lower();
    let polled = LENT.with(|lent| lent.0.as_mut().poll(&mut Context::from_waker(&waker)));
    HITS.store(polled.is_ready().into(), SeqCst);
    if polled.is_pending() && WOKEN.is_up() {
        ITSELF.store(true, SeqCst);
    }
    if woken {
        WOKEN.raise();
    }
}

/// Gives what the interrupt waits for: either a poll of its has it, or it is woken and has it at the next. `story` is what it
/// does, `has_it` whether it has been given.
fn tells(
    shot: &dyn Shot,
    story: impl Future<Output = ()>,
    has_it: impl Fn() -> bool,
    mut give: impl FnMut(),
) -> Verdict {
    WOKEN.lower();
    ITSELF.store(false, SeqCst);
    let woken = {
        let mut story = pin!(story);
        let task: Task<'_> = story.as_mut();
        // SAFETY: taken back before the future ends, which is not used meanwhile.
        LENT.fill(Lent(unsafe { transmute::<Task<'_>, Task<'static>>(task) }));
        if BEFORE.load(SeqCst) {
            poll();
        }
        shot.during(&mut give);
        let woken = has_it() || WOKEN.is_up();
        if !has_it() {
            poll();
        }
        let _ = LENT.take();
        woken
    };
    ensure(woken, "a wake-up was lost")?;
    ensure(!ITSELF.load(SeqCst), "it wakes itself")?;
    ensure(has_it(), "woken for nothing")
}

/// The same for one future.
pub(super) fn gives<F: Future>(
    shot: &dyn Shot,
    future: F,
    give: impl FnMut(),
) -> Result<F::Output, &'static str> {
    let output = RefCell::new(None);
    let story = async {
        let given = future.await;
        output.replace(Some(given));
    };
    tells(shot, story, || output.borrow().is_some(), give)?;
    output.take().ok_or("woken for nothing")
}

static MAIL: Channel<1> = Channel::new();

pub(super) fn send_while_waited(shot: &dyn Shot) -> Verdict {
    let got = gives(shot, MAIL.recv(), || _ = MAIL.try_send(OURS));
    let _ = MAIL.try_recv();
    ensure(got? == Ok(OURS), "the wrong message")
}

pub(super) fn recv_while_waited(shot: &dyn Shot) -> Verdict {
    let _ = MAIL.try_send(OURS);
    let mut got = None;
    let sent = gives(shot, MAIL.send(THEIRS), || got = MAIL.try_recv().ok());
    let left = MAIL.try_recv();
    sent?.map_err(|_| "closed, and nobody did")?;
    ensure(got == Some(OURS) && left == Ok(THEIRS), "the wrong message")
}

pub(super) fn line_send_while_waited(shot: &dyn Shot) -> Verdict {
    let send = || _ = SENDER.with(|sender| sender.try_send(OURS));
    let got = RECEIVER.with(|receiver| gives(shot, receiver.recv(), send));
    let _ = RECEIVER.with(|receiver| receiver.try_recv());
    ensure(got? == Ok(OURS), "the wrong message")
}

/// Who has got the message waits for the next one at once, while the sender is still on its way to wake it for the first.
pub(super) fn line_send_while_waited_again(shot: &dyn Shot) -> Verdict {
    let send = || _ = SENDER.with(|sender| sender.try_send(OURS));
    let got = Cell::new(None);
    RECEIVER.with(|receiver| {
        let story = async {
            got.set(receiver.recv().await.ok());
            let _ = receiver.recv().await;
        };
        tells(shot, story, || got.get().is_some(), send)
    })?;
    ensure(got.get() == Some(OURS), "the wrong message")
}

/// Who has sent a message sends the next one at once.
pub(super) fn line_recv_while_waited_again(shot: &dyn Shot) -> Verdict {
    let _ = SENDER.with(|sender| sender.try_send(OURS));
    let (got, sent) = (Cell::new(None), Cell::new(false));
    let recv = || got.set(RECEIVER.with(|receiver| receiver.try_recv()).ok());
    SENDER.with(|sender| {
        let story = async {
            sent.set(sender.send(THEIRS).await.is_ok());
            let _ = sender.send(THEIRS).await;
        };
        tells(shot, story, || sent.get(), recv)
    })?;
    let left = RECEIVER.with(|receiver| receiver.try_recv());
    ensure(
        got.get() == Some(OURS) && left == Ok(THEIRS),
        "the wrong message",
    )
}

pub(super) fn push_while_waited_again(shot: &dyn Shot) -> Verdict {
    let push = || _ = PUSH.with(|push| push.try_send(OURS));
    let got = Cell::new(None);
    PULL.with(|pull| {
        let story = async {
            got.set(pull.recv().await.ok());
            let _ = pull.recv().await;
        };
        tells(shot, story, || got.get().is_some(), push)
    })?;
    ensure(got.get() == Some(OURS), "the wrong message")
}

pub(super) fn line_recv_while_waited(shot: &dyn Shot) -> Verdict {
    let _ = SENDER.with(|sender| sender.try_send(OURS));
    let mut got = None;
    let recv = || got = RECEIVER.with(|receiver| receiver.try_recv()).ok();
    let sent = SENDER.with(|sender| gives(shot, sender.send(THEIRS), recv));
    let left = RECEIVER.with(|receiver| receiver.try_recv());
    sent?.map_err(|_| "closed, and nobody did")?;
    ensure(got == Some(OURS) && left == Ok(THEIRS), "the wrong message")
}

pub(super) fn push_while_waited(shot: &dyn Shot) -> Verdict {
    let push = || _ = PUSH.with(|push| push.try_send(OURS));
    let got = PULL.with(|pull| gives(shot, pull.recv(), push));
    let _ = PULL.with(|pull| pull.try_recv());
    ensure(got? == Ok(OURS), "the wrong message")
}

static EVENT: Event = Event::new();

pub(super) fn set_while_waited(shot: &dyn Shot) -> Verdict {
    EVENT.clear();
    gives(shot, EVENT.wait(), || EVENT.set())
}

static NONE: Semaphore = Semaphore::new(0);

pub(super) fn release_while_waited(shot: &dyn Shot) -> Verdict {
    let permit = gives(shot, NONE.acquire(), || _ = NONE.release(1));
    let left = NONE.try_acquire().map(crate::subject::Permit::forget);
    permit?.map_err(|_| "closed, and nobody did")?.forget();
    ensure(left.is_none(), "a permit was made")
}

static LOCK: Lock<u32> = Lock::new(0);

pub(super) fn unlock_while_waited(shot: &dyn Shot) -> Verdict {
    let mut guard = LOCK.try_lock();
    ensure(guard.is_some(), "it is still locked")?;
    drop(gives(shot, LOCK.lock(), || drop(guard.take()))?);
    ensure(LOCK.try_lock().is_some(), "it is still locked")
}

static PLACES: Pool<1> = Pool::new();

pub(super) fn return_while_waited(shot: &dyn Shot) -> Verdict {
    let mut loan = PLACES.try_take(AtomicU32::new(OURS)).ok();
    ensure(loan.is_some(), "a place was lost")?;
    let lent = gives(shot, PLACES.take(AtomicU32::new(THEIRS)), || {
        drop(loan.take())
    })?;
    ensure(lent.load(SeqCst) == THEIRS, "the wrong value")
}
