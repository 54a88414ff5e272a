//! Interrupts one operation by another at every instruction of the first, for each pair of `bodies::sweep`.
//!
//! SysTick comes once, `k` ticks after it was started, for k = 1, 2, 3 … until it comes only after the operation. Under QEMU
//! with `-icount shift=7` an instruction takes 128 ns and a tick of the microbit's clock 62.5: there is no moment between
//! two instructions that it misses, but where interrupts are masked. The handler notes the address it was called from, and
//! each pair ends with a line of them, `  at …`.
//!
//! With the argument `trace` no timer runs: each operation runs to its end, and then the other one. QEMU's log of such a run
//! says which instructions there are to be hit; `places.sh` compares.
#![no_std]
#![no_main]

use core::cell::Cell;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::SeqCst};

use bodies::TurnCell;
use bodies::sweep::{PAIRS, Shot, open};
use cortex_m_firmware::{GET_CMDLINE, end, hprint, hprintln, start_timer, stop_timer, syscall};
use cortex_m_rt::entry;

/// No operation takes so long.
const LONGEST: u32 = 20_000;
/// So often in a row it must have come after the operation.
const AFTER: u32 = 16;

static PAIR: AtomicUsize = AtomicUsize::new(0);
static FIRED: AtomicBool = AtomicBool::new(false);
static INSIDE: AtomicBool = AtomicBool::new(false);
/// Where the last interrupt came, if it was inside the operation; else 0.
static AT: AtomicU32 = AtomicU32::new(0);

// The address that the processor has put on the stack is the handler's argument.
core::arch::global_asm!(
    ".global SysTick",
    ".type SysTick, %function",
    ".thumb_func",
    "SysTick:",
    "mrs r0, MSP",
    "ldr r1, =interrupted",
    "bx r1",
    ".pool",
);

// Marks for the log of a traced run: QEMU writes their names.
core::arch::global_asm!(
    ".macro mark name",
    ".global \\name",
    ".type \\name, %function",
    ".thumb_func",
    "\\name:",
    "bx lr",
    ".endm",
    "mark sweep_pair",
    "mark sweep_begin",
    "mark sweep_end",
);

// SAFETY: they return at once.
unsafe extern "C" {
    safe fn sweep_pair();
    safe fn sweep_begin();
    safe fn sweep_end();
}

/// Runs the operation, between marks. One function for both kinds of run: its own instructions are the same.
#[inline(never)]
fn inside(operation: &mut dyn FnMut()) {
    INSIDE.store(true, SeqCst);
    sweep_begin();
    operation();
    sweep_end();
    INSIDE.store(false, SeqCst);
}

/// # Safety
/// Called from the vector table, with the frame that the processor has stacked.
#[unsafe(no_mangle)]
unsafe extern "C" fn interrupted(frame: *const [u32; 8]) {
    stop_timer();
    if INSIDE.load(SeqCst) {
        // SAFETY: r0 to r3, r12, lr, pc, psr were stacked there.
        AT.store(unsafe { (*frame)[6] }, SeqCst);
    }
    PAIRS[PAIR.load(SeqCst)].interrupt();
    FIRED.store(true, SeqCst);
}

/// The interrupt comes so many ticks from now.
struct After(u32);

impl Shot for After {
    fn during(&self, operation: &mut dyn FnMut()) {
        AT.store(0, SeqCst);
        FIRED.store(false, SeqCst);
        start_timer(self.0);
        inside(operation);
        while !FIRED.load(SeqCst) {
            core::hint::spin_loop();
        }
    }
}

/// The interrupting operation comes when the other one has ended.
struct Traced;

impl Shot for Traced {
    fn during(&self, operation: &mut dyn FnMut()) {
        inside(operation);
        PAIRS[PAIR.load(SeqCst)].interrupt();
    }
}

