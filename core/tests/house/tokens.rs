//! Rust sources as tokens with their places: enough to tell code from comments and strings, and to pair brackets.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An identifier, keyword, number or lifetime.
    Word,
    /// One character of punctuation.
    Punct,
    /// A string or character literal; its text is what stands between the quotes.
    Text,
    /// An ordinary comment, without its slashes.
    Comment,
    /// A documentation comment, without its slashes.
    Doc,
}

/// A token and where it begins. Lines and columns count from 1, columns in characters, as compilers report them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
    pub(crate) line: usize,
    pub(crate) col: usize,
}

impl Token<'_> {
    /// Is this the punctuation `text`?
    pub(crate) fn is(&self, text: &str) -> bool {
        self.kind == Kind::Punct && self.text == text
    }

    /// Is this the word `text`?
    pub(crate) fn is_word(&self, text: &str) -> bool {
        self.kind == Kind::Word && self.text == text
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    col: usize,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip(&mut self, bytes: usize) {
        for c in self.text[self.at..self.at + bytes].chars() {
            if c == '\n' {
                self.line += 1;
                self.col = 1;
            } else {
                self.col += 1;
            }
        }
        self.at += bytes;
    }

    /// The length of the prefix whose characters satisfy `wanted`.
    fn run(&self, wanted: impl Fn(char) -> bool) -> usize {
        self.rest()
            .find(|c| !wanted(c))
            .unwrap_or(self.rest().len())
    }

    /// Length of a string or character literal here and where its content lies in it, if there is one.
    fn literal(&self) -> Option<(usize, usize, usize)> {
        let rest = self.rest();
        let prefix = ["br", "cr", "b", "c", "r", ""].into_iter().find(|prefix| {
            let after = rest.strip_prefix(prefix);
            after.is_some_and(|a| {
                a.starts_with('"')
                    || (prefix.ends_with('r') && a.trim_start_matches('#').starts_with('"'))
                    || (matches!(*prefix, "b" | "") && a.starts_with('\''))
            })
        })?;
        let body = &rest[prefix.len()..];
        if prefix.ends_with('r') {
            let hashes = body.len() - body.trim_start_matches('#').len();
            let close = format!("\"{}", "#".repeat(hashes));
            let begin = prefix.len() + hashes + 1;
            let end = begin + rest[begin..].find(&close).unwrap_or(rest.len() - begin);
            return Some(((end + close.len()).min(rest.len()), begin, end));
        }
        let quote = body.chars().next()?;
        let begin = prefix.len() + 1;
        if quote == '\'' {
            // A lifetime has no closing quote after its first character.
            let mut chars = rest[begin..].chars();
            let first = chars.next()?;
            if first != '\\' && chars.next() != Some('\'') {
                return None;
            }
        }
        let mut escaped = false;
        for (i, c) in rest[begin..].char_indices() {
            if escaped {
                escaped = false;
            } else if c == '\\' {
                escaped = true;
            } else if c == quote {
                return Some((begin + i + 1, begin, begin + i));
            }
        }
        Some((rest.len(), begin, rest.len()))
    }

    fn block_comment(&self) -> usize {
        let (rest, mut depth, mut i) = (self.rest(), 0usize, 0);
        while i < rest.len() {
            let here = &rest.as_bytes()[i..];
            if here.starts_with(b"/*") {
                depth += 1;
                i += 2;
            } else if here.starts_with(b"*/") {
                depth -= 1;
                i += 2;
                if depth == 0 {
                    return i;
                }
            } else {
                i += 1;
            }
        }
        rest.len()
    }

    /// Kind, length, and the range of the token's text.
    fn next(&self) -> (Kind, usize, usize, usize) {
        let rest = self.rest();
        let first = rest.chars().next().unwrap_or(' ');
        if rest.starts_with("//") {
            let end = rest.find('\n').unwrap_or(rest.len());
            let doc =
                rest.starts_with("//!") || (rest.starts_with("///") && !rest.starts_with("////"));
            return (
                if doc { Kind::Doc } else { Kind::Comment },
                end,
                if doc { 3 } else { 2 },
                end,
            );
        }
        if rest.starts_with("/*") {
            let end = self.block_comment();
            let doc =
                rest.starts_with("/*!") || (rest.starts_with("/**") && !rest.starts_with("/**/"));
            return (if doc { Kind::Doc } else { Kind::Comment }, end, 2, end);
        }
        if let Some((end, from, to)) = self.literal() {
            return (Kind::Text, end, from, to);
        }
        if first == '\'' {
            let end = 1 + rest[1..]
                .find(|c: char| !is_word(c))
                .unwrap_or(rest.len() - 1);
            return (Kind::Word, end, 0, end);
        }
        if is_word(first) {
            let end = self.run(is_word);
            return (Kind::Word, end, 0, end);
        }
        (Kind::Punct, first.len_utf8(), 0, first.len_utf8())
    }
}

pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The tokens of a source text.
pub(crate) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut lexer = Lexer {
        text,
        at: 0,
        line: 1,
        col: 1,
    };
    let mut found = Vec::new();
    loop {
        lexer.skip(lexer.run(char::is_whitespace));
        if lexer.rest().is_empty() {
            return found;
        }
        let (kind, length, from, to) = lexer.next();
        let text = &lexer.rest()[from..to];
        found.push(Token {
            kind,
            text,
            line: lexer.line,
            col: lexer.col,
        });
        lexer.skip(length);
    }
}

/// The tokens without comments.
pub(crate) fn code<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    tokens
        .iter()
        .filter(|t| !matches!(t.kind, Kind::Comment | Kind::Doc))
        .copied()
        .collect()
}

/// The index of the bracket that closes the one at `open`, or of the last token.
pub(crate) fn closing(code: &[Token<'_>], open: usize) -> usize {
    let mut depth = 0i32;
    for (i, token) in code.iter().enumerate().skip(open) {
        depth += bracket(token);
        if depth == 0 {
            return i;
        }
    }
    code.len() - 1
}

/// How much deeper the nesting is after this token.
pub(crate) fn bracket(token: &Token<'_>) -> i32 {
    match (token.kind, token.text) {
        (Kind::Punct, "(" | "[" | "{") => 1,
        (Kind::Punct, ")" | "]" | "}") => -1,
        _ => 0,
    }
}
