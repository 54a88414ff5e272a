//! gimmal-core on four cores without an operating system: `bodies::cores`, each core with its own stack, and QEMU's status
//! says how it ended.
#![no_std]
#![no_main]

use core::fmt::{self, Write};
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

use bodies::Verdict;
use bodies::cores::{CORES, LIMIT_MS, Machine, run};

#[cfg_attr(target_arch = "riscv64", path = "riscv64.rs")]
#[cfg_attr(target_arch = "aarch64", path = "aarch64.rs")]
#[cfg_attr(target_arch = "x86_64", path = "x86_64.rs")]
mod machine;
#[cfg(feature = "critical-section")]
mod section;

/// When the time of the phase is over: the latest that a core has said. They say it within microseconds.
static LIMIT: AtomicU64 = AtomicU64::new(0);

struct Virt<const CORE: usize>;

impl<const CORE: usize> Machine for Virt<CORE> {
    type Sleep = machine::Sleep;

    fn begin() {
        let limit = machine::milliseconds() + LIMIT_MS;
        LIMIT.store(limit, Relaxed);
        machine::wake_at(CORE, limit + 1);
    }

    fn is_late() -> bool {
        machine::milliseconds() >= LIMIT.load(Relaxed)
    }

    #[cfg(all(feature = "critical-section", not(target_arch = "aarch64")))]
    const INTERRUPTS: bool = true;

    #[cfg(all(feature = "critical-section", not(target_arch = "aarch64")))]
    fn interrupts(come: bool) {
        machine::interrupts(CORE, come);
    }

    fn report(name: &str, verdict: Verdict) {
        let words = verdict.err().unwrap_or("ok");
        let milliseconds = machine::milliseconds() + LIMIT_MS - LIMIT.load(Relaxed);
        let _ = writeln!(Uart, "{name:<36} {milliseconds:>5} ms  {words}");
    }
}

/// Where the start-up code of each core ends.
extern "C" fn begin(core: usize) -> ! {
    const { assert!(CORES == 4) };
    if core == 0 {
        machine::start_others();
    }
    #[cfg(feature = "critical-section")]
    section::count();
    let bad = match core {
        0 => run::<Virt<0>>(0),
        1 => run::<Virt<1>>(1),
        2 => run::<Virt<2>>(2),
        _ => run::<Virt<3>>(3),
    };
    if core == 0 {
        #[cfg(feature = "critical-section")]
        assert!(section::excludes(), "a critical section lets others in");
        let _ = writeln!(Uart, "cores: {bad} phases bad");
        machine::exit(u32::from(bad > 0));
    }
    loop {
        core::hint::spin_loop();
    }
}

struct Uart;

impl Write for Uart {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.bytes().for_each(machine::put_byte);
        Ok(())
    }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let _ = writeln!(Uart, "{info}");
    machine::exit(1)
}
