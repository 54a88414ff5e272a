//! [`Outgoing`]: from messages to the bytes of a wire, and back to how many of them are written.

#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::{Bytes, BytesMut};

use super::codec::Codec;
use super::events::WireError;
use super::stream::Stream;
use crate::message::{Frame, Message};

/// How many bytes may wait to be written.
const MOST: usize = 64 * 1024;
/// Frames shorter than this are copied into the buffer, others are written from where they lie.
const COPIED: usize = 4096;

/// What is to be written to a wire.
#[derive(Default)]
pub(super) struct Outgoing {
    /// Before what is in `flat`.
    chunks: VecDeque<Bytes>,
    flat: BytesMut,
    /// How much of `flat` is written, while there are no chunks.
    flat_written: usize,
    /// Bytes queued and written since the beginning.
    queued: u64,
    written: u64,
    /// Where each message that is not written ends.
    ends: VecDeque<u64>,
    /// Where commands begin and end that are not written, in their order.
    commands: VecDeque<(u64, u64)>,
    /// How many bytes they have.
    commands_waiting: usize,
    /// Why nothing can be written any more.
    broken: Option<WireError>,
}

impl Outgoing {
    pub(super) fn is_empty(&self) -> bool {
        self.queued == self.written
    }

    pub(super) fn has_room(&self) -> bool {
        self.queued - self.written < MOST as u64 && self.broken.is_none()
    }

    /// Whether there is something that can be written.
    pub(super) fn is_waiting(&self) -> bool {
        !self.is_empty() && self.broken.is_none()
    }

    /// Why nothing can be written any more. What the peer has sent before may still be read.
    pub(super) fn broken(&self) -> Option<WireError> {
        self.broken.clone()
    }

    /// How many bytes of commands may wait.
    pub(super) fn commands_waiting(&self) -> usize {
        self.commands_waiting
    }

    /// Queues a message, behind the frames `before`.
    pub(super) fn message(
        &mut self,
        codec: &mut Codec,
        before: &[Frame],
        message: &Message,
    ) -> Result<(), WireError> {
        let frames = before.iter().chain(message.frames());
        if codec.is_encrypted() {
            codec.send(frames.map(|frame| frame.clone().into_bytes()).collect())?;
            self.output(codec);
        } else {
            let mut left = before.len() + message.frame_count();
            for frame in frames {
                left -= 1;
                self.frame(frame, left > 0);
            }
        }
        self.ends.push_back(self.queued);
        Ok(())
    }

    /// Queues what the codec has to say.
    pub(super) fn commands(&mut self, codec: &mut Codec) {
        let before = self.queued;
        self.output(codec);
        self.commands_waiting += (self.queued - before) as usize;
        match self.commands.back_mut() {
            Some((_, end)) if *end == before => *end = self.queued,
            _ if before < self.queued => self.commands.push_back((before, self.queued)),
            _ => {}
        }
    }

    fn output(&mut self, codec: &mut Codec) {
        for chunk in codec.output() {
            self.queued += chunk.len() as u64;
            match chunk.len() < COPIED {
                true => self.flat.extend_from_slice(&chunk),
                false => self.chunk(chunk),
            }
        }
    }

    fn frame(&mut self, frame: &Frame, more: bool) {
        let len = frame.len();
        let flags = u8::from(more);
        match u8::try_from(len) {
            Ok(len) => {
                self.flat.extend_from_slice(&[flags, len]);
                self.queued += 2;
            }
            Err(_) => {
                let mut header = [flags | 2; 9];
                header[1..].copy_from_slice(&(len as u64).to_be_bytes());
                self.flat.extend_from_slice(&header);
                self.queued += 9;
            }
        }
        self.queued += len as u64;
        match len < COPIED {
            true => self.flat.extend_from_slice(frame),
            false => self.chunk(frame.clone().into_bytes()),
        }
    }

    fn chunk(&mut self, chunk: Bytes) {
        self.close_flat();
        self.chunks.push_back(chunk);
    }

    fn close_flat(&mut self) {
        let mut flat = self.flat.split();
        let _ = flat.split_to(std::mem::take(&mut self.flat_written));
        if !flat.is_empty() {
            self.chunks.push_back(flat.freeze());
        }
    }

