//! What the fuzzer calls.

use bytes::Bytes;
use gimmal_core::socket::Kind;

use super::address::{Address, Host};
use super::codec::{Codec, KindOnWire, Said};
use super::envelope::Envelope;
use super::events::WireError;
use super::incoming::{self, Incoming};
use super::options::WireOptions;
use super::outgoing::Outgoing;
use super::plain;
use super::security::Security;
use super::stream::{Found, Stream};
use crate::message::{Frame, Message};

pub fn endpoints(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let (bound, connected) = (Address::to_bind(text), Address::to_connect(text));
    if let Ok(address) = &connected {
        assert_eq!(bound.as_ref(), Ok(address));
    }
    if let Ok(Address::Tcp(..)) = &bound {
        let port = text.rsplit(':').next().expect("a port");
        let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        assert!(port == "*" || is_number, "{port}");
    }
    let written = match &bound {
        Ok(Address::Tcp(Host::Any, port)) => format!("tcp://*:{port}"),
        Ok(Address::Tcp(Host::Ip(ip), port)) => {
            format!("tcp://{}", std::net::SocketAddr::from((*ip, *port)))
        }
        Ok(Address::Tcp(Host::Name(name), port)) => format!("tcp://{name}:{port}"),
        Ok(Address::Ipc(path)) => format!("ipc://{}", path.display()),
        Ok(Address::Abstract(name)) => format!("ipc://@{name}"),
        Err(_) => return assert!(connected.is_err()),
    };
    assert_eq!(Address::to_bind(&written), bound, "{written}");
}

/// The sizes of pieces, and what they are cut from.
pub(crate) fn cut(input: &[u8]) -> (&[u8], &[u8]) {
    let pieces = input.first().map_or(0, |count| usize::from(*count % 8));
    let (pieces, rest) = input.split_at((1 + pieces).min(input.len()));
    (pieces.get(1..).unwrap_or_default(), rest)
}

/// The size of a piece, of those that are cut so. Every second one is not 0, so that there is an end.
pub(crate) fn piece(pieces: &[u8], turn: usize) -> usize {
    let piece = pieces.get(turn % pieces.len().max(1));
    // Mostly small ones, some as large as a read.
    match piece.copied().unwrap_or(255).into() {
        0 if turn % 2 == 1 => 1,
        255 => 1 << 20,
        small @ 0..200 => small,
        large => (large - 199) * 1500,
    }
}

fn frames(message: &Message) -> Vec<Vec<u8>> {
    message
        .frames()
        .iter()
        .map(|frame| frame.to_vec())
        .collect()
}

fn refused(why: &WireError) -> plain::Came {
    match why {
        WireError::TooLarge => plain::Came::TooLarge,
        WireError::TooManyFrames => plain::Came::TooManyFrames,
        WireError::Protocol(_) => plain::Came::Wrong,
        why => panic!("{why:?}"),
    }
}

/// All that comes by the stream, until it is refused.
fn all(incoming: &mut Incoming, stream: &Stream) -> Vec<plain::Came> {
    let mut all = Vec::new();
    // Frames share memory: as long as others live, what they have must stay as it was.
    let mut alive = Vec::new();
    loop {
        match incoming.next() {
            Ok(Some(incoming::Came::Message(message))) => {
                all.push(plain::Came::Message(frames(&message)));
                alive.push((all.len() - 1, message));
                continue;
            }
            Ok(Some(incoming::Came::Command(bytes))) => {
                all.push(plain::Came::Command(bytes.to_vec()));
                continue;
            }
            Ok(None) => {}
            Err(why) => {
                all.push(refused(&why));
                break;
            }
        }
        match incoming.read(stream) {
            Ok(Found::Bytes | Found::Nothing) => {}
            Ok(Found::TheEnd) => break,
            Err(why) => panic!("{why:?}"),
        }
        // A reader that is done with some of them gives their memory back.
        if alive.len() > 7 {
            check(&all, alive.drain(..5));
        }
    }
    check(&all, alive);
    all
}

fn check(all: &[plain::Came], alive: impl IntoIterator<Item = (usize, Message)>) {
    for (at, message) in alive {
        assert_eq!(all[at], plain::Came::Message(frames(&message)));
    }
}

