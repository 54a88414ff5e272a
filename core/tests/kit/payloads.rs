//! Values that containers are often wrong about, and what becomes of them in any container.

use std::cell::Cell;
use std::cmp::Ordering;
use std::marker::PhantomPinned;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

thread_local! {
    /// Values that live, made by this thread.
    static LIVING: Cell<isize> = const { Cell::new(0) };
    /// Values that were dropped at an address which is none of theirs.
    static ASTRAY: Cell<usize> = const { Cell::new(0) };
    /// The next bomb goes off.
    static ARMED: Cell<usize> = const { Cell::new(0) };
}

/// How many values live.
pub(crate) fn living() -> isize {
    LIVING.get()
}

/// What a container carries. Each is counted.
pub(crate) trait Payload: Ord + Send + 'static {
    /// A value with a number; some kinds have no room for it.
    fn new(number: u32) -> Self;
    /// Its number, if it has one.
    fn number(&self) -> Option<u32>;
    /// Its destructor panics if it is the one that was [armed](explodes).
    const EXPLODES: bool = false;
}

/// Counts a value while it lives.
struct Count;

impl Count {
    fn new() -> Self {
        LIVING.set(LIVING.get() + 1);
        Count
    }
}

impl Drop for Count {
    fn drop(&mut self) {
        LIVING.set(LIVING.get() - 1);
    }
}

/// Returns `true` if `value` lies where a value of its type may lie.
pub(crate) fn is_aligned<T>(value: &T) -> bool {
    std::ptr::from_ref(value)
        .addr()
        .is_multiple_of(align_of::<T>())
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty = $value:expr),* } number $number:expr;)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name { _count: Count, $($field: $type),* }

        impl Payload for $name {
            fn new(number: u32) -> Self {
                let _ = number;
                let make: fn(u32) -> Self = |number| {
                    let _ = number;
                    $name { _count: Count::new(), $($field: ($value)(number)),* }
                };
                make(number)
            }

            fn number(&self) -> Option<u32> {
                let number: fn(&Self) -> Option<u32> = $number;
                number(self)
            }
        }

        ordered!($name);
    )*};
}

macro_rules! ordered {
    ($name:ident) => {
        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                self.number().cmp(&other.number())
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.cmp(other) == Ordering::Equal
            }
        }

        impl Eq for $name {}
    };
}

kinds! {
    /// Has no size.
    Sizeless {} number |_| None;
    /// Owns memory.
    Boxed { number: Box<u32> = Box::new } number |it| Some(*it.number);
    /// Must not move once it is pinned.
    Unmoving { number: u32 = |n| n, _pinned: PhantomPinned = |_| PhantomPinned } number |it| Some(it.number);
    /// May be sent, not shared.
    Unshared { number: Cell<u32> = Cell::new } number |it| Some(it.number.get());
    /// Larger than a page.
    Large { number: u32 = |n| n, _rest: [u8; 5000] = |_| [7; 5000] } number |it| Some(it.number);
}

macro_rules! wide {
    ($name:ident, $align:literal) => {
        /// Has a wide alignment, and looks at its address when it is dropped.
        #[repr(align($align))]
        pub(crate) struct $name(u32, Count);

        impl Payload for $name {
            fn new(number: u32) -> Self {
                $name(number, Count::new())
            }

            fn number(&self) -> Option<u32> {
                Some(self.0)
            }
        }

        impl Drop for $name {
            fn drop(&mut self) {
                let addr = std::hint::black_box(std::ptr::from_ref(self).addr());
                ASTRAY.set(ASTRAY.get() + addr % $align);
            }
        }

        ordered!($name);
    };
}

wide!(Wide64, 64);
wide!(Wide128, 128);

/// Panics in its destructor if it is the one that was armed.
pub(crate) struct Bomb(u32, Count);

impl Payload for Bomb {
    const EXPLODES: bool = true;

    fn new(number: u32) -> Self {
        Bomb(number, Count::new())
    }

