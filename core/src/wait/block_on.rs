//! L3: running a future to completion where there is no executor.
//!
//! A core without threads has nothing to park, so what to do between two polls is the caller's:
//! [`Spin`] burns time, an implementation with WFE and SEV sleeps. `relax` may return at any time,
//! a poll too many is harmless; what it must not do is sleep through a `wake` that came since the
//! last poll (WFE keeps an event register for exactly that).

#![allow(unsafe_code)]

use core::future::{Future, IntoFuture};
use core::marker::PhantomData;
use core::pin::pin;
use core::ptr;
use core::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

use crate::shim;

/// The way in which a processor passes the time between two polls.
pub trait Relax {
    /// Waits a moment, or until [`wake`](Relax::wake) was called since the last return.
    fn relax();
    /// Ends the `relax` that is running, or the next one. Called from any thread, task or interrupt
    /// handler.
    fn wake();
}

/// Passes the time with spin-loop hints.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spin;

impl Relax for Spin {
    fn relax() {
        shim::relax();
    }

    fn wake() {}
}

struct WakerOf<R>(PhantomData<R>);

impl<R: Relax> WakerOf<R> {
    const TABLE: RawWakerVTable =
        RawWakerVTable::new(|_| Self::RAW, |_| R::wake(), |_| R::wake(), |_| ());
    const RAW: RawWaker = RawWaker::new(ptr::null(), &Self::TABLE);
}

/// Runs `future` to completion, spinning between two polls.
///
/// # Examples
/// ```
/// use gimmal_core::wait::block_on;
/// assert_eq!(block_on(async { 1 + 1 }), 2);
/// ```
pub fn block_on<F: IntoFuture>(future: F) -> F::Output {
    block_on_with::<Spin, F>(future)
}

/// Runs `future` to completion; `R` passes the time between two polls.
///
/// # Examples
/// ```
/// use gimmal_core::wait::{Relax, block_on_with};
///
/// struct Yield; // on a chip: `wfe` and `sev`
///
/// impl Relax for Yield {
///     fn relax() {
///         std::thread::yield_now();
///     }
///
///     fn wake() {}
/// }
/// assert_eq!(block_on_with::<Yield, _>(async { 1 + 1 }), 2);
/// ```
pub fn block_on_with<R: Relax, F: IntoFuture>(future: F) -> F::Output {
    match block_on_until::<R, F>(future, || false) {
        Some(output) => output,
        None => unreachable!("`stop` never returns true"),
    }
}

/// Runs `future` to completion, or until `stop` returns `true`: a time-out where there is no clock.
/// `stop` is called after each poll that was not ready. The future is dropped before this returns
/// `None` (see its *Cancel safety*).
///
/// # Examples
/// ```
/// use gimmal_core::sync::Event;
/// use gimmal_core::wait::{Spin, block_on_until};
///
/// let (event, mut polls) = (Event::new(), 0);
/// let stop = || { polls += 1; polls == 100 }; // a counter instead of a clock
/// assert!(block_on_until::<Spin, _>(event.wait(), stop).is_none());
/// ```
pub fn block_on_until<R: Relax, F: IntoFuture>(
    future: F,
    mut stop: impl FnMut() -> bool,
) -> Option<F::Output> {
    let mut future = pin!(future.into_future());
    // SAFETY: the table's functions ignore the pointer, are safe to call from any thread, and own
    // nothing.
    let waker = unsafe { Waker::from_raw(WakerOf::<R>::RAW) };
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
        if stop() {
            return None;
        }
        R::relax();
    }
}
