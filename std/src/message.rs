//! [`Message`]: one or more [`Frame`]s of bytes that travel as one whole; what a
//! [`Context`](crate::Context) carries.
//!
//! A frame is a reference-counted view of bytes. Moving and cloning it copies no bytes; they stay
//! where they are until the last frame that refers to them is dropped, on whatever thread.
//!
//! | made from | copies bytes | allocates | a clone allocates |
//! |---|---|---|---|
//! | `&'static str`, `&'static [u8]`, `&'static [u8; N]` | no | no | no |
//! | `String`, `Vec<u8>` without spare capacity | no | no | the first one: a reference count |
//! | the same with spare capacity | no | a reference count | no |
//! | [`Bytes`] | no | no | as `Bytes` does |
//! | [`Loan`] of a static pool | no | no | no |
//!
//! A reference count is a few words. A [`Message`] keeps up to four frames in place; the fifth
//! moves them to a vector.

#![forbid(unsafe_code)]

use std::fmt;
use std::str::Utf8Error;

use bytes::Bytes;
use gimmal_core::pool::{Loan, Shared};

/// The number of frames that a message keeps in place.
const INLINE: usize = 4;

/// A loan of a static pool, as a frame carries it: read-only, and shared with its clones. The
/// buffer returns to the pool when the last of them is dropped.
#[derive(Clone)]
pub struct Lent(Shared<'static>);

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        self.0.as_ref()
    }
}

impl fmt::Debug for Lent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.as_ref().escape_ascii())
    }
}

/// A part of a [`Message`]: bytes that are not copied when it is moved or cloned.
///
/// Two frames are equal if their bytes are equal.
///
/// # Examples
/// ```
/// use gimmal::Frame;
///
/// let body = Frame::from(vec![1, 2, 3]);
/// let at = body.as_bytes().as_ptr();
/// let moved = body.clone();
/// assert_eq!(moved.as_bytes(), [1, 2, 3]);
/// assert_eq!(moved.as_bytes().as_ptr(), at);
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub enum Frame {
    /// Bytes of a static, of a vector, or of any other owner.
    Bytes(Bytes),
    /// A buffer of a static [`Pool`](crate::pool::Pool).
    Loan(Lent),
}

impl Frame {
    /// Returns its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Frame::Bytes(bytes) => bytes,
            Frame::Loan(lent) => lent.as_ref(),
        }
    }

    /// Returns how many bytes it has.
    pub fn len(&self) -> usize {
        self.as_bytes().len()
    }

    /// Returns `true` if it has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the same bytes, not copied, for code that works with [`Bytes`]. For a loan this
    /// allocates a reference count.
    pub fn into_bytes(self) -> Bytes {
        match self {
            Frame::Bytes(bytes) => bytes,
            Frame::Loan(lent) => Bytes::from_owner(lent),
        }
    }
}

impl Default for Frame {
    /// A frame without bytes.
    fn default() -> Self {
        Frame::Bytes(Bytes::new())
    }
}

impl AsRef<[u8]> for Frame {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Frame::Bytes(bytes) => bytes.fmt(f),
            Frame::Loan(lent) => lent.fmt(f),
        }
    }
}

impl PartialEq for Frame {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Frame {}

impl From<Bytes> for Frame {
    fn from(bytes: Bytes) -> Self {
        Frame::Bytes(bytes)
    }
}

impl From<&'static [u8]> for Frame {
    fn from(bytes: &'static [u8]) -> Self {
        Bytes::from_static(bytes).into()
    }
}

impl<const N: usize> From<&'static [u8; N]> for Frame {
    fn from(bytes: &'static [u8; N]) -> Self {
        bytes.as_slice().into()
    }
}

impl From<&'static str> for Frame {
    fn from(text: &'static str) -> Self {
        text.as_bytes().into()
    }
}

