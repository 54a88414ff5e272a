//! ZMTP as the crate `omq-proto` speaks it: greeting, handshake, commands, and whole connections
//! that are encrypted. Beside `curve.rs`, which holds its keys, the only file that names that crate,
//! whose interface is young.
//!
//! Messages of connections that are not encrypted are framed by `incoming.rs` and `outgoing.rs`.

#![forbid(unsafe_code)]

use std::time::Duration;

use bytes::Bytes;
use gimmal_core::socket::Kind;
use omq_proto::Error;
use omq_proto::proto::mechanism::{
    AuthenticationRequest, AuthenticationResult, Authenticator, MechanismPeerInfo, MechanismSetup,
};
use omq_proto::proto::{Command, Connection, ConnectionConfig, Event, Role, SocketType};

use super::events::WireError;
use super::options::WireOptions;
use super::security::{Check, Client, Security};
use crate::message::{Frame, Message};

/// Bytes of a greeting.
const GREETING: usize = 64;

/// One side of a connection.
pub(super) struct Codec {
    connection: Connection,
    /// How much of the greeting has been handed over.
    greeted: usize,
    /// Something has come that the connection was not given.
    has_heard: bool,
    most_frames: usize,
}

/// What is known of a peer after the handshake.
pub(super) struct Peer {
    /// It wants an empty frame before each message, as a Req sends and a Rep hears it.
    pub(super) is_delimited: bool,
    pub(super) identity: Option<Bytes>,
}

/// What a peer says beside messages.
pub(super) enum Said {
    Subscribe(Bytes),
    Cancel(Bytes),
    Other,
}

/// The kind of a socket, as the protocol has it.
#[derive(Clone, Copy)]
pub(super) struct KindOnWire(SocketType);

impl KindOnWire {
    /// Returns `None` if nothing on a wire is like such a socket.
    pub(super) fn of(kind: Kind) -> Option<Self> {
        Some(KindOnWire(match kind {
            Kind::Pair => SocketType::Pair,
            Kind::Push => SocketType::Push,
            Kind::Pull => SocketType::Pull,
            Kind::Req => SocketType::Req,
            Kind::Rep => SocketType::Rep,
            Kind::Dealer => SocketType::Dealer,
            Kind::Router => SocketType::Router,
            Kind::Publish => SocketType::Pub,
            Kind::Subscribe => SocketType::Sub,
            _ => return None,
        }))
    }
}

fn authenticator(check: &Check) -> Authenticator {
    let check = check.clone();
    Authenticator::new(move |peer: &MechanismPeerInfo| {
        check.allows(&Client::new(
            peer.peer_address.clone(),
            peer.username.clone(),
            peer.password.clone(),
            peer.public_key,
        ))
    })
}

fn mechanism(security: &Security) -> MechanismSetup {
    match security {
        Security::None => MechanismSetup::Null,
        Security::PlainClient { username, password } => MechanismSetup::PlainClient {
            username: username.clone(),
            password: password.clone(),
        },
        Security::PlainServer(check) => MechanismSetup::PlainServer {
            authenticator: authenticator(check),
        },
        #[cfg(feature = "curve")]
        Security::CurveClient { keys, server } => MechanismSetup::CurveClient {
            our_keypair: keys.0.clone(),
            server_public: server.0,
        },
        #[cfg(feature = "curve")]
        Security::CurveServer { keys, check } => {
            let mut options = omq_proto::proto::mechanism::CurveServerOptions::new();
            options.authenticator = Some(authenticator(check));
            MechanismSetup::CurveServer {
                our_keypair: keys.0.clone(),
                options,
            }
        }
    }
}

/// What the codec says of a handshake that breaks the protocol, and is no matter of security: it tells
/// them apart by its words only.
const PROTOCOL: [&str; 3] = ["socket type", "data frame", "expected READY"];