    fn number(&self) -> Option<u32> {
        Some(self.0)
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        if ARMED.get() == self.0 as usize + 1 && !thread::panicking() {
            ARMED.set(0);
            resume_unwind(Box::new("bang"));
        }
    }
}

ordered!(Bomb);

/// Runs `drops`, in which the bomb of this number goes off.
fn explodes(number: u32, drops: impl FnOnce()) {
    ARMED.set(number as usize + 1);
    let exploded = catch_unwind(AssertUnwindSafe(drops)).is_err();
    assert_eq!(ARMED.replace(0), 0, "it went off");
    assert!(exploded, "the panic came out");
}

/// The lives of the values in a container of three: through it, back from it, and dropped with it.
/// `last_first`: the last item leaves first.
#[track_caller]
pub(crate) fn passes<V: Payload, C>(
    new: fn() -> C,
    put: impl Fn(&mut C, V) -> Result<(), V>,
    take: impl Fn(&mut C) -> Option<V>,
    last_first: bool,
) {
    const ROOM: u32 = 3;
    // An interpreter is slow.
    const LAPS: u32 = if cfg!(miri) { 2 } else { 5 };
    const STEP: usize = if cfg!(miri) { 2 } else { 1 };
    let fill = |container: &mut C, from: u32| {
        (from..from + ROOM).for_each(|n| assert!(put(container, V::new(n)).is_ok()));
    };
    let take_one = |container: &mut C, number: u32| {
        let value = take(container).expect("it is there");
        assert!(is_aligned(&value));
        assert!(value.number().is_none_or(|its| its == number));
    };
    let before = living();
    let mut container = new();
    // Round and round, each time one further.
    for lap in 0..LAPS {
        assert!(take(&mut container).is_none());
        fill(&mut container, 10 * lap);
        let refused = put(&mut container, V::new(9)).expect_err("it is full");
        assert!(refused.number().is_none_or(|number| number == 9));
        drop(refused);
        assert_eq!(living() - before, ROOM as isize);
        for n in 0..ROOM {
            let n = if last_first { ROOM - 1 - n } else { n };
            take_one(&mut container, 10 * lap + n);
        }
        assert_eq!(living(), before);
        assert!(put(&mut container, V::new(1)).is_ok());
        take_one(&mut container, 1);
    }
    // Dropped with its container, at each place where the items may begin, and in each number.
    for start in (0..=ROOM).step_by(STEP) {
        for held in 0..=ROOM {
            let mut container = new();
            for n in 0..start {
                assert!(put(&mut container, V::new(n)).is_ok());
                take_one(&mut container, n);
            }
            for n in 0..held {
                assert!(put(&mut container, V::new(n)).is_ok());
            }
            drop(container);
            assert_eq!(living(), before);
        }
    }
    drop(container);
    // One of them panics meanwhile: the others are dropped all the same.
    if V::EXPLODES {
        for armed in 0..ROOM {
            let mut container = new();
            fill(&mut container, 0);
            explodes(armed, || drop(container));
            assert_eq!(living(), before);
        }
    }
    assert_eq!(ASTRAY.get(), 0, "dropped where it may not lie");
}

/// A test of each kind of payload.
#[macro_export]
macro_rules! for_every_payload {
    ($($of:ident),*) => {
        mod sizeless { $(#[test] fn $of() { super::$of::<super::payloads::Sizeless>(); })* }
        mod boxed { $(#[test] fn $of() { super::$of::<super::payloads::Boxed>(); })* }
        mod unmoving { $(#[test] fn $of() { super::$of::<super::payloads::Unmoving>(); })* }
        mod unshared { $(#[test] fn $of() { super::$of::<super::payloads::Unshared>(); })* }
        mod large { $(#[test] fn $of() { super::$of::<super::payloads::Large>(); })* }
        mod wide_64 { $(#[test] fn $of() { super::$of::<super::payloads::Wide64>(); })* }
        mod wide_128 { $(#[test] fn $of() { super::$of::<super::payloads::Wide128>(); })* }
        mod exploding { $(#[test] fn $of() { super::$of::<super::payloads::Bomb>(); })* }
    };
}
