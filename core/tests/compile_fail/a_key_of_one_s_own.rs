//! error: E0603
#[cfg(not(feature = "right"))]
use gimmal_core::wait::operation::Key;
#[cfg(feature = "right")]
use gimmal_core::wait::Phase;

fn main() {
    #[cfg(feature = "right")]
    let _ = Phase::Granted;
    #[cfg(not(feature = "right"))]
    let _ = core::mem::size_of::<Key>();
}
