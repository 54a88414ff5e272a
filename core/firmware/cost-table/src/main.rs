//! Writes the table of costs, from the archives of `costs` and what its program has counted.
//!
//! ```text
//! cost-table table LINKER (TITLE ARCHIVE COUNTS MASKED)…
//! cost-table compare OLD NEW
//! ```
//! `LINKER` is rust-lld, `ARCHIVE` the static library for one target, `COUNTS` and `MASKED` what the program `count` has said
//! without and with feature `masked`. The table goes to the standard output; ends with 1 if it cannot be made, or if what it
//! shows breaks a promise: an empty object is all zeros, the SPSC ring masks no interrupts, nothing links `core::fmt`.
//!
//! Two tables are the same if they differ by a few bytes of padding: the linker's order depends on where the sources lie.

mod jobs;
mod weigh;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use jobs::{JOBS, Job};
use weigh::{Weight, weigh};

/// Of one operation: mean and most of its instructions, and of the longest critical section.
#[derive(Clone, Copy, Default)]
struct Counts {
    mean: u32,
    most: u32,
    masked: u32,
}

/// One target, with one way to make atomics.
struct Column {
    title: String,
    archive: PathBuf,
    counts: BTreeMap<String, Counts>,
    /// The bytes of a future that waits, by `LIBRARY.OBJECT`.
    futures: BTreeMap<String, u32>,
}

impl Column {
    fn read(arguments: &[String]) -> Result<Self, String> {
        let [title, archive, counts, masked] = arguments else {
            return Err("each column takes four arguments".into());
        };
        let (mut all, mut futures) = (BTreeMap::new(), BTreeMap::new());
        for (name, mean, most) in lines(counts)? {
            if let Some(object) = name.strip_suffix(".future") {
                futures.insert(object.into(), mean);
                continue;
            }
            all.insert(
                name,
                Counts {
                    mean,
                    most,
                    masked: 0,
                },
            );
        }
        let masked = lines(masked)?.into_iter();
        for (name, _, most) in masked.filter(|(name, ..)| !name.ends_with(".future")) {
            all.get_mut(&name)
                .ok_or_else(|| format!("{name} is not in {counts}"))?
                .masked = most;
        }
        Ok(Column {
            title: title.clone(),
            archive: archive.into(),
            counts: all,
            futures,
        })
    }

    fn of(&self, name: &str) -> Result<Counts, String> {
        self.counts
            .get(name)
            .copied()
            .ok_or_else(|| format!("{}: nobody has counted {name}", self.title))
    }
}

/// `NAME NUMBER NUMBER` in each line.
fn lines(path: &str) -> Result<Vec<(String, u32, u32)>, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))?;
    let line = |line: &str| {
        let mut words = line.split(' ');
        Some((
            words.next()?.into(),
            words.next()?.parse().ok()?,
            words.next()?.parse().ok()?,
        ))
    };
    let read: Option<Vec<_>> = text.lines().map(line).collect();
    read.filter(|read| !read.is_empty())
        .ok_or_else(|| format!("{path}: not what `count` says: {text}"))
}

/// The first two operations of an object together: what goals are about.
struct Pair {
    weight: Weight,
    instructions: u32,
}

fn pair(linker: &Path, column: &Column, names: &[String]) -> Result<Pair, String> {
    let weight = weigh(linker, &column.archive, names)?;
    let counts: Result<Vec<_>, _> = names.iter().map(|name| column.of(name)).collect();
    Ok(Pair {
        weight,
        instructions: counts?.iter().map(|counts| counts.mean).sum(),
    })
}

/// All tables of one column.
struct Tables<'c> {
    linker: &'c Path,
    column: &'c Column,
    operations: String,
    objects: String,
    goals: String,
    used: BTreeSet<String>,
    futures_used: BTreeSet<String>,
}

