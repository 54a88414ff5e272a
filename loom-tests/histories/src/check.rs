//! The search for an order that explains a history.
//!
//! The history is read once, in the order of its stamps. What is kept at each moment is the set of
//! all configurations that the past allows: a state of the sequential object, and which of the
//! operations in progress have already had their effect. When an operation returns, each
//! configuration in which it has not had its effect is extended by effects of operations in progress,
//! in every order, until it has; a configuration where that fails is dropped. A history is not
//! linearizable if none is left.
//!
//! Nothing of the past is kept but that set, so the length of a history does not matter; what matters
//! is how many operations are in progress at a time.
//!
//! Origin: J. Wing and C. Gong, "Testing and verifying concurrent objects", 1993; effects only when a
//! return asks for them ("just in time"), and the memory of configurations seen: G. Lowe, "Testing for
//! linearizability", 2016.

use std::collections::HashSet;
use std::fmt::{self, Debug, Write};
use std::hash::Hash;

use crate::record::Done;

/// A sequential object, and what a concurrent one may answer beyond it.
pub trait Specification {
    /// An operation together with its answer.
    type Op: Debug;
    /// What the object holds.
    type State: Clone + Debug + Eq + Hash;

    /// Returns the state of a new object.
    fn start(&self) -> Self::State;

    /// Returns the state after an operation, or `None` if the object does not give that answer in
    /// `state`. `excused`: an operation that overlaps this one [excuses](Specification::excuses) it.
    fn step(&self, state: &Self::State, op: &Self::Op, excused: bool) -> Option<Self::State>;

    /// Returns `true` if `other`, in progress at the same time, may be the reason for the answer of
    /// `op`.
    fn excuses(&self, op: &Self::Op, other: &Self::Op) -> bool {
        let _ = (op, other);
        false
    }
}

/// What was looked at in a history that can be explained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Number of operations.
    pub operations: usize,
    /// Number of operations that overlapped another one.
    pub overlapping: usize,
    /// The greatest number of configurations at one moment.
    pub configurations: usize,
}

/// A history that no order explains.
#[derive(Debug)]
pub struct Violation(String);

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A configuration: a state, and a bit for each thread whose operation in progress has had its effect.
type Configuration<S> = (S, u64);

/// The operations that end or begin, in order.
struct Event {
    stamp: u64,
    thread: usize,
    index: usize,
    is_return: bool,
}

/// How many operations before the one that cannot be explained are shown.
const SHOWN: usize = 16;

/// Looks for an order that explains what the threads recorded.
///
/// # Errors
/// [`Violation`] shows the first return that no order explains.
///
/// # Panics
/// If there are more than 64 threads.
pub fn check<S: Specification>(
    specification: &S,
    threads: &[Vec<Done<S::Op>>],
) -> Result<Checked, Violation> {
    assert!(threads.len() <= 64, "a bit for each thread");
    let events = events(threads);
    let (excused, overlapping) = overlaps(specification, threads, &events);
    let mut checked = Checked {
        operations: events.len() / 2,
        overlapping,
        configurations: 1,
    };
    let mut pending: Vec<Option<usize>> = vec![None; threads.len()];
    let mut now = HashSet::from([(specification.start(), 0)]);
    let mut seen = HashSet::new();
    let mut todo = Vec::new();
    for (at, event) in events.iter().enumerate() {
        if !event.is_return {
            pending[event.thread] = Some(event.index);
            continue;
        }
        let bit = 1 << event.thread;
        seen.clear();
        todo.extend(now.drain());
        let before = todo.first().cloned();
        while let Some((state, done)) = todo.pop() {
            if done & bit != 0 {
                now.insert((state, done & !bit));
                continue;
            }
            for (thread, index) in pending.iter().enumerate() {
                let (Some(index), 0) = (*index, done >> thread & 1) else {
                    continue;
                };
                let op = &threads[thread][index].op;
                let Some(next) = specification.step(&state, op, excused[thread][index]) else {
                    continue;
                };
                let next = (next, done | 1 << thread);
                if !seen.contains(&next) {
                    seen.insert(next.clone());
                    todo.push(next);
                }
            }
        }
        if now.is_empty() {
            return Err(violation::<S>(threads, &events, at, &pending, before));
        }
        checked.configurations = checked.configurations.max(now.len());
        pending[event.thread] = None;
    }
    Ok(checked)
}

fn events<O>(threads: &[Vec<Done<O>>]) -> Vec<Event> {
    let mut events = Vec::new();
    for (thread, done) in threads.iter().enumerate() {
        for (index, op) in done.iter().enumerate() {
            assert!(op.called < op.returned, "a clock that goes back");
            events.extend(
                [(op.called, false), (op.returned, true)].map(|(stamp, is_return)| Event {
                    stamp,
                    thread,
                    index,
                    is_return,
                }),
            );
        }
    }
    events.sort_unstable_by_key(|event| event.stamp);
    events
}

/// Which operations are excused by one that overlaps them; and how many overlap another one at all.
fn overlaps<S: Specification>(
    specification: &S,
    threads: &[Vec<Done<S::Op>>],
    events: &[Event],
) -> (Vec<Vec<bool>>, usize) {
    let flags = || Vec::from_iter(threads.iter().map(|done| vec![false; done.len()]));
    let (mut excused, mut overlapping) = (flags(), flags());
    let mut pending: Vec<Option<usize>> = vec![None; threads.len()];
    for &Event {
        thread,
        index,
        is_return,
        ..
    } in events
    {
        if is_return {
            pending[thread] = None;
            continue;
        }
        let op = &threads[thread][index].op;
        for (beside, other) in pending.iter().enumerate() {
            let Some(other) = *other else { continue };
            let its = &threads[beside][other].op;
            excused[thread][index] |= specification.excuses(op, its);
            excused[beside][other] |= specification.excuses(its, op);
            overlapping[thread][index] = true;
            overlapping[beside][other] = true;
        }
        pending[thread] = Some(index);
    }
    let count = overlapping.iter().flatten().filter(|does| **does).count();
    (excused, count)
}

fn violation<S: Specification>(
    threads: &[Vec<Done<S::Op>>],
    events: &[Event],
    at: usize,
    pending: &[Option<usize>],
    before: Option<Configuration<S::State>>,
) -> Violation {
    let mut text = String::from("no order explains the last of these operations:\n");
    let returns = events[..=at].iter().filter(|event| event.is_return);
    let last = Vec::from_iter(returns);
    for event in &last[last.len().saturating_sub(SHOWN)..] {
        let done = &threads[event.thread][event.index];
        let (from, to) = (done.called, done.returned);
        let _ = writeln!(
            text,
            "  {from:>8}..{to:<8} thread {}: {:?}",
            event.thread, done.op
        );
    }
    for (thread, index) in pending.iter().enumerate() {
        if let (Some(index), true) = (*index, thread != events[at].thread) {
            let done = &threads[thread][index];
            let _ = writeln!(
                text,
                "  {:>8}..         thread {thread}: {:?}",
                done.called, done.op
            );
        }
    }
    if let Some((state, _)) = before {
        let _ = writeln!(text, "a state that was possible before: {state:?}");
    }
    Violation(text)
}
