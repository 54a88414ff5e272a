//! The part of the guide's page `minutes` that is written by this package: `std/src/guide/minutes.md`.

use std::fmt::Write;
use std::path::PathBuf;

use crate::program::Program;
use crate::task::{LIBRARIES, Task, here};

/// A task and the programs of the libraries, in their order.
pub type Row<'t> = (&'t Task, Vec<Option<Program>>);

/// Returns the file of the page.
pub fn file() -> PathBuf {
    here().join("../../std/src/guide/minutes.md")
}

/// Reads the programs of the tasks.
///
/// # Panics
/// A file is there and cannot be read.
pub fn rows(tasks: &[Task]) -> Vec<Row<'_>> {
    let read = |task: &Task, library| {
        let file = task.program(library);
        let text = || std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{file:?}: {e}"));
        file.exists().then(|| Program::parse(&text()))
    };
    let row = |task| {
        (
            task,
            LIBRARIES.map(|(library, _)| read(task, library)).into(),
        )
    };
    tasks.iter().map(row).collect()
}

fn count(program: &Program) -> (usize, usize) {
    (program.code().count(), program.pages.len())
}

/// Returns the text of the page.
pub fn markdown(rows: &[Row<'_>]) -> String {
    let mut text = String::from("<!-- Written by benches/tasks/check.sh. -->\n\n| task |");
    LIBRARIES
        .iter()
        .for_each(|(name, _)| text += &format!(" {name} |"));
    text += "\n|---|--:|--:|--:|--:|--:|\n";
    for (task, programs) in rows {
        let anchor = anchor(&task.title);
        let _ = write!(text, "| [{}](#{anchor}) |", task.title);
        let ours = programs[0].as_ref().map(count);
        for program in programs {
            let Some((lines, pages)) = program.as_ref().map(count) else {
                text += " – |";
                continue;
            };
            let (most_lines, most_pages) = ours.unwrap_or_default();
            let bold = |n, is_less| match is_less {
                true => format!("**{n}**"),
                false => format!("{n}"),
            };
            let lines = bold(lines, lines < most_lines);
            let pages = bold(pages, pages < most_pages);
            let _ = write!(text, " {lines} · {pages} |");
        }
        text += "\n";
    }
    text += "| all of these |";
    for (library, _) in LIBRARIES.iter().enumerate() {
        let _ = write!(text, " {} |", sum_of(rows, library, library));
    }
    text += "\n| the same tasks with gimmal | |";
    for (library, _) in LIBRARIES.iter().enumerate().skip(1) {
        let _ = write!(text, " {} |", sum_of(rows, library, 0));
    }
    text += "\n\n# Where another library needs less\n";
    less(&mut text, rows, "Fewer lines", |program| count(program).0);
    less(&mut text, rows, "Fewer pages", |program| count(program).1);
    text += "\n# Not here\nA library that has no means of its own for a task has no program.\n\n\
             | task | library | because |\n|---|---|---|\n";
    for (task, _) in rows {
        for (library, why) in &task.not_here {
            let _ = writeln!(text, "| {} | {library} | {why} |", task.title);
        }
    }
    text += "\n# The tasks, with gimmal's programs\n";
    for (task, programs) in rows {
        let _ = write!(text, "\n## {}\n{}\n", task.title, task.what);
        if let Some(program) = &programs[0] {
            let _ = write!(text, "```{}\n{}```\n", how(task, program), program.shown());
        }
    }
    text
}

/// How rustdoc takes the program: a wire needs a feature, and Ctrl-C somebody who presses it.
fn how(task: &Task, program: &Program) -> &'static str {
    match () {
        () if program.text.contains("tcp://") => "text",
        () if !task.interrupted_prints.is_empty() => "no_run",
        () => "rust",
    }
}

/// The sums of the programs of `library` for the tasks for which `beside` has one.
fn sum_of(rows: &[Row<'_>], beside: usize, library: usize) -> String {
    let both = rows
        .iter()
        .filter(|(_, programs)| programs[beside].is_some());
    let counts = both.filter_map(|(_, programs)| programs[library].as_ref().map(count));
    let (lines, pages) = counts.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    format!("{lines} · {pages}")
}

/// The tasks for which another library needs less of something than gimmal.
fn less(text: &mut String, rows: &[Row<'_>], what: &str, of: impl Fn(&Program) -> usize) {
    let mut found = Vec::new();
    for (task, programs) in rows {
        let Some(ours) = programs[0].as_ref().map(&of) else {
            continue;
        };
        let others = LIBRARIES.iter().zip(programs).skip(1);
        let others = others.filter_map(|((library, _), program)| {
            let theirs = of(program.as_ref()?);
            (theirs < ours).then(|| format!("{library} {theirs} for {ours}"))
        });
        let others: Vec<String> = others.collect();
        if !others.is_empty() {
            found.push(format!("{} ({})", task.title, others.join(", ")));
        }
    }
    let found = match found.is_empty() {
        true => "none".to_string(),
        false => found.join("; "),
    };
    let _ = writeln!(text, "* {what}: {found}.");
}

/// The anchor that rustdoc makes of a heading.
fn anchor(title: &str) -> String {
    let kept = title.to_lowercase();
    let kept = kept
        .chars()
        .filter(|c| c.is_alphanumeric() || " -".contains(*c));
    kept.collect::<String>().replace(' ', "-")
}
