//! The files that the rules look at, and what a broken rule looks like.

use std::fmt;
use std::path::Path;

/// A file of the workspace: its path from the root, with `/`, and its text.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Source {
        Source {
            path: path.to_string(),
            text: text.to_string(),
        }
    }

    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// The path inside the core's sources, if it is one of them: `ring/spsc.rs`.
    pub(crate) fn in_core(&self) -> Option<&str> {
        self.path.strip_prefix("core/src/")
    }

    /// Is it the shim, which may know what others may not?
    pub(crate) fn is_shim(&self) -> bool {
        self.in_core().is_some_and(|p| p.starts_with("shim/"))
    }

    /// Is it source of one of the two libraries?
    pub(crate) fn is_library(&self) -> bool {
        self.is_rust() && (self.in_core().is_some() || self.path.starts_with("std/src/"))
    }

    /// A violation in this file.
    pub(crate) fn at(&self, line: usize, words: impl fmt::Display) -> Violation {
        Violation {
            path: self.path.clone(),
            line,
            words: words.to_string(),
        }
    }
}

/// A broken rule.
#[derive(Clone, Debug)]
pub(crate) struct Violation {
    path: String,
    line: usize,
    words: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.words)
    }
}

/// All text files of the workspace, but for what builds leave behind.
pub(crate) fn workspace() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    let mut open = vec![(root, String::new())];
    while let Some((dir, prefix)) = open.pop() {
        let entries = std::fs::read_dir(&dir).unwrap_or_else(|e| panic!("{prefix}: {e}"));
        for entry in entries.map(|e| e.expect("a directory entry")) {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{prefix}{name}");
            let kind = entry.file_type().expect("a file type");
            // A directory, or in a linked work tree a file that says where that is.
            if name == ".git" {
                continue;
            }
            if kind.is_dir() && name != "target" {
                open.push((entry.path(), format!("{path}/")));
            } else if kind.is_file()
                && name != "Cargo.lock"
                && let Ok(text) = std::fs::read_to_string(entry.path())
            {
                found.push(Source { path, text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}
