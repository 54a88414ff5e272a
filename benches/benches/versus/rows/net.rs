//! Over tcp, to a libzmq in a child process: what a wire costs.
//!
//! * `push-…`: the contender sends, libzmq receives. The clock stops when libzmq has everything.
//! * `pull-…`: libzmq sends, the contender receives.
//! * `req`: the contender asks, libzmq answers; one question at a time, of 64 bytes.
//! * `rep`: libzmq asks, the contender answers.
//!
//! Messages of 64 bytes and of 1 KiB are copied from bytes of the program; those of 64 KiB are buffers that are given away,
//! a new one each. Both sides check the size, the content, the order and the number of what arrives
//! (`gimmal_benches::traffic`). Everybody has the high-water marks and buffers of its defaults.
//!
//! What can be had with 64 KiB at all, `--bin wire_floor` shows: the goal of these two rows is beyond that, or nearly so.
//!
//! A turn has a child and a connection of its own. Before the clock starts some messages go over it: the handshake is done
//! then, threads run, and the window of the connection has begun to grow. The CPU time is that of this process, the system's
//! part of it included: of the contender, whose threads are the only ones that run here. The child's time is not in it.

#![cfg_attr(
    not(feature = "net"),
    expect(dead_code, reason = "without the feature nobody takes part")
)]

use super::ours::SOCKETS;
use crate::book::{Against::This, Kind, Row, Rows};
use crate::contract::{WireEnd, Wires};
use crate::race::{Outcome, alone};
use crate::watchdog::collapsed;
use gimmal_benches::traffic::Traffic;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The first argument of the child process; the second one is the pattern, the third one the size of messages.
pub(crate) const PEER: &str = "--libzmq-peer";

/// How libzmq is called here.
pub(crate) const LIBZMQ: &str = "libzmq";

/// What the child says when all went well.
pub(crate) const DONE: &str = "done";

/// As many bytes go over a new connection before the clock starts, and at least as many messages.
const WARM_BYTES: u64 = 4 << 20;
const WARM_MESSAGES: u64 = 64;

const SIZE_OF_QUESTIONS: usize = 64;

pub(crate) fn rows() -> Vec<Row> {
    let row = |name, about, goal| {
        Row::new(Kind::Wire, name, about)
            .stretched(3)
            .goal(SOCKETS, This(LIBZMQ), goal)
    };
    vec![
        row("net/push-64", "64 bytes to a libzmq PULL", 1.0),
        row("net/push-1k", "1 KiB to a libzmq PULL", 1.0),
        row("net/push-64k", "64 KiB to a libzmq PULL", 0.67),
        row("net/pull-64", "64 bytes from a libzmq PUSH", 1.0),
        row("net/pull-1k", "1 KiB from a libzmq PUSH", 1.0),
        row("net/pull-64k", "64 KiB from a libzmq PUSH", 0.67),
        row("net/req", "a question to a libzmq REP and its answer", 0.9),
        row("net/rep", "a question of a libzmq REQ and its answer", 0.9),
    ]
}

/// Enters a library.
pub(crate) fn enter<W: Wires>(book: &mut Rows, name: &'static str) {
    let sizes = [("64", 64), ("1k", 1024), ("64k", 64 * 1024)];
    for (size, bytes) in sizes {
        book.time(&format!("net/push-{size}"), name, move |n| {
            turn::<W::Push>("pull", bytes, n)
        });
        book.time(&format!("net/pull-{size}"), name, move |n| {
            turn::<W::Pull>("push", bytes, n)
        });
    }
    book.time("net/req", name, |n| {
        turn::<W::Req>("rep", SIZE_OF_QUESTIONS, n)
    });
    book.time("net/rep", name, |n| {
        turn::<W::Rep>("req", SIZE_OF_QUESTIONS, n)
    });
}

fn turn<E: WireEnd>(other: &str, size: usize, n: u64) -> Outcome {
    let mut peer = Peer::start(other, size).map_err(|error| format!("no peer: {error}"))?;
    let mut end = E::connect(&peer.endpoint)?;
    let mut work = |n| {
        let mut traffic = Traffic::new(n, size, collapsed);
        peer.begin(n)?;
        end.work(&mut traffic)?;
        peer.end()?;
        Ok::<_, String>(traffic)
    };
    let check = |traffic: Traffic| match other {
        "pull" => traffic.verify_sent(),
        "rep" => traffic.verify_sent().and(traffic.verify_received()),
        _ => traffic.verify_received(),
    };
    check(work((WARM_BYTES / size as u64).clamp(WARM_MESSAGES, 1024))?)?;
    let mut traffic = None;
    let sample = alone(|| {
        traffic = Some(work(n)?);
        Ok(None)
    })?;
    traffic.map_or(Ok(()), check)?;
    Ok(sample)
}

/// A libzmq in a child process. It works off as many messages as each line of its standard input says, and says what it has
/// found; so it notices by itself what is lost on the way there. It ends when its standard input is closed.
struct Peer {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    endpoint: String,
}

impl Peer {
    fn start(pattern: &str, size: usize) -> io::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args([PEER, pattern, &size.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("it has no pipes"));
        };
        let mut peer = Peer {
            child,
            stdin,
            stdout: BufReader::new(stdout),
            endpoint: String::new(),
        };
        peer.endpoint = peer.line()?;
        Ok(peer)
    }

    fn begin(&mut self, messages: u64) -> Result<(), String> {
        self.stdin
            .write_all(format!("{messages}\n").as_bytes())
            .map_err(|error| format!("the peer has gone: {error}"))
    }

    /// Waits until the child has worked off its messages. It has a limit of its own for each of them.
    fn end(&mut self) -> Result<(), String> {
        match self.line() {
            Ok(line) if line == DONE => Ok(()),
            Ok(line) => Err(format!("the peer says: {line}")),
            Err(error) => Err(format!("the peer has gone: {error}")),
        }
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        match self.stdout.read_line(&mut line)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(line.trim_end().to_owned()),
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
