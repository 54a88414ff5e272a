//! Imports that break a rule of `arrows.rs` and have not been mended yet.

use super::arrows::Known;

/// The first file imports the second. An entry that is not needed any more is a violation too.
pub(crate) const KNOWN: [Known; 1] = [(
    "core/src/ring/spsc/protocol.rs",
    "core/src/ring/spsc/handles.rs",
)];
