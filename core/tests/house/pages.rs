//! Pages that speak of files: what they name exists, and what they show is what is built.

use std::collections::BTreeSet;

use super::imports::Crate;
use super::tree::{Source, Violation};

/// The page for maintainers.
pub(crate) const ARCHITECTURE: &str = "core/ARCHITECTURE.md";

/// The page of what is proven, and the table whose sum it quotes.
const VERIFICATION: &str = "core/VERIFICATION.md";
const README: &str = "README.md";
const SURVEY: &str = "loom-tests/MUTANTS.md";

/// The page of a user's first steps, and the source that it shows, which is also modelled.
const SHOWN: [(&str, &str); 1] = [("core/README.md", "core/examples/latch/latch.rs")];

/// The directories whose paths a page names from the root of the workspace on.
const ROOTS: &[&str] = &["core/", "std/", "loom-tests/", "benches/"];

/// The directories of which the page of the architecture names each file.
const FILE_BY_FILE: [&str; 3] = [
    "core/src/socket/",
    "core/src/socket/policy/",
    "core/src/context/",
];

/// How the sections of that page begin whose numbered steps lead from file to file.
const WAY: &str = "## The way of ";

/// Paths in backticks with their lines.
fn paths(page: &Source) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (n, line) in page.text.lines().enumerate() {
        let quoted = line.split('`').skip(1).step_by(2);
        let paths = quoted.filter(|text| ROOTS.iter().any(|root| text.starts_with(root)));
        found.extend(paths.map(|path| (n + 1, path)));
    }
    found
}

/// What the page names and is not there. A command in backticks begins with its file.
fn gone(page: &Source, sources: &[Source]) -> Vec<Violation> {
    let mut found = Vec::new();
    for (line, named) in paths(page) {
        let path = named.split(' ').next().unwrap_or(named);
        let is_there =
            |s: &Source| s.path == path || (path.ends_with('/') && s.path.starts_with(path));
        if !sources.iter().any(is_there) {
            found.push(page.at(line, format!("`{path}` does not exist")));
        }
    }
    found
}

/// The numbered steps of the ways of a page: the line of each and the paths in it, way by way.
fn ways(page: &Source) -> Vec<Vec<(usize, Vec<&str>)>> {
    let named = paths(page);
    let on = |n: usize| named.iter().filter(move |(line, _)| *line == n);
    let mut found: Vec<Vec<(usize, Vec<&str>)>> = Vec::new();
    let mut inside = false;
    for (n, line) in (1..).zip(page.text.lines()) {
        if line.starts_with("## ") {
            inside = line.starts_with(WAY);
            found.extend(inside.then(Vec::new));
            continue;
        }
        let Some(way) = found.last_mut().filter(|_| inside) else {
            continue;
        };
        let number = line.split_once(". ").map_or("", |(number, _)| number);
        let is_step = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
        if is_step {
            way.push((n, Vec::new()));
        }
        // The rest of a step is indented.
        if let Some((_, step)) = way.last_mut()
            && (is_step || line.starts_with("   "))
        {
            step.extend(on(n).map(|(_, path)| *path));
        }
    }
    found
}

/// Steps of the ways that neither begin with a file of an earlier step nor have a file that is an
/// import away from one of the step before: either imports the other, or a file of the facade names
/// the core, before one of the core.
fn astray(page: &Source, sources: &[Source]) -> Vec<Violation> {
    let mut imports = BTreeSet::new();
    for root in ["core/src/", "std/src/"] {
        let all = Crate::read(sources, root).imports();
        let full = |file: &str| format!("{root}{file}");
        imports.extend(all.iter().map(|i| (full(&i.from), full(&i.to))));
    }
    let names_the_core = |path: &str| {
        let source = sources.iter().find(|s| s.path == path);
        source.is_some_and(|s| s.text.contains("gimmal_core::"))
    };
    let leads = |from: &str, to: &str| {
        let one = |a: &str, b: &str| imports.contains(&(a.to_string(), b.to_string()));
        let down = from.starts_with("std/") && to.starts_with("core/") && names_the_core(from);
        one(from, to) || one(to, from) || down
    };
    let mut found = Vec::new();
    for way in ways(page) {
        for (n, (line, step)) in way.iter().enumerate() {
            let back = |to: &&str| way[..n].iter().any(|(_, earlier)| earlier.contains(to));
            let leads_here = |to: &&str| way[n - 1].1.iter().any(|from| leads(from, to));
            let is_fine = match n {
                0 => !step.is_empty(),
                _ => step.first().is_some_and(&back) || step.iter().any(leads_here),
            };
            if !is_fine {
                let files = step.join(", ");
                let text = format!("no import leads to this step from the one before: {files}");
                found.push(page.at(*line, text));
            }
        }
    }
    found
}

