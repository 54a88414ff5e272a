//! What is printed and written: Markdown tables as the rows come in, a summary, JSON and a plot.
//!
//! All numbers are ratios within this run, CPUs kept busy, or allocations; a time is printed for messages on a wire only.
//! The JSON has the ratios of every round, so that other statistics can be made of them.

use crate::args::Args;
use crate::book::{Against, Contender, Goal, Kind, Row, Rows};
use crate::broken::Broken;
use crate::referee::Verdict;
use crate::table::Table;
use gimmal_benches::stats::{Spread, ratios, spread};
use gimmal_benches::svg::{Dot, Line, draw};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

/// The tables so far.
pub(crate) struct Report {
    json: Vec<Value>,
    lines: Vec<Line>,
    missed: Vec<String>,
    met: usize,
    broken: Broken,
}

/// Prints the rows and their contenders.
pub(crate) fn list(book: &Rows) {
    for row in book.rows() {
        let names: Vec<_> = row.contenders.iter().map(|one| one.name).collect();
        println!("{}: {}\n    {}", row.name, row.about, names.join(", "));
    }
    print_absent(book);
}

/// Says which libraries were not compiled.
pub(crate) fn print_absent(book: &Rows) {
    if !book.absent().is_empty() {
        println!(
            "\nNot compiled, so not measured (features): {}.",
            book.absent().join(", ")
        );
    }
}

impl Report {
    pub(crate) fn new(book: &Rows) -> Self {
        println!("# gimmal beside its rivals\n");
        println!(
            "Ratios inside this run, median (smallest–largest) of the rounds; lower is faster, ours in bold."
        );
        if book.cpus().is_none() {
            println!(
                "Fewer than two CPUs can be pinned: rows that pin threads lack their contenders."
            );
        }
        Report {
            json: Vec::new(),
            lines: Vec::new(),
            missed: Vec::new(),
            met: 0,
            broken: Broken::default(),
        }
    }

    /// Prints a row and keeps its numbers.
    pub(crate) fn row(&mut self, row: &Row, results: Vec<Verdict>) {
        let table = Table::new(row, results);
        println!("\n## {}\n\n{}\n", row.name, row.about);
        match row.kind {
            Kind::Counting => println!(
                "| contender | allocations | bytes | goal | met? |\n|---|---:|---:|---|---|"
            ),
            Kind::Wire => println!(
                "| contender | to the leader | to the best rival | CPU time to the best rival | time | CPU time | goal | met? |\n\
                 |---|---:|---:|---:|---:|---:|---|---|"
            ),
            _ if table.shares() => println!(
                "| contender | to the leader | to the best rival | CPUs | max/min | goal | met? |\n\
                 |---|---:|---:|---:|---:|---|---|"
            ),
            _ => println!(
                "| contender | to the leader | to the best rival | CPUs | goal | met? |\n|---|---:|---:|---:|---|---|"
            ),
        }
        for index in table.order() {
            self.contender(&table, index);
        }
        self.broken.note(&table);
        if let Some(cpus) = table.too_few_cpus() {
            println!(
                "\nNobody got more than {cpus:.1} CPUs: the machine was busy, this row says little."
            );
        }
        self.json.push(table.json());
        self.lines.extend(table.line());
    }

