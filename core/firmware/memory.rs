//! The build script of the programs for Cortex-M: writes `memory.x` for the machine that QEMU plays for the target, and asks
//! for cortex-m-rt's linker script; for defmt's too, where the package uses it.

use std::{env, fs, path::PathBuf};

fn main() {
    let target = env::var("TARGET").expect("set by cargo");
    let (flash, ram) = match target.as_str() {
        // microbit
        "thumbv6m-none-eabi" => ("256K", "16K"),
        // lm3s6965evb
        _ => ("256K", "64K"),
    };
    let memory = format!(
        "MEMORY {{\n FLASH : ORIGIN = 0x00000000, LENGTH = {flash}\n RAM : ORIGIN = 0x20000000, LENGTH = {ram}\n}}\n"
    );
    let out = PathBuf::from(env::var("OUT_DIR").expect("set by cargo"));
    fs::write(out.join("memory.x"), memory).expect("a writable output directory");
    println!("cargo:rustc-link-search={}", out.display());
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
    if env::var("CARGO_PKG_NAME").is_ok_and(|name| name.starts_with("defmt")) {
        println!("cargo:rustc-link-arg-bins=-Tdefmt.x");
    }
    println!("cargo:rerun-if-changed=../memory.rs");
}
