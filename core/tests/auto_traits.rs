//! Which types may cross threads, which may be shared, which may move once pinned, which survive a caught panic.
//!
//! The matrix: payloads that differ in `Send` and `Sync`, times every public type that carries one. A type is described by
//! a rule over the payload, so that a bound that is one too few or one too many shows (B50 of the museum: most unsound
//! queues of a decade lacked one).
//!
//! | payload | `Send` | `Sync` |
//! |---|---|---|
//! | `u32` | yes | yes |
//! | `Cell<u8>` | yes | no |
//! | `MutexGuard<'static, u8>` | no | yes |
//! | `Rc<u8>`, `*mut u8`, `&'static Cell<u8>` | no | no |

use std::cell::Cell;
use std::future::Ready;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;
use std::sync::MutexGuard;

use gimmal_core::channel::{mpmc as mpmc_channel, spsc as spsc_channel};
use gimmal_core::poll::{Poller, select};
use gimmal_core::pool::{Loan, Pool};
use gimmal_core::ring::{Slot, TurnSlot, exact, mpmc, spsc};
use gimmal_core::sync::{
    Arriving, AwaitingNotification, Barrier, BoundedSemaphore, Condition, Event, Lock, LockGuard,
    MappedLockGuard, NotificationGuard, Permit, Semaphore, WaitOutcome,
};
use gimmal_core::wait::{Phase, Spin, Until, WaitCell, WaitQueue};
use gimmal_core::{CachePadded, error};

/// Stands for a type, also for one that cannot be named.
struct Type<T>(PhantomData<T>);

/// The type that `make` would make. It is never called.
fn made_by<T>(_make: impl FnOnce() -> T) -> Type<T> {
    Type(PhantomData)
}

/// A barrier whose action owns what `make` would make.
fn acting<T: 'static>(make: impl FnOnce() -> T) -> &'static Barrier<impl Fn()> {
    fn of<F: Fn()>(_action: impl FnOnce() -> F) -> &'static Barrier<F> {
        any()
    }
    of(|| {
        let owned = make();
        move || {
            let _ = &owned;
        }
    })
}

/// For the closures of `made_by`.
fn any<T>() -> T {
    unreachable!("only the type is asked for")
}

/// A trait with `yes` for types that have the auto trait and, one reference further away, `no` for all.
macro_rules! question {
    ($module:ident, $auto:ident) => {
        mod $module {
            use super::*;

            pub(super) trait Yes {
                fn answer(&self) -> bool;
            }
            impl<T: $auto> Yes for Type<T> {
                fn answer(&self) -> bool {
                    true
                }
            }
            pub(super) trait No {
                fn answer(&self) -> bool;
            }
            impl<T> No for &Type<T> {
                fn answer(&self) -> bool {
                    false
                }
            }
        }
    };
}
question!(send, Send);
question!(sync, Sync);
question!(unpin, Unpin);
question!(unwind, UnwindSafe);
question!(ref_unwind, RefUnwindSafe);

macro_rules! is {
    ($question:ident, $type:expr) => {{
        #[allow(unused_imports)]
        use $question::{No as _, Yes as _};
        #[allow(clippy::needless_borrow)]
        (&$type).answer()
    }};
}

const NEVER: fn(bool, bool) -> bool = |_, _| false;
const ALWAYS: fn(bool, bool) -> bool = |_, _| true;
const IF_SEND: fn(bool, bool) -> bool = |send, _| send;
const IF_SYNC: fn(bool, bool) -> bool = |_, sync| sync;
const IF_BOTH: fn(bool, bool) -> bool = |send, sync| send && sync;

/// One row of the matrix for one payload: the type's own answers against its rules.
macro_rules! row {
    ($payload:ty: $type:expr, $what:literal, $send_if:expr, $sync_if:expr) => {{
        let payload = made_by(any::<$payload>);
        let (send, sync) = (is!(send, payload), is!(sync, payload));
        let found = made_by($type);
        let name = concat!($what, " of ", stringify!($payload));
        assert_eq!(is!(send, found), $send_if(send, sync), "Send for {name}");
        assert_eq!(is!(sync, found), $sync_if(send, sync), "Sync for {name}");
    }};
}

