//! The functions that no test calls are named here, in lines that begin with `// uncalled:`. `deep.sh coverage` must find these,
//! and no others.

use std::fmt::{Debug, Formatter, Result};

// uncalled: never
pub fn never() {}

pub fn called() -> Option<u32> {
    // A closure that is not called belongs to a function that is.
    Some(1).or_else(|| {
        Some(2)
    })
}

// uncalled: generic_never
pub fn generic_never<T>(_value: T) {}

// One of its forms is called; the other one is built, and is not.
pub fn generic_called<T: Default>() -> T {
    T::default()
}

pub fn builds_another_form(wanted: bool) -> u64 {
    if wanted { generic_called::<u64>() } else { 0 }
}

// uncalled: only_the_compiler
pub const fn only_the_compiler(value: u32) -> u32 {
    value + 1
}

const _: () = assert!(only_the_compiler(1) == 2);

// Only one of the programs calls it.
#[inline(always)]
pub fn of_another_program() -> u8 {
    7
}

// uncalled: polled_never
pub async fn polled_never() {}

pub struct Both<F>(pub F);

impl<F: Fn(u8) -> u8> Both<F> {
    pub fn twice(&self) -> u8 {
        (self.0)((self.0)(1))
    }

    // uncalled: Both<F>::thrice
    pub fn thrice(&self) -> u8 {
        (self.0)(self.twice())
    }
}

// uncalled: Both<F>::Debug::fmt
impl<F> Debug for Both<F> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str("Both")
    }
}

pub trait Default2 {
    // uncalled: Default2::overridden
    fn overridden(&self) -> u8 {
        1
    }
}

impl Default2 for u8 {
    fn overridden(&self) -> u8 {
        *self
    }
}

mod inner {
    pub(super) struct Both;

    impl Both {
        // uncalled: inner::Both::alone
        pub(super) fn alone(self) {}
    }
}

pub fn not_taken(taken: bool) {
    if taken {
        inner::Both.alone();
    }
}

macro_rules! of {
    ($type:ty) => {
        impl From<Both<$type>> for Option<$type> {
            // uncalled: Option<$type>::From<Both<$type>>::from
            fn from(both: Both<$type>) -> Self {
                Some(both.0)
            }
        }
    };
}
of!(u8);
of!(u16);

#[test]
fn some_are_called() {
    assert_eq!(called(), Some(1));
    assert_eq!(generic_called::<u8>(), 0);
    assert_eq!(builds_another_form(false), 0);
    assert_eq!(Both(|n| n + 1).twice(), 3);
    assert_eq!(3.overridden(), 3);
    not_taken(false);
}
