//! One language: words and sentences that this house does not use, each with the one that it uses.
//!
//! Looked at are the names and the comments of all sources (the libraries, tests, examples, models
//! and benches), the names of their files, and the pages. A text in quotes is not: what a program
//! prints has its own reader.

use std::collections::BTreeSet;

use super::imports::below;
use super::tokens::{Kind, Token, code, is_word, tokens};
use super::tree::{Source, Violation};

/// What is not said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Saying {
    /// A whole name in the code, and in the code that a comment or a page shows, in backticks or in a
    /// block: `Desk`. One that is no ordinary word, as it has an underscore or a capital in it, also in
    /// plain text.
    Name(&'static str),
    /// A word in a comment, or a part of a name, with or without a plural s: `seat` is in `seats`,
    /// `Seat` and `take_seat`.
    Word(&'static str),
    /// Words in a comment that follow one another, on one line or two.
    Phrase(&'static str),
    /// The first line of a public item's documentation that is a question.
    Question,
    /// `L3:` on the page of a public module.
    LayerTag,
}
use Saying::*;

/// A rule of the language.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    pub(crate) not: Saying,
    pub(crate) but: &'static str,
}

const fn banned(not: Saying, but: &'static str) -> Rule {
    Rule { not, but }
}

/// The language of the house.
pub(crate) const RULES: &[Rule] = &[
    // The waiting layer.
    banned(Name("Attempt"), "Operation"),
    banned(Name("Told"), "Phase, or what is told"),
    banned(Name("admit"), "on_enqueue"),
    banned(Name("depart"), "on_leave"),
    banned(
        Name("give_back"),
        "return_grant, or what is returned: return_slot",
    ),
    banned(Name("Given"), "Granted"),
    banned(Word("desert"), "mark_receiver_gone"),
    banned(Word("deserted"), "the receiver is gone"),
    banned(Name("pass_on"), "forward_wakeup"),
    banned(Name("hand_out"), "grant_while"),
    banned(Word("seat"), "a waiter; to enqueue"),
    banned(Word("patience"), "spin_hint"),
    banned(Name("Noticing"), "Waiting"),
    banned(Name("Noticed"), "WaitOutcome"),
    banned(Name("Debt"), "NotificationGuard"),
    // The shim and the rings.
    banned(Word("uneven"), "asymmetric"),
    banned(Name("Guarded"), "CoreLock"),
    banned(Name("masked"), "in_critical_section"),
    banned(Name("Kept"), "CachedIndex"),
    banned(Name("Line"), "CacheLine"),
    banned(Name("mask_of"), "wrap_mask"),
    banned(Name("Track"), "RaceCheck"),
    banned(Name("must"), "some_or_panic"),
    banned(Name("RunTime"), "DynCapacity"),
    banned(Name("run_time"), "impl_dyn_capacity"),
    // Channels and sockets.
    banned(Name("LinkOf"), "ClosableRing"),
    banned(Name("abandon"), "close_and_drain"),
    banned(Word("desk"), "SocketEntry, PoolState or Scheduler"),
    banned(Name("Keep"), "ContextStorage"),
    banned(Name("Fixed"), "StaticStorage"),
    banned(Name("Book"), "LinkRecord"),
    banned(Name("Marks"), "HighWaterMarks"),
    banned(Name("Links"), "Registry"),
    banned(Name("Base"), "Socket"),
    banned(Word("stake"), "reference"),
    banned(Word("news"), "new_links"),
    // The facade.
    banned(Name("safely"), "panic_guard"),
    banned(Name("boxed"), "heap or socket::owned"),
    banned(Name("Need"), "WaitsFor"),
    banned(Name("Shows"), "ErasedSlot"),
    banned(Name("Calls"), "Callbacks"),
    banned(Name("Leave"), "ExitGuard"),
    banned(Name("Announced"), "QueuedGuard"),
    banned(Name("stuck"), "would_deadlock"),
    banned(Name("Home"), "CurrentRun"),
    banned(Name("Belongs"), "RunScope"),
    banned(Name("Bonds"), "JoinState"),
    banned(Name("Marker"), "ExitMarker"),
    // Constants.
    banned(Name("SMALL"), "what is small: SMALL_CAPACITY"),
    // Sentences.
    banned(
        Phrase("contexts of execution"),
        "threads, tasks or interrupt handlers",
    ),
    banned(Phrase("so many at a time"), "at most n at once"),
    banned(Phrase("so many of"), "how many"),
    banned(
        Phrase("context of execution"),
        "thread, task or interrupt handler",
    ),
    banned(Phrase("again changes nothing"), "Idempotent."),
    banned(
        Phrase("at most so many"),
        "\"At most `n` …\", with the number's name",
    ),
    banned(Phrase("so many fewer"), "\"the semaphore shrinks\""),
    banned(Phrase("unless this says otherwise"), "\"Default: …\""),
    banned(Question, "what it returns: \"Returns `true` if …\""),
    banned(
        LayerTag,
        "what the module is for; layers stand in house/layers.rs",
    ),
];

/// Where the language is looked at.
const ROOTS: &[&str] = &[
    "core/",
    "std/",
    "loom-tests/",
    "benches/",
    "findings/",
    "README.md",
    "CHANGELOG.md",
];

/// What the libraries do not say and others may: where, what, and why. The first part of a path
/// that is empty stands for everything outside of the libraries.
const EXCEPTIONS: &[(&str, &[Saying], &str)] = &[
    (
        "",
        &[Name("Line")],
        "plain English there: a line of text, a line of a request, an interrupt line",
    ),
    (
        "",
        &[Word("news")],
        "plain English there: the topic that a publisher publishes",
    ),
    (
        "",
        &[Name("Told")],
        "plain English there: what a waiter was told",
    ),
    (
        "",
        &[Name("Leave")],
        "plain English there: the step of a model or a script, beside Enter or Arrive",
    ),
    ("", &[Name("boxed")], "std's word for a value in a Box"),
    (
        "",
        &[Name("masked")],
        "the processor's word: interrupts are masked",
    ),
    (
        "",
        &[Name("stuck")],
        "plain English there: a program that gets no further",
    ),
    (
        "CHANGELOG.md",
        &[
            Word("desk"),
            Name("Attempt"),
            Name("Told"),
            Name("Noticing"),
            Name("Noticed"),
            Name("Debt"),
            Name("abandon"),
            Name("Keep"),
            Name("Fixed"),
        ],
        "says which name a name of before has become",
    ),
    (
        "core/tests/house/words",
        &[Word("desk"), Word("seat")],
        "the rule itself, and what it is tested with",
    ),
];

/// Whether a source may say it, as [`EXCEPTIONS`] has it.
fn may_say(source: &Source, not: Saying) -> bool {
    EXCEPTIONS.iter().any(|(path, sayings, _)| {
        let is_there = match path.is_empty() {
            true => !source.is_library(),
            false => source.path.starts_with(path),
        };
        is_there && sayings.contains(&not)
    })
}

/// What the sources say that the table has another word for.
pub(crate) fn words(rules: &[Rule], sources: &[Source]) -> Vec<Violation> {
    let public = public_modules(sources);
    let mut found = Vec::new();
    let looked_at = |s: &&Source| {
        let is_text = s.is_rust() || s.path.ends_with(".md");
        is_text && ROOTS.iter().any(|root| s.path.starts_with(root))
    };
    for source in sources.iter().filter(looked_at) {
        for (line, rule, said) in in_one(source, rules, public.contains(&source.path)) {
            if !may_say(source, rules[rule].not) {
                found.push(source.at(line, format!("`{said}`: say {}", rules[rule].but)));
            }
        }
    }
    found
}

/// Line, rule and what is said there.
fn in_one(source: &Source, rules: &[Rule], is_public: bool) -> Vec<(usize, usize, String)> {
    let mut found = Vec::new();
    let rust = source.is_rust();
    let tokens = if rust {
        tokens(&source.text)
    } else {
        Vec::new()
    };
    let prose = if rust {
        comments(&tokens)
    } else {
        paragraphs(&source.text)
    };
    let names = || tokens.iter().filter(|t| t.kind == Kind::Word);
    // Every name and word with its parts, once for all rules.
    let mut said: Vec<(usize, &str, Vec<String>)> = Vec::new();
    said.extend(names().map(|t| (t.line, t.text, parts(t.text))));
    for (line, text) in prose.iter().flatten() {
        let words = text.split(|c: char| !is_word(c));
        said.extend(words.map(|word| (*line, word, parts(word))));
    }
    if rust {
        said.push((1, &source.path, parts(&source.path)));
    }
    let shown = shown(prose.iter().flatten());
    let words: Vec<_> = prose.iter().map(words_of).collect();
    for (at, rule) in rules.iter().enumerate() {
        let mut hit = |line: usize, said: &str| found.push((line, at, said.to_string()));
        match rule.not {
            Name(name) => {
                for token in names().filter(|t| t.text == name) {
                    hit(token.line, name);
                }
                let ordinary = is_ordinary(name);
                for (line, text, is_code) in &shown {
                    let mut words = text.split(|c: char| !is_word(c));
                    if (*is_code || !ordinary) && words.any(|word| word == name) {
                        hit(*line, name);
                    }
                }
                let stem = source.path.rsplit('/').find(|part| *part != "mod.rs");
                if rust && stem.is_some_and(|part| part.trim_end_matches(".rs") == name) {
                    hit(1, name);
                }
            }
            Word(word) => {
                let is = |part: &String| part == word || part.strip_suffix('s') == Some(word);
                let these = said.iter().filter(|(_, _, parts)| parts.iter().any(is));
                these.for_each(|(line, text, _)| hit(*line, text));
            }
            Phrase(phrase) => {
                for block in &words {
                    if let Some(line) = phrase_in(block, phrase) {
                        hit(line, phrase);
                    }
                }
            }
            Question => questions(source, &tokens).for_each(|(line, text)| hit(line, text)),
            LayerTag => {
                let first = tokens.first().filter(|t| is_public && t.kind == Kind::Doc);
                let text = first.map_or("", |t| t.text.trim());
                let tag = text.strip_prefix('L').and_then(|rest| rest.split_once(':'));
                if tag.is_some_and(|(n, _)| !n.is_empty() && n.chars().all(|c| c.is_ascii_digit()))
                {
                    hit(1, text);
                }
            }
        }
    }
    found
}

/// The text of the lines in pieces, each with its line, and whether it is code: in backticks, or in a
/// block of code.
fn shown<'a>(lines: impl Iterator<Item = &'a (usize, &'a str)>) -> Vec<(usize, &'a str, bool)> {
    let mut found = Vec::new();
    let mut in_block = false;
    for (line, text) in lines {
        if text.trim_start().starts_with("```") {
            in_block = !in_block;
            continue;
        }
        // A comment in a block is plain text.
        let comment = ["//", "  # "]
            .iter()
            .filter_map(|mark| text.find(mark))
            .min();
        if let (true, Some(at)) = (in_block, comment) {
            found.extend([(*line, &text[..at], true), (*line, &text[at..], false)]);
            continue;
        }
        let pieces = text.split('`').zip([false, true].into_iter().cycle());
        found.extend(pieces.map(|(piece, quoted)| (*line, piece, quoted || in_block)));
    }
    found
}

/// Can a name be a word of a sentence: is it one word, with no capital but its first letter?
fn is_ordinary(name: &str) -> bool {
    name.chars().skip(1).all(|c| c.is_lowercase())
}

/// The parts of a name, in lower case: `take_seat` and `TakeSeat` are `take` and `seat`.
fn parts(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for piece in text.split(|c: char| !c.is_alphanumeric()) {
        let mut part = String::new();
        let mut lower = false;
        for c in piece.chars() {
            if c.is_uppercase() && lower {
                found.push(std::mem::take(&mut part));
            }
            lower = c.is_lowercase();
            part.extend(c.to_lowercase());
        }
        found.push(part);
    }
    found.retain(|part| !part.is_empty());
    found
}

/// Lines of text that belong together.
type Block<'a> = Vec<(usize, &'a str)>;

