//! Contenders that got something wrong, or could not run.

use crate::referee::Verdict;
use crate::table::Table;
use std::process::ExitCode;

/// Those of a run.
#[derive(Default)]
pub(crate) struct Broken {
    said: Vec<String>,
    ours: bool,
}

impl Broken {
    /// Notes those of a row.
    pub(crate) fn note(&mut self, table: &Table<'_>) {
        for (contender, result) in table.row.contenders.iter().zip(&table.results) {
            if let Verdict::Broken(why) = result {
                let (row, name) = (table.row.name, contender.name);
                self.said.push(format!("{row}: {name}: {why}"));
                self.ours |= contender.ours();
            }
        }
    }

    /// Prints them, if there are some.
    pub(crate) fn print(&self) {
        if !self.said.is_empty() {
            println!("\n## Broken\n");
            self.said.iter().for_each(|one| println!("- {one}"));
        }
    }

    /// 1 if one of ours is among them.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(u8::from(self.ours))
    }
}
