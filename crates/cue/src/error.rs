//! The one error type of this crate, and the rendering of CUE errors.

use std::fmt;
use std::sync::Arc;

use thiserror::Error as ThisError;

/// Class of a CUE error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// The text is not CUE.
    Syntax,
    /// Conflict, type error, field not allowed, unresolved reference, failing call: more data cannot help.
    Eval,
    /// `error("...")` or a literal `_|_`.
    User,
    /// An infinite structure.
    StructuralCycle,
    /// Missing or non-concrete data.
    Incomplete,
    /// A reference cycle that more data could break.
    Cycle,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Syntax => "syntax",
            Self::Eval => "eval",
            Self::User => "user",
            Self::StructuralCycle => "structural-cycle",
            Self::Incomplete => "incomplete",
            Self::Cycle => "cycle",
        })
    }
}

/// A place in a named source; line and column count from 1, columns in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// Name of the source.
    pub file: Arc<str>,
    /// Line.
    pub line: u32,
    /// Column.
    pub column: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// One message of an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Path of the field the message is about, empty when it has none.
    pub path: String,
    /// The text without path.
    pub text: String,
    /// Where to look, the most telling place first.
    pub positions: Vec<Position>,
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str(&self.text)
        } else {
            write!(f, "{}: {}", self.path, self.text)
        }
    }
}

/// The first message and how many more there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Messages(pub Vec<Message>);

impl fmt::Display for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0[..] {
            [] => f.write_str("error"),
            [one] => one.fmt(f),
            [first, rest @ ..] => {
                let plural = if rest.len() == 1 { "" } else { "s" };
                write!(f, "{first} (and {} more error{plural})", rest.len())
            }
        }
    }
}

/// Why a program, an evaluation or a question to a value failed.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
pub enum Error {
    /// The program or the value is in error in CUE's sense.
    #[error("{messages}")]
    Cue {
        /// Worst class among the messages.
        class: Class,
        /// What is wrong, in order of discovery.
        messages: Messages,
    },
    /// The evaluation used up one of its limits; raise the limit or simplify the program.
    #[error("{}evaluation stopped: limit of {what} reached", at(path))]
    Budget {
        /// The limit: steps, nodes, depth, disjuncts, text, time, cancelled.
        what: &'static str,
        /// Path of the field that was being computed, empty when there was none.
        path: String,
    },
    /// A path could not be read.
    #[error("invalid path {path:?}: {why}")]
    Path {
        /// The path as given.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// There is no field at a path.
    #[error("field not found: {path}")]
    NotFound {
        /// The path looked up.
        path: String,
    },
    /// Values of different programs were combined in a way that is not supported.
    #[error("values of different evaluations cannot be combined: {what}")]
    Foreign {
        /// What was attempted.
        what: &'static str,
    },
}

/// A path in front of a message.
fn at(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!("{path}: ") }
}

impl Error {
    /// The class of a CUE error.
    pub fn class(&self) -> Option<Class> {
        match self {
            Self::Cue { class, .. } => Some(*class),
            _ => None,
        }
    }

    /// All messages of a CUE error.
    pub fn messages(&self) -> &[Message] {
        match self {
            Self::Cue { messages, .. } => &messages.0,
            _ => &[],
        }
    }

    /// Whether more data could make the error go away.
    pub fn is_incomplete(&self) -> bool {
        matches!(self.class(), Some(Class::Incomplete | Class::Cycle))
    }
}
