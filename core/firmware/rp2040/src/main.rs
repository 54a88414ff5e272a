//! gimmal-core on a Raspberry Pi Pico: two Cortex-M0+ cores, no compare-and-swap, no executor.
//!
//! ```text
//! core 0: TIMER_IRQ_0 --SAMPLES--> main --TO_CORE_1--> core 1: loudness, LED
//!         8000 samples/s           averages 8              |
//!                                     ^------BLOCKS--------'
//! ```
//! The timer's handler puts samples of pin GP26 into a wait-free ring. The main loop of core 0
//! averages them into blocks, which are loans of a pool: sending one moves a pointer. Core 1
//! measures how loud a block is, blinks the LED, and returns the buffer by dropping the loan. Who
//! waits sleeps in WFE. After a minute core 0 closes the channel, core 1 receives what is left, and
//! the LED stays lit if all went well.
#![no_std]
#![no_main]

use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

use cortex_m::{asm, peripheral::NVIC};
use embedded_hal::digital::{OutputPin, StatefulOutputPin};
use gimmal_core::channel::mpmc::Channel;
use gimmal_core::pool::{Loan, Pool};
use gimmal_core::ring::mpmc;
use gimmal_core::ring::spsc::{Consumer, Producer, Ring};
use gimmal_core::sync::Event;
use gimmal_core::wait::{Relax, block_on_with};
use panic_halt as _;
use rp2040_hal as hal;

use hal::adc::{Adc, AdcPin};
use hal::gpio::{FunctionSioOutput, Pin, Pins, PullDown, bank0::Gpio25};
use hal::multicore::{Multicore, Stack};
use hal::pac::{Interrupt, Peripherals, interrupt};
use hal::timer::{Alarm, Alarm0, Instant, Timer};
use hal::{Sio, Watchdog, clocks::init_clocks_and_plls};

/// What the chip's ROM runs first, for the flash chip of a Pico.
// SAFETY: `memory.x` has a place for it, where nothing else lies.
#[unsafe(link_section = ".boot2")]
#[used]
static BOOT2: [u8; 256] = rp2040_boot2::BOOT_LOADER_W25Q080;

/// The crystal of a Pico.
const CRYSTAL_HZ: u32 = 12_000_000;
/// From one sample to the next.
const PERIOD_US: u64 = 125;
/// So many samples are averaged into one: 1000 a second are left.
const AVERAGED: usize = 8;
/// Samples of a block, after averaging.
const LENGTH: usize = 64;
/// Blocks that are recorded: 64 seconds.
const RECORDED: u32 = 1000;
/// From this root mean square on a block is loud; in steps of the converter, of 0.8 mV.
const LOUD: u32 = 20;
/// Slots of the ring: 16 ms. So long may core 0 wait for a buffer before a sample is lost.
const DEPTH: usize = 128;

/// What is sent to core 1.
struct Block {
    number: u32,
    samples: [u16; LENGTH],
}

static SAMPLES: Ring<u16, DEPTH> = Ring::new();
static BLOCKS: Pool<Block, 4> = Pool::new();
static TO_CORE_1: Channel<Loan<'static, Block>, 4> = Channel::new();
static DONE: Event = Event::new();
/// How the handler gets what is its own from then on.
static TO_HANDLER: mpmc::Ring<Sampler, 1> = mpmc::Ring::new();
static CORE_1_STACK: Stack<1024> = Stack::new();
/// Samples that found no room. Only the handler writes it, so a load and a store are enough.
static LOST: AtomicU32 = AtomicU32::new(0);

/// Sleeps until there is an event: SEV of the other core, or the end of an interrupt handler of
/// this one. A core remembers one that came since its last WFE, so none is slept through.
struct Doze;

impl Relax for Doze {
    fn relax() {
        asm::wfe();
    }

    fn wake() {
        asm::dsb(); // What was changed is written before the other core looks.
        asm::sev();
    }
}

/// The handler's: where samples come from, when the next is due, where they go.
struct Sampler {
    adc: Adc,
    alarm: Alarm0,
    due: Instant,
    samples: Producer<'static, u16, DEPTH>,
}

impl Sampler {
    fn tick(&mut self) {
        self.alarm.clear_interrupt();
        // Not from now: the rate does not depend on how late the handler came.
        self.due = Instant::from_ticks(self.due.ticks() + PERIOD_US);
        let scheduled = self.alarm.schedule_at(self.due);
        // The converter runs by itself: this is its last result, and nothing is waited for.
        let pushed = self.adc.read_single().map(|now| self.samples.push(now));
        if scheduled.is_err() || !matches!(pushed, Ok(Ok(()))) {
            LOST.store(LOST.load(Relaxed) + 1, Relaxed);
        }
    }
}

