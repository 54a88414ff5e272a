//! What carries messages is owned by them. Dropping a message then closes a socket, or an end of a channel, in the middle of
//! the close that drops it.

use std::sync::Arc;
use std::time::Duration;

use gimmal::channel;
use gimmal::queue::Queue;
use gimmal::{Context, Pair, Pull, Push};

use crate::kit::{Counted, Drops, bounded, small};

/// A message, and what it owns.
struct Mail {
    _owns: Vec<Owned>,
    _counted: Counted,
}

#[allow(dead_code)] // Owned, and dropped.
enum Owned {
    Push(Push<Mail>),
    Pull(Pull<Mail>),
    Pair(Pair<Mail>),
    Context(Context<Mail>),
}

fn mail(drops: &Drops, owns: impl IntoIterator<Item = Owned>) -> Mail {
    Mail {
        _owns: owns.into_iter().collect(),
        _counted: drops.one(0),
    }
}

/// Sends what must find room.
fn send(push: &mut Push<Mail>, message: Mail) {
    assert!(push.try_send(message).is_ok());
}

fn linked(context: &Context<Mail>, name: &str) -> (Push<Mail>, Pull<Mail>) {
    let (push, pull) = (context.push().unwrap(), context.pull().unwrap());
    let name = format!("inproc://{name}");
    pull.bind(&name).unwrap();
    push.connect(&name).unwrap();
    (push, pull)
}

#[test]
fn a_socket_that_closes_drops_messages_that_own_its_peer_and_other_sockets() {
    bounded(|| {
        for way in 0..4 {
            let drops = Drops::default();
            let context = small().hwm(8, 8).typed::<Mail>().build();
            let (mut push, pull) = linked(&context, "one");
            let (other, other_pull) = linked(&context, "other");
            let owned = mail(&drops, [Owned::Push(other)]);
            send(&mut push, owned);
            let last = mail(&drops, [Owned::Pull(other_pull)]);
            send(&mut push, last);
            match way {
                // The receiver drops the messages, and with them two sockets that are linked to each other.
                0 => drop((pull, push)),
                1 => drop((push, pull)),
                // The sender is in a message that its own receiver drops.
                2 => {
                    let (mut deep, deep_pull) = linked(&context, "deep");
                    let message = mail(&drops, [Owned::Push(push)]);
                    send(&mut deep, message);
                    drop(deep);
                    drop(deep_pull);
                    drop(pull);
                }
                _ => {
                    context.shutdown();
                    drop(pull);
                    drop(push);
                }
            }
            let report = context.term_timeout(Duration::from_secs(20));
            assert!(report.is_ok(), "way {way}: {report:?}");
            assert_eq!(context.open_sockets(), 0);
            let made = if way == 2 { 3 } else { 2 };
            drop(context);
            assert_eq!(drops.count(), made, "way {way}");
        }
    });
}

/// The share of a context that is in a message is the last one.
#[test]
fn the_last_share_of_a_context_goes_with_a_message_of_it() {
    bounded(|| {
        let drops = Drops::default();
        let context = small().typed::<Mail>().build();
        let (mut push, mut pull) = linked(&context, "x");
        send(&mut push, mail(&drops, [Owned::Context(context.clone())]));
        send(&mut push, mail(&drops, []));
        drop(context);
        drop(push);
        let message = pull.try_recv().unwrap();
        drop(pull);
        assert_eq!(drops.count(), 1, "the second one went with the socket");
        drop(message);
        assert_eq!(drops.count(), 2);

        // A Pair that carries itself, through its peer.
        let context = small().typed::<Mail>().build();
        let (a, mut b) = (context.pair().unwrap(), context.pair().unwrap());
        a.bind("inproc://y").unwrap();
        b.connect("inproc://y").unwrap();
        assert!(b.try_send(mail(&drops, [Owned::Pair(a)])).is_ok());
        drop(b);
        // The message waits in a link that only its own socket could read: shutdown alone does not reach it.
        assert_eq!(context.open_sockets(), 1);
        assert!(context.term_timeout(Duration::ZERO).is_err());
    });
}

