//! Every type of gimmal-core behind a C function, in a library that `gcc -nostdlib -static` links into a program: what
//! needed std, libc or an allocator would be an undefined symbol. It runs on the host; the status is [`EXPECTED`] if each
//! function did what it should.
#![no_std]

use core::hint::black_box;
use core::panic::PanicInfo;
use core::pin::pin;
use core::task::{Context as Cx, Poll, Waker};

use gimmal_core::channel::{mpmc as channel, spsc as pipe};
use gimmal_core::pool::Pool;
use gimmal_core::ring::{mpmc, spsc};
use gimmal_core::sync::{Barrier, BoundedSemaphore, Condition, Event, Lock, Semaphore};
use gimmal_core::wait::{WaitCell, WaitQueue, block_on};
use gimmal_core::{CachePadded, Context};

/// What each function says when all is well.
const GOOD: u32 = 1;

fn good(all: bool) -> u32 {
    u32::from(all)
}

/// The SPSC ring, item by item and in runs.
#[unsafe(no_mangle)]
pub extern "C" fn ring_spsc() -> u32 {
    static RING: spsc::Ring<u32, 4> = spsc::Ring::new();
    let Some((mut producer, mut consumer)) = RING.try_split() else {
        return 0;
    };
    let pushed = producer.push(7).is_ok() && consumer.peek() == Ok(&7) && consumer.pop() == Ok(7);
    let Ok(mut run) = producer.reserve(3) else {
        return 0;
    };
    (1..=3).for_each(|number| _ = run.push(number));
    run.commit();
    let Ok(run) = consumer.read_chunk(3) else {
        return 0;
    };
    let (first, second) = run.as_slices();
    let sum: u32 = first.iter().chain(second).sum();
    run.release(3);
    good(pushed && sum == 6 && producer.erase().push(1).is_ok() && consumer.erase().pop() == Ok(1))
}

/// The MPMC ring.
#[unsafe(no_mangle)]
pub extern "C" fn ring_mpmc() -> u32 {
    static RING: mpmc::Ring<u32, 2> = mpmc::Ring::new();
    let filled = (1..=2).all(|number| RING.push(number).is_ok()) && RING.push(3).is_err();
    good(filled && RING.push_overwrite(3) == Ok(Some(1)) && RING.pop() == Ok(2) && RING.len() == 1)
}

/// The MPMC channel, waiting and closing.
#[unsafe(no_mangle)]
pub extern "C" fn channel_mpmc() -> u32 {
    static CHANNEL: channel::Channel<u32, 2> = channel::Channel::new();
    let got = block_on(async {
        CHANNEL.send(1).await.ok()?;
        CHANNEL.try_send(2).ok()?;
        let first = CHANNEL.recv().await.ok()?;
        CHANNEL.close();
        let second = CHANNEL.try_recv().ok()?;
        CHANNEL.recv().await.is_err().then_some((first, second))
    });
    good(got == Some((1, 2)))
}

/// The SPSC channel.
#[unsafe(no_mangle)]
pub extern "C" fn channel_spsc() -> u32 {
    static CHANNEL: pipe::Channel<u32, 2> = pipe::Channel::new();
    let Some((mut sender, mut receiver)) = CHANNEL.try_split() else {
        return 0;
    };
    let got = block_on(async {
        sender.send(1).await.ok()?;
        sender.close();
        receiver.recv().await.ok()
    });
    good(got == Some(1) && block_on(receiver.recv()).is_err())
}

/// Lock and condition.
#[unsafe(no_mangle)]
pub extern "C" fn lock_and_condition() -> u32 {
    static VALUE: Lock<u32> = Lock::new(0);
    static CHANGED: Condition = Condition::new();
    let Some(guard) = VALUE.try_lock() else {
        return 0;
    };
    let mut waiting = pin!(CHANGED.wait_while(guard, |value| *value == 0));
    let mut cx = Cx::from_waker(Waker::noop());
    let waits = waiting.as_mut().poll(&mut cx).is_pending();
    *block_on(VALUE.lock()) = 5;
    let notified = CHANGED.notify_one() && CHANGED.notify_all() == 0;
    let value = block_on(waiting).map(|guard| *guard);
    good(waits && notified && value.is_ok_and(|value| value == 5))
}

/// Both semaphores.
#[unsafe(no_mangle)]
pub extern "C" fn semaphores() -> u32 {
    static FREE: Semaphore = Semaphore::new(1);
    static BOUND: BoundedSemaphore = BoundedSemaphore::new(2);
    let permit = block_on(FREE.acquire());
    let taken = permit.is_ok() && FREE.try_acquire().is_none();
    drop(permit);
    let refused = BOUND.release(1).is_err() && BOUND.acquire_many(3).is_err();
    good(taken && refused && FREE.release(2).is_ok() && FREE.available() == 3)
}

/// The event and the barrier.
#[unsafe(no_mangle)]
pub extern "C" fn event_and_barrier() -> u32 {
    static EVENT: Event = Event::new();
    static BARRIER: Barrier = Barrier::new(2);
    let mut cx = Cx::from_waker(Waker::noop());
    let mut first = pin!(BARRIER.wait());
    let waits = first.as_mut().poll(&mut cx).is_pending() && BARRIER.waiting() == 1;
    let leads = block_on(BARRIER.wait()).is_ok_and(|turn| turn.is_leader());
    let follows = block_on(first).is_ok_and(|turn| turn.index() == 0);
    BARRIER.abort();
    EVENT.set();
    block_on(EVENT.wait());
    good(waits && leads && follows && BARRIER.is_broken() && EVENT.is_set())
}

