//! [`scope`]: threads that borrow from their caller.
//!
//! The scope that users get is std's, under another type. It must be lent for `'scope`, as std's
//! is: only so can the closure of one of its threads use it by reference to start further ones, and
//! nothing that is made inside of std's `scope` lives that long. Hence the one `unsafe` here.
//!
//! Invariants
//! * **I1** [`Scope`] is `repr(transparent)` around std's: a reference to the one is a reference to
//!   the other.

#![allow(unsafe_code)]

use std::io;
use std::thread;

use super::{Builder, Packet, ScopedJoinHandle};
use crate::per_process::Ours;
use crate::runtime::current::CurrentRun;

/// Runs `f`, which may start threads that borrow from the caller. Returns when `f` and all those
/// threads have ended.
///
/// As in the standard library, the closure gets a reference to the scope that lives as long as the
/// threads may, so that a thread can start further ones.
///
/// At its end the scope waits for the closures of its threads. The destructors of the thread-locals
/// of a thread that nobody joined may still be running.
///
/// # Panics
/// If `f` panics, or a thread panicked that nobody joined; in both cases after all threads have
/// ended.
///
/// # Examples
/// ```
/// use gimmal::thread;
///
/// let words = ["one", "two", "three"];
/// let longest = thread::scope(|s| {
///     let count = s.spawn(|| words.len());
///     let longest = s.builder().name("longest").spawn(|| words.iter().map(|w| w.len()).max()).unwrap();
///     s.spawn(|| {
///         s.spawn(|| assert_eq!(words[0], "one"));
///     });
///     assert_eq!(count.join().unwrap(), 3);
///     longest.join().unwrap()
/// });
/// assert_eq!(longest, Some(5));
/// ```
#[track_caller]
pub fn scope<'env, T>(f: impl for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T) -> T {
    thread::scope(|scope| f(Scope::lent(scope)))
}

/// A scope, whose threads may borrow what lives longer than it; see [`scope`].
#[derive(Debug)]
#[repr(transparent)]
pub struct Scope<'scope, 'env: 'scope>(thread::Scope<'scope, 'env>);

impl<'scope, 'env> Scope<'scope, 'env> {
    fn lent(std: &'scope thread::Scope<'scope, 'env>) -> &'scope Self {
        let scope: *const thread::Scope<'scope, 'env> = std;
        // SAFETY: I1. It is lent for as long as std's.
        unsafe { &*scope.cast::<Self>() }
    }

    /// Starts a thread of this scope that runs `f`. Dropping its handle leaves the thread to the
    /// end of the scope.
    ///
    /// What the thread starts with [`thread::spawn`](super::spawn) belongs to the caller's run of
    /// [`Runtime`](crate::Runtime), if there is one.
    ///
    /// # Panics
    /// If the operating system refuses a thread; [`ScopedBuilder::spawn`] returns an error instead.
    ///
    /// # Examples
    /// ```
    /// let mut numbers = [1, 2, 3, 4];
    /// gimmal::thread::scope(|scope| {
    ///     let (left, right) = numbers.split_at_mut(2);
    ///     scope.spawn(|| left.iter_mut().for_each(|n| *n *= 2));
    ///     scope.spawn(|| right.iter_mut().for_each(|n| *n *= 3));
    /// });
    /// assert_eq!(numbers, [2, 4, 9, 12]);
    /// ```
    #[track_caller]
    pub fn spawn<R: Send + 'scope>(
        &'scope self,
        f: impl FnOnce() -> R + Send + 'scope,
    ) -> ScopedJoinHandle<'scope, R> {
        match self.builder().spawn(f) {
            Ok(handle) => handle,
            Err(why) => panic!("no thread: {why}"),
        }
    }

    /// Returns a builder for a thread of this scope: with a name, or with a stack of another size.
    ///
    /// # Examples
    /// ```
    /// gimmal::thread::scope(|scope| {
    ///     let named = scope.builder().name("named").spawn(|| ())?;
    ///     assert_eq!(named.name(), Some("named"));
    ///     std::io::Result::Ok(())
    /// })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn builder(&'scope self) -> ScopedBuilder<'scope, 'env> {
        ScopedBuilder {
            scope: self,
            builder: Builder::new(),
        }
    }
}

/// The settings of a new thread of a [`scope`]: its name and its stack. Made by [`Scope::builder`].
///
/// The thread cannot be a daemon, because the scope joins it.
///
/// # Examples
/// ```
/// use gimmal::thread;
///
/// let words = ["one", "two", "three"];
/// thread::scope(|s| {
///     let counter = s.builder().name("counter").stack_size(256 * 1024).spawn(|| words.len())?;
///     assert_eq!(counter.name(), Some("counter"));
///     assert_eq!(counter.join().unwrap(), 3);
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it spawns"]
pub struct ScopedBuilder<'scope, 'env: 'scope> {
    scope: &'scope Scope<'scope, 'env>,
    builder: Builder,
}

impl<'scope> ScopedBuilder<'scope, '_> {
    /// Names the thread, as [`Builder::name`].
    ///
    /// # Examples
    /// ```
    /// # use std::thread::current;
    /// gimmal::thread::scope(|scope| {
    ///     let named = scope.builder().name("reader");
    ///     named.spawn(|| assert_eq!(current().name(), Some("reader"))).unwrap();
    /// });
    /// ```
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.builder = self.builder.name(name);
        self
    }

    /// Sets the size of the stack in bytes, as [`Builder::stack_size`].
    ///
    /// # Examples
    /// ```
    /// gimmal::thread::scope(|scope| {
    ///     let small = scope.builder().stack_size(64 * 1024).spawn(|| 1 + 1).unwrap();
    ///     assert_eq!(small.join().unwrap(), 2);
    /// });
    /// ```
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.builder = self.builder.stack_size(bytes);
        self
    }

    /// Starts a thread of the scope that runs `f`; see [`Scope::spawn`].
    ///
    /// # Errors
    /// As for [`Builder::spawn`].
    ///
    /// # Examples
    /// ```
    /// let words = ["one", "two"];
    /// gimmal::thread::scope(|scope| match scope.builder().spawn(|| words.len()) {
    ///     Ok(handle) => assert_eq!(handle.join().unwrap(), 2),
    ///     Err(why) => println!("the system has no thread for us: {why}"),
    /// });
    /// ```
    pub fn spawn<R: Send + 'scope>(
        self,
        f: impl FnOnce() -> R + Send + 'scope,
    ) -> io::Result<ScopedJoinHandle<'scope, R>> {
        let packet = Packet::new();
        let its = packet.clone();
        // The scope joins it, but what it starts belongs to the run.
        let current = CurrentRun::get();
        let run = move || {
            CurrentRun::enter_scoped(current);
            its.run(f);
        };
        let thread = Ours::new(self.builder.std()?.spawn_scoped(&self.scope.0, run)?);
        Ok(ScopedJoinHandle { thread, packet })
    }
}
