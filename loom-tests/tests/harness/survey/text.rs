//! Text mutants: slips of the pen in a copy of the sources, as a cross-check of faults that are no orderings.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::Model;
use super::super::mutants::{root, rust_files};
use super::super::tokens::{Kind, code, tokens};
use super::runs::{Did, Limits, Reach, Runs, directory};

/// The parts of the core that are mutated: protocols, which models are for.
const PARTS: [&str; 4] = ["ring/", "wait/", "sync/", "channel/"];

/// A slip: what stands at a place, and what is put there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Slip {
    pub(crate) line: usize,
    /// In characters, from 1.
    pub(crate) col: usize,
    pub(crate) was: String,
    pub(crate) is: String,
}

/// What may be mistaken for what, between spaces.
const PAIRS: [(&str, &str); 12] = [
    ("<", "<="),
    ("<=", "<"),
    (">", ">="),
    (">=", ">"),
    ("==", "!="),
    ("!=", "=="),
    ("&&", "||"),
    ("||", "&&"),
    ("+ 1", "+ 2"),
    ("- 1", "- 0"),
    ("+", "-"),
    ("-", "+"),
];

/// All slips of a text, in order.
pub(crate) fn slips(text: &str) -> Vec<Slip> {
    let all = tokens(text);
    let code = code(&all);
    let lines: Vec<Vec<char>> = text.lines().map(|l| l.chars().collect()).collect();
    let mut found = Vec::new();
    for (i, token) in code.iter().enumerate() {
        if token.kind != Kind::Punct {
            continue;
        }
        let line = &lines[token.line - 1];
        let before = token.col.checked_sub(2).and_then(|at| line.get(at));
        let rest: String = line[token.col - 1..].iter().collect();
        let slip = |was: &str, is: &str| Slip {
            line: token.line,
            col: token.col,
            was: was.to_string(),
            is: is.to_string(),
        };
        // The formatter puts operators between spaces; brackets of types have none.
        let spaced = before == Some(&' ');
        let pair = PAIRS.iter().find(|(was, _)| {
            let after = rest.strip_prefix(was).map(|rest| rest.chars().next());
            spaced && matches!(after, Some(None | Some(' ' | ';' | ')' | ',')))
        });
        let not = token.is("!")
            && before.is_none_or(|c| " (&|".contains(*c))
            && code.get(i + 1).is_some_and(|t| t.kind == Kind::Word);
        match pair {
            // Of bounds of types.
            Some((was, _)) if *was == "+" && code[i + 1].text.starts_with(char::is_uppercase) => {}
            Some((was, is)) => found.push(slip(was, is)),
            None if not => found.push(slip("!", "")),
            None => {}
        }
    }
    found
}

/// The text with this slip.
pub(crate) fn slipped(text: &str, slip: &Slip) -> String {
    let mut lines: Vec<String> = text.lines().map(String::from).collect();
    let line = &lines[slip.line - 1];
    let at = line
        .char_indices()
        .nth(slip.col - 1)
        .map_or(line.len(), |c| c.0);
    let rest = &line[at + slip.was.len()..];
    lines[slip.line - 1] = format!("{}{}{rest}", &line[..at], slip.is);
    lines.join("\n") + "\n"
}

/// A few numbers that look random: the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        // SplitMix64 (Steele, Lea and Flood 2014).
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % end.max(1) as u64) as usize
    }
}

