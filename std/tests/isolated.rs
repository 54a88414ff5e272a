//! A program that blocks, under Miri with its default flags: it may open no file, and knows no system call that is not
//! ordinary. `isolated/blocks.rs` is that program; it is built and run in a package of its own.
//!
//! Without Miri (`cargo +nightly miri`) the test says that it is skipped; with `miri` among the words of `GIMMAL_REQUIRE` in
//! the environment it fails instead.
#![cfg(not(miri))] // It starts processes.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};
use std::{env, fs};

/// Runs cargo's Miri, whichever cargo has it, from the directory of the package, so that its settings hold.
fn miri(arguments: &[&str], root: &Path) -> Output {
    Command::new("cargo")
        .current_dir(root)
        .args(["+nightly", "miri"])
        .args(arguments)
        .env("CARGO_TARGET_DIR", root.join("target"))
        .env_remove("RUSTC_WRAPPER")
        .env_remove("RUSTUP_TOOLCHAIN")
        .env_remove("RUSTC")
        .env_remove("MIRIFLAGS")
        .output()
        .expect("cargo runs")
}

#[test]
fn f15_a_program_that_blocks_runs_under_miri_as_it_comes() {
    let facade = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("isolated");
    fs::create_dir_all(&root).expect("a directory for the package");
    let there = miri(&["setup", "--offline"], &root);
    if !there.status.success() {
        let why = String::from_utf8_lossy(&there.stderr);
        let required = env::var("GIMMAL_REQUIRE").unwrap_or_default();
        assert!(!required.split(' ').any(|word| word == "miri"), "{why}");
        let line = "SKIPPED f15_a_program_that_blocks_runs_under_miri_as_it_comes: no Miri\n";
        std::io::stderr().write_all(line.as_bytes()).unwrap();
        return;
    }
    let source = facade.join("tests/isolated/blocks.rs");
    let manifest = format!(
        "[package]\nname = \"isolated\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\ngimmal = {{ path = {facade:?} }}\n\n\
         [[bin]]\nname = \"blocks\"\npath = {source:?}\n"
    );
    fs::write(root.join("Cargo.toml"), manifest).expect("the manifest");
    // Outside of the repository, as a published package is, there is none: any version will do.
    let _ = fs::copy(facade.join("../Cargo.lock"), root.join("Cargo.lock"));
    let output = miri(&["run", "--offline", "--quiet"], &root);
    let said = String::from_utf8_lossy(&output.stdout);
    let also = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{also}");
    assert_eq!(said, "all came back\n", "{also}");
}
