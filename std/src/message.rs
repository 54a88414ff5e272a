//! stub
use bytes::Bytes;
#[derive(Clone, Debug)]
/// f
pub struct Frame(Bytes);
/// m
#[derive(Clone, Debug)]
pub struct Message(Bytes);
impl From<&'static str> for Message {
    fn from(s: &'static str) -> Self {
        Message(Bytes::from_static(s.as_bytes()))
    }
}
impl Message {
    /// n
    pub fn new(s: &'static str) -> Self {
        s.into()
    }
    /// n
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}
impl PartialEq<&str> for Message {
    fn eq(&self, o: &&str) -> bool {
        self.0 == o.as_bytes()
    }
}
