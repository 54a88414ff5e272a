//! The ventilator, and the surveyor who walks ahead of it when there is a progress bar.

use std::fs;
use std::io;
use std::ops::ControlFlow::{self, Break, Continue};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use gimmal::Push;
use walkdir::WalkDir;

use super::conductor::Run;

/// How many directories a walk holds open. What lies deeper is listed in memory, a directory at a time.
const OPEN_DIRECTORIES: usize = 256;

/// Sends the path of every file to the workers. Closing its socket, at the end, tells them that there are no more.
pub(super) fn ventilate(run: &Run, mut jobs: Push) {
    // Ends early if the context has been shut down, or every worker has gone.
    let _ = walk(run, |found| match found {
        Ok(path) => {
            run.progress.found();
            let path = path.into_os_string().into_vec();
            jobs.send(path).map_or(Break(()), Continue)
        }
        Err((path, why)) => {
            run.progress.complain(&path, &why);
            Continue(())
        }
    });
}

/// Counts files and bytes, for the bar to know how much is left. The ventilator cannot: it is as slow as the workers.
pub(super) fn survey(run: &Run) {
    let _ = walk(run, |found| {
        if let Ok(path) = found {
            run.progress
                .surveyed(fs::metadata(path).map_or(0, |file| file.len()));
        }
        // What cannot be read is the ventilator's to say.
        Continue(())
    });
}

/// What a walk comes upon: a regular file, or what cannot be looked at, and why.
type Found = Result<PathBuf, (PathBuf, io::Error)>;

/// Shows every regular file below the paths, named as `find` names it. Ends early if `visit` or the context says so.
fn walk(run: &Run, mut visit: impl FnMut(Found) -> ControlFlow<()>) -> ControlFlow<()> {
    for path in &run.options.paths {
        match fs::metadata(path) {
            Ok(what) if what.is_dir() => walk_directory(run, path, &mut visit)?,
            Ok(what) if what.is_file() => visit(Ok(path.clone()))?,
            Ok(_) => visit(Err((path.clone(), io::Error::other("not a regular file"))))?,
            Err(why) => visit(Err((path.clone(), why)))?,
        }
    }
    Continue(())
}

fn walk_directory(
    run: &Run,
    directory: &Path,
    visit: &mut impl FnMut(Found) -> ControlFlow<()>,
) -> ControlFlow<()> {
    for entry in WalkDir::new(directory).max_open(OPEN_DIRECTORIES) {
        if run.context.is_terminated() {
            return Break(());
        }
        match entry {
            Ok(entry) if entry.file_type().is_file() => visit(Ok(entry.into_path()))?,
            Ok(_) => {}
            Err(why) => {
                let path = why.path().unwrap_or(directory).to_path_buf();
                let why = why.into_io_error();
                let why = why.unwrap_or_else(|| io::Error::other("a loop of links"));
                visit(Err((path, why)))?;
            }
        }
    }
    Continue(())
}
