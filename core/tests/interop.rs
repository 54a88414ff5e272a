//! Other crates' traits: bytes through rings and channels as `embedded_io` reads and writes them, and the lock under the
//! types of `embassy_sync` and `mutex_traits`.

use std::cell::Cell;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use embassy_sync::blocking_mutex::Mutex;
use embedded_io::{BufRead, Error, ErrorKind, Read, ReadReady, Write, WriteReady};
use gimmal_core::channel::spsc::Channel;
use gimmal_core::error::{Closed, Empty, Full};
use gimmal_core::interop::raw_mutex::RawMutex;
use gimmal_core::ring::spsc::Ring;
use gimmal_core::wait::block_on;
use mutex_traits::{ConstInit, ScopedRawMutex};

const ALL: u32 = if cfg!(miri) { 50 } else { 10_000 };

#[test]
fn a_ring_of_bytes_never_waits() {
    let mut ring = Ring::<u8, 4>::new();
    let (mut writer, mut reader) = ring.split();
    let mut buffer = [0; 3];
    assert_eq!(Read::read(&mut reader, &mut buffer), Err(Empty));
    assert_eq!(BufRead::fill_buf(&mut reader), Err(Empty));
    assert_eq!(Read::read(&mut reader, &mut []), Ok(0));
    assert_eq!(reader.read_ready(), Ok(false));
    assert_eq!(Write::write(&mut writer, b"abcdef"), Ok(4));
    assert_eq!(Write::write(&mut writer, b"ef"), Err(Full(())));
    assert_eq!(Write::write(&mut writer, b""), Ok(0));
    assert_eq!(Full(()).kind(), ErrorKind::WriteZero);
    assert_eq!(writer.write_ready(), Ok(false));
    assert_eq!(Write::flush(&mut writer), Ok(()));
    assert_eq!(reader.read_ready(), Ok(true));
    assert_eq!(
        (Read::read(&mut reader, &mut buffer), buffer),
        (Ok(3), *b"abc")
    );
    assert_eq!(writer.write_ready(), Ok(true));
    assert_eq!(Write::write_all(&mut writer, b"gh"), Ok(()));
    assert_eq!(BufRead::fill_buf(&mut reader), Ok(&b"d"[..]));
    BufRead::consume(&mut reader, 1);
    assert_eq!(BufRead::fill_buf(&mut reader), Ok(&b"gh"[..]));
    BufRead::consume(&mut reader, 9);
    assert_eq!(BufRead::fill_buf(&mut reader), Err(Empty));
    // No end of the bytes, and no fault of the writer's.
    assert_eq!(Empty.kind(), ErrorKind::Other);
}

#[test]
fn a_ring_takes_formatted_text_as_far_as_it_fits() {
    let mut ring = Ring::<u8, 8>::new();
    let (mut writer, mut reader) = ring.split();
    assert!(writer.write_fmt(format_args!("t={} ", 21)).is_ok());
    assert!(writer.write_fmt(format_args!("h={}", 1234)).is_err());
    let mut text = [0; 8];
    assert_eq!(Read::read_exact(&mut reader, &mut text), Ok(()));
    assert_eq!(&text, b"t=21 h=1");
}

#[test]
fn a_closed_channel_is_read_to_its_end() {
    let mut channel = Channel::<u8, 4>::new();
    let (mut writer, mut reader) = channel.split();
    assert_eq!(
        (writer.write_ready(), reader.read_ready()),
        (Ok(true), Ok(false))
    );
    assert_eq!(Write::write(&mut writer, b"abcdef"), Ok(4));
    // Nothing is held back that it would have to wait for.
    assert_eq!(Write::flush(&mut writer), Ok(()));
    assert_eq!(
        (writer.write_ready(), reader.read_ready()),
        (Ok(false), Ok(true))
    );
    writer.close();
    assert_eq!(Write::write(&mut writer, b"e"), Err(Closed));
    assert_eq!(Closed.kind(), ErrorKind::BrokenPipe);
    assert_eq!(writer.write_ready(), Ok(true));
    assert_eq!(BufRead::fill_buf(&mut reader), Ok(&b"abcd"[..]));
    BufRead::consume(&mut reader, 1);
    let mut buffer = [0; 8];
    assert_eq!(Read::read(&mut reader, &mut buffer), Ok(3));
    assert_eq!(&buffer[..3], b"bcd");
    assert_eq!(reader.read_ready(), Ok(true));
    assert_eq!(Read::read(&mut reader, &mut buffer), Ok(0));
    assert_eq!(BufRead::fill_buf(&mut reader), Ok(&b""[..]));
    use embedded_io_async as tasks;
    let read = tasks::Read::read(&mut reader, &mut buffer);
    assert_eq!(block_on(read), Ok(0));
    assert_eq!(
        block_on(tasks::BufRead::fill_buf(&mut reader)),
        Ok(&b""[..])
    );
    assert_eq!(
        block_on(tasks::Write::write(&mut writer, b"e")),
        Err(Closed)
    );
}