pub fn incoming(input: &[u8]) {
    let Some((&most, input)) = input.split_first() else {
        return;
    };
    let most_frames = [usize::MAX, 1, 2, 5][usize::from(most / 4 % 4)];
    let most = [300, 5000, 1 << 16, 1 << 30][usize::from(most % 4)];
    let (pieces, bytes) = cut(input);
    let mut incoming = Incoming::new(most, most_frames);
    let came = all(&mut incoming, &Stream::new(bytes, pieces));
    let wanted = plain::read(bytes, most, most_frames);
    assert_eq!(came, wanted);
}

/// Messages of frames of many sizes, from a few bytes.
fn messages(input: &[u8]) -> Vec<Message> {
    let frame = |byte: u8| {
        let len = match byte % 16 {
            small @ 0..8 => usize::from(small),
            8 => 38,
            9 => 39,
            10 => 255,
            11 => 256,
            12 => 1023,
            13 => 1024,
            14 => 16 * 1024,
            _ => 70_000,
        };
        Frame::copy_of(vec![byte; len])
    };
    let (mut messages, mut frames) = (Vec::new(), Vec::new());
    for byte in input.iter().take(40) {
        frames.push(frame(*byte));
        if byte & 0x80 == 0 {
            messages.push(Message::from_frames(frames.drain(..)));
        }
    }
    messages
}

fn listener(kind: Kind, options: &WireOptions) -> Codec {
    let kind = KindOnWire::of(kind).unwrap();
    Codec::new(true, kind, Bytes::new(), options, "a fuzzer")
}

pub fn outgoing(input: &[u8]) {
    let (pieces, rest) = cut(input);
    let messages = messages(rest);
    let stream = Stream::new(&[], pieces);
    let mut codec = listener(Kind::Push, &WireOptions::new());
    let mut outgoing = Outgoing::default();
    let (mut ends, mut done, mut size) = (Vec::new(), 0, 0);
    for message in &messages {
        let before = [Frame::copy_of("")];
        let before = &before[..message.frame_count() % 2];
        outgoing.message(&mut codec, before, message).unwrap();
        for frame in before.iter().chain(message.frames()) {
            size += frame.len() + if frame.len() < 256 { 2 } else { 9 };
        }
        ends.push(size);
        if !outgoing.has_room() {
            written(&mut outgoing, &stream, &ends, &mut done);
        }
    }
    let mut turns = 0;
    while outgoing.is_waiting() {
        written(&mut outgoing, &stream, &ends, &mut done);
        turns += 1;
        assert!(turns < 1 << 20, "it does not end");
    }
    assert_eq!(done, messages.len());
    let wanted = messages.iter().map(|message| {
        let mut frames = frames(message);
        if message.frame_count() % 2 == 1 {
            frames.insert(0, Vec::new());
        }
        plain::Came::Message(frames)
    });
    let wanted: Vec<_> = wanted.collect();
    assert_eq!(plain::read(&stream.written.borrow(), usize::MAX, usize::MAX), wanted);
}

fn written(outgoing: &mut Outgoing, stream: &Stream, ends: &[usize], done: &mut usize) {
    *done += outgoing.write(stream).0;
    let written = stream.written.borrow().len();
    assert_eq!(*done, ends.iter().filter(|end| **end <= written).count());
}

