//! A socket that owns its context: the core's socket borrows a context, and the facade's has a share of it.
//!
//! * **I1** The core's socket never leaves its [`OwnedSocket`], which drops it before the share of its context.
//! * **I2** The context that a share leads to does not move, and lives as long as a share of it.
//! * **I3** The core's socket is there from `open` to the drop.

#![allow(unsafe_code)]

use std::mem::MaybeUninit;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use gimmal_core::error::socket::OpenError;
use gimmal_core::socket::{Pattern, Socket};

use crate::heap::HeapContext;

/// A socket of the core, and the share that keeps its context.
///
/// The socket lies in a `MaybeUninit`, which makes no claim about the references in it: whoever passes an `OwnedSocket` by
/// value would else claim that the context outlives that call, and the call may be the one that ends the context.
pub(crate) struct OwnedSocket<T: Send + 'static, P: Pattern + 'static> {
    socket: MaybeUninit<Socket<'static, T, P>>,
    /// Dropped after the socket (I1).
    context: Arc<HeapContext<T>>,
}

impl<T: Send + 'static, P: Pattern> OwnedSocket<T, P> {
    /// Opens a socket in the context.
    pub(crate) fn open(context: &Arc<HeapContext<T>>) -> Result<Self, OpenError> {
        // SAFETY: I1, I2: the socket, which alone keeps this reference, is dropped before this share.
        let kept: &'static HeapContext<T> = unsafe { &*Arc::as_ptr(context) };
        Ok(OwnedSocket {
            socket: MaybeUninit::new(kept.open()?),
            context: context.clone(),
        })
    }

    /// Its context.
    pub(crate) fn context(&self) -> &HeapContext<T> {
        &self.context
    }
}

impl<T: Send + 'static, P: Pattern> Deref for OwnedSocket<T, P> {
    type Target = Socket<'static, T, P>;

    fn deref(&self) -> &Socket<'static, T, P> {
        // SAFETY: I3.
        unsafe { self.socket.assume_init_ref() }
    }
}

impl<T: Send + 'static, P: Pattern> DerefMut for OwnedSocket<T, P> {
    fn deref_mut(&mut self) -> &mut Socket<'static, T, P> {
        // SAFETY: I3.
        unsafe { self.socket.assume_init_mut() }
    }
}

impl<T: Send + 'static, P: Pattern> Drop for OwnedSocket<T, P> {
    fn drop(&mut self) {
        // SAFETY: I3, and the last use of it; the share is dropped after this.
        unsafe { self.socket.assume_init_drop() };
    }
}
