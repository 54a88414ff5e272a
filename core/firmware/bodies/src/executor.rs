//! An executor of thirty lines: polls the tasks whose flag is up, and sleeps when none is.

use core::future::Future;
use core::pin::Pin;
use core::task::Context;

use crate::Flag;

/// A task: the flag that its waker raises, and what it does.
pub struct Task<'t> {
    flag: &'static Flag,
    future: Option<Pin<&'t mut dyn Future<Output = ()>>>,
}

impl<'t> Task<'t> {
    /// A task to be polled for the first time.
    pub fn new(flag: &'static Flag, future: Pin<&'t mut dyn Future<Output = ()>>) -> Self {
        flag.raise();
        Task {
            flag,
            future: Some(future),
        }
    }
}

/// Runs the tasks to their end. When none is to be polled, `sleep` is called: it asks once more, in a way that an interrupt
/// cannot come between the answer and the sleep, and waits for an interrupt if the answer is still true.
pub fn run(tasks: &mut [Task<'_>], mut sleep: impl FnMut(&dyn Fn() -> bool)) {
    while tasks.iter().any(|task| task.future.is_some()) {
        for Task { flag, future } in tasks.iter_mut() {
            if let Some(running) = future
                && flag.lower()
                && let waker = flag.waker()
                && running
                    .as_mut()
                    .poll(&mut Context::from_waker(&waker))
                    .is_ready()
            {
                *future = None;
            }
        }
        let idle = || {
            !tasks
                .iter()
                .any(|task| task.future.is_some() && task.flag.is_up())
        };
        if idle() && tasks.iter().any(|task| task.future.is_some()) {
            sleep(&idle);
        }
    }
}
