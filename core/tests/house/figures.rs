//! A rule about what is said of speed and size: a figure or a comparison stands beside the row of a bench that prints it.
//!
//! Looked at are the front pages, the changes, and the comments of both libraries and of the examples. In a paragraph, a list
//! item or a row of a table that makes a claim, there must be the name of a row of `versus`, in backticks (`channel/4p1c/64`,
//! or `channel/4p1c` for all its sizes), or of the page that `core/firmware/costs` writes and compares, `COSTS.md`.
//!
//! | a claim is | for example |
//! |---|---|
//! | a factor | `1.8–2.8x`, "9 to 12 times as much", "tens of times", "twice as fast" |
//! | a share | `20 %` |
//! | a time that is measured and not asked for | `15 µs` (a time-out is in milliseconds) |
//! | a size beside another | `2 KB of flash less` |
//! | a comparison | "faster", "slower", "cheaper", "fastest", "costs no more" |

use super::tokens::{Kind, tokens};
use super::tree::{Source, Violation};

/// The page of costs, which its own script compares with what it measures.
const COSTS: &str = "COSTS.md";

/// Where the rows of `versus` are.
const ROWS: &str = "benches/benches/versus/rows/";

/// The rows that `versus` has: the texts of the form `group/row`.
pub(crate) fn rows(sources: &[Source]) -> Vec<String> {
    let mut rows = Vec::new();
    for source in sources.iter().filter(|s| s.path.starts_with(ROWS)) {
        let tokens = tokens(&source.text);
        let texts = tokens.iter().filter(|t| t.kind == Kind::Text);
        rows.extend(
            texts
                .map(|t| t.text)
                .filter(|t| is_row(t))
                .map(String::from),
        );
    }
    rows.sort();
    rows.dedup();
    rows
}

fn is_row(text: &str) -> bool {
    let part =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '-');
    text.contains('/') && text.split('/').all(part)
}

/// Figures and comparisons without a row.
pub(crate) fn figures(sources: &[Source]) -> Vec<Violation> {
    let rows = rows(sources);
    sources
        .iter()
        .flat_map(|source| in_one(source, &rows))
        .collect()
}

fn in_one(source: &Source, rows: &[String]) -> Vec<Violation> {
    let mut found = Vec::new();
    for paragraph in paragraphs(source) {
        let Some(claim) = claim(&paragraph.text) else {
            continue;
        };
        if !names_a_row(&paragraph.text, rows) {
            found.push(source.at(
                paragraph.line,
                format!("\"{claim}\", and no row of a bench that prints it"),
            ));
        }
    }
    found
}

fn names_a_row(text: &str, rows: &[String]) -> bool {
    let quoted = text.split('`').skip(1).step_by(2);
    let is_one = |name: &str| {
        let below = |row: &String| row == name || row.starts_with(&format!("{name}/"));
        name.contains('/') && rows.iter().any(below)
    };
    text.contains(COSTS) || quoted.into_iter().any(is_one)
}

/// Text that stands together.
struct Paragraph {
    line: usize,
    text: String,
}