impl From<Vec<u8>> for Frame {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<String> for Frame {
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}

impl<T: AsRef<[u8]> + Send + Sync + 'static> From<Loan<'static, T>> for Frame {
    /// The buffer returns to its pool when the frame and all its clones are dropped.
    fn from(loan: Loan<'static, T>) -> Self {
        Frame::Loan(Lent(loan.share()))
    }
}

/// One or more frames of bytes, sent and received as one whole.
///
/// Everything that converts into a [`Frame`] converts into a message of one frame, so
/// `push.send("text")` and `push.send(vec)` work as they are. Sending, receiving and cloning copy
/// no bytes. A message has at least one frame: the empty message is one empty frame.
///
/// A message of one frame can be compared with bytes and text; a message of several frames equals
/// neither.
///
/// # Examples
/// ```
/// use gimmal::{Context, Message};
///
/// let context = Context::new();
/// let mut pull = context.pull()?;
/// pull.bind("inproc://letters")?;
/// let mut push = context.push()?;
/// push.connect("inproc://letters")?;
///
/// push.send("one frame")?;
/// push.send(Message::from_frames(["header", "body"]))?;
///
/// assert_eq!(pull.recv()?, "one frame");
/// let letter = pull.recv()?;
/// assert_eq!(letter.frame_count(), 2);
/// assert_eq!(letter.frame(1), Some(&b"body"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A buffer of a static pool is filled in place and sent without a copy:
/// ```
/// use gimmal::Message;
/// use gimmal::pool::Pool;
///
/// static BUFFERS: Pool<[u8; 4096], 2> = Pool::new();
///
/// let mut buffer = BUFFERS.try_take([0; 4096]).unwrap();
/// buffer[0] = 7;
/// let message = Message::from(buffer);
/// let copy = message.clone();
/// assert_eq!(copy.as_bytes()[0], 7);
///
/// drop(message);
/// assert_eq!(BUFFERS.lent(), 1);
/// drop(copy);
/// assert_eq!(BUFFERS.lent(), 0);
/// ```
#[derive(Clone)]
pub struct Message {
    frames: Frames,
}

/// At least one frame.
#[derive(Clone)]
enum Frames {
    Few(heapless::Vec<Frame, INLINE>),
    Many(Vec<Frame>),
}

impl Message {
    /// Returns a message of one frame.
    pub fn new(frame: impl Into<Frame>) -> Self {
        let mut message = Message::no_frame();
        message.push_frame(frame);
        message
    }

    /// Returns the empty message: one frame without bytes.
    pub fn empty() -> Self {
        Message::new(Frame::default())
    }

    /// Returns a message of these frames, in their order; of no frame at all, [`Message::empty`].
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Frame, Message};
    ///
    /// let message = Message::from_frames([Frame::from("name"), Frame::from(vec![0; 16])]);
    /// assert_eq!((message.frame_count(), message.len()), (2, 20));
    ///
    /// assert_eq!(Message::from_frames(Vec::<Frame>::new()), Message::empty());
    /// ```
    pub fn from_frames(frames: impl IntoIterator<Item: Into<Frame>>) -> Self {
        let mut message = Message::no_frame();
        for frame in frames {
            message.push_frame(frame);
        }
        if message.frames().is_empty() {
            message.push_frame(Frame::default());
        }
        message
    }

    /// Returns a message that must not leave this module: it has no frame yet.
    fn no_frame() -> Self {
        Message {
            frames: Frames::Few(heapless::Vec::new()),
        }
    }

    /// Adds a frame behind the others. The fifth frame allocates.
    ///
    /// # Examples
    /// ```
    /// use gimmal::Message;
    ///
    /// let mut message = Message::new("header");
    /// message.push_frame("body");
    /// assert_eq!(message.frame_count(), 2);
    /// ```
    pub fn push_frame(&mut self, frame: impl Into<Frame>) {
        match &mut self.frames {
            Frames::Many(many) => many.push(frame.into()),
            Frames::Few(few) => {
                if let Err(fifth) = few.push(frame.into()) {
                    let mut many = Vec::with_capacity(2 * INLINE);
                    many.extend(std::mem::take(few));
                    many.push(fifth);
                    self.frames = Frames::Many(many);
                }
            }
        }
    }

