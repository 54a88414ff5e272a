//! [`Generation`]: which process of a line of forks this is. An object that depends on threads or
//! kernel objects of a process remembers the generation in which it was made; the child of a `fork`
//! is of another one.
//!
//! The number of the generation lies in a page of memory that the kernel fills with zeros in the
//! child (`MADV_WIPEONFORK`, Linux 4.14). A process that finds zero there takes the next number of
//! a counter in ordinary memory, which the child inherits. So a number never comes twice in a line,
//! whatever process ids do (they are used again, and a child in a new PID namespace may have its
//! parent's), and a look costs two loads and no system call. It may be taken in a signal handler.
//!
//! Where the kernel has no such page the process id stands for the generation. Where there is no
//! `fork`, and under Miri, there is one generation.
//!
//! | state of the page | means | left by |
//! |---|---|---|
//! | 0 | nobody in this process has asked yet | the first thread that asks: 0=>the next number |
//! | `n` | this process is of generation `n` | fork: `n`=>0 in the child |
//!
//! Invariant
//! * **I1** `PAGE` is null, or the address of [`NO_PAGE`], or that of a page that was mapped for
//!   it, is readable and writable, and is never unmapped.
//!
//! | edge | release | acquire | what it carries |
//! |---|---|---|---|
//! | E1 | `PAGE.compare_exchange` | `PAGE.load`, `PAGE.compare_exchange` | that the page is there, and is wiped at a fork |

#![allow(unsafe_code)]

/// The generation of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Generation(u32);

impl Generation {
    /// That of this process.
    #[inline]
    pub(crate) fn current() -> Self {
        Generation(system::number())
    }

    /// Returns `true` if this process is of that generation, `false` if it was forked since.
    #[inline]
    pub(crate) fn is_current(self) -> bool {
        system::is_current(self.0)
    }

    /// A number for an atomic; never 0.
    pub(crate) fn number(self) -> u32 {
        self.0
    }
}

#[cfg(all(target_os = "linux", not(miri)))]
mod system {
    use std::process;
    use std::ptr::{self, null_mut};
    use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering::*};

    use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap_anonymous};

    static PAGE: AtomicPtr<AtomicU32> = AtomicPtr::new(null_mut());

    /// The kernel has no page that is wiped at a fork.
    static NO_PAGE: AtomicU32 = AtomicU32::new(0);

    /// How many generations of this line have asked.
    static ASKED: AtomicU32 = AtomicU32::new(0);

    #[inline]
    pub(super) fn number() -> u32 {
        let page = PAGE.load(Acquire); // E1
        if page.is_null() || ptr::eq(page, &NO_PAGE) {
            return number_slow(page);
        }
        // SAFETY: I1.
        let mark = unsafe { &*page };
        match mark.load(Relaxed) {
            // R: zero is asked again by an exchange, and a number does not change in a process.
            0 => first(mark),
            number => number,
        }
    }

    #[inline]
    pub(super) fn is_current(number: u32) -> bool {
        let page = PAGE.load(Acquire); // E1
        // SAFETY: I1. In `NO_PAGE` there is no number.
        match unsafe { page.as_ref() } {
            // R: as for `number`
            Some(mark) if mark.load(Relaxed) == number => true,
            _ => is_current_slow(number),
        }
    }

    #[cold]
    fn is_current_slow(number: u32) -> bool {
        number == self::number()
    }

    #[cold]
    fn number_slow(page: *mut AtomicU32) -> u32 {
        if page.is_null() {
            let new = map().unwrap_or((&raw const NO_PAGE).cast_mut());
            // The loser's page stays mapped, and is never looked at.
            let _ = PAGE.compare_exchange(null_mut(), new, AcqRel, Acquire); // E1
            return number();
        }
        process::id()
    }

    #[cold]
    fn first(mark: &AtomicU32) -> u32 {
        let mine = ASKED.fetch_add(1, Relaxed) + 1; // R: different numbers are all that is asked for
        // R: the number says nothing of other memory
        match mark.compare_exchange(0, mine, Relaxed, Relaxed) {
            Ok(_) => mine,
            Err(other) => other,
        }
    }

    /// A page that is wiped at a fork.
    fn map() -> Option<*mut AtomicU32> {
        let length = size_of::<AtomicU32>();
        let protection = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new mapping, at a place that the kernel chooses.
        let page = unsafe { mmap_anonymous(null_mut(), length, protection, MapFlags::PRIVATE) };
        let page = page.ok()?;
        // SAFETY: the whole page is ours, and nothing lies in it yet.
        let wiped = unsafe { madvise(page, length, Advice::LinuxWipeOnFork) };
        // One that the kernel does not wipe stays mapped, and is never looked at.
        wiped.ok().map(|()| page.cast())
    }
}

#[cfg(all(unix, not(target_os = "linux"), not(miri)))]
mod system {
    pub(super) fn number() -> u32 {
        std::process::id()
    }

    pub(super) fn is_current(number: u32) -> bool {
        number == self::number()
    }
}

#[cfg(any(not(unix), miri))]
mod system {
    #[inline(always)]
    pub(super) fn number() -> u32 {
        1
    }

    #[inline(always)]
    pub(super) fn is_current(_number: u32) -> bool {
        true
    }
}
