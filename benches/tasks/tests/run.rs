//! The programs do what their tasks say. Without the feature `rivals` only gimmal's run; those of pyzmq need
//! `GIMMAL_PYTHON`, a Python that has it. `check.sh` provides both, and says so in `GIMMAL_REQUIRE`.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, process, thread};

use gimmal::channel::{self, RecvTimeoutError};
use gimmal_tasks::task::{Task, all};

/// Longer than any of them takes.
const LIMIT: Duration = Duration::from_secs(60);

/// How programs of a library begin and end.
#[derive(Clone, Copy, PartialEq)]
enum Ends {
    /// By themselves.
    Always,
    /// Not at all, as on a chip: they are stopped when they have printed everything.
    Never,
}

/// Ends the child when it goes out of scope, whatever has happened.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    /// Returns the exit status, or `None` if it does not end.
    fn status(&mut self, deadline: Instant) -> Option<process::ExitStatus> {
        loop {
            match self.0.try_wait().expect("it was started") {
                None if Instant::now() < deadline => thread::yield_now(),
                status => return status,
            }
        }
    }
}

/// What is wrong with a run of the program.
fn run(task: &Task, mut command: Command, ends: Ends) -> Result<(), String> {
    let deadline = Instant::now() + LIMIT;
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let mut running = Running(child.map_err(|e| format!("does not start: {e}"))?);
    let stdout = running.0.stdout.take().expect("it is piped");
    let (said, lines) = channel::bounded(64);
    thread::spawn(move || {
        let lines = BufReader::new(stdout).lines().map_while(Result::ok);
        lines.for_each(|line| drop(said.send(line)));
    });
    let expect = |wanted: &[String]| {
        for wanted in wanted {
            let line = lines.recv_deadline(deadline);
            if line.as_ref() != Ok(wanted) {
                return Err(format!("prints {line:?}, not {wanted:?}"));
            }
        }
        Ok(())
    };
    expect(&task.prints)?;
    if !task.interrupted_prints.is_empty() {
        let pid = running.0.id().to_string();
        let kill = Command::new("kill").args(["-INT", &pid]).status();
        assert!(kill.expect("there is kill").success());
        expect(&task.interrupted_prints)?;
    }
    if ends == Ends::Never {
        return Ok(());
    }
    // The end of what it prints is near its own.
    match lines.recv_deadline(deadline) {
        Err(RecvTimeoutError::Closed) => {}
        other => return Err(format!("prints {other:?} besides")),
    }
    let status = running.status(deadline).ok_or("does not end")?;
    match status.code() == Some(task.exits) {
        true => Ok(()),
        false => Err(format!("ends with {status}")),
    }
}

/// Runs all programs of a library, and returns how many there are.
fn run_all(library: &str, ends: Ends, command: impl Fn(&Task) -> Command) -> usize {
    let tasks = all();
    let with_program: Vec<&Task> = tasks
        .iter()
        .filter(|task| task.program(library).exists())
        .collect();
    for task in &with_program {
        if let Err(what) = run(task, command(task), ends) {
            panic!("{} with {library}: {what}", task.name);
        }
    }
    with_program.len()
}

/// The program, with SIGINT as it is by default: a background job of a shell starts with it ignored, and so would shells and
/// Python that are started here.
fn interruptible(program: &str) -> Command {
    let mut command = Command::new("env");
    command.args(["--default-signal=INT", program]);
    command
}

fn binary(path: &'static str) -> impl Fn(&Task) -> Command {
    move |task| {
        let mut command = Command::new(path);
        command.env("TASK", &task.name);
        command
    }
}

#[test]
fn gimmals_programs_do_their_tasks() {
    let path = env!("CARGO_BIN_EXE_with-gimmal");
    assert_eq!(run_all("gimmal", Ends::Always, binary(path)), 12);
}

#[cfg(feature = "rivals")]
#[test]
fn crossbeams_programs_do_their_tasks() {
    let path = env!("CARGO_BIN_EXE_with-crossbeam");
    assert_eq!(run_all("crossbeam", Ends::Always, binary(path)), 9);
}

#[cfg(feature = "rivals")]
#[test]
fn tokios_programs_do_their_tasks() {
    let path = env!("CARGO_BIN_EXE_with-tokio");
    assert_eq!(run_all("tokio", Ends::Always, binary(path)), 11);
}

#[cfg(feature = "rivals")]
#[test]
fn embassys_programs_do_their_tasks() {
    let path = env!("CARGO_BIN_EXE_with-embassy");
    assert_eq!(run_all("embassy", Ends::Never, binary(path)), 10);
}

#[test]
fn pyzmqs_programs_do_their_tasks() {
    let Ok(python) = env::var("GIMMAL_PYTHON") else {
        let required = env::var("GIMMAL_REQUIRE").unwrap_or_default();
        assert!(!required.contains("pyzmq"), "no GIMMAL_PYTHON");
        eprintln!("NOT RUN: pyzmq's programs need GIMMAL_PYTHON, see benches/tasks/check.sh");
        return;
    };
    let command = |task: &Task| {
        let mut command = interruptible(&python);
        command.arg(task.program("pyzmq"));
        command
    };
    assert_eq!(run_all("pyzmq", Ends::Always, command), 10);
}

#[test]
fn a_program_that_does_something_else_is_found() {
    let task = |prints: &str, exits| Task {
        prints: vec![prints.into()],
        exits,
        ..Task::default()
    };
    let says = |script: &str, task: &Task| {
        let mut command = interruptible("sh");
        command.args(["-c", script]);
        run(task, command, Ends::Always)
    };
    assert_eq!(says("echo a", &task("a", 0)), Ok(()));
    assert_eq!(says("echo a; exit 3", &task("a", 3)), Ok(()));
    for (script, exits) in [
        ("echo b", 0),
        ("true", 0),
        ("echo a; echo b", 0),
        ("echo a", 1),
        ("echo a; exit 1", 0),
    ] {
        assert!(says(script, &task("a", exits)).is_err(), "{script}");
    }
    let interrupted = Task {
        interrupted_prints: vec!["b".into()],
        exits: 7,
        ..task("a", 0)
    };
    let traps = "trap 'echo b; exit 7' INT; echo a; while :; do sleep 0.1; done";
    assert_eq!(says(traps, &interrupted), Ok(()));
    assert!(says("echo a; echo c; exit 7", &interrupted).is_err());
}
