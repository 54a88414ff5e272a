//! Priorities of threads, by chance: nice values, the batch and idle policies, and a real-time one where the system allows
//! it. Each kind is counted by whether it was allowed.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use gimmal_histories::Dice;

/// The kinds, and how often each was allowed and refused.
static KINDS: [(&str, AtomicU64, AtomicU64); 4] = [
    ("nice", AtomicU64::new(0), AtomicU64::new(0)),
    ("batch", AtomicU64::new(0), AtomicU64::new(0)),
    ("idle", AtomicU64::new(0), AtomicU64::new(0)),
    ("real time", AtomicU64::new(0), AtomicU64::new(0)),
];

/// Gives the calling thread a priority by chance; more than half of the calls leave it as it is.
pub(crate) fn change(dice: &mut Dice) {
    let kind = match dice.below(64) {
        0..40 => return,
        40..52 => 0,
        52..60 => 1,
        // Beside threads that compute it runs a few milliseconds in a second, and so do those who wait for it.
        60 => 2,
        _ => 3,
    };
    let (_, allowed, refused) = &KINDS[kind];
    let counter = if set(kind, dice) { allowed } else { refused };
    counter.fetch_add(1, Relaxed);
}

/// How often the kinds were allowed, in words.
pub(crate) fn report() -> String {
    let mut text = String::from("priorities that threads got:");
    for (name, allowed, refused) in &KINDS {
        let (allowed, refused) = (allowed.load(Relaxed), refused.load(Relaxed));
        let _ = write!(text, " {name} {allowed} times");
        if refused > 0 {
            let _ = write!(text, " (refused {refused})");
        }
        text.push(',');
    }
    text.pop();
    text
}

#[cfg(unix)]
fn set(kind: usize, dice: &mut Dice) -> bool {
    use thread_priority::NormalThreadSchedulePolicy::{Batch, Idle, Other};
    use thread_priority::RealtimeThreadSchedulePolicy::RoundRobin;
    use thread_priority::ThreadSchedulePolicy::{Normal, Realtime};
    use thread_priority::{ThreadPriority, set_thread_priority_and_policy, thread_native_id};

    // The lower half of the range: values of nice from 0 to 19.
    let lower = u8::try_from(dice.below(50))
        .expect("a small number")
        .try_into();
    let lower = ThreadPriority::Crossplatform(lower.expect("it is in the range"));
    let (priority, policy) = match kind {
        0 => (lower, Normal(Other)),
        1 => (lower, Normal(Batch)),
        2 => (ThreadPriority::Min, Normal(Idle)),
        _ => (ThreadPriority::Min, Realtime(RoundRobin)),
    };
    set_thread_priority_and_policy(thread_native_id(), priority, policy).is_ok()
}

#[cfg(not(unix))]
fn set(_kind: usize, _dice: &mut Dice) -> bool {
    false
}

/// Keeps the whole process, as far as it is started later, on one core. Returns whether the system does it.
#[cfg(target_os = "linux")]
pub(crate) fn on_one_core() -> bool {
    use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
    use nix::unistd::Pid;

    let this = Pid::from_raw(0);
    let Ok(allowed) = sched_getaffinity(this) else {
        return false;
    };
    let first = (0..CpuSet::count()).find(|cpu| allowed.is_set(*cpu) == Ok(true));
    let mut one = CpuSet::new();
    first.is_some_and(|cpu| one.set(cpu).is_ok() && sched_setaffinity(this, &one).is_ok())
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn on_one_core() -> bool {
    false
}
