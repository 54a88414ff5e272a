//! Searches the models deeper than `cargo test` does, each for a while at most: `[--bound 3] [--cap SECONDS] [-j N] [FILTER…]`.
//!
//! One line for each model: executions, outcomes, and whether the search came to its end (`complete`) or was `capped`. How it
//! is done: `tests/harness/survey/depth.rs`.

mod forward;

fn main() -> std::process::ExitCode {
    forward::to_models("depth")
}
