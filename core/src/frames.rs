//! [`Frames`]: a message of several parts, of a fixed total size, that is moved by value.

#![forbid(unsafe_code)]

use core::fmt;
use core::iter::FusedIterator;

use crate::error::PushFrameError;

/// A message of up to `PARTS` frames with up to `BYTES` bytes in all, sent and received as one
/// whole. It allocates nothing, and moves by value.
///
/// The bytes lie one frame behind the other, so that a short header leaves its room to the body.
/// Both numbers are at most 65535. `PARTS` frames cost `2 * PARTS` bytes beside the `BYTES`.
///
/// It has no frame at first. `==` compares frames, whatever the two capacities are.
///
/// [`core::fmt::Write`] appends to the last frame, or begins the first one. A piece of text for
/// which there is no room is refused as a whole; pieces written before it stay. Into what pieces
/// `write!` cuts a text is the compiler's choice (`findings/heapless-write-literals.sh`).
///
/// # Examples
/// ```
/// # use gimmal_core::wait::block_on;
/// # use gimmal_core::{Context, Frames};
/// type Report = Frames<2, 32>;
/// static CONTEXT: Context<Report, 2, 1, 4> = Context::new();
///
/// let mut pull = CONTEXT.pull()?;
/// pull.bind("inproc://reports")?;
/// let mut push = CONTEXT.push()?;
/// push.connect("inproc://reports")?;
///
/// let mut report = Report::new();
/// report.push_frame(b"temperature")?;
/// report.push_frame(&21_u16.to_be_bytes())?;
/// block_on(push.send(report))?;
///
/// let report = block_on(pull.recv())?;
/// assert_eq!(report.frame(0), Some(&b"temperature"[..]));
/// assert_eq!(report.frame(1), Some(&[0, 21][..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Frames<const PARTS: usize, const BYTES: usize> {
    bytes: heapless::Vec<u8, BYTES, u16>,
    /// Where each frame ends in `bytes`: they rise, and the last one is `bytes.len()`.
    ends: heapless::Vec<u16, PARTS, u16>,
}

impl<const PARTS: usize, const BYTES: usize> Frames<PARTS, BYTES> {
    /// Returns a message without a frame.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::Frames;
    /// let message = Frames::<4, 64>::new();
    /// assert_eq!((message.frame_count(), message.free()), (0, 64));
    /// ```
    pub const fn new() -> Self {
        const {
            assert!(
                PARTS <= u16::MAX as usize && BYTES <= u16::MAX as usize,
                "at most 65535 frames and 65535 bytes"
            );
        }
        Frames {
            bytes: heapless::Vec::new(),
            ends: heapless::Vec::new(),
        }
    }

    /// Returns a message with a copy of these frames, in their order.
    ///
    /// # Errors
    /// [`PushFrameError`]: they do not fit.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::Frames;
    /// let message = Frames::<2, 16>::from_frames(["header", "body"])?;
    /// assert_eq!(message.frame(1), Some(&b"body"[..]));
    /// assert!(Frames::<1, 16>::from_frames(["header", "body"]).is_err());
    /// # Ok::<(), gimmal_core::error::PushFrameError>(())
    /// ```
    pub fn from_frames(
        frames: impl IntoIterator<Item: AsRef<[u8]>>,
    ) -> Result<Self, PushFrameError> {
        let mut message = Self::new();
        for frame in frames {
            message.push_frame(frame)?;
        }
        Ok(message)
    }

    /// Adds a frame with a copy of `bytes` behind the others.
    ///
    /// # Errors
    /// [`PushFrameError`]: there is no room for it. The message is unchanged.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::Frames;
    /// # use gimmal_core::error::PushFrameError;
    /// let mut message = Frames::<2, 8>::new();
    /// message.push_frame(b"head")?;
    /// assert_eq!(message.push_frame(b"a body"), Err(PushFrameError::TooLong { free: 4 }));
    /// message.push_frame(b"body")?;
    /// assert_eq!(message.push_frame(b""), Err(PushFrameError::TooManyFrames { max: 2 }));
    /// # Ok::<(), PushFrameError>(())
    /// ```
    pub fn push_frame(&mut self, bytes: impl AsRef<[u8]>) -> Result<(), PushFrameError> {
        if self.ends.is_full() {
            return Err(PushFrameError::TooManyFrames { max: PARTS });
        }
        let free = self.free();
        let too_long = |_| PushFrameError::TooLong { free };
        self.bytes
            .extend_from_slice(bytes.as_ref())
            .map_err(too_long)?;
        // There is room for one more end.
        let _ = self.ends.push(self.bytes.len() as u16);
        Ok(())
    }

    /// Returns the bytes of frame `index`, counted from 0, or `None` if there are fewer frames.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::Frames;
    /// let message = Frames::<4, 64>::from_frames(["header", "body"]).unwrap();
    /// assert_eq!(message.frame(1), Some(&b"body"[..]));
    /// assert_eq!(message.frame(2), None);
    /// ```
    pub fn frame(&self, index: usize) -> Option<&[u8]> {
        let (start, end) = self.bounds(index)?;
        self.bytes.get(start..end)
    }

