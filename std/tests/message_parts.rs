//! What a message is made from, where the bytes are then, and what its parts are called.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use gimmal::message::IntoFrame;
use gimmal::pool::Pool;
use gimmal::{Context, Frame, Message};

const TEXT: &str = "longer than what a frame would copy in place";

/// Where the bytes of each frame are.
fn places(message: &Message) -> Vec<*const u8> {
    message.frames().iter().map(|f| f.as_ptr()).collect()
}

/// The bytes of `source` are where they were: in a frame, in a message, at the receiver, as `Bytes`.
#[track_caller]
fn stays<S: AsRef<[u8]> + IntoFrame>(source: S) {
    let at = source.as_ref().as_ptr();
    let message = Message::from(("header", source));
    let message = Message::new(message.into_frames().nth(1).unwrap());
    assert_eq!(
        (places(&message), &message),
        (vec![at], &Message::from(TEXT))
    );

    // Small, for an interpreter's sake.
    let context = Context::builder().sockets(2).names(1).pipes(1);
    let context = context.hwm(1, 1).build();
    let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    pull.bind("inproc://here").unwrap();
    push.connect("inproc://here").unwrap();
    let second = message.clone();
    push.send(message).unwrap();
    let received = pull.recv().unwrap();
    assert_eq!((places(&received), places(&second)), (vec![at], vec![at]));
    let frame = received.into_frames().next().unwrap();
    assert_eq!(Bytes::from(frame).as_ptr(), at);
    assert_eq!(second, TEXT);
}