pub fn envelope(input: &[u8]) {
    let Some((&kind, rest)) = input.split_first() else {
        return;
    };
    let kinds = [Kind::Rep, Kind::Req, Kind::Dealer, Kind::Router, Kind::Pair];
    let kind = kinds[usize::from(kind) % kinds.len()];
    let mut envelope = Envelope::of(kind, rest.len() % 2 == 1);
    let mut ways: Vec<Vec<Vec<u8>>> = Vec::new();
    let mut messages = messages(rest).into_iter();
    for byte in rest {
        match byte % 4 {
            0 | 1 => {
                let Some(message) = messages.next() else {
                    return;
                };
                let came = frames(&message);
                let opened = envelope.open(message);
                let at = came.iter().position(Vec::is_empty);
                let inside = match (&envelope, at) {
                    (Envelope::None, _) => Some(came.clone()),
                    (Envelope::Delimited, Some(0)) if came.len() > 1 => Some(came[1..].to_vec()),
                    (Envelope::Delimited, _) => {
                        assert!(opened.is_err());
                        continue;
                    }
                    (Envelope::WayBack(_), Some(at)) => {
                        ways.push(came[..=at].to_vec());
                        // A question without a word is one of an empty frame.
                        Some(came[at + 1..].to_vec())
                    }
                    (Envelope::WayBack(_), None) => None,
                };
                let opened = opened.unwrap().map(|message| frames(&message));
                let is_same = |(one, other): (&Vec<Vec<u8>>, &Vec<Vec<u8>>)| {
                    one == other || one.concat().is_empty() && other.concat().is_empty()
                };
                assert_eq!(opened.is_some(), inside.is_some());
                assert!(
                    opened.iter().zip(&inside).all(is_same),
                    "{opened:?} {inside:?}"
                );
            }
            2 => {
                envelope.take_back();
                ways.pop();
            }
            _ => {
                envelope.written(1);
                ways.drain(..ways.len().min(1));
            }
        }
        if let Envelope::WayBack(_) = envelope {
            assert_eq!(envelope.has_ways_back(), !ways.is_empty());
            for (index, way) in ways.iter().enumerate() {
                let before = envelope.before(index).iter();
                let before: Vec<_> = before.map(|frame| frame.to_vec()).collect();
                assert_eq!(&before, way);
            }
        }
    }
}

/// One side of a connection, as a wire drives it, and a peer that says whatever it likes.
pub fn session(input: &[u8]) {
    let Some((&kind, input)) = input.split_first() else {
        return;
    };
    let kinds = [
        Kind::Pull,
        Kind::Push,
        Kind::Rep,
        Kind::Router,
        Kind::Dealer,
        Kind::Publish,
        Kind::Pair,
        Kind::Subscribe,
    ];
    let mut options = WireOptions::new().max_message(1 << 16);
    if kind & 0x80 != 0 {
        options = options.security(Security::plain_server(|client| client.password == "right"));
    }
    let kind = kinds[usize::from(kind) % kinds.len()];
    let (pieces, bytes) = cut(input);
    let stream = Stream::new(bytes, pieces);
    // It ends with a refusal or with the stream.
    let _ = talk(kind, &options, &stream);
}

fn talk(kind: Kind, options: &WireOptions, stream: &Stream) -> Result<(), WireError> {
    let mut codec = listener(kind, options);
    let (mut incoming, mut outgoing) = (Incoming::new(1 << 16, 1 << 16), Outgoing::default());
    let peer = loop {
        outgoing.commands(&mut codec);
        outgoing.write_handshake(stream)?;
        if let Some(peer) = codec.peer() {
            break peer;
        }
        if let Some(question) = codec.question() {
            codec.answer(question.ask())?;
            continue;
        }
        if codec.resume()? {
            continue;
        }
        let next = match codec.greeting_left() {
            0 => incoming.raw_frame()?,
            left => Some(incoming.bytes(left)).filter(|bytes| !bytes.is_empty()),
        };
        match next {
            Some(bytes) => codec.take(bytes)?,
            None => match incoming.read(stream)? {
                Found::TheEnd => return Err(WireError::Closed),
                Found::Bytes | Found::Nothing => {}
            },
        }
    };
    let mut envelope = Envelope::of(kind, peer.is_delimited);
    let (mut pings, mut counted) = (0, 0);
    // The last command of the handshake may be on its way still.
    let handshake = outgoing.commands_waiting();
    loop {
        match incoming.next()? {
            Some(incoming::Came::Message(message)) => {
                codec.has_heard_a_message();
                assert_eq!(codec.silence_allowed(), None);
                if let Some(message) = envelope.open(message)? {
                    // It goes back to where it came from.
                    outgoing.message(&mut codec, envelope.before(counted), &message)?;
                    counted += 1;
                }
            }
            Some(incoming::Came::Command(bytes)) => {
                pings += usize::from(bytes.windows(5).any(|name| name == b"\x04PING"));
                codec.take(bytes)?;
                while let Some(said) = codec.said() {
                    match said {
                        Said::Subscribe(prefix) | Said::Cancel(prefix) => {
                            assert!(prefix.len() <= 1 << 16);
                        }
                        Said::Other => {}
                    }
                }
                outgoing.commands(&mut codec);
                // An answer has 16 bytes of its question at most.
                assert!(outgoing.commands_waiting() <= handshake + pings * (2 + 5 + 16));
            }
            None => match incoming.read(stream)? {
                Found::TheEnd => return Ok(()),
                Found::Bytes | Found::Nothing => {}
            },
        }
        let done = outgoing.write(stream).0;
        envelope.written(done);
        counted -= done;
    }
}

