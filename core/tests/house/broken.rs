//! The rules themselves, tested: sources that break them, and the nearest ones that do not.

use super::tree::{Source, Violation};
use super::{edges, plain};

type Rule = fn(&Source) -> Vec<Violation>;

/// Each of these must be flagged by the rule, once.
fn flags(rule: Rule, path: &str, texts: &[&str]) {
    for text in texts {
        let found = rule(&Source::new(path, text));
        assert_eq!(found.len(), 1, "in {path} with {text:?}: {found:?}");
    }
}

/// None of these may be flagged.
fn passes(rule: Rule, path: &str, texts: &[&str]) {
    for text in texts {
        let found = rule(&Source::new(path, text));
        assert!(found.is_empty(), "in {path} with {text:?}: {found:?}");
    }
}

#[test]
fn facade() {
    flags(
        plain::facade,
        "std/src/block/mod.rs",
        &["use gimmal_core::test_hooks::stall;"],
    );
    passes(
        plain::facade,
        "std/src/block/mod.rs",
        &["use gimmal_core::ring;"],
    );
}

#[test]
fn length() {
    flags(plain::length, "benches/src/lib.rs", &[&"\n".repeat(501)]);
    passes(plain::length, "benches/src/lib.rs", &[&"\n".repeat(500)]);
}

#[test]
fn conditions() {
    let rule = plain::conditions;
    let bad = [
        "#[cfg(loom)] fn f() {}",
        "#[cfg(feature = \"std\")] mod x;",
        "#[cfg(not(any(test, target_os = \"none\")))] mod x;",
        "#[cfg_attr(target_arch = \"arm\", repr(align(4)))] struct X;",
        "const X: bool = cfg!(debug_assertions);",
    ];
    flags(rule, "core/src/ring/spsc.rs", &bad);
    flags(rule, "core/src/lib.rs", &bad);
    passes(rule, "core/src/shim/mod.rs", &bad);
    passes(rule, "core/src/shim/model.rs", &bad);
    passes(
        rule,
        "core/src/ring/spsc.rs",
        &[
            "#[cfg(test)] fn f() {}\n// #[cfg(loom)]",
            "const X: &str = \"cfg(loom)\";",
        ],
    );
    passes(
        rule,
        "core/src/lib.rs",
        &[
            "#[cfg(any(loom, feature = \"test-hooks\"))]\n#[doc(hidden)]\npub mod test_hooks;",
            "#![cfg_attr(not(loom), no_std)]",
            "#![cfg_attr(docsrs, feature(doc_cfg))]",
        ],
    );
    flags(
        rule,
        "core/src/interop/mod.rs",
        &[
            "#[cfg(feature = \"x\")] fn f() {}",
            "#[cfg(feature = \"x\")] use x::Y;",
            "#[cfg_attr(feature = \"x\", derive(Debug))] struct X;",
        ],
    );
    passes(
        rule,
        "core/src/interop/mod.rs",
        &[
            "#[cfg(all(feature = \"x\", not(loom)))]\npub mod x;",
            "#[cfg(feature = \"x\")]\nmod x;",
            "#[cfg(feature = \"x\")]\nunsafe impl x::Y for Z {}",
        ],
    );
}

#[test]
fn unsafety() {
    let rule = plain::unsafety;
    let with = |text: &str| format!("#![forbid(unsafe_code)]\n{text}");
    flags(
        rule,
        "core/src/error.rs",
        &[
            &with("fn f() { unsafe { g() } }"),
            "fn f() {}",
            "// #![forbid(unsafe_code)]",
        ],
    );
    passes(
        rule,
        "core/src/error.rs",
        &[&with(
            "// unsafe\n/// unsafe\nconst S: &str = \"unsafe { }\";",
        )],
    );
    passes(
        rule,
        "core/src/ring/slot.rs",
        &["#![allow(unsafe_code)]\nfn f() { unsafe { g() } }"],
    );
    passes(rule, "core/src/wait/mod.rs", &["mod cell;"]);
    flags(rule, "core/src/wait/mod.rs", &["unsafe fn f() {}"]);
    flags(rule, "std/src/channel/mod.rs", &["mod spsc;"]);
    flags(
        rule,
        "core/src/lib.rs",
        &["mod shim;", "#![deny(missing_docs)]"],
    );
    passes(
        rule,
        "core/src/lib.rs",
        &["#![no_std]\n#![deny(unsafe_code)]"],
    );
    flags(rule, "std/examples/digest.rs", &["fn main() { unsafe {} }"]);
}

