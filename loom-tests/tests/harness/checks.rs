//! The harness against itself: what it must accept, and what it must not. Runs before everything else, always.

use std::sync::Mutex;
use std::time::Duration;

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

use super::child::{self, End, Order};
use super::run::parallel;
use super::survey::checks as survey;
use super::{EXHAUSTIVE, Model, Seen, models, mutants, probe};

models! {
    passes { outcomes: ["empty", "7"], bound: EXHAUSTIVE, least: 2 }
    declares_too_much { outcomes: ["7", "8", "empty"] }
    declares_too_little { outcomes: ["7"] }
    expects_too_many_executions { outcomes: ["7", "empty"], least: 1_000_000 }
    says_nothing { outcomes: ["7"] }
    says_two_things { outcomes: ["7", "empty"] }
    races { outcomes: ["7", "empty"] }
    deadlocks { outcomes: ["7"] }
    aborts { outcomes: ["7"] }
    never_ends { outcomes: ["7"] }
    uses_the_shim { outcomes: ["7"] }
}

/// A message with a flag: the flag's ordering decides whether the reader may look at the payload.
fn message(seen: Seen, publish: Ordering) {
    let shared = Arc::new((AtomicUsize::new(0), UnsafeCell::new(())));
    let writer = shared.clone();
    let thread = thread::spawn(move || {
        writer.1.with_mut(|_| ());
        writer.0.store(7, publish);
    });
    match shared.0.load(Ordering::Acquire) {
        7 => {
            shared.1.with(|_| ());
            seen.outcome("7");
        }
        _ => seen.outcome("empty"),
    }
    thread.join().expect("the writer does not panic");
}

fn passes(seen: Seen) {
    message(seen, Ordering::Release);
}

fn declares_too_much(seen: Seen) {
    passes(seen);
}

fn declares_too_little(seen: Seen) {
    passes(seen);
}

fn expects_too_many_executions(seen: Seen) {
    passes(seen);
}

fn says_nothing(_: Seen) {}

fn says_two_things(seen: Seen) {
    passes(seen);
    passes(seen);
}

fn races(seen: Seen) {
    message(seen, Ordering::Relaxed);
}

fn deadlocks(seen: Seen) {
    let lock = loom::sync::Mutex::new(7);
    let _held = lock.lock().expect("not poisoned");
    seen.outcome(*lock.lock().expect("not poisoned"));
}

fn aborts(_: Seen) {
    std::process::abort();
}

fn never_ends(_: Seen) {
    loop {
        std::thread::park();
    }
}

/// One item through a real ring, so that the core's atomics read `GIMMAL_MUTANT`.
fn uses_the_shim(seen: Seen) {
    let mut ring = gimmal_core_loom::ring::spsc::Ring::<u32, 1>::new();
    let (mut producer, mut consumer) = ring.split();
    assert!(producer.push(7).is_ok());
    seen.outcome(consumer.pop().expect("the item"));
}

