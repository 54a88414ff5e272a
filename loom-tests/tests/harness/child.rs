//! One model in a child process of this very binary, with a time limit.

use std::io::Read;
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
    pub(crate) model: &'a str,
    pub(crate) mutant: Option<&'a str>,
    pub(crate) bound: Option<usize>,
    pub(crate) limit: Duration,
}

/// Runs one child to its end, or to its limit.
pub(crate) fn run(order: &Order<'_>) -> End {
    let binary = std::env::current_exe().expect("the path of this test binary");
    let mut command = Command::new(binary);
    command
        .env("GIMMAL_MODEL", order.model)
        .env_remove("GIMMAL_MUTANT")
        .env_remove("GIMMAL_BOUND");
    if let Some(mutant) = order.mutant {
        // Nobody reads where a seeded fault struck, and finding its place by name takes longer than the model.
        command
            .env("GIMMAL_MUTANT", mutant)
            .env("RUST_BACKTRACE", "0");
    }
    if let Some(bound) = order.bound {
        command.env("GIMMAL_BOUND", bound.to_string());
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
const ENDLESS: &str = "exceeded maximum number of branches";

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
