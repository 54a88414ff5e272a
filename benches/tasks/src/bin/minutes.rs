//! Writes `std/src/guide/minutes.md`.

#![forbid(unsafe_code)]

use gimmal_tasks::{page, task};

fn main() -> std::io::Result<()> {
    std::fs::write(page::file(), page::markdown(&page::rows(&task::all())))
}