/// Files and directories of the page that are not there, what is not on the page and should be, and
/// steps that are out of order.
pub(crate) fn architecture(sources: &[Source]) -> Vec<Violation> {
    let Some(page) = sources.iter().find(|s| s.path == ARCHITECTURE) else {
        return vec![Source::new(ARCHITECTURE, "").at(1, "the page is missing")];
    };
    let mut found = gone(page, sources);
    let named = paths(page);
    let libraries = sources.iter().filter(|s| s.is_library());
    let directories = libraries.filter_map(|s| s.path.rsplit_once('/'));
    let directories: BTreeSet<String> = directories.map(|(dir, _)| format!("{dir}/")).collect();
    for directory in directories {
        if !named.iter().any(|(_, path)| *path == directory) {
            found.push(page.at(1, format!("says nothing of `{directory}`")));
        }
    }
    for source in sources.iter().filter(|s| s.is_library() && s.is_rust()) {
        let (directory, file) = source.path.rsplit_once('/').unwrap_or_default();
        let is_listed = FILE_BY_FILE.contains(&&*format!("{directory}/")) && file != "mod.rs";
        if is_listed && !named.iter().any(|(_, path)| *path == source.path) {
            found.push(page.at(1, format!("says nothing of `{}`", source.path)));
        }
    }
    found.extend(astray(page, sources));
    found
}

/// Files that the page of what is proven names and are not there, a sum of the survey that is
/// not the table's, and figures that the README quotes otherwise.
pub(crate) fn verification(sources: &[Source]) -> Vec<Violation> {
    let text = |path: &str| sources.iter().find(|s| s.path == path);
    let (Some(page), Some(survey)) = (text(VERIFICATION), text(SURVEY)) else {
        return vec![Source::new(VERIFICATION, "").at(1, format!("no page, or no {SURVEY}"))];
    };
    let mut found = gone(page, sources);
    let sum = survey
        .text
        .lines()
        .find(|line| line.contains(" unexplained"));
    let quoted = sum.is_some_and(|sum| page.text.lines().any(|line| line == format!("> {sum}")));
    if !quoted {
        found.push(page.at(1, format!("does not quote the sum of {SURVEY}: {sum:?}")));
    }
    found.extend(misquoted(page, text(README)));
    found
}

/// Lines of the README that quote the page, and do not stand there.
fn misquoted(page: &Source, readme: Option<&Source>) -> Vec<Violation> {
    let quotes = |text: &str| -> Vec<(usize, String)> {
        let lines = text.lines().enumerate();
        let quotes = lines.filter(|(_, line)| line.starts_with("> "));
        quotes.map(|(at, line)| (at + 1, line.to_owned())).collect()
    };
    let said = quotes(&page.text);
    let Some(readme) = readme else {
        return Vec::new();
    };
    let quoted = quotes(&readme.text);
    if quoted.is_empty() {
        return vec![readme.at(1, format!("quotes no figure of {VERIFICATION}"))];
    }
    let wrong = quoted
        .iter()
        .filter(|(_, line)| said.iter().all(|(_, page)| page != line));
    wrong
        .map(|(at, line)| readme.at(*at, format!("{VERIFICATION} does not say {line:?}")))
        .collect()
}

