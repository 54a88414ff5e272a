//! The bytes of each type: what a static of it costs, and what waiting costs on a stack.
//!
//! A change here is a decision: it shows in every `.bss` and in every frame of a task. The columns are 64 bit with lines
//! of 128 bytes (x86-64, AArch64) and 32 bit with lines of 64 and an operating system. Bare 32-bit cores have no lines:
//! there a ring costs its slots, two positions and little else.

use gimmal_core::Frames;
use gimmal_core::channel::{mpmc as mpmc_channel, spsc as spsc_channel};
use gimmal_core::error::{PushError, TrySendError};
use gimmal_core::poll::{Poller, Ready, Source};
use gimmal_core::pool::{Loan, Pool, Shared};
use gimmal_core::ring::{exact, mpmc, spsc};
use gimmal_core::sync::{
    Barrier, BoundedSemaphore, Condition, Event, Lock, LockGuard, NotificationGuard, Permit,
    Semaphore, Turn,
};
use gimmal_core::wait::{WaitCell, WaitQueue};

/// 1 if barriers and waits for them keep something for parties beside the queue.
const BESIDE: usize = if cfg!(feature = "std") { 1 } else { 0 };

/// What the host's lock is larger than the spin lock: it has four bytes more, which fit the padding where a word is eight
/// bytes, and on Unix says of which process it is.
const LOCK: usize = match (cfg!(feature = "std"), cfg!(unix), WIDE) {
    (false, _, _) | (true, false, true) => 0,
    (true, true, _) => 8,
    (true, false, false) => 4,
};

/// Is it a target whose sizes are pinned?
const WIDE: bool =
    cfg!(any(target_arch = "x86_64", target_arch = "aarch64")) && cfg!(target_pointer_width = "64");
const NARROW: bool = cfg!(target_pointer_width = "32") && !cfg!(target_os = "none");

/// A type, also one without a name, and the bytes it has and should have.
struct Row {
    name: &'static str,
    found: usize,
    pinned: Option<usize>,
}

/// The type that `make` would make. It is never called.
fn sized<T>(_make: impl FnOnce() -> T, name: &'static str, wide: usize, narrow: usize) -> Row {
    let pinned = match (WIDE, NARROW) {
        (true, _) => Some(wide),
        (_, true) => Some(narrow),
        _ => None,
    };
    Row {
        name,
        found: size_of::<T>(),
        pinned,
    }
}

/// For the closures of `sized`.
fn any<T>() -> T {
    unreachable!("only the type is asked for")
}

