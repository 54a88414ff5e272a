//! [`WireOptions`]: how the wires of an endpoint are.

#![forbid(unsafe_code)]

use std::time::Duration;

use super::security::Security;

/// The settings of the wires of an endpoint: made for [`Socket::set_wire`](crate::socket::Socket::set_wire)
/// for what the socket binds and connects from then on.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use gimmal::Context;
/// use gimmal::net::{Heartbeat, WireOptions};
///
/// let context = Context::new();
/// let pull = context.pull()?;
/// pull.set_wire(
///     WireOptions::new()
///         .max_message(1 << 20)
///         .heartbeat(Heartbeat::every(Duration::from_secs(1))),
/// );
/// pull.bind("tcp://127.0.0.1:*")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct WireOptions {
    pub(super) security: Security,
    pub(super) handshake: Duration,
    pub(super) reconnect: (Duration, Duration),
    pub(super) heartbeat: Option<Heartbeat>,
    pub(super) max_message: usize,
    pub(super) max_frames: usize,
    pub(super) max_deliveries: usize,
    pub(super) max_half_open: usize,
    pub(super) no_delay: bool,
    pub(super) send_buffer: Option<usize>,
    pub(super) recv_buffer: Option<usize>,
}

/// The settings by which a wire finds out that its peer is no longer there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    pub(super) every: Duration,
    pub(super) timeout: Duration,
}

impl Heartbeat {
    /// Asks the peer for a sign of life when nothing was heard of it for so long, and takes it for
    /// dead after three such silences.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::net::{Heartbeat, WireOptions};
    ///
    /// let second = Duration::from_secs(1);
    /// let beat = Heartbeat::every(second);
    /// assert_eq!(beat, Heartbeat::every(second).timeout(3 * second));
    /// let options = WireOptions::new().heartbeat(beat);
    /// # let _ = options;
    /// ```
    pub fn every(interval: Duration) -> Self {
        Heartbeat {
            every: interval,
            timeout: interval.saturating_mul(3),
        }
    }

    /// Takes the peer for dead after so long a silence.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::net::Heartbeat;
    ///
    /// let second = Duration::from_secs(1);
    /// assert_ne!(Heartbeat::every(second).timeout(2 * second), Heartbeat::every(second));
    /// ```
    pub fn timeout(mut self, silence: Duration) -> Self {
        self.timeout = silence;
        self
    }
}

impl WireOptions {
    /// Returns the options of a socket that has set none: no security, no heartbeat, messages of up
    /// to 1 GiB in 65 536 frames, reconnecting after 100 ms to 5 s, for ever.
    pub fn new() -> Self {
        WireOptions {
            security: Security::None,
            handshake: Duration::from_secs(30),
            reconnect: (Duration::from_millis(100), Duration::from_secs(5)),
            heartbeat: None,
            max_message: 1 << 30,
            max_frames: 1 << 16,
            max_deliveries: 10,
            max_half_open: 128,
            no_delay: true,
            send_buffer: None,
            recv_buffer: None,
        }
    }

    /// Sets who may be at the other end, and whether what is said can be read on the way. Default:
    /// [`Security::None`].
    ///
    /// # Examples
    /// ```
    /// use gimmal::net::{Security, WireOptions};
    ///
    /// let context = gimmal::Context::new();
    /// let pull = context.pull().unwrap();
    /// pull.set_wire(WireOptions::new().security(Security::plain_client("admin", "sesame")));
    /// pull.bind("tcp://127.0.0.1:*").unwrap();
    /// ```
    pub fn security(mut self, security: Security) -> Self {
        self.security = security;
        self
    }

    /// Maximum time of a connection until both sides know each other. Default: 30 s.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::net::WireOptions;
    ///
    /// let context = gimmal::Context::new();
    /// let pull = context.pull().unwrap();
    /// pull.set_wire(WireOptions::new().handshake_timeout(Duration::from_secs(3)));
    /// pull.bind("tcp://127.0.0.1:*").unwrap();
    /// ```
    pub fn handshake_timeout(mut self, time: Duration) -> Self {
        self.handshake = time;
        self
    }

    /// Sets how long it waits before it connects again: `first`, doubling each time up to `most`;
    /// up to a quarter less, at random. Default: 100 ms and 5 s.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::net::WireOptions;
    ///
    /// let context = gimmal::Context::new();
    /// let pull = context.pull().unwrap();
    /// pull.set_wire(WireOptions::new().reconnect(Duration::from_millis(10), Duration::from_secs(1)));
    /// pull.bind("tcp://127.0.0.1:*").unwrap();
    /// ```
    pub fn reconnect(mut self, first: Duration, most: Duration) -> Self {
        self.reconnect = (first, most.max(first));
        self
    }

    /// Looks whether the peer is still there. Default: it does not. The peer's own question is
    /// always answered.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::net::{Heartbeat, WireOptions};
    ///
    /// let context = gimmal::Context::new();
    /// let pull = context.pull().unwrap();
    /// pull.set_wire(WireOptions::new().heartbeat(Heartbeat::every(Duration::from_secs(1))));
    /// pull.bind("tcp://127.0.0.1:*").unwrap();
    /// ```
    pub fn heartbeat(mut self, heartbeat: Heartbeat) -> Self {
        self.heartbeat = Some(heartbeat);
        self
    }

