//! The crate's one error type: what was being done, to which object, in which cluster, why it failed.
//!
//! Invariant: an error can be shown to a person as it is; [`Error::remedy`] says what to do next.

use crate::plan::ObjectId;
use crate::render::RenderError;

/// What can go wrong in the engine.
#[derive(Clone, Debug, thiserror::Error, PartialEq)]
pub enum Error {
    /// The API server answered that it will not.
    #[error("cannot {doing} {object}: {message}")]
    Api {
        /// What was being done: `get`, `create`, `patch` ...
        doing: &'static str,
        /// To which object.
        object: Box<ObjectId>,
        /// HTTP status.
        code: u16,
        /// The reason word of the answer, such as `AlreadyExists`.
        reason: String,
        /// The answer's sentence.
        message: String,
    },
    /// The cluster did not answer.
    #[error("cluster {cluster} cannot be reached to {doing} {object}: {why}")]
    Unreachable {
        /// Which cluster.
        cluster: String,
        /// What was being done.
        doing: &'static str,
        /// To which object.
        object: Box<ObjectId>,
        /// What the connection said.
        why: String,
    },
    /// There is no such cluster.
    #[error("no such cluster {cluster}")]
    NoCluster {
        /// The name.
        cluster: String,
    },
    /// The cluster does not serve this kind.
    #[error("no matches for kind \"{kind}\" in version \"{api_version}\"")]
    NoKind {
        /// Which cluster.
        cluster: String,
        /// Group and version.
        api_version: String,
        /// Kind.
        kind: String,
    },
    /// The plan refuses an object.
    #[error("{message}")]
    Refused {
        /// Which object.
        object: Box<ObjectId>,
        /// The sentence.
        message: String,
    },
    /// The world moved since the plan was made.
    #[error("the plan is stale: {object} changed since it was made")]
    Stale {
        /// Which object moved.
        object: Box<ObjectId>,
    },
    /// Several things went wrong at once.
    #[error("Found {} errors. [({})]", .0.len(), joined(.0))]
    Several(Vec<Error>),
    /// Rendering failed.
    #[error("{0}")]
    Render(#[from] RenderError),
    /// A stored object cannot be read.
    #[error("{what} cannot be read: {why}")]
    Unreadable {
        /// Which object or field.
        what: String,
        /// Why.
        why: String,
    },
    /// Something in the application, or asked of the engine, cannot be done.
    #[error("{0}")]
    Invalid(String),
    /// An error with what led to it.
    #[error("{context}: {source}")]
    Within {
        /// What was being done.
        context: String,
        /// What went wrong.
        source: Box<Error>,
    },
}

fn joined(errors: &[Error]) -> String {
    let texts: Vec<String> = errors.iter().map(Error::to_string).collect();
    texts.join("), (")
}

/// An error with what caused it, which libraries leave to the reader; what is said already is not said
/// again.
pub(crate) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let more = cause.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        next = cause.source();
    }
    text
}

impl Error {
    /// The same error with what led to it in front.
    #[must_use]
    pub fn within(self, context: impl Into<String>) -> Self {
        Self::Within { context: context.into(), source: Box::new(self) }
    }

    /// One error for several, nothing for none.
    ///
    /// # Errors
    /// When there are any.
    pub fn all(errors: Vec<Self>) -> Result<(), Self> {
        if errors.is_empty() { Ok(()) } else { Err(Self::Several(errors)) }
    }

    /// The object does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.code() == Some(404)
    }

    /// Someone else wrote in between, or the object is there already.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.code() == Some(409)
    }

    /// It may go well when it is tried again as it is: no answer, too much to do, or a server's own fault.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Api { code, .. } => *code == 429 || *code >= 500,
            Self::Within { source, .. } => source.is_passing(),
            Self::Several(errors) => errors.iter().all(Self::is_passing),
            _ => false,
        }
    }

    /// The HTTP status of the answer, if there was one.
    #[must_use]
    pub fn code(&self) -> Option<u16> {
        match self {
            Self::Api { code, .. } => Some(*code),
            Self::Within { source, .. } => source.code(),
            _ => None,
        }
    }

    /// The error as upstream's controller words it in a status: the answers of servers stand for
    /// themselves, because the status says which object they are about.
    #[must_use]
    pub fn told(&self) -> String {
        match self {
            Self::Api { message, .. } => message.clone(),
            Self::Several(errors) => {
                let texts: Vec<String> = errors.iter().map(Self::told).collect();
                format!("Found {} errors. [({})]", errors.len(), texts.join("), ("))
            }
            Self::Within { context, source } => format!("{context}: {}", source.told()),
            other => other.to_string(),
        }
    }

    /// The server knows nothing of it, or does not show it: there is nothing to look at.
    #[must_use]
    pub fn is_answer(&self) -> bool {
        matches!(self, Self::Api { .. } | Self::NoKind { .. })
    }

    /// What to do next, in one sentence.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Api { code: 401 | 403, .. } => {
                "ask for the right to do this, or use another identity"
            }
            Self::Api { code: 409, .. } => "try again: someone else wrote at the same time",
            Self::Api { .. } => "correct what the API server names",
            Self::Unreachable { .. } => {
                "check the cluster's endpoint and network; the engine tries again"
            }
            Self::NoCluster { .. } => "join the cluster, or correct the policy that names it",
            Self::NoKind { .. } => {
                "install the CRD in that cluster, or correct the apiVersion and kind"
            }
            Self::Refused { .. } => {
                "rename the object, or add a take-over or shared-resource policy"
            }
            Self::Stale { .. } => "look at the new plan and decide again",
            Self::Render(_) | Self::Invalid(_) => "correct the application or its definitions",
            Self::Unreadable { .. } => "repair or remove the stored object",
            Self::Several(errors) => errors.first().map_or("", Self::remedy),
            Self::Within { source, .. } => source.remedy(),
        }
    }
}
