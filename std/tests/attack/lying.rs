//! What is asked for twice is something else the second time.

#![allow(clippy::eq_op)] // That something equals itself is the question.

use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use gimmal::Message;
use gimmal::message::Frame;
use gimmal::poll::PollSet;
use gimmal::sync::Event;
use gimmal_core::pool::Pool;

use crate::kit::{bounded, small};

/// Bytes of another length, and elsewhere, at each call.
struct Shifty(Vec<u8>, AtomicUsize);

impl Shifty {
    fn new() -> Self {
        Shifty((0..100).collect(), AtomicUsize::new(0))
    }
}

impl AsRef<[u8]> for Shifty {
    fn as_ref(&self) -> &[u8] {
        let at = self.1.fetch_add(37, SeqCst) % 50;
        &self.0[at..100 - at / 2]
    }
}

/// Everything that reads bytes, of a frame whose bytes change.
fn read_all(message: &Message) {
    for frame in message.frames() {
        assert!(frame.len() <= 100 && frame.as_bytes().len() <= 100);
        let _ = (
            frame.to_str().is_ok(),
            frame == frame,
            format!("{frame:?}").len(),
        );
        let mut hasher = std::hash::DefaultHasher::new();
        frame.hash(&mut hasher);
        let _ = hasher.finish();
        assert!(frame.clone().into_bytes().len() <= 100);
    }
    let _ = (
        message.len(),
        message.as_bytes().len(),
        message.to_str().is_ok(),
    );
    let _ = (message == message, format!("{message:?} {message}").len());
}

#[test]
fn bytes_that_change_with_each_look_travel_like_others() {
    bounded(|| {
        static POOL: Pool<Shifty, 2> = Pool::new();
        let context = small().build();
        let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
        pull.bind("inproc://x").unwrap();
        push.connect("inproc://x").unwrap();
        for _ in 0..3 {
            let loan = POOL.try_take(Shifty::new()).ok().unwrap();
            let frames = [
                Frame::from(loan.share()),
                Frame::from_owner(Shifty::new()),
                Frame::copy_of(Shifty::new()),
            ];
            let message = Message::from_frames(frames);
            read_all(&message);
            push.send(message.clone()).unwrap();
            drop(message);
            let message = pull.recv().unwrap();
            read_all(&message);
            assert_eq!(POOL.lent(), 1);
            drop(message);
            assert_eq!(POOL.lent(), 0);
        }
    });
}

/// A topic is read while it is compared with subscriptions.
#[test]
fn a_subscription_is_compared_with_bytes_that_change() {
    bounded(|| {
        static POOL: Pool<Shifty, 4> = Pool::new();
        let context = small().build();
        let mut publish = context.publish().unwrap();
        publish.bind("inproc://news").unwrap();
        let mut subscribe = context.subscribe().unwrap();
        subscribe.connect("inproc://news").unwrap();
        for topic in [&[0_u8, 1][..], &[37], &[74, 75, 76]] {
            subscribe.subscribe(topic).unwrap();
        }
        let mut sent = 0;
        for _ in 0..12 {
            let Ok(loan) = POOL.try_take(Shifty::new()) else {
                break;
            };
            publish.try_send(Message::new(loan.share())).unwrap();
            sent += 1;
            while let Ok(message) = subscribe.try_recv() {
                read_all(&message);
            }
        }
        assert_eq!((sent, POOL.lent()), (12, 0));
    });
}

/// A key that is equal to nothing, or to everything, or panics when it is cloned.
#[derive(Debug)]
struct Odd(usize, Arc<AtomicUsize>);

const HONEST: usize = 0;
const EQUAL_TO_NOTHING: usize = 1;
const EQUAL_TO_ALL: usize = 2;
const PANICS: usize = 3;

impl Hash for Odd {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let how = self.1.load(SeqCst);
        if how == HONEST || how == PANICS {
            self.0.hash(state);
        } else {
            0.hash(state);
        }
    }
}

impl PartialEq for Odd {
    fn eq(&self, other: &Self) -> bool {
        match self.1.load(SeqCst) {
            EQUAL_TO_NOTHING => false,
            EQUAL_TO_ALL => true,
            _ => self.0 == other.0,
        }
    }
}

impl Eq for Odd {}

impl Clone for Odd {
    fn clone(&self) -> Self {
        if self.1.load(SeqCst) == PANICS {
            std::panic::resume_unwind(Box::new(()));
        }
        Odd(self.0, self.1.clone())
    }
}

#[test]
fn a_poll_set_with_keys_that_lie_drops_each_object_once_and_polls_on() {
    bounded(|| {
        let how = Arc::new(AtomicUsize::new(HONEST));
        let events: Vec<_> = (0..6).map(|_| Arc::new(Event::new())).collect();
        let mut set = PollSet::new();
        let key = |n| Odd(n, how.clone());
        for (n, event) in events.iter().enumerate() {
            assert!(
                set.add(key(n), event.clone(), |event| event.readable())
                    .is_none()
            );
        }
        for (round, lie) in [EQUAL_TO_NOTHING, EQUAL_TO_ALL, PANICS, EQUAL_TO_ALL]
            .into_iter()
            .enumerate()
        {
            events[round].set();
            how.store(lie, SeqCst);
            let removed = catch_unwind(AssertUnwindSafe(|| set.remove(&key(round))));
            let added = catch_unwind(AssertUnwindSafe(|| {
                set.add(key(round), events[5].clone(), |event| event.readable())
            }));
            drop((removed, added));
            let _ = catch_unwind(AssertUnwindSafe(|| set.get_mut(&key(2)).is_some()));
            how.store(HONEST, SeqCst);
            assert!(set.poll_timeout(Duration::ZERO) <= set.len());
            events[round].clear();
        }
        drop(set);
        for event in &events {
            assert_eq!(Arc::strong_count(event), 1);
        }
    });
}
