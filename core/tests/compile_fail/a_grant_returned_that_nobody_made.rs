//! error: E0061
use gimmal_core::sync::Semaphore;
use gimmal_core::wait::Protocol;

fn main() {
    let semaphore = Semaphore::new(0);
    #[cfg(not(feature = "right"))]
    semaphore.acquiring(1).into_operation().on_unused_grant();
    #[cfg(feature = "right")]
    drop(semaphore.acquiring(1).into_operation());
    fn _used(_: impl Protocol) {}
}
