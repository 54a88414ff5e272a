//! The floors of the facade: what `arrows.rs` checks.

use super::arrows::Room;

/// Room, floor, and the neighbours that it may import: rooms of the same floor.
pub(crate) const FLOORS: &[Room] = &[
    ("panic_guard.rs", 0, &["generation"]),
    ("per_process.rs", 0, &["generation", "panic_guard"]),
    ("generation.rs", 0, &[]),
    ("fence.rs", 0, &[]),
    ("asleep.rs", 0, &[]),
    ("cooperate.rs", 0, &[]),
    ("block/", 0, &["asleep", "per_process"]),
    ("zeroed.rs", 0, &["fence"]),
    ("table.rs", 0, &[]),
    ("stop/", 0, &["panic_guard", "generation"]),
    ("subscriptions.rs", 1, &[]),
    ("heap.rs", 1, &["subscriptions"]),
    ("wait.rs", 1, &[]),
    ("poll/", 1, &[]),
    ("sync/", 1, &[]),
    ("channel/", 1, &["heap"]),
    ("queue/", 1, &["channel", "sync"]),
    ("message/", 1, &["sync"]),
    ("identities.rs", 1, &[]),
    ("owned_socket.rs", 2, &[]),
    ("net/", 4, &[]),
    ("runtime/", 2, &["signal"]),
    ("signal/", 2, &[]),
    ("thread/", 3, &[]),
    ("timer/", 3, &[]),
    ("pool/", 4, &[]),
    ("socket/", 5, &[]),
    ("interop/", 6, &[]),
    ("fork.rs", 6, &[]),
    ("guide/", 6, &[]),
    ("lib.rs", 7, &[]),
];
