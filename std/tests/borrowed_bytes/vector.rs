//! error: IntoFrame

fn main() {
    let context = gimmal::Context::new();
    let mut push = context.push().expect("a socket is free");
    let buffer = vec![1_u8, 2, 3];
    #[cfg(feature = "right")]
    let buffer = gimmal::Message::copy_of(&buffer);
    #[cfg(not(feature = "right"))]
    let buffer = &buffer;
    let _ = push.try_send(buffer);
}