#[test]
fn orderings() {
    let rule = plain::orderings;
    flags(
        rule,
        "core/src/pool.rs",
        &[
            "fn f() { x.load(Acquire); }",
            "fn f() { x.load(Relaxed); }",
            "fn f() { x.load(Relaxed); // E1\n}",
            "fn f() { x.compare_exchange(0, 1, AcqRel, Relaxed); // E1\n}",
            "fn f() { x.load(Ordering::Acquire); // acquires\n}",
            "fn f() { x.load(Acquire); // R:\n}",
            "const O: Ordering = Ordering::Release;",
            "fn f() {\n    fence(SeqCst); // E1\n    fence(SeqCst);\n}",
            "fn f() {\n    // E1\n    x.store(1, Release);\n\n    x.store(2, Release);\n}",
            "fn f() { x.load(Acquire); /// E1\n}",
        ],
    );
    passes(
        rule,
        "core/src/pool.rs",
        &[
            "use crate::shim::atomic::Ordering::{Acquire, Relaxed};",
            "fn f() {\n    // R: nobody else is here, and this is\n    // why\n    x.load(Relaxed);\n}",
            "fn f() { x.compare_exchange(0, 1, AcqRel, Relaxed); // E1, R: next try\n}",
            "fn f() {\n    if x.load(Relaxed) != 0 {\n        // R: a snapshot\n        g();\n    }\n}",
            "const O: Ordering = Ordering::Release; // R: see the users",
            "fn f() { fence(SeqCst); // wait/queue.rs#E1\n}",
            "// x.load(Relaxed)\n/// x.load(Acquire)\nconst S: &str = \"x.load(Acquire)\";",
        ],
    );
    passes(
        rule,
        "core/src/shim/model.rs",
        &["fn f() { x.load(Acquire); }"],
    );
}

#[test]
fn unfinished() {
    let rule = plain::unfinished;
    let mark = concat!("// TO", "DO: more");
    flags(
        rule,
        "std/src/lib.rs",
        &[
            mark,
            concat!("/// FIX", "ME"),
            "#[ignore]\nfn f() {}",
            "#[ignore = \"slow\"] fn f() {}",
        ],
    );
    flags(
        rule,
        "benches/src/lib.rs",
        &["fn f() { todo!() }", "fn f() { unimplemented!(\"x\") }"],
    );
    passes(
        rule,
        "std/src/lib.rs",
        &["// ignore, todo\nfn todo() {}\nconst X: &str = \"#[ignore]\";"],
    );
}

#[test]
fn machine_paths() {
    let rule = plain::machine_paths;
    let path = |place: &str, before: &str| format!("see {before}/{place}/x");
    flags(
        rule,
        "README.md",
        &[
            &path("home", ""),
            &path("root", "\""),
            &path("work", "`"),
            &path("Users", "="),
        ],
    );
    passes(
        rule,
        "README.md",
        &[
            &path("work", "https://host.example"),
            &path("home", "."),
            "a homework/rootless text",
        ],
    );
}

