//! Ends of an SPSC channel of bytes as `std::io`'s traits.

mod kit;

use std::io::{BufRead, BufReader, ErrorKind, Read, Write, copy};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;

use gimmal::channel::spsc::{Receiver, Sender, bounded};
use gimmal::channel::{Closed, SendError, TryRecvError, TrySendError};
use gimmal::wait::block_on;

use kit::{bounded as in_time, until_it_sleeps};

/// Bytes in which a lost, doubled or moved one shows.
fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|n| (n % 251) as u8).collect()
}

/// Everything that is written arrives, in order, through channels of all small capacities and a large one.
#[test]
fn what_is_written_is_read() {
    let len = if cfg!(miri) { 300 } else { 100_000 };
    for capacity in (1..20).chain([4096]) {
        let (mut writer, mut reader) = bounded::<u8>(capacity);
        let sent = bytes(len);
        let expected = sent.clone();
        let writes = thread::spawn(move || writer.write_all(&sent).unwrap());
        let mut all = Vec::new();
        in_time(move || {
            reader.read_to_end(&mut all).unwrap();
            assert!(all == expected, "through {capacity} places");
        });
        writes.join().unwrap();
    }
}

#[test]
fn a_read_takes_what_is_there_and_what_fits() {
    let (mut writer, mut reader) = bounded::<u8>(8);
    assert_eq!(writer.write(b"").unwrap(), 0);
    assert_eq!(reader.read(&mut []).unwrap(), 0);
    assert_eq!(
        writer.write(b"abcdefghij").unwrap(),
        8,
        "as much as there is room for"
    );
    writer.flush().unwrap();
    let mut buffer = [0; 6];
    assert_eq!(reader.read(&mut buffer).unwrap(), 6);
    assert_eq!(&buffer, b"abcdef");
    assert_eq!(reader.read(&mut buffer).unwrap(), 2);
    assert_eq!(&buffer[..2], b"gh");
}

/// Lines longer than the channel, and across the end of its memory; the last one has no end of its own.
#[test]
fn lines_are_read_without_a_buffer() {
    let lines: Vec<String> = (0..50).map(|n| "x".repeat(n % 13)).collect();
    for capacity in [1, 5, 64] {
        let (mut writer, reader) = bounded::<u8>(capacity);
        let text = lines.join("\n");
        let expected = lines.clone();
        let writes = thread::spawn(move || writer.write_all(text.as_bytes()).unwrap());
        in_time(move || {
            let read: Vec<String> = reader.lines().map(Result::unwrap).collect();
            assert_eq!(read, expected);
        });
        writes.join().unwrap();
    }
}

#[test]
fn consuming_takes_no_more_than_there_is() {
    let (mut writer, mut reader) = bounded::<u8>(4);
    writer.write_all(b"abc").unwrap();
    assert_eq!(reader.fill_buf().unwrap(), b"abc");
    reader.consume(1);
    assert_eq!(reader.fill_buf().unwrap(), b"bc", "a look takes nothing");
    reader.consume(0);
    assert_eq!(reader.fill_buf().unwrap(), b"bc");
    reader.consume(2);
    drop(writer);
    assert_eq!(reader.fill_buf().unwrap(), b"");
    reader.consume(0);
}

#[test]
fn a_closed_channel_is_the_end_for_its_reader_and_an_error_for_its_writer() {
    let (mut writer, mut reader) = bounded::<u8>(4);
    writer.write_all(b"ab").unwrap();
    writer.close();
    assert_eq!(
        writer.write(b"c").unwrap_err().kind(),
        ErrorKind::BrokenPipe
    );
    assert_eq!(writer.write(b"").unwrap_err().kind(), ErrorKind::BrokenPipe);
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    assert_eq!((rest.as_str(), reader.read(&mut [0]).unwrap()), ("ab", 0));

    let (mut writer, reader) = bounded::<u8>(4);
    drop(reader);
    assert_eq!(
        writer.write(b"c").unwrap_err().kind(),
        ErrorKind::BrokenPipe
    );
}

/// A write that waits for room ends when the reader goes; a read that waits ends when the writer does.
#[test]
fn the_end_wakes_the_other_side() {
    fn blocked<R: Send + 'static>(
        name: &str,
        act: impl FnOnce() -> R + Send + 'static,
    ) -> thread::JoinHandle<R> {
        let builder = thread::Builder::new().name(name.into());
        let handle = builder.spawn(act).unwrap();
        until_it_sleeps(name);
        handle
    }
    let (mut writer, reader) = bounded::<u8>(2);
    let writes = blocked("writes", move || writer.write_all(b"abc"));
    drop(reader);
    let why = in_time(move || writes.join().unwrap()).unwrap_err();
    assert_eq!(why.kind(), ErrorKind::BrokenPipe);

    let (writer, mut reader) = bounded::<u8>(2);
    let reads = blocked("reads", move || reader.read(&mut [0; 2]).unwrap());
    drop(writer);
    assert_eq!(in_time(move || reads.join().unwrap()), 0);

    let (mut writer, mut reader): (Sender<u8>, Receiver<u8>) = bounded(2);
    let fills = blocked("fills", move || reader.fill_buf().unwrap().to_vec());
    writer.write_all(b"x").unwrap();
    assert_eq!(in_time(move || fills.join().unwrap()), b"x");
}

