//! Programs: what is counted of them, and what is wrong with what they say of themselves.
//!
//! A line of code is one that is neither empty nor a comment alone. A page is one item of the library's documentation: a
//! function, a macro, or a type with its methods. The program names each as `page: PATH: ITEM, ITEM`, where the items are the
//! methods, variants and constants that it uses of it. The pages of the standard library are not counted, neither Rust's nor
//! Python's.

use std::collections::BTreeSet;

/// A program.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// The whole text.
    pub text: String,
    /// The pages that it names.
    pub pages: Vec<Page>,
}

/// A page of documentation.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The path of the item that it is about.
    pub path: String,
    /// What the program uses of it, beside itself.
    pub items: Vec<String>,
}

impl Page {
    /// Returns the last part of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit([':', '.']).next().unwrap_or(&self.path)
    }
}

/// Returns the crates or the package of a library.
///
/// # Panics
/// It is none of those that are compared.
pub fn roots(library: &str) -> &'static [&'static str] {
    match library {
        "gimmal" => &["gimmal", "gimmal_core"],
        "crossbeam" => &["crossbeam_channel", "crossbeam_utils"],
        "tokio" => &["tokio"],
        "embassy" => &[
            "embassy_executor",
            "embassy_futures",
            "embassy_sync",
            "embassy_time",
        ],
        "pyzmq" => &["zmq"],
        other => panic!("no such library: {other}"),
    }
}

/// What a program may use without naming a page: methods of the standard libraries.
const STANDARD: &[&str] = &[
    "arg",
    "clone",
    "collect",
    "count",
    "decode",
    "fromkeys",
    "is_alive",
    "is_err",
    "iter",
    "join",
    "map",
    "nth",
    "parse",
    "push",
    "sleep",
    "spawn",
    "start",
    "starts_with",
    "sum",
    "take",
    "to_string",
    "unwrap",
    "wait",
    "for_each",
    "ok",
    "append",
    "exit",
    "Thread",
    "Popen",
];

fn is_comment(line: &str) -> bool {
    line.starts_with("//") || (line.starts_with('#') && !line.starts_with("#["))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
}

impl Program {
    /// Reads a program.
    pub fn parse(text: &str) -> Program {
        let comments = text
            .lines()
            .map(|line| line.trim_start_matches(['/', '#', ' ']));
        let pages = comments.filter_map(|line| {
            let said = line.strip_prefix("page: ")?;
            let (path, items) = said.split_once(": ").unwrap_or((said, ""));
            let items = items.split(", ").filter(|item| !item.is_empty());
            Some(Page {
                path: path.to_string(),
                items: items.map(String::from).collect(),
            })
        });
        Program {
            pages: pages.collect(),
            text: text.to_string(),
        }
    }

    /// Returns the lines of code.
    pub fn code(&self) -> impl Iterator<Item = &str> {
        let lines = self.text.lines();
        lines.filter(|line| !line.trim().is_empty() && !is_comment(line.trim_start()))
    }

    /// Returns the program without the lines that name pages.
    pub fn shown(&self) -> &str {
        let code = self.text.lines().take_while(|line| is_comment(line));
        let head: usize = code.map(|line| line.len() + 1).sum();
        self.text[head..].trim_start()
    }

    /// Returns what is wrong with what the program says of itself, as a program of this library.
    pub fn complaints(&self, library: &str) -> Vec<String> {
        let code: String = self.code().map(|line| format!("{line}\n")).collect();
        let mut wrong = Vec::new();
        let used: BTreeSet<&str> = words(&code).collect();
        let mut seen = BTreeSet::new();
        for page in &self.pages {
            let root = page.path.split([':', '.']).next().unwrap_or_default();
            if !roots(library).contains(&root) {
                wrong.push(format!("{} is no page of {library}", page.path));
            }
            if !seen.insert(&page.path) {
                wrong.push(format!("{} is there twice", page.path));
            }
            if page.items.is_empty() && !used.contains(page.name()) {
                wrong.push(format!("{} is not used", page.path));
            }
            for item in &page.items {
                let is_loop = item == "into_iter" && code.contains(" in ");
                if !is_loop && !used.contains(&item[..]) && !code.contains(&item[..]) {
                    wrong.push(format!("{}: {item} is not used", page.path));
                }
            }
        }
        let items: BTreeSet<&str> = self
            .pages
            .iter()
            .flat_map(|page| page.items.iter().map(String::as_str))
            .collect();
        let parts: BTreeSet<&str> = self
            .pages
            .iter()
            .flat_map(|page| words(&page.path))
            .collect();
        for method in methods(&code) {
            if !items.contains(method) && !STANDARD.contains(&method) && !parts.contains(method) {
                wrong.push(format!("{method} is on no page"));
            }
        }
        for name in names(&code, roots(library)) {
            if !parts.contains(&name[..]) && !items.contains(&name[..]) {
                wrong.push(format!("{name} is on no page"));
            }
        }
        for root in imported(&code) {
            let is_ours = roots(library).contains(&root);
            if !is_ours && !["std", "threading", "sys", "subprocess"].contains(&root) {
                wrong.push(format!(
                    "{root} is neither {library} nor a standard library"
                ));
            }
        }
        wrong
    }
}

