//! What was changed from this console and those before it, as the journal on disk says.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::console::term::clean::Clean;

/// One line of the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// When.
    pub at: Option<Timestamp>,
    /// What was asked.
    pub verb: Clean,
    /// Of which application, on which hub.
    pub about: Clean,
    /// Who asked.
    pub who: Clean,
    /// Why.
    pub reason: Clean,
    /// How far it came.
    pub outcome: Outcome,
    /// What was said of it.
    pub said: Clean,
}

/// How far a change came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It was begun; nothing is known of its end.
    #[default]
    Begun,
    /// It was written.
    Done,
    /// It was refused, or failed.
    Refused,
}