/// The comments of a source, those on lines that follow one another in one block.
fn comments<'a>(tokens: &[Token<'a>]) -> Vec<Block<'a>> {
    let mut found: Vec<Block<'a>> = Vec::new();
    for token in tokens
        .iter()
        .filter(|t| matches!(t.kind, Kind::Comment | Kind::Doc))
    {
        for (n, text) in token.text.lines().enumerate() {
            let line = token.line + n;
            match found.last_mut() {
                Some(block) if block.last().is_some_and(|last| last.0 + 1 == line) => {
                    block.push((line, text));
                }
                _ => found.push(vec![(line, text)]),
            }
        }
    }
    found
}

/// The paragraphs of a page.
fn paragraphs(text: &str) -> Vec<Block<'_>> {
    let lines: Block<'_> = text
        .lines()
        .enumerate()
        .map(|(n, line)| (n + 1, line))
        .collect();
    let empty = |line: &(usize, &str)| line.1.trim().is_empty();
    let blocks = lines.split(empty).filter(|block| !block.is_empty());
    blocks.map(<[_]>::to_vec).collect()
}

/// The words of a block in lower case, without what stands before them, each with its line.
fn words_of(block: &Block<'_>) -> Vec<(usize, String)> {
    let words = block.iter().flat_map(|(line, text)| {
        let words = text.split_whitespace();
        let bare = |word: &str| word.trim_start_matches(['`', '*', '"', '(']).to_lowercase();
        words.map(move |word| (*line, bare(word)))
    });
    words.filter(|(_, word)| !word.is_empty()).collect()
}

