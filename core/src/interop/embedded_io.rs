//! L9: `embedded_io` for the ends of SPSC rings and channels of bytes.

#![forbid(unsafe_code)]

use core::convert::Infallible;

use embedded_io::{BufRead, Error, ErrorKind, ErrorType, Read, ReadReady, Write, WriteReady};

use crate::channel::spsc::{Hold, ReceiverOf, SenderOf};
use crate::error::{Closed, Empty, Full};
use crate::ring::spsc::{ConsumerOf, Erase, ProducerOf};
use crate::ring::{Slot, Storage};
use crate::wait::block_on;

impl Error for Full<()> {
    fn kind(&self) -> ErrorKind {
        ErrorKind::WriteZero
    }
}

impl Error for Empty {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}

impl Error for Closed {
    fn kind(&self) -> ErrorKind {
        ErrorKind::BrokenPipe
    }
}

impl<S: Storage<Slot = Slot<u8>> + ?Sized> ErrorType for ProducerOf<'_, S> {
    type Error = Full<()>;
}

impl<S: Storage<Slot = Slot<u8>> + Erase<u8> + ?Sized> Write for ProducerOf<'_, S> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Full<()>> {
        match self.push_slice(bytes) {
            0 if !bytes.is_empty() => Err(Full(())),
            written => Ok(written),
        }
    }

    fn flush(&mut self) -> Result<(), Full<()>> {
        Ok(())
    }
}

impl<S: Storage<Slot = Slot<u8>> + Erase<u8> + ?Sized> WriteReady for ProducerOf<'_, S> {
    fn write_ready(&mut self) -> Result<bool, Full<()>> {
        Ok(!self.is_full())
    }
}

impl<S: Storage<Slot = Slot<u8>> + ?Sized> ErrorType for ConsumerOf<'_, S> {
    type Error = Empty;
}

impl<S: Storage<Slot = Slot<u8>> + Erase<u8> + ?Sized> Read for ConsumerOf<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Empty> {
        match self.pop_slice(buffer) {
            0 if !buffer.is_empty() => Err(Empty),
            read => Ok(read),
        }
    }
}

impl<S: Storage<Slot = Slot<u8>> + Erase<u8> + ?Sized> BufRead for ConsumerOf<'_, S> {
    fn fill_buf(&mut self) -> Result<&[u8], Empty> {
        match self.read_chunk_up_to(usize::MAX).into_slices().0 {
            [] => Err(Empty),
            bytes => Ok(bytes),
        }
    }

    fn consume(&mut self, amount: usize) {
        let chunk = self.read_chunk_up_to(amount);
        let n = chunk.len();
        chunk.release(n);
    }
}

impl<S: Storage<Slot = Slot<u8>> + Erase<u8> + ?Sized> ReadReady for ConsumerOf<'_, S> {
    fn read_ready(&mut self) -> Result<bool, Empty> {
        Ok(!self.is_empty())
    }
}

impl<C: Hold> ErrorType for SenderOf<C>
where
    C::Slots: Storage<Slot = Slot<u8>>,
{
    type Error = Closed;
}

/// Writes, and waits for room, spinning.
///
/// # Examples
/// ```
/// use embedded_io::{Read, Write};
/// use gimmal_core::channel::spsc::Channel;
///
/// static SERIAL: Channel<u8, 64> = Channel::new();
///
/// let (mut writer, mut reader) = SERIAL.try_split().expect("nobody holds the ends");
/// write!(writer, "t={}", 21).unwrap();
/// writer.close();
/// let mut line = [0; 16];
/// let n = reader.read(&mut line).unwrap();
/// assert_eq!(&line[..n], b"t=21");
/// ```
impl<C: Hold> Write for SenderOf<C>
where
    C::Slots: Storage<Slot = Slot<u8>> + Erase<u8>,
{
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Closed> {
        block_on(self.sending_slice(bytes))
    }

    fn flush(&mut self) -> Result<(), Closed> {
        Ok(())
    }
}

impl<C: Hold> WriteReady for SenderOf<C>
where
    C::Slots: Storage<Slot = Slot<u8>> + Erase<u8>,
{
    fn write_ready(&mut self) -> Result<bool, Closed> {
        Ok(!self.is_full() || self.is_closed())
    }
}

impl<C: Hold> ErrorType for ReceiverOf<C>
where
    C::Slots: Storage<Slot = Slot<u8>>,
{
    type Error = Infallible;
}

impl<C: Hold> Read for ReceiverOf<C>
where
    C::Slots: Storage<Slot = Slot<u8>> + Erase<u8>,
{
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        let received = block_on(self.receiving_slice(buffer));
        Ok(received.unwrap_or(0)) // Closed is the end.
    }
}

impl<C: Hold> BufRead for ReceiverOf<C>
where
    C::Slots: Storage<Slot = Slot<u8>> + Erase<u8>,
{
    fn fill_buf(&mut self) -> Result<&[u8], Infallible> {
        // Closed is the end: an empty slice.
        let _ = block_on(self.filling());
        Ok(self.peek_slice())
    }

    fn consume(&mut self, amount: usize) {
        self.skip(amount);
    }
}

impl<C: Hold> ReadReady for ReceiverOf<C>
where
    C::Slots: Storage<Slot = Slot<u8>> + Erase<u8>,
{
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(!self.is_empty() || self.is_closed())
    }
}
