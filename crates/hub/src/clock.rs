//! The wall clock of a hub, derived from tokio's clock so that a paused runtime pauses it too.
//!
//! Invariant: time moves only as `tokio::time` moves; nothing in the crate asks the system for the
//! time after the clock was made.

use jiff::Timestamp;
use tokio::time::Instant;

/// A wall clock that starts at a given moment and then follows tokio's clock.
#[derive(Clone, Debug)]
pub struct Clock {
    base: Timestamp,
    start: Instant,
}

impl Clock {
    /// A clock that shows the system's time now, and follows tokio's clock from here.
    pub fn system() -> Self {
        Self::at(Timestamp::now())
    }

    /// A clock that shows `base` now. With a paused runtime this is a manual clock: it moves by
    /// `tokio::time::advance`.
    pub fn at(base: Timestamp) -> Self {
        Self { base, start: Instant::now() }
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.base + self.start.elapsed()
    }

    /// The present moment as Kubernetes writes `Time`: RFC 3339, UTC, whole seconds.
    pub fn time(&self) -> String {
        format_seconds(self.now())
    }

    /// The present moment as Kubernetes writes `MicroTime`: six decimals.
    pub fn micro_time(&self) -> String {
        self.now().strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
    }
}

/// RFC 3339 in UTC with whole seconds, as `metav1.Time` is written.
pub(crate) fn format_seconds(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
