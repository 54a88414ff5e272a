//! The page `zeromq.md`: what ZeroMQ does with sockets within one process and over a wire, what these sockets do, and the tests that show
//! it. Here: that no question is missing and that every test named exists. What a row may look like:
//!
//! | rule | broken by |
//! |---|---|
//! | the questions are those of the list, in its order | a gap, a double, one more |
//! | each row says what both do | an empty cell |
//! | a row names tests that exist, each once | none, a wrong name (`semantics.rs` lists how a name can be wrong) |
//! | a case that cannot come up says why, and names no test | a reason with a test, no reason |

mod kit;

use kit::listed::{Read, exist, names, nothing_is, on_disk, rows};

/// The questions, in the order of the page.
const IDS: [&str; 56] = [
    "C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9", "C10", "C11", "C12", "C13", "C14", "X2",
    "X3", "X54b", "X4", "X5", "X6", "X38a", "X38b", "X7", "X8", "X9", "X10", "X43", "X62", "X44",
    "X45", "X46", "X52", "X56", "X21", "X22", "X31", "X65", "X66", "X61", "X69", "D1", "D3", "D4",
    "D5", "D6", "D7", "D8", "D9", "X11", "X13", "X14", "X15", "X18", "X19", "X71", "Y3",
];

/// Before the reason why a case does not come up here.
const CANNOT: &str = "cannot occur:";

/// All that is wrong with a page.
fn check(page: &str, ids: &[&str], read: Read<'_>) -> Vec<String> {
    let (mut wrong, mut found) = (Vec::new(), Vec::new());
    for cells in rows(page) {
        let &[id, theirs, ours, tests] = cells.as_slice() else {
            wrong.push(format!("not four cells: {cells:?}"));
            continue;
        };
        found.push(id);
        if theirs.is_empty() || ours.is_empty() {
            wrong.push(format!("{id}: does not say what both do"));
        }
        let named = names(id, tests, &mut wrong);
        match ours.strip_prefix(CANNOT) {
            None => exist(id, &named, read, &mut wrong),
            Some(reason) => {
                if reason.trim().is_empty() {
                    wrong.push(format!("{id}: does not say why"));
                }
                if !named.is_empty() {
                    wrong.push(format!("{id}: a test of what cannot occur"));
                }
            }
        }
    }
    if found != ids {
        wrong.push(format!("the questions are {found:?}"));
    }
    wrong
}

#[test]
fn every_question_has_an_answer_and_tests_that_exist() {
    let wrong = check(include_str!("zeromq.md"), &IDS, &on_disk);
    nothing_is(wrong);
}

/// What is there in the small pages below.
fn small(path: &str) -> Option<String> {
    (path == "std/tests/a.rs").then(|| "#[test]\nfn one() {}\n\nfn helper() {}\n".to_string())
}

const ONE: &str = "| C1 | a | b | `std/tests/a.rs::one` |";

#[test]
fn a_page_that_is_whole_is_found_so() {
    let page = format!("| id | x | y | z |\n|---|\n{ONE}\n| X2 | a | cannot occur: why |  |\n");
    assert_eq!(check(&page, &["C1", "X2"], &small), [""; 0]);
}

#[test]
fn pages_that_are_wrong_are_found_out() {
    for (row, what) in [
        ("| X2 | a | b | |", "no test"),
        ("| X2 | a | b | `std/tests/a.rs::on` |", "no such function"),
        ("| X2 | a | b | `std/tests/a.rs::helper` |", "not marked"),
        (
            "| X2 | a | b | std/tests/a.rs::one |",
            "not a name in backticks",
        ),
        ("| X2 | a |  | `std/tests/a.rs::one` |", "what both do"),
        ("| X2 |  | b | `std/tests/a.rs::one` |", "what both do"),
        ("| X2 | a | b |", "not four cells"),
        ("| X2 | a | cannot occur: | |", "does not say why"),
        (
            "| X2 | a | cannot occur: why | `std/tests/a.rs::one` |",
            "a test of what cannot occur",
        ),
        (
            "| X3 | a | b | `std/tests/a.rs::one` |",
            "the questions are",
        ),
        (
            "| C1 | a | b | `std/tests/a.rs::one` |",
            "the questions are",
        ),
        ("", "the questions are"),
    ] {
        let found = check(&format!("{ONE}\n{row}\n"), &["C1", "X2"], &small);
        assert!(
            found.iter().any(|said| said.contains(what)),
            "{row}: {found:?}"
        );
    }
}
