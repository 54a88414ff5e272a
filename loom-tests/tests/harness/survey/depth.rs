//! The program `models`: how deep the models were searched.

use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Duration;

use super::super::child::{self, End, Order};
use super::super::options;
use super::super::run::parallel;
use super::super::{EXHAUSTIVE, Model};

/// Runs the models with more preemptions, each for a while at most:
/// `[--bound N] [--cap SECONDS] [-j N] [FILTER…]`.
pub(crate) fn main(arguments: &[String], models: &[Model]) -> ExitCode {
    match run(arguments, models) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(text) => {
            eprintln!("error: {text}");
            ExitCode::from(101)
        }
    }
}

fn run(arguments: &[String], models: &[Model]) -> Result<usize, String> {
    let (mut bound, mut cap, mut filters) = (3, 60, Vec::new());
    let mut jobs = std::thread::available_parallelism().map_or(2, |n| n.get());
    let mut rest = arguments.iter();
    while let Some(flag) = rest.next() {
        let mut value = || rest.next().ok_or(format!("{flag} needs a value"));
        let number = |text: &String| text.parse().map_err(|_| format!("not a number: {text}"));
        match flag.as_str() {
            "--bound" => bound = options::bound(value()?)?,
            "--cap" => cap = number(value()?)?,
            "-j" | "--jobs" => jobs = number(value()?)?.max(1) as usize,
            flag if flag.starts_with('-') => return Err(format!("unknown: {flag}")),
            filter => filters.push(filter.to_string()),
        }
    }
    let wanted = |m: &&Model| {
        let name = m.name();
        filters.is_empty() || filters.iter().any(|f| name.contains(f))
    };
    let models: Vec<&Model> = models.iter().filter(wanted).collect();
    let cap = Duration::from_secs(cap);
    let width = models.iter().map(|m| m.name().len()).max().unwrap_or(0);
    println!(
        "{:width$}  bound  executions  seconds  search    outcomes",
        "model"
    );
    let counts = Mutex::new([0, 0, 0]);
    parallel(&models, jobs, |model| {
        let (line, kind) = one(model, bound, cap);
        println!("{:width$}  {line}", model.name());
        counts.lock().expect("no panic while locked")[kind as usize] += 1;
    });
    let [complete, capped, failed] = counts.into_inner().expect("no panic while locked");
    println!(
        "{} models: {complete} complete, {capped} capped after {cap:?}, {failed} failed",
        models.len()
    );
    Ok(failed)
}

#[derive(Clone, Copy)]
enum Kind {
    Complete,
    Capped,
    Failed,
}

/// The line of one model. A complete search saw exactly what the model declares; one that was capped shows what it came to.
fn one(model: &Model, bound: usize, cap: Duration) -> (String, Kind) {
    let name = model.name();
    let end = child::run(&Order {
        bound: Some(bound),
        cap: Some(cap),
        ..Order::new(&name, cap * 2 + Duration::from_secs(30))
    });
    match end {
        End::Passed(found)
            if found
                .outcomes
                .keys()
                .any(|o| !model.outcomes.contains(&o.as_str())) =>
        {
            let line = format!("FAILED: not declared among {:?}", found.outcomes);
            (line, Kind::Failed)
        }
        End::Passed(found) => {
            let (word, kind) = match found.capped {
                true => ("capped", Kind::Capped),
                false => ("complete", Kind::Complete),
            };
            let bound = match found.bound {
                EXHAUSTIVE => "none".to_string(),
                bound => bound.to_string(),
            };
            let seen = found.outcomes.iter().map(|(o, n)| format!("{o} ({n})"));
            let seen = seen.collect::<Vec<_>>().join(", ");
            let missing: Vec<_> = model
                .outcomes
                .iter()
                .filter(|o| !found.outcomes.contains_key(**o))
                .collect();
            let missing = match missing.is_empty() {
                true => String::new(),
                false => format!("; not seen yet: {missing:?}"),
            };
            let (executions, seconds) = (found.executions, found.seconds);
            let line =
                format!("{bound:>5}  {executions:10}  {seconds:7.2}  {word:8}  {seen}{missing}");
            (line, kind)
        }
        End::Failed { why, .. } | End::Hung { why, .. } => (format!("FAILED: {why}"), Kind::Failed),
    }
}
