//! What the serving process and its workers say to each other: frames of bytes, the first of them a word.
//!
//! | from | frames | meaning |
//! |---|---|---|
//! | worker | `here`, bytes | it is there, and goes on |
//! | worker | `done`, bytes, ticket, digest | a file was read |
//! | worker | `failed`, bytes, ticket, reason | a file could not be read |
//! | server | `read`, ticket, path | read this file |
//! | server | `done` | every file is read: leave |
//! | server | `stopped` | the server ends before that: leave |
//! | server | `here` | nothing: the server sends it to see whether a worker can be reached |
//!
//! `bytes` is how much the worker has read since its last message: a `u64` in little-endian order. A `ticket`
//! is made by the server, and a worker sends it back as it is. It is 16 bytes long. Its first half is the same
//! in the whole run of a server, and another one in the next run. The path is absolute, and the reason a text
//! for people.
//!
//! A worker says something as soon as it is started, and then at least every [`BEAT`]: whether it waits,
//! reads a huge file, or has a new server. So the server needs nothing but messages to know who is there.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

use bytes::Bytes;
use gimmal::net::{Heartbeat, WireOptions};
use gimmal::{Frame, Message};

/// How often a worker says that it is there.
pub(super) const BEAT: Duration = Duration::from_millis(250);

/// The wires of both sides. A machine that is switched off does not close its connections: after three
/// silences they are taken for dead.
pub(super) fn wire() -> WireOptions {
    WireOptions::new()
        .heartbeat(Heartbeat::every(Duration::from_secs(5)))
        .reconnect(Duration::from_millis(50), Duration::from_secs(1))
        .max_message(1 << 20)
}

/// What a worker says.
pub(super) struct Report {
    /// How many bytes it has read since its last one.
    pub(super) bytes: u64,
    pub(super) kind: Kind,
}

/// What it says beside that.
pub(super) enum Kind {
    Here,
    Done(Bytes, [u8; 32]),
    Failed(Bytes, String),
}

impl Report {
    /// Returns `None` for a message of somebody who speaks another language.
    pub(super) fn read(message: Message) -> Option<Self> {
        let frames: Vec<Bytes> = message.into_frames().map(Frame::into_bytes).collect();
        let (word, bytes, rest) = match &frames[..] {
            [word, bytes, rest @ ..] => (word, bytes, rest),
            _ => return None,
        };
        let kind = match (&word[..], rest) {
            (b"here", []) => Kind::Here,
            (b"done", [ticket, digest]) => Kind::Done(ticket.clone(), digest[..].try_into().ok()?),
            (b"failed", [ticket, why]) => {
                Kind::Failed(ticket.clone(), String::from_utf8_lossy(why).into_owned())
            }
            _ => return None,
        };
        let bytes = u64::from_le_bytes(bytes[..].try_into().ok()?);
        Some(Report { bytes, kind })
    }

    pub(super) fn write(self) -> Message {
        let bytes = self.bytes.to_le_bytes().to_vec();
        match self.kind {
            Kind::Here => ("here", bytes).into(),
            Kind::Done(ticket, digest) => ("done", bytes, ticket, digest.to_vec()).into(),
            Kind::Failed(ticket, why) => ("failed", bytes, ticket, why).into(),
        }
    }
}

/// What the server says.
pub(super) enum Order {
    Read { ticket: Bytes, path: Bytes },
    Done,
    Stopped,
    Here,
}

impl Order {
    pub(super) fn read(message: Message) -> Option<Self> {
        let frames: Vec<Bytes> = message.into_frames().map(Frame::into_bytes).collect();
        match &frames[..] {
            [word, ticket, path] if &word[..] == b"read" => Some(Order::Read {
                ticket: ticket.clone(),
                path: path.clone(),
            }),
            [word] if &word[..] == b"done" => Some(Order::Done),
            [word] if &word[..] == b"stopped" => Some(Order::Stopped),
            [word] if &word[..] == b"here" => Some(Order::Here),
            _ => None,
        }
    }

    pub(super) fn write(self) -> Message {
        match self {
            Order::Read { ticket, path } => ("read", ticket, path).into(),
            Order::Done => "done".into(),
            Order::Stopped => "stopped".into(),
            Order::Here => "here".into(),
        }
    }
}

/// The tickets of one run of a server: the number of a job, behind a number that no other run has. A
/// worker may still have paths of a server that was killed; what they contain may have changed since.
pub(super) struct Tickets(u64);

/// Returns what the tickets of one run have in common.
pub(super) fn run_of(ticket: &[u8]) -> Option<&[u8; 8]> {
    ticket.first_chunk()
}

impl Tickets {
    pub(super) fn new() -> Self {
        // The keys of a map are random.
        Tickets(RandomState::new().build_hasher().finish())
    }

    pub(super) fn of(&self, job: u64) -> Bytes {
        [self.0.to_le_bytes(), job.to_le_bytes()].concat().into()
    }

    /// Returns the number of the job, if the ticket is of this run.
    pub(super) fn job(&self, ticket: &[u8]) -> Option<u64> {
        let job = u64::from_le_bytes(ticket.get(8..)?.try_into().ok()?);
        (*run_of(ticket)? == self.0.to_le_bytes()).then_some(job)
    }
}
