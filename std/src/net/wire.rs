//! [`Wire`]: one task moves messages between a bridge and a connection, both ways.
//!
//! A message leaves its pipe when all its bytes are written. Until then it counts as unread: credit
//! and linger are exact, and what a broken connection had cut off is written again on the next one, a few times.
//! A pipe that is full stops the reading: the transport carries the back-pressure.
//!
//! | ends when | and then |
//! |---|---|
//! | the socket has closed, or has cut the link | what it had sent is written first |
//! | the socket has closed, and [`discard`](crate::Context::discard) is called | what it had sent is thrown away |
//! | the context is shut down, or nobody uses it any more | the same, for the linger of the socket at most; without one, what the system takes at once |
//! | the connection breaks, the peer is silent or wrong | of a connect: it is connected again; of a listener: the link ends, and what was lost is told |

#![forbid(unsafe_code)]

use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use gimmal_core::error::socket::SendReason;
use gimmal_core::facade::socket::BridgeWants;
use gimmal_core::socket::Kind;
use tokio::io::Interest;
use tokio::sync::watch;
use tokio::time::Instant;

use super::bridge::Bridge;
use super::codec::{Codec, Said};
use super::direct::home;
use super::envelope::Envelope;
use super::events::WireError;
use super::incoming::{Came, Incoming};
use super::info::WireStatus;
use super::our_side::{Connected, OurSide};
use super::outgoing::Outgoing;
use super::stream::{Found, Stream};
use super::topics::Topics;
use super::waits::{RoomYields, late, ready};
use crate::message::Message;

/// For how long a wire does not listen to a link that only wakes it for what it does not want: all
/// that it could hear of, as the end of the link, is noticed so much later.
const REST: Duration = Duration::from_millis(1);
/// How many turns a wire has before the others have theirs.
const TURNS: usize = 16;
/// How many messages of the peer are handed on in one turn.
const BATCH: usize = 256;
/// How many bytes of answers may wait for a peer that asks and does not read.
const MOST_ANSWERS: usize = 1 << 20;

/// Why a wire has stopped.
pub(super) enum Ended {
    /// Its socket has closed, or the context: all is done that can be.
    Here,
    /// The connection is of no more use.
    There(WireError),
}

/// One task's work: a bridge, and what is on its way.
pub(super) struct Wire {
    pub(super) ours: OurSide,
    pub(super) bridge: Bridge,
    status: Arc<WireStatus>,
    over: watch::Receiver<bool>,
    /// Until when it may write after the end of the context.
    deadline: Option<Option<Instant>>,
    subscriptions: watch::Receiver<()>,
    discards: watch::Receiver<()>,
    envelope: Envelope,
    outgoing: Outgoing,
    /// Messages that are queued to be written, and still in their pipe.
    taken: usize,
    /// For the bridge, which has no room for it yet.
    inbox: Option<Message>,
    /// How many messages were written when a connection ended inside the next one, and how often that
    /// has happened.
    cut_off: (usize, usize),
    /// A Req's question is written and not answered.
    is_asking: bool,
    /// The socket was given a message, and knows the peer that it is from.
    has_received: bool,
    topics: Topics,
}

impl Wire {
    pub(super) fn new(ours: OurSide, bridge: Bridge, status: Arc<WireStatus>) -> Self {
        Wire {
            over: ours.hub.is_over(),
            subscriptions: ours.owner.subscriptions(),
            envelope: Envelope::of(ours.owner.kind, false),
            ours,
            bridge,
            discards: status.discard_wishes(),
            status,
            deadline: None,
            outgoing: Outgoing::default(),
            taken: 0,
            inbox: None,
            cut_off: (0, 0),
            is_asking: false,
            has_received: false,
            topics: Topics::default(),
        }
    }

    fn kind(&self) -> Kind {
        self.ours.owner.kind
    }

    /// Whether the next connection needs another link. A Req whose question is on its way is told so
    /// that no answer will come. Answers would reach a peer that has not asked: those of a Rep to what
    /// came by this connection, and all that a Router sends to a peer that has said something.
    pub(super) fn ends_with_its_connection(&self) -> bool {
        self.is_asking
            || self.envelope.has_ways_back()
            || self.kind() == Kind::Router && self.has_received
    }

    /// How many messages are not written.
    pub(super) fn unwritten(&mut self) -> usize {
        self.bridge.link().unread
    }

