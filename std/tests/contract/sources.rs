//! The sources of the library, read as text: which types several may wait for, and what their docs say.

use std::fs;
use std::path::Path;

/// Path and text of every source file of both crates.
pub(crate) fn library() -> Vec<(String, String)> {
    let facade = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for part in ["src", "../core/src"] {
        read(&facade.join(part), part, &mut files);
    }
    files
}

fn read(directory: &Path, name: &str, files: &mut Vec<(String, String)>) {
    // Outside of the repository, as a published package is, there is no core beside it.
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        let its = format!("{name}/{}", path.file_name().unwrap().to_string_lossy());
        if path.is_dir() {
            read(&path, &its, files);
        } else if its.ends_with(".rs") {
            files.push((its, fs::read_to_string(path).unwrap()));
        }
    }
}

/// The name after `impl<…> `, without its parameters.
fn implemented(line: &str) -> Option<String> {
    let mut rest = line.strip_prefix("impl")?;
    if rest.starts_with('<') {
        let mut depth = 0;
        let end = rest.find(|c| {
            depth += i32::from(c == '<') - i32::from(c == '>');
            depth == 0
        })?;
        rest = &rest[end + 1..];
    }
    let name = rest.trim_start().split(['<', ' ']).next()?;
    (!line.contains(" for ")).then(|| name.to_string())
}

/// The types of a file that are waited for by a shared reference: with a time-out, or by a future.
pub(crate) fn waited_for_by_several(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for block in text
        .split("\n}")
        .filter_map(|b| b.rfind("\nimpl").map(|at| &b[at + 1..]))
    {
        let Some(name) = block.lines().next().and_then(implemented) else {
            continue;
        };
        let waits = block.split("    pub ").skip(1).any(|method| {
            let head = method.split('{').next().unwrap_or_default();
            let shared = head.contains("(&self") || head.contains("\n        &self");
            let timed = head
                .split(['(', '<'])
                .next()
                .is_some_and(|name| name.ends_with("_timeout"));
            let future = ["-> Until<", "-> impl Future<"]
                .iter()
                .any(|form| head.contains(form));
            shared && (timed || future)
        });
        if waits && text.contains(&format!("pub struct {name}")) && !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

/// The doc comment of a type, and that of its alias, if it is called `NameOf`.
pub(crate) fn docs_of(text: &str, name: &str) -> String {
    let alias = name.strip_suffix("Of").unwrap_or(name);
    let heads = [("pub struct ", name), ("pub type ", alias)];
    let docs = heads.map(|(kind, name)| docs_above(text, &format!("{kind}{name}")));
    docs.concat().join("\n")
}

/// The doc comment above the line that begins so, with nothing that would make the name a longer one.
fn docs_above<'t>(text: &'t str, head: &str) -> Vec<&'t str> {
    let is_it = |line: &str| {
        let rest = line.strip_prefix(head);
        rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
    };
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().position(|line| is_it(line)).unwrap_or(0);
    let above = |line: &&&str| line.starts_with("///") || line.starts_with("#[");
    let start = at - lines[..at].iter().rev().take_while(above).count();
    lines[start..at].to_vec()
}
