//! The messages of one turn on a wire: what is sent, and the check of what arrives.
//!
//! Both sides of a wire use it, each for itself: the sender takes the messages from a [`Traffic`], the receiver
//! notes them in one. A message has one size in a turn and carries its stamp at many places, so that a piece that is
//! missing, doubled or from another message is noticed, not only a wrong end.

use crate::message::{Seen, stamp};

/// From this size on a message is a buffer that is given away, not a copy of bytes that the program keeps.
const GIVEN_AWAY: usize = 4096;
/// A message carries its stamp at about as many places, and at its end.
const MARKS: usize = 64;
const STAMP: usize = size_of::<u64>();

/// The messages `1..=count` of a turn.
#[derive(Debug)]
pub struct Traffic {
    count: u64,
    size: usize,
    sent: u64,
    seen: Seen,
    scratch: Vec<u8>,
    given_up: fn() -> bool,
}

impl Traffic {
    /// `count` messages of `size` bytes each; when `given_up` says so, no more are sent or wanted.
    ///
    /// # Panics
    /// If `size` is no multiple of 8, or 0.
    pub fn new(count: u64, size: usize, given_up: fn() -> bool) -> Self {
        assert!(
            size > 0 && size.is_multiple_of(STAMP),
            "stamps fill a message"
        );
        Traffic {
            count,
            size,
            sent: 0,
            seen: Seen::default(),
            scratch: vec![0; size],
            given_up,
        }
    }

    /// Returns `true` if the messages are buffers to be given away ([`buffer`](Self::buffer)), not bytes to be copied ([`bytes`](Self::bytes)).
    pub fn given_away(&self) -> bool {
        self.size >= GIVEN_AWAY
    }

    /// The next message to be sent, to be copied from.
    pub fn bytes(&mut self) -> Option<&[u8]> {
        let number = self.next()?;
        write_marks(&mut self.scratch, stamp(0, number));
        Some(&self.scratch)
    }

    /// The next message to be sent, in a buffer of its own.
    pub fn buffer(&mut self) -> Option<Vec<u8>> {
        let number = self.next()?;
        let mut buffer = vec![0; self.size];
        write_marks(&mut buffer, stamp(0, number));
        Some(buffer)
    }

    fn next(&mut self) -> Option<u64> {
        if self.sent == self.count || (self.given_up)() {
            return None;
        }
        self.sent += 1;
        Some(self.sent)
    }

    /// Returns `true` if there is a message still to be received.
    pub fn wants_more(&self) -> bool {
        self.seen.count() < self.count && !(self.given_up)()
    }

    /// Notes a message that was received.
    ///
    /// # Errors
    /// The message is not one of these: there is no use in going on.
    pub fn note(&mut self, bytes: &[u8]) -> Result<(), String> {
        let read = read_marks(bytes, self.size);
        self.seen.note(read);
        match read {
            Some(_) => Ok(()),
            None => Err(format!("a torn message of {} bytes", bytes.len())),
        }
    }

    /// Returns `true` if all messages were sent.
    ///
    /// # Errors
    /// A sentence that says what is missing.
    pub fn verify_sent(&self) -> Result<(), String> {
        match self.sent == self.count {
            true => Ok(()),
            false => Err(format!("{} messages sent of {}", self.sent, self.count)),
        }
    }

    /// Returns `true` if all messages have arrived, once each and in order.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn verify_received(&self) -> Result<(), String> {
        self.seen.verify(1, self.count)
    }
}

/// Where the stamps of a message stand.
fn marks(size: usize) -> impl Iterator<Item = usize> {
    let step = (size / MARKS).next_multiple_of(STAMP).max(STAMP);
    let last = size - STAMP;
    (0..last).step_by(step).chain([last])
}

fn write_marks(bytes: &mut [u8], stamp: u64) {
    let stamp = stamp.to_le_bytes();
    for at in marks(bytes.len()) {
        bytes[at..at + STAMP].copy_from_slice(&stamp);
    }
}

/// The stamp of a message of `size` bytes, if it stands at all places.
fn read_marks(bytes: &[u8], size: usize) -> Option<u64> {
    if bytes.len() != size {
        return None;
    }
    let stamp = *bytes.first_chunk()?;
    let same = |at: usize| bytes[at..at + STAMP] == stamp;
    marks(size).all(same).then(|| u64::from_le_bytes(stamp))
}