#[test]
fn ends_of_channels_travel_through_their_own_channel() {
    enum Parcel {
        Sender(
            #[allow(dead_code)] channel::Sender<Parcel>,
            #[allow(dead_code)] Counted,
        ),
        Receiver(
            #[allow(dead_code)] channel::Receiver<Parcel>,
            #[allow(dead_code)] Counted,
        ),
    }
    bounded(|| {
        let drops = Drops::default();
        let (sender, receiver) = channel::bounded::<Parcel>(4);
        sender
            .send(Parcel::Sender(sender.clone(), drops.one(0)))
            .ok()
            .unwrap();
        sender
            .send(Parcel::Sender(sender.clone(), drops.one(0)))
            .ok()
            .unwrap();
        // The last receiver drains the channel, and drops senders of it while it does.
        drop(receiver);
        assert_eq!(drops.count(), 2);
        let refused = sender.send(Parcel::Sender(sender.clone(), drops.one(0)));
        drop(refused);
        assert_eq!(drops.count(), 3);

        let (sender, receiver) = channel::bounded::<Parcel>(4);
        sender
            .send(Parcel::Receiver(receiver.clone(), drops.one(0)))
            .ok()
            .unwrap();
        let Ok(Parcel::Receiver(again, _counted)) = receiver.recv() else {
            panic!("it was sent");
        };
        drop(receiver);
        sender
            .send(Parcel::Sender(sender.clone(), drops.one(0)))
            .ok()
            .unwrap();
        drop(again);
        assert_eq!(drops.count(), 4, "the parcel in hand is there yet");
    });

    // An SPSC channel: each end once.
    struct Ends(
        #[allow(dead_code)] Option<channel::spsc::Sender<Ends>>,
        #[allow(dead_code)] Counted,
    );
    bounded(|| {
        let drops = Drops::default();
        let (mut first, mut first_out) = channel::spsc::bounded::<Ends>(2);
        let (second, mut second_out) = channel::spsc::bounded::<Ends>(2);
        first
            .try_send(Ends(Some(second), drops.one(0)))
            .ok()
            .unwrap();
        first.try_send(Ends(None, drops.one(0))).ok().unwrap();
        let Ok(Ends(Some(mut second), _)) = first_out.try_recv() else {
            panic!("it was sent");
        };
        // Into the other channel goes the sender that has sent it, and its receiver closes both.
        second
            .try_send(Ends(Some(first), drops.one(0)))
            .ok()
            .unwrap();
        drop(second);
        second_out.close();
        drop(second_out);
        assert!(first_out.try_recv().is_ok());
        assert!(first_out.recv().is_err(), "its sender has gone");
        assert_eq!(drops.count(), 3);
    });
}

/// The destructor of an item puts another one into the queue that drops it.
#[test]
fn a_destructor_puts_into_the_queue_that_drops_its_item() {
    struct Again(Arc<Queue<Again>>, usize, Drops, #[allow(dead_code)] Counted);
    impl Drop for Again {
        fn drop(&mut self) {
            if self.1 > 0 {
                let counted = self.2.one(self.1);
                let next = Again(self.0.clone(), self.1 - 1, self.2.clone(), counted);
                // Whether there is room or not, or it is closed.
                let _ = self.0.try_put(next);
            }
        }
    }
    bounded(|| {
        let drops = Drops::default();
        let queue = Arc::new(Queue::new(2));
        for _ in 0..2 {
            let first = Again(queue.clone(), 3, drops.clone(), drops.one(3));
            assert!(queue.try_put(first).is_ok());
        }
        drop(queue.try_get());
        assert_eq!(queue.len(), 2);
        // Those that are dropped after the close put nothing in, and are dropped in turn.
        drop(queue.close_now());
        assert!(queue.is_empty());
        assert_eq!(drops.count(), 8);
        assert_eq!(Arc::strong_count(&queue), 1);
    });
}
