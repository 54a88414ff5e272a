//! The counting of examples, tested: small libraries, and what is found in them.

use super::items::{Item, of_library};
use super::public_docs::{headless, questions, without_example};
use super::tree::{Source, Violation};

/// A library whose module `open` is public, and whose `shut` is not but for what the root re-exports.
fn library(open: &str, shut: &str) -> Vec<Source> {
    let root = "pub mod open;\nmod shut;\npub use shut::{Shown};\n#[doc(hidden)]\npub use shut::Plumbing;\n#[doc(hidden)]\npub mod door;";
    vec![
        Source::new("std/src/lib.rs", root),
        Source::new("std/src/open.rs", open),
        Source::new("std/src/shut.rs", shut),
        Source::new("std/src/door.rs", "/// Why not?\npub fn door() {}"),
        Source::new("std/src/page.md", "Does it.\n\n```\nf();\n```\n"),
    ]
}

/// How many functions there are, and how many show nothing.
fn counts(open: &str, shut: &str) -> (usize, usize) {
    let all = library(open, shut);
    let items = of_library(&all, "std/src/");
    let (functions, bare) = without_example(&items);
    (functions, bare.len())
}

const EXAMPLE: &str = "/// Does it.\n/// ```\n/// f();\n/// ```\n";

#[test]
fn functions_without_an_example_are_counted() {
    for open in [
        "/// Does it.\npub fn f() {}",
        "pub const unsafe fn f() {}",
        "pub struct S;\nimpl<T: Fn() -> u8> S<T> where T: Clone { #[inline] pub fn f(&self) { fn inner() {} } fn own(&self) {} }",
        "/// ```\n/// a();\n/// ```\npub trait T { const C: u8 = 1; /// Does it.\nfn f(&self); }",
        "macro_rules! end { ($end:ident) => { impl<T> $end<T> { /// Does it.\npub fn f(&self) {} } }; }",
        "macro_rules! all { ($($E:ident)*) => {$( #[doc = \"An enum.\"] pub enum $E {} impl $E { pub fn f(&self) {} } )*}; }",
        "macro_rules! m { ($(#[doc = $what:literal])+) => { $(#[doc = $what])+ pub fn open() {} }; }",
        "const_fn! { /// Does it.\npub const fn f() {} }",
        "/// Does it.\n/// ```ignore\n/// f();\n/// ```\npub fn f() {}",
        "/// Does it.\n/// ```text\n/// f();\n/// ```\npub fn f() {}",
        "/// Does it.\n/// ```no_run\n/// f();\n/// ```\npub fn f() {}",
        "/// Does it.\n/// ```compile_fail\n/// f();\n/// ```\npub fn f() {}",
    ] {
        assert_eq!(counts(open, ""), (1, 1), "{open:?}");
    }
}

#[test]
fn an_example_on_the_page_counts() {
    for item in [
        "pub fn f() {}",
        "#[inline]\npub fn f() {}",
        "#[doc(alias = \"g\")]\npub async fn f() {}",
    ] {
        assert_eq!(counts(&format!("{EXAMPLE}{item}"), ""), (1, 0), "{item:?}");
    }
    let should_panic = EXAMPLE.replacen("```", "```should_panic", 1);
    assert_eq!(
        counts(&format!("{should_panic}pub fn f() {{}}"), ""),
        (1, 0)
    );
    let file = "#[doc = include_str!(\"page.md\")]\npub fn f() {}";
    assert_eq!(counts(file, ""), (1, 0));
    let built = "/// Does it.\n/// ```\n#[doc = concat!(\"f\", $x)]\n/// ```\npub fn f() {}";
    assert_eq!(counts(built, ""), (1, 0));
    // It belongs to one function, not to its neighbours.
    assert_eq!(
        counts(&format!("{EXAMPLE}pub fn f() {{}}\npub fn g() {{}}"), ""),
        (2, 1)
    );
    assert_eq!(
        counts(&format!("{EXAMPLE}fn f() {{}}\npub fn g() {{}}"), ""),
        (1, 1)
    );
}

#[test]
fn what_no_user_can_name_is_not_counted() {
    let none = [
        "fn f() {}",
        "pub(crate) fn f() {}",
        "#[doc(hidden)]\npub fn f() {}",
        "impl Clone for S { fn clone(&self) {} }",
        "impl<T> From<T> for S<T> { fn from(t: T) -> Self { pub fn g() {} } }",
        "trait T { fn f(&self); }",
        "pub trait Operation { fn f(&self); }",
        "mod sealed { pub trait T { fn f(&self); } }",
        "/// pub fn f() {}\nconst S: &str = \"pub fn f() {}\";",
    ];
    for open in none {
        assert_eq!(counts(open, ""), (0, 0), "{open:?}");
    }
    for shut in [
        "pub fn f() {}",
        "pub struct S;\nimpl S { pub fn f() {} }",
        "pub trait T { fn f(); }",
        "impl Plumbing { pub fn f() {} }",
    ] {
        assert_eq!(counts("", shut), (0, 0), "{shut:?}");
    }
    assert_eq!(
        counts("pub struct Open;", "impl Open { pub fn f() {} }"),
        (1, 1)
    );
    assert_eq!(
        counts("", "pub struct Shown;\nimpl Shown { pub fn f() {} }"),
        (1, 1)
    );
}

/// The first sentences that are found in a public module.
fn found(rule: fn(&[(&Source, Item)]) -> Vec<Violation>, open: &str) -> usize {
    let all = library(open, "");
    rule(&of_library(&all, "std/src/")).len()
}

#[test]
fn questions_are_found() {
    for bad in [
        "/// Is it empty?\npub fn f() {}",
        "/// Is it empty,\n/// or not? Says it.\npub fn f() {}",
        "pub struct S {\n/// Is it?\npub of: bool }",
        "pub enum E {\n/// Is it?\nA }",
    ] {
        assert_eq!(found(questions, bad), 1, "{bad:?}");
    }
    for good in [
        "/// Returns it. Why not?\npub fn f() {}",
        "/// Is it?\nfn f() {}",
        "pub struct S {\n/// Is it?\nof: bool }",
    ] {
        assert_eq!(found(questions, good), 0, "{good:?}");
    }
}

#[test]
fn headless_sentences_are_found() {
    for bad in [
        "/// A pipe that nobody has taken.\npub fn f() {}",
        "/// How many there are.\npub fn f() {}",
        "/// Like `g`.\npub fn f() {}",
        "pub fn f() {}",
        "/// Who waits is released.\npub struct S;",
        "pub struct S {\n/// How many there are.\npub n: u8 }",
        "/// S.\npub enum E {\n/// Why not.\nA(u8) }",
        "/// What comes out.\npub type A = u8;",
    ] {
        assert_eq!(found(headless, bad), 1, "{bad:?}");
    }
    for good in [
        "/// Returns how many there are.\npub fn f() {}",
        "/// Sends, and waits.\npub const fn f() {}",
        "/// Maximum number of jobs.\npub fn f() {}",
        "/// The sending end.\npub struct S { /// What is sent.\nof: u8, /// The number.\npub n: u8 }",
        "/// A reason.\npub enum E { /// The channel is closed.\nA(u8, u8), B }",
    ] {
        assert_eq!(found(headless, good), 0, "{good:?}");
    }
}
