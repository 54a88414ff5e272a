//! The tasks, as `tasks.txt` has them.

use std::path::{Path, PathBuf};

/// The libraries, and how a program of each ends.
pub const LIBRARIES: [(&str, &str); 5] = [
    ("gimmal", "rs"),
    ("crossbeam", "rs"),
    ("tokio", "rs"),
    ("embassy", "rs"),
    ("pyzmq", "py"),
];

/// A task, which all its programs fulfil.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Task {
    /// The name of its directory.
    pub name: String,
    /// The heading.
    pub title: String,
    /// What goes in and what comes out.
    pub what: String,
    /// The lines that are printed.
    pub prints: Vec<String>,
    /// The lines that are printed after SIGINT, which is sent after the others.
    pub interrupted_prints: Vec<String>,
    /// The exit status.
    pub exits: i32,
    /// Libraries without a program, and why.
    pub not_here: Vec<(String, String)>,
}

/// The directory of this package.
pub fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

impl Task {
    /// Returns the file of the library's program, whether it exists or not.
    pub fn program(&self, library: &str) -> PathBuf {
        let known = LIBRARIES.iter().find(|(name, _)| *name == library);
        let (_, ending) = known.unwrap_or_else(|| panic!("no such library: {library}"));
        here().join(format!("programs/{}/{library}.{ending}", self.name))
    }

    /// Returns the reason why the library has no program.
    pub fn why_not(&self, library: &str) -> Option<&str> {
        let found = self.not_here.iter().find(|(name, _)| name == library);
        found.map(|(_, why)| &why[..])
    }
}

/// Reads the text of `tasks.txt`.
///
/// # Errors
/// The line that cannot be read.
pub fn parse(text: &str) -> Result<Vec<Task>, String> {
    let mut tasks = Vec::<Task>::new();
    let text = text.replace("\n  ", " ");
    for line in text.lines().filter(|line| !line.is_empty()) {
        let (key, value) = line.split_once(": ").ok_or_else(|| line.to_string())?;
        let value = value.to_string();
        if key == "task" {
            tasks.push(Task {
                name: value,
                ..Task::default()
            });
            continue;
        }
        let task = tasks.last_mut().ok_or_else(|| line.to_string())?;
        match key.strip_prefix("not ").unwrap_or(key) {
            "title" => task.title = value,
            "what" => task.what = value,
            "prints" => task.prints.push(value),
            "interrupted prints" => task.interrupted_prints.push(value),
            "exits" => task.exits = value.parse().map_err(|_| line.to_string())?,
            library if LIBRARIES.iter().any(|(name, _)| *name == library) => {
                task.not_here.push((library.to_string(), value));
            }
            _ => return Err(line.to_string()),
        }
    }
    Ok(tasks)
}

/// Returns the tasks that are checked in.
///
/// # Panics
/// They cannot be read.
pub fn all() -> Vec<Task> {
    parse(include_str!("../tasks.txt")).unwrap_or_else(|line| panic!("tasks.txt: {line}"))
}
