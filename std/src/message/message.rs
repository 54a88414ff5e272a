//! [`Message`]: its frames, as they are read.

#![forbid(unsafe_code)]

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::Utf8Error;

use super::frame::Frame;
use super::into_frame::IntoFrame;
use super::parts::{IntoFrames, Parts};

/// One or more frames of bytes, sent and received as one whole.
///
/// Everything that converts into a [`Frame`] converts into a message of one frame, so
/// `push.send("text")` and `push.send(vec)` work as they are. An array of parts converts into a
/// message of several frames, and so does a tuple of parts of different types. Sending, receiving
/// and cloning copy no bytes. A message has at least one frame: the empty message is one empty
/// frame.
///
/// Borrowed bytes are copied, and the program says so: [`Message::copy_of`].
///
/// A message of one frame can be compared with bytes and text; a message of several frames equals
/// neither.
///
/// # Header, body and footer
/// Whatever the number of frames, these three are all frames, each once and in their order, and the
/// body is never without a frame:
///
/// | frames | [`header`](Message::header) | [`body`](Message::body) | [`footer`](Message::footer) |
/// |---|---|---|---|
/// | 1 | `None` | the frame | `None` |
/// | 2 | the first frame | the second frame | `None` |
/// | 3 or more | the first frame | all frames between | the last frame |
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
/// push.send(["header", "body", "footer"])?;
/// push.send(("header", vec![1, 2, 3]))?;
///
/// assert_eq!(pull.recv()?, "one frame");
/// let letter = pull.recv()?;
/// assert_eq!(letter.frame_count(), 3);
/// assert_eq!(letter.header(), Some(&b"header"[..]));
/// assert_eq!(letter.body(), ["body"]);
/// assert_eq!(letter.footer(), Some(&b"footer"[..]));
/// assert_eq!(pull.recv()?.frame(1), Some(&[1, 2, 3][..]));
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
    parts: Parts,
}

impl Message {
    /// Returns a message of one frame.
    ///
    /// # Examples
    /// ```
    /// let message = gimmal::Message::new(vec![1, 2, 3]);
    /// assert_eq!(message.as_bytes(), [1, 2, 3]);
    /// ```
    pub fn new(frame: impl IntoFrame) -> Self {
        Message {
            parts: Parts::One(frame.into()),
        }
    }

    /// Returns the empty message: one frame without bytes.
    ///
    /// # Examples
    /// ```
    /// let message = gimmal::Message::empty();
    /// assert_eq!((message.frame_count(), message.len()), (1, 0));
    /// ```
    pub fn empty() -> Self {
        Message::new(Frame::default())
    }

    /// Returns a message of one frame with a copy of `bytes`, for bytes that are borrowed: see
    /// [`Frame::copy_of`]. A copy of at most 31 bytes allocates nothing.
    ///
    /// # Examples
    /// ```
    /// # use gimmal::{Context, Message};
    /// # let context = Context::new();
    /// # let mut pull = context.pull()?;
    /// # pull.bind("inproc://copies")?;
    /// # let mut push = context.push()?;
    /// # push.connect("inproc://copies")?;
    /// let mut buffer = [0; 1024];
    /// buffer[..5].copy_from_slice(b"first");
    /// push.send(Message::copy_of(&buffer[..5]))?;
    /// buffer[..5].copy_from_slice(b"other");
    ///
    /// assert_eq!(pull.recv()?, "first");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn copy_of(bytes: impl AsRef<[u8]>) -> Self {
        Message::new(Frame::copy_of(bytes))
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
    pub fn from_frames(frames: impl IntoIterator<Item: IntoFrame>) -> Self {
        Message {
            parts: Parts::collect(frames.into_iter()),
        }
    }

    /// Adds a frame behind the others. The second frame allocates, and so does the fifth. If
    /// clones share the frames of this message, they keep theirs, and this one gets its own.
    ///
    /// # Examples
    /// ```
    /// use gimmal::Message;
    ///
    /// let mut message = Message::new("header");
    /// message.push_frame("body");
    /// assert_eq!(message.frame_count(), 2);
    /// ```
    pub fn push_frame(
        &mut self,
        frame: impl IntoFrame, // borrowed bytes are copied first: `Frame::copy_of(&bytes)`
    ) {
        self.parts.push(frame.into());
    }

    /// Returns its frames, of which there is at least one.
    ///
    /// # Examples
    /// ```
    /// let message = gimmal::Message::from(["header", "body"]);
    /// let sizes: Vec<usize> = message.frames().iter().map(|frame| frame.len()).collect();
    /// assert_eq!(sizes, [6, 4]);
    /// ```
    pub fn frames(&self) -> &[Frame] {
        self.parts.as_slice()
    }

