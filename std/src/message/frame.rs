//! [`Frame`]: bytes that are not copied when they are moved.

#![forbid(unsafe_code)]

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use bytes::Bytes;
use gimmal_core::pool::{Loan, Shared};

use super::completion::{Completion, Tracked};

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
        escaped(self.as_ref(), f)
    }
}

/// A few copied bytes that a frame holds in place: see [`Frame::copy_of`].
#[derive(Clone)]
pub struct Inline(heapless::Vec<u8, { Frame::IN_PLACE }, u8>);

impl AsRef<[u8]> for Inline {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Inline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        escaped(self.as_ref(), f)
    }
}

fn escaped(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "b\"{}\"", bytes.escape_ascii())
}

/// A part of a [`Message`](super::Message): bytes that are not copied when it is moved or cloned.
///
/// It is used like its bytes, by [`Deref`]. Two frames are equal if their bytes are equal, whatever
/// owns them. The table at [`message`](super) says what a frame is made from, and what that
/// allocates.
///
/// # Examples
/// ```
/// use gimmal::Frame;
///
/// let body = Frame::from(vec![1, 2, 3]);
/// let at = body.as_ptr();
/// let moved = body.clone();
/// assert_eq!(moved, [1, 2, 3]);
/// assert_eq!(moved.as_ptr(), at);
/// ```
// The tag is a whole word. After a single byte the compiler moves what follows in pieces that lie
// across words, and a processor waits when it loads such a piece soon after it has stored it.
#[derive(Clone)]
#[non_exhaustive]
#[repr(usize)]
pub enum Frame {
    /// Bytes of a static, of a vector, or of any other owner.
    Bytes(Bytes),
    /// A buffer of a static [`Pool`](crate::pool::Pool).
    Loan(Lent),
    /// A shared slice.
    Shared(Arc<[u8]>),
    /// A copy of a few bytes, in the frame itself.
    Inline(Inline),
}

impl Frame {
    /// Number of copied bytes that a frame holds in place: 31 where a word has eight bytes.
    pub(crate) const IN_PLACE: usize = 4 * size_of::<usize>() - 1;

    /// Returns a frame with a copy of `bytes`, for bytes that are borrowed.
    ///
    /// A copy of at most 31 bytes (15 on 32-bit systems) lies in the frame itself, and moves with it.
    /// A longer one takes one allocation. A clone allocates nothing.
    ///
    /// # Examples
    /// ```
    /// use gimmal::Frame;
    ///
    /// let mut line = String::from("first");
    /// let frame = Frame::copy_of(&line);
    /// line.replace_range(.., "second");
    /// assert_eq!(frame, "first");
    /// ```
    #[doc(alias = "copy_from_slice")]
    pub fn copy_of(bytes: impl AsRef<[u8]>) -> Self {
        let bytes = bytes.as_ref();
        match heapless::Vec::from_slice(bytes) {
            Ok(few) => Frame::Inline(Inline(few)),
            Err(_) => Frame::Shared(Arc::from(bytes)),
        }
    }

    /// Returns a frame of the bytes that `owner` shows, which are not copied. The owner is dropped
    /// with the last frame that refers to it, on whatever thread. Allocates once, for the owner and
    /// a reference count.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Frame, Message};
    ///
    /// /// A file that was mapped, for example.
    /// struct Mapped([u8; 4]);
    ///
    /// impl AsRef<[u8]> for Mapped {
    ///     fn as_ref(&self) -> &[u8] {
    ///         &self.0
    ///     }
    /// }
    ///
    /// let message = Message::from(Frame::from_owner(Mapped(*b"data")));
    /// assert_eq!(message, "data");
    /// ```
    pub fn from_owner(owner: impl AsRef<[u8]> + Send + 'static) -> Self {
        Frame::Bytes(Bytes::from_owner(owner))
    }

