//! Imports that break a rule of `arrows.rs` and have not been mended yet.

use super::arrows::Known;

/// The first file imports the second. An entry that is not needed any more is a violation too.
pub(crate) const KNOWN: [Known; 10] = [
    ("core/src/ring/spsc.rs", "core/src/ring/bulk.rs"),
    ("core/src/ring/spsc.rs", "core/src/ring/handles.rs"),
    ("core/src/socket/base.rs", "core/src/socket/attempts.rs"),
    ("core/src/socket/pipe.rs", "core/src/socket/mod.rs"),
    ("std/src/pool/threads.rs", "std/src/pool/map.rs"),
    ("std/src/pool/wait.rs", "std/src/pool/job.rs"),
    ("std/src/pool/wait.rs", "std/src/pool/task.rs"),
    ("std/src/pool/wait.rs", "std/src/pool/workers.rs"),
    ("std/src/socket/patterns.rs", "std/src/message.rs"),
    ("std/src/timer/service.rs", "std/src/timer/mod.rs"),
];
