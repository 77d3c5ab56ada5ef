//! Which applications are due, and when: each at most once, none twice at a time.
//!
//! Invariant: a key that becomes due while it is being worked on is worked on again afterwards. A key that
//! is due again and again, as when two writers undo each other's work, is slowed down.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

/// Namespace and name.
pub(super) type Key = (String, String);

#[derive(Default)]
struct Inner {
    due: BTreeMap<(Instant, u64), Key>,
    at: HashMap<Key, (Instant, u64)>,
    working: HashSet<Key>,
    failures: HashMap<Key, u32>,
    /// When each key would be due if it came at an even pace; later than now for one that came faster.
    paces: HashMap<Key, Instant>,
    serial: u64,
}

/// The applications to look at.
#[derive(Default)]
pub(super) struct Queue {
    inner: Mutex<Inner>,
    changed: Notify,
}

/// How often a key is worked on in the long run.
const PACE: Duration = Duration::from_millis(250);
/// How far a key may be ahead of its pace: what happens in bursts is answered at once.
const AHEAD: Duration = PACE.saturating_mul(16);
/// First pause after a failure.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// Longest pause after a failure.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

impl Queue {
    /// Makes a key due after some time; an earlier time wins.
    pub(super) fn add(&self, key: Key, after: Duration) {
        let mut inner = self.lock();
        let at = Instant::now() + after;
        inner.insert(key, at);
        drop(inner);
        self.changed.notify_one();
    }

    /// The next key, once it is due. It is being worked on until [`Queue::done`].
    pub(super) async fn next(&self) -> Key {
        loop {
            let wait = match self.take() {
                Ok(key) => return key,
                Err(wait) => wait,
            };
            match wait {
                Some(at) => {
                    tokio::select! {
                        () = tokio::time::sleep_until(at) => {}
                        () = self.changed.notified() => {}
                    }
                }
                None => self.changed.notified().await,
            }
        }
    }

    /// A key is not worked on any more; `again` is when it is due next, if at all.
    pub(super) fn done(&self, key: &Key, again: Option<Duration>) {
        let mut inner = self.lock();
        inner.failures.remove(key);
        inner.working.remove(key);
        if inner.paces.get(key).is_some_and(|even| *even <= Instant::now()) {
            inner.paces.remove(key);
        }
        if let Some(after) = again {
            inner.insert(key.clone(), Instant::now() + after);
        }
        drop(inner);
        self.changed.notify_one();
    }

    /// A key failed: it is due again after a pause that grows with every failure in a row.
    pub(super) fn failed(&self, key: &Key) {
        let mut inner = self.lock();
        inner.working.remove(key);
        let count = inner.failures.entry(key.clone()).and_modify(|count| *count += 1).or_insert(0);
        let pause = FIRST_PAUSE.saturating_mul(1 << (*count).min(16)).min(LONGEST_PAUSE);
        inner.insert(key.clone(), Instant::now() + pause);
        drop(inner);
        self.changed.notify_one();
    }

    fn take(&self) -> Result<Key, Option<Instant>> {
        let mut inner = self.lock();
        let now = Instant::now();
        let mut wait = None;
        let found = inner.due.iter().find_map(|(at, key)| {
            if inner.working.contains(key) {
                return None;
            }
            wait.get_or_insert(at.0);
            (at.0 <= now).then(|| (*at, key.clone()))
        });
        match found {
            Some((at, key)) => {
                inner.due.remove(&at);
                inner.at.remove(&key);
                inner.working.insert(key.clone());
                let even = inner.paces.get(&key).map_or(now, |even| (*even).max(now));
                inner.paces.insert(key.clone(), even + PACE);
                Ok(key)
            }
            None => Err(wait),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn insert(&mut self, key: Key, at: Instant) {
        let paced = self.paces.get(&key).and_then(|even| even.checked_sub(AHEAD));
        let at = paced.map_or(at, |paced| at.max(paced));
        if let Some(known) = self.at.get(&key).copied() {
            if known.0 <= at {
                return;
            }
            self.due.remove(&known);
        }
        self.serial += 1;
        self.at.insert(key.clone(), (at, self.serial));
        self.due.insert((at, self.serial), key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Key {
        ("ns".into(), name.into())
    }

    #[tokio::test(start_paused = true)]
    async fn the_earliest_comes_first_and_once() {
        let queue = Queue::default();
        queue.add(key("late"), Duration::from_secs(60));
        queue.add(key("soon"), Duration::from_secs(1));
        queue.add(key("soon"), Duration::from_secs(90));
        assert_eq!(queue.next().await, key("soon"));
        queue.add(key("late"), Duration::ZERO);
        assert_eq!(queue.next().await, key("late"));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_worked_on_waits_for_its_end() {
        let queue = Queue::default();
        queue.add(key("a"), Duration::ZERO);
        assert_eq!(queue.next().await, key("a"));
        queue.add(key("a"), Duration::ZERO);
        assert!(tokio::time::timeout(Duration::from_secs(1), queue.next()).await.is_err());
        queue.done(&key("a"), None);
        assert_eq!(queue.next().await, key("a"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_that_comes_without_end_is_slowed_down() {
        let queue = Queue::default();
        let start = Instant::now();
        let work = async |times: u32| {
            for _ in 0..times {
                queue.add(key("busy"), Duration::ZERO);
                let found = queue.next().await;
                queue.done(&found, None);
            }
            start.elapsed()
        };
        let burst = work(16).await;
        assert!(burst < PACE, "{burst:?}");
        let more = work(8).await;
        assert!(more >= PACE * 7, "{more:?}");
        queue.add(key("other"), Duration::ZERO);
        assert_eq!(queue.next().await, key("other"));
        assert_eq!(start.elapsed(), more, "others do not wait");
    }

    #[tokio::test(start_paused = true)]
    async fn failures_pause_longer_each_time() {
        let queue = Queue::default();
        let start = Instant::now();
        queue.add(key("a"), Duration::ZERO);
        for _ in 0..3 {
            let found = queue.next().await;
            queue.failed(&found);
        }
        queue.next().await;
        let passed = start.elapsed();
        assert!(passed >= Duration::from_millis(1400), "{passed:?}");
        assert!(passed < Duration::from_millis(1500), "{passed:?}");
    }
}
