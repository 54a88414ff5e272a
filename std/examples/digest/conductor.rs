//! The conductor: starts everybody, waits for the end, says how it went.

use std::error::Error;
use std::io::{self, Write};
use std::process::{self, ExitCode};
use std::sync::Arc;
#[cfg(feature = "net")]
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use gimmal::signal::{Reason, Second, Termination};
use gimmal::sync::Event;
use gimmal::thread::{Builder, JoinHandle};
use gimmal::{Context, Pull, Push};

#[cfg(feature = "net")]
use super::dispatcher::{Server, dispatch};
use super::options::{HELP, Options, Request, Role};
use super::progress::{Progress, TICK};
#[cfg(feature = "net")]
use super::remote::{EndOfWork, connect, wait_beside_workers, work_for};
use super::sink::sink;
use super::walk::{survey, ventilate};
use super::work::work;

/// The high-water mark of each side of a link. Few enough that nothing much waits behind a huge file while other workers
/// have nothing to do; enough that small files do not wait for the ventilator.
const WAITING: usize = 2;

/// How long a thread may take to end, once it is told to.
const GRACE: Duration = Duration::from_secs(1);

/// What all threads share.
pub(super) struct Run {
    pub(super) options: Options,
    pub(super) context: Context,
    pub(super) progress: Progress,
    #[cfg(feature = "net")]
    left: OnceLock<EndOfWork>,
}

pub(crate) fn main() -> ExitCode {
    match Request::from_args() {
        Ok(Request::Help) => {
            let _ = io::stdout().write_all(HELP.as_bytes());
            ExitCode::SUCCESS
        }
        Ok(Request::Digest(options)) => conduct(options),
        Err(why) => {
            let _ = writeln!(io::stderr(), "digest: {why}\nTry 'digest --help'.");
            ExitCode::from(2)
        }
    }
}

fn conduct(options: Options) -> ! {
    let termination = match Termination::install() {
        Ok(termination) => termination,
        Err(why) => {
            let _ = writeln!(io::stderr(), "digest: signals: {why}");
            process::exit(1);
        }
    };
    // The first signal ends it soon enough, and some senders send twice (`timeout` does).
    termination.on_second(Second::Ignore);
    let run = Arc::new(Run::new(options));
    let over = Arc::new(Event::new());
    let _context_then_event = (
        termination.on(run.context.clone()),
        termination.on(over.clone()),
    );

    let mut crew = Vec::new();
    match start(&run, &mut crew, Over(over.clone())) {
        Ok(()) => wait(&run, &over),
        // Nobody can start what a signal has stopped already.
        Err(_) if termination.is_requested() => {}
        Err(why) => run.progress.complain(run.options.role.name(), &why),
    }
    run.context.shutdown();
    dismiss(crew, &run.progress);
    let signal = match termination.reason() {
        Some(Reason::Signal(number)) => Some(number),
        _ => None,
    };
    last_words(&run, signal);
    let failed = run.status();
    // Here, where the `Termination` is alive: once it is dropped, a signal that comes late would kill.
    process::exit(signal.map_or(failed, |number| 128 + number));
}

impl Run {
    fn new(options: Options) -> Self {
        let context = Context::builder()
            .sockets(2 + 2 * options.workers)
            .pipes(2 * options.workers)
            .names(2)
            .hwm(WAITING, WAITING)
            .build();
        let progress = match options.role {
            #[cfg(feature = "net")]
            Role::Work(_) => Progress::hidden(),
            _ => Progress::new(),
        };
        Run {
            options,
            context,
            progress,
            #[cfg(feature = "net")]
            left: OnceLock::new(),
        }
    }

    /// Ends a process of workers. The first reason is kept.
    #[cfg(feature = "net")]
    pub(super) fn leave(&self, why: EndOfWork) {
        let _ = self.left.set(why);
        self.context.shutdown();
    }

    /// The exit status, if no signal has ended the process.
    fn status(&self) -> i32 {
        #[cfg(feature = "net")]
        if let Some(why) = self.left.get() {
            let (status, text) = match why {
                EndOfWork::Done => return 0,
                EndOfWork::Stopped => (3, "the server has ended before all was read"),
                EndOfWork::NoServer => (3, "no server"),
            };
            self.progress.say(text);
            return status;
        }
        i32::from(self.progress.has_failed())
    }
}

