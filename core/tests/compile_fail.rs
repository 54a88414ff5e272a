//! Wrong uses that do not compile, really built: a check alone never sees a capacity of 0.
//!
//! Each file of `compile_fail/` is a program that is right with feature `right` and wrong without it, by one difference.
//! All of them must build with it, so that nothing fails for a reason of its own, and each must fail without it, with the
//! error that its first line names. The compiler's wording is not pinned: another version says it otherwise.
//!
//! `lifetimes.txt` lists types that hold values which can be put in as well as taken out: one of long-lived references must not
//! pass for one of shorter-lived ones, in which these could be put. A program is written for each.

#![cfg(not(miri))] // It starts processes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

/// Name, source, and what the error must say.
type Cases = BTreeMap<String, (PathBuf, String)>;

fn cases() -> Cases {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compile_fail");
    let files = fs::read_dir(directory).expect("the directory of cases");
    let mut cases: Cases = files
        .filter(|file| {
            let path = file.as_ref().expect("a case").path();
            path.extension().is_some_and(|extension| extension == "rs")
        })
        .map(|file| {
            let path = file.expect("a case").path();
            let text = fs::read_to_string(&path).expect("its source");
            let error = text
                .lines()
                .next()
                .and_then(|l| l.strip_prefix("//! error: "));
            let error = error.expect("its first line names the error").to_string();
            let name = path
                .file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            (name, (path, error))
        })
        .collect();
    cases.extend(lifetimes());
    cases
}

/// A program for each type that must not shorten the lifetime of what it holds.
fn lifetimes() -> Cases {
    let list = include_str!("compile_fail/lifetimes.txt");
    let sources = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile-fail-lifetimes");
    fs::create_dir_all(&sources).expect("a directory for the programs");
    list.lines()
        .map(|of| {
            let name: String = of
                .split('<')
                .next()
                .expect("a type")
                .replace("::", "_")
                .to_lowercase();
            let name = format!("a_shorter_lifetime_in_{name}");
            let with = |lifetime| format!("gimmal_core::{}", of.replace("'x", lifetime));
            let (long, short) = (with("'static"), with("'short"));
            let text = format!(
                "#![allow(dead_code)]\n\
                 #[cfg(not(feature = \"right\"))]\n\
                 fn shorten<'short: 'c, 'c>(of: {long}) -> {short} {{ of }}\n\
                 #[cfg(feature = \"right\")]\n\
                 fn shorten<'c>(of: {long}) -> {long} {{ of }}\n\
                 fn main() {{}}\n"
            );
            let path = sources.join(&name).with_extension("rs");
            fs::write(&path, text).expect("a program");
            (
                name,
                (path, "lifetime may not live long enough".to_string()),
            )
        })
        .collect()
}

/// A package of its own with one program for each case, and the versions that the workspace has locked.
fn package(cases: &Cases) -> PathBuf {
    let core = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile-fail");
    fs::create_dir_all(&root).expect("a directory for the package");
    let mut manifest = format!(
        "[package]\nname = \"compile-fail\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [workspace]\n\n[features]\nright = []\n\n[dependencies]\ngimmal-core = {{ path = {core:?} }}\n"
    );
    for (name, (path, _)) in cases {
        manifest += &format!("\n[[bin]]\nname = {name:?}\npath = {path:?}\n");
    }
    fs::write(root.join("Cargo.toml"), manifest).expect("the manifest");
    // Outside of the repository, as a published package is, there is none: any version will do.
    let _ = fs::copy(core.join("../Cargo.lock"), root.join("Cargo.lock"));
    root
}

fn build(package: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO"))
        // From here, so that the settings of this repository hold.
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args([
            "build",
            "--offline",
            "--quiet",
            "--keep-going",
            "--message-format=json",
        ])
        .args(arguments)
        .arg("--manifest-path")
        .arg(package.join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", package.join("target"))
        .env_remove("RUSTC_WRAPPER")
        .output()
        .expect("cargo runs")
}

/// What the compiler says is an error, by program.
fn errors(output: &Output) -> BTreeMap<String, String> {
    let mut found = BTreeMap::<String, String>::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        if !line.contains("\"reason\":\"compiler-message\"")
            || !line.contains("\"level\":\"error\"")
        {
            continue;
        }
        let target = line
            .split("\"target\":")
            .nth(1)
            .expect("a message has a target");
        let name = target
            .split("\"name\":\"")
            .nth(1)
            .expect("a target has a name");
        let name = name.split('"').next().unwrap_or_default();
        found.entry(name.to_string()).or_default().push_str(line);
    }
    found
}

#[test]
fn wrong_uses_do_not_compile_and_their_right_twins_do() {
    let cases = cases();
    assert!(cases.len() >= 81, "{} cases", cases.len());
    let package = package(&cases);

    let right = build(&package, &["--features", "right"]);
    let unexpected = String::from_utf8_lossy(&right.stderr);
    assert!(
        right.status.success(),
        "a right twin does not build: {unexpected}\n{:?}",
        errors(&right)
    );

    let wrong = errors(&build(&package, &[]));
    for (name, (_, error)) in &cases {
        let said = wrong.get(name);
        assert!(said.is_some(), "{name} compiles");
        assert!(
            said.is_some_and(|said| said.contains(error.as_str())),
            "{name} fails, but not with {error}: {said:?}"
        );
    }
}
