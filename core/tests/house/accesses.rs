//! Atomic accesses in Rust sources, with the comments that belong to them.
//!
//! Shared by the house rules and by the model harness, so that both mean the same by "an access" and "its tag".
//!
//! Tags. An ordinary comment that begins with `E1`, `E1, E3` or `wait/queue.rs#E2` (an edge of another file's table) tags
//! the access it belongs to; `R: reason`, at the beginning or after a tag, gives a reason instead. A comment belongs to an
//! access when it stands on the lines of its statement, but before the next access of that statement, or on comment lines
//! right above the statement, or right below the `{` that ends it. An access in the arguments of another one has the
//! comments of its own lines.

use super::tokens::{Kind, Token, bracket, closing, code, is_word, tokens};

/// The names of the orderings.
pub(crate) const ORDERINGS: [&str; 5] = ["Relaxed", "Acquire", "Release", "AcqRel", "SeqCst"];

/// An edge as a comment names it: the file of its table, if another one, and `E` with its number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tag {
    pub(crate) file: Option<String>,
    pub(crate) edge: String,
}

impl Tag {
    /// The edge's full name, `ring/spsc/protocol.rs#E1`, for a tag that stands in `file`.
    pub(crate) fn key(&self, file: &str) -> String {
        format!("{}#{}", self.file.as_deref().unwrap_or(file), self.edge)
    }
}

