//! How cost grows with size: the curves, one after the other, as tables, plots and JSON.
//!
//! A curve has a row for each size. In a round all contenders play at all sizes, so the times of two sizes met about the
//! same weather, and those of two contenders at one size the same. Times are printed here, not ratios alone: they belong to
//! this run on this machine.

use crate::args::Args;
use crate::book::{Curve, Rows};
use crate::broken::Broken;
use crate::referee::{Verdict, judge_together};
use crate::report::{print_absent, rounded, write_all};
use crate::table::Table;
use gimmal_benches::growth::{Growth, Point, Series};
use gimmal_benches::plot::draw;
use gimmal_benches::stats::spread;
use serde_json::{Value, json};
use std::process::ExitCode;

/// The curves so far.
#[derive(Default)]
struct Report {
    json: Vec<Value>,
    plots: Vec<(String, String)>,
    broken: Broken,
}

/// Prints the curves and who takes part at the smallest size.
pub(crate) fn list(book: &Rows) {
    for curve in book.curves() {
        let sizes: Vec<_> = curve
            .points
            .iter()
            .map(|(size, _)| size.to_string())
            .collect();
        println!(
            "{}: {}; {}: {}",
            curve.name,
            curve.about,
            curve.over,
            sizes.join(", ")
        );
        if let Some((_, row)) = curve.points.first() {
            let names: Vec<_> = row.contenders.iter().map(|one| one.name).collect();
            println!("    {}", names.join(", "));
        }
    }
    print_absent(book);
}

/// Runs all curves. The exit status is 1 if one of ours was broken.
pub(crate) fn run(book: &Rows, args: &Args) -> ExitCode {
    println!("# How cost grows\n");
    println!(
        "The median time of an operation in this run, and the ratio to the best rival at that size: median \
         (smallest–largest) of the rounds; lower is faster."
    );
    let mut report = Report::default();
    for curve in book.curves() {
        let results = judge_together(curve.points.iter().map(|(_, row)| row), args);
        report.curve(curve, results);
    }
    report.end(book, args)
}

impl Report {
    /// Prints a curve and keeps its numbers.
    fn curve(&mut self, curve: &Curve, results: Vec<Vec<Verdict>>) {
        let points = curve.points.iter().zip(results);
        let tables: Vec<_> = points
            .map(|((size, row), results)| (*size, Table::new(row, results)))
            .collect();
        let growth = growth(curve, &tables);
        println!("\n## {}\n\n{}\n", curve.name, curve.about);
        print!("{}", growth.markdown());
        let busy: Vec<_> = tables
            .iter()
            .filter(|(_, table)| table.too_few_cpus().is_some())
            .map(|(size, _)| size.to_string())
            .collect();
        if !busy.is_empty() {
            println!(
                "\nThe machine was busy, these sizes say little: {}.",
                busy.join(", ")
            );
        }
        for (_, table) in &tables {
            self.broken.note(table);
        }
        self.json.push(json!({
            "curve": curve.name,
            "about": curve.about,
            "over": curve.over,
            "per": curve.per,
            "points": tables.iter().map(point_json).collect::<Vec<_>>(),
        }));
        let file = format!("{}.svg", curve.name.replace('/', "-"));
        self.plots.push((file, draw(&growth)));
    }

    /// Prints which contenders were broken, and writes the files.
    fn end(self, book: &Rows, args: &Args) -> ExitCode {
        print_absent(book);
        self.broken.print();
        let results = json!({ "curves": self.json, "not_compiled": book.absent() });
        let mut files = Vec::new();
        if let Some(path) = &args.json {
            files.push((path.clone(), format!("{results:#}\n")));
        }
        if let Some(directory) = &args.svg {
            if let Err(error) = std::fs::create_dir_all(directory) {
                eprintln!("{}: {error}", directory.display());
                return ExitCode::from(2);
            }
            let plots = self.plots.into_iter();
            files.extend(plots.map(|(file, plot)| (directory.join(file), plot)));
        }
        match write_all(files) {
            true => self.broken.exit_code(),
            false => ExitCode::from(2),
        }
    }
}

/// The contenders of a curve in the order of their first sizes, ours first. The broken ones have no points.
fn growth(curve: &Curve, tables: &[(usize, Table<'_>)]) -> Growth {
    let mut names: Vec<&str> = Vec::new();
    for contender in tables.iter().flat_map(|(_, table)| &table.row.contenders) {
        if !names.contains(&contender.name) {
            names.push(contender.name);
        }
    }
    names.sort_by_key(|name| !name.starts_with("gimmal"));
    let series = names.into_iter().map(|name| Series {
        name: name.to_owned(),
        points: tables
            .iter()
            .filter_map(|(size, table)| point(*size, table, name))
            .collect(),
    });
    Growth {
        name: curve.name.to_owned(),
        over: curve.over.to_owned(),
        per: curve.per.to_owned(),
        unit: curve.unit,
        series: series.collect(),
    }
}

fn point(size: usize, table: &Table<'_>, name: &str) -> Option<Point> {
    let contenders = &table.row.contenders;
    let index = contenders.iter().position(|one| one.name == name)?;
    let rival = table
        .best_rival
        .map(|rival| contenders[rival].name.to_owned());
    Some(Point {
        size,
        time: spread(table.rounds(index)?)?,
        to_rival: rival.zip(table.against(index, table.best_rival)),
    })
}

fn point_json((size, table): &(usize, Table<'_>)) -> Value {
    let contenders = table.row.contenders.iter().zip(&table.results);
    let contenders = contenders.map(|(contender, result)| match result {
        Verdict::Timed { rounds, cpus, .. } => json!({
            "name": contender.name,
            "nanoseconds": rounded(rounds.clone()),
            "cpus": rounded(cpus.clone()),
        }),
        Verdict::Broken(why) => json!({ "name": contender.name, "broken": why }),
        Verdict::Counted(_) => json!({ "name": contender.name }),
    });
    json!({
        "size": size,
        "best_rival": table.best_rival.map(|rival| table.row.contenders[rival].name),
        "noise": table.row.kind.noise(),
        "busy": table.too_few_cpus().is_some(),
        "contenders": contenders.collect::<Vec<_>>(),
    })
}
