//! [`Snapshot`]: who is linked with whom, how full each link is, and who waits where; as a text and
//! as a graph.

#![forbid(unsafe_code)]

use std::fmt::{self, Write};
use std::panic::Location;
use std::sync::Arc;

use gimmal_core::LinkView;
use gimmal_core::socket::{Identity, Kind, Traffic, WaitsTo};

/// A socket that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SocketInfo {
    /// Its slot in the context: no two sockets that are open have the same.
    pub slot: usize,
    /// Its pattern.
    pub kind: Kind,
    /// By what routers know it.
    pub identity: Identity,
    /// The names that it has bound, without `inproc://`.
    pub names: Vec<String>,
    /// The names that it has connected to, once each, without `inproc://`.
    pub connects: Vec<String>,
    /// The number of links, pending ones included.
    pub links: usize,
    /// It is `true` if somebody waits in it.
    pub is_waited_on: bool,
    /// The aim of the call that waits in it; `None` if none does.
    pub waits_to: Option<WaitsTo>,
    /// The messages that it has moved since it was opened.
    pub traffic: Traffic,
    /// The name of the thread that opened it, if that has one.
    pub opened_by: Option<Arc<str>>,
    /// The line that opened it, in builds with debug assertions.
    pub opened_at: Option<&'static Location<'static>>,
    /// The name of the thread whose blocking call has waited in it last, if one has, and has a name: of a
    /// socket that was opened in one thread and is used in another. Tasks and pollers are not noted.
    pub waited_by: Option<Arc<str>>,
}

impl SocketInfo {
    /// What is said of somebody who waits.
    fn waits(&self) -> Option<String> {
        if !self.is_waited_on {
            return None;
        }
        // A call that is about to wait has not said yet what it wants.
        let wants = self.waits_to.map(|what| format!(" to {what}"));
        let thread =
            (self.waited_by.as_deref()).filter(|by| Some(*by) != self.opened_by.as_deref());
        let thread = thread.map(|thread| format!(", in {thread}"));
        Some(format!(
            "waits{}{}",
            wants.unwrap_or_default(),
            thread.unwrap_or_default()
        ))
    }
}

impl fmt::Display for SocketInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = self.opened_by.as_deref().unwrap_or("an unnamed thread");
        write!(f, "{:?} of {by}", self.kind)?;
        if let Some(at) = self.opened_at {
            write!(f, " ({}:{})", at.file(), at.line())?;
        }
        for (verb, names) in [(" at ", &self.names), (" connected to ", &self.connects)] {
            for (number, name) in names.iter().enumerate() {
                let before = if number == 0 { verb } else { ", " };
                write!(f, "{before}{name:?}")?;
            }
        }
        Ok(())
    }
}

/// One way of a link: its writer, its reader, and the messages between them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LinkInfo {
    /// The slot of the socket that writes; `None` if it has closed, or has not come yet.
    pub writer: Option<usize>,
    /// The slot of the socket that reads; `None` if it has not come yet.
    pub reader: Option<usize>,
    /// The slot of the socket that connected, one of these two; `None` if it has closed.
    pub connecter: Option<usize>,
    /// Messages that were sent and not received.
    pub messages: usize,
    /// Messages that were sent since the link was made, the received ones included. It wraps.
    pub sent: usize,
    /// Messages that were for the reader, and were dropped because the link was full: only a Publish drops
    /// any. It wraps.
    pub dropped: usize,
    /// Maximum number of messages: its high-water mark.
    pub capacity: usize,
    /// Number of times that it has reached its high-water mark, as its writer has seen it: the writer looked for room
    /// and found none, counted once until the next message went in. It wraps.
    pub times_full: usize,
    /// The name that it was connected by, without `inproc://`.
    pub name: String,
}

impl From<&LinkView> for LinkInfo {
    fn from(view: &LinkView) -> Self {
        LinkInfo {
            writer: view.writer,
            reader: view.reader,
            connecter: view.connecter,
            messages: view.messages,
            sent: view.sent,
            dropped: view.dropped,
            capacity: view.capacity,
            times_full: view.times_full,
            name: view.name().to_string(),
        }
    }
}