/// Sources that a page shows in other words.
pub(crate) fn shown(sources: &[Source]) -> Vec<Violation> {
    let mut found = Vec::new();
    for (page, shown) in SHOWN {
        let text = |path: &str| sources.iter().find(|s| s.path == path);
        let (Some(page), Some(shown)) = (text(page), text(shown)) else {
            found.push(Source::new(page, "").at(1, format!("no page, or no {shown}")));
            continue;
        };
        let block = format!("```rust\n{}\n", shown.text);
        if !page.text.contains(&block) {
            found.push(page.at(1, format!("does not show {} as it is", shown.path)));
        }
    }
    found
}

/// The lines of code that a file's documentation shows: those in its blocks that are not hidden.
fn shown_code(source: &Source) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut inside = false;
    for (n, line) in source.text.lines().enumerate() {
        let line = line.trim_start();
        let doc = ["///", "//!"].iter().find_map(|m| line.strip_prefix(m));
        let line = match source.is_rust() {
            true => doc.map(str::trim_start),
            false => Some(line),
        };
        match line {
            // A block ends with its comment.
            None => inside = false,
            Some(line) if line.starts_with("```") => inside = !inside,
            Some(line) if inside && line != "#" && !line.starts_with("# ") => {
                found.push((n + 1, line));
            }
            Some(_) => {}
        }
    }
    found
}

/// Pages of the facade that show programs of the core, and why.
const SHOWS_THE_CORE: &[&str] = &[
    // Twelve whole programs, of which one is for a chip.
    "std/src/guide/minutes.md",
];

/// Pages of the facade that show code which its users cannot compile: the core's crate is not
/// among their dependencies.
pub(crate) fn of_the_facade(source: &Source) -> Vec<Violation> {
    if !source.path.starts_with("std/src/") || SHOWS_THE_CORE.contains(&&*source.path) {
        return Vec::new();
    }
    let lines = shown_code(source).into_iter();
    let lines = lines.filter(|(_, line)| line.contains("gimmal_core::"));
    lines
        .map(|(n, line)| source.at(n, format!("shows the core's crate: `{line}`")))
        .collect()
}

#[test]
fn pages_of_the_facade_that_show_the_core_are_found() {
    let found = |path: &str, text: &str| of_the_facade(&Source::new(path, text)).len();
    let shows = [
        "//! ```\n//! use gimmal_core::Context;\n//! ```",
        "    /// ```no_run\n    /// let a = gimmal_core::Context::new();",
        "/// Text.\n/// ```\n/// # use gimmal::A;\n/// use gimmal_core::A;\n/// ```\nfn f() {}",
    ];
    for text in shows {
        assert_eq!(found("std/src/wait.rs", text), 1, "{text}");
        assert_eq!(found("core/src/wait.rs", text), 0, "{text}");
    }
    assert_eq!(
        found("std/src/examples/a.md", "```\nuse gimmal_core::A;\n```"),
        1
    );
    for text in [
        "/// ```\n/// # gimmal_core::wait::block_on(async {\n/// #\n/// ```",
        "/// A [`Frames`](gimmal_core::Frames), `gimmal_core::Frames`.",
        "/// ```\n/// let a = 1;\n/// ```\n/// See `gimmal_core::Frames`.",
        "/// ```\nuse gimmal_core::A;",
    ] {
        assert_eq!(found("std/src/wait.rs", text), 0, "{text}");
    }
}