/// Tries `number` slips, each in a build of its own. Whether each was found is for people to judge: many change no behaviour.
pub(crate) fn run(
    number: usize,
    seed: u64,
    limits: &Limits,
    models: &[Model],
    reach: &BTreeMap<String, Reach>,
) -> Result<bool, String> {
    let mut all = Vec::new();
    for file in rust_files(&root()) {
        if PARTS.iter().any(|part| file.starts_with(part)) {
            let text = read(&root().join(&file))?;
            all.extend(slips(&text).into_iter().map(|slip| (file.clone(), slip)));
        }
    }
    let scratch = copy()?;
    let mut dice = Dice(seed);
    let (mut tried, mut killed) = (0, 0);
    while tried < number && !all.is_empty() {
        let (file, slip) = all.swap_remove(dice.below(all.len()));
        let place = format!(
            "{file}:{}:{} `{}` to `{}`",
            slip.line, slip.col, slip.was, slip.is
        );
        let mut near: Vec<(&Model, f64)> = models
            .iter()
            .filter_map(|model| {
                let reach = &reach[&model.name()];
                let mut sites = reach.sites.iter();
                // No ordering may be in that file; those beside it are.
                let near = sites.any(|s| s.starts_with(&file)) || file.starts_with(&model.path());
                near.then_some((model, reach.seconds))
            })
            .collect();
        near.sort_by(|a, b| a.1.total_cmp(&b.1));
        let path = scratch.join("core/src").join(&file);
        let text = read(&path)?;
        write(&path, &slipped(&text, &slip))?;
        let built = build(&scratch);
        write(&path, &text)?;
        let binary = match built? {
            Some(binary) => binary,
            None => {
                println!("{place}: does not build, another one");
                continue;
            }
        };
        tried += 1;
        let runs = Runs::of(Some(binary), limits.clone());
        let verdict = slip_found(&runs, &near)?;
        killed += usize::from(verdict.is_some());
        let words = match &verdict {
            Some(words) => words.clone(),
            None if near.is_empty() => "UNREACHED".to_string(),
            None => format!("SURVIVED {} models", near.len()),
        };
        println!("{place}: {words}");
        eprintln!("{tried}/{number} text mutants");
    }
    println!(
        "{tried} text mutants of seed {seed}: {killed} killed, {} not",
        tried - killed
    );
    Ok(true)
}

/// The first model that fails, if one does. A mutated program may miss outcomes too: that is found here, where nothing is weakened.
fn slip_found(runs: &Runs, models: &[(&Model, f64)]) -> Result<Option<String>, String> {
    for (model, seconds) in models {
        let name = model.name();
        match runs.run(&name, None, *seconds)? {
            Did::Failed { how, .. } => return Ok(Some(format!("killed by {name}: {how}"))),
            Did::Capped { .. } => println!("  {name}: capped"),
            Did::Passed { .. } => {}
        }
    }
    Ok(None)
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))
}

/// Copies what git knows of the workspace, as it is now. Files that are the same keep their times, so that cargo builds little.
fn copy() -> Result<PathBuf, String> {
    let top = root().join("../..");
    let scratch = directory().join("text");
    let listed = Command::new("git")
        .current_dir(&top)
        .args(["ls-files", "-co", "--exclude-standard"])
        .output()
        .map_err(|e| format!("git: {e}"))?;
    for file in String::from_utf8_lossy(&listed.stdout).lines() {
        let (from, to) = (top.join(file), scratch.join(file));
        let Ok(bytes) = fs::read(&from) else {
            continue; // Removed, and not yet committed.
        };
        if fs::read(&to).is_ok_and(|old| old == bytes) {
            continue;
        }
        let parent = to.parent().expect("a file has a directory");
        fs::create_dir_all(parent).map_err(|e| format!("{}: {e}", parent.display()))?;
        fs::write(&to, bytes).map_err(|e| format!("{}: {e}", to.display()))?;
    }
    Ok(scratch)
}

/// Builds the models of the copy; none if that fails.
fn build(scratch: &Path) -> Result<Option<PathBuf>, String> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(scratch)
        .args(["test", "--no-run", "--offline", "-p", "gimmal-loom-tests"])
        .args(["--test", "models", "--message-format=json"])
        .env("CARGO_TARGET_DIR", directory().join("text-target"))
        .output()
        .map_err(|e| format!("cargo: {e}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return match said.contains("could not compile `gimmal-loom-tests`") {
            true => Ok(None),
            false => Err(said.into_owned()),
        };
    }
    let said = String::from_utf8_lossy(&output.stdout);
    let executable = said
        .lines()
        .filter(|l| l.contains("\"name\":\"models\"") && l.contains("\"kind\":[\"test\"]"))
        .find_map(|l| Some(l.split_once("\"executable\":\"")?.1.split_once('"')?.0));
    let executable = executable.ok_or("cargo names no program".to_string())?;
    Ok(Some(PathBuf::from(executable)))
}
