//! Writes the picture of the README and of the front page.

#![forbid(unsafe_code)]

use std::path::Path;

fn main() -> std::io::Result<()> {
    let to = Path::new(env!("CARGO_MANIFEST_DIR")).join("../std/picture.svg");
    std::fs::write(to, gimmal_benches::picture::draw())
}
