//! A process that is full of blocked threads, and a signal: it ends in order, with the status that says so.

use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};

use gimmal::runtime::Runtime;
use gimmal::sync::Event;
use gimmal::{Context, Termination, channel, thread};
use gimmal_histories::Dice;
#[cfg(unix)]
use nix::sys::signal::{Signal, kill};
#[cfg(unix)]
use nix::unistd::Pid;

/// The first argument of the child process.
pub(crate) const CHILD: &str = "--blocked";

/// The life of the child: threads that wait for what never comes, until a signal.
pub(crate) fn child() -> ExitCode {
    let _termination = Termination::install().expect("signals can be caught");
    let outcome = Runtime::run(|runtime| {
        let termination = runtime.termination();
        let context = Context::builder().sockets(4).names(4).pipes(4).build();
        let mut pull = context.pull().expect("there is room");
        pull.bind("inproc://nobody").expect("the name is free");
        let (sender, receiver) = channel::bounded::<()>(1);
        let event = std::sync::Arc::new(Event::new());
        let stops = (
            termination.on(context.clone()),
            termination.on(receiver.clone()),
            termination.on(event.clone()),
        );
        let blocked = [
            thread::spawn(move || assert!(pull.recv().is_err())),
            thread::spawn(move || assert!(receiver.recv().is_err())),
            thread::spawn(move || event.wait()),
        ];
        println!("ready");
        for thread in blocked {
            thread.join().expect("it ends by the signal");
        }
        drop((stops, sender));
    });
    ExitCode::from(u8::try_from(outcome.exit_code()).expect("a status"))
}

/// A child is sent SIGINT or SIGTERM, and ends with 128 and the number of it.
#[cfg(unix)]
pub(super) fn interrupted(dice: &mut Dice) -> u64 {
    let mut command = Command::new(std::env::current_exe().expect("it runs"));
    let mut child = command
        .arg(CHILD)
        .stdout(Stdio::piped())
        .spawn()
        .expect("a child process");
    let mut line = String::new();
    let mut out = BufReader::new(child.stdout.take().expect("it is a pipe"));
    out.read_line(&mut line).expect("it says that it is ready");
    assert_eq!(line, "ready\n");
    let signal = if dice.once_in(2) {
        Signal::SIGINT
    } else {
        Signal::SIGTERM
    };
    std::thread::sleep(std::time::Duration::from_millis(dice.below(20)));
    let pid = Pid::from_raw(child.id().try_into().expect("a number of a process"));
    kill(pid, signal).expect("the child is there");
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(128 + signal as i32), "{signal}");
    std::thread::sleep(std::time::Duration::from_millis(200));
    1
}
