//! x86-64, a PC of QEMU's: core 0 begins at `_start` in 32-bit mode, where an ELF note says so (PVH, which is how QEMU starts
//! an ELF file); the others in 16-bit mode, when core 0 sends them a start-up interrupt. A core's number is its APIC's.
//!
//! A core runs with interrupts masked, and sleeps in HLT with interrupts let in: STI takes effect after the HLT that follows
//! it has begun. It is woken by an interrupt from another core, which the APIC keeps while they are masked, so that no
//! wake-up is slept through; and by the APIC's timer, when the time of a phase is over. Elsewhere they are let in only in
//! the phase of interrupt handlers.
//!
//! The time is the HPET's: it counts by itself, the same for all cores, at a rate that needs no other clock to be measured.

use core::arch::{asm, global_asm};
use core::sync::atomic::{AtomicU64, Ordering};

use bodies::cores::CORES;
use gimmal_core::wait::Relax;

// AT&T syntax, which tells an address from what lies there. Core 0 clears .bss, copies the start of the others to where 16-bit
// code can be, and comes to `flat`. So do the others when they are started. No SSE: the target does without.
global_asm!(
    r#"
    .section .note.pvh, "a", @note
    .balign 4
    .long 4, 8, 18              # lengths of name and value; XEN_ELFNOTE_PHYS32_ENTRY
    .asciz "Xen"
    .quad _start

    .section .text.start, "ax"
    .global _start
    .code32
_start:
    cld
    mov $__bss_start, %edi
    mov $__bss_end, %ecx
    sub %edi, %ecx
    xor %eax, %eax
    rep stosb
    mov $real, %esi
    mov ${real_page} * 4096, %edi
    mov $real_end - real, %ecx
    rep movsb
    lgdt gdt_is
    ljmp $24, $flat
    .code16
real:                           # cs:0 is the first byte of the copy
    lgdtl %cs:real_gdt_is - real
    mov $1, %eax                # cr0.PE: protected mode
    mov %eax, %cr0
    ljmpl $24, $flat
real_gdt_is:
    .word 31
    .long gdt
real_end:
    .code32
flat:
    mov $16, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov $tables, %eax
    mov %eax, %cr3
    mov $1 << 5, %eax           # cr4.PAE: entries of 64 bits
    mov %eax, %cr4
    mov $0xc0000080, %ecx       # efer.LME: long mode
    rdmsr
    or $1 << 8, %eax
    wrmsr
    mov $(1 << 31) | 1, %eax    # cr0: PG and PE; caches on
    mov %eax, %cr0
    ljmp $8, $long
    .code64
long:
    lidt gates_are
    mov $1, %eax
    cpuid
    shr $24, %ebx
    mov %ebx, %edi
    inc %ebx
    shl $16, %ebx
    lea __stacks(%rbx), %rsp
    call {enter}

    .set vector, 0              # the processor gives some an error code; the others get one here
    .balign 16
traps:
    .rept {gates_count}
    .balign 16
    .if ((0x60227d00 >> vector) & 1) == 0
    push $0
    .endif
    push $vector
    jmp on_trap
    .set vector, vector + 1
    .endr
on_trap:                        # all registers that a call may change
    push %rax
    push %rcx
    push %rdx
    push %rsi
    push %rdi
    push %r8
    push %r9
    push %r10
    push %r11
    mov 72(%rsp), %rdi
    mov 88(%rsp), %rsi
    cld
    call {trapped}
    pop %r11
    pop %r10
    pop %r9
    pop %r8
    pop %rdi
    pop %rsi
    pop %rdx
    pop %rcx
    pop %rax
    add $16, %rsp
    iretq

    .section .data
    .balign 4096
tables:                         # 4 GiB as they are: of 512 GiB, of 1 GiB, of 2 MiB each
    .quad tables + 0x1003
    .zero 4096 - 8
    .quad tables + 0x2003, tables + 0x3003, tables + 0x4003, tables + 0x5003
    .zero 4096 - 32
    .set place, 0
    .rept 2048
    .quad (place << 21) | 0x83
    .set place, place + 1
    .endr
gdt:
    .quad 0
    .quad 0x00af9b000000ffff    # 8: code of 64 bits
    .quad 0x00cf93000000ffff    # 16: data
    .quad 0x00cf9b000000ffff    # 24: code of 32 bits
gdt_is:
    .word 31
    .quad gdt
gates_are:
    .word 16 * {gates_count} - 1
    .quad {gates}
    "#,
    real_page = const REAL_PAGE,
    gates_count = const GATES_COUNT,
    gates = sym GATES,
    enter = sym enter,
    trapped = sym trapped,
    options(att_syntax),
);

