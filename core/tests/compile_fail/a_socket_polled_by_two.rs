//! error: E0499
use gimmal_core::Context;
use gimmal_core::poll::Poller;

static CONTEXT: Context<u32, 2, 1, 4> = Context::new();

fn main() {
    let mut pull = CONTEXT.pull().expect("a slot");
    let mut first = Poller::new([pull.readable()]);
    #[cfg(feature = "right")]
    let _ = first.try_poll();
    let mut second = Poller::new([pull.readable()]);
    #[cfg(not(feature = "right"))]
    let _ = first.try_poll();
    let _ = second.try_poll();
}