/// Sessions and names to begin with, most of them as they should be: target, and input.
pub fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let mut seeds = Vec::new();
    for name in [
        "tcp://127.0.0.1:5555",
        "tcp://[::1]:80",
        "tcp://*:*",
        "tcp://*:+80",
        "tcp://*:80x",
        "tcp://a-host.example:65535",
        "ipc://a/path",
        "ipc://@name",
    ] {
        seeds.push(("endpoints", name.as_bytes().to_vec()));
    }
    // Frames of each kind, and one that fills what may come to the last byte, or by one too many.
    let mut frames = b"\x00\x02hi\x01\x00\x00\x03abc\x04\x07\x04PING\x00\x01".to_vec();
    frames.extend(b"\x02\0\0\0\0\0\0\x40\0");
    frames.resize(frames.len() + 0x4000, 7);
    for (most, len) in [(0, 300), (1, 5000), (2, 1 << 16)] {
        for len in [len - 64, len - 63] {
            let mut bytes = vec![most, 1, 255, 2];
            bytes.extend((len as u64).to_be_bytes());
            bytes.resize(bytes.len() + len, 1);
            seeds.push(("incoming", bytes));
        }
        for pieces in [&[0][..], &[1, 1], &[3, 0, 3, 250]] {
            seeds.push(("incoming", [&[most], pieces, &frames].concat()));
        }
    }
    seeds.push((
        "outgoing",
        [&[2, 9, 255][..], &(0..=255).collect::<Vec<u8>>()].concat(),
    ));
    for kind in 0..5 {
        seeds.push((
            "envelope",
            vec![kind, 0x80, 1, 0x81, 0x80, 2, 3, 0, 2, 0x83, 7],
        ));
    }
    let command = |name: &str, data: &[u8]| {
        let body = [&[name.len() as u8], name.as_bytes(), data].concat();
        [&[4, body.len() as u8], &body[..]].concat()
    };
    for (kind, peer) in ["PUSH", "PULL", "REQ", "DEALER", "REP", "SUB", "PAIR", "PUB"]
        .into_iter()
        .enumerate()
    {
        for mechanism in ["NULL", "PLAIN"] {
            let mut bytes = vec![0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 1];
            bytes.extend(mechanism.bytes());
            bytes.resize(64, 0);
            let kind_is = [
                b"\x0bSocket-Type\0\0\0",
                &[peer.len() as u8][..],
                peer.as_bytes(),
            ];
            let kind_is = kind_is.concat();
            if mechanism == "PLAIN" {
                bytes.extend(command("HELLO", b"\x02me\x05right"));
                bytes.extend(command("INITIATE", &kind_is));
            } else {
                bytes.extend(command("READY", &kind_is));
            }
            bytes.extend(command("PING", b"\0\x0aabc"));
            bytes.extend(b"\x01\0\x00\x05hello\x00\x03\x01ab");
            bytes.extend(command("SUBSCRIBE", b"ab"));
            bytes.extend(command("CANCEL", b"ab"));
            let secured = if mechanism == "PLAIN" { 0x80 } else { 0 };
            let first = [kind as u8 | secured, 1, 255];
            seeds.push(("session", [&first[..], &bytes].concat()));
        }
    }
    let sessions = [
        &b"\x01\0\x00\x05hello\x00\x02hi\x01\0\x00\0"[..],
        b"\0\x04\x01abc\0\x04\0abc\x04\x0d\x09SUBSCRIBEabc\x04\x0a\x06CANCELabc\x04\x0a\x06CANCELabc",
        b"\x00\x03abc\x04\x0a\x04PING\0\0abc\x00\x03def\x07",
    ];
    for kind in 0..8 {
        for bytes in sessions {
            for how in [kind, kind | 0x40] {
                seeds.push(("wire", [&[how, 2, 255, 3], bytes].concat()));
            }
        }
        let whole = [crate::wire::handshake("REQ"), sessions[0].to_vec()].concat();
        seeds.push(("wire", [&[kind | 0x80, 1, 70], &whole[..]].concat()));
    }
    seeds
}
