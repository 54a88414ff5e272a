//! Records of bytes: published whole, with what is skipped before them, and their memory is used again only when released.
//!
//! | model | what it shows |
//! |---|---|
//! | `a_record_is_published_whole` | a reader sees a record with all its bytes or none |
//! | `a_released_record_is_room_again` | who writes after it overwrites nothing that is being read |

use gimmal_core_loom::ring::records::RecordRing;

use crate::harness::{EXHAUSTIVE, Seen, models};
use crate::support::both;

models! {
    a_record_is_published_whole {
        kills: ["ring/spsc/protocol.rs#E1"],
        outcomes: ["none", "[7]"],
        bound: EXHAUSTIVE,
    }
    a_released_record_is_room_again {
        kills: ["ring/spsc/protocol.rs#E2"],
        outcomes: ["refused", "pushed"],
        bound: EXHAUSTIVE,
    }
}

/// A ring whose next record does not fit before the end of the array.
fn turned() -> RecordRing<5> {
    let mut ring = RecordRing::new();
    let (mut producer, mut consumer) = ring.split();
    producer.push(&[1]).expect("room");
    consumer.read().expect("a record").release();
    drop((producer, consumer));
    ring
}

fn a_record_is_published_whole(seen: Seen) {
    let mut ring = turned();
    let (mut producer, mut consumer) = ring.split();
    let (pushed, read) = both(
        || producer.push(&[7]),
        || match consumer.read() {
            Ok(record) => format!("{:?}", &*record),
            Err(_) => "none".to_string(),
        },
    );
    assert_eq!(pushed, Ok(()));
    seen.outcome(read);
}

fn a_released_record_is_room_again(seen: Seen) {
    let mut ring = turned();
    let (mut producer, mut consumer) = ring.split();
    producer.push(&[7]).expect("room");
    let (pushed, ()) = both(
        || producer.push(&[8]).is_ok(),
        || {
            let record = consumer.read().expect("a record");
            assert_eq!(&*record, [7]);
            record.release();
        },
    );
    seen.outcome(if pushed { "pushed" } else { "refused" });
}
