//! Primitives that both sides try.

use core::pin::pin;
use core::task::Context;

use portable_atomic::{AtomicU32, Ordering::SeqCst};

use super::{HITS, Shot};
use crate::subject::{Event, Loan, Lock, LockGuard, Permit, Pool, Semaphore};
use crate::{Flag, TurnCell, Verdict, ensure};

const OURS: u32 = 1;
const THEIRS: u32 = 2;

pub(super) static SOME: Semaphore = Semaphore::new(1);

/// Permits that are in it, less what a round began with, are those put in less those taken.
pub(super) fn permits(taken: usize, put: usize) -> Verdict {
    let right = SOME.available() + taken == 1 + put;
    while let Some(permit) = SOME.try_acquire() {
        Permit::forget(permit);
    }
    let _ = SOME.release(1);
    ensure(right, "permits were lost or made")
}

pub(super) fn acquire_while_acquired(shot: &dyn Shot) -> Verdict {
    HITS.store(0, SeqCst);
    let mut taken = 0;
    shot.during(&mut || {
        if let Some(permit) = SOME.try_acquire() {
            permit.forget();
            taken = 1;
        }
    });
    permits(taken + HITS.load(SeqCst), 0)
}

pub(super) fn acquire_while_released(shot: &dyn Shot) -> Verdict {
    let mut taken = 0;
    shot.during(&mut || {
        if let Some(permit) = SOME.try_acquire() {
            permit.forget();
            taken = 1;
        }
    });
    permits(taken, 1)
}

pub(super) fn release_while_acquired(shot: &dyn Shot) -> Verdict {
    HITS.store(0, SeqCst);
    shot.during(&mut || _ = SOME.release(1));
    permits(HITS.load(SeqCst), 1)
}

pub(super) fn acquire_for_good() {
    if let Some(permit) = SOME.try_acquire() {
        permit.forget();
        HITS.store(1, SeqCst);
    }
}

pub(super) static EVENT: Event = Event::new();

pub(super) fn look_while_set(shot: &dyn Shot) -> Verdict {
    EVENT.clear();
    shot.during(&mut || _ = EVENT.is_set());
    ensure(EVENT.is_set(), "a set was lost")
}

/// The event is cleared only after it was seen set: then the set was seen, else it is there.
pub(super) fn clear_while_set(shot: &dyn Shot) -> Verdict {
    EVENT.clear();
    let mut seen = false;
    shot.during(&mut || {
        if EVENT.is_set() {
            EVENT.clear();
            seen = true;
        }
    });
    ensure(seen != EVENT.is_set(), "a set was lost or made")
}

/// Who waited is released, though the event is cleared at once.
pub(super) fn set_while_cleared(shot: &dyn Shot) -> Verdict {
    static WOKEN: Flag = Flag::new();
    WOKEN.lower();
    EVENT.clear();
    let waker = WOKEN.waker();
    let mut cx = Context::from_waker(&waker);
    let mut waiting = pin!(EVENT.wait());
    ensure(waiting.as_mut().poll(&mut cx).is_pending(), "it was set")?;
    shot.during(&mut || EVENT.set());
    ensure(WOKEN.is_up(), "a wake-up was lost")?;
    let released = waiting.as_mut().poll(&mut cx).is_ready();
    ensure(released, "who was released waits again")
}

static LOCK: Lock<u32> = Lock::new(0);
static KEPT: TurnCell<LockGuard<'static, u32>> = TurnCell::new();

/// The interrupt keeps the lock if it gets it. Who is inside sees that nobody else is.
pub(super) fn lock_while_locked(shot: &dyn Shot) -> Verdict {
    HITS.store(0, SeqCst);
    let (mut ours, mut alone) = (false, true);
    shot.during(&mut || {
        if let Some(guard) = LOCK.try_lock() {
            ours = true;
            alone = HITS.load(SeqCst) == 0;
            drop(guard);
        }
    });
    let theirs = KEPT.take();
    ensure(alone, "two had the lock")?;
    ensure(ours || theirs.is_some(), "it was free, and nobody got it")?;
    ensure(
        theirs.is_none() || LOCK.try_lock().is_none(),
        "two had the lock",
    )?;
    drop(theirs);
    ensure(LOCK.try_lock().is_some(), "it is still locked")
}

pub(super) fn lock_and_keep() {
    if let Some(guard) = LOCK.try_lock() {
        HITS.store(1, SeqCst);
        KEPT.fill(guard);
    }
}

static POOL: Pool<2> = Pool::new();
static LENT: TurnCell<Loan<'static>> = TurnCell::new();

/// The interrupt keeps its loan: both have one, each its own.
pub(super) fn take_while_taken(shot: &dyn Shot) -> Verdict {
    let mut ours = None;
    shot.during(&mut || ours = POOL.try_take(AtomicU32::new(OURS)).ok());
    let ours = ours.ok_or("Full, and it was not")?;
    let theirs = LENT.take().ok_or("Full, and it was not")?;
    ensure(POOL.lent() == 2, "the count is wrong")?;
    ensure(
        ours.load(SeqCst) == OURS && theirs.load(SeqCst) == THEIRS,
        "two have one place",
    )
}

pub(super) fn take_and_keep() {
    if let Ok(loan) = POOL.try_take(AtomicU32::new(THEIRS)) {
        LENT.fill(loan);
    }
}

/// A loan is returned while the interrupt takes one: it gets a place, and never the one that is still used.
pub(super) fn drop_while_taken(shot: &dyn Shot) -> Verdict {
    let mut first = POOL.try_take(AtomicU32::new(OURS)).ok();
    shot.during(&mut || {
        let second = POOL.try_take(AtomicU32::new(OURS));
        drop(first.take());
        drop(second);
    });
    if let Some(theirs) = LENT.take() {
        ensure(theirs.load(SeqCst) == THEIRS, "two have one place")?;
    }
    ensure(POOL.lent() == 0, "a place was lost")?;
    let both = [1, 2].map(|number| POOL.try_take(AtomicU32::new(number)));
    ensure(both.iter().all(Result::is_ok), "a place was lost")
}