    /// Writes what the system takes. Returns how many messages are whole on their way now, and
    /// whether anything was written. Whether that is all there will be, [`broken`](Self::broken)
    /// tells.
    pub(super) fn write(&mut self, stream: &Stream) -> (usize, bool) {
        let mut moved = false;
        while self.is_waiting() {
            let written = if self.chunks.is_empty() {
                let rest = IoSlice::new(&self.flat[self.flat_written..]);
                stream.write(&[rest])
            } else {
                self.close_flat();
                let mut slices = [IoSlice::new(&[]); 64];
                let mut count = 0;
                for (slice, chunk) in slices.iter_mut().zip(&self.chunks) {
                    *slice = IoSlice::new(chunk);
                    count += 1;
                }
                stream.write(&slices[..count])
            };
            match written {
                Ok(0) => break,
                Ok(written) => self.advance(written),
                Err(why) => {
                    self.broken = Some(why.into());
                    break;
                }
            }
            moved = true;
        }
        let mut done = 0;
        while self.ends.front().is_some_and(|end| *end <= self.written) {
            self.ends.pop_front();
            done += 1;
        }
        (done, moved)
    }

    /// Writes what the system takes of a handshake.
    pub(super) fn write_handshake(&mut self, stream: &Stream) -> Result<(), WireError> {
        self.write(stream);
        self.broken().map_or(Ok(()), Err)
    }

    fn advance(&mut self, mut written: usize) {
        self.written += written as u64;
        while let Some((start, end)) = self.commands.front_mut() {
            let until = self.written.clamp(*start, *end);
            self.commands_waiting -= (until - *start) as usize;
            *start = until;
            if until < *end {
                break;
            }
            self.commands.pop_front();
        }
        while let Some(first) = self.chunks.front_mut() {
            if written < first.len() {
                let _ = first.split_to(written);
                return;
            }
            written -= first.len();
            self.chunks.pop_front();
        }
        self.flat_written += written;
        if self.flat_written == self.flat.len() {
            self.flat.clear();
            self.flat_written = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use gimmal_core::socket::Kind;

    use super::super::options::WireOptions;
    use super::*;

    /// Both sides of a connection whose handshake is over.
    fn known() -> [Codec; 2] {
        let options = WireOptions::new();
        let mut sides = [(true, Kind::Pull), (false, Kind::Push)]
            .map(|(listens, kind)| Codec::new(listens, kind, Bytes::new(), &options, "a test"));
        for _ in 0..4 {
            for (from, to) in [(0, 1), (1, 0)] {
                for chunk in sides[from].output() {
                    sides[to].take(chunk).unwrap();
                }
            }
        }
        assert!(sides.iter_mut().all(|side| side.peer().is_some()));
        sides
    }

    #[test]
    fn commands_that_are_written_do_not_count_while_messages_wait() {
        let [mut codec, _] = known();
        let mut outgoing = Outgoing::default();
        let message = Message::from("a message");
        let second = std::time::Duration::from_secs(1);
        let mut one = 0;
        for round in 0..100 {
            // There is always a message behind the commands: the queue is never empty.
            outgoing.message(&mut codec, &[], &message).unwrap();
            for _ in 0..3 {
                codec.ping(second).unwrap();
                outgoing.commands(&mut codec);
            }
            let commands = outgoing.commands_waiting();
            if round == 0 {
                one = commands / 3;
                assert!(one > 0);
            }
            assert_eq!(commands, 3 * one);
            outgoing.message(&mut codec, &[], &message).unwrap();
            // The message and a part of the first command, then the others, but for a part of the
            // message at the end.
            let message = 2 + message.len();
            let before = outgoing.queued - outgoing.written - (2 * message + 3 * one) as u64;
            outgoing.advance(before as usize + message + 1);
            assert_eq!(outgoing.commands_waiting(), 3 * one - 1);
            outgoing.advance(3 * one);
            assert_eq!(outgoing.commands_waiting(), 0);
            assert!(!outgoing.is_empty());
        }
        assert!(outgoing.commands.is_empty());
    }
}
