// On a chip `gimmal-core` has the feature `critical-section`.
//
// page: gimmal_core::channel::mpmc::Channel: new, try_send, recv
// page: gimmal_core::wait::block_on

use gimmal_core::channel::mpmc::Channel;
use gimmal_core::wait::block_on;

static SAMPLES: Channel<u32, 128> = Channel::new();

fn handler(sample: u32) {
    SAMPLES.try_send(sample).unwrap();
}

fn main() {
    std::thread::spawn(|| (1..=100).for_each(handler));
    let sum: u32 = (0..100).map(|_| block_on(SAMPLES.recv()).unwrap()).sum();
    println!("{sum}");
}
