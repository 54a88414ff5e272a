//! error: borrowed bytes are copied first: `Frame::copy_of(&bytes)`

fn main() {
    let mut message = gimmal::Message::from("header");
    let buffer = [1, 2, 3];
    #[cfg(feature = "right")]
    message.push_frame(gimmal::Frame::copy_of(&buffer[..]));
    #[cfg(not(feature = "right"))]
    message.push_frame(&buffer[..]);
}
