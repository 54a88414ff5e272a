//! `versus`: gimmal beside its rivals, as ratios inside one run.
//!
//! ```text
//! cargo bench -p gimmal-benches --features rivals --bench versus -- --quick
//! cargo bench -p gimmal-benches --features rivals,zmq --bench versus -- --json versus.json --svg versus.svg
//! cargo bench -p gimmal-benches --features rivals --bench versus -- channel/4p1c pingpong
//! cargo bench -p gimmal-benches --features omq,zeromq --bench versus -- net/
//! cargo bench -p gimmal-benches --features rivals,zmq --bench versus -- --growth --svg growth peers/
//! cargo bench -p gimmal-benches --features versus --bench versus -- --list
//! ```
//! `--features rivals` brings every rival written in Rust but omq and zmq.rs, which want a newer compiler, `zmq` libzmq; a
//! single rival is a feature too, and with `versus` alone gimmal is measured beside std. What was not compiled is named at
//! the end.
//!
//! # Method
//! Machines are shared, and the distance between two virtual cores changes within seconds. So nothing absolute is printed,
//! but in the rows `net/…`, where the CPU time of a message is asked for, and in the curves. In each row the contenders take turns in many
//! short rounds, each round starting with another one; all work for about the same time, as many operations as fit (found
//! before the first round, corrected after each). A round's result is time per operation; the ratio of two contenders is
//! taken within a round; quoted are the median of these ratios, the smallest and the largest. *Leader* is the contender
//! that beats most others by these medians, *best rival* the same among those that are not ours. A row of several threads
//! says nothing below 20 % difference, one of one thread below 5 %; a goal that is missed by less than that says so.
//!
//! Every message carries a stamp (`gimmal_benches::message`), and each round is checked for lost, doubled, torn and
//! reordered messages: a broken queue is reported as broken, never as fast. So is a lock that lets two in, a semaphore that
//! lets in more than it has permits (`gimmal_benches::tally`), a barrier that somebody passes alone. Where threads compete
//! for something, `max/min` is the most that one of them got in a round by the fewest: to serve one thread only is fast,
//! and not winning either. Beside the time stands how many CPUs the
//! process kept busy: burning a core to win is not winning, and where the work is to wait (`recv-timeout/overshoot`),
//! who keeps a CPU busy cannot lead.
//!
//! The rows `net/…` run beside a libzmq in a child process: what is timed crosses the wire, and the CPU time is that of the
//! contender's side alone. They want the feature `net`, and for their other rivals `omq` and `zeromq`.
//!
//! The row `signal/16-blocked` times the ends of child processes, which this program plays itself.
//!
//! The rows `loaded/…` run beside as many computing threads as there are cores, inside this process or in a child process.
//!
//! With `--growth` the curves are run instead of the rows: how the cost of an operation grows with a size. In a round all
//! contenders play at all sizes, and beside the ratios stand the times, because no ratio of two contenders shows a growth.
//!
//! A contender that needs five seconds for a turn has collapsed, which is reported; one that does not come back for 20
//! seconds ends the run with a message that names it, and `--skip` leaves it out. The exit status is 1 if one of ours
//! was broken; a goal that is missed is a result, not a failure.
//!
//! | file | what it holds |
//! |---|---|
//! | `contract.rs` | what a contender must be able to do |
//! | `contenders/` | gimmal, std and the rivals: one small file for each, and the only place that knows features |
//! | `rows/` | what is done with them, row by row, with gimmal's goals |
//! | `race.rs`, `load.rs` | one round: threads, a common start, wall clock and CPU time; threads that compute beside it |
//! | `book.rs`, `referee.rs`, `watchdog.rs` | all rows; their rounds; runs that hang |
//! | `table.rs` | the numbers of a row and their ratios |
//! | `report.rs`, `growth.rs` | rows and curves as Markdown, JSON and plots |
//! | `args.rs`, `count.rs` | the command line; the counting allocator |

#![deny(unsafe_code)]

mod args;
mod book;
mod broken;
mod contenders;
mod contract;
mod count;
mod growth;
mod load;
mod race;
mod referee;
mod report;
mod rows;
mod table;
mod watchdog;

use std::process::ExitCode;

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some(load::CHILD) => {
            load::be_the_child();
            return ExitCode::SUCCESS;
        }
        Some(rows::net::PEER) => return contenders::be_the_peer(std::env::args().skip(2)),
        Some(rows::signal::CHILD) => return be_blocked(),
        _ => (),
    }
    let args = match args::Args::parse(std::env::args().skip(1)) {
        Ok(args) => args,
        Err(help) => {
            eprintln!("{help}");
            return ExitCode::from(2);
        }
    };
    let mut book = rows::empty_book(&args);
    contenders::enter(&mut book);
    book.keep(&args);
    let is_empty = match args.growth {
        true => book.curves().is_empty(),
        false => book.rows().is_empty(),
    };
    if is_empty {
        eprintln!("versus: no row fits {:?}; --list names them", args.rows);
        return ExitCode::from(2);
    }
    if args.list {
        match args.growth {
            true => growth::list(&book),
            false => report::list(&book),
        }
        return ExitCode::SUCCESS;
    }
    // Who counts system calls slows the turn down by as much as it takes.
    if args.operations.is_none() {
        watchdog::start();
    }
    if args.growth {
        return growth::run(&book, &args);
    }
    let mut report = report::Report::new(&book);
    for row in book.rows() {
        report.row(row, referee::judge(row, &args));
    }
    report.end(&book, &args)
}

/// Plays the contender that the parent has named, in the row of signals.
fn be_blocked() -> ExitCode {
    let Ok(args) = args::Args::parse(std::iter::empty()) else {
        return ExitCode::FAILURE;
    };
    let mut book = rows::empty_book(&args);
    contenders::enter(&mut book);
    let status = std::env::args().nth(2).and_then(|name| book.play(&name));
    let status = status.and_then(|status| u8::try_from(status).ok());
    status.map_or(ExitCode::FAILURE, ExitCode::from)
}
