//! How fast 64 KiB can go over tcp to libzmq, or come from it: beside libzmq and gimmal, a program that has no socket of either
//! library. It speaks the handshake of ZeroMQ, and then writes one buffer again and again, or reads into one: no queue, no thread but
//! its own, and no memory for a message, or only that. A socket does all of this, and more.
//!
//! ```text
//! cargo run --release -p gimmal-benches --features net --bin wire_floor [ROUNDS]
//! ```
//!
//! libzmq is in a child process, as in the rows `net/push-64k` and `net/pull-64k`. All take turns; a line is the median, with the
//! least and the most, and the ratio to libzmq's turn of the same round.

use std::error::Error;
use std::io::{BufRead, BufReader, IoSlice, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use gimmal::{Context, Message};

type Turn = Result<Duration, Box<dyn Error>>;

const MESSAGES: usize = 4000;
const SIZE: usize = 64 * 1024;
/// A long frame says its size in eight bytes, after a byte of flags.
const FRAME: usize = 9 + SIZE;
/// What takes longer has gone wrong.
const LIMIT: Duration = Duration::from_secs(30);
/// The first argument of the child.
const PEER: &str = "peer";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some(PEER) => be_the_peer(arguments.next().as_deref() == Some("pull")),
        rounds => compare(rounds.map_or(Ok(9), str::parse)?),
    }
}

fn compare(rounds: usize) -> Result<(), Box<dyn Error>> {
    for (title, other, takes_part) in [
        (
            "to a libzmq PULL",
            "pull",
            send_all as fn(&str, How) -> Turn,
        ),
        ("from a libzmq PUSH", "push", receive_all),
    ] {
        let all = [How::Libzmq, How::Gimmal, How::Alone, How::AloneAndNew];
        let mut took = all.map(|_| Vec::new());
        for _ in 0..rounds {
            for (how, took) in all.into_iter().zip(&mut took) {
                took.push(Peer::with(other, |peer| match other {
                    "pull" => takes_part(&peer.endpoint, how).and_then(|_| peer.took()),
                    _ => takes_part(&peer.endpoint, how),
                })?);
            }
        }
        println!("64 KiB {title}");
        for (how, own) in all.iter().zip(&took) {
            let each = own
                .iter()
                .map(|took| took.as_secs_f64() * 1e6 / (MESSAGES - 1) as f64);
            let ratios = own
                .iter()
                .zip(&took[0])
                .map(|(own, libzmq)| own.as_secs_f64() / libzmq.as_secs_f64());
            println!(
                "  {:28} {} us, {} of libzmq",
                how.name(),
                spread(each, 1),
                spread(ratios, 2)
            );
        }
    }
    Ok(())
}

fn spread(values: impl Iterator<Item = f64>, digits: usize) -> String {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let (least, most) = (values[0], values[values.len() - 1]);
    format!(
        "{:.digits$} ({least:.digits$}–{most:.digits$})",
        values[values.len() / 2]
    )
}

#[derive(Clone, Copy)]
enum How {
    Libzmq,
    Gimmal,
    /// System calls alone, always with the same memory.
    Alone,
    /// The same, with new memory for each message, as the rows want it: it is given away there.
    AloneAndNew,
}

impl How {
    fn name(self) -> String {
        match self {
            How::Libzmq => "libzmq".into(),
            How::Gimmal => "gimmal".into(),
            How::Alone => "calls alone".into(),
            How::AloneAndNew => "calls alone, new buffers".into(),
        }
    }
}

/// Sends all messages. How long that took, the peer knows.
fn send_all(endpoint: &str, how: How) -> Turn {
    match how {
        How::Libzmq => {
            let context = zmq::Context::new();
            let socket = limited(&context, zmq::PUSH)?;
            socket.connect(endpoint)?;
            for _ in 0..MESSAGES {
                socket.send(vec![7; SIZE], 0)?;
            }
        }
        How::Gimmal => {
            let context = Context::new();
            let mut socket = context.push()?;
            socket.connect(endpoint)?;
            for _ in 0..MESSAGES {
                socket.send_timeout(Message::new(vec![7; SIZE]), LIMIT)?;
            }
            socket.set_linger(Some(LIMIT));
            socket.close();
        }
        How::Alone | How::AloneAndNew => {
            let mut stream = shake_hands(endpoint, "PUSH")?;
            let (head, mut body) = (head(), vec![7; SIZE]);
            for _ in 0..MESSAGES {
                if matches!(how, How::AloneAndNew) {
                    body = vec![7; SIZE];
                }
                write_both(&mut stream, &mut [&head[..], &body].map(IoSlice::new))?;
            }
            // The peer closes when it has all.
            let _end = stream.read(&mut [0]);
        }
    }
    Ok(Duration::ZERO)
}

