//! Imports that break a rule of `arrows.rs` and have not been mended yet.

use super::arrows::Known;

/// The first file imports the second. An entry that is not needed any more is a violation too.
pub(crate) const KNOWN: [Known; 5] = [
    ("core/src/ring/spsc.rs", "core/src/ring/bulk.rs"),
    ("core/src/ring/spsc.rs", "core/src/ring/handles.rs"),
    ("core/src/socket/base.rs", "core/src/socket/attempts.rs"),
    ("core/src/socket/pipe.rs", "core/src/socket/mod.rs"),
    ("std/src/socket/patterns.rs", "std/src/message.rs"),
];
