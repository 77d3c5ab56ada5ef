//! Which literals a conjunct or a declaration belongs to.

use smallvec::SmallVec;

use super::Key;

/// Literals, by their places in a list.
pub(super) type Places = SmallVec<[usize; 2]>;

/// Keys with the places of their literals: most are known at once and sorted, few come later.
pub(super) struct Owners {
    sorted: Vec<(Key, usize)>,
    later: Vec<(Key, usize)>,
}

impl Owners {
    pub(super) fn new(mut keys: Vec<(Key, usize)>) -> Self {
        keys.sort_unstable();
        keys.dedup();
        Self { sorted: keys, later: Vec::new() }
    }

    /// The literals of a key.
    pub(super) fn of(&self, key: Key) -> Places {
        let from = self.sorted.partition_point(|(k, _)| *k < key);
        let known = self.sorted[from..].iter().take_while(|(k, _)| *k == key);
        known.chain(self.later.iter().filter(|(k, _)| *k == key)).map(|(_, i)| *i).collect()
    }

    /// Gives a key further literals and returns all of it.
    pub(super) fn add(&mut self, key: Key, more: &[usize]) -> Places {
        let mut all = self.of(key);
        for i in more {
            if !all.contains(i) {
                self.later.push((key, *i));
                all.push(*i);
            }
        }
        all
    }
}
