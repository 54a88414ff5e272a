//! What the programs have in common: the timer, how they end, and what becomes of a panic.
#![no_std]

use core::panic::PanicInfo;
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

use bodies::wake::{TALKS, TASKS, Talk};
use cortex_m::Peripherals;
use cortex_m::peripheral::{SCB, SYST, syst::SystClkSource};
use cortex_m_semihosting::debug::{EXIT_FAILURE, EXIT_SUCCESS, exit};
pub use cortex_m_semihosting::nr::GET_CMDLINE;
pub use cortex_m_semihosting::{hprint, hprintln, syscall1 as syscall};

/// Has SysTick come once, after so many ticks of the clock (1 and more).
pub fn start_timer(ticks: u32) {
    // SAFETY: the programs use the timer through this module only, and a register is written whole.
    let mut timer = unsafe { Peripherals::steal() }.SYST;
    timer.disable_counter();
    timer.set_clock_source(SystClkSource::Core);
    timer.set_reload(ticks);
    timer.clear_current();
    timer.enable_interrupt();
    timer.enable_counter();
}

/// Stops it, also if it is about to come once more.
pub fn stop_timer() {
    // SAFETY: as in `start_timer`.
    let mut timer: SYST = unsafe { Peripherals::steal() }.SYST;
    timer.disable_interrupt();
    timer.disable_counter();
    SCB::clear_pendst();
}

/// The ticks to the next interrupt: unlike each other, 1 to 16384, so that it comes at ever other places of what it
/// interrupts. (Marsaglia's xorshift; used by the handler alone.)
pub fn next_interval() -> u32 {
    static STATE: AtomicU32 = AtomicU32::new(2_463_534_242);
    let mut state = STATE.load(Relaxed);
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    STATE.store(state, Relaxed);
    1 + state % 16_384
}

static TICKS: AtomicU32 = AtomicU32::new(0);

/// What the SysTick handler does where tasks are woken. A task that has stopped ends the program: nobody else would see it.
pub fn tick() {
    TICKS.store(TICKS.load(Relaxed) + 1, Relaxed);
    let mut bad = 0;
    for talk in &TALKS {
        if let Err(words) = talk.tick() {
            hprintln!("{:<36} {}", talk.name, words);
            bad += 1;
        }
    }
    if bad > 0 {
        end(false);
    }
    start_timer(next_interval());
}

/// The end where tasks are woken: all of them have come to theirs.
pub fn end_of_tasks(program: &str) -> ! {
    stop_timer();
    let done = |talk: &&Talk| talk.is_done();
    for talk in &TALKS {
        let words = if done(&talk) {
            "ok"
        } else {
            "has not come to its end"
        };
        hprintln!("{:<36} {}", talk.name, words);
    }
    let (all, ticks) = (TALKS.iter().filter(done).count(), TICKS.load(Relaxed));
    hprintln!(
        "{}: {} tasks, {} interrupts, {} bad",
        program,
        TASKS,
        ticks,
        TASKS - all
    );
    end(all == TASKS)
}

/// Ends the program, and QEMU with status 0 or 1.
pub fn end(good: bool) -> ! {
    exit(if good { EXIT_SUCCESS } else { EXIT_FAILURE });
    unreachable!("semihosting has ended it")
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    stop_timer();
    hprintln!("{}", info);
    exit(EXIT_FAILURE);
    loop {}
}

#[cortex_m_rt::exception]
unsafe fn HardFault(frame: &cortex_m_rt::ExceptionFrame) -> ! {
    panic!("hard fault: {frame:?}");
}
