//! The rule about words, tested: sources that say what is banned, and the nearest ones that do not.

use super::tree::Source;
use super::words::{Rule, Saying, words};

const fn rule(not: Saying) -> Rule {
    let but = "a better word";
    Rule { not, but }
}

/// Two small libraries: `pool` and `pool/task` are public, `desk` is not.
fn with(path: &str, text: &str) -> Vec<Source> {
    let mut all = vec![
        Source::new("core/src/lib.rs", "pub mod pool;\nmod desk;"),
        Source::new("std/src/lib.rs", "pub mod pool;"),
        Source::new("core/src/pool.rs", "pub mod task;"),
    ];
    all.retain(|source| source.path != path);
    all.push(Source::new(path, text));
    all
}

/// The rule finds the text once, in this line, and names the better word.
fn flags(not: Saying, path: &str, texts: &[(usize, &str)]) {
    for (line, text) in texts {
        let found = words(&[rule(not)], &with(path, text));
        let [one] = &found[..] else {
            panic!("{not:?} in {path} with {text:?}: {found:?}");
        };
        let said = one.to_string();
        assert!(said.starts_with(&format!("{path}:{line}: ")), "{said}");
        assert!(said.ends_with("say a better word"), "{said}");
    }
}

fn passes(not: Saying, path: &str, texts: &[&str]) {
    for text in texts {
        let found = words(&[rule(not)], &with(path, text));
        assert!(
            found.is_empty(),
            "{not:?} in {path} with {text:?}: {found:?}"
        );
    }
}

#[test]
fn names() {
    let not = Saying::Name("Desk");
    let flagged = [
        (1, "struct Desk;"),
        (2, "\nfn f(x: &mut pool::Desk<T>) {}"),
        (2, "//\n/// A [`Desk`], an `x`."),
        (1, "// Of `pool::Desk<T>`."),
        (
            3,
            "//! Text.\n//! ```\n//! let a = Desk; // as said\n//! ```",
        ),
    ];
    flags(not, "std/src/pool.rs", &flagged);
    flags(not, "std/README.md", &[(3, "# Page\n\nA `Desk`.")]);
    flags(not, "std/README.md", &[(5, "```\na\n\nb\nDesk::b()\n```")]);
    let passed = [
        "struct DeskOf; // Desk",
        "/// `DeskOf`, Desk\nconst S: &str = \"Desk\";",
        "/// `a` Desk `b`",
        "/// ```\n/// f(); // a Desk, `b`\n/// ```\n/// Desk",
        "struct desk;",
    ];
    passes(not, "std/src/pool.rs", &passed);
    // No ordinary words: in a sentence, too, they are names.
    for name in ["mask_of", "LinkOf", "SMALL"] {
        let said = format!("// It has a {name}.");
        flags(Saying::Name(name), "std/src/pool.rs", &[(1, &said)]);
        let said = format!("// It has a {name}s.");
        passes(Saying::Name(name), "std/src/pool.rs", &[&said]);
    }
    // A file is a name too.
    flags(
        Saying::Name("safely"),
        "core/src/pool/safely.rs",
        &[(1, "")],
    );
    flags(
        Saying::Name("safely"),
        "core/src/pool/safely/mod.rs",
        &[(1, "")],
    );
    passes(Saying::Name("safely"), "core/src/safely/other.rs", &[""]);
    for path in [
        "core/tests/pool.rs",
        "std/examples/a.rs",
        "benches/src/a.rs",
    ] {
        flags(Saying::Name("Desk"), path, &[(1, "struct Desk;")]);
    }
    passes(
        Saying::Name("Desk"),
        "other/tests/pool.rs",
        &["struct Desk;"],
    );
}

