//! L6: a socket leaves a link: it ends the link from its side, and gives its end back to the context.

#![forbid(unsafe_code)]

use super::pipe::{Direction, In, Out, PipeEnd};
use super::registry::Registry;

/// A side of a pipe that can be given back to the context.
pub(crate) trait Detach: Direction {
    /// Gives the end back; `lost` messages were dropped with it.
    fn return_end<T>(registry: &dyn Registry<T>, end: PipeEnd<T, Self>, lost: usize);
}

impl Detach for Out {
    fn return_end<T>(registry: &dyn Registry<T>, end: PipeEnd<T, Out>, _lost: usize) {
        registry.detach_out(end);
    }
}

impl Detach for In {
    fn return_end<T>(registry: &dyn Registry<T>, end: PipeEnd<T, In>, lost: usize) {
        registry.detach_in(end, lost);
    }
}

/// Ends the link from the side of this end, and gives the end back to the context. Returns how many messages were dropped. If a
/// destructor or a waker panics, the rest is done all the same.
pub(crate) fn detach<T, D: Detach>(end: PipeEnd<T, D>, registry: &dyn Registry<T>) -> usize {
    let mut rest = Rest {
        registry,
        unread: end.pipe().len(),
        end: Some(end),
        lost: None,
    };
    let lost = rest.close();
    rest.lost = Some(lost);
    lost
}

/// What is left to do of [`detach`].
struct Rest<'l, T, D: Detach> {
    registry: &'l dyn Registry<T>,
    /// Until it is given back.
    end: Option<PipeEnd<T, D>>,
    unread: usize,
    /// `None`: the end was cut short by a panic.
    lost: Option<usize>,
}

impl<T, D: Detach> Rest<'_, T, D> {
    fn close(&self) -> usize {
        let end = self.end.as_ref();
        end.map_or(0, |end| end.close(self.registry.slots()))
    }
}

impl<T, D: Detach> Drop for Rest<'_, T, D> {
    fn drop(&mut self) {
        // Cut short it is ended once more: what was dropped the first time is not dropped again.
        let again = || self.close().max(self.unread);
        let lost = self.lost.unwrap_or_else(again);
        if let Some(end) = self.end.take() {
            D::return_end(self.registry, end, lost);
        }
    }
}
