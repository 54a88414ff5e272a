//! A reader of frames that is a page long and has all bytes before it: RFC 23 of the ZeroMQ project,
//! ZMTP 3.1, and the limits that `incoming.rs` tells of.

/// What a connection says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Came {
    Message(Vec<Vec<u8>>),
    /// With its header.
    Command(Vec<u8>),
    /// Refused: it breaks the protocol.
    Wrong,
    /// Refused: it is too large.
    TooLarge,
    /// Refused: it has too many frames.
    TooManyFrames,
}

const FRAME: usize = 64;
const MOST_OF_COMMAND: usize = 64 * 1024;

/// Reads until the first thing that is refused, or not there as a whole.
pub(crate) fn read(mut bytes: &[u8], most: usize, most_frames: usize) -> Vec<Came> {
    let (mut all, mut frames, mut size) = (Vec::new(), Vec::new(), 0_usize);
    loop {
        let Some(&flags) = bytes.first() else { break };
        if flags > 7 || flags & 5 == 5 {
            all.push(Came::Wrong);
            break;
        }
        let header = if flags & 2 == 0 { 2 } else { 9 };
        let Some(len) = bytes.get(1..header) else {
            break;
        };
        let len = len
            .iter()
            .fold(0_u64, |len, byte| len << 8 | u64::from(*byte));
        let len = usize::try_from(len).expect("64 bits");
        let is_command = flags & 4 != 0;
        let whole = size.saturating_add(len).saturating_add(FRAME);
        if is_command && len > MOST_OF_COMMAND || !is_command && whole > most {
            all.push(Came::TooLarge);
            break;
        }
        if !is_command && frames.len() == most_frames {
            all.push(Came::TooManyFrames);
            break;
        }
        let Some(frame) = bytes.get(..header + len) else {
            break;
        };
        bytes = &bytes[header + len..];
        if is_command {
            all.push(Came::Command(frame.to_vec()));
            continue;
        }
        frames.push(frame[header..].to_vec());
        size = whole;
        if flags & 1 == 0 {
            all.push(Came::Message(std::mem::take(&mut frames)));
            size = 0;
        }
    }
    all
}
