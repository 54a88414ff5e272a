//! The public items of a library with their documentation, read from the sources as far as that needs.
//!
//! An item is what a user can name: `pub`, or in a public trait or enum, in a public module or
//! re-exported, and not hidden. One that a macro stamps on several types is one item, where it is
//! written; the implementations of traits have no pages of their own.

use std::collections::BTreeSet;

use super::imports::below;
use super::tokens::{Kind, Token, bracket, tokens};
use super::tree::Source;
use super::words::public_modules;

/// What an item is, as far as its page is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Is {
    Function,
    /// A type, constant, field, variant or module.
    Other,
}

/// A public item with its documentation.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) is: Is,
    /// `Sender::send`, or `$end::close` inside a macro.
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) doc: String,
}

/// What encloses an item.
#[derive(Clone, Debug)]
enum Within {
    /// A module or a macro.
    Items,
    /// The methods of a type.
    Methods(String),
    /// A public trait.
    Trait(String),
    /// A public enum: its variants.
    Variants(String),
    /// A public struct: its fields.
    Fields(String),
}

struct Reader<'a> {
    source: &'a Source,
    all: &'a [Source],
    tokens: Vec<Token<'a>>,
    /// Is the module public?
    is_open: bool,
    exports: &'a Exports,
    found: Vec<Item>,
    /// What has been read since the last item: its documentation.
    doc: Vec<String>,
    is_hidden: bool,
}

/// The public items of a source.
fn read(source: &Source, all: &[Source], is_open: bool, exports: &Exports) -> Vec<Item> {
    let mut reader = Reader {
        source,
        all,
        tokens: tokens(&source.text),
        is_open,
        exports,
        found: Vec::new(),
        doc: Vec::new(),
        is_hidden: false,
    };
    let end = reader.tokens.len();
    reader.items(0, end, &Within::Items);
    reader.found
}

impl<'a> Reader<'a> {
    fn word(&self, at: usize, text: &str) -> bool {
        self.tokens.get(at).is_some_and(|t| t.is_word(text))
    }

    fn is(&self, at: usize, text: &str) -> bool {
        self.tokens.get(at).is_some_and(|t| t.is(text))
    }

    /// The token after the bracket that closes the one at `open`.
    fn after(&self, open: usize) -> usize {
        let mut depth = 0;
        for at in open..self.tokens.len() {
            depth += bracket(&self.tokens[at]);
            if depth == 0 {
                return at + 1;
            }
        }
        self.tokens.len()
    }

    /// The first `{` or `;` from here on that is in no other bracket.
    fn body(&self, mut at: usize) -> usize {
        while at < self.tokens.len() && !self.is(at, "{") && !self.is(at, ";") {
            at = if bracket(&self.tokens[at]) > 0 {
                self.after(at)
            } else {
                at + 1
            };
        }
        at
    }

    /// Skips a body or a semicolon.
    fn past(&self, body: usize) -> usize {
        if self.is(body, "{") {
            self.after(body)
        } else {
            body + 1
        }
    }

    /// Can a user name what this module calls so?
    fn has_name(&self, name: &str) -> bool {
        let in_macro = self.is_macro_variable(name);
        let is_seen = self.is_open || self.exports.seen.contains(name);
        in_macro || (is_seen && !self.exports.hidden.contains(name))
    }

    fn is_macro_variable(&self, name: &str) -> bool {
        self.source.text.contains(&format!("${name}"))
    }

    fn forget(&mut self) {
        self.doc.clear();
        self.is_hidden = false;
    }

    fn record(&mut self, is: Is, name: String, at: usize) {
        let doc = std::mem::take(&mut self.doc).join("\n");
        let hidden = std::mem::take(&mut self.is_hidden);
        // One whose name and page a macro gets from elsewhere is counted there.
        let is_elsewhere = name.ends_with("$") && doc.trim().is_empty();
        if !hidden && !is_elsewhere {
            let line = self.tokens[at].line;
            self.found.push(Item {
                is,
                name,
                line,
                doc,
            });
        }
    }

    /// What an attribute adds to the documentation: literals, or the text of a file.
    fn attribute(&mut self, from: usize, to: usize) {
        let inside = &self.tokens[from..to];
        let says = |word: &str| inside.iter().any(|t| t.is_word(word));
        if !says("doc") || says("alias") {
            return;
        }
        self.is_hidden |= says("hidden");
        for token in inside.iter().filter(|t| t.kind == Kind::Text) {
            if says("include_str") {
                let parent = |path: &'a str| path.rsplit_once('/').map_or("", |(dir, _)| dir);
                let (mut dir, mut file) = (parent(&self.source.path), token.text);
                while let Some(rest) = file.strip_prefix("../") {
                    (dir, file) = (parent(dir), rest);
                }
                let path = format!("{dir}/{file}");
                let file = self.all.iter().find(|s| s.path == path);
                self.doc.extend(file.map(|s| s.text.clone()));
            } else {
                self.doc.push(token.text.to_string());
            }
        }
    }

