//! [`Map`]: one closure over many items, in their order.
//!
//! The *window* is the jobs that were submitted and whose results have not been given, in the order
//! of the items. Whenever a value is asked for, the window is filled up as far as the pool takes
//! jobs at once; an empty one waits for room, and one that could be longer is filled up further
//! while its first job is waited for. A closure that found the queue full is kept as the *spare*,
//! and is the next to be submitted: no item is lost.

#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::fmt;
use std::iter::FusedIterator;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::block::Limit;

use super::completions::Completions;
use super::error::{JobError, MapError, SubmitError, WaitTimeoutError};
use super::job::Job;
use super::task::Task;
use super::threads::ThreadPool;
use super::wait::watched;
use super::workers::Watch;

/// Returns `true` if the time has come at which a map ends.
fn is_over(limit: Limit) -> bool {
    matches!(limit, Limit::At(moment) if Instant::now() >= moment)
}

type Call<R> = Box<dyn FnOnce() -> R + Send>;

/// The results of one closure for many items, in their order; made by [`ThreadPool::map`].
///
/// Dropping it cancels what has not started.
#[must_use = "dropping a map cancels what has not started"]
pub struct Map<'p, I, F, R> {
    pool: &'p ThreadPool,
    /// `None` after the last item.
    items: Option<I>,
    f: Arc<F>,
    limit: Limit,
    window: VecDeque<Job<R>>,
    spare: Option<Call<R>>,
    /// Why there will be nothing more after the window.
    refused: Option<MapError>,
    over: bool,
    /// Told when the first job ends and when the queue moves; made when it is needed.
    completions: Option<Arc<Completions>>,
}

impl ThreadPool {
    /// Calls `f` with each of the items, on the workers, and returns the results in the order of
    /// the items.
    ///
    /// Items are taken and submitted only as far ahead as the pool can hold them:
    /// [`threads`](super::Builder::threads) plus [`queue`](super::Builder::queue). Submitting
    /// begins with this call, which does not block, and goes on whenever the map is asked for its
    /// next value and while that is waited for. The items may be endless. Dropping the map cancels
    /// what has not started.
    ///
    /// If `f` panics, that is the error of its item, and the map goes on.
    ///
    /// # Examples
    /// ```
    /// use gimmal::ThreadPool;
    ///
    /// let pool = ThreadPool::builder().threads(2).queue(4).build();
    /// let squares: Vec<u64> = pool.map(1.., |n: u64| n * n).map(Result::unwrap).take(5).collect();
    /// assert_eq!(squares, [1, 4, 9, 16, 25]);
    /// ```
    pub fn map<I, F, R>(&self, items: I, f: F) -> Map<'_, I::IntoIter, F, R>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        F: Fn(I::Item) -> R + Send + Sync + 'static,
        R: Send + 'static,
    {
        Map::new(self, items.into_iter(), f, Limit::None)
    }

    /// Does the same as [`map`](ThreadPool::map), for at most `timeout` for all values together,
    /// counted from this call. `Duration::MAX` waits forever.
    ///
    /// Values that are ready by then are returned. The first one that is not is
    /// [`TimedOut`](super::MapError::TimedOut), and ends the map.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::ThreadPool;
    ///
    /// let pool = ThreadPool::builder().build();
    /// let squares = pool.map_timeout([1, 2, 3], |n| n * n, Duration::from_secs(60));
    /// assert_eq!(squares.map(Result::unwrap).collect::<Vec<_>>(), [1, 4, 9]);
    /// ```
    pub fn map_timeout<I, F, R>(
        &self,
        items: I,
        f: F,
        timeout: Duration,
    ) -> Map<'_, I::IntoIter, F, R>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        F: Fn(I::Item) -> R + Send + Sync + 'static,
        R: Send + 'static,
    {
        Map::new(self, items.into_iter(), f, Limit::After(timeout))
    }

    /// Does the same as [`map_timeout`](ThreadPool::map_timeout), at most until `deadline`.
    ///
    /// # Examples
    /// ```
    /// use std::time::{Duration, Instant};
    /// use gimmal::ThreadPool;
    ///
    /// let pool = ThreadPool::builder().build();
    /// let deadline = Instant::now() + Duration::from_secs(60);
    /// let squares = pool.map_deadline([1, 2, 3], |n| n * n, deadline);
    /// assert_eq!(squares.map(Result::unwrap).collect::<Vec<_>>(), [1, 4, 9]);
    /// ```
    pub fn map_deadline<I, F, R>(
        &self,
        items: I,
        f: F,
        deadline: Instant,
    ) -> Map<'_, I::IntoIter, F, R>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        F: Fn(I::Item) -> R + Send + Sync + 'static,
        R: Send + 'static,
    {
        Map::new(self, items.into_iter(), f, Limit::At(deadline))
    }
}

