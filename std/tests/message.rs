//! Messages and frames: what they are made of, what they equal, what moves and what is never copied or allocated.
//!
//! The allocator counts by thread, so that tests beside each other do not disturb.

#[path = "kit/counting.rs"]
mod counting;

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

use bytes::Bytes;
use gimmal::message::Frames;
use gimmal::pool::Pool;
use gimmal::{Context, Frame, Message};

use counting::allocations;

/// Where the bytes of each frame are.
fn places(message: &Message) -> Vec<*const u8> {
    let frames = message.frames().iter();
    frames.map(|frame| frame.as_bytes().as_ptr()).collect()
}

/// A message of `count` static frames: "0", "1", …
fn numbered(count: usize) -> Message {
    Message::from_frames(
        ["0", "1", "2", "3", "4", "5", "6", "7", "8"]
            .map(Frame::from)
            .into_iter()
            .take(count),
    )
}

#[test]
fn everything_that_is_bytes_becomes_a_message_of_one_frame() {
    let all = [
        Message::from("abc"),
        Message::from(&b"abc"[..]),
        Message::from(b"abc"),
        Message::from(String::from("abc")),
        Message::from(b"abc".to_vec()),
        Message::from(Bytes::from_static(b"abc")),
        Message::from(Frame::from("abc")),
        Message::new("abc"),
        Message::from_frames(["abc"]),
    ];
    for message in &all {
        assert_eq!((message.frame_count(), message.len()), (1, 3));
        assert_eq!(message.as_bytes(), b"abc");
        assert_eq!(message.as_ref(), b"abc");
        assert_eq!(message.to_str(), Ok("abc"));
        assert_eq!(
            (message.frame(0), message.frame(1)),
            (Some(&b"abc"[..]), None)
        );
        assert_eq!(message, &all[0]);
        assert!(!message.is_empty());
    }
}

#[test]
fn the_empty_message_is_one_empty_frame() {
    let made_of_nothing = Message::from_frames(Vec::<Frame>::new());
    for message in [
        Message::empty(),
        Message::default(),
        Message::new(""),
        made_of_nothing,
    ] {
        assert_eq!((message.frame_count(), message.len()), (1, 0));
        assert_eq!(
            (message.frame(0), message.as_bytes()),
            (Some(&b""[..]), &b""[..])
        );
        assert!(message.is_empty());
        assert_eq!(message, "");
    }
    assert_ne!(Message::empty(), Message::from_frames(["", ""]));
    assert!(Message::from_frames(["", ""]).is_empty());
}

#[test]
fn frames_keep_their_order_within_and_beyond_the_inline_ones() {
    for count in 1..=9 {
        let mut message = numbered(1);
        numbered(count)
            .into_frames()
            .skip(1)
            .for_each(|frame| message.push_frame(frame));
        assert_eq!(message, numbered(count));
        assert_eq!((message.frame_count(), message.len()), (count, count));
        for index in 0..count {
            assert_eq!(message.frame(index), Some(index.to_string().as_bytes()));
        }
        assert_eq!(message.frame(count), None);

        let mut frames = message.into_frames();
        assert_eq!(frames.len(), count);
        assert_eq!(frames.next(), Some(Frame::from("0")));
        assert_eq!(frames.len(), count - 1);
        assert_eq!(frames.by_ref().count(), count - 1);
        assert_eq!(frames.next(), None);
    }
}

#[test]
fn one_frame_equals_bytes_and_text_and_more_frames_equal_neither() {
    let message = Message::from(vec![b'a', b'b']);
    assert_eq!(message, "ab");
    assert_eq!(message, *"ab");
    assert_eq!(message, String::from("ab"));
    assert_eq!(message, b"ab");
    assert_eq!(message, *b"ab");
    assert_eq!(message, b"ab"[..]);
    assert_eq!(message, &b"ab"[..]);
    assert_eq!(message, b"ab".to_vec());
    assert_eq!(message, Bytes::from_static(b"ab"));
    assert_ne!(message, "a");
    assert_ne!(message, b"abc");

    let two = Message::from_frames(["ab", ""]);
    assert_eq!(two.as_bytes(), b"ab");
    assert_ne!(two, "ab");
    assert_ne!(two, message);
    assert_ne!(two, Message::from_frames(["a", "b"]));
}

