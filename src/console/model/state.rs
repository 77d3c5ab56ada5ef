//! The states that everything shown is in, in the order in which they ask for attention.

use serde::{Deserialize, Serialize};

/// A state, the most urgent first.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum State {
    /// Waits for a person.
    Waiting,
    /// Broken.
    Degraded,
    /// Not what was delivered.
    Drifted,
    /// On its way.
    Progressing,
    /// Held by a person.
    Held,
    /// Nobody knows.
    #[default]
    Unknown,
    /// Well.
    Healthy,
}

impl State {
    /// All, the most urgent first.
    pub const ALL: [Self; 7] = [
        Self::Waiting,
        Self::Degraded,
        Self::Drifted,
        Self::Progressing,
        Self::Held,
        Self::Unknown,
        Self::Healthy,
    ];

    /// One column that says it without colour.
    #[must_use]
    pub fn glyph(self, ascii: bool) -> &'static str {
        let (unicode, plain) = match self {
            Self::Waiting => ("◆", "?"),
            Self::Degraded => ("▲", "!"),
            Self::Drifted => ("≠", "#"),
            Self::Progressing => ("◐", ">"),
            Self::Held => ("‖", "="),
            Self::Unknown => ("○", "-"),
            Self::Healthy => ("●", "+"),
        };
        if ascii { plain } else { unicode }
    }

    /// The word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Degraded => "degraded",
            Self::Drifted => "drift",
            Self::Progressing => "running",
            Self::Held => "held",
            Self::Unknown => "unknown",
            Self::Healthy => "ok",
        }
    }

    /// The role that paints it.
    #[must_use]
    pub fn role(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Degraded => "degraded",
            Self::Drifted => "drifted",
            Self::Progressing => "progressing",
            Self::Held => "held",
            Self::Unknown => "unknown",
            Self::Healthy => "healthy",
        }
    }

    /// Whether it belongs in the inbox.
    #[must_use]
    pub fn needs_someone(self) -> bool {
        matches!(self, Self::Waiting | Self::Degraded | Self::Drifted | Self::Held)
    }
}
