//! [`Incoming`]: from the bytes of a wire to messages.
//!
//! A frame is a byte of flags, a length of one byte or of eight, and a body. Nothing is allocated on
//! announcement: buffers grow with what has come. Where a body lies:
//!
//! | body | in |
//! |---|---|
//! | a few bytes | the message itself |
//! | below [`SMALL_FRAME`] | a piece that small frames share, so that one of them keeps little alive |
//! | below [`LARGE`] | an allocation of its own |
//! | else | memory of its own, into which it is read without a copy |
//!
//! Pieces and large bodies use memory again: see [`Bodies`].
//!
//! The form of frames: RFC 23 of the ZeroMQ project, ZMTP 3.1.

#![forbid(unsafe_code)]

use bytes::{Buf, Bytes, BytesMut};

use super::bodies::Bodies;
use super::events::WireError;
use super::stream::{Found, Stream};
use crate::message::{Frame, Message};

const MORE: u8 = 1;
const LONG: u8 = 2;
const COMMAND: u8 = 4;

/// Frames shorter than this share pieces of [`PIECE`] bytes.
const SMALL_FRAME: usize = 2048;
const PIECE: usize = 8 * 1024;
/// Frames of this size and more are read to where they stay.
const LARGE: usize = 16 * 1024;
/// How much is read at once, at first and beside small frames.
const FIRST: usize = 4096;
const READ: usize = 64 * 1024;
/// How much more is reserved for a large body than has come of it.
const AHEAD: usize = 1 << 20;
/// What a frame counts beside its bytes.
const FRAME: usize = 64;
/// Commands are small.
const MOST_OF_COMMAND: usize = 64 * 1024;

/// What has come.
pub(super) enum Came {
    Message(Message),
    /// A whole command, as it came.
    Command(Bytes),
}

/// What has come of a wire and was not yet taken.
pub(super) struct Incoming {
    buffer: BytesMut,
    /// How much is read at once: it grows with what comes, and is little before large bodies, of
    /// which the rest is then read where it stays.
    read: usize,
    /// A copy of the first bytes in `buffer`, of which frames take shares.
    piece: Bytes,
    frames: Vec<Frame>,
    /// Of the message whose frames these are.
    size: usize,
    large: Option<Large>,
    bodies: Bodies,
    most: usize,
    most_frames: usize,
}

/// A large frame, of which a part has come.
struct Large {
    body: Vec<u8>,
    len: usize,
    more: bool,
}

struct Header {
    flags: u8,
    header: usize,
    body: usize,
}

impl Incoming {
    /// Reads messages of at most `most` bytes, as they count, in at most `most_frames` frames.
    pub(super) fn new(most: usize, most_frames: usize) -> Self {
        Incoming {
            buffer: BytesMut::new(),
            read: FIRST,
            piece: Bytes::new(),
            frames: Vec::new(),
            size: 0,
            large: None,
            bodies: Bodies::default(),
            most,
            most_frames,
        }
    }

    /// Reads what the wire has.
    pub(super) fn read(&mut self, stream: &Stream) -> Result<Found, WireError> {
        if let Some(large) = &mut self.large {
            let left = large.len - large.body.len();
            if large.body.capacity() == large.body.len() {
                large
                    .body
                    .reserve_exact(left.min(large.body.len().max(AHEAD)));
            }
            let room = large.body.capacity() - large.body.len();
            return Ok(stream.read(&mut large.body, room, left)?);
        }
        self.buffer.reserve(self.read);
        let before = self.buffer.len();
        let found = stream.read(&mut self.buffer, self.read, self.read)?;
        if self.buffer.len() - before == self.read {
            self.read = READ;
        }
        Ok(found)
    }

    /// Takes all bytes that have come, or the first `most` of them.
    pub(super) fn bytes(&mut self, most: usize) -> Bytes {
        let len = most.min(self.buffer.len());
        let bytes = Bytes::copy_from_slice(&self.buffer[..len]);
        self.skip(len);
        bytes
    }

    fn skip(&mut self, len: usize) {
        self.buffer.advance(len);
        self.piece.advance(len.min(self.piece.len()));
    }

