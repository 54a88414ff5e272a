//! The list `semantics.md`: each sentence of the contract's sections 1, 3, 4, 5 and 6, and the tests that fail
//! when it is broken.
//! Here: that the list is whole and names tests that there are. Whether a test shows what it is named for is for readers.
//!
//! | rule | broken by |
//! |---|---|
//! | the groups are those of the contract, in its order; in each the ids are `a`, `b`, `c` … | a gap, a double, a group that is missing |
//! | a row of section 5 names a test of the core and one of the facade, or says why there is one only | a row that names those of one crate |
//! | each row says something and names a test, each once | an empty cell, a name that comes twice |
//! | a test `FILE::NAME` is a function with `#[test]`, not ignored, in a file that some target is made of | a wrong name, an ignored test, a file nobody includes |
//! | a model `loom-tests/…::NAME` is in the file's `models!` and defined there | one that is not listed or not there |
//! | a program of `compile_fail` exists; a file named `(doctest)` has an example, one named `(row NAME)` that row of the benches | a wrong path or name |
//! | sections 5 and 6 are quoted, each rule of them, and each clause of the quote is said by a row of its group | a clause that no row says, a group without a quote |
//! | the quote is what the contract says, where that lies beside the repository | a sentence that is new there, or other |

mod kit;
#[path = "semantics/quoted.rs"]
mod quoted;

use kit::listed::{self, Read, exist, names, nothing_is, on_disk};

/// The groups, in the order of the contract.
const GROUPS: [&str; 48] = [
    "1.1",
    "1.2",
    "1.3",
    "1.4",
    "1.5",
    "1.6",
    "1.7",
    "1.8",
    "1.9",
    "1.10",
    "1.11",
    "1.12",
    "3.lock",
    "3.reentrant",
    "3.semaphore",
    "3.bounded",
    "3.condition",
    "3.event",
    "3.barrier",
    "3.timer",
    "4.thread",
    "4.pool",
    "4.job",
    "4.queue",
    "5.1",
    "5.2",
    "5.3",
    "5.4",
    "5.5",
    "5.6",
    "5.7",
    "5.8",
    "5.9",
    "5.10",
    "5.pair",
    "5.pushpull",
    "5.every",
    "5.reqrep",
    "5.dealer",
    "5.pubsub",
    "5.options",
    "5.context",
    "5.poller",
    "5.proxy",
    "5.zerocopy",
    "6.subscribers",
    "6.handlers",
    "6.order",
];

/// The sections that the list quotes.
const QUOTED: [&str; 2] = ["5", "6"];

struct Row<'t> {
    id: &'t str,
    text: &'t str,
    tests: Vec<&'t str>,
}

/// The rows of the list, and what is wrong with its form.
fn rows(list: &str) -> (Vec<Row<'_>>, Vec<String>) {
    let (mut rows, mut wrong) = (Vec::new(), Vec::new());
    for cells in listed::rows(list) {
        let &[id, text, tests] = cells.as_slice() else {
            wrong.push(format!("not three cells: {cells:?}"));
            continue;
        };
        let tests = names(id, tests, &mut wrong);
        rows.push(Row { id, text, tests });
    }
    (rows, wrong)
}

/// `1.4b` is (`1.4`, `b`), `3.lock.a` is (`3.lock`, `a`).
fn parts(id: &str) -> Option<(&str, char)> {
    let letter = id.chars().last().filter(char::is_ascii_lowercase)?;
    let group = &id[..id.len() - 1];
    let group = group.strip_suffix('.').unwrap_or(group);
    Some((group, letter))
}

/// All that is wrong with a list.
fn check(list: &str, groups: &[&str], read: Read<'_>) -> Vec<String> {
    let (rows, mut wrong) = rows(list);
    let mut seen: Vec<(&str, char)> = Vec::new();
    for row in &rows {
        let id = row.id;
        match (parts(id), seen.last().copied()) {
            (None, _) => wrong.push(format!("{id}: not an id")),
            (Some((group, letter)), last) => {
                let next = match last {
                    Some((of, before)) if of == group => char::from(before as u8 + 1),
                    _ => 'a',
                };
                if letter != next {
                    wrong.push(format!("{id}: {next} is next in {group}"));
                }
                seen.push((group, letter));
            }
        }
        if row.text.is_empty() {
            wrong.push(format!("{id}: says nothing"));
        }
        exist(id, &row.tests, read, &mut wrong);
        if id.starts_with("5.") {
            for (of, other) in [("core/", "facade"), ("std/", "core")] {
                let named = row.tests.iter().any(|test| test.starts_with(of));
                let excused = row.text.contains(&format!("({other} only: "));
                if named == excused {
                    wrong.push(format!(
                        "{id}: a test of {of} or why there is none, not both"
                    ));
                }
            }
        }
    }
    seen.dedup_by_key(|(group, _)| *group);
    let found: Vec<&str> = seen.iter().map(|(group, _)| *group).collect();
    if found != groups {
        wrong.push(format!("the groups are {found:?}"));
    }
    let said: Vec<(&str, &str)> = rows
        .iter()
        .filter_map(|row| Some((parts(row.id)?.0, row.text)))
        .collect();
    let in_quotes = |group: &&&str| {
        QUOTED
            .iter()
            .any(|number| group.starts_with(&format!("{number}.")))
    };
    let quoted: Vec<&str> = groups.iter().filter(in_quotes).copied().collect();
    wrong.extend(quoted::unsaid(list, &quoted, &said));
    wrong
}

