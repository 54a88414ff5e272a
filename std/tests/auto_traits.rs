//! Which types of the facade may cross threads, which may be shared, which survive a caught panic (B50 of the museum).
//!
//! | payload | `Send` | `Sync` |
//! |---|---|---|
//! | `u32` | yes | yes |
//! | `Cell<u8>` | yes | no |
//! | `MutexGuard<'static, u8>` | no | yes |
//! | `Rc<u8>` | no | no |

use std::cell::Cell;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;
use std::sync::{Arc, MutexGuard};

use gimmal::channel::{self, CapacityError, spsc};
use gimmal::message::{Completion, IntoFrames};
use gimmal::poll::{PollSet, Poller, Source, select};
use gimmal::pool::ScopedJob;
use gimmal::runtime::{self, Outcome, Runtime, StopToken, ThreadPanic};
use gimmal::sync::{
    Barrier, BoundedSemaphore, Condition, Event, Lock, LockGuard, OwnedLockGuard, OwnedPermit,
    OwnedTaskGuard, ReentrantLock, ReentrantLockGuard, Request, Semaphore, Turn,
};
use gimmal::thread::{Builder, JoinError, JoinHandle, Scope, ScopedBuilder, ScopedJoinHandle};
use gimmal::{Frame, Message, Pair, Pull, Push, Stop, Timer};

/// Stands for a type, also for one that cannot be named.
struct Type<T>(PhantomData<T>);

/// The type that `make` would make. It is never called.
fn made_by<T>(_make: impl FnOnce() -> T) -> Type<T> {
    Type(PhantomData)
}

/// For the closures of `made_by`.
fn any<T>() -> T {
    unreachable!("only the type is asked for")
}

