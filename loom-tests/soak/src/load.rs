//! Foreign load: as many threads that only compute as there are cores, in this process or in a child process. `benches` has
//! the same for its rows; what a waiting thread pays beside each of the two is said there.

use std::hint::black_box;
use std::io::{self, Read};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, JoinHandle};

use gimmal_histories::Dice;

/// The first argument of the child process.
pub(crate) const CHILD: &str = "--compute";

/// Where threads compute.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Load {
    Inside,
    Outside,
}

impl Load {
    /// None, inside or outside.
    pub(crate) fn any(dice: &mut Dice) -> Option<Load> {
        [None, Some(Load::Inside), Some(Load::Outside)][dice.below(3) as usize]
    }

    pub(crate) fn start(self) -> io::Result<Running> {
        Ok(match self {
            Load::Inside => Running::Inside(Threads::start()),
            Load::Outside => {
                let mut command = Command::new(std::env::current_exe()?);
                command.arg(CHILD).stdin(Stdio::piped());
                Running::Outside(command.spawn()?)
            }
        })
    }
}

/// The load while it lasts.
pub(crate) enum Running {
    Inside(Threads),
    Outside(Child),
}

impl Drop for Running {
    fn drop(&mut self) {
        match self {
            Running::Inside(threads) => threads.end(),
            Running::Outside(child) => {
                let _ = child.kill();
                let _ = child.wait();
            }
        }
    }
}

/// The life of a child process: it computes until its parent kills it or has ended.
pub(crate) fn compute() -> ExitCode {
    let mut threads = Threads::start();
    let _ = io::stdin().read(&mut [0]);
    threads.end();
    ExitCode::SUCCESS
}

/// Threads that compute.
pub(crate) struct Threads {
    over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Threads {
    fn start() -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let cores = thread::available_parallelism().map_or(2, usize::from);
        let threads = (0..cores)
            .map(|_| {
                let over = over.clone();
                thread::spawn(move || {
                    let mut number = 1_u64;
                    while !over.load(Relaxed) {
                        number =
                            black_box(number.wrapping_mul(6364136223846793005).wrapping_add(1));
                    }
                })
            })
            .collect();
        Threads { over, threads }
    }

    fn end(&mut self) {
        self.over.store(true, Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}
