//! What the command line asks for.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use lexopt::prelude::*;

use super::work::MOST_WORKERS;

pub(super) const HELP: &str = "\
Usage: digest [OPTION]... [PATH]...

Prints the SHA-256 of every regular file below each PATH (the current directory
if there is none), sorted by path, in the format of sha256sum.

Options:
      --workers N   read with N threads at a time (as many as there are cores)
      --unsorted    print each line as soon as it is known, in any order
      --serve ENDPOINT
                    do not read: give the paths to the workers that come to
                    ENDPOINT, which is tcp://HOST:PORT or ipc://FILE
      --work ENDPOINT
                    print nothing: read what the process that serves there says,
                    under the same paths; it may be started later
      --timeout SECONDS
                    with --serve: give to others what a worker has that is
                    silent for so long (30); with --work: leave when no server
                    is there for so long (stay)
  -h, --help        print this text

Symbolic links are followed if they are a PATH, not below one. The status is 0,
or 1 if a file could not be read, 2 for a wrong option, 3 for workers whose
server ended before all was read, or did not come, 128 + n after signal n.
Whoever reaches the port of --serve learns paths, and may send wrong digests.
--serve and --work need a build with the feature `net`.
";

/// What to do.
pub(super) enum Request {
    Help,
    Digest(Options),
}

pub(super) struct Options {
    pub(super) paths: Vec<PathBuf>,
    pub(super) workers: usize,
    pub(super) unsorted: bool,
    pub(super) role: Role,
    #[cfg(feature = "net")]
    pub(super) timeout: Option<Duration>,
}

/// What this process is for.
pub(super) enum Role {
    /// It does everything.
    Alone,
    /// It hands out paths at an endpoint, and prints.
    #[cfg(feature = "net")]
    Serve(String),
    /// It reads for the one that serves there.
    #[cfg(feature = "net")]
    Work(String),
}

impl Role {
    /// What is named when it cannot start.
    pub(super) fn name(&self) -> &Path {
        Path::new(match self {
            Role::Alone => "start",
            #[cfg(feature = "net")]
            Role::Serve(endpoint) | Role::Work(endpoint) => endpoint,
        })
    }
}

impl Request {
    /// Reads the command line.
    pub(super) fn from_args() -> Result<Request, lexopt::Error> {
        let (mut paths, mut workers, mut unsorted) = (Vec::new(), None, false);
        let (mut serve, mut work, mut timeout) = (None, None, None);
        let mut args = lexopt::Parser::from_env();
        while let Some(arg) = args.next()? {
            match arg {
                Short('h') | Long("help") => return Ok(Request::Help),
                Long("unsorted") => unsorted = true,
                Long("workers") => workers = Some(args.value()?.parse_with(number_of_workers)?),
                Long("serve") => serve = Some(args.value()?.parse_with(endpoint)?),
                Long("work") => work = Some(args.value()?.parse_with(endpoint)?),
                Long("timeout") => timeout = Some(args.value()?.parse_with(seconds)?),
                Value(path) => paths.push(path.into()),
                _ => return Err(arg.unexpected()),
            }
        }
        let is_alone = serve.is_none() && work.is_none();
        if serve.is_some() && work.is_some() {
            return Err("--serve and --work are for two processes".into());
        }
        if serve.is_some() && workers.is_some() {
            return Err("--workers is for the processes that work".into());
        }
        if work.is_some() && (unsorted || !paths.is_empty()) {
            return Err("paths and --unsorted are for the process that serves".into());
        }
        if timeout.is_some() && is_alone {
            return Err("--timeout is for --serve and --work".into());
        }
        if !is_alone && cfg!(not(feature = "net")) {
            return Err("--serve and --work need the feature `net`: \
                cargo run --features net --example digest"
                .into());
        }
        if paths.is_empty() {
            paths.push(".".into());
        }
        Ok(Request::Digest(Options {
            paths,
            workers: workers.unwrap_or_else(cores),
            unsorted,
            role: match (serve, work) {
                #[cfg(feature = "net")]
                (Some(endpoint), _) => Role::Serve(endpoint),
                #[cfg(feature = "net")]
                (_, Some(endpoint)) => Role::Work(endpoint),
                _ => Role::Alone,
            },
            #[cfg(feature = "net")]
            timeout,
        }))
    }
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, |cores| cores.get().min(MOST_WORKERS))
}

fn number_of_workers(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if (1..=MOST_WORKERS).contains(&number) => Ok(number),
        _ => Err(format!("--workers takes a number from 1 to {MOST_WORKERS}")),
    }
}

fn endpoint(text: &str) -> Result<String, String> {
    match ["tcp://", "ipc://"]
        .iter()
        .any(|start| text.starts_with(start))
    {
        true => Ok(text.into()),
        false => Err("an endpoint is tcp://HOST:PORT or ipc://FILE".into()),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(seconds) if seconds > 0 => Ok(Duration::from_secs(seconds)),
        _ => Err("--timeout takes a number of seconds, at least 1".into()),
    }
}