/// Where 16-bit code is copied to, in pages of 4 KiB: below 1 MiB, and used by nobody.
const REAL_PAGE: u32 = 8;
/// The processor's exceptions, and what the APIC sends.
const GATES_COUNT: usize = 48;
static GATES: [AtomicU64; 2 * GATES_COUNT] = [const { AtomicU64::new(0) }; 2 * GATES_COUNT];
const WAKE: u32 = 32;
const LATE: u32 = 33;
const CLOCK: u32 = 34;
const SPURIOUS: u32 = 47;

/// Registers of the APIC, of which each core sees its own, and of the HPET.
const END_OF_INTERRUPT: usize = 0xfee0_00b0;
const SPURIOUS_VECTOR: usize = 0xfee0_00f0;
const SEND: usize = 0xfee0_0300;
const TIMER_VECTOR: usize = 0xfee0_0320;
const TIMER_COUNT: usize = 0xfee0_0380;
const TIMER_DIVISOR: usize = 0xfee0_03e0;
const HPET_ON: usize = 0xfed0_0010;
const HPET: usize = 0xfed0_00f0;
const HPET_TICKS_IN_A_MS: u64 = 100_000;
/// QEMU's APIC counts nanoseconds, here divided by 16.
const TIMER_TICKS_IN_A_MS: u64 = 62_500;

/// Ports.
const PIC_MASKS: [u16; 2] = [0x21, 0xa1];
const UART: u16 = 0x3f8;
const UART_STATUS: u16 = 0x3fd;
const EXIT: u16 = 0xf4;

fn write(register: usize, value: u32) {
    // SAFETY: the addresses above are registers of the machine, and each may be written at any time.
    unsafe { core::ptr::with_exposed_provenance_mut::<u32>(register).write_volatile(value) };
}

fn read(register: usize) -> u32 {
    // SAFETY: as above, and read.
    unsafe { core::ptr::with_exposed_provenance::<u32>(register).read_volatile() }
}

fn put(port: u16, value: u8) {
    // SAFETY: the ports above are the machine's, and touch no memory.
    unsafe { asm!("out dx, al", in("dx") port, in("al") value, options(nomem, nostack)) };
}

unsafe extern "C" {
    /// What the gates lead to, 16 bytes each.
    fn traps();
}

/// Where the start-up code of each core ends.
extern "C" fn enter(core: usize) -> ! {
    if core == 0 {
        for vector in 0..GATES_COUNT {
            let at = traps as *const () as u64 + 16 * vector as u64;
            // In the code segment 8, with interrupts masked.
            let gate = at & 0xffff | 8 << 16 | 0x8e00 << 32 | (at >> 16 & 0xffff) << 48;
            GATES[2 * vector].store(gate, Ordering::Relaxed);
            GATES[2 * vector + 1].store(at >> 32, Ordering::Relaxed);
        }
        // The interrupts that the machine's firmware has let in.
        PIC_MASKS.into_iter().for_each(|port| put(port, 0xff));
        write(HPET_ON, 1);
    }
    write(SPURIOUS_VECTOR, 1 << 8 | SPURIOUS);
    write(TIMER_DIVISOR, 0b0011);
    crate::begin(core)
}

/// An interrupt, or a mistake.
extern "C" fn trapped(vector: u32, at: usize) {
    match vector {
        WAKE => {}
        // It comes again until it is set anew, as another core may say that the phase lasts longer. And one that was kept
        // from the phase before is no reason to come early.
        LATE => {
            let core = number();
            wake_at(core, LATE_AT[core].load(Ordering::Relaxed));
        }
        CLOCK => {
            bodies::cores::interrupt(number());
            interrupt_soon();
        }
        // Ends no interrupt.
        SPURIOUS => return,
        _ => panic!("trap: vector {vector} at {at:#x}"),
    }
    write(END_OF_INTERRUPT, 0);
}

/// The timer of this core sends this, once.
fn timer(vector: u32, ticks: u64) {
    write(TIMER_VECTOR, vector);
    write(TIMER_COUNT, ticks as u32);
}

