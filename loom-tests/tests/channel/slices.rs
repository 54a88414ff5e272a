//! Slices through the SPSC channel beside its end: all of a slice is sent or nothing.
//!
//! An outcome is what the send said and how many messages `close_and_drain` dropped.

use gimmal_core_loom::channel::spsc::Channel;
use gimmal_core_loom::error::TrySendError;

use crate::harness::{EXHAUSTIVE, Seen, models};
use crate::support::both;

models! {
    e2_slice_beside_close_and_drain {
        kills: ["channel/closable_ring.rs#E2", "channel/closable_ring.rs#E4"],
        outcomes: ["sent 2; 2 dropped", "closed; 0 dropped"],
        bound: 3,
    }
    e1_close_publishes_the_last_slice {
        kills: ["channel/closable_ring.rs#E1"],
        outcomes: ["[1, 2], Closed", "[1, 2], Empty", "[], Empty"],
        bound: EXHAUSTIVE,
    }
}

fn e2_slice_beside_close_and_drain(seen: Seen) {
    let mut channel = Channel::<u8, 3>::new();
    let (mut sender, mut receiver) = channel.split();
    // Both positions have moved: a stale one is noticed, and the slice wraps.
    assert_eq!(sender.try_send_slice(&[8, 9]), Ok(2));
    assert_eq!(receiver.try_recv_slice(&mut [0; 2]), Ok(2));
    let (sent, dropped) = both(
        || match sender.try_send_slice(&[1, 2]) {
            Ok(n) => format!("sent {n}"),
            Err(TrySendError::Closed(())) => "closed".to_string(),
            Err(why) => panic!("{why:?}"),
        },
        || receiver.close_and_drain(),
    );
    seen.outcome(format!("{sent}; {dropped} dropped"));
}

fn e1_close_publishes_the_last_slice(seen: Seen) {
    let mut channel = Channel::<u8, 2>::new();
    let (mut sender, mut receiver) = channel.split();
    let ((), got) = both(
        || {
            assert_eq!(sender.try_send_slice(&[1, 2]), Ok(2));
            sender.close();
        },
        || {
            let mut buffer = [0; 2];
            let got = receiver.try_recv_slice(&mut buffer);
            let then = receiver.try_recv_slice(&mut [0; 2]);
            (buffer[..got.unwrap_or(0)].to_vec(), got, then)
        },
    );
    let (values, got, then) = got;
    let said = match got {
        Ok(_) => then.expect_err("two were sent"),
        Err(why) => why,
    };
    seen.outcome(format!("{values:?}, {said:?}"));
}
