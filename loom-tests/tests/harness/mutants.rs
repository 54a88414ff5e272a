//! Which faults to seed: one per tagged ordering and one per named step of the core's sources, and those of the programs that
//! the docs show.
//!
//! A *site* is a tagged access or fence with an ordering stronger than Relaxed; weakening it alone must be noticed by a
//! model that claims one of its edges. A *step* is the block of a `step!("name", …)`; leaving it out must be noticed too.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Model;
use super::accesses;

/// One fault to seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mutant {
    /// How reports call it: `mutant ring/spsc/protocol.rs:120:25 E1`.
    pub(crate) name: String,
    /// The value of `GIMMAL_MUTANT`.
    pub(crate) value: String,
    /// What a model that kills it may claim: `ring/spsc/protocol.rs#E1`, `step:chain-wake`.
    pub(crate) keys: Vec<String>,
    /// Is it a step? Then a model that never ends is a kill too.
    pub(crate) step: bool,
}

impl Mutant {
    /// Is it a fault of this edge or step?
    pub(crate) fn has(&self, key: &str) -> bool {
        self.keys.iter().any(|own| own == key)
    }

    /// Does `model` claim to kill this?
    pub(crate) fn claimed_by(&self, model: &Model) -> bool {
        model.kills.iter().any(|kill| self.has(kill))
    }
}

/// The root of the core's sources.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/src")
}

/// All `.rs` files under `dir`, as paths relative to it with `/`, sorted.
pub(crate) fn rust_files(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![(dir.to_path_buf(), String::new())];
    while let Some((dir, prefix)) = open.pop() {
        let entries = std::fs::read_dir(&dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
        for entry in entries.map(|e| e.expect("a directory entry")) {
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type().expect("a file type").is_dir() {
                open.push((entry.path(), format!("{prefix}{name}/")));
            } else if name.ends_with(".rs") {
                found.push(format!("{prefix}{name}"));
            }
        }
    }
    found.sort();
    found
}

/// Sources outside the core's that are modelled as they are: the name of a site's file, and the folder of that name.
/// `support/seeded.rs` weakens their accesses.
const SHOWN: [(&str, &str); 4] = [
    ("examples/latch/latch.rs", "../core"),
    ("block/token.rs", "../std/src"),
    ("pool/notices.rs", "../std/src"),
    ("shim/fork_gate.rs", "../core/src"),
];

/// Sources of the facade that are modelled as they are, below `core/`. `support/broker.rs` leaves their
/// steps out.
const MODELLED: [&str; 1] = ["../std/src/socket/broker"];

/// The faults that `support/seeded.rs` and `support/proxy.rs` have besides.
const SHOWN_STEPS: [&str; 3] = [
    "latch-wakes",
    "proxy-looks-for-room",
    "steering-clears-first",
];

/// The faults of the core: sites in order, then steps by name.
pub(crate) fn all() -> Vec<Mutant> {
    let mut found = Vec::new();
    let mut steps = BTreeMap::new();
    for file in rust_files(&root()) {
        if file.starts_with("shim/") {
            continue;
        }
        let path = root().join(&file);
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        found.extend(sites(&file, &text));
        for (name, _) in accesses::steps(&text) {
            steps.insert(name, ());
        }
    }
    for (file, folder) in SHOWN {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(folder)
            .join(file);
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        found.extend(sites(file, &text));
    }
    for dir in MODELLED {
        let dir = root().join("..").join(dir);
        for file in rust_files(&dir) {
            let path = dir.join(&file);
            let text = std::fs::read_to_string(&path)
                .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            steps.extend(
                accesses::steps(&text)
                    .into_iter()
                    .map(|(name, _)| (name, ())),
            );
        }
    }
    steps.extend(SHOWN_STEPS.map(|name| (name.to_string(), ())));
    found.extend(steps.into_keys().map(|name| Mutant {
        name: format!("mutant step:{name}"),
        value: format!("step:{name}"),
        keys: vec![format!("step:{name}")],
        step: true,
    }));
    found
}

/// The sites of one file.
pub(crate) fn sites(file: &str, text: &str) -> Vec<Mutant> {
    let mut found = Vec::new();
    for access in accesses::accesses(text) {
        if !access.strong() || access.tags.is_empty() {
            continue;
        }
        let place = format!("{file}:{}:{}", access.line, access.col);
        let keys: Vec<_> = access.tags.iter().map(|tag| tag.key(file)).collect();
        let tags = access.tags.iter().map(|tag| match &tag.file {
            Some(file) => format!("{file}#{}", tag.edge),
            None => tag.edge.clone(),
        });
        found.push(Mutant {
            name: format!("mutant {place} {}", tags.collect::<Vec<_>>().join(",")),
            value: format!("{place}=Relaxed"),
            keys,
            step: false,
        });
    }
    found
}
