//! The rules about imports, tested: a small tree that holds them, and the same one with one thing
//! wrong.

use super::arrows::{self, House, Known, Room};
use super::tree::{Source, Violation};

const ROOMS: &[Room] = &[
    ("shim.rs", 0, &[]),
    ("ring/mod.rs", 1, &[]),
    ("ring/slot.rs", 1, &[]),
    ("ring/spsc.rs", 1, &["slot"]),
    ("ring/mpmc.rs", 1, &["slot"]),
    ("wait.rs", 2, &["wait/list"]),
    ("wait/list.rs", 2, &[]),
    ("queue/", 3, &[]),
    ("pool/", 3, &["queue"]),
    ("lib.rs", 4, &[]),
];

const TREE: &[(&str, &str)] = &[
    (
        "lib.rs",
        "mod ring;\npub use ring::Ring;\npub use wait::Node;",
    ),
    (
        "shim.rs",
        "pub(crate) struct Cell;\nmacro_rules! step { () => {} }\npub(crate) use step;",
    ),
    (
        "ring/mod.rs",
        "mod slot;\npub mod spsc;\npub use slot::Slot;\npub(crate) use spsc::{Ring, Side as End};\npub use mpmc::*;\nuse heapless::Vec;",
    ),
    (
        "ring/slot.rs",
        "use crate::shim::{self, Cell, step};\npub struct Slot(shim::Cell);",
    ),
    (
        "ring/spsc.rs",
        "use super::Slot;\npub struct Ring;\npub enum Side { Left }",
    ),
    (
        "ring/mpmc.rs",
        "use super::slot::Slot;\npub struct Many;\npub mod inner { pub struct Deep; }",
    ),
    (
        "wait.rs",
        "mod list;\npub use self::list::Node;\nuse crate::ring::Ring;\nfn f() { list::Node::new() }",
    ),
    (
        "wait/list.rs",
        "use crate::ring::{End, Slot};\npub struct Node;",
    ),
    (
        "queue/mod.rs",
        "mod order;\nmod take;\npub use order::Order;\npub use take::Take;",
    ),
    (
        "queue/order.rs",
        "use crate::wait::Node;\nuse gimmal_core::pool::Job;\npub struct Order;",
    ),
    ("queue/take.rs", "use super::Order;\npub struct Take;"),
    (
        "pool/mod.rs",
        "use crate::queue::Take;\nfn f() { crate::wait::g(); }",
    ),
];

/// The tree with `more` at the end of a file of its own or a new one.
fn tree(more: &[(&str, &str)]) -> Vec<Source> {
    let mut files: Vec<(String, String)> = Vec::new();
    for (path, text) in TREE.iter().chain(more) {
        match files.iter_mut().find(|(known, _)| known == path) {
            Some((_, before)) => *before = format!("{before}\n{text}"),
            None => files.push((path.to_string(), text.to_string())),
        }
    }
    let source = |(path, text): &(String, String)| Source::new(&format!("x/src/{path}"), text);
    files.iter().map(source).collect()
}

fn house(rooms: &'static [Room], known: &'static [Known]) -> House {
    House {
        root: "x/src/",
        rooms,
        known,
    }
}