#[interrupt]
fn TIMER_IRQ_0() {
    static mut SAMPLER: Option<Sampler> = None; // A local of the handler, by the attribute above.
    if SAMPLER.is_none() {
        *SAMPLER = TO_HANDLER.pop().ok();
    }
    SAMPLER.as_mut().map(Sampler::tick);
    // No SEV: the end of the handler ends WFE on this core, and for core 1 there is nothing yet.
}

#[hal::entry]
fn main() -> ! {
    let mut chip = Peripherals::take().expect("taken once");
    let clocks = init_clocks_and_plls(
        CRYSTAL_HZ,
        chip.XOSC,
        chip.CLOCKS,
        chip.PLL_SYS,
        chip.PLL_USB,
        &mut chip.RESETS,
        &mut Watchdog::new(chip.WATCHDOG),
    );
    let clocks = clocks.expect("the clocks start");
    let mut sio = Sio::new(chip.SIO);
    let (bank, pads) = (chip.IO_BANK0, chip.PADS_BANK0);
    let pins = Pins::new(bank, pads, sio.gpio_bank0, &mut chip.RESETS);

    let led = pins.gpio25.into_push_pull_output();
    let stack = CORE_1_STACK.take().expect("taken once");
    let mut cores = Multicore::new(&mut chip.PSM, &mut chip.PPB, &mut sio.fifo);
    let started = cores.cores()[1].spawn(stack, move || core_1(led));
    started.expect("core 1 starts");

    let (samples, mut sampled) = SAMPLES.try_split().expect("split once");
    let mut adc = Adc::new(chip.ADC, &mut chip.RESETS);
    adc.free_running(&AdcPin::new(pins.gpio26).expect("a pin of the converter"));
    let mut timer = Timer::new(chip.TIMER, &mut chip.RESETS, &clocks);
    let mut alarm = timer.alarm_0().expect("taken once");
    let due = Instant::from_ticks(timer.get_counter().ticks() + PERIOD_US);
    alarm.schedule_at(due).expect("not far away");
    alarm.enable_interrupt();
    let sampler = Sampler {
        adc,
        alarm,
        due,
        samples,
    };
    let given = TO_HANDLER.push(sampler);
    given.map_err(drop).expect("nobody else gives one");
    // SAFETY: no critical section rests on its being masked, and the mask is this core's alone.
    unsafe { NVIC::unmask(Interrupt::TIMER_IRQ_0) };

    for number in 0..RECORDED {
        let samples = [0; LENGTH];
        // Waits while core 1 has all buffers; the ring holds the samples meanwhile.
        let mut block = block_on_with::<Doze, _>(BLOCKS.take(Block { number, samples }));
        block.samples.fill_with(|| average(&mut sampled));
        let sent = block_on_with::<Doze, _>(TO_CORE_1.send(block));
        sent.expect("closed below only");
    }

    NVIC::mask(Interrupt::TIMER_IRQ_0);
    TO_CORE_1.close();
    block_on_with::<Doze, _>(DONE.wait());
    loop {
        asm::wfi();
    }
}

/// The mean of the next samples, for which it waits.
fn average(sampled: &mut Consumer<'static, u16, DEPTH>) -> u16 {
    loop {
        if let Ok(run) = sampled.read_chunk(AVERAGED) {
            let sum: u32 = run.pop_each().map(u32::from).sum();
            return (sum / AVERAGED as u32) as u16;
        }
        Doze::relax();
    }
}

/// What core 1 does, from its start to its end. The LED blinks eight times as fast when it is loud.
fn core_1(mut led: Pin<Gpio25, FunctionSioOutput, PullDown>) {
    let (mut received, mut in_order) = (0, true);
    while let Ok(block) = block_on_with::<Doze, _>(TO_CORE_1.recv()) {
        in_order &= block.number == received;
        received += 1;
        let loudness = root_mean_square(&block.samples);
        drop(block); // The buffer is core 0's again.
        if loudness >= LOUD || received % 8 == 0 {
            let Ok(()) = led.toggle();
        }
    }
    // Closed, and nothing is left: what was sent before the close was received.
    let all = received == RECORDED && BLOCKS.lent() == 0 && LOST.load(Relaxed) == 0;
    let Ok(()) = led.set_state((all && in_order).into());
    DONE.set();
}

/// Of what is left without the mean.
fn root_mean_square(samples: &[u16; LENGTH]) -> u32 {
    let mean = samples.iter().map(|&s| i32::from(s)).sum::<i32>() / LENGTH as i32;
    let squares = samples.iter().map(|&s| (i32::from(s) - mean).pow(2) as u32);
    (squares.sum::<u32>() / LENGTH as u32).isqrt()
}