#[test]
fn every_sentence_of_the_contract_has_tests_that_exist() {
    let wrong = check(include_str!("semantics.md"), &GROUPS, &on_disk);
    nothing_is(wrong);
}

/// The contract is kept outside of the repository, in a folder that may lie beside it. Without it, the quote is what there is.
#[test]
fn the_quotes_are_what_the_contract_says() {
    match on_disk("../shared/SEMANTICS.md") {
        Some(contract) => nothing_is(quoted::differs(
            include_str!("semantics.md"),
            &contract,
            &QUOTED,
        )),
        None => eprintln!("SKIPPED the_quotes_are_what_the_contract_says: it is not here"),
    }
}

/// What is there in the small lists below.
fn small(path: &str) -> Option<String> {
    let text = match path {
        "std/tests/a.rs" => {
            "mod a {\n    mod part;\n}\n\n#[test]\nfn one() {}\n\n#[test]\n#[should_panic(expected = \"x\")]\nfn two() {}\n\nfn helper() {}\n\n#[cfg(unix)]\n#[test]\n#[ignore]\nfn late() {}\n"
        }
        "std/tests/a/part.rs" | "std/tests/a/stray.rs" => "    #[test]\n    fn one() {}\n",
        "loom-tests/tests/m.rs" => {
            "\nmodels! {\n    e1_one {\n        outcomes: [\"e2_two\"],\n    }\n    gone { outcomes: [] }\n}\n\nfn e1_one(seen: Seen) {}\nfn e2_two(seen: Seen) {}\n"
        }
        "core/tests/compile_fail/no.rs" => "",
        "std/src/x.rs" => "/// ```\n/// ```\n",
        "std/src/y.rs" => "/// None.\n",
        "benches/rows.rs" => "Row::new(\"a/b\")\n",
        _ => return None,
    };
    Some(text.to_string())
}

#[track_caller]
fn wrong(list: &str, what: &str) {
    let found = check(list, &["1.1", "3.x"], &small);
    assert!(
        found.iter().any(|said| said.contains(what)),
        "{what:?} is not in {found:?}"
    );
    assert_eq!(found.len(), 1, "{found:?}");
}

/// A row of each group; `{}` of the first is the tests.
fn list(tests: &str) -> String {
    format!(
        "| id | x | y |\n|---|---|---|\n| 1.1a | Text | {tests} |\n| 3.x.a | Text | `std/tests/a.rs::one` |\n"
    )
}

#[test]
fn a_list_that_is_whole_is_found_so() {
    let all = "`std/tests/a.rs::one`, `std/tests/a.rs::two`, `std/tests/a/part.rs::one`, `loom-tests/tests/m.rs::e1_one`, \
               `core/tests/compile_fail/no.rs`, `std/src/x.rs (doctest)`, `benches/rows.rs (row a/b)`";
    assert_eq!(check(&list(all), &["1.1", "3.x"], &small), [""; 0]);
}

#[test]
fn tests_that_are_none_are_found_out() {
    for (tests, what) in [
        ("", "no test"),
        ("std/tests/a.rs::one", "not a name in backticks"),
        ("`std/tests/a.rs::one`, `std/tests/a.rs::one`", "twice"),
        ("`std/tests/a.rs::on`", "no such function"),
        ("`std/tests/a.rs::helper`", "not marked"),
        ("`std/tests/a.rs::late`", "ignored"),
        ("`std/tests/b.rs::one`", "no such file"),
        ("`std/tests/a/stray.rs::one`", "no target includes"),
        ("`std/tests/a.rs`", "not a test"),
        ("`std/src/x.rs::one`", "not a test"),
        ("`loom-tests/tests/m.rs::e2_two`", "not a model"),
        ("`loom-tests/tests/m.rs::gone`", "not a model"),
        ("`core/tests/compile_fail/yes.rs`", "no such file"),
        ("`std/src/y.rs (doctest)`", "no example"),
        ("`std/src/z.rs (doctest)`", "no such file"),
        ("`benches/rows.rs (row a)`", "no such row"),
        ("`std/src/x.rs (row a/b)`", "not a test"),
    ] {
        let text = list(tests);
        let found = check(&text, &["1.1", "3.x"], &small);
        assert!(
            found.iter().any(|said| said.contains(what)),
            "{tests}: {found:?}"
        );
    }
}

