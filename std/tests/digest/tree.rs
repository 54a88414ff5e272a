//! Trees of files, and `digest` run on them.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;

use nix::sys::signal::{Signal, kill};
use nix::sys::stat::Mode;
use nix::unistd::{Pid, mkfifo};
use tempfile::TempDir;

use crate::kit::LONG;

pub(crate) const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
pub(crate) const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

/// Where cargo puts examples, seen from where it puts tests.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let program = profile.join("examples").join("digest");
    let hint = "run a plain `cargo test`, or `cargo build --example digest` first";
    assert!(
        program.exists(),
        "{} is not there: {hint}",
        program.display()
    );
    program
}

/// A tree of files in a directory of its own, from which `digest` is run.
pub(crate) struct Tree(TempDir);

impl Tree {
    pub(crate) fn new() -> Self {
        Tree(tempfile::tempdir().unwrap())
    }

    /// The directory.
    pub(crate) fn root(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn path(&self, name: &(impl AsRef<[u8]> + ?Sized)) -> PathBuf {
        self.0.path().join(OsStr::from_bytes(name.as_ref()))
    }

    /// Adds a file, and the directories it is in.
    pub(crate) fn file(self, name: &(impl AsRef<[u8]> + ?Sized), content: &str) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    pub(crate) fn link(self, name: &str, to: &str) -> Self {
        symlink(to, self.path(name)).unwrap();
        self
    }

    pub(crate) fn fifo(self, name: &str) -> Self {
        mkfifo(&self.path(name), Mode::S_IRUSR).unwrap();
        self
    }

    /// A file that takes hours to read and no room on the disk.
    pub(crate) fn endless(self, name: &str) -> Self {
        let file = fs::File::create(self.path(name)).unwrap();
        file.set_len(1 << 42).unwrap();
        self
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.current_dir(self.0.path()).args(args);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn start(&self, args: &[&str]) -> Child {
        self.command(args).spawn().unwrap()
    }

    pub(crate) fn digest(&self, args: &[&str]) -> Output {
        finish(self.start(args))
    }

    /// What `digest` prints if all goes well.
    #[track_caller]
    pub(crate) fn lines(&self, args: &[&str]) -> String {
        let output = self.digest(args);
        assert_eq!(text(&output.stderr), "");
        assert_eq!(output.status.code(), Some(0));
        text(&output.stdout)
    }
}

/// Waits for the end of a program, and ends it if it hangs.
#[track_caller]
pub(crate) fn finish(child: Child) -> Output {
    let pid = child.id();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait_with_output().unwrap()));
    receiver.recv_timeout(LONG).unwrap_or_else(|_| {
        signal(pid, Signal::SIGKILL);
        panic!("hangs");
    })
}

pub(crate) fn signal(pid: u32, signal: Signal) {
    kill(Pid::from_raw(pid.try_into().unwrap()), signal).unwrap();
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Says that a test was not done; the harness keeps what `eprintln` says to itself.
pub(crate) fn skipped(why: &str) {
    let _ = writeln!(io::stderr(), "SKIPPED: {why}");
}

/// One line of what is expected.
pub(crate) fn line(digest: &str, path: &str) -> String {
    format!("{digest}  {path}\n")
}