impl<'p, I, F, R> Map<'p, I, F, R>
where
    I: Iterator,
    I::Item: Send + 'static,
    F: Fn(I::Item) -> R + Send + Sync + 'static,
    R: Send + 'static,
{
    pub(crate) fn new(pool: &'p ThreadPool, items: I, f: F, limit: Limit) -> Self {
        let mut map = Map {
            pool,
            items: Some(items),
            f: Arc::new(f),
            // `ZERO` is over now, and looks once at each.
            limit: if limit.is_now() {
                Limit::At(Instant::now())
            } else {
                limit.fixed()
            },
            window: VecDeque::new(),
            spare: None,
            refused: None,
            over: false,
            completions: None,
        };
        while map.submit_one(None) {}
        map
    }

    /// Returns the next value, in the order of the items, as a future for an executor. Returns
    /// `None` after the last one. It does not count as a wait of a worker.
    ///
    /// Nothing wakes it when the time of a [`map_timeout`](ThreadPool::map_timeout) is over: use the
    /// executor's time-out around it.
    ///
    /// # Errors
    /// Those of the iterator: see [`MapError`]. In a forked child, a job of the parent that is not
    /// done is `WouldDeadlock`.
    ///
    /// # Cancel safety
    /// Dropping the future before it is ready loses no item and no value.
    ///
    /// # Examples
    /// ```
    /// # gimmal::wait::block_on(async {
    /// let pool = gimmal::ThreadPool::new(2);
    /// let (mut squares, mut sum) = (pool.map([1, 2, 3], |n| n * n), 0);
    /// while let Some(square) = squares.next_async().await {
    ///     sum += square.unwrap();
    /// }
    /// assert_eq!(sum, 14);
    /// # });
    /// ```
    pub async fn next_async(&mut self) -> Option<Result<R, MapError>> {
        while !self.over {
            let front = self.window.front().map(Job::erased);
            let completions = self.completions();
            let _listens = Listens::new(self.pool, front.clone(), &completions);
            // What changed before is not told.
            if !is_over(self.limit) {
                self.prepare_first();
                while self.submit_one(None) {}
            }
            let Some(job) = self.window.front() else {
                // The time may be over only now: then `next` says so.
                if self.refused.is_some() || self.spare.is_none() || is_over(self.limit) {
                    return self.next();
                }
                completions.next_async().await;
                continue;
            };
            if job.is_done() || job.core().is_lost() || is_over(self.limit) {
                return self.next();
            }
            // Of a job that has just been submitted it has not been told to listen.
            if front.is_some() {
                completions.next_async().await;
            }
        }
        None
    }

    /// Fills the window up. An empty one waits for room. When the time is over nothing more is
    /// submitted.
    fn fill(&mut self) {
        if is_over(self.limit) {
            return;
        }
        loop {
            let limit = self.window.is_empty().then_some(self.limit);
            if !self.submit_one(limit) {
                return;
            }
        }
    }

    /// Returns `true` if the window could be longer, if there was room in the queue.
    fn wants_room(&self) -> bool {
        let more = self.spare.is_some() || self.items.is_some();
        more && self.refused.is_none() && self.window.len() < self.most()
    }

    fn most(&self) -> usize {
        self.pool.threads().saturating_add(self.pool.capacity())
    }

    /// Waits for the first job of the window, and fills the window up meanwhile.
    fn wait(&mut self) -> Result<(), WaitTimeoutError> {
        while let Some(front) = self.window.front() {
            if front.is_done() || !self.wants_room() || is_over(self.limit) {
                return front.wait(self.limit);
            }
            let front = front.erased();
            let completions = self.completions();
            let listens = Listens::new(self.pool, Some(front.clone()), &completions);
            // What changed before is not told.
            self.fill();
            if front.core().ended().is_none() && self.wants_room() {
                watched(
                    self.limit,
                    || vec![front.clone()],
                    || front.core().is_lost(),
                    |limit| completions.next(limit),
                )?;
            }
            drop(listens);
        }
        Ok(())
    }

    fn completions(&mut self) -> Arc<Completions> {
        let completions = self.completions.get_or_insert_with(|| Completions::new(1));
        completions.clone()
    }

    /// Takes an item for an empty window, whether there is room for it or not.
    fn prepare_first(&mut self) {
        if self.window.is_empty() && self.spare.is_none() && self.refused.is_none() {
            match self.items.as_mut().and_then(I::next) {
                Some(item) => {
                    let f = self.f.clone();
                    self.spare = Some(Box::new(move || f(item)));
                }
                None => self.items = None,
            }
        }
    }

    /// Returns `true` if there is something that was not submitted.
    fn has_more(&mut self) -> bool {
        self.spare.is_some() || self.items.as_mut().and_then(I::next).is_some()
    }

    /// Submits one more; false if that cannot be, or not now.
    fn submit_one(&mut self, limit: Option<Limit>) -> bool {
        if self.refused.is_some() || self.window.len() >= self.most() {
            return false;
        }
        let submitted = match self.spare.take() {
            Some(call) => self.pool.submit_within(call, limit),
            None if limit.is_none() && self.pool.queued() >= self.pool.capacity() => return false,
            None => {
                let Some(item) = self.items.as_mut().and_then(I::next) else {
                    self.items = None;
                    return false;
                };
                let f = self.f.clone();
                let submitted = self.pool.submit_within(move || f(item), limit);
                submitted.map_err(|why| {
                    let (why, call) = why.split();
                    why.with(Box::new(call) as Call<R>)
                })
            }
        };
        match submitted {
            Ok(job) => {
                self.window.push_back(job);
                true
            }
            Err(why) => {
                let (why, call) = why.split();
                match why {
                    SubmitError::Full(()) => self.spare = Some(call),
                    SubmitError::TimedOut(()) => self.refused = Some(MapError::TimedOut),
                    why => self.refused = Some(MapError::Refused(why)),
                }
                false
            }
        }
    }
}

