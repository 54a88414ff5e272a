//! Which file imports which: found in the sources, and through re-exports to the file that defines
//! the name.
//!
//! `use super::Node` in `wait/queue.rs` is an import of `wait/list.rs` if `wait/mod.rs` says `pub
//! use list::Node`. So a circle of two files cannot hide behind the `mod.rs` above them. That
//! `mod.rs` itself imports `wait/list.rs` only if it also uses the name.
//!
//! This is no compiler. A name that it does not find (a macro made it, or another crate) counts as
//! defined in the file of the module that it is asked of. What is reached through a method or a
//! field, without a path, is not seen.

use std::collections::{BTreeMap, BTreeSet};

use super::tokens::{Kind, Token, bracket, closing, code, tokens};
use super::tree::Source;

/// One import: by whom, where, of whom, and the path as it is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Import {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) line: usize,
    pub(crate) shown: String,
    /// It leads through a re-export of the crate root.
    pub(crate) through_root: bool,
}

/// A module path: `ring`, `spsc`.
type Module = Vec<String>;

/// One path in a source text, as written.
struct Path {
    /// The module that it stands in.
    module: Module,
    segments: Vec<String>,
    line: usize,
    /// It is a `use`, by this name; `*` for all names.
    bound: Option<String>,
    /// It is a `pub use`, of whatever visibility, and its file does nothing else with the name.
    handed_on: bool,
}

/// The files of one crate, by their modules.
#[derive(Default)]
pub(crate) struct Crate {
    files: BTreeMap<Module, String>,
    defined: BTreeSet<(Module, String)>,
    used: BTreeMap<(Module, String), Vec<Vec<String>>>,
    globs: BTreeMap<Module, Vec<Vec<String>>>,
    paths: BTreeMap<String, Vec<Path>>,
}

/// Where a path leads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    Module(Module),
    /// Something that this file defines.
    In(String),
}

/// How many re-exports may follow one another.
const HOPS: usize = 16;

/// The module of a file: `ring/spsc.rs` is `ring`, `spsc`, and `ring/mod.rs` is `ring`.
fn module_of(file: &str) -> Module {
    let stem = file.trim_end_matches(".rs").trim_end_matches("/mod");
    if stem == "lib" {
        Vec::new()
    } else {
        stem.split('/').map(String::from).collect()
    }
}

/// The directory whose files this file declares: `ring/` for `ring/mod.rs` and for `ring.rs`,
/// nothing else for the root.
pub(crate) fn below(file: &str) -> String {
    let module = module_of(file);
    if module.is_empty() {
        return String::new();
    }
    format!("{}/", module.join("/"))
}

impl Crate {
    /// Reads the Rust files below `root` (`core/src/`).
    pub(crate) fn read(sources: &[Source], root: &str) -> Crate {
        let mut found = Crate::default();
        let inner = |s: &Source| s.path.strip_prefix(root).map(String::from);
        let files = sources.iter().filter(|s| s.is_rust());
        for (source, file) in files.filter_map(|s| Some((s, inner(s)?))) {
            found.files.insert(module_of(&file), file.clone());
            found.read_file(&source.text, &file);
        }
        found
    }

    fn read_file(&mut self, text: &str, file: &str) {
        let tokens = tokens(text);
        let code = code(&tokens);
        let mut module = module_of(file);
        let mut paths = Vec::new();
        // The names that are used outside of `use`, each with its module.
        let mut words = BTreeSet::new();
        let variants = variants(&code);
        // Where the inline modules around the token end, and how many brackets around it are open.
        let mut inline = Vec::new();
        let mut depth = 0;
        let mut i = 0;
        while i < code.len() {
            while inline.last().is_some_and(|end| *end < i) {
                inline.pop();
                module.pop();
            }
            if code[i].is_word("mod") && code.get(i + 2).is_some_and(|t| t.is("{")) {
                module.push(code[i + 1].text.to_string());
                self.files.insert(module.clone(), file.to_string());
                inline.push(closing(&code, i + 2));
                depth += 1;
                i += 3;
                continue;
            }
            depth += bracket(&code[i]);
            let in_module = depth == i32::try_from(inline.len()).expect("a few");
            if let Some(name) = definition(&code, i).filter(|_| in_module) {
                self.defined.insert((module.clone(), name.to_string()));
            }
            if is_used(&code, i) && !variants.contains(&i) {
                words.insert((module.clone(), code[i].text));
            }
            let in_use = code[i].is_word("use");
            let start = if in_use { past_colons(&code, i + 1) } else { i };
            if !in_use && !starts_path(&code, i) {
                i += 1;
                continue;
            }
            let public = in_use && is_public(&code, i);
            let (all, end) = expand(&code, start);
            for (segments, name) in all {
                if in_use {
                    self.bind(&module, &name, &segments);
                }
                paths.push(Path {
                    module: module.clone(),
                    line: code[start].line,
                    bound: in_use.then_some(name),
                    segments,
                    handed_on: public,
                });
            }
            i = end.max(i) + 1;
        }
        for path in &mut paths {
            let name = path.bound.as_deref().unwrap_or_default();
            path.handed_on &= !words.contains(&(path.module.clone(), name));
        }
        self.paths.insert(file.to_string(), paths);
    }

