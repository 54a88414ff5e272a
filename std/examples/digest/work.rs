//! The workers.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use gimmal::pool::Pool;
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
    let taken = BUFFERS.try_take([0; READ]);
    let mut buffer = taken.expect("there are no more workers than buffers");
    while let Ok(mut message) = jobs.recv() {
        let path = Path::new(OsStr::from_bytes(message.as_bytes()));
        match hash(run, path, &mut *buffer) {
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

/// The SHA-256 of a file; `None` if the context has been shut down meanwhile.
fn hash(run: &Run, path: &Path, buffer: &mut [u8]) -> io::Result<Option<[u8; 32]>> {
    let mut file = open(path)?;
    let mut hasher = Sha256::new();
    while !run.context.is_terminated() {
        match file.read(buffer) {
            Ok(0) => return Ok(Some(hasher.finalize().into())),
            Ok(bytes) => {
                hasher.update(&buffer[..bytes]);
                run.progress.read(bytes);
            }
            Err(why) if why.kind() == ErrorKind::Interrupted => {}
            Err(why) => return Err(why),
        }
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