/// Completions that are told of each move of a queue, and of the end of a job if there is one, and
/// are taken back.
struct Listens<'p> {
    pool: &'p ThreadPool,
    _watch: Watch<'p>,
    front: Option<Arc<dyn Task>>,
    completions: Arc<Completions>,
}

impl<'p> Listens<'p> {
    fn new(
        pool: &'p ThreadPool,
        front: Option<Arc<dyn Task>>,
        completions: &Arc<Completions>,
    ) -> Self {
        let shared = pool.shared();
        shared.with(|scheduler| scheduler.listen(completions));
        if let Some(front) = &front {
            front.core().watch(completions, 0);
        }
        Listens {
            pool,
            _watch: shared.watch(),
            front,
            completions: completions.clone(),
        }
    }
}

impl Drop for Listens<'_> {
    fn drop(&mut self) {
        self.pool
            .shared()
            .with(|scheduler| scheduler.unlisten(&self.completions));
        if let Some(front) = &self.front {
            front.core().unwatch(&self.completions);
        }
    }
}

impl<I, F, R> Map<'_, I, F, R> {
    /// Cancels what has not started.
    fn leave(&mut self) {
        self.over = true;
        self.items = None;
        self.spare = None;
        for job in self.window.drain(..) {
            job.cancel();
        }
    }
}

impl<I, F, R> Iterator for Map<'_, I, F, R>
where
    I: Iterator,
    I::Item: Send + 'static,
    F: Fn(I::Item) -> R + Send + Sync + 'static,
    R: Send + 'static,
{
    type Item = Result<R, MapError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        self.fill();
        let why = match self.wait() {
            Ok(()) => match self.window.pop_front() {
                Some(job) => return Some(job.take().map_err(MapError::Failed)),
                None => match self.refused.take() {
                    None if self.has_more() => Some(MapError::TimedOut),
                    why => why,
                },
            },
            Err(WaitTimeoutError::TimedOut) => Some(MapError::TimedOut),
            Err(WaitTimeoutError::WouldDeadlock) => Some(MapError::Failed(JobError::WouldDeadlock)),
        };
        self.leave();
        why.map(Err)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let items = self
            .items
            .as_ref()
            .map_or(Some(0), |items| items.size_hint().1);
        let here = self.window.len() + usize::from(self.spare.is_some() || self.refused.is_some());
        // Whatever goes wrong ends it early.
        (0, items.and_then(|items| items.checked_add(here)))
    }
}

impl<I, F, R> FusedIterator for Map<'_, I, F, R> where Self: Iterator {}

impl<I, F, R> Drop for Map<'_, I, F, R> {
    fn drop(&mut self) {
        self.leave();
    }
}

impl<I, F, R> fmt::Debug for Map<'_, I, F, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Map")
            .field("submitted", &self.window.len())
            .field("over", &self.over)
            .finish_non_exhaustive()
    }
}