fn check(rows: &[Row]) {
    let wrong: Vec<String> = rows
        .iter()
        .filter(|row| row.pinned.is_some_and(|pinned| pinned != row.found))
        .map(|row| format!("{}: {}, pinned {:?}", row.name, row.found, row.pinned))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn objects_and_handles_have_the_bytes_that_are_pinned() {
    check(&[
        sized(any::<spsc::Ring<u8, 1>>, "spsc::Ring<u8, 1>", 384, 192),
        sized(any::<spsc::Ring<u32, 16>>, "spsc::Ring<u32, 16>", 384, 192),
        sized(
            any::<spsc::Ring<[u32; 8], 64>>,
            "spsc::Ring<[u32; 8], 64>",
            2304,
            2176,
        ),
        sized(any::<mpmc::Ring<u8, 1>>, "mpmc::Ring<u8, 1>", 384, 192),
        sized(any::<mpmc::Ring<u32, 16>>, "mpmc::Ring<u32, 16>", 512, 256),
        sized(
            any::<exact::Ring<u32, 16>>,
            "exact::Ring<u32, 16>",
            896,
            448,
        ),
        sized(
            any::<mpmc::Ring<[u32; 8], 64>>,
            "mpmc::Ring<[u32; 8], 64>",
            2816,
            2432,
        ),
        sized(
            any::<spsc::Producer<'static, u32, 16>>,
            "spsc::Producer<'static, u32, 16>",
            24,
            12,
        ),
        sized(
            any::<spsc::ProducerView<'static, u32>>,
            "spsc::ProducerView<'static, u32>",
            32,
            16,
        ),
        sized(
            any::<spsc::Consumer<'static, u32, 16>>,
            "spsc::Consumer<'static, u32, 16>",
            24,
            12,
        ),
        sized(
            any::<spsc::ConsumerView<'static, u32>>,
            "spsc::ConsumerView<'static, u32>",
            32,
            16,
        ),
        sized(
            any::<spsc::Write<'static, u32>>,
            "spsc::Write<'static, u32>",
            40,
            20,
        ),
        sized(
            any::<spsc::Read<'static, u32>>,
            "spsc::Read<'static, u32>",
            32,
            16,
        ),
        sized(
            any::<spsc::PopEach<'static, u32>>,
            "spsc::PopEach<'static, u32>",
            32,
            16,
        ),
        sized(any::<WaitCell>, "WaitCell", 24, 12),
        sized(any::<WaitQueue>, "WaitQueue", 48 + LOCK, 32 + LOCK),
        sized(any::<Event>, "Event", 56 + LOCK, 36 + LOCK),
        sized(any::<Lock<()>>, "Lock<()>", 56 + LOCK, 36 + LOCK),
        sized(any::<Lock<u32>>, "Lock<u32>", 64 + LOCK, 40 + LOCK),
        sized(
            any::<Lock<[u64; 8]>>,
            "Lock<[u64; 8]>",
            120 + LOCK,
            100 + LOCK,
        ),
        sized(
            any::<LockGuard<'static, u32>>,
            "LockGuard<'static, u32>",
            8,
            4,
        ),
        sized(any::<Semaphore>, "Semaphore", 64 + LOCK, 40 + LOCK),
        sized(
            any::<BoundedSemaphore>,
            "BoundedSemaphore",
            64 + LOCK,
            40 + LOCK,
        ),
        sized(any::<Permit<'static>>, "Permit<'static>", 16, 8),
        sized(any::<Condition>, "Condition", 64 + LOCK, 40 + LOCK),
        sized(
            any::<NotificationGuard<'static>>,
            "NotificationGuard<'static>",
            8,
            4,
        ),
        sized(
            any::<Barrier>,
            "Barrier",
            80 + LOCK + 16 * BESIDE,
            48 + LOCK + 8 * BESIDE,
        ),
        sized(
            || Barrier::with_action(2, || ()),
            "Barrier with an action of no size",
            80 + LOCK + 16 * BESIDE,
            48 + LOCK + 8 * BESIDE,
        ),
        sized(any::<Turn>, "Turn", 16, 8),
        sized(
            any::<mpmc_channel::Channel<u32, 16>>,
            "mpmc_channel::Channel<u32, 16>",
            640,
            384,
        ),
        sized(
            any::<spsc_channel::Channel<u32, 16>>,
            "spsc_channel::Channel<u32, 16>",
            640,
            320,
        ),
        sized(
            any::<spsc_channel::Sender<'static, u32, 16>>,
            "spsc_channel::Sender<'static, u32, 16>",
            24,
            12,
        ),
        sized(
            any::<spsc_channel::Receiver<'static, u32, 16>>,
            "spsc_channel::Receiver<'static, u32, 16>",
            24,
            12,
        ),
        sized(
            any::<Pool<u32, 16>>,
            "Pool<u32, 16>",
            320 + LOCK,
            168 + LOCK,
        ),
        sized(
            any::<Pool<[u8; 64], 4>>,
            "Pool<[u8; 64], 4>",
            352 + LOCK,
            312 + LOCK,
        ),
        sized(any::<Shared<'static>>, "Shared<'static>", 24, 12),
        sized(any::<Frames<4, 64>>, "Frames<4, 64>", 76, 76),
        sized(any::<Loan<'static, u32>>, "Loan<'static, u32>", 16, 8),
        sized(any::<Source<'static>>, "Source<'static>", 40, 20),
        sized(any::<Poller<'static, 8>>, "Poller<'static, 8>", 320, 160),
        sized(any::<Ready<8>>, "Ready<8>", 8, 8),
        sized(any::<PushError<u32>>, "PushError<u32>", 8, 8),
        sized(any::<TrySendError<u32>>, "TrySendError<u32>", 8, 8),
    ]);
}

#[test]
fn futures_have_the_bytes_that_are_pinned() {
    check(&[
        sized(
            || any::<&'static mpmc_channel::Channel<u32, 16>>().send(any()),
            "mpmc send",
            80,
            48,
        ),
        sized(
            || any::<&'static mpmc_channel::Channel<u32, 16>>().recv(),
            "mpmc recv",
            72,
            40,
        ),
        sized(
            || any::<&'static mut spsc_channel::Sender<'static, u32, 16>>().send(any()),
            "spsc send",
            40,
            24,
        ),
        sized(
            || any::<&'static mut spsc_channel::Receiver<'static, u32, 16>>().recv(),
            "spsc recv",
            32,
            16,
        ),
        sized(
            || any::<&'static Pool<u32, 16>>().take(any()),
            "take",
            88,
            52,
        ),
        sized(|| any::<&'static Event>().wait(), "wait", 72, 40),
        sized(|| any::<&'static Lock<u32>>().lock(), "lock", 80, 44),
        sized(
            || any::<&'static Semaphore>().acquire_many(2),
            "acquire",
            80,
            44,
        ),
        sized(
            || any::<&'static Barrier>().wait(),
            "arrive",
            88 + 8 * BESIDE,
            48 + 4 * BESIDE,
        ),
        sized(
            || {
                any::<&'static Condition>()
                    .awaiting_notification::<u32>(any())
                    .into_future()
            },
            "notice",
            88,
            48,
        ),
    ]);
}

/// How a compiler lays out a future of several waits is its own affair; it is not to grow beyond this.
#[test]
fn futures_of_several_waits_have_no_more_bytes_than_are_pinned() {
    let condition = || any::<&'static Condition>();
    let rows = [
        sized(|| condition().wait::<u32>(any()), "wait", 192, 100),
        sized(
            || condition().wait_while::<u32>(any(), |_| true),
            "wait_while",
            232,
            120,
        ),
        sized(
            || condition().wait_or::<u32, _>(any(), core::future::pending::<()>()),
            "wait_or",
            336,
            176,
        ),
    ];
    for row in rows {
        let Row {
            name,
            found,
            pinned,
        } = row;
        let most = pinned.unwrap_or(usize::MAX);
        assert!(found <= most, "{name}: {found}, pinned {most}");
    }
}

/// A large ring costs its slots and a constant: a word a slot for many ends, nothing a slot for two.
#[test]
fn capacity_costs_nothing_but_slots() {
    const BY: usize = 1024;
    let spsc =
        size_of::<spsc::Ring<[u32; 8], { 64 + BY }>>() - size_of::<spsc::Ring<[u32; 8], 64>>();
    assert_eq!(spsc, BY * 32);
    let mpmc =
        size_of::<mpmc::Ring<[u32; 8], { 64 + BY }>>() - size_of::<mpmc::Ring<[u32; 8], 64>>();
    assert_eq!(mpmc, BY * (32 + size_of::<usize>()));
}

/// Where a value has no size its slots have none either; only their turns remain.
#[test]
fn values_of_no_size_cost_nothing() {
    assert_eq!(
        size_of::<spsc::Ring<(), 1000>>(),
        size_of::<spsc::Ring<(), 1>>()
    );
    let turns = size_of::<mpmc::Ring<(), 1088>>() - size_of::<mpmc::Ring<(), 64>>();
    assert_eq!(turns, 1024 * size_of::<usize>());
}
