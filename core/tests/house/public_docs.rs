//! Rules about the pages of the public items, which `items.rs` reads.
//!
//! | counted is | precisely |
//! |---|---|
//! | a function without an example | no block of Rust in its own documentation that runs: `ignore`, `no_run`, `compile_fail`, `text` and other languages do not count. Nothing is inherited from the type, the module or the trait. Not counted are the methods of traits that the library calls, such as `Operation`. |
//! | a question | the first sentence ends in a question mark |
//! | a headless sentence | the first sentence of a function does not begin with a verb in the third person ("Returns", "Sends"), "Maximum" or "Do", or the one of another item begins with a clause that has no noun before it ("Who waits", "What was sent", "How many") |

use super::items::{Is, Item};
use super::tree::{Source, Violation};

impl Item {
    /// Is there a block of Rust that `cargo test` runs?
    pub(crate) fn has_example(&self) -> bool {
        let mut inside = false;
        for line in self.doc.lines() {
            let Some(info) = line.trim_start().strip_prefix("```") else {
                continue;
            };
            inside = !inside;
            let words = || info.split([',', ' ']).filter(|word| !word.is_empty());
            let runs = |word| matches!(word, "rust" | "should_panic" | "edition2024");
            if inside && words().all(runs) {
                return true;
            }
        }
        false
    }

    /// The first sentence, on one line.
    pub(crate) fn first_sentence(&self) -> String {
        let lines = self.doc.lines().map(str::trim);
        let lines = lines.skip_while(|line| line.is_empty());
        let paragraph: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
        let paragraph = paragraph.join(" ");
        let ends = |(at, c): &(usize, char)| {
            matches!(c, '.' | '?' | '!') && paragraph[at + 1..].starts_with(' ')
        };
        let end = paragraph.char_indices().find(ends);
        paragraph[..end.map_or(paragraph.len(), |(at, _)| at + 1)].to_string()
    }

    fn is_question(&self) -> bool {
        self.first_sentence().ends_with('?')
    }

    fn is_headless(&self) -> bool {
        let sentence = self.first_sentence();
        let mut words = sentence.split(' ');
        let first = words
            .next()
            .unwrap_or("")
            .trim_matches(|c: char| !c.is_alphabetic());
        let clause = [
            "Who", "What", "Whom", "Whose", "Whoever", "Whatever", "Whether", "How", "Where",
            "Which", "Why",
        ];
        match self.is {
            Is::Other => clause.contains(&first),
            Is::Function => {
                // "Maximum number of …" and "Do not …" are sentences of the field.
                if ["Maximum", "Do"].contains(&first) {
                    return false;
                }
                let not_verbs = [
                    "As", "This", "Is", "Has", "Its", "Always", "Less", "Thus", "Was",
                ];
                let verb = |word: &str| word.ends_with('s') && word.starts_with(char::is_uppercase);
                !verb(first) || not_verbs.contains(&first)
            }
        }
    }
}

/// What a rule finds in the items of a library.
fn where_(items: &[(&Source, Item)], bad: impl Fn(&Item) -> bool) -> Vec<Violation> {
    let bad = items.iter().filter(|(_, item)| bad(item));
    bad.map(|(source, item)| {
        source.at(
            item.line,
            format!("`{}`: {}", item.name, item.first_sentence()),
        )
    })
    .collect()
}

/// Traits whose methods the library calls, and a user writes at most: their examples stand at the trait.
const CALLED_BY_THE_LIBRARY: &[&str] = &[
    "Group",
    "Operation",
    "Protocol",
    "Readable",
    "Relax",
    "Waiters",
    "Writable",
];

fn is_counted(item: &Item) -> bool {
    let of = item.name.split_once("::").map_or("", |(of, _)| of);
    item.is == Is::Function && !CALLED_BY_THE_LIBRARY.contains(&of)
}

/// The functions of a library, and those without an example.
pub(crate) fn without_example(items: &[(&Source, Item)]) -> (usize, Vec<Violation>) {
    let functions = items.iter().filter(|(_, item)| is_counted(item)).count();
    let bare = where_(items, |item| is_counted(item) && !item.has_example());
    (functions, bare)
}

/// Items whose first sentence is a question.
pub(crate) fn questions(items: &[(&Source, Item)]) -> Vec<Violation> {
    where_(items, Item::is_question)
}

/// Items whose first sentence has no verb or no subject.
pub(crate) fn headless(items: &[(&Source, Item)]) -> Vec<Violation> {
    where_(items, Item::is_headless)
}
