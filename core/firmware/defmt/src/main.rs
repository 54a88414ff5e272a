//! Logs a value of every public type of gimmal-core by defmt, in each of its states, for `defmt-lines` to decode and
//! `check.sh` to compare. A line is a label, the value's `Format` and, where there is one, its `Debug`, with tabs between
//! them: the last two must be the same.
#![no_std]
#![no_main]

mod types;
mod values {
    pub(crate) mod channels;
    pub(crate) mod errors;
    pub(crate) mod rings;
    pub(crate) mod sockets;
    pub(crate) mod sync;
    pub(crate) mod waits;
}

use core::fmt::Debug;
use core::panic::PanicInfo;
use core::pin::Pin;
use core::task::{Context, Waker};

use cortex_m as _; // The critical sections.
use cortex_m_semihosting::debug::{EXIT_FAILURE, EXIT_SUCCESS, exit};
use cortex_m_semihosting::heprintln;
use defmt::{Debug2Format, Format};
use defmt_semihosting as _;

/// Logs what has `Format` and `Debug`.
fn show<T: Format + Debug + ?Sized>(label: &str, value: &T) {
    defmt::println!("{=str}\t{}\t{}", label, value, Debug2Format(value));
}

/// Logs what has `Format` only.
fn show_format<T: Format + ?Sized>(label: &str, value: &T) {
    defmt::println!("{=str}\t{}", label, value);
}

/// Polls it once, for nobody: it must wait.
fn begin<F: Future>(future: Pin<&mut F>) {
    let ready = future
        .poll(&mut Context::from_waker(Waker::noop()))
        .is_ready();
    assert!(!ready, "it does not wait");
}

/// Polls it once, for nobody: it must be ready.
fn finish<F: Future>(future: Pin<&mut F>) -> F::Output {
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        core::task::Poll::Ready(output) => output,
        core::task::Poll::Pending => panic!("it still waits"),
    }
}

/// Logs something in other words than its `Debug`.
#[cfg(feature = "bug")]
fn show_a_wrong_format() {
    #[derive(Debug)]
    struct Empty;
    impl Format for Empty {
        fn format(&self, f: defmt::Formatter<'_>) {
            defmt::write!(f, "Full");
        }
    }
    show("a wrong format", &Empty);
}

#[cortex_m_rt::entry]
fn main() -> ! {
    types::all();
    values::errors::show_all();
    values::rings::show_all();
    values::channels::show_all();
    values::sync::show_all();
    values::waits::show_all();
    values::sockets::show_all();
    #[cfg(feature = "bug")]
    show_a_wrong_format();
    exit(EXIT_SUCCESS);
    unreachable!("semihosting has ended it")
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    heprintln!("{}", info);
    exit(EXIT_FAILURE);
    loop {}
}

#[cortex_m_rt::exception]
unsafe fn HardFault(frame: &cortex_m_rt::ExceptionFrame) -> ! {
    panic!("hard fault: {frame:?}");
}
