//! The harness notices a broken queue, and its statistics are what they claim to be.

use gimmal_benches::message::{Fresh, Message, Seen, stamp, to_lane};
use gimmal_benches::pace::Pace;
use gimmal_benches::stats::{leader, ratios, spread, unevenness};
use gimmal_benches::svg::{Dot, Line, draw};
use gimmal_benches::tally::{Tally, Turnstile};
use gimmal_benches::traffic::Traffic;
use std::time::Duration;

fn seen(stamps: impl IntoIterator<Item = u64>) -> Seen {
    let mut seen = Seen::default();
    stamps.into_iter().for_each(|stamp| seen.note(Some(stamp)));
    seen
}

#[test]
fn all_messages_in_order_pass() {
    let mut all = seen([stamp(0, 1), stamp(1, 1), stamp(0, 3)]);
    all.merge(&seen([stamp(0, 2), stamp(1, 2), stamp(1, 3)]));
    assert_eq!(all.verify(2, 3), Ok(()));
}

#[test]
fn a_lost_message_is_noticed() {
    assert!(seen([stamp(0, 1), stamp(0, 3)]).verify(1, 3).is_err());
}

#[test]
fn a_message_doubled_for_a_lost_one_is_noticed() {
    let mut all = seen([stamp(0, 1), stamp(0, 2)]);
    all.merge(&seen([stamp(0, 2), stamp(0, 4)]));
    assert!(all.verify(1, 4).is_err());
}

#[test]
fn a_sum_that_happens_to_be_right_does_not_help() {
    let mut all = seen([stamp(0, 2), stamp(0, 3)]);
    all.merge(&seen([stamp(0, 2), stamp(0, 3)]));
    assert!(all.verify(1, 4).is_err());
}

#[test]
fn a_changed_order_is_noticed() {
    assert!(seen([stamp(0, 2), stamp(0, 1)]).verify(1, 2).is_err());
}

#[test]
fn a_torn_message_is_noticed() {
    let mut message = <[u8; 64]>::stamped(stamp(3, 7));
    assert_eq!(message.read(), Some(stamp(3, 7)));
    message[63] ^= 1;
    assert_eq!(message.read(), None);
    let mut seen = Seen::default();
    seen.note(message.read());
    assert!(seen.verify(1, 0).is_err());
}

#[test]
fn a_lane_changes_and_the_number_stays() {
    assert_eq!(to_lane(5, stamp(2, 9)), stamp(5, 9));
}

#[test]
fn an_update_lost_in_a_lock_is_noticed() {
    let mut tally = Tally::default();
    tally.add();
    let stale = tally;
    tally.add();
    assert_eq!(tally.verify(2), Ok(()));
    tally = stale;
    tally.add();
    assert_eq!((tally.count(), tally.verify(2)), (2, Ok(())));
    assert!(tally.verify(3).is_err());
}

#[test]
fn a_turnstile_knows_how_many_are_inside() {
    let turnstile = Turnstile::default();
    assert_eq!(turnstile.enter(), (0, 1));
    assert_eq!(turnstile.enter(), (1, 2));
    turnstile.leave();
    assert_eq!(turnstile.enter(), (2, 2));
}

fn traffic(count: u64, size: usize) -> Traffic {
    Traffic::new(count, size, || false)
}

#[test]
fn what_is_sent_on_a_wire_is_what_is_expected_there() {
    for size in [8, 64, 1000, 64 * 1024] {
        let (mut here, mut there) = (traffic(3, size), traffic(3, size));
        while let Some(bytes) = here.bytes() {
            assert!(there.wants_more());
            assert_eq!(there.note(bytes), Ok(()));
        }
        assert!(!there.wants_more());
        assert_eq!(
            (here.verify_sent(), there.verify_received()),
            (Ok(()), Ok(()))
        );
        let mut again = traffic(1, size);
        assert_eq!(again.buffer().map(|buffer| buffer.len()), Some(size));
        assert_eq!(again.buffer(), None);
    }
}

#[test]
fn a_message_that_a_wire_loses_doubles_or_reorders_is_noticed() {
    let mut here = traffic(3, 64);
    let sent: Vec<_> = std::iter::from_fn(|| here.buffer()).collect();
    for order in [&[0, 1][..], &[0, 2], &[0, 1, 1], &[0, 2, 1], &[0, 1, 2, 2]] {
        let mut there = traffic(3, 64);
        for &index in order {
            assert_eq!(there.note(&sent[index]), Ok(()));
        }
        assert!(there.verify_received().is_err(), "{order:?}");
    }
}

