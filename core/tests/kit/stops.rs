//! Threads that stop for ever at a place, and threads in a schedule of the test's own, by the hook that every access of
//! the exact ring's words calls.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, Once};

/// What interrupts a thread, and before which access.
pub(crate) type Interrupt = (usize, Box<dyn FnOnce()>);

thread_local! {
    /// After how many further accesses this thread stops.
    static LEFT: Cell<Option<usize>> = const { Cell::new(None) };
    /// How many accesses there were.
    static COUNT: Cell<usize> = const { Cell::new(0) };
    static INTERRUPTS: RefCell<Vec<Interrupt>> = const { RefCell::new(Vec::new()) };
    /// The schedule that this thread runs in, and its number there.
    static BATON: RefCell<Option<(Arc<Baton>, usize)>> = const { RefCell::new(None) };
}

struct Stopped;

fn stop() -> ! {
    LEFT.with(|left| left.set(None));
    resume_unwind(Box::new(Stopped))
}

fn access() {
    let before = COUNT.with(|count| count.replace(count.get() + 1));
    interrupted(before);
    match LEFT.with(Cell::get) {
        Some(0) => stop(),
        Some(more) => LEFT.with(|left| left.set(Some(more - 1))),
        None => {}
    }
    let baton = BATON.with(|baton| baton.borrow().clone());
    if let Some((baton, me)) = baton
        && baton.pass(me)
    {
        BATON.with(|baton| baton.borrow_mut().take());
        stop();
    }
}

fn hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| gimmal_core::test_hooks::set_stop_hook(Some(access)));
}

fn interrupted(before: usize) {
    loop {
        let next = INTERRUPTS.with(|all| {
            let mut all = all.borrow_mut();
            let due = all.iter().position(|(at, _)| *at == before)?;
            // What interrupts is not interrupted.
            let (_, handler) = all.remove(due);
            Some((std::mem::take(&mut *all), handler))
        });
        let Some((rest, handler)) = next else { return };
        handler();
        INTERRUPTS.with(|all| *all.borrow_mut() = rest);
        COUNT.with(|count| count.set(before + 1));
    }
}

/// Runs `body`, and each of the handlers in its midst, before its access of that number, counted from 0. Says how many
/// handlers came too late to run.
pub(crate) fn with_interrupts<R>(handlers: Vec<Interrupt>, body: impl FnOnce() -> R) -> (R, usize) {
    hook();
    INTERRUPTS.with(|all| *all.borrow_mut() = handlers);
    COUNT.with(|count| count.set(0));
    let result = body();
    (result, INTERRUPTS.with(|all| all.take().len()))
}

/// Runs `body`, whose thread stops for ever before its access number `accesses`, counted from 0: nothing of it happens
/// after that. `false` if it ended before.
pub(crate) fn stopped_before(accesses: usize, body: impl FnOnce()) -> bool {
    hook();
    LEFT.with(|left| left.set(Some(accesses)));
    let ended = catch_unwind(AssertUnwindSafe(body));
    LEFT.with(|left| left.set(None));
    match ended {
        Ok(()) => false,
        Err(why) if why.is::<Stopped>() => true,
        Err(why) => resume_unwind(why),
    }
}

/// Runs `body` and counts its accesses.
pub(crate) fn accesses_of<R>(body: impl FnOnce() -> R) -> (R, usize) {
    hook();
    COUNT.with(|count| count.set(0));
    let result = body();
    (result, COUNT.with(Cell::get))
}

struct Schedule {
    turn: usize,
    /// Who is to run, and after how many turns of its own it stops for ever.
    runnable: Vec<(usize, Option<usize>)>,
    random: u64,
}

struct Baton {
    schedule: Mutex<Schedule>,
    passed: Condvar,
}

impl Schedule {
    fn random(&mut self) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 20) as usize
    }

    /// Most of the time the same one goes on: preemptions are what is rare.
    fn next(&mut self, me: usize) {
        let stays = self.runnable.iter().any(|r| r.0 == me) && !self.random().is_multiple_of(3);
        if !stays && !self.runnable.is_empty() {
            let at = self.random() % self.runnable.len();
            self.turn = self.runnable[at].0;
        }
    }
}

impl Baton {
    /// Lets another one run, and waits for the next turn. `true` if this thread is to stop for ever.
    fn pass(&self, me: usize) -> bool {
        let mut schedule = self.schedule.lock().expect("no panic while locked");
        let mine = schedule
            .runnable
            .iter()
            .position(|r| r.0 == me)
            .expect("it runs");
        match &mut schedule.runnable[mine].1 {
            Some(0) => {
                self.leave_locked(&mut schedule, me);
                return true;
            }
            Some(more) => *more -= 1,
            None => {}
        }
        schedule.next(me);
        self.passed.notify_all();
        let turn = |schedule: &mut Schedule| schedule.turn != me;
        drop(
            self.passed
                .wait_while(schedule, turn)
                .expect("no panic while locked"),
        );
        false
    }

    fn leave_locked(&self, schedule: &mut Schedule, me: usize) {
        schedule.runnable.retain(|r| r.0 != me);
        schedule.next(me);
        self.passed.notify_all();
    }
}

/// Runs the threads one at a time, and lets a random other one go on at their accesses. `stops` of them stop for ever at
/// one. Gives what they recorded, in order; a thread asks the clock, which never shows the same time twice.
pub(crate) fn schedule<D: Send>(
    seed: u64,
    stops: usize,
    threads: Vec<impl FnOnce(&dyn Fn() -> usize, &dyn Fn(D)) + Send>,
) -> Vec<D> {
    hook();
    let mut schedule = Schedule {
        turn: 0,
        runnable: Vec::new(),
        random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
    };
    for thread in 0..threads.len() {
        let after = schedule.random() % 25;
        schedule
            .runnable
            .push((thread, (thread < stops).then_some(after)));
    }
    let baton = Arc::new(Baton {
        schedule: Mutex::new(schedule),
        passed: Condvar::new(),
    });
    let time = std::sync::atomic::AtomicUsize::new(0);
    let records = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for (me, body) in threads.into_iter().enumerate() {
            let (baton, time, records) = (baton.clone(), &time, &records);
            scope.spawn(move || {
                let first = baton.schedule.lock().expect("no panic while locked");
                let turn = |schedule: &mut Schedule| schedule.turn != me;
                drop(
                    baton
                        .passed
                        .wait_while(first, turn)
                        .expect("no panic while locked"),
                );
                BATON.with(|mine| *mine.borrow_mut() = Some((baton.clone(), me)));
                let clock = || time.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                let record = |done| records.lock().expect("no panic while locked").push(done);
                let ended = catch_unwind(AssertUnwindSafe(|| body(&clock, &record)));
                let stopped = BATON.with(|mine| mine.borrow_mut().take()).is_none();
                if !stopped {
                    let mut schedule = baton.schedule.lock().expect("no panic while locked");
                    baton.leave_locked(&mut schedule, me);
                }
                match ended {
                    Err(why) if !why.is::<Stopped>() => resume_unwind(why),
                    _ => {}
                }
            });
        }
    });
    records.into_inner().expect("no panic while locked")
}
