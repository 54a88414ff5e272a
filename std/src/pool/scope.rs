//! [`ThreadPool::scope`]: jobs that borrow from their caller.
//!
//! A job of a scope is an ordinary job of its pool, whose closure is said to borrow nothing. That
//! is the one `unsafe` here, and it rests on the end of the scope:
//!
//! * **I1** `pending` counts the jobs whose closure or result may still be touched by the pool, and
//!   the scope's own body. It falls by one only when [`Borrowing`] has gone, which has dropped the
//!   closure before, and the result too unless a [`ScopedJob`] keeps it.
//! * **I2** [`ThreadPool::scope`] does not return, and does not unwind, before `pending` is 0. It
//!   waits in its own frame, not in a destructor, so nothing that is leaked shortens the wait. In a
//!   forked child nobody touches the jobs of the parent, and it does not wait.
//! * **I3** A `ScopedJob` has the lifetime `'scope`, so it cannot leave the scope with its result.
//!   What stays of a job in the pool after that (the emptied task) holds nothing that borrows.
//!
//! ```text
//! submit: pending + 1 ─┬─ a worker runs the closure ── the result is kept ──┬─ `Borrowing` goes: pending - 1
//!                      └─ withdrawn, or the pool is broken: it is dropped ──┘
//! ```

#![allow(unsafe_code)]

use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use gimmal_core::sync::Event;

use crate::block::{Limit, block};
use crate::generation::Generation;
use crate::panic_guard::{contain, locked};

use super::error::{Ended, JobError, SubmitError};
use super::job::Job;
use super::many::{AnyJob, Link, sealed};
use super::threads::ThreadPool;

/// What a scope and its jobs share.
struct Ends {
    /// The process whose workers run the jobs. In a child of it nothing here is touched: another
    /// thread of the parent may have held a lock.
    generation: Generation,
    /// I1.
    pending: Mutex<usize>,
    /// Set when `pending` is 0.
    over: Event,
    /// How many jobs have panicked whose result nobody has taken.
    panicked: Mutex<usize>,
}

impl Ends {
    fn begin(self: &Arc<Self>) -> Pending {
        *locked(&self.pending) += 1;
        Pending(self.clone())
    }

    fn is_ours(&self) -> bool {
        self.generation.is_current()
    }

    fn count_panics(&self, change: impl FnOnce(usize) -> usize) {
        if !self.is_ours() {
            return;
        }
        let mut panicked = locked(&self.panicked);
        *panicked = change(*panicked);
    }
}

/// One of `pending`.
struct Pending(Arc<Ends>);

impl Drop for Pending {
    fn drop(&mut self) {
        if !self.0.is_ours() {
            return;
        }
        let left = {
            let mut pending = locked(&self.0.pending);
            *pending -= 1;
            *pending
        };
        if left == 0 {
            self.0.over.set();
        }
    }
}

enum Content<F, R> {
    Closure(F),
    Result(R),
    Gone,
}

/// The closure of a job, then its result.
struct Packet<F, R>(Mutex<Content<F, R>>);

/// The packet of a job, whatever its closure is.
trait TakeResult<R>: Send + Sync {
    fn take_result(&self) -> Option<R>;
}

impl<F: Send, R: Send> TakeResult<R> for Packet<F, R> {
    fn take_result(&self) -> Option<R> {
        match self.swap(Content::Gone) {
            Content::Result(result) => Some(result),
            Content::Closure(_) | Content::Gone => None,
        }
    }
}

impl<F, R> Packet<F, R> {
    fn swap(&self, new: Content<F, R>) -> Content<F, R> {
        mem::replace(&mut *locked(&self.0), new)
    }

    fn take_closure(&self) -> Option<F> {
        match self.swap(Content::Gone) {
            Content::Closure(f) => Some(f),
            Content::Result(_) | Content::Gone => None,
        }
    }
}

/// The pool's share of a packet. It goes before the count, which is its last field: I1.
struct Borrowing<F, R> {
    packet: Option<Arc<Packet<F, R>>>,
    pending: Pending,
}