/// The next interrupt of this core comes 20 to 150 µs from now, at ever other places of what it interrupts.
fn interrupt_soon() {
    timer(CLOCK, 1250 + 64 * (ticks() / 100 % 128));
}

/// The timer's interrupts are to come, or to come no more.
#[cfg(feature = "critical-section")]
pub(crate) fn interrupts(_core: usize, come: bool) {
    if come {
        interrupt_soon();
        interrupts_on();
    } else {
        interrupts_off();
        timer(CLOCK, 0);
    }
}

/// Starts the other cores; on core 0.
pub(crate) fn start_others() {
    const TO_ALL_OTHERS: u32 = 0b11 << 18 | 1 << 14;
    const INIT: u32 = 5 << 8;
    const START: u32 = 6 << 8;
    write(SEND, TO_ALL_OTHERS | INIT);
    // The times that the processors' makers ask for, at least. Who has started does not heed the second.
    for _ in 0..2 {
        let from = milliseconds();
        while milliseconds() <= from + 10 {
            core::hint::spin_loop();
        }
        write(SEND, TO_ALL_OTHERS | START | REAL_PAGE);
    }
}

/// The number of this core.
pub(crate) fn number() -> usize {
    let features: usize;
    // SAFETY: reads what the processor says of itself; RBX is LLVM's, and gets back what it was.
    unsafe {
        asm!("mov {0}, rbx", "cpuid", "xchg {0}, rbx", out(reg) features,
            inout("eax") 1 => _, out("ecx") _, out("edx") _, options(nomem, nostack));
    }
    features >> 24 & 0xff
}

/// Masks interrupts; were they on?
#[cfg(feature = "critical-section")]
pub(crate) fn interrupts_off() -> bool {
    let flags: usize;
    // SAFETY: clears the flag IF.
    unsafe { asm!("pushfq", "pop {}", "cli", out(reg) flags) };
    flags & 1 << 9 != 0
}

/// Lets them come.
#[cfg(feature = "critical-section")]
pub(crate) fn interrupts_on() {
    // SAFETY: sets the flag IF; there is a gate for each.
    unsafe { asm!("sti") };
}

/// Its two halves must be read apart, and belong together.
fn ticks() -> u64 {
    loop {
        let (high, low) = (read(HPET + 4), read(HPET));
        if read(HPET + 4) == high {
            return u64::from(high) << 32 | u64::from(low);
        }
    }
}

/// The time.
pub(crate) fn milliseconds() -> u64 {
    ticks() / HPET_TICKS_IN_A_MS
}

/// When each core asked to be woken.
static LATE_AT: [AtomicU64; CORES] = [const { AtomicU64::new(0) }; CORES];

/// Has this core woken at that time.
pub(crate) fn wake_at(core: usize, at: u64) {
    LATE_AT[core].store(at, Ordering::Relaxed);
    let wait = at.saturating_sub(milliseconds()).max(1);
    timer(LATE, wait * TIMER_TICKS_IN_A_MS);
}

/// HLT, and interrupts from other cores.
pub(crate) struct Sleep;

impl Relax for Sleep {
    fn relax() {
        // SAFETY: waits for an interrupt, which is let in when the core has halted; then masks them again.
        unsafe { asm!("sti", "hlt", "cli") };
        // What is polled next is read after that.
        core::sync::atomic::fence(Ordering::SeqCst);
    }

    fn wake() {
        const TO_ALL: u32 = 0b10 << 18 | 1 << 14;
        // What was changed is seen by who is woken.
        core::sync::atomic::fence(Ordering::SeqCst);
        write(SEND, TO_ALL | WAKE);
    }
}

pub(crate) fn put_byte(byte: u8) {
    let is_ready = || {
        let status: u8;
        // SAFETY: reads the UART's status.
        unsafe { asm!("in al, dx", in("dx") UART_STATUS, out("al") status) };
        status & 1 << 5 != 0
    };
    while !is_ready() {
        core::hint::spin_loop();
    }
    put(UART, byte);
}

/// Ends QEMU; its status is twice the byte and one, never 0, so that the runner knows what was meant.
pub(crate) fn exit(status: u32) -> ! {
    put(EXIT, if status == 0 { 0x10 } else { 1 });
    loop {
        core::hint::spin_loop();
    }
}
