//! Tasks that the SysTick handler wakes; the core sleeps (WFI) whenever none is awake.
#![no_std]
#![no_main]

use core::pin::pin;

use bodies::Flag;
use bodies::executor::{Task, run};
use bodies::wake::{TASKS, open, task};
use cortex_m::{asm, interrupt};
use cortex_m_firmware::{end_of_tasks, hprintln, next_interval, start_timer, tick};
use cortex_m_rt::{entry, exception};

#[exception]
fn SysTick() {
    tick();
}

#[entry]
fn main() -> ! {
    static FLAGS: [Flag; TASKS] = [const { Flag::new() }; TASKS];
    let [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9] = &FLAGS;
    let mut sleeps = 0_u32;
    open();
    start_timer(next_interval());
    run(
        &mut [
            Task::new(f0, pin!(task(0))),
            Task::new(f1, pin!(task(1))),
            Task::new(f2, pin!(task(2))),
            Task::new(f3, pin!(task(3))),
            Task::new(f4, pin!(task(4))),
            Task::new(f5, pin!(task(5))),
            Task::new(f6, pin!(task(6))),
            Task::new(f7, pin!(task(7))),
            Task::new(f8, pin!(task(8))),
            Task::new(f9, pin!(task(9))),
        ],
        |idle| {
            // An interrupt that comes while masked stays pending, and ends WFI at once.
            interrupt::free(|_| {
                if idle() {
                    sleeps += 1;
                    asm::wfi();
                }
            });
        },
    );
    hprintln!("{} sleeps", sleeps);
    assert!(sleeps > 0, "it has never slept");
    end_of_tasks("wake")
}