impl<F: FnOnce() -> R, R> Borrowing<F, R> {
    fn run(mut self) {
        let Some(packet) = self.packet.take() else {
            unreachable!("taken here and by drop only");
        };
        let f = packet.take_closure();
        let result = f.map(|f| catch_unwind(AssertUnwindSafe(f)));
        match result {
            Some(Ok(result)) => {
                packet.swap(Content::Result(result));
                // Drops the result if nobody else keeps the packet.
                contain(|| drop(packet));
            }
            Some(Err(payload)) => {
                self.pending.0.count_panics(|n| n + 1);
                contain(|| drop(packet));
                drop(self);
                resume_unwind(payload);
            }
            None => unreachable!("the closure of a job is called once"),
        }
    }
}

impl<F, R> Drop for Borrowing<F, R> {
    fn drop(&mut self) {
        if let Some(packet) = self.packet.take() {
            // It is not run: the closure goes here, whoever keeps the packet.
            contain(|| drop(packet.take_closure()));
            contain(|| drop(packet));
        }
    }
}

/// Jobs of a pool that may borrow what lives longer than the scope; made by [`ThreadPool::scope`].
pub struct Scope<'scope, 'env: 'scope> {
    pool: &'scope ThreadPool,
    ends: Arc<Ends>,
    /// Neither lifetime may be made longer or shorter.
    _scope: PhantomData<&'scope mut &'scope ()>,
    _env: PhantomData<&'env mut &'env ()>,
}

/// Ends the process if the wait for the jobs of a scope unwinds: they may still borrow.
struct NoWayOut;

impl Drop for NoWayOut {
    fn drop(&mut self) {
        process::abort();
    }
}

impl ThreadPool {
    /// Runs `f`, which may submit jobs that borrow from the caller. Returns when `f` and all those
    /// jobs have ended, or have been cancelled.
    ///
    /// The pool and its workers stay. Jobs that were submitted to the pool otherwise are not waited
    /// for.
    ///
    /// # Panics
    /// If `f` panics, or a job panicked whose result nobody has taken; in both cases after all jobs
    /// have ended. If the caller is a worker of this pool: it could not wait for jobs that it is to
    /// run itself. Then `f` is not called.
    ///
    /// # In a forked child
    /// A child that is forked in `f` does not wait for jobs of its parent, and its submits to this
    /// scope are `Closed`.
    ///
    /// # Examples
    /// ```
    /// use gimmal::ThreadPool;
    ///
    /// let pool = ThreadPool::new(2);
    /// let mut numbers = vec![1, 2, 3, 4, 5, 6];
    /// let (low, high) = numbers.split_at_mut(3);
    /// let sum: i32 = pool.scope(|s| {
    ///     let doubled = s.submit(|| low.iter_mut().for_each(|n| *n *= 2)).unwrap();
    ///     let sum = s.submit(|| high.iter().sum()).unwrap();
    ///     doubled.result().unwrap();
    ///     sum.result().unwrap()
    /// });
    /// assert_eq!((sum, numbers), (15, vec![2, 4, 6, 4, 5, 6]));
    /// ```
    ///
    /// What a job borrows must live longer than the scope:
    /// ```compile_fail
    /// let pool = gimmal::ThreadPool::new(2);
    /// pool.scope(|s| {
    ///     let local = 1;
    ///     s.submit(|| println!("{local}")).unwrap();
    /// });
    /// ```
    #[track_caller]
    pub fn scope<'env, T>(
        &'env self,
        f: impl for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T,
    ) -> T {
        if self.has_caller() {
            panic!(
                "a worker of a pool cannot wait for a scope of the same pool: submit to another pool, or run the closure here"
            );
        }
        let scope = Scope {
            pool: self,
            ends: Arc::new(Ends {
                generation: Generation::current(),
                pending: Mutex::new(0),
                over: Event::new(),
                panicked: Mutex::new(0),
            }),
            _scope: PhantomData,
            _env: PhantomData,
        };
        let own = scope.ends.begin();
        let result = catch_unwind(AssertUnwindSafe(|| f(&scope)));
        // I2: from here to the end of the wait nothing unwinds.
        let no_way_out = NoWayOut;
        drop(own);
        let ours = scope.ends.is_ours();
        if ours {
            block(scope.ends.over.waiting());
        }
        mem::forget(no_way_out);
        match result {
            Err(payload) => resume_unwind(payload),
            Ok(_) if ours && *locked(&scope.ends.panicked) > 0 => {
                panic!("a job of the scope panicked, and nobody took its result")
            }
            Ok(result) => result,
        }
    }
}

