//! Records of bytes, of any length up to half of the ring, between one producer and one consumer.
//!
//! A record lies in one piece, so that a driver or a DMA engine can fill or empty it.
//! [`RecordProducer::reserve`] gives the memory of one, [`RecordWrite::commit`] publishes as much of
//! it as was used; [`RecordConsumer::read`] gives the oldest record, [`RecordRead::release`] frees
//! it. Nothing waits; to wait for a record, let the producer set an
//! [`Event`](crate::sync::Event) after it has committed.
//!
//! Each record has a header of 16 bits. Some bytes at the end of the ring's memory may stay unused,
//! where the next record does not fit.

// A record is a header of two bytes, its length, and its bytes. If it does not fit behind the last
// one before the end of the array, the rest of the array is skipped. What is skipped begins with
// the length `SKIP`, or is a single byte, and is published together with the record behind it.
//
// * **C1** Only these handles touch the ring, so what is in it is whole records, and skipped bytes
//   only in front of one.
// * **C2** A record and its header take at most half of the ring, rounded up. So once the ring is
//   empty there is room for it on one side or the other, wherever the positions stand.
// * **C3** Every byte of a chunk up to the end of its record is written before anybody looks at it.

#![allow(unsafe_code)]

use core::fmt;
use core::mem::MaybeUninit;
use core::ops::Deref;

use super::spsc::{ConsumerView, ProducerView, Read, Ring, Write};
use crate::error::{Empty, ReserveError};
use crate::panic_without_fmt::some_or_panic;
use crate::shim::const_fn;

/// Bytes of a header.
const HEADER: usize = 2;
/// The length in a header of what is skipped.
const SKIP: u16 = u16::MAX;

/// The longest record of a ring of so many bytes: C2.
const fn longest(capacity: usize) -> usize {
    let most = capacity.div_ceil(2).saturating_sub(HEADER);
    if most < SKIP as usize {
        most
    } else {
        SKIP as usize - 1
    }
}

/// A wait-free ring of `N` bytes for records between one producer and one consumer.
///
/// Take the two handles with [`split`](RecordRing::split) or [`try_split`](RecordRing::try_split).
///
/// | | |
/// |---|---|
/// | from an interrupt handler | every operation of a handle, without any feature |
/// | spins | never |
/// | bounded | every operation; `reserve` writes each byte of the record once |
/// | longest masked section | none; `try_split` and dropping a handle exchange one word |
///
/// # Memory ordering
/// What a thread did before `commit` happens before what another does after it has read that
/// record.
///
/// # Examples
/// ```
/// # use gimmal_core::ring::records::RecordRing;
/// static LINES: RecordRing<64> = RecordRing::new();
///
/// let (mut producer, mut consumer) = LINES.try_split().expect("nobody holds the handles");
/// // In an interrupt handler: a driver fills at most 16 bytes.
/// let mut record = producer.reserve(16).unwrap();
/// record.as_mut_slice()[..5].copy_from_slice(b"hello");
/// record.commit(5);
/// // In main:
/// let record = consumer.read().unwrap();
/// assert_eq!(&*record, b"hello");
/// record.release();
/// assert!(consumer.read().is_err());
/// ```
#[doc(alias = "BBQueue")]
#[doc(alias = "framed")]
pub struct RecordRing<const N: usize>(Ring<u8, N>);

impl<const N: usize> RecordRing<N> {
    const_fn! {
        /// Creates an empty ring. It does not compile for fewer than 5 bytes, which have no room
        /// for a record of one byte.
        ///
        /// # Examples
        /// ```
        /// # use gimmal_core::ring::records::RecordRing;
        /// static LINES: RecordRing<64> = RecordRing::new();
        /// assert!(LINES.is_empty());
        /// ```
        pub const fn new() -> Self {
            const { assert!(longest(N) > 0, "a ring of records needs at least 5 bytes") };
            RecordRing(Ring::new())
        }
    }

    /// Returns the two handles. The exclusive borrow proves that no earlier handle is in use, so it
    /// always succeeds, also after a handle was leaked with `mem::forget`.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::records::RecordRing;
    /// let mut ring = RecordRing::<32>::new();
    /// let (mut producer, mut consumer) = ring.split();
    /// producer.push(b"one").unwrap();
    /// assert_eq!(&*consumer.read().unwrap(), b"one");
    /// ```
    pub fn split(&mut self) -> (RecordProducer<'_>, RecordConsumer<'_>) {
        let (producer, consumer) = self.0.split();
        (
            RecordProducer(producer.erase()),
            RecordConsumer(consumer.erase()),
        )
    }

