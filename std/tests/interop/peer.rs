//! Peers: processes that play a part with the sockets of another library, or with ours.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use gimmal::{Context, Message};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::LONG;
use super::example::example;

/// A library of sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Library {
    /// In Python, by pyzmq.
    Libzmq,
    ZmqRs,
    Omq,
}

/// What a peer cannot be asked for: the table in `interop.rs` says what happens.
const LACKS: &[(Library, &str)] = &[
    (Library::ZmqRs, "PAIR"),
    (Library::ZmqRs, "PLAIN"),
    (Library::ZmqRs, "CURVE"),
    (Library::ZmqRs, "PONG"),
    (Library::ZmqRs, "another connection"),
    (Library::ZmqRs, "a Req that hears of its Rep's end"),
    (Library::ZmqRs, "a file that is replaced"),
    (Library::ZmqRs, "numpy"),
    (Library::Omq, "CURVE"),
    (Library::Omq, "numpy"),
];

impl Library {
    pub(crate) fn has(self, what: &str) -> bool {
        !LACKS.contains(&(self, what))
    }

    /// Those that the environment names and that have `what`.
    pub(crate) fn with(what: &str) -> Vec<Library> {
        let mut found: Vec<Library> = Vec::new();
        for (variable, required, libraries) in [
            ("GIMMAL_PYTHON", "pyzmq", &[Library::Libzmq][..]),
            (
                "GIMMAL_PEERS",
                "rust-peers",
                &[Library::ZmqRs, Library::Omq],
            ),
        ] {
            if env::var_os(variable).is_some() {
                found.extend(libraries);
                continue;
            }
            let words = env::var("GIMMAL_REQUIRE").unwrap_or_default();
            let is_required = words.split([' ', ',']).any(|word| word == required);
            assert!(!is_required, "{variable} names no program");
            println!(
                "SKIPPED: {libraries:?}: {variable} names no program; tests/interop/run.sh does"
            );
        }
        found.retain(|library| library.has(what));
        found
    }

    fn command(self) -> Command {
        let named = |variable| env::var_os(variable).expect("it was there");
        match self {
            Library::Libzmq => {
                let mut command = Command::new(named("GIMMAL_PYTHON"));
                command.arg(concat!(
                    env!("CARGO_MANIFEST_DIR"),
                    "/tests/interop/peers.py"
                ));
                command
            }
            Library::ZmqRs | Library::Omq => {
                let mut command = Command::new(named("GIMMAL_PEERS"));
                command.arg(match self {
                    Library::ZmqRs => "zmq.rs",
                    _ => "omq",
                });
                command
            }
        }
    }
}

/// A peer that runs; ended with the test, whatever happens.
pub(crate) struct Peer {
    process: Child,
    lines: Receiver<String>,
}

impl Peer {
    /// Starts a peer: its role, `bind` or `connect`, its endpoint, and what the role wants.
    pub(crate) fn start(library: Library, arguments: &[&str]) -> Peer {
        let mut command = library.command();
        command.args(arguments);
        Peer::spawn(command, false)
    }

    /// Starts this file again, with a part to play.
    pub(crate) fn ours(variable: &str, part: &str, test: &str) -> Peer {
        let mut command = Command::new(env::current_exe().expect("its path"));
        command.args(["--exact", test, "--nocapture", "--test-threads=1"]);
        command.env(variable, part);
        Peer::spawn(command, true)
    }

    /// Starts an example of this library.
    pub(crate) fn example(name: &str, arguments: &[&str]) -> Peer {
        let mut command = example(name);
        command.args(arguments);
        Peer::spawn(command, false)
    }