#[test]
fn no_conversion_copies_the_bytes() {
    let vec = || TEXT.as_bytes().to_vec();
    stays(TEXT);
    stays(TEXT.as_bytes());
    stays(vec());
    stays(String::from(TEXT));
    stays(Bytes::from_static(TEXT.as_bytes()));
    stays(Bytes::from(vec()).slice(..));
    stays(BytesMut::from(TEXT));
    stays(vec().into_boxed_slice());
    stays(Arc::<[u8]>::from(vec()));
    stays(Cow::<'static, [u8]>::Owned(vec()));
    stays(Cow::<'static, [u8]>::Borrowed(TEXT.as_bytes()));
    stays(Frame::from(vec()));
    stays(Frame::copy_of(TEXT));

    let mut with_room = Vec::with_capacity(1000);
    with_room.extend_from_slice(TEXT.as_bytes());
    stays(with_room);
}

#[test]
fn texts_and_arrays_and_other_owners_stay_where_they_are_too() {
    let text: Box<str> = TEXT.into();
    let at = text.as_ptr();
    assert_eq!(places(&Message::from(text)), [at]);
    let text: Arc<str> = TEXT.into();
    let message = Message::from(text.clone());
    assert_eq!(
        (places(&message), Arc::strong_count(&text)),
        (vec![text.as_ptr()], 2)
    );
    let text = Cow::<'static, str>::Owned(TEXT.into());
    let at = text.as_ptr();
    assert_eq!(places(&Message::from(text)), [at]);

    static BYTES: [u8; 3] = *b"abc";
    assert_eq!(places(&Message::from(&BYTES)), [BYTES.as_ptr()]);

    let owner = Arc::new(TEXT.as_bytes().to_vec());
    let message = Message::from(Frame::from_owner(Owner(owner.clone())));
    assert_eq!(
        (places(&message), Arc::strong_count(&owner)),
        (vec![owner.as_ptr()], 2)
    );
    let frame = message.clone().into_frames().next().unwrap();
    drop(message);
    assert_eq!(Arc::strong_count(&owner), 2);
    drop(frame);
    assert_eq!(Arc::strong_count(&owner), 1);
}

struct Owner(Arc<Vec<u8>>);

impl AsRef<[u8]> for Owner {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

#[test]
fn a_share_of_a_pool_and_its_frames_hold_the_same_buffer() {
    static BUFFERS: Pool<[u8; 64], 1> = Pool::new();

    let share = BUFFERS.try_take([7; 64]).unwrap().share();
    let message = Message::from(share.clone());
    assert_eq!(places(&message), [share.as_ref().as_ptr()]);
    drop(share);
    assert_eq!((message.as_bytes(), BUFFERS.lent()), (&[7; 64][..], 1));
    drop(message);
    assert_eq!(BUFFERS.lent(), 0);
}

#[test]
fn a_copy_is_another_place_whatever_its_length() {
    for len in 0..200 {
        let mut source: Vec<u8> = (0..len).collect();
        let message = Message::copy_of(&source);
        let wanted = source.clone();
        source.fill(255);
        assert_eq!(
            (message.frame_count(), &message),
            (1, &Message::from(wanted.clone()))
        );
        let clone = message.clone();
        drop(message);
        assert_eq!(clone, wanted);
        let bytes = clone.into_frames().next().unwrap().into_bytes();
        assert_eq!(bytes, wanted);
    }
}

#[test]
fn arrays_tuples_vectors_and_iterators_of_parts_are_messages() {
    let wanted = Message::from_frames(["a", "b", "c"]);
    assert_eq!(Message::from(["a", "b", "c"]), wanted);
    assert_eq!(Message::from(["a", "b", "c"].map(String::from)), wanted);
    assert_eq!(Message::from(("a", b"b", vec![b'c'])), wanted);
    assert_eq!(
        Message::from(
            vec!["a", "b", "c"]
                .into_iter()
                .map(Frame::from)
                .collect::<Vec<_>>()
        ),
        wanted
    );
    assert_eq!(["a", "b", "c"].into_iter().collect::<Message>(), wanted);
    assert_eq!(Message::from(("a", "b", "c", "")).frame_count(), 4);
    assert_eq!(Message::from(("a", "b")), Message::from(["a", "b"]));
    assert_eq!(Message::from(["a"]), "a");
    assert_eq!(Message::from([""; 0]), Message::empty());

    let mut grown = Message::from("a");
    grown.extend(["b", "c"]);
    assert_eq!(grown, wanted);
    assert!((&grown).into_iter().eq(grown.frames()));
    assert!(
        grown
            .clone()
            .into_iter()
            .eq(["a", "b", "c"].map(Frame::from))
    );
    assert!(grown.into_iter().rev().eq(["c", "b", "a"].map(Frame::from)));
}

#[test]
fn header_body_and_footer_are_all_frames_and_the_body_is_never_empty() {
    let names = ["0", "1", "2", "3", "4", "5", "6"];
    for count in 1..=names.len() {
        let message = Message::from_frames(names.into_iter().take(count));
        let (header, footer) = (message.header(), message.footer());
        assert_eq!(
            (header.is_some(), footer.is_some()),
            (count >= 2, count >= 3)
        );
        assert!(!message.body().is_empty());
        let body = message.body().iter().map(Frame::as_bytes);
        let all: Vec<_> = header.into_iter().chain(body).chain(footer).collect();
        assert!(
            all.iter()
                .copied()
                .eq(message.frames().iter().map(Frame::as_bytes))
        );
    }
    assert_eq!(Message::empty().body(), [""]);
}

#[test]
fn display_is_the_text_and_debug_is_every_byte() {
    let one = Message::from("text");
    assert_eq!(
        (one.to_string(), format!("{one:>6}|")),
        ("text".into(), "  text|".into())
    );
    let several = Message::from(("a", b"\xff\n", "ü"));
    assert_eq!(several.to_string(), "a, \u{fffd}\n, ü");
    assert_eq!(format!("{several:?}"), r#"[b"a", b"\xff\n", b"\xc3\xbc"]"#);
    assert_eq!(Frame::copy_of("é").to_string(), "é");
    assert_eq!(format!("{:?}", Frame::copy_of("\"")), r#"b"\"""#);
    let of_static = format!("{:?}", Frame::from("\""));
    assert_eq!(of_static, r#"b"\"""#);
}

#[test]
#[expect(
    clippy::mutable_key_type,
    reason = "the bytes never change, only who holds them"
)]
fn frames_and_messages_are_equal_by_their_bytes_and_found_by_them() {
    let frames = [
        Frame::from("key"),
        Frame::copy_of("key"),
        Frame::from(Arc::<[u8]>::from(*b"key")),
    ];
    let mut found = HashMap::from([(frames[0].clone(), 1)]);
    for frame in &frames {
        assert_eq!(frame, "key");
        assert_eq!(frame, b"key");
        assert_ne!(frame, "ke");
        assert_eq!((frame.to_str(), frame[1]), (Ok("key"), b'e'));
        *found.get_mut(frame).unwrap() += 1;
    }
    assert_eq!(found[&frames[2]], 4);
    let by_message = HashMap::from([(Message::from(["a", "b"]), 1)]);
    assert_eq!(by_message.get(&Message::from(("a", vec![b'b']))), Some(&1));
    assert_eq!(by_message.get(&Message::from(["ab", ""])), None);
}

/// A step of a sequence: on the last message of a stack of messages, and on the same of vectors.
const STEPS: usize = 7;

fn step(kind: usize, messages: &mut Vec<(Message, Vec<String>)>) {
    let several = messages.len() > 1;
    let (message, frames) = messages.last_mut().expect("there is always one");
    match kind {
        0 => {
            message.push_frame("static");
            frames.push("static".into());
        }
        1 => {
            let text = frames.len().to_string();
            message.push_frame(Frame::copy_of(&text));
            frames.push(text);
        }
        2 => {
            message.extend(["x", "y", "z"].map(String::from));
            frames.extend(["x", "y", "z"].map(String::from));
        }
        3 => {
            let clone = (message.clone(), frames.clone());
            messages.push(clone);
        }
        4 => messages.rotate_right(1),
        5 => *message = std::mem::take(message).into_frames().collect(),
        _ if several => drop(messages.pop()),
        _ => (*message, *frames) = ("new".into(), vec!["new".into()]),
    }
}

/// Every sequence of six steps. What is done to one clone is not seen in another.
#[test]
fn every_short_sequence_does_what_it_does_to_vectors() {
    let length = if cfg!(miri) { 2 } else { 6 };
    for mut sequence in 0..STEPS.pow(length) {
        let mut messages = vec![(Message::from("first"), vec![String::from("first")])];
        for _ in 0..length {
            step(sequence % STEPS, &mut messages);
            sequence /= STEPS;
        }
        for (message, frames) in &messages {
            assert_eq!(message.frame_count(), frames.len());
            assert!(message.frames().iter().zip(frames).all(|(m, f)| m == f));
            assert_eq!(message.len(), frames.iter().map(String::len).sum::<usize>());
            assert_eq!(message.to_str(), Ok(&frames[0][..]));
        }
    }
}