    /// Returns the two handles, or `None` while a handle of an earlier pair exists. Records that
    /// were committed stay in the ring.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::records::RecordRing;
    /// let ring = RecordRing::<32>::new();
    /// let handles = ring.try_split().unwrap();
    /// assert!(ring.try_split().is_none());
    /// drop(handles);
    /// assert!(ring.try_split().is_some());
    /// ```
    #[must_use = "handles that are dropped are given back"]
    pub fn try_split(&self) -> Option<(RecordProducer<'_>, RecordConsumer<'_>)> {
        let (producer, consumer) = self.0.try_split()?;
        Some((
            RecordProducer(producer.erase()),
            RecordConsumer(consumer.erase()),
        ))
    }

    /// Returns `true` if no record is in the ring: a snapshot.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::records::RecordRing;
    /// let mut ring = RecordRing::<32>::new();
    /// ring.split().0.push(b"one").unwrap();
    /// assert!(!ring.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<const N: usize> Default for RecordRing<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> fmt::Debug for RecordRing<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordRing")
            .field("empty", &self.is_empty())
            .finish()
    }
}

/// The producing handle of a [`RecordRing`].
#[doc(alias = "FrameProducer")]
pub struct RecordProducer<'r>(ProducerView<'r, u8>);

impl RecordProducer<'_> {
    /// Reserves memory for a record of at most `len` bytes, in one piece and filled with zeros.
    ///
    /// # Errors
    /// [`ReserveError::TooFew`] if there is no such piece now; its `free` is the length of the
    /// longest record that there is room for. [`ReserveError::TooLong`] if `len` is more than
    /// [`longest`](RecordProducer::longest).
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::records::RecordRing;
    /// let mut ring = RecordRing::<32>::new();
    /// let (mut producer, mut consumer) = ring.split();
    /// let mut record = producer.reserve(8).unwrap();
    /// record.as_mut_slice()[..2].copy_from_slice(b"hi");
    /// record.commit(2);
    /// assert_eq!(&*consumer.read().unwrap(), b"hi");
    /// ```
    #[doc(alias = "grant")]
    pub fn reserve(&mut self, len: usize) -> Result<RecordWrite<'_>, ReserveError> {
        let longest = self.longest();
        if len > longest {
            return Err(ReserveError::TooLong { capacity: longest });
        }
        let mut chunk = self.0.reserve_up_to(usize::MAX);
        let (first, second) = chunk.as_uninit();
        let needed = HEADER + len;
        // Bytes may only be skipped up to the end of the array, where a second part begins.
        let skipped = if first.len() >= needed {
            0
        } else if second.len() >= needed {
            first.len()
        } else {
            let free = first.len().max(second.len()).saturating_sub(HEADER);
            return Err(ReserveError::TooFew {
                free: free.min(longest),
            });
        };
        let (skip, record) = if skipped == 0 {
            (&mut [][..], first)
        } else {
            (first, second)
        };
        // C3. A single byte is skipped whatever it is.
        for (byte, value) in skip.iter_mut().zip(SKIP.to_le_bytes().into_iter().cycle()) {
            byte.write(value);
        }
        for byte in record.iter_mut().take(needed) {
            byte.write(0);
        }
        Ok(RecordWrite {
            chunk,
            skipped,
            len,
        })
    }

    /// Appends a record with these bytes.
    ///
    /// # Errors
    /// As for [`reserve`](RecordProducer::reserve).
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::records::RecordRing;
    /// let mut ring = RecordRing::<32>::new();
    /// let (mut producer, mut consumer) = ring.split();
    /// producer.push(b"one").unwrap();
    /// producer.push(b"two").unwrap();
    /// assert_eq!(&*consumer.read().unwrap(), b"one");
    /// ```
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), ReserveError> {
        let mut record = self.reserve(bytes.len())?;
        for (to, from) in record.as_mut_slice().iter_mut().zip(bytes) {
            *to = *from;
        }
        record.commit(bytes.len());
        Ok(())
    }

    /// Returns the length of the longest record: half of the ring, rounded up, less the header; at
    /// most 65534. There is always room for it once the ring is empty.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::records::RecordRing;
    /// let mut ring = RecordRing::<32>::new();
    /// let (mut producer, _consumer) = ring.split();
    /// let longest = producer.longest();
    /// assert!(producer.reserve(longest).is_ok() && producer.reserve(longest + 1).is_err());
    /// ```
    pub fn longest(&self) -> usize {
        longest(self.0.capacity())
    }
}

/// The memory of a record that is not published yet. Dropping it publishes nothing.
#[must_use = "a record that is not committed is not published"]
pub struct RecordWrite<'p> {
    chunk: Write<'p, u8>,
    /// How many bytes of the chunk are skipped: all of its first part, or none.
    skipped: usize,
    len: usize,
}

