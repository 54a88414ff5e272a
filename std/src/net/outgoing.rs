//! [`Outgoing`]: from messages to the bytes of a wire, and back to how many of them are written.

#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::{Buf, Bytes, BytesMut};

use super::codec::Codec;
use super::events::WireError;
use super::stream::Stream;
use crate::message::{Frame, Message};

/// How many copied bytes may wait to be written.
const MOST: usize = 64 * 1024;
/// How many bytes may wait altogether. Frames that are not copied lie in messages that are still in
/// their pipe, and take no memory here: as many as are written at once, so that the sender of large
/// messages waits once for several of them.
const MOST_TOGETHER: u64 = 512 * 1024;
/// Frames shorter than this are copied into the buffer, others are written from where they lie.
const COPIED: usize = 4096;

/// Bytes that are written from where they lie.
struct Chunk {
    bytes: Bytes,
    /// They lie here only, and in no message.
    is_copy: bool,
}

/// What is to be written to a wire.
#[derive(Default)]
pub(super) struct Outgoing {
    /// Before what is in `flat`.
    chunks: VecDeque<Chunk>,
    /// How many bytes of the chunks are copies.
    copied: usize,
    flat: BytesMut,
    /// Bytes queued and written since the beginning.
    queued: u64,
    written: u64,
    /// Where each message that is not written as a whole begins and ends.
    messages: VecDeque<(u64, u64)>,
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
        self.copied + self.flat.len() < MOST
            && self.queued - self.written < MOST_TOGETHER
            && self.broken.is_none()
    }

    /// Whether there is something that can be written.
    pub(super) fn is_waiting(&self) -> bool {
        !self.is_empty() && self.broken.is_none()
    }

    /// Why nothing can be written any more. What the peer has sent before may still be read.
    pub(super) fn broken(&self) -> Option<WireError> {
        self.broken.clone()
    }

    /// Whether a message is written in part.
    pub(super) fn is_inside_a_message(&self) -> bool {
        let first = self.messages.front();
        first.is_some_and(|(begin, _)| *begin < self.written)
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
        let begin = self.queued;
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
        self.messages.push_back((begin, self.queued));
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
                false => self.chunk(chunk, true),
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
            false => self.chunk(frame.clone().into_bytes(), false),
        }
    }

    fn chunk(&mut self, bytes: Bytes, is_copy: bool) {
        self.close_flat();
        self.push(bytes, is_copy);
    }

    fn push(&mut self, bytes: Bytes, is_copy: bool) {
        if is_copy {
            self.copied += bytes.len();
        }
        self.chunks.push_back(Chunk { bytes, is_copy });
    }

    fn close_flat(&mut self) {
        let flat = self.flat.split();
        if !flat.is_empty() {
            self.push(flat.freeze(), true);
        }
    }

    /// Writes what the system takes. Returns how many messages are whole on their way now, and
    /// whether anything was written. Whether that is all there will be, [`broken`](Self::broken)
    /// tells.
    pub(super) fn write(&mut self, stream: &Stream) -> (usize, bool) {
        let mut moved = false;
        while self.is_waiting() {
            let written = if self.chunks.is_empty() {
                stream.write(&[IoSlice::new(&self.flat)])
            } else {
                self.close_flat();
                let mut slices = [IoSlice::new(&[]); 64];
                let mut count = 0;
                for (slice, chunk) in slices.iter_mut().zip(&self.chunks) {
                    *slice = IoSlice::new(&chunk.bytes);
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
        while (self.messages.front()).is_some_and(|(_, end)| *end <= self.written) {
            self.messages.pop_front();
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
            let now = written.min(first.bytes.len());
            if first.is_copy {
                self.copied -= now;
            }
            if now < first.bytes.len() {
                first.bytes.advance(now);
                return;
            }
            written -= now;
            self.chunks.pop_front();
        }
        self.flat.advance(written);
    }
}

#[cfg(test)]
mod tests {
    use gimmal_core::socket::Kind;

    use super::super::codec::KindOnWire;
    use super::super::options::WireOptions;
    use super::*;

    /// Both sides of a connection whose handshake is over.
    fn known() -> [Codec; 2] {
        let options = WireOptions::new();
        let mut sides = [(true, Kind::Pull), (false, Kind::Push)].map(|(listens, kind)| {
            let kind = KindOnWire::of(kind).unwrap();
            Codec::new(listens, kind, Bytes::new(), &options, "a test")
        });
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

    /// How many messages are queued of a sender of such frames.
    fn queued(len: usize) -> usize {
        let [mut codec, _] = known();
        let mut outgoing = Outgoing::default();
        let message = Message::from(vec![0; len]);
        let mut messages = 0;
        while outgoing.has_room() {
            outgoing.message(&mut codec, &[], &message).unwrap();
            messages += 1;
        }
        // There is room again before the last of them is written.
        outgoing.advance(outgoing.queued as usize / 4 * 3);
        assert!(outgoing.has_room());
        outgoing.advance((outgoing.queued - outgoing.written) as usize);
        assert_eq!((outgoing.copied, outgoing.flat.len()), (0, 0));
        messages
    }

    #[test]
    fn large_messages_are_written_together_and_copies_stay_few() {
        assert_eq!(queued(64 * 1024), 8);
        assert_eq!(queued(1022), 64);
        // One that is larger than all of it goes alone.
        assert_eq!(queued(1 << 20), 1);
    }

    #[test]
    fn a_peer_that_is_always_behind_takes_no_more_memory_with_time() {
        let [mut codec, _] = known();
        let mut outgoing = Outgoing::default();
        let message = Message::from(vec![0; 1000]);
        for _ in 0..1000 {
            while outgoing.has_room() {
                outgoing.message(&mut codec, &[], &message).unwrap();
            }
            outgoing.advance(MOST / 2);
            assert!(outgoing.flat.capacity() <= 4 * MOST);
        }
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
