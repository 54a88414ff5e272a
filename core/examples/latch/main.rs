//! A primitive of one's own: the count-down latch of the guide, in safe code over the parts of
//! `gimmal_core::wait`. `loom-tests/tests/examples/latch.rs` models this very source.

#[allow(unreachable_pub)] // Shown as a library has it.
mod latch;

use gimmal_core::wait::block_on;
use latch::Latch;

fn main() {
    let latch = Latch::new(3);
    std::thread::scope(|scope| {
        for name in ["sensors", "storage", "radio"] {
            let latch = &latch;
            scope.spawn(move || {
                println!("{name}: ready");
                latch.count_down();
            });
        }
        block_on(latch.wait());
        println!("all are ready");
    });
}
