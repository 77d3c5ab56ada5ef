//! The terminal: what goes out, what comes in, and that it is always given back.
//!
//! Invariant: text that is not ours reaches a cell only as [`clean::Clean`]; one frame is one write;
//! a frame without a difference writes nothing.

pub mod caps;
pub mod clean;
pub mod clipboard;
pub mod guard;
pub mod input;
pub mod lend;
pub mod screen;
