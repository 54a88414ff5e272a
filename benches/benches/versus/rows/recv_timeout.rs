//! Receiving with a time limit.
//!
//! * `at-once`: the message is there. One thread fills 1024 places (not timed) and takes them out with `recv_timeout`.
//!   Who reads the clock before he looks pays for it here.
//! * `overshoot`: nothing comes. What counts is by how much the wait is longer than asked for, and that the CPU is idle
//!   meanwhile: busy-waiting to the deadline is precise, and disqualified. Coming back early is a fault.

use super::ours::{CHANNEL, SPSC_CHANNEL};
use crate::book::{Against, Kind, Row, Rows};
use crate::contract::Timed;
use crate::race::{Outcome, alone};
use std::time::{Duration, Instant};

/// What the overshoot is measured against.
pub(crate) const STD: &str = "std sync_channel";

const PLACES: u64 = 1024;

pub(crate) fn rows() -> Vec<Row> {
    let overshoot = |name, about| {
        Row::new(Kind::Waiting, name, about)
            .goal(CHANNEL, Against::This(STD), 1.0)
            .goal(SPSC_CHANNEL, Against::This(STD), 1.0)
    };
    vec![
        Row::new(
            Kind::OneThread,
            "recv-timeout/at-once",
            "a message is there, the limit is a second",
        )
        .goal(CHANNEL, Against::Best, 1.0)
        .goal(SPSC_CHANNEL, Against::Best, 1.0),
        overshoot(
            "recv-timeout/overshoot-1ms",
            "nothing comes: how much longer than 1 ms",
        ),
        overshoot(
            "recv-timeout/overshoot-10ms",
            "nothing comes: how much longer than 10 ms",
        ),
    ]
}

/// Enters a channel.
pub(crate) fn enter<C: Timed<u64>>(book: &mut Rows, name: &'static str) {
    book.time("recv-timeout/at-once", name, at_once::<C>);
    book.time("recv-timeout/overshoot-1ms", name, |n| {
        overshoot::<C>(n, Duration::from_millis(1))
    });
    book.time("recv-timeout/overshoot-10ms", name, |n| {
        overshoot::<C>(n, Duration::from_millis(10))
    });
}

fn at_once<C: Timed<u64>>(n: u64) -> Outcome {
    let (mut tx, mut rx) = C::build(PLACES as usize);
    alone(|| {
        let (mut scored, mut faults, mut next) = (Duration::ZERO, 0u64, 0);
        while next < n {
            let until = (next + PLACES).min(n);
            for number in next..until {
                faults += u64::from(!C::send(&mut tx, number));
            }
            let clock = Instant::now();
            for number in next..until {
                faults +=
                    u64::from(C::recv_timeout(&mut rx, Duration::from_secs(1)) != Some(number));
            }
            scored += clock.elapsed();
            next = until;
        }
        if faults > 0 {
            Err(format!("{faults} wrong messages"))
        } else {
            Ok(Some(scored))
        }
    })
}

/// The score is the median of the waits, as if all had been like it: one preemption must not decide.
fn overshoot<C: Timed<u64>>(n: u64, limit: Duration) -> Outcome {
    let (tx, mut rx) = C::build(64);
    let outcome = alone(|| {
        let mut waits = Vec::new();
        for _ in 0..n {
            let clock = Instant::now();
            let nothing = C::recv_timeout(&mut rx, limit).is_none();
            let Some(over) = clock.elapsed().checked_sub(limit) else {
                return Err("came back early".to_owned());
            };
            if !nothing {
                return Err("a message out of nothing".to_owned());
            }
            waits.push(over);
        }
        waits.sort();
        Ok(Some(waits[waits.len() / 2] * n as u32))
    });
    drop(tx);
    outcome
}
