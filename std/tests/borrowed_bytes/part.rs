//! error: to copy borrowed bytes, say so: `Message::copy_of(&bytes)`, or `Frame::copy_of(&bytes)`

fn main() {
    let text = String::from("text");
    let mut message = gimmal::Message::from("header");
    #[cfg(feature = "right")]
    message.push_frame(gimmal::Frame::copy_of(&text));
    #[cfg(not(feature = "right"))]
    message.push_frame(&text);
}
