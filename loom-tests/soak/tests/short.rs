//! A soak of two seconds: every resident takes part, and the whole ends.

use std::process::Command;

#[test]
fn a_short_soak_loses_nothing() {
    let mut soak = Command::new(env!("CARGO_BIN_EXE_gimmal-soak"));
    let output = soak.args(["--seconds", "2"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{errors}");
    let last = said.lines().last().unwrap_or_default();
    assert!(
        last.starts_with("soak: ") && last.contains("nothing lost"),
        "{said}"
    );
}

#[test]
fn nobody_of_that_name_is_a_failure() {
    let mut soak = Command::new(env!("CARGO_BIN_EXE_gimmal-soak"));
    let output = soak.args(["--only", "nobody"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
}
