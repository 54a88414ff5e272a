//! Where a call is: the scanner's answer against the compiler's.
//!
//! The accesses below do nothing but note where they were called from. The scanner reads this very file and must find the
//! same places in the same order, each with the tag that counts it. So a change of compiler, of formatting or of the
//! scanner that would make seeded faults miss their sites fails here first.

use std::cell::RefCell;
use std::panic::Location;
use std::sync::atomic::Ordering::{self, Acquire, Relaxed, Release, SeqCst};

use super::accesses;

thread_local! {
    static PLACES: RefCell<Vec<(usize, usize)>> = const { RefCell::new(Vec::new()) };
}

#[track_caller]
fn note() -> usize {
    let here = Location::caller();
    PLACES.with_borrow_mut(|places| places.push((here.line() as usize, here.column() as usize)));
    0
}

#[track_caller]
fn fence(_: Ordering) -> usize {
    note()
}

/// Looks like an atomic.
struct Word;

impl Word {
    #[track_caller]
    fn load(&self, _: Ordering) -> usize {
        note()
    }
    #[track_caller]
    fn fetch_add(&self, _: usize, _: Ordering) -> usize {
        note()
    }
    #[track_caller]
    fn compare_exchange(
        &self,
        _: usize,
        _: usize,
        _: Ordering,
        _: Ordering,
    ) -> Result<usize, usize> {
        Ok(note())
    }
    fn same(&self) -> &Word {
        self
    }
}

macro_rules! step {
    ($name:literal, $value:expr, else $other:expr) => {
        if $name.is_empty() { $other } else { $value }
    };
    ($name:literal, $body:expr) => {
        if !$name.is_empty() {
            $body;
        }
    };
}

macro_rules! through {
    ($($tokens:tt)*) => { $($tokens)* };
}

#[rustfmt::skip] // The breaks are the point.
fn calls(word: &Word) -> usize {
    let mut sum = word.load(Acquire); // E1
    sum += word
        .same()
        .load(Ordering::Acquire); // E2: on a later line than its statement's first
    /* é */ sum += word.load(SeqCst); // E3
    // E4
    sum += word.fetch_add(1, Release);
    let swapped = word.compare_exchange(
        0,
        1,
        Release, // E5
        Relaxed, // R: nothing is read on failure
    );
    step!("probe-value", word.load(Acquire), else 0); // E6
    step!("probe-block", {
        sum += fence(SeqCst); // E7
    });
    self::fence(SeqCst); // E8
    through! {
        sum += word.load(Acquire); // E9, R: a tag and a reason
    }
    match swapped {
        Ok(0) => word.load(Acquire), // E10
        Ok(_) | Err(_) if sum > 0 => word.fetch_add(
            word.load(Acquire), // E12
            Release,            // E11
        ),
        _ => word.load(Acquire) // E13
            + word.load(Acquire), // E14
    }
}

/// Compares the two answers.
pub(crate) fn check() -> Result<(), String> {
    let word = Word;
    calls(&word);
    let called = PLACES.take();
    let scanned = accesses::accesses(include_str!("probe.rs"));
    let mut at = 0;
    for (n, access) in scanned.iter().enumerate() {
        let tags: Vec<&str> = access.tags.iter().map(|tag| tag.edge.as_str()).collect();
        if tags != [format!("E{}", n + 1)] {
            return Err(format!(
                "access {} at line {} has the tags {tags:?}",
                n + 1,
                access.line
            ));
        }
        // Those in arms that are not taken are found, but not called.
        if called.get(at) == Some(&(access.line, access.col)) {
            at += 1;
        }
    }
    if at != called.len() || scanned.len() != 14 {
        return Err(format!("called at {called:?}, scanned {scanned:?}"));
    }
    let steps: Vec<String> = accesses::steps(include_str!("probe.rs"))
        .into_iter()
        .map(|s| s.0)
        .collect();
    if steps != ["probe-value", "probe-block"] {
        return Err(format!("steps {steps:?}"));
    }
    Ok(())
}