/// The pool: loans and shares.
#[unsafe(no_mangle)]
pub extern "C" fn pool() -> u32 {
    static POOL: Pool<[u8; 8], 1> = Pool::new();
    let Ok(loan) = POOL.try_take([7; 8]) else {
        return 0;
    };
    let shared = loan.share();
    let second = shared.clone();
    drop(shared);
    let full = POOL.try_take([0; 8]).is_err() && second.as_ref() == [7; 8];
    drop(second);
    good(full && block_on(POOL.take([1; 8]))[0] == 1 && POOL.lent() == 0)
}

/// A context with a Push, a Pull and two Pairs.
#[unsafe(no_mangle)]
pub extern "C" fn sockets() -> u32 {
    static CONTEXT: Context<u32, 4, 3, 2> = Context::new();
    let talk = || {
        let mut pull = CONTEXT.pull().ok()?;
        pull.bind("inproc://jobs").ok()?;
        let mut push = CONTEXT.push().ok()?;
        push.connect("inproc://jobs").ok()?;
        let (mut left, mut right) = (CONTEXT.pair().ok()?, CONTEXT.pair().ok()?);
        left.bind("inproc://talk").ok()?;
        right.connect("inproc://talk").ok()?;
        block_on(push.send(3)).ok()?;
        left.try_send(pull.try_recv().ok()?).ok()?;
        block_on(right.recv()).ok()
    };
    let got = talk();
    good(got == Some(3) && block_on(CONTEXT.term()).undelivered == 0)
}

/// The waiting layer by itself.
#[unsafe(no_mangle)]
pub extern "C" fn waiting() -> u32 {
    static QUEUE: WaitQueue = WaitQueue::new();
    static CELL: CachePadded<WaitCell> = CachePadded::new(WaitCell::new());
    CELL.wake();
    let ready = block_on(core::future::poll_fn(|_| Poll::Ready(GOOD)));
    good(!QUEUE.wake_one() && QUEUE.wake_all() == 0 && ready == GOOD)
}

/// Where all is well, the status of the program: a one for each function.
const EXPECTED: u32 = 10;

/// Calls every function; the status of the program.
#[unsafe(no_mangle)]
pub extern "C" fn all() -> u32 {
    let calls: [extern "C" fn() -> u32; EXPECTED as usize] = [
        ring_spsc,
        ring_mpmc,
        channel_mpmc,
        channel_spsc,
        lock_and_condition,
        semaphores,
        event_and_barrier,
        pool,
        sockets,
        waiting,
    ];
    #[cfg(feature = "allocates")]
    allocates::allocate();
    calls.iter().map(|call| black_box(call)()).sum()
}

/// An allocation, from a libc that is not linked.
#[cfg(feature = "allocates")]
mod allocates {
    extern crate alloc;

    use alloc::alloc::{GlobalAlloc, Layout};
    use core::ffi::c_void;

    unsafe extern "C" {
        fn malloc(size: usize) -> *mut c_void;
        fn free(memory: *mut c_void);
    }

    struct Libc;

    // SAFETY: as C says, for the alignment of a small value.
    unsafe impl GlobalAlloc for Libc {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            // SAFETY: any size is fine.
            unsafe { malloc(layout.size()) }.cast()
        }

        unsafe fn dealloc(&self, memory: *mut u8, _layout: Layout) {
            // SAFETY: it came from `malloc`.
            unsafe { free(memory.cast()) }
        }
    }

    #[global_allocator]
    static LIBC: Libc = Libc;

    pub(crate) fn allocate() {
        core::hint::black_box(alloc::boxed::Box::new(core::hint::black_box(1)));
    }
}

// The program begins here: no libc has run before, and none ends it.
#[cfg(target_arch = "x86_64")]
core::arch::global_asm!(
    ".globl _start",
    "_start: call {all}",
    "mov %eax, %edi",
    "mov $60, %eax",
    "syscall",
    all = sym all,
    options(att_syntax)
);

#[cfg(target_arch = "aarch64")]
core::arch::global_asm!(
    ".globl _start",
    "_start: bl {all}",
    "mov x8, #93",
    "svc #0",
    all = sym all,
);

/// What the compiler itself calls. Targets without an operating system have these in `compiler_builtins`; where there is an
/// operating system they are libc's, which is not here.
#[allow(clippy::multiple_unsafe_ops_per_block)] // One access: the pointer, and what is there.
mod memory {
    use core::ffi::c_int;

    /// # Safety
    /// As in C; this one also for memory that overlaps, if it is moved downwards.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
        for at in 0..len {
            // SAFETY: both are so long. Volatile: else this loop is itself replaced by a call of `memcpy`.
            unsafe { to.add(at).write_volatile(from.add(at).read_volatile()) };
        }
        to
    }

    /// # Safety
    /// As in C.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
        if to.addr() < from.addr() {
            // SAFETY: moved downwards.
            return unsafe { memcpy(to, from, len) };
        }
        for at in (0..len).rev() {
            // SAFETY: both are so long.
            unsafe { to.add(at).write_volatile(from.add(at).read_volatile()) };
        }
        to
    }

    /// # Safety
    /// As in C.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn memset(to: *mut u8, value: c_int, len: usize) -> *mut u8 {
        for at in 0..len {
            // SAFETY: it is so long.
            unsafe { to.add(at).write_volatile(value as u8) };
        }
        to
    }

    /// # Safety
    /// As in C.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn memcmp(left: *const u8, right: *const u8, len: usize) -> c_int {
        for at in 0..len {
            // SAFETY: both are so long.
            let (l, r) = unsafe { (left.add(at).read_volatile(), right.add(at).read_volatile()) };
            if l != r {
                return c_int::from(l) - c_int::from(r);
            }
        }
        0
    }

    /// # Safety
    /// As in C.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn bcmp(left: *const u8, right: *const u8, len: usize) -> c_int {
        // SAFETY: the same.
        unsafe { memcmp(left, right, len) }
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
