//! Everything that the facade has, at the same time, for as long as it is told.
//!
//! ```text
//! cargo run --release -p gimmal-soak --features net -- [--seconds N] [--one-core] [--only NAME]...
//! ```
//!
//! The **residents** (`residents/`) each repeat rounds: some threads use one thing of the library, and at the end of a round
//! nothing is lost, taken twice or out of order, or the soak fails. Their threads have random priorities (`mood.rs`).
//! Beside them threads compute, in this process or in another one, or none does (`load.rs`). One thread asks how late timed
//! waits are, ours and std's (`lateness.rs`). The soak also fails if a resident makes no progress (`watch.rs`), or if memory,
//! threads or files become more (`memory.rs`).
//!
//! Lateness is printed and judged by nobody.

#![forbid(unsafe_code)]

mod lateness;
mod load;
mod memory;
mod mood;
mod residents;
mod watch;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use gimmal_histories::Dice;

use load::Load;
use watch::Watched;

const USAGE: &str = "usage: gimmal-soak [--seconds N] [--one-core] [--only NAME]...";

/// What the command line asks for.
struct Wanted {
    seconds: u64,
    one_core: bool,
    only: Vec<String>,
}

fn wanted(mut words: impl Iterator<Item = String>) -> Option<Wanted> {
    let (seconds, one_core, only) = (60, false, Vec::new());
    let mut wanted = Wanted {
        seconds,
        one_core,
        only,
    };
    while let Some(word) = words.next() {
        match word.as_str() {
            "--seconds" => wanted.seconds = words.next()?.parse().ok()?,
            "--one-core" => wanted.one_core = true,
            "--only" => wanted.only.push(words.next()?),
            _ => return None,
        }
    }
    Some(wanted)
}

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1).peekable();
    match words.peek().map(String::as_str) {
        Some(load::CHILD) => return load::compute(),
        Some(residents::signals::CHILD) => return residents::signals::child(),
        _ => {}
    }
    let Some(wanted) = wanted(words) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    if wanted.one_core && !mood::on_one_core() {
        eprintln!("a process cannot be kept on one core here");
        return ExitCode::FAILURE;
    }
    match soak(&wanted) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            println!("FAILED: {why}");
            ExitCode::FAILURE
        }
    }
}

fn soak(wanted: &Wanted) -> Result<(), String> {
    let is_wanted = |name: &str| {
        wanted.only.is_empty() || wanted.only.iter().any(|only| name.contains(only.as_str()))
    };
    let residents: Vec<_> = residents::ALL
        .iter()
        .filter(|(name, _)| is_wanted(name))
        .collect();
    if residents.is_empty() {
        return Err("nobody has that name".to_string());
    }
    // Service threads start, and pools of memory fill.
    for (at, (name, round)) in residents.iter().enumerate() {
        println!(
            "{name}: {} operations in the first round",
            round(&mut Dice::new(at as u64))
        );
    }
    let before = memory::Resources::now();

    let end = Instant::now() + Duration::from_secs(wanted.seconds);
    let watched: Vec<_> = residents
        .iter()
        .map(|(name, _)| Watched::new(name))
        .collect();
    let mut samples = Vec::new();
    let lateness = std::thread::scope(|scope| {
        let running: Vec<_> = residents
            .iter()
            .zip(&watched)
            .enumerate()
            .map(|(at, ((_, round), watched))| {
                scope.spawn(move || watched.repeat(*round, at as u64, end))
            })
            .collect();
        let lateness = scope.spawn(move || lateness::until(end));
        let mut dice = Dice::new(wanted.seconds);
        while Instant::now() < end {
            // Some seconds of each kind of load.
            let load = Load::any(&mut dice);
            let until = end.min(Instant::now() + Duration::from_secs(2 + dice.below(6)));
            lateness::beside(load.is_some());
            let running = load
                .map(Load::start)
                .transpose()
                .expect("a child process computes");
            while Instant::now() < until {
                std::thread::sleep(Duration::from_millis(200));
                samples.push(memory::resident_bytes());
                watch::all_move(&watched);
            }
            drop(running);
        }
        // A resident that panicked has said why.
        let ended: Vec<_> = running.into_iter().map(|thread| thread.join()).collect();
        (ended.iter().all(Result::is_ok), lateness.join())
    });
    let (all_well, lateness) = lateness;

    println!("\n{:<20} {:>10} {:>14}", "resident", "rounds", "operations");
    for watched in &watched {
        println!("{watched}");
    }
    println!(
        "\n{}",
        lateness.map_err(|_| "the thread that asks how late waits are panicked")?
    );
    println!("{}", mood::report());
    let memory = memory::is_flat(&samples)?;
    println!("{memory}");
    before.came_back()?;
    if !all_well {
        return Err("a resident panicked".to_string());
    }
    let operations: u64 = watched.iter().map(Watched::operations).sum();
    println!(
        "soak: {} residents, {operations} operations in {} s{}, nothing lost; {memory}",
        watched.len(),
        wanted.seconds,
        if wanted.one_core { " on one core" } else { "" },
    );
    Ok(())
}
