//! Compiles the core's sources as under `--cfg loom`, for this package alone.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(loom)");
    println!("cargo::rustc-cfg=loom");
    println!("cargo::rerun-if-changed=../../core/src");
    println!("cargo::rerun-if-changed=build.rs");
}
