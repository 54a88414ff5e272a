//! Makes the table of the README from the JSON of one run of `versus`: `benches/table.sh`.

#![forbid(unsafe_code)]

use std::path::Path;
use std::{env, fs};

use gimmal_benches::stats::{Spread, spread};
use gimmal_benches::table::{Ratio, Run, page_with};
use serde_json::Value;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let mut words = env::args().skip(1);
    let (Some(json), Some(how), None) = (words.next(), words.next(), words.next()) else {
        return Err("usage: table JSON HOW-IT-WAS-RUN".into());
    };
    let results: Value = serde_json::from_str(&fs::read_to_string(json)?)?;
    let rows = results["rows"].as_array().ok_or("no rows")?;
    let ratios: Vec<_> = rows.iter().filter_map(ratio).collect();
    let rounds = rows.iter().filter_map(rounds).min().ok_or("no rounds")?;
    let how = format!("{how}, at least {rounds} rounds");
    let run = Run { how, ratios };

    // A busy machine says nothing of the libraries: its numbers are not written anywhere.
    if run.disturbed() * 10 > run.ratios.len() {
        let (some, all) = (run.disturbed(), run.ratios.len());
        return Err(
            format!("other programs used the CPUs in {some} of {all} rows: measure again").into(),
        );
    }
    let benches = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = benches.join("../README.md");
    let page = page_with(&fs::read_to_string(&readme)?, &run)?;
    fs::write(benches.join("ratios.tsv"), run.text())?;
    fs::write(readme, page)?;
    Ok(())
}

/// The ratios of a contender to the best rival, round by round.
fn to_rival(contender: &Value) -> Vec<f64> {
    let rounds = contender["to_best_rival"].as_array();
    let rounds = rounds.map_or(&[][..], Vec::as_slice);
    rounds.iter().filter_map(Value::as_f64).collect()
}

fn rounds(row: &Value) -> Option<usize> {
    let contenders = row["contenders"].as_array()?;
    let rounds = contenders.iter().map(|one| to_rival(one).len());
    rounds.filter(|rounds| *rounds > 0).min()
}

/// The row is about this contender: it has a goal there.
fn is_meant(contender: &Value) -> bool {
    contender["goals"]
        .as_array()
        .is_some_and(|goals| !goals.is_empty())
}

/// `None` for a row without times or without rivals.
fn ratio(row: &Value) -> Option<Ratio> {
    let contenders = row["contenders"].as_array()?;
    let ours = contenders.iter().filter_map(|one| {
        let name = one["name"].as_str()?;
        let spread = spread(&to_rival(one))?;
        name.starts_with("gimmal")
            .then_some((is_meant(one), name, spread))
    });
    let order = |(meant, _, spread): &(bool, &str, Spread)| (!meant, spread.median);
    let (_, ours, ratio) = ours.min_by(|a, b| {
        let (a, b) = (order(a), order(b));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
    })?;
    Some(Ratio {
        row: row["row"].as_str()?.to_owned(),
        ours: ours.to_owned(),
        rival: row["best_rival"].as_str()?.to_owned(),
        ratio,
        noise: row["noise"].as_f64()?,
        busy: row["busy"].as_bool()?,
    })
}
