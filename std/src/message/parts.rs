//! The frames of a message: one in place, several behind a reference count.

#![forbid(unsafe_code)]

use std::iter::FusedIterator;
use std::sync::Arc;

use super::frame::Frame;
use super::into_frame::IntoFrame;

/// Number of frames that fit the allocation of [`Several`]; more of them move to a vector.
const FEW: usize = 4;

/// At least one frame.
#[derive(Clone)]
pub(super) enum Parts {
    One(Frame),
    /// Two or more, shared by the clones of a message.
    More(Arc<Several>),
}

/// Frames that are shared as a whole.
#[derive(Clone)]
pub(super) enum Several {
    Few(heapless::Vec<Frame, FEW, u8>),
    Many(Vec<Frame>),
}

impl Parts {
    /// Returns the frames of an iterator, and an empty frame if it has none.
    pub(super) fn collect(mut frames: impl Iterator<Item: IntoFrame>) -> Self {
        let Some(first) = frames.next() else {
            return Parts::One(Frame::default());
        };
        let Some(second) = frames.next() else {
            return Parts::One(first.into());
        };
        let mut several = Several::with_room(frames.size_hint().0.saturating_add(2));
        several.push(first.into());
        several.push(second.into());
        for frame in frames {
            several.push(frame.into());
        }
        Parts::More(Arc::new(several))
    }

    pub(super) fn push(&mut self, frame: Frame) {
        match self {
            Parts::One(first) => {
                let mut several = Several::with_room(2);
                several.push(std::mem::take(first));
                several.push(frame);
                *self = Parts::More(Arc::new(several));
            }
            Parts::More(several) => Arc::make_mut(several).push(frame),
        }
    }

    pub(super) fn as_slice(&self) -> &[Frame] {
        match self {
            Parts::One(frame) => std::slice::from_ref(frame),
            Parts::More(several) => several.as_slice(),
        }
    }

    pub(super) fn into_frames(self) -> IntoFrames {
        IntoFrames(match self {
            Parts::One(frame) => Left::One(Some(frame).into_iter()),
            Parts::More(several) => match Arc::unwrap_or_clone(several) {
                Several::Few(few) => Left::Few(few.into_iter()),
                Several::Many(many) => Left::Many(many.into_iter()),
            },
        })
    }
}

impl Several {
    fn with_room(frames: usize) -> Self {
        match frames {
            ..=FEW => Several::Few(heapless::Vec::new()),
            _ => Several::Many(Vec::with_capacity(frames)),
        }
    }

    fn push(&mut self, frame: Frame) {
        match self {
            Several::Many(many) => many.push(frame),
            Several::Few(few) => {
                if let Err(frame) = few.push(frame) {
                    let mut many = Vec::with_capacity(2 * FEW);
                    many.extend(std::mem::take(few));
                    many.push(frame);
                    *self = Several::Many(many);
                }
            }
        }
    }

    fn as_slice(&self) -> &[Frame] {
        match self {
            Several::Few(few) => few,
            Several::Many(many) => many,
        }
    }
}

/// The frames of a message, one after the other: made by
/// [`Message::into_frames`](super::Message::into_frames).
#[derive(Debug)]
pub struct IntoFrames(Left);

#[derive(Debug)]
enum Left {
    One(std::option::IntoIter<Frame>),
    Few(heapless::vec::IntoIter<Frame, FEW, u8>),
    Many(std::vec::IntoIter<Frame>),
}

/// The same call for each of the three.
macro_rules! of_each {
    ($this:expr, $frames:ident => $call:expr) => {
        match $this {
            Left::One($frames) => $call,
            Left::Few($frames) => $call,
            Left::Many($frames) => $call,
        }
    };
}

impl Iterator for IntoFrames {
    type Item = Frame;

    fn next(&mut self) -> Option<Frame> {
        of_each!(&mut self.0, frames => frames.next())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        of_each!(&self.0, frames => frames.size_hint())
    }
}

impl DoubleEndedIterator for IntoFrames {
    fn next_back(&mut self) -> Option<Frame> {
        of_each!(&mut self.0, frames => frames.next_back())
    }
}

impl ExactSizeIterator for IntoFrames {}
impl FusedIterator for IntoFrames {}
