//! [`Bodies`]: memory for the bodies that come by one wire, used again.
//!
//! An allocator gives memory of some size back to the system soon. To get it anew for each message
//! costs a page fault for each of its pages, and an interrupt of the other cores for each that is
//! given back: together as much as the copy out of the system's buffers.

#![forbid(unsafe_code)]

use std::sync::{Arc, Mutex};

use crate::message::Frame;
use crate::panic_guard::locked;

/// How many bytes a wire keeps for bodies to come.
const KEPT: usize = 1 << 20;

/// Memory that no body is in.
#[derive(Default)]
pub(super) struct Bodies(Arc<Mutex<Vec<Vec<u8>>>>);

impl Bodies {
    /// An empty vector; it has room for `len` bytes if one with so much was kept, or if `len` is not
    /// more than `at_once`.
    pub(super) fn take(&self, len: usize, at_once: usize) -> Vec<u8> {
        let mut kept = locked(&self.0);
        let fits = kept.iter().rposition(|body| body.capacity() >= len);
        match fits {
            Some(at) => kept.swap_remove(at),
            None => {
                drop(kept);
                Vec::with_capacity(len.min(at_once))
            }
        }
    }

    /// A frame of this body, whose memory comes back when the last share of it is dropped.
    pub(super) fn frame(&self, bytes: Vec<u8>) -> Frame {
        Frame::from_owner(Body {
            bytes,
            home: self.0.clone(),
        })
    }
}

struct Body {
    bytes: Vec<u8>,
    home: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl AsRef<[u8]> for Body {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        // Its wire is gone.
        if Arc::strong_count(&self.home) == 1 {
            return;
        }
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        let mut kept = locked(&self.home);
        let sum: usize = kept.iter().map(Vec::capacity).sum();
        if sum + bytes.capacity() <= KEPT {
            kept.push(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_comes_back_with_the_last_share() {
        let bodies = Bodies::default();
        let mut body = bodies.take(20_000, usize::MAX);
        body.extend([7; 20_000]);
        let at = body.as_ptr();
        let frame = bodies.frame(body);
        let share = frame.clone();
        drop(frame);
        let other = bodies.take(100, usize::MAX);
        assert_ne!(other.as_ptr(), at);
        assert_eq!(*share, [7; 20_000]);
        drop(share);
        let larger = bodies.take(30_000, usize::MAX);
        assert_ne!(larger.as_ptr(), at);
        let again = bodies.take(10_000, usize::MAX);
        assert_eq!((again.as_ptr(), again.len()), (at, 0));
    }

    #[test]
    fn no_more_is_kept_than_a_wire_may_keep() {
        let bodies = Bodies::default();
        let all: Vec<_> = (0..5)
            .map(|_| bodies.frame(Vec::with_capacity(KEPT / 4)))
            .collect();
        drop(all);
        assert_eq!(locked(&bodies.0).len(), 4);
        drop(bodies.frame(Vec::with_capacity(KEPT + 1)));
        assert_eq!(locked(&bodies.0).len(), 4);
    }

    #[test]
    fn nothing_is_reserved_on_announcement() {
        let bodies = Bodies::default();
        assert!(bodies.take(1 << 40, 1 << 16).capacity() <= 1 << 16);
    }
}
