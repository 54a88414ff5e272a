//! Rings and their handles, runs of items, and a padded value.

use gimmal_core::CachePadded;
use gimmal_core::ring::{exact, mpmc, spsc};

use crate::show;

pub(crate) fn show_all() {
    let mut ring = spsc::Ring::<u8, 3>::new();
    show("spsc ring, empty", &ring);
    let (mut producer, mut consumer) = ring.split();
    show("producer, empty", &producer);
    assert!(producer.push(1).is_ok());
    show("consumer, one", &consumer);

    let mut run = producer.reserve(2).expect("two are free");
    show("write, nothing written", &run);
    assert!(run.push(2).is_ok());
    show("write, one written", &run);
    assert!(run.push(3).is_ok());
    run.commit();
    show("producer, full", &producer);
    show("error of a reserve", &producer.reserve(1).err());
    show("producer view", &producer.erase());

    let run = consumer.read_chunk(2).expect("three are there");
    show("read", &run);
    let mut items = run.pop_each();
    show("pop_each, two left", &items);
    assert_eq!(items.next(), Some(1));
    show("pop_each, one left", &items);
    assert_eq!(items.next(), Some(2));
    show("pop_each, none left", &items);
    show("error of a read", &consumer.read_chunk(2).err());
    show("consumer view", &consumer.erase());
    show("spsc ring, one", &ring);
    let view: &spsc::RingView<u8> = &ring;
    show("spsc ring view", view);

    let ring = mpmc::Ring::<u8, 2>::new();
    show("mpmc ring, empty", &ring);
    show("result of a pop", &ring.pop());
    assert!(ring.push(1).is_ok());
    show("mpmc ring, one", &ring);
    show("result of a push", &ring.push(2));
    show("mpmc ring, full", &ring);
    show("result of a push to a full one", &ring.push(3));
    let view: &mpmc::RingView<u8> = &ring;
    show("mpmc ring view", view);

    let exact = exact::Ring::<u8, 2>::new();
    assert!(exact.push(1).is_ok());
    show("exact ring, one", &exact);
    let view: &exact::RingView<u8> = &exact;
    show("exact ring view", view);

    show("padded", &CachePadded::new(7_u8));
    show("padded ring", &CachePadded::new(ring));
}
