//! `Frames`: what fits, what is refused and leaves it as it was, and that it is what a vector of vectors is.

use std::fmt::Write;

use gimmal_core::error::PushFrameError;
use gimmal_core::error::socket::SendReason;
use gimmal_core::{Context, Frames};
use proptest::collection::vec;
use proptest::prelude::*;

fn contents<const PARTS: usize, const BYTES: usize>(frames: &Frames<PARTS, BYTES>) -> Vec<&[u8]> {
    frames.frames().collect()
}

#[test]
fn it_works_in_a_static_and_has_no_frame_at_first() {
    static EMPTY: Frames<2, 8> = Frames::new();

    assert_eq!((EMPTY.frame_count(), EMPTY.len(), EMPTY.free()), (0, 0, 8));
    assert_eq!((EMPTY.frame(0), EMPTY.frames().next()), (None, None));
    assert!(EMPTY.is_empty());
    assert_eq!(EMPTY, Frames::<2, 8>::default());
    assert_eq!(format!("{EMPTY:?}"), "[]");
}

#[test]
fn a_refused_frame_leaves_it_as_it_was() {
    let mut frames = Frames::<3, 8>::from_frames(["head", ""]).unwrap();
    let before = frames.clone();
    let long = PushFrameError::TooLong { free: 4 };
    assert_eq!(frames.push_frame(b"12345"), Err(long));
    assert_eq!(
        long.to_string(),
        "the message has room for only 4 more bytes"
    );
    assert_eq!(frames, before);

    frames.push_frame(b"1234").unwrap();
    assert_eq!(contents(&frames), [&b"head"[..], b"", b"1234"]);
    let before = frames.clone();
    let many = PushFrameError::TooManyFrames { max: 3 };
    assert_eq!(frames.push_frame(b""), Err(many));
    assert_eq!(
        many.to_string(),
        "the message has 3 frames, and may have no more"
    );
    // Of two reasons it gives the one that no shorter frame mends.
    assert_eq!(frames.push_frame(b"12345"), Err(many));
    assert_eq!(frames, before);

    frames.clear();
    assert_eq!((frames.frame_count(), frames.free()), (0, 8));
    frames.push_frame(b"12345678").unwrap();
    assert_eq!(frames.frame(0), Some(&b"12345678"[..]));
}

#[test]
fn header_body_and_footer_travel_as_one_message_of_a_static_context() {
    static CONTEXT: Context<Frames<3, 32>, 3, 2, 2> = Context::new();
    let mut pull = CONTEXT.pull().unwrap();
    pull.bind("inproc://x").unwrap();
    let (mut a, mut b) = (CONTEXT.push().unwrap(), CONTEXT.push().unwrap());
    a.connect("inproc://x").unwrap();
    b.connect("inproc://x").unwrap();
    let letters = ["a", "b"].map(|of| Frames::from_frames(["to all", of, "end"]).unwrap());
    // Two of each link: a mark counts messages, and not their frames.
    for _ in 0..2 {
        a.try_send(letters[0].clone()).unwrap();
        b.try_send(letters[1].clone()).unwrap();
    }
    let refused = a.try_send(letters[0].clone()).unwrap_err();
    assert_eq!(
        (refused.reason, &refused.value),
        (SendReason::Full, &letters[0])
    );
    let heard: Vec<_> = std::iter::from_fn(|| pull.try_recv().ok()).collect();
    let turn = |at: usize| {
        let both = [&heard[at], &heard[at + 1]];
        both.contains(&&letters[0]) && both.contains(&&letters[1])
    };
    assert!(heard.len() == 4 && turn(0) && turn(2), "{heard:?}");
}

#[test]
fn frames_of_no_bytes_and_no_frames_at_all_are_fine() {
    let mut none = Frames::<0, 8>::new();
    assert_eq!(
        none.push_frame(b""),
        Err(PushFrameError::TooManyFrames { max: 0 })
    );
    assert!(none.write_str("a").is_err());

    let mut empty = Frames::<2, 0>::from_frames([[]; 2]).unwrap();
    assert_eq!(contents(&empty), [b""; 2]);
    assert_eq!(empty.frame_mut(1), Some(&mut [][..]));
    assert_eq!(
        Frames::<2, 0>::from_frames(["a"]).unwrap_err(),
        PushFrameError::TooLong { free: 0 }
    );
}

