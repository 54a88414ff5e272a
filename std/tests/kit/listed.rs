//! Pages that list tests: each row names some, and every test that is named exists.

use std::path::Path;

/// Reads a file by its path in the workspace; `None` if there is none.
pub(crate) type Read<'r> = &'r dyn Fn(&str) -> Option<String>;

/// The cells of each row of a page's table, without its head.
pub(crate) fn rows(page: &str) -> impl Iterator<Item = Vec<&str>> {
    let rows = page.lines().filter(|line| line.starts_with('|'));
    let rows = rows.filter(|line| !line.starts_with("| id ") && !line.starts_with("|--"));
    rows.map(|row| row.trim_matches('|').split(" | ").map(str::trim).collect())
}

/// The names in a cell, without their backticks.
pub(crate) fn names<'t>(id: &str, cell: &'t str, wrong: &mut Vec<String>) -> Vec<&'t str> {
    let named = cell.split(", ").filter(|name| !name.is_empty());
    let bare = named.map(|name| {
        let bare = name
            .strip_prefix('`')
            .and_then(|name| name.strip_suffix('`'));
        bare.unwrap_or_else(|| {
            wrong.push(format!("{id}: not a name in backticks: {name}"));
            ""
        })
    });
    bare.collect()
}

/// Notes what is wrong with the tests that a row names.
pub(crate) fn exist(id: &str, tests: &[&str], read: Read<'_>, wrong: &mut Vec<String>) {
    if tests.is_empty() {
        wrong.push(format!("{id}: no test"));
    }
    for (n, test) in tests.iter().enumerate() {
        if tests[..n].contains(test) {
            wrong.push(format!("{id}: {test} twice"));
        }
        if let Err(why) = exists(test, read) {
            wrong.push(format!("{id}: {test}: {why}"));
        }
    }
}

/// Is there such a test?
fn exists(test: &str, read: Read<'_>) -> Result<(), &'static str> {
    let get = |path: &str| read(path).ok_or("no such file");
    if let Some(path) = test.strip_suffix(" (doctest)") {
        let has = |fence: &str| get(path).map(|text| text.contains(fence));
        let is_one = has("/// ```")? || has("//! ```")?;
        return is_one.then_some(()).ok_or("no example in it");
    }
    if let Some((path, row)) = test.strip_suffix(')').and_then(|t| t.split_once(" (row ")) {
        path_in(path, "benches/").ok_or("not a test")?;
        let has = get(path)?.contains(&format!("\"{row}\""));
        return has.then_some(()).ok_or("no such row");
    }
    let Some((path, name)) = test.split_once("::") else {
        let program = path_in(test, "core/tests/compile_fail/").is_some();
        return program.then(|| get(test)).ok_or("not a test")?.map(|_| ());
    };
    let text = get(path)?;
    if path_in(path, "loom-tests/tests/").is_some() {
        let listed = text
            .split_once("\nmodels! {")
            .and_then(|(_, rest)| rest.split_once("\n}"));
        let listed = listed.is_some_and(|(models, _)| {
            models.lines().any(|line| {
                line.strip_prefix("    ")
                    .is_some_and(|l| is_call(l, name, " {"))
            })
        });
        let defined = text.lines().any(|line| {
            line.strip_prefix("fn ")
                .is_some_and(|rest| is_call(rest, name, "("))
        });
        return (listed && defined).then_some(()).ok_or("not a model");
    }
    let of = path_in(path, "core/tests/")
        .or(path_in(path, "std/tests/"))
        .ok_or("not a test")?;
    if let Some((target, part)) = of.split_once('/') {
        // `tests/x/y.rs` is a part of `tests/x.rs`, or of what that is with a feature: `tests/x/on.rs`.
        let folder = format!("{}{target}", &path[..path.len() - of.len()]);
        let part = part.trim_end_matches(".rs");
        let parents = [format!("{folder}.rs"), format!("{folder}/on.rs")];
        let parents: Vec<String> = parents.iter().filter_map(|parent| read(parent)).collect();
        let includes = |words: String| parents.iter().any(|parent| parent.contains(&words));
        if !includes(format!("mod {part};")) && !includes(format!("{target}/{part}.rs")) {
            return Err("no target includes its file");
        }
    }
    is_test(&text, name)
}

fn path_in<'p>(path: &'p str, directory: &str) -> Option<&'p str> {
    path.strip_prefix(directory)
        .filter(|_| path.ends_with(".rs"))
}

/// Does the text begin with this name and that?
fn is_call(text: &str, name: &str, then: &str) -> bool {
    text.strip_prefix(name)
        .is_some_and(|rest| rest.starts_with(then))
}

/// Is there a function of that name right under attributes of which one is `#[test]`, and none `#[ignore]`?
fn is_test(text: &str, name: &str) -> Result<(), &'static str> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let at = lines.iter().position(|line| {
        line.strip_prefix("fn ")
            .is_some_and(|rest| is_call(rest, name, "("))
    });
    let at = at.ok_or("no such function")?;
    let attributes = lines[..at]
        .iter()
        .rev()
        .take_while(|line| line.starts_with("#["));
    let attributes: Vec<&str> = attributes.copied().collect();
    if attributes.iter().any(|line| line.starts_with("#[ignore")) {
        return Err("ignored");
    }
    attributes
        .contains(&"#[test]")
        .then_some(())
        .ok_or("not marked as a test")
}

pub(crate) fn on_disk(path: &str) -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::fs::read_to_string(root.join(path)).ok()
}

/// Fails with everything that is wrong with a list, if anything is.
#[track_caller]
pub(crate) fn nothing_is(wrong: Vec<String>) {
    let many = wrong.len();
    assert!(wrong.is_empty(), "{many} wrong:\n{}", wrong.join("\n"));
}
