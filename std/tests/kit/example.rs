//! The examples, as programs.

use std::env;
use std::path::Path;
use std::process::Command;

/// The example of this name. Cargo builds the examples before the tests, beside them, when it tests the whole package.
pub(crate) fn example(name: &str) -> Command {
    let test = env::current_exe().expect("a test knows where it is");
    let profile = test.parent().and_then(Path::parent);
    let profile = profile.expect("target/PROFILE/deps/TEST");
    let program = profile.join("examples").join(name);
    assert!(
        program.exists(),
        "{} is not built: run `cargo test` for the whole package, or `cargo build --example {name}` first",
        program.display()
    );
    Command::new(program)
}
