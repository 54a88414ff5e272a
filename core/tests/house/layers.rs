//! Who may import whom.
//!
//! A file imports files of lower layers, the neighbours of its own layer that the table lists, and the `mod.rs` above it (or
//! the file that is named as the directory is).
//! A `mod.rs` imports whatever is in its directory. The crate root is above everything: nobody imports through it.

use super::tokens::{Kind, Token, closing, code, tokens};
use super::tree::{Source, Violation};

/// File, layer, and the neighbours that it may import: files of the same directory and layer, without `.rs`.
pub(crate) const LAYERS: &[(&str, u8, &[&str])] = &[
    (
        "shim.rs",
        0,
        &["shim/core_lock", "shim/lines", "shim/model"],
    ),
    ("shim/core_lock.rs", 0, &[]),
    ("shim/lines.rs", 0, &[]),
    ("shim/model.rs", 0, &[]),
    ("pad.rs", 1, &[]),
    ("panic_without_fmt.rs", 1, &[]),
    ("error.rs", 1, &[]),
    ("error/socket.rs", 1, &[]),
    ("endpoint.rs", 1, &["error/socket"]),
    ("ring/mod.rs", 2, &[]),
    ("ring/index.rs", 2, &[]),
    ("ring/slot.rs", 2, &[]),
    ("ring/dyn_capacity.rs", 2, &[]),
    ("ring/bulk.rs", 2, &["index", "slot", "spsc"]),
    ("ring/handles.rs", 2, &["bulk", "slot", "spsc"]),
    (
        "ring/spsc.rs",
        2,
        &["bulk", "handles", "index", "dyn_capacity", "slot"],
    ),
    ("ring/mpmc.rs", 2, &["index", "dyn_capacity", "slot"]),
    ("wait/mod.rs", 3, &[]),
    ("wait/operation.rs", 3, &[]),
    ("wait/waiters.rs", 3, &["operation"]),
    ("wait/until.rs", 3, &["operation", "waiters"]),
    ("wait/list.rs", 3, &["operation"]),
    ("wait/cell.rs", 3, &["operation", "waiters"]),
    ("wait/queue.rs", 3, &["list", "operation", "waiters"]),
    ("wait/block_on.rs", 3, &[]),
    ("sync/mod.rs", 4, &[]),
    ("sync/barrier.rs", 4, &[]),
    ("sync/condition.rs", 4, &["lock"]),
    ("sync/event.rs", 4, &[]),
    ("sync/raw_lock.rs", 4, &[]),
    ("sync/lock.rs", 4, &["raw_lock"]),
    ("sync/semaphore.rs", 4, &[]),
    ("pool.rs", 4, &[]),
    ("channel/mod.rs", 5, &[]),
    ("channel/closable_ring.rs", 5, &[]),
    ("channel/spsc.rs", 5, &["closable_ring"]),
    ("channel/mpmc.rs", 5, &[]),
    ("socket/mod.rs", 6, &[]),
    ("socket/slot.rs", 6, &[]),
    ("socket/pipe.rs", 6, &["slot"]),
    ("socket/ends.rs", 6, &["pipe"]),
    ("socket/peers.rs", 6, &["ends", "pipe"]),
    ("socket/fair.rs", 6, &["ends", "pipe", "slot"]),
    ("socket/balance.rs", 6, &["ends", "pipe", "slot"]),
    (
        "socket/base.rs",
        6,
        &["balance", "fair", "peers", "pipe", "slot"],
    ),
    ("socket/attempts.rs", 6, &["base"]),
    ("socket/verbs.rs", 6, &[]),
    ("socket/pair.rs", 6, &["verbs"]),
    ("socket/push.rs", 6, &["verbs"]),
    ("socket/pull.rs", 6, &["verbs"]),
    (
        "context.rs",
        7,
        &["context/links", "context/parting", "context/plan"],
    ),
    ("context/plan.rs", 7, &[]),
    ("context/links.rs", 7, &["plan"]),
    ("context/parting.rs", 7, &["links"]),
    ("formats.rs", 8, &[]),
    ("formats/attempts.rs", 8, &[]),
    ("formats/errors.rs", 8, &[]),
    ("formats/objects.rs", 8, &[]),
    ("test_hooks.rs", 8, &[]),
    ("lib.rs", 9, &[]),
];

/// Names that only the shim knows, as the beginnings of paths.
const SHIM_ONLY: &[&[&str]] = &[
    &["core", "sync", "atomic"],
    &["portable_atomic"],
    &["critical_section"],
    &["spin"],
    &["loom"],
    &["std"],
    &["alloc"],
];

fn entry(file: &str) -> Option<&'static (&'static str, u8, &'static [&'static str])> {
    LAYERS.iter().find(|e| e.0 == file)
}

/// The module path of a file: `ring/spsc.rs` is `ring`, `spsc`.
fn module(file: &str) -> Vec<String> {
    let stem = file.trim_end_matches(".rs").trim_end_matches("/mod");
    if stem == "lib" {
        Vec::new()
    } else {
        stem.split('/').map(String::from).collect()
    }
}