    fn contender(&mut self, table: &Table<'_>, index: usize) {
        let contender = &table.row.contenders[index];
        let name = match contender.ours() {
            true => format!("**{}**", contender.name),
            false => contender.name.to_owned(),
        };
        let (goal, met) = self.goals(table, contender, index);
        match &table.results[index] {
            Verdict::Broken(why) => {
                let gap = match table.row.kind {
                    Kind::Wire => " | |",
                    _ if table.shares() => " |",
                    _ => "",
                };
                println!("| {name} | BROKEN: {why} | | |{gap} {goal} | {met} |");
            }
            Verdict::Counted(counts) => {
                println!(
                    "| {name} | {} | {} | {goal} | {met} |",
                    counts.allocations, counts.bytes
                );
            }
            Verdict::Timed {
                rounds,
                cpu_time,
                cpus,
                asymmetric,
            } => {
                let (leader, rival) = (table.leader, table.best_rival);
                let (leader, rival) = (table.against(index, leader), table.against(index, rival));
                if table.row.kind == Kind::Wire {
                    println!(
                        "| {name} | {} | {} | {} | {} | {} | {goal} | {met} |",
                        shown(leader),
                        shown(rival),
                        shown(spread(&table.cpu_time_to_rival(index))),
                        micros(rounds),
                        micros(cpu_time)
                    );
                    return;
                }
                let cpus = spread(cpus).map_or(f64::NAN, |cpus| cpus.median);
                let shares = match table.shares() {
                    true => format!(" {} |", shown(spread(asymmetric))),
                    false => String::new(),
                };
                println!(
                    "| {name} | {} | {} | {cpus:.1} |{shares} {goal} | {met} |",
                    shown(leader),
                    shown(rival)
                );
            }
        }
    }

    /// The goals of a contender and what became of them, for the last two columns.
    fn goals(
        &mut self,
        table: &Table<'_>,
        contender: &Contender,
        index: usize,
    ) -> (String, String) {
        let (mut goals, mut verdicts) = (Vec::new(), Vec::new());
        for goal in table
            .row
            .goals
            .iter()
            .filter(|goal| goal.who == contender.name)
        {
            goals.push(goal.to_string());
            let Some(value) = table.value(index, goal.against) else {
                verdicts.push("nothing to compare".to_owned());
                continue;
            };
            let (met, by) = goal.judge(value);
            let busy = match table.too_few_cpus() {
                Some(_) => " (machine busy)",
                None => "",
            };
            if met {
                self.met += 1;
                verdicts.push(format!("yes{busy}"));
            } else {
                let noise = table.row.kind.noise();
                let verdict = if by < 1.0 + noise / 100.0 {
                    format!("no, by less than {noise} %{busy}")
                } else {
                    format!("no{busy}")
                };
                verdicts.push(verdict.clone());
                self.missed.push(format!(
                    "{}: {} reached {value:.2}, goal {goal}: {verdict}",
                    table.row.name, goal.who
                ));
            }
        }
        (goals.join("; "), verdicts.join("; "))
    }

    /// Prints the summary and writes the files.
    pub(crate) fn end(self, book: &Rows, args: &Args) -> ExitCode {
        println!(
            "\n## Goals\n\n{} met, {} missed.",
            self.met,
            self.missed.len()
        );
        self.missed.iter().for_each(|missed| println!("- {missed}"));
        print_absent(book);
        self.broken.print();
        let ratios = json!({ "rows": self.json, "not_compiled": book.absent() });
        let mut files = Vec::new();
        if let Some(path) = &args.json {
            files.push((path.clone(), format!("{ratios:#}\n")));
        }
        if let Some(path) = &args.svg {
            let title = "Time relative to the best rival, per row";
            files.push((path.clone(), draw(title, &self.lines)));
        }
        match write_all(files) {
            true => self.broken.exit_code(),
            false => ExitCode::from(2),
        }
    }
}

/// Writes the files, and says which of them it could not write. Returns `true` if all are written.
pub(crate) fn write_all(files: Vec<(PathBuf, String)>) -> bool {
    let mut all = true;
    for (path, text) in files {
        if let Err(error) = std::fs::write(&path, text) {
            eprintln!("{}: {error}", path.display());
            all = false;
        }
    }
    all
}

