//! Why an operation was refused or failed, as sentences for the person who asked.

use crate::error::Error;
use crate::plan::ObjectId;

/// Why an operation did not happen, or not wholly.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OperateError {
    /// The state of the application does not allow it; nothing was written.
    #[error("cannot {verb} {application}: {why}")]
    Refused {
        /// What was asked, such as `approve`.
        verb: &'static str,
        /// `namespace/name`.
        application: String,
        /// Why not, and what would do instead.
        why: String,
    },
    /// The world moved since the intent was made; nothing was written.
    #[error("cannot {verb} {application}: it changed since it was shown: {facts}")]
    Moved {
        /// What was asked.
        verb: &'static str,
        /// `namespace/name`.
        application: String,
        /// What is different now.
        facts: String,
    },
    /// The API server refused or did not answer.
    #[error("cannot {doing} {object}: {why}")]
    Api {
        /// What was being done.
        doing: &'static str,
        /// To which object.
        object: String,
        /// HTTP status; 0 when there was no answer.
        code: u16,
        /// What it said.
        why: String,
    },
    /// A later stage failed after earlier ones were written.
    #[error("{verb} of {application} stopped at stage {stage}: {why}; done before: {done}")]
    Partly {
        /// What was asked.
        verb: &'static str,
        /// `namespace/name`.
        application: String,
        /// The stage that failed.
        stage: &'static str,
        /// Why.
        why: String,
        /// The stages that were written.
        done: String,
    },
    /// An object on the hub cannot be read as what it should be.
    #[error("{object} cannot be read: {why}; repair it or roll forward with a new version")]
    Unreadable {
        /// Which object.
        object: String,
        /// Why.
        why: String,
    },
}

impl OperateError {
    /// A write of a plan that failed.
    pub(super) fn of(doing: &'static str, object: &ObjectId, error: &Error) -> Self {
        let (code, why) = match error {
            Error::Stale { .. } => (409, "it changed since it was shown".to_owned()),
            Error::Api { code, message, .. } => (*code, message.clone()),
            other => (0, other.to_string()),
        };
        Self::Api { doing, object: object.to_string(), code, why }
    }

    /// Whether the answer is no rather than a failure: nothing was written and nothing is broken.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::Moved { .. })
    }

    /// HTTP status of the API server's answer, when that was the cause.
    #[must_use]
    pub fn code(&self) -> Option<u16> {
        match self {
            Self::Api { code, .. } => Some(*code),
            _ => None,
        }
    }
}
