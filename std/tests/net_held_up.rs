//! The thread that moves messages is held up, so nothing else is in this process.
#![cfg(feature = "net")]

use std::sync::mpsc;
use std::time::Duration;

use gimmal::{Context, Frame};

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);

/// A buffer whose drop says that it has begun, and waits until it may end.
struct Slow(mpsc::Sender<()>, mpsc::Receiver<()>);

impl AsRef<[u8]> for Slow {
    fn as_ref(&self) -> &[u8] {
        b"slow"
    }
}

impl Drop for Slow {
    fn drop(&mut self) {
        let _ = self.0.send(());
        let _ = self.1.recv_timeout(LONG);
    }
}

/// A discard that gives up waiting for it throws nothing away later.
#[test]
fn a_discard_that_was_given_up_is_over() {
    let (begins, begun) = mpsc::channel();
    let (end, ends) = mpsc::channel();
    let context = Context::new();
    let mut pull = context.pull().unwrap();
    pull.bind("tcp://127.0.0.1:*").unwrap();
    let at = pull.last_endpoint().unwrap();
    let there = Context::new();
    let mut push = there.push().unwrap();
    push.connect(&at).unwrap();
    push.send(Frame::from_owner(Slow(begins, ends))).unwrap();
    // It is written, and dropped by that thread.
    begun.recv_timeout(LONG).unwrap();
    assert_eq!(there.discard(&at), Ok(0));
    push.send("sent after it").unwrap();
    assert_eq!(push.close().unread, 1);
    end.send(()).unwrap();
    assert_eq!(pull.recv_timeout(LONG).unwrap(), "slow");
    assert_eq!(pull.recv_timeout(LONG).unwrap(), "sent after it");
}
