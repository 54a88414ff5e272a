//! error: to copy borrowed bytes, say so: `Message::copy_of(&bytes)`

fn main() {
    let text = String::from("text");
    #[cfg(feature = "right")]
    let _ = gimmal::Message::copy_of(&text);
    #[cfg(not(feature = "right"))]
    let _ = gimmal::Message::from(&text);
}
