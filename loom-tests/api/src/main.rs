//! The public interface of a library, as a list: compares it with the file that is checked in, or writes that file.
//!
//! ```text
//! gimmal-api compare LIST PLAIN.json ALL.json
//! gimmal-api write   LIST PLAIN.json ALL.json
//! ```
//!
//! `PLAIN.json` is rustdoc's description without features, `ALL.json` the one with all of them. A line of the list that begins
//! with `+` needs a feature. Implementations that every type has are left out; `Send`, `Sync`, `Unpin` and the traits of
//! panic safety are in it, for they are promises that a change of a private field breaks.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

/// Automatic traits of the compiler's own, which no program can name.
const UNNAMED: [&str; 3] = [
    "core::marker::Freeze",
    "core::marker::StructuralPartialEq",
    "core::marker::UnsafeUnpin",
];

/// The public items of a description, each type's together.
fn items(json: &Path) -> Result<Vec<String>, String> {
    let api = public_api::Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .build()
        .map_err(|e| format!("{}: {e}", json.display()))?;
    let items = api.items().map(|item| item.to_string());
    Ok(items
        .filter(|item| !UNNAMED.iter().any(|name| item.contains(name)))
        .collect())
}

/// The list: what is there without features, and with a mark what is not.
fn list(plain: &[String], all: &[String]) -> Result<String, String> {
    let mut without = BTreeMap::<&str, usize>::new();
    plain
        .iter()
        .for_each(|item| *without.entry(item).or_default() += 1);
    let mut list = String::new();
    for item in all {
        let mark = match without.get_mut(item.as_str()) {
            Some(count) if *count > 0 => {
                *count -= 1;
                ' '
            }
            _ => '+',
        };
        list += &format!("{mark} {item}\n");
    }
    // Features add and never take away; but that a type lacks an automatic trait may end.
    let lacks = |item: &str| item.starts_with("impl") && item.contains(" !core::");
    without.retain(|item, count| *count > 0 && !lacks(item));
    if without.is_empty() {
        return Ok(list);
    }
    let lost: Vec<_> = without.keys().copied().collect();
    Err(format!("features take away:\n{}", lost.join("\n")))
}

/// What the one list has and the other has not.
fn difference(was: &str, is: &str) -> Vec<String> {
    let mut counts = BTreeMap::<&str, isize>::new();
    was.lines()
        .for_each(|line| *counts.entry(line).or_default() -= 1);
    is.lines()
        .for_each(|line| *counts.entry(line).or_default() += 1);
    let mut lines = Vec::new();
    for (line, count) in counts {
        let word = if count < 0 { "gone" } else { "new " };
        lines.extend((0..count.unsigned_abs()).map(|_| format!("{word} {line}")));
    }
    lines
}

fn run(arguments: &[String]) -> Result<(), String> {
    let [verb, file, plain, all] = arguments else {
        return Err("usage: gimmal-api compare|write LIST PLAIN.json ALL.json".into());
    };
    let is = list(&items(Path::new(plain))?, &items(Path::new(all))?)?;
    let count = is.lines().count();
    if count == 0 {
        return Err(format!("{all}: no public item"));
    }
    match verb.as_str() {
        "write" => std::fs::write(file, is).map_err(|e| format!("{file}: {e}"))?,
        "compare" => {
            let was = std::fs::read_to_string(file).map_err(|e| format!("{file}: {e}"))?;
            let difference = difference(&was, &is);
            if !difference.is_empty() {
                return Err(format!(
                    "the public interface is not that of {file}:\n{}",
                    difference.join("\n")
                ));
            }
        }
        other => return Err(format!("no verb: {other}")),
    }
    println!("{file}: {count} public items");
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(words) => {
            eprintln!("FAILED: {words}");
            ExitCode::FAILURE
        }
    }
}