/// What is called behind a dot.
fn methods(code: &str) -> BTreeSet<&str> {
    let calls = code.split('.').skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_')?;
        let (name, behind) = rest.split_at(end);
        let is_call = behind.starts_with('(') || behind.starts_with("::<");
        (is_call && name.starts_with(char::is_alphabetic)).then_some(name)
    });
    calls.collect()
}

/// The statements that import something, whole.
fn imports(code: &str) -> impl Iterator<Item = &str> {
    let rust = code.split(";\n").map(str::trim_start);
    let rust = rust.filter_map(|statement| statement.strip_prefix("use "));
    rust.chain(code.lines().filter_map(|line| line.strip_prefix("import ")))
}

/// The crates and packages that are imported.
fn imported(code: &str) -> BTreeSet<&str> {
    imports(code)
        .filter_map(|import| words(import).next())
        .collect()
}

/// The names that are imported from these crates, and those that stand behind their names.
fn names(code: &str, roots: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for import in imports(code) {
        if !words(import)
            .next()
            .is_some_and(|root| roots.contains(&root))
        {
            continue;
        }
        // A word that no path goes on behind.
        let leaves = import
            .split([',', '{', '}'])
            .filter(|part| !part.trim_end().ends_with("::"));
        found.extend(
            leaves
                .filter_map(|part| words(part).last())
                .map(String::from),
        );
    }
    for root in roots {
        for separator in ["::", "."] {
            let path = format!("{root}{separator}");
            let behind = code.split(&path[..]).skip(1);
            found.extend(
                behind
                    .filter_map(|rest| words(rest).next())
                    .map(String::from),
            );
        }
    }
    found.retain(|name| !roots.contains(&&name[..]));
    found
}

/// Returns what of these pages the interface of a crate, as `loom-tests/api` lists it, does not have.
pub fn not_public(pages: &[Page], interface: &str) -> Vec<String> {
    let lines: Vec<String> = interface.lines().map(without_generics).collect();
    let mut wrong = Vec::new();
    for page in pages {
        let kinds = [
            "enum", "fn", "macro", "mod", "struct", "trait", "type", "use",
        ];
        let declares = |line: &String| {
            let words: Vec<&str> = line.split([' ', '(']).collect();
            let is = |pair: &[&str]| kinds.contains(&pair[0]) && pair[1] == page.path;
            words.windows(2).any(is)
        };
        if !lines.iter().any(declares) {
            wrong.push(format!("{} is not public", page.path));
        }
        // `ChannelOf::send` stands on the page of its alias `Channel`.
        let owner = format!("::{}", page.name());
        for item in page.items.iter().filter(|item| !item.contains('/')) {
            let has = |line: &String| {
                let method = line.split_once(&format!("::{item}(")[..]);
                method.is_some_and(|(before, _)| {
                    let of = before.rfind("::").map_or("", |at| &before[at..]);
                    of.starts_with(&owner)
                })
            };
            if !lines.iter().any(has) {
                wrong.push(format!("{} has no {item}", page.path));
            }
        }
    }
    wrong
}

/// The line without what stands in angle brackets.
fn without_generics(line: &str) -> String {
    let line = line.replace("->", "");
    let mut open = 0_usize;
    let mut keep = |c: char| {
        open += usize::from(c == '<');
        let kept = open == 0;
        open -= usize::from(c == '>' && open > 0);
        kept
    };
    line.chars().filter(|c| keep(*c)).collect()
}