    /// Takes the next whole frame as it came, with its header: of the handshake.
    pub(super) fn raw_frame(&mut self) -> Result<Option<Bytes>, WireError> {
        let Some(Header { header, body, .. }) = self.header()? else {
            return Ok(None);
        };
        if body > MOST_OF_COMMAND {
            return Err(WireError::TooLarge);
        }
        match self.buffer.len() >= header + body {
            true => Ok(Some(self.bytes(header + body))),
            false => Ok(None),
        }
    }

    fn header(&self) -> Result<Option<Header>, WireError> {
        let protocol = |what: &str| Err(WireError::Protocol(what.into()));
        let Some(&flags) = self.buffer.first() else {
            return Ok(None);
        };
        if flags & !(MORE | LONG | COMMAND) != 0 {
            return protocol("a frame has flags that do not exist");
        }
        if flags & COMMAND != 0 && flags & MORE != 0 {
            return protocol("a command has more frames");
        }
        let (header, body) = match flags & LONG {
            0 => match self.buffer.get(1) {
                Some(&len) => (2, u64::from(len)),
                None => return Ok(None),
            },
            _ => match self.buffer.get(1..9) {
                Some(len) => (9, u64::from_be_bytes(len.try_into().expect("eight bytes"))),
                None => return Ok(None),
            },
        };
        let Ok(body) = usize::try_from(body) else {
            return Err(WireError::TooLarge);
        };
        Ok(Some(Header {
            flags,
            header,
            body,
        }))
    }

    /// Takes the next thing that has come as a whole.
    pub(super) fn next(&mut self) -> Result<Option<Came>, WireError> {
        loop {
            if let Some(large) = &self.large {
                if large.body.len() < large.len {
                    return Ok(None);
                }
                let large = self.large.take().expect("it is there");
                self.frames.push(self.bodies.frame(large.body));
                if !large.more {
                    return Ok(Some(self.whole()));
                }
            }
            let Some(Header {
                flags,
                header,
                body,
            }) = self.header()?
            else {
                return Ok(None);
            };
            if flags & COMMAND != 0 {
                return Ok(self.raw_frame()?.map(Came::Command));
            }
            let size = self.size.saturating_add(body).saturating_add(FRAME);
            if size > self.most {
                return Err(WireError::TooLarge);
            }
            if self.frames.len() >= self.most_frames {
                return Err(WireError::TooManyFrames);
            }
            let more = flags & MORE != 0;
            let there = self.buffer.len() - header;
            if there < body && body < LARGE {
                return Ok(None);
            }
            self.size = size;
            self.skip(header);
            if there < body {
                let mut start = self.bodies.take(body, there + AHEAD);
                start.extend_from_slice(&self.buffer);
                self.buffer.clear();
                self.piece.clear();
                self.read = FIRST;
                self.large = Some(Large {
                    body: start,
                    len: body,
                    more,
                });
                return Ok(None);
            }
            let frame = self.frame(body);
            if !more && self.frames.is_empty() {
                self.size = 0;
                return Ok(Some(Came::Message(Message::new(frame))));
            }
            self.frames.push(frame);
            if !more {
                return Ok(Some(self.whole()));
            }
        }
    }

    fn whole(&mut self) -> Came {
        self.size = 0;
        Came::Message(Message::from_frames(self.frames.drain(..)))
    }

