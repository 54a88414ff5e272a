//! Waits that may be for ever.

#![forbid(unsafe_code)]

use std::future::pending;
use std::time::Duration;

use tokio::io::Interest;
use tokio::time::{Instant, sleep_until};

use super::events::WireError;
use super::stream::Stream;

/// Waits for the connection; without an interest for ever.
pub(super) async fn ready(stream: &Stream, interest: Option<Interest>) -> Result<(), WireError> {
    match interest {
        Some(interest) => Ok(stream.ready(interest).await?),
        None => pending().await,
    }
}

/// Waits until then; `None`, or until `None`: for ever.
pub(super) async fn late(until: Option<Option<Instant>>) {
    match until.flatten() {
        Some(until) => sleep_until(until).await,
        None => pending().await,
    }
}

/// Up to a quarter less, so that many do not come at once.
pub(super) fn scattered(wait: Duration) -> Duration {
    use std::hash::{BuildHasher, Hasher, RandomState};
    let random = RandomState::new().build_hasher().finish() % 1024;
    wait - wait.mul_f64(random as f64 / 4096.0)
}
