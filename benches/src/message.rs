//! Messages that carry a stamp, and the check of what arrived: a queue that loses messages must not win.
//!
//! A stamp is `lane << 56 | number`. A *lane* is a stream whose order has to survive, that is one producer (or, in a
//! pipeline, one worker); its numbers run from 1. A receiver keeps a [`Seen`]: within a lane the numbers it sees must
//! rise. The `Seen`s of all receivers together must then show the right count, the right sum and the right sum of
//! squares of the numbers sent, which a lost or doubled message would change.

/// How many lanes a run has at most.
pub const LANES: usize = 32;

const NUMBER_BITS: u32 = 56;
const NUMBER_MASK: u64 = (1 << NUMBER_BITS) - 1;

/// The stamp of message `number` (from 1) of a lane.
#[inline(always)]
pub const fn stamp(lane: usize, number: u64) -> u64 {
    (lane as u64) << NUMBER_BITS | number
}

/// The same number in another lane.
#[inline(always)]
pub const fn to_lane(lane: usize, stamp_: u64) -> u64 {
    stamp(lane, stamp_ & NUMBER_MASK)
}

/// Something that carries a stamp.
pub trait Message: Send + 'static {
    /// Writes the stamp at both ends of the message.
    fn write(&mut self, stamp: u64);
    /// The stamp, or `None` when the two ends do not agree: the message was torn.
    fn read(&self) -> Option<u64>;
}

/// A message that is made by value for every send.
pub trait Fresh: Message + Copy {
    /// A message with this stamp.
    fn stamped(stamp: u64) -> Self;
}

impl Message for u64 {
    #[inline(always)]
    fn write(&mut self, stamp: u64) {
        *self = stamp;
    }
    #[inline(always)]
    fn read(&self) -> Option<u64> {
        Some(*self)
    }
}

impl Fresh for u64 {
    #[inline(always)]
    fn stamped(stamp: u64) -> Self {
        stamp
    }
}

impl<const N: usize> Message for [u8; N] {
    #[inline(always)]
    fn write(&mut self, stamp: u64) {
        write_ends(self, stamp);
    }
    #[inline(always)]
    fn read(&self) -> Option<u64> {
        read_ends(self)
    }
}

impl<const N: usize> Fresh for [u8; N] {
    #[inline(always)]
    fn stamped(stamp: u64) -> Self {
        let mut message = [0; N];
        message.write(stamp);
        message
    }
}

/// A value of kilobytes.
pub type Large = [u8; 16 * 1024];

/// A buffer that is passed on by ownership.
pub type Block = Box<[u8]>;

impl Message for Block {
    #[inline(always)]
    fn write(&mut self, stamp: u64) {
        write_ends(self, stamp);
    }
    #[inline(always)]
    fn read(&self) -> Option<u64> {
        read_ends(self)
    }
}

/// Writes a stamp into the first and the last eight bytes.
#[inline(always)]
pub fn write_ends(bytes: &mut [u8], stamp: u64) {
    let stamp = stamp.to_le_bytes();
    if let Some(first) = bytes.first_chunk_mut() {
        *first = stamp;
    }
    if let Some(last) = bytes.last_chunk_mut() {
        *last = stamp;
    }
}

/// Reads what [`write_ends`] wrote, if both ends agree.
#[inline(always)]
pub fn read_ends(bytes: &[u8]) -> Option<u64> {
    let (first, last) = (bytes.first_chunk()?, bytes.last_chunk()?);
    (first == last).then(|| u64::from_le_bytes(*first))
}

/// What one receiver saw.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    last: [u64; LANES],
    count: u64,
    sum: u64,
    squares: u64,
    faults: u64,
}

impl Seen {
    /// Notes one message.
    #[inline(always)]
    pub fn note(&mut self, stamp: Option<u64>) {
        let Some(stamp) = stamp else {
            self.faults += 1;
            return;
        };
        let (lane, number) = ((stamp >> NUMBER_BITS) as usize % LANES, stamp & NUMBER_MASK);
        self.faults += u64::from(number <= self.last[lane]);
        self.last[lane] = number;
        self.count += 1;
        self.sum = self.sum.wrapping_add(number);
        self.squares = self.squares.wrapping_add(number.wrapping_mul(number));
    }

    /// Notes a fault that the receiver found by itself.
    pub fn fault(&mut self, faults: u64) {
        self.faults += faults;
    }

    /// How many messages were noted.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Adds what another receiver saw.
    pub fn merge(&mut self, other: &Seen) {
        self.count += other.count;
        self.sum = self.sum.wrapping_add(other.sum);
        self.squares = self.squares.wrapping_add(other.squares);
        self.faults += other.faults;
    }

    /// Returns `true` if these were the messages `1..=each` of `lanes` lanes.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn verify(&self, lanes: u64, each: u64) -> Result<(), String> {
        if self.faults > 0 {
            return Err(format!("{} messages torn or out of order", self.faults));
        }
        if self.count != lanes * each {
            return Err(format!("{} messages of {}", self.count, lanes * each));
        }
        let (mut sum, mut squares) = (0u64, 0u64);
        for number in 1..=each {
            sum = sum.wrapping_add(number);
            squares = squares.wrapping_add(number.wrapping_mul(number));
        }
        if self.sum != sum.wrapping_mul(lanes) || self.squares != squares.wrapping_mul(lanes) {
            return Err("messages lost and others doubled".to_owned());
        }
        Ok(())
    }
}
