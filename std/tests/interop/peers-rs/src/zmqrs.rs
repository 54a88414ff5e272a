//! Sockets of zmq.rs. They are futures: a runtime of one thread beside this one drives them.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::runtime::Runtime;
use tokio::time::timeout;
use zeromq::util::PeerIdentity;
use zeromq::{SocketEvent, SocketOptions, SocketRecv, SocketSend, ZmqMessage, ZmqResult};

use crate::{LIMIT, Options, Socket};

/// One variant a pattern: the library has a type for each.
enum Any {
    Push(zeromq::PushSocket),
    Pull(zeromq::PullSocket),
    Req(zeromq::ReqSocket),
    Rep(zeromq::RepSocket),
    Dealer(zeromq::DealerSocket),
    Router(zeromq::RouterSocket),
    Pub(zeromq::PubSocket),
    Sub(zeromq::SubSocket),
    XPub(zeromq::XPubSocket),
    XSub(zeromq::XSubSocket),
}

/// The same for each of them.
macro_rules! each {
    ($any:expr, $socket:ident => $do:expr) => {
        match $any {
            Any::Push($socket) => $do,
            Any::Pull($socket) => $do,
            Any::Req($socket) => $do,
            Any::Rep($socket) => $do,
            Any::Dealer($socket) => $do,
            Any::Router($socket) => $do,
            Any::Pub($socket) => $do,
            Any::Sub($socket) => $do,
            Any::XPub($socket) => $do,
            Any::XSub($socket) => $do,
        }
    };
}

struct ZmqRs {
    runtime: Runtime,
    socket: Any,
    events: futures_channel::mpsc::Receiver<SocketEvent>,
    has_lost_a_peer: bool,
    /// The other side has ended its input.
    is_over: Option<Arc<AtomicBool>>,
}

pub(crate) fn open(kind: &str, options: &Options<'_>) -> Box<dyn Socket> {
    assert!(
        options.plain.is_none() && options.lets_in.is_none(),
        "zmq.rs has no PLAIN"
    );
    let mut set = SocketOptions::default();
    if let Some(identity) = options.identity {
        set.peer_identity(PeerIdentity::try_from(identity.as_bytes()).unwrap());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let entered = runtime.enter();
    use zeromq::Socket;
    let mut socket = match kind {
        "PUSH" => Any::Push(Socket::with_options(set)),
        "PULL" => Any::Pull(Socket::with_options(set)),
        "REQ" => Any::Req(Socket::with_options(set)),
        "REP" => Any::Rep(Socket::with_options(set)),
        "DEALER" => Any::Dealer(Socket::with_options(set)),
        "ROUTER" => Any::Router(Socket::with_options(set)),
        "PUB" => Any::Pub(Socket::with_options(set)),
        "SUB" => Any::Sub(Socket::with_options(set)),
        "XPUB" => Any::XPub(Socket::with_options(set)),
        "XSUB" => Any::XSub(Socket::with_options(set)),
        other => panic!("zmq.rs has no {other}"),
    };
    let events = each!(&mut socket, socket => socket.monitor());
    drop(entered);
    Box::new(ZmqRs {
        runtime,
        socket,
        events,
        has_lost_a_peer: false,
        is_over: None,
    })
}

impl ZmqRs {
    /// What has come before so long a time is over.
    fn within(&mut self, time: Duration) -> Option<ZmqResult<Vec<Bytes>>> {
        let socket = &mut self.socket;
        let receiving = async {
            let recv = async {
                match socket {
                    Any::Pull(socket) => socket.recv().await,
                    Any::Req(socket) => socket.recv().await,
                    Any::Rep(socket) => socket.recv().await,
                    Any::Dealer(socket) => socket.recv().await,
                    Any::Router(socket) => socket.recv().await,
                    Any::Sub(socket) => socket.recv().await,
                    Any::XPub(socket) => socket.recv().await,
                    Any::XSub(socket) => socket.recv().await,
                    Any::Push(_) | Any::Pub(_) => panic!("it only sends"),
                }
            };
            timeout(time, recv).await
        };
        let received = self.runtime.block_on(receiving).ok()?;
        Some(received.map(ZmqMessage::into_vec))
    }
}

impl Socket for ZmqRs {
    fn bind(&mut self, at: &str) -> String {
        // It has no word for a port that the system chooses but 0.
        let at = at.replace(":*", ":0");
        use zeromq::Socket;
        let socket = &mut self.socket;
        let bound = async { each!(socket, socket => socket.bind(&at).await) };
        self.runtime.block_on(bound).unwrap().to_string()
    }

    fn connect(&mut self, at: &str) {
        use zeromq::Socket;
        let socket = &mut self.socket;
        let connected = async { each!(socket, socket => socket.connect(at).await) };
        self.runtime.block_on(connected).unwrap();
    }

    fn send(&mut self, frames: Vec<Bytes>) {
        let message = ZmqMessage::try_from(frames).unwrap();
        let end = Instant::now() + LIMIT;
        loop {
            let (socket, message) = (&mut self.socket, message.clone());
            let sending = async {
                match socket {
                    Any::Push(socket) => socket.send(message).await,
                    Any::Req(socket) => socket.send(message).await,
                    Any::Rep(socket) => socket.send(message).await,
                    Any::Dealer(socket) => socket.send(message).await,
                    Any::Router(socket) => socket.send(message).await,
                    Any::Pub(socket) => socket.send(message).await,
                    Any::XPub(socket) => socket.send(message).await,
                    _ => panic!("it only receives"),
                }
            };
            match self.runtime.block_on(sending) {
                Ok(()) => return,
                // It neither waits for its first peer, nor for the next one when that is gone.
                Err(why) => assert!(Instant::now() < end, "{why}"),
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn recv(&mut self) -> Vec<Bytes> {
        let received = self.within(LIMIT).expect("a message in time");
        received.unwrap()
    }

    fn try_recv(&mut self) -> Option<Vec<Bytes>> {
        // An error is the end of a peer.
        self.within(Duration::from_millis(1))?.ok()
    }

    fn subscribe(&mut self, prefix: &str) {
        let socket = &mut self.socket;
        let subscribing = async {
            match socket {
                Any::Sub(socket) => socket.subscribe(prefix).await,
                Any::XSub(socket) => socket.subscribe(prefix).await,
                _ => panic!("it does not subscribe"),
            }
        };
        self.runtime.block_on(subscribing).unwrap();
    }

    fn has_lost_a_peer(&mut self) -> bool {
        while let Ok(event) = self.events.try_recv() {
            self.has_lost_a_peer |= matches!(event, SocketEvent::Disconnected(_));
        }
        // An Xpub is not told.
        let is_over = self.is_over.get_or_insert_with(|| {
            let is_over = Arc::new(AtomicBool::new(false));
            let told = is_over.clone();
            std::thread::spawn(move || {
                let _ = std::io::stdin().read_to_end(&mut Vec::new());
                told.store(true, SeqCst); // a flag
            });
            is_over
        });
        self.has_lost_a_peer || is_over.load(SeqCst) // a flag
    }

    /// It has no linger, and says of no message that it is written: it stays until the other side
    /// says that it has everything.
    fn finish(self: Box<Self>) {
        std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    }
}