    fn bind(&mut self, module: &Module, name: &str, segments: &[String]) {
        if name == "*" {
            let globs = self.globs.entry(module.clone()).or_default();
            globs.push(segments.to_vec());
        } else {
            let key = (module.clone(), name.to_string());
            self.used.entry(key).or_default().push(segments.to_vec());
        }
    }

    /// What `name` is in `module`; nothing if it is not found there.
    fn look_up(&self, module: &Module, name: &str, hops: usize) -> BTreeSet<Target> {
        let child = [module.clone(), vec![name.to_string()]].concat();
        if self.files.contains_key(&child) {
            return BTreeSet::from([Target::Module(child)]);
        }
        let key = (module.clone(), name.to_string());
        if self.defined.contains(&key) {
            return BTreeSet::from([self.here(module)]);
        }
        if hops == 0 {
            return BTreeSet::new();
        }
        if let Some(all) = self.used.get(&key) {
            let targets = all.iter().filter(|path| path[..] != [name.to_string()]);
            return targets
                .flat_map(|path| self.resolve(module, path, hops - 1))
                .collect();
        }
        let globs = self.globs.get(module).into_iter().flatten();
        let modules = globs.flat_map(|path| self.resolve(module, path, hops - 1));
        modules
            .flat_map(|target| match target {
                Target::Module(module) => self.look_up(&module, name, hops - 1),
                Target::In(_) => BTreeSet::new(),
            })
            .collect()
    }

    fn here(&self, module: &Module) -> Target {
        Target::In(self.files.get(module).cloned().unwrap_or_default())
    }

    /// Where a path leads that stands in `module`: nowhere, if it leads out of the crate.
    fn resolve(&self, module: &Module, path: &[String], hops: usize) -> BTreeSet<Target> {
        let mut rest = path;
        let mut at = match rest[0].as_str() {
            "crate" => Vec::new(),
            "self" | "super" => module.clone(),
            first => {
                let found = self.look_up(module, first, hops);
                return self.walk(found, &rest[1..], hops);
            }
        };
        while rest.first().is_some_and(|s| s == "super") {
            at.pop();
            rest = &rest[1..];
        }
        let first = rest.first().is_some_and(|s| s == "crate" || s == "self");
        rest = &rest[usize::from(first)..];
        self.walk(BTreeSet::from([Target::Module(at)]), rest, hops)
    }

    fn walk(&self, from: BTreeSet<Target>, rest: &[String], hops: usize) -> BTreeSet<Target> {
        let mut at = from;
        for name in rest {
            let step = |target| match target {
                Target::Module(module) => {
                    let found = self.look_up(&module, name, hops);
                    // Re-exported from another crate, or made by a macro.
                    let known = self.used.contains_key(&(module.clone(), name.clone()));
                    if found.is_empty() && !known {
                        BTreeSet::from([self.here(&module)])
                    } else {
                        found
                    }
                }
                same => BTreeSet::from([same]),
            };
            at = at.into_iter().flat_map(step).collect();
        }
        at
    }

    /// All imports of one file by another. What a `mod.rs` only re-exports from its own directory
    /// is none.
    pub(crate) fn imports(&self) -> Vec<Import> {
        let mut found = BTreeSet::new();
        for (file, path) in self
            .paths
            .iter()
            .flat_map(|(f, all)| all.iter().map(move |p| (f, p)))
        {
            let is_name = path.bound.is_some() || path.segments.len() > 1;
            for target in self.resolve(&path.module, &path.segments, HOPS) {
                let to = match &target {
                    Target::Module(module) => self.files.get(module).cloned(),
                    Target::In(file) => Some(file.clone()),
                };
                let Some(to) = to.filter(|to| to != file && is_name) else {
                    continue;
                };
                if path.handed_on && to.starts_with(&below(file)) {
                    continue;
                }
                found.insert(Import {
                    from: file.clone(),
                    to,
                    line: path.line,
                    shown: path.segments.join("::"),
                    through_root: self.is_through_root(path),
                });
            }
        }
        found.into_iter().collect()
    }

    /// Does the path name something in the crate root that is no module of it?
    fn is_through_root(&self, path: &Path) -> bool {
        let [first, name, ..] = &path.segments[..] else {
            return false;
        };
        first == "crate" && !self.files.contains_key(&vec![name.clone()])
    }

    /// All paths of a file with their lines, as written.
    pub(crate) fn written(&self, file: &str) -> impl Iterator<Item = (&[String], usize)> {
        let paths = self.paths.get(file).into_iter().flatten();
        paths.map(|path| (&path.segments[..], path.line))
    }
}

