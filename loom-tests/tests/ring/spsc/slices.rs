//! Slices of plain values: copied and published in one step, both ways, also round the end of the array.
//!
//! | model | what it shows |
//! |---|---|
//! | `a_slice_is_published_whole` | a reader sees all items of a slice or none |
//! | `a_popped_slice_frees_its_slots` | who writes after it overwrites nothing that is being copied |

use gimmal_core_loom::ring::spsc::Ring;

use crate::harness::{EXHAUSTIVE, Seen, models};
use crate::support::both;

models! {
    a_slice_is_published_whole {
        kills: ["ring/spsc/protocol.rs#E1"],
        outcomes: ["[]", "[1, 2]"],
        bound: EXHAUSTIVE,
    }
    a_popped_slice_frees_its_slots {
        kills: ["ring/spsc/protocol.rs#E2"],
        outcomes: ["0", "2"],
        bound: EXHAUSTIVE,
    }
}

/// A ring of two slots whose next slice goes round the end of the array.
fn turned() -> Ring<u8, 2> {
    let mut ring = Ring::new();
    let (mut producer, mut consumer) = ring.split();
    assert_eq!(producer.push_slice(&[0]), 1);
    assert_eq!(consumer.pop_slice(&mut [9]), 1);
    drop((producer, consumer));
    ring
}

fn a_slice_is_published_whole(seen: Seen) {
    let mut ring = turned();
    let (mut producer, mut consumer) = ring.split();
    let (pushed, popped) = both(
        || producer.push_slice(&[1, 2, 3]),
        || {
            let mut buffer = [0; 4];
            let n = consumer.pop_slice(&mut buffer);
            buffer[..n].to_vec()
        },
    );
    assert_eq!(pushed, 2);
    seen.outcome(format!("{popped:?}"));
}

fn a_popped_slice_frees_its_slots(seen: Seen) {
    let mut ring = turned();
    let (mut producer, mut consumer) = ring.split();
    assert_eq!(producer.push_slice(&[1, 2]), 2);
    let (pushed, ()) = both(
        || producer.push_slice(&[3, 4]),
        || {
            let mut buffer = [0; 2];
            assert_eq!((consumer.pop_slice(&mut buffer), buffer), (2, [1, 2]));
        },
    );
    seen.outcome(pushed);
}
