//! Weakens every ordering, fence and step of the core, and tells which model finds it: `tests/harness/survey/mod.rs`.

mod forward;

fn main() -> std::process::ExitCode {
    forward::to_models("mutants")
}
