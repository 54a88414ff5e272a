//! The workers of another process: threads that ask a server for paths, and send it digests.

use std::collections::VecDeque;
use std::error::Error;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use gimmal::net::WireStage;
use gimmal::socket::RecvError;
use gimmal::sync::Event;
use gimmal::{Dealer, Message};

use super::conductor::Run;
use super::progress::TICK;
use super::protocol::{BEAT, Kind, Order, Report, run_of, wire};
use super::work::{buffer, hash};

/// How many messages may wait for the server. Few: when it is not there, a worker does not read for nothing.
const WAITING: usize = 16;

/// Opens the socket of a worker.
pub(super) fn connect(run: &Run, endpoint: &str) -> Result<Dealer, Box<dyn Error>> {
    let server = run.context.dealer()?;
    server.set_send_hwm(WAITING)?;
    server.set_wire(wire());
    server.connect(endpoint)?;
    Ok(server)
}

/// Reads what the server says, until the server ends or the context has been shut down.
pub(super) fn work_for(run: &Run, server: Dealer) {
    let mut worker = Worker {
        run,
        server,
        run_of_server: [0; 8],
        is_unwanted: false,
        jobs: VecDeque::new(),
        bytes: 0,
        spoke: Instant::now(),
    };
    let mut buffer = buffer();
    worker.beat();
    while let Some(Job { ticket, path }) = worker.next() {
        let path = Path::new(OsStr::from_bytes(&path));
        let kind = match hash(path, &mut *buffer, |bytes| worker.goes_on(bytes)) {
            Ok(Some(digest)) => Kind::Done(ticket, digest),
            Ok(None) if run.context.is_terminated() => return,
            Ok(None) => continue,
            Err(why) => Kind::Failed(ticket, why.to_string()),
        };
        let report = worker.report(kind);
        if worker.server.send(report).is_err() {
            return;
        }
        run.progress.done(1);
    }
}

struct Job {
    ticket: Bytes,
    path: Bytes,
}

struct Worker<'r> {
    run: &'r Run,
    server: Dealer,
    /// What the latest tickets have in common.
    run_of_server: [u8; 8],
    /// The job in its hands is for a server that is no more.
    is_unwanted: bool,
    jobs: VecDeque<Job>,
    /// What it has read, and not told yet.
    bytes: u64,
    /// When it has said something.
    spoke: Instant,
}

impl Worker<'_> {
    /// Waits for something to do.
    fn next(&mut self) -> Option<Job> {
        loop {
            self.listen();
            if let Some(job) = self.jobs.pop_front() {
                self.is_unwanted = false;
                return Some(job);
            }
            match self.server.recv_timeout(BEAT) {
                Ok(message) => self.take(message),
                Err(RecvError::TimedOut) => self.beat(),
                Err(_) => return None,
            }
        }
    }

    /// So many bytes were read: says so from time to time, and hears whether the rest is wanted.
    fn goes_on(&mut self, bytes: usize) -> bool {
        self.bytes += bytes as u64;
        if self.spoke.elapsed() >= BEAT {
            self.beat();
        }
        self.listen();
        !self.is_unwanted && !self.run.context.is_terminated()
    }

    fn listen(&mut self) {
        while let Ok(message) = self.server.try_recv() {
            self.take(message);
        }
    }

    fn take(&mut self, message: Message) {
        match Order::read(message) {
            Some(Order::Read { ticket, path }) => {
                match run_of(&ticket) {
                    Some(run) if *run == self.run_of_server => {}
                    Some(run) => {
                        // Another server has come in its place.
                        self.run_of_server = *run;
                        self.is_unwanted = true;
                        self.jobs.clear();
                    }
                    None => return,
                }
                self.run.progress.found();
                self.jobs.push_back(Job { ticket, path });
            }
            Some(Order::Done) => self.run.leave(EndOfWork::Done),
            Some(Order::Stopped) => self.run.leave(EndOfWork::Stopped),
            Some(Order::Here) | None => {}
        }
    }

    fn beat(&mut self) {
        let report = self.report(Kind::Here);
        // Without room for it, the server is not there, or has something to read.
        let _ = self.server.try_send(report);
    }

    fn report(&mut self, kind: Kind) -> Message {
        self.spoke = Instant::now();
        let bytes = std::mem::take(&mut self.bytes);
        Report { bytes, kind }.write()
    }
}

/// Why a worker process leaves, when nobody has told it to but the server.
#[derive(Clone, Copy)]
pub(super) enum EndOfWork {
    /// Every file is read.
    Done,
    /// The server has ended before.
    Stopped,
    /// No server was there for as long as a worker waits.
    NoServer,
}

/// Waits until all workers of this process have ended, and says when there is a server and when not.
pub(super) fn wait_beside_workers(run: &Run, endpoint: &str, over: &Event) {
    let mut was_there = None;
    let mut since = Instant::now();
    while over.wait_timeout(TICK).is_err() {
        let wires = run.context.snapshot().wires;
        let is_there = wires.iter().any(|wire| wire.stage == WireStage::Connected);
        let waits = since.elapsed();
        if is_there {
            since = Instant::now();
        }
        // A server that comes at once need not be waited for.
        let is_new = was_there != Some(is_there) && (is_there || waits > LIMIT);
        if is_new && !run.context.is_terminated() {
            was_there = Some(is_there);
            let what = if is_there { "works for" } else { "waits for" };
            run.progress.say(&format!("{what} {endpoint}"));
        }
        if run.options.timeout.is_some_and(|limit| waits >= limit) {
            run.leave(EndOfWork::NoServer);
        }
    }
}

/// How long a server is not missed.
const LIMIT: Duration = Duration::from_millis(500);