#[test]
fn rules_of_sockets_that_one_crate_alone_shows_are_found_out() {
    let row = |text: &str, tests: &str| format!("> **5.1** Text\n\n| 5.1a | {text} | {tests} |\n");
    let (core, std) = ("`core/tests/compile_fail/no.rs`", "`std/tests/a.rs::one`");
    let both = format!("{core}, {std}");
    let found = |text: &str, tests: &str| check(&row(text, tests), &["5.1"], &small).len();
    assert_eq!(found("Text", &both), 0);
    assert_eq!(found("Text (facade only: no clock)", std), 0);
    assert_eq!(found("Text (core only: no memory)", core), 0);
    for (text, tests) in [
        ("Text", core),
        ("Text", std),
        ("Text (facade only: no clock)", core),
        ("Text (facade only: no clock)", &both),
        ("Text (core only: no memory)", &both),
    ] {
        assert!(found(text, tests) > 0, "{text}: {tests}");
    }
}

#[test]
fn ids_that_are_wrong_are_found_out() {
    let row = |id: &str| format!("| {id} | Text | `std/tests/a.rs::one` |\n");
    let rows = |ids: &[&str]| ids.iter().map(|id| row(id)).collect::<String>();
    assert_eq!(
        check(&rows(&["1.1a", "1.1b", "3.x.a"]), &["1.1", "3.x"], &small),
        [""; 0]
    );
    wrong(&rows(&["1.1a", "1.1c", "3.x.a"]), "b is next");
    wrong(&rows(&["1.1a", "1.1a", "3.x.a"]), "b is next");
    wrong(&rows(&["1.1b", "3.x.a"]), "a is next");
    wrong(&rows(&["1.1a"]), "the groups are");
    wrong(&rows(&["3.x.a", "1.1a"]), "the groups are");
    wrong(&rows(&["1.1a", "3.x.a", "3.y.a"]), "the groups are");
    wrong(&rows(&["1.1a", "2", "3.x.a"]), "not an id");
    wrong(
        &(row("1.1a") + "| 3.x.a |  | `std/tests/a.rs::one` |\n"),
        "says nothing",
    );
    wrong(
        &(rows(&["1.1a", "3.x.a"]) + "| 3.x.b | Text |\n"),
        "not three cells",
    );
    wrong("", "the groups are");
}

const RULES: &str = "\
# Rules

## 5. Sockets
Common
1. A message is whole (see
   PAGE.md); it is `a::b`, or not there.
2. **Names** (NAMES.md): one. Free at once (**better:** others (two) wait, 5 of 9).
Patterns
- **Pair**: one peer

## 6. Signals
- No lock.
";

const QUOTES: &str = "\
> **5.1** A message is whole (see PAGE.md); it is `a::b`, or
> not there.
>
> **5.2** Names: one. Free at once.
>
> **5.pair** Pair: one peer

> **6.order** No lock.
";

#[test]
fn a_quote_that_is_not_the_contracts_is_found_out() {
    let differs = |quotes: &str, rules: &str| quoted::differs(quotes, rules, &QUOTED).len();
    assert_eq!(quoted::differs(QUOTES, RULES, &QUOTED), [""; 0]);
    for (before, after) in [
        ("- No lock.", "- No lock. No wait."),
        ("one peer", "one peer at most"),
        ("one. Free", "one. Short. Free"),
        ("is whole", "is half"),
        ("Patterns", "3. More.\nPatterns"),
        ("- No lock.\n", ""),
    ] {
        assert!(RULES.contains(before), "{before}");
        assert_eq!(differs(QUOTES, &RULES.replace(before, after)), 1, "{after}");
    }
    assert_eq!(differs(&QUOTES.replace(" or\n", "\n"), RULES), 1);
    assert_eq!(differs(&(QUOTES.to_string() + "> More.\n"), RULES), 1);
    assert_eq!(differs(QUOTES, ""), 1);
}

#[test]
fn clauses_that_no_row_says_are_found_out() {
    let all = [
        ("5.1", "A message is whole (see PAGE.md)"),
        ("5.1", "It is `a::b`: or not there"),
        ("5.2", "Names: one"),
        ("5.2", "Free at once, and more"),
        ("5.pair", "Pair: one peer"),
        ("6.order", "No lock"),
    ];
    let groups = ["5.1", "5.2", "5.pair", "6.order"];
    assert_eq!(quoted::unsaid(QUOTES, &groups, &all), [""; 0]);
    for without in 0..all.len() {
        let mut rows = all.to_vec();
        rows.remove(without);
        assert!(!quoted::unsaid(QUOTES, &groups, &rows).is_empty());
    }
    // In another group, or as a part of other words, it is not said.
    for (row, other) in [(2, ("5.1", "Names: one")), (5, ("6.order", "No locks"))] {
        let mut rows = all.to_vec();
        rows[row] = other;
        assert!(
            !quoted::unsaid(QUOTES, &groups, &rows).is_empty(),
            "{other:?}"
        );
    }
    assert_eq!(quoted::unsaid(QUOTES, &groups[..3], &all).len(), 1);
    assert_eq!(
        quoted::unsaid(QUOTES, &["5.1", "5.2", "5.3"], &all).len(),
        1
    );
}