    /// Returns a frame of the bytes that `owner` shows, which are not copied, and a handle that
    /// says when the last frame that refers to them has been dropped. Allocates twice.
    ///
    /// # Examples
    /// The sender keeps a handle of its own to the buffer, and fills it again when the receiver is
    /// done with it:
    /// ```
    /// use std::sync::Arc;
    /// use gimmal::{Context, Frame};
    ///
    /// let context = Context::new();
    /// let mut pull = context.pull()?;
    /// pull.bind("inproc://buffers")?;
    /// let mut push = context.push()?;
    /// push.connect("inproc://buffers")?;
    ///
    /// let mut buffer = Arc::new([0; 4096]);
    /// for round in 0..3 {
    ///     Arc::get_mut(&mut buffer).expect("nobody else has it")[0] = round;
    ///     let shown = buffer.clone();
    ///     let (frame, completion) = Frame::with_completion(Shown(shown));
    ///     push.send(frame)?;
    ///
    ///     let message = pull.recv()?;
    ///     assert_eq!(message.as_bytes()[0], round);
    ///     assert!(!completion.is_done());
    ///     drop(message);
    ///     completion.wait();
    /// }
    ///
    /// struct Shown(Arc<[u8; 4096]>);
    ///
    /// impl AsRef<[u8]> for Shown {
    ///     fn as_ref(&self) -> &[u8] {
    ///         &*self.0
    ///     }
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_completion(owner: impl AsRef<[u8]> + Send + 'static) -> (Self, Completion) {
        let (tracked, completion) = Tracked::new(owner);
        (Frame::from_owner(tracked), completion)
    }

    /// Returns its bytes.
    ///
    /// # Examples
    /// ```
    /// let frame = gimmal::Frame::from("text");
    /// assert_eq!(frame.as_bytes(), b"text");
    /// ```
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Frame::Bytes(bytes) => bytes,
            Frame::Loan(lent) => lent.as_ref(),
            Frame::Shared(bytes) => bytes,
            Frame::Inline(few) => few.as_ref(),
        }
    }

    /// Returns its text.
    ///
    /// # Errors
    /// [`Utf8Error`](std::str::Utf8Error): its bytes are not UTF-8.
    ///
    /// # Examples
    /// ```
    /// use gimmal::Frame;
    ///
    /// assert_eq!(Frame::from("text").to_str(), Ok("text"));
    /// assert!(Frame::from(vec![0xff]).to_str().is_err());
    /// ```
    pub fn to_str(&self) -> Result<&str, std::str::Utf8Error> {
        str::from_utf8(self.as_bytes())
    }

    /// Returns the number of its bytes.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(gimmal::Frame::from("text").len(), 4);
    /// ```
    pub fn len(&self) -> usize {
        self.as_bytes().len()
    }

    /// Returns `true` if it has no bytes.
    ///
    /// # Examples
    /// ```
    /// use gimmal::Frame;
    ///
    /// assert!(Frame::default().is_empty());
    /// assert!(!Frame::from("text").is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Converts into [`Bytes`], for code that works with them. Only a frame that holds its bytes
    /// [in place](Frame::copy_of) copies them. For a loan and a shared slice this allocates a
    /// reference count.
    ///
    /// # Examples
    /// ```
    /// let bytes = gimmal::Frame::from(vec![1, 2, 3]).into_bytes();
    /// assert_eq!(bytes.slice(1..), [2, 3][..]);
    /// ```
    pub fn into_bytes(self) -> Bytes {
        match self {
            Frame::Bytes(bytes) => bytes,
            Frame::Loan(lent) => Bytes::from_owner(lent),
            Frame::Shared(bytes) => Bytes::from_owner(bytes),
            Frame::Inline(few) => Bytes::copy_from_slice(few.as_ref()),
        }
    }
}

impl<T: AsRef<[u8]> + Send + Sync + 'static> From<Loan<'static, T>> for Frame {
    /// The buffer returns to its pool when the frame and all its clones are dropped.
    fn from(loan: Loan<'static, T>) -> Self {
        loan.share().into()
    }
}

impl From<Shared<'static>> for Frame {
    /// The buffer returns to its pool when the frame and all other shares are dropped.
    fn from(shared: Shared<'static>) -> Self {
        Frame::Loan(Lent(shared))
    }
}

impl Default for Frame {
    /// A frame without bytes.
    fn default() -> Self {
        Frame::Bytes(Bytes::new())
    }
}

impl Deref for Frame {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl AsRef<[u8]> for Frame {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        escaped(self.as_bytes(), f)
    }
}

impl fmt::Display for Frame {
    /// Its text; `U+FFFD` stands for what is not UTF-8. `Debug` shows every byte.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&String::from_utf8_lossy(self.as_bytes()))
    }
}

impl PartialEq for Frame {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Frame {}

impl Hash for Frame {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}
