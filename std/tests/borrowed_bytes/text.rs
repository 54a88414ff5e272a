//! error: borrowed bytes are copied first: `Message::copy_of(&bytes)`

fn main() {
    let context = gimmal::Context::new();
    let mut push = context.push().expect("a socket is free");
    let _ = push.try_send("literal");
    let _ = push.try_send(b"literal");
    let _ = push.try_send("owned".to_owned());
    let text = String::from("text");
    #[cfg(feature = "right")]
    let text = gimmal::Message::copy_of(&text);
    #[cfg(not(feature = "right"))]
    let text = text.as_str();
    let _ = push.send(text);
}
