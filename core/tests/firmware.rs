//! The core without an operating system, as far as this machine can show it: a program without libc, and one under QEMU.
//!
//! `core/firmware/check.sh` is the whole of it, and fetches what it needs; here nothing is fetched but crates. What is missing
//! (a linker, QEMU, a target, the network) makes a test say that it is skipped, and why; with `firmware` among the words of
//! `GIMMAL_REQUIRE` in the environment it fails instead.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use std::io::Write;
use std::path::Path;
use std::process::Command;

const TARGET: &str = "thumbv6m-none-eabi";

/// A command in the firmware's workspace, with a build directory of its own.
fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("firmware"))
        .env(
            "CARGO_TARGET_DIR",
            concat!(env!("CARGO_TARGET_TMPDIR"), "/firmware"),
        )
        // What cargo says to its tests is not meant for this one.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    command
}

/// What the command printed; its status and words if that is not 0.
fn output(command: &mut Command) -> Result<String, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|e| format!("{program}: {e}"))?;
    let words = [output.stdout, output.stderr].concat();
    let words = String::from_utf8_lossy(&words).into_owned();
    if output.status.success() {
        Ok(words)
    } else {
        Err(format!("{command:?}: {}\n{words}", output.status))
    }
}

/// Is everything there that the test needs? If not it is skipped, in words that are seen.
fn can_run(test: &str, needs: &[Result<String, String>]) -> bool {
    let missing: Vec<&str> = needs
        .iter()
        .filter_map(|need| need.as_ref().err())
        .map(String::as_str)
        .collect();
    if missing.is_empty() {
        return true;
    }
    let why = missing.join("; ");
    let required = std::env::var("GIMMAL_REQUIRE").unwrap_or_default();
    assert!(!required.split(' ').any(|word| word == "firmware"), "{why}");
    let words = format!("SKIPPED {test}: {why}\n");
    // Not by a macro, which the harness would keep to itself.
    std::io::stderr()
        .write_all(words.as_bytes())
        .expect("an open stderr");
    false
}

fn crates() -> Result<String, String> {
    output(command("cargo").args(["fetch", "--locked", "--quiet"]))
}

fn target() -> Result<String, String> {
    let at = output(command("rustc").args(["--print", "target-libdir", "--target", TARGET]))?;
    if Path::new(at.trim()).exists() {
        Ok(at)
    } else {
        Err(format!("the toolchain has no target {TARGET}"))
    }
}

#[test]
fn a_program_that_links_with_nothing_uses_every_type() {
    let needs = [
        output(command("gcc").arg("--version")),
        output(command("nm").arg("--version")),
        crates(),
    ];
    if can_run("a_program_that_links_with_nothing_uses_every_type", &needs) {
        let said = output(&mut command("nolibc/check.sh")).expect("the check passes");
        assert!(
            said.contains("links with nothing") && said.contains("does not link"),
            "{said}"
        );
    }
}

#[test]
fn a_handler_and_main_share_objects_on_a_cortex_m0() {
    let needs = [
        output(command("qemu-system-arm").arg("--version")),
        output(command("timeout").arg("--version")),
        target(),
        crates(),
    ];
    if !can_run("a_handler_and_main_share_objects_on_a_cortex_m0", &needs) {
        return;
    }
    let run = |features: &str| {
        output(command("cargo").args([
            "run",
            "--locked",
            "--quiet",
            "--release",
            "--target",
            TARGET,
            "-p",
            "cortex-m-firmware",
            "--bin",
            "share",
            "--features",
            features,
        ]))
    };
    let said = run("atomics-for-a-single-core").expect("the program ends well");
    assert!(said.contains(" 0 bad"), "{said}");
    let broken =
        run("atomics-for-a-single-core,bug").expect_err("broken look-alikes are seen to fail");
    assert!(
        broken.contains(" bad\n") && !broken.contains(" 0 bad"),
        "{broken}"
    );
}
