//! A rule about the forms of an operation of the facade: what blocks the thread has a twin that is a future.
//!
//! A function blocks if it has a form `x_timeout` or `x_deadline`, if its documentation begins with "Blocks", or if it says
//! that it blocks the calling thread. Then there is `x_async` of the same type, or a line in [`WITHOUT_FUTURE`] that says why
//! not and what to take.

use super::items::{Is, Item};
use super::tree::{Source, Violation};

/// Operations that block and have no future, and why.
pub(crate) const WITHOUT_FUTURE: &[(&str, &str)] = &[
    ("Job::result", "a job is a future itself"),
    (
        "ThreadPool::map",
        "it returns a map, and `Map::next_async` waits",
    ),
    (
        "as_completed",
        "it returns the jobs, and `AsCompleted::next_async` waits",
    ),
    (
        "Scope::submit",
        "the closure of a scope is no task: it blocks at its end",
    ),
    ("ScopedJob::result", "the same"),
    (
        "ReentrantLock::lock",
        "its owner is a thread, and a task may change its thread: `Lock`",
    ),
    ("block", "it is what blocks on a future"),
    ("block_on", "the same"),
    ("WireOptions::handshake", "it is a setting"),
];

/// Operations that block, without the future of the same name; and lines of the table that are not needed.
pub(crate) fn twins(items: &[(&Source, Item)], without: &[(&str, &str)]) -> Vec<Violation> {
    let named = |name: &str| items.iter().any(|(_, item)| item.name == name);
    let mut used = Vec::new();
    let mut found = Vec::new();
    for (source, item) in items.iter().filter(|(_, item)| item.is == Is::Function) {
        let Some(name) = blocks(item) else { continue };
        if named(&format!("{name}_async")) {
            continue;
        }
        match without.iter().find(|(one, _)| *one == name) {
            Some((one, _)) => used.push(*one),
            None => found.push(source.at(item.line, format!("`{name}` has no `_async` form"))),
        }
    }
    let unused = without.iter().filter(|(one, _)| !used.contains(one));
    found.extend(unused.map(|(one, _)| {
        Source::new("core/tests/house/twins.rs", "").at(1, format!("`{one}` needs no line"))
    }));
    found
}

/// The name of the operation, if the function blocks.
fn blocks(item: &Item) -> Option<&str> {
    let timed = ["_timeout", "_deadline"];
    let name = timed.iter().find_map(|form| item.name.strip_suffix(form));
    let setting = |name: &str| name.contains("::set_");
    match name {
        Some(name) if setting(name) => None,
        Some(name) => Some(name),
        None => {
            let begins = item.doc.trim_start().starts_with("Blocks ");
            let says = item.doc.contains("It blocks the calling thread");
            (begins || says).then_some(&item.name)
        }
    }
}
