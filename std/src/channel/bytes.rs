//! SPSC channels of bytes as pipes: `std::io` for their ends.
//!
//! A read takes what is there, in one piece, and blocks only while nothing is. A write puts as much
//! as there is room for, and blocks only while there is none. The channel's capacity is the pipe's.

#![forbid(unsafe_code)]

use std::io::{self, BufRead, ErrorKind, Read, Write};

use gimmal_core::error::Closed;

use super::spsc::{Receiver, Sender};
use crate::block::block;

/// A write returns how many bytes it has put into the channel: as many as there is room for, at
/// least one. It blocks the calling thread while there is no room. `flush` does nothing: what was
/// written can be read at once.
///
/// # Errors
/// `BrokenPipe`: the channel is closed. Nothing of that write has been put into it.
///
/// # Examples
/// ```
/// use std::io::{Read, Write};
/// use std::thread;
///
/// let (mut writer, mut reader) = gimmal::channel::spsc::bounded::<u8>(4096);
/// let compressor = thread::spawn(move || {
///     let mut all = Vec::new();
///     reader.read_to_end(&mut all).unwrap(); // until the writer is gone
///     all.len()
/// });
/// for line in 0..1000 {
///     writeln!(writer, "line {line}").unwrap();
/// }
/// drop(writer);
/// assert_eq!(compressor.join().unwrap(), 8890);
/// ```
impl Write for Sender<u8> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let sent = block(self.end.sending_slice(bytes));
        sent.map_err(|Closed| ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A read returns what is there, as far as it fits, and blocks the calling thread while nothing is.
/// It returns 0, the end, when the channel is closed and everything has been read. It never fails.
impl Read for Receiver<u8> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let received = block(self.end().receiving_slice(buffer));
        Ok(received.unwrap_or(0)) // Closed is the end.
    }
}

/// The buffer is the channel itself: nothing is copied.
///
/// # Examples
/// ```
/// use std::io::{BufRead, Write};
/// use std::thread;
///
/// let (mut writer, reader) = gimmal::channel::spsc::bounded::<u8>(64);
/// thread::spawn(move || write!(writer, "one\ntwo\nthree"));
/// let lines: Vec<String> = reader.lines().map(Result::unwrap).collect();
/// assert_eq!(lines, ["one", "two", "three"]);
/// ```
impl BufRead for Receiver<u8> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match block(self.end().filling()) {
            Ok(()) => Ok(self.end().peek_slice()),
            Err(Closed) => Ok(&[]),
        }
    }

    fn consume(&mut self, amount: usize) {
        self.end().skip(amount);
    }
}