/// Is this `E` and a number?
pub(crate) fn is_edge(word: &str) -> bool {
    word.strip_prefix('E')
        .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// The tags a comment begins with, and whether it gives a reason.
pub(crate) fn read_comment(text: &str) -> (Vec<Tag>, bool) {
    let mut tags = Vec::new();
    let mut rest = text.trim_start();
    loop {
        let end = rest
            .find(|c: char| !is_word(c) && !"/.#-".contains(c))
            .unwrap_or(rest.len());
        let word = rest[..end].trim_end_matches('.');
        match word.split_once('#') {
            Some((file, edge)) if is_edge(edge) => {
                tags.push(Tag {
                    file: Some(file.to_string()),
                    edge: edge.to_string(),
                });
            }
            None if is_edge(word) => tags.push(Tag {
                file: None,
                edge: word.to_string(),
            }),
            _ => break,
        }
        rest = rest[end..].trim_start_matches([' ', ',', '+', '&']);
        rest = rest.strip_prefix("and ").unwrap_or(rest);
    }
    let rest = rest.trim_start_matches([' ', ',', ';', '.']);
    let reason = |text: &str| {
        text.strip_prefix("R:")
            .is_some_and(|why| !why.trim().is_empty())
    };
    let later = [", R:", "; R:", ". R:"]
        .iter()
        .any(|m| rest.find(m).is_some_and(|i| reason(&rest[i + 2..])));
    (tags, reason(rest) || later)
}

/// An atomic access or a fence, with the orderings it names.
#[derive(Debug)]
pub(crate) struct Access {
    /// The method, or `fence`.
    pub(crate) name: String,
    /// Where `core::panic::Location::caller()` puts it: the method's name; of a fence, the first word of its path.
    pub(crate) line: usize,
    pub(crate) col: usize,
    pub(crate) orderings: Vec<String>,
    pub(crate) tags: Vec<Tag>,
    /// Does a comment give a reason?
    pub(crate) reason: bool,
    /// The first and the last line on which comments belong to it.
    pub(crate) lines: (usize, usize),
}

impl Access {
    /// Is some ordering stronger than Relaxed?
    pub(crate) fn strong(&self) -> bool {
        self.orderings.iter().any(|o| o != "Relaxed")
    }
}

fn is_access(name: &str) -> bool {
    matches!(
        name,
        "load" | "store" | "swap" | "compare_exchange" | "compare_exchange_weak"
    ) || name.starts_with("fetch_")
}

/// The access whose name stands at `i`: first token of the location, closing bracket.
fn access_at(code: &[Token<'_>], i: usize) -> Option<(usize, usize)> {
    if code[i].kind != Kind::Word || !code.get(i + 1)?.is("(") {
        return None;
    }
    let method = i > 0 && code[i - 1].is(".") && is_access(code[i].text);
    let mut first = i;
    if code[i].text == "fence" && !(i > 0 && (code[i - 1].is(".") || code[i - 1].is_word("fn"))) {
        while first >= 3
            && code[first - 1].is(":")
            && code[first - 2].is(":")
            && code[first - 3].kind == Kind::Word
        {
            first -= 3;
        }
    } else if !method {
        return None;
    }
    Some((first, closing(code, i + 1)))
}

/// The orderings among the arguments, without those of accesses nested in them.
fn orderings(code: &[Token<'_>], open: usize, close: usize) -> Vec<String> {
    let mut found = Vec::new();
    let mut i = open + 1;
    while i < close {
        match access_at(code, i) {
            Some((_, end)) => i = end,
            None if code[i].kind == Kind::Word && ORDERINGS.contains(&code[i].text) => {
                found.push(code[i].text.to_string());
            }
            None => {}
        }
        i += 1;
    }
    found
}

/// The first and the last token of the statement, match arm or field around the tokens `first..=close`.
fn statement(code: &[Token<'_>], first: usize, close: usize) -> (usize, usize) {
    let mut depth = 0i32;
    let mut start = 0;
    // Are the commas around here those of arms and fields, or those of arguments?
    let mut arms = None;
    for j in (0..first).rev() {
        let token = &code[j];
        // `}` closes what came before, unless it is part of this expression, as in `x { … }.load()`.
        let ended = token.is(";") || (token.is("}") && !code[j + 1].is("."));
        if depth <= 0 && (ended || token.is("{")) {
            arms.get_or_insert(!token.is(";") || start > 0);
            start = start.max(j + 1);
            break;
        }
        if depth == 0 && token.is(",") {
            start = start.max(j + 1);
        }
        depth -= bracket(token);
        if depth < 0 {
            // Inside the arguments of a call: those commas separated nothing.
            arms.get_or_insert(false);
            start = 0;
            depth = 0;
        }
    }
    let arms = arms.unwrap_or(false);
    depth = 0;
    for (j, token) in code.iter().enumerate().skip(close + 1) {
        if depth <= 0 {
            if token.is(";") || token.is("{") || (arms && token.is(",")) {
                return (start, j);
            }
            if token.is("}") {
                return (start, j - 1);
            }
        }
        depth += bracket(token);
    }
    (start, code.len() - 1)
}

/// Does this line hold a comment and nothing else?
fn is_bare(tokens: &[Token<'_>], line: usize) -> bool {
    let mut here = tokens.iter().filter(|t| t.line == line).peekable();
    here.peek().is_some() && here.all(|t| t.kind == Kind::Comment)
}

/// The lines on which comments belong to the statement around the tokens `first..=close`: it and the comment lines above.
fn statement_lines(
    tokens: &[Token<'_>],
    code: &[Token<'_>],
    first: usize,
    close: usize,
) -> (usize, usize) {
    let (start, end) = statement(code, first, close);
    let mut top = code[start].line;
    while top > 1 && is_bare(tokens, top - 1) {
        top -= 1;
    }
    (top, code[end].line)
}

/// The comment lines right after the `{` that ends the statement: where a formatter moves the comment behind a `{`.
fn lines_after_brace(
    tokens: &[Token<'_>],
    code: &[Token<'_>],
    first: usize,
    close: usize,
) -> std::ops::Range<usize> {
    let end = &code[statement(code, first, close).1];
    let mut last = end.line + 1;
    while end.is("{") && is_bare(tokens, last) {
        last += 1;
    }
    end.line + 1..last
}

/// What the comments on the lines that `wanted` picks say: tags, and whether one gives a reason.
pub(crate) fn comments_on(
    tokens: &[Token<'_>],
    wanted: impl Fn(&usize) -> bool,
) -> (Vec<Tag>, bool) {
    let (mut tags, mut reason) = (Vec::new(), false);
    for token in tokens
        .iter()
        .filter(|t| t.kind == Kind::Comment && wanted(&t.line))
    {
        let (more, why) = read_comment(token.text);
        tags.extend(more);
        reason |= why;
    }
    tags.sort();
    tags.dedup();
    (tags, reason)
}

/// The atomic accesses and fences of a source text, in order.
pub(crate) fn accesses(text: &str) -> Vec<Access> {
    let tokens = tokens(text);
    let code = code(&tokens);
    let spots: Vec<(usize, usize, usize)> = (0..code.len())
        .filter_map(|i| access_at(&code, i).map(|(first, close)| (i, first, close)))
        .filter(|&(i, _, close)| !orderings(&code, i + 1, close).is_empty())
        .collect();
    let mut found = Vec::new();
    for (n, &(i, first, close)) in spots.iter().enumerate() {
        let (mut from, mut to) = statement_lines(&tokens, &code, first, close);
        // Another access of the same statement takes the comments of its own lines.
        if let Some(&(_, _, before)) = spots[..n].iter().rfind(|s| s.2 < first)
            && code[before].line < code[first].line
        {
            from = from.max(code[before].line + 1);
        }
        if let Some(&(_, next, _)) = spots[n + 1..].iter().find(|s| s.1 > close)
            && code[next].line > code[close].line
        {
            to = to.min(code[next].line - 1);
        }
        if spots[..n]
            .iter()
            .any(|s| s.2 > close && code[s.0].line < code[first].line)
        {
            // An argument of another access, on lines of its own.
            (from, to) = (code[first].line, code[close].line);
        }
        let inner = spots[n + 1..].iter().take_while(|s| s.1 < close);
        let inner: Vec<_> = inner
            .map(|s| code[s.1].line..=code[s.2].line)
            .filter(|l| *l.start() > code[i].line)
            .collect();
        let own = |line: &usize| {
            (from..=to).contains(line) && !inner.iter().any(|lines| lines.contains(line))
        };
        let (mut tags, mut reason) = comments_on(&tokens, own);
        if tags.is_empty() && !reason {
            let after = lines_after_brace(&tokens, &code, first, close);
            (tags, reason) = comments_on(&tokens, |line| after.contains(line));
            to = to.max(after.end - 1);
        }
        found.push(Access {
            name: code[i].text.to_string(),
            line: code[first].line,
            col: code[first].col,
            orderings: orderings(&code, i + 1, close),
            tags,
            reason,
            lines: (from, to),
        });
    }
    found
}

/// Orderings that stand outside of any access and any `use`, without a tag or a reason: their lines.
pub(crate) fn strays(text: &str) -> Vec<usize> {
    let tokens = tokens(text);
    let code = code(&tokens);
    let mut found = Vec::new();
    let mut i = 0;
    while i < code.len() {
        if code[i].is_word("use") {
            i += code[i..].iter().take_while(|t| !t.is(";")).count();
        } else if let Some((_, close)) = access_at(&code, i) {
            i = close;
        } else if code[i].kind == Kind::Word && ORDERINGS.contains(&code[i].text) {
            let (from, to) = statement_lines(&tokens, &code, i, i);
            let (tags, reason) = comments_on(&tokens, |line| (from..=to).contains(line));
            if tags.is_empty() && !reason {
                found.push(code[i].line);
            }
        }
        i += 1;
    }
    found
}

/// The named steps of a source text, `step!("name", …)`: name and line.
pub(crate) fn steps(text: &str) -> Vec<(String, usize)> {
    let tokens = tokens(text);
    let code = code(&tokens);
    let mut found = Vec::new();
    for window in code.windows(4) {
        if window[0].is_word("step") && window[1].is("!") && window[3].kind == Kind::Text {
            found.push((window[3].text.to_string(), window[0].line));
        }
    }
    found
}
