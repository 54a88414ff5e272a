//! Every container of the facade with every kind of payload: see the core's test of this name.

#[path = "../../core/tests/kit/payloads.rs"]
mod payloads;

use std::panic::{AssertUnwindSafe, catch_unwind};

use gimmal::Context;
use gimmal::channel;
use gimmal::queue::{LifoQueue, PriorityQueue, Queue};
use payloads::{Payload, is_aligned, living, passes};

fn channel<V: Payload>() {
    passes(
        || channel::bounded::<V>(3),
        |ends, value| ends.0.try_send(value).map_err(|full| full.into_inner()),
        |ends| ends.1.try_recv().ok(),
        false,
    );
}

fn spsc_channel<V: Payload>() {
    passes(
        || channel::spsc::bounded::<V>(3),
        |ends, value| ends.0.try_send(value).map_err(|full| full.into_inner()),
        |ends| ends.1.try_recv().ok(),
        false,
    );
}

fn queue<V: Payload>() {
    passes(
        || Queue::<V>::new(3),
        |queue, value| queue.try_put(value).map_err(|full| full.into_inner()),
        |queue| queue.try_get().ok(),
        false,
    );
}

fn lifo_queue<V: Payload>() {
    passes(
        || LifoQueue::<V>::new(3),
        |queue, value| queue.try_put(value).map_err(|full| full.into_inner()),
        |queue| queue.try_get().ok(),
        true,
    );
}

fn priority_queue<V: Payload>() {
    passes(
        || PriorityQueue::<V>::new(3),
        |queue, value| queue.try_put(value).map_err(|full| full.into_inner()),
        |queue| queue.try_get().ok(),
        false,
    );
}

/// What a queue hands back when it is closed.
fn left_in_a_queue<V: Payload>() {
    let before = living();
    let queue = PriorityQueue::<V>::new(3);
    for n in [2, 0, 1] {
        assert!(queue.try_put(V::new(n)).is_ok());
    }
    let left = queue.close_now();
    assert!(left.iter().all(is_aligned));
    let numbers = left.iter().zip(0..);
    assert!(
        numbers
            .into_iter()
            .all(|(it, n)| it.number().is_none_or(|its| its == n))
    );
    assert_eq!(living() - before, 3);
    drop(left);
    assert_eq!(living(), before);
}

const NAME: &str = "inproc://payloads";

macro_rules! sockets {
    ($($test:ident: $from:ident to $to:ident;)*) => {$(
        fn $test<V: Payload>() {
            let before = living();
            for left in 0..=4 {
                let context = Context::builder().sockets(8).names(8).pipes(16).hwm(2, 2).typed::<V>().build();
                let (mut from, mut to) = (context.$from().unwrap(), context.$to().unwrap());
                to.bind(NAME).unwrap();
                from.connect(NAME).unwrap();
                for lap in 0..3 {
                    (0..4).for_each(|n| assert!(from.try_send(V::new(10 * lap + n)).is_ok()));
                    let refused = from.try_send(V::new(9)).expect_err("it is full").into_inner();
                    assert!(refused.number().is_none_or(|number| number == 9));
                    for n in 0..4 {
                        let value = to.try_recv().expect("it is there");
                        assert!(is_aligned(&value));
                        assert!(value.number().is_none_or(|number| number == 10 * lap + n));
                    }
                }
                (0..left).for_each(|n| assert!(from.try_send(V::new(n)).is_ok()));
                assert_eq!(living() - before, left as isize);
                // Whichever goes first.
                let dropped = catch_unwind(AssertUnwindSafe(|| match left % 2 {
                    0 => drop((to, from, context)),
                    _ => drop((from, to, context)),
                }));
                assert!(dropped.is_ok());
                assert_eq!(living(), before);
            }
        }
    )*};
}

sockets! {
    push_and_pull: push to pull;
    pairs: pair to pair;
}

for_every_payload!(
    channel,
    spsc_channel,
    queue,
    lifo_queue,
    priority_queue,
    left_in_a_queue,
    push_and_pull,
    pairs
);
