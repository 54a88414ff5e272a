//! Feature `critical-section`, in a package of its own: there the test brings the critical section itself, and sees it.
//! What is tested stands in `critical_section/on.rs`.

#![cfg(not(miri))] // It starts processes.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

#[test]
fn interrupt_handlers_and_user_code_find_the_critical_section_left() {
    let core = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("critical-section");
    fs::create_dir_all(&root).expect("a directory for the package");
    let source = core.join("tests/critical_section/on.rs");
    let manifest = format!(
        "[package]\nname = \"critical-section-on\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\ncritical-section = {{ version = \"1.2\", default-features = false }}\n\
         gimmal-core = {{ path = {core:?}, features = [\"critical-section\", \"mutex-traits-1\"] }}\n\
         mutex-traits = {{ version = \"1.0\", default-features = false }}\n\n\
         [[test]]\nname = \"on\"\npath = {source:?}\n\n[lib]\npath = \"lib.rs\"\n"
    );
    fs::write(root.join("lib.rs"), "").expect("a library");
    fs::write(root.join("Cargo.toml"), manifest).expect("the manifest");
    // Outside of the repository, as a published package is, there is none: any version will do.
    let _ = fs::copy(core.join("../Cargo.lock"), root.join("Cargo.lock"));
    let output = Command::new(env!("CARGO"))
        // From here, so that the settings of this repository hold.
        .current_dir(core)
        .args(["test", "--offline", "--quiet", "--test", "on"])
        .arg("--manifest-path")
        .arg(root.join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", root.join("target"))
        .env_remove("RUSTC_WRAPPER")
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&output.stdout);
    let also = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{also}");
    assert!(said.contains("test result: ok."), "{said}\n{also}");
    assert!(!said.contains(" 0 passed"), "{said}");
}