fn why(error: Error) -> WireError {
    match error {
        Error::MessageTooLarge { .. } => WireError::TooLarge,
        Error::HandshakeRefused(refusal) => WireError::Security(refusal.to_string()),
        Error::HandshakeFailed(what) if PROTOCOL.iter().any(|words| what.contains(words)) => {
            WireError::Protocol(what)
        }
        Error::HandshakeFailed(what) => WireError::Security(what),
        Error::Closed => WireError::Closed,
        error => WireError::Protocol(error.to_string()),
    }
}

/// A question to the check of a server.
pub(super) struct Question(AuthenticationRequest);

/// The answer to it.
pub(super) struct Answer(AuthenticationResult);

impl Question {
    /// Asks; it may block.
    pub(super) fn ask(self) -> Answer {
        Answer(self.0.run())
    }
}

impl Answer {
    /// What a check that has panicked says.
    pub(super) fn no() -> Self {
        Answer(AuthenticationResult::deny())
    }
}

impl Codec {
    pub(super) fn new(
        is_listener: bool,
        kind: KindOnWire,
        identity: Bytes,
        options: &WireOptions,
        address: &str,
    ) -> Self {
        let role = match is_listener {
            true => Role::Server,
            false => Role::Client,
        };
        let config = ConnectionConfig::new(role, kind.0)
            .identity(identity)
            .max_message_size(options.max_message)
            .mechanism(mechanism(&options.security))
            .defer_authentication(true)
            .peer_address(address);
        let mut connection = Connection::new(config);
        connection.set_input_budget(true);
        Codec {
            connection,
            greeted: 0,
            has_heard: false,
            most_frames: options.max_frames,
        }
    }

    /// How many bytes of the greeting it still wants.
    pub(super) fn greeting_left(&self) -> usize {
        GREETING - self.greeted
    }

    /// Whether the messages, too, are the codec's: they are encrypted.
    pub(super) fn is_encrypted(&self) -> bool {
        self.connection.has_frame_transform()
    }

    /// Takes bytes of the peer: of the greeting, a whole frame of the handshake, a whole command, or
    /// whatever comes of an encrypted connection.
    pub(super) fn take(&mut self, bytes: Bytes) -> Result<(), WireError> {
        self.greeted = GREETING.min(self.greeted + bytes.len());
        self.has_heard = false;
        self.connection.handle_input(bytes).map_err(why)
    }

    /// Whether more bytes can be taken now.
    pub(super) fn takes(&self) -> bool {
        self.connection.accepts_input()
    }

    /// Goes on with what was taken.
    pub(super) fn resume(&mut self) -> Result<bool, WireError> {
        let pending = self.connection.has_pending_input();
        if pending {
            self.connection.resume_input().map_err(why)?;
        }
        Ok(pending)
    }

    /// The question that the handshake waits for.
    pub(super) fn question(&mut self) -> Option<Question> {
        let request = self.connection.take_authentication_request();
        request.map(Question)
    }

    pub(super) fn answer(&mut self, answer: Answer) -> Result<(), WireError> {
        let done = self.connection.complete_authentication(answer.0);
        done.map_err(why)
    }

    /// The bytes to be written, if there are any.
    pub(super) fn output(&mut self) -> Vec<Bytes> {
        if !self.connection.has_pending_transmit() {
            return Vec::new();
        }
        let chunks = self.connection.clone_transmit_chunks();
        let size = chunks.iter().map(Bytes::len).sum();
        self.connection.advance_transmit(size);
        chunks
    }

    /// The peer, once the handshake is over.
    pub(super) fn peer(&mut self) -> Option<Peer> {
        while let Some(event) = self.connection.poll_event() {
            if let Event::HandshakeSucceeded {
                peer_properties, ..
            } = event
            {
                let kind = peer_properties.socket_type;
                return Some(Peer {
                    is_delimited: matches!(kind, Some(SocketType::Req | SocketType::Rep)),
                    identity: peer_properties.identity.clone(),
                });
            }
        }
        None
    }