impl Tables<'_> {
    fn add(&mut self, job: &Job) -> Result<(), String> {
        let ours = |operation: &str| format!("gimmal.{}.{operation}", job.object);
        let theirs = |operation: &str| Some(format!("{}.{operation}", job.rival?));
        for (index, (operation, same)) in job.operations.iter().enumerate() {
            let title = if index == 0 { job.title } else { "" };
            let other = same.and_then(theirs);
            let [our_cells, their_cells] =
                [Some(ours(operation)), other].map(|name| self.cells(name));
            let _ = writeln!(
                self.operations,
                "| {title} | `{operation}` | {} | {} | {} |",
                our_cells?,
                job.rival.filter(|_| same.is_some()).map_or("", library),
                their_cells?
            );
        }
        let all = |names: Vec<String>| weigh(self.linker, &self.column.archive, &names);
        let our_all = all(job
            .operations
            .iter()
            .map(|(operation, _)| ours(operation))
            .collect())?;
        let their_names: Vec<String> = job
            .operations
            .iter()
            .filter_map(|(_, same)| theirs((*same)?))
            .collect();
        let their_all = if their_names.is_empty() {
            None
        } else {
            Some(all(their_names)?)
        };
        let ram = |weight: &Weight| match weight.handles {
            0 => weight.object.to_string(),
            handles => format!("{} + {handles}", weight.object),
        };
        let our_future = self.future(&format!("gimmal.{}", job.object));
        let their_future = job.rival.map_or(String::new(), |rival| self.future(rival));
        let _ = writeln!(
            self.objects,
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            job.title,
            ram(&our_all),
            our_future,
            our_all.flash,
            job.rival.map_or("", library),
            their_all.as_ref().map_or(String::new(), ram),
            their_future,
            their_all.map_or(String::new(), |weight| weight.flash.to_string())
        );
        if job.zero && !our_all.zero {
            return Err(format!(
                "{}: an empty {} is not all zeros",
                self.column.title, job.title
            ));
        }
        if our_all.formats {
            return Err(format!(
                "{}: {} links formatting",
                self.column.title, job.title
            ));
        }
        let first_two = || job.operations.iter().take(2);
        let our_pair = pair(
            self.linker,
            self.column,
            &first_two().map(|(o, _)| ours(o)).collect::<Vec<_>>(),
        )?;
        if job.unmasked && our_pair.weight.masks {
            return Err(format!(
                "{}: the {} masks interrupts",
                self.column.title, job.title
            ));
        }
        if let Some(goal) = job.goal {
            let names: Vec<String> = first_two()
                .filter_map(|(_, same)| theirs((*same)?))
                .collect();
            self.goal(
                job,
                goal,
                &our_pair,
                &pair(self.linker, self.column, &names)?,
            );
        }
        Ok(())
    }

    /// The bytes of a future that waits at an object, if one can.
    fn future(&mut self, object: &str) -> String {
        let bytes = self.column.futures.get(object);
        self.futures_used.extend(bytes.map(|_| object.to_string()));
        bytes.map_or(String::new(), u32::to_string)
    }

    /// Flash, instructions and masked instructions of an operation, as three cells.
    fn cells(&mut self, name: Option<String>) -> Result<String, String> {
        let Some(name) = name else {
            return Ok(" | | ".into());
        };
        let counts = self.column.of(&name)?;
        let flash = weigh(
            self.linker,
            &self.column.archive,
            std::slice::from_ref(&name),
        )?
        .flash;
        self.used.insert(name);
        // One more or less is where the linker has put it.
        let most = if counts.most <= counts.mean + 3 {
            String::new()
        } else {
            format!(" (≤ {})", counts.most)
        };
        Ok(format!(
            "{flash} | {}{most} | {}",
            counts.mean, counts.masked
        ))
    }

    fn goal(&mut self, job: &Job, goal: f64, ours: &Pair, theirs: &Pair) {
        let ram = |pair: &Pair| pair.weight.object + pair.weight.handles;
        let cells = [
            (u64::from(ours.instructions), u64::from(theirs.instructions)),
            (ours.weight.flash, theirs.weight.flash),
            (ram(ours), ram(theirs)),
        ]
        .map(|(ours, theirs)| {
            let ratio = ours as f64 / theirs as f64;
            format!(
                "{ours} : {theirs} = {ratio:.2}, {}",
                if ratio <= goal { "met" } else { "missed" }
            )
        });
        let _ = writeln!(
            self.goals,
            "| {} | {} | ≤ {goal} | {} |",
            self.column.title,
            job.title,
            cells.join(" | ")
        );
    }
}