/// Sends all numbers as four bytes each, in parts of other sizes.
fn numbers() -> Vec<u8> {
    (0..ALL).flat_map(u32::to_be_bytes).collect()
}

#[test]
fn numbers_cross_a_channel_in_blocking_reads_and_writes() {
    let mut channel = Channel::<u8, 7>::new();
    let (mut writer, mut reader) = channel.split();
    thread::scope(|s| {
        s.spawn(move || {
            for part in numbers().chunks(5) {
                Write::write_all(&mut writer, part).unwrap();
            }
            writer.close();
        });
        for n in 0..ALL {
            let mut four = [0; 4];
            Read::read_exact(&mut reader, &mut four).unwrap();
            assert_eq!(u32::from_be_bytes(four), n);
        }
        assert_eq!(Read::read(&mut reader, &mut [0]), Ok(0));
    });
}

#[test]
fn embassy_s_types_use_the_lock() {
    static TOTAL: Mutex<RawMutex, Cell<u32>> = Mutex::new(Cell::new(0));
    thread::scope(|s| {
        for _ in 0..2 {
            s.spawn(|| (0..ALL).for_each(|_| TOTAL.lock(|total| total.set(total.get() + 1))));
        }
    });
    assert_eq!(TOTAL.lock(Cell::get), 2 * ALL);

    static LINES: embassy_sync::channel::Channel<RawMutex, u32, 2> =
        embassy_sync::channel::Channel::new();
    thread::scope(|s| {
        s.spawn(|| {
            block_on(async {
                for n in 0..ALL {
                    LINES.send(n).await
                }
            })
        });
        block_on(async {
            for n in 0..ALL {
                assert_eq!(LINES.receive().await, n)
            }
        });
    });
}

#[test]
fn embassy_s_types_use_a_lock_that_is_made_when_the_program_runs() {
    for lock in [RawMutex::new(), RawMutex::default()] {
        assert_eq!(format!("{lock:?}"), "RawMutex { locked: false }");
        let total = Mutex::const_new(lock, Cell::new(1));
        total.lock(|total| total.set(total.get() + 1));
        assert_eq!(total.lock(Cell::get), 2);
    }
}

#[test]
fn the_lock_runs_one_closure_at_a_time_and_survives_panics() {
    static LOCK: RawMutex = RawMutex::INIT;
    assert!(!LOCK.is_locked());
    let inside = || {
        assert!(LOCK.is_locked());
        assert_eq!(LOCK.try_with_lock(|| ()), None, "inside itself");
        7
    };
    assert_eq!(
        (LOCK.with_lock(inside), LOCK.try_with_lock(inside)),
        (7, Some(7))
    );
    let other = || {
        LOCK.with_lock(|| thread::scope(|s| s.spawn(|| LOCK.try_with_lock(|| ())).join().unwrap()))
    };
    assert_eq!(other(), None, "from another thread");
    let bang = AssertUnwindSafe(|| LOCK.with_lock(|| panic!("bang")));
    assert!(catch_unwind(bang).is_err());
    assert_eq!(format!("{LOCK:?}"), "RawMutex { locked: false }");
    assert_eq!(LOCK.try_with_lock(|| 8), Some(8));
}

mod tasks {
    use super::{Channel, Infallible, block_on, numbers, thread};
    use embedded_io_async::{BufRead, Write};

    #[test]
    fn numbers_cross_a_channel_in_tasks() {
        let mut channel = Channel::<u8, 7>::new();
        let (mut writer, mut reader) = channel.split();
        thread::scope(|s| {
            s.spawn(move || {
                block_on(async {
                    for part in numbers().chunks(5) {
                        writer.write_all(part).await.unwrap();
                    }
                    writer.flush().await.unwrap();
                    writer.close();
                });
            });
            let all = block_on(async {
                let mut all = Vec::new();
                loop {
                    let bytes = reader
                        .fill_buf()
                        .await
                        .unwrap_or_else(|never: Infallible| match never {});
                    let n = bytes.len();
                    if n == 0 {
                        return all;
                    }
                    all.extend_from_slice(bytes);
                    reader.consume(n);
                }
            });
            assert_eq!(all, numbers());
        });
    }
}