/// A small workspace in which the rules about several files hold.
fn sound() -> Vec<Source> {
    vec![
        Source::new(
            "core/Cargo.toml",
            "[features]\nstd = []\n[dependencies]\nspin.workspace = true\n[target.'cfg(loom)'.dependencies]\nloom = \"1\" # why\n[dev-dependencies]\nx = \"1\"",
        ),
        Source::new(
            "loom-tests/Cargo.toml",
            "[features]\nstd = [\n]\n[dependencies]\nloom = \"1\"\nspin.workspace = true",
        ),
        Source::new(
            "core/src/pool.rs",
            "//! | E1 | a | b |\nfn f() { x.load(Acquire); // E1\n}",
        ),
        Source::new(
            "loom-tests/tests/pool.rs",
            "models! {\n    e1_x { outcomes: [\"1\"] }\n    other { kills: [\"step:x\"], outcomes: [\"1\"] }\n}",
        ),
        Source::new(
            "loom-tests/shuttle/Cargo.toml",
            "[features]\nstd = []\n[dependencies]\nspin.workspace = true\nloom = { path = \"x\" }",
        ),
    ]
}

/// The sound workspace with one text replaced in one file.
fn with(path: &str, from: &str, to: &str) -> Vec<Source> {
    let mut sources = sound();
    let source = sources
        .iter_mut()
        .find(|s| s.path == path)
        .expect("one of the sound files");
    assert!(source.text.contains(from), "{path} has no {from:?}");
    source.text = source.text.replace(from, to);
    sources
}

#[test]
fn several_files() {
    for rule in [edges::edges, edges::mirrors, edges::manifests] {
        assert!(rule(&sound()).is_empty(), "{:?}", rule(&sound()));
    }
    let once = |rule: fn(&[Source]) -> Vec<Violation>, sources: Vec<Source>| {
        assert_eq!(
            rule(&sources).len(),
            1,
            "{:?} in {sources:?}",
            rule(&sources)
        );
    };
    let (pool, model) = ("core/src/pool.rs", "loom-tests/tests/pool.rs");
    // No model, by name or by claim.
    once(edges::edges, with(model, "e1_x", "e11_x"));
    assert!(edges::edges(&with(model, "e1_x { ", "x { kills: [\"pool.rs#E1\"], ")).is_empty());
    // The table may stand in comments below the public page, but not in the docs of an item.
    assert!(edges::edges(&with(pool, "//! | E1 |", "// | E1 |")).is_empty());
    once(edges::edges, with(pool, "//! | E1 |", "/// | E1 |"));
    // No row, no tag, a row too many, a tag of a foreign table that is not there.
    once(edges::edges, with(pool, "//! | E1 |", "//! | E |"));
    once(edges::edges, with(pool, "// E1", "// R: why"));
    once(
        edges::edges,
        with(
            pool,
            "//! | E1 | a | b |",
            "//! | E1 | a | b |\n//! | E1 | a | b |",
        )
        .into_iter()
        .take(4)
        .collect(),
    );
    once(edges::edges, with(pool, "// E1", "// E1, wait/queue.rs#E1"));
    once(
        edges::mirrors,
        with(model, "e1_x", "e1_y")
            .into_iter()
            .filter(|s| s.path != pool)
            .collect(),
    );
    // The manifests: something missing, something more, something else.
    let (core, loom) = ("core/Cargo.toml", "loom-tests/Cargo.toml");
    once(edges::manifests, with(loom, "spin.workspace = true", ""));
    once(edges::manifests, with(core, "loom = \"1\"", ""));
    let shuttle = "loom-tests/shuttle/Cargo.toml";
    once(edges::manifests, with(shuttle, "spin.workspace = true", ""));
    for features in ["std = [\"x\"]", "std = []\nmore = []"] {
        // In both packages that mirror the core.
        let sources = with(core, "std = []", features);
        assert_eq!(edges::manifests(&sources).len(), 2, "{sources:?}");
    }
    once(edges::manifests, with(loom, "loom = \"1\"", "loom = \"2\""));
    once(
        edges::manifests,
        sound().into_iter().filter(|s| s.path != loom).collect(),
    );
}
