//! [`Message`]: one or more [`Frame`]s of bytes that travel as one whole; what a
//! [`Context`](crate::Context) carries.
//!
//! A frame is a reference-counted view of bytes. Moving and cloning it copies no bytes; they stay
//! where they are until the last frame that refers to them is dropped, on whatever thread. Only a
//! short copy of borrowed bytes lies in the frame itself.
//!
//! | made from | copies bytes | allocates | a clone allocates |
//! |---|---|---|---|
//! | `&'static str`, `&'static [u8]`, `&'static [u8; N]` | no | no | no |
//! | `String`, `Vec<u8>` without spare capacity, `Box<[u8]>`, `Box<str>` | no | no | the first one: a reference count |
//! | `String`, `Vec<u8>` with spare capacity | no | a reference count | no |
//! | `Arc<[u8]>`, `Arc<str>` | no | no | no |
//! | [`Bytes`](bytes::Bytes), `BytesMut` | no | no | as `Bytes` does |
//! | `Cow<'static, …>` | no | as what it holds | as what it holds |
//! | [`Loan`](crate::pool::Loan) and [`Shared`](gimmal_core::pool::Shared) of a static pool | no | no | no |
//! | any owner of bytes: [`Frame::from_owner`] | no | the owner and a reference count | no |
//! | the same with a [`Completion`]: [`Frame::with_completion`] | no | the same, and an event | no |
//! | borrowed bytes: [`Message::copy_of`], [`Frame::copy_of`] | yes | for a copy that is longer than 31 bytes | no |
//!
//! A reference count is a few words. A [`Message`] of one frame allocates nothing more. Several
//! frames lie in one allocation, which the clones of the message share; from the fifth frame on it
//! has a vector beside it. A message is 40 bytes to move, whatever it holds (20 on 32-bit systems).
//!
//! Where nothing may be allocated, a typed context carries the core's [`Frames`]: several frames of
//! a fixed total size, moved by value.
//! ```
//! use gimmal::message::Frames;
//! use gimmal::{Context, Frame, Message};
//!
//! let context = Context::<Frames<3, 64>>::typed();
//! let mut pull = context.pull()?;
//! pull.bind("inproc://fixed")?;
//! let mut push = context.push()?;
//! push.connect("inproc://fixed")?;
//!
//! push.send(Frames::from_frames(["header", "body", "footer"])?)?;
//! let fixed = pull.recv()?;
//! assert_eq!(fixed.frame(2), Some(&b"footer"[..]));
//!
//! // From one to the other, by a copy.
//! let message = Message::from_frames(fixed.frames().map(Frame::copy_of));
//! assert_eq!(Frames::<4, 100>::from_frames(&message)?, fixed);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod completion;
mod convert;
mod frame;
mod into_frame;
#[expect(
    clippy::module_inception,
    reason = "the file of the type is named like the type"
)]
mod message;
mod parts;

pub use completion::Completion;
pub use frame::{Frame, Inline, Lent};
pub use gimmal_core::Frames;
pub use into_frame::IntoFrame;
pub use message::Message;
pub use parts::IntoFrames;
