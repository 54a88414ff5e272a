//! [`Envelope`]: what stands around a message on the wire, and not between sockets of one process.
//!
//! | the socket | its peer | on the wire |
//! |---|---|---|
//! | Req | any | an empty frame before each message |
//! | Dealer, Router | Req, Rep | the same |
//! | Rep | any | whatever the question had before its first empty frame, and that, before the answer |
//! | another | any | nothing |
//!
//! So a Router hears of a Req on the wire what it hears of one in its process, and a Dealer asks a
//! Rep in the same words. The way back of a question is kept until its answer is written.

#![forbid(unsafe_code)]

use std::collections::VecDeque;

use gimmal_core::socket::Kind;

use super::events::WireError;
use crate::message::{Frame, Message};

pub(super) enum Envelope {
    None,
    Delimited,
    /// The ways back of the questions, in their order: a Rep answers in the same.
    WayBack(VecDeque<Vec<Frame>>),
}

static DELIMITER: [Frame; 1] = [Frame::Bytes(bytes::Bytes::new())];

impl Envelope {
    pub(super) fn of(kind: Kind, peer_is_delimited: bool) -> Self {
        match kind {
            Kind::Rep => Envelope::WayBack(VecDeque::new()),
            Kind::Req => Envelope::Delimited,
            Kind::Dealer | Kind::Router if peer_is_delimited => Envelope::Delimited,
            _ => Envelope::None,
        }
    }

    /// What goes before the message that was not yet written and has `index` others before it.
    pub(super) fn before(&self, index: usize) -> &[Frame] {
        match self {
            Envelope::None => &[],
            Envelope::Delimited => &DELIMITER,
            Envelope::WayBack(ways) => ways.get(index).map_or(&[], |way| &way[..]),
        }
    }

    /// Whether there are questions whose answers are not written.
    pub(super) fn has_ways_back(&self) -> bool {
        matches!(self, Envelope::WayBack(ways) if !ways.is_empty())
    }

    /// `messages` more are written.
    pub(super) fn written(&mut self, messages: usize) {
        if let Envelope::WayBack(ways) = self {
            ways.drain(..messages.min(ways.len()));
        }
    }

    /// The message inside; `None`: a question without an empty frame, which nobody can answer.
    pub(super) fn open(&mut self, message: Message) -> Result<Option<Message>, WireError> {
        if let Envelope::None = self {
            return Ok(Some(message));
        }
        let frames = message.frames();
        let at = frames.iter().position(|frame| frame.is_empty());
        match (self, at) {
            (Envelope::Delimited, Some(0)) if frames.len() > 1 => {
                Ok(Some(Message::from_frames(frames[1..].iter().cloned())))
            }
            (Envelope::Delimited, _) => {
                let what = "an answer without an empty frame before it";
                Err(WireError::Protocol(what.into()))
            }
            (Envelope::WayBack(ways), Some(at)) => {
                ways.push_back(frames[..=at].to_vec());
                Ok(Some(Message::from_frames(frames[at + 1..].iter().cloned())))
            }
            (_, _) => Ok(None),
        }
    }

    /// The message could not be given on, although it was opened.
    pub(super) fn take_back(&mut self) {
        if let Envelope::WayBack(ways) = self {
            ways.pop_back();
        }
    }
}
