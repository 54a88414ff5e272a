//! The page for those who model their own code is a crate that works as it stands there, and whose model finds the fault that
//! the page names.

#![cfg(not(miri))] // It starts processes.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const PAGE: &str = include_str!("../MODELS.md");

/// The first block of the page in this language.
fn block(language: &str) -> &'static str {
    let (_, rest) = PAGE
        .split_once(&format!("```{language}\n"))
        .expect("a block");
    rest.split_once("```").expect("its end").0
}

fn package(source: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("model-page");
    fs::create_dir_all(root.join("src")).expect("a directory for the package");
    let core = env!("CARGO_MANIFEST_DIR");
    let manifest = block("toml").replace("\"0.1\"", &format!("{{ path = {core:?} }}"));
    fs::write(root.join("Cargo.toml"), manifest + "\n[workspace]\n").expect("the manifest");
    fs::write(root.join("src/lib.rs"), source).expect("the source");
    // Outside of the repository, as a published package is, there is none: any version will do.
    let _ = fs::copy(
        Path::new(core).join("../Cargo.lock"),
        root.join("Cargo.lock"),
    );
    root
}

/// What `cargo test` says under loom, and whether all passed.
fn models(source: &str) -> (bool, String) {
    let root = package(source);
    let output = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["test", "--lib", "--manifest-path"])
        .arg(root.join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", root.join("target"))
        .env("RUSTFLAGS", "--cfg loom")
        .env_remove("RUSTC_WRAPPER")
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let also = String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said + &also)
}

#[test]
fn the_model_of_the_page_holds_and_finds_its_fault() {
    let source = block("rust");
    let (passed, said) = models(source);
    assert!(passed && said.contains("1 passed"), "{said}");

    let look = "        let over = self.over.load(Acquire);\n";
    let pop = "        match self.ring.pop() {\n";
    assert!(source.contains(look) && source.contains(pop));
    let late = "        let popped = self.ring.pop();\n";
    let faulty = source.replace(look, "");
    let faulty = faulty.replace(pop, &format!("{late}{look}        match popped {{\n"));
    let (passed, said) = models(&faulty);
    assert!(
        !passed && said.contains("assertion failed: taken.contains"),
        "{said}"
    );
}