    /// Returns the bytes of frame `index`, counted from 0, or `None` if there are fewer frames.
    ///
    /// # Examples
    /// ```
    /// let message = gimmal::Message::from(["header", "body"]);
    /// assert_eq!(message.frame(1), Some(&b"body"[..]));
    /// assert_eq!(message.frame(2), None);
    /// ```
    pub fn frame(&self, index: usize) -> Option<&[u8]> {
        self.frames().get(index).map(Frame::as_bytes)
    }

    /// Returns how many frames it has: at least one.
    ///
    /// # Examples
    /// ```
    /// use gimmal::Message;
    ///
    /// assert_eq!(Message::from("body").frame_count(), 1);
    /// assert_eq!(Message::from(["header", "body"]).frame_count(), 2);
    /// ```
    pub fn frame_count(&self) -> usize {
        self.frames().len()
    }

    /// Returns the bytes of the first frame if there are two or more; `None` if the only frame is
    /// the body. [See above](Message#header-body-and-footer).
    ///
    /// # Examples
    /// ```
    /// use gimmal::Message;
    ///
    /// assert_eq!(Message::from(["header", "body"]).header(), Some(&b"header"[..]));
    /// assert_eq!(Message::from("body").header(), None);
    /// ```
    pub fn header(&self) -> Option<&[u8]> {
        match self.frames() {
            [header, _, ..] => Some(header),
            _ => None,
        }
    }

    /// Returns the frames between header and footer: at least one.
    /// [See above](Message#header-body-and-footer).
    ///
    /// # Examples
    /// ```
    /// use gimmal::Message;
    ///
    /// assert_eq!(Message::from("body").body(), ["body"]);
    /// assert_eq!(Message::from(["header", "body"]).body(), ["body"]);
    /// assert_eq!(Message::from(["header", "1", "2", "footer"]).body(), ["1", "2"]);
    /// ```
    pub fn body(&self) -> &[Frame] {
        match self.frames() {
            [_, body @ .., _] if !body.is_empty() => body,
            [_, body @ ..] if !body.is_empty() => body,
            only => only,
        }
    }

    /// Returns the bytes of the last frame if there are three or more.
    /// [See above](Message#header-body-and-footer).
    ///
    /// # Examples
    /// ```
    /// use gimmal::Message;
    ///
    /// assert_eq!(Message::from(["header", "body", "sum"]).footer(), Some(&b"sum"[..]));
    /// assert_eq!(Message::from(["header", "body"]).footer(), None);
    /// ```
    pub fn footer(&self) -> Option<&[u8]> {
        match self.frames() {
            [_, _, .., footer] => Some(footer),
            _ => None,
        }
    }

    /// Returns the bytes of its first frame.
    ///
    /// # Examples
    /// ```
    /// let message = gimmal::Message::from(["header", "body"]);
    /// assert_eq!(message.as_bytes(), b"header");
    /// ```
    pub fn as_bytes(&self) -> &[u8] {
        self.frames()[0].as_bytes()
    }

    /// Returns the text of its first frame. `Display` shows the text of all frames.
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
    ///
    /// # Examples
    /// ```
    /// let message = gimmal::Message::from(["header", "body"]);
    /// assert_eq!(message.len(), 10);
    /// ```
    pub fn len(&self) -> usize {
        self.frames().iter().map(Frame::len).sum()
    }

    /// Returns `true` if no frame has any bytes.
    ///
    /// # Examples
    /// ```
    /// use gimmal::Message;
    ///
    /// assert!(Message::from(["", ""]).is_empty());
    /// assert!(!Message::from(["", "body"]).is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.frames().iter().all(Frame::is_empty)
    }

    /// Returns an iterator over its frames, which owns them. Frames that clones of the message
    /// share are cloned.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Frame, Message};
    ///
    /// let mut frames = Message::from(["header", "body"]).into_frames();
    /// assert_eq!(frames.next(), Some(Frame::from("header")));
    /// assert_eq!(frames.len(), 1);
    /// ```
    pub fn into_frames(self) -> IntoFrames {
        self.parts.into_frames()
    }
}

impl Default for Message {
    /// [`Message::empty`].
    fn default() -> Self {
        Message::empty()
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

impl fmt::Display for Message {
    /// The text of its frames, with `, ` between them; `U+FFFD` stands for what is not UTF-8.
    /// Width and precision are those of each frame.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, frame) in self.frames().iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            frame.fmt(f)?;
        }
        Ok(())
    }
}

impl PartialEq for Message {
    fn eq(&self, other: &Self) -> bool {
        self.frames() == other.frames()
    }
}

impl Eq for Message {}

impl Hash for Message {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.frames().hash(state);
    }
}
