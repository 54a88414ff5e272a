//! A process that forks and does not exec: nothing of ours that the child uses or drops hangs, panics, or changes anything of
//! its parent.
//!
//! This file runs itself again, with the name of a part to play; that process forks, and looks at how its children end.
#![cfg(unix)]
#![allow(unsafe_code)] // Forks.

#[path = "fork/kit.rs"]
mod forking;
mod kit;
#[path = "signals/play.rs"]
mod play;
#[path = "fork/pools.rs"]
mod pools;
#[path = "fork/runs.rs"]
mod runs;
#[path = "fork/terminations.rs"]
mod terminations;
#[path = "fork/timers.rs"]
mod timers;

use std::io::Write;
use std::process::exit;
use std::time::Duration;

use play::PART;

pub(crate) fn say(line: &str) {
    // Past the capture of the test harness, which would keep it.
    let mut out = std::io::stdout().lock();
    writeln!(out, "@{line}").unwrap();
    out.flush().unwrap();
}

/// The forking side of every test here; as a test of its own it plays nothing.
#[test]
fn child() {
    let Ok(part) = std::env::var(PART) else {
        return;
    };
    let parts = [
        PARTS,
        pools::PARTS,
        runs::PARTS,
        terminations::PARTS,
        timers::PARTS,
    ];
    let play = parts.concat().into_iter().find(|(name, _)| *name == part);
    exit(play.expect("a part").1());
}

/// A name, and what is played under it.
pub(crate) type Part = (&'static str, fn() -> i32);

const PARTS: &[Part] = &[];

pub(crate) const MILLI: Duration = Duration::from_millis(1);
