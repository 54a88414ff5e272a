//! The sites of the sources: accesses, fences and steps, under names that outlive a shifted line.

use std::collections::{BTreeMap, BTreeSet};

use super::super::accesses::{self, ORDERINGS};
use super::super::mutants::{root, rust_files};
use super::super::tokens::{Kind, Token, bracket, code, tokens};

/// A place in the sources that can be weakened, or is Relaxed already.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// `ring/spsc/protocol.rs push: tail.store(Release)`, or `step:chain-wake`.
    pub(crate) name: String,
    /// From the source root on.
    pub(crate) file: String,
    /// As the compiler places it: `ring/spsc/protocol.rs:120:25`; that of a step is its name.
    pub(crate) place: String,
    /// The lines of the function around it.
    pub(crate) lines: (usize, usize),
    pub(crate) fence: bool,
    /// The method; empty for a step.
    pub(crate) method: String,
    /// Of the access, in the order of its arguments; none for a step.
    pub(crate) orderings: Vec<String>,
    /// Full names of its edges; of a step its own.
    pub(crate) keys: Vec<String>,
    /// What its comment says after `R:`.
    pub(crate) reason: String,
}

impl Site {
    pub(crate) fn is_step(&self) -> bool {
        self.orderings.is_empty()
    }

    /// How a model that runs through it tells of it.
    pub(crate) fn told(&self) -> String {
        let mut text = self.place.clone();
        for ordering in &self.orderings {
            text = format!("{text} {ordering}");
        }
        text
    }
}

/// The sites of all sources that the models compile, and what is wrong with them.
pub(crate) fn all() -> Result<Vec<Site>, String> {
    let mut found = Vec::new();
    for file in rust_files(&root()) {
        if !file.starts_with("shim/") {
            let path = root().join(&file);
            let text =
                std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
            found.extend(of(&file, &text)?);
        }
    }
    // Two places may have one step: one fault leaves out both.
    let mut steps = BTreeSet::new();
    found.retain(|site: &Site| !site.is_step() || steps.insert(site.name.clone()));
    Ok(found)
}

/// The sites of one file. An error names an ordering that belongs to no access.
pub(crate) fn of(file: &str, text: &str) -> Result<Vec<Site>, String> {
    let all = tokens(text);
    let code = code(&all);
    let functions = functions(&code);
    let around = |line: usize| {
        let inner = functions
            .iter()
            .filter(|f| (f.1..=f.2).contains(&line))
            .min_by_key(|f| f.2 - f.1);
        inner.map_or((String::new(), line, line), Clone::clone)
    };
    let mut found = Vec::new();
    let mut named: BTreeMap<String, usize> = BTreeMap::new();
    let mut counted = 0;
    for access in accesses::accesses(text) {
        counted += access.orderings.len();
        let at = code
            .iter()
            .position(|t| (t.line, t.col) == (access.line, access.col));
        let at = at.ok_or(format!("{file}:{}: no token is there", access.line))?;
        let (function, from, to) = around(access.line);
        let what = format!(
            "{}{}({})",
            receiver(&code, at),
            access.name,
            access.orderings.join(", ")
        );
        let mut name = format!("{file} {function}: {what}");
        let times = named.entry(name.clone()).or_insert(0);
        *times += 1;
        if *times > 1 {
            name = format!("{name} #{times}");
        }
        found.push(Site {
            name,
            file: file.to_string(),
            place: format!("{file}:{}:{}", access.line, access.col),
            lines: (from, to),
            fence: access.name == "fence",
            method: access.name,
            orderings: access.orderings,
            keys: access.tags.iter().map(|tag| tag.key(file)).collect(),
            reason: reason(&all, access.lines),
        });
    }
    let words = words(&code);
    if words != counted {
        return Err(format!(
            "{file} names {words} orderings, of which {counted} belong to an access: the others would not be tried"
        ));
    }
    for (step, line) in accesses::steps(text) {
        let (_, from, to) = around(line);
        found.push(Site {
            name: format!("step:{step}"),
            file: file.to_string(),
            place: format!("step:{step}"),
            lines: (from, to),
            fence: false,
            method: String::new(),
            orderings: Vec::new(),
            keys: vec![format!("step:{step}")],
            reason: String::new(),
        });
    }
    Ok(found)
}

/// How often the code names an ordering, outside of `use`.
fn words(code: &[Token<'_>]) -> usize {
    let mut found = 0;
    let mut imports = false;
    for (i, token) in code.iter().enumerate() {
        // Not the `use<'a>` of a type.
        imports |= token.is_word("use") && !code.get(i + 1).is_some_and(|t| t.is("<"));
        imports &= !token.is(";");
        let own = token.kind == Kind::Word && ORDERINGS.contains(&token.text);
        found += usize::from(own && !imports);
    }
    found
}

/// The functions of a file: name, first line, last line.
fn functions(code: &[Token<'_>]) -> Vec<(String, usize, usize)> {
    let mut found = Vec::new();
    for (i, token) in code.iter().enumerate() {
        let Some(name) = code.get(i + 1).filter(|_| token.is_word("fn")) else {
            continue;
        };
        let mut depth = 0i32;
        for (j, token) in code.iter().enumerate().skip(i + 2) {
            if depth == 0 && token.is(";") {
                break;
            }
            depth += bracket(token);
            if depth == 0 && token.is("}") {
                found.push((name.text.to_string(), code[i].line, code[j].line));
                break;
            }
        }
    }
    found
}

/// What the method at `at` is called on, as far as it fits a line: `self.head().` becomes `head().`.
fn receiver(code: &[Token<'_>], at: usize) -> String {
    if at < 2 || !code[at - 1].is(".") {
        // A fence, which of the two the path says.
        let path = code.get(at).filter(|t| t.text != "fence");
        return path.map_or(String::new(), |t| format!("{}::", t.text));
    }
    let last = at - 2;
    let closed = match code[last].text {
        ")" => "()",
        "]" => "[]",
        _ => return format!("{}.", code[last].text),
    };
    let mut first = last;
    let mut depth = 0;
    while first > 0 {
        depth += bracket(&code[first]);
        first -= 1;
        if depth == 0 {
            break;
        }
    }
    match code[first].kind {
        Kind::Word => format!("{}{closed}.", code[first].text),
        // In brackets of its own: `(self.tail).load()`.
        _ => format!("{}.", code[last - 1].text),
    }
}

/// What the comments on these lines give as a reason.
fn reason(all: &[Token<'_>], (from, to): (usize, usize)) -> String {
    let mut text = String::new();
    let mut last = 0;
    let comments = |t: &&Token<'_>| t.kind == Kind::Comment && (from..=to).contains(&t.line);
    for token in all.iter().filter(comments) {
        match token.text.split_once("R:") {
            Some((_, why)) if text.is_empty() => text = why.trim().to_string(),
            None if !text.is_empty() && token.line == last + 1 => {
                text = format!("{text} {}", token.text.trim());
            }
            _ => continue,
        }
        last = token.line;
    }
    text
}