impl Table<'_> {
    fn line(&self) -> Option<Line> {
        let dots = self
            .row
            .contenders
            .iter()
            .enumerate()
            .filter_map(|(index, contender)| {
                let ratio = self.against(index, self.best_rival)?;
                Some(Dot {
                    name: contender.name.to_owned(),
                    ratio,
                })
            });
        let dots: Vec<_> = dots.collect();
        (!dots.is_empty()).then(|| Line {
            name: self.row.name.to_owned(),
            dots,
        })
    }

    fn json(&self) -> Value {
        let name = |index: Option<usize>| index.map(|index| self.row.contenders[index].name);
        let on_wire = |numbers| (self.row.kind == Kind::Wire).then(|| rounded(numbers));
        let contenders = self.row.contenders.iter().zip(&self.results).enumerate();
        let contenders = contenders.map(|(index, (contender, result))| match result {
            Verdict::Broken(why) => json!({ "name": contender.name, "broken": why }),
            Verdict::Counted(counts) => json!({
                "name": contender.name, "allocations": counts.allocations, "bytes": counts.bytes,
            }),
            Verdict::Timed { rounds, cpu_time, cpus, asymmetric } => json!({
                "name": contender.name,
                "to_leader": self.leader.and_then(|leader| Some(rounded(ratios(rounds, self.rounds(leader)?)))),
                "to_best_rival": self.best_rival.and_then(|rival| Some(rounded(ratios(rounds, self.rounds(rival)?)))),
                "cpus": rounded(cpus.clone()),
                "cpu_time_to_best_rival": on_wire(self.cpu_time_to_rival(index)),
                "nanoseconds": on_wire(rounds.clone()),
                "cpu_nanoseconds": on_wire(cpu_time.clone()),
                "max_to_min": rounded(asymmetric.clone()),
                "goals": self.row.goals.iter().filter(|goal| goal.who == contender.name).map(|goal| {
                    let value = self.value(index, goal.against);
                    json!({ "goal": goal.to_string(), "value": value, "met": value.map(|value| goal.judge(value).0) })
                }).collect::<Vec<_>>(),
            }),
        });
        json!({
            "row": self.row.name,
            "about": self.row.about,
            "leader": name(self.leader),
            "best_rival": name(self.best_rival),
            "noise": self.row.kind.noise(),
            "busy": self.too_few_cpus().is_some(),
            "contenders": contenders.collect::<Vec<_>>(),
        })
    }
}

/// Four digits behind the point are more than the machine knows.
pub(crate) fn rounded(numbers: Vec<f64>) -> Vec<f64> {
    numbers
        .into_iter()
        .map(|number| (number * 1e4).round() / 1e4)
        .collect()
}

/// The median of nanoseconds, in microseconds.
fn micros(nanoseconds: &[f64]) -> String {
    spread(nanoseconds).map_or_else(
        || "–".to_owned(),
        |time| format!("{:.3} µs", time.median / 1e3),
    )
}

fn shown(ratio: Option<Spread>) -> String {
    ratio.map_or_else(|| "–".to_owned(), |ratio| ratio.to_string())
}

impl Goal {
    /// Is it met, and if not, by which factor is it missed?
    fn judge(&self, value: f64) -> (bool, f64) {
        let above = self
            .at_most
            .filter(|limit| value > *limit)
            .map(|limit| value / limit);
        let below = self
            .at_least
            .filter(|limit| value < *limit)
            .map(|limit| limit / value);
        let by = above.or(below);
        (by.is_none(), by.unwrap_or(1.0))
    }
}

impl std::fmt::Display for Goal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.at_most, self.at_least) {
            (Some(limit), _) => write!(f, "≤ {limit}")?,
            (_, Some(limit)) => write!(f, "≥ {limit}")?,
            _ => {}
        }
        match self.against {
            Against::Best => f.write_str(" of the best rival"),
            Against::This(name) => write!(f, " of {name}"),
            Against::BestOf(names) => write!(f, " of the best of {}", names.join(", ")),
            Against::Shares => f.write_str(" max/min"),
            Against::Absolute => Ok(()),
        }
    }
}