/// The first part of `LIBRARY.OBJECT`.
fn library(rival: &str) -> &str {
    rival.split('.').next().unwrap_or(rival)
}

const HEAD: &str = include_str!("head.md");

fn table(arguments: &[String]) -> Result<String, String> {
    let (linker, columns) = arguments.split_first().ok_or("the linker is missing")?;
    let mut page = HEAD.to_string();
    let mut goals = String::new();
    for column in columns.chunks(4).map(Column::read) {
        let column = column?;
        let mut tables = Tables {
            linker: Path::new(linker),
            column: &column,
            operations: String::new(),
            objects: String::new(),
            goals: String::new(),
            used: BTreeSet::new(),
            futures_used: BTreeSet::new(),
        };
        JOBS.iter().try_for_each(|job| tables.add(job))?;
        if let Some(forgotten) = column
            .counts
            .keys()
            .find(|name| !tables.used.contains(*name))
        {
            return Err(format!("{forgotten} is in no row"));
        }
        let futures = column.futures.keys();
        if let Some(forgotten) = futures
            .into_iter()
            .find(|name| !tables.futures_used.contains(*name))
        {
            return Err(format!("the future of {forgotten} is in no row"));
        }
        let Tables {
            operations,
            objects,
            goals: of_this,
            ..
        } = tables;
        let title = &column.title;
        let _ = write!(
            page,
            "\n## {title}\n\n| | operation | flash | instructions | masked | beside | flash | instructions | masked |\n\
             |---|---|--:|--:|--:|---|--:|--:|--:|\n{operations}\n\
             | object | RAM | future | flash of all these operations | beside | RAM | future | flash |\n|---|--:|--:|--:|---|--:|--:|--:|\n{objects}"
        );
        goals.push_str(&of_this);
    }
    let _ = write!(
        page,
        "\n## Goals\n\nBoth operations together.\n\n| | | goal | instructions | flash | RAM with handles |\n|---|---|---|---|---|---|\n{goals}"
    );
    Ok(page)
}

/// Numbers from here on may differ by `PADDING`.
const LARGE: f64 = 200.0;
const PADDING: f64 = 8.0;

/// The same word, or nearly the same number.
fn alike(old: &str, new: &str) -> bool {
    let number = |word: &str| word.trim_end_matches(',').parse::<f64>().ok();
    match (number(old), number(new)) {
        (Some(old), Some(new)) if old >= LARGE => (old - new).abs() <= PADDING,
        // A ratio of two of these.
        (Some(_), Some(_)) if old.contains('.') && new.contains('.') => {
            (number(old) > Some(1.0)) == (number(new) > Some(1.0))
        }
        _ => old == new,
    }
}

/// The lines of the second page that are not those of the first.
fn compare(arguments: &[String]) -> Result<String, String> {
    let [old, new] = arguments else {
        return Err("two pages are compared".into());
    };
    let read = |path: &String| std::fs::read_to_string(path).map_err(|e| format!("{path}: {e}"));
    let (old, new) = (read(old)?, read(new)?);
    if old.lines().count() != new.lines().count() {
        return Err("other rows".into());
    }
    let differs = |(old, new): &(&str, &str)| {
        let (old, new) = (old.split_whitespace(), new.split_whitespace());
        !old.clone().count().eq(&new.clone().count()) || !old.zip(new).all(|(o, n)| alike(o, n))
    };
    let different: String = old
        .lines()
        .zip(new.lines())
        .filter(differs)
        .map(|(old, new)| format!("\n- {old}\n+ {new}"))
        .collect();
    if different.is_empty() {
        Ok(String::new())
    } else {
        Err(format!("not the same:{different}"))
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.split_first() {
        Some((verb, rest)) if verb == "table" => table(rest),
        Some((verb, rest)) if verb == "compare" => compare(rest),
        _ => Err("`table` or `compare`".into()),
    };
    match result {
        Ok(page) => {
            print!("{page}");
            ExitCode::SUCCESS
        }
        Err(words) => {
            eprintln!("FAILED: {words}");
            ExitCode::FAILURE
        }
    }
}