#[test]
fn a_message_that_a_wire_cuts_or_mixes_is_noticed() {
    let size = 64 * 1024;
    let mut here = traffic(2, size);
    let (first, second) = (here.buffer().expect("one"), here.buffer().expect("two"));
    let mixed = [
        &first[..size / 4],
        &second[size / 4..size / 2],
        &first[size / 2..],
    ]
    .concat();
    let longer = [&first[..], &[0]].concat();
    for wrong in [&first[1..], &first[..size - 1], &mixed, &longer, &[]] {
        let mut there = traffic(1, size);
        assert!(there.note(wrong).is_err());
        assert!(there.verify_received().is_err());
    }
}

#[test]
fn a_turn_that_is_given_up_has_not_sent_everything() {
    let mut given_up = Traffic::new(3, 64, || true);
    assert_eq!(given_up.bytes(), None);
    assert!(!given_up.wants_more());
    assert!(given_up.verify_sent().is_err());
}

#[test]
fn unevenness_is_the_largest_share_by_the_smallest() {
    assert_eq!(unevenness(&[6, 3, 12]), 4.0);
    assert_eq!(unevenness(&[5, 5]), 1.0);
    assert_eq!(unevenness(&[7, 0]), 7.0);
}

#[test]
fn ratios_are_taken_round_by_round() {
    let (slow, fast) = ([2.0, 20.0, 9.0], [1.0, 10.0, 3.0]);
    let ratio = spread(&ratios(&slow, &fast)).expect("three rounds");
    assert_eq!((ratio.median, ratio.min, ratio.max), (2.0, 2.0, 3.0));
    assert_eq!(leader(&[(0, &slow[..]), (1, &fast[..])]), Some(1));
    assert_eq!(ratio.to_string(), "2.00 (2.00–3.00)");
    assert_eq!(spread(&[]), None);
}

#[test]
fn the_leader_beats_the_others_within_the_rounds() {
    // `steady` has the smaller median, `ahead` is faster in two rounds of three.
    let (steady, ahead) = ([10.0, 11.0, 12.0], [9.0, 15.0, 11.5]);
    assert_eq!(leader(&[(7, &steady[..]), (8, &ahead[..])]), Some(8));
    assert_eq!(leader(&[]), None);
}

#[test]
fn the_plot_has_a_dot_for_every_contender() {
    let ratio = spread(&[0.5]).expect("one round");
    let dot = |name: &str| Dot {
        name: name.to_owned(),
        ratio,
    };
    let line = Line {
        name: "a<b".to_owned(),
        dots: vec![dot("gimmal ring"), dot("std")],
    };
    let plot = draw("a plot", &[line]);
    assert_eq!(plot.matches("<title>").count(), 2);
    assert!(plot.contains("a&lt;b"));
}

/// How many operations the first turn that counts has, if an operation takes `each`, the start of a turn 50 µs, and the
/// turns for which `disturbed` returns `true` 4 ms more.
fn first_turn(each: Duration, disturbed: impl Fn(u32) -> bool) -> u64 {
    let mut pace = Pace::new(Duration::from_millis(12), None);
    let mut turn = 0;
    while pace.is_searching() {
        let accident = Duration::from_millis(if disturbed(turn) { 4 } else { 0 });
        let work = each * u32::try_from(pace.operations()).expect("a number within reason");
        pace.search(Duration::from_micros(50) + work + accident);
        turn += 1;
        assert!(turn < 100, "it comes to an end");
    }
    pace.operations()
}

#[test]
fn a_turn_lasts_about_as_long_as_was_asked_for() {
    let fills = 8_000..=16_000;
    assert!(fills.contains(&first_turn(Duration::from_micros(1), |_| false)));
    assert_eq!(first_turn(Duration::from_secs(1), |_| false), 1);
    let mut pace = Pace::new(Duration::from_millis(12), Some(7));
    assert!(!pace.is_searching());
    pace.note(Duration::from_secs(1));
    assert_eq!(pace.operations(), 7);
}

#[test]
fn an_accident_in_the_search_does_not_leave_turns_of_a_few_operations() {
    let each = Duration::from_micros(1);
    for accident in 0..8 {
        let operations = first_turn(each, |turn| turn == accident);
        assert!(operations >= 6_000, "{accident}: {operations} operations");
    }
    assert!(first_turn(each, |turn| turn % 3 == 0) >= 6_000);
}

#[test]
fn a_number_that_is_too_small_recovers_within_a_few_turns() {
    let mut pace = Pace::new(Duration::from_millis(12), None);
    while pace.is_searching() {
        pace.search(Duration::from_secs(1));
    }
    assert_eq!(pace.operations(), 1);
    for _ in 0..6 {
        pace.note(Duration::from_micros(pace.operations()));
    }
    assert!((8_000..=16_000).contains(&pace.operations()));
}
