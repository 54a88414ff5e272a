//! aarch64, QEMU's virt machine: core 0 begins at `_start` in EL1, the others when PSCI is asked to start them.
//!
//! A core sleeps in WFE, and is woken by SEV: the event register keeps an event that comes before the WFE. (QEMU that runs
//! each core in a thread of its own takes WFE as a short wait.)

use core::arch::{asm, global_asm};

use bodies::cores::CORES;
use gimmal_core::wait::Relax;

// PSCI hands a core's number over in x0. Only core 0 clears .bss, before it starts the others.
global_asm!(
    r#"
    .section .text.start
    .global _start
_start:
    ldr x1, =__bss_start
    ldr x2, =__bss_end
1:  cmp x1, x2
    b.hs 2f
    str xzr, [x1], #8
    b 1b
2:  mov x0, #0
on_core:
    mov x1, #(3 << 20)          // cpacr_el1.FPEN: floating point
    msr cpacr_el1, x1
    ldr x1, =vectors
    msr vbar_el1, x1
    isb
    ldr x1, =__stacks
    add x2, x0, #1
    add x1, x1, x2, lsl #16
    mov sp, x1
    bl {begin}
    .balign 2048
vectors:
    .rept 16
    .balign 128
    bl {trapped}
    .endr
    "#,
    begin = sym crate::begin,
    trapped = sym trapped,
);

extern "C" fn trapped() -> ! {
    let (cause, at): (u64, u64);
    // SAFETY: reads two registers.
    unsafe { asm!("mrs {}, esr_el1", "mrs {}, elr_el1", out(reg) cause, out(reg) at) };
    panic!("trap: cause {cause:#x} at {at:#x}");
}

unsafe extern "C" {
    /// Where started cores begin.
    fn on_core();
}

/// Starts the other cores; on core 0.
pub(crate) fn start_others() {
    const CPU_ON: u64 = 0xC400_0003;
    for number in 1..CORES {
        let status: i64;
        // SAFETY: PSCI starts a core that is off, at code that is made for it.
        unsafe {
            asm!("hvc #0", inout("x0") CPU_ON => status, in("x1") number,
                in("x2") on_core as *const () as usize, in("x3") number, clobber_abi("C"));
        }
        assert_eq!(status, 0, "core {number} does not start");
    }
}

/// The number of this core.
#[cfg(feature = "critical-section")]
pub(crate) fn number() -> usize {
    let number: usize;
    // SAFETY: reads a register.
    unsafe { asm!("mrs {}, mpidr_el1", out(reg) number, options(nomem, nostack)) };
    number & 0xff
}

/// Masks interrupts; were they on?
#[cfg(feature = "critical-section")]
pub(crate) fn interrupts_off() -> bool {
    let mask: u64;
    // SAFETY: sets the I and F bits.
    unsafe { asm!("mrs {}, daif", "msr daifset, #3", out(reg) mask) };
    mask & 1 << 7 == 0
}

/// Lets them come.
#[cfg(feature = "critical-section")]
pub(crate) fn interrupts_on() {
    // SAFETY: clears the I and F bits.
    unsafe { asm!("msr daifclr, #3") };
}

/// The time.
pub(crate) fn milliseconds() -> u64 {
    let (ticks, in_a_second): (u64, u64);
    // SAFETY: reads two registers.
    unsafe {
        asm!("mrs {}, cntvct_el0", "mrs {}, cntfrq_el0", out(reg) ticks, out(reg) in_a_second)
    };
    ticks * 1000 / in_a_second
}

/// WFE does not last here: nothing to be done.
pub(crate) fn wake_at(_core: usize, _milliseconds: u64) {}

/// WFE and SEV.
pub(crate) struct Sleep;

impl Relax for Sleep {
    fn relax() {
        // SAFETY: waits for an event.
        unsafe { asm!("wfe") };
    }

    fn wake() {
        // SAFETY: what was changed is written, then an event is sent to every core.
        unsafe { asm!("dsb ish", "sev") };
    }
}

pub(crate) fn put_byte(byte: u8) {
    // SAFETY: the data register of the machine's UART.
    unsafe { core::ptr::with_exposed_provenance_mut::<u8>(0x900_0000).write_volatile(byte) };
}

/// Ends QEMU with this status, by semihosting.
pub(crate) fn exit(status: u32) -> ! {
    const SYS_EXIT: u64 = 0x18;
    let application_exit = [0x2_0026, u64::from(status)];
    // SAFETY: semihosting reads the two words, and does not return.
    unsafe { asm!("hlt #0xf000", in("x0") SYS_EXIT, in("x1") &application_exit) };
    loop {
        core::hint::spin_loop();
    }
}
