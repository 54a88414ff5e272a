//! Hands over to the test binary of the models, which `cargo test` builds with optimisation, and only once.

use std::env;
use std::process::{Command, ExitCode};

/// Runs `word` of the models' program with the arguments of this one.
pub(crate) fn to_models(word: &str) -> ExitCode {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["test", "--quiet", "-p", "gimmal-loom-tests"])
        .args(["--test", "models", "--", word])
        .args(env::args_os().skip(1))
        .status();
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: cargo does not run: {error}");
            ExitCode::FAILURE
        }
    }
}