impl RecordWrite<'_> {
    /// Returns the number of bytes that were reserved.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::records::RecordRing;
    /// let mut ring = RecordRing::<32>::new();
    /// let (mut producer, _consumer) = ring.split();
    /// assert_eq!(producer.reserve(8).unwrap().len(), 8);
    /// ```
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns `true` if no bytes were reserved.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the bytes of the record, to be filled.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::records::RecordRing;
    /// let mut ring = RecordRing::<32>::new();
    /// let (mut producer, _consumer) = ring.split();
    /// assert_eq!(producer.reserve(3).unwrap().as_mut_slice(), [0; 3]);
    /// ```
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        let len = self.len;
        let record = self.with_header();
        some_or_panic!(record.get_mut(HEADER..HEADER + len), "as reserved")
    }

    /// Header and bytes.
    fn with_header(&mut self) -> &mut [u8] {
        let needed = HEADER + self.len;
        let (first, second) = self.chunk.as_uninit();
        let record = if self.skipped == 0 { first } else { second };
        let record = some_or_panic!(record.get_mut(..needed), "as reserved");
        let bytes: *mut [MaybeUninit<u8>] = record;
        // SAFETY: C3: they have been written.
        unsafe { &mut *(bytes as *mut [u8]) }
    }

    /// Publishes the first `used` bytes as one record, which may be empty.
    ///
    /// # Panics
    /// If fewer bytes were reserved; nothing is published then.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::records::RecordRing;
    /// let mut ring = RecordRing::<32>::new();
    /// let (mut producer, mut consumer) = ring.split();
    /// producer.reserve(8).unwrap().commit(1);
    /// assert_eq!(&*consumer.read().unwrap(), [0]);
    /// ```
    #[track_caller]
    pub fn commit(mut self, used: usize) {
        assert!(used <= self.len, "more bytes to commit than were reserved");
        // At most `longest`, which fits.
        let header = (used as u16).to_le_bytes();
        for (to, from) in self.with_header().iter_mut().zip(header) {
            *to = from;
        }
        let all = self.skipped + HEADER + used;
        // SAFETY: C3: they have been written.
        unsafe { self.chunk.commit_uninit(all) };
    }
}

impl fmt::Debug for RecordWrite<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordWrite")
            .field("len", &self.len)
            .finish()
    }
}

/// The consuming handle of a [`RecordRing`].
#[doc(alias = "FrameConsumer")]
pub struct RecordConsumer<'r>(ConsumerView<'r, u8>);

impl RecordConsumer<'_> {
    /// Returns `true` if there is no record: a snapshot that only this handle can make true.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::records::RecordRing;
    /// let mut ring = RecordRing::<32>::new();
    /// let (mut producer, mut consumer) = ring.split();
    /// assert!(consumer.is_empty());
    /// producer.push(b"one").unwrap();
    /// assert!(!consumer.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the oldest record, in place.
    ///
    /// # Errors
    /// [`Empty`]: at a moment of the call there was no record.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::records::RecordRing;
    /// let mut ring = RecordRing::<32>::new();
    /// let (mut producer, mut consumer) = ring.split();
    /// assert!(consumer.read().is_err());
    /// producer.push(b"one").unwrap();
    /// assert_eq!(&*consumer.read().unwrap(), b"one");
    /// ```
    pub fn read(&mut self) -> Result<RecordRead<'_>, Empty> {
        let chunk = self.0.read_chunk_up_to(usize::MAX);
        let (first, second) = chunk.as_slices();
        if first.is_empty() {
            return Err(Empty);
        }
        let (skipped, len) = match header(first) {
            Some(len) if len != SKIP => (0, len),
            _ => (first.len(), some_or_panic!(header(second), "C1: a record")),
        };
        Ok(RecordRead {
            chunk,
            skipped,
            len: usize::from(len),
        })
    }
}

/// The length in a header; `None` where there is no room for one.
fn header(bytes: &[u8]) -> Option<u16> {
    match bytes {
        [low, high, ..] => Some(u16::from_le_bytes([*low, *high])),
        _ => None,
    }
}

/// The oldest record, in place. Dropping it takes nothing.
#[must_use = "a record that is not released stays in the ring"]
pub struct RecordRead<'c> {
    chunk: Read<'c, u8>,
    skipped: usize,
    len: usize,
}

impl RecordRead<'_> {
    /// Takes the record out of the ring and frees its memory.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::records::RecordRing;
    /// let mut ring = RecordRing::<32>::new();
    /// let (mut producer, mut consumer) = ring.split();
    /// producer.push(b"one").unwrap();
    /// consumer.read().unwrap().release();
    /// assert!(consumer.is_empty());
    /// ```
    pub fn release(self) {
        self.chunk.release(self.skipped + HEADER + self.len);
    }
}

impl Deref for RecordRead<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        let (first, second) = self.chunk.as_slices();
        let record = if self.skipped == 0 { first } else { second };
        some_or_panic!(record.get(HEADER..HEADER + self.len), "C1: a record")
    }
}

impl fmt::Debug for RecordRead<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordRead")
            .field("len", &self.len)
            .finish()
    }
}

impl fmt::Debug for RecordProducer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordProducer")
            .field("longest", &self.longest())
            .finish()
    }
}

impl fmt::Debug for RecordConsumer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordConsumer")
            .field("empty", &self.is_empty())
            .finish()
    }
}
