//! Where a panic points to, and what it says.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::Once;

/// A panic, as the hook is told of it.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) words: String,
}

thread_local! {
    static TOLD: RefCell<Option<Told>> = const { RefCell::new(None) };
}

/// What `f` panics with, if it does. Panics of other threads go to the hook that was there before.
pub(crate) fn panic_of<R>(f: impl FnOnce() -> R) -> Option<Told> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            let Some(place) = panic.location() else {
                return before(panic);
            };
            let payload = panic.payload();
            let words = payload.downcast_ref::<&str>().copied();
            let words = words.or(payload.downcast_ref::<String>().map(String::as_str));
            let told = Told {
                file: place.file().to_string(),
                line: place.line(),
                words: words.unwrap_or_default().to_string(),
            };
            TOLD.set(Some(told));
            before(panic);
        }));
    });
    TOLD.set(None);
    catch_unwind(AssertUnwindSafe(|| drop(f()))).err()?;
    TOLD.take()
}

/// Asserts that an expression panics, that the panic points to this line, and that its words contain these.
macro_rules! panics_here {
    ($words:expr, $expression:expr) => {{
        let (file, line) = (file!(), line!());
        let told = $crate::told::panic_of(|| $expression);
        let told = told.expect(concat!(stringify!($expression), " does not panic"));
        assert_eq!(
            (told.file.as_str(), told.line),
            (file, line),
            "{} points elsewhere: {}",
            stringify!($expression),
            told.words
        );
        assert!(
            told.words.contains($words),
            "{} says {:?}, not {:?}",
            stringify!($expression),
            told.words,
            $words
        );
    }};
}
pub(crate) use panics_here;