    /// Gives up the message that the connection has cut off, if it is the one that others before have
    /// cut off too: the peer does not take it.
    pub(super) fn gives_up_a_message(&mut self) -> bool {
        if !self.outgoing.is_inside_a_message() {
            return false;
        }
        let sent = self.status.sent.load(Relaxed); // R: this task alone changes it
        let times = match self.cut_off {
            (before, times) if before == sent => times + 1,
            _ => 1,
        };
        self.cut_off = (sent, times);
        let gives_up = times >= self.ours.options.max_deliveries;
        if gives_up {
            self.cut_off = (0, 0);
            self.is_asking |= self.kind() == Kind::Req;
            self.envelope.written(1);
            self.bridge.release(1);
        }
        gives_up
    }

    /// Waits for the end of the link, or of the context and of the linger after it.
    pub(super) async fn ended(&mut self) {
        while !self.is_discarded() {
            self.look_at_the_end();
            let late = late(self.deadline);
            let nothing = BridgeWants {
                unread_beyond: None,
                room: false,
                shutdown: false,
            };
            tokio::select! {
                _ = self.bridge.changed(nothing) => return,
                () = late => return,
                _ = self.over.changed(), if self.deadline.is_none() => {}
                _ = self.discards.changed() => self.discards.mark_changed(),
            }
        }
    }

    /// Whether what is not written is thrown away, because somebody wishes it and the socket has
    /// gone. Tells how much that is.
    fn is_discarded(&mut self) -> bool {
        if !self.discards.has_changed().unwrap_or(false) {
            return false;
        }
        self.discards.mark_unchanged();
        let wishes = self.status.take_discards();
        let link = self.bridge.link();
        if wishes.is_empty() || !link.is_left {
            return false;
        }
        // One is told, of those that still wait for it: who has given up wants nothing any more.
        let is_told = |wish: &mpsc::Sender<usize>| wish.send(link.unread).is_ok();
        wishes.iter().any(is_told)
    }

    /// Notes until when it may write, once the context is over.
    fn look_at_the_end(&mut self) {
        if self.deadline.is_none() && *self.over.borrow_and_update() {
            let linger = self.ours.owner.linger();
            self.deadline = Some(linger.and_then(|linger| Instant::now().checked_add(linger)));
        }
    }

    /// Moves messages until one of the sides ends it.
    pub(super) async fn run(&mut self, connected: Connected) -> Ended {
        let Connected {
            stream,
            mut codec,
            mut incoming,
            peer,
        } = connected;
        self.outgoing = Outgoing::default();
        self.taken = 0;
        match &self.envelope {
            // The ways back of questions that a Rep has still to answer.
            Envelope::WayBack(_) => {}
            _ => self.envelope = Envelope::of(self.kind(), peer.is_delimited),
        }
        self.ours.gate.set(true);
        let moved = self.moving(&stream, &mut codec, &mut incoming).await;
        self.ours.gate.set(false);
        home().await;
        self.topics.peer_has_gone(&self.bridge);
        match moved {
            Ok(()) => {
                tokio::spawn(stream.finish());
                Ended::Here
            }
            Err(why) => Ended::There(why),
        }
    }

