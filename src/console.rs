//! The console: keys, deltas and results in, one frame out.
//!
//! `model` is what is known, `update` the pure changes of it, `view` the pure painting, `effect` the
//! only input and output, `term` the terminal.

pub mod effect;
pub mod lend;
pub mod mask;
pub mod model;
pub mod once;
pub mod play;
pub mod record;
pub mod replay;
mod restyle;
pub mod run;
pub mod start;
mod tar;
pub mod term;
pub mod update;
pub mod view;
