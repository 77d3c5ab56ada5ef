//! How long an answer may take, and what follows from a cluster that gives none.
//!
//! Invariant: a member that hangs costs whoever asks it one wait; until it has answered again, others
//! are told at once. So one silent member never holds up the delivery to the others. The hub is always
//! asked: without it there is nothing else to do.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use mizzen_oam::LOCAL_CLUSTER;
use tokio::time::Instant;

/// A member's answer may take so long.
const MEMBER: Duration = Duration::from_secs(15);
/// The hub's answer may take so long.
const HUB: Duration = Duration::from_secs(60);
/// A silent member is asked again after so long.
const SILENCE: Duration = Duration::from_secs(30);
/// How often a request is repeated that a busy server put off.
pub(super) const REPEATS: u32 = 5;
/// A busy server is obeyed up to this pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The members that do not answer, and until when they are left alone.
#[derive(Default)]
pub(super) struct Patience {
    silent: Mutex<HashMap<String, Instant>>,
}

impl Patience {
    /// How long to wait for an answer of a cluster; nothing when it is known not to answer. Of those who
    /// come when it is to be asked again, the first one asks.
    pub(super) fn wait(&self, cluster: &str) -> Option<Duration> {
        if cluster == LOCAL_CLUSTER {
            return Some(HUB);
        }
        let mut silent = self.lock();
        let now = Instant::now();
        match silent.get_mut(cluster) {
            Some(until) if *until > now => None,
            Some(until) => {
                *until = now + MEMBER;
                Some(MEMBER)
            }
            None => Some(MEMBER),
        }
    }

    /// A cluster answered, well or not.
    pub(super) fn answered(&self, cluster: &str) {
        self.lock().remove(cluster);
    }

    /// A cluster did not answer in time.
    pub(super) fn silent(&self, cluster: &str) {
        if cluster != LOCAL_CLUSTER {
            self.lock().insert(cluster.to_owned(), Instant::now() + SILENCE);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Instant>> {
        self.silent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// After how long a busy server wants to be asked again, if that is what it says.
pub(super) fn put_off(error: &kube::Error) -> Option<Duration> {
    let kube::Error::Api(status) = error else { return None };
    let seconds = status.details.as_ref().map_or(0, |details| details.retry_after_seconds);
    match status.code {
        429 => Some(Duration::from_secs(u64::from(seconds.max(1)))),
        500.. if seconds > 0 => Some(Duration::from_secs(u64::from(seconds))),
        _ => None,
    }
    .map(|pause| pause.min(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_silent_member_is_left_alone_and_then_asked_by_one() {
        let patience = Patience::default();
        assert_eq!(patience.wait("eu"), Some(MEMBER));
        patience.silent("eu");
        assert_eq!(patience.wait("eu"), None);
        assert_eq!(patience.wait("us"), Some(MEMBER));
        advance(SILENCE).await;
        assert_eq!(patience.wait("eu"), Some(MEMBER));
        assert_eq!(patience.wait("eu"), None, "one asks already");
        patience.answered("eu");
        assert_eq!(patience.wait("eu"), Some(MEMBER));
    }

    #[tokio::test(start_paused = true)]
    async fn the_hub_is_always_asked() {
        let patience = Patience::default();
        patience.silent(LOCAL_CLUSTER);
        assert_eq!(patience.wait(LOCAL_CLUSTER), Some(HUB));
    }
}
