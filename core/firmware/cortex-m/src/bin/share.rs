//! The main loop and the SysTick handler share objects in statics, until each side has done its part with each of them.
#![no_std]
#![no_main]

use bodies::share::STATIONS;
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
use cortex_m_firmware::{end, hprintln, next_interval, start_timer, stop_timer};
use cortex_m_rt::{entry, exception};

/// Far more ticks than are needed.
const TOO_MANY: u32 = 50_000;

static TICKS: AtomicU32 = AtomicU32::new(0);

#[exception]
fn SysTick() {
    let ticks = TICKS.load(Relaxed) + 1;
    TICKS.store(ticks, Relaxed);
    STATIONS.iter().for_each(|station| station.handler());
    start_timer(next_interval());
}

#[entry]
fn main() -> ! {
    STATIONS.iter().for_each(|station| station.open());
    start_timer(next_interval());
    let mut rounds = 0_u32;
    while TICKS.load(Relaxed) < TOO_MANY && STATIONS.iter().any(|station| !station.is_done()) {
        STATIONS.iter().for_each(|station| station.main());
        rounds += 1;
    }
    stop_timer();
    let mut bad = 0;
    for station in STATIONS {
        let words = if station.is_done() {
            station.verdict()
        } else {
            Err("it never came to its end")
        };
        bad += u32::from(words.is_err());
        hprintln!("{:<32} {}", station.name(), words.err().unwrap_or("ok"));
    }
    let ticks = TICKS.load(Relaxed);
    hprintln!(
        "share: {} objects, {} interrupts, {} rounds of the main loop, {} bad",
        STATIONS.len(),
        ticks,
        rounds,
        bad
    );
    end(bad == 0)
}
