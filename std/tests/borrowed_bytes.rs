//! Borrowed bytes are not copied in silence: sending them does not compile, and the error leads to `Message::copy_of`.
//!
//! Each program of `borrowed_bytes/` is right with feature `right`. Without it, it fails with what its first line says.

#![cfg(not(miri))] // It starts processes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const PROGRAMS: [&str; 6] = ["frame_slice", "message", "part", "slice", "text", "vector"];

fn source(program: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/borrowed_bytes");
    directory.join(program).with_extension("rs")
}

/// A package of its own with these programs, and the versions that the workspace has locked.
fn package() -> PathBuf {
    let facade = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("borrowed-bytes");
    fs::create_dir_all(&root).expect("a directory for the package");
    let mut manifest = format!(
        "[package]\nname = \"borrowed-bytes\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [workspace]\n\n[features]\nright = []\n\n[dependencies]\ngimmal = {{ path = {facade:?} }}\n"
    );
    for program in PROGRAMS {
        let path = source(program);
        manifest += &format!("\n[[bin]]\nname = {program:?}\npath = {path:?}\n");
    }
    fs::write(root.join("Cargo.toml"), manifest).expect("the manifest");
    let _ = fs::copy(facade.join("../Cargo.lock"), root.join("Cargo.lock"));
    root
}

fn check(package: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO"))
        // From here, so that the settings of this repository hold.
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["check", "--offline", "--quiet"])
        .args(arguments)
        .arg("--manifest-path")
        .arg(package.join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", package.join("target"))
        .env_remove("RUSTC_WRAPPER")
        .output()
        .expect("cargo runs")
}

#[test]
fn borrowed_bytes_do_not_compile_and_the_error_leads_to_the_copy() {
    let package = package();
    let right = check(&package, &["--features", "right"]);
    let said = String::from_utf8_lossy(&right.stderr);
    assert!(right.status.success(), "a right one does not build: {said}");

    for program in PROGRAMS {
        let wrong = check(&package, &["--bin", program]);
        assert!(!wrong.status.success(), "{program} compiles");
        let text = fs::read_to_string(source(program)).expect("its source");
        let error = text
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("//! error: "));
        let error = error.expect("its first line says the error");
        let said = String::from_utf8_lossy(&wrong.stderr);
        assert!(
            said.contains(error),
            "{program} fails, but not with {error}: {said}"
        );
    }
}

/// The compiler shows the line of the parameter to who sends a slice that does not live long enough.
#[test]
fn every_parameter_that_becomes_a_message_says_how_to_copy() {
    let sockets = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/socket");
    let mut parameters = 0;
    for file in fs::read_dir(sockets).expect("the sources of the sockets") {
        let path = file.expect("a file").path();
        if path.is_dir() {
            continue;
        }
        let source = fs::read_to_string(&path).expect("a source");
        for line in source.lines().filter(|line| line.contains("impl Into<T>")) {
            parameters += 1;
            assert!(
                line.ends_with("// borrowed bytes are copied first: `Message::copy_of(&bytes)`"),
                "{}: {line}",
                path.display()
            );
        }
    }
    assert!(parameters > 10, "{parameters}");
}
