//! Hooks for tests: what only a look inside can show. Not part of the public interface, no promise
//! of any kind.
//!
//! | hook | what a test does with it |
//! |---|---|
//! | [`byte`], [`word`] | wraps the arithmetic of positions round in a byte, for every capacity |
//! | [`spsc_at`], [`last_position`], [`mpmc_at`], [`channel_at`], [`queue_at`], [`barrier_at`] | begins just before a counter wraps, or at any other place |
//! | [`release_all_if`] | sees that what is changed under a queue's lock and the release are one moment |
//! | [`exact_at`] | the same for the exact ring, whose list of free slots has a counter too |
//! | [`set_stop_hook`] | stops a thread at any access of a word of the exact ring, under loom of any atomic |
//! | [`stopped_push`], [`stopped_pop`], [`stopped_send`], [`stopped_recv`] | lets others run while one operation stands still between its claim and its publication |
//!
//! A stopped operation is the real one in two halves: its position is claimed by hand, others run,
//! then the position is put back for a moment and the real operation is done on it. That is why
//! these take `&mut`: nobody else may be there when the second half runs.

#![forbid(unsafe_code)]

use crate::channel::mpmc as channel;
use crate::ring::{Slot, Storage, TurnSlot, exact, mpmc, spsc};
use crate::shim::atomic::Ordering::*;
use crate::sync::Barrier;
use crate::wait::WaitQueue;

