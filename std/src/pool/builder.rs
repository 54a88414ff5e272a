//! [`Builder`]: the settings of a pool.

#![forbid(unsafe_code)]

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::thread;

use super::plan::{Initializer, Plan};
use super::threads::ThreadPool;

/// The settings of a pool; made by [`ThreadPool::builder`].
#[must_use = "a builder does nothing until it builds"]
pub struct Builder {
    threads: Option<usize>,
    queue: usize,
    name: String,
    stack_size: Option<usize>,
    initializer: Option<Initializer>,
}

impl ThreadPool {
    /// Returns a builder, for a pool of other sizes than the default ones.
    ///
    /// # Examples
    /// ```
    /// use gimmal::ThreadPool;
    ///
    /// let pool = ThreadPool::builder().threads(2).name("worker").build();
    /// assert_eq!((pool.threads(), pool.capacity()), (2, 1024));
    /// ```
    pub fn builder() -> Builder {
        Builder::new()
    }
}

impl Builder {
    fn new() -> Self {
        Builder {
            threads: None,
            queue: 1024,
            name: String::from("gimmal-pool"),
            stack_size: None,
            initializer: None,
        }
    }

    /// Maximum number of workers. Default: the number of cores of the machine.
    ///
    /// # Panics
    /// If `most` is 0.
    ///
    /// # Examples
    /// ```
    /// use gimmal::ThreadPool;
    ///
    /// let pool = ThreadPool::builder().threads(4).build();
    /// assert_eq!(pool.threads(), 4);
    /// ```
    #[track_caller]
    pub fn threads(mut self, most: usize) -> Self {
        assert!(
            most > 0,
            "a pool without threads does no jobs: give it at least 1"
        );
        self.threads = Some(most);
        self
    }

    /// Maximum number of queued jobs, not counting running ones. Default: 1024.
    ///
    /// # Panics
    /// If `jobs` is 0.
    ///
    /// # Examples
    /// ```
    /// use gimmal::ThreadPool;
    ///
    /// let pool = ThreadPool::builder().queue(8).build();
    /// assert_eq!(pool.capacity(), 8);
    /// ```
    #[track_caller]
    pub fn queue(mut self, jobs: usize) -> Self {
        assert!(
            jobs > 0,
            "a pool's queue holds at least one job: give it a capacity of at least 1"
        );
        self.queue = jobs;
        self
    }

    /// Names the workers `prefix-0`, `prefix-1` and so on, in the order in which they are started.
    /// The operating system may show less of a name (15 bytes on Linux).
    ///
    /// # Panics
    /// If `prefix` contains a zero byte.
    ///
    /// # Examples
    /// ```
    /// use gimmal::ThreadPool;
    ///
    /// let pool = ThreadPool::builder().name("worker").build();
    /// let name = pool.submit(|| std::thread::current().name().map(String::from)).unwrap();
    /// assert_eq!(name.result().unwrap().as_deref(), Some("worker-0"));
    /// ```
    #[track_caller]
    pub fn name(mut self, prefix: impl Into<String>) -> Self {
        self.name = prefix.into();
        let named = !self.name.contains('\0');
        assert!(named, "a thread's name contains a zero byte: leave it out");
        self
    }

    /// Sets the size of each worker's stack in bytes. The operating system may round it up.
    ///
    /// # Examples
    /// ```
    /// use gimmal::ThreadPool;
    ///
    /// let pool = ThreadPool::builder().stack_size(256 * 1024).build();
    /// assert_eq!(pool.submit(|| 1 + 1).unwrap().result().unwrap(), 2);
    /// ```
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = Some(bytes);
        self
    }

    /// Runs `f` once in each worker, before its first job.
    ///
    /// An initializer fails by panicking. That breaks the pool: all jobs that have not started end
    /// with [`JobError::Broken`](super::JobError::Broken), and no further jobs are taken. Running
    /// jobs are left to end.
    ///
    /// # Examples
    /// ```
    /// use std::cell::Cell;
    /// use gimmal::ThreadPool;
    ///
    /// thread_local!(static SEED: Cell<u32> = Cell::new(0));
    ///
    /// let pool = ThreadPool::builder().initializer(|| SEED.set(7)).build();
    /// assert_eq!(pool.submit(|| SEED.get()).unwrap().result().unwrap(), 7);
    /// ```
    pub fn initializer(mut self, f: impl Fn() + Send + Sync + 'static) -> Self {
        self.initializer = Some(AssertUnwindSafe(Box::new(f)));
        self
    }

    /// Returns the pool. Its threads are started when there are jobs for them.
    ///
    /// # Panics
    /// If there is no memory for a queue of that size.
    ///
    /// # Examples
    /// ```
    /// use gimmal::ThreadPool;
    ///
    /// let pool = ThreadPool::builder().threads(2).build();
    /// assert_eq!(pool.workers(), 0); // they are started when there are jobs
    /// ```
    #[track_caller]
    pub fn build(self) -> ThreadPool {
        let threads = self.threads.unwrap_or_else(|| {
            let cores = thread::available_parallelism();
            cores.map_or(1, |cores| cores.get())
        });
        let (name, stack_size) = (self.name, self.stack_size);
        let plan = Plan::new(threads, self.queue, name, stack_size, self.initializer);
        ThreadPool::with(plan)
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("threads", &self.threads)
            .field("queue", &self.queue)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