impl<'scope> Scope<'scope, '_> {
    /// Submits `f` to be run by a worker. Blocks while the queue is full.
    ///
    /// # Errors
    /// Each returns `f`; as for [`ThreadPool::submit`].
    ///
    #[doc = include_str!("examples/scope_submit.md")]
    pub fn submit<F, R>(&'scope self, f: F) -> Result<ScopedJob<'scope, R>, SubmitError<F>>
    where
        F: FnOnce() -> R + Send + 'scope,
        R: Send + 'scope,
    {
        self.submit_within(f, Some(Limit::None))
    }

    /// Submits `f` to be run by a worker, if there is room in the queue.
    ///
    /// # Errors
    /// Each returns `f`; as for [`ThreadPool::try_submit`].
    ///
    /// # Examples
    /// ```
    /// use gimmal::ThreadPool;
    ///
    /// let pool = ThreadPool::new(2);
    /// let words = ["one", "three"];
    /// let length = pool.scope(|scope| scope.try_submit(|| words[1].len()).unwrap().result());
    /// assert_eq!(length.unwrap(), 5);
    /// ```
    pub fn try_submit<F, R>(&'scope self, f: F) -> Result<ScopedJob<'scope, R>, SubmitError<F>>
    where
        F: FnOnce() -> R + Send + 'scope,
        R: Send + 'scope,
    {
        self.submit_within(f, None)
    }

    /// Submits `f` to be run by a worker. Blocks while the queue is full, for at most `timeout`.
    /// `Duration::ZERO` tries once, `Duration::MAX` waits forever.
    ///
    /// # Errors
    /// Each returns `f`; as for [`ThreadPool::submit_timeout`].
    pub fn submit_timeout<F, R>(
        &'scope self,
        f: F,
        timeout: Duration,
    ) -> Result<ScopedJob<'scope, R>, SubmitError<F>>
    where
        F: FnOnce() -> R + Send + 'scope,
        R: Send + 'scope,
    {
        self.submit_within(f, Some(Limit::After(timeout)))
    }

    /// Submits `f` to be run by a worker. Blocks while the queue is full, at most until `deadline`. A past
    /// deadline tries once.
    ///
    /// # Errors
    /// Each returns `f`; as for [`ThreadPool::submit_deadline`].
    pub fn submit_deadline<F, R>(
        &'scope self,
        f: F,
        deadline: Instant,
    ) -> Result<ScopedJob<'scope, R>, SubmitError<F>>
    where
        F: FnOnce() -> R + Send + 'scope,
        R: Send + 'scope,
    {
        self.submit_within(f, Some(Limit::At(deadline)))
    }

    fn submit_within<F, R>(
        &'scope self,
        f: F,
        limit: Option<Limit>,
    ) -> Result<ScopedJob<'scope, R>, SubmitError<F>>
    where
        F: FnOnce() -> R + Send + 'scope,
        R: Send + 'scope,
    {
        // I2: a child does not wait for this scope, so it does not give it jobs.
        if !self.ends.is_ours() {
            return Err(SubmitError::Closed(f));
        }
        let packet = Arc::new(Packet(Mutex::new(Content::Closure(f))));
        let borrowing = Borrowing {
            packet: Some(packet.clone()),
            pending: self.ends.begin(),
        };
        let call: Box<dyn FnOnce() + Send + 'scope> = Box::new(move || borrowing.run());
        // SAFETY: what the closure borrows lives for `'scope`, and the scope waits until it has
        // been dropped: I1, I2.
        let call = unsafe {
            mem::transmute::<Box<dyn FnOnce() + Send + 'scope>, Box<dyn FnOnce() + Send>>(call)
        };
        match self.pool.submit_within(call, limit) {
            Ok(job) => Ok(ScopedJob {
                job,
                packet,
                ends: self.ends.clone(),
                _result: PhantomData,
            }),
            Err(why) => {
                let f = packet.take_closure();
                let f = f.expect("the pool has not taken the job");
                Err(why.split().0.with(f))
            }
        }
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope")
            .field("pool", &self.pool)
            .finish_non_exhaustive()
    }
}

/// The right to wait for the result of a job of a [`Scope`], or to cancel it.
///
/// Dropping it leaves the job to the end of the scope.
pub struct ScopedJob<'scope, R> {
    job: Job<()>,
    packet: Arc<dyn TakeResult<R> + 'scope>,
    ends: Arc<Ends>,
    /// It may be sent, and shared, if a lock around the result may.
    _result: PhantomData<Mutex<R>>,
}

