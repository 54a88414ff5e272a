//! Sockets on wires, over loopback and over a path: what is sent comes once and in order, and `close` waits for it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use gimmal::{Context, Message};
use gimmal_histories::Dice;

use super::{Item, all_came, crowd, items};

pub(super) fn tcp(dice: &mut Dice) -> u64 {
    push_pull(dice, "tcp://127.0.0.1:0")
}

#[cfg(unix)]
pub(super) fn ipc(dice: &mut Dice) -> u64 {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Relaxed);
    let path = std::env::temp_dir().join(format!("gimmal-soak-{}-{number}", std::process::id()));
    let operations = push_pull(dice, &format!("ipc://{}", path.display()));
    assert!(!path.exists(), "the name goes with its socket");
    operations
}

/// Messages of some sizes, which say what they are.
fn push_pull(dice: &mut Dice, endpoint: &str) -> u64 {
    let (senders, each, padding) = (
        1 + dice.below(3),
        100 + dice.below(400),
        dice.below(5000) as usize,
    );
    let contexts = [(); 2].map(|()| {
        Context::builder()
            .sockets(8)
            .names(4)
            .pipes(8)
            .hwm(16, 16)
            .wires(8)
            .build()
    });
    let pull = contexts[0].pull().expect("there is room");
    pull.bind(endpoint).expect("it is free");
    pull.expect_peers(senders as usize);
    let endpoint = pull.last_endpoint().expect("it is bound");
    let pull = Mutex::new(Some(pull));
    let received = crowd(dice, senders + 1, |number, _| {
        if number < senders {
            let mut push = contexts[1].push().expect("there is room");
            push.connect(&endpoint).expect("there is room");
            for item in items(number, each) {
                let mut bytes = vec![7; 16 + padding];
                bytes[..8].copy_from_slice(&item.sender.to_le_bytes());
                bytes[8..16].copy_from_slice(&item.number.to_le_bytes());
                push.send(Message::from(bytes))
                    .expect("it waits for its peer");
            }
            let report = push.close();
            assert_eq!(report.discarded, 0, "close waits");
            return Vec::new();
        }
        let mut pull = pull
            .lock()
            .expect("nothing panics with it")
            .take()
            .expect("one");
        let mut got = Vec::new();
        while let Ok(message) = pull.recv() {
            let bytes = message.as_bytes();
            assert_eq!(bytes.len(), 16 + padding);
            let number = |part: &[u8]| u64::from_le_bytes(part.try_into().expect("eight bytes"));
            let (sender, number) = (number(&bytes[..8]), number(&bytes[8..16]));
            got.push(Item { sender, number });
        }
        got
    });
    all_came(&received, senders, each, true);
    2 * senders * each
}
