//! L9: `embedded_io_async` for the ends of SPSC channels of bytes.

#![forbid(unsafe_code)]

use core::convert::Infallible;

use embedded_io_async::{BufRead, Read, Write};

use crate::channel::spsc::{Hold, ReceiverOf, SenderOf};
use crate::error::Closed;
use crate::ring::spsc::Erase;
use crate::ring::{Slot, Storage};

impl<C: Hold> Write for SenderOf<C>
where
    C::Slots: Storage<Slot = Slot<u8>> + Erase<u8>,
{
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Closed> {
        self.send_slice(bytes).await
    }

    async fn flush(&mut self) -> Result<(), Closed> {
        Ok(())
    }
}

impl<C: Hold> Read for ReceiverOf<C>
where
    C::Slots: Storage<Slot = Slot<u8>> + Erase<u8>,
{
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        let received = self.recv_slice(buffer).await;
        Ok(received.unwrap_or(0)) // Closed is the end.
    }
}

impl<C: Hold> BufRead for ReceiverOf<C>
where
    C::Slots: Storage<Slot = Slot<u8>> + Erase<u8>,
{
    async fn fill_buf(&mut self) -> Result<&[u8], Infallible> {
        // Closed is the end: an empty slice.
        let _ = self.wait_readable().await;
        Ok(self.peek_slice())
    }

    fn consume(&mut self, amount: usize) {
        self.skip(amount);
    }
}