/// Receives all messages; the clock starts with the second one.
fn receive_all(endpoint: &str, how: How) -> Turn {
    match how {
        How::Libzmq => {
            let context = zmq::Context::new();
            let socket = limited(&context, zmq::PULL)?;
            socket.connect(endpoint)?;
            let mut message = zmq::Message::new();
            socket.recv(&mut message, 0)?;
            let start = Instant::now();
            for _ in 1..MESSAGES {
                socket.recv(&mut message, 0)?;
            }
            Ok(start.elapsed())
        }
        How::Gimmal => {
            let context = Context::new();
            let mut socket = context.pull()?;
            socket.connect(endpoint)?;
            socket.recv_timeout(LIMIT)?;
            let start = Instant::now();
            for _ in 1..MESSAGES {
                drop(socket.recv_timeout(LIMIT)?);
            }
            Ok(start.elapsed())
        }
        How::Alone | How::AloneAndNew => {
            let mut stream = shake_hands(endpoint, "PULL")?;
            let mut buffer = vec![0; FRAME];
            stream.read_exact(&mut buffer)?;
            let start = Instant::now();
            for _ in 1..MESSAGES {
                if matches!(how, How::AloneAndNew) {
                    buffer = Vec::with_capacity(FRAME);
                    if (&stream).take(FRAME as u64).read_to_end(&mut buffer)? < FRAME {
                        return Err("libzmq has ended too early".into());
                    }
                } else {
                    stream.read_exact(&mut buffer)?;
                }
            }
            Ok(start.elapsed())
        }
    }
}

/// A socket of libzmq that waits no longer.
fn limited(context: &zmq::Context, kind: zmq::SocketType) -> zmq::Result<zmq::Socket> {
    let socket = context.socket(kind)?;
    let limit = LIMIT.as_millis() as i32;
    socket.set_rcvtimeo(limit)?;
    socket.set_sndtimeo(limit)?;
    socket.set_linger(limit)?;
    Ok(socket)
}

/// What stands before a long message.
fn head() -> [u8; FRAME - SIZE] {
    let mut head = [2; FRAME - SIZE];
    head[1..].copy_from_slice(&(SIZE as u64).to_be_bytes());
    head
}

fn write_both(stream: &mut TcpStream, mut parts: &mut [IoSlice<'_>]) -> std::io::Result<()> {
    while !parts.is_empty() {
        let written = stream.write_vectored(parts)?;
        IoSlice::advance_slices(&mut parts, written);
    }
    Ok(())
}

/// A connection after the handshake of ZMTP 3.0, mechanism NULL (rfc.zeromq.org/spec/23).
fn shake_hands(endpoint: &str, kind: &str) -> Result<TcpStream, Box<dyn Error>> {
    let mut stream = TcpStream::connect(endpoint.trim_start_matches("tcp://"))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    let mut greeting = [0; 64];
    (greeting[0], greeting[9], greeting[10]) = (0xff, 0x7f, 3);
    greeting[12..16].copy_from_slice(b"NULL");
    stream.write_all(&greeting)?;
    stream.read_exact(&mut greeting)?;
    let mut ready = b"\x05READY\x0bSocket-Type".to_vec();
    ready.extend((kind.len() as u32).to_be_bytes());
    ready.extend(kind.as_bytes());
    stream.write_all(&[4, ready.len() as u8])?;
    stream.write_all(&ready)?;
    let mut head = [0; 2];
    stream.read_exact(&mut head)?;
    stream.read_exact(&mut vec![0; head[1].into()])?;
    Ok(stream)
}

/// libzmq in a child process.
struct Peer {
    child: Child,
    says: BufReader<ChildStdout>,
    endpoint: String,
}

impl Peer {
    /// Starts one, and waits for its end, which is that of its standard input.
    fn with(pattern: &str, run: impl FnOnce(&mut Peer) -> Turn) -> Turn {
        let mut child = Command::new(std::env::current_exe()?)
            .args([PEER, pattern])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let says = BufReader::new(child.stdout.take().ok_or("no output")?);
        let mut peer = Peer {
            child,
            says,
            endpoint: String::new(),
        };
        peer.endpoint = peer.line()?;
        let took = run(&mut peer);
        drop(peer.child.stdin.take());
        peer.child.wait()?;
        took
    }

    fn line(&mut self) -> Result<String, Box<dyn Error>> {
        let mut line = String::new();
        self.says.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }

    fn took(&mut self) -> Turn {
        Ok(Duration::from_nanos(self.line()?.parse()?))
    }
}

fn be_the_peer(pulls: bool) -> Result<(), Box<dyn Error>> {
    let context = zmq::Context::new();
    let socket = limited(&context, if pulls { zmq::PULL } else { zmq::PUSH })?;
    socket.bind("tcp://127.0.0.1:*")?;
    println!(
        "{}",
        socket
            .get_last_endpoint()?
            .map_err(|_| "an endpoint that is no text")?
    );
    if pulls {
        let mut message = zmq::Message::new();
        let mut next = || {
            socket
                .recv(&mut message, 0)
                .and_then(|()| match message.len() {
                    SIZE => Ok(()),
                    _ => Err(zmq::Error::EMSGSIZE),
                })
        };
        next()?;
        let start = Instant::now();
        for _ in 1..MESSAGES {
            next()?;
        }
        println!("{}", start.elapsed().as_nanos());
        return Ok(());
    }
    for _ in 0..MESSAGES {
        socket.send(vec![7; SIZE], 0)?;
    }
    std::io::stdin().read_line(&mut String::new())?;
    Ok(())
}
