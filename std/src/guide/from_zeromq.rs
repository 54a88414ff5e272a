//! You know ZeroMQ, as libzmq or pyzmq: what to take here.
//!
//! The patterns are the same: inside one process, and with the feature `net` over `tcp://` and `ipc://`,
//! to libzmq and whoever else speaks its protocol. The differences that surprise: the default linger is
//! zero, as it can be, because what was sent outlives the close of its sender; a peer that has gone is
//! reported instead of waited for; a Pair refuses a second peer; a subscription is in force when
//! `subscribe` returns, unless the publisher is in another process. What a wire changes is told by the
//! module `net`.
//!
//! # Calls
//! | libzmq, pyzmq | here |
//! |---|---|
//! | `Context()`, `zmq_ctx_new` | [`Context::new()`](crate::Context::new), or `Context::<T>::typed()` for values instead of bytes |
//! | `context.term()`, `context.destroy()` | [`term`](crate::Context::term), [`term_timeout`](crate::Context::term_timeout), which tells who still holds a socket |
//! | `zmq_ctx_shutdown` | [`shutdown`](crate::Context::shutdown): every blocked call returns `Terminated` |
//! | `context.socket(zmq.PUSH)` | [`context.push()?`](crate::Context::push), and `pull`, `pair`, `req`, `rep`, `dealer`, `router`, `publish`, `subscribe` |
//! | `XPUB`, `XSUB` | not here, although a peer may be one; use [`Publish`](crate::Publish) and [`Subscribe`](crate::Subscribe), with a loop between them |
//! | `STREAM` | not here, because it is raw TCP; use `std::net` |
//! | `CLIENT`, `SERVER`, `RADIO`, `DISH`, `SCATTER`, `GATHER`, `PEER`, `CHANNEL` | not here, because they are drafts; use `dealer`, `router`, `publish`, `subscribe`, `push`, `pull`, `router`, `pair` |
//! | `s.bind(…)`, `connect`, `unbind`, `disconnect` | the same, done when they return; in any order |
//! | `s.close()` | [`close`](crate::socket::Socket::close), which reports what is unread; or the drop. What was sent stays to be read, or written |
//! | `s.close(linger=0)`, which throws away what was sent | `close`, then [`context.discard(endpoint)`](crate::Context::discard) for a name that nobody has bound, or for what is not written to `tcp://` and `ipc://`, which throws away what all closed sockets have left there |
//! | `s.send(x)`, `s.recv()` | the same |
//! | `s.send(x, zmq.DONTWAIT)`, `recv(zmq.DONTWAIT)` | [`try_send(x)`](crate::socket::Socket::try_send), [`try_recv()`](crate::socket::Socket::try_recv) |
//! | `s.send_multipart([a, b])`, `zmq.SNDMORE` | `s.send([a, b])`: one [`Message`](crate::Message) of several frames |
//! | `s.recv_multipart()`, `zmq.RCVMORE` | `recv()`, then [`frames()`](crate::Message::frames), [`header()`](crate::Message::header), [`body()`](crate::Message::body) |
//! | `send_string`, `recv_string` | `send("text")`, `send(string)`, of a borrowed one [`send(Message::copy_of(text))`](crate::Message::copy_of); [`to_str()`](crate::Message::to_str) |
//! | `send_json`, `send_pyobj` | not here, because formats are not its business; use a typed context or a crate such as serde_json |
//! | `send(x, copy=False, track=True)` | [`Frame::with_completion`](crate::Frame::with_completion): nothing is copied in any case |
//! | `zmq_msg_init_data` with a free function | [`Frame::from_owner`](crate::Frame::from_owner) |
//! | `zmq_msg_copy`, `zmq_msg_size`, `zmq_msg_data` | `clone()`, `len()`, `as_bytes()` |
//! | `router.recv_multipart()`: identity, empty frame, body | a Router's `recv()` is `(who, message)`, [`send_to(who, …)`](crate::socket::Socket::send_to) answers; there is no empty frame |
//! | the bytes of an identity | [`context.identity_name(who)`](crate::Context::identity_name), and back by [`context.identity(bytes)`](crate::Context::identity); a peer that has set none has none |
//! | `zmq_msg_gets`, `routing_id` of a message | not here, because a link has no metadata; a Router receives the [`Identity`](crate::socket::Identity) beside the message |
//! | `s.poll(100)` | `recv_timeout`, or [`can_recv`](crate::socket::Socket::can_recv) |
//! | `Poller()`, `register(s, POLLIN)`, `poll(100)` | [`Poller::new([s.readable()])`](crate::poll::Poller), `poll_timeout(…)`, made anew for each poll; a [`PollSet`](crate::poll::PollSet) where sockets come and go |
//! | `ETERM` of a poll | [`has_ended(i)`](crate::poll::Ready::has_ended): a source that has ended is ready each time, so leave it out or leave the loop |
//! | `zmq.POLLOUT`, `POLLIN \| POLLOUT` | [`writable()`](crate::socket::Socket::writable), [`readable_or_writable()`](crate::socket::Socket::readable_or_writable) |
//! | `zmq.POLLOUT` of a ROUTER, which is set while any peer has room | [`writable_to(identity)`](crate::socket::Socket::writable_to): while that peer has room |
//! | `zmq.POLLERR` and file descriptors | not here, because sockets have none; use a thread that reads and sends |
//! | `zmq.proxy(router, dealer)` | [`Broker`](crate::socket::Broker) |
//! | `zmq.proxy(pull, push)`, `proxy_steerable` | [`Proxy`](crate::socket::Proxy): `one_way`, `both_ways`, `.steering()`, `.run()` |
//! | `get_monitor_socket`, `zmq_socket_monitor` | [`Context::events`](crate::Context::events), and [`snapshot`](crate::Context::snapshot) for what is there now |
//! | `zmq.asyncio` | [`recv_async`](crate::socket::Socket::recv_async), [`send_async`](crate::socket::Socket::send_async), under any executor |
//! | `zmq.green`, `zmq.eventloop`, `ZMQStream` | not here, because futures do it: `recv_async` |
//! | `zmq.auth`, `curve_keypair`, `z85` | features `net` and `curve`: the check of `Security::plain_server` and `curve_server`, `CurveKeys` |
//! | `zmq_version`, `zmq_has`, `zmq_strerror` | not here; errors have `Display` |
//! | `zmq_threadstart`, `zmq_timers`, `zmq_atomic_counter` | [`thread::spawn`](crate::thread::spawn), [`Timer`](crate::Timer), the atomics of std |
//!
//! # Errors
//! | errno | here |
//! |---|---|
//! | `EAGAIN` of a send, of a receive | `SendReason::Full`, `RecvError::Empty`; after a time-out `TimedOut` |
//! | `ETERM` | `Terminated`, after what had arrived has been read |
//! | `EFSM` | `WrongTurn`; [`to_send`](crate::socket::Socket::to_send) makes it an error of the compiler |
//! | `EHOSTUNREACH` | `SendReason::Unreachable` |
//! | `EADDRINUSE`, `EINVAL`, `EPROTONOSUPPORT`, `ENOENT` | `EndpointError::{AddressInUse, InvalidEndpoint, UnsupportedTransport, NotConnected}` |
//! | `EMFILE` | `OpenError::TooManySockets` |
//! | `ENOTSUP`, `ENOTSOCK` | does not compile: a Push has no `recv`, a closed socket is gone |
//! | `EINTR` | does not occur |
//! | no error: a second peer of a PAIR, another pattern at the other end | `EndpointError::{PeerTaken, PatternMismatch}` |
//!
//! # Options
//! | option | here |
//! |---|---|
//! | `LINGER` (default: for ever) | [`set_linger`](crate::socket::Socket::set_linger); default: not at all, and nothing that was sent is lost by that |
//! | `SNDHWM`, `RCVHWM` (default 1000; 0 is no limit, here an error) | [`set_send_hwm`](crate::socket::Socket::set_send_hwm), [`set_recv_hwm`](crate::socket::Socket::set_recv_hwm), [`Builder::hwm`](crate::socket::Builder::hwm); the same default, and exact; a mark that is set counts for links that are made after it |
//! | `SNDTIMEO`, `RCVTIMEO` (-1, 0, n) | [`set_send_timeout`](crate::socket::Socket::set_send_timeout), [`set_recv_timeout`](crate::socket::Socket::set_recv_timeout) (`None`, `ZERO`, n), or `send_timeout`, `recv_timeout` for one call |
//! | `SUBSCRIBE`, `UNSUBSCRIBE` | [`subscribe("prefix")`](crate::socket::Socket::subscribe), [`unsubscribe`](crate::socket::Socket::unsubscribe) |
//! | `ROUTING_ID`, `IDENTITY` | [`set_identity(context.identity("name"))`](crate::socket::Socket::set_identity) |
//! | `ROUTER_MANDATORY` | always: an unknown peer is `Unreachable`, a full one is `Full` |
//! | `XPUB_NODROP` | [`set_when_full(WhenFull::Wait)`](crate::socket::Socket::set_when_full); [`dropped`](crate::socket::Socket::dropped) counts otherwise |
//! | `EVENTS` | `can_send`, `can_recv` |
//! | `LAST_ENDPOINT` | feature `net`: `last_endpoint`, for `tcp://127.0.0.1:*` |
//! | `TYPE`, `THREAD_SAFE`, `RCVMORE` | types: a socket is `Send` and not `Sync`, a message is whole |
//! | `CONFLATE` | not here, because it breaks messages of several frames; use a value under a lock: [the latest value](crate::channel#one-value-copies-for-everybody-the-latest-value) |
//! | `IMMEDIATE` | not here, because a send to a name that nobody has bound waits there for the binder |
//! | `PROBE_ROUTER`, `REQ_CORRELATE`, `REQ_RELAXED` | not here, because a Router knows its peers at once (over a wire when they have said something), and a Req whose peer has gone is told `Disconnected`; of one that does not answer in time see below |
//! | `ROUTER_HANDOVER` | not here, because an identity is free at the close of its holder |
//! | `ROUTER_RAW`, `ROUTER_NOTIFY`, `STREAM_NOTIFY` | not here; [`Context::events`](crate::Context::events) tells of peers |
//! | `INVERT_MATCHING`, `ONLY_FIRST_SUBSCRIBE`, `XPUB_VERBOSE`, `XPUB_VERBOSER`, `XPUB_MANUAL`, `XPUB_WELCOME_MSG` | not here, because there is no XPUB |
//! | `FD`, `USE_FD` | not here, because sockets have no descriptors; use [`Poller`](crate::poll::Poller) or `recv_async` |
//! | `MAXMSGSIZE`, `SNDBUF`, `RCVBUF`, `RECONNECT_IVL`, `RECONNECT_IVL_MAX`, `HANDSHAKE_IVL`, `HEARTBEAT_IVL`, `HEARTBEAT_TIMEOUT` | feature `net`: `WireOptions` and `set_wire`. A message is at most 1 GiB, and connecting goes on for ever, also after an error of the protocol |
//! | `CURVE_*`, `PLAIN_*`, `MECHANISM` | feature `net`, and `curve`: `Security` |
//! | `CONNECT_TIMEOUT` | feature `net`: the time of the handshake is for both |
//! | `IPV6` | feature `net`: an address in brackets, `tcp://[::1]:5555`; `*` is every IPv4 address |
//! | `RECONNECT_STOP`, `HEARTBEAT_TTL`, `TCP_KEEPALIVE` and its like, `TCP_MAXRT`, `TCP_ACCEPT_FILTER`, `BACKLOG`, `AFFINITY`, `TOS`, `PRIORITY`, `BINDTODEVICE`, `SOCKS_PROXY`, `IPC_FILTER_*`, `METADATA`, `BUSY_POLL`, `IN_BATCH_SIZE`, `OUT_BATCH_SIZE` | not here; a heartbeat sends the time after which it gives up |
//! | `ZAP_DOMAIN`, `ZAP_ENFORCE_DOMAIN`, `GSSAPI_*` | not here, because a check is a function: `Security::plain_server` |
//! | `HELLO_MSG`, `DISCONNECT_MSG`, `HICCUP_MSG` | not here; [`Context::events`](crate::Context::events) tells of peers |
//! | `RATE`, `RECOVERY_IVL`, `MULTICAST_*`, `VMCI_*`, `NORM_*` | not here, because these transports are not |
//! | of the context: `MAX_SOCKETS` | [`Context::builder().sockets(n)`](crate::socket::Builder::sockets) |
//! | of the context: `IO_THREADS`, `THREAD_*`, `BLOCKY`, `MAX_MSGSZ`, `MSG_T_SIZE`, `ZERO_COPY_RECV` | not here: inside the process no thread is behind the sockets, and one, `gimmal-io`, is behind all wires |
//!
//! # A question that nobody answers in time
//! The lazy pirate of the zguide: `recv_timeout` says `TimedOut`, and the turn is still that of the answer. Close the socket and
//! open another one; what the old one has asked is still read by whoever binds the name, or is there later, unless it is discarded.
//! Over tcp and ipc a connect is tried again after some 100 ms, and then less and less often: with time-outs as short as that set
//! `WireOptions::reconnect` too.
//! ```
//! use std::time::Duration;
//! use gimmal::Context;
//!
//! let context = Context::new();
//! let mut answer = None;
//! for _ in 0..3 {
//!     let mut req = context.req()?;
//!     req.connect("inproc://service")?;
//!     req.send("a question")?;
//!     if let Ok(reply) = req.recv_timeout(Duration::from_millis(1)) {
//!         answer = Some(reply);
//!         break;
//!     }
//!     req.close();
//!     context.discard("inproc://service")?; // of all who have gone
//! }
//! assert!(answer.is_none());
//! let mut rep = context.rep()?;
//! rep.bind("inproc://service")?;
//! assert!(rep.try_recv().is_err()); // no old question
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A program
//! ```
//! use std::time::Duration;
//! use gimmal::socket::{RecvError, SendReason};
//! use gimmal::{Context, thread};
//!
//! let context = Context::new();
//! let mut pull = context.pull()?;
//! pull.bind("inproc://jobs")?;
//! pull.expect_peers(1); // without it, a socket that has bound waits for new peers for ever
//!
//! thread::scope(|scope| {
//!     let mut push = context.push().unwrap();
//!     scope.spawn(move || {
//!         push.connect("inproc://jobs").unwrap();
//!         push.send(["header", "body"]).unwrap();
//!     });
//!     let message = pull.recv().unwrap(); // recv_multipart
//!     assert_eq!(message.header(), Some(&b"header"[..]));
//!     assert_eq!(message.frame_count(), 2);
//! });
//! assert_eq!(pull.recv(), Err(RecvError::Disconnected)); // every sender has gone
//!
//! let mut pull = context.pull()?;
//! pull.set_recv_timeout(Some(Duration::from_millis(1))); // RCVTIMEO
//! assert_eq!(pull.recv(), Err(RecvError::TimedOut));
//! assert_eq!(pull.try_recv(), Err(RecvError::Empty)); // DONTWAIT
//!
//! let mut push = context.push()?;
//! let refused = push.try_send("nobody is there").unwrap_err();
//! assert_eq!(refused.reason, SendReason::Full); // EAGAIN; the message is in the error
//! context.shutdown();
//! assert_eq!(pull.recv(), Err(RecvError::Terminated)); // ETERM
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]
