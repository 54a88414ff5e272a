//! The dispatcher, of the process that serves: between the ventilator and the sink, in the place of the
//! workers, which are in other processes.

use std::env;
use std::error::Error;
use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use gimmal::channel::Receiver;
use gimmal::net::WireEvent;
use gimmal::poll::Poller;
use gimmal::socket::{Identity, RecvError, SocketEvent, What};
use gimmal::sync::Event;
use gimmal::{Context, Frame, Message, Pull, Push, Router};

use super::conductor::Run;
use super::ledger::Ledger;
use super::protocol::{BEAT, Kind, Order, Report, Tickets, wire};

/// How many events may wait. One that tells of a loss is enough: then all workers are looked for.
const EVENTS: usize = 1024;

/// How long the last message may take to be written.
const LINGER: Duration = Duration::from_millis(500);

/// Where workers come to.
pub(super) struct Server {
    /// A context of its own, which no signal ends: workers are still told then.
    _wires: Context,
    router: Router,
    events: Receiver<SocketEvent>,
    /// The current directory: workers have another one.
    here: PathBuf,
    timeout: Duration,
}

impl Server {
    /// Binds the endpoint, and says where that is.
    pub(super) fn open(run: &Run, endpoint: &str) -> Result<Self, Box<dyn Error>> {
        let wires = Context::new();
        let events = wires.events(EVENTS);
        let router = wires.router()?;
        router.set_wire(wire());
        router.set_linger(Some(LINGER));
        router.bind(endpoint)?;
        let endpoint = router.last_endpoint().unwrap_or_default();
        run.progress.say(&format!("serves {endpoint}"));
        Ok(Server {
            _wires: wires,
            router,
            events,
            here: env::current_dir()?,
            timeout: run.options.timeout.unwrap_or(Duration::from_secs(30)),
        })
    }
}

/// Hands the paths out, and collects the digests, until every path has one or the context has been shut
/// down. Then the workers are told.
pub(super) fn dispatch(run: &Run, server: Server, jobs: Pull, results: Push, over: &Event) {
    let mut dispatcher = Dispatcher {
        run,
        server,
        jobs,
        is_walked: false,
        results,
        tickets: Tickets::new(),
        ledger: Ledger::new(),
    };
    let is_done = dispatcher.run(over).is_ok();
    let Dispatcher {
        mut server,
        mut ledger,
        results,
        ..
    } = dispatcher;
    drop(results); // the sink prints
    // Those too who have just come.
    while let Ok((who, message)) = server.router.try_recv() {
        if Report::read(message).is_some() {
            ledger.heard(who);
        }
    }
    for who in ledger.workers() {
        let order = if is_done { Order::Done } else { Order::Stopped };
        // Who cannot be reached does not wait for it.
        let _ = server.router.try_send_to(who, order.write());
    }
    server.router.close();
}

struct Dispatcher<'r> {
    run: &'r Run,
    server: Server,
    jobs: Pull,
    /// The ventilator has no more paths.
    is_walked: bool,
    results: Push,
    tickets: Tickets,
    ledger: Ledger,
}

/// The context has been shut down: by a signal, or as nobody reads what is printed.
struct Stopped;

impl Dispatcher<'_> {
    fn run(&mut self, over: &Event) -> Result<(), Stopped> {
        loop {
            // All that workers have said, before anyone of them is taken for dead.
            while let Ok((who, message)) = self.server.router.try_recv() {
                self.hear(who, message)?;
            }
            self.look_for_lost();
            for jobs in self.ledger.take_from_silent(self.server.timeout) {
                self.run.progress.say(&format!(
                    "a worker is silent: its {jobs} paths are for others"
                ));
            }
            self.assign()?;
            if self.is_walked && self.ledger.is_empty() {
                return Ok(());
            }
            let wants_jobs = !self.is_walked && self.ledger.next_worker().is_some();
            let Server { router, events, .. } = &mut self.server;
            let jobs = match wants_jobs {
                true => self.jobs.readable(),
                false => over.readable(),
            };
            let sources = [jobs, over.readable(), events.readable(), router.readable()];
            // What is ready is looked for from the beginning.
            let _ = Poller::new(sources).poll_timeout(BEAT);
            if over.is_set() {
                return Err(Stopped);
            }
        }
    }

    fn hear(&mut self, who: Identity, message: Message) -> Result<(), Stopped> {
        let Some(report) = Report::read(message) else {
            return Ok(()); // somebody who has come to the wrong place
        };
        self.ledger.heard(who);
        let read = usize::try_from(report.bytes).unwrap_or(usize::MAX);
        self.run.progress.read(read);
        let (ticket, result) = match report.kind {
            Kind::Here => return Ok(()),
            Kind::Done(ticket, digest) => (ticket, Ok(digest)),
            Kind::Failed(ticket, why) => (ticket, Err(why)),
        };
        let job = self.tickets.job(&ticket);
        let Some(path) = job.and_then(|job| self.ledger.close(who, job)) else {
            return Ok(()); // it has a result already, or was given out by a server before this one
        };
        match result {
            Ok(digest) => {
                let result = Message::from((path, digest.to_vec()));
                self.results.send(result).map_err(|_| Stopped)
            }
            Err(why) => {
                let path = OsStr::from_bytes(&path);
                self.run.progress.complain(path.as_ref(), &why);
                Ok(())
            }
        }
    }

    /// When a connection was lost, sends something to each worker: a Router knows who is not there.
    fn look_for_lost(&mut self) {
        let mut is_lost = false;
        while let Ok(event) = self.server.events.try_recv() {
            is_lost |= matches!(event.what, What::Wire(WireEvent::Disconnected { .. }));
        }
        if is_lost {
            let all: Vec<_> = self.ledger.workers().collect();
            for who in all {
                self.send(who, Order::Here);
            }
        }
    }

    /// Gives jobs to those who have room: first what others had, then new ones.
    fn assign(&mut self) -> Result<(), Stopped> {
        while let Some(who) = self.ledger.next_worker() {
            let Some(job) = self.next_job(who)? else {
                break;
            };
            let Some(path) = self.ledger.path(job) else {
                continue; // it was taken from somebody who has done it
            };
            let path = self.server.here.join(OsStr::from_bytes(path));
            self.ledger.give(who, job);
            self.send(
                who,
                Order::Read {
                    ticket: self.tickets.of(job),
                    path: path.into_os_string().into_vec().into(),
                },
            );
        }
        Ok(())
    }

    fn next_job(&mut self, who: Identity) -> Result<Option<u64>, Stopped> {
        if let Some(job) = self.ledger.next_again() {
            return Ok(Some(job));
        }
        if self.is_walked {
            return Ok(self.ledger.take_waiting(who));
        }
        match self.jobs.try_recv() {
            Ok(message) => {
                let path = message.into_frames().next().map(Frame::into_bytes);
                Ok(Some(self.ledger.open(path.unwrap_or_else(Bytes::new))))
            }
            Err(RecvError::Disconnected) => {
                self.is_walked = true;
                Ok(self.ledger.take_waiting(who))
            }
            Err(RecvError::Empty) => Ok(None),
            Err(_) => Err(Stopped),
        }
    }

    /// Sends to a worker; if it is not there, or takes nothing, it is as if it had gone.
    fn send(&mut self, who: Identity, order: Order) {
        if self.server.router.try_send_to(who, order.write()).is_err() {
            self.ledger.gone(who);
        }
    }
}