    async fn moving(
        &mut self,
        stream: &Stream,
        codec: &mut Codec,
        incoming: &mut Incoming,
    ) -> Result<(), WireError> {
        let mut heard = Instant::now();
        let mut asked = false;
        let mut turns = 0;
        let mut rest_until = None;
        let mut room_yields = RoomYields::default();
        if codec.is_encrypted() {
            let early = incoming.bytes(usize::MAX);
            codec.take(early)?;
        }
        if self.kind() == Kind::Subscribe {
            self.subscribe(codec)?;
        }
        loop {
            if self.is_discarded() {
                return Ok(());
            }
            let mut moved = self.queue(codec)?;
            moved |= self.write(stream);
            let (took, read) = self.take(stream, codec, incoming)?;
            if read {
                (heard, asked) = (Instant::now(), false);
            }
            if moved || took {
                room_yields.have_helped();
                turns += 1;
                if turns % TURNS == 0 {
                    tokio::task::yield_now().await;
                }
                continue;
            }
            self.look_at_the_end();
            let link = self.bridge.link();
            if self.inbox.is_some() && !link.is_cut && room_yields.again() {
                continue;
            }
            // Nothing is left but commands, which nobody may ever read.
            if link.is_read_out && link.is_cut {
                return Ok(());
            }
            let all = self.outgoing.is_empty() && link.unread == self.taken;
            if self.deadline.is_some() && all {
                return Ok(());
            }
            let is_late = |until| until <= Instant::now();
            if self.deadline.flatten().is_some_and(is_late) {
                return Ok(());
            }
            // What comes for a socket that has gone is not read; a Push hears of its peer's end.
            let is_heard = !link.is_cut || matches!(self.kind(), Kind::Push | Kind::Publish);
            // What had come before the connection broke has been taken.
            if let Some(why) = self.outgoing.broken()
                && (self.inbox.is_none() || !is_heard)
            {
                return Err(why);
            }
            let reads = self.inbox.is_none() && self.reads(codec) && is_heard;
            let interest = match (reads, self.outgoing.is_waiting()) {
                (true, true) => Some(Interest::READABLE | Interest::WRITABLE),
                (true, false) => Some(Interest::READABLE),
                (false, true) => Some(Interest::WRITABLE),
                (false, false) => None,
            };
            let wants = BridgeWants {
                unread_beyond: self.outgoing.has_room().then_some(self.taken),
                room: self.inbox.is_some(),
                shutdown: false,
            };
            let only_ends = !wants.room && (wants.unread_beyond.is_none() || link.is_read_out);
            let rests = rest_until.filter(|until| only_ends && *until > Instant::now());
            let beat = self.ours.options.heartbeat;
            let silence = codec.silence_allowed().or(beat.map(|beat| beat.timeout));
            let next = match beat {
                Some(beat) if !asked => heard.checked_add(beat.every),
                _ => silence.and_then(|silence| heard.checked_add(silence)),
            };
            tokio::select! {
                wanted = self.bridge.changed_or(only_ends, wants), if rests.is_none() => {
                    rest_until = (!wanted).then(|| Instant::now() + REST);
                }
                () = late(rests.map(Some)), if rests.is_some() => {}
                ready = ready(stream, interest) => ready?,
                () = late(self.deadline) => return Ok(()),
                _ = self.over.changed(), if self.deadline.is_none() => {}
                _ = self.discards.changed() => self.discards.mark_changed(),
                _ = self.subscriptions.changed(), if self.kind() == Kind::Subscribe => {
                    self.subscribe(codec)?;
                }
                () = late(next.map(Some)), if reads => {
                    let Some(beat) = beat.filter(|_| !asked) else {
                        return Err(WireError::Silence);
                    };
                    asked = true;
                    codec.ping(beat.timeout)?;
                    self.outgoing.commands(codec);
                    // A thread that was late with it is no silence of the peer's.
                    let on_time = Instant::now().checked_sub(beat.every);
                    heard = on_time.map_or(heard, |on_time| heard.max(on_time));
                }
            }
            // While this side does not read, the peer's silence says nothing.
            if !reads {
                (heard, asked) = (Instant::now(), false);
            }
        }
    }

    /// Queues what the socket has sent.
    fn queue(&mut self, codec: &mut Codec) -> Result<bool, WireError> {
        let before = self.taken;
        while self.outgoing.has_room() {
            let (mut taken, mut failed) = (self.taken, None);
            let (outgoing, envelope) = (&mut self.outgoing, &self.envelope);
            self.bridge.read_in_place(self.taken, |message| {
                match outgoing.message(codec, envelope.before(taken), message) {
                    Ok(()) => taken += 1,
                    Err(why) => failed = Some(why),
                }
                failed.is_none() && outgoing.has_room()
            });
            if let Some(why) = failed {
                return Err(why);
            }
            if taken == self.taken {
                break;
            }
            self.taken = taken;
        }
        Ok(self.taken > before)
    }

    /// Writes, and lets messages go that are written.
    fn write(&mut self, stream: &Stream) -> bool {
        if !self.outgoing.is_waiting() {
            return false;
        }
        let (done, moved) = self.outgoing.write(stream);
        if done > 0 {
            self.taken -= done;
            self.is_asking |= self.kind() == Kind::Req;
            self.envelope.written(done);
            self.bridge.release(done);
            self.status.sent.fetch_add(done, Relaxed); // R: a count
        }
        moved
    }