/// The name that is defined at token `i`, if it is the keyword of an item.
fn definition<'a>(code: &[Token<'a>], i: usize) -> Option<&'a str> {
    const ITEMS: &[&str] = &[
        "struct", "enum", "union", "trait", "fn", "const", "static", "type",
    ];
    if code[i].is_word("macro_rules") {
        return code.get(i + 2).map(|t| t.text);
    }
    let item = code[i].kind == Kind::Word && ITEMS.contains(&code[i].text);
    let next = i + 1 + usize::from(code.get(i + 1).is_some_and(|t| t.is_word("mut")));
    let name = code.get(next).filter(|t| t.kind == Kind::Word)?;
    item.then_some(name.text)
}

/// Where the names of an enum's variants are.
fn variants(code: &[Token<'_>]) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    for start in (0..code.len()).filter(|i| code[*i].is_word("enum")) {
        let Some(open) = (start..code.len()).find(|i| code[*i].is("{")) else {
            continue;
        };
        let mut depth = 0;
        for (i, token) in code.iter().enumerate().take(closing(code, open)).skip(open) {
            depth += bracket(token);
            if depth == 1 {
                found.insert(i);
            }
        }
    }
    found
}

/// May the word at token `i` stand for an item of that name? A lower-case one that is not called
/// may be a variable.
fn is_used(code: &[Token<'_>], i: usize) -> bool {
    let after = |text: &str| code.get(i + 1).is_some_and(|t| t.is(text));
    let before = |n: usize, text: &str| i >= n && code[i - n].is(text);
    let named = i > 0 && (code[i - 1].is_word("mod") || code[i - 1].is_word("fn"));
    let qualified = before(1, ".") || (before(1, ":") && before(2, ":"));
    code[i].kind == Kind::Word
        && !named
        && !qualified
        && (code[i].text.starts_with(char::is_uppercase) || after("(") || after("!"))
}

fn past_colons(code: &[Token<'_>], i: usize) -> usize {
    if code.get(i).is_some_and(|t| t.is(":")) {
        i + 2
    } else {
        i
    }
}

/// Does a path of several names begin here? The one in `pub(in …)` is none.
fn starts_path(code: &[Token<'_>], i: usize) -> bool {
    let colons = |i: usize| {
        code.get(i).is_some_and(|t| t.is(":")) && code.get(i + 1).is_some_and(|t| t.is(":"))
    };
    code[i].kind == Kind::Word
        && colons(i + 1)
        && !(i > 1 && colons(i - 2))
        && !(i > 1 && code[i - 1].is_word("in") && code[i - 2].is("("))
}

/// Is the `use` at token `i` a public one, of whatever visibility?
fn is_public(code: &[Token<'_>], i: usize) -> bool {
    let before = code[..i].iter().rev();
    let mut words = before.take_while(|t| !t.is(";") && !t.is("}") && !t.is("{") && !t.is("]"));
    words.any(|t| t.is_word("pub"))
}

/// The paths of the tree that begins at token `i`, each with the name that it is bound to, and
/// where the tree ends: `a::{b, c::d as e}` is `a::b` by `b` and `a::c::d` by `e`.
fn expand(code: &[Token<'_>], i: usize) -> (Vec<(Vec<String>, String)>, usize) {
    let mut path: Vec<String> = Vec::new();
    let mut at = i;
    loop {
        let token = &code[at];
        if token.is("{") {
            let close = closing(code, at);
            let mut all = Vec::new();
            let mut inner = at + 1;
            while inner < close {
                let (found, end) = expand(code, inner);
                all.extend(found.into_iter().map(|(mut rest, name)| {
                    let own = rest.len() == 1 && rest[0] == "self";
                    let last = path.last().cloned().unwrap_or_default();
                    let name = if own && name == "self" { last } else { name };
                    rest.drain(..usize::from(own));
                    ([path.clone(), rest].concat(), name)
                }));
                // Past the comma.
                inner = end + 1;
                inner += code[inner..close].iter().take_while(|t| !t.is(",")).count() + 1;
            }
            return (all, close);
        }
        if token.is("*") {
            return (vec![(path, "*".to_string())], at);
        }
        path.push(token.text.to_string());
        let goes_on = at + 3 < code.len()
            && code[at + 1].is(":")
            && code[at + 2].is(":")
            && (code[at + 3].kind == Kind::Word || code[at + 3].is("{") || code[at + 3].is("*"));
        if !goes_on {
            break;
        }
        at += 3;
    }
    let renamed = code.get(at + 1).is_some_and(|t| t.is_word("as"));
    let name = match code.get(at + 2) {
        Some(other) if renamed => other.text.to_string(),
        _ => path.last().cloned().unwrap_or_default(),
    };
    (vec![(path, name)], if renamed { at + 2 } else { at })
}
