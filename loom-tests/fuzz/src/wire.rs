//! Whole wires: a socket of the facade that listens, its task on the I/O thread, and a peer at a
//! connection of the system that says whatever the fuzzer likes, after a good handshake or instead
//! of one.

use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::time::{Duration, Instant};

use gimmal::net::WireOptions;
use gimmal::socket::{Pattern, SendReason, Socket};
use gimmal::{Context, Message};

use crate::net::plain::{self, Came};
use crate::net::targets::{cut, piece};

const MOST: usize = 1 << 16;
/// Longer than a session takes; shorter than the fuzzer waits.
const LONG: Duration = Duration::from_secs(8);

type Frames = Vec<Vec<u8>>;

/// What the owner of the socket does next, if there is something to be done: it returns `true` then.
/// What it receives it keeps in its argument. Whether the peer has gone, for whose answers a socket
/// without a peer has no room, says the second one.
type Step = Box<dyn FnMut(&mut Vec<Frames>, bool) -> bool>;

fn frames(message: &Message) -> Frames {
    message
        .frames()
        .iter()
        .map(|frame| frame.to_vec())
        .collect()
}

/// A socket that listens, as its owner: by number, with the pattern of its peer.
struct Owner {
    peer: &'static str,
    /// What comes goes back to where it came from.
    echoes: bool,
    step: Step,
}

fn listening<P: Pattern>(socket: Socket<Message, P>, at: &str) -> Socket<Message, P> {
    socket.set_wire(WireOptions::new().max_message(MOST));
    socket.bind(at).unwrap();
    socket
}

macro_rules! echo {
    ($socket:expr, $at:expr) => {{
        let mut socket = listening($socket.unwrap(), $at);
        let mut answer: Option<Message> = None;
        Box::new(move |had: &mut Vec<Frames>, is_over: bool| {
            if let Some(message) = answer.take() {
                if let Err(error) = socket.try_send(message)
                    && error.reason == SendReason::Full
                    && !is_over
                {
                    answer = Some(error.value);
                    return false;
                }
                return true;
            }
            let Ok(message) = socket.try_recv() else {
                return false;
            };
            had.push(frames(&message));
            answer = Some(message);
            true
        })
    }};
}

impl Owner {
    fn new(context: &Context, kind: u8, at: &str) -> Owner {
        let (peer, echoes, step): (_, _, Step) = match kind % 8 {
            0 => {
                let mut pull = listening(context.pull().unwrap(), at);
                let step = move |had: &mut Vec<Frames>, _: bool| match pull.try_recv() {
                    Ok(message) => {
                        had.push(frames(&message));
                        true
                    }
                    Err(_) => false,
                };
                ("PUSH", false, Box::new(step))
            }
            1 => ("REQ", true, echo!(context.rep(), at)),
            2 => ("REP", true, echo!(context.dealer(), at)),
            3 => ("PAIR", true, echo!(context.pair(), at)),
            4 => {
                let mut router = listening(context.router().unwrap(), at);
                let mut answer = None;
                let step = move |had: &mut Vec<Frames>, _: bool| {
                    if let Some((to, message)) = answer.take() {
                        if let Err(error) = router.try_send_to(to, message)
                            && error.reason == SendReason::Full
                        {
                            answer = Some((to, error.value));
                            return false;
                        }
                        return true;
                    }
                    let Ok((from, message)) = router.try_recv() else {
                        return false;
                    };
                    had.push(frames(&message));
                    answer = Some((from, message));
                    true
                };
                ("DEALER", true, Box::new(step))
            }
            5 => {
                let mut req = listening(context.req().unwrap(), at);
                let mut left = 8;
                let step = move |had: &mut Vec<Frames>, _: bool| {
                    if left > 0 && req.try_send("a question").is_ok() {
                        left -= 1;
                        return true;
                    }
                    match req.try_recv() {
                        Ok(message) => {
                            had.push(frames(&message));
                            true
                        }
                        Err(_) => false,
                    }
                };
                ("REP", false, Box::new(step))
            }
            6 => {
                let mut push = listening(context.push().unwrap(), at);
                let mut left = 8;
                let step = move |_: &mut Vec<Frames>, _: bool| {
                    let sends = left > 0 && push.try_send("a job").is_ok();
                    left -= i32::from(sends);
                    sends
                };
                ("PULL", false, Box::new(step))
            }
            _ => {
                let mut publish = listening(context.publish().unwrap(), at);
                let mut left = 64;
                let step = move |_: &mut Vec<Frames>, _: bool| {
                    let sends = left > 0 && publish.try_send("abc").is_ok();
                    left -= i32::from(sends);
                    sends
                };
                ("SUB", false, Box::new(step))
            }
        };
        Owner { peer, echoes, step }
    }
}

/// A greeting and the only command of a peer without security.
pub(crate) fn handshake(peer: &str) -> Vec<u8> {
    let mut bytes = vec![0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 1];
    bytes.extend(b"NULL");
    bytes.resize(64, 0);
    let mut ready = b"\x05READY\x0bSocket-Type\0\0\0".to_vec();
    ready.push(peer.len() as u8);
    ready.extend(peer.bytes());
    bytes.extend([4, ready.len() as u8]);
    bytes.extend(ready);
    bytes
}