#[test]
fn pages_that_are_wrong_are_found() {
    let page = |text: &str| {
        let files = ["core/src/lib.rs", "core/src/ring/mod.rs", "std/src/lib.rs"];
        let mut all: Vec<Source> = files.iter().map(|path| Source::new(path, "")).collect();
        all.push(Source::new(ARCHITECTURE, text));
        let found = architecture(&all);
        found.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let sound = "`core/src/` `core/src/ring/`\nother `words`, `std/src/`: `core/src/lib.rs`";
    assert!(page(sound).is_empty(), "{:?}", page(sound));
    let one = |text: &str, said: &str| {
        assert_eq!(page(text), [format!("{ARCHITECTURE}:{said}")], "{text:?}");
    };
    one(
        &format!("{sound}\n`core/src/gone.rs`"),
        "3: `core/src/gone.rs` does not exist",
    );
    one(
        &format!("`std/src`\n{sound}"),
        "1: `std/src` does not exist",
    );
    one(
        &format!("{sound} `loom-tests/x/`"),
        "2: `loom-tests/x/` does not exist",
    );
    one(
        "`core/src/` `std/src/`",
        "1: says nothing of `core/src/ring/`",
    );
    assert_eq!(architecture(&[]).len(), 1);
}

#[test]
fn ways_that_lead_astray_are_found() {
    let found = |text: &str| {
        let sources = [
            ("core/src/lib.rs", "mod socket;"),
            ("core/src/socket/mod.rs", "mod a;\nmod b;\nmod c;"),
            ("core/src/socket/a.rs", "use super::b::B;"),
            ("core/src/socket/b.rs", "use super::c::C;\npub struct B;"),
            ("core/src/socket/c.rs", "pub struct C;"),
            ("std/src/lib.rs", "use gimmal_core::A;"),
            ("std/src/other.rs", ""),
        ];
        let sources = sources.map(|(path, text)| Source::new(path, text));
        let page = Source::new(ARCHITECTURE, text);
        let lines = astray(&page, &sources);
        lines
            .iter()
            .map(|v| v.to_string().split(':').nth(1).unwrap().to_string())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let [a, b, c] = ["a", "b", "c"].map(|file| format!("`core/src/socket/{file}.rs`"));
    let [lib, other] = ["lib", "other"].map(|file| format!("`std/src/{file}.rs`"));
    let way = |steps: &[&str]| {
        let steps = (1..).zip(steps).map(|(n, step)| format!("{n}. {step}\n"));
        format!("## The way of a thing\n\n{}", String::from_iter(steps))
    };
    for sound in [
        way(&[&lib, &a, &b, &c]),
        way(&[&c, &b, &a]),
        // Back to an earlier step, and on from there.
        way(&[&a, &b, &c, &format!("{a} again"), &b]),
        // By the second file of a step, which stands on its second line.
        way(&[&a, &format!("{b}, which has\n   {c}"), &b]),
        way(&[&format!("{other},\n   {lib}"), &a]),
        // Other lists are no ways.
        format!("## The ways\n\n1. {a}\n2. {c}\n"),
    ] {
        assert_eq!(found(&sound), "", "{sound}");
    }
    for (wrong, lines) in [
        (way(&[&lib, &a, &c, &b]), "5"),
        (way(&[&a, "`c.rs`", &b]), "4 5"),
        (way(&[&other, &a]), "4"),
        (way(&[&a, &lib]), "4"),
        (way(&["nothing"]), "3"),
        // A return stands first in its step.
        (way(&[&a, &b, &c, &format!("{other} and {a}")]), "6"),
        (way(&[&a, &b]) + &way(&[&a, &c]), "8"),
    ] {
        assert_eq!(found(&wrong), lines, "{wrong}");
    }
}

#[test]
fn a_page_that_proves_something_else_is_found() {
    let tree = |page: &str| {
        let survey = Source::new(SURVEY, "# Survey\n\n3 sites, **0 unexplained**.\n");
        let script = Source::new("core/run.sh", "");
        verification(&[Source::new(VERIFICATION, page), survey, script]).len()
    };
    assert_eq!(
        tree("`core/run.sh all`\n> 3 sites, **0 unexplained**.\n"),
        0
    );
    assert_eq!(
        tree("`core/gone.sh all`\n> 3 sites, **0 unexplained**.\n"),
        1
    );
    assert_eq!(tree("> 4 sites, **0 unexplained**.\n"), 1);
    assert_eq!(tree(""), 1);
    assert_eq!(verification(&[]).len(), 1);
}

#[test]
fn what_is_shown_differently_is_found() {
    let tree = |page: &str| {
        let (at, shown) = SHOWN[0];
        vec![Source::new(at, page), Source::new(shown, "struct A;\n")]
    };
    assert!(shown(&tree("# Page\n```rust\nstruct A;\n\nlet a = A;\n```\n")).is_empty());
    for page in [
        "# Page\n```rust\nstruct B;\n\nlet a = B;\n```\n",
        "# Page\nstruct A;\n\n",
        "",
    ] {
        assert_eq!(shown(&tree(page)).len(), 1, "{page:?}");
    }
    assert_eq!(shown(&[]).len(), SHOWN.len());
}
