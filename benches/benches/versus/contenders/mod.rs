//! The contenders: one file for each library, and here the only place that knows which were compiled.

mod gimmal;
mod std;

use crate::book::Rows;
#[cfg(not(feature = "net"))]
use ::std::process::ExitCode;

/// Declares the libraries behind features, and enters them or notes that they are missing.
macro_rules! rivals {
    ($($library:ident = $feature:literal),+ $(,)?) => {
        $(
            #[cfg(feature = $feature)]
            mod $library;
        )+

        fn enter_rivals(book: &mut Rows) {
            $(
                #[cfg(feature = $feature)]
                $library::enter(book);
                if !cfg!(feature = $feature) {
                    book.miss($feature);
                }
            )+
        }
    };
}

rivals! {
    async_lock = "async-lock",
    crossbeam = "crossbeam",
    crossfire = "crossfire",
    event_listener = "event-listener",
    flume = "flume",
    heapless = "heapless",
    kanal = "kanal",
    libzmq = "net",
    omq = "omq",
    parking_lot = "parking_lot",
    rayon = "rayon",
    ringbuf = "ringbuf",
    rtrb = "rtrb",
    spin = "spin",
    thingbuf = "thingbuf",
    threadpool = "threadpool",
    tokio = "tokio",
    zeromq = "zeromq",
    zmq = "zmq",
}

/// The libzmq in a child process that the rows `net/…` talk to.
#[cfg(feature = "net")]
pub(crate) use libzmq::be_the_peer;

/// Without libzmq nobody takes part in the rows `net/…`, and nobody asks for a peer.
#[cfg(not(feature = "net"))]
pub(crate) fn be_the_peer(_: impl Iterator<Item = String>) -> ExitCode {
    ExitCode::FAILURE
}

/// Enters everybody.
pub(crate) fn enter(book: &mut Rows) {
    gimmal::enter(book);
    std::enter(book);
    enter_rivals(book);
}