    fn items(&mut self, mut at: usize, end: usize, within: &Within) {
        self.forget();
        while at < end {
            let token = self.tokens[at];
            match (token.kind, token.text) {
                (Kind::Doc, text) => {
                    if self
                        .source
                        .text
                        .lines()
                        .nth(token.line - 1)
                        .is_some_and(|line| line.trim_start().starts_with("//!"))
                    {
                        at += 1;
                        continue;
                    }
                    let text = text.strip_prefix(' ').unwrap_or(text);
                    self.doc.push(text.to_string());
                    at += 1;
                }
                (Kind::Comment, _) => at += 1,
                (Kind::Punct, "#") => {
                    let open = at + 1 + usize::from(self.is(at + 1, "!"));
                    let after = self.after(open);
                    self.attribute(open, after);
                    at = after;
                }
                // `$(#[doc = $what])+`: what a macro passes on is documentation, and its end says how often.
                (Kind::Punct, "$")
                    if self.is(at + 1, "(")
                        && self.is(at + 2, "#")
                        && self.is(self.after(at + 3), ")") =>
                {
                    at = self.after(at + 1)
                }
                (Kind::Punct, "+" | "*") => at += 1,
                _ => at = self.item(at, end, within),
            }
        }
        self.forget();
    }

    /// An item, or a token that is none of ours; returns what follows it.
    fn item(&mut self, start: usize, end: usize, within: &Within) -> usize {
        let mut at = start;
        let mut public = matches!(within, Within::Trait(_));
        if self.word(at, "pub") {
            at += 1;
            public = !self.is(at, "(");
            if !public {
                at = self.after(at);
            }
        }
        let head = at;
        while ["const", "unsafe", "async", "extern", "default"]
            .iter()
            .any(|w| self.word(at, w))
            && !self.is(at + 1, "{")
        {
            at += 1;
        }
        if self.word(at, "fn") {
            let name = self.tokens[at + 1].text;
            let name = match within {
                Within::Methods(of) | Within::Trait(of) => format!("{of}::{name}"),
                _ => name.to_string(),
            };
            let is_method = !matches!(within, Within::Items);
            if public && (is_method || self.has_name(&name)) {
                self.record(Is::Function, name, start);
            }
            self.forget();
            return self.past(self.body(at));
        }
        if self.word(at, "impl") {
            if self.is_hidden {
                self.forget();
                return self.past(self.body(at));
            }
            return self.implementation(at);
        }
        if self.word(at, "mod") && !public && self.is(at + 2, "{") {
            self.forget();
            return self.after(at + 2);
        }
        at = head;
        let name = self.tokens.get(at + 1).map_or("", |t| t.text).to_string();
        let keyword = self.tokens[at].text;
        match (self.tokens[at].kind, keyword) {
            (Kind::Word, "struct" | "enum" | "trait" | "union") => {
                let hidden = self.is_hidden || !self.has_name(&name);
                if public && !hidden {
                    self.record(Is::Other, name.clone(), start);
                }
                self.forget();
                let body = self.body(at);
                let after = self.past(body);
                if public && !hidden && self.is(body, "{") {
                    let within = match keyword {
                        "trait" => Within::Trait(name),
                        "enum" => Within::Variants(name),
                        _ => Within::Fields(name),
                    };
                    self.items(body + 1, after - 1, &within);
                }
                return after;
            }
            (Kind::Word, "const" | "static" | "type") => {
                if public && !self.is(at + 1, "{") {
                    self.record(Is::Other, name, start);
                }
                self.forget();
                while at < end && !self.is(at, ";") {
                    at = if bracket(&self.tokens[at]) > 0 {
                        self.after(at)
                    } else {
                        at + 1
                    };
                }
                return at + 1;
            }
            (Kind::Word, "use") => {
                self.forget();
                while at < end && !self.is(at, ";") {
                    at += 1;
                }
                return at + 1;
            }
            _ => {}
        }
        match within {
            Within::Fields(of) if public => {
                let name = format!("{of}::{keyword}");
                self.record(Is::Other, name, start);
            }
            Within::Variants(of) if self.tokens[at].kind == Kind::Word => {
                let name = format!("{of}::{keyword}");
                self.record(Is::Other, name, start);
            }
            _ => {}
        }
        self.forget();
        match within {
            // To the comma behind the field or variant.
            Within::Fields(_) | Within::Variants(_) => {
                while at < end && !self.is(at, ",") {
                    at = if bracket(&self.tokens[at]) > 0 {
                        self.after(at)
                    } else {
                        at + 1
                    };
                }
                at + 1
            }
            _ if bracket(&self.tokens[at]) > 0 => {
                let after = self.after(at);
                self.items(at + 1, after - 1, within);
                after
            }
            _ => at + 1,
        }
    }

