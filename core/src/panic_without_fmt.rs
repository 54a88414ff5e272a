//! L1: what cannot be otherwise, said without formatting.
//!
//! `expect`, an index that may be out of bounds and a message with numbers link `core::fmt` into a program: some kilobytes, of a
//! microcontroller that may have no other use for it. A panic with plain words does not.

#![forbid(unsafe_code)]

/// The value that is there, as by `expect`.
macro_rules! some_or_panic {
    ($option:expr, $words:literal) => {
        match $option {
            Some(value) => value,
            None => panic!($words),
        }
    };
}
pub(crate) use some_or_panic;

/// The element at an index that came from the slice's owner.
#[inline(always)]
pub(crate) fn get_or_panic<T>(slice: &[T], index: usize) -> &T {
    some_or_panic!(slice.get(index), "an index of another object")
}
