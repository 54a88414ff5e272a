//! Who may import whom, in both libraries.
//!
//! A library is a house. Its *rooms* stand on floors: a room is a file (`pad.rs`), or a directory
//! with everything in it (`queue/`, and `queue.rs` if there is one). What an import is,
//! `imports.rs` says: re-exports are followed to the file that defines the name.
//!
//! | rule | |
//! |---|---|
//! | downward | a file imports rooms of lower floors, the neighbours of its own floor that the table lists, and its own room |
//! | up and down one stair | a `mod.rs` (or `ring.rs` beside `ring/`) may import the files of its directory, and they may import it |
//! | no circle | neither in the table nor in what is really imported, inside a room too |
//! | the root is the roof | nobody imports a name through the re-exports of `lib.rs` |
//! | the table is true | each room in it exists, each file has a room |
//!
//! What does not hold yet is listed in `known.rs`, import by import. An entry there that is not
//! needed is itself a violation.

use std::collections::{BTreeMap, BTreeSet};

use super::imports::{Crate, Import, below};
use super::tree::{Source, Violation};

/// File or directory, floor, and the neighbours that it may import: rooms of the same directory and
/// floor, without `.rs` or `/`.
pub(crate) type Room = (&'static str, u8, &'static [&'static str]);

/// An import that breaks a rule and is known to: of the first file, by the second.
pub(crate) type Known = (&'static str, &'static str);

/// A library and its table.
#[derive(Clone, Copy)]
pub(crate) struct House {
    /// Where its sources are: `core/src/`.
    pub(crate) root: &'static str,
    pub(crate) rooms: &'static [Room],
    /// Paths from the root of the workspace.
    pub(crate) known: &'static [Known],
}

/// The name by which a table lists a room as a neighbour, with its directory.
fn name(room: &Room) -> &'static str {
    room.0.trim_end_matches('/').trim_end_matches(".rs")
}

/// The directory of a room or file, with its slash.
fn directory(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    &path[..path.rfind('/').map_or(0, |slash| slash + 1)]
}

/// The rooms that a room lists as its neighbours, by name.
fn neighbours(room: &Room) -> impl Iterator<Item = String> {
    let dir = directory(room.0);
    room.2.iter().map(move |name| format!("{dir}{name}"))
}

impl House {
    /// The room of a file: its own entry, or the directory that it lies in or is named like.
    fn room(&self, file: &str) -> Option<&'static Room> {
        let of_file = self.rooms.iter().find(|room| room.0 == file);
        of_file.or_else(|| {
            let dir = below(file);
            let around =
                |room: &&Room| room.0.ends_with('/') && (file.starts_with(room.0) || dir == room.0);
            self.rooms
                .iter()
                .filter(around)
                .max_by_key(|room| room.0.len())
        })
    }

    fn at(&self, file: &str, line: usize, words: impl std::fmt::Display) -> Violation {
        Source::new(&format!("{}{file}", self.root), "").at(line, words)
    }

    fn is_known(&self, import: &Import) -> bool {
        let is = |known: &str, file: &str| known.strip_prefix(self.root) == Some(file);
        let mut known = self.known.iter();
        known.any(|(from, to)| is(from, &import.from) && is(to, &import.to))
    }

    /// Is this import one that the table allows?
    fn allows(&self, import: &Import) -> bool {
        let (Some(from), Some(to)) = (self.room(&import.from), self.room(&import.to)) else {
            // Said by `table`.
            return true;
        };
        let stair =
            |upper: &str, lower: &str| !below(upper).is_empty() && lower.starts_with(&below(upper));
        let roof = import.to == "lib.rs" || import.through_root;
        !roof
            && (to.1 < from.1
                || from.0 == to.0
                || neighbours(from).any(|neighbour| neighbour == name(to))
                || stair(&import.from, &import.to)
                || directory(&import.from) == below(&import.to))
    }
}

/// What is wrong with the table itself.
pub(crate) fn table(house: &House, sources: &[Source]) -> Vec<Violation> {
    let mut found = Vec::new();
    let files = sources.iter().filter(|s| s.is_rust());
    let files: Vec<&str> = files
        .filter_map(|s| s.path.strip_prefix(house.root))
        .collect();
    for file in files.iter().filter(|file| house.room(file).is_none()) {
        found.push(house.at(file, 1, "is not in the table of its library"));
    }
    let by_name: BTreeMap<&str, &Room> = house.rooms.iter().map(|r| (name(r), r)).collect();
    let mut arrows = BTreeSet::new();
    for room in house.rooms {
        if !files
            .iter()
            .any(|f| house.room(f).is_some_and(|r| r.0 == room.0))
        {
            found.push(house.at(room.0, 1, "is in the table and has no file"));
        }
        for neighbour in neighbours(room) {
            match by_name.get(&neighbour[..]) {
                Some(other) if other.1 == room.1 => {
                    arrows.insert((name(room).to_string(), neighbour));
                }
                Some(other) => {
                    let words = format!("L{}: lists {neighbour}, L{}", room.1, other.1);
                    found.push(house.at(room.0, 1, words));
                }
                None => found.push(house.at(room.0, 1, format!("lists {neighbour}, no room"))),
            }
        }
    }
    for circle in circles_of(&arrows) {
        let words = format!("the table allows a circle: {}", circle.join(", "));
        found.push(house.at(&circle[0], 1, words));
    }
    found
}

