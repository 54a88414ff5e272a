//! The workers.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use gimmal::pool::{Loan, Pool};
use gimmal::{Pull, Push};
use nix::libc::{O_NOCTTY, O_NONBLOCK};
use sha2::{Digest, Sha256};

use super::conductor::Run;

pub(super) const MOST_WORKERS: usize = 256;

/// How much is read at a time. After no more than that a worker sees that it is to stop.
const READ: usize = 64 * 1024;

/// The read buffers, one for each worker. Those that nobody takes cost addresses, not memory.
static BUFFERS: Pool<[u8; READ], MOST_WORKERS> = Pool::new();

/// Adds to each path its digest and sends both on, until the ventilator has gone or the context has been shut down.
pub(super) fn work(run: &Run, mut jobs: Pull, mut results: Push) {
    let mut buffer = buffer();
    while let Ok(mut message) = jobs.recv() {
        let path = Path::new(OsStr::from_bytes(message.as_bytes()));
        let goes_on = |bytes| {
            run.progress.read(bytes);
            !run.context.is_terminated()
        };
        match hash(path, &mut *buffer, goes_on) {
            Ok(Some(digest)) => message.push_frame(digest.to_vec()),
            Ok(None) => return,
            Err(why) => {
                run.progress.complain(path, &why);
                continue;
            }
        }
        if results.send(message).is_err() {
            return;
        }
    }
}

/// A buffer for a worker.
pub(super) fn buffer() -> Loan<'static, [u8; READ]> {
    let taken = BUFFERS.try_take([0; READ]);
    taken.expect("there are no more workers than buffers")
}

/// The SHA-256 of a file; `None` if it need not be read any more. Before each read `goes_on` says so, and is
/// told how many bytes the last one has given.
pub(super) fn hash(
    path: &Path,
    buffer: &mut [u8],
    mut goes_on: impl FnMut(usize) -> bool,
) -> io::Result<Option<[u8; 32]>> {
    let mut file = open(path)?;
    let mut hasher = Sha256::new();
    let mut bytes = 0;
    while goes_on(bytes) {
        bytes = match file.read(buffer) {
            Ok(0) => return Ok(Some(hasher.finalize().into())),
            Ok(bytes) => bytes,
            Err(why) if why.kind() == ErrorKind::Interrupted => 0,
            Err(why) => return Err(why),
        };
        hasher.update(&buffer[..bytes]);
    }
    Ok(None)
}

/// Opens a regular file. Something else may have taken its place since the walk: a FIFO must not block, a terminal must
/// not become ours.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let file = options
        .read(true)
        .custom_flags(O_NONBLOCK | O_NOCTTY)
        .open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    Ok(file)
}