enum Want {
    Pass,
    /// The reason contains this.
    Fail(&'static str),
    Hang,
}

struct Case {
    name: &'static str,
    model: &'static str,
    mutant: Option<&'static str>,
    want: Want,
}

const fn case(name: &'static str, model: &'static str, want: Want) -> Case {
    Case {
        name,
        model,
        mutant: None,
        want,
    }
}

const fn faulty(name: &'static str, model: &'static str, mutant: &'static str, want: Want) -> Case {
    Case {
        name,
        model,
        mutant: Some(mutant),
        want,
    }
}

/// A fault that no source has.
const NOWHERE: &str = "no/such.rs:1:1=Relaxed";

const CASES: &[Case] = &[
    case("accepts_a_sound_model", "passes", Want::Pass),
    case(
        "misses_a_declared_outcome",
        "declares_too_much",
        Want::Fail("not seen: [\"8\"]"),
    ),
    case(
        "refuses_an_undeclared_outcome",
        "declares_too_little",
        Want::Fail("not declared: [\"empty\"]"),
    ),
    case(
        "refuses_too_short_a_search",
        "expects_too_many_executions",
        Want::Fail("at least 1000000"),
    ),
    case(
        "refuses_silence",
        "says_nothing",
        Want::Fail("reported no outcome"),
    ),
    case(
        "refuses_two_outcomes",
        "says_two_things",
        Want::Fail("not two"),
    ),
    case("sees_a_race", "races", Want::Fail("Causality violation")),
    case("sees_a_deadlock", "deadlocks", Want::Fail("deadlock")),
    case("sees_an_abort", "aborts", Want::Fail("")),
    case("ends_the_endless", "never_ends", Want::Hang),
    case("refuses_an_unknown_model", "nobody", Want::Fail("")),
    faulty(
        "a_fault_nowhere_changes_nothing",
        "uses_the_shim",
        NOWHERE,
        Want::Pass,
    ),
    faulty(
        "a_step_nowhere_changes_nothing",
        "uses_the_shim",
        "step:no-such-step",
        Want::Pass,
    ),
    faulty(
        "refuses_a_malformed_fault",
        "uses_the_shim",
        "nonsense",
        Want::Fail("nonsense"),
    ),
    faulty(
        "refuses_a_fault_of_no_ordering",
        "uses_the_shim",
        "no/such.rs:1:1@0=Weak",
        Want::Fail("no/such.rs:1:1@0=Weak"),
    ),
    faulty(
        "fewer_outcomes_are_no_kill",
        "declares_too_much",
        NOWHERE,
        Want::Pass,
    ),
    faulty(
        "more_outcomes_are_a_kill",
        "declares_too_little",
        NOWHERE,
        Want::Fail("not declared"),
    ),
];

/// The names of all checks.
pub(crate) fn names() -> Vec<String> {
    let others = [
        "scanner_finds_what_the_compiler_reports",
        "every_model_file_is_listed",
    ];
    CASES
        .iter()
        .map(|c| c.name)
        .chain(others)
        .chain(survey::NAMES)
        .map(|name| format!("harness::{name}"))
        .collect()
}

/// Runs all checks: name and result, in the order of `names`.
pub(crate) fn run(models: &[Model], threads: usize) -> Vec<(String, Result<(), String>)> {
    let results = Mutex::new(vec![Ok(()); CASES.len()]);
    let places: Vec<usize> = (0..CASES.len()).collect();
    parallel(&places, threads, |&i| {
        let result = judge(&CASES[i]);
        results.lock().expect("no panic while locked")[i] = result;
    });
    let mut results = results.into_inner().expect("no panic while locked");
    results.push(probe::check());
    results.push(listed(models));
    results.extend(survey::run(models));
    names().into_iter().zip(results).collect()
}

fn judge(case: &Case) -> Result<(), String> {
    let model = format!("harness/checks::{}", case.model);
    // A healthy child takes milliseconds; only the endless one waits for its limit.
    let hang = matches!(case.want, Want::Hang);
    let limit = Duration::from_millis(if hang { 100 } else { 60_000 });
    let end = child::run(&Order {
        mutant: case.mutant,
        ..Order::new(&model, limit)
    });
    let right = match (&case.want, &end) {
        (Want::Pass, End::Passed(found)) => found.executions > 0,
        (Want::Fail(wanted), End::Failed { why, .. }) => why.contains(wanted),
        (Want::Hang, End::Hung { .. }) => true,
        _ => false,
    };
    if right {
        Ok(())
    } else {
        Err(format!("the harness is wrong about {model}: {end:?}"))
    }
}

/// A model file that `tests/models.rs` forgets would never run.
fn listed(models: &[Model]) -> Result<(), String> {
    let tests = mutants::root().join("../../loom-tests/tests");
    for file in mutants::rust_files(&tests) {
        let text =
            std::fs::read_to_string(tests.join(&file)).map_err(|e| format!("{file}: {e}"))?;
        let path = file.trim_end_matches(".rs");
        let own = file == "models.rs" || file.starts_with("harness/");
        if !own && text.contains("\nmodels! {") && !models.iter().any(|m| m.path() == path) {
            return Err(format!(
                "{file} has models, but none of them is in the list of tests/models.rs"
            ));
        }
    }
    let mut names: Vec<String> = models.iter().map(|m| m.name()).collect();
    names.sort();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(format!("two models are called {}", pair[0])),
        None => Ok(()),
    }
}
