//! Slices through SPSC rings and channels beside a `VecDeque`: over arrays and views, from every start position, waiting,
//! and beside a close.

mod kit;

use std::collections::VecDeque;
use std::pin::pin;
use std::task::{Poll, Waker};
use std::thread;

use gimmal_core::channel::spsc::Channel;
use gimmal_core::error::{Closed, TryRecvError, TrySendError};
use gimmal_core::ring::spsc::Ring;
use gimmal_core::test_hooks;
use gimmal_core::wait::block_on;
use kit::{Counted, poll};
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
enum Op {
    Push(usize),
    Pop(usize),
    Write(usize, usize),
    Read(usize, usize),
}

fn op() -> impl Strategy<Value = Op> {
    let n = 0..10_usize;
    prop_oneof![
        n.clone().prop_map(Op::Push),
        n.clone().prop_map(Op::Pop),
        (n.clone(), n.clone()).prop_map(|(n, k)| Op::Write(n, k)),
        (n.clone(), n).prop_map(|(n, k)| Op::Read(n, k)),
    ]
}

fn compare<const N: usize>(start: usize, erase: bool, ops: &[Op]) {
    let mut ring = Ring::<u32, N>::new();
    test_hooks::spsc_at(&mut ring, test_hooks::last_position(N) - start % (2 * N));
    let (mut producer, mut consumer) = ring.split();
    let mut model = VecDeque::new();
    let mut next = 0..;
    macro_rules! each {
        ($producer:expr, $consumer:expr) => {
            for op in ops {
                let room = N - model.len();
                match *op {
                    Op::Push(n) => {
                        let items: Vec<u32> = next.by_ref().take(n).collect();
                        assert_eq!($producer.push_slice(&items), n.min(room));
                        model.extend(&items[..n.min(room)]);
                    }
                    Op::Pop(n) => {
                        let mut buffer = vec![u32::MAX; n];
                        let got = $consumer.pop_slice(&mut buffer);
                        assert_eq!(got, n.min(model.len()));
                        assert!(model.drain(..got).eq(buffer[..got].iter().copied()));
                        assert!(buffer[got..].iter().all(|item| *item == u32::MAX));
                    }
                    Op::Write(n, k) => {
                        let mut chunk = $producer.reserve_up_to(n);
                        assert_eq!(chunk.len(), n.min(room));
                        let items: Vec<u32> = next.by_ref().take(k.min(chunk.len())).collect();
                        assert_eq!(chunk.fill(items.iter().copied()), items.len());
                        chunk.commit();
                        model.extend(items);
                    }
                    Op::Read(n, k) => {
                        let chunk = $consumer.read_chunk_up_to(n);
                        assert_eq!(chunk.len(), n.min(model.len()));
                        let (len, k) = (chunk.len(), k.min(chunk.len()));
                        let (first, second) = chunk.into_slices();
                        assert!(first.iter().chain(second).eq(model.iter().take(len)));
                        $consumer.read_chunk_up_to(n).release(k);
                        model.drain(..k);
                    }
                }
                assert_eq!(
                    ($producer.len(), $consumer.len()),
                    (model.len(), model.len())
                );
            }
        };
    }
    if erase {
        let (mut producer, mut consumer) = (producer.erase(), consumer.erase());
        each!(producer, consumer);
    } else {
        each!(producer, consumer);
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 192 })
    })]

    #[test]
    fn a_ring_of_slices_behaves_like_a_bounded_vec_deque(
        start in 0..64_usize,
        erase in any::<bool>(),
        ops in prop::collection::vec(op(), 0..if cfg!(miri) { 40 } else { 200 }),
    ) {
        compare::<1>(start, erase, &ops);
        compare::<2>(start, erase, &ops);
        compare::<5>(start, erase, &ops);
        compare::<8>(start, erase, &ops);
    }
}

#[test]
fn values_without_a_size_pass_in_slices() {
    let mut ring = Ring::<(), 3>::new();
    let (mut producer, mut consumer) = ring.split();
    assert_eq!(producer.push_slice(&[(); 5]), 3);
    assert_eq!(consumer.pop_slice(&mut [(); 2]), 2);
    assert_eq!(consumer.read_chunk_up_to(9).len(), 1);
}

#[test]
fn what_comes_through_in_slices_is_what_went_in() {
    const ALL: u32 = if cfg!(miri) { 200 } else { 100_000 };
    let mut channel = Channel::<u32, 13>::new();
    let (mut sender, mut receiver) = channel.split();
    thread::scope(|s| {
        s.spawn(move || {
            let all: Vec<u32> = (0..ALL).collect();
            for part in all.chunks(7) {
                let mut rest = part;
                while !rest.is_empty() {
                    let sent = block_on(sender.send_slice(rest)).unwrap();
                    rest = &rest[sent..];
                }
            }
            sender.close();
        });
        let (mut buffer, mut next) = ([0; 5], 0);
        while let Ok(n) = block_on(receiver.recv_slice(&mut buffer)) {
            for value in &buffer[..n] {
                assert_eq!(*value, next);
                next += 1;
            }
        }
        assert_eq!(next, ALL);
    });
}

