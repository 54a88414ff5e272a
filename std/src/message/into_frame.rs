//! What becomes a frame without a copy.

#![forbid(unsafe_code)]

use std::borrow::Cow;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use super::frame::Frame;

/// Everything that converts into a [`Frame`]: what a [`Message`](super::Message) takes as a part.
///
/// It is implemented for every type that is `Into<Frame>`, and is there for the compiler's words:
/// bytes that are borrowed must be copied, and [`Message::copy_of`](super::Message::copy_of) says so.
/// ```compile_fail,E0277
/// # let context = gimmal::Context::new();
/// # let mut push = context.push().unwrap();
/// let line = vec![1, 2, 3];
/// let _ = push.try_send(&line); // cannot become a frame of a message without a copy
/// ```
/// ```compile_fail,E0597
/// # let context = gimmal::Context::new();
/// # let mut push = context.push().unwrap();
/// let line = vec![1, 2, 3];
/// let _ = push.try_send(&line[..]); // must be borrowed for `'static`
/// ```
/// The compiler's note shows the parameter, which says how to copy. Of a slice that is itself a
/// parameter it says only that `'1` must outlive `'static`; the copy is the same.
/// ```compile_fail,E0521
/// fn forward(push: &mut gimmal::Push, line: &[u8]) {
///     let _ = push.try_send(line); // "borrowed data escapes outside of function"
/// }
/// ```
/// ```
/// # let context = gimmal::Context::new();
/// # let mut push = context.push().unwrap();
/// use gimmal::Message;
///
/// let line = vec![1, 2, 3];
/// let _ = push.try_send(Message::copy_of(&line));
/// let _ = push.try_send(line); // without a copy
/// ```
// A slice that does not live long enough is refused for its lifetime, after the traits have been
// looked at: `on_unimplemented` says nothing of it, nor does a bound of another name. For E0597 the
// compiler prints the line of the bound that asks for `'static`; so each `message: impl Into<T>` of
// a socket ends in a comment that says how to copy. For E0521 it prints no such line, and for a call
// by a path, such as `Message::new(&line[..])`, neither.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot become a frame of a message without a copy",
    label = "not bytes that a frame can own",
    note = "to copy borrowed bytes, say so: `Message::copy_of(&bytes)`, or `Frame::copy_of(&bytes)` for one of several frames",
    note = "to send without a copy, give the `Vec<u8>`, `String`, `Bytes`, `Arc<[u8]>` or pool buffer itself, or `Frame::from_owner(owner)`"
)]
pub trait IntoFrame: Into<Frame> {}

#[diagnostic::do_not_recommend]
impl<F: Into<Frame>> IntoFrame for F {}

/// A frame of what converts into something that converts into a frame.
macro_rules! frame_from {
    ($($type:ty $(, $size:ident)?: $value:ident => $frame:expr;)+) => {$(
        impl$(<const $size: usize>)? From<$type> for Frame {
            fn from($value: $type) -> Self {
                $frame
            }
        }
    )+};
}
frame_from! {
    Bytes: bytes => Frame::Bytes(bytes);
    BytesMut: bytes => Frame::Bytes(bytes.freeze());
    &'static [u8]: bytes => Frame::Bytes(Bytes::from_static(bytes));
    &'static [u8; N], N: bytes => bytes.as_slice().into();
    &'static str: text => text.as_bytes().into();
    Vec<u8>: bytes => Frame::Bytes(Bytes::from(bytes));
    String: text => text.into_bytes().into();
    Box<[u8]>: bytes => Frame::Bytes(Bytes::from(bytes));
    Box<str>: text => text.into_boxed_bytes().into();
    Arc<[u8]>: bytes => Frame::Shared(bytes);
    Arc<str>: text => Frame::Shared(text.into());
}

impl<B: ?Sized + ToOwned> From<Cow<'static, B>> for Frame
where
    &'static B: Into<Frame>,
    B::Owned: Into<Frame>,
{
    fn from(cow: Cow<'static, B>) -> Self {
        match cow {
            Cow::Borrowed(bytes) => bytes.into(),
            Cow::Owned(bytes) => bytes.into(),
        }
    }
}

impl From<Frame> for Bytes {
    /// [`Frame::into_bytes`].
    fn from(frame: Frame) -> Self {
        frame.into_bytes()
    }
}
