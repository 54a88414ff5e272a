//! Socket events as events of the crate `tracing`, with the feature of that name; else nothing.

#![forbid(unsafe_code)]

use super::events::SocketEvent;

#[cfg(feature = "tracing-0_1")]
mod real {
    use super::SocketEvent;
    use crate::socket::events::What;

    /// Where they are to be found by a filter.
    const TARGET: &str = "gimmal::socket";

    /// Whether a subscriber of `tracing` listens to them.
    pub(in crate::socket) fn is_on() -> bool {
        tracing::enabled!(target: TARGET, tracing::Level::DEBUG)
    }

    /// What was refused is a warning, the rest is for who looks for it.
    pub(in crate::socket) fn tell(event: &SocketEvent) {
        let (slot, kind) = (event.slot, event.kind);
        if let What::Refused(..) = event.what {
            tracing::warn!(target: TARGET, slot, ?kind, "{event}");
        } else {
            tracing::debug!(target: TARGET, slot, ?kind, "{event}");
        }
    }
}

#[cfg(not(feature = "tracing-0_1"))]
mod real {
    use super::SocketEvent;

    #[inline(always)]
    pub(in crate::socket) fn is_on() -> bool {
        false
    }

    #[inline(always)]
    pub(in crate::socket) fn tell(_: &SocketEvent) {}
}

pub(super) use real::{is_on, tell};
