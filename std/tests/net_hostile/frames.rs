//! ZMTP by hand.

pub(super) const MORE: u8 = 1;
pub(super) const WIDE: u8 = 2;
pub(super) const COMMAND: u8 = 4;

pub(super) fn greeting(major: u8, mechanism: &str, as_server: u8) -> Vec<u8> {
    let mut bytes = vec![0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, major, 1];
    bytes.extend(mechanism.bytes());
    bytes.resize(32, 0);
    bytes.push(as_server);
    bytes.resize(64, 0);
    bytes
}

pub(super) fn frame(flags: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = announced(flags, body.len() as u64);
    bytes.extend(body);
    bytes
}

/// The header of a frame of this length.
pub(super) fn announced(flags: u8, len: u64) -> Vec<u8> {
    match u8::try_from(len) {
        Ok(len) if flags & WIDE == 0 => vec![flags, len],
        _ => {
            let mut bytes = vec![flags | WIDE];
            bytes.extend(len.to_be_bytes());
            bytes
        }
    }
}

pub(super) fn command(name: &str, data: &[u8]) -> Vec<u8> {
    let mut body = vec![name.len() as u8];
    body.extend(name.bytes());
    body.extend(data);
    frame(COMMAND, &body)
}

pub(super) fn property(name: &str, value: &[u8]) -> Vec<u8> {
    let mut bytes = vec![name.len() as u8];
    bytes.extend(name.bytes());
    bytes.extend((value.len() as u32).to_be_bytes());
    bytes.extend(value);
    bytes
}

pub(super) fn ready(kind: &str) -> Vec<u8> {
    command("READY", &property("Socket-Type", kind.as_bytes()))
}

/// A greeting, and then this.
pub(super) fn greeted(rest: &[u8]) -> Vec<u8> {
    [greeting(3, "NULL", 0), rest.to_vec()].concat()
}

/// A handshake that is as it should be, and then this.
pub(super) fn known(kind: &str, rest: &[u8]) -> Vec<u8> {
    greeted(&[&ready(kind)[..], rest].concat())
}
