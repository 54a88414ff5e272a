//! The tasks of `wake` under embassy's executor, which sleeps in WFE.
#![no_std]
#![no_main]

use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use bodies::wake::{TASKS, open, task};
use cortex_m_firmware::{end_of_tasks, next_interval, start_timer, tick};
use cortex_m_rt::{entry, exception};
use embassy_executor::Executor;

#[exception]
fn SysTick() {
    tick();
}

/// The last one ends the program: the executor never returns.
#[embassy_executor::task(pool_size = TASKS)]
async fn one(index: usize) {
    static ENDED: AtomicUsize = AtomicUsize::new(0);
    task(index).await;
    ENDED.store(ENDED.load(Relaxed) + 1, Relaxed);
    if ENDED.load(Relaxed) == TASKS {
        end_of_tasks("embassy");
    }
}

#[entry]
fn main() -> ! {
    static mut EXECUTOR: Option<Executor> = None;
    open();
    start_timer(next_interval());
    EXECUTOR.insert(Executor::new()).run(|spawner| {
        for index in 0..TASKS {
            spawner.spawn(one(index).expect("room for each"));
        }
    })
}
