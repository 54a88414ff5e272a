//! L3: running a future to its end where there is no executor.
//!
//! A core without threads has nothing to park, so what to do between two polls is the caller's: [`Spin`] burns time,
//! an implementation with WFE and SEV sleeps. `relax` may return at any time, a poll too many is harmless; what it must
//! not do is sleep through a `wake` that came since the last poll (WFE keeps an event register for exactly that).

#![allow(unsafe_code)]

use core::future::Future;
use core::marker::PhantomData;
use core::pin::pin;
use core::ptr;
use core::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

use crate::shim;

/// How a context passes the time until it is woken.
pub trait Relax {
    /// Waits a moment, or until [`wake`](Relax::wake) was called since the last return.
    fn relax();
    /// Ends the `relax` that is running, or the next one. Called from any context, interrupt handlers included.
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

/// Runs `future` to its end, spinning.
///
/// # Examples
/// ```
/// use gimmal_core::wait::block_on;
/// assert_eq!(block_on(async { 1 + 1 }), 2);
/// ```
pub fn block_on<F: Future>(future: F) -> F::Output {
    block_on_with::<Spin, F>(future)
}

/// Runs `future` to its end, passing the time as `R` does.
pub fn block_on_with<R: Relax, F: Future>(future: F) -> F::Output {
    match block_on_until::<R, F>(future, || false) {
        Some(output) => output,
        None => unreachable!("it was never told to stop"),
    }
}

/// Runs `future` until it is ready, or until `stop` says so: the time-out for those without a clock. `stop` is asked
/// after each poll that was not ready; the future is dropped then (see its *Cancel safety*).
pub fn block_on_until<R: Relax, F: Future>(
    future: F,
    mut stop: impl FnMut() -> bool,
) -> Option<F::Output> {
    let mut future = pin!(future);
    // SAFETY: the table's functions ignore the pointer, are safe to call from any thread, and own nothing.
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
