//! The contenders: one file for each library, and here the only place that knows which were compiled.

mod gimmal;
mod std;

use crate::book::Book;

/// Declares the libraries behind features, and enters them or notes that they are missing.
macro_rules! rivals {
    ($($library:ident = $feature:literal),+ $(,)?) => {
        $(
            #[cfg(feature = $feature)]
            mod $library;
        )+

        fn enter_rivals(book: &mut Book) {
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
    parking_lot = "parking_lot",
    rayon = "rayon",
    ringbuf = "ringbuf",
    rtrb = "rtrb",
    spin = "spin",
    thingbuf = "thingbuf",
    threadpool = "threadpool",
    tokio = "tokio",
    zmq = "zmq",
}

/// Enters everybody.
pub(crate) fn enter(book: &mut Book) {
    gimmal::enter(book);
    std::enter(book);
    enter_rivals(book);
}