#[test]
fn what_is_not_utf_8_is_no_text() {
    let message = Message::from(b"a\xff");
    assert_eq!(message.to_str().unwrap_err().valid_up_to(), 1);
    assert_eq!(format!("{message:?}"), r#"[b"a\xff"]"#);
}

#[test]
fn bytes_stay_where_they_are() {
    let body = vec![7; 1000];
    let at = body.as_ptr();
    let message = Message::from_frames([Frame::from("header"), Frame::from(body)]);
    assert_eq!(places(&message)[1], at);
    let clone = message.clone();
    assert_eq!(places(&clone), places(&message));

    let context = Context::new();
    let mut pull = context.pull().unwrap();
    pull.bind("inproc://here").unwrap();
    let mut push = context.push().unwrap();
    push.connect("inproc://here").unwrap();
    push.send(message).unwrap();
    let received = thread::spawn(move || pull.recv().unwrap()).join().unwrap();
    assert_eq!(places(&received), places(&clone));

    let body = received.into_frames().nth(1).unwrap();
    assert_eq!(body.as_bytes().as_ptr(), at);
    assert_eq!(body.into_bytes().as_ptr(), at);
}

#[test]
fn one_frame_allocates_nothing_and_several_allocate_once() {
    for (count, at_most) in [(1, 0), (2, 1), (3, 1), (4, 1), (5, 2), (9, 2)] {
        let (made, message) = allocations(|| numbered(count));
        assert_eq!(made, at_most, "{count} frames");
        assert_eq!(allocations(|| drop(message.clone())).0, 0);
        assert_eq!(allocations(|| message.into_frames().count()), (0, count));
    }
    let mut message = numbered(1);
    let made = [2, 3, 4, 5, 6, 7, 8].map(|_| allocations(|| message.push_frame("")).0);
    assert_eq!(made, [1, 0, 0, 1, 0, 0, 0]);
}

#[test]
fn clones_share_their_frames_until_one_of_them_grows() {
    for count in [1, 3, 4, 9] {
        let message = numbered(count);
        let mut longer = message.clone();
        longer.push_frame(vec![7]);
        assert_eq!(message, numbered(count));
        assert_eq!(longer.frame_count(), count + 1);
        assert_eq!(places(&longer)[..count], places(&message));

        let kept = longer.clone();
        let at = places(&kept);
        assert!(longer.into_frames().map(|f| f.as_ptr()).eq(at));
        assert_eq!(kept.frame(count), Some(&[7][..]));
    }
}

#[test]
fn vectors_are_taken_over() {
    let exact = vec![1; 100];
    let (made, message) = allocations(|| Message::from(exact));
    assert_eq!(made, 0);
    let (made, second) = allocations(|| message.clone());
    assert_eq!(made, 1, "the count of owners");
    assert_eq!(allocations(|| drop(second.clone())).0, 0);

    let text = String::from("abc");
    assert_eq!(allocations(|| Message::from(text)).0, 0);
}

#[test]
fn sending_and_cloning_allocate_nothing() {
    static BUFFERS: Pool<[u8; 64], 1> = Pool::new();
    let context = Context::new();
    let mut pull = context.pull().unwrap();
    pull.bind("inproc://here").unwrap();
    let mut push = context.push().unwrap();
    push.connect("inproc://here").unwrap();
    let several = numbered(9);
    let line = String::from("copied in place");
    let mut round = || {
        push.send("text").unwrap();
        push.try_send(several.clone()).unwrap();
        push.try_send(Message::copy_of(&line)).unwrap();
        let buffer = BUFFERS.try_take([7; 64]).unwrap();
        push.try_send(buffer).unwrap();
        let lens = [4, 9, line.len(), 64].map(|_| pull.recv().unwrap().clone().len());
        assert_eq!(lens, [4, 9, line.len(), 64]);
    };
    round();
    assert_eq!(allocations(|| (0..5000).for_each(|_| round())).0, 0);
}

#[test]
fn frames_of_a_fixed_size_allocate_nothing_at_all() {
    let context = Context::<Frames<3, 64>>::typed();
    let mut pull = context.pull().unwrap();
    pull.bind("inproc://here").unwrap();
    let mut push = context.push().unwrap();
    push.connect("inproc://here").unwrap();
    let mut round = || {
        let frames = Frames::from_frames(["header", "body", "footer"]).unwrap();
        push.send(frames.clone()).unwrap();
        let received = pull.recv().unwrap();
        assert!(
            received == frames
                && received
                    .frames()
                    .eq(["header", "body", "footer"].map(str::as_bytes))
        );
        Frames::<4, 100>::from_frames(&received).unwrap().len()
    };
    round();
    assert_eq!(
        allocations(|| (0..5000).map(|_| round()).max()),
        (0, Some(16))
    );
}

#[test]
fn a_loan_travels_and_returns_when_its_last_frame_is_dropped() {
    static BUFFERS: Pool<[u8; 4096], 2> = Pool::new();

    let mut buffer = BUFFERS.try_take([0; 4096]).unwrap();
    buffer[4095] = 7;
    let at = buffer.as_ptr();
    let (made, frame) = allocations(|| Frame::from(buffer));
    assert_eq!(made, 0);
    assert!(matches!(frame, Frame::Loan(_)));
    let message = Message::from_frames([Frame::from("name"), frame]);
    assert_eq!(places(&message)[1], at);
    assert_eq!(message.len(), 4 + 4096);

    let (made, clones) = allocations(|| [message.clone(), message.clone()]);
    assert_eq!(made, 0);
    assert_eq!(BUFFERS.lent(), 1);
    drop(message);
    let seen = clones.map(|clone| {
        let read = move || (clone.frame(1).unwrap()[4095], places(&clone)[1] as usize);
        thread::spawn(read).join().unwrap()
    });
    assert_eq!(seen, [(7, at as usize); 2]);
    assert_eq!(BUFFERS.lent(), 0);
}

#[test]
fn a_loan_may_be_of_anything_that_shows_bytes_and_is_dropped_once() {
    static DROPS: AtomicUsize = AtomicUsize::new(0);
    static LINES: Pool<Line, 1> = Pool::new();

    struct Line(String);
    impl AsRef<[u8]> for Line {
        fn as_ref(&self) -> &[u8] {
            self.0.as_bytes()
        }
    }
    impl Drop for Line {
        fn drop(&mut self) {
            DROPS.fetch_add(1, SeqCst);
        }
    }

    let message = Message::from(LINES.try_take(Line("a line".into())).unwrap());
    let second = message.clone();
    assert_eq!(message, "a line");
    assert_eq!(format!("{message:?}"), r#"[b"a line"]"#);
    assert!(LINES.try_take(Line("no room".into())).is_err());
    assert_eq!(DROPS.swap(0, SeqCst), 1);

    drop(message);
    assert_eq!(DROPS.load(SeqCst), 0);
    let bytes = second.into_frames().next().unwrap().into_bytes();
    assert_eq!(bytes, "a line");
    drop(bytes);
    assert_eq!((DROPS.load(SeqCst), LINES.lent()), (1, 0));
}

#[test]
fn a_message_that_was_not_sent_comes_back_whole() {
    let context = Context::new();
    let mut push = context.push().unwrap();
    let message = numbered(5);
    let back = push.try_send(message.clone()).unwrap_err().into_inner();
    assert_eq!(back, message);
    assert_eq!(places(&back), places(&message));
}

/// What a link keeps for each message that may lie in it.
#[test]
fn a_message_is_one_frame_and_moves_like_it() {
    assert!(size_of::<Message>() <= 64);
    assert_eq!(size_of::<Frame>(), 5 * size_of::<usize>());
    assert_eq!(size_of::<Message>(), size_of::<Frame>());
}
