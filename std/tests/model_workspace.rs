//! A package that uses both crates and models its own code: `--cfg loom` builds the facade too, and the model sees through the
//! core's types. Objects of the facade are of no model, and say so in loom's words.

#![cfg(not(miri))] // It starts a process.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

const SOURCE: &str = r#"
use gimmal_core::ring::spsc::Ring;

/// The program's own part, which is modelled.
pub fn hand_over(ring: &'static Ring<u32, 1>) -> u32 {
    let (mut producer, mut consumer) = ring.try_split().unwrap();
    let pushes = spawn(move || producer.push(7).unwrap());
    let first = consumer.pop();
    pushes.join().unwrap();
    first.or_else(|_| consumer.pop()).unwrap()
}
#[cfg(loom)]
use loom::thread::spawn;
#[cfg(not(loom))]
use std::thread::spawn;

/// And what it does with the facade, which is built beside it.
pub fn serve(jobs: &gimmal::channel::Receiver<u32>) -> u32 {
    jobs.iter().sum()
}

#[cfg(all(test, loom))]
mod model {
    #[test]
    fn it_is_handed_over() {
        loom::model(|| {
            let ring = Box::leak(Box::new(gimmal_core::ring::spsc::Ring::new()));
            assert_eq!(super::hand_over(ring), 7);
        });
    }

    #[test]
    #[should_panic(expected = "outside a Loom model")]
    fn the_facade_is_no_part_of_a_model() {
        let (jobs, worker) = gimmal::channel::bounded(1);
        jobs.send(1).unwrap();
        drop(jobs);
        super::serve(&worker);
    }
}

#[cfg(all(test, not(loom)))]
#[test]
fn it_serves() {
    let (jobs, worker) = gimmal::channel::bounded(1);
    jobs.send(1).unwrap();
    drop(jobs);
    assert_eq!(serve(&worker), 1);
    assert_eq!(hand_over(Box::leak(Box::default())), 7);
}
"#;

#[test]
fn a_workspace_with_the_facade_is_built_for_loom() {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("model-workspace");
    fs::create_dir_all(root.join("src")).expect("a directory for the package");
    let facade = Path::new(env!("CARGO_MANIFEST_DIR"));
    let core = facade.join("../core");
    let manifest = format!(
        "[package]\nname = \"both\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n\
         gimmal = {{ path = {facade:?} }}\ngimmal-core = {{ path = {core:?} }}\n\
         [target.'cfg(loom)'.dependencies]\nloom = \"0.7\"\n"
    );
    fs::write(root.join("Cargo.toml"), manifest).expect("the manifest");
    fs::write(root.join("src/lib.rs"), SOURCE).expect("the source");
    let _ = fs::copy(facade.join("../Cargo.lock"), root.join("Cargo.lock"));
    for flags in ["--cfg loom", ""] {
        let output = Command::new(env!("CARGO"))
            .args(["test", "--lib", "--manifest-path"])
            .arg(root.join("Cargo.toml"))
            .env("CARGO_TARGET_DIR", root.join("target"))
            .env("RUSTFLAGS", flags)
            .env_remove("RUSTC_WRAPPER")
            .output()
            .expect("cargo runs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let also = String::from_utf8_lossy(&output.stderr);
        let ran = if flags.is_empty() {
            "1 passed"
        } else {
            "2 passed"
        };
        assert!(
            output.status.success() && said.contains(ran),
            "{said}{also}"
        );
    }
}
