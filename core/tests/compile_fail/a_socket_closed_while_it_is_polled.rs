//! error: E0505
use gimmal_core::Context;
use gimmal_core::poll::Poller;

static CONTEXT: Context<u32, 2, 1, 4> = Context::new();

fn main() {
    let mut pull = CONTEXT.pull().expect("a slot");
    let mut poller = Poller::new([pull.readable()]);
    #[cfg(feature = "right")]
    let _ = poller.try_poll();
    pull.close();
    #[cfg(not(feature = "right"))]
    let _ = poller.try_poll();
}
