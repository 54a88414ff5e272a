//! Hands the linker script over, with the address where QEMU's machine starts a program.

use std::env;

fn main() {
    let origin = match env::var("CARGO_CFG_TARGET_ARCH").as_deref() {
        Ok("riscv64") => "0x80000000",
        // QEMU leaves its description of the machine below.
        Ok("aarch64") => "0x40080000",
        // Above what a PC's firmware uses.
        Ok("x86_64") => "0x100000",
        _ => return,
    };
    let script = format!(
        "{}/link.x",
        env::var("CARGO_MANIFEST_DIR").expect("set by cargo")
    );
    println!("cargo:rustc-link-arg-bins=-T{script}");
    println!("cargo:rustc-link-arg-bins=--defsym=ORIGIN_={origin}");
    // At that address and no other; rustc asks for programs that can be moved on x86-64.
    println!("cargo:rustc-link-arg-bins=--no-pie");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=link.x");
}