#[test]
fn a_slice_waits_for_room_and_for_messages_and_wakes_the_other_end() {
    let mut channel = Channel::<u8, 2>::new();
    let (mut sender, mut receiver) = channel.split();
    let ((sends, sender_waker), (receives, receiver_waker)) = (Counted::new(), Counted::new());
    let mut buffer = [0; 4];
    {
        let mut receiving = pin!(receiver.recv_slice(&mut buffer));
        assert!(poll(receiving.as_mut(), &receiver_waker).is_pending());
        assert_eq!(sender.try_send_slice(b"ab"), Ok(2));
        assert_eq!(receives.wakes(), 1);
        assert_eq!(sender.try_send_slice(b"c"), Err(TrySendError::Full(())));
        assert_eq!(poll(receiving, &receiver_waker), Poll::Ready(Ok(2)));
    }
    assert_eq!(sender.try_send_slice(b"cd"), Ok(2));
    let mut sending = pin!(sender.send_slice(b"efg"));
    assert!(poll(sending.as_mut(), &sender_waker).is_pending());
    assert_eq!(receiver.try_recv_slice(&mut buffer[..1]), Ok(1));
    assert_eq!(sends.wakes(), 1);
    assert_eq!(poll(sending, &sender_waker), Poll::Ready(Ok(1)));
    assert_eq!(receiver.try_recv_slice(&mut buffer), Ok(2));
    assert_eq!(&buffer[..2], b"de");
    assert_eq!(
        receiver.try_recv_slice(&mut buffer),
        Err(TryRecvError::Empty)
    );
}

#[test]
fn skipping_frees_room_and_wakes_the_sender() {
    let mut channel = Channel::<u8, 3>::new();
    let (mut sender, mut receiver) = channel.split();
    assert_eq!(sender.try_send_slice(b"xy"), Ok(2));
    assert_eq!(receiver.skip(2), 2);
    assert_eq!(sender.try_send_slice(b"abc"), Ok(3));
    // One lies at the end of the memory, two at its beginning.
    assert_eq!(receiver.peek_slice(), b"a");
    let (counted, waker) = Counted::new();
    {
        let mut sending = pin!(sender.send_slice(b"d"));
        assert!(poll(sending.as_mut(), &waker).is_pending());
        assert_eq!(receiver.skip(1), 1);
        assert_eq!(counted.wakes(), 1);
        assert!(poll(sending, &waker).is_ready());
    }
    assert_eq!(receiver.peek_slice(), b"bcd");
    assert_eq!(receiver.skip(9), 3);
    assert_eq!((receiver.skip(1), receiver.peek_slice()), (0, &b""[..]));
}

#[test]
fn what_was_sent_before_a_close_is_received_in_slices() {
    let mut channel = Channel::<u8, 4>::new();
    let (mut sender, mut receiver) = channel.split();
    assert_eq!(sender.try_send_slice(b"abc"), Ok(3));
    sender.close();
    assert_eq!(sender.try_send_slice(b"d"), Err(TrySendError::Closed(())));
    assert_eq!(sender.try_send_slice(b""), Err(TrySendError::Closed(())));
    assert_eq!(block_on(sender.send_slice(b"d")), Err(Closed));
    assert_eq!(block_on(receiver.wait_readable()), Ok(()));
    let mut buffer = [0; 2];
    assert_eq!(block_on(receiver.recv_slice(&mut buffer)), Ok(2));
    assert_eq!(receiver.try_recv_slice(&mut buffer), Ok(1));
    assert_eq!(receiver.try_recv_slice(&mut []), Ok(0));
    assert_eq!(
        receiver.try_recv_slice(&mut buffer),
        Err(TryRecvError::Closed)
    );
    assert_eq!(block_on(receiver.recv_slice(&mut buffer)), Err(Closed));
    assert_eq!(block_on(receiver.wait_readable()), Err(Closed));
}

#[test]
fn a_wait_for_a_slice_ends_when_the_other_end_closes() {
    let mut channel = Channel::<u8, 1>::new();
    let (sender, mut receiver) = channel.split();
    let (counted, waker) = Counted::new();
    {
        let mut waiting = pin!(receiver.wait_readable());
        assert!(poll(waiting.as_mut(), &waker).is_pending());
        sender.close();
        assert_eq!(counted.wakes(), 1);
        assert_eq!(poll(waiting, Waker::noop()), Poll::Ready(Err(Closed)));
    }
    let mut channel = Channel::<u8, 1>::new();
    let (mut sender, receiver) = channel.split();
    assert_eq!(sender.try_send_slice(b"a"), Ok(1));
    let mut sending = pin!(sender.send_slice(b"b"));
    assert!(poll(sending.as_mut(), &waker).is_pending());
    assert_eq!(receiver.close_and_drain(), 1);
    assert_eq!(poll(sending, Waker::noop()), Poll::Ready(Err(Closed)));
}
