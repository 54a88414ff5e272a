//! Imports that break a rule of `arrows.rs` and have not been mended yet.

use super::arrows::Known;

/// The first file imports the second. An entry that is not needed any more is a violation too.
pub(crate) const KNOWN: [Known; 26] = [
    ("core/src/ring/spsc.rs", "core/src/ring/bulk.rs"),
    ("core/src/ring/spsc.rs", "core/src/ring/handles.rs"),
    ("std/src/pool/threads.rs", "std/src/pool/map.rs"),
    ("std/src/pool/wait.rs", "std/src/pool/job.rs"),
    ("std/src/pool/wait.rs", "std/src/pool/task.rs"),
    ("std/src/pool/wait.rs", "std/src/pool/workers.rs"),
    ("std/src/queue/ordered.rs", "std/src/queue/take.rs"),
    ("std/src/queue/ordered.rs", "std/src/queue/task.rs"),
    ("std/src/runtime/registry.rs", "std/src/runtime.rs"),
    ("std/src/signal/handler.rs", "std/src/signal.rs"),
    ("std/src/signal/handler.rs", "std/src/signal/process.rs"),
    ("std/src/signal/inner.rs", "std/src/runtime.rs"),
    ("std/src/signal/inner.rs", "std/src/runtime/token.rs"),
    ("std/src/signal/inner.rs", "std/src/signal.rs"),
    ("std/src/signal/inner.rs", "std/src/signal/process.rs"),
    ("std/src/stop.rs", "std/src/channel/mpmc.rs"),
    ("std/src/stop.rs", "std/src/queue/ordered.rs"),
    ("std/src/stop.rs", "std/src/queue/store.rs"),
    ("std/src/stop.rs", "std/src/socket/context.rs"),
    ("std/src/stop.rs", "std/src/sync/barrier.rs"),
    ("std/src/stop.rs", "std/src/sync/condition.rs"),
    ("std/src/stop.rs", "std/src/sync/event.rs"),
    ("std/src/stop.rs", "std/src/sync/semaphore.rs"),
    ("std/src/stop.rs", "std/src/timer.rs"),
    (
        "std/src/sync/deadlock/order.rs",
        "std/src/sync/deadlock/on.rs",
    ),
    ("std/src/timer/service.rs", "std/src/timer.rs"),
];
