//! error: borrowed bytes are copied first: `Message::copy_of(&bytes)`

fn main() {
    let context = gimmal::Context::new();
    let mut push = context.push().expect("a socket is free");
    let buffer = [1, 2, 3];
    #[cfg(feature = "right")]
    let _ = push.try_send(gimmal::Message::copy_of(&buffer[..]));
    #[cfg(not(feature = "right"))]
    let _ = push.try_send(&buffer[..]);
}
