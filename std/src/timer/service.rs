//! The timers that wait, and the thread that runs their callbacks. Each process of a line of forks
//! has its own.
//!
//! The queue is a map from (deadline, number of the start) to the timer; its first entry is the
//! next one. A cancel takes its entry out at once, so what is cancelled costs no memory, however
//! far away it was.
//!
//! - I3: The thread looks at the queue, writes down until when it will sleep, and clears the event
//!   `sooner`, all under one lock. A start of a timer that is due before that moment sets the event
//!   after that lock: a start that was not seen by the look is not cleared by it. Nobody else wakes
//!   the thread.
//! - I4: One thread runs all callbacks, so none runs beside itself or another one.
//!
//! The thread is started with the first timer that can become due, and stays: without anything to
//! do it sleeps. Nobody joins it; it ends with the process.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use crate::generation::Generation;
use crate::panic_guard::locked;
use crate::per_process::PerProcess;
use crate::sync::Event;

/// What the timer thread calls when its time has come.
pub(super) trait Due: Send + Sync {
    fn fire(self: Arc<Self>, key: Key);
}

/// When it is due, and the number of its start: the place in the queue.
pub(super) type Key = (Instant, u64);

/// What the queue holds.
type Entry = (Key, Arc<dyn Due>);

/// The timers that wait, and the thread's bed.
pub(super) struct Service {
    pub(super) queue: Mutex<Queue>,
    /// Something is due sooner than the thread was to wake.
    pub(super) sooner: Event,
}

pub(super) struct Queue {
    pub(super) due: BTreeMap<Key, Arc<dyn Due>>,
    /// How many timers were started: the next number.
    starts: u64,
    /// To when the thread sleeps; `None`: until it is woken.
    sleeps_to: Option<Instant>,
    /// There is a thread.
    served: bool,
}

/// The timers of this process, and their thread.
static SERVICE: PerProcess<Service> = PerProcess::new();

impl Service {
    pub(super) fn here() -> &'static Self {
        SERVICE.get(|_| Service {
            queue: Mutex::new(Queue {
                due: BTreeMap::new(),
                starts: 0,
                sleeps_to: None,
                served: false,
            }),
            sooner: Event::new(),
        })
    }

    /// Puts a timer into the queue; says under which key, and whether the thread must be woken for
    /// it.
    pub(super) fn add(
        &'static self,
        deadline: Instant,
        timer: Arc<dyn Due>,
    ) -> io::Result<(Key, bool)> {
        let mut queue = locked(&self.queue);
        if !queue.served {
            // A thread of std: it belongs to no run, whoever needs it first.
            let builder = thread::Builder::new().name("gimmal-timer".into());
            builder.spawn(|| self.serve())?;
            queue.served = true;
        }
        let key = (deadline, queue.starts);
        queue.starts += 1;
        queue.due.insert(key, timer);
        let sooner = queue.sleeps_to.is_none_or(|moment| deadline < moment);
        if sooner {
            queue.sleeps_to = Some(deadline);
        }
        Ok((key, sooner))
    }

    /// What the timer thread does.
    fn serve(&self) {
        let process = Generation::current();
        // Not in a child that a callback forks: there the thread ends.
        while process.is_current() {
            let (due, sleeps_to) = {
                let mut queue = locked(&self.queue);
                self.sooner.clear();
                queue.look()
            };
            match (due, sleeps_to) {
                (Some((key, timer)), _) => timer.fire(key),
                (None, None) => self.sooner.wait(),
                (None, Some(moment)) => {
                    // Woken or not: the next look tells.
                    let _ = self.sooner.wait_deadline(moment);
                }
            }
        }
    }
}

impl Queue {
    /// Takes the first timer out if it is due; says to when to sleep if not.
    fn look(&mut self) -> (Option<Entry>, Option<Instant>) {
        let first = self.due.first_entry();
        self.sleeps_to = first.as_ref().map(|entry| entry.key().0);
        let due = first.filter(|entry| entry.key().0 <= Instant::now());
        (due.map(|entry| entry.remove_entry()), self.sleeps_to)
    }
}
