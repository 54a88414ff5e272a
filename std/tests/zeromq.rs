//! The page `zeromq.md`: what ZeroMQ does with sockets within one process and over a wire, what these sockets do, and the tests that show
//! it. Here: that no question is missing and that every test named exists. What a row may look like:
//!
//! | rule | broken by |
//! |---|---|
//! | the questions are those of the list, in its order | a gap, a double, one more |
//! | none is missing of what was measured, where that lies beside the repository | a question of sockets there that the list does not have |
//! | each row says what both do | an empty cell |
//! | a row names tests that exist, each once | none, a wrong name (`semantics.rs` lists how a name can be wrong) |
//! | a case that cannot come up says why, and names no test | a reason with a test, no reason |

mod kit;

use kit::listed::{Read, exist, names, nothing_is, on_disk, rows};

/// The questions, in the order of the page.
const IDS: [&str; 66] = [
    "C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9", "C10", "C11", "C12", "C13", "C14", "X2",
    "X3", "X54b", "X4", "X5", "X6", "X38a", "X38b", "X7", "X8", "X9", "X10", "X43", "X62", "X44",
    "X45", "X46", "X52", "X56", "X23", "X21", "X22", "X31", "X65", "X66", "X61", "X69", "D1", "D2",
    "D3", "D4", "D5", "D6", "D7", "D8", "D9", "D10", "D11", "D12", "X11", "X13", "X14", "X15",
    "X16", "X17", "X18", "X19", "X20", "X71", "X48", "Y2", "Y3",
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

/// The questions of sockets in what was measured: its groups C and D and what was asked further. The first word of a row names
/// its question; a row without one goes on with the question before.
fn measured(page: &str) -> Vec<&str> {
    let asked = ["## Group C", "## Group D", "## Further questions"];
    let of_sockets = |part: &&str| asked.iter().any(|title| part.starts_with(title));
    let starts = page.match_indices("\n## ").map(|(at, _)| at + 1);
    let starts: Vec<usize> = starts.chain([page.len()]).collect();
    let parts = starts.windows(2).map(|ends| &page[ends[0]..ends[1]]);
    let rows = parts
        .filter(of_sockets)
        .flat_map(|part| part.lines().filter_map(|line| line.strip_prefix("| ")));
    let names = rows.filter_map(|row| row.split_whitespace().next());
    names.filter(|name| !["Q", "|"].contains(name)).collect()
}

/// What was measured that a list does not have. A question may be several rows: `X38` is `X38a` and `X38b`.
fn missing<'p>(page: &'p str, ids: &[&str]) -> Vec<&'p str> {
    let has = |name: &str| {
        let mut rest = ids.iter().filter_map(|id| id.strip_prefix(name));
        rest.any(|rest| rest.chars().all(|c| c.is_ascii_lowercase()))
    };
    let mut names = measured(page);
    names.retain(|name| !has(name));
    names
}

/// What was measured is kept outside of the repository, in a folder that may lie beside it. Without it, the list is what there
/// is.
#[test]
fn no_question_that_was_measured_is_missing() {
    match on_disk("../shared/ZEROMQ.md") {
        Some(page) => {
            assert!(measured(&page).len() > 40);
            assert_eq!(missing(&page, &IDS), [""; 0]);
        }
        None => eprintln!("SKIPPED no_question_that_was_measured_is_missing: it is not here"),
    }
}

#[test]
fn questions_that_are_missing_are_found_out() {
    let page = "# x\n\n## Group C\n| Q | a |\n|---|---|\n| C1 | a |\n| | b |\n\n## Group F\n| F1 | a |\n\n\
                ## Further questions\n| Q | a |\n| X3 some words | a |\n| X54b | a |\n";
    assert_eq!(measured(page), ["C1", "X3", "X54b"]);
    assert_eq!(missing(page, &["C1", "X3a", "X3b", "X54b"]), [""; 0]);
    assert_eq!(missing(page, &["C1", "X31", "X54b"]), ["X3"]);
    assert_eq!(missing(page, &["C11", "X3"]), ["C1", "X54b"]);
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