    /// Reads the methods of `impl<…> Type<…> { … }`; an implementation of a trait has no pages of its own.
    fn implementation(&mut self, start: usize) -> usize {
        self.forget();
        let body = self.body(start);
        let mut depth = 0i32;
        let (mut of, mut is_trait, mut done) = ("", false, false);
        for at in start + 1..body {
            let token = self.tokens[at];
            match token.text {
                "<" if token.kind == Kind::Punct => depth += 1,
                ">" if token.kind == Kind::Punct && !self.is(at - 1, "-") => depth -= 1,
                "where" => done = true,
                "for" if depth == 0 && !done && !self.is(at + 1, "<") => is_trait = true,
                text if depth == 0 && !done && token.kind == Kind::Word => of = text,
                _ => {}
            }
        }
        let after = self.past(body);
        if !is_trait && self.has_name(of) {
            self.items(body + 1, after - 1, &Within::Methods(of.to_string()));
        }
        after
    }
}

/// The public items of one library, whose sources begin with `root`, and the places of all of them.
pub(crate) fn of_library<'a>(sources: &'a [Source], root: &str) -> Vec<(&'a Source, Item)> {
    let library: Vec<&Source> = sources
        .iter()
        .filter(|s| s.is_library() && s.path.starts_with(root))
        .collect();
    let mut exports = Exports::default();
    let open = public_modules(sources);
    for source in &library {
        exports.read(source, open.contains(&source.path));
    }
    let shown = library.into_iter().filter(|s| !exports.is_hidden(&s.path));
    let items = shown.flat_map(|s| {
        let items = read(s, sources, open.contains(&s.path), &exports);
        items.into_iter().map(move |item| (s, item))
    });
    items.collect()
}

/// The words that declare a type or trait.
const TYPES: [&str; 5] = ["struct", "enum", "trait", "union", "type"];

/// What a library re-exports.
#[derive(Debug, Default)]
struct Exports {
    /// Names in a `pub use`, and of the types of public modules.
    seen: BTreeSet<String>,
    /// Names in a `pub use` that the documentation does not show.
    hidden: BTreeSet<String>,
    /// Modules that the documentation does not show, as paths without their ends.
    modules: Vec<String>,
}

impl Exports {
    fn is_hidden(&self, path: &str) -> bool {
        let inside = |module: &String| {
            let rest = path.strip_prefix(&module[..]);
            rest.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        };
        self.modules.iter().any(inside)
    }

    /// Adds what a source names in public; all its public types, if the module `is_open`.
    fn read(&mut self, source: &Source, is_open: bool) {
        let root = source.path.find("src/").map_or(0, |at| at + 4);
        let (root, file) = source.path.split_at(root);
        let tokens = tokens(&source.text);
        let code = super::tokens::code(&tokens);
        for at in 0..code.len().saturating_sub(2) {
            if !code[at].is_word("pub") {
                continue;
            }
            // `#[doc(hidden)]` directly before it.
            let is_hidden = at > 4 && code[at - 3].is_word("hidden");
            if code[at + 1].is_word("use") {
                let path = code[at + 2..].iter().take_while(|t| !t.is(";"));
                let names = path.filter(|t| t.kind == Kind::Word);
                let names = names.map(|t| t.text.to_string());
                let to = if is_hidden {
                    &mut self.hidden
                } else {
                    &mut self.seen
                };
                to.extend(names);
            } else if is_hidden && TYPES.contains(&code[at + 1].text) {
                self.hidden.insert(code[at + 2].text.to_string());
            } else if is_open && TYPES.contains(&code[at + 1].text) {
                self.seen.insert(code[at + 2].text.to_string());
            } else if is_hidden && code[at + 1].is_word("mod") {
                let module = format!("{root}{}{}", below(file), code[at + 2].text);
                self.modules.push(module);
            }
        }
    }
}
