//! A process that serves, and processes that work for it, as a test drives them.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, ChildStdout, Output};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;

use nix::sys::signal::Signal;

use super::tree::{Tree, finish, signal, text};
use crate::kit::{LONG, until};

/// Longer than any test: what is seen before that was seen by other means than the time.
pub(crate) const NO_TIMEOUT: &str = "--timeout=100000";

/// A running `digest`, killed when the test gives it up, or takes too long.
pub(crate) struct Process {
    child: Option<Child>,
    said: BufReader<ChildStderr>,
    /// Its drop says that the process need not be watched any more.
    _watched: mpsc::Sender<()>,
}

impl Process {
    fn start(tree: &Tree, directory: &str, args: &[&str]) -> Self {
        let mut command = tree.command(args);
        command.current_dir(tree.path(directory));
        let mut child = command.spawn().unwrap();
        let said = BufReader::new(child.stderr.take().unwrap());
        let pid = child.id();
        let (watched, ends) = mpsc::channel::<()>();
        thread::spawn(move || {
            // What reads its output then reads the end.
            if ends.recv_timeout(LONG) == Err(RecvTimeoutError::Timeout) {
                signal(pid, Signal::SIGKILL);
            }
        });
        Process {
            child: Some(child),
            said,
            _watched: watched,
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    pub(crate) fn send(&self, which: Signal) {
        signal(self.pid(), which);
    }

    /// The next line that it says on stderr, after `digest: `.
    #[track_caller]
    pub(crate) fn says(&mut self) -> String {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        let line = line
            .strip_suffix('\n')
            .and_then(|line| line.strip_prefix("digest: "));
        line.expect("a line").into()
    }

    pub(crate) fn stdout(&mut self) -> BufReader<ChildStdout> {
        BufReader::new(self.child.as_mut().unwrap().stdout.take().unwrap())
    }

    /// Waits until it reads this file.
    #[track_caller]
    pub(crate) fn reads(&self, tree: &Tree, name: &str) {
        let files = format!("/proc/{}/fd", self.pid());
        let path = fs::canonicalize(tree.path(name)).unwrap();
        until(|| {
            let open = fs::read_dir(&files).unwrap().flatten();
            open.filter_map(|file| fs::read_link(file.path()).ok())
                .any(|to| to == path)
        });
    }

    /// Kills it, so that it can do nothing more, and waits until it is gone.
    pub(crate) fn kill(self) {
        drop(self);
    }

    /// Waits for its end: its status, and what it has printed and said.
    #[track_caller]
    pub(crate) fn ends(mut self) -> (Option<i32>, String, String) {
        let child = self.child.take().unwrap();
        let Output { status, stdout, .. } = finish(child);
        let mut said = String::new();
        self.said.read_to_string(&mut said).unwrap();
        (status.code(), text(&stdout), said)
    }

    /// Waits for its end, and checks its status.
    #[track_caller]
    pub(crate) fn ends_with(self, expected: i32) -> String {
        let (status, _, said) = self.ends();
        assert_eq!(status, Some(expected), "{said}");
        said
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Starts one that serves at a free port; returns it and its endpoint.
#[track_caller]
pub(crate) fn serve(tree: &Tree, args: &[&str]) -> (Process, String) {
    serve_at(tree, "tcp://127.0.0.1:0", args)
}

#[track_caller]
pub(crate) fn serve_at(tree: &Tree, endpoint: &str, args: &[&str]) -> (Process, String) {
    let args = [&["--serve", endpoint], args].concat();
    let mut server = Process::start(tree, ".", &args);
    let said = server.says();
    let endpoint = said.strip_prefix("serves ").expect(&said).to_string();
    (server, endpoint)
}

/// Starts one that works, in another directory.
pub(crate) fn work(tree: &Tree, endpoint: &str, args: &[&str]) -> Process {
    Process::start(tree, "..", &[&["--work", endpoint], args].concat())
}

/// Puts another file in the place of one that somebody reads, who goes on with the old one.
pub(crate) fn replace(tree: &Tree, name: &str, content: &str) {
    let new = tree.path("new");
    fs::write(&new, content).unwrap();
    fs::rename(new, tree.path(name)).unwrap();
}
