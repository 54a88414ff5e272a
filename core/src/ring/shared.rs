//! L2: what a channel of many ends needs of its ring, and the rings that have it.

#![forbid(unsafe_code)]

use super::exact::{self, ExactSlot};
use super::mpmc;
use super::refused::{Nothing, Refused};
use super::slot::{Storage, TurnSlot};

mod sealed {
    pub trait Sealed {}
}

/// A ring for any number of threads, tasks and interrupt handlers that can be closed. Sealed.
#[doc(hidden)]
pub trait SharedRing: sealed::Sealed {
    /// What is in it.
    type Item;
    fn put(&self, item: Self::Item) -> Result<(), (Refused, Self::Item)>;
    fn take(&self) -> Result<Self::Item, Nothing>;
    /// Takes `most` items at most and gives them to `each`; returns how many.
    fn take_run(&self, most: usize, each: impl FnMut(Self::Item)) -> Result<usize, Nothing>;
    fn can_put(&self) -> Result<(), Refused>;
    fn can_take(&self) -> Result<(), Nothing>;
    /// Closes for pushes; `true` if this call did it.
    fn close(&self) -> bool;
    fn is_closed(&self) -> bool;
    fn len(&self) -> usize;
    fn is_empty(&self) -> bool;
    fn is_full(&self) -> bool;
    fn capacity(&self) -> usize;
    /// How many items have been pushed so far: a snapshot that wraps.
    fn pushed(&self) -> usize;
}

/// Implements it by the methods of the same names that the ring has itself.
macro_rules! shared_ring {
    ([$($generics:tt)*] $module:ident::RingOf<$($of:ty),+ $(; $spare:ident)?>) => {
        impl<$($generics)*> sealed::Sealed for $module::RingOf<$($of,)+ $($spare)?> {}

        impl<$($generics)*> SharedRing for $module::RingOf<$($of,)+ $($spare)?> {
            type Item = T;

            #[inline(always)]
            fn put(&self, item: T) -> Result<(), (Refused, T)> {
                $module::RingOf::put(self, item)
            }
            #[inline(always)]
            fn take(&self) -> Result<T, Nothing> {
                $module::RingOf::take(self)
            }
            #[inline(always)]
            fn take_run(&self, most: usize, each: impl FnMut(T)) -> Result<usize, Nothing> {
                $module::RingOf::take_run(self, most, each)
            }
            #[inline(always)]
            fn can_put(&self) -> Result<(), Refused> {
                $module::RingOf::can_put(self)
            }
            #[inline(always)]
            fn can_take(&self) -> Result<(), Nothing> {
                $module::RingOf::can_take(self)
            }
            #[inline(always)]
            fn close(&self) -> bool {
                $module::RingOf::close(self)
            }
            #[inline(always)]
            fn is_closed(&self) -> bool {
                $module::RingOf::is_closed(self)
            }
            #[inline(always)]
            fn len(&self) -> usize {
                $module::RingOf::len(self)
            }
            #[inline(always)]
            fn is_empty(&self) -> bool {
                $module::RingOf::is_empty(self)
            }
            #[inline(always)]
            fn is_full(&self) -> bool {
                $module::RingOf::is_full(self)
            }
            #[inline(always)]
            fn capacity(&self) -> usize {
                $module::RingOf::capacity(self)
            }
            #[inline(always)]
            fn pushed(&self) -> usize {
                $module::RingOf::pushed(self)
            }
        }
    };
}

shared_ring!([T, S: Storage<Slot = TurnSlot<T>> + ?Sized] mpmc::RingOf<S>);
shared_ring!([T, S: Storage<Slot = ExactSlot<T>> + ?Sized, const SPARE: usize] exact::RingOf<T, S; SPARE>);
