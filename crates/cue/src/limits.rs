//! What one evaluation may use. Exceeding a limit is an error of its own, never a CUE bottom.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Budgets of a run. Cheap to clone; `Default` suits a controller.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Units of work: expressions, conjuncts, fields, tasks.
    pub steps: u64,
    /// Nodes of the value tree, copies for disjuncts included.
    pub nodes: u64,
    /// Nesting of evaluation.
    pub depth: u32,
    /// Surviving combinations of disjuncts at one node.
    pub disjuncts: u64,
    /// Bytes of one string or byte value.
    pub text: u64,
    /// Compiled size of one regular expression in bytes.
    pub regex_bytes: usize,
    /// Wall time.
    pub time: Duration,
    /// Set to true from outside to stop the run.
    pub cancel: Option<Arc<AtomicBool>>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            steps: 20_000_000,
            nodes: 2_000_000,
            depth: 10_000,
            disjuncts: 10_000,
            text: 64 << 20,
            regex_bytes: 8 << 20,
            time: Duration::from_secs(10),
            cancel: None,
        }
    }
}

impl Limits {
    pub(crate) fn cancelled(&self) -> bool {
        self.cancel.as_ref().is_some_and(|c| c.load(Ordering::Relaxed))
    }
}
