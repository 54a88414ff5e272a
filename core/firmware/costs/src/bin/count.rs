//! Counts the instructions of each operation, and with feature `masked` those of its longest critical section.
//!
//! Under QEMU with `-icount shift=10` each instruction takes 1024 ns, many ticks of SysTick: the ticks that pass are a number
//! of instructions, exactly. A thousand of them say how many ticks one takes.
//!
//! Prints `NAME MEAN MOST`: of 64 times. Then `OBJECT.future BYTES BYTES`: of a future that waits there.
#![no_std]
#![no_main]

use core::hint::black_box;

use cortex_m::Peripherals;
use cortex_m::peripheral::{SYST, syst::SystClkSource};
use cortex_m_rt::entry;
use cortex_m_semihosting::debug::{EXIT_SUCCESS, exit};
use cortex_m_semihosting::hprintln;
use costs::{ours, theirs};

const TIMES: u32 = 64;

type Run = extern "C" fn(u32) -> u32;

/// What is called to learn what a call costs.
extern "C" fn nothing(number: u32) -> u32 {
    number
}

/// A thousand instructions more than `nothing`.
#[unsafe(naked)]
extern "C" fn thousand(_number: u32) -> u32 {
    core::arch::naked_asm!(".rept 1000", "nop", ".endr", "bx lr")
}

/// The ticks that pass while it is called.
fn ticks(run: Run) -> u32 {
    let run = black_box(run);
    let before = SYST::get_current();
    let result = run(1);
    let after = SYST::get_current();
    assert_eq!(result, 1, "it did not do what it should");
    before.wrapping_sub(after) & 0xff_ffff
}

/// A number of instructions, from the ticks of a thousand.
fn instructions(ticks: u32, thousand: u32) -> u32 {
    (ticks * 1000 + thousand / 2) / thousand
}

/// The ticks that count of one run.
#[cfg(not(feature = "masked"))]
fn measure(run: Run) -> u32 {
    ticks(run) - ticks(nothing)
}

/// The ticks of its longest critical section.
#[cfg(feature = "masked")]
fn measure(run: Run) -> u32 {
    use costs::machine::watch::longest;
    critical_section::with(|_| ());
    let empty = longest();
    ticks(run);
    longest().saturating_sub(empty)
}

#[entry]
fn main() -> ! {
    // SAFETY: nothing else uses the peripherals.
    let mut timer = unsafe { Peripherals::steal() }.SYST;
    timer.set_clock_source(SystClkSource::Core);
    timer.set_reload(0xff_ffff);
    timer.clear_current();
    timer.enable_counter();
    ours::open();
    theirs::heapless::open();

    let of_thousand = ticks(thousand) - ticks(nothing);
    let all = [
        ours::OPERATIONS,
        theirs::heapless::OPERATIONS,
        theirs::embassy::OPERATIONS,
    ];
    let mut sums = [[(0, 0); 32]; 3];
    for _ in 0..TIMES {
        for (operations, sums) in all.iter().zip(&mut sums) {
            for (operation, (sum, most)) in operations.iter().zip(sums) {
                let count = instructions(measure(operation.run), of_thousand);
                *sum += count;
                *most = count.max(*most);
            }
        }
    }
    for (operations, sums) in all.iter().zip(&sums) {
        assert!(operations.len() <= sums.len());
        for (operation, (sum, most)) in operations.iter().zip(sums) {
            hprintln!("{} {} {}", operation.name, (sum + TIMES / 2) / TIMES, most);
        }
    }
    let say = |object: &str, bytes: usize| hprintln!("{}.future {} {}", object, bytes, bytes);
    ours::waiting(say);
    theirs::embassy::waiting(say);
    exit(EXIT_SUCCESS);
    unreachable!("semihosting has ended it")
}
