//! [`Stream`]: a connection in memory, which gives and takes pieces of sizes that the fuzzer chooses.

use std::cell::{Cell, RefCell};
use std::io::{self, IoSlice};

use bytes::BufMut;

use super::targets::piece;

pub(super) struct Stream {
    comes: Vec<u8>,
    read: Cell<usize>,
    /// The sizes of pieces, again and again; 0: nothing for now.
    pieces: Vec<u8>,
    next: Cell<usize>,
    pub(super) written: RefCell<Vec<u8>>,
}

pub(super) enum Found {
    Bytes,
    Nothing,
    TheEnd,
}

impl Stream {
    pub(super) fn new(comes: &[u8], pieces: &[u8]) -> Self {
        Stream {
            comes: comes.to_vec(),
            read: Cell::new(0),
            pieces: pieces.to_vec(),
            next: Cell::new(0),
            written: RefCell::default(),
        }
    }

    fn piece(&self) -> usize {
        let turn = self.next.get();
        self.next.set(turn + 1);
        piece(&self.pieces, turn)
    }

    pub(super) fn read(
        &self,
        buffer: &mut impl BufMut,
        _room: usize,
        most: usize,
    ) -> io::Result<Found> {
        let rest = &self.comes[self.read.get()..];
        if rest.is_empty() {
            return Ok(Found::TheEnd);
        }
        let len = self.piece().min(most).min(rest.len());
        buffer.put_slice(&rest[..len]);
        self.read.set(self.read.get() + len);
        match len {
            0 => Ok(Found::Nothing),
            _ => Ok(Found::Bytes),
        }
    }

    pub(super) fn write(&self, from: &[IoSlice<'_>]) -> io::Result<usize> {
        let (mut left, mut taken) = (self.piece(), 0);
        for slice in from {
            let len = left.min(slice.len());
            self.written.borrow_mut().extend_from_slice(&slice[..len]);
            (left, taken) = (left - len, taken + len);
        }
        Ok(taken)
    }
}
