//! L2: records of bytes in an SPSC ring: what their user sees is on the page of [`records`](super).
//!
//! A record is a header of two bytes, its length, and its bytes. It lies in one piece: if it does
//! not fit behind the last one before the end of the array, the rest of the array is skipped. What
//! is skipped begins with the length [`SKIP`], or is a single byte, and is published together with
//! the record behind it.
//!
//! * **C1** Only these handles touch the ring, so what is in it is whole records, and skipped bytes
//!   only in front of one.
//! * **C2** A record and its header take at most half of the ring, rounded up. So once the ring is
//!   empty there is room for it on one side or the other, wherever the positions stand.
//! * **C3** Every byte that is published has been written: memory is only read where it is
//!   initialised.

#![allow(unsafe_code)]

use core::fmt;
use core::mem::MaybeUninit;
use core::ops::{Deref, DerefMut};
use core::slice;

use crate::error::{Empty, ReserveError};
use crate::panic_without_fmt::some_or_panic;
use crate::ring::slot::Slot;
use crate::ring::spsc::{ConsumerOf, ConsumerView, Ring, RingView};
use crate::ring::spsc::{ProducerOf, ProducerView};
use crate::shim::{CachedIndex, RaceCheck, const_fn};
