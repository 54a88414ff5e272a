//! The page `museum.md`: bugs of such libraries and faults of this one, and the tests that would catch them. What it may look
//! like:
//!
//! | rule | broken by |
//! |---|---|
//! | the entries are B1 to B75 and F1 to F21, in this order | a gap, a double, one more |
//! | each row says what went wrong | an empty cell |
//! | a row names tests that exist, each once | none, a wrong name (`semantics.rs` lists how a name can be wrong) |
//! | what cannot come up says why, and names no test | a reason with a test, no reason |
//! | a test named after an entry is in its row | one that the page forgets |

mod kit;

use std::fs;
use std::path::Path;

use kit::listed::{Read, exist, names, nothing_is, on_disk, rows};

/// Before the reason why a bug does not come up here.
const CANNOT: &str = "cannot occur:";

fn ids() -> Vec<String> {
    let bugs = (1..=75).map(|n| format!("B{n}"));
    bugs.chain((1..=21).map(|n| format!("F{n}"))).collect()
}

/// All that is wrong with a page, beside these tests that are named after entries.
fn check(page: &str, ids: &[String], named_so: &[(String, String)], read: Read<'_>) -> Vec<String> {
    let (mut wrong, mut found) = (Vec::new(), Vec::new());
    let mut listed: Vec<(&str, &str)> = Vec::new();
    for cells in rows(page) {
        let &[id, what, tests] = cells.as_slice() else {
            wrong.push(format!("not three cells: {cells:?}"));
            continue;
        };
        found.push(id.to_string());
        if what.is_empty() {
            wrong.push(format!("{id}: does not say what went wrong"));
        }
        match tests.strip_prefix(CANNOT) {
            None => {
                let tests = names(id, tests, &mut wrong);
                exist(id, &tests, read, &mut wrong);
                listed.extend(tests.into_iter().map(|test| (id, test)));
            }
            Some(why) if why.trim().is_empty() => wrong.push(format!("{id}: does not say why")),
            Some(why) if why.contains("::") => {
                wrong.push(format!("{id}: a test of what cannot occur"));
            }
            Some(_) => {}
        }
    }
    if found != ids {
        wrong.push(format!("the entries are {found:?}"));
    }
    for (id, test) in named_so {
        if !listed.contains(&(id, test)) {
            wrong.push(format!("{id}: {test} is not in its row"));
        }
    }
    wrong
}

/// The entries that a test's name begins with: `b04_b05_x` is of B4 and B5.
fn entries(name: &str) -> Vec<String> {
    let numbers = name.split('_').map_while(|word| {
        let number = word.strip_prefix(['b', 'f'])?.parse::<u32>().ok()?;
        Some(format!("{}{number}", word[..1].to_uppercase()))
    });
    numbers.collect()
}

/// Every test below these folders that is named after an entry.
fn tests_named_so() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut all = Vec::new();
    let mut folders: Vec<_> = ["core/tests", "std/tests"].map(String::from).to_vec();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder)).expect("it is there") {
            let entry = entry.expect("it can be read");
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                folders.push(path);
                continue;
            }
            if !path.ends_with(".rs") {
                continue;
            }
            let text = fs::read_to_string(entry.path()).expect("it is text");
            let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
            for pair in lines.windows(2).filter(|pair| pair[0] == "#[test]") {
                let name = pair[1]
                    .strip_prefix("fn ")
                    .and_then(|rest| rest.split_once('('));
                for id in name.map(|(name, _)| entries(name)).unwrap_or_default() {
                    let name = name.expect("there is one").0;
                    all.push((id, format!("{path}::{name}")));
                }
            }
        }
    }
    all
}

#[test]
fn every_entry_has_tests_that_exist_or_a_reason() {
    let named_so = tests_named_so();
    assert!(named_so.len() > 100, "the folders are read");
    nothing_is(check(
        include_str!("museum.md"),
        &ids(),
        &named_so,
        &on_disk,
    ));
}

/// What is there in the small pages below.
fn small(path: &str) -> Option<String> {
    (path == "std/tests/a.rs").then(|| "#[test]\nfn b1_one() {}\n\nfn helper() {}\n".to_string())
}

const ONE: &str = "| B1 | a | `std/tests/a.rs::b1_one` |";

#[test]
fn a_page_that_is_whole_is_found_so() {
    let page = format!("| id | x | y |\n|---|\n{ONE}\n| F2 | a | cannot occur: why |\n");
    let named_so = [("B1".into(), "std/tests/a.rs::b1_one".into())];
    let ids = ["B1".into(), "F2".into()];
    assert_eq!(check(&page, &ids, &named_so, &small), [""; 0]);
    assert_eq!(entries("b04_b05_x"), ["B4", "B5"]);
    assert_eq!(entries("before_f1"), [""; 0]);
}

#[test]
fn pages_that_are_wrong_are_found_out() {
    let ids = ["B1".into(), "F2".into()];
    let named_so = [("F2".into(), "std/tests/a.rs::f2_other".into())];
    for (row, what) in [
        ("| F2 | a | |", "no test"),
        ("| F2 | a | `std/tests/a.rs::on` |", "no such function"),
        ("| F2 | a | `std/tests/a.rs::helper` |", "not marked"),
        ("| F2 |  | `std/tests/a.rs::b1_one` |", "what went wrong"),
        ("| F2 | a |", "not three cells"),
        ("| F2 | a | cannot occur: |", "does not say why"),
        (
            "| F2 | a | cannot occur: `std/tests/a.rs::b1_one` |",
            "of what cannot occur",
        ),
        ("| F3 | a | `std/tests/a.rs::b1_one` |", "the entries are"),
        ("", "the entries are"),
        (
            "| F2 | a | `std/tests/a.rs::b1_one` |",
            "f2_other is not in its row",
        ),
    ] {
        let found = check(&format!("{ONE}\n{row}\n"), &ids, &named_so, &small);
        assert!(
            found.iter().any(|said| said.contains(what)),
            "{row}: {found:?}"
        );
    }
}