/// All rows for one payload.
macro_rules! matrix {
    ($test:ident, $t:ty) => {
        #[test]
        fn $test() {
            // What hands values from one context to another shares none of them: `Send` is enough.
            row!($t: any::<Slot<$t>>, "Slot", IF_SEND, IF_SEND);
            row!($t: any::<TurnSlot<$t>>, "TurnSlot", IF_SEND, IF_SEND);
            row!($t: any::<spsc::Ring<$t, 4>>, "spsc::Ring", IF_SEND, IF_SEND);
            row!($t: any::<mpmc::Ring<$t, 4>>, "mpmc::Ring", IF_SEND, IF_SEND);
            row!($t: any::<exact::Ring<$t, 4>>, "exact::Ring", IF_SEND, IF_SEND);
            row!($t: any::<&'static exact::RingView<$t>>, "&exact::RingView", IF_SEND, IF_SEND);
            row!($t: any::<&'static spsc::RingView<$t>>, "&spsc::RingView", IF_SEND, IF_SEND);
            row!($t: any::<&'static mpmc::RingView<$t>>, "&mpmc::RingView", IF_SEND, IF_SEND);
            row!($t: any::<spsc_channel::Channel<$t, 4>>, "spsc::Channel", IF_SEND, IF_SEND);
            row!($t: any::<mpmc_channel::Channel<$t, 4>>, "mpmc::Channel", IF_SEND, IF_SEND);
            row!($t: any::<Pool<$t, 4>>, "Pool", IF_SEND, IF_SEND);
            // An end belongs to one context at a time: it may move, it is never shared.
            row!($t: any::<spsc::Producer<'static, $t, 4>>, "Producer", IF_SEND, NEVER);
            row!($t: any::<spsc::Consumer<'static, $t, 4>>, "Consumer", IF_SEND, NEVER);
            row!($t: any::<spsc::ProducerView<'static, $t>>, "ProducerView", IF_SEND, NEVER);
            row!($t: any::<spsc::ConsumerView<'static, $t>>, "ConsumerView", IF_SEND, NEVER);
            row!($t: any::<spsc_channel::Sender<'static, $t, 4>>, "Sender", IF_SEND, NEVER);
            row!($t: any::<spsc_channel::Receiver<'static, $t, 4>>, "Receiver", IF_SEND, NEVER);
            row!($t: any::<spsc_channel::SenderView<'static, $t>>, "SenderView", IF_SEND, NEVER);
            row!($t: any::<spsc_channel::ReceiverView<'static, $t>>, "ReceiverView", IF_SEND, NEVER);
            // A run is what the `&mut` of its handle is.
            row!($t: any::<spsc::Write<'static, $t>>, "Write", IF_SEND, NEVER);
            row!($t: any::<spsc::Read<'static, $t>>, "Read", IF_SEND, NEVER);
            row!($t: any::<spsc::PopEach<'static, $t>>, "PopEach", IF_SEND, NEVER);
            // A loan is as good as its value.
            row!($t: any::<Loan<'static, $t>>, "Loan", IF_SEND, IF_SYNC);
            // A lock hands its value over. A guard leads to the value and, shared, to its lock.
            row!($t: any::<Lock<$t>>, "Lock", IF_SEND, IF_SEND);
            row!($t: any::<LockGuard<'static, $t>>, "LockGuard", IF_SEND, IF_BOTH);
            row!($t: any::<MappedLockGuard<'static, $t>>, "MappedLockGuard", IF_SEND, IF_SYNC);
            row!($t: || any::<&'static Lock<$t>>().lock(), "lock", IF_SEND, IF_SEND);
            // A wait for a condition leads to a lock, or has its guard; from outside it is only polled.
            row!($t: || any::<&'static Condition>().wait::<$t>(any()), "wait", IF_SEND, IF_BOTH);
            row!($t: || any::<&'static Condition>().wait_while::<$t>(any(), |_| true), "wait_while", IF_SEND, IF_BOTH);
            row!($t: || any::<&'static Condition>().wait_or::<$t, _>(any(), any::<Ready<()>>()), "wait_or", IF_SEND, IF_BOTH);
            row!($t: any::<AwaitingNotification<'static, 'static, $t>>, "AwaitingNotification", IF_SEND, IF_BOTH);
            row!($t: any::<Until<'static, WaitQueue, AwaitingNotification<'static, 'static, $t>>>, "Until<AwaitingNotification>", IF_SEND, IF_BOTH);
            row!($t: any::<WaitOutcome<'static, LockGuard<'static, $t>>>, "WaitOutcome", IF_SEND, IF_BOTH);
            row!($t: any::<error::WaitError<$t>>, "WaitError", IF_SEND, IF_SYNC);
            // The action moves with its barrier, and is called by whoever comes last.
            row!($t: any::<Barrier<$t>>, "Barrier", IF_SEND, IF_SYNC);
            row!($t: any::<Arriving<'static, $t>>, "Arriving", IF_SYNC, IF_SYNC);
            row!($t: || acting(any::<$t>).wait(), "Barrier::wait", IF_SYNC, IF_SYNC);
            row!($t: any::<CachePadded<$t>>, "CachePadded", IF_SEND, IF_SYNC);
            // Futures cross tasks. One that carries a value shares it when it is shared.
            row!($t: || any::<&'static mpmc_channel::Channel<$t, 4>>().send(any()), "send", IF_SEND, IF_BOTH);
            row!($t: || any::<&'static mpmc_channel::Channel<$t, 4>>().recv(), "recv", IF_SEND, IF_SEND);
            row!($t: || any::<&'static Pool<$t, 4>>().take(any()), "take", IF_SEND, IF_BOTH);
            row!($t: || any::<&'static mut spsc_channel::Sender<'static, $t, 4>>().send(any()), "spsc send", IF_SEND, NEVER);
            row!($t: || any::<&'static mut spsc_channel::Receiver<'static, $t, 4>>().recv(), "spsc recv", IF_SEND, NEVER);
            // Errors are as good as what they give back.
            row!($t: any::<error::Full<$t>>, "Full", IF_SEND, IF_SYNC);
            row!($t: any::<error::Busy<$t>>, "Busy", IF_SEND, IF_SYNC);
            row!($t: any::<error::PushError<$t>>, "PushError", IF_SEND, IF_SYNC);
            row!($t: any::<error::TrySendError<$t>>, "TrySendError", IF_SEND, IF_SYNC);
            row!($t: any::<error::SendError<$t>>, "SendError", IF_SEND, IF_SYNC);
            row!($t: any::<error::SendTimeoutError<$t>>, "SendTimeoutError", IF_SEND, IF_SYNC);
            // Without a payload.
            row!($t: any::<WaitQueue>, "WaitQueue", ALWAYS, ALWAYS);
            row!($t: any::<WaitCell>, "WaitCell", ALWAYS, ALWAYS);
            row!($t: any::<Event>, "Event", ALWAYS, ALWAYS);
            row!($t: || any::<&'static Event>().wait(), "Event::wait", ALWAYS, ALWAYS);
            row!($t: any::<(Condition, NotificationGuard<'static>)>, "Condition", ALWAYS, ALWAYS);
            row!($t: any::<(Barrier, gimmal_core::sync::Turn)>, "Barrier without an action", ALWAYS, ALWAYS);
            row!($t: || any::<&'static Barrier>().wait(), "its wait", ALWAYS, ALWAYS);
            row!($t: any::<(error::BrokenBarrier, error::BarrierTimeoutError)>, "BrokenBarrier", ALWAYS, ALWAYS);
            row!($t: any::<(Semaphore, BoundedSemaphore, Permit<'static>)>, "Semaphore", ALWAYS, ALWAYS);
            row!($t: || any::<&'static Semaphore>().acquire(), "acquire", ALWAYS, ALWAYS);
            row!($t: any::<(Spin, Phase, error::Empty, error::Closed, error::TimedOut)>, "plain", ALWAYS, ALWAYS);
        }
    };
}

matrix!(of_a_payload_that_is_both, u32);
matrix!(of_a_payload_that_is_only_send, Cell<u8>);
matrix!(of_a_payload_that_is_only_sync, MutexGuard<'static, u8>);
matrix!(of_a_counted_pointer, Rc<u8>);
matrix!(of_a_raw_pointer, *mut u8);
matrix!(of_a_shared_cell, &'static Cell<u8>);

#[test]
fn the_questions_tell_payloads_apart() {
    macro_rules! payload {
        ($t:ty, $send:literal, $sync:literal) => {
            let found = made_by(any::<$t>);
            assert_eq!((is!(send, found), is!(sync, found)), ($send, $sync));
        };
    }
    payload!(u32, true, true);
    payload!(Cell<u8>, true, false);
    payload!(MutexGuard<'static, u8>, false, true);
    payload!(Rc<u8>, false, false);
    payload!(*mut u8, false, false);
    payload!(&'static Cell<u8>, false, false);
    let exclusive = made_by(any::<&'static mut u8>);
    assert!(!is!(unwind, exclusive) && is!(ref_unwind, exclusive) && is!(unpin, exclusive));
}

/// A waiting future is linked to from its place: it must not move, and `&mut` to it must not claim to be unique.
#[test]
fn every_future_is_unmovable_and_nothing_else_is() {
    macro_rules! unpin {
        ($made:expr, $expected:literal) => {
            let found = made_by($made);
            assert_eq!(is!(unpin, found), $expected, stringify!($made));
        };
    }
    unpin!(
        || any::<&'static mpmc_channel::Channel<u8, 4>>().send(any()),
        false
    );
    unpin!(
        || any::<&'static mpmc_channel::Channel<u8, 4>>().recv(),
        false
    );
    unpin!(
        || any::<&'static mut spsc_channel::Sender<'static, u8, 4>>().send(any()),
        false
    );
    unpin!(
        || any::<&'static mut spsc_channel::Receiver<'static, u8, 4>>().recv(),
        false
    );
    unpin!(|| any::<&'static Pool<u8, 4>>().take(any()), false);
    unpin!(|| any::<&'static Event>().wait(), false);
    unpin!(|| any::<&'static mut Poller<'static, 2>>().poll(), false);
    unpin!(
        || select((
            any::<&'static Event>().wait(),
            any::<&'static Event>().wait()
        )),
        false
    );
    unpin!(|| any::<&'static Lock<u8>>().lock(), false);
    unpin!(|| any::<&'static Semaphore>().acquire(), false);
    unpin!(|| any::<&'static Barrier>().wait(), false);
    unpin!(|| any::<&'static Condition>().wait::<u8>(any()), false);
    unpin!(
        || any::<&'static Condition>().wait_while::<u8>(any(), |_| true),
        false
    );
    unpin!(
        || any::<&'static Condition>().wait_or::<u8, _>(any(), any::<Ready<()>>()),
        false
    );
    unpin!(
        any::<(Condition, NotificationGuard<'static>, Barrier)>,
        true
    );
    unpin!(any::<AwaitingNotification<'static, 'static, u8>>, true);
    unpin!(any::<Arriving<'static, fn()>>, true);
    unpin!(any::<spsc::Ring<u8, 4>>, true);
    unpin!(any::<mpmc::Ring<u8, 4>>, true);
    unpin!(any::<exact::Ring<u8, 4>>, true);
    unpin!(any::<spsc_channel::Channel<u8, 4>>, true);
    unpin!(any::<mpmc_channel::Channel<u8, 4>>, true);
    unpin!(any::<Pool<u8, 4>>, true);
    unpin!(any::<(Event, WaitQueue, WaitCell)>, true);
    unpin!(any::<(Lock<u8>, LockGuard<'static, u8>)>, true);
    unpin!(any::<(Semaphore, BoundedSemaphore, Permit<'static>)>, true);
    unpin!(
        any::<(
            spsc::Producer<'static, u8, 4>,
            spsc::Consumer<'static, u8, 4>
        )>,
        true
    );
    unpin!(any::<Loan<'static, u8>>, true);
}

/// After a caught panic every object may be looked at again, owned or shared: no operation leaves anything half done.
#[test]
fn objects_survive_a_caught_panic() {
    macro_rules! unwind {
        ($t:ty) => {
            let found = made_by(any::<$t>);
            assert!(is!(unwind, found), "owned {}", stringify!($t));
            assert!(is!(ref_unwind, found), "shared {}", stringify!($t));
        };
    }
    unwind!(spsc::Ring<&'static mut u8, 4>);
    unwind!(mpmc::Ring<&'static mut u8, 4>);
    unwind!(exact::Ring<&'static mut u8, 4>);
    unwind!(spsc_channel::Channel<&'static mut u8, 4>);
    unwind!(mpmc_channel::Channel<&'static mut u8, 4>);
    unwind!(Pool<&'static mut u8, 4>);
    unwind!(Event);
    unwind!(Lock<&'static mut u8>);
    unwind!(LockGuard<'static, Cell<u8>>);
    unwind!(Condition);
    unwind!(NotificationGuard<'static>);
    unwind!(Barrier);
    unwind!(Semaphore);
    unwind!(BoundedSemaphore);
    unwind!(Permit<'static>);
    unwind!(WaitQueue);
    unwind!(WaitCell);
    // An end may be owned by what panics; shared by it, its remembered positions may be half a step behind.
    let found = made_by(
        any::<(
            spsc::Producer<'static, u8, 4>,
            spsc::Consumer<'static, u8, 4>,
        )>,
    );
    assert!(is!(unwind, found) && !is!(ref_unwind, found));
}