/// The paragraphs of a page, or of the comments of a source; none of a file that is not looked at.
fn paragraphs(source: &Source) -> Vec<Paragraph> {
    let page = ["README.md", "CHANGELOG.md", "core/README.md"].contains(&source.path.as_str());
    let example = source.path.starts_with("std/examples/") && source.is_rust();
    let mut lines = Vec::new();
    if page {
        lines.extend(
            source
                .text
                .lines()
                .enumerate()
                .map(|(n, line)| (n + 1, line)),
        );
    } else if source.is_library() || example {
        for token in tokens(&source.text) {
            if matches!(token.kind, Kind::Comment | Kind::Doc) {
                let text = token.text.lines().enumerate();
                lines.extend(text.map(|(n, line)| (token.line + n, line)));
            }
        }
    }
    let mut found = Vec::<Paragraph>::new();
    let (mut before, mut open, mut program) = (0, false, false);
    for (number, line) in lines {
        let line = line.trim().trim_start_matches(['!', '/']).trim();
        if line.starts_with("```") {
            (program, open) = (!program, false);
            continue;
        }
        // A row of a table, an item of a list, a heading.
        let begins = line.starts_with(['|', '*', '#'])
            || line.starts_with("- ")
            || line
                .split_once(". ")
                .is_some_and(|(n, _)| n.parse::<u8>().is_ok());
        if program || line.is_empty() {
            open = false;
        } else if open && !begins && number == before + 1 {
            let last = found.last_mut().expect("one is open");
            last.text.push(' ');
            last.text.push_str(line);
        } else {
            let (line, text) = (number, line.to_string());
            found.push(Paragraph { line, text });
            open = true;
        }
        before = number;
    }
    found
}

/// The first claim of a text.
fn claim(text: &str) -> Option<String> {
    let text = text.to_lowercase();
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || "()|*\"".contains(c))
        .map(|word| word.trim_matches([',', ';', ':', '.', '!', '?', '…']))
        .filter(|word| !word.is_empty())
        .collect();
    (0..words.len()).find_map(|i| {
        let long = claims(&words[i..])?;
        Some(words[i..(i + long).min(words.len())].join(" "))
    })
}

/// How many words long the claim is that these begin with.
fn claims(words: &[&str]) -> Option<usize> {
    let word = |n: usize| words.get(n).copied().unwrap_or_default();
    let any = |n: usize, of: &[&str]| of.contains(&word(n));
    let comparison = [
        "faster", "slower", "cheaper", "fastest", "slowest", "cheapest",
    ];
    if any(0, &comparison) {
        return Some(1);
    }
    if any(0, &["cost", "costs"]) && any(1, &["more", "less"]) && any(2, &["than"]) {
        return Some(3);
    }
    if any(0, &["cost", "costs"]) && any(1, &["no"]) && any(2, &["more", "less"]) {
        return Some(3);
    }
    if any(0, &["twice", "thrice", "half"]) && any(1, &["as"]) {
        return Some(3);
    }
    if any(0, &["tens", "dozens", "hundreds", "thousands"]) && any(1, &["of"]) && any(2, &["times"])
    {
        return Some(3);
    }
    let (in_digits, unit) = number(word(0))?;
    // The unit is part of the word, or the next one.
    let (unit, at) = match unit {
        "" => (word(1), 1),
        unit => (unit, 0),
    };
    let more = [
        "as", "more", "less", "longer", "shorter", "smaller", "larger", "the",
    ];
    let more = |n: usize| any(n, &more) || any(n, &comparison);
    match unit {
        // A factor, if it is one of a measurement: `0x10` is none.
        "x" | "×" if at == 0 && in_digits => Some(1),
        "%" | "percent" => Some(at + 1),
        "ns" | "µs" | "us" | "nanoseconds" | "microseconds" => Some(at + 1),
        "times" if more(at + 1) => Some(at + 2),
        "b" | "bytes" | "kb" | "kib" | "mb" | "mib" => {
            (at + 1..at + 4).find(|n| more(*n)).map(|n| n + 1)
        }
        // A range, of which the first number was this one.
        "to" | "or" if number(word(at + 1)).is_some() => {
            claims(&words[at + 1..]).map(|long| at + 1 + long)
        }
        _ => None,
    }
}

/// Is it a number, and in digits? And what stands behind it in the same word.
fn number(word: &str) -> Option<(bool, &str)> {
    let spelled = [
        "two", "three", "four", "five", "six", "eight", "ten", "twelve", "hundred",
    ];
    if spelled.contains(&word) {
        return Some((false, ""));
    }
    if !word.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let digit = |c: char| c.is_ascii_digit() || ".,_–-".contains(c);
    Some((true, word.trim_start_matches(digit)))
}
