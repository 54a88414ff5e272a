//! What the command line asks for.

use std::path::PathBuf;
use std::thread;

use lexopt::prelude::*;

use super::work::MOST_WORKERS;

pub(super) const HELP: &str = "\
Usage: digest [OPTION]... [PATH]...

Prints the SHA-256 of every regular file below each PATH (the current directory
if there is none), sorted by path, in the format of sha256sum.

Options:
      --workers N   read with N threads at a time (as many as there are cores)
      --unsorted    print each line as soon as it is known, in any order
  -h, --help        print this text

Symbolic links are followed if they are a PATH, not below one. The status is 0,
or 1 if a file could not be read, 2 for a wrong option, 128 + n after signal n.
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
}

impl Request {
    /// Reads the command line.
    pub(super) fn from_args() -> Result<Request, lexopt::Error> {
        let mut options = Options {
            paths: Vec::new(),
            workers: thread::available_parallelism()
                .map_or(1, usize::from)
                .min(MOST_WORKERS),
            unsorted: false,
        };
        let mut args = lexopt::Parser::from_env();
        while let Some(arg) = args.next()? {
            match arg {
                Short('h') | Long("help") => return Ok(Request::Help),
                Long("unsorted") => options.unsorted = true,
                Long("workers") => options.workers = args.value()?.parse_with(workers)?,
                Value(path) => options.paths.push(path.into()),
                _ => return Err(arg.unexpected()),
            }
        }
        if options.paths.is_empty() {
            options.paths.push(".".into());
        }
        Ok(Request::Digest(options))
    }
}

fn workers(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if (1..=MOST_WORKERS).contains(&number) => Ok(number),
        _ => Err(format!("--workers takes a number from 1 to {MOST_WORKERS}")),
    }
}
