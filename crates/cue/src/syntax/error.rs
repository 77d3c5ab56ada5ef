//! What the scanner and the parser complain about.

use super::source::Pos;

/// One complaint about a text: where, and a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// The offending token.
    pub pos: Pos,
    /// What is wrong, without the place.
    pub message: String,
}

impl SyntaxError {
    pub(crate) fn new(pos: Pos, message: impl Into<String>) -> SyntaxError {
        SyntaxError { pos, message: message.into() }
    }
}
