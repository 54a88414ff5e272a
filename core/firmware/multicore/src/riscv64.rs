//! riscv64, QEMU's virt machine without firmware: every core begins at `_start` in machine mode, with its number in
//! `mhartid`.
//!
//! A core sleeps in WFI, with interrupts masked: one that becomes pending ends WFI all the same. It is woken by its
//! software interrupt, which stays pending until the core takes it back, so that no wake-up is slept through; and by its
//! timer, when the time of a phase is over. Only in the phase of interrupt handlers are interrupts taken.

use core::arch::{asm, global_asm};

use bodies::cores::CORES;
use gimmal_core::wait::Relax;

// Core 0 clears .bss and then lets the others go, by a word that lies in .data.
global_asm!(
    r#"
    .section .text.start
    .global _start
    .option push
    .option norelax
_start:
    la t0, on_trap
    csrw mtvec, t0
    li t0, 1 << 13              # mstatus.FS: floating point
    csrs mstatus, t0
    li t0, (1 << 3) | (1 << 7)  # mie: software and timer; mstatus.MIE stays off
    csrw mie, t0
    csrr a0, mhartid
    la sp, __stacks
    addi t0, a0, 1
    slli t0, t0, 16
    add sp, sp, t0
    bnez a0, 3f
    la t0, __bss_start
    la t1, __bss_end
1:  bgeu t0, t1, 2f
    sd zero, 0(t0)
    addi t0, t0, 8
    j 1b
2:  la t0, released
    li t1, 1
    fence rw, rw
    sw t1, 0(t0)
    j 4f
3:  la t0, released
    lw t1, 0(t0)
    beqz t1, 3b
    fence rw, rw
4:  call {begin}
    .balign 4
on_trap:                        # all registers that a call may change; nothing here is of floating point
    addi sp, sp, -128
    sd ra, 0(sp)
    sd t0, 8(sp)
    sd t1, 16(sp)
    sd t2, 24(sp)
    sd t3, 32(sp)
    sd t4, 40(sp)
    sd t5, 48(sp)
    sd t6, 56(sp)
    sd a0, 64(sp)
    sd a1, 72(sp)
    sd a2, 80(sp)
    sd a3, 88(sp)
    sd a4, 96(sp)
    sd a5, 104(sp)
    sd a6, 112(sp)
    sd a7, 120(sp)
    csrr a0, mcause
    csrr a1, mepc
    csrr a2, mhartid
    call {trapped}
    ld ra, 0(sp)
    ld t0, 8(sp)
    ld t1, 16(sp)
    ld t2, 24(sp)
    ld t3, 32(sp)
    ld t4, 40(sp)
    ld t5, 48(sp)
    ld t6, 56(sp)
    ld a0, 64(sp)
    ld a1, 72(sp)
    ld a2, 80(sp)
    ld a3, 88(sp)
    ld a4, 96(sp)
    ld a5, 104(sp)
    ld a6, 112(sp)
    ld a7, 120(sp)
    addi sp, sp, 128
    mret
    .option pop
    .section .data
    .balign 4
released:
    .word 0
    "#,
    begin = sym crate::begin,
    trapped = sym trapped,
);

/// An interrupt, or a mistake.
extern "C" fn trapped(cause: usize, at: usize, core: usize) {
    const SOFTWARE: usize = 1 << 63 | 3;
    const CLOCK: usize = 1 << 63 | 7;
    match cause {
        SOFTWARE => write(SOFTWARE_INTERRUPT + 4 * core, 0_u32),
        CLOCK => {
            bodies::cores::interrupt(core);
            interrupt_soon(core);
        }
        _ => panic!("trap: cause {cause:#x} at {at:#x}"),
    }
}

/// The next interrupt of this core comes 20 to 147 µs from now, at ever other places of what it interrupts.
fn interrupt_soon(core: usize) {
    let now = ticks();
    write(TIMER_COMPARE + 8 * core, now + 200 + 10 * (now / 10 % 128));
}

/// The timer's interrupts are to come, or to come no more.
#[cfg(feature = "critical-section")]
pub(crate) fn interrupts(core: usize, come: bool) {
    if come {
        interrupt_soon(core);
        interrupts_on();
    } else {
        interrupts_off();
        write(TIMER_COMPARE + 8 * core, u64::MAX);
    }
}

/// Registers of the machine.
const EXIT: usize = 0x10_0000;
const SOFTWARE_INTERRUPT: usize = 0x200_0000;
const TIMER_COMPARE: usize = 0x200_4000;
const TIMER: usize = 0x200_bff8;
const UART: usize = 0x1000_0000;
const TICKS_IN_A_MS: u64 = 10_000;

fn write<T>(register: usize, value: T) {
    // SAFETY: the addresses above are registers of QEMU's virt machine, and each may be written at any time.
    unsafe { core::ptr::with_exposed_provenance_mut::<T>(register).write_volatile(value) };
}

/// All cores run from the beginning.
pub(crate) fn start_others() {}

/// The number of this core.
#[cfg(feature = "critical-section")]
pub(crate) fn number() -> usize {
    let number;
    // SAFETY: reads a register.
    unsafe { asm!("csrr {}, mhartid", out(reg) number, options(nomem, nostack)) };
    number
}

/// Masks interrupts; were they on?
#[cfg(feature = "critical-section")]
pub(crate) fn interrupts_off() -> bool {
    let status: usize;
    // SAFETY: clears mstatus.MIE.
    unsafe { asm!("csrrci {}, mstatus, 1 << 3", out(reg) status) };
    status & 1 << 3 != 0
}

/// Lets them come.
#[cfg(feature = "critical-section")]
pub(crate) fn interrupts_on() {
    // SAFETY: sets mstatus.MIE.
    unsafe { asm!("csrsi mstatus, 1 << 3") };
}

fn ticks() -> u64 {
    // SAFETY: a register that may be read at any time.
    unsafe { core::ptr::with_exposed_provenance::<u64>(TIMER).read_volatile() }
}

/// The time.
pub(crate) fn milliseconds() -> u64 {
    ticks() / TICKS_IN_A_MS
}

/// Has this core woken at that time.
pub(crate) fn wake_at(core: usize, milliseconds: u64) {
    write(TIMER_COMPARE + 8 * core, milliseconds * TICKS_IN_A_MS);
}

/// WFI, and software interrupts.
pub(crate) struct Sleep;

impl Relax for Sleep {
    fn relax() {
        let number: usize;
        // SAFETY: waits for an interrupt to become pending; interrupts are masked.
        unsafe { asm!("wfi", "csrr {}, mhartid", out(reg) number) };
        write(SOFTWARE_INTERRUPT + 4 * number, 0_u32);
        // What is polled next is read after that.
        core::sync::atomic::fence(core::sync::atomic::Ordering::SeqCst);
    }

    fn wake() {
        // What was changed is seen by who is woken.
        core::sync::atomic::fence(core::sync::atomic::Ordering::SeqCst);
        (0..CORES).for_each(|number| write(SOFTWARE_INTERRUPT + 4 * number, 1_u32));
    }
}

pub(crate) fn put_byte(byte: u8) {
    write(UART, byte);
}

/// Ends QEMU with this status.
pub(crate) fn exit(status: u32) -> ! {
    write(
        EXIT,
        if status == 0 {
            0x5555
        } else {
            status << 16 | 0x3333
        },
    );
    loop {
        core::hint::spin_loop();
    }
}