/// Two channels and `std::io::copy` between them.
#[test]
fn a_pipeline_of_bytes() {
    let len = if cfg!(miri) { 200 } else { 50_000 };
    let (mut first, mut from) = bounded::<u8>(16);
    let (mut to, last) = bounded::<u8>(7);
    let sent = bytes(len);
    let expected = sent.clone();
    thread::spawn(move || first.write_all(&sent).unwrap());
    let copies = thread::spawn(move || copy(&mut from, &mut to).unwrap());
    let mut all = Vec::new();
    let mut last = BufReader::with_capacity(3, last);
    in_time(move || {
        last.read_to_end(&mut all).unwrap();
        assert!(all == expected);
    });
    assert_eq!(copies.join().unwrap(), len as u64);
}

#[test]
fn slices_and_many_messages_come_in_order_and_wait_for_the_first() {
    let (mut sender, mut receiver) = bounded::<u32>(8);
    let mut buffer = [0; 4];
    assert_eq!(
        receiver.try_recv_slice(&mut buffer),
        Err(TryRecvError::Empty)
    );
    assert_eq!(
        receiver.try_recv_many(&mut vec![], 4),
        Err(TryRecvError::Empty)
    );
    assert_eq!(receiver.try_recv_slice(&mut []), Ok(0));
    assert_eq!(receiver.recv_many(&mut vec![], 0), Ok(0));
    let all: Vec<u32> = (0..10_000).collect();
    let expected = all.clone();
    let producer = thread::spawn(move || {
        sender.send_all(&all).unwrap();
        sender
    });
    let (mut came, mut turn) = (Vec::new(), 0);
    while came.len() < expected.len() {
        turn += 1;
        if turn % 2 == 0 {
            assert!((1..=5).contains(&receiver.recv_many(&mut came, 5).unwrap()));
        } else {
            let n = receiver.recv_slice(&mut buffer).unwrap();
            came.extend(&buffer[..n]);
        }
    }
    assert_eq!(came, expected);
    let mut sender = producer.join().unwrap();
    assert_eq!(sender.try_send_slice(&[1; 9]), Ok(8));
    assert_eq!(sender.try_send_slice(&[1]), Err(TrySendError::Full(())));
    drop(sender);
    let mut rest = Vec::new();
    assert_eq!(receiver.recv_many(&mut rest, 100), Ok(8));
    assert_eq!(receiver.recv_many(&mut rest, 100), Err(Closed));
    assert_eq!(receiver.recv_slice(&mut buffer), Err(Closed));

    let (mut sender, receiver) = bounded::<u32>(4);
    let waiting = thread::spawn(move || {
        sender
            .send_all(&[1, 2, 3, 4, 5, 6])
            .map_err(|rest| rest.0.len())
    });
    while !receiver.is_full() {
        thread::yield_now();
    }
    drop(receiver);
    assert_eq!(waiting.join().unwrap(), Err(2), "so many were not sent");
}

#[test]
fn tasks_send_and_receive_slices_and_wait_for_the_first() {
    let all: Vec<u32> = (0..10_000).collect();
    let (mut sender, mut receiver) = bounded::<u32>(8);
    let expected = all.clone();
    in_time(move || {
        let producer = thread::spawn(move || {
            block_on(async {
                // As far as there is room, then all of the rest.
                let first = sender.send_slice_async(&all).await.unwrap();
                assert!((1..=8).contains(&first));
                sender.send_all_async(&all[first..]).await.unwrap();
            });
        });
        let came: Vec<u32> = block_on(async {
            let (mut came, mut buffer) = (Vec::new(), [0; 5]);
            while let Ok(n) = receiver.recv_slice_async(&mut buffer).await {
                came.extend(&buffer[..n]);
            }
            came
        });
        assert_eq!(came, expected);
        producer.join().unwrap();
    });
}

#[test]
fn a_task_that_sends_to_nobody_is_told_what_is_left() {
    let (mut sender, mut receiver) = bounded::<u32>(4);
    {
        let mut sending = pin!(sender.send_all_async(&[1, 2, 3, 4, 5, 6]));
        let mut context = Context::from_waker(Waker::noop());
        assert!(sending.as_mut().poll(&mut context).is_pending());
        let mut buffer = [0; 1];
        assert_eq!(block_on(receiver.recv_slice_async(&mut buffer)), Ok(1));
        assert!(sending.as_mut().poll(&mut context).is_pending());
        drop(receiver);
        let Poll::Ready(Err(SendError(rest))) = sending.poll(&mut context) else {
            panic!("nobody receives");
        };
        assert_eq!(rest, [6]);
    }
    assert_eq!(block_on(sender.send_slice_async(&[7])), Err(Closed));
}