/// A trait with `yes` for types that have the auto trait and, one reference further away, `no` for all.
macro_rules! question {
    ($module:ident, $auto:path) => {
        mod $module {
            use super::*;

            #[allow(dead_code)] // Where the answer is always no.
            pub(super) trait Yes {
                fn answer(&self) -> bool;
            }
            impl<T: $auto> Yes for Type<T> {
                fn answer(&self) -> bool {
                    true
                }
            }
            #[allow(dead_code)] // Where the answer is always yes.
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
question!(unwind, UnwindSafe);
question!(ref_unwind, RefUnwindSafe);
question!(unpin, Unpin);
question!(stop, Stop);

macro_rules! is {
    ($module:ident, $kind:expr) => {{
        #[allow(unused_imports)] // One of the two answers.
        use $module::{No, Yes};
        (&$kind).answer()
    }};
    ($module:ident: $kind:ty) => {
        is!($module, Type::<$kind>(PhantomData))
    };
}

/// A type's `Send` and `Sync`.
macro_rules! crosses {
    ($kind:ty) => {
        (is!(send: $kind), is!(sync: $kind))
    };
}

type Guard = MutexGuard<'static, u8>;

/// For each payload: `Send` and `Sync` of the type with it.
macro_rules! matrix {
    ($($kind:ident)::+ $(<$life:lifetime>)?) => {
        [
            crosses!($($kind)::+<$($life,)? u32>),
            crosses!($($kind)::+<$($life,)? Cell<u8>>),
            crosses!($($kind)::+<$($life,)? Guard>),
            crosses!($($kind)::+<$($life,)? Rc<u8>>),
        ]
    };
}

const YES: (bool, bool) = (true, true);
const NO: (bool, bool) = (false, false);
const MOVES: (bool, bool) = (true, false);
const STAYS: (bool, bool) = (false, true);

#[test]
fn the_payloads_are_what_they_are_said_to_be() {
    assert_eq!(crosses!(u32), YES);
    assert_eq!(crosses!(Cell<u8>), MOVES);
    assert_eq!(crosses!(Guard), STAYS);
    assert_eq!(crosses!(Rc<u8>), NO);
}

#[test]
fn mpmc_ends_cross_and_are_shared_if_their_messages_cross() {
    let ends = [YES, YES, NO, NO];
    assert_eq!(matrix!(channel::Sender), ends);
    assert_eq!(matrix!(channel::Receiver), ends);
    assert_eq!(matrix!(channel::IntoIter), ends);
    assert_eq!(crosses!(channel::Iter<'static, Cell<u8>>), YES);
    assert_eq!(crosses!(channel::TryIter<'static, Rc<u8>>), NO);
}

#[test]
fn a_poller_crosses_with_what_it_looks_at_and_is_never_shared() {
    assert_eq!(crosses!(Source<'static>), MOVES);
    assert_eq!(crosses!(Poller<'static, 2>), MOVES);
    assert_eq!(crosses!(PollSet<u32, channel::Receiver<u8>>), MOVES);
    assert_eq!(crosses!(PollSet<u32, channel::Receiver<Rc<u8>>>), NO);
}

#[test]
fn spsc_ends_cross_and_are_never_shared() {
    let ends = [MOVES, MOVES, NO, NO];
    assert_eq!(matrix!(spsc::Sender), ends);
    assert_eq!(matrix!(spsc::Receiver), ends);
}

/// A future's `Send` and `Unpin`.
macro_rules! future {
    ($make:expr) => {
        (is!(send, made_by(|| $make)), is!(unpin, made_by(|| $make)))
    };
}

#[test]
fn messages_and_their_completions_cross_and_are_shared() {
    assert_eq!(crosses!(Message), YES);
    assert_eq!(crosses!(Frame), YES);
    assert_eq!(crosses!(IntoFrames), YES);
    assert_eq!(crosses!(Completion), YES);
    assert!(is!(unwind: Message) && is!(ref_unwind: Message));
    assert!(is!(unwind: Completion) && is!(ref_unwind: Completion));
    assert!(is!(unpin: Message));
}

#[test]
fn locks_cross_and_are_shared_if_their_values_cross() {
    let locks = [YES, YES, NO, NO];
    assert_eq!(matrix!(Lock), locks);
    assert_eq!(matrix!(ReentrantLock), locks);
}

#[test]
fn guards_of_blocking_calls_stay_and_are_shared_if_the_value_is() {
    let guards = [STAYS, NO, NO, NO];
    assert_eq!(matrix!(LockGuard<'static>), guards);
    assert_eq!(matrix!(ReentrantLockGuard<'static>), guards);
    assert_eq!(matrix!(OwnedLockGuard), guards);
}

#[test]
fn guards_of_tasks_cross_as_their_values_do() {
    assert_eq!(matrix!(OwnedTaskGuard), [YES, MOVES, NO, NO]);
    let task = |lock: &Arc<Lock<Cell<u8>>>| lock.lock_owned_async();
    assert!(is!(send, made_by(|| task(any()))));
    let task = |lock: &Arc<Lock<Rc<u8>>>| lock.lock_owned_async();
    assert!(!is!(send, made_by(|| task(any()))));
}

#[test]
fn permits_and_their_futures_cross() {
    assert_eq!(crosses!(OwnedPermit), YES);
    assert_eq!(crosses!(Request<&'static Semaphore>), YES);
    assert_eq!(crosses!(Request<Arc<BoundedSemaphore>>), YES);
    assert!(is!(
        send,
        made_by(|| any::<&Arc<Semaphore>>().owned().many(2).acquire_async())
    ));
    assert!(is!(
        send,
        made_by(|| any::<&Arc<BoundedSemaphore>>().owned().acquire_async())
    ));
}

#[test]
fn futures_cross_if_their_messages_cross_and_stay_where_they_are_pinned() {
    let pinned = (true, false);
    assert_eq!(
        future!(any::<&channel::Sender<Cell<u8>>>().send_async(any())),
        pinned
    );
    assert_eq!(
        future!(any::<&channel::Receiver<Cell<u8>>>().recv_async()),
        pinned
    );
    assert_eq!(
        future!(any::<&mut spsc::Sender<Cell<u8>>>().send_async(any())),
        pinned
    );
    assert_eq!(
        future!(any::<&mut spsc::Receiver<Cell<u8>>>().recv_async()),
        pinned
    );
    assert_eq!(future!(any::<&Event>().wait_async()), pinned);
    assert_eq!(future!(any::<&Completion>().wait_async()), pinned);
    assert_eq!(
        future!(any::<&mut Poller<'static, 2>>().poll_async()),
        pinned
    );
    let set = any::<&mut PollSet<u32, channel::Receiver<u8>>>;
    assert_eq!(future!(set().poll_async()), (true, true));
    let receiver = any::<&channel::Receiver<Cell<u8>>>;
    assert_eq!(
        future!(select((receiver().receiving(), any::<&Event>().waiting())).wait_async()),
        pinned
    );
    let receiver = any::<&channel::Receiver<Rc<u8>>>;
    assert_eq!(
        future!(select((receiver().receiving(), any::<&Event>().waiting())).wait_async()),
        (false, false)
    );
    let stays = (false, false);
    assert_eq!(
        future!(any::<&channel::Sender<Rc<u8>>>().send_async(any())),
        stays
    );
    assert_eq!(
        future!(any::<&channel::Receiver<Rc<u8>>>().recv_async()),
        stays
    );
    assert_eq!(
        future!(any::<&mut spsc::Receiver<Rc<u8>>>().recv_async()),
        stays
    );
}

#[test]
fn futures_of_primitives_cross_if_what_they_guard_or_run_crosses() {
    type TaskGuard<T> = gimmal::sync::TaskGuard<'static, T>;
    let (pinned, stays) = ((true, false), (false, false));
    assert_eq!(future!(any::<&Lock<Cell<u8>>>().lock_async()), pinned);
    assert_eq!(future!(any::<&Lock<Rc<u8>>>().lock_async()), stays);
    assert_eq!(future!(any::<&Semaphore>().acquire_async()), pinned);
    assert_eq!(future!(any::<&Semaphore>().many(2).acquire_async()), pinned);
    assert_eq!(future!(any::<&BoundedSemaphore>().acquire_async()), pinned);
    let condition = any::<&Condition>;
    assert_eq!(
        future!(condition().wait_async(any::<TaskGuard<Cell<u8>>>())),
        pinned
    );
    assert_eq!(
        future!(condition().wait_async(any::<TaskGuard<Rc<u8>>>())),
        stays
    );
    type Predicate = dyn FnMut(&mut u8) -> bool;
    macro_rules! waits_while {
        ($predicate:ty) => {
            future!(condition().wait_while_async(any::<TaskGuard<u8>>(), any::<$predicate>()))
        };
    }
    assert_eq!(waits_while!(fn(&mut u8) -> bool), pinned);
    assert_eq!(waits_while!(Box<Predicate>), stays);
    type Action = dyn Fn();
    let shared = any::<&Barrier<Box<Action>>>;
    assert_eq!(future!(any::<&Barrier>().wait_async()), pinned);
    assert_eq!(future!(shared().wait_async()), stays);
    assert_eq!(future!(any::<&mut Pair<Cell<u8>>>().recv_async()), pinned);
    assert_eq!(future!(any::<&mut Pull<Cell<u8>>>().recv_async()), pinned);
    assert_eq!(
        future!(any::<&mut Push<Cell<u8>>>().send_async(any::<Cell<u8>>())),
        pinned
    );
}

#[test]
fn locks_hand_over_what_they_guard_and_their_guards_stay() {
    assert_eq!(matrix!(Lock), [YES, YES, NO, NO]);
    let shared = (false, true);
    assert_eq!(crosses!(LockGuard<'static, u32>), shared);
    assert_eq!(crosses!(LockGuard<'static, Cell<u8>>), NO);
    assert_eq!(crosses!(LockGuard<'static, Rc<u8>>), NO);
}

#[test]
fn a_barrier_is_what_its_action_is() {
    assert_eq!(crosses!(Barrier), YES);
    let shared = (false, true);
    assert_eq!(matrix!(Barrier), [YES, MOVES, shared, NO]);
}

#[test]
fn handles_of_threads_cross_and_are_shared_if_the_result_crosses() {
    let handles = [YES, YES, NO, NO];
    assert_eq!(matrix!(JoinHandle), handles);
    assert_eq!(crosses!(ScopedJoinHandle<'static, Cell<u8>>), YES);
    assert_eq!(crosses!(ScopedJoinHandle<'static, Rc<u8>>), NO);
    assert_eq!(crosses!(Scope<'static, 'static>), YES);
    assert_eq!(crosses!(Builder), YES);
    assert_eq!(crosses!(ScopedBuilder<'static, 'static>), YES);
    assert_eq!(crosses!(ScopedJob<'static, Cell<u8>>), YES);
    assert_eq!(crosses!(ScopedJob<'static, Rc<u8>>), NO);
    assert_eq!(crosses!(gimmal::pool::Scope<'static, 'static>), YES);
    assert!(is!(stop: gimmal::ThreadPool));
    // A payload of a panic is sent, not shared, as in std.
    assert_eq!(crosses!(JoinError), MOVES);
}

#[test]
fn runs_and_their_tokens_cross_and_are_shared() {
    assert_eq!(crosses!(Runtime), YES);
    assert_eq!(crosses!(StopToken), YES);
    assert_eq!(crosses!(runtime::Subscription), YES);
    assert_eq!(crosses!(runtime::Builder), YES);
    assert!(is!(send, made_by(|| any::<&StopToken>().wait_async())));
    assert!(is!(unwind: Runtime) && is!(ref_unwind: Runtime));
    assert!(is!(unwind: StopToken) && is!(ref_unwind: StopToken));
    assert!(is!(stop: StopToken) && !is!(stop: Runtime));
    #[cfg(unix)]
    {
        use gimmal::stop::SocketStop;
        assert_eq!(crosses!(SocketStop), YES);
        assert!(is!(unwind: SocketStop) && is!(ref_unwind: SocketStop));
        assert!(is!(stop: SocketStop));
    }
    // They have payloads of panics, which are sent, not shared.
    assert_eq!(crosses!(ThreadPanic), MOVES);
    assert_eq!(matrix!(Outcome), [MOVES, MOVES, NO, NO]);
}

#[test]
fn jobs_cross_and_are_shared_if_the_result_crosses() {
    use gimmal::pool::{AsCompleted, Map};
    use gimmal::{Job, ThreadPool};

    let jobs = [YES, YES, NO, NO];
    assert_eq!(matrix!(Job), jobs);
    assert_eq!(matrix!(AsCompleted), jobs);
    // Nothing in it is pinned, whatever the result.
    assert!(is!(unpin: Job<std::marker::PhantomPinned>));
    assert!(is!(unwind: Job<u32>) && is!(ref_unwind: Job<u32>));
    type Over<T> = Map<'static, std::vec::IntoIter<T>, fn(T) -> u8, u8>;
    assert!(is!(send: Over<Cell<u8>>));
    assert!(!is!(send: Over<Rc<u8>>));
    let submits = made_by(|| any::<&ThreadPool>().submit_async(any::<fn() -> Cell<u8>>()));
    assert!(is!(send, submits));
}

#[test]
fn pools_cross_and_are_shared() {
    use gimmal::ThreadPool;
    use gimmal::pool::{
        Builder, Ended, JobError, MapError, Shutdown, SubmitError, WaitTimeoutError, WouldDeadlock,
    };

    assert_eq!(crosses!(ThreadPool), YES);
    assert!(is!(unwind: ThreadPool) && is!(ref_unwind: ThreadPool));
    assert_eq!(crosses!(Builder), YES);
    assert_eq!(crosses!(Shutdown), YES);
    assert_eq!(crosses!(Ended), YES);
    assert_eq!(crosses!(WouldDeadlock), YES);
    assert_eq!(crosses!(WaitTimeoutError), YES);
    // As the closure, and as the payload of a panic.
    assert_eq!(matrix!(SubmitError), [YES, MOVES, (false, true), NO]);
    assert_eq!((crosses!(JobError), crosses!(MapError)), (MOVES, MOVES));
}

#[test]
fn what_has_no_payload_crosses_and_is_shared() {
    assert_eq!(crosses!(Event), YES);
    assert_eq!(crosses!(Condition), YES);
    assert_eq!(crosses!((Semaphore, BoundedSemaphore)), YES);
    assert_eq!(crosses!(Turn), YES);
    assert_eq!(crosses!(CapacityError), YES);
}

#[test]
fn timers_cross_and_are_shared_whatever_their_callback_captured() {
    assert_eq!(crosses!(Timer), YES);
    assert!(is!(unwind: Timer) && is!(ref_unwind: Timer));
    let future = made_by(|| any::<&Timer>().wait_async());
    assert!(is!(send, future) && !is!(unpin, future));
}

#[cfg(unix)]
#[test]
fn terminations_cross_and_are_shared() {
    use gimmal::signal::{Reason, Second, Subscription, Termination};
    assert_eq!(crosses!(Termination), YES);
    assert_eq!(crosses!(Subscription), YES);
    assert_eq!(crosses!(Reason), YES);
    assert_eq!(crosses!(Second), YES);
    assert!(is!(send, made_by(|| any::<&Termination>().wait_async())));
    assert!(is!(unwind: Termination) && is!(ref_unwind: Termination));
    assert!(is!(unwind: Subscription) && is!(ref_unwind: Subscription));
    // `on` takes them all.
    fn subscribes<S: Stop + Send + 'static>() {}
    subscribes::<channel::Sender<Cell<u8>>>();
    subscribes::<channel::Receiver<u8>>();
    subscribes::<Arc<Event>>();
    subscribes::<&'static Event>();
    subscribes::<Timer>();
    subscribes::<Arc<Condition>>();
    subscribes::<&'static Barrier>();
    subscribes::<Arc<Barrier<Box<dyn Fn() + Send + Sync>>>>();
    subscribes::<Arc<Semaphore>>();
    subscribes::<Arc<dyn Stop + Send + Sync>>();
}

#[test]
fn only_what_may_be_closed_by_anybody_can_be_stopped() {
    assert!(is!(stop: channel::Sender<Rc<u8>>));
    assert!(is!(stop: channel::Receiver<Rc<u8>>));
    assert!(is!(stop: Timer) && is!(stop: Arc<Timer>));
    assert!(is!(stop: Event) && is!(stop: &'static Event) && is!(stop: Arc<Event>));
    assert!(is!(stop: Condition) && is!(stop: &'static Condition));
    assert!(is!(stop: Barrier) && is!(stop: Arc<Barrier<Rc<u8>>>));
    assert!(is!(stop: Semaphore) && is!(stop: BoundedSemaphore));
    assert!(!is!(stop: Lock<u8>));
    assert!(!is!(stop: spsc::Sender<u8>));
    assert!(!is!(stop: spsc::Receiver<u8>));
}

#[test]
fn objects_survive_a_caught_panic() {
    assert!(is!(unwind: channel::Sender<u32>) && is!(ref_unwind: channel::Sender<u32>));
    assert!(is!(unwind: channel::Receiver<u32>) && is!(ref_unwind: channel::Receiver<u32>));
    assert!(is!(unwind: spsc::Sender<u32>) && is!(unwind: spsc::Receiver<u32>));
    assert!(is!(unwind: Event) && is!(ref_unwind: Event));
    assert!(is!(unwind: Lock<Cell<u8>>) && is!(ref_unwind: Lock<Cell<u8>>));
    assert!(is!(unwind: ReentrantLock<Cell<u8>>) && is!(ref_unwind: ReentrantLock<Cell<u8>>));
    assert!(is!(unwind: OwnedTaskGuard<Cell<u8>>) && is!(ref_unwind: OwnedTaskGuard<Cell<u8>>));
    assert!(is!(unwind: OwnedPermit) && is!(ref_unwind: OwnedPermit));
    assert!(is!(unwind: Condition) && is!(ref_unwind: Condition));
    assert!(is!(unwind: Barrier) && is!(ref_unwind: Barrier));
    assert!(is!(unwind: Lock<u32>) && is!(ref_unwind: Lock<u32>));
    assert!(is!(unwind: Semaphore) && is!(ref_unwind: BoundedSemaphore));
}
