//! Critical sections of a single Cortex-M core; with feature `masked` they say how long the longest was.

use core::arch::asm;

struct Section;
critical_section::set_impl!(Section);

// SAFETY: no interrupt comes between the two, on the one core there is.
unsafe impl critical_section::Impl for Section {
    unsafe fn acquire() -> bool {
        let mask: u32;
        // SAFETY: reads PRIMASK, and sets it.
        unsafe { asm!("mrs {}, PRIMASK", "cpsid i", out(reg) mask) };
        let outermost = mask & 1 == 0;
        #[cfg(feature = "masked")]
        watch::begins(outermost);
        outermost
    }

    unsafe fn release(outermost: bool) {
        #[cfg(feature = "masked")]
        watch::ends(outermost);
        if outermost {
            // SAFETY: clears PRIMASK, which was clear before.
            unsafe { asm!("cpsie i") };
        }
    }
}

/// The longest critical section, in ticks of SysTick.
#[cfg(feature = "masked")]
pub mod watch {
    use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

    use cortex_m::peripheral::SYST;

    static BEGAN: AtomicU32 = AtomicU32::new(0);
    static LONGEST: AtomicU32 = AtomicU32::new(0);

    pub(super) fn begins(outermost: bool) {
        if outermost {
            BEGAN.store(SYST::get_current(), Relaxed);
        }
    }

    pub(super) fn ends(outermost: bool) {
        if outermost {
            let ticks = BEGAN.load(Relaxed).wrapping_sub(SYST::get_current()) & 0xff_ffff;
            LONGEST.store(LONGEST.load(Relaxed).max(ticks), Relaxed);
        }
    }

    /// The longest since the last call.
    pub fn longest() -> u32 {
        let longest = LONGEST.load(Relaxed);
        LONGEST.store(0, Relaxed);
        longest
    }
}

/// The archive is for the linker only: nothing of it runs.
#[cfg(not(feature = "program"))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}

#[cfg(feature = "program")]
#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    use cortex_m_semihosting::debug::{EXIT_FAILURE, exit};
    cortex_m_semihosting::hprintln!("{}", info);
    exit(EXIT_FAILURE);
    unreachable!("semihosting has ended it")
}
