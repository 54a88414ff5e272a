//! One model in a child process of this very binary, with a time limit.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::explore::Found;

/// How a child ended.
#[derive(Debug)]
pub(crate) enum End {
    Passed(Found),
    /// `why` is one line, `output` everything it printed.
    Failed {
        why: String,
        output: String,
    },
    /// It did not end: killed at its limit, or an execution ran out of branches.
    Hung {
        why: String,
        output: String,
    },
}

/// What to run.
pub(crate) struct Order<'a> {
    /// The program that has the model: this one, unless another is named.
    pub(crate) binary: Option<&'a Path>,
    pub(crate) model: &'a str,
    pub(crate) mutant: Option<&'a str>,
    pub(crate) bound: Option<usize>,
    /// After this time the child ends its search by itself, and tells what it has found so far.
    pub(crate) cap: Option<Duration>,
    /// The file for the sites that the model runs through.
    pub(crate) sites: Option<&'a Path>,
    pub(crate) limit: Duration,
}

impl<'a> Order<'a> {
    /// A whole search of this program's model.
    pub(crate) fn new(model: &'a str, limit: Duration) -> Order<'a> {
        Order {
            binary: None,
            model,
            mutant: None,
            bound: None,
            cap: None,
            sites: None,
            limit,
        }
    }
}

/// Runs one child to its end, or to its limit.
pub(crate) fn run(order: &Order<'_>) -> End {
    let own = || std::env::current_exe().expect("the path of this test binary");
    let mut command = Command::new(order.binary.map_or_else(own, Path::to_path_buf));
    command
        .env("GIMMAL_MODEL", order.model)
        .env_remove("GIMMAL_MUTANT")
        .env_remove("GIMMAL_SITES")
        .env_remove("GIMMAL_BOUND")
        .env_remove("GIMMAL_CAP");
    if let Some(mutant) = order.mutant {
        // Nobody reads where a seeded fault struck, and finding its place by name takes longer than the model.
        command
            .env("GIMMAL_MUTANT", mutant)
            .env("RUST_BACKTRACE", "0");
    }
    if let Some(bound) = order.bound {
        command.env("GIMMAL_BOUND", bound.to_string());
    }
    if let Some(cap) = order.cap {
        command.env("GIMMAL_CAP", cap.as_secs_f64().to_string());
    }
    if let Some(sites) = order.sites {
        command.env("GIMMAL_SITES", sites);
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("a child process");
    let deadline = Instant::now() + order.limit;
    let (sender, pieces) = mpsc::channel();
    drain(child.stdout.take().expect("piped"), sender.clone());
    drain(child.stderr.take().expect("piped"), sender);
    let mut output = String::new();
    // The channel disconnects when both pipes are at their end, that is when the child is gone.
    let hung = loop {
        match pieces.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(piece) => output += &piece,
            Err(mpsc::RecvTimeoutError::Disconnected) => break false,
            Err(mpsc::RecvTimeoutError::Timeout) => break true,
        }
    };
    if hung {
        // An error means that it has just ended by itself.
        let _ = child.kill();
        output.extend(pieces.iter());
    }
    let status = child.wait().expect("the status of a child");
    if hung {
        let why = format!("did not end within {:?}", order.limit);
        return End::Hung { why, output };
    }
    let why = why(&output, &status.to_string());
    match Found::read(&output) {
        Some(found) if status.success() => End::Passed(found),
        _ if why.contains(ENDLESS) => End::Hung { why, output },
        _ => End::Failed { why, output },
    }
}

/// What loom says of an execution that goes round in circles.
pub(crate) const ENDLESS: &str = "exceeded maximum number of branches";

fn drain(mut pipe: impl Read + Send + 'static, sender: mpsc::Sender<String>) {
    std::thread::spawn(move || {
        let mut text = Vec::new();
        // What was read before an error is still worth showing.
        let _ = pipe.read_to_end(&mut text);
        let _ = sender.send(String::from_utf8_lossy(&text).into_owned());
    });
}

/// The reason for a failure, in one line: the first panic message, else the harness's own word, else the status.
fn why(output: &str, status: &str) -> String {
    let mut lines = output.lines();
    let message = lines
        .by_ref()
        .find(|l| l.contains("panicked at "))
        .and_then(|_| lines.find(|l| !l.trim().is_empty()))
        .or_else(|| {
            output
                .lines()
                .find(|l| l.contains("wrong outcomes") || l.contains("executions, at least"))
        })
        .unwrap_or(status);
    let mut short: String = message.trim().chars().take(200).collect();
    if short.len() < message.trim().len() {
        short.push('…');
    }
    short
}
