//! From a signal to the end of a process in which sixteen threads are blocked.
//!
//! The contender is a program of its own: a child process. It starts its threads, says that it has, and is left alone until
//! all of them sleep. The clock runs from just before the signal, SIGINT and SIGTERM in turns, until the child is gone. It
//! has to end in order, that is when its threads have come back from what they were blocked in and are joined, with 128 and
//! the number of the signal as its status. One contender has no handler and is killed: what the system needs for the end
//! of such a process is in every contender's time.
//!
//! Our two programs differ in what their threads block in: in the same as the one that is written by hand; or in everything, two
//! in each of eight kinds, most of them with sockets, which take longer to end.

use super::ours::RUNTIME_BY_HAND;
use crate::book::{Against::This, Kind, Row, Rows};
use crate::race::{Outcome, alone};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The first argument of the child process; the second one is the contender's name.
pub(crate) const CHILD: &str = "--blocked";

/// How many threads block.
pub(crate) const THREADS: usize = 16;

/// How the program is called that ends in order with std's means.
pub(crate) const BY_HAND: &str = "std and signal-hook";

/// The child process ends after this time, whatever happens.
const LIFE: Duration = Duration::from_secs(15);

/// If the system does not say whether its threads sleep, a child gets this time.
const REST: Duration = Duration::from_millis(20);

const SIGNALS: [Signal; 2] = [Signal::SIGINT, Signal::SIGTERM];

pub(crate) fn rows() -> Vec<Row> {
    vec![
        Row::new(
            Kind::Process,
            "signal/16-blocked",
            "from a signal to the end of a process with 16 blocked threads",
        )
        .stretched(5)
        .goal(RUNTIME_BY_HAND, This(BY_HAND), 1.2),
    ]
}

/// What the child process does.
pub(crate) trait Program: 'static {
    /// Is it killed, instead of ending in order?
    const KILLED: bool = false;

    /// Starts [`THREADS`] threads that block, calls `ready`, and ends at a signal, with the status for it.
    fn run(ready: impl FnOnce()) -> i32;
}

/// Enters a program.
pub(crate) fn enter<P: Program>(book: &mut Rows, name: &'static str) {
    book.time("signal/16-blocked", name, |n| signals::<P>(name, n));
    book.program(name, be_the_child::<P>);
}

/// The child process.
fn be_the_child<P: Program>() -> i32 {
    // Ends with its parent, in whatever way that ends.
    thread::spawn(|| {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(1);
    });
    thread::spawn(|| {
        thread::sleep(LIFE);
        std::process::exit(1);
    });
    P::run(|| println!("blocked"))
}

fn signals<P: Program>(name: &str, n: u64) -> Outcome {
    alone(|| {
        let mut scored = Duration::ZERO;
        for signal in SIGNALS.into_iter().cycle().take(n as usize) {
            let (status, late) = one(name, signal).map_err(|error| error.to_string())?;
            let as_it_should = match P::KILLED {
                true => status.signal() == Some(signal as i32),
                false => status.code() == Some(128 + signal as i32),
            };
            if !as_it_should {
                return Err(format!("{signal}: {status}"));
            }
            scored += late;
        }
        Ok(Some(scored))
    })
}

/// Starts a child, sends it a signal, and says how it ended and how long that took.
fn one(name: &str, signal: Signal) -> io::Result<(ExitStatus, Duration)> {
    let mut child = Running(
        Command::new(std::env::current_exe()?)
            .args([CHILD, name])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?,
    );
    let said = child.0.stdout.take().map(BufReader::new).map(|mut out| {
        let mut line = String::new();
        out.read_line(&mut line)
    });
    if !matches!(said, Some(Ok(1..))) {
        return Err(io::Error::other("it ended before it was blocked"));
    }
    until_asleep(child.0.id());
    let clock = Instant::now();
    kill(Pid::from_raw(child.0.id().cast_signed()), signal)?;
    let stdin = child.0.stdin.take();
    let status = child.0.wait()?;
    let late = clock.elapsed();
    drop(stdin);
    Ok((status, late))
}

/// Waits until all threads of a process sleep.
fn until_asleep(process: u32) {
    until(|| all_asleep(process));
}

/// Waits until something sleeps, two looks in a row.
pub(crate) fn until(sleeps: impl Fn() -> io::Result<bool>) {
    let (mut asleep, begin) = (0, Instant::now());
    while asleep < 2 && begin.elapsed() < LIFE {
        thread::sleep(Duration::from_micros(500));
        match sleeps() {
            Ok(true) => asleep += 1,
            Ok(false) => asleep = 0,
            Err(_) => return thread::sleep(REST),
        }
    }
}

fn all_asleep(process: u32) -> io::Result<bool> {
    for task in fs::read_dir(format!("/proc/{process}/task"))? {
        if !is_asleep(&task?.path())? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a thread sleeps: what stands behind its name in its `stat` begins with its state.
pub(crate) fn is_asleep(task: &Path) -> io::Result<bool> {
    let stat = fs::read_to_string(task.join("stat"))?;
    let state = stat.rsplit_once(") ").map(|(_, behind)| behind);
    Ok(state.is_some_and(|state| state.starts_with('S')))
}

/// A child that is not left behind.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
