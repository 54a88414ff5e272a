//! The sink: lines in the format of `sha256sum`.

use std::io::{self, ErrorKind, IsTerminal, Write};

use bytes::Bytes;
use gimmal::socket::RecvError;
use gimmal::{Frame, Message, Pull};

use super::conductor::Run;

/// How much is written at a time. A pipe takes so much whole or not at all (`PIPE_BUF` of Linux): so what has been written
/// is whole lines, also if nobody reads on and this thread is left behind. A single line may be longer.
const CHUNK: usize = 4096;

/// Prints what the workers send, until they have gone.
pub(super) fn sink(run: &Run, results: Pull) {
    let printed = if run.options.unsorted {
        print_as_they_come(run, results)
    } else {
        print_sorted(run, results)
    };
    match printed {
        // Whoever was reading has seen enough.
        Err(why) if why.kind() == ErrorKind::BrokenPipe => {}
        Err(why) => run.progress.complain("standard output".as_ref(), &why),
        Ok(()) => {}
    }
}

fn print_as_they_come(run: &Run, mut results: Pull) -> io::Result<()> {
    let mut lines = Lines::new(run);
    loop {
        let result = match results.try_recv() {
            Err(RecvError::Empty) => {
                run.progress.done(lines.print()?);
                results.recv()
            }
            result => result,
        };
        let Ok(message) = result else {
            run.progress.done(lines.print()?);
            return Ok(());
        };
        run.progress.done(lines.add(&Line::from(message))?);
    }
}

fn print_sorted(run: &Run, mut results: Pull) -> io::Result<()> {
    let mut all = Vec::new();
    let end = loop {
        match results.recv() {
            Ok(message) => all.push(Line::from(message)),
            Err(end) => break end,
        }
        run.progress.done(1);
    };
    if end == RecvError::Terminated {
        return Ok(());
    }
    all.sort_unstable_by(|one, other| one.path.cmp(&other.path));
    let mut lines = Lines::new(run);
    for line in &all {
        if run.context.is_terminated() {
            break;
        }
        lines.add(line)?;
    }
    lines.print().map(drop)
}

/// A path and its digest: what a worker sends, without the message around it.
struct Line {
    path: Bytes,
    digest: [u8; 32],
}

impl From<Message> for Line {
    fn from(message: Message) -> Self {
        let digest = message.frame(1).and_then(|digest| digest.try_into().ok());
        Line {
            digest: digest.expect("a worker adds the digest"),
            path: message
                .into_frames()
                .next()
                .map(Frame::into_bytes)
                .unwrap_or_default(),
        }
    }
}

impl Line {
    /// Writes it as `sha256sum` does: a line that begins with a backslash has a name with characters that are escaped.
    fn write(&self, to: &mut Vec<u8>) {
        let escape = |byte| match byte {
            b'\\' => Some(b'\\'),
            b'\n' => Some(b'n'),
            b'\r' => Some(b'r'),
            _ => None,
        };
        if self.path.iter().any(|&byte| escape(byte).is_some()) {
            to.push(b'\\');
        }
        for byte in self.digest {
            to.extend([byte >> 4, byte & 15].map(|digit| b"0123456789abcdef"[usize::from(digit)]));
        }
        to.extend(b"  ");
        for &byte in &self.path {
            match escape(byte) {
                Some(letter) => to.extend([b'\\', letter]),
                None => to.push(byte),
            }
        }
        to.push(b'\n');
    }
}

/// Whole lines on their way to standard output.
struct Lines<'r> {
    run: &'r Run,
    chunk: Vec<u8>,
    /// How many lines are in the chunk.
    count: u64,
}

impl<'r> Lines<'r> {
    fn new(run: &'r Run) -> Self {
        Lines {
            run,
            chunk: Vec::with_capacity(2 * CHUNK),
            count: 0,
        }
    }

    /// Adds a line. If the chunk would become too large, prints what was there before, and says how many lines that were.
    fn add(&mut self, line: &Line) -> io::Result<u64> {
        let before = self.chunk.len();
        line.write(&mut self.chunk);
        let mut printed = 0;
        if self.chunk.len() > CHUNK {
            let last = self.chunk.split_off(before);
            printed = self.print()?;
            self.chunk = last;
        }
        self.count += 1;
        Ok(printed)
    }

    /// Prints what is there, and says how many lines that were.
    fn print(&mut self) -> io::Result<u64> {
        let mut out = io::stdout().lock();
        let is_terminal = out.is_terminal();
        let mut write = || out.write_all(&self.chunk).and_then(|()| out.flush());
        if is_terminal {
            self.run.progress.beside_the_bar(write)?;
        } else {
            write()?;
        }
        self.chunk.clear();
        Ok(std::mem::take(&mut self.count))
    }
}
