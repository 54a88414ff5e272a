//! error: Receives
//! A Push does not receive.

use gimmal_core::Context;

static CONTEXT: Context<u32, 2, 1, 4> = Context::new();

fn main() {
    let mut push = CONTEXT.push().expect("a slot");
    #[cfg(feature = "right")]
    let _ = push.try_send(7);
    #[cfg(not(feature = "right"))]
    let _ = push.try_recv();
}