/// Was the program started with the argument `trace`?
fn is_traced() -> bool {
    let mut line = [0_u8; 64];
    let mut block = [line.as_mut_ptr() as usize, line.len()];
    // SAFETY: SYS_GET_CMDLINE writes into the buffer that the block names, with its length.
    let status = unsafe { syscall(GET_CMDLINE, block.as_mut_ptr().addr()) };
    let words = line.split(|byte| *byte == 0).next().unwrap_or_default();
    status == 0 && words.ends_with(b" trace")
}

/// Runs every pair once in each of its set-ups, for QEMU's log.
fn trace() -> bool {
    let mut bad = 0;
    for (index, pair) in PAIRS.iter().enumerate() {
        PAIR.store(index, SeqCst);
        sweep_pair();
        for setup in 0..pair.setups() {
            if let Err(words) = pair.round(setup, &Traced) {
                hprintln!("{}, set-up {}: {}", pair.name(), setup, words);
                bad += 1;
            }
        }
    }
    hprintln!("trace: {} pairs, {} rounds bad", PAIRS.len(), bad);
    bad == 0
}

/// Different addresses.
struct Places {
    all: [u32; 1024],
    len: usize,
}

impl Places {
    fn note(&mut self, place: u32) {
        if !self.all[..self.len].contains(&place) {
            assert!(self.len < self.all.len(), "no room for another address");
            self.all[self.len] = place;
            self.len += 1;
        }
    }
}

static PLACES: TurnCell<Places> = TurnCell::new();

/// What came of all rounds of one pair.
#[derive(Default)]
struct Sum {
    rounds: u32,
    inside: u32,
    bad: u32,
    first: Cell<Option<(&'static str, u32)>>,
}

fn sweep(index: usize, setup: u32, sum: &mut Sum) {
    let (mut after, mut seen) = (0, false);
    for ticks in 1..LONGEST {
        let result = PAIRS[index].round(setup, &After(ticks));
        let place = AT.load(SeqCst);
        if place != 0 {
            PLACES.with(|places| places.note(place));
            sum.inside += 1;
        }
        sum.rounds += 1;
        if let Err(words) = result {
            sum.bad += 1;
            sum.first.set(sum.first.get().or(Some((words, place))));
        }
        seen |= place != 0;
        after = if place == 0 { after + 1 } else { 0 };
        if seen && after == AFTER {
            return;
        }
    }
    sum.bad += 1;
    sum.first
        .set(Some(("the sweep did not come to its end", 0)));
}

#[entry]
fn main() -> ! {
    let (mut bad, mut places, mut rounds) = (0, 0, 0);
    open();
    if is_traced() {
        end(trace());
    }
    for (index, pair) in PAIRS.iter().enumerate() {
        PAIR.store(index, SeqCst);
        PLACES.fill(Places {
            all: [0; 1024],
            len: 0,
        });
        let mut sum = Sum::default();
        for setup in 0..pair.setups() {
            sweep(index, setup, &mut sum);
        }
        let here = PLACES.with(|places| places.len);
        places += here;
        rounds += sum.rounds;
        match sum.first.get() {
            None => hprintln!(
                "{:<46} {:>4} instructions hit, {:>5} hits: ok",
                pair.name(),
                here,
                sum.inside
            ),
            Some((words, at)) => {
                bad += 1;
                hprintln!(
                    "{:<46} {:>4} instructions hit, {:>5} hits: {} BAD, first at {:#x}: {}",
                    pair.name(),
                    here,
                    sum.inside,
                    sum.bad,
                    at,
                    words
                );
            }
        }
        hprint!("  at");
        PLACES.with(|places| {
            for place in &places.all[..places.len] {
                hprint!(" {:x}", place);
            }
        });
        hprintln!();
    }
    hprintln!(
        "sweep: {} pairs, {} rounds, {} instructions hit, {} pairs bad",
        PAIRS.len(),
        rounds,
        places,
        bad
    );
    end(bad == 0)
}
