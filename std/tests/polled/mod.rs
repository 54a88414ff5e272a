//! Futures, streams and sinks that are polled by hand.
#![allow(dead_code)] // Each file uses its part.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

use futures_core::Stream;
use futures_sink::Sink;

/// Counts how often it is woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// A task that is polled by hand.
pub(crate) struct Task {
    woken: Arc<Woken>,
    waker: Waker,
}

impl Task {
    pub(crate) fn new() -> Self {
        let woken = Arc::new(Woken::default());
        let waker = woken.clone().into();
        Task { woken, waker }
    }

    /// How often it was woken since the last question.
    pub(crate) fn woken(&self) -> usize {
        self.woken.0.swap(0, SeqCst)
    }

    pub(crate) fn poll<F: Future>(&self, future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(&self.waker))
    }

    pub(crate) fn next<S: Stream + Unpin>(&self, stream: &mut S) -> Poll<Option<S::Item>> {
        Pin::new(stream).poll_next(&mut Context::from_waker(&self.waker))
    }

    pub(crate) fn ready<M, S: Sink<M> + Unpin>(&self, sink: &mut S) -> Poll<Result<(), S::Error>> {
        Pin::new(sink).poll_ready(&mut Context::from_waker(&self.waker))
    }

    pub(crate) fn flush<M, S: Sink<M> + Unpin>(&self, sink: &mut S) -> Poll<Result<(), S::Error>> {
        Pin::new(sink).poll_flush(&mut Context::from_waker(&self.waker))
    }

    pub(crate) fn close<M, S: Sink<M> + Unpin>(&self, sink: &mut S) -> Poll<Result<(), S::Error>> {
        Pin::new(sink).poll_close(&mut Context::from_waker(&self.waker))
    }
}

/// Gives a message to a sink that is ready.
pub(crate) fn give<M, S: Sink<M> + Unpin>(sink: &mut S, message: M) -> Result<(), S::Error> {
    Pin::new(sink).start_send(message)
}