/// The file that a path from the crate root leads into.
fn resolve(path: &[String]) -> &'static str {
    for n in (1..=path.len()).rev() {
        let stem = path[..n].join("/");
        let names = [format!("{stem}.rs"), format!("{stem}/mod.rs")];
        if let Some(found) = names.iter().find_map(|name| entry(name)) {
            return found.0;
        }
    }
    "lib.rs"
}

/// The paths of the tree that begins at token `i`: `a::{b, c::d}` is `a::b` and `a::c::d`. And where it ends.
fn paths(code: &[Token<'_>], i: usize) -> (Vec<Vec<String>>, usize) {
    let mut path = vec![code[i].text.to_string()];
    let mut at = i;
    while at + 3 < code.len() && code[at + 1].is(":") && code[at + 2].is(":") {
        let next = &code[at + 3];
        if next.kind == Kind::Word {
            path.push(next.text.to_string());
            at += 3;
        } else if next.is("{") {
            let close = closing(code, at + 3);
            let mut all = Vec::new();
            let mut inner = at + 4;
            while inner < close {
                if code[inner].kind == Kind::Word {
                    let (found, end) = paths(code, inner);
                    all.extend(found.into_iter().map(|rest| [path.clone(), rest].concat()));
                    inner = end;
                }
                // Past `as name` too.
                inner += code[inner..close].iter().take_while(|t| !t.is(",")).count() + 1;
            }
            return (all, close);
        } else {
            break;
        }
    }
    (vec![path], at)
}

/// The path from the crate root that `path` means in the module `here`, if it begins with a word that says so.
fn absolute(path: &[String], here: &[String]) -> Option<Vec<String>> {
    let mut here = here.to_vec();
    let mut rest = path;
    match rest[0].as_str() {
        "crate" => here.clear(),
        "self" => {}
        "super" => {
            while rest[0] == "super" {
                here.pop();
                rest = &rest[1..];
                if rest.is_empty() {
                    return Some(here);
                }
            }
            return Some([here, rest.to_vec()].concat());
        }
        _ => return None,
    }
    Some([here, rest[1..].to_vec()].concat())
}

/// Imports outside the table, and names that only the shim may know.
pub(crate) fn imports(source: &Source) -> Vec<Violation> {
    let Some(file) = source.in_core().filter(|_| source.is_rust()) else {
        return Vec::new();
    };
    let Some(&(_, layer, neighbours)) = entry(file) else {
        return vec![source.at(1, "is not in the layer table of house/layers.rs")];
    };
    let tokens = tokens(&source.text);
    let code = code(&tokens);
    let mut found = Vec::new();
    // The module of this file, then one more name for each inline module around the token.
    let mut here = module(file);
    let mut inline = Vec::new();
    let mut i = 0;
    while i < code.len() {
        while inline.last().is_some_and(|end| *end < i) {
            inline.pop();
            here.pop();
        }
        if code[i].is_word("mod") && code.get(i + 2).is_some_and(|t| t.is("{")) {
            here.push(code[i + 1].text.to_string());
            inline.push(closing(&code, i + 2));
            i += 2;
        }
        let starts = code[i].kind == Kind::Word
            && !(i > 1 && code[i - 1].is(":") && code[i - 2].is(":"))
            && code.get(i + 1).is_some_and(|t| t.is(":"))
            && code.get(i + 2).is_some_and(|t| t.is(":"));
        if !starts {
            i += 1;
            continue;
        }
        let line = code[i].line;
        let in_use = i > 0 && code[i - 1].is_word("use");
        let (all, end) = paths(&code, i);
        for path in all {
            let shown = path.join("::");
            let foreign = |name: &&[&str]| {
                path.iter()
                    .map(String::as_str)
                    .take(name.len())
                    .eq(name.iter().copied())
            };
            if layer > 0 && SHIM_ONLY.iter().any(foreign) {
                found.push(source.at(line, format!("`{shown}` is for the shim alone")));
                continue;
            }
            let target = match absolute(&path, &here) {
                Some(absolute) => resolve(&absolute),
                // `use slot::Slot` in the file that declares `mod slot`.
                None if in_use => match resolve(&[here.clone(), path.clone()].concat()) {
                    "lib.rs" => continue,
                    target => target,
                },
                None => continue,
            };
            if !allowed(file, layer, neighbours, target) {
                let target_layer = entry(target).map_or(0, |e| e.1);
                let words = format!("L{layer} imports `{shown}` from {target}, L{target_layer}");
                found.push(source.at(line, words));
            }
        }
        i = end + 1;
    }
    found
}

fn allowed(file: &str, layer: u8, neighbours: &[&str], target: &str) -> bool {
    let dir = &file[..file.rfind('/').map_or(0, |slash| slash + 1)];
    let root = format!("{dir}mod.rs");
    let beside = format!("{}.rs", dir.trim_end_matches('/'));
    target == file
        || (!dir.is_empty() && target == beside)
        || entry(target).is_some_and(|e| e.1 < layer)
        || neighbours
            .iter()
            .any(|name| target == format!("{dir}{name}.rs"))
        || (!dir.is_empty() && (target == root || (file == root && target.starts_with(dir))))
}