/// Imports that the table does not allow, and circles; but for the known ones.
pub(crate) fn imports(house: &House, sources: &[Source]) -> Vec<Violation> {
    let all = Crate::read(sources, house.root).imports();
    let all: Vec<Import> = all.into_iter().filter(|i| !house.is_known(i)).collect();
    let mut found = Vec::new();
    for import in all.iter().filter(|import| !house.allows(import)) {
        let floor = |file: &str| house.room(file).map_or(0, |room| room.1);
        let words = format!(
            "L{} imports `{}` from {}, L{}",
            floor(&import.from),
            import.shown,
            import.to,
            floor(&import.to)
        );
        found.push(house.at(&import.from, import.line, words));
    }
    // What is said above need not be said twice.
    let all: Vec<Import> = all.into_iter().filter(|i| house.allows(i)).collect();
    for circle in circles_of(&arrows_of(&all)) {
        let inside = |i: &&Import| circle.contains(&i.from) && circle.contains(&i.to);
        let arrows: Vec<String> = all
            .iter()
            .filter(inside)
            .map(|i| format!("{}:{}: `{}` of {}", i.from, i.line, i.shown, i.to))
            .collect();
        let words = format!("a circle of imports:\n    {}", arrows.join("\n    "));
        let first = all.iter().find(inside);
        found.extend(first.map(|i| house.at(&i.from, i.line, words)));
    }
    found
}

/// Entries of the known list that nothing needs: no such import, or one that breaks no rule.
pub(crate) fn known(house: &House, sources: &[Source]) -> Vec<Violation> {
    let all = Crate::read(sources, house.root).imports();
    let sound = |i: &&Import| !house.is_known(i) && house.allows(i);
    let rest: Vec<Import> = all.iter().filter(sound).cloned().collect();
    let mut found = Vec::new();
    for (at, known) in house.known.iter().enumerate() {
        let inner = |path: &'static str| path.strip_prefix(house.root);
        // Of the other library.
        let Some(from) = inner(known.0) else { continue };
        let is = |i: &&Import| i.from == from && inner(known.1) == Some(&i.to[..]);
        let these: Vec<&Import> = all.iter().filter(is).collect();
        let with_it = rest.iter().chain(these.iter().copied()).cloned();
        let with_it = arrows_of(&with_it.collect::<Vec<_>>());
        let circle = circles_of(&with_it).into_iter().any(|circle| {
            these
                .iter()
                .any(|i| circle.contains(&i.from) && circle.contains(&i.to))
        });
        if house.known[..at].contains(known) {
            found.push(house.at(from, 1, format!("{} is in the known list twice", known.1)));
        } else if !circle && these.iter().all(|import| house.allows(import)) {
            let words = format!("no longer imports {}: take it off the known list", known.1);
            found.push(house.at(from, 1, words));
        }
    }
    found
}

fn arrows_of(imports: &[Import]) -> BTreeSet<(String, String)> {
    imports
        .iter()
        .map(|i| (i.from.clone(), i.to.clone()))
        .collect()
}

/// The groups of names each of which leads to each other one.
fn circles_of(arrows: &BTreeSet<(String, String)>) -> Vec<Vec<String>> {
    let mut reached: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (from, to) in arrows {
        reached.entry(from).or_default().insert(to);
    }
    // Some sixty files: closing the relation step by step is fast enough.
    loop {
        let before: usize = reached.values().map(BTreeSet::len).sum();
        for name in reached.keys().copied().collect::<Vec<_>>() {
            let more = reached[name].iter().filter_map(|next| reached.get(next));
            let more: BTreeSet<&str> = more.flatten().copied().collect();
            reached.entry(name).or_default().extend(more);
        }
        if reached.values().map(BTreeSet::len).sum::<usize>() == before {
            break;
        }
    }
    let leads = |from: &str, to: &str| reached.get(from).is_some_and(|r| r.contains(to));
    let mut circles: Vec<Vec<String>> = Vec::new();
    for name in reached.keys().filter(|name| leads(name, name)) {
        if circles
            .iter()
            .any(|circle| circle.iter().any(|other| other == name))
        {
            continue;
        }
        let all = reached[name].iter().filter(|other| leads(other, name));
        circles.push(all.map(|other| other.to_string()).collect());
    }
    circles
}

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

/// Names in the core that only the shim may know.
pub(crate) fn machinery(source: &Source) -> Vec<Violation> {
    let mut found = Vec::new();
    let Some(file) = source
        .in_core()
        .filter(|_| source.is_rust() && !source.is_shim())
    else {
        return found;
    };
    let sources = [source.clone()];
    for (path, line) in Crate::read(&sources, "core/src/").written(file) {
        let foreign = |name: &&[&str]| {
            path.len() >= name.len() && path.iter().zip(*name).all(|(a, b)| a == b)
        };
        if SHIM_ONLY.iter().any(foreign) {
            found.push(source.at(line, format!("`{}` is for the shim alone", path.join("::"))));
        }
    }
    found
}
