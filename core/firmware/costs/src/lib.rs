//! What is weighed: operations, each a function of its own with a symbol `LIBRARY.OBJECT.OPERATION`.
//!
//! All have one shape, take the number that is to be passed on, and say 1 when they did what they should. Run one after the
//! other in their order here, they leave each object as it was. Objects and their handles lie in statics, with symbols
//! `LIBRARY.OBJECT.static` and `LIBRARY.OBJECT.handle…`. Everybody has 16 places for a `u32`, and may be used from interrupt
//! handlers.
//!
//! `woken` is a whole story: a future is polled, and waits; what it waits for happens; it is polled again, and is ready.
#![no_std]

pub mod machine;
pub mod ours;
pub mod theirs;

use core::cell::UnsafeCell;
use core::future::Future;
use core::mem::MaybeUninit;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

/// An operation.
pub struct Operation {
    /// `LIBRARY.OBJECT.OPERATION`.
    pub name: &'static str,
    /// Does it; 1 when all is well.
    pub run: extern "C" fn(u32) -> u32,
}

/// Functions with their symbols, and a list of them.
macro_rules! operations {
    ($library:literal: $($object:ident { $($operation:ident($number:ident) $body:block)* })*) => {
        $(mod $object {
            #[allow(unused_imports)]
            use super::*;
            $(
                // SAFETY: no other symbol has this name: there is a dot in it.
                #[unsafe(export_name = concat!($library, ".", stringify!($object), ".", stringify!($operation)))]
                #[inline(never)]
                pub(super) extern "C" fn $operation($number: u32) -> u32 {
                    u32::from($body)
                }
            )*
        })*
        /// All of this library, in order.
        pub static OPERATIONS: &[crate::Operation] = &[
            $($(crate::Operation {
                name: concat!($library, ".", stringify!($object), ".", stringify!($operation)),
                run: $object::$operation,
            },)*)*
        ];
    };
}
pub(crate) use operations;

/// Room for a handle, which costs nothing to reach.
pub struct Own<T>(UnsafeCell<MaybeUninit<T>>);

// SAFETY: there is one context here, and no handler.
unsafe impl<T> Sync for Own<T> {}

impl<T> Own<T> {
    /// Without the handle.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Own(UnsafeCell::new(MaybeUninit::uninit()))
    }

    /// Puts the handle in.
    pub fn set(&self, handle: T) {
        // SAFETY: nobody uses it yet.
        unsafe { *self.0.get() = MaybeUninit::new(handle) };
    }

    /// The handle, which was put in before.
    #[inline(always)]
    #[allow(clippy::mut_from_ref)]
    fn get(&self) -> &mut T {
        // SAFETY: one context, and each operation asks once.
        let handle = unsafe { &mut *self.0.get() };
        // SAFETY: it was set.
        unsafe { handle.assume_init_mut() }
    }
}

/// Polls with a waker that does nothing.
#[inline(always)]
fn poll<F: Future>(future: &mut Pin<&mut F>) -> Poll<F::Output> {
    future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
}

/// A whole story of waiting: see the module.
#[inline(always)]
fn story<F: Future>(mut future: Pin<&mut F>, change: impl FnOnce()) -> bool {
    let waits = poll(&mut future).is_pending();
    change();
    waits && poll(&mut future).is_ready()
}
