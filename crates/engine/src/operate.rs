//! What a person asks of a delivery: approve, hold, end, run again, roll back, publish, repair, delete.
//!
//! Each operation is one pure function: the application as it was read -> an [`Intent`], which says
//! in sentences what will be written and in JSON Patch `test` operations what it relies on. Then
//! [`carry_out`] writes it, verifies what came of it, and records who asked and why. Invariant: what
//! is written is the intent that was shown, or nothing is; when the world moved, the answer is
//! [`OperateError::Moved`] with the new facts. Works on a hub that another controller runs: an intent
//! touches only what upstream's own commands touch.

mod allow;
mod approve;
mod carry;
mod error;
mod facts;
mod hold;
mod intent;
mod publish;
mod record;
mod remove;
mod repair;
mod restart;
mod rollback;
mod subject;
mod terminate;
mod wire;

pub use allow::allow;
pub use approve::{approve, gates};
pub use carry::{Outcome, carry_out, write};
pub use error::OperateError;
pub use facts::Gate;
pub use hold::hold;
pub use intent::{Intent, Stage, Verb, Write};
pub use publish::{publish, republish};
pub use record::{Actor, OPERATIONS, Operation, operations};
pub use remove::{Objects, remove};
pub use repair::{compared, delivered, drift, repair, rules};
pub use restart::{restart, restart_from};
pub use rollback::{History, Target, rollback, target};
pub use subject::{Progress, Subject};
pub use terminate::terminate;
pub use wire::{Found, application, found, history, spec, workflow_run};