#[test]
fn words_in_names_and_comments() {
    let not = Saying::Word("seat");
    let flagged = [
        (1, "struct Seat;"),
        (1, "fn take_seats() {}"),
        (1, "const MOST_SEATS: u8 = 0;"),
        (1, "struct HotSeatOf;"),
        (2, "//! one\n//! two (a seat), three"),
        (2, "/*\n its Seats */"),
        (1, "fn f() {} // its `seat_of` it"),
    ];
    flags(not, "core/src/desk.rs", &flagged);
    flags(not, "core/README.md", &[(3, "# Page\n\ntake a seat")]);
    flags(not, "core/src/seat/mod.rs", &[(1, "")]);
    let passed = [
        "struct Seated; // reseat, seating",
        "const S: &str = \"a seat\";",
    ];
    passes(not, "core/src/desk.rs", &passed);
    for page in ["core/COSTS.md", "CHANGELOG.md", "findings/README.md"] {
        flags(not, page, &[(1, "take a seat")]);
    }
    passes(not, "core/COSTS.txt", &["take a seat"]);
    passes(not, "core/tests/house/words.rs", &["// a seat"]);
    passes(
        Saying::Word("news"),
        "core/src/desk.rs",
        &["fn new() {} // new"],
    );
}

#[test]
fn plain_english_is_not_for_the_libraries() {
    for not in [Saying::Name("Line"), Saying::Name("Leave")] {
        let Saying::Name(name) = not else { continue };
        let text = format!("struct {name};");
        flags(not, "std/src/pool.rs", &[(1, &text)]);
        passes(not, "std/tests/pool.rs", &[&text]);
    }
    passes(Saying::Name("Keep"), "CHANGELOG.md", &["`Keep` is gone"]);
    flags(Saying::Name("Keep"), "README.md", &[(1, "`Keep` is here")]);
    flags(Saying::Word("news"), "std/src/pool.rs", &[(1, "// news")]);
    passes(Saying::Word("news"), "std/tests/pool.rs", &["// news"]);
}

#[test]
fn phrases() {
    let not = Saying::Phrase("at most so many");
    let flagged = [
        (1, "/// At most so many jobs."),
        (2, "// one\n// two, at most\n// so many."),
        (1, "//! (at most so many)"),
    ];
    flags(not, "std/src/pool.rs", &flagged);
    flags(not, "README.md", &[(2, "# Page\n* at most\n  so many")]);
    let passed = [
        "// at most, so many",
        "// at most\nfn f() {}\n// so many",
        "const S: &str = \"at most so many\";",
    ];
    passes(not, "std/src/pool.rs", &passed);
    passes(not, "README.md", &["at most\n\nso many"]);
}

#[test]
fn questions() {
    let flagged = [
        (1, "/// Is it empty?\npub fn f() {}"),
        (
            2,
            "struct S;\n/// Is it empty?\n///\n/// More.\n#[inline]\n#[must_use = \"x\"]\npub const fn f() {}",
        ),
    ];
    flags(Saying::Question, "std/src/pool.rs", &flagged);
    let passed = [
        "/// Is it empty?\nfn f() {}",
        "/// Is it empty?\npub(crate) fn f() {}",
        "/// Returns `true` if it is empty.\n/// Is it?\npub fn f() {}",
        "//! Is it empty?\npub fn f() {}",
        "// Is it empty?\npub fn f() {}",
    ];
    passes(Saying::Question, "std/src/pool.rs", &passed);
}

#[test]
fn layer_tags() {
    for path in [
        "core/src/pool.rs",
        "core/src/pool/task.rs",
        "core/src/pool/task/mod.rs",
    ] {
        let mut sources = with(path, "//! L4: a pool.\npub mod task;");
        if path != "core/src/pool.rs" {
            sources.push(Source::new("core/src/pool.rs", "pub mod task;"));
        }
        let found = words(&[rule(Saying::LayerTag)], &sources);
        assert_eq!(found.len(), 1, "{path}: {found:?}");
    }
    passes(Saying::LayerTag, "core/src/desk.rs", &["//! L4: a desk."]);
    passes(
        Saying::LayerTag,
        "core/src/pool/private.rs",
        &["//! L4: a part."],
    );
    passes(
        Saying::LayerTag,
        "core/src/pool.rs",
        &[
            "// L4: a pool.",
            "//! A pool.\n//! L4: a pool.",
            "//! Long: a pool.",
            "//! L: a pool.",
        ],
    );
}
