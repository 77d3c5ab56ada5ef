//! Carries out plans: the only place of the engine that writes to a cluster.
//!
//! Invariant: an object is recorded in a tracker before it is written, and a plan with a refusal is
//! not carried out at all. Must not decide anything: what is done stands in the plan.

mod dispatch;
mod writer;

pub use dispatch::Delivery;
pub(crate) use dispatch::refusal;
pub use writer::{Patch, Writer};
