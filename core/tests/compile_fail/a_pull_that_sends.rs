//! error: Sends
//! A Pull does not send.

use gimmal_core::Context;

static CONTEXT: Context<u32, 2, 1, 4> = Context::new();

fn main() {
    let mut pull = CONTEXT.pull().expect("a slot");
    #[cfg(feature = "right")]
    let _ = pull.try_recv();
    #[cfg(not(feature = "right"))]
    let _ = pull.try_send(7);
}