    /// A line of a process of this file begins with `@`.
    fn spawn(mut command: Command, is_ours: bool) -> Peer {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("the peer starts");
        let out = BufReader::new(process.stdout.take().expect("it is piped"));
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let said = match (is_ours, line.split_once('@')) {
                    (false, _) => line.trim(),
                    (true, Some((_, said))) => said.trim(),
                    // The harness's.
                    (true, None) => continue,
                };
                if sender.send(said.to_string()).is_err() {
                    return;
                }
            }
        });
        Peer { process, lines }
    }

    /// The next line that it prints.
    pub(crate) fn line(&mut self) -> String {
        let line = self.lines.recv_timeout(LONG + LONG);
        line.expect("it prints a line")
    }

    /// What it says that it has got.
    pub(crate) fn got(&mut self) -> String {
        let line = self.line();
        line.strip_prefix("got ").expect("something").into()
    }

    /// Where it has bound.
    pub(crate) fn endpoint(&mut self) -> String {
        let line = self.line();
        line.strip_prefix("at ").expect("an endpoint").into()
    }

    pub(crate) fn tell(&mut self, line: &str) {
        let input = self.process.stdin.as_mut().expect("it is piped");
        writeln!(input, "{line}").expect("it listens");
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.process.try_wait().expect("it is ours").is_some()
    }

    /// Ctrl-C.
    pub(crate) fn interrupt(&self) {
        let process = Pid::from_raw(self.process.id().cast_signed());
        kill(process, Signal::SIGINT).expect("it runs");
    }

    /// Waits for its end, which is a good one.
    pub(crate) fn ends_well(mut self) {
        // Everything that it has sent has come.
        drop(self.process.stdin.take());
        assert!(self.end().success(), "the peer has found something wrong");
    }

    /// Waits for its end, and returns the code that it exits with, if it does.
    pub(crate) fn exit_code(mut self) -> Option<i32> {
        self.end().code()
    }

    fn end(&mut self) -> ExitStatus {
        let end = Instant::now() + LONG + LONG;
        loop {
            if let Some(status) = self.process.try_wait().expect("it is ours") {
                return status;
            }
            assert!(Instant::now() < end, "the peer does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Endpoints of a test: one of each transport. Nobody else takes the port between two binds.
pub(crate) fn endpoints(folder: &tempfile::TempDir) -> [String; 2] {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let number = NEXT.fetch_add(1, Relaxed); // R: a count
    let tcp = match cfg!(target_os = "linux") {
        // An address of its own: connections that are made here have 127.0.0.1.
        true => format!("tcp://127.{}:*", own_address(number)),
        false => "tcp://127.0.0.1:*".into(),
    };
    let ipc = folder.path().join(format!("socket-{number}"));
    [tcp, format!("ipc://{}", ipc.display())]
}

/// Three numbers for this process and this number.
fn own_address(number: u32) -> String {
    let own = std::process::id() * 64 + number;
    format!(
        "{}.{}.{}",
        1 + own / 62_500 % 250,
        own / 250 % 250,
        1 + own % 250
    )
}

/// Runs `case` for each library that has `what`, each transport, and with the peer connecting and
/// binding. It is given a way to start the peer and link it with a socket.
pub(crate) fn each_way(
    what: &str,
    case: impl Fn(&Context, &dyn Fn(&dyn Link, &str, &[&str]) -> Peer),
) {
    let folder = tempfile::tempdir().unwrap();
    for library in Library::with(what) {
        for endpoint in endpoints(&folder) {
            for peer_binds in [false, true] {
                println!("{library:?} at {endpoint}, which binds: {peer_binds}");
                let context = Context::new();
                case(&context, &|socket, role, arguments| match peer_binds {
                    true => {
                        let all = [&[role, "bind", &endpoint], arguments].concat();
                        let mut peer = Peer::start(library, &all);
                        socket.connect(&peer.endpoint());
                        peer
                    }
                    false => {
                        let at = socket.bind(&endpoint);
                        let all = [&[role, "connect", &at], arguments].concat();
                        Peer::start(library, &all)
                    }
                });
                context.term_timeout(LONG).expect("all is closed");
            }
        }
    }
}

/// A socket of any pattern, to be linked.
pub(crate) trait Link {
    fn bind(&self, endpoint: &str) -> String;
    fn connect(&self, endpoint: &str);
}

impl<P: gimmal::socket::Pattern> Link for gimmal::socket::Socket<Message, P> {
    fn bind(&self, endpoint: &str) -> String {
        gimmal::socket::Socket::bind(self, endpoint).unwrap();
        self.last_endpoint().unwrap()
    }

    fn connect(&self, endpoint: &str) {
        gimmal::socket::Socket::connect(self, endpoint).unwrap();
    }
}