macro_rules! arithmetic {
    ($(#[$meta:meta])* $name:ident, $word:ty) => {
        $(#[$meta])*
        pub mod $name {
            use crate::ring::index::Word;

            /// SPSC: `pos` moved on.
            pub fn moved(pos: $word, by: $word, capacity: $word, mask: Option<$word>) -> $word {
                Word::moved(pos, by, capacity, mask)
            }
            /// SPSC: the position after it.
            pub fn after(pos: $word, capacity: $word, mask: Option<$word>) -> $word {
                Word::after(pos, capacity, mask)
            }
            /// SPSC: how far it is.
            pub fn distance(from: $word, to: $word, capacity: $word, mask: Option<$word>) -> $word {
                Word::distance(from, to, capacity, mask)
            }
            /// SPSC: the slot.
            pub fn slot(pos: $word, capacity: $word, mask: Option<$word>) -> $word {
                Word::slot(pos, capacity, mask)
            }
            /// MPMC: how many indices a lap has room for.
            pub fn span(capacity: $word) -> $word {
                Word::span(capacity)
            }
            /// MPMC: the slot.
            pub fn index(pos: $word, span: $word) -> $word {
                Word::index(pos, span)
            }
            /// MPMC: the position after `pos`.
            pub fn next(pos: $word, capacity: $word, span: $word) -> $word {
                Word::next(pos, capacity, span)
            }
            /// MPMC: the lap base, and the closed bit.
            pub fn turn(pos: $word, span: $word) -> $word {
                Word::turn(pos, span)
            }
            /// MPMC: one lap later.
            pub fn lap_later(pos: $word, span: $word) -> $word {
                Word::lap_later(pos, span)
            }
            /// MPMC: how far it is.
            pub fn between(head: $word, tail: $word, capacity: $word, span: $word) -> $word {
                Word::between(head, tail, capacity, span)
            }
        }
    };
}

arithmetic!(
    /// The arithmetic of positions over a byte.
    byte, u8
);
arithmetic!(
    /// The arithmetic of positions over the machine's word.
    word, usize
);

/// The last position of an SPSC ring of `capacity` slots before it begins anew at 0.
pub fn last_position(capacity: usize) -> usize {
    if capacity.is_power_of_two() {
        crate::ring::index::wrap_mask(capacity)
    } else {
        2 * capacity - 1
    }
}

/// Lets an empty SPSC ring begin at `position`, which it has.
pub fn spsc_at<T, S: Storage<Slot = Slot<T>> + ?Sized>(
    ring: &mut spsc::RingOf<S>,
    position: usize,
) {
    assert!(position <= last_position(ring.capacity()) && ring.is_empty());
    ring.tail.store(position, Relaxed); // R: exclusive access
    ring.head.position.store(position, Relaxed); // R: exclusive access
}

/// How many laps the word of an MPMC ring of `capacity` slots counts before it wraps.
pub fn laps(capacity: usize) -> usize {
    usize::MAX / (2 * word::span(capacity)) + 1
}

/// Lets an empty MPMC ring begin in lap number `lap`, at slot `index`.
pub fn mpmc_at<T, S: Storage<Slot = TurnSlot<T>> + ?Sized>(
    ring: &mut mpmc::RingOf<S>,
    lap: usize,
    index: usize,
) {
    let capacity = ring.capacity();
    assert!(lap < laps(capacity) && index < capacity && ring.is_empty());
    let span = word::span(capacity);
    let base = lap * 2 * span;
    ring.tail.store(base + 2 * index, Relaxed); // R: exclusive access
    ring.head.store(base + 2 * index, Relaxed); // R: exclusive access
    for at in 0..capacity {
        // The slots before `index` have had their turn in this lap.
        let turn = if at < index {
            word::lap_later(base, span)
        } else {
            base
        };
        ring.at(2 * at).0.stamp.store(turn, Relaxed); // R: exclusive access
    }
}

/// Lets an empty exact ring begin in lap number `lap` of its positions, at cell `index`, and in lap
/// number `free` of its list of free slots. Numbers are counted round: `usize::MAX` is the last lap.
pub fn exact_at<T, S, const SPARE: usize>(
    ring: &mut exact::RingOf<T, S, SPARE>,
    lap: usize,
    index: usize,
    free: usize,
) where
    S: Storage<Slot = exact::ExactSlot<T>> + ?Sized,
{
    assert!(index < ring.capacity() && ring.is_empty());
    ring.begin_at(lap, index, free);
}

/// Sets what every access of a word of an exact ring calls first, under loom every access of any
/// atomic. It stops its thread by unwinding, with [`std::panic::resume_unwind`] say.
///
/// [`std::panic::resume_unwind`]: https://doc.rust-lang.org/std/panic/fn.resume_unwind.html
pub fn set_stop_hook(hook: Option<fn()>) {
    crate::shim::set_stop_hook(hook);
}

/// Lets an empty MPMC channel begin in lap number `lap`, at slot `index`.
pub fn channel_at<T, S: Storage<Slot = TurnSlot<T>> + ?Sized>(
    channel: &mut channel::ChannelOf<mpmc::RingOf<S>>,
    lap: usize,
    index: usize,
) {
    mpmc_at(&mut channel.ring, lap, index);
}

/// Lets the calls that notify everybody be counted from `epoch` on.
pub fn queue_at(queue: &mut WaitQueue, epoch: u32) {
    queue.list.with(|list| {
        assert!(list.is_empty());
        list.begin_at(epoch);
    });
}

/// Makes a change and releases everybody in one moment, as the primitives do. `change` must not
/// come back to the queue.
pub fn release_all_if(queue: &WaitQueue, change: impl FnOnce() -> bool) -> usize {
    queue.release_all_if(change)
}

/// Lets the ends of a barrier's generations be counted from `ends` on.
pub fn barrier_at<F>(barrier: &mut Barrier<F>, ends: usize) {
    // Above the flag, if there is one. R: nobody else is here
    barrier.round.store(ends << 1, Relaxed);
}

/// The second half of a stopped operation: runs also when the first half's company panics.
struct Rest<F: FnMut()>(F);

impl<F: FnMut()> Drop for Rest<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Claims a position for a push as a context would that is stopped there, lets `meanwhile` run,
/// then does the push. `None`, and `item` dropped, when there is no position to claim.
pub fn stopped_push<T, S, R>(
    ring: &mut mpmc::RingOf<S>,
    item: T,
    meanwhile: impl FnOnce(&mpmc::RingOf<S>) -> R,
) -> Option<R>
where
    S: Storage<Slot = TurnSlot<T>> + ?Sized,
{
    let mut item = Some(item);
    stopped(
        ring,
        |whole| whole,
        Claim::Tail,
        |ring| assert!(item.take().is_some_and(|item| ring.push(item).is_ok())),
        meanwhile,
    )
}

/// The same for a send. A channel that is closed meanwhile is closed afterwards too.
pub fn stopped_send<T, S, R>(
    channel: &mut channel::ChannelOf<mpmc::RingOf<S>>,
    value: T,
    meanwhile: impl FnOnce(&channel::ChannelOf<mpmc::RingOf<S>>) -> R,
) -> Option<R>
where
    S: Storage<Slot = TurnSlot<T>> + ?Sized,
{
    let mut value = Some(value);
    stopped(
        channel,
        |whole| &whole.ring,
        Claim::Tail,
        |channel| {
            assert!(
                value
                    .take()
                    .is_some_and(|value| channel.try_send(value).is_ok())
            )
        },
        meanwhile,
    )
}

/// Claims a position for a pop as a context would that is stopped there, lets `meanwhile` run, then
/// does the pop. `None` when there is nothing to claim.
pub fn stopped_pop<T, S, R>(
    ring: &mut mpmc::RingOf<S>,
    meanwhile: impl FnOnce(&mpmc::RingOf<S>) -> R,
) -> Option<(T, R)>
where
    S: Storage<Slot = TurnSlot<T>> + ?Sized,
{
    let mut item = None;
    let pop = |ring: &mpmc::RingOf<S>| item = ring.pop().ok();
    let result = stopped(ring, |whole| whole, Claim::Head, pop, meanwhile)?;
    Some((item?, result))
}

/// The same for a receive.
pub fn stopped_recv<T, S, R>(
    channel: &mut channel::ChannelOf<mpmc::RingOf<S>>,
    meanwhile: impl FnOnce(&channel::ChannelOf<mpmc::RingOf<S>>) -> R,
) -> Option<(T, R)>
where
    S: Storage<Slot = TurnSlot<T>> + ?Sized,
{
    let mut value = None;
    let recv = |channel: &channel::ChannelOf<mpmc::RingOf<S>>| value = channel.try_recv().ok();
    let result = stopped(channel, |whole| &whole.ring, Claim::Head, recv, meanwhile)?;
    Some((value?, result))
}

/// Which of the two positions an operation claims, and what the stamp of its slot says before.
enum Claim {
    /// A push claims the tail, at an empty slot.
    Tail,
    /// A pop claims the head, at a full one.
    Head,
}

/// Claims a position as an operation does, runs `meanwhile`, and lets `finish` do the operation at the claimed position.
fn stopped<W: ?Sized, T, S, R>(
    whole: &mut W,
    ring: impl Fn(&W) -> &mpmc::RingOf<S>,
    claim: Claim,
    mut finish: impl FnMut(&W),
    meanwhile: impl FnOnce(&W) -> R,
) -> Option<R>
where
    S: Storage<Slot = TurnSlot<T>> + ?Sized,
{
    let whole = &*whole;
    let ring = ring(whole);
    let (word, full) = match claim {
        Claim::Tail => (&ring.tail, 0),
        Claim::Head => (&ring.head, 1),
    };
    let position = word.load(Relaxed); // R: exclusive access
    let stamp = ring.at(position).0.stamp.load(Relaxed); // R: exclusive access
    // A closed tail never meets its stamp.
    if stamp != ring.turn(position) | full {
        return None;
    }
    word.store(ring.next(position), Relaxed); // R: exclusive access
    let _rest = Rest(|| {
        let now = word.load(Relaxed); // R: exclusive access again
        word.store(position, Relaxed); // R: exclusive access again
        finish(whole);
        word.store(now, Relaxed); // R: exclusive access again
    });
    Some(meanwhile(whole))
}
