//! Models of `core/src/socket/patterns`.

pub(crate) mod publish;
pub(crate) mod req;
pub(crate) mod router;

use gimmal_core_loom::error::socket::SendError;

/// A message that was sent beside the reader's close: the close has counted it, or it is back.
pub(crate) fn accounted(
    sent: Result<(), SendError<u32>>,
    message: u32,
    discarded: usize,
) -> String {
    match sent {
        Ok(()) => {
            assert_eq!(discarded, 1, "sent, and in no account");
            "discarded".to_string()
        }
        Err(error) => {
            assert_eq!((error.value, discarded), (message, 0));
            format!("{:?}", error.reason)
        }
    }
}
