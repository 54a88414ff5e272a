//! A child process that plays a part, as its parent sees it.

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::kit::LONG;

/// Names the part to the child.
pub(crate) const PART: &str = "GIMMAL_TEST_PART";

/// A running child, killed when the test gives it up.
pub(crate) struct Play {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Play {
    pub(crate) fn begin(part: &str) -> Self {
        Self::with(Command::new(std::env::current_exe().unwrap()), part)
    }

    pub(crate) fn with(mut command: Command, part: &str) -> Self {
        command.args(["--exact", "child", "--nocapture", "--test-threads=1"]);
        command.env(PART, part).stdin(Stdio::null());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = mpsc::channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                // The harness writes the beginning of its own line before the child's first.
                if let Some((_, said)) = line.split_once('@') {
                    let _ = sender.send(said.to_string());
                }
            }
        });
        Play { child, lines }
    }

    #[track_caller]
    pub(crate) fn says(&self, line: &str) {
        assert_eq!(self.lines.recv_timeout(LONG).as_deref(), Ok(line));
    }

    pub(crate) fn send(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().cast_signed()), signal).unwrap();
    }

    /// How it ended, and that it had nothing more to say.
    #[track_caller]
    pub(crate) fn ended(mut self) -> ExitStatus {
        let last = self.lines.recv_timeout(LONG);
        assert_eq!(last, Err(mpsc::RecvTimeoutError::Disconnected));
        self.child.wait().unwrap()
    }

    #[track_caller]
    pub(crate) fn exits_with(self, code: i32) {
        let status = self.ended();
        assert_eq!(status.code(), Some(code), "{status}");
    }

    #[track_caller]
    pub(crate) fn dies_of(self, signal: Signal) {
        let status = self.ended();
        assert_eq!(status.signal(), Some(signal as i32), "{status}");
    }
}

impl Drop for Play {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