    /// Whether it takes bytes of the peer at all now.
    fn reads(&self, codec: &Codec) -> bool {
        codec.takes() && self.outgoing.commands_waiting() < MOST_ANSWERS
    }

    /// Takes what the peer has sent. Returns whether anything has moved, and whether bytes came.
    fn take(
        &mut self,
        stream: &Stream,
        codec: &mut Codec,
        incoming: &mut Incoming,
    ) -> Result<(bool, bool), WireError> {
        let (mut moved, mut read) = (false, false);
        for _ in 0..BATCH {
            if let Some(message) = self.inbox.take() {
                match self.hand_over(message) {
                    true => moved = true,
                    false => break,
                }
            }
            if let Some(came) = self.next(codec, incoming)? {
                moved = true;
                let listens = codec.is_encrypted() || matches!(came, Came::Command(_));
                match came {
                    Came::Message(message) => {
                        codec.has_heard_a_message();
                        self.arrived(message)?;
                    }
                    Came::Command(bytes) => codec.take(bytes)?,
                }
                if listens {
                    self.listen(codec)?;
                }
                continue;
            }
            if read || !self.reads(codec) {
                break;
            }
            match incoming.read(stream)? {
                Found::Bytes => (moved, read) = (true, true),
                Found::Nothing => break,
                Found::TheEnd => return Err(WireError::Closed),
            }
            if codec.is_encrypted() {
                codec.take(incoming.bytes(usize::MAX))?;
                self.listen(codec)?;
            }
        }
        Ok((moved, read))
    }

    fn next(&self, codec: &mut Codec, incoming: &mut Incoming) -> Result<Option<Came>, WireError> {
        if !codec.is_encrypted() {
            return incoming.next();
        }
        loop {
            match codec.message()? {
                Some(message) => return Ok(Some(Came::Message(message))),
                None if codec.resume()? => {}
                None => return Ok(None),
            }
        }
    }

    /// Does what the peer has said beside messages, and queues the codec's answers.
    fn listen(&mut self, codec: &mut Codec) -> Result<(), WireError> {
        while let Some(said) = codec.said() {
            match said {
                Said::Subscribe(prefix) => self.peer_wants(&prefix, true)?,
                Said::Cancel(prefix) => self.peer_wants(&prefix, false)?,
                Said::Other => {}
            }
        }
        self.outgoing.commands(codec);
        Ok(())
    }

    /// A message has come: it waits for its place in the pipe.
    fn arrived(&mut self, message: Message) -> Result<(), WireError> {
        match self.kind() {
            // What a subscriber of the older form wants comes as a message.
            Kind::Publish => match message.as_bytes() {
                [1, prefix @ ..] if message.frame_count() == 1 => self.peer_wants(prefix, true),
                [0, prefix @ ..] if message.frame_count() == 1 => self.peer_wants(prefix, false),
                _ => Ok(()),
            },
            Kind::Push => Err(WireError::Protocol("a Pull has sent a message".into())),
            // An answer without a question: it must not be taken for that of a later one.
            Kind::Req if !self.is_asking => Ok(()),
            _ => {
                self.inbox = self.envelope.open(message)?;
                Ok(())
            }
        }
    }

    /// Hands a message to the socket; keeps it if there is no room.
    fn hand_over(&mut self, message: Message) -> bool {
        match self.bridge.try_send(message) {
            Ok(()) => {
                self.is_asking = false;
                self.has_received = true;
                self.status.received.fetch_add(1, Relaxed); // R: a count
                true
            }
            Err(error) if error.reason == SendReason::Full => {
                self.inbox = Some(error.value);
                false
            }
            // The socket has gone: nobody wants it.
            Err(_) => {
                self.envelope.take_back();
                false
            }
        }
    }

    fn peer_wants(&mut self, prefix: &[u8], wanted: bool) -> Result<(), WireError> {
        self.topics.peer_wants(&self.bridge, prefix, wanted)
    }

    /// Tells the peer what the socket wants to hear, as far as it does not know.
    fn subscribe(&mut self, codec: &mut Codec) -> Result<(), WireError> {
        self.subscriptions.borrow_and_update();
        self.topics.tell(codec, self.ours.owner.prefixes())?;
        self.outgoing.commands(codec);
        Ok(())
    }
}
