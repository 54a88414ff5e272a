//! The order in which locks were taken, in all threads together: a graph without circles.
//!
//! A thread that has lock `a` and is about to wait for `b` adds the edge `a → b`: "`a` before `b`".
//! An edge that would close a circle is refused: threads that went along its edges at the same
//! moment would wait for each other for ever. Whether they do so this time does not matter, nor
//! which was first. A third lock that keeps them apart is not seen.
//!
//! * **I1** There is no circle. So an edge that is there already needs no search.
//! * **I2** A lock is in the graph from when it gets its number to its drop; then its edges go too.
//!   A number is never given again.
//!
//! The idea is that of the Linux kernel's lockdep (I. Molnár, 2006), with single locks in the place
//! of its classes.

#![forbid(unsafe_code)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::panic::Location;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::*};
use std::thread::{self, Thread};

use crate::per_process::PerProcess;

/// A thread's name, or the number that it has for std.
pub(super) struct Name<'t>(pub(super) &'t Thread);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.name() {
            Some(name) => write!(f, "{name:?}"),
            None => write!(f, "{:?}", self.0.id()),
        }
    }
}

/// A lock that a thread has, or wants, and where it asked for it.
#[derive(Clone, Copy)]
pub(super) struct Taken {
    pub(super) number: u64,
    pub(super) at: &'static Location<'static>,
}

/// `thread` had `from` and wanted `to`, and was the first to do so.
#[derive(Clone)]
struct Edge {
    from: Taken,
    to: Taken,
    thread: Thread,
}

/// The edges of one lock.
#[derive(Clone, Default)]
struct Node {
    /// To locks that were taken while this one was held.
    after: BTreeMap<u64, Edge>,
    /// Locks that have an edge to this one.
    before: BTreeSet<u64>,
}

#[derive(Clone, Default)]
struct Graph {
    nodes: BTreeMap<u64, Node>,
}

/// The graph of this process. A child begins with a copy of its parent's, unless another thread was
/// at work in that at the moment of the fork: then with none, and what is known of older locks is
/// that they have no order.
static GRAPH: PerProcess<Mutex<Graph>> = PerProcess::new();

/// The last number that was given. Children go on from there.
static LAST: AtomicU64 = AtomicU64::new(0);

/// Gives a lock its number, if it has none.
#[cold]
pub(super) fn number(of: &AtomicU64) -> u64 {
    let mut graph = GRAPH.locked();
    let known = of.load(Relaxed); // R: written with the lock of the graph only
    if known != 0 {
        return known;
    }
    let number = LAST.fetch_add(1, Relaxed) + 1; // R: different numbers are all that is asked for
    graph.nodes.insert(number, Node::default());
    of.store(number, Relaxed); // R: a number that says nothing of other memory
    number
}

/// The lock of that number is gone.
pub(super) fn forget(number: u64) {
    let mut graph = GRAPH.locked();
    let Some(node) = graph.nodes.remove(&number) else {
        return;
    };
    for before in &node.before {
        if let Some(before) = graph.nodes.get_mut(before) {
            before.after.remove(&number);
        }
    }
    for after in node.after.keys() {
        if let Some(after) = graph.nodes.get_mut(after) {
            after.before.remove(&number);
        }
    }
}

/// The calling thread has `has` and is about to wait for `wants`.
///
/// # Errors
/// The circle that would be closed. Nothing has changed.
pub(super) fn follow(has: &[Taken], wants: Taken) -> Result<(), Circle> {
    let mut graph = GRAPH.locked();
    let is_new = |from: &&Taken| {
        let node = graph.nodes.get(&from.number);
        node.is_some_and(|node| !node.after.contains_key(&wants.number))
    };
    let new: Vec<Taken> = has.iter().filter(is_new).copied().collect();
    if new.is_empty() {
        return Ok(());
    }
    let edge = |from| Edge {
        from,
        to: wants,
        thread: thread::current(),
    };
    if let Some((from, way)) = graph.way_back(wants.number, &new) {
        return Err(Circle(edge(from), way));
    }
    for from in new {
        if let Some(node) = graph.nodes.get_mut(&from.number) {
            node.after.insert(wants.number, edge(from));
        }
        if let Some(node) = graph.nodes.get_mut(&wants.number) {
            node.before.insert(from.number);
        }
    }
    Ok(())
}

impl Graph {
    /// The shortest way from `start` to one of `ends`, and that end.
    fn way_back(&self, start: u64, ends: &[Taken]) -> Option<(Taken, Vec<Edge>)> {
        let mut came_by = BTreeMap::<u64, &Edge>::new();
        let mut open = vec![start];
        while !open.is_empty() {
            let mut further = Vec::new();
            for at in open {
                if let Some(end) = ends.iter().find(|end| end.number == at) {
                    let mut way = Vec::new();
                    let mut at = at;
                    while at != start {
                        let edge = came_by[&at];
                        way.push(edge.clone());
                        at = edge.from.number;
                    }
                    way.reverse();
                    return Some((*end, way));
                }
                for (to, edge) in self.nodes.get(&at).into_iter().flat_map(|node| &node.after) {
                    if *to != start && !came_by.contains_key(to) {
                        came_by.insert(*to, edge);
                        further.push(*to);
                    }
                }
            }
            open = further;
        }
        None
    }
}

/// Edges that would be a circle: the new one, and the way back from its end to its beginning.
pub(super) struct Circle(Edge, Vec<Edge>);

impl fmt::Display for Circle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Circle(new, way) = self;
        let name = Name(&new.thread);
        write!(f, "deadlock ahead: {name} would close a circle of locks")?;
        let line = |f: &mut fmt::Formatter<'_>, edge: &Edge, has: &str, wants: &str| {
            let (name, from, to) = (Name(&edge.thread), edge.from, edge.to);
            let (one, other) = (from.number, to.number);
            write!(f, "\n  {name} {has} lock {one}, taken at {}, ", from.at)?;
            write!(f, "and {wants} lock {other} at {}", to.at)
        };
        line(f, new, "has", "wants")?;
        way.iter()
            .try_for_each(|edge| line(f, edge, "had", "wanted"))
    }
}
