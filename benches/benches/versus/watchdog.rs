//! The end of a run that hangs, in two steps.
//!
//! After five seconds in one turn (which is to last some ten milliseconds) the rows that send through channels stop
//! sending: a contender that has collapsed but still moves is reported as such, and the run goes on. After twenty
//! seconds the run ends, and the name of the one that did not come back is known.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(5);
const END: Duration = Duration::from_secs(20);

struct Running {
    row: &'static str,
    name: &'static str,
    since: Instant,
}

static RUNNING: Mutex<Option<Running>> = Mutex::new(None);
static COLLAPSED: AtomicBool = AtomicBool::new(false);

/// Starts to look.
pub(crate) fn start() {
    thread::spawn(|| {
        loop {
            thread::sleep(Duration::from_secs(1));
            let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(Running { row, name, since }) = &*running else {
                continue;
            };
            if since.elapsed() > LIMIT {
                COLLAPSED.store(true, Relaxed);
            }
            if since.elapsed() > END {
                eprintln!(
                    "versus: `{name}` has not come back from one turn of `{row}` for {} seconds: the run ends here. \
                     `--skip '{name}'` leaves it out.",
                    END.as_secs()
                );
                std::process::exit(3);
            }
        }
    });
}

/// Shall the senders of this turn stop?
#[inline(always)]
pub(crate) fn collapsed() -> bool {
    COLLAPSED.load(Relaxed)
}

/// Runs one turn under watch.
pub(crate) fn watched<R>(
    row: &'static str,
    name: &'static str,
    turn: impl FnOnce() -> Result<R, String>,
) -> Result<R, String> {
    let set = |running| *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) = running;
    COLLAPSED.store(false, Relaxed);
    set(Some(Running {
        row,
        name,
        since: Instant::now(),
    }));
    let result = turn();
    set(None);
    match result {
        Err(why) if collapsed() => Err(format!(
            "collapsed: after {} seconds a turn was not over ({why})",
            LIMIT.as_secs()
        )),
        result => result,
    }
}
