//! Wakers that can be watched, and that can do anything.

#![allow(unsafe_code)] // The cloning and the dropping of a waker show only in a table made by hand.

use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Wake, Waker};

/// Polls once.
pub(crate) fn poll<F: Future + ?Sized>(future: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(waker))
}

/// A waker that counts.
#[derive(Default)]
pub(crate) struct Counted(AtomicUsize);

impl Counted {
    pub(crate) fn new() -> (Arc<Counted>, Waker) {
        let counted = Arc::new(Counted::default());
        (counted.clone(), Waker::from(counted))
    }

    /// How often it was woken.
    pub(crate) fn wakes(&self) -> usize {
        self.0.load(SeqCst)
    }

    /// How many wakers of it exist beside the one that `new` gave.
    pub(crate) fn kept(self: &Arc<Self>) -> usize {
        Arc::strong_count(self) - 2
    }
}

impl Wake for Counted {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

type Action = Box<dyn Fn() + Send + Sync>;

/// A waker that does as it was told when it is cloned, woken and dropped.
pub(crate) struct Scripted {
    pub(crate) clone: Action,
    pub(crate) wake: Action,
    pub(crate) drop: Action,
}

impl Default for Scripted {
    fn default() -> Self {
        Scripted {
            clone: Box::new(|| ()),
            wake: Box::new(|| ()),
            drop: Box::new(|| ()),
        }
    }
}

// A static: two wakers of one script are the same only if they point to the same table.
static TABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop_waker);

impl Scripted {
    pub(crate) fn waker(self) -> Waker {
        let data = Arc::into_raw(Arc::new(self));
        // SAFETY: the table treats the pointer as one count of an `Arc<Scripted>`, which is `Send` and `Sync`.
        unsafe { Waker::from_raw(RawWaker::new(data.cast(), &TABLE)) }
    }
}

/// The script of a waker that lives, borrowed: its count is not ours.
///
/// # Safety
/// `data` is the pointer of a waker made by `Scripted::waker`, and that waker lives.
unsafe fn script(data: *const ()) -> ManuallyDrop<Arc<Scripted>> {
    // SAFETY: by the contract.
    ManuallyDrop::new(unsafe { Arc::from_raw(data.cast()) })
}

fn clone(data: *const ()) -> RawWaker {
    // SAFETY: the waker that is being cloned lives.
    let script = unsafe { script(data) };
    (script.clone)();
    RawWaker::new(Arc::into_raw(Arc::clone(&script)).cast(), &TABLE)
}

fn wake(data: *const ()) {
    /// Its count, which ends also if the script panics.
    struct Count(*const ());
    impl Drop for Count {
        fn drop(&mut self) {
            drop_waker(self.0);
        }
    }
    let count = Count(data);
    wake_by_ref(count.0);
}

fn wake_by_ref(data: *const ()) {
    // SAFETY: the waker that is being used lives.
    let script = unsafe { script(data) };
    (script.wake)();
}

fn drop_waker(data: *const ()) {
    // SAFETY: the count of the waker that ends here is ours now.
    let script = unsafe { Arc::<Scripted>::from_raw(data.cast()) };
    (script.drop)();
}
