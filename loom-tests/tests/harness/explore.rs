//! One model in this process: every execution, every outcome.
//!
//! What is counted here lives in plain `std` statics, invisible to loom: nothing of it is part of the search.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use super::{EXHAUSTIVE, Model};

static OUTCOMES: Mutex<BTreeMap<String, u64>> = Mutex::new(BTreeMap::new());
static EXECUTIONS: AtomicU64 = AtomicU64::new(0);
static REPORTED: AtomicBool = AtomicBool::new(false);

/// The place where an execution reports how it came out. Copy it into any thread of the model.
#[derive(Clone, Copy)]
pub(crate) struct Seen(());

impl Seen {
    /// Reports the outcome of this execution, once.
    pub(crate) fn outcome(self, outcome: impl Display) {
        assert!(
            !REPORTED.swap(true, Relaxed),
            "an execution reports one outcome, not two"
        );
        *OUTCOMES
            .lock()
            .expect("no panic while locked")
            .entry(outcome.to_string())
            .or_insert(0) += 1;
    }
}

/// What the executions of a model showed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    pub(crate) executions: u64,
    pub(crate) bound: usize,
    /// Processor time where the system tells it, else the time on the clock.
    pub(crate) seconds: f64,
    /// How often each outcome came.
    pub(crate) outcomes: BTreeMap<String, u64>,
    /// Did the search end at its time limit, before everything was explored?
    pub(crate) capped: bool,
}

/// Begins the line that says in which execution a seeded fault made a panic.
const STRUCK: &str = "gimmal-struck";

/// In which execution the fault struck, from the output of a child.
pub(crate) fn struck(output: &str) -> Option<u64> {
    let mut lines = output.lines().rev();
    let number = lines.find_map(|l| l.strip_prefix(STRUCK)?.strip_prefix('\t'))?;
    number.parse().ok()
}

const MARK: &str = "gimmal-model";

impl Found {
    /// One line for the parent process.
    fn line(&self) -> String {
        let mut line = format!(
            "{MARK}\t{}\t{}\t{:.3}\t{}",
            self.executions, self.bound, self.seconds, self.capped
        );
        for (outcome, times) in &self.outcomes {
            line += &format!("\t{times}\t{outcome}");
        }
        line
    }

    /// Reads what `line` wrote, from anywhere in the output of a child.
    pub(crate) fn read(output: &str) -> Option<Found> {
        let line = output
            .lines()
            .rev()
            .find_map(|l| l.strip_prefix(MARK)?.strip_prefix('\t'))?;
        let mut fields = line.split('\t');
        let mut found = Found {
            executions: fields.next()?.parse().ok()?,
            bound: fields.next()?.parse().ok()?,
            seconds: fields.next()?.parse().ok()?,
            capped: fields.next()?.parse().ok()?,
            outcomes: BTreeMap::new(),
        };
        while let (Some(times), Some(outcome)) = (fields.next(), fields.next()) {
            found
                .outcomes
                .insert(outcome.to_string(), times.parse().ok()?);
        }
        Some(found)
    }
}

/// Is a fault seeded in this process?
fn mutated() -> bool {
    std::env::var_os("GIMMAL_MUTANT").is_some()
}

/// Tells the parent process in which execution the fault struck.
fn tell_where_it_strikes() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        eprintln!("{STRUCK}\t{}", EXECUTIONS.load(Relaxed) + 1);
        before(panic);
    }));
}

/// Explores `model`, prints what it found, and says whether it passed. A failing execution panics out of here. A search that
/// takes longer than `cap` ends here, with what it has found, and the process with it.
pub(crate) fn explore(model: &Model, bound: Option<usize>, cap: Option<Duration>) -> ExitCode {
    if mutated() {
        tell_where_it_strikes();
    }
    let bound = bound.map_or(model.bound, |bound| bound.max(model.bound));
    let begun = Instant::now();
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = (bound != EXHAUSTIVE).then_some(bound);
    builder.max_branches = 20_000;
    // Set in the environment these would end the search early, and silently.
    builder.max_permutations = None;
    builder.max_duration = None;
    builder.checkpoint_file = None;
    let (run, declared) = (model.run, model.outcomes);
    builder.check(move || {
        if cap.is_some_and(|cap| begun.elapsed() > cap) {
            println!("{}", found(bound, begun, true).line());
            std::process::exit(0);
        }
        REPORTED.store(false, Relaxed);
        run(Seen(()));
        EXECUTIONS.fetch_add(1, Relaxed);
        assert!(REPORTED.load(Relaxed), "an execution reported no outcome");
        if mutated() {
            let outcomes = OUTCOMES.lock().expect("no panic while locked");
            let extra = outcomes
                .keys()
                .find(|seen| !declared.contains(&seen.as_str()))
                .cloned();
            drop(outcomes);
            assert!(
                extra.is_none(),
                "outcome that is not declared: {}",
                extra.unwrap_or_default()
            );
        }
    });
    let found = found(bound, begun, false);
    println!("{}", found.line());
    match complaint(model, &found) {
        Some(text) if !mutated() => {
            eprintln!("{}: {text}", model.name());
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}

/// What the search has found so far.
fn found(bound: usize, begun: Instant, capped: bool) -> Found {
    Found {
        executions: EXECUTIONS.load(Relaxed),
        bound,
        seconds: processor_seconds().unwrap_or_else(|| begun.elapsed().as_secs_f64()),
        outcomes: OUTCOMES.lock().expect("no panic while locked").clone(),
        capped,
    }
}

/// What is wrong with the search as a whole, if anything.
fn complaint(model: &Model, found: &Found) -> Option<String> {
    let seen = |wanted: &str| found.outcomes.contains_key(wanted);
    let missing: Vec<_> = model.outcomes.iter().filter(|o| !seen(o)).collect();
    let extra: Vec<_> = found
        .outcomes
        .keys()
        .filter(|o| !model.outcomes.contains(&o.as_str()))
        .collect();
    if !missing.is_empty() || !extra.is_empty() {
        return Some(format!(
            "wrong outcomes: declared but not seen: {missing:?}; seen but not declared: {extra:?}"
        ));
    }
    (found.executions < model.least).then(|| {
        format!(
            "only {} executions, at least {} expected",
            found.executions, model.least
        )
    })
}

/// Processor time of this thread so far: the models run on one thread, and the machine may be busy with others.
fn processor_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = text.split_whitespace().next()?.parse().ok()?;
    (nanoseconds > 0.0).then_some(nanoseconds / 1e9)
}
