//! What has happened so far, and how it is told: lines as tests end, the table of models, the closing line.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;

use super::EXHAUSTIVE;
use super::explore::Found;

/// The state of a run.
#[derive(Default)]
pub(crate) struct Report {
    passed: usize,
    /// Name and explanation of each failure.
    failed: Vec<(String, String)>,
    /// What the models that passed have shown.
    pub(crate) found: BTreeMap<String, Found>,
    /// Which model has been tried on which fault, and whether it killed it.
    pub(crate) tried: BTreeMap<(String, String), bool>,
}

impl Report {
    /// Prints how a test ended, and counts it if it is `counted` or has failed.
    pub(crate) fn settle(&mut self, counted: bool, name: &str, result: Result<String, String>) {
        // A seeded fault is no test function: its line begins with its own word.
        let kind = if name.starts_with("mutant") {
            ""
        } else {
            "test "
        };
        match result {
            Ok(words) => {
                self.passed += usize::from(counted);
                println!("{kind}{name} ... {words}");
            }
            Err(text) => {
                let first = text.lines().next().unwrap_or_default();
                println!("{kind}{name} ... FAILED: {first}");
                self.failed.push((name.to_string(), text));
            }
        }
    }

    /// Prints what each model has shown.
    pub(crate) fn table(&self) {
        let width = self.found.keys().map(String::len).max().unwrap_or(0).max(5);
        println!(
            "\n{:width$}  executions  bound  seconds  outcomes (how often)",
            "model"
        );
        for (name, found) in &self.found {
            let bound = match found.bound {
                EXHAUSTIVE => "none".to_string(),
                bound => bound.to_string(),
            };
            let outcomes = found.outcomes.iter().map(|(o, n)| format!("{o} ({n})"));
            let outcomes = outcomes.collect::<Vec<_>>().join(", ");
            let (executions, seconds) = (found.executions, found.seconds);
            println!("{name:width$}  {executions:10}  {bound:>5}  {seconds:7.2}  {outcomes}");
        }
    }

    /// Prints the failures and the closing line.
    pub(crate) fn close(&self, filtered: usize, took: Duration) -> ExitCode {
        if !self.failed.is_empty() {
            println!("\nfailures:");
            // Those of one line have said it all above.
            for (name, text) in self
                .failed
                .iter()
                .filter(|(_, text)| text.lines().count() > 1)
            {
                println!("\n---- {name} ----\n{}", shortened(text));
            }
            println!("\nfailures:");
            for (name, _) in &self.failed {
                println!("    {name}");
            }
        }
        let (word, code) = match self.failed.len() {
            0 => ("ok", ExitCode::SUCCESS),
            _ => ("FAILED", ExitCode::from(101)),
        };
        let (passed, failed, seconds) = (self.passed, self.failed.len(), took.as_secs_f64());
        println!(
            "\ntest result: {word}. {passed} passed; {failed} failed; 0 ignored; 0 measured; \
             {filtered} filtered out; finished in {seconds:.2}s\n"
        );
        code
    }
}

/// The beginning and the end of a long output.
fn shortened(text: &str) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    if lines.len() <= 80 {
        return lines.join("\n");
    }
    let (first, last) = (&lines[..40], &lines[lines.len() - 40..]);
    let left_out = lines.len() - 80;
    format!(
        "{}\n[{left_out} lines left out]\n{}",
        first.join("\n"),
        last.join("\n")
    )
}