/// A context as it was at one moment; made by [`Context::snapshot`](super::Context::snapshot).
///
/// `Display` writes it as a text, [`dot`](Snapshot::dot) as a graph for Graphviz. The sockets and
/// links are looked at one after the other while the program goes on.
///
/// # Examples
/// ```
/// use gimmal::Context;
///
/// let context = Context::new();
/// let mut push = context.push().unwrap();
/// push.connect("inproc://jobs").unwrap();
/// push.send("a job").unwrap();
/// let mut pull = context.pull().unwrap();
/// pull.bind("inproc://jobs").unwrap();
///
/// let snapshot = context.snapshot();
/// assert_eq!((snapshot.links[0].messages, snapshot.links[0].capacity), (1, 2000));
/// assert!(snapshot.to_string().contains("[0] --1/2000--> [1]"));
/// assert!(snapshot.dot().contains("s0 -> s1"));
/// # pull.recv().unwrap();
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot {
    /// The sockets that are open, in the order of their slots.
    pub sockets: Vec<SocketInfo>,
    /// Each way of each link.
    pub links: Vec<LinkInfo>,
    /// The wires that sockets have. Links name their slots.
    #[cfg(feature = "net")]
    pub wires: Vec<crate::net::WireInfo>,
    /// Returns `true` if the context has been shut down.
    pub is_terminated: bool,
}

impl Snapshot {
    /// Returns a graph in the language of Graphviz: a box for each socket, an ellipse for each name
    /// that somebody waits for, an arrow for each way of a link, with what it holds and may hold.
    pub fn dot(&self) -> String {
        let mut dot = String::from("digraph gimmal {\n    rankdir=LR;\n    node [shape=box];\n");
        for socket in &self.sockets {
            let waits = socket
                .waits()
                .map(|waits| format!("\\n{}", escaped(&waits)));
            let (label, waits) = (escaped(&socket.to_string()), waits.unwrap_or_default());
            // Writing to a string does not fail.
            let _ = writeln!(dot, "    s{} [label=\"{label}{waits}\"];", socket.slot);
        }
        for link in &self.links {
            let name = escaped(&link.name);
            let end = |slot: Option<usize>| match slot {
                Some(slot) => format!("s{slot}"),
                None => format!("\"{name}\""),
            };
            if link.writer.is_none() || link.reader.is_none() {
                let _ = writeln!(dot, "    \"{name}\" [shape=ellipse];");
            }
            let LinkInfo {
                messages, capacity, ..
            } = link;
            let label = format!("{name}\\n{messages}/{capacity}");
            let color = if messages == capacity {
                ", color=red"
            } else {
                ""
            };
            let (from, to) = (end(link.writer), end(link.reader));
            let _ = writeln!(dot, "    {from} -> {to} [label=\"{label}\"{color}];");
        }
        dot + "}\n"
    }
}

/// In quotes of Graphviz.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = if self.is_terminated {
            ", shut down"
        } else {
            ""
        };
        let (sockets, links) = (self.sockets.len(), self.links.len());
        writeln!(f, "{sockets} sockets, {links} ways of links{end}")?;
        for socket in &self.sockets {
            let Traffic {
                sent,
                received,
                full,
                dropped,
                ..
            } = socket.traffic;
            write!(f, "[{}] {socket}: ", socket.slot)?;
            write!(f, "{sent} sent, {received} received, {full} times full")?;
            if dropped > 0 {
                write!(f, ", {dropped} dropped")?;
            }
            let waits = socket.waits().map(|waits| format!(", {waits}"));
            writeln!(f, "{}", waits.unwrap_or_default())?;
        }
        #[cfg(feature = "net")]
        for wire in &self.wires {
            writeln!(f, "{wire}")?;
        }
        for link in &self.links {
            let end = |slot: Option<usize>, otherwise: &str| match slot {
                Some(slot) => format!("[{slot}]"),
                None => otherwise.to_string(),
            };
            let from = end(link.writer, "nobody");
            let to = end(link.reader, "nobody yet");
            let LinkInfo {
                messages,
                capacity,
                dropped,
                times_full,
                name,
                ..
            } = link;
            write!(f, "{from} --{messages}/{capacity}--> {to} by {name:?}")?;
            if *times_full > 0 {
                write!(f, ", {times_full} times full")?;
            }
            if *dropped > 0 {
                write!(f, ", {dropped} dropped")?;
            }
            writeln!(f, "{}", if messages == capacity { " (full)" } else { "" })?;
        }
        Ok(())
    }
}
