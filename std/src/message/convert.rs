//! What becomes a message, what a message becomes, and what messages and frames equal.

#![forbid(unsafe_code)]

use bytes::Bytes;

use super::frame::Frame;
use super::into_frame::IntoFrame;
use super::message::Message;
use super::parts::IntoFrames;

impl<F: IntoFrame> From<F> for Message {
    /// A message of one frame.
    fn from(frame: F) -> Self {
        Message::new(frame)
    }
}

impl<F: IntoFrame, const N: usize> From<[F; N]> for Message {
    /// A message of these frames, in their order: [`Message::from_frames`].
    fn from(frames: [F; N]) -> Self {
        Message::from_frames(frames)
    }
}

impl From<Vec<Frame>> for Message {
    /// A message of these frames, in their order: [`Message::from_frames`].
    fn from(frames: Vec<Frame>) -> Self {
        Message::from_frames(frames)
    }
}

/// A message of parts of different types.
macro_rules! message_from_tuple {
    ($($type:ident $part:ident),+) => {
        impl<$($type: IntoFrame),+> From<($($type,)+)> for Message {
            /// A message of these frames, in their order.
            fn from(($($part,)+): ($($type,)+)) -> Self {
                Message::from_frames([$(Into::<Frame>::into($part)),+])
            }
        }
    };
}
message_from_tuple!(A a, B b);
message_from_tuple!(A a, B b, C c);
message_from_tuple!(A a, B b, C c, D d);

impl<F: IntoFrame> FromIterator<F> for Message {
    /// [`Message::from_frames`].
    fn from_iter<I: IntoIterator<Item = F>>(frames: I) -> Self {
        Message::from_frames(frames)
    }
}

impl<F: IntoFrame> Extend<F> for Message {
    fn extend<I: IntoIterator<Item = F>>(&mut self, frames: I) {
        for frame in frames {
            self.push_frame(frame);
        }
    }
}

impl IntoIterator for Message {
    type Item = Frame;
    type IntoIter = IntoFrames;

    fn into_iter(self) -> IntoFrames {
        self.into_frames()
    }
}

impl<'m> IntoIterator for &'m Message {
    type Item = &'m Frame;
    type IntoIter = std::slice::Iter<'m, Frame>;

    fn into_iter(self) -> Self::IntoIter {
        self.frames().iter()
    }
}

/// A frame equals its bytes; a message of one frame equals what that frame's bytes equal.
macro_rules! equals {
    ($($other:ty $(, $size:ident)?;)+) => {$(
        impl$(<const $size: usize>)? PartialEq<$other> for Frame {
            fn eq(&self, other: &$other) -> bool {
                let other: &[u8] = other.as_ref();
                self.as_bytes() == other
            }
        }

        impl$(<const $size: usize>)? PartialEq<$other> for Message {
            fn eq(&self, other: &$other) -> bool {
                matches!(self.frames(), [frame] if frame == other)
            }
        }
    )+};
}
equals! {
    [u8];
    &[u8];
    [u8; N], N;
    &[u8; N], N;
    Vec<u8>;
    Bytes;
    str;
    &str;
    String;
}
