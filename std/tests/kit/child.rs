//! A test file that runs itself again as a child process, with the name of a part to play; and that process as its parent
//! sees it.
//!
//! The file has one test named `child`, which calls [`play`] with the parts. A test starts [`Child::start`] with the name
//! of a part, reads its lines, sends it signals, and looks at how it ends. A child says `ready` when it may be
//! signalled; what is sent later is sent for a line that the child has said, never after a time.

use std::io::{BufRead, BufReader, Write};
#[cfg(unix)]
use std::os::unix::process::ExitStatusExt;
#[cfg(windows)]
use std::os::windows::process::CommandExt;
#[cfg(target_os = "linux")]
use std::path::Path;
use std::process::{self, Command, ExitStatus, Stdio, exit};
use std::sync::mpsc;
#[cfg(unix)]
use std::time::Duration;

#[cfg(unix)]
use nix::sys::signal::{Signal, kill};
#[cfg(unix)]
use nix::unistd::Pid;

use super::LONG;

/// Names the part to the child.
const PART: &str = "GIMMAL_TEST_PART";

/// A part by its name. What it returns is the status that the child exits with.
pub(crate) type Part = (&'static str, fn() -> i32);

/// The name of the part that this process is to play, if it is a child.
pub(crate) fn part() -> Option<String> {
    std::env::var(PART).ok()
}

/// Plays the part that the parent has named, and exits. As a test of its own it plays nothing.
pub(crate) fn play<'p>(parts: impl IntoIterator<Item = &'p Part>) {
    let Some(part) = part() else {
        return;
    };
    let mut parts = parts.into_iter();
    let (_, main) = parts.find(|(name, _)| *name == part).expect("a part");
    exit(main())
}

/// Says a line to the parent.
pub(crate) fn say(line: &str) {
    // Past the capture of the test harness, which would keep it.
    let mut out = std::io::stdout().lock();
    writeln!(out, "@{line}").unwrap();
    out.flush().unwrap();
}

/// A running child, killed when the test gives it up.
pub(crate) struct Child {
    process: process::Child,
    lines: mpsc::Receiver<String>,
}

impl Child {
    pub(crate) fn start(part: &str) -> Self {
        Self::with(Command::new(std::env::current_exe().unwrap()), part)
    }

    #[cfg(unix)]
    /// A child that was told by its parent to ignore SIGINT and SIGTERM.
    pub(crate) fn start_ignoring_signals(part: &str) -> Self {
        let mut command = Command::new("sh");
        let own = std::env::current_exe().unwrap();
        let script = r#"trap "" INT TERM; exec "$@""#;
        command.args(["-c", script, "sh"]).arg(own);
        Self::with(command, part)
    }

    #[cfg(target_os = "linux")]
    /// A child that may have 400 MiB of addresses.
    pub(crate) fn start_with_little_memory(part: &str) -> Self {
        let mut command = Command::new("sh");
        let own = std::env::current_exe().unwrap();
        let script = r#"ulimit -v 409600 && exec "$@""#;
        command.args(["-c", script, "sh"]).arg(own);
        Self::with(command, part)
    }

    #[cfg(target_os = "linux")]
    /// A child that may have 64 files.
    pub(crate) fn start_with_few_files(part: &str) -> Self {
        let mut command = Command::new("sh");
        let own = std::env::current_exe().unwrap();
        let script = r#"ulimit -n 64 && exec "$@""#;
        command.args(["-c", script, "sh"]).arg(own);
        Self::with(command, part)
    }

    #[cfg(target_os = "linux")]
    /// A child that finds this file at `/etc/hosts`; or why there can be none.
    pub(crate) fn start_with_hosts(part: &str, hosts: &Path) -> Result<Self, String> {
        let mounted = |script: &str| {
            let mut command = Command::new("unshare");
            let script = format!(r#"mount --bind "$1" /etc/hosts && shift && {script}"#);
            command.args(["--map-root-user", "--mount", "sh", "-c", &script, "sh"]);
            command.arg(hosts);
            command
        };
        let output = mounted("true").output().map_err(|why| why.to_string())?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        let mut command = mounted(r#"exec "$@""#);
        command.arg(std::env::current_exe().unwrap());
        Ok(Self::with(command, part))
    }

    fn with(mut command: Command, part: &str) -> Self {
        // A console of its own: nobody else gets its events.
        #[cfg(windows)]
        command.creation_flags(windows_sys::Win32::System::Threading::CREATE_NEW_CONSOLE);
        command.args(["--exact", "child", "--nocapture", "--test-threads=1"]);
        command.env(PART, part).stdin(Stdio::null());
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = mpsc::channel();
        let out = BufReader::new(process.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                // The harness writes the beginning of its own line before the child's first.
                if let Some((_, said)) = line.split_once('@') {
                    let _ = sender.send(said.to_string());
                }
            }
        });
        Child { process, lines }
    }

    /// The next line that it says.
    #[track_caller]
    pub(crate) fn line(&self) -> String {
        self.lines.recv_timeout(LONG).expect("a line")
    }

    #[track_caller]
    pub(crate) fn says(&self, line: &str) {
        assert_eq!(self.lines.recv_timeout(LONG).as_deref(), Ok(line));
    }

    #[cfg(unix)]
    pub(crate) fn send(&self, signal: Signal) {
        kill(Pid::from_raw(self.process.id().cast_signed()), signal).unwrap();
    }

    #[cfg(unix)]
    /// Sends the signal again and again, one each millisecond, until it says this line.
    #[track_caller]
    pub(crate) fn send_each_millisecond(&self, signal: Signal, line: &str) {
        for _ in 0..LONG.as_millis() {
            self.send(signal);
            match self.lines.recv_timeout(Duration::from_millis(1)) {
                Ok(said) => return assert_eq!(said, line),
                Err(why) => assert_eq!(why, mpsc::RecvTimeoutError::Timeout, "it has ended"),
            }
        }
        panic!("it does not say {line:?}");
    }

    /// How it ended, and that it had nothing more to say.
    #[track_caller]
    fn ended(mut self) -> ExitStatus {
        let last = self.lines.recv_timeout(LONG);
        assert_eq!(last, Err(mpsc::RecvTimeoutError::Disconnected));
        self.process.wait().unwrap()
    }

    #[track_caller]
    pub(crate) fn exits_with(self, code: i32) {
        let status = self.ended();
        assert_eq!(status.code(), Some(code), "{status}");
    }

    /// The code that it exited with, if it did.
    #[track_caller]
    pub(crate) fn exit_code(self) -> Option<i32> {
        self.ended().code()
    }

    #[cfg(unix)]
    #[track_caller]
    pub(crate) fn dies_of(self, signal: Signal) {
        let status = self.ended();
        assert_eq!(status.signal(), Some(signal as i32), "{status}");
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
