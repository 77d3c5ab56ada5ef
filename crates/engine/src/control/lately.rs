//! What was delivered within the last second, so that a component that is not well yet is not delivered
//! again at every change of its objects.
//!
//! A run that waits is visited at every such change here, and at most once a second upstream (`getBackoffWaitTime`
//! in `pkg/executor/workflow.go` of kubevela/workflow), where each visit delivers anew what is not well.
//! Invariant: nothing is kept for longer than that second. Forgetting costs one delivery more.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The shortest pause of a run that waits.
const LATELY: Duration = Duration::from_secs(1);

/// When each thing was delivered last.
#[derive(Default)]
pub(super) struct Lately(Mutex<HashMap<String, Instant>>);

impl Lately {
    /// Notes that this was delivered now.
    pub(super) fn note(&self, what: String) {
        let mut delivered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        delivered.retain(|_, at| at.elapsed() < LATELY);
        delivered.insert(what, Instant::now());
    }

    /// Whether this was delivered within the last second.
    pub(super) fn holds(&self, what: &str) -> bool {
        let delivered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        delivered.get(what).is_some_and(|at| at.elapsed() < LATELY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_second_later_it_is_forgotten() {
        let lately = Lately::default();
        lately.note("web".to_owned());
        assert!(lately.holds("web") && !lately.holds("db"));
        tokio::time::advance(LATELY).await;
        assert!(!lately.holds("web"));
        lately.note("db".to_owned());
        assert_eq!(lately.0.lock().unwrap().len(), 1);
    }
}
