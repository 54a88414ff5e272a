//! The contract's own words, which the list quotes above its tables: each paragraph of a quote begins with the group whose
//! rows say it, `> **5.1** …`. Its clauses are what stands between two of `. ; : , ( )`.

use std::collections::BTreeSet;

/// The group and the words of each paragraph that is quoted.
pub(crate) fn paragraphs(list: &str) -> Vec<(&str, String)> {
    let mut found: Vec<(&str, String)> = Vec::new();
    for line in list.lines() {
        let Some(line) = line.strip_prefix("> ") else {
            continue;
        };
        let begins = line
            .strip_prefix("**")
            .and_then(|line| line.split_once("** "));
        match (begins, found.last_mut()) {
            (Some((group, words)), _) => found.push((group, words.to_string())),
            (None, Some((_, words))) => *words += &format!(" {line}"),
            (None, None) => found.push(("", line.to_string())),
        }
    }
    found
}

/// The words in lower case, each beside one space; a clause ends at `|`.
fn clauses_of(words: &str) -> String {
    let mut said = String::from(" ");
    for word in words.split_whitespace() {
        let opened = word.trim_start_matches('(');
        let bare = opened.trim_end_matches(['.', ';', ':', ',', ')']);
        if opened.len() < word.len() {
            said += "| ";
        }
        said += bare;
        said.push(' ');
        if bare.len() < opened.len() {
            said += "| ";
        }
    }
    said.to_lowercase()
}

/// What of the quotes no row says. `rows` are ids and texts.
pub(crate) fn unsaid(list: &str, groups: &[&str], rows: &[(&str, &str)]) -> Vec<String> {
    let mut wrong = Vec::new();
    let quoted = paragraphs(list);
    let found: BTreeSet<&str> = quoted.iter().map(|(group, _)| *group).collect();
    if found != groups.iter().copied().collect() {
        wrong.push(format!("what is quoted is of the groups {found:?}"));
    }
    for (group, words) in &quoted {
        let said: String = rows
            .iter()
            .filter(|(of, _)| of == group)
            .map(|(_, text)| clauses_of(text).replace("| ", "") + "|")
            .collect();
        for clause in clauses_of(words).split('|').map(str::trim) {
            if !clause.is_empty() && !said.contains(&format!(" {clause} ")) {
                wrong.push(format!("{group}: no row says {clause:?}"));
            }
        }
    }
    wrong
}

/// A section of the contract, as it is quoted: without the marks of lists and headings, the names of other pages, and what
/// was measured of others.
fn section(contract: &str, number: &str) -> String {
    let begin = format!("\n## {number}. ");
    let text = contract.split_once(&begin).map_or("", |(_, rest)| rest);
    let text = text.split("\n## ").next().unwrap_or("");
    let lines = text.lines().skip(1);
    let lines = lines.filter(|line| !["Common", "Patterns", "Context"].contains(line));
    let bare = lines.map(|line| {
        let line = line.strip_prefix("- ").unwrap_or(line);
        let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
        let is_item = number.len() < line.len();
        number
            .strip_prefix(". ")
            .filter(|_| is_item)
            .unwrap_or(line)
    });
    let mut text = bare.collect::<Vec<_>>().join(" ");
    while let Some(begin) = text.find("(**better:**") {
        let mut depth = 0;
        let end = text[begin..].find(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            depth == 0
        });
        let end = end.map_or(text.len(), |end| begin + end + 1);
        text.replace_range(text[..begin].trim_end().len()..end, "");
    }
    let words = text.replace("**", "");
    let words = words.split_whitespace();
    // `(NAME.md)`, with what stands behind it.
    words.fold(String::new(), |mut said, word| {
        match word
            .strip_prefix('(')
            .and_then(|word| word.split_once(".md)"))
        {
            Some((_, behind)) => said += behind,
            None if said.is_empty() => said += word,
            None => said += &format!(" {word}"),
        }
        said
    })
}

/// How the quotes differ from these sections of the contract.
pub(crate) fn differs(list: &str, contract: &str, numbers: &[&str]) -> Vec<String> {
    let joined = |mut words: Vec<String>| {
        words.retain(|words| !words.is_empty());
        words.join(" ")
    };
    let quoted = paragraphs(list).into_iter().map(|(_, words)| words);
    let quoted = joined(quoted.collect());
    let sections = numbers.iter().map(|number| section(contract, number));
    let contract = joined(sections.collect());
    let (ours, theirs) = (
        quoted.split_whitespace(),
        contract.split_whitespace().chain([""]),
    );
    let same = ours.clone().zip(theirs.clone()).take_while(|(a, b)| a == b);
    let same = same.count();
    let some = |words: &mut dyn Iterator<Item = &str>| {
        let words = words.skip(same.saturating_sub(3)).take(10);
        words.collect::<Vec<_>>().join(" ")
    };
    if quoted == contract {
        return Vec::new();
    }
    vec![format!(
        "the contract says {:?}, the quote {:?}",
        some(&mut theirs.clone()),
        some(&mut ours.clone())
    )]
}
