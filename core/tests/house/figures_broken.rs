//! The rule about figures, tested: claims without a row, and the nearest texts that make none or name one.

use super::figures::{figures, rows};
use super::tree::Source;

/// The sources of a workspace with one row, and a page.
fn with(path: &str, text: &str) -> [Source; 2] {
    let rows = "fn rows() { row(\"channel/4p1c/64\", \"many to one\") } // \"mpmc/gone\"";
    [
        Source::new("benches/benches/versus/rows/channel.rs", rows),
        Source::new(path, text),
    ]
}

const CLAIMS: &[&str] = &[
    // What the README once said, and was not so.
    "| libzmq inproc | every language | allocates; tens of times slower inside one process; a name |",
    "who sleeps at once loses 30–120x in a ping-pong",
    "about 0.8x of it",
    "handing over each time costs 9 to 12 times as much for tasks",
    "costs four times as much",
    "twice as fast as a mutex",
    "level within 20 % of it",
    "level within 20% of it",
    "About 15 µs pass before a thread sleeps.",
    "takes 80ns on one core",
    "2 to 5 KB less on a Cortex-M0",
    "2 to 5 KB of flash less on a Cortex-M0",
    "Faster than as many pushes.",
    "`push` costs no more than theirs",
    "costs more than a channel",
    "so fences are\ncheaper here",
    "the fastest one",
    "a claim beside a row that is none: `channel/9p9c`, 3x",
    "a claim beside a row that is none: `mpmc/gone`, 3x",
    "a claim beside the name of a row that is not quoted: channel/4p1c/64, 3x",
    "a claim, 3x\n\n`channel/4p1c/64` stands in the next paragraph",
    "* a claim, 3x\n* `channel/4p1c/64` stands in the next item",
];

const SOUND: &[&str] = &[
    "loses 30–120x in a ping-pong (`channel/4p1c/64`)",
    "loses 30–120x in a\nping-pong (`channel/4p1c`)",
    "2 to 5 KB less on a Cortex-M0 (`core/COSTS.md`)",
    "up to 16 times: yield to the operating system, try",
    "a waiter that lost four times is handed it",
    "three at a time, and twice at once; half of it, 0x10",
    "a time-out of 20 ms, a grace of 1 s, 64 bytes",
    "it may hold more than 2 KB",
    "a handle that costs nothing, and no memory",
];

#[test]
fn claims_need_a_row() {
    for text in CLAIMS {
        let found = figures(&with("README.md", text));
        assert_eq!(found.len(), 1, "{text:?}: {found:?}");
        for path in [
            "core/src/ring/mpmc.rs",
            "std/src/block/mod.rs",
            "std/examples/digest/work.rs",
        ] {
            for mark in ["//!", "///", "//"] {
                let lines: Vec<_> = text.lines().map(|l| format!("{mark} {l}")).collect();
                let found = figures(&with(path, &lines.join("\n")));
                assert_eq!(found.len(), 1, "{path}, {mark} {text:?}: {found:?}");
            }
        }
    }
    for text in SOUND {
        let found = figures(&with("core/README.md", text));
        assert!(found.is_empty(), "{text:?}: {found:?}");
    }
}

#[test]
fn what_is_no_claim_is_not_looked_at() {
    for (path, text) in [
        ("core/COSTS.md", "3x"),
        ("core/src/pool.rs", "const FACTOR: &str = \"3x faster\";"),
        ("core/tests/pool.rs", "// 3x faster"),
        ("core/src/pool.rs", "/// ```\n/// // 3x\n/// ```"),
    ] {
        let found = figures(&with(path, text));
        assert!(found.is_empty(), "{path}: {found:?}");
    }
}

#[test]
fn rows_are_texts_and_no_comments() {
    assert_eq!(rows(&with("README.md", "")), ["channel/4p1c/64"]);
}