/// The line on which the phrase begins in the words of a block.
fn phrase_in(words: &[(usize, String)], phrase: &str) -> Option<usize> {
    let wanted: Vec<&str> = phrase.split(' ').collect();
    let last = wanted.len() - 1;
    let same = |n: usize, said: &str| {
        said == wanted[n]
            || (n == last && said.trim_end_matches(|c: char| !c.is_alphanumeric()) == wanted[n])
    };
    let is = |window: &&[(usize, String)]| {
        let mut words = window.iter().enumerate();
        words.all(|(n, (_, said))| same(n, said))
    };
    words
        .windows(wanted.len())
        .find(is)
        .map(|window| window[0].0)
}

/// First lines of the documentation of public items that end in a question mark.
fn questions<'a>(
    source: &'a Source,
    tokens: &'a [Token<'a>],
) -> impl Iterator<Item = (usize, &'a str)> {
    let lines: Vec<&str> = source.text.lines().map(str::trim_start).collect();
    let docs = move |t: &Token<'_>| t.kind == Kind::Doc && lines[t.line - 1].starts_with("///");
    (0..tokens.len()).filter_map(move |i| {
        let begins = docs(&tokens[i]) && !(i > 0 && docs(&tokens[i - 1]));
        let text = tokens[i].text.trim();
        if !begins || !text.ends_with('?') {
            return None;
        }
        let mut rest = tokens[i..]
            .iter()
            .filter(|t| !matches!(t.kind, Kind::Comment | Kind::Doc));
        let is_public = loop {
            let Some(token) = rest.next() else {
                break false;
            };
            if token.is("#") {
                // An attribute.
                let mut open = 0;
                for token in rest.by_ref() {
                    open += super::tokens::bracket(token);
                    if open == 0 {
                        break;
                    }
                }
            } else {
                break token.is_word("pub") && !rest.next().is_some_and(|t| t.is("("));
            }
        };
        is_public.then_some((tokens[i].line, text))
    })
}

/// The files whose modules a user can name.
pub(crate) fn public_modules(sources: &[Source]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for root in ["core/src/", "std/src/"] {
        let mut open = vec!["lib.rs".to_string()];
        while let Some(file) = open.pop() {
            let path = format!("{root}{file}");
            let Some(source) = sources.iter().find(|s| s.path == path) else {
                continue;
            };
            found.insert(path);
            let tokens = tokens(&source.text);
            let code = code(&tokens);
            for window in code.windows(4) {
                if window[0].is_word("pub") && window[1].is_word("mod") && window[3].is(";") {
                    let stem = format!("{}{}", below(&file), window[2].text);
                    open.extend([format!("{stem}.rs"), format!("{stem}/mod.rs")]);
                }
            }
        }
    }
    found
}
