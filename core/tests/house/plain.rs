//! Rules about the text of single files.

use super::accesses;
use super::tokens::{Kind, Token, closing, code, tokens};
use super::tree::{Source, Violation};

/// The longest file.
const LINES: usize = 500;

/// Where `unsafe` may stand; a name that ends in `/` is a whole directory.
const UNSAFE: &[&str] = &[
    "core/src/shim/",
    "core/src/ring/",
    "core/src/wait/cell.rs",
    "core/src/wait/list.rs",
    "core/src/wait/queue.rs",
    "core/src/wait/until.rs",
    "core/src/wait/waiters.rs",
    "core/src/wait/block_on.rs",
    "core/src/sync/lock.rs",
    "core/src/pool.rs",
    "core/src/channel/closable_ring.rs",
    "core/src/channel/mpmc.rs",
    "core/src/channel/slices.rs",
    "core/src/channel/spsc.rs",
    "core/src/socket/end.rs",
    "core/src/socket/end_list.rs",
    "core/src/socket/end_queue.rs",
    "core/src/socket/peer_list.rs",
    "core/src/socket/peers.rs",
    "core/src/socket/pipe.rs",
    "core/src/context.rs",
    "core/src/context/aside.rs",
    "core/src/context/links.rs",
    "core/src/context/parting.rs",
    "core/src/interop/raw_mutex.rs",
    "core/src/poll/pinned.rs",
    "core/src/poll/source.rs",
    "std/src/asleep.rs",
    "std/src/cooperate.rs",
    "std/src/heap.rs",
    "std/src/fence.rs",
    "std/src/generation.rs",
    "std/src/interop/lock_api.rs",
    "std/src/per_process.rs",
    "std/src/poll/waits.rs",
    "std/src/pool/scope.rs",
    "std/src/signal/unix.rs",
    "std/src/signal/windows.rs",
    "std/src/owned_socket.rs",
    "std/src/sync/owned/lock.rs",
    "std/src/sync/reentrant.rs",
    "std/src/thread/scope.rs",
    "std/src/zeroed.rs",
];

/// A file over 500 lines.
pub(crate) fn length(source: &Source) -> Vec<Violation> {
    let lines = source.text.lines().count();
    if source.is_rust() && lines > LINES {
        return vec![source.at(lines, format!("{lines} lines, more than {LINES}"))];
    }
    Vec::new()
}

/// Conditions on loom, features and targets in the core, outside of the shim. The crate root may make itself `no_std`
/// and declare the modules `test_hooks` and `formats` under one; the files of `interop` may declare modules and implement
/// other crates' traits under the features that bring these crates.
pub(crate) fn conditions(source: &Source) -> Vec<Violation> {
    let mut found = Vec::new();
    if source.in_core().is_none() || !source.is_rust() || source.is_shim() {
        return found;
    }
    let tokens = tokens(&source.text);
    let code = code(&tokens);
    for i in 0..code.len() {
        let word = |t: &Token<'_>| t.is_word("cfg") || t.is_word("cfg_attr");
        if !word(&code[i]) {
            continue;
        }
        let asks = code.get(i + 1).is_some_and(|t| t.is("!"));
        let open = i + 1 + usize::from(asks);
        if !code.get(open).is_some_and(|t| t.is("(")) {
            continue;
        }
        let close = closing(&code, open);
        let forbidden = |t: &Token<'_>| {
            t.kind == Kind::Word
                && (t.text == "loom" || t.text == "feature" || t.text.starts_with("target"))
        };
        if !asks && !code[open..close].iter().any(forbidden) {
            continue;
        }
        if source.in_core() == Some("lib.rs") && !asks && root_may(&code, open, close) {
            continue;
        }
        let interop = source.in_core().is_some_and(|f| f.starts_with("interop/"));
        if interop && !asks && interop_may(&code, open, close) {
            continue;
        }
        found.push(source.at(
            code[i].line,
            "a condition on loom, features or targets: for the shim alone",
        ));
    }
    found
}

