//! What an application delivered and when: its trackers and its revisions.
//!
//! Invariant: a tracker names an object before the object is written, and a revision is stored before
//! its workflow runs; so whatever happens in between, nothing is ever unknown or unexplained.

pub mod garbage;
pub mod revision;
mod trackers;

pub use trackers::Trackers;
pub(crate) use trackers::{read, update};
