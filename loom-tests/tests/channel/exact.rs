//! The channel over the exact ring: nobody waits beside a free place, also who found no slot. What its ring does, closing
//! included, is modelled in `ring/exact/`; what waiting does, in `channel/mpmc.rs`.

use gimmal_core_loom::channel::exact::Channel;
use gimmal_core_loom::error::TrySendError;

use crate::harness::{Seen, models};
use crate::support::{Task, all_three, both};

models! {
    a_send_that_finds_no_slot_beside_a_receive_is_woken {
        outcomes: ["sent at once", "sent after a wake-up"],
        bound: 3,
    }
    nobody_waits_beside_a_free_place {
        outcomes: ["busy, sent", "full, sent", "sent, waits"],
    }
}

/// Two places, two slots: while the receive holds one of them there is room and no slot.
fn a_send_that_finds_no_slot_beside_a_receive_is_woken(seen: Seen) {
    let channel = Channel::<u32, 2, 0>::new();
    channel.try_send(1).expect("room");
    channel.try_send(2).expect("room");
    let mut send = Task::new(channel.send(3));
    let (received, at_once) = both(|| channel.try_recv(), || send.start().is_some());
    assert_eq!(received, Ok(1));
    let sent = at_once || send.run().is_some();
    assert!(sent, "waits beside a free place");
    assert_eq!((channel.try_recv(), channel.try_recv()), (Ok(2), Ok(3)));
    seen.outcome(if at_once {
        "sent at once"
    } else {
        "sent after a wake-up"
    });
}

fn nobody_waits_beside_a_free_place(seen: Seen) {
    let channel = Channel::<u32, 1, 1>::new();
    channel.try_send(1).expect("room");
    let mut send = Task::new(channel.send(3));
    let (tried, received, at_once) = all_three(
        || channel.try_send(2),
        || channel.try_recv(),
        || send.start().is_some(),
    );
    assert_eq!(received, Ok(1));
    let sent = at_once || send.run().is_some();
    assert!(sent || channel.is_full(), "waits beside a free place");
    let tried = match tried {
        Ok(()) => "sent",
        Err(TrySendError::Full(2)) => "full",
        Err(TrySendError::Busy(2)) => "busy",
        Err(other) => panic!("{other:?}"),
    };
    seen.outcome(format!("{tried}, {}", if sent { "sent" } else { "waits" }));
}