/// Is it `cfg_attr(…, no_std)`, the switch of docs.rs for its badges, or the condition of `mod test_hooks` or `mod formats`?
fn root_may(code: &[Token<'_>], open: usize, close: usize) -> bool {
    let docs = code[open + 1].is_word("docsrs");
    if code[close - 1].is_word("no_std") || (docs && code[close - 2].is_word("doc_cfg")) {
        return true;
    }
    // Past this attribute and the ones that follow it.
    let mut i = close + 2;
    while i + 1 < code.len() && code[i].is("#") && code[i + 1].is("[") {
        i = closing(code, i + 1) + 1;
    }
    let words = code[i.min(code.len())..]
        .iter()
        .take_while(|t| !t.is(";") && !t.is("{"));
    code[open - 1].is_word("cfg")
        && ["test_hooks", "formats"].iter().any(|module| {
            let words: Vec<_> = words.clone().map(|t| t.text).collect();
            words.ends_with(&["mod", module])
        })
}

/// Is it the condition of a module, or of an implementation of another crate's trait?
fn interop_may(code: &[Token<'_>], open: usize, close: usize) -> bool {
    let rest = &code[(close + 2).min(code.len())..];
    let words: Vec<_> = rest.iter().take(3).map(|t| t.text).collect();
    let declares = matches!(words[..], ["mod", _, ";"] | ["pub", "mod", _]);
    let implements = matches!(words[..], ["impl", ..] | ["unsafe", "impl", _]);
    code[open - 1].is_word("cfg") && (declares || implements)
}

/// `unsafe` in a file that is not on the list, and files off the list that do not forbid it.
pub(crate) fn unsafety(source: &Source) -> Vec<Violation> {
    let mut found = Vec::new();
    let example = source.path.starts_with("std/examples/") && source.is_rust();
    if !source.is_library() && !example {
        return found;
    }
    let listed = |prefix: &str| {
        UNSAFE.iter().any(|u| {
            if u.ends_with('/') {
                prefix.starts_with(u)
            } else {
                *u == prefix
            }
        })
    };
    if listed(&source.path) {
        return found;
    }
    let tokens = tokens(&source.text);
    let code = code(&tokens);
    for token in code.iter().filter(|t| t.is_word("unsafe")) {
        found.push(source.at(
            token.line,
            "`unsafe` in a file that is not on the list of house/plain.rs",
        ));
    }
    // The attribute of a module goes for all files below it.
    let path = &source.path;
    let below = path
        .strip_suffix("mod.rs")
        .or(path.strip_suffix("lib.rs"))
        .map(String::from)
        .or(path.strip_suffix(".rs").map(|name| format!("{name}/")));
    let cannot = below.is_some_and(|dir| {
        UNSAFE
            .iter()
            .any(|u| u.starts_with(&dir) && *u != source.path)
    });
    let root = source.path.ends_with("/src/lib.rs");
    let says = |level: &str| {
        code.windows(6).any(|w| {
            w[0].is("#") && w[1].is("!") && w[3].is_word(level) && w[5].is_word("unsafe_code")
        })
    };
    if root && !says("deny") && !says("forbid") {
        found.push(source.at(1, "the crate root does not deny `unsafe_code`"));
    } else if !root && !cannot && !example && !says("forbid") {
        found.push(source.at(1, "has no `#![forbid(unsafe_code)]`"));
    }
    found
}

/// Orderings without a tag or a reason.
pub(crate) fn orderings(source: &Source) -> Vec<Violation> {
    let mut found = Vec::new();
    if !source.is_library() || source.is_shim() {
        return found;
    }
    for access in accesses::accesses(&source.text) {
        let relaxed = access.orderings.iter().any(|o| o == "Relaxed");
        if access.strong() && access.tags.is_empty() && !access.reason {
            found.push(source.at(
                access.line,
                format!("`{}` has no edge (`// E1`)", access.name),
            ));
        } else if relaxed && !access.reason {
            found.push(source.at(
                access.line,
                format!("`{}` is Relaxed without a reason (`// R: …`)", access.name),
            ));
        }
    }
    for line in accesses::strays(&source.text) {
        found.push(source.at(
            line,
            "an ordering outside of an access, with neither edge nor reason",
        ));
    }
    found
}

/// Tests that do not run, and work that is not done.
pub(crate) fn unfinished(source: &Source) -> Vec<Violation> {
    let mut found = Vec::new();
    if !source.is_rust() {
        return found;
    }
    let tokens = tokens(&source.text);
    let code = code(&tokens);
    for window in code.windows(3) {
        if window[0].is("#") && window[1].is("[") && window[2].is_word("ignore") {
            found.push(source.at(window[0].line, "an ignored test"));
        }
        if window[1].is("!") && (window[0].is_word("todo") || window[0].is_word("unimplemented")) {
            found.push(source.at(window[0].line, format!("`{}!`", window[0].text)));
        }
    }
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME")];
    for (n, line) in source.text.lines().enumerate() {
        let mut words = line.split(|c: char| !c.is_alphanumeric());
        if words.any(|word| marks.contains(&word)) {
            found.push(source.at(n + 1, "a note to do something later"));
        }
    }
    found
}

/// Paths that exist on one machine only.
pub(crate) fn machine_paths(source: &Source) -> Vec<Violation> {
    let mut found = Vec::new();
    for place in ["home", "root", "work", "Users"] {
        let needle = format!("/{place}/");
        for (n, line) in source.text.lines().enumerate() {
            let absolute = |(at, _): (usize, &str)| {
                let before = line[..at].chars().next_back();
                before.is_none_or(|c| !c.is_alphanumeric() && !"._-~}*)>".contains(c))
            };
            if line.match_indices(&needle).any(absolute) {
                found.push(source.at(n + 1, "a path of one machine"));
            }
        }
    }
    found
}

/// The facade imports the core's public interface only.
pub(crate) fn facade(source: &Source) -> Vec<Violation> {
    let mut found = Vec::new();
    if !source.path.starts_with("std/src/") || !source.is_rust() {
        return found;
    }
    let tokens = tokens(&source.text);
    let code = code(&tokens);
    for window in code.windows(4) {
        if window[0].is_word("gimmal_core") && window[1].is(":") && window[3].is_word("test_hooks")
        {
            found.push(source.at(window[0].line, "the hooks are for tests"));
        }
    }
    found
}