    /// The next thing that the peer has said beside messages.
    pub(super) fn said(&mut self) -> Option<Said> {
        let Event::Command(command) = self.connection.poll_event()? else {
            return Some(Said::Other);
        };
        Some(match command {
            Command::Subscribe(prefix) => Said::Subscribe(prefix),
            Command::Cancel(prefix) => Said::Cancel(prefix),
            _ => Said::Other,
        })
    }

    /// The next message of an encrypted connection.
    pub(super) fn message(&mut self) -> Result<Option<Message>, WireError> {
        let Some(message) = self.connection.poll_message() else {
            return Ok(None);
        };
        if message.len() > self.most_frames {
            return Err(WireError::TooManyFrames);
        }
        let parts = 0..message.len();
        Ok(Some(Message::from_frames(parts.map(|part| {
            Frame::from(message.part_bytes(part).unwrap_or_default())
        }))))
    }

    /// Encrypts a message.
    pub(super) fn send(&mut self, frames: Vec<Bytes>) -> Result<(), WireError> {
        let message = omq_proto::Message::multipart(frames);
        self.connection.send_message(&message).map_err(why)
    }

    pub(super) fn subscribe(&mut self, prefix: &[u8], wanted: bool) -> Result<(), WireError> {
        let prefix = Bytes::copy_from_slice(prefix);
        let command = match wanted {
            true => Command::Subscribe(prefix),
            false => Command::Cancel(prefix),
        };
        self.connection.send_command(&command).map_err(why)
    }

    /// Asks for a sign of life; a peer that hears nothing for so long may close.
    pub(super) fn ping(&mut self, silence: Duration) -> Result<(), WireError> {
        let tenths = silence.as_millis().div_ceil(100).min(u16::MAX.into());
        let ping = Command::Ping {
            ttl_deciseconds: tenths as u16,
            context: Bytes::new(),
        };
        self.connection.send_command(&ping).map_err(why)
    }

    /// A message has come that the codec does not see.
    pub(super) fn has_heard_a_message(&mut self) {
        self.has_heard = true;
    }

    /// How long the peer wants to be waited for, if its last word was a PING that says so.
    pub(super) fn silence_allowed(&self) -> Option<Duration> {
        match self.has_heard {
            true => None,
            false => self.connection.peer_heartbeat_ttl(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a Pull says of a peer that begins so.
    fn said(mechanism: &str, frame: &[u8]) -> WireError {
        let options = WireOptions::new();
        let pull = KindOnWire(SocketType::Pull);
        let mut codec = Codec::new(true, pull, Bytes::new(), &options, "a test");
        let mut greeting = vec![0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 1];
        greeting.extend(mechanism.bytes());
        greeting.resize(GREETING, 0);
        codec
            .take(greeting.into())
            .and_then(|()| codec.take(Bytes::copy_from_slice(frame)))
            .expect_err("a handshake that is wrong")
    }

    #[test]
    fn the_codecs_words_tell_a_broken_protocol_from_a_matter_of_security() {
        let ready = |kind: &str| {
            let mut body = b"\x05READY\x0bSocket-Type\0\0\0".to_vec();
            body.push(kind.len() as u8);
            body.extend(kind.bytes());
            let header = [4, body.len() as u8];
            [&header[..], &body].concat()
        };
        let wrong = [
            ("socket type", b"\x04\x06\x05READY".to_vec()),
            ("socket type", ready("PULL")),
            ("data frame", b"\0\x05hello".to_vec()),
            ("expected READY", b"\x04\x06\x05HOWDY".to_vec()),
        ];
        for (words, frame) in &wrong {
            let why = said("NULL", frame);
            assert!(
                matches!(&why, WireError::Protocol(what) if what.contains(words)),
                "{words}: {why:?}"
            );
        }
        for words in PROTOCOL {
            assert!(wrong.iter().any(|(said, _)| *said == words));
        }
        for (mechanism, frame) in [("PLAIN", &b""[..]), ("NULL", b"\x04\x09\x05ERROR\x02no")] {
            let why = said(mechanism, frame);
            assert!(matches!(why, WireError::Security(_)), "{why:?}");
        }
    }
}