    /// The body that lies at the front of the buffer, as a frame.
    fn frame(&mut self, len: usize) -> Frame {
        let body = &self.buffer[..len];
        let frame = match len {
            0..=Frame::IN_PLACE => Frame::copy_of(body),
            len if len < SMALL_FRAME => {
                if self.piece.len() < len {
                    let mut piece = self.bodies.take(PIECE, PIECE);
                    piece.extend_from_slice(&self.buffer[..PIECE.min(self.buffer.len())]);
                    self.piece = self.bodies.frame(piece).into_bytes();
                }
                Frame::from(self.piece.slice(..len))
            }
            _ => Frame::from(Bytes::copy_from_slice(body)),
        };
        self.skip(len);
        frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST_FRAMES: usize = 100;

    fn came(bytes: &[u8], most: usize) -> (Vec<Message>, Result<Option<Came>, WireError>) {
        let mut incoming = Incoming::new(most, MOST_FRAMES);
        let mut messages = Vec::new();
        // Byte by byte: every cut is tried.
        for byte in bytes {
            incoming.buffer.extend_from_slice(&[*byte]);
            if let Some(large) = &mut incoming.large {
                large.body.extend_from_slice(&incoming.buffer);
                incoming.buffer.clear();
            }
            loop {
                match incoming.next() {
                    Ok(Some(Came::Message(message))) => messages.push(message),
                    Ok(None) => break,
                    last => return (messages, last),
                }
            }
        }
        (messages, Ok(None))
    }

    fn framed(flags: u8, body: &[u8]) -> Vec<u8> {
        let mut bytes = vec![flags | LONG];
        bytes.extend((body.len() as u64).to_be_bytes());
        bytes.extend(body);
        bytes
    }

    #[test]
    fn frames_of_every_size_come_whole_however_they_are_cut() {
        let sizes = [
            0,
            1,
            Frame::IN_PLACE,
            Frame::IN_PLACE + 1,
            255,
            256,
            1023,
            1024,
            16383,
            16384,
            70_000,
        ];
        let bodies: Vec<Vec<u8>> = sizes
            .iter()
            .map(|&n| (0..n).map(|i| i as u8).collect())
            .collect();
        let mut bytes = vec![0, 2, b'h', b'i'];
        for body in &bodies {
            bytes.extend(framed(0, body));
            bytes.extend(framed(MORE, body));
            bytes.extend(framed(0, b"end"));
        }
        let (messages, last) = came(&bytes, 1 << 20);
        assert!(matches!(last, Ok(None)));
        assert_eq!(messages.len(), 1 + 2 * bodies.len());
        assert_eq!(messages[0], "hi");
        for (body, pair) in bodies.iter().zip(messages[1..].chunks(2)) {
            assert_eq!(pair[0].as_bytes(), &body[..]);
            assert_eq!(pair[1].frames(), [Frame::copy_of(body), Frame::from("end")]);
        }
    }

    #[test]
    fn what_is_wrong_is_refused_at_its_header() {
        for (bytes, why) in [
            (vec![8, 0], "flags"),
            (vec![0x80, 1], "flags"),
            (vec![COMMAND | MORE, 0], "command"),
        ] {
            let (_, last) = came(&bytes, 1000);
            assert!(matches!(&last, Err(WireError::Protocol(what)) if what.contains(why)));
        }
        let mut huge = vec![LONG];
        huge.extend((1_u64 << 62).to_be_bytes());
        for bytes in [huge, framed(0, &[0; 937])] {
            assert!(matches!(came(&bytes, 1000).1, Err(WireError::TooLarge)));
        }
        assert_eq!(came(&framed(0, &[0; 936]), 1000).0.len(), 1);
        // Many small frames are as much as one large one.
        let many = [MORE, 0].repeat(16);
        assert!(matches!(came(&many, 1000).1, Err(WireError::TooLarge)));
        // The message before them has as many as it may.
        for (frames, is_one_too_many) in [(MOST_FRAMES, false), (MOST_FRAMES + 1, true)] {
            let mut bytes = [MORE, 1, 7].repeat(MOST_FRAMES - 1);
            bytes.extend([0, 0]);
            bytes.extend([MORE, 1, 7].repeat(frames));
            let (messages, last) = came(&bytes, 1 << 20);
            assert_eq!(messages[0].frame_count(), MOST_FRAMES);
            assert_eq!(messages.len(), 1);
            let refused = matches!(last, Err(WireError::TooManyFrames));
            assert_eq!(refused, is_one_too_many, "{frames}");
        }
        let command = framed(COMMAND, &[0; MOST_OF_COMMAND + 1]);
        assert!(matches!(
            came(&command, 1 << 20).1,
            Err(WireError::TooLarge)
        ));
    }
}