/// Says that all is over, also if the thread that holds it panics.
struct Over(Arc<Event>);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.set();
    }
}

/// Opens the sockets and starts a thread for each part.
fn start(run: &Arc<Run>, crew: &mut Vec<JoinHandle<()>>, over: Over) -> Result<(), Box<dyn Error>> {
    match &run.options.role {
        Role::Alone => {
            let workers = run.options.workers;
            start_pipeline(run, crew, over, workers, |number, jobs, results| {
                let name = format!("worker {number}");
                spawn(run, &name, |run| work(run, jobs, results))
            })
        }
        #[cfg(feature = "net")]
        Role::Serve(endpoint) => {
            let mut server = Some(Server::open(run, endpoint)?);
            let end = over.0.clone();
            start_pipeline(run, crew, over, 1, |_, jobs, results| {
                let server = server.take().expect("there is one dispatcher");
                let end = end.clone();
                spawn(run, "dispatcher", move |run| {
                    dispatch(run, server, jobs, results, &end);
                })
            })
        }
        #[cfg(feature = "net")]
        Role::Work(endpoint) => {
            let over = Arc::new(over);
            for number in 1..=run.options.workers {
                let server = connect(run, endpoint)?;
                let over = over.clone();
                crew.push(spawn(run, &format!("worker {number}"), move |run| {
                    let _over = over;
                    work_for(run, server);
                })?);
            }
            Ok(())
        }
    }
}

/// The ventilator and the sink, and between them `parts` threads that make a result of each path.
fn start_pipeline(
    run: &Arc<Run>,
    crew: &mut Vec<JoinHandle<()>>,
    over: Over,
    parts: usize,
    mut start_part: impl FnMut(usize, Pull, Push) -> io::Result<JoinHandle<()>>,
) -> Result<(), Box<dyn Error>> {
    let context = &run.context;
    let results = context.pull()?;
    results.bind("inproc://results")?;
    results.expect_peers(parts);
    let jobs = context.push()?;
    jobs.bind("inproc://jobs")?;
    jobs.expect_peers(parts);

    for number in 1..=parts {
        let jobs = context.pull()?;
        jobs.connect("inproc://jobs")?;
        let results = context.push()?;
        results.connect("inproc://results")?;
        crew.push(start_part(number, jobs, results)?);
    }
    crew.push(spawn(run, "ventilator", |run| ventilate(run, jobs))?);
    if run.progress.is_shown() {
        crew.push(spawn(run, "surveyor", survey)?);
    }
    crew.push(spawn(run, "sink", |run| {
        let _over = over;
        sink(run, results);
    })?);
    Ok(())
}

fn spawn(
    run: &Arc<Run>,
    name: &str,
    part: impl FnOnce(&Run) + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    let run = run.clone();
    Builder::new().name(name).spawn(move || part(&run))
}

/// Waits for the end of all, or for a signal, and draws the bar meanwhile.
fn wait(run: &Run, over: &Event) {
    #[cfg(feature = "net")]
    if let Role::Work(endpoint) = &run.options.role {
        return wait_beside_workers(run, endpoint, over);
    }
    let progress = &run.progress;
    if !progress.is_shown() {
        return over.wait();
    }
    while over.wait_timeout(TICK).is_err() {
        progress.draw();
    }
}

/// Joins everybody. Who does not end in time is stuck in the operating system (a dead file server, a pipe that nobody
/// reads) and goes with the process.
fn dismiss(crew: Vec<JoinHandle<()>>, progress: &Progress) {
    let deadline = Instant::now() + GRACE;
    for thread in crew {
        let name = thread.name().unwrap_or_default().to_owned();
        if let Ok(Err(why)) = thread.join_deadline(deadline) {
            progress.complain(name.as_ref(), &why);
        }
    }
}

/// Takes the bar away, and after a signal says how far it came. In a thread, for stderr may be what somebody is stuck in.
fn last_words(run: &Arc<Run>, signal: Option<i32>) {
    let speaker = spawn(run, "last words", move |run| {
        run.progress.clear();
        if let Some(number) = signal {
            let summary = run.progress.summary();
            run.progress
                .say(&format!("stopped by signal {number}: {summary}"));
        }
    });
    if let Ok(speaker) = speaker {
        let _ = speaker.join_timeout(GRACE);
    }
}
