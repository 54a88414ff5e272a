//! Foreign load: as many threads that only compute as there are cores, while a row runs.
//!
//! They stand for a program whose own workers compute, or for a neighbour on the same machine. To the system both are the
//! same. What a waiting thread pays is not: one that gives its core away with a yield gets it back when a computing thread
//! has used up its time slice, which takes milliseconds; one that sleeps is let in as soon as it is woken.
//!
//! The child process is this program itself (first argument [`CHILD`]). It ends when it is killed, when its standard
//! input is closed, that is when this process ends in whatever way, and in any case after [`LIFE`].

use std::hint::black_box;
use std::io::{self, BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

/// The first argument of the child process.
pub(crate) const CHILD: &str = "--compute";

/// The child process ends after this time, whatever happens.
const LIFE: Duration = Duration::from_secs(600);

/// Where the computing threads are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Load {
    /// In this process.
    Inside,
    /// In a child process.
    Outside,
}

/// The load while it lasts. Dropping it ends it.
pub(crate) enum Running {
    Inside { _computing: Computing },
    Outside(Child),
}

impl Load {
    /// Starts to compute; returns when all threads do.
    ///
    /// # Errors
    /// What the system says when it starts no child process.
    pub(crate) fn start(self) -> Result<Running, String> {
        match self {
            Load::Inside => Ok(Running::Inside {
                _computing: Computing::start(),
            }),
            Load::Outside => spawn()
                .map(Running::Outside)
                .map_err(|error| format!("no child process: {error}")),
        }
    }
}

fn spawn() -> io::Result<Child> {
    let mut child = Command::new(std::env::current_exe()?)
        .arg(CHILD)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    // One line says that all threads compute. Without it the child has ended, and is not left behind.
    let said = child.stdout.take().map(BufReader::new).map(|mut out| {
        let mut line = String::new();
        out.read_line(&mut line)
    });
    match said {
        Some(Ok(1..)) => Ok(child),
        _ => {
            let _ = child.kill();
            child.wait()?;
            Err(io::Error::other("it ended at once"))
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Running::Outside(child) = self {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The child process: computes until nobody is there any more.
pub(crate) fn be_the_child() {
    let computing = Computing::start();
    println!("computing");
    thread::spawn(|| {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let end = Instant::now() + LIFE;
    while Instant::now() < end {
        thread::sleep(end - Instant::now());
    }
    drop(computing);
}

/// Threads that compute until this is dropped.
pub(crate) struct Computing {
    over: Arc<AtomicBool>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Computing {
    fn start() -> Self {
        let cores = thread::available_parallelism().map_or(2, usize::from);
        let over = Arc::new(AtomicBool::new(false));
        let all = Arc::new(Barrier::new(cores + 1));
        let start = |_| {
            let (over, all) = (over.clone(), all.clone());
            thread::spawn(move || {
                all.wait();
                let mut number = 1u64;
                while !over.load(Relaxed) {
                    (0..1000).for_each(|_| number = black_box(number.wrapping_mul(3)));
                }
            })
        };
        let threads = (0..cores).map(start).collect();
        all.wait();
        Computing { over, threads }
    }
}

impl Drop for Computing {
    fn drop(&mut self) {
        self.over.store(true, Relaxed);
        self.threads
            .drain(..)
            .for_each(|thread| drop(thread.join()));
    }
}
