//! L1: [`CachePadded`], a value on a cache line of its own.
//!
//! Two threads that write neighbouring words of one line make the line travel between their cores
//! at every write. The shim knows the line's length: 128 bytes where adjacent lines are fetched in
//! pairs, 0 on bare 32-bit cores without a data cache.

#![forbid(unsafe_code)]

use core::ops::{Deref, DerefMut};

use crate::shim::CacheLine;

/// A value on a cache line of its own.
///
/// # Examples
/// ```
/// use gimmal_core::CachePadded;
///
/// let padded = CachePadded::new(7_u32);
/// assert_eq!(*padded, 7);
/// ```
#[derive(Clone, Copy)]
#[repr(C)]
pub struct CachePadded<T> {
    line: [CacheLine; 0],
    value: T,
}

impl<T> CachePadded<T> {
    /// Puts `value` on a line of its own.
    ///
    /// # Examples
    /// ```
    /// use core::sync::atomic::AtomicUsize;
    /// use gimmal_core::CachePadded;
    ///
    /// // Two counters of two threads, which do not disturb each other.
    /// let counters = [const { CachePadded::new(AtomicUsize::new(0)) }; 2];
    /// assert!(size_of_val(&counters) > 2 * size_of::<AtomicUsize>());
    /// ```
    pub const fn new(value: T) -> Self {
        CachePadded { line: [], value }
    }

    /// Returns the value.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(gimmal_core::CachePadded::new(7).into_inner(), 7);
    /// ```
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T> Deref for CachePadded<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for CachePadded<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T: Default> Default for CachePadded<T> {
    fn default() -> Self {
        CachePadded::new(T::default())
    }
}

impl<T: core::fmt::Debug> core::fmt::Debug for CachePadded<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.value.fmt(f)
    }
}