    /// Maximum size of a message that is received, in bytes; each of its frames counts as 64 more. A larger one ends the connection when its size is announced. Default: 1 GiB.
    ///
    /// # Examples
    /// ```
    /// use gimmal::net::WireOptions;
    ///
    /// let context = gimmal::Context::new();
    /// let pull = context.pull().unwrap();
    /// pull.set_wire(WireOptions::new().max_message(64 * 1024));
    /// pull.bind("tcp://127.0.0.1:*").unwrap();
    /// ```
    pub fn max_message(mut self, bytes: usize) -> Self {
        self.max_message = bytes;
        self
    }

    /// Maximum number of frames of a message that is received; 0 counts as 1. Default: 65 536.
    ///
    /// All that are on the wire count, also the empty one before a question or an answer. A message
    /// that has more ends the connection when the next frame is announced, and nothing of it is
    /// received; what came before it is. [`WireEvent::Disconnected`](super::WireEvent::Disconnected)
    /// tells [`WireError::TooManyFrames`](super::WireError::TooManyFrames). The peer may connect
    /// again, and sends such a message again if it keeps what was not taken:
    /// [`max_deliveries`](Self::max_deliveries). On an encrypted
    /// connection the frames are counted when the message is whole; until then
    /// [`max_message`](Self::max_message) bounds them.
    ///
    /// # Examples
    /// ```
    /// use gimmal::net::WireOptions;
    ///
    /// let context = gimmal::Context::new();
    /// let pull = context.pull().unwrap();
    /// pull.set_wire(WireOptions::new().max_frames(16));
    /// pull.bind("tcp://127.0.0.1:*").unwrap();
    /// ```
    #[doc(alias = "max_parts")]
    pub fn max_frames(mut self, frames: usize) -> Self {
        self.max_frames = frames.max(1);
        self
    }

    /// Maximum number of times that a message is begun to be written to the peer of a connect; 0 counts
    /// as 1. Default: 10.
    ///
    /// A message that a broken connection has cut off is written again to the next one. A peer that
    /// does not take it, because it is larger than that peer allows, ends each of them in its middle,
    /// and what is behind it would wait for ever. So when as many connections have ended inside of it
    /// as this number, one after the other, it is given up:
    /// [`WireEvent::Disconnected`](super::WireEvent::Disconnected) counts it as lost, and the next
    /// connection goes on with the message behind it. A Req hears that no answer will come. A
    /// connection that ends before or after the message does not count.
    ///
    /// # Examples
    /// ```
    /// use gimmal::net::WireOptions;
    ///
    /// let context = gimmal::Context::new();
    /// let push = context.push().unwrap();
    /// push.set_wire(WireOptions::new().max_deliveries(3));
    /// push.connect("tcp://127.0.0.1:5599").unwrap();
    /// # push.set_linger(Some(std::time::Duration::ZERO));
    /// ```
    #[doc(alias = "delivery_limit")]
    pub fn max_deliveries(mut self, times: usize) -> Self {
        self.max_deliveries = times.max(1);
        self
    }

    /// Maximum number of connections of one listener whose handshake is not over. When another one
    /// comes, the oldest of them is closed. Default: 128.
    ///
    /// # Examples
    /// ```
    /// use gimmal::net::WireOptions;
    ///
    /// let context = gimmal::Context::new();
    /// let pull = context.pull().unwrap();
    /// pull.set_wire(WireOptions::new().max_half_open(16));
    /// pull.bind("tcp://127.0.0.1:*").unwrap();
    /// ```
    pub fn max_half_open(mut self, connections: usize) -> Self {
        self.max_half_open = connections;
        self
    }

    /// Sets whether small messages leave at once, without waiting for more (TCP_NODELAY). Default:
    /// `true`.
    ///
    /// # Examples
    /// ```
    /// use gimmal::net::WireOptions;
    ///
    /// let context = gimmal::Context::new();
    /// let pull = context.pull().unwrap();
    /// pull.set_wire(WireOptions::new().no_delay(false));
    /// pull.bind("tcp://127.0.0.1:*").unwrap();
    /// ```
    pub fn no_delay(mut self, at_once: bool) -> Self {
        self.no_delay = at_once;
        self
    }

    /// Sets the size of the system's buffer of what was sent, in bytes. Default: the system's.
    ///
    /// # Examples
    /// ```
    /// use gimmal::net::WireOptions;
    ///
    /// let context = gimmal::Context::new();
    /// let pull = context.pull().unwrap();
    /// pull.set_wire(WireOptions::new().send_buffer(1 << 20));
    /// pull.bind("tcp://127.0.0.1:*").unwrap();
    /// ```
    pub fn send_buffer(mut self, bytes: usize) -> Self {
        self.send_buffer = Some(bytes);
        self
    }

    /// Sets the size of the system's buffer of what was received, in bytes. Default: the system's.
    ///
    /// # Examples
    /// ```
    /// use gimmal::net::WireOptions;
    ///
    /// let context = gimmal::Context::new();
    /// let pull = context.pull().unwrap();
    /// pull.set_wire(WireOptions::new().recv_buffer(1 << 20));
    /// pull.bind("tcp://127.0.0.1:*").unwrap();
    /// ```
    pub fn recv_buffer(mut self, bytes: usize) -> Self {
        self.recv_buffer = Some(bytes);
        self
    }
}

impl Default for WireOptions {
    /// [`WireOptions::new`].
    fn default() -> Self {
        WireOptions::new()
    }
}
