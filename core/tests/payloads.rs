//! Every container of the core with every kind of payload: without a size, boxed, `!Unpin`, `Send` and `!Sync`, larger
//! than a page, aligned to 64 and 128 bytes, with a destructor that panics. All are counted.

#[path = "kit/payloads.rs"]
mod payloads;

use gimmal_core::Context;
use gimmal_core::channel::{exact as exact_channel, mpmc as mpmc_channel, spsc as spsc_channel};
use gimmal_core::pool::Pool;
use gimmal_core::ring::{exact, mpmc, spsc};
use payloads::{Payload, is_aligned, living, passes};

fn spsc_ring<V: Payload>() {
    passes(
        spsc::Ring::<V, 3>::new,
        |ring, value| ring.split().0.push(value).map_err(|full| full.into_inner()),
        |ring| {
            let (_, mut consumer) = ring.split();
            assert!(consumer.peek().ok().is_none_or(is_aligned));
            if let Ok(run) = consumer.read_chunk(1) {
                let (first, second) = run.as_slices();
                assert!(first.iter().chain(second).all(is_aligned));
            }
            consumer.pop().ok()
        },
        false,
    );
}

fn mpmc_ring<V: Payload>() {
    passes(
        mpmc::Ring::<V, 3>::new,
        |ring, value| ring.push(value).map_err(|full| full.into_inner()),
        |ring| ring.pop().ok(),
        false,
    );
}

fn exact_ring<V: Payload>() {
    passes(
        exact::Ring::<V, 3, 2>::new,
        |ring, value| ring.push(value).map_err(|full| full.into_inner()),
        |ring| ring.pop().ok(),
        false,
    );
}

fn spsc_channel<V: Payload>() {
    passes(
        spsc_channel::Channel::<V, 3>::new,
        |channel, value| {
            channel
                .split()
                .0
                .try_send(value)
                .map_err(|full| full.into_inner())
        },
        |channel| channel.split().1.try_recv().ok(),
        false,
    );
}

fn mpmc_channel<V: Payload>() {
    passes(
        mpmc_channel::Channel::<V, 3>::new,
        |channel, value| channel.try_send(value).map_err(|full| full.into_inner()),
        |channel| channel.try_recv().ok(),
        false,
    );
}

fn exact_channel<V: Payload>() {
    passes(
        exact_channel::Channel::<V, 3>::new,
        |channel, value| channel.try_send(value).map_err(|full| full.into_inner()),
        |channel| channel.try_recv().ok(),
        false,
    );
}

/// The oldest comes back in time, and the newest is not lost.
fn overwriting<V: Payload>() {
    let before = living();
    let (ring, other) = (exact::Ring::<V, 2>::new(), mpmc::Ring::<V, 2>::new());
    for n in 0..7 {
        let oldest = [
            ring.push_overwrite(V::new(n)).expect("nobody is busy"),
            other.push_overwrite(V::new(n)).expect("nobody is busy"),
        ];
        for oldest in oldest {
            assert_eq!(oldest.is_some(), n > 1);
            assert!(
                oldest
                    .and_then(|it| it.number())
                    .is_none_or(|it| it == n - 2)
            );
        }
        assert_eq!(living() - before, 2 * (n as isize + 1).min(2));
    }
    drop((ring, other));
    assert_eq!(living(), before);
}

fn loans<V: Payload>() {
    let before = living();
    let pool = Pool::<V, 3>::new();
    for lap in 0..3 {
        let mut loans = Vec::from_iter((0..3).map(|n| pool.try_take(V::new(n)).expect("a place")));
        assert!(loans.iter().all(|loan| is_aligned(&**loan)));
        assert!(pool.try_take(V::new(9)).is_err());
        for (n, loan) in loans.iter().enumerate() {
            assert!(loan.number().is_none_or(|number| number as usize == n));
        }
        drop(loans.swap_remove(lap));
        assert_eq!(living() - before, 2);
        let again = pool.try_take(V::new(7)).expect("a place");
        assert!(is_aligned(&*again) && again.number().is_none_or(|number| number == 7));
        drop((loans, again));
        assert_eq!((living(), pool.lent()), (before, 0));
    }
}

type Three<V> = Context<V, 2, 2, 3>;

const NAME: &str = "inproc://payloads";

/// Through the sockets of a context, and left behind in it.
macro_rules! sockets {
    ($($test:ident: $from:ident to $to:ident;)*) => {$(
        fn $test<V: Payload>() {
            let before = living();
            for left in 0..=3 {
                let context = Three::<V>::new();
                let (mut from, mut to) = (context.$from().unwrap(), context.$to().unwrap());
                to.bind(NAME).unwrap();
                from.connect(NAME).unwrap();
                for lap in 0..4 {
                    (0..3).for_each(|n| assert!(from.try_send(V::new(10 * lap + n)).is_ok()));
                    let refused = from.try_send(V::new(9)).expect_err("it is full").into_inner();
                    assert!(refused.number().is_none_or(|number| number == 9));
                    for n in 0..3 {
                        let value = to.try_recv().expect("it is there");
                        assert!(is_aligned(&value));
                        assert!(value.number().is_none_or(|number| number == 10 * lap + n));
                    }
                    assert!(to.try_recv().is_err());
                }
                assert_eq!(living(), before);
                (0..left).for_each(|n| assert!(from.try_send(V::new(n)).is_ok()));
                assert_eq!(living() - before, left as isize);
                if left % 2 == 0 {
                    drop(from);
                    drop(to);
                } else {
                    drop(to);
                    drop(from);
                }
                drop(context);
                assert_eq!(living(), before);
            }
        }
    )*};
}

sockets! {
    push_and_pull: push to pull;
    pairs: pair to pair;
    dealers: dealer to dealer;
}

for_every_payload!(
    spsc_ring,
    mpmc_ring,
    exact_ring,
    spsc_channel,
    mpmc_channel,
    exact_channel,
    overwriting,
    loans,
    push_and_pull,
    pairs,
    dealers
);

/// A value that may not be shared goes to another thread, and back.
#[test]
fn unshared_values_cross_threads() {
    use std::cell::Cell;
    let there = mpmc_channel::Channel::<Cell<u32>, 2>::new();
    let back = exact::Ring::<Cell<u32>, 2>::new();
    let mut last = spsc::Ring::<Cell<u32>, 2>::new();
    let (mut producer, mut consumer) = last.split();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..2 {
                let cell = loop {
                    match there.try_recv() {
                        Ok(cell) => break cell,
                        Err(_) => std::thread::yield_now(),
                    }
                };
                cell.set(cell.get() + 1);
                if n == 0 {
                    back.push(cell).unwrap();
                } else {
                    producer.push(cell).unwrap();
                }
            }
        });
        there.try_send(Cell::new(1)).unwrap();
        there.try_send(Cell::new(2)).unwrap();
    });
    assert_eq!(back.pop().map(Cell::into_inner), Ok(2));
    assert_eq!(consumer.pop().map(Cell::into_inner), Ok(3));
}