    /// Returns the bytes of frame `index`, to be changed in place, or `None` if there are fewer
    /// frames.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::Frames;
    /// let mut message = Frames::<1, 8>::from_frames([[0; 8]])?;
    /// message.frame_mut(0).unwrap()[7] = 1;
    /// assert_eq!(message.frame(0), Some(&[0, 0, 0, 0, 0, 0, 0, 1][..]));
    /// # Ok::<(), gimmal_core::error::PushFrameError>(())
    /// ```
    pub fn frame_mut(&mut self, index: usize) -> Option<&mut [u8]> {
        let (start, end) = self.bounds(index)?;
        self.bytes.get_mut(start..end)
    }

    /// Where frame `index` begins and ends.
    fn bounds(&self, index: usize) -> Option<(usize, usize)> {
        let end = *self.ends.get(index)?;
        let start = match index {
            0 => 0,
            _ => *self.ends.get(index - 1)?,
        };
        Some((start.into(), end.into()))
    }

    /// Returns an iterator over the bytes of each frame.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::Frames;
    /// let message = Frames::<3, 16>::from_frames(["header", "body"])?;
    /// assert!(message.frames().eq([&b"header"[..], b"body"]));
    /// # Ok::<(), gimmal_core::error::PushFrameError>(())
    /// ```
    pub fn frames(&self) -> FramesIter<'_> {
        FramesIter {
            bytes: &self.bytes,
            ends: &self.ends,
            start: 0,
        }
    }

    /// Returns how many frames it has.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::Frames;
    /// let message = Frames::<4, 64>::from_frames(["header", "body"]).unwrap();
    /// assert_eq!(message.frame_count(), 2);
    /// ```
    pub fn frame_count(&self) -> usize {
        self.ends.len()
    }

    /// Returns how many bytes all its frames have together.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::Frames;
    /// let message = Frames::<4, 64>::from_frames(["header", "body"]).unwrap();
    /// assert_eq!(message.len(), 10);
    /// ```
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Returns `true` if no frame has any bytes.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::Frames;
    /// assert!(Frames::<4, 64>::from_frames(["", ""]).unwrap().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Returns for how many more bytes there is room.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::Frames;
    /// let message = Frames::<4, 64>::from_frames(["header"]).unwrap();
    /// assert_eq!(message.free(), 58);
    /// ```
    pub fn free(&self) -> usize {
        BYTES - self.bytes.len()
    }

    /// Removes all frames. Idempotent.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::Frames;
    /// let mut message = Frames::<4, 64>::from_frames(["header"]).unwrap();
    /// message.clear();
    /// assert_eq!(message.frame_count(), 0);
    /// ```
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }
}

impl<const PARTS: usize, const BYTES: usize> Default for Frames<PARTS, BYTES> {
    /// A message without a frame.
    fn default() -> Self {
        Self::new()
    }
}

impl<const PARTS: usize, const BYTES: usize, const OTHER_PARTS: usize, const OTHER_BYTES: usize>
    PartialEq<Frames<OTHER_PARTS, OTHER_BYTES>> for Frames<PARTS, BYTES>
{
    fn eq(&self, other: &Frames<OTHER_PARTS, OTHER_BYTES>) -> bool {
        *self.ends == *other.ends && *self.bytes == *other.bytes
    }
}

impl<const PARTS: usize, const BYTES: usize> Eq for Frames<PARTS, BYTES> {}

impl<const PARTS: usize, const BYTES: usize> fmt::Debug for Frames<PARTS, BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.frames()).finish()
    }
}

impl<const PARTS: usize, const BYTES: usize> fmt::Write for Frames<PARTS, BYTES> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.ends.is_empty() {
            return self.push_frame(text).map_err(|_| fmt::Error);
        }
        self.bytes
            .extend_from_slice(text.as_bytes())
            .map_err(|_| fmt::Error)?;
        if let Some(last) = self.ends.last_mut() {
            *last = self.bytes.len() as u16;
        }
        Ok(())
    }
}

impl<'f, const PARTS: usize, const BYTES: usize> IntoIterator for &'f Frames<PARTS, BYTES> {
    type Item = &'f [u8];
    type IntoIter = FramesIter<'f>;

    fn into_iter(self) -> FramesIter<'f> {
        self.frames()
    }
}

/// The bytes of each frame of a message, one after the other: made by [`Frames::frames`].
#[derive(Clone)]
pub struct FramesIter<'f> {
    bytes: &'f [u8],
    /// The ends of the frames that are left.
    ends: &'f [u16],
    /// Where the next frame begins.
    start: usize,
}

impl<'f> Iterator for FramesIter<'f> {
    type Item = &'f [u8];

    fn next(&mut self) -> Option<&'f [u8]> {
        let (&end, rest) = self.ends.split_first()?;
        let frame = self.bytes.get(self.start..usize::from(end))?;
        (self.start, self.ends) = (end.into(), rest);
        Some(frame)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.ends.len(), Some(self.ends.len()))
    }
}

impl ExactSizeIterator for FramesIter<'_> {}
impl FusedIterator for FramesIter<'_> {}

impl fmt::Debug for FramesIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FramesIter")
            .field("left", &self.ends.len())
            .finish()
    }
}
