//! A critical section that excludes other cores too: interrupts are masked, and a lock of the whole machine is taken. A core
//! that has it may enter again.

use portable_atomic::{AtomicUsize, Ordering::*};

use crate::machine::{interrupts_off, interrupts_on, number};

const NOBODY: usize = usize::MAX;
/// What `acquire` says: had the core the section already, and were interrupts on before?
const AGAIN: usize = 1;
const ON: usize = 2;

static OWNER: AtomicUsize = AtomicUsize::new(NOBODY);

struct Section;
critical_section::set_impl!(Section);

// SAFETY: between `acquire` and `release` this core has `OWNER` and is not interrupted.
unsafe impl critical_section::Impl for Section {
    unsafe fn acquire() -> usize {
        let on = if interrupts_off() { ON } else { 0 };
        let me = number();
        if OWNER.load(Relaxed) == me {
            return AGAIN | on;
        }
        while OWNER
            .compare_exchange_weak(NOBODY, me, Acquire, Relaxed)
            .is_err()
        {
            core::hint::spin_loop();
        }
        on
    }

    unsafe fn release(state: usize) {
        if state & AGAIN == 0 {
            OWNER.store(NOBODY, Release);
        }
        if state & ON != 0 {
            interrupts_on();
        }
    }
}

/// Each core raises it so often, by a load and a store.
const TIMES: usize = 10_000;
static RAISED: AtomicUsize = AtomicUsize::new(0);

/// Shows that it excludes the others; on each core.
pub(crate) fn count() {
    for _ in 0..TIMES {
        critical_section::with(|_| RAISED.store(RAISED.load(Relaxed) + 1, Relaxed));
    }
}

/// Has it? After each core has counted.
pub(crate) fn excludes() -> bool {
    RAISED.load(SeqCst) == TIMES * bodies::cores::CORES
}
