//! What is remembered of runs between two visits: how often their steps failed or waited.
//!
//! Invariant: what nobody visits any more is forgotten, so that applications which come and go leave
//! nothing behind. Forgetting costs nothing but patience: counting begins anew, as after a restart.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::workflow::backoff::Memory;

/// A run under way is visited more often than this.
const FORGOTTEN: Duration = Duration::from_secs(3600);

/// Memories by the uid of the application.
#[derive(Default)]
pub(super) struct Memories(Mutex<HashMap<String, (Instant, Memory)>>);

impl Memories {
    /// What is remembered of a run; nothing of one that begins.
    pub(super) fn recall(&self, uid: &str, begins: bool) -> Memory {
        let mut memories = self.lock();
        if begins {
            memories.remove(uid);
        }
        memories.get(uid).map(|(_, memory)| memory.clone()).unwrap_or_default()
    }

    /// Remembers a run until its next visit.
    pub(super) fn keep(&self, uid: &str, memory: Memory) {
        let mut memories = self.lock();
        memories.retain(|_, (visited, _)| visited.elapsed() < FORGOTTEN);
        if memory.is_empty() {
            memories.remove(uid);
        } else {
            memories.insert(uid.to_owned(), (Instant::now(), memory));
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, (Instant, Memory)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed() -> Memory {
        let mut memory = Memory::default();
        memory.failed("step");
        memory
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_visits_is_forgotten() {
        let memories = Memories::default();
        for number in 0..100 {
            memories.keep(&format!("gone-{number}"), failed());
        }
        tokio::time::advance(FORGOTTEN).await;
        memories.keep("here", failed());
        assert_eq!(memories.lock().len(), 1);
        assert_eq!(memories.recall("here", false), failed());
        assert_eq!(memories.recall("here", true), Memory::default());
        memories.keep("well", Memory::default());
        assert_eq!(memories.lock().len(), 0);
    }
}
