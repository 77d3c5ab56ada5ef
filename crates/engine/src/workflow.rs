//! Workflows: `(run, replies) -> (run, calls)`. Pure: values in, values out.
//!
//! A [`Pass`] is one visit of a run. It goes through the steps in their order until a template asks
//! for something that only a cluster can answer; then it names that [`Call`], the driver makes it and
//! hands the reply back, and the pass goes on. When nothing is left to ask, the pass is done: the run
//! with its new status and variables, the phase, and when to come back. The state of a run lives
//! where upstream keeps it: in `status.workflow` of the Application and in one ConfigMap.
//!
//! Reference: `pkg/executor`, `pkg/tasks` and `pkg/hooks` of kubevela/workflow v0.6.4.

pub mod backoff;
mod builtin;
pub mod call;
mod condition;
pub mod context;
mod group;
mod level;
mod native;
pub mod pass;
pub(crate) mod passing;
pub mod phase;
pub mod program;
pub mod run;
pub mod spec;
mod step;
pub mod templates;
pub mod vars;

#[cfg(test)]
mod tests;

pub use call::{Call, Reply};
pub use context::Context;
pub use pass::{Done, Pass, Progress};
pub use phase::{Reason, RunPhase, StepPhase};
pub use program::{Program, Programs};
pub use run::Run;
pub use spec::Spec;
pub use templates::Templates;