#[test]
fn it_holds_the_longest_that_its_ends_can_say() {
    let all = vec![7; 65535];
    let frames = Frames::<2, 65535>::from_frames([&all[..], b""]).unwrap();
    assert_eq!(frames.frame(0), Some(&all[..]));
    assert_eq!((frames.frame(1), frames.free()), (Some(&b""[..]), 0));
}

#[test]
fn text_is_appended_to_the_last_frame() {
    let mut frames = Frames::<2, 16>::new();
    write!(frames, "{}-{}", 1, 2).unwrap();
    frames.push_frame("t=").unwrap();
    write!(frames, "{}", 21).unwrap();
    assert_eq!(contents(&frames), [&b"1-2"[..], b"t=21"]);

    // The piece that does not fit is refused as a whole.
    assert!(frames.write_str("0123456789").is_err());
    assert_eq!(contents(&frames), [&b"1-2"[..], b"t=21"]);
    assert!(frames.write_str("012345678").is_ok());
    assert_eq!(frames.frame(1), Some(&b"t=21012345678"[..]));
    assert_eq!(frames.free(), 0);
}

#[test]
fn frames_are_changed_in_place_and_not_their_neighbours() {
    let mut frames = Frames::<3, 8>::from_frames(["aa", "bb", "cc"]).unwrap();
    frames.frame_mut(1).unwrap().copy_from_slice(b"xx");
    assert_eq!(contents(&frames), [b"aa", b"xx", b"cc"]);
    assert_eq!(frames.frame_mut(3), None);
}

#[test]
fn equality_is_of_frames_and_not_of_capacities() {
    let one = Frames::<2, 8>::from_frames(["ab", "c"]).unwrap();
    assert_eq!(one, Frames::<4, 64>::from_frames(["ab", "c"]).unwrap());
    assert_ne!(one, Frames::<2, 8>::from_frames(["a", "bc"]).unwrap());
    assert_ne!(one, Frames::<2, 8>::from_frames(["ab", "d"]).unwrap());
    assert_ne!(one, Frames::<3, 8>::from_frames(["ab", "c", ""]).unwrap());
    assert_eq!(format!("{one:?}"), "[[97, 98], [99]]");
    assert_eq!(format!("{:?}", one.frames()), "FramesIter { left: 2 }");
}

#[derive(Clone, Debug)]
enum Step {
    Push(Vec<u8>),
    Write(String),
    Clear,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => vec(any::<u8>(), 0..12).prop_map(Step::Push),
        3 => "[a-zü]{0,6}".prop_map(Step::Write),
        1 => Just(Step::Clear),
    ]
}

/// The same on a vector of vectors: at most 5 frames, 32 bytes.
fn model(all: &mut Vec<Vec<u8>>, step: &Step) -> bool {
    let len: usize = all.iter().map(Vec::len).sum();
    match step {
        Step::Clear => all.clear(),
        Step::Push(bytes) if all.len() < 5 && len + bytes.len() <= 32 => all.push(bytes.clone()),
        Step::Write(text) if len + text.len() <= 32 => match all.last_mut() {
            Some(last) => last.extend(text.bytes()),
            None => all.push(text.clone().into_bytes()),
        },
        _ => return false,
    }
    true
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 256 })
    })]

    #[test]
    fn it_is_what_a_vector_of_vectors_is(steps in vec(step(), 0..24)) {
        let (mut frames, mut all) = (Frames::<5, 32>::new(), Vec::new());
        for step in &steps {
            let done = match step {
                Step::Push(bytes) => frames.push_frame(bytes).is_ok(),
                Step::Write(text) => frames.write_str(text).is_ok(),
                Step::Clear => {
                    frames.clear();
                    true
                }
            };
            prop_assert_eq!(done, model(&mut all, step));
            prop_assert_eq!(contents(&frames), &all[..]);
            prop_assert_eq!(frames.frame_count(), all.len());
            prop_assert_eq!(frames.frames().len(), all.len());
            prop_assert_eq!(frames.len(), all.concat().len());
            prop_assert_eq!(frames.free(), 32 - frames.len());
            prop_assert_eq!(frames.is_empty(), all.concat().is_empty());
            for index in 0..=all.len() {
                let bytes = all.get(index).map(Vec::as_slice);
                prop_assert_eq!(frames.frame(index), bytes);
                prop_assert_eq!(frames.frame_mut(index).map(|frame| &*frame), bytes);
            }
            prop_assert_eq!(&frames, &Frames::<9, 99>::from_frames(&all).unwrap());
        }
    }
}