    /// Returns its frames, of which there is at least one.
    pub fn frames(&self) -> &[Frame] {
        match &self.frames {
            Frames::Few(few) => few,
            Frames::Many(many) => many,
        }
    }

    /// Returns the bytes of frame `index`, counted from 0, or `None` if there are fewer frames.
    ///
    /// # Examples
    /// ```
    /// let message = gimmal::Message::from_frames(["header", "body"]);
    /// assert_eq!(message.frame(1), Some(&b"body"[..]));
    /// assert_eq!(message.frame(2), None);
    /// ```
    pub fn frame(&self, index: usize) -> Option<&[u8]> {
        self.frames().get(index).map(Frame::as_bytes)
    }

    /// Returns how many frames it has: at least one.
    pub fn frame_count(&self) -> usize {
        self.frames().len()
    }

    /// Returns the bytes of its first frame.
    pub fn as_bytes(&self) -> &[u8] {
        self.frames()[0].as_bytes()
    }

    /// Returns the text of its first frame.
    ///
    /// # Errors
    /// [`Utf8Error`]: its bytes are not UTF-8.
    ///
    /// # Examples
    /// ```
    /// let message = gimmal::Message::new("text");
    /// assert_eq!(message.to_str(), Ok("text"));
    /// ```
    pub fn to_str(&self) -> Result<&str, Utf8Error> {
        str::from_utf8(self.as_bytes())
    }

    /// Returns how many bytes all its frames have together.
    pub fn len(&self) -> usize {
        self.frames().iter().map(Frame::len).sum()
    }

    /// Returns `true` if no frame has any bytes.
    pub fn is_empty(&self) -> bool {
        self.frames().iter().all(Frame::is_empty)
    }

    /// Returns an iterator over its frames, which owns them.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Frame, Message};
    ///
    /// let mut frames = Message::from_frames(["header", "body"]).into_frames();
    /// assert_eq!(frames.next(), Some(Frame::from("header")));
    /// assert_eq!(frames.len(), 1);
    /// ```
    pub fn into_frames(self) -> IntoFrames {
        IntoFrames(match self.frames {
            Frames::Few(few) => Left::Few(few.into_iter()),
            Frames::Many(many) => Left::Many(many.into_iter()),
        })
    }

    /// Returns the bytes of its frame, if it has exactly one.
    fn only(&self) -> Option<&[u8]> {
        match self.frames() {
            [frame] => Some(frame.as_bytes()),
            _ => None,
        }
    }
}

impl Default for Message {
    /// [`Message::empty`].
    fn default() -> Self {
        Message::empty()
    }
}

impl<F: Into<Frame>> From<F> for Message {
    /// A message of one frame.
    fn from(frame: F) -> Self {
        Message::new(frame)
    }
}

impl AsRef<[u8]> for Message {
    /// The bytes of its first frame.
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.frames()).finish()
    }
}

impl PartialEq for Message {
    fn eq(&self, other: &Self) -> bool {
        self.frames() == other.frames()
    }
}

impl Eq for Message {}

/// A message of one frame equals what that frame's bytes equal.
macro_rules! equals {
    ($($other:ty $(, $size:ident)?;)+) => {$(
        impl$(<const $size: usize>)? PartialEq<$other> for Message {
            fn eq(&self, other: &$other) -> bool {
                let other: &[u8] = other.as_ref();
                self.only() == Some(other)
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

/// The frames of a message, one after the other: made by [`Message::into_frames`].
#[derive(Debug)]
pub struct IntoFrames(Left);

#[derive(Debug)]
enum Left {
    Few(heapless::vec::IntoIter<Frame, INLINE, usize>),
    Many(std::vec::IntoIter<Frame>),
}

impl Iterator for IntoFrames {
    type Item = Frame;

    fn next(&mut self) -> Option<Frame> {
        match &mut self.0 {
            Left::Few(few) => few.next(),
            Left::Many(many) => many.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            Left::Few(few) => few.size_hint(),
            Left::Many(many) => many.size_hint(),
        }
    }
}

impl ExactSizeIterator for IntoFrames {}
impl std::iter::FusedIterator for IntoFrames {}