/// What the socket is to receive of the first messages that its peer sends, before anything else.
/// Returns whether that is all that the peer says.
fn wanted(kind: u8, script: &[Came]) -> (Vec<Frames>, bool) {
    let mut wanted = Vec::new();
    for came in script {
        let Came::Message(frames) = came else {
            return (wanted, false);
        };
        let delimiter = frames.iter().position(Vec::is_empty);
        match (kind % 8, delimiter) {
            (1, Some(at)) => wanted.push(frames[at + 1..].to_vec()),
            (1, None) => {}
            (2, Some(0)) if frames.len() > 1 => wanted.push(frames[1..].to_vec()),
            (2, _) => return (wanted, false),
            _ => wanted.push(frames.clone()),
        }
    }
    (wanted, true)
}

/// A message without a frame is one of an empty frame.
fn is_same(one: &Frames, other: &Frames) -> bool {
    let or_empty = |frames: &Frames| match frames[..] {
        [] => vec![Vec::new()],
        _ => frames.clone(),
    };
    or_empty(one) == or_empty(other)
}

fn assert_begins(all: &[Frames], first: &[Frames]) {
    assert!(first.len() <= all.len(), "{first:?} {all:?}");
    for (one, other) in first.iter().zip(all) {
        assert!(is_same(one, other), "{one:?} {other:?}");
    }
}

/// The messages that the socket's side has written, behind its greeting.
fn answers(heard: &[u8], kind: u8) -> Vec<Frames> {
    let said = plain::read(heard.get(64..).unwrap_or_default(), usize::MAX, usize::MAX);
    let said = said.into_iter().filter_map(|came| match came {
        Came::Message(mut frames) => {
            if matches!(kind % 8, 1 | 2 | 5) {
                let at = frames.iter().position(Vec::is_empty);
                frames.drain(..=at.expect("an empty frame"));
            }
            Some(frames)
        }
        Came::Command(_) => None,
        Came::Wrong | Came::TooLarge | Came::TooManyFrames => panic!("what it writes is wrong"),
    });
    said.collect()
}

pub fn wire(input: &[u8]) {
    thread_local! {
        static CONTEXT: Context = Context::new();
    }
    let Some((&how, input)) = input.split_first() else {
        return;
    };
    let (pieces, bytes) = cut(input);
    CONTEXT.with(|context| session(context, how, pieces, bytes));
}

fn session(context: &Context, how: u8, pieces: &[u8], bytes: &[u8]) {
    let end = Instant::now() + LONG;
    let (kind, is_known, leaves) = (how % 8, how & 0x80 == 0, how & 0x40 != 0);
    let name = format!("gimmal-fuzz-{}", std::process::id());
    let mut owner = Some(Owner::new(context, kind, &format!("ipc://@{name}")));
    let (peer, echoes) = owner.as_ref().map(|one| (one.peer, one.echoes)).unwrap();
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let mut stream = UnixStream::connect_addr(&address).unwrap();
    stream.set_nonblocking(true).unwrap();

    let mut says = match is_known {
        true => handshake(peer),
        false => Vec::new(),
    };
    says.extend(bytes);
    let script = match is_known {
        true => plain::read(bytes, MOST, 1 << 16),
        false => Vec::new(),
    };
    let (wanted, is_all) = wanted(kind, &script);
    // Only then each message is answered before the connection ends.
    let waits = echoes && is_all && !leaves;

    let (mut had, mut heard) = (Vec::new(), Vec::new());
    let (mut written, mut answered, mut turn, mut is_shut) = (0, 0, 0, false);
    let mut buffer = [0; 1 << 16];
    loop {
        assert!(Instant::now() < end, "the connection does not end");
        turn += 1;
        if leaves && turn > 8 {
            owner = None;
        }
        if written < says.len() {
            let len = piece(pieces, turn).min(says.len() - written);
            match stream.write(&says[written..written + len]) {
                Ok(len) => written += len,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                // It was refused.
                Err(_) => written = says.len(),
            }
        } else if !is_shut && (!waits || answered == wanted.len()) {
            is_shut = true;
            // The other side may have closed.
            let _ = stream.shutdown(Shutdown::Write);
        }
        let moved = owner
            .as_mut()
            .is_some_and(|one| (one.step)(&mut had, false));
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(len) => {
                heard.extend_from_slice(&buffer[..len]);
                answered = answers(&heard, kind).len();
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                if !moved && written == says.len() {
                    std::thread::yield_now();
                }
            }
            Err(_) => break,
        }
    }
    // What has come is received to its end.
    while owner.as_mut().is_some_and(|one| (one.step)(&mut had, true)) {}
    while !context.snapshot().wires.is_empty() {
        assert!(Instant::now() < end, "the wire does not end");
        std::thread::yield_now();
    }
    while owner.as_mut().is_some_and(|one| (one.step)(&mut had, true)) {}

    let answers = answers(&heard, kind);
    if is_known && !leaves && kind < 5 {
        assert_begins(&had, &wanted);
        assert!(!is_all || had.len() == wanted.len(), "{had:?} {wanted:?}");
    }
    if echoes {
        assert_begins(&had, &answers);
    }
    if waits && is_known {
        assert_eq!(answers.len(), wanted.len());
    }
}