impl<R> ScopedJob<'_, R> {
    /// Blocks until the job is done, and returns its result.
    ///
    /// # Errors
    /// As for [`Job::result`].
    ///
    #[doc = include_str!("examples/scope_result.md")]
    pub fn result(self) -> Result<R, JobError> {
        match self.result_within(|job| Ok(job.result())) {
            Ok(result) => result,
            Err(_) => unreachable!("without a limit it is never given up"),
        }
    }

    /// Waits for the result like [`result`](Self::result), for at most `timeout`. `Duration::ZERO` checks once,
    /// `Duration::MAX` waits forever.
    ///
    /// # Errors
    /// The job, if it has not been done in time. The inner result is that of
    /// [`result`](Self::result).
    pub fn result_timeout(self, timeout: Duration) -> Result<Result<R, JobError>, Self> {
        self.result_within(|job| job.result_timeout(timeout))
    }

    /// Waits for the result like [`result`](Self::result), until `deadline` at most. A past deadline checks
    /// once.
    ///
    /// # Errors
    /// The job, if it has not been done in time. The inner result is that of
    /// [`result`](Self::result).
    pub fn result_deadline(self, deadline: Instant) -> Result<Result<R, JobError>, Self> {
        self.result_within(|job| job.result_deadline(deadline))
    }

    fn result_within(
        self,
        wait: impl FnOnce(Job<()>) -> Result<Result<(), JobError>, Job<()>>,
    ) -> Result<Result<R, JobError>, Self> {
        let ScopedJob {
            job,
            packet,
            ends,
            _result,
        } = self;
        match wait(job) {
            Err(job) => Err(ScopedJob {
                job,
                packet,
                ends,
                _result,
            }),
            Ok(Ok(())) => {
                let result = packet.take_result();
                Ok(Ok(result.expect("a closure that ended has a result")))
            }
            Ok(Err(why)) => {
                if matches!(why, JobError::Panicked(_)) {
                    ends.count_panics(|n| n - 1);
                }
                Ok(Err(why))
            }
        }
    }

    /// Cancels the job, as [`Job::cancel`] does: returns `true` if it will never run.
    pub fn cancel(&self) -> bool {
        self.job.cancel()
    }

    /// Returns `true` if the closure has ended or will never run. Once `true`, it stays `true`.
    pub fn is_done(&self) -> bool {
        self.job.is_done()
    }

    /// Returns `true` if a worker has taken the job and its closure has not ended. A snapshot.
    pub fn is_running(&self) -> bool {
        self.job.is_running()
    }

    /// Returns how the job ended, or `None` if it is not over. Once it is `Some`, it does not
    /// change.
    pub fn ended(&self) -> Option<Ended> {
        self.job.ended()
    }
}

impl<R> sealed::Sealed for ScopedJob<'_, R> {
    fn link(&self) -> Link<'_> {
        Link(&self.job)
    }
}

impl<R> AnyJob for ScopedJob<'_, R> {}

impl<R> fmt::Debug for ScopedJob<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedJob")
            .field("is_running", &self.is_running())
            .field("ended", &self.ended())
            .finish_non_exhaustive()
    }
}
