//! What a watch has shown so far, so that a list made anew tells what changed in between.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// The present objects of a watch, each with what of it matters.
pub(super) struct Seen<K, V> {
    known: HashMap<K, V>,
    listed: Option<HashSet<K>>,
}

impl<K, V> Default for Seen<K, V> {
    fn default() -> Self {
        Self { known: HashMap::new(), listed: None }
    }
}

impl<K: Clone + Eq + Hash, V: PartialEq> Seen<K, V> {
    /// A list begins: what is not in it is gone.
    pub(super) fn begin(&mut self) {
        self.listed = Some(HashSet::new());
    }

    /// An object as it is now; whether that is news.
    pub(super) fn note(&mut self, key: K, value: V) -> bool {
        if let Some(listed) = &mut self.listed {
            listed.insert(key.clone());
        }
        let news = self.known.get(&key) != Some(&value);
        self.known.insert(key, value);
        news
    }

    /// An object is gone.
    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        self.known.remove(key)
    }

    /// A list has ended; what went meanwhile.
    pub(super) fn end(&mut self) -> Vec<(K, V)> {
        let Some(listed) = self.listed.take() else { return Vec::new() };
        self.known.extract_if(|key, _| !listed.contains(key)).collect()
    }

    /// What is there.
    pub(super) fn values(&self) -> impl Iterator<Item = &V> {
        self.known.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_list_tells_what_changed_and_what_went() {
        let mut seen = Seen::default();
        seen.begin();
        assert!(seen.note("a", 1) && seen.note("b", 1));
        assert_eq!(seen.end(), []);
        assert!(!seen.note("a", 1));
        assert!(seen.note("c", 1));
        seen.begin();
        assert!(!seen.note("a", 1) && seen.note("b", 2));
        assert_eq!(seen.end(), [("c", 1)]);
        assert_eq!(seen.remove(&"b"), Some(2));
        assert_eq!(seen.values().count(), 1);
    }
}