/// What the rule says, one violation a line.
fn said(
    rule: fn(&House, &[Source]) -> Vec<Violation>,
    house: &House,
    more: &[(&str, &str)],
) -> String {
    let found = rule(house, &tree(more));
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// The tree with `more` breaks the rule about imports in exactly this place, and the message names
/// all of `parts`.
fn breaks(more: &[(&str, &str)], place: &str, parts: &[&str]) {
    let said = said(arrows::imports, &house(ROOMS, &[]), more);
    let first = said.lines().filter(|line| line.starts_with("x/src/"));
    assert_eq!(first.count(), 1, "{more:?}: {said}");
    assert!(
        said.starts_with(&format!("x/src/{place}: ")),
        "{more:?}: {said}"
    );
    for part in parts {
        assert!(said.contains(part), "{more:?}: no {part:?} in {said}");
    }
}

#[test]
fn a_sound_tree_passes() {
    for rule in [arrows::imports, arrows::table, arrows::known] {
        assert_eq!(said(rule, &house(ROOMS, &[]), &[]), "");
    }
}

#[test]
fn an_upward_import_is_found() {
    breaks(
        &[("ring/slot.rs", "use crate::wait::Node;")],
        "ring/slot.rs:3",
        &["L1 imports `crate::wait::Node` from wait/list.rs, L2"],
    );
    breaks(
        &[("shim.rs", "fn f() {\n    crate::queue::Order::new()\n}")],
        "shim.rs:5",
        &["from queue/order.rs"],
    );
    breaks(
        &[(
            "ring/slot.rs",
            "use crate::{shim::step as s, queue::{self as q}};",
        )],
        "ring/slot.rs:3",
        &["from queue/mod.rs"],
    );
}

#[test]
fn an_upward_re_export_is_an_import() {
    breaks(
        &[("ring/mod.rs", "pub use crate::wait::Node;")],
        "ring/mod.rs:7",
        &["from wait/list.rs"],
    );
}

#[test]
fn a_neighbour_that_is_not_listed_is_found() {
    breaks(
        &[("ring/spsc.rs", "use super::mpmc::Many;")],
        "ring/spsc.rs:4",
        &["`super::mpmc::Many` from ring/mpmc.rs, L1"],
    );
    // Through the glob of the `mod.rs` above; inside an inline module; of one.
    breaks(
        &[("ring/spsc.rs", "use super::Many;")],
        "ring/spsc.rs:4",
        &["ring/mpmc.rs"],
    );
    breaks(
        &[("ring/spsc.rs", "mod m {\n    use super::super::Many;\n}")],
        "ring/spsc.rs:5",
        &["ring/mpmc.rs"],
    );
    breaks(
        &[("ring/spsc.rs", "use super::mpmc::inner::Deep;")],
        "ring/spsc.rs:4",
        &["ring/mpmc.rs"],
    );
    // The code goes through a module that may be named.
    breaks(
        &[(
            "ring/spsc.rs",
            "use crate::ring as r;\nfn f(x: r::mpmc::Many) {}",
        )],
        "ring/spsc.rs:5",
        &["`r::mpmc::Many` from ring/mpmc.rs"],
    );
    breaks(
        &[("queue/order.rs", "use crate::pool::Pool;")],
        "queue/order.rs:4",
        &["from pool/mod.rs"],
    );
}

#[test]
fn a_circle_through_a_re_export_is_found() {
    // In one room, where everything else may be imported.
    let parts = [
        "queue/order.rs:4: `super::Take` of queue/take.rs",
        "queue/take.rs:1",
    ];
    breaks(
        &[("queue/order.rs", "use super::Take;")],
        "queue/order.rs:4",
        &parts,
    );
    // A file, and the `mod.rs` above it that uses what it re-exports.
    breaks(
        &[
            ("queue/mod.rs", "pub trait T { fn t() -> Take; }"),
            ("queue/take.rs", "use super::T;"),
        ],
        "queue/mod.rs:4",
        &[
            "`take::Take` of queue/take.rs",
            "`super::T` of queue/mod.rs",
        ],
    );
    // Its inline module uses one.
    breaks(
        &[
            (
                "queue/mod.rs",
                "pub trait T {}\npub mod names {\n    pub use super::take::Give;\n    fn f(x: Give) {}\n}",
            ),
            ("queue/take.rs", "use super::T;\npub struct Give;"),
        ],
        "queue/mod.rs:7",
        &["`super::take::Give` of queue/take.rs"],
    );
    // Renamed on the way; and through a second `mod.rs`.
    breaks(
        &[
            ("wait.rs", "pub use self::list::Node as Knot;\nstruct Head;"),
            ("wait/list.rs", "use super::Head;"),
        ],
        "wait.rs:4",
        &["`list::Node::new` of wait/list.rs"],
    );
}

#[test]
fn what_leads_through_the_root_is_found() {
    breaks(
        &[("queue/take.rs", "use crate::Ring;")],
        "queue/take.rs:3",
        &["`crate::Ring`"],
    );
}

#[test]
fn what_is_no_import_passes() {
    for text in [
        "// use super::mpmc::Many;\n/// [`crate::wait::Node`]\nconst S: &str = \"crate::wait::X\";",
        "pub(in crate::wait) fn f() {}",
        "use core::sync::Exclusive;\nuse heapless::Vec;\nuse ::wait::Node;",
        "fn f() { Self::new(); T::Node; Vec::<u8>::new() }",
        "mod inner { use super::Ring; use super::super::slot::Slot; }",
        "pub use super::Slot as Place;",
    ] {
        let said = said(
            arrows::imports,
            &house(ROOMS, &[]),
            &[("ring/spsc.rs", text)],
        );
        assert_eq!(said, "", "{text:?}");
    }
    // What an inline module re-exports, the `mod.rs` around it does not use by this name.
    let more = [
        (
            "queue/mod.rs",
            "pub trait T {}\npub mod names {\n    pub use super::take::Give;\n}\nenum Kind { Give }\nconst K: Kind = Kind::Give;\nrow!(fn give -> Give);",
        ),
        ("queue/take.rs", "use super::T;\npub struct Give;"),
    ];
    assert_eq!(said(arrows::imports, &house(ROOMS, &[]), &more), "");
}

/// The rooms with other neighbours in the one room.
macro_rules! rooms {
    ($($room:expr),+) => {
        &[
            ("shim.rs", 0, &[]),
            ("ring/", 1, &[]),
            ("wait/", 2, &[]),
            $($room,)+
            ("lib.rs", 4, &[]),
        ]
    };
}

#[test]
fn a_table_that_is_not_true_is_found() {
    let tables: &[(&'static [Room], &str)] = &[
        (
            rooms![("queue/", 3, &["pool"]), ("pool/", 3, &["queue"])],
            "x/src/pool:1: the table allows a circle: pool, queue",
        ),
        (
            rooms![("queue/", 3, &["queue"]), ("pool/", 3, &["queue"])],
            "x/src/queue:1: the table allows a circle: queue",
        ),
        (
            rooms![("queue/", 3, &[])],
            "x/src/pool/mod.rs:1: is not in the table of its library",
        ),
        (
            rooms![("queue/", 3, &[]), ("pool/", 3, &[]), ("timer.rs", 3, &[])],
            "x/src/timer.rs:1: is in the table and has no file",
        ),
        (
            rooms![("queue/", 3, &[]), ("pool/", 3, &["wait"])],
            "x/src/pool/:1: L3: lists wait, L2",
        ),
        (
            rooms![("queue/", 3, &[]), ("pool/", 3, &["timer"])],
            "x/src/pool/:1: lists timer, no room",
        ),
    ];
    for (rooms, words) in tables {
        assert_eq!(said(arrows::table, &house(rooms, &[]), &[]), *words);
    }
}

#[test]
fn known_violations_are_exact() {
    const UP: &[Known] = &[("x/src/ring/slot.rs", "x/src/wait/list.rs")];
    const CIRCLE: &[Known] = &[("x/src/queue/order.rs", "x/src/queue/take.rs")];
    const TWICE: &[Known] = &[UP[0], UP[0]];
    let up = ("ring/slot.rs", "use crate::wait::Node;");
    let circle = ("queue/order.rs", "use super::Take;");
    for (known, more) in [(UP, up), (CIRCLE, circle)] {
        let house = house(ROOMS, known);
        assert_eq!(said(arrows::imports, &house, &[more]), "");
        assert_eq!(said(arrows::known, &house, &[more]), "");
        // It has been mended.
        let said = said(arrows::known, &house, &[]);
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.contains("take it off the known list"), "{said}");
    }
    // It is there, and breaks no rule.
    const SOUND: &[Known] = &[("x/src/queue/take.rs", "x/src/queue/order.rs")];
    let said_of = |known| said(arrows::known, &house(ROOMS, known), &[up]);
    assert!(said_of(SOUND).starts_with("x/src/queue/take.rs:1: no longer imports"));
    assert!(
        said_of(TWICE).contains("in the known list twice"),
        "{}",
        said_of(TWICE)
    );
    // The list of another library.
    assert_eq!(said_of(&[("y/src/a.rs", "y/src/b.rs")]), "");
}

#[test]
fn the_machinery_is_the_shims() {
    for text in [
        "use core::sync::atomic::AtomicU8;",
        "use core::{mem, sync::{self, atomic::{AtomicU8}}};",
        "fn f() { spin::Mutex::new(()) }",
        "fn f() { loom::thread::yield_now() }",
        "use std::vec::Vec;",
    ] {
        let flagged = |path: &str| arrows::machinery(&Source::new(path, text)).len();
        assert_eq!(flagged("core/src/ring/spsc.rs"), 1, "{text:?}");
        assert_eq!(flagged("core/src/shim/mod.rs"), 0, "{text:?}");
        assert_eq!(flagged("core/src/shim/model.rs"), 0, "{text:?}");
        assert_eq!(flagged("std/src/block/mod.rs"), 0, "{text:?}");
    }
    let text = "use core::sync::Exclusive;\nuse crate::shim::atomic::AtomicU8;\nuse heapless::Vec;";
    assert!(arrows::machinery(&Source::new("core/src/ring/spsc.rs", text)).is_empty());
}
